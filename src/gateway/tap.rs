//! Who hears events besides the lines: the cache. It must take them at once and never wait.

use std::time::Instant;

/// Gives each shard its own ear.
pub trait Tap: Send + Sync {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn ShardTap>;
}

/// Hears one shard.
pub trait ShardTap: Send {
    /// A dispatch: its name and its data as they came, whatever the filter lets through.
    fn event(&mut self, name: &[u8], data: &[u8], now: Instant);
    /// Another frame: the session lives.
    fn alive(&mut self, now: Instant);
    /// The connection is lost, for now or for good.
    fn down(&mut self);
    /// When it wants [`Self::tick`].
    fn deadline(&self) -> Option<Instant>;
    fn tick(&mut self, now: Instant);
}
