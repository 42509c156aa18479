//! `limits.db`: small records that processes share. The file is not synced to disk, because losing records does little harm.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use super::database::{Database, Layout, Rebuilt};
use super::lease::Lease;
use super::timeline::Timeline;
use crate::model::{Clock, Deadline, Moment};

/// All kinds of records share one table, because reading more table definitions and preparing more statements would noticeably
/// slow down a command that takes a few milliseconds. Opening the file and running two transactions takes 0.15 ms.
///
/// The log is checkpointed at 64 KiB, which costs little, because nothing waits for the disk. The first process that opens the
/// file reads the whole log, which takes 0.1 ms at 256 KiB and 0.6 ms at 4 MiB.
const LAYOUT: Layout = Layout {
    file: "limits.db",
    migrations: &["CREATE TABLE record (
            scope TEXT NOT NULL,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (scope, kind, key)
        ) WITHOUT ROWID, STRICT"],
    synchronous: "OFF",
    page_size: 4096,
    checkpoint_pages: 16,
};

/// A record in `limits.db`.
pub trait Record: Serialize + DeserializeOwned {
    /// Adjusts times in the future, which exist if the clock was set back: each becomes `now`, so that a wait restarts and
    /// never exceeds its length. Returns whether any time changed.
    fn rewind(&mut self, now: Moment) -> bool;
}

impl Record for Deadline {
    fn rewind(&mut self, now: Moment) -> bool {
        Self::rewind(self, now)
    }
}

/// Called once, when the file fails and the ledger continues in memory.
pub type OnFailure = Box<dyn Fn(&Error) + Send + Sync>;

/// The shared records, or this process's own records in memory.
pub struct Ledger {
    records: Mutex<Records>,
    clock: Clock,
    on_failure: Option<OnFailure>,
}

#[derive(Debug)]
struct Records {
    database: Database,
    lease: Lease,
    is_shared: bool,
}

impl Ledger {
    /// Opens the file in a folder.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, Error> {
        let database = Database::open(folder, &LAYOUT)?;
        let records = Records { database, lease: Lease::take(folder)?, is_shared: true };
        Ok(Self { records: Mutex::new(records), clock, on_failure: None })
    }

    /// Creates a ledger in memory.
    pub fn in_memory(clock: Clock) -> Self {
        Self { records: Mutex::new(Records::in_memory()), clock, on_failure: None }
    }

    /// Continues in memory after the first failure of the file.
    pub fn or_in_memory(self, on_failure: OnFailure) -> Self {
        Self { on_failure: Some(on_failure), ..self }
    }

    /// Set if the file was damaged and has been replaced.
    pub fn rebuilt(&self) -> Option<Rebuilt> {
        self.records().database.rebuilt.clone()
    }

    /// Runs a transaction, and rolls it back if it fails. If the file is damaged, replaces it once and repeats the transaction.
    /// After any other failure, repeats the transaction in memory, if [`Self::or_in_memory`] allows it.
    pub fn write<T>(&self, mut run: impl FnMut(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut records = self.records();
        let error = match records.write(&self.clock, &mut run) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let Some(on_failure) = self.on_failure.as_ref().filter(|_| records.is_shared) else { return Err(error) };
        on_failure(&error);
        *records = Records::in_memory();
        records.write(&self.clock, &mut run)
    }

    /// A number that changes when another process has written to the file.
    pub fn version(&self) -> Result<i64, Error> {
        let Records { database, .. } = &*self.records();
        let of = |source| Error::of(&database.path, source);
        let mut statement = database.connection.prepare_cached("PRAGMA data_version").map_err(of)?;
        statement.query_row([], |row| row.get(0)).map_err(of)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().expect("no holder of this lock panics")
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("records", &self.records).finish_non_exhaustive()
    }
}

impl Records {
    fn in_memory() -> Self {
        let database = Database::in_memory(&LAYOUT).expect("SQLite can create a database in memory");
        Self { database, lease: Lease::unshared(), is_shared: false }
    }

    fn write<T>(
        &mut self,
        clock: &Clock,
        run: &mut impl FnMut(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.transact(clock, run) {
            Err(Error::Damaged { path, .. }) if self.is_shared && self.database.rebuilt.is_none() => {
                let folder = path.parent().expect("the file is in a folder");
                self.database = Database::repair(folder, &LAYOUT)?;
                self.transact(clock, run)
            }
            result => result,
        }
    }

    /// Uses `BEGIN IMMEDIATE`, because a transaction that begins with a read may be unable to write later.
    fn transact<T>(
        &self,
        clock: &Clock,
        run: &mut impl FnMut(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Database { connection, path, .. } = &self.database;
        let mut transaction = Transaction { connection, path, lease: &self.lease, now: Moment::default() };
        transaction.execute("BEGIN IMMEDIATE", [])?;
        let result = transaction.set_time(clock).and_then(|()| run(&transaction));
        let result = result.and_then(|value| transaction.execute("COMMIT", []).map(|()| value));
        if result.is_err() && !connection.is_autocommit() {
            // Report only the first error. If the rollback fails, SQLite rolls back when the file is closed.
            let _ = transaction.execute("ROLLBACK", []);
        }
        result
    }
}

/// Access to the records. No other process can write during a transaction.
#[derive(Debug)]
pub struct Transaction<'a> {
    connection: &'a Connection,
    path: &'a Path,
    lease: &'a Lease,
    now: Moment,
}

impl Transaction<'_> {
    /// The time of the transaction on the ledger's clock.
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// The lease of this process.
    pub const fn lease(&self) -> &Lease {
        self.lease
    }

    fn set_time(&mut self, clock: &Clock) -> Result<(), Error> {
        const KEY: (&str, &str, &str) = ("", "time", "");
        let recorded = self.text(KEY.0, KEY.1, KEY.2)?.and_then(|text| serde_json::from_str(&text).ok());
        let (timeline, is_due) = Timeline::now(recorded, clock);
        self.now = timeline.at();
        if is_due { self.put_text(KEY.0, KEY.1, KEY.2, &serialize(&timeline)) } else { Ok(()) }
    }

    fn of(&self, source: rusqlite::Error) -> Error {
        Error::of(self.path, source)
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.execute(params).map(|_| ()).map_err(|e| self.of(e))
    }

    /// The JSON of a record.
    pub fn text(&self, scope: &str, kind: &str, key: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT value FROM record WHERE scope = ?1 AND kind = ?2 AND key = ?3";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.query_row(params![scope, kind, key], |row| row.get(0)).optional().map_err(|e| self.of(e))
    }

    /// Reads a record. Returns `None` if it was written by an incompatible version of dcord.
    pub fn get<T: Record>(&self, scope: &str, kind: &str, key: &str) -> Result<Option<T>, Error> {
        let Some(text) = self.text(scope, kind, key)? else { return Ok(None) };
        let Some((record, is_rewound)) = self.parse(&text) else { return Ok(None) };
        if is_rewound {
            // Without this, the wait would restart at each read.
            self.put(scope, kind, key, &record)?;
        }
        Ok(Some(record))
    }

    /// Parses the JSON of a record and adjusts its times, without writing the adjustment.
    pub fn read<T: Record>(&self, text: &str) -> Option<T> {
        self.parse(text).map(|(record, _)| record)
    }

    /// Returns `None` if the record was written by an incompatible version of dcord.
    fn parse<T: Record>(&self, text: &str) -> Option<(T, bool)> {
        let mut record: T = serde_json::from_str(text).ok()?;
        let is_rewound = record.rewind(self.now);
        Some((record, is_rewound))
    }

    /// The keys and the JSON of all records of a kind, ordered by key.
    pub fn list(&self, scope: &str, kind: &str) -> Result<Vec<(String, String)>, Error> {
        let sql = "SELECT key, value FROM record WHERE scope = ?1 AND kind = ?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map(params![scope, kind], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    pub fn put(&self, scope: &str, kind: &str, key: &str, record: &impl Record) -> Result<(), Error> {
        self.put_text(scope, kind, key, &serialize(record))
    }

    /// Writes a record, unless its JSON equals `before`.
    pub fn put_changed(
        &self,
        scope: &str,
        kind: &str,
        key: &str,
        record: &impl Record,
        before: Option<&str>,
    ) -> Result<(), Error> {
        let text = serialize(record);
        if before == Some(text.as_str()) { Ok(()) } else { self.put_text(scope, kind, key, &text) }
    }

    fn put_text(&self, scope: &str, kind: &str, key: &str, text: &str) -> Result<(), Error> {
        let sql = "REPLACE INTO record (scope, kind, key, value) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, params![scope, kind, key, text])
    }

    pub fn remove(&self, scope: &str, kind: &str, key: &str) -> Result<(), Error> {
        let sql = "DELETE FROM record WHERE scope = ?1 AND kind = ?2 AND key = ?3";
        self.execute(sql, params![scope, kind, key])
    }

    /// Removes the records of a kind in all scopes.
    pub fn clear(&self, kind: &str) -> Result<(), Error> {
        self.execute("DELETE FROM record WHERE kind = ?1", params![kind])
    }

    /// Removes all records.
    pub fn clear_all(&self) -> Result<(), Error> {
        self.execute("DELETE FROM record", [])
    }

    /// All scopes.
    pub fn scopes(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT DISTINCT scope FROM record";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map([], |row| row.get(0));
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }
}

fn serialize(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all keys of maps in records are strings")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A record without a time.
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Timeless<T>(T);

    impl<T: Serialize + DeserializeOwned> Record for Timeless<T> {
        fn rewind(&mut self, _: Moment) -> bool {
            false
        }
    }

    fn open(folder: &Path) -> Ledger {
        Ledger::open(folder, Clock::system()).unwrap()
    }

    fn put(ledger: &Ledger, key: &str, value: u32) -> Result<(), Error> {
        ledger.write(|transaction| transaction.put("scope", "kind", key, &Timeless(value)))
    }

    fn get(ledger: &Ledger, key: &str) -> Option<u32> {
        ledger.write(|transaction| transaction.get("scope", "kind", key)).unwrap().map(|Timeless(value)| value)
    }

    #[test]
    fn records_are_shared_and_the_version_shows_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (open(folder.path()), open(folder.path()));
        let before = two.version().unwrap();
        put(&one, "a", 1).unwrap();
        assert_ne!(two.version().unwrap(), before);
        assert_eq!(get(&two, "a"), Some(1));
        let before = one.version().unwrap();
        assert_eq!(get(&two, "b"), None);
        assert_eq!(one.version().unwrap(), before, "reading changes nothing");
    }

    #[test]
    fn a_failed_transaction_is_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(folder.path());
        let failed: Result<(), Error> = ledger.write(|transaction| {
            transaction.put("scope", "kind", "a", &Timeless(1))?;
            Err(Error::Busy { path: folder.path().to_owned() })
        });
        assert!(failed.is_err());
        assert_eq!(get(&ledger, "a"), None);
        put(&ledger, "a", 2).unwrap();
        assert_eq!(get(&ledger, "a"), Some(2));
    }

    #[test]
    fn an_incompatible_record_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(folder.path());
        ledger.write(|transaction| transaction.put("scope", "kind", "a", &Timeless("text".to_owned()))).unwrap();
        assert_eq!(get(&ledger, "a"), None);
    }

    #[test]
    fn a_file_whose_damage_is_found_while_writing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(folder.path());
        for key in 0..500 {
            put(&ledger, &format!("key {key}"), key).unwrap();
        }
        ledger.records().database.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(ledger);
        // Damages all pages except the first, which contains the schema.
        let file = folder.path().join("limits.db");
        let mut bytes = fs::read(&file).unwrap();
        assert!(bytes.len() > 8192);
        bytes[4096..].fill(0xff);
        fs::write(&file, bytes).unwrap();
        let ledger = open(folder.path());
        assert_eq!(ledger.rebuilt(), None);
        put(&ledger, "a", 1).unwrap();
        assert_eq!(ledger.rebuilt(), Some(Rebuilt { aside: folder.path().join("limits.db.damaged-1") }));
        assert_eq!(get(&open(folder.path()), "a"), Some(1));
    }

    #[test]
    fn a_full_disk_is_an_error_and_existing_records_stay() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(folder.path());
        put(&ledger, "a", 1).unwrap();
        ledger.records().database.connection.execute_batch("PRAGMA max_page_count=1").unwrap();
        let long = "x".repeat(1 << 20);
        let result = ledger.write(|transaction| transaction.put("scope", "kind", "long", &Timeless(long.clone())));
        assert!(matches!(result, Err(Error::Unwritable { .. })), "{result:?}");
        assert_eq!(get(&ledger, "a"), Some(1));
    }

    #[test]
    fn a_ledger_whose_file_fails_continues_in_memory_and_reports_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let failures = std::sync::Arc::new(Mutex::new(Vec::new()));
        let reported = std::sync::Arc::clone(&failures);
        let on_failure = move |error: &Error| reported.lock().unwrap().push(error.to_string());
        let ledger = open(folder.path()).or_in_memory(Box::new(on_failure));
        put(&ledger, "a", 1).unwrap();
        let owner = |ledger: &Ledger| ledger.write(|transaction| Ok(transaction.lease().owner())).unwrap();
        let before = owner(&ledger);
        ledger.records().database.connection.execute_batch("DROP TABLE record").unwrap();
        put(&ledger, "b", 2).unwrap();
        put(&ledger, "c", 3).unwrap();
        assert_eq!([get(&ledger, "a"), get(&ledger, "b"), get(&ledger, "c")], [None, Some(2), Some(3)]);
        assert_ne!(owner(&ledger), before, "records in the file are unknown in memory, so the owner is new");
        assert_eq!(failures.lock().unwrap().len(), 1);
        assert!(put(&open(folder.path()), "a", 1).is_err(), "a ledger that must be shared fails");
    }

    #[test]
    fn a_deadline_from_the_future_restarts_once_when_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual();
        let ledger = Ledger::open(folder.path(), clock.clone()).unwrap();
        let length = std::time::Duration::from_secs(60);
        ledger.write(|t| t.put("scope", "kind", "", &Deadline::new(t.now().after(length * 60), length))).unwrap();
        let left = || {
            let left = |t: &Transaction<'_>| Ok(t.get::<Deadline>("scope", "kind", "")?.unwrap().left(t.now()));
            ledger.write(left).unwrap()
        };
        assert_eq!(left(), length);
        clock.pass(length / 2);
        assert_eq!(left(), length / 2, "it restarts only once");
    }
}
