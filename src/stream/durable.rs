//! Stores the sessions of a consumer in `state.db`, so that they outlive the process.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::position::SessionStore;
use crate::gateway::{Session, StoreError};
use crate::model::Clock;
use crate::store::{self, Consumer, Lock, StateFile, StoredSession};

/// Why a consumer cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    #[error("{0:?} is not a consumer name; use up to 64 letters and digits, with . _ - between them")]
    Name(String),
    #[error("another process is using the consumer {0:?}")]
    Held(String),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// Why positions could not be committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("cannot sync the output to disk, so the consumer's position does not advance: {}", crate::model::fault::words(.0))]
    Sync(#[source] io::Error),
}

/// How often positions are committed. If the process is killed, events that were delivered after the last commit are printed
/// again. Each commit waits for the disk.
const COMMIT_INTERVAL: Duration = Duration::from_millis(50);

/// Syncs the output to its disk. It is called before each commit, and not again after a failure, because Linux reports a lost
/// page only once.
pub type Sync = Box<dyn Fn() -> io::Result<()> + Send + std::marker::Sync>;

const LONGEST_NAME: usize = 64;

/// The sessions of a consumer. Only one process can open a consumer.
///
/// A session is stored with the last sequence number that was *delivered*, because events that a shard has only received are lost
/// with the process. A separate thread commits positions, so that no line waits for the disk.
pub struct Durable {
    shared: Arc<Committer>,
    thread: Mutex<Option<JoinHandle<()>>>,
    _lock: Lock,
}

struct Committer {
    state: Arc<StateFile>,
    consumer: Consumer,
    pending: Mutex<Pending>,
    /// Locked while sessions are written, so that no older one replaces a newer one. Locked before `pending`.
    writing: Mutex<()>,
    work: Condvar,
    clock: Clock,
    sync: Sync,
}

#[derive(Default)]
struct Pending {
    sessions: HashMap<u32, StoredSession>,
    /// The shards whose sessions have changed since the last commit.
    changed: HashSet<u32>,
    /// Why the last commit failed.
    failure: Option<CommitError>,
    /// Whether a sync of the output has failed. Delivered lines may be lost then, and later syncs do not report that.
    sync_failed: bool,
    closing: bool,
}

/// Takes the lock of a consumer.
pub fn hold(folder: &Path, consumer: &Consumer) -> Result<Lock, ConsumerError> {
    let Consumer { scope, name } = consumer;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(ConsumerError::Name(name.clone()));
    }
    let folder = folder.join("consumers");
    store::create_folder(&folder)?;
    // The last word of the scope is the hash of the token.
    let token = scope.rsplit(' ').next().unwrap_or_default();
    Lock::take(&folder.join(format!("{token}-{name}")))?.ok_or_else(|| ConsumerError::Held(name.clone()))
}

impl Durable {
    /// Opens the consumer, unless another process has it open.
    pub fn open(
        folder: &Path,
        state: Arc<StateFile>,
        consumer: Consumer,
        clock: Clock,
        sync: Sync,
    ) -> Result<Self, ConsumerError> {
        let lock = hold(folder, &consumer)?;
        let sessions = state.sessions(&consumer)?.into_iter().map(|stored| (stored.shard, stored)).collect();
        let pending = Mutex::new(Pending { sessions, ..Pending::default() });
        let (writing, work) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Committer { state, consumer, pending, writing, work, clock, sync });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("sessions".to_owned())
            .spawn(move || own.run())
            .map_err(ConsumerError::Thread)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)), _lock: lock })
    }

    /// The shard count of the stored sessions, if it differs from this one.
    pub fn other_shards(&self, shards: u32) -> Option<u32> {
        self.shared.pending().sessions.values().map(|stored| stored.shards).find(|stored| *stored != shards)
    }

    /// The intents among these that a stored session lacks.
    pub fn lacking(&self, intents: u64) -> u64 {
        let lacking = |stored: &StoredSession| stored.intents.map_or(0, |own| intents & !own);
        self.shared.pending().sessions.values().map(lacking).fold(0, |all, lacking| all | lacking)
    }

    /// Commits everything. Returns an error if this or the last commit failed.
    pub fn close(&self) -> Result<(), CommitError> {
        self.shared.pending().closing = true;
        self.shared.work.notify_one();
        let thread = self.thread.lock().expect("no holder of this lock panics").take();
        if let Some(Err(panic)) = thread.map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        self.shared.pending().failure.take().map_or(Ok(()), Err)
    }
}

impl Drop for Durable {
    fn drop(&mut self) {
        // A caller that needs the result calls `close` first.
        let _ = self.close();
    }
}

impl Committer {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().expect("no holder of this lock panics")
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().expect("no holder of this lock panics")
    }

    fn run(&self) {
        let mut pending = self.pending();
        loop {
            while pending.changed.is_empty() && !pending.closing {
                pending = self.work.wait(pending).expect("no holder of this lock panics");
            }
            let closing = pending.closing;
            let changed = std::mem::take(&mut pending.changed);
            let sessions: Vec<StoredSession> =
                changed.iter().filter_map(|s| pending.sessions.get(s).cloned()).collect();
            drop(pending);
            let result = if sessions.is_empty() { None } else { Some(self.commit(sessions)) };
            pending = self.pending();
            match result {
                None => {}
                Some(Ok(())) => pending.failure = None,
                Some(Err(error)) => {
                    // Warns once per series of failures.
                    if pending.failure.is_none() {
                        tracing::warn!(
                            "{error}; until it works again, the next listener prints these events a second time"
                        );
                    }
                    let is_final = matches!(error, CommitError::Sync(_));
                    pending.failure = Some(error);
                    if is_final {
                        return;
                    }
                    // They are committed with the next change.
                    pending.changed.extend(changed);
                }
            }
            if closing {
                return;
            }
            let (woken, _) = self
                .work
                .wait_timeout_while(pending, COMMIT_INTERVAL, |pending| !pending.closing)
                .expect("no holder of this lock panics");
            pending = woken;
        }
    }

    /// Commits copies of sessions, all of whose events up to their positions are delivered.
    fn commit(&self, mut sessions: Vec<StoredSession>) -> Result<(), CommitError> {
        self.sync()?;
        let _writing = self.writing();
        let pending = self.pending();
        // A session that has ended meanwhile must not be written again.
        sessions.retain(|old| pending.sessions.get(&old.shard).is_some_and(|stored| stored.session == old.session));
        drop(pending);
        Ok(self.state.store_sessions(&self.consumer, &sessions)?)
    }

    fn sync(&self) -> Result<(), CommitError> {
        if self.pending().sync_failed {
            return Err(CommitError::Sync(io::Error::other("an earlier attempt failed")));
        }
        let result = (self.sync)().map_err(CommitError::Sync);
        self.pending().sync_failed |= result.is_err();
        result
    }
}

impl SessionStore for Durable {
    fn load(&self, shard: u32) -> Result<Option<Session>, StoreError> {
        Ok(self.shared.pending().sessions.get(&shard).map(|stored| Session {
            id: stored.session.clone(),
            resume_url: stored.resume_url.clone(),
            seq: stored.seq,
            shards: stored.shards,
            intents: stored.intents,
            // If the clock was set back, the difference is negative, and the age is taken as zero.
            idle: Duration::from_millis(u64::try_from(self.shared.clock.wall_ms() - stored.changed_ms).unwrap_or(0)),
        }))
    }

    /// Stores a session. A new one begins with nothing delivered, and is on disk when this returns. A known one keeps its
    /// position, because the sequence number of the shard counts events that are only received.
    fn save(&self, shard: u32, session: &Session) -> Result<(), StoreError> {
        let Committer { state, consumer, .. } = &*self.shared;
        let changed_ms = self.shared.clock.wall_ms();
        let mut pending = self.shared.pending();
        if let Some(stored) = pending.sessions.get_mut(&shard).filter(|stored| stored.session == session.id) {
            stored.resume_url.clone_from(&session.resume_url);
            (stored.shards, stored.intents, stored.changed_ms) = (session.shards, session.intents, changed_ms);
            pending.changed.insert(shard);
            self.shared.work.notify_one();
            return Ok(());
        }
        drop(pending);
        // The position of the replaced session is deleted, so its delivered lines must be on disk first.
        self.shared.sync()?;
        let _writing = self.shared.writing();
        let stored = StoredSession {
            shard,
            shards: session.shards,
            session: session.id.clone(),
            resume_url: session.resume_url.clone(),
            seq: 0,
            intents: session.intents,
            changed_ms,
        };
        let mut pending = self.shared.pending();
        pending.sessions.insert(shard, stored.clone());
        pending.changed.remove(&shard);
        // Shards that exist only with a larger, earlier shard count are not started again.
        let beyond = |stored: &StoredSession| stored.shards != session.shards && stored.shard >= session.shards;
        let gone: Vec<u32> =
            pending.sessions.values().filter(|stored| beyond(stored)).map(|stored| stored.shard).collect();
        pending.sessions.retain(|_, stored| !beyond(stored));
        drop(pending);
        state.store_sessions(consumer, &[stored])?;
        for shard in gone {
            state.forget(consumer, Some(shard))?;
        }
        Ok(())
    }

    fn forget(&self, shard: u32) -> Result<(), StoreError> {
        self.shared.sync()?;
        let _writing = self.shared.writing();
        let mut pending = self.shared.pending();
        pending.sessions.remove(&shard);
        pending.changed.remove(&shard);
        drop(pending);
        self.shared.state.forget(&self.shared.consumer, Some(shard))?;
        Ok(())
    }

    fn has_positions(&self) -> bool {
        true
    }

    fn delivered(&self, shard: u32, session: &str, seq: u64) {
        let mut pending = self.shared.pending();
        // Lines of a session may be delivered after it has ended, so they are ignored then.
        let Some(stored) = pending.sessions.get_mut(&shard).filter(|stored| stored.session == session) else { return };
        if seq <= stored.seq {
            return;
        }
        (stored.seq, stored.changed_ms) = (seq, self.shared.clock.wall_ms());
        if pending.changed.insert(shard) && pending.changed.len() == 1 {
            self.shared.work.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer() -> Consumer {
        Consumer { scope: "https://discord.com/api/v10 0011".to_owned(), name: "mods".to_owned() }
    }

    fn open(folder: &Path) -> Result<Durable, ConsumerError> {
        open_with(folder, Box::new(|| Ok(())))
    }

    fn open_with(folder: &Path, sync: Sync) -> Result<Durable, ConsumerError> {
        Durable::open(folder, Arc::new(StateFile::open(folder).unwrap()), consumer(), Clock::system(), sync)
    }

    fn session(id: &str, seq: u64) -> Session {
        let resume_url = "wss://r.discord.gg".to_owned();
        Session { id: id.to_owned(), resume_url, seq, shards: 1, intents: Some(513), idle: Duration::ZERO }
    }

    /// The stored session, without its age.
    fn loaded(durable: &Durable, shard: u32) -> Option<Session> {
        durable.load(shard).unwrap().map(|session| Session { idle: Duration::ZERO, ..session })
    }

    #[test]
    fn a_session_continues_after_the_last_delivered_event_and_not_the_last_received_one() {
        let folder = tempfile::tempdir().unwrap();
        let durable = open(folder.path()).unwrap();
        durable.save(0, &session("a", 1)).unwrap();
        durable.delivered(0, "a", 5);
        durable.delivered(0, "a", 4);
        durable.save(0, &session("a", 9)).unwrap();
        durable.close().unwrap();
        drop(durable);
        let durable = open(folder.path()).unwrap();
        assert_eq!(loaded(&durable, 0), Some(session("a", 5)));
        assert_eq!((durable.other_shards(1), durable.other_shards(2)), (None, Some(1)));
        assert_eq!((durable.lacking(1), durable.lacking(1 | 4)), (0, 4));
    }

    #[test]
    fn the_age_of_a_session_counts_from_its_last_delivered_event() {
        const AGO: Duration = Duration::from_secs(48 * 3600);
        let folder = tempfile::tempdir().unwrap();
        let changed_ms = Clock::system().wall_ms() - i64::try_from(AGO.as_millis()).unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        let stored = |shard, changed_ms| StoredSession {
            shard,
            shards: 2,
            session: "a".to_owned(),
            resume_url: "wss://r.discord.gg".to_owned(),
            seq: 5,
            intents: None,
            changed_ms,
        };
        state
            .store_sessions(&consumer(), &[stored(0, changed_ms), stored(1, Clock::system().wall_ms() + 3_600_000)])
            .unwrap();
        let durable = open(folder.path()).unwrap();
        assert!(durable.load(0).unwrap().unwrap().idle >= AGO);
        assert_eq!(durable.load(1).unwrap().unwrap().idle, Duration::ZERO, "the clock was set back");
        durable.delivered(0, "a", 6);
        assert!(durable.load(0).unwrap().unwrap().idle < AGO);
    }

    #[test]
    fn sessions_of_shards_beyond_a_new_shard_count_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let durable = open(folder.path()).unwrap();
        for shard in 0..4 {
            durable.save(shard, &Session { shards: 4, ..session("a", 1) }).unwrap();
        }
        durable.save(0, &Session { shards: 2, ..session("b", 1) }).unwrap();
        drop(durable);
        let durable = open(folder.path()).unwrap();
        let left: Vec<_> = (0..4).filter(|shard| loaded(&durable, *shard).is_some()).collect();
        assert_eq!(left, [0, 1], "shard 1 has not reported its gap yet");
    }

    #[test]
    fn lines_of_an_old_session_do_not_change_the_position_of_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let durable = open(folder.path()).unwrap();
        durable.save(0, &session("a", 1)).unwrap();
        durable.save(0, &session("b", 1)).unwrap();
        durable.delivered(0, "a", 500);
        assert_eq!(loaded(&durable, 0), Some(session("b", 0)));
        durable.delivered(0, "b", 2);
        durable.forget(0).unwrap();
        durable.delivered(0, "b", 3);
        drop(durable);
        assert_eq!(open(folder.path()).unwrap().load(0).unwrap(), None);
    }

    #[test]
    fn only_one_process_can_open_a_consumer() {
        let folder = tempfile::tempdir().unwrap();
        let durable = open(folder.path()).unwrap();
        assert!(matches!(open(folder.path()), Err(ConsumerError::Held(_))));
        drop(durable);
        assert!(open(folder.path()).is_ok());
        for name in ["", "a/b", "..\\x", "é", &"x".repeat(65)] {
            let consumer = Consumer { name: name.to_owned(), ..consumer() };
            assert!(matches!(hold(folder.path(), &consumer), Err(ConsumerError::Name(_))), "{name}");
        }
    }

    #[test]
    fn a_position_is_committed_after_the_output_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        let (synced, syncs) = std::sync::mpsc::channel();
        let (go, permits) = std::sync::mpsc::channel::<io::Result<()>>();
        let permits = Mutex::new(permits);
        let sync = move || {
            synced.send(()).unwrap();
            permits.lock().unwrap().recv().unwrap()
        };
        let durable = open_with(folder.path(), Box::new(sync)).unwrap();
        let committed = || StateFile::open(folder.path()).unwrap().sessions(&consumer()).unwrap()[0].seq;
        go.send(Ok(())).unwrap();
        durable.save(0, &session("a", 1)).unwrap();
        syncs.recv().unwrap();
        durable.delivered(0, "a", 5);
        syncs.recv().unwrap();
        assert_eq!(committed(), 0, "the sync is not finished");
        go.send(Ok(())).unwrap();
        durable.delivered(0, "a", 6);
        syncs.recv().unwrap();
        assert_eq!(committed(), 5, "the next sync begins after the commit");
        // After a failed sync, delivered lines may be lost, so nothing is committed any more.
        go.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        assert!(matches!(durable.close(), Err(CommitError::Sync(_))));
        assert!(durable.save(0, &session("b", 1)).is_err());
        assert!(durable.forget(0).is_err());
        assert_eq!(committed(), 5);
    }

    #[test]
    fn a_session_that_has_ended_does_not_replace_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let (synced, syncs) = std::sync::mpsc::channel();
        let (go, permits) = std::sync::mpsc::channel::<io::Result<()>>();
        let permits = Mutex::new(permits);
        let sync = move || {
            synced.send(()).unwrap();
            permits.lock().unwrap().recv().unwrap_or(Ok(()))
        };
        let durable = open_with(folder.path(), Box::new(sync)).unwrap();
        go.send(Ok(())).unwrap();
        durable.save(0, &session("a", 1)).unwrap();
        syncs.recv().unwrap();
        durable.delivered(0, "a", 5);
        // The commit of "a" has begun and is slow.
        syncs.recv().unwrap();
        thread::scope(|scope| {
            let saving = scope.spawn(|| durable.save(0, &session("b", 1)).unwrap());
            drop(go);
            saving.join().unwrap();
        });
        durable.close().unwrap();
        drop(durable);
        assert_eq!(loaded(&open(folder.path()).unwrap(), 0), Some(session("b", 0)));
    }
}
