//! Systems with few resources or untrusted users: dcord does what is possible and reports a clear error otherwise.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::support::{Outcome, Recorder, World};

const SEND: [&str; 6] = ["message", "send", "1", "hi", "--jq", ".id"];

fn make_shared(path: &Path) {
    fs::create_dir_all(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}

/// Checks that the message was sent and that each of these warnings was printed once.
#[track_caller]
fn sent_with_warnings(outcome: &Outcome, warnings: &[&str]) {
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "9\n"), "{outcome}");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), warnings.len(), "{outcome}");
    for warning in warnings {
        let found = lines.iter().filter(|line| line.starts_with("warning: ") && line.contains(warning)).count();
        assert_eq!(found, 1, "{warning}: {outcome}");
    }
}

#[test]
fn a_state_folder_that_others_may_write_to_is_not_used_and_its_links_are_not_followed() {
    let server = Recorder::new();
    for planted in ["limits.db", "limits.db.lock", "limits.db-new", "limits.db-wal", "leases/lease-0", "state.db"] {
        let world = World::at(&server);
        let (state, victim) = (world.path("state/dcord"), world.file("victim", "precious"));
        make_shared(&state);
        make_shared(&state.join("leases"));
        symlink(&victim, state.join(planted)).unwrap();
        sent_with_warnings(&world.run(SEND), &["state/dcord can be written by other users"]);
        let with_key = world.run([&SEND[..], &["--key", "k"]].concat());
        assert_eq!((with_key.status, with_key.stdout.as_str()), (Some(1), ""), "{planted}: {with_key}");
        assert!(with_key.stderr.contains("chmod go-w"), "{planted}: {with_key}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{planted}");
    }
}

#[test]
fn links_in_place_of_state_files_are_not_followed() {
    let server = Recorder::new();
    let slots: Vec<String> = (0..64).map(|n| format!("leases/lease-{n}")).collect();
    for planted in [&["limits.db".to_owned()][..], &["limits.db.lock".to_owned()], &slots] {
        let world = World::at(&server);
        let (state, victim) = (world.path("state/dcord"), world.file("victim", "precious"));
        fs::create_dir_all(state.join("leases")).unwrap();
        planted.iter().for_each(|name| symlink(&victim, state.join(name)).unwrap());
        sent_with_warnings(&world.run(SEND), &["symbolic link"]);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }
}

#[test]
fn a_cache_folder_that_others_may_write_to_is_not_used() {
    let server = Recorder::new();
    let world = World::at(&server);
    let (cache, victim) = (world.path("cache/dcord"), world.file("victim", "precious"));
    make_shared(&cache);
    for name in ["cache.db", "cache.db.lock", "inbox-off"] {
        symlink(&victim, cache.join(name)).unwrap();
    }
    sent_with_warnings(&world.run(SEND), &["cache/dcord can be written by other users"]);
    for args in [&["cache", "disable"][..], &["cache", "stats"], &["cache", "clear", "--yes"]] {
        let refused = world.run(args);
        assert_eq!(refused.status, Some(1), "{args:?}: {refused}");
        assert!(refused.stderr.contains("DCORD_CACHE_DIR"), "{args:?}: {refused}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn a_token_command_is_not_run_if_others_may_write_to_the_configuration() {
    let world = World::new().without("DCORD_TOKEN");
    let command = format!(
        "default_profile = \"p\"\n[profiles.p]\ntoken_command = [\"touch\", \"{}\"]\n",
        world.path("ran").display()
    );
    for mode in [0o666, 0o620, 0o602] {
        world.config(&command, mode);
        for args in [&["user", "get-me"][..], &["message", "list", "1", "--dry-run"], &["limits"]] {
            let refused = world.run(args);
            assert_eq!((refused.status, refused.stdout.as_str()), (Some(1), ""), "{mode:o} {args:?}: {refused}");
            assert!(
                refused.stderr.contains("hint: allow only yourself to write it: chmod go-w "),
                "{mode:o} {args:?}: {refused}"
            );
            assert!(!world.path("ran").exists());
        }
    }
    world.config(&command, 0o644);
    world.run(["user", "get-me"]);
    assert!(world.path("ran").exists(), "what nobody else may write is used");
}

#[test]
fn a_read_only_home_causes_one_warning() {
    let server = Recorder::new();
    // No user can create files in this folder, not even root.
    let nowhere =
        |world: World| world.env("XDG_STATE_HOME", "/proc/self/task").env("XDG_CACHE_HOME", "/proc/self/task");
    let world = nowhere(World::at(&server));
    sent_with_warnings(&world.run(SEND), &["/proc/self/task/dcord/"]);
    sent_with_warnings(&world.run(["channel", "get", "1", "--cached", "--jq", ".id"]), &["/proc/self/task/dcord/"]);
    for args in [&["endpoints"][..], &["snowflake", "175928847299117063"], &["message", "send", "1", "hi", "--dry-run"]]
    {
        let outcome = world.run(args);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{args:?}: {outcome}");
    }
}

#[test]
fn with_few_file_descriptors_a_request_succeeds_or_fails_with_a_clear_error() {
    let server = Recorder::new();
    for limit in (4..24).chain([32, 40]) {
        let world = World::at(&server);
        let script = format!("ulimit -n {limit}; exec \"$DCORD\" message send 1 hi --jq .id");
        let outcome = world.shell(&script);
        match outcome.status {
            Some(0) => assert_eq!(outcome.stdout, "9\n", "{limit}: {outcome}"),
            Some(1) => assert!(limit < 20 && outcome.stderr.contains("ulimit -n"), "{limit}: {outcome}"),
            _ => panic!("{limit}: {outcome}"),
        }
        assert!(outcome.stderr.lines().all(|line| !line.contains("panic")), "{limit}: {outcome}");
    }
}

#[test]
fn a_request_succeeds_despite_a_file_size_limit() {
    let server = Recorder::new();
    for blocks in [0, 1, 8, 20, 40, 200] {
        let world = World::at(&server);
        let outcome = world.shell(&format!("ulimit -f {blocks}; exec \"$DCORD\" message send 1 hi --jq .id"));
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "9\n"), "{blocks}: {outcome}");
        // Output that does not fit into its file is an error.
        let outcome = world.shell(&format!("ulimit -f {blocks}; exec \"$DCORD\" endpoints -o json > list"));
        assert_eq!((outcome.status, outcome.stderr.lines().count()), (Some(1), 1), "{blocks}: {outcome}");
        assert!(outcome.stderr.starts_with("error: cannot write to standard output: "), "{blocks}: {outcome}");
    }
}

#[test]
fn locked_files_cause_one_warning_each_and_the_request_is_sent() {
    let server = Recorder::new();
    let world = World::at(&server);
    assert_eq!(world.run(["channel", "get", "1", "--cached"]).status, Some(0));
    let hold = |path: &str| {
        let connection = rusqlite::Connection::open(world.path(path)).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    };
    let held = [hold("state/dcord/limits.db"), hold("cache/dcord/cache.db")];
    let outcome = world.run(["channel", "get", "1", "--cached", "--jq", ".id"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "9\n"), "{outcome}");
    for name in ["limits.db", "cache.db"] {
        assert_eq!(outcome.stderr.matches(name).count(), 1, "{outcome}");
    }
    drop(held);
}

#[test]
fn the_demo_succeeds_with_closed_output_and_names_an_unusable_tmpdir() {
    let world = World::new();
    let closed = world.shell("{ \"$DCORD\" sandbox demo; echo \"exit $?\" >&2; } | true");
    assert!(closed.stderr.ends_with("exit 0\n"), "{closed}");
    for (tmp, args) in [("/nonexistent", "demo"), ("/dev/null", "demo"), ("/nonexistent", "run -- true")] {
        let outcome = world.shell(&format!("TMPDIR={tmp} exec \"$DCORD\" -q sandbox {args}"));
        let wanted = format!("error: cannot create a folder in {tmp}, which TMPDIR names");
        assert!(outcome.status == Some(1) && outcome.stderr.starts_with(&wanted), "{tmp} {args}: {outcome}");
    }
}

#[test]
fn closed_streams_and_a_full_device_cause_no_crash() {
    let server = Recorder::new();
    let world = World::at(&server);
    for (streams, statuses) in [
        ("<&-", &[0][..]),
        (">&-", &[0, 1]),
        ("2>&-", &[0]),
        ("<&- 2>&-", &[0]),
        ("<&- >&- 2>&-", &[0, 1]),
        ("> /dev/full", &[1]),
        ("2> /dev/full", &[0]),
        ("| true", &[0]),
    ] {
        for command in [
            "message send 1 hi",
            "message send 1 hi -o table",
            "channel get 1 -o csv",
            "endpoints",
            "help",
            "message send --help",
            "--version",
            "completions bash",
            "snowflake 175928847299117063",
        ] {
            let outcome = world.shell(&format!("exec \"$DCORD\" {command} {streams}"));
            let status = outcome.status.unwrap_or(-1);
            assert!(statuses.contains(&status), "{command} {streams}: {outcome}");
        }
        // An error has the same exit status with these streams.
        let outcome = world.shell(&format!("\"$DCORD\" no-such-command {streams}; echo $?"));
        assert!(streams.starts_with(['>', '|']) || outcome.stdout.ends_with("2\n"), "{streams}: {outcome}");
    }
}

#[test]
fn arguments_that_are_not_utf_8_and_a_deleted_working_directory_cause_no_crash() {
    let server = Recorder::new();
    let odd = OsStr::from_bytes(b"a\xff\xfeb");
    let args = |words: &[&str]| words.iter().map(|word| OsStr::new(word).to_owned()).collect::<Vec<_>>();
    for words in [
        &["message", "send", "1"][..],
        &["message", "send"],
        &["message", "send", "1", "--content"],
        &["message", "send", "1", "--file"],
        &["message", "send", "1", "--content-file"],
        &["api", "get"],
        &["help"],
        &["listen", "-e"],
        &["--profile"],
        &["--token-file"],
        &["--jq"],
        &["sandbox", "run", "--"],
        &[],
    ] {
        let mut words = args(words);
        words.push(odd.to_owned());
        let outcome = World::at(&server).run(words.clone());
        assert!(outcome.status.is_some_and(|status| status < 128 && status != 101), "{words:?}: {outcome}");
        for shell in ["bash", "fish"] {
            let world = World::at(&server);
            let mut command = world.command();
            command.env("DCORD_COMPLETE", shell).args(["--", "dcord"]).args(&words);
            assert_eq!(world.finish(command, None).status, Some(0), "{shell} {words:?}");
        }
    }
    for variable in
        ["HOME", "DCORD_TOKEN", "DCORD_GUILD", "DCORD_STATE_DIR", "DCORD_OUTPUT", "PATH", "COLUMNS", "DCORD_COMPLETE"]
    {
        let outcome = World::at(&server).env(variable, odd).run(["message", "send", "1", "hi"]);
        assert!(outcome.status.is_some_and(|status| status < 128 && status != 101), "{variable}: {outcome}");
    }
    let world = World::at(&server);
    let outcome = world.shell("mkdir gone && cd gone && rmdir ../gone && exec \"$DCORD\" message send 1 hi --jq .id");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "9\n"), "{outcome}");
}
