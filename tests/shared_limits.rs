//! Many processes that share one state folder behave as one client.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::support::{Bounded, Embedded, integrity, until};

/// Returns the contents of the messages in the channel, oldest first.
fn sent(world: &Embedded) -> Vec<String> {
    let list = world.run(&["message", "list", &world.channel(), "--all", "--jq", ".content", "--after", "1"]);
    assert_eq!(list.status, Some(0), "{list}");
    list.stdout.lines().filter(|line| line.starts_with("by ")).map(str::to_owned).collect()
}

/// The results of many processes that send.
struct Ran {
    killed: Vec<String>,
    /// The number of requests that were answered with 429, from all logs.
    limited: usize,
}

/// Sends `each` messages in sequence in each of `lines` concurrent loops, and kills every `kill`th process at a
/// random moment.
fn send_from_many(world: &Embedded, lines: usize, each: usize, kill: Option<usize>) -> Ran {
    let logs = world.path("logs");
    fs::create_dir(&logs).unwrap();
    let one_line = |line: usize| {
        let mut killed = Vec::new();
        for turn in 0..each {
            let content = format!("by {line} turn {turn}");
            let log = logs.join(format!("{line}-{turn}"));
            let mut command = world.command(&["message", "send", &world.channel(), &content, "--log-file"]);
            let mut child = command.arg(&log).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
            if kill.is_some_and(|every| (line + turn).is_multiple_of(every)) {
                thread::sleep(Duration::from_micros(fastrand::u64(0..60_000)));
                child.kill().unwrap();
                child.wait().unwrap();
                killed.push(content);
            } else {
                assert!(child.wait().unwrap().success(), "{content}");
            }
        }
        killed
    };
    let killed = thread::scope(|scope| {
        let handles: Vec<_> = (0..lines).map(|line| scope.spawn(move || one_line(line))).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    });
    let logs = fs::read_dir(&logs).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    Ran { killed, limited: logs.map(|log| log.matches("status=429").count()).sum() }
}

/// Checks that the messages of each loop arrived once and in order. Messages of killed processes may be missing.
fn check_messages(world: &Embedded, lines: usize, each: usize, killed: &[String]) {
    let sent = sent(world);
    let mut by_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for content in &sent {
        let words: Vec<&str> = content.split(' ').collect();
        by_line.entry(words[1].parse().unwrap()).or_default().push(words[3].parse().unwrap());
    }
    for line in 0..lines {
        let found = by_line.remove(&line).unwrap_or_default();
        assert!(found.is_sorted_by(|a, b| a < b), "line {line}: {found:?}");
        let missing = (0..each).filter(|turn| !found.contains(turn)).map(|turn| format!("by {line} turn {turn}"));
        let lost: Vec<String> = missing.filter(|content| !killed.contains(content)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

#[test]
fn many_processes_share_one_bucket_without_a_429_or_a_duplicate() {
    let world = Embedded::limited(&["message send=20/500ms"]);
    let ran = send_from_many(&world, 10, 10, None);
    check_messages(&world, 10, 10, &ran.killed);
    assert_eq!(ran.limited, 0);
    world.stop();
}

#[test]
fn killed_processes_use_up_only_the_requests_that_they_sent() {
    let world = Embedded::limited(&["message send=20/500ms"]);
    let ran = send_from_many(&world, 10, 10, Some(3));
    check_messages(&world, 10, 10, &ran.killed);
    assert_eq!(ran.limited, 0);
    let after = world.run(&["message", "send", &world.channel(), "after", "--max-wait", "2s"]);
    assert_eq!(after.status, Some(0), "{after}");
    assert_eq!(integrity(&world.path("state/limits.db")), "ok");
    world.stop();
}

/// Kills happen at any moment: before, during and after a write.
#[test]
fn killing_the_writers_of_a_file_does_not_damage_it() {
    const KILLS: usize = 40;
    let world = Embedded::limited(&["message send=1000/1s"]);
    let log = world.path("log");
    for n in 0..KILLS {
        let key = format!("key {}", n / 2);
        let content = format!("by 0 turn {n}");
        let mut command = world.command(&["message", "send", &world.channel(), &content, "--key", &key, "--log-file"]);
        let mut child = command.arg(&log).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..fastrand::u32(0..4000) {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(world.run(&["message", "send", &world.channel(), "after", "--key", "last"]).status, Some(0));
    for file in ["limits.db", "state.db"] {
        assert_eq!(integrity(&world.path("state").join(file)), "ok", "{file}");
    }
    world.stop();
}

#[test]
fn a_repeated_key_prints_the_first_message_and_sends_nothing() {
    let world = Embedded::new();
    let send =
        |content: &str, key: &str| world.run(&["message", "send", &world.channel(), content, "--key", key]).stdout;
    let first = send("by 0 turn 0", "a");
    assert!(first.contains("by 0 turn 0"));
    assert_eq!(send("by 0 turn 1", "a"), first);
    assert!(send("by 0 turn 2", "b").contains("by 0 turn 2"));
    assert_eq!(sent(&world), ["by 0 turn 0", "by 0 turn 2"]);
    world.stop();
}

/// An unusable state folder does not prevent a request, and causes one warning.
#[test]
fn a_request_is_sent_with_any_unusable_state_folder() {
    type Spoil = fn(&Path);
    let faults: [(&str, Spoil, &str); 5] = [
        (
            "a directory in place of the file",
            |state| fs::create_dir_all(state.join("limits.db")).unwrap(),
            "not shared",
        ),
        ("a file in place of the folder", |state| fs::write(state, b"").unwrap(), "not shared"),
        (
            "a newer schema",
            |state| open(state).execute_batch("PRAGMA user_version=99").unwrap(),
            "newer version of dcord",
        ),
        ("a damaged file", |state| damage(state), "limits.db.damaged-1"),
        ("a table that is gone", |state| open(state).execute_batch("DROP TABLE record").unwrap(), "not shared"),
    ];
    let world = Embedded::new();
    for (name, spoil, expected) in faults {
        let state = world.path(name);
        let run = || {
            let mut command = world.command(&["channel", "get", &world.channel(), "-o", "id"]);
            command.env("DCORD_STATE_DIR", &state).output().unwrap()
        };
        if expected.contains("damaged") || name.contains("schema") || name.contains("table") {
            assert!(run().stderr.is_empty());
        }
        spoil(&state);
        let output = run();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{name}: {stderr}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), world.channel(), "{name}");
        assert!(stderr.contains(expected) && stderr.lines().count() == 1, "{name}: {stderr}");
    }
    world.stop();
}

fn open(state: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(state.join("limits.db")).unwrap()
}

fn damage(state: &Path) {
    fs::write(state.join("limits.db"), b"no database at all".repeat(1000)).unwrap();
}

#[test]
fn limits_lists_and_clears_whatever_delays_requests() {
    let world = Embedded::limited(&["message send=5/10m"]);
    for _ in 0..5 {
        assert_eq!(world.run(&["message", "send", &world.channel(), "by 0 turn 0"]).status, Some(0));
    }
    let after = world.run(&["message", "send", &world.channel(), "late", "--max-wait", "1s"]);
    assert_eq!(after.status, Some(7), "{after}");
    let query = r#"select(.kind == "bucket") | "\(.name) \(.remaining)/\(.limit) \(.reset_after > 500)""#;
    let limits = world.run(&["limits", "--jq", query]);
    assert_eq!(
        limits.stdout.trim(),
        format!("POST /channels/{{channel_id}}/messages {} 0/5 true", world.channel()),
        "the bucket is used up"
    );
    assert_eq!(world.run(&["limits", "clear"]).status, Some(2));
    assert_eq!(world.run(&["limits", "clear", "--all"]).status, Some(0));
    assert_eq!(world.run(&["limits"]).stdout, "");
    world.stop();
}

#[test]
fn limits_does_not_count_killed_processes_as_waiting() {
    let world = Embedded::limited(&["message send=1/10m"]);
    let channel = world.channel();
    assert_eq!(world.run(&["message", "send", &channel, "first"]).status, Some(0));
    let mut send = world.command(&["message", "send", &channel, "late", "--max-wait", "1h"]);
    let waiting = Bounded::spawn(send.stdout(Stdio::null()).stderr(Stdio::null()));
    let count = || world.run(&["limits", "--jq", "select(.kind == \"bucket\").waiting"]).stdout;
    until("a request that waits", || count() == "1\n");
    waiting.kill();
    assert_eq!(count(), "0\n");
    world.stop();
}

#[test]
fn an_invalid_token_is_sent_only_once() {
    let world = Embedded::new();
    let run = |args: &[&str]| {
        let output = world.command(args).env("DCORD_TOKEN", "a-token-that-nobody-knows").output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let get = ["channel", "get", &world.channel()];
    let (status, stderr) = run(&get);
    assert!(status == 4 && stderr.contains("401"), "{status} {stderr}");
    let (status, stderr) = run(&get);
    assert!(status == 4 && stderr.contains("Discord rejected this token"), "{status} {stderr}");
    assert_eq!(world.run(&get).status, Some(0), "another token is not concerned");
    assert_eq!(run(&["limits", "clear", "--tokens"]).0, 0);
    let (status, stderr) = run(&get);
    assert!(status == 4 && stderr.contains("401"), "{status} {stderr}");
    world.stop();
}
