//! Listeners: processes that keep rows up to date from gateway events.
//!
//! Each shard of each listening process has a record. A row is live, that is, kept up to date, if a single record covers it:
//! the session has the intent of the row's kind and the shard of its guild, is connected, has lost no event, and began before
//! the row was observed. Records of different listeners cannot cover a row jointly.
//!
//! The record is on disk. In addition, its process holds a [`ListenerLock`], which the system releases when the process ends,
//! and which the process releases as soon as an event is lost. Both work even if the disk cannot be written to.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::params;

use super::row::signed;
use super::{Cache, Error, Kind};
use crate::store;

/// A connected session updates its record at least this often, because the gateway acknowledges a heartbeat about every 41 s.
const SIGN_OF_LIFE_MS: i64 = 60_000;

/// Unlocked lock files of this age are deleted. A newer one may belong to a process that is about to lock it.
const ABANDONED: Duration = Duration::from_secs(3600);

const PREFIX: &str = "listener-";

/// One shard of a listening process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// A random number that identifies the process, because the system reuses process ids.
    pub process: i64,
    /// The shard's number and the shard count.
    pub shard: (u32, u32),
    pub intents: u64,
}

/// A lock whose holder is running and writes all its events to the cache.
#[derive(Debug)]
pub struct ListenerLock {
    process: i64,
    file: File,
    path: PathBuf,
}

impl ListenerLock {
    /// Chooses a number for this process and takes the lock of that number.
    pub fn take(folder: &Path, now_ms: i64) -> Result<Self, Error> {
        remove_abandoned(folder, now_ms);
        let process = fastrand::i64(1..);
        let path = path(folder, process);
        let failed = |source| store::Error::Lock { path: path.clone(), source };
        let file = store::open_file(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { process, file, path })
    }

    pub const fn process(&self) -> i64 {
        self.process
    }

    pub const fn listener(&self, shard: (u32, u32), intents: u64) -> Listener {
        Listener { process: self.process, shard, intents }
    }

    /// Releases the lock, so that this process no longer keeps rows live. Never blocks.
    pub fn release(&self) {
        // If this fails, the system releases the lock when the process ends.
        let _ = self.file.unlock();
    }

    /// Takes the lock again. Returns `false` if another process is testing the lock at this moment.
    pub fn reacquire(&self) -> bool {
        self.file.try_lock().is_ok()
    }
}

impl Drop for ListenerLock {
    fn drop(&mut self) {
        self.release();
        // If this fails, another process deletes the file later.
        let _ = fs::remove_file(&self.path);
    }
}

fn path(folder: &Path, process: i64) -> PathBuf {
    folder.join(format!("{PREFIX}{process:016x}"))
}

/// Whether the process holds its lock. Readers test this with a shared lock, so that they do not mistake each other for the
/// owner.
fn is_held(folder: &Path, process: i64) -> bool {
    let Ok(file) = File::open(path(folder, process)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Deletes the lock files of killed processes.
fn remove_abandoned(folder: &Path, now_ms: i64) {
    let oldest = UNIX_EPOCH + Duration::from_millis(now_ms.unsigned_abs()) - ABANDONED;
    let remove = |entry: io::Result<fs::DirEntry>| -> io::Result<()> {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata()?.modified()? < oldest
            && File::open(entry.path())?.try_lock().is_ok()
        {
            fs::remove_file(entry.path())?;
        }
        Ok(())
    };
    // Ignores errors: another process may be deleting the same files, and a remaining file does no harm.
    fs::read_dir(folder).into_iter().flatten().for_each(|entry| drop(remove(entry)));
}

impl Cache {
    /// Records that a session began.
    pub(super) fn ready(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        self.remove_ended()?;
        let set = "ready_at = ?6, seen_at = ?6, intents = ?5, down_at = iif(down_at > ?7, 0, down_at)";
        self.record(listener, [at_ms, at_ms, 0], set)
    }

    /// Records that the session is connected. Replaces times in the future, which exist if the clock was set back.
    pub(super) fn alive(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        let set = "seen_at = iif(seen_at > ?7, ?6, max(seen_at, ?6)), ready_at = min(ready_at, ?7),
                   down_at = iif(down_at > ?7, 0, down_at)";
        self.record(listener, [at_ms, at_ms, 0], set)
    }

    /// Records that the connection was lost. A delayed write of an earlier [`Self::alive`] does not revert this.
    pub(super) fn down(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        self.record(listener, [at_ms, 0, at_ms], "down_at = ?6")
    }

    /// Records that events before this time were lost. The READY of the session may be one of them.
    pub(super) fn missed(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        let set = "ready_at = iif(ready_at > ?7, ?6, max(ready_at, ?6)), intents = ?5";
        self.record(listener, [at_ms + 1, 0, 0], set)
    }

    /// Changes the record of a listener with the SQL in `set`. Creates a missing record (as after the replacement of a damaged
    /// file) with `times`: `ready_at`, `seen_at` and `down_at`. In `set`, `?5` is the intents, `?6` the first of the times, and
    /// `?7` now.
    fn record(&self, listener: Listener, times: [i64; 3], set: &str) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO listener (scope, process, shard, shards, intents, ready_at, seen_at, down_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?8, ?9) ON CONFLICT (scope, process, shard, shards) DO UPDATE SET {set}"
        );
        let Listener { process, shard, intents } = listener;
        let [ready_at, seen_at, down_at] = times;
        let key =
            params![self.scope, process, shard.0, shard.1, signed(intents), ready_at, self.now_ms, seen_at, down_at];
        self.run(&sql, key).map(|_| ())
    }

    /// Removes the records of a process.
    pub(super) fn ended(&self, process: i64) -> Result<(), Error> {
        let sql = "DELETE FROM listener WHERE scope = ?1 AND process = ?2";
        self.run(sql, params![self.scope, process]).map(|_| ())
    }

    /// Removes the records of processes whose lock files no longer exist.
    fn remove_ended(&self) -> Result<(), Error> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT DISTINCT process FROM listener WHERE scope = ?1")
            .map_err(|e| self.of(e))?;
        let rows = statement.query_map([self.scope], |row| row.get(0));
        let processes: Vec<i64> = rows.and_then(Iterator::collect).map_err(|e| self.of(e))?;
        let Some(folder) = self.folder() else { return Ok(()) };
        let mut gone = processes.into_iter().filter(|process| !path(folder, *process).exists());
        gone.try_for_each(|process| self.ended(process))
    }

    /// When a row was last known to be correct: `now_ms` if a listener keeps it up to date, otherwise `fetched_at`.
    pub fn now_if_live(&self, kind: Kind, guild: Option<u64>, fetched_at: i64, now_ms: i64) -> Result<i64, Error> {
        Ok(if self.is_live(kind, guild, fetched_at, now_ms)? { now_ms } else { fetched_at })
    }

    /// Whether one listener has kept a row up to date since it was observed.
    pub(super) fn is_live(&self, kind: Kind, guild: Option<u64>, fetched_at: i64, now_ms: i64) -> Result<bool, Error> {
        let (Some(intent), Some(folder)) = (kind.intent(), self.folder()) else { return Ok(false) };
        // The id of a guild determines its shard, and the first shard receives all events outside of guilds. Ignores times more
        // than a second in the future; processor clocks may differ by less.
        let sql = "SELECT process FROM listener WHERE scope = ?1 AND shard = (?2 >> 22) % shards
                   AND intents & ?3 <> 0 AND ready_at <= ?4 AND seen_at > down_at AND seen_at BETWEEN ?5 AND ?6";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let guild = guild.map_or(0, signed);
        let params =
            params![self.scope, guild, signed(intent), fetched_at, now_ms - SIGN_OF_LIFE_MS + 1, now_ms + 1000];
        let rows = statement.query_map(params, |row| row.get(0));
        let processes: Vec<i64> = rows.and_then(Iterator::collect).map_err(|e| self.of(e))?;
        Ok(fetched_at <= now_ms && processes.into_iter().any(|process| is_held(folder, process)))
    }

    /// The folder of the file, or `None` for a cache in memory.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.path().parent().filter(|folder| !folder.as_os_str().is_empty())
    }
}
