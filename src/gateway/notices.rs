//! Reports about shards to the user, in addition to the event lines.

use std::fmt::Display;
use std::time::Duration;

use super::shard::Note;

/// Shorter waits are not reported, because they are over before the user has read the report.
pub const MIN_REPORTED_WAIT: Duration = Duration::from_secs(1);

/// Receives reports about each shard, as its number and the shard count. The tasks of the shards call these methods, so they
/// must not block.
pub trait Notices: Send + Sync {
    fn note(&self, shard: (u32, u32), note: &Note);
    /// An unexpected failure.
    fn trouble(&self, shard: (u32, u32), what: &dyn Display);
    /// The shard has been waiting for [`MIN_REPORTED_WAIT`] for a slot to IDENTIFY.
    fn queued(&self, shard: (u32, u32));
    /// The content of a printed message is empty, because the session lacks the MESSAGE_CONTENT intent.
    fn emptied(&self);
    /// A connection could not be opened. A note about the consequence follows.
    fn unreachable(&self, shard: (u32, u32), why: &dyn Display);
}

/// Ignores all reports.
pub struct NoNotices;

impl Notices for NoNotices {
    fn note(&self, _: (u32, u32), _: &Note) {}
    fn trouble(&self, _: (u32, u32), _: &dyn Display) {}
    fn queued(&self, _: (u32, u32)) {}
    fn emptied(&self) {}
    fn unreachable(&self, _: (u32, u32), _: &dyn Display) {}
}
