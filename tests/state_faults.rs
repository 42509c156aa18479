//! Faults of `state.db`: commands that require it fail with the cause and a hint, and all others ignore it.

use std::fs;
use std::path::Path;

use dcord::sandbox::Options;
use dcord::sandbox::gateway::{Flood, Settings};

use super::support::{Embedded, Outcome, integrity, on_full_disk};

/// A fault that makes `state.db` unusable.
struct StateFault {
    name: &'static str,
    /// Whether the file exists and contains a key and a consumer before the fault.
    filled: bool,
    spoil: fn(&Path),
    /// The maximum file size, in blocks of 512 bytes.
    blocks: Option<u32>,
    /// Texts that the error contains.
    error: &'static [&'static str],
}

const FAULTS: [StateFault; 6] = [
    StateFault {
        name: "a folder below a file",
        filled: false,
        spoil: |state| fs::write(state, b"").unwrap(),
        blocks: None,
        error: &["cannot create", "DCORD_STATE_DIR"],
    },
    StateFault {
        name: "a folder in which nothing can be made",
        filled: false,
        spoil: |state| std::os::unix::fs::symlink("/proc/self/task", state).unwrap(),
        blocks: None,
        error: &["cannot", "DCORD_STATE_DIR"],
    },
    StateFault {
        name: "a directory in place of the file",
        filled: false,
        spoil: |state| fs::create_dir_all(state.join("state.db")).unwrap(),
        blocks: None,
        error: &["cannot write to", "state.db", "DCORD_STATE_DIR"],
    },
    StateFault {
        name: "a full disk, and no file yet",
        filled: false,
        spoil: |_| {},
        blocks: Some(8),
        error: &["cannot write to", "state.db", "DCORD_STATE_DIR"],
    },
    StateFault {
        name: "a newer schema",
        filled: true,
        spoil: |state| open(state).execute_batch("PRAGMA user_version=99").unwrap(),
        blocks: None,
        error: &["state.db was created by a newer version of dcord", "DCORD_STATE_DIR"],
    },
    StateFault {
        name: "tables that are gone",
        filled: true,
        spoil: |state| open(state).execute_batch("DROP TABLE sent; DROP TABLE consumer").unwrap(),
        blocks: None,
        error: &["state.db: no such table", "move the file away"],
    },
];

const LISTEN: [&str; 7] = ["listen", "--consumer", "mods", "-e", "READY", "--count", "1"];

fn open(state: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(state.join("state.db")).unwrap()
}

fn world() -> Embedded {
    // A process that cannot share the limits would wait for each IDENTIFY.
    let gateway = Settings { identify_interval: std::time::Duration::ZERO, ..Settings::default() };
    Embedded::with(Options { gateway, limits: vec!["off".to_owned()], ..Options::default() })
}

fn run(world: &Embedded, state: &Path, blocks: Option<u32>, args: &[&str]) -> Outcome {
    let mut command = match blocks {
        None => world.command(args),
        Some(blocks) => on_full_disk(&world.command(args), blocks),
    };
    command.env("DCORD_STATE_DIR", state);
    world.finish(command)
}

/// Sends with a key and listens as a consumer, so that both are stored.
fn fill(world: &Embedded, state: &Path) {
    for args in [&["message", "send", &world.channel(), "first", "--key", "known"][..], &LISTEN] {
        let filled = run(world, state, None, args);
        assert_eq!((filled.status, filled.stderr.as_str()), (Some(0), ""), "{args:?}: {filled}");
    }
}

fn sent(world: &Embedded) -> String {
    world.run(&["message", "list", &world.channel(), "--all", "--jq", ".content"]).stdout
}

#[test]
fn only_commands_that_require_the_state_fail_if_it_is_unusable() {
    let world = world();
    let channel = world.channel();
    for fault in FAULTS {
        let state = world.path(fault.name);
        if fault.filled {
            fill(&world, &state);
        }
        (fault.spoil)(&state);
        let with_key = ["message", "send", &channel, "not to be sent", "--key", "k"];
        for args in [&with_key[..], &LISTEN, &["consumer", "list"], &["consumer", "forget", "mods", "--yes"]] {
            let refused = run(&world, &state, fault.blocks, args);
            assert_eq!((refused.status, refused.stdout.as_str()), (Some(1), ""), "{}: {args:?}: {refused}", fault.name);
            // Warnings about the limits come first.
            let error = refused.stderr.split("error: ").nth(1).unwrap();
            assert!(error.contains(&state.display().to_string()), "{}: {args:?}: {refused}", fault.name);
            assert!(fault.error.iter().all(|text| error.contains(text)), "{}: {args:?}: {refused}", fault.name);
        }
        let plain = run(&world, &state, fault.blocks, &["message", "send", &channel, "plain", "--jq", ".content"]);
        assert_eq!((plain.status, plain.stdout.as_str()), (Some(0), "plain\n"), "{}: {plain}", fault.name);
        assert!(!plain.stderr.contains("state.db"), "{}: {plain}", fault.name);
    }
    assert!(!sent(&world).contains("not to be sent"));
    world.stop();
}

#[test]
fn a_damaged_state_file_is_renamed_with_a_warning() {
    let world = world();
    let channel = world.channel();
    let with_key = ["message", "send", &channel, "second", "--key", "known", "--jq", ".content"];
    for (name, args, printed) in
        // Discord remembers the nonce of a key for some minutes, without the file.
        [("key", &with_key[..], "first\n"), ("consumer", &[&LISTEN[..], &["--jq", ".t"]].concat(), "READY\n")]
    {
        let state = world.path(name);
        fill(&world, &state);
        let damaged = b"no database at all".repeat(1000);
        fs::write(state.join("state.db"), &damaged).unwrap();
        let plain = run(&world, &state, None, &["message", "send", &channel, "plain"]);
        assert_eq!((plain.status, plain.stderr.as_str()), (Some(0), ""), "{name}: {plain}");
        let outcome = run(&world, &state, None, args);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), printed), "{name}: {outcome}");
        let aside = state.join("state.db.damaged-1");
        assert!(
            outcome.stderr
                .contains("started a new one; consumers start over, and dcord no longer knows which keys it has used and what locked channels denied before")
        );
        assert!(
            outcome.stderr.contains(&aside.display().to_string()) && outcome.stderr.matches("warning: ").count() == 1,
            "{outcome}"
        );
        assert_eq!(fs::read(aside).unwrap(), damaged, "what was in it may yet be of use");
        assert_eq!(integrity(&state.join("state.db")), "ok");
        // The warning is printed only once.
        let again = run(&world, &state, None, &["consumer", "list", "--jq", ".name"]);
        assert_eq!((again.status, again.stderr.as_str()), (Some(0), ""), "{name}: {again}");
    }
    world.stop();
}

/// On a full disk, an open file can be read but not written.
#[test]
fn a_full_disk_is_reported_once_by_commands_that_write() {
    const BLOCKS: u32 = 80;
    let world = world();
    let (channel, state) = (world.channel(), world.path("full"));
    fill(&world, &state);
    // The log has reached the maximum file size, and its index has its final size.
    let file = open(&state);
    file.execute_batch("PRAGMA wal_autocheckpoint=0").unwrap();
    for n in 0..20 {
        file.execute(
            "INSERT INTO sent (scope, key, message, sent_ms) VALUES ('another', ?1, 'message', 1)",
            [n.to_string()],
        )
        .unwrap();
    }
    // The last connection would write the log back when it closes, so it stays open.
    let run = |args: &[&str]| run(&world, &state, Some(BLOCKS), args);
    let known = run(&["message", "send", &channel, "again", "--key", "known", "--jq", ".content"]);
    assert_eq!((known.status, known.stdout.as_str()), (Some(0), "first\n"), "{known}");
    let new = run(&["message", "send", &channel, "new", "--key", "new", "--jq", ".content"]);
    assert_eq!((new.status, new.stdout.as_str()), (Some(0), "new\n"), "{new}");
    let warned = |line: &&str| line.contains("cannot write to") && line.contains("state.db");
    assert_eq!(new.stderr.lines().filter(warned).count(), 1, "{new}");
    assert!(new.stderr.contains("its key was not stored"), "{new}");
    let listen = run(&["listen", "--consumer", "others", "--jq", ".t"]);
    assert_eq!(listen.status, Some(1), "{listen}");
    let error = listen.stderr.split("error: ").nth(1).unwrap();
    assert!(error.starts_with("cannot store the session: ") && error.contains("DCORD_STATE_DIR"), "{listen}");
    assert_eq!(sent(&world), "new\nfirst\n");
    world.stop();
}

/// The listener reports once that it cannot store its position, and again at the end.
#[test]
fn a_listener_continues_on_a_full_disk_and_ends_with_an_error() {
    let world = world();
    let state = world.path("filling");
    fill(&world, &state);
    // Each position adds a page to the log until it reaches the maximum file size.
    world.runtime.block_on(async { world.sandbox.hub().flood(Flood { events: 300, rate: Some(40.0), size: 300 }) });
    let listen = ["listen", "--consumer", "others", "--intents", "guild-messages", "--count", "250", "--jq", ".t"];
    let listen = run(&world, &state, Some(80), &listen);
    assert_eq!(listen.status, Some(1), "{}", listen.stderr);
    assert_eq!(listen.stdout.lines().count(), 250, "{}", listen.stderr);
    let warnings = listen.stderr.lines().filter(|line| line.starts_with("warning: ") && line.contains("state.db"));
    assert_eq!(warnings.count(), 1, "{}", listen.stderr);
    let error = listen.stderr.split("error: ").nth(1).unwrap();
    assert!(
        error.starts_with("cannot write to") && error.contains("state.db") && error.contains("DCORD_STATE_DIR"),
        "{}",
        listen.stderr
    );
    world.stop();
}

#[test]
fn a_locked_state_file_ends_a_consumer_with_an_error() {
    let world = world();
    let state = world.path("held");
    fill(&world, &state);
    let file = open(&state);
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The error ends the listener before the duration does.
    for args in [&["--count", "1"][..], &["--duration", "1m"], &["--count", "1", "--duration", "1m"]] {
        let mut listen = vec!["listen", "--consumer", "others", "-e", "READY"];
        listen.extend(args);
        // Without the record of the previous IDENTIFY, the session starts at once.
        for name in ["limits.db", "limits.db-wal", "limits.db-shm"] {
            fs::remove_file(state.join(name)).unwrap();
        }
        let ended = run(&world, &state, None, &listen);
        assert_eq!(ended.status, Some(1), "{args:?}: {ended}");
        let error = ended.stderr.split("error: ").nth(1).unwrap();
        assert!(
            error.starts_with("cannot store the session: ") && error.contains("is locked by another process"),
            "{ended}"
        );
    }
    drop(file);
    // An exclusive lock also prevents reads.
    let file = open(&state);
    file.execute_batch("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE sent SET sent_ms = 1").unwrap();
    let ended = run(&world, &state, None, &LISTEN);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""), "{ended}");
    assert!(ended.stderr.contains("is locked by another process"), "{ended}");
    drop(file);
    let ended = run(&world, &state, None, &["listen", "--consumer", "third", "-e", "READY", "--count", "1"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{ended}");
    world.stop();
}
