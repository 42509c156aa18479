//! Opens SQLite files that many processes share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::wait::busy;
use super::{Error, Lock, descriptors, folder};

/// The schema and the settings of a file.
#[derive(Debug)]
pub struct Layout {
    pub file: &'static str,
    /// The SQL that makes each schema version from the one before; the first from nothing.
    pub migrations: &'static [&'static str],
    /// SQLite's `synchronous`: `OFF`, `NORMAL` or `FULL`.
    pub synchronous: &'static str,
    /// In bytes, for a new file. Each page that changes is written once to the log and once back to the file.
    pub page_size: u32,
    /// The log is written back when it has so many pages. It is not written back on closing, which would cost each call; but
    /// the first process that opens the file reads the log, which costs time as well.
    pub checkpoint_pages: u32,
}

/// An open file.
#[derive(Debug)]
pub struct Database {
    pub connection: Connection,
    pub path: PathBuf,
    /// Set if the file was damaged, put aside and made anew.
    pub rebuilt: Option<Rebuilt>,
}

/// A damaged file was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Where the damaged file is now.
    pub aside: PathBuf,
}

/// How many damaged files are kept; a further one replaces the last.
const MAX_DAMAGED_FILES: u32 = 9;

impl Database {
    /// Opens the file; makes or migrates it first where necessary. A damaged file is put aside.
    pub fn open(folder: &Path, layout: &Layout) -> Result<Self, Error> {
        let path = folder.join(layout.file);
        folder::trust(folder)?;
        if !descriptors::suffice() {
            return Err(Error::FewDescriptors { path });
        }
        let connected = match connect(&path, layout) {
            // The file was missing for the moment in which another process made it anew.
            Err(error) if is_cannot_open(&error) && path.is_file() => connect(&path, layout),
            connected => connected,
        };
        match connected {
            Ok(connection) => Ok(Self { connection, path, rebuilt: None }),
            Err(Error::Damaged { .. }) => Self::repair(folder, layout),
            Err(error) if path.symlink_metadata().is_ok() => Err(error),
            Err(_) => {
                // The caller needs the file, so the error names the file.
                folder::create(folder).map_err(|error| match error {
                    Error::Create { source, .. } => Error::Create { path: path.clone(), source },
                    error => error,
                })?;
                let _making = Lock::wait(&lock_path(&path))?;
                if path.symlink_metadata().is_err() {
                    make(&path, layout)?;
                }
                Ok(Self { connection: connect(&path, layout)?, path, rebuilt: None })
            }
        }
    }

    /// A database in the memory of this process.
    pub fn in_memory(layout: &Layout) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        layout.migrations.iter().try_for_each(|migration| connection.execute_batch(migration))?;
        Ok(Self { connection, path: ":memory:".into(), rebuilt: None })
    }

    /// Opens the file for reading; `None` if it is missing or of another version. The file stays as it is, damaged or not: for
    /// callers that must not make or mend anything.
    pub fn open_to_read(folder: &Path, layout: &Layout) -> Result<Option<Self>, Error> {
        let path = folder.join(layout.file);
        if !path.is_file() {
            return Ok(None);
        }
        folder::trust(folder)?;
        trust_files(&path)?;
        let of = |source| Error::of(&path, source);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags).map_err(of)?;
        connection.busy_handler(Some(busy)).map_err(of)?;
        // Without it, SQLite prepares a statement again whenever a value is bound that a partial index was compared with.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(of)?;
        let found = version(&connection).map_err(of)?;
        let known = u32::try_from(layout.migrations.len()).expect("there are few migrations");
        Ok((found == known).then_some(Self { connection, path, rebuilt: None }))
    }

    /// Puts a damaged file aside and makes a new one, unless another process just did.
    pub fn repair(folder: &Path, layout: &Layout) -> Result<Self, Error> {
        let path = folder.join(layout.file);
        let _mending = Lock::wait(&lock_path(&path))?;
        match connect(&path, layout).and_then(|c| check(&path, &c).map(|()| c)) {
            Ok(connection) => return Ok(Self { connection, path, rebuilt: None }),
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
        let aside = set_aside(&path).map_err(|source| Error::SetAside { path: path.clone(), source })?;
        make(&path, layout)?;
        Ok(Self { connection: connect(&path, layout)?, path, rebuilt: Some(Rebuilt { aside }) })
    }

    /// Makes the file anew, whatever its state. Its contents are lost.
    pub fn replace(folder: &Path, layout: &Layout) -> Result<Self, Error> {
        let path = folder.join(layout.file);
        folder::trust(folder)?;
        let _making = Lock::wait(&lock_path(&path))?;
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(Error::Create { path, source }),
            _ => make(&path, layout)?,
        }
        Ok(Self { connection: connect(&path, layout)?, path, rebuilt: None })
    }
}

fn is_cannot_open(error: &Error) -> bool {
    let Error::Unwritable { source: rusqlite::Error::SqliteFailure(source, _), .. } = error else { return false };
    source.code == rusqlite::ErrorCode::CannotOpen
}

/// In bytes. A log of larger pages is written back a little sooner than necessary.
const SMALLEST_PAGE_SIZE: u64 = 4096;

/// The length of the log. SQLite writes the log back when it has so many pages, but a process that is alone cannot know that it
/// was written back, and appends: of processes that run one after another, each would read and write back a longer log.
fn log_length(path: &Path) -> u64 {
    fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len())
}

/// Opens an existing file.
fn connect(path: &Path, layout: &Layout) -> Result<Connection, Error> {
    let of = |source| Error::of(path, source);
    trust_files(path)?;
    // SQLite removes the log of an empty file, and of several processes only one can.
    if fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == 0) {
        return Err(of(corrupt("it is empty")));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(of)?;
    if log_length(path) > u64::from(layout.checkpoint_pages) * SMALLEST_PAGE_SIZE {
        // Without a busy handler this gives up at once where other processes work with the file. A later process does it.
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    connection.busy_handler(Some(busy)).map_err(of)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(of)?;
    // Without it, SQLite prepares a statement again whenever a value is bound that a partial index was compared with.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(of)?;
    let Layout { synchronous, checkpoint_pages, .. } = layout;
    connection
        .execute_batch(&format!("PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint={checkpoint_pages}"))
        .map_err(of)?;
    migrate(path, &mut connection, layout, false)?;
    Ok(connection)
}

/// Makes a file under another name and moves it into place when it is complete: processes that open an incomplete file, or
/// switch it to WAL at the same time, fail with "database is locked" whatever the time-out. The caller holds the lock.
fn make(path: &Path, layout: &Layout) -> Result<(), Error> {
    let of = |source| Error::of(path, source);
    let create = |source| Error::Create { path: path.to_owned(), source };
    let new = beside(path, "-new");
    // A file that another process began and did not finish, and the log of a file that is gone: SQLite would use that log
    // for this file.
    for left in [new.clone(), beside(&new, "-wal"), beside(&new, "-shm"), beside(path, "-wal"), beside(path, "-shm")] {
        match fs::remove_file(&left) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(create(e)),
            _ => {}
        }
    }
    // SQLite gives its other files the permissions of this file.
    folder::open(&new).map_err(create)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&new, flags).map_err(of)?;
    let pragmas = format!("PRAGMA page_size={}; PRAGMA journal_mode=WAL", layout.page_size);
    connection.execute_batch(&pragmas).map_err(of)?;
    migrate(path, &mut connection, layout, true)?;
    // Closing writes the log back and removes it, so that the file is complete without it.
    connection.close().map_err(|(_, source)| of(source))?;
    fs::rename(&new, path).map_err(create)
}

/// Brings a file's schema up to date. Only a new file has no schema: any other file without one is not dcord's, or was truncated.
fn migrate(path: &Path, connection: &mut Connection, layout: &Layout, new: bool) -> Result<(), Error> {
    let of = |source| Error::of(path, source);
    let known = u32::try_from(layout.migrations.len()).expect("there are few migrations");
    let found = version(connection).map_err(of)?;
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    if found == known {
        return Ok(());
    }
    if found == 0 && !new {
        return Err(of(corrupt("it has no schema")));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
    // Another process may have migrated the file meanwhile.
    let found = version(&transaction).map_err(of)?;
    for migration in layout.migrations.iter().skip(found as usize) {
        transaction.execute_batch(migration).map_err(of)?;
    }
    if found < known {
        transaction.execute_batch(&format!("PRAGMA user_version={known}")).map_err(of)?;
    }
    transaction.commit().map_err(of)
}

/// The version of the schema; 0 for none.
fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Checks the whole file.
fn check(path: &Path, connection: &Connection) -> Result<(), Error> {
    let of = |source| Error::of(path, source);
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(of)?;
    if found == "ok" {
        return Ok(());
    }
    Err(of(corrupt(&found)))
}

fn corrupt(what: &str) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(what.to_owned()))
}

/// Renames a damaged file, its log and its index. The caller holds the lock.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let number =
        (1..MAX_DAMAGED_FILES).find(|n| !beside(path, &format!(".damaged-{n}")).exists()).unwrap_or(MAX_DAMAGED_FILES);
    let aside = beside(path, &format!(".damaged-{number}"));
    // The file first: while it is missing, other processes wait for the lock.
    for end in ["", "-wal", "-shm"] {
        match fs::rename(beside(path, end), beside(&aside, end)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(aside)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Checks the file, its log and its index, as far as they exist.
fn trust_files(path: &Path) -> Result<(), Error> {
    ["", "-wal", "-shm"].into_iter().try_for_each(|end| folder::trust_file(&beside(path, end)))
}

fn lock_path(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

#[cfg(test)]
mod tests;
