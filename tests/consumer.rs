//! A durable listener continues after SIGKILL where its output stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read as _};

use dcord::sandbox::Options;
use dcord::sandbox::gateway::{Flood, Settings};
use serde_json::{Value, json};

use super::support::{Bounded, Embedded, integrity, until, without_codes};

/// The listener of these tests.
fn listen(world: &Embedded, args: &[&str]) -> Bounded {
    world.listen(&[&["--consumer", "mods", "--meta", "--intents", "guild-messages"], args].concat())
}

/// Creates that many events.
fn events(world: &Embedded, count: u32) {
    let (channel, guild) = (world.channel(), world.guild());
    for n in 0..count {
        let data = json!({"id": n.to_string(), "channel_id": channel, "guild_id": guild, "padding": "x".repeat(1000)});
        world.dispatch("MESSAGE_CREATE", data);
    }
}

/// Returns the stored sequence number.
fn kept(world: &Embedded) -> u64 {
    let shown = world.run(&["consumer", "show", "mods", "--jq", ".seq"]);
    shown.stdout.trim().parse().unwrap_or_else(|_| panic!("{shown}"))
}

/// Waits until READY, the first event, is stored as delivered.
fn wait_for_ready(world: &Embedded) {
    until("READY", || world.run(&["consumer", "show", "mods", "--jq", ".seq"]).stdout.starts_with('1'));
}

/// Reads lines until that many have a sequence number, kills the process, and reads the rest of its output. An
/// incomplete last line is ignored.
fn read_and_kill(mut child: Bounded, events: usize) -> Vec<Value> {
    let mut reader = BufReader::new(child.stdout());
    let mut text = String::new();
    let mut seen = 0;
    while seen < events {
        let from = text.len();
        assert_ne!(reader.read_line(&mut text).unwrap(), 0, "the listener ended by itself");
        seen += usize::from(!text[from..].contains("\"s\":null"));
    }
    child.kill();
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    text.push_str(&String::from_utf8_lossy(&rest));
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    text[..whole].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_repeatedly_killed_consumer_loses_no_event() {
    const ROUNDS: u32 = 8;
    const EVENTS: u32 = 400;
    let world = Embedded::new();
    let first = listen(&world, &[]);
    wait_for_ready(&world);
    let mut lines = read_and_kill(first, 1);
    for _ in 0..ROUNDS {
        events(&world, EVENTS);
        lines.extend(read_and_kill(listen(&world, &[]), fastrand::usize(1..EVENTS as usize / 2)));
    }
    // READY has a sequence number too.
    let last = u64::from(ROUNDS * EVENTS) + 1;
    let mut child = listen(&world, &[]);
    let mut reader = BufReader::new(child.stdout());
    loop {
        let mut text = String::new();
        assert_ne!(reader.read_line(&mut text).unwrap(), 0);
        lines.push(serde_json::from_str(&text).unwrap());
        if lines.last().unwrap()["s"].as_u64() >= Some(last) {
            break;
        }
    }
    // While the process runs, no other process can use the consumer.
    let taken = world.run(&["listen", "--consumer", "mods"]);
    assert_eq!(taken.status, Some(10), "{taken}");
    let taken = world.run(&["consumer", "forget", "mods", "--yes"]);
    assert_eq!(taken.status, Some(10), "{taken}");
    child.kill();
    let found: BTreeSet<u64> = lines.iter().filter_map(|line| line["s"].as_u64()).collect();
    let missing: Vec<u64> = (1..=last).filter(|seq| !found.contains(seq)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(!lines.iter().any(|line| line["t"] == "DCORD_GAP"));
    assert_eq!(world.run(&["consumer", "forget", "mods", "--yes"]).status, Some(0));
    assert_eq!(world.run(&["consumer", "list"]).stdout, "");
    assert_eq!(world.run(&["consumer", "show", "mods"]).status, Some(6));
    world.stop();
}

#[test]
fn on_a_terminal_a_resumed_consumer_prints_the_number_of_missed_events() {
    const LISTEN: [&str; 7] = ["listen", "--consumer", "mods", "--intents", "guild-messages", "--count", "1"];
    for (count, missed) in
        [(0, "no event was missed"), (1, "1 missed event was replayed"), (12, "12 missed events were replayed")]
    {
        let world = Embedded::new();
        let first = world.run(&[&LISTEN[..], &["-e", "READY"]].concat());
        assert!(first.status == Some(0) && first.stderr.is_empty(), "{first}");
        events(&world, count);
        let shown = world.show(120, &[&LISTEN[..], &["-e", "RESUMED"]].concat());
        let notes = without_codes(&shown.stdout);
        let connected = notes.find("connected: intents guild-messages").unwrap_or_else(|| panic!("{shown}"));
        let note = format!("resumed the session of the last process; {missed}\n");
        let resumed = notes.find(&note).unwrap_or_else(|| panic!("{shown}"));
        assert!(connected < resumed, "{shown}");
        let json = world.run(&[&LISTEN[..], &["-e", "RESUMED", "--errors", "json"]].concat());
        assert!(json.status == Some(0) && json.stderr.is_empty(), "a program gets no note: {json}");
        world.stop();
    }
}

#[test]
fn the_position_of_a_consumer_does_not_advance_past_unread_output() {
    let world = Embedded::new();
    let first = listen(&world, &[]);
    wait_for_ready(&world);
    read_and_kill(first, 1);
    // This is more than the pipe and all queues can hold.
    events(&world, 8000);
    let mut child = listen(&world, &[]);
    let (mut last_kept, mut same) = (kept(&world), 0);
    until("a full pipe", || {
        let now = kept(&world);
        same = if now == last_kept { same + 1 } else { 0 };
        last_kept = now;
        last_kept != 1 && same >= 30
    });
    let mut stdout = child.stdout();
    child.kill();
    let mut text = Vec::new();
    stdout.read_to_end(&mut text).unwrap();
    let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap();
    let last = text[..whole].split(|byte| *byte == b'\n').rev();
    let last = last.filter_map(|line| serde_json::from_slice::<Value>(line).unwrap()["s"].as_u64()).next().unwrap();
    assert!(last < 8000 && kept(&world) <= last, "{} > {last}", kept(&world));
    world.stop();
}

/// The combined output of all listeners during a flood, by shard.
#[derive(Default)]
struct Joined {
    seqs: BTreeMap<u64, BTreeSet<u64>>,
    /// The numbers of the messages. They differ from the sequence numbers because each RESUMED has one too.
    messages: BTreeMap<u64, BTreeSet<u64>>,
    torn: usize,
}

impl Joined {
    /// Reads lines of one process until `most` are read or all shards have all events, kills it, and reads the
    /// rest of its output.
    fn read_and_kill(&mut self, mut child: Bounded, most: usize, last: u64, shards: usize) {
        let mut reader = BufReader::new(child.stdout());
        let mut latest = BTreeMap::new();
        let mut read = 0;
        while read < most && !self.is_complete(last, shards) {
            assert!(self.line(&mut reader, &mut latest), "the listener ended by itself");
            read += 1;
        }
        child.kill();
        while self.line(&mut reader, &mut latest) {}
    }

    fn line(&mut self, reader: &mut impl BufRead, latest: &mut BTreeMap<u64, u64>) -> bool {
        let mut text = String::new();
        if reader.read_line(&mut text).unwrap() == 0 {
            return false;
        }
        if !text.ends_with('\n') {
            // An incomplete line is ignored. Its event must be printed again as a complete line.
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
    let world = Embedded::with(Options { gateway, ..Options::default() });
    // The rate is low enough that each kill interrupts the flood.
    let rate = Some(events as f64 / 2.0);
    world.runtime.block_on(async { world.sandbox.hub().flood(Flood { events, rate, size: 600 }) });
    let all = events as usize * shards as usize;
    let shards_flag = shards.to_string();
    let listen = || listen(&world, &["--shards", &shards_flag]);
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
    assert_eq!(integrity(&world.path("state/state.db")), "ok");
    assert_eq!(integrity(&world.path("state/limits.db")), "ok");
    world.stop();
}

#[test]
fn repeated_kills_during_a_flood_lose_no_event_and_damage_no_file() {
    kill_during_a_flood(1, 5000, 12);
}

#[test]
fn repeated_kills_lose_no_event_of_any_shard() {
    kill_during_a_flood(4, 1000, 8);
}

#[test]
fn a_gap_after_a_restart_begins_with_the_last_stored_event() {
    const KEPT: &str = "2026-01-02T03:04:05Z";
    let world = Embedded::new();
    let first = listen(&world, &[]);
    wait_for_ready(&world);
    read_and_kill(first, 1);
    // As if the process had been killed on that day: Discord no longer knows the session.
    let kept_ms: i64 = KEPT.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let state = rusqlite::Connection::open(world.path("state/state.db")).unwrap();
    state.execute("UPDATE consumer SET session = 'gone', changed_ms = ?1", [kept_ms]).unwrap();
    drop(state);
    let mut child = listen(&world, &["-q"]);
    let mut lines = BufReader::new(child.stdout()).lines();
    let gap = loop {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        if line["t"] == "DCORD_GAP" {
            break line;
        }
    };
    let since = gap["d"]["since"].as_str().unwrap();
    assert!(since.starts_with("2026-01-02T03:04:0"), "{gap}");
    world.stop();
}

/// A session keeps the intents of its IDENTIFY, so additional intents require a new session.
#[test]
fn a_consumer_with_more_intents_starts_a_new_session_and_reports_a_gap() {
    let world = Embedded::new();
    let run = |intents: &str, count: &str| {
        world.run(&["listen", "--consumer", "mods", "--meta", "--intents", intents, "--count", count])
    };
    // Of the lines of dcord itself, only gaps are compared: the number of heartbeats varies.
    let names = |stdout: &str| -> Vec<String> {
        let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| line["t"].as_str().unwrap().to_owned())
            .filter(|name| name == "DCORD_GAP" || !name.starts_with("DCORD_"))
            .collect()
    };
    let first = run("guilds,guild-messages", "2");
    assert_eq!((first.status, first.stderr.contains("warning")), (Some(0), false), "{first}");
    events(&world, 1);
    let fewer = run("guild-messages", "1");
    assert_eq!((fewer.status, names(&fewer.stdout)), (Some(0), vec!["MESSAGE_CREATE".to_owned()]), "{fewer}");
    let more = run("guild-messages,guild-message-typing", "1");
    assert_eq!(
        (more.status, names(&more.stdout)),
        (Some(0), vec!["DCORD_GAP".to_owned(), "READY".to_owned()]),
        "{more}"
    );
    assert!(more.stderr.contains("lacks the intent GUILD_MESSAGE_TYPING: dcord opens a new session"), "{more}");
    world.stop();
}

#[test]
fn appending_to_a_file_with_an_incomplete_last_line_starts_a_new_line() {
    let world = Embedded::new();
    let half = r#"{"shard":[0,1],"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"cont"#;
    let file = world.path("events.jsonl");
    let listen = |name: &str, stdout: std::fs::File| {
        let args = ["listen", "--consumer", name, "-e", "READY", "--count", "1", "-q"];
        let status = Bounded::spawn(world.command(&args).stdout(stdout)).wait();
        assert_eq!(status, Some(0));
    };
    let append = || std::fs::OpenOptions::new().append(true).create(true).open(&file).unwrap();
    let names = || {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        let name = |line: &str| serde_json::from_str::<Value>(line).map_or("?".into(), |line| line["t"].clone());
        text.lines().map(name).collect::<Vec<_>>()
    };
    listen("a", append());
    assert_eq!(names(), ["READY"], "an empty file has no line to end");
    listen("b", append());
    assert_eq!(names(), ["READY", "READY"], "a whole line is no half line");
    std::io::Write::write_all(&mut append(), half.as_bytes()).unwrap();
    listen("c", append());
    assert_eq!(names(), ["READY", "READY", "?", "READY"]);
    // The file is not opened in append mode, and its position is after the text of another program.
    let mut shared = std::fs::File::create(&file).unwrap();
    std::io::Write::write_all(&mut shared, half.as_bytes()).unwrap();
    listen("d", shared);
    assert_eq!(names(), ["?", "READY"]);
    world.stop();
}

#[test]
fn sessions_and_keys_of_an_older_version_stay_valid() {
    let world = Embedded::new();
    let first = listen(&world, &[]);
    wait_for_ready(&world);
    read_and_kill(first, 1);
    let send = |content: &str| world.run(&["message", "send", &world.channel(), content, "--key", "old"]);
    let sent = send("first");
    // The same records in a file with the first schema.
    let (now, old) = (world.path("state/state.db"), world.path("state-1.db"));
    let file = rusqlite::Connection::open(&old).unwrap();
    file.execute_batch(include_str!("support/state-1.sql")).unwrap();
    file.execute("ATTACH ?1 AS now", [now.to_str().unwrap()]).unwrap();
    file.execute_batch(
        "INSERT INTO consumer SELECT scope, name, shard, shards, session, resume_url, seq, changed_ms FROM now.consumer;
         INSERT INTO sent SELECT scope, key, message, sent_ms FROM now.sent",
    )
    .unwrap();
    drop(file);
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(world.path(&format!("state/state.db{end}")));
    }
    std::fs::rename(&old, &now).unwrap();
    events(&world, 3);
    let again = send("second");
    assert_eq!((again.status, &again.stdout), (Some(0), &sent.stdout), "{again}");
    assert_eq!(again.stderr, "an earlier run with this key sent this message, so dcord does not send it again\n");
    let lines = read_and_kill(listen(&world, &["--no-cache"]), 5);
    let names: Vec<&str> = lines.iter().filter_map(|line| line["t"].as_str()).collect();
    assert!(!names.contains(&"READY") && !names.contains(&"DCORD_GAP"), "{names:?}");
    // The message that was sent, and the three other events.
    assert_eq!(names.iter().filter(|name| **name == "MESSAGE_CREATE").count(), 4, "{names:?}");
    assert_eq!(integrity(&now), "ok");
    world.stop();
}
