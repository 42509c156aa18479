//! Calls: all steps from the values of a command to its outcome, for every front end. Nothing here prints or uses a terminal.
//!
//! [`call`] converts the values of an [`Intent`] to a request, looks up the names among them, and checks that the [`Policy`]
//! allows the request. It then answers the request from the cache, or asks for confirmation, waits for rate limits, sends the
//! request, retries it, and stores the response in the cache. It returns an [`Outcome`].

mod answer;
pub mod app;
pub mod application;
pub mod bind;
mod cached;
mod exchange;
mod execute;
mod hidden;
pub mod intent;
pub mod keeper;
mod lookup;
mod object_name;
pub mod outcome;
pub mod overwrite;
mod parts;
pub mod policy;
pub mod rights;
mod send;
mod sent;
mod server;
mod subject;
pub mod target_names;

pub use answer::{Answer, Document, Source};
pub use app::{App, Notices};
pub use exchange::exchange;
pub use execute::{admit, bind, call, execute, refuse_or_ask};
pub use intent::{FindServer, Intent, Rewrite};
pub use lookup::names as look_up;
pub use outcome::{Content, Listing, Outcome, Planned};
pub use parts::Parts;
pub use policy::{CacheMode, Confirm, Policy, Question, Reply, Rights};
pub use send::partly;
pub use target_names::TargetNames;
