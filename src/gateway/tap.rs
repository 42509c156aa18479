//! The interface to the cache, which receives all events in addition to the outlet. A tap must not block.

use std::time::Instant;

/// Creates the tap of each shard.
pub trait Tap: Send + Sync {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn ShardTap>;
}

/// Receives the events and the connection state of one shard.
pub trait ShardTap: Send {
    /// Any dispatch, with its name and data unchanged. The filter does not apply.
    fn event(&mut self, name: &[u8], data: &[u8], now: Instant);
    /// Any other frame. It shows that the connection is alive.
    fn alive(&mut self, now: Instant);
    /// The connection is lost.
    fn down(&mut self);
    /// Reading the connection is paused, so events will arrive late.
    fn behind(&mut self);
    /// All data that has arrived has been read.
    fn caught_up(&mut self, now: Instant);
    /// When to call [`Self::tick`] next.
    fn deadline(&self) -> Option<Instant>;
    fn tick(&mut self, now: Instant);
}
