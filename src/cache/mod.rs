//! The cache: Discord's objects on disk, as answers and events have described them.
//!
//! [`event`] and [`answer`] turn what Discord sent into [`Change`]s, [`Cache::apply`] writes them in one transaction, and
//! [`Writer`] does so on a thread of its own. Each change has the time of its [`Observation`], and a row that was observed
//! later stays. A row says where it comes from and when it was observed; [`Cache::now_if_live`] says whether a listener has
//! kept it up to date since.

pub mod answer;
mod change;
mod error;
pub mod event;
pub mod inbox;
pub mod kind;
pub mod listener;
mod object;
pub mod policy;
mod prune;
pub mod query;
mod row;
mod schema;
mod tombstone;
mod write;
pub mod writer;

pub use change::{Change, Observation};
pub use error::Error;
pub use inbox::{Inbox, InboxEntry};
pub use kind::Kind;
pub use policy::{Policies, Policy};
pub use query::{CachedRow, MessageSearch, NameMatch, NameQuery, SearchHit, is_fresh};
pub use schema::{Cache, Mode};
pub use writer::Writer;

#[cfg(test)]
mod tests;
