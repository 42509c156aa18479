//! A durable listener goes on after SIGKILL where its output stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dcord::sandbox::gateway::{Dispatch, Flood, Settings};
use dcord::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

struct World {
    runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { runtime, sandbox, folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dcord"));
        let identity = self.sandbox.identity();
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("DCORD_STATE_DIR", self.folder.path().join("state"))
            .env("DCORD_API_URL", &identity.api_url)
            .env("DCORD_TOKEN", identity.token.expose())
            .args(args);
        command
    }

    fn listen(&self, args: &[&str]) -> Child {
        let mut command = self.command(&["listen", "--consumer", "mods", "--meta", "--intents", "guild-messages"]);
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap()
    }

    /// Makes that many events happen.
    fn events(&self, count: u32) {
        let channel = self.sandbox.identity().channel_id;
        let guild = self.sandbox.identity().guild_id;
        for n in 0..count {
            let data = json!({"id": n.to_string(), "channel_id": channel.to_string(),
                "guild_id": guild.to_string(), "padding": "x".repeat(1000)});
            self.sandbox.hub().dispatch(Dispatch { name: "MESSAGE_CREATE".into(), guild_id: Some(guild), data });
        }
    }

    /// The sequence number that is kept.
    fn kept(&self) -> u64 {
        let (_, stdout, stderr) = self.run(&["consumer", "show", "mods", "--jq", ".seq"]);
        stdout.trim().parse().unwrap_or_else(|_| panic!("{stdout}{stderr}"))
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = self.command(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

/// Reads lines until there were so many with a sequence number, and then kills the process and reads
/// what it had still written. The last line may be half a line, which counts for nothing.
fn read_and_kill(mut child: Child, events: usize) -> Vec<Value> {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    let mut seen = 0;
    while seen < events {
        let from = text.len();
        assert_ne!(reader.read_line(&mut text).unwrap(), 0, "the listener ended by itself");
        seen += usize::from(!text[from..].contains("\"s\":null"));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    text.push_str(&String::from_utf8_lossy(&rest));
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    text[..whole].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn no_event_is_missing_from_the_joined_output_of_a_consumer_that_is_killed_again_and_again() {
    const ROUNDS: u32 = 8;
    const EVENTS: u32 = 400;
    let world = World::new();
    let first = world.listen(&[]);
    // READY is the first event, and is kept as written.
    while !world.run(&["consumer", "show", "mods", "--jq", ".seq"]).1.starts_with('1') {}
    let mut lines = read_and_kill(first, 1);
    for _ in 0..ROUNDS {
        world.events(EVENTS);
        lines.extend(read_and_kill(world.listen(&[]), fastrand::usize(1..EVENTS as usize / 2)));
    }
    // READY is one too.
    let last = u64::from(ROUNDS * EVENTS) + 1;
    let mut child = world.listen(&[]);
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut text = String::new();
        assert_ne!(reader.read_line(&mut text).unwrap(), 0);
        lines.push(serde_json::from_str(&text).unwrap());
        if lines.last().unwrap()["s"].as_u64() >= Some(last) {
            break;
        }
    }
    // A living process has the consumer to itself.
    let (status, _, stderr) = world.run(&["listen", "--consumer", "mods"]);
    assert_eq!(status, Some(10), "{stderr}");
    let (status, _, stderr) = world.run(&["consumer", "forget", "mods", "--yes"]);
    assert_eq!(status, Some(10), "{stderr}");
    child.kill().unwrap();
    child.wait().unwrap();
    let found: BTreeSet<u64> = lines.iter().filter_map(|line| line["s"].as_u64()).collect();
    let missing: Vec<u64> = (1..=last).filter(|seq| !found.contains(seq)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(!lines.iter().any(|line| line["t"] == "DCORD_GAP"));
    assert_eq!(world.run(&["consumer", "forget", "mods", "--yes"]).0, Some(0));
    assert_eq!(world.run(&["consumer", "list"]).1, "");
    assert_eq!(world.run(&["consumer", "show", "mods"]).0, Some(6));
    world.runtime.block_on(world.sandbox.stop());
}

#[test]
fn what_nobody_read_is_not_kept_as_written() {
    let world = World::new();
    let first = world.listen(&[]);
    while !world.run(&["consumer", "show", "mods", "--jq", ".seq"]).1.starts_with('1') {}
    read_and_kill(first, 1);
    // More than a pipe and all queues hold.
    world.events(8000);
    let mut child = world.listen(&[]);
    let (mut kept, mut same) = (world.kept(), 0);
    while kept == 1 || same < 30 {
        let now = world.kept();
        same = if now == kept { same + 1 } else { 0 };
        kept = now;
    }
    child.kill().unwrap();
    let mut text = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut text).unwrap();
    child.wait().unwrap();
    let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap();
    let last = text[..whole].split(|byte| *byte == b'\n').rev();
    let last = last.filter_map(|line| serde_json::from_slice::<Value>(line).unwrap()["s"].as_u64()).next().unwrap();
    assert!(last < 8000 && world.kept() <= last, "{} > {last}", world.kept());
    world.runtime.block_on(world.sandbox.stop());
}

/// What a flood's listeners wrote of each shard, put together.
#[derive(Default)]
struct Joined {
    seqs: BTreeMap<u64, BTreeSet<u64>>,
    /// The messages' own numbers: each RESUMED takes a sequence number too.
    messages: BTreeMap<u64, BTreeSet<u64>>,
    torn: usize,
}

impl Joined {
    /// Reads lines of one process until `most` are read or all shards have all events, kills it, and takes
    /// what it had still written.
    fn read_and_kill(&mut self, mut child: Child, most: usize, last: u64, shards: usize) {
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut latest = BTreeMap::new();
        let mut read = 0;
        while read < most && !self.is_complete(last, shards) {
            assert!(self.line(&mut reader, &mut latest), "the listener ended by itself");
            read += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while self.line(&mut reader, &mut latest) {}
    }

    fn line(&mut self, reader: &mut impl BufRead, latest: &mut BTreeMap<u64, u64>) -> bool {
        let mut text = String::new();
        if reader.read_line(&mut text).unwrap() == 0 {
            return false;
        }
        if !text.ends_with('\n') {
            // Half a line counts for nothing, and must come again, whole.
            self.torn += 1;
            return true;
        }
        let line: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_ne!(line["t"], "DCORD_GAP");
        if let (Some(shard), Some(seq)) = (line["shard"][0].as_u64(), line["s"].as_u64()) {
            let before = latest.insert(shard, seq);
            assert!(before < Some(seq), "{seq} came after {before:?} in one process");
            self.seqs.entry(shard).or_default().insert(seq);
            if line["t"] == "MESSAGE_CREATE" {
                let number = line["d"]["nonce"].as_str().unwrap().parse().unwrap();
                self.messages.entry(shard).or_default().insert(number);
            }
        }
        true
    }

    fn is_complete(&self, last: u64, shards: usize) -> bool {
        self.messages.len() == shards && self.messages.values().all(|messages| messages.contains(&last))
    }

    fn read(&self) -> usize {
        self.messages.values().map(BTreeSet::len).sum()
    }
}

fn kill_during_a_flood(shards: u32, events: u64, kills: usize) {
    let gateway = Settings { max_concurrency: shards, ..Settings::default() };
    let world = World::with(Options { gateway, ..Options::default() });
    // Slow enough that the kills find something to interrupt.
    let rate = Some(events as f64 / 2.0);
    world.runtime.block_on(async { world.sandbox.hub().flood(Flood { events, rate, size: 600 }) });
    let all = events as usize * shards as usize;
    let shards_flag = shards.to_string();
    let listen = || world.listen(&["--shards", &shards_flag]);
    let mut joined = Joined::default();
    for lives in (1..=kills).rev() {
        let most = fastrand::usize(1..=(2 * (all - joined.read()) / (lives + 1)).max(1));
        joined.read_and_kill(listen(), most, events, shards as usize);
    }
    joined.read_and_kill(listen(), usize::MAX, events, shards as usize);
    for (shard, seqs) in &joined.seqs {
        let missing: Vec<u64> = (1..=*seqs.last().unwrap()).filter(|seq| !seqs.contains(seq)).collect();
        assert_eq!(joined.messages[shard].len() as u64, events, "shard {shard}");
        assert!(missing.is_empty(), "shard {shard}: {missing:?}, after {} torn lines", joined.torn);
    }
    assert_eq!(integrity(&world.folder.path().join("state/state.db")), "ok");
    assert_eq!(integrity(&world.folder.path().join("state/limits.db")), "ok");
    world.runtime.block_on(world.sandbox.stop());
}

fn integrity(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_flood_is_whole_and_the_files_are_sound_however_often_its_listener_is_killed() {
    kill_during_a_flood(1, 5000, 12);
}

#[test]
fn each_shard_of_a_consumer_is_whole_however_often_its_listener_is_killed() {
    kill_during_a_flood(4, 1000, 8);
}
