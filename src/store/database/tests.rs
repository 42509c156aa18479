use std::fs;
use std::path::Path;
use std::thread;

use super::*;

const ONE: &str = "CREATE TABLE a (x)";
const TWO: &str = "ALTER TABLE a ADD COLUMN y DEFAULT 7";

fn layout(migrations: &'static [&'static str]) -> Layout {
    Layout { file: "test.db", migrations, synchronous: "OFF", page_size: 4096, checkpoint_pages: 64 }
}

fn open(folder: &Path) -> Result<Database, Error> {
    Database::open(folder, &layout(&[ONE]))
}

fn insert(database: &Database) {
    database.connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO a VALUES (1); COMMIT").unwrap();
}

fn count(database: &Database) -> u32 {
    database.connection.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_file_is_in_wal_mode_and_accessible_only_to_its_owner() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let database = open(&folder).unwrap();
    insert(&database);
    let mode: String = database.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert_eq!(names(&folder), ["test.db", "test.db-shm", "test.db-wal", "test.db.lock"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&folder), mode(&parent.path().join("a"))], [0o700, 0o700]);
        for name in names(&folder) {
            assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
        }
    }
}

#[test]
fn threads_that_open_a_missing_file_at_the_same_time_get_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| insert(&open(folder.path()).unwrap()));
        }
    });
    assert_eq!(count(&open(folder.path()).unwrap()), 16);
    assert!(!names(folder.path()).iter().any(|name| name.contains("-new")));
}

#[test]
fn an_older_schema_is_migrated_and_its_rows_stay() {
    let folder = tempfile::tempdir().unwrap();
    insert(&open(folder.path()).unwrap());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let database = Database::open(folder.path(), &layout(&[ONE, TWO])).unwrap();
                let found: (u32, u32) =
                    database.connection.query_row("SELECT x, y FROM a", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
                assert_eq!(found, (1, 7));
            });
        }
    });
}

#[test]
fn a_newer_schema_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    drop(Database::open(folder.path(), &layout(&[ONE, TWO])).unwrap());
    match open(folder.path()) {
        Err(Error::Newer { found: 2, known: 1, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert!(Database::open(folder.path(), &layout(&[ONE, TWO])).unwrap().rebuilt.is_none());
}

#[test]
fn a_damaged_file_is_renamed_and_replaced_once() {
    let garbage = b"not a database, but long enough to have a header".repeat(100);
    for (name, bytes) in [("garbage", garbage.as_slice()), ("cut off", b"".as_slice())] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        fs::write(&file, bytes).unwrap();
        fs::write(folder.path().join("test.db-wal"), b"old log").unwrap();
        let rebuilt: Vec<_> = thread::scope(|scope| {
            let open = || open(folder.path()).map(|d| (count(&d), d.rebuilt)).unwrap();
            let handles: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        let aside = folder.path().join("test.db.damaged-1");
        let reported: Vec<_> = rebuilt.iter().filter_map(|(_, rebuilt)| rebuilt.clone()).collect();
        assert_eq!(reported, [Rebuilt { aside: aside.clone() }], "{name}");
        assert!(rebuilt.iter().all(|(count, _)| *count == 0), "{name}");
        assert_eq!(fs::read(&aside).unwrap(), bytes, "{name}");
    }
}

#[test]
fn each_damaged_file_gets_a_new_name() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        fs::write(folder.path().join("test.db"), b"damaged".repeat(1000)).unwrap();
        let rebuilt = open(folder.path()).unwrap().rebuilt.unwrap();
        assert_eq!(rebuilt.aside, folder.path().join(format!("test.db.damaged-{number}")));
    }
}

#[test]
fn a_folder_in_place_of_the_file_is_an_error_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("test.db")).unwrap();
    assert!(matches!(open(folder.path()), Err(Error::Unwritable { .. })));
    assert!(folder.path().join("test.db").is_dir());
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(matches!(open(&file.join("below")), Err(Error::Create { .. })));
}

#[test]
fn an_incomplete_file_of_an_earlier_process_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    for end in ["", "-wal", "-shm"] {
        fs::write(folder.path().join(format!("test.db-new{end}")), b"half").unwrap();
    }
    fs::write(folder.path().join("test.db-wal"), b"of a file that is gone").unwrap();
    insert(&open(folder.path()).unwrap());
    assert_eq!(count(&open(folder.path()).unwrap()), 1);
}

#[test]
fn closing_keeps_the_log_and_the_next_process_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    insert(&open(folder.path()).unwrap());
    assert!(fs::metadata(folder.path().join("test.db-wal")).unwrap().len() > 0);
    assert_eq!(count(&open(folder.path()).unwrap()), 1);
}

#[test]
fn opening_a_file_read_only_neither_creates_nor_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    let read = |migrations| Database::open_to_read(folder.path(), &layout(migrations));
    assert!(read(&[ONE]).unwrap().is_none());
    assert!(names(folder.path()).is_empty());
    insert(&open(folder.path()).unwrap());
    let database = read(&[ONE]).unwrap().unwrap();
    assert_eq!(count(&database), 1);
    assert!(database.connection.execute_batch("INSERT INTO a VALUES (1)").is_err());
    assert!(read(&[ONE, TWO]).unwrap().is_none(), "an older schema is not migrated");
    fs::write(folder.path().join("test.db"), "damaged").unwrap();
    assert!(read(&[ONE]).is_err());
    assert_eq!(fs::read(folder.path().join("test.db")).unwrap(), b"damaged");
}

#[test]
fn the_log_stays_short_if_processes_run_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let length = || fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
    let mut longest = 0;
    for _ in 0..200 {
        let database = open(folder.path()).unwrap();
        insert(&database);
        drop(database);
        longest = longest.max(length());
    }
    // Each process writes a page, and the log is checkpointed at 64 pages.
    assert!(longest < 80 * 4200, "{longest}");
    assert_eq!(count(&open(folder.path()).unwrap()), 200);
}
