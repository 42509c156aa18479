//! Sessions: what is needed to go on where a connection ended.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

/// A session of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub resume_url: String,
    /// The last sequence number that was handled.
    pub seq: u64,
    /// The shard count it was opened with; it cannot be resumed with another.
    pub shards: u32,
    /// Those it began with, which decide for as long as it lasts; `None` if that is not known.
    pub intents: Option<u64>,
    /// How long before it was loaded its last event was kept; nothing while it lives.
    pub idle: Duration,
}

impl Session {
    /// Why it cannot go on as what is wanted now, if so.
    pub fn unfit(&self, shards: u32, intents: u64) -> Option<Unfit> {
        if self.shards != shards {
            return Some(Unfit::Shards);
        }
        // With more than is wanted it misses nothing.
        self.intents.is_some_and(|own| intents & !own != 0).then_some(Unfit::Intents)
    }
}

/// Why a session does not do for what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the session was opened with another shard count")]
    Shards,
    #[error("the session was opened with fewer intents")]
    Intents,
}

/// Why a store failed. What stores are made of is not this layer's to know.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// Where sessions are kept between connections, and between processes if the store is durable.
pub trait SessionStore: Send + Sync {
    fn load(&self, shard: u32) -> Result<Option<Session>, StoreError>;
    fn save(&self, shard: u32, session: &Session) -> Result<(), StoreError>;
    /// The session is over: it must not be resumed again.
    fn forget(&self, shard: u32) -> Result<(), StoreError>;

    /// Whether it wants to be told of what was written.
    fn wants_written(&self) -> bool {
        false
    }

    /// All that is to be printed of a session up to this sequence number has been written. It is told
    /// on the writer's thread, and must not take long.
    fn written(&self, _shard: u32, _session: &str, _seq: u64) {}
}

/// Sessions that end with the process.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<HashMap<u32, Session>>);

impl SessionStore for InMemory {
    fn load(&self, shard: u32) -> Result<Option<Session>, StoreError> {
        Ok(self.0.lock().expect("no holder of this lock panics").get(&shard).cloned())
    }

    fn save(&self, shard: u32, session: &Session) -> Result<(), StoreError> {
        self.0.lock().expect("no holder of this lock panics").insert(shard, session.clone());
        Ok(())
    }

    fn forget(&self, shard: u32) -> Result<(), StoreError> {
        self.0.lock().expect("no holder of this lock panics").remove(&shard);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_kept_until_it_is_forgotten() {
        let store = InMemory::default();
        let session = Session {
            id: "a".into(),
            resume_url: "wss://r.discord.gg".into(),
            seq: 7,
            shards: 2,
            intents: None,
            idle: Duration::ZERO,
        };
        store.save(1, &session).unwrap();
        assert_eq!(store.load(0).unwrap(), None);
        assert_eq!(store.load(1).unwrap(), Some(session));
        store.forget(1).unwrap();
        assert_eq!(store.load(1).unwrap(), None);
    }
}
