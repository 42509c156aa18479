//! `limits.db`: small records that processes share, of which none is worth a loss of time.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::database::{Database, Layout, Rebuilt};
use super::{Error, Seat};

/// One table of records, and not one for each kind: a call that is over in milliseconds feels each
/// table that SQLite has to read about and each statement that it has to prepare. Measured: to open
/// it and to make two transactions takes 0.15 ms in all.
///
/// The log is written back at 64 KiB: as nothing here waits for the disk that costs little, and
/// the first who opens has to read it all, 0.1 ms at 256 KiB and 0.6 ms at 4 MiB.
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

/// The open file, and this process's seat among those that share it.
#[derive(Debug)]
pub struct Ledger {
    database: Mutex<Database>,
    seat: Seat,
}

impl Ledger {
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let database = Database::open(folder, &LAYOUT)?;
        let seats = folder.join("seats");
        super::folder::trust(&seats)?;
        let seat = match Seat::take(&seats) {
            Err(Error::Lock { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                super::create_folder(&seats)?;
                Seat::take(&seats)?
            }
            seat => seat?,
        };
        Ok(Self { database: Mutex::new(database), seat })
    }

    pub const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Whether the file was damaged when it was opened or used, and so was made anew.
    pub fn rebuilt(&self) -> Option<Rebuilt> {
        self.database().rebuilt.clone()
    }

    /// Runs a transaction, which is undone if it fails. A damaged file is put aside, once, and the
    /// transaction runs on a new one.
    pub fn write<T>(&self, mut run: impl FnMut(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut database = self.database();
        match transact(&database, &mut run) {
            Err(Error::Damaged { path, .. }) if database.rebuilt.is_none() => {
                let folder = path.parent().expect("the file is in a folder");
                *database = Database::mend(folder, &LAYOUT)?;
                transact(&database, &mut run)
            }
            result => result,
        }
    }

    /// A number that changes when another process has written something.
    pub fn version(&self) -> Result<i64, Error> {
        let database = self.database();
        let of = |source| Error::of(&database.path, source);
        let mut statement = database.connection.prepare_cached("PRAGMA data_version").map_err(of)?;
        statement.query_row([], |row| row.get(0)).map_err(of)
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        self.database.lock().expect("no holder of this lock panics")
    }
}

/// `BEGIN IMMEDIATE`: a transaction that begins by reading may find that it cannot write any more.
fn transact<T>(database: &Database, run: &mut impl FnMut(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let transaction = Transaction { connection: &database.connection, path: &database.path };
    transaction.execute("BEGIN IMMEDIATE", [])?;
    let result = run(&transaction).and_then(|value| transaction.execute("COMMIT", []).map(|()| value));
    if result.is_err() && !database.connection.is_autocommit() {
        // The error that is reported is the first; SQLite undoes what is left when it closes.
        let _ = transaction.execute("ROLLBACK", []);
    }
    result
}

/// Access to the records while nobody else writes.
#[derive(Debug)]
pub struct Transaction<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl Transaction<'_> {
    fn of(&self, source: rusqlite::Error) -> Error {
        Error::of(self.path, source)
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.execute(params).map(|_| ()).map_err(|e| self.of(e))
    }

    /// The text of a record.
    pub fn text(&self, scope: &str, kind: &str, key: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT value FROM record WHERE scope = ?1 AND kind = ?2 AND key = ?3";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.query_row(params![scope, kind, key], |row| row.get(0)).optional().map_err(|e| self.of(e))
    }

    /// A record. One that another version of dcord wrote in another shape counts as none.
    pub fn get<T: DeserializeOwned>(&self, scope: &str, kind: &str, key: &str) -> Result<Option<T>, Error> {
        Ok(self.text(scope, kind, key)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// All records of a kind, with their keys, in the order of these.
    pub fn list(&self, scope: &str, kind: &str) -> Result<Vec<(String, String)>, Error> {
        let sql = "SELECT key, value FROM record WHERE scope = ?1 AND kind = ?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map(params![scope, kind], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    pub fn put(&self, scope: &str, kind: &str, key: &str, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string(value).expect("records have no maps whose keys are not texts");
        self.put_text(scope, kind, key, &text)
    }

    pub fn put_text(&self, scope: &str, kind: &str, key: &str, text: &str) -> Result<(), Error> {
        let sql = "REPLACE INTO record (scope, kind, key, value) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, params![scope, kind, key, text])
    }

    pub fn remove(&self, scope: &str, kind: &str, key: &str) -> Result<(), Error> {
        let sql = "DELETE FROM record WHERE scope = ?1 AND kind = ?2 AND key = ?3";
        self.execute(sql, params![scope, kind, key])
    }

    /// Removes the records of a kind, of all scopes.
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(ledger: &Ledger, key: &str, value: u32) -> Result<(), Error> {
        ledger.write(|transaction| transaction.put("scope", "kind", key, &value))
    }

    fn get(ledger: &Ledger, key: &str) -> Option<u32> {
        ledger.write(|transaction| transaction.get("scope", "kind", key)).unwrap()
    }

    #[test]
    fn records_are_shared_and_their_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Ledger::open(folder.path()).unwrap(), Ledger::open(folder.path()).unwrap());
        let before = two.version().unwrap();
        put(&one, "a", 1).unwrap();
        assert_ne!(two.version().unwrap(), before);
        assert_eq!(get(&two, "a"), Some(1));
        let before = one.version().unwrap();
        assert_eq!(get(&two, "b"), None);
        assert_eq!(one.version().unwrap(), before, "to read changes nothing");
    }

    #[test]
    fn a_transaction_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        let failed: Result<(), Error> = ledger.write(|transaction| {
            transaction.put("scope", "kind", "a", &1)?;
            Err(Error::Busy { path: folder.path().to_owned() })
        });
        assert!(failed.is_err());
        assert_eq!(get(&ledger, "a"), None);
        put(&ledger, "a", 2).unwrap();
        assert_eq!(get(&ledger, "a"), Some(2));
    }

    #[test]
    fn a_record_of_another_shape_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        ledger.write(|transaction| transaction.put("scope", "kind", "a", &"text")).unwrap();
        assert_eq!(get(&ledger, "a"), None);
    }

    #[test]
    fn damage_found_while_writing_is_mended_and_the_work_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        for key in 0..500 {
            put(&ledger, &format!("key {key}"), key).unwrap();
        }
        ledger.database().connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(ledger);
        // All but the first page, which has the schema.
        let file = folder.path().join("limits.db");
        let mut bytes = fs::read(&file).unwrap();
        assert!(bytes.len() > 8192);
        bytes[4096..].fill(0xff);
        fs::write(&file, bytes).unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        assert_eq!(ledger.rebuilt(), None);
        put(&ledger, "a", 1).unwrap();
        assert_eq!(ledger.rebuilt(), Some(Rebuilt { aside: folder.path().join("limits.db.damaged-1") }));
        assert_eq!(get(&Ledger::open(folder.path()).unwrap(), "a"), Some(1));
    }

    #[test]
    fn a_full_disk_is_an_error_that_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        put(&ledger, "a", 1).unwrap();
        ledger.database().connection.execute_batch("PRAGMA max_page_count=1").unwrap();
        let long = "x".repeat(1 << 20);
        let result = ledger.write(|transaction| transaction.put("scope", "kind", "long", &long));
        assert!(matches!(result, Err(Error::Unwritable { .. })), "{result:?}");
        assert_eq!(get(&ledger, "a"), Some(1));
    }
}
