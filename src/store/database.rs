//! Opens the SQLite files that processes share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::wait::busy;
use super::{Error, Lock, descriptors, folder};

/// The schema and the settings of a database file.
#[derive(Debug)]
pub struct Layout {
    pub file: &'static str,
    /// The SQL that creates each version of the schema from the previous one.
    pub migrations: &'static [&'static str],
    /// SQLite's `synchronous`: `OFF`, `NORMAL` or `FULL`.
    pub synchronous: &'static str,
    /// The page size of a new file, in bytes. Each changed page is written once to the write-ahead log and once to the file.
    pub page_size: u32,
    /// The number of pages in the write-ahead log at which it is checkpointed (written back to the file). Closing the file does
    /// not checkpoint, because that would slow down each command. A longer log slows down the first process that opens the
    /// file, which reads the whole log.
    pub checkpoint_pages: u32,
}

/// An open database file.
#[derive(Debug)]
pub struct Database {
    pub connection: Connection,
    pub path: PathBuf,
    /// Set if the file was damaged and has been replaced.
    pub rebuilt: Option<Rebuilt>,
}

/// The replacement of a damaged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The new path of the damaged file.
    pub aside: PathBuf,
}

/// The maximum number of damaged files to keep. Each further one replaces the last.
const MAX_DAMAGED_FILES: u32 = 9;

impl Database {
    /// Opens the file, and creates or migrates it if necessary. Replaces a damaged file.
    pub fn open(folder: &Path, layout: &Layout) -> Result<Self, Error> {
        let path = folder.join(layout.file);
        folder::trust(folder)?;
        if !descriptors::suffice() {
            return Err(Error::FewDescriptors { path });
        }
        let connected = match connect(&path, layout) {
            // The file was missing for a moment, because another process was replacing it.
            Err(error) if is_cannot_open(&error) && path.is_file() => connect(&path, layout),
            connected => connected,
        };
        match connected {
            Ok(connection) => Ok(Self { connection, path, rebuilt: None }),
            Err(Error::Damaged { .. }) => Self::repair(folder, layout),
            Err(error) if path.symlink_metadata().is_ok() => Err(error),
            Err(_) => {
                // The caller needs the file, so the error names the file instead of the folder.
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

    /// Creates a database in memory.
    pub fn in_memory(layout: &Layout) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        layout.migrations.iter().try_for_each(|migration| connection.execute_batch(migration))?;
        Ok(Self { connection, path: ":memory:".into(), rebuilt: None })
    }

    /// Opens the file read-only, for callers that must not create, migrate or replace it. Returns `None` if the file is missing
    /// or has another schema version.
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

    /// Renames a damaged file and creates a new one, unless another process has done so already.
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

    /// Deletes the file, whatever its state, and creates a new one.
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

/// In bytes. If a log has larger pages, it is checkpointed slightly sooner than necessary.
const SMALLEST_PAGE_SIZE: u64 = 4096;

/// The length of the log in bytes. SQLite's own checkpoints would not shorten the log if processes run one after another: each
/// new process does not know that the log was checkpointed, and appends to it. Each process would then read a longer log.
fn log_length(path: &Path) -> u64 {
    fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len())
}

/// Opens an existing file.
fn connect(path: &Path, layout: &Layout) -> Result<Connection, Error> {
    let of = |source| Error::of(path, source);
    trust_files(path)?;
    // SQLite would remove the log of an empty file, which fails if several processes try it at once.
    if fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == 0) {
        return Err(of(corrupt("it is empty")));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(of)?;
    if log_length(path) > u64::from(layout.checkpoint_pages) * SMALLEST_PAGE_SIZE {
        // Without a busy handler, this fails at once if other processes use the file. A later process then shortens the log.
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

/// Creates a file under a temporary name, and renames it when it is complete. If processes opened an incomplete file, or
/// switched a file to WAL mode at the same time, they would fail with "database is locked" regardless of their time-out. The
/// caller holds the lock.
fn make(path: &Path, layout: &Layout) -> Result<(), Error> {
    let of = |source| Error::of(path, source);
    let create = |source| Error::Create { path: path.to_owned(), source };
    let new = beside(path, "-new");
    // Remove any incomplete file of an earlier process, and the log of a deleted file, which SQLite would apply to the new
    // file.
    for left in [new.clone(), beside(&new, "-wal"), beside(&new, "-shm"), beside(path, "-wal"), beside(path, "-shm")] {
        match fs::remove_file(&left) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(create(e)),
            _ => {}
        }
    }
    // SQLite creates the log and its index with the permissions of this file.
    folder::open(&new).map_err(create)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&new, flags).map_err(of)?;
    let pragmas = format!("PRAGMA page_size={}; PRAGMA journal_mode=WAL", layout.page_size);
    connection.execute_batch(&pragmas).map_err(of)?;
    migrate(path, &mut connection, layout, true)?;
    // Closing checkpoints and removes the log, so that the file is complete by itself.
    connection.close().map_err(|(_, source)| of(source))?;
    fs::rename(&new, path).map_err(create)
}

/// Migrates a file to the current schema. Only a new file may lack a schema; any other was truncated or was not created by
/// dcord.
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

/// Checks a file, without changing it: whether it is dcord's own and intact.
pub fn examine(path: &Path) -> Result<(), Error> {
    trust_files(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|source| Error::of(path, source))?;
    connection.busy_handler(Some(busy)).map_err(|source| Error::of(path, source))?;
    check(path, &connection)
}

/// The version of the schema, or 0 if there is no schema.
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

/// Renames a damaged file, its log and the log's index. The caller holds the lock.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let number =
        (1..MAX_DAMAGED_FILES).find(|n| !beside(path, &format!(".damaged-{n}")).exists()).unwrap_or(MAX_DAMAGED_FILES);
    let aside = beside(path, &format!(".damaged-{number}"));
    // The file is renamed first. While it is missing, other processes wait for the lock.
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

/// Checks the owner and the permissions of the file, its log and the log's index, if they exist.
fn trust_files(path: &Path) -> Result<(), Error> {
    ["", "-wal", "-shm"].into_iter().try_for_each(|end| folder::trust_file(&beside(path, end)))
}

fn lock_path(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

#[cfg(test)]
mod tests;
