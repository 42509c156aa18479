//! Gateway sessions, with everything that resuming them requires.

use std::time::Duration;

/// The session of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub resume_url: String,
    /// The last sequence number received. In a stored session, the last one delivered.
    pub seq: u64,
    /// The shard count in its IDENTIFY. A session cannot be resumed with another shard count.
    pub shards: u32,
    /// The intents in its IDENTIFY, which cannot change. `None` if they are unknown.
    pub intents: Option<u64>,
    /// The time from its last stored event until it was loaded. Zero for the session of a running shard.
    pub idle: Duration,
}

impl Session {
    /// Why the session cannot be resumed with this shard count and these intents, or `None` if it can.
    pub fn mismatch(&self, shards: u32, intents: u64) -> Option<SessionMismatch> {
        if self.shards != shards {
            return Some(SessionMismatch::Shards);
        }
        // A session with additional intents misses no event.
        self.intents.is_some_and(|own| intents & !own != 0).then_some(SessionMismatch::Intents)
    }
}

/// Why a session cannot be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionMismatch {
    #[error("the session was opened with a different number of shards")]
    Shards,
    #[error("the session was opened with fewer intents")]
    Intents,
}

/// The error of a session store. Its type belongs to a higher layer.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;
