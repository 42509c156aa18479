//! Many processes that share one state folder behave as one client.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dcord::sandbox::{Options, Sandbox};

/// A sandbox, and the environment in which processes talk to it.
struct World {
    sandbox: Sandbox,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl World {
    fn new(limits: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let limits = limits.iter().map(|l| (*l).to_owned()).collect();
        let sandbox = runtime.block_on(Sandbox::start(Options { limits, ..Options::default() })).unwrap();
        Self { sandbox, runtime, folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn channel(&self) -> String {
        self.sandbox.identity().channel_id.to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dcord"));
        let identity = self.sandbox.identity();
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("DCORD_STATE_DIR", self.path("state"))
            .env("DCORD_API_URL", &identity.api_url)
            .env("DCORD_TOKEN", identity.token.expose())
            .args(args);
        command
    }

    /// Runs to the end: exit status, stdout, stderr.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.command(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// What was sent to the channel, oldest first.
    fn sent(&self) -> Vec<String> {
        let (status, stdout, stderr) =
            self.run(&["message", "list", &self.channel(), "--all", "--jq", ".content", "--after", "1"]);
        assert_eq!(status, 0, "{stderr}");
        stdout.lines().filter(|line| line.starts_with("by ")).map(str::to_owned).collect()
    }

    fn stop(self) {
        self.runtime.block_on(self.sandbox.stop());
    }
}

/// What became of many processes that send.
struct Ran {
    killed: Vec<String>,
    /// Requests that were answered with 429, in all logs.
    limited: usize,
    took: Duration,
}

/// Sends `each` messages one after the other, in each of `lines` loops that run at once, and kills
/// every `kill`th process at a random moment.
fn send_from_many(world: &World, lines: usize, each: usize, kill: Option<usize>) -> Ran {
    let began = Instant::now();
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
    let took = began.elapsed();
    let logs = fs::read_dir(&logs).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    Ran { killed, limited: logs.map(|log| log.matches("status=429").count()).sum(), took }
}

/// Each loop's messages are there once, and in its order, except those whose processes were killed,
/// which may or may not be.
fn check_messages(world: &World, lines: usize, each: usize, killed: &[String]) {
    let sent = world.sent();
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
fn many_processes_send_into_one_bucket_with_no_429_and_each_message_once() {
    let world = World::new(&["message send=20/500ms"]);
    let ran = send_from_many(&world, 10, 10, None);
    check_messages(&world, 10, 10, &ran.killed);
    assert_eq!(ran.limited, 0);
    world.stop();
}

#[test]
fn processes_that_are_killed_slow_the_others_by_what_they_sent_alone() {
    let world = World::new(&["message send=20/500ms"]);
    let ran = send_from_many(&world, 10, 10, Some(3));
    check_messages(&world, 10, 10, &ran.killed);
    assert_eq!(ran.limited, 0);
    let (status, _, stderr) = world.run(&["message", "send", &world.channel(), "after", "--max-wait", "2s"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(integrity(&world.path("state/limits.db")), "ok");
    world.stop();
}

fn integrity(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}
