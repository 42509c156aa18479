//! The cache: Discord's objects, stored on disk from REST responses and gateway events.
//!
//! [`event`] and [`answer`] convert events and responses to [`Change`]s. [`Cache::apply`] writes changes in one transaction,
//! and [`Writer`] does so on its own thread. Each change has an [`Observation`], and never overwrites a row that was observed
//! later. Each row has its source and the time of its observation. [`Cache::now_if_live`] returns whether a listener has kept
//! the row up to date since then.

pub mod answer;
mod change;
mod error;
pub mod event;
mod history;
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
pub use history::{Archive, History, HistoryPage, Pins, Span};
pub use inbox::{Inbox, InboxEntry};
pub use kind::Kind;
pub use policy::{Policies, Policy};
pub use query::{CachedRow, MessageSearch, NameMatch, NameQuery, SearchHit, is_fresh};
pub use schema::{Cache, Mode};
pub use writer::Writer;

#[cfg(test)]
mod tests;
