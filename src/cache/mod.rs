//! The cache: what REST answers and gateway events say of things, kept on disk between calls.
//!
//! [`event`] and [`answer`] turn what Discord sent into [`Change`]s, [`Cache::apply`] writes those in
//! one transaction, [`Writer`] does so on a thread of its own. A row says where it comes from and
//! when it was fetched; whether it still holds is for the reader to judge ([`Cache::now_if_live`]).

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
pub use inbox::{Inbox, Left};
pub use kind::Kind;
pub use policy::{Policies, Policy};
pub use query::{Find, Found, Hit, Match, Search, is_fresh};
pub use schema::{Cache, Mode};
pub use writer::Writer;

#[cfg(test)]
mod tests;
