//! Where events go besides the lines: the cache. A tap takes them at once and never waits.

use std::time::Instant;

/// Gives each shard a tap of its own.
pub trait Tap: Send + Sync {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn ShardTap>;
}

/// Takes what happens to one shard.
pub trait ShardTap: Send {
    /// A dispatch: its name and its data as they came, whatever the filter lets through.
    fn event(&mut self, name: &[u8], data: &[u8], now: Instant);
    /// Another frame: the connection lives.
    fn alive(&mut self, now: Instant);
    /// The connection is lost, for now or for good.
    fn down(&mut self);
    /// The connection is not read for now: what has happened since arrives late.
    fn behind(&mut self);
    /// Everything that has arrived was read.
    fn caught_up(&mut self, now: Instant);
    /// When it wants [`Self::tick`].
    fn deadline(&self) -> Option<Instant>;
    fn tick(&mut self, now: Instant);
}
