//! Listeners: which of them keeps a row up to date, and proof that it still does.
//!
//! Each shard of each listening process has a record of its own. A row is current if one record alone covers it: the
//! session has the intent of the row's kind and the shard of its guild, is connected, has lost no event, and began
//! before the row was observed. Two listeners never vouch for each other's rows.
//!
//! The record is on disk, and the proof that its process still writes is a lock ([`Claim`]): the system releases it when
//! the process ends, and the process releases it at the moment in which an event is lost. Neither needs a disk that
//! can be written.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::params;

use super::row::signed;
use super::{Cache, Error, Kind};
use crate::store;

/// A connected session shows a sign of life at least this often: Discord's heartbeats come about every 41 s.
const SIGN_OF_LIFE_MS: i64 = 60_000;

/// A lock file that nobody has locked is removed at this age. Younger ones may belong to a process that is about to
/// lock it.
const ABANDONED: Duration = Duration::from_secs(3600);

const PREFIX: &str = "listener-";

/// One shard of a listening process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The number that the process has drawn: a process id would be given to another process some day.
    pub process: i64,
    /// The shard's number, and how many shards there are.
    pub shard: (u32, u32),
    pub intents: u64,
}

/// The lock by which other processes know that this one still writes all events to the cache.
#[derive(Debug)]
pub struct ListenerLock {
    process: i64,
    file: File,
    path: PathBuf,
}

impl ListenerLock {
    /// Draws a number for this process and takes the lock of that number.
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

    /// From now on no row counts as current because of this process. This never waits.
    pub fn release(&self) {
        // A lock that cannot be released ends with the process at the latest.
        let _ = self.file.unlock();
    }

    /// Takes the lock again. `false` if a reader is just testing it.
    pub fn reacquire(&self) -> bool {
        self.file.try_lock().is_ok()
    }
}

impl Drop for ListenerLock {
    fn drop(&mut self) {
        self.release();
        // A file that stays is removed as an abandoned one.
        let _ = fs::remove_file(&self.path);
    }
}

fn path(folder: &Path, process: i64) -> PathBuf {
    folder.join(format!("{PREFIX}{process:016x}"))
}

/// Whether the process holds its claim. Readers share the lock, so that they do not take each other for its owner.
fn is_held(folder: &Path, process: i64) -> bool {
    let Ok(file) = File::open(path(folder, process)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Removes the lock files that killed processes have left.
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
    // Another process may be removing the same files. What stays costs a directory entry.
    fs::read_dir(folder).into_iter().flatten().for_each(|entry| drop(remove(entry)));
}

impl Cache {
    /// Writes that a session began.
    pub(super) fn ready(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        self.remove_ended()?;
        let set = "ready_at = ?6, seen_at = ?6, intents = ?5, down_at = iif(down_at > ?7, 0, down_at)";
        self.record(listener, [at_ms, at_ms, 0], set)
    }

    /// Writes a sign of life. Times from the future are from before the clock was set back: they start anew.
    pub(super) fn alive(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        let set = "seen_at = iif(seen_at > ?7, ?6, max(seen_at, ?6)), ready_at = min(ready_at, ?7),
                   down_at = iif(down_at > ?7, 0, down_at)";
        self.record(listener, [at_ms, at_ms, 0], set)
    }

    /// Writes that the connection was lost. A sign of life from before that does not bring it back.
    pub(super) fn down(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        self.record(listener, [at_ms, 0, at_ms], "down_at = ?6")
    }

    /// Writes that events up to that time were lost, perhaps also the READY of the session.
    pub(super) fn missed(&self, listener: Listener, at_ms: i64) -> Result<(), Error> {
        let set = "ready_at = iif(ready_at > ?7, ?6, max(ready_at, ?6)), intents = ?5";
        self.record(listener, [at_ms + 1, 0, 0], set)
    }

    /// Changes the record of a listener. Where there is none, as in a file that was damaged and made anew, it gets the
    /// times `ready_at`, `seen_at` and `down_at`. The first parameters of the statement are the columns of the key and the
    /// intents; `?6` is the first of the times, and `?7` is now.
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

    /// Removes the records of processes whose lock files are gone.
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

    /// The time as of which a row holds that was observed at `fetched_at`: now, if a listener keeps it up to date.
    pub fn now_if_live(&self, kind: Kind, guild: Option<u64>, fetched_at: i64, now_ms: i64) -> Result<i64, Error> {
        Ok(if self.is_live(kind, guild, fetched_at, now_ms)? { now_ms } else { fetched_at })
    }

    /// Whether one listener has kept a row up to date since it was observed.
    pub(super) fn is_live(&self, kind: Kind, guild: Option<u64>, fetched_at: i64, now_ms: i64) -> Result<bool, Error> {
        let (Some(intent), Some(folder)) = (kind.intent(), self.folder()) else { return Ok(false) };
        // Guilds are spread over shards by their ids; what is in no guild is on the first. A time that lies in the
        // future says nothing; between the clocks of two processors there may be a second.
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

    /// The folder of the file; `None` for a cache in memory.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.path().parent().filter(|folder| !folder.as_os_str().is_empty())
    }
}
