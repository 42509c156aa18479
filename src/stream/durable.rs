//! Sessions that outlive the process: those of a consumer, in `state.db`.

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

/// Cause a consumer cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    #[error("{0:?} is no consumer's name: letters, digits, and . _ - between them, 64 at most")]
    Name(String),
    #[error("another process listens as consumer {0:?}")]
    Held(String),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// Cause positions could not be committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("cannot sync the output to its disk, and the consumer's position stays before it: {0}")]
    Sync(#[source] io::Error),
}

/// How often positions are committed. What was delivered since is printed again if the process is killed, and
/// each commit waits for the disk.
const PACE: Duration = Duration::from_millis(50);

/// Puts what is delivered on its disk. Called before a position is committed, and never again after it failed, since
/// Linux reports a lost page once.
pub type Sync = Box<dyn Fn() -> io::Result<()> + Send + std::marker::Sync>;

const LONGEST_NAME: usize = 64;

/// A consumer's sessions, held by this process alone.
///
/// A session is stored with the last sequence number that was *delivered*: what a shard has only received is lost
/// with the process. A thread of its own commits positions, so that no line waits for the disk.
pub struct Durable {
    shared: Arc<Committer>,
    thread: Mutex<Option<JoinHandle<()>>>,
    _held: Lock,
}

struct Committer {
    state: Arc<StateFile>,
    consumer: Consumer,
    pending: Mutex<Pending>,
    /// Held while sessions are written, so that no older one replaces a newer one. Taken before `pending`.
    writing: Mutex<()>,
    work: Condvar,
    clock: Clock,
    sync: Sync,
}

#[derive(Default)]
struct Pending {
    sessions: HashMap<u32, StoredSession>,
    /// Shards whose sessions have changed since they were committed.
    changed: HashSet<u32>,
    /// Cause the last commit failed.
    failure: Option<CommitError>,
    /// The output could not be synced: what was delivered may be lost, and no later sync says so.
    is_lost: bool,
    closing: bool,
}

/// Takes a consumer's lock.
pub fn hold(folder: &Path, consumer: &Consumer) -> Result<Lock, ConsumerError> {
    let Consumer { scope, name } = consumer;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(ConsumerError::Name(name.clone()));
    }
    let folder = folder.join("consumers");
    store::create_folder(&folder)?;
    // The scope's last word is the token's hash.
    let token = scope.rsplit(' ').next().unwrap_or_default();
    Lock::take(&folder.join(format!("{token}-{name}")))?.ok_or_else(|| ConsumerError::Held(name.clone()))
}

impl Durable {
    /// Takes the consumer, unless another process has it.
    pub fn open(
        folder: &Path,
        state: Arc<StateFile>,
        consumer: Consumer,
        clock: Clock,
        sync: Sync,
    ) -> Result<Self, ConsumerError> {
        let held = hold(folder, &consumer)?;
        let sessions = state.sessions(&consumer)?.into_iter().map(|kept| (kept.shard, kept)).collect();
        let pending = Mutex::new(Pending { sessions, ..Pending::default() });
        let (writing, work) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Committer { state, consumer, pending, writing, work, clock, sync });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("sessions".to_owned())
            .spawn(move || own.run())
            .map_err(ConsumerError::Thread)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)), _held: held })
    }

    /// The shard count of stored sessions that differs from this one, if there is one.
    pub fn other_shards(&self, shards: u32) -> Option<u32> {
        self.shared.pending().sessions.values().map(|kept| kept.shards).find(|kept| *kept != shards)
    }

    /// Those of these intents that a stored session lacks.
    pub fn lacking(&self, intents: u64) -> u64 {
        let lacking = |kept: &StoredSession| kept.intents.map_or(0, |own| intents & !own);
        self.shared.pending().sessions.values().map(lacking).fold(0, |all, lacking| all | lacking)
    }

    /// Commits everything. Fails if that does, or the last commit did.
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
        // A caller that needs the result closes it first.
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
                    // Once for as long as it fails, not with each try.
                    if pending.failure.is_none() {
                        tracing::warn!("{error}; until it can, what is printed is printed again by the next listener");
                    }
                    let is_final = matches!(error, CommitError::Sync(_));
                    pending.failure = Some(error);
                    if is_final {
                        return;
                    }
                    // They are tried again with what changes next.
                    pending.changed.extend(changed);
                }
            }
            if closing {
                return;
            }
            let (woken, _) = self
                .work
                .wait_timeout_while(pending, PACE, |pending| !pending.closing)
                .expect("no holder of this lock panics");
            pending = woken;
        }
    }

    /// Writes sessions as they were when everything up to their positions was delivered.
    fn commit(&self, mut sessions: Vec<StoredSession>) -> Result<(), CommitError> {
        self.sync()?;
        let _writing = self.writing();
        let pending = self.pending();
        // A session that has ended meanwhile must not come back.
        sessions.retain(|old| pending.sessions.get(&old.shard).is_some_and(|kept| kept.session == old.session));
        drop(pending);
        Ok(self.state.store_sessions(&self.consumer, &sessions)?)
    }

    fn sync(&self) -> Result<(), CommitError> {
        if self.pending().is_lost {
            return Err(CommitError::Sync(io::Error::other("an earlier attempt failed")));
        }
        let result = (self.sync)().map_err(CommitError::Sync);
        self.pending().is_lost |= result.is_err();
        result
    }
}

impl SessionStore for Durable {
    fn load(&self, shard: u32) -> Result<Option<Session>, StoreError> {
        Ok(self.shared.pending().sessions.get(&shard).map(|kept| Session {
            id: kept.session.clone(),
            resume_url: kept.resume_url.clone(),
            seq: kept.seq,
            shards: kept.shards,
            intents: kept.intents,
            // A clock that was set back since makes it no older than now.
            idle: Duration::from_millis(u64::try_from(self.shared.clock.wall_ms() - kept.changed_ms).unwrap_or(0)),
        }))
    }

    /// A new session begins with nothing delivered, and is on disk when this returns. A known one keeps its
    /// position, since the shard's own is that of what it received.
    fn save(&self, shard: u32, session: &Session) -> Result<(), StoreError> {
        let Committer { state, consumer, .. } = &*self.shared;
        let changed_ms = self.shared.clock.wall_ms();
        let mut pending = self.shared.pending();
        if let Some(kept) = pending.sessions.get_mut(&shard).filter(|kept| kept.session == session.id) {
            kept.resume_url.clone_from(&session.resume_url);
            (kept.shards, kept.intents, kept.changed_ms) = (session.shards, session.intents, changed_ms);
            pending.changed.insert(shard);
            self.shared.work.notify_one();
            return Ok(());
        }
        drop(pending);
        // The session that it replaces ends: what was delivered of it must not be lost with its position.
        self.shared.sync()?;
        let _writing = self.shared.writing();
        let kept = StoredSession {
            shard,
            shards: session.shards,
            session: session.id.clone(),
            resume_url: session.resume_url.clone(),
            seq: 0,
            intents: session.intents,
            changed_ms,
        };
        let mut pending = self.shared.pending();
        pending.sessions.insert(shard, kept.clone());
        pending.changed.remove(&shard);
        // Sessions of a larger shard count do not come again.
        let beyond = |kept: &StoredSession| kept.shards != session.shards && kept.shard >= session.shards;
        let gone: Vec<u32> = pending.sessions.values().filter(|kept| beyond(kept)).map(|kept| kept.shard).collect();
        pending.sessions.retain(|_, kept| !beyond(kept));
        drop(pending);
        state.store_sessions(consumer, &[kept])?;
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
        // Lines of a session are also delivered after it has ended.
        let Some(kept) = pending.sessions.get_mut(&shard).filter(|kept| kept.session == session) else { return };
        if seq <= kept.seq {
            return;
        }
        (kept.seq, kept.changed_ms) = (seq, self.shared.clock.wall_ms());
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

    /// The session as it goes on, but for its age.
    fn loaded(durable: &Durable, shard: u32) -> Option<Session> {
        durable.load(shard).unwrap().map(|session| Session { idle: Duration::ZERO, ..session })
    }

    #[test]
    fn a_session_goes_on_from_what_was_written_and_not_from_what_was_received() {
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
    fn a_session_is_as_old_as_the_last_event_that_was_kept() {
        const AGO: Duration = Duration::from_secs(48 * 3600);
        let folder = tempfile::tempdir().unwrap();
        let changed_ms = Clock::system().wall_ms() - i64::try_from(AGO.as_millis()).unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        let kept = |shard, changed_ms| StoredSession {
            shard,
            shards: 2,
            session: "a".to_owned(),
            resume_url: "wss://r.discord.gg".to_owned(),
            seq: 5,
            intents: None,
            changed_ms,
        };
        state
            .store_sessions(&consumer(), &[kept(0, changed_ms), kept(1, Clock::system().wall_ms() + 3_600_000)])
            .unwrap();
        let durable = open(folder.path()).unwrap();
        assert!(durable.load(0).unwrap().unwrap().idle >= AGO);
        assert_eq!(durable.load(1).unwrap().unwrap().idle, Duration::ZERO, "the clock was set back");
        durable.delivered(0, "a", 6);
        assert!(durable.load(0).unwrap().unwrap().idle < AGO);
    }

    #[test]
    fn sessions_of_shards_that_are_no_more_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let durable = open(folder.path()).unwrap();
        for shard in 0..4 {
            durable.save(shard, &Session { shards: 4, ..session("a", 1) }).unwrap();
        }
        durable.save(0, &Session { shards: 2, ..session("b", 1) }).unwrap();
        drop(durable);
        let durable = open(folder.path()).unwrap();
        let left: Vec<_> = (0..4).filter(|shard| loaded(&durable, *shard).is_some()).collect();
        assert_eq!(left, [0, 1], "shard 1 has not told its gap yet");
    }

    #[test]
    fn lines_of_an_old_session_say_nothing_of_the_new_one() {
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
    fn a_consumer_has_one_process() {
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
        assert_eq!(committed(), 0, "the sync has not ended");
        go.send(Ok(())).unwrap();
        durable.delivered(0, "a", 6);
        syncs.recv().unwrap();
        assert_eq!(committed(), 5, "the next sync begins after the commit");
        // What was delivered may be lost now, and no later sync says so.
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
