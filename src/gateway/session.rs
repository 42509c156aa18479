//! Sessions: what a shard needs to resume where a connection ended.

use std::time::Duration;

/// A session of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub resume_url: String,
    /// The last sequence number that was received, or of a stored session the last that was delivered.
    pub seq: u64,
    /// The shard count it was opened with; it cannot be resumed with another.
    pub shards: u32,
    /// The intents of its IDENTIFY, which hold for as long as it lasts; `None` if they are not known.
    pub intents: Option<u64>,
    /// How long before it was loaded its last event was stored; zero while it lives.
    pub idle: Duration,
}

impl Session {
    /// Cause it cannot be resumed with this shard count and these intents, if it cannot.
    pub fn unfit(&self, shards: u32, intents: u64) -> Option<Unfit> {
        if self.shards != shards {
            return Some(Unfit::Shards);
        }
        // With more intents than are wanted, no event is missing.
        self.intents.is_some_and(|own| intents & !own != 0).then_some(Unfit::Intents)
    }
}

/// Cause a session cannot be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the session was opened with another shard count")]
    Shards,
    #[error("the session was opened with fewer intents")]
    Intents,
}

/// Cause a store of sessions failed. What it is made of is not this layer's to know.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;
