//! The interface to the store of sessions and their positions.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::gateway::{Session, StoreError};

/// Stores sessions between connections. A durable store also keeps them between processes.
pub trait SessionStore: Send + Sync {
    fn load(&self, shard: u32) -> Result<Option<Session>, StoreError>;
    fn save(&self, shard: u32, session: &Session) -> Result<(), StoreError>;
    /// Removes a session that is over and must not be resumed.
    fn forget(&self, shard: u32) -> Result<(), StoreError>;

    /// Whether it stores positions.
    fn has_positions(&self) -> bool {
        false
    }

    /// Records that all events of a session up to this sequence number are delivered or filtered out. It is called once per
    /// batch, also on the runtime's threads, so it must not block.
    fn delivered(&self, _shard: u32, _session: &str, _seq: u64) {}
}

/// A store whose sessions end with the process.
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_session_is_stored_until_it_is_removed() {
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
