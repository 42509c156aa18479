//! What is told to those who watch, beside the lines.

use std::fmt::Display;

use super::shard::Note;

/// Hears of each shard (its number, the shard count) what happens to it. Called from the shards'
/// tasks, so it must not wait.
pub trait Notices: Send + Sync {
    fn note(&self, shard: (u32, u32), note: &Note);
    /// Something failed that is tried again.
    fn trouble(&self, shard: (u32, u32), what: &dyn Display);
}

/// Tells nobody.
pub struct Silent;

impl Notices for Silent {
    fn note(&self, _: (u32, u32), _: &Note) {}
    fn trouble(&self, _: (u32, u32), _: &dyn Display) {}
}
