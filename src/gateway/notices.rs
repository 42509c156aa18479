//! What is told to those who watch, beside the lines.

use std::fmt::Display;
use std::time::Duration;

use super::shard::Note;

/// A shorter wait is over before its line is read.
pub const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Hears of each shard (its number, the shard count) what happens to it. Called from the shards'
/// tasks, so it must not wait.
pub trait Notices: Send + Sync {
    fn note(&self, shard: (u32, u32), note: &Note);
    /// Something failed that should not.
    fn trouble(&self, shard: (u32, u32), what: &dyn Display);
    /// It has waited a while for its turn to begin a session.
    fn queued(&self, shard: (u32, u32));
    /// A message was printed whose text is empty because the session has no MESSAGE_CONTENT intent.
    fn emptied(&self);
    /// A connection could not be opened, for that reason. What comes of it is a note.
    fn unreachable(&self, shard: (u32, u32), why: &dyn Display);
}

/// Tells nobody.
pub struct Silent;

impl Notices for Silent {
    fn note(&self, _: (u32, u32), _: &Note) {}
    fn trouble(&self, _: (u32, u32), _: &dyn Display) {}
    fn queued(&self, _: (u32, u32)) {}
    fn emptied(&self) {}
    fn unreachable(&self, _: (u32, u32), _: &dyn Display) {}
}
