//! Calls: all steps from the values of a command to its outcome, for every front end. Nothing here prints or uses a terminal.
//!
//! [`call`] converts the values of an [`Intent`] to a request, looks up the names among them, and checks that the [`Policy`]
//! allows the request. It then answers the request from the cache, or asks for confirmation, waits for rate limits, sends the
//! request, retries it, and stores the response in the cache. It returns an [`Outcome`].

mod action;
pub mod admission;
mod answer;
pub mod app;
mod application;
mod audit;
pub mod bind;
mod cached;
mod container;
pub mod each;
mod exchange;
mod execute;
mod hidden;
pub mod intent;
pub mod keeper;
mod lookup;
mod mentioned;
mod oauth;
mod object_name;
pub mod outcome;
pub mod overwrite;
mod parts;
pub mod policy;
mod preview;
mod rights;
mod send;
mod sent;
mod sentence;
mod server;

pub use self::action::server_name;
pub use self::audit::send;
pub use answer::{Answer, Document, Source};
pub use app::{App, Notices};
pub use application::id as application_id;
pub use exchange::exchange;
pub use execute::{admit, bind, bind_with, call, confirm, execute};
pub use intent::{FindServer, Intent, Rewrite, Wants};
pub use lookup::names as look_up;
pub use outcome::{Content, Listing, Outcome, Planned};
pub use parts::Parts;
pub use policy::{CacheMode, Confirm, Policy, Question, Reply};
pub use rights::{LISTEN, Patterns, Rights};
pub use send::partly;
pub use sent::{forget_key, lock_key};
