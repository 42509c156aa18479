//! The cache under faults: killed writers, many concurrent processes, and disks and files that fail.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use dcord::sandbox::gateway::Settings;
use dcord::sandbox::{Options, Seed};
use serde_json::{Value, json};

use super::support::{Bounded, Embedded, Outcome, integrity, on_full_disk};

/// Rounds of events, each of which shows in the cache whether it was stored completely.
///
/// Each round creates its messages with one event each. Then it sends a guild whose parts all have the number of
/// the round. Then one event deletes the messages of the previous round.
struct Rounds {
    guild: i64,
}

const MESSAGES: i64 = 5;
const PARTS: i64 = 3;

/// The padding of each message. It is large enough that a few rounds fill a transaction.
const PADDING: usize = 40_000;

impl Rounds {
    fn message(&self, round: i64, nth: i64) -> i64 {
        self.guild * 1_000_000 + round * 100 + nth
    }

    fn send(&self, world: &Embedded, round: i64) {
        let guild = self.guild.to_string();
        for nth in 0..MESSAGES {
            let message = json!({"id": self.message(round, nth).to_string(), "channel_id": guild, "guild_id": guild,
                "content": format!("round {round}"), "padding": "x".repeat(PADDING)});
            world.dispatch("MESSAGE_CREATE", message);
        }
        let parts = |kind: i64| -> Vec<Value> {
            let part = |nth: i64| {
                json!({"id": (self.guild * 1000 + kind * 100 + nth).to_string(), "type": 0,
                "name": format!("round {round}")})
            };
            (0..PARTS).map(part).collect()
        };
        let guild_create = json!({"id": guild, "name": format!("round {round}"), "roles": parts(0),
            "channels": parts(1), "emojis": parts(2), "stickers": parts(3)});
        world.dispatch("GUILD_CREATE", guild_create);
        let Some(before) = round.checked_sub(1) else { return };
        let ids: Vec<String> = (0..MESSAGES).map(|nth| self.message(before, nth).to_string()).collect();
        world.dispatch("MESSAGE_DELETE_BULK", json!({"ids": ids, "channel_id": guild, "guild_id": guild}));
    }

    /// Returns the latest round whose guild is in the cache, or `None` if there is none, and checks that the cache
    /// contains exactly the effects of the events up to some point.
    fn check(&self, cache: &rusqlite::Connection) -> Option<i64> {
        // A transaction gives both queries the same snapshot.
        let cache = cache.unchecked_transaction().unwrap();
        let number = |name: String| name.strip_prefix("round ").unwrap().parse::<i64>().unwrap();
        let sql = "SELECT json ->> '$.name' FROM entity
                   WHERE kind <> 7 AND (guild_id = ?1 OR kind = 1 AND id = ?1)";
        let mut statement = cache.prepare(sql).unwrap();
        let rows = statement.query_map([self.guild], |row| row.get(0)).unwrap();
        let names: Vec<i64> = rows.map(|name| number(name.unwrap())).collect();
        let rounds: BTreeSet<i64> = names.iter().copied().collect();
        assert!(rounds.len() <= 1, "a guild is of several rounds: {rounds:?}");
        let round = rounds.first().copied();
        if round.is_some() {
            assert_eq!(names.len() as i64, 1 + 4 * PARTS, "parts of a guild are missing");
        }
        let mut statement = cache.prepare("SELECT id FROM entity WHERE kind = 7 AND guild_id = ?1").unwrap();
        let rows = statement.query_map([self.guild], |row| row.get::<_, i64>(0)).unwrap();
        let found: BTreeSet<i64> = rows.map(Result::unwrap).collect();
        let of = |round: i64, most: i64| (0..most).map(move |nth| self.message(round, nth));
        // The next round may have started, and the messages of the previous round may not have been deleted yet.
        let next = round.map_or(0, |round| round + 1);
        let begun = of(next, MESSAGES).filter(|id| found.contains(id)).count() as i64;
        let mut states: Vec<BTreeSet<i64>> = Vec::new();
        let own: BTreeSet<i64> = round.into_iter().flat_map(|round| of(round, MESSAGES)).collect();
        states.push(own.iter().copied().chain(of(next, begun)).collect());
        if let Some(before) = round.and_then(|round| round.checked_sub(1)).filter(|_| begun == 0) {
            states.push(own.iter().copied().chain(of(before, MESSAGES)).collect());
        }
        assert!(states.contains(&found), "round {round:?}: {found:?} is no state after an event: {states:?}");
        round
    }
}

#[test]
fn no_event_is_stored_in_part_when_the_listener_is_killed_while_writing() {
    const KILLS: u32 = 50;
    /// The number of rounds that may wait to be written: more than fit into one transaction, and fewer than the
    /// queue drops.
    const AHEAD: i64 = 16;
    let mut random = fastrand::Rng::with_seed(7);
    // Each listener starts a new session, so Discord does not repeat events that the previous listener missed.
    let gateway = Settings { identify_interval: Duration::ZERO, ..Settings::default() };
    let world = Embedded::with(Options { gateway, limits: vec!["off".to_owned()], ..Options::default() });
    assert_eq!(world.run(&["cache", "enable"]).status, Some(0));
    let file = world.path("cache/cache.db");
    for kill in 0..KILLS {
        let rounds = Rounds { guild: 100_000 + i64::from(kill) };
        let mut listen = world.command(&["listen", "--intents", "guilds,guild-messages,message-content"]);
        listen.env("DCORD_STATE_DIR", world.path(&format!("state-{kill}")));
        let mut child = Bounded::spawn(listen.stdout(Stdio::piped()).stderr(Stdio::inherit()));
        let mut lines = BufReader::new(child.stdout()).lines();
        assert!(lines.next().unwrap().unwrap().contains("READY"));
        let watch = rusqlite::Connection::open(&file).unwrap();
        // The listener is killed at a random moment after it has written a varying number of rounds, while more
        // events always wait to be written.
        let enough = i64::from(kill % 5) * (AHEAD / 2);
        thread::scope(|scope| {
            // `child` is dropped, and so killed, when this closure ends. The thread that reads its output waits
            // for that.
            let child = child;
            scope.spawn(|| lines.by_ref().map_while(Result::ok).count());
            let (mut sent, mut written) = (0, None);
            while written.is_none_or(|round| round < enough) {
                while sent < written.unwrap_or(0) + AHEAD {
                    rounds.send(&world, sent);
                    sent += 1;
                }
                // Yields the processor to the listener.
                thread::sleep(Duration::from_millis(1));
                written = rounds.check(&watch);
            }
            // The random delay makes kills happen at any point of a transaction, not always after one.
            thread::sleep(Duration::from_micros(random.u64(0..5000)));
            child.kill();
        });
        let cache = rusqlite::Connection::open(&file).unwrap();
        assert!(rounds.check(&cache).is_some_and(|round| round >= enough));
        drop(cache);
        if kill % 10 == 0 {
            assert_eq!(integrity(&file), "ok", "after {kill} kills");
        }
    }
    assert_eq!(integrity(&file), "ok");
    assert!(!world.path("cache/cache.db.damaged-1").exists());
    let guilds = world.run(&["cache", "stats", "--jq", "select(.kind == \"guild\").rows"]);
    assert_eq!((guilds.status, guilds.stderr.as_str()), (Some(0), ""));
    assert!(guilds.stdout.trim().parse::<u32>().unwrap() >= KILLS, "{guilds}");
    world.stop();
}

/// Many processes read and write while a listener writes all the time.
#[test]
fn processes_read_and_write_concurrently_without_lock_errors() {
    const PROCESSES: usize = 16;
    const TURNS: usize = 3;
    let seed = Seed::parse("guilds=1,channels=20,members=50").unwrap();
    let world = Embedded::with(Options { seed, limits: vec!["message send=1000/1s".to_owned()], ..Options::default() });
    assert_eq!(world.run(&["cache", "enable"]).status, Some(0));
    let (guild, channel) = (world.guild(), world.channel());
    let list = ["channel", "list", guild.as_str()];
    let names = world.run(&["channel", "list", &guild, "--jq", ".name", "--no-cache"]).stdout;
    let name = format!("#{}", names.lines().last().unwrap());
    assert_eq!(world.run(&list).status, Some(0));
    assert_eq!(world.run(&["message", "send", &channel, "begun"]).status, Some(0));
    let calls: [&[&str]; 9] = [
        &list,
        &["member", "list", &guild, "--all"],
        &["message", "list", &channel],
        &["message", "send", &channel, "begun again"],
        &["cache", "list", "channel"],
        &["cache", "search", "begun"],
        &["cache", "sql", "SELECT count(*) AS n FROM messages"],
        &["channel", "get", &name, "--guild", &guild, "--cached"],
        &["cache", "prune"],
    ];
    let mut listener = world.listen(&["--intents", "guilds,guild-messages,message-content"]);
    let mut lines = BufReader::new(listener.stdout()).lines();
    assert!(lines.next().unwrap().unwrap().contains("READY"));
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        // `listener` is dropped, and so killed, when this closure ends. The thread that reads its output waits for
        // that.
        let listener = listener;
        scope.spawn(|| lines.by_ref().map_while(Result::ok).count());
        scope.spawn(|| {
            let rounds = Rounds { guild: 200_000 };
            let mut round = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                rounds.send(&world, round);
                round += 1;
                thread::yield_now();
            }
        });
        let run = |process: usize| {
            for turn in 0..TURNS {
                let call = calls[(process + turn * 5) % calls.len()];
                let outcome = world.run(call);
                assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{call:?}");
                assert!(!outcome.stdout.is_empty() || call == ["cache", "prune"], "{call:?}");
            }
        };
        let processes: Vec<_> = (0..PROCESSES).map(|process| scope.spawn(move || run(process))).collect();
        let results: Vec<_> = processes.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        listener.kill();
        assert!(results.iter().all(Result::is_ok), "see above");
    });
    assert_eq!(integrity(&world.path("cache/cache.db")), "ok");
    world.stop();
}

/// A fault that makes the cache unusable.
struct CacheFault {
    name: &'static str,
    /// Whether the cache exists and contains rows before the fault.
    filled: bool,
    spoil: fn(&Path),
    /// The maximum file size, in blocks of 512 bytes.
    blocks: Option<u32>,
    /// Texts that the warning contains.
    errors: &'static [&'static str],
    /// The exit status of `cache stats`.
    stats_status: i32,
}

const FAULTS: &[CacheFault] = &[
    CacheFault {
        name: "a folder below a file",
        filled: false,
        spoil: |cache| fs::write(cache, b"").unwrap(),
        blocks: None,
        errors: &["cannot create", "DCORD_CACHE_DIR"],
        stats_status: 1,
    },
    CacheFault {
        name: "a folder in which nothing can be made",
        filled: false,
        spoil: |cache| std::os::unix::fs::symlink("/proc/self/task", cache).unwrap(),
        blocks: None,
        errors: &["cannot", "DCORD_CACHE_DIR"],
        stats_status: 1,
    },
    CacheFault {
        name: "a directory in place of the file",
        filled: false,
        spoil: |cache| fs::create_dir_all(cache.join("cache.db")).unwrap(),
        blocks: None,
        errors: &["cannot write to", "cache.db", "DCORD_CACHE_DIR"],
        stats_status: 1,
    },
    CacheFault {
        name: "a full disk, and no cache yet",
        filled: false,
        spoil: |_| {},
        blocks: Some(200),
        errors: &["cannot write to", "cache.db", "DCORD_CACHE_DIR"],
        stats_status: 1,
    },
    CacheFault {
        name: "a disk that has become full",
        filled: true,
        // This fault creates its own log file, which then exceeds the maximum file size.
        spoil: |cache| {
            open(cache).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        },
        blocks: Some(200),
        errors: &["cannot write to", "cache.db", "DCORD_CACHE_DIR"],
        stats_status: 0,
    },
    CacheFault {
        name: "a newer schema",
        filled: true,
        spoil: |cache| open(cache).execute_batch("PRAGMA user_version=99").unwrap(),
        blocks: None,
        errors: &["cache.db was created by a newer version of dcord", "DCORD_CACHE_DIR"],
        stats_status: 1,
    },
    CacheFault {
        name: "a damaged file",
        filled: true,
        spoil: |cache| fs::write(cache.join("cache.db"), b"no database at all".repeat(1000)).unwrap(),
        blocks: None,
        errors: &["the cache was damaged", "cache.db.damaged-1"],
        stats_status: 0,
    },
    CacheFault {
        name: "a table that is gone",
        filled: true,
        spoil: |cache| open(cache).execute_batch("DROP TABLE setting").unwrap(),
        blocks: None,
        errors: &["cache.db: no such table", "cache clear"],
        stats_status: 1,
    },
    CacheFault {
        name: "a damaged page of the index of names",
        filled: true,
        spoil: |cache| damage(cache, "entity_name"),
        blocks: None,
        errors: &["the cache was damaged", "cache.db.damaged-1"],
        stats_status: 0,
    },
    CacheFault {
        name: "a damaged page of lists",
        filled: true,
        spoil: |cache| damage(cache, "listing"),
        blocks: None,
        errors: &["the cache was damaged", "cache.db.damaged-1"],
        stats_status: 0,
    },
    CacheFault {
        name: "a damaged page of things",
        filled: true,
        spoil: |cache| damage(cache, "entity"),
        blocks: None,
        errors: &["the cache was damaged", "cache.db.damaged-1"],
        stats_status: 0,
    },
    CacheFault {
        name: "a log that has filled the disk",
        filled: true,
        spoil: |cache| {
            let cache = open(cache);
            // Without this setting, closing the connection would write the log back into the database.
            cache.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
            cache.execute("INSERT INTO setting VALUES ('filling', hex(zeroblob(100000)))", []).unwrap();
        },
        blocks: Some(200),
        errors: &["cannot write to", "cache.db", "DCORD_CACHE_DIR"],
        stats_status: 0,
    },
];

/// Overwrites the first page of a table or an index.
fn damage(cache: &Path, name: &str) {
    use std::os::unix::fs::FileExt as _;
    let database = open(cache);
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let page: u32 =
        database.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0)).unwrap();
    let size: u32 = database.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    drop(database);
    let file = fs::OpenOptions::new().write(true).open(cache.join("cache.db")).unwrap();
    file.write_all_at(&vec![0xA5; size as usize], u64::from(page - 1) * u64::from(size)).unwrap();
}

fn open(cache: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(cache.join("cache.db")).unwrap()
}

impl CacheFault {
    /// Creates a cache folder with this fault.
    fn folder(&self, world: &Embedded, name: &str) -> PathBuf {
        let cache = world.path(&format!("{} {name}", self.name));
        if self.filled {
            let mut fill = world.command(&["channel", "list", &world.guild()]);
            fill.env("DCORD_CACHE_DIR", &cache);
            let filled = world.finish(fill);
            assert_eq!((filled.status, filled.stderr.as_str()), (Some(0), ""));
        }
        (self.spoil)(&cache);
        cache
    }

    /// Runs a command with that cache folder.
    fn run(&self, world: &Embedded, cache: &Path, args: &[&str]) -> Outcome {
        let mut command = match self.blocks {
            None => world.command(args),
            Some(blocks) => on_full_disk(&world.command(args), blocks),
        };
        command.env("DCORD_CACHE_DIR", cache);
        world.finish(command)
    }
}

/// The request gets its full answer, and one warning describes the fault of the cache and how to fix it.
#[test]
fn a_request_succeeds_with_any_unusable_cache() {
    // The list is larger than the maximum file size.
    let seed = Seed::parse("guilds=1,channels=3,members=600").unwrap();
    let world = Embedded::with(Options { seed, limits: vec!["off".to_owned()], ..Options::default() });
    let guild = world.guild();
    let members = ["member", "list", guild.as_str(), "--all"];
    let expected = world.run(&["member", "list", &guild, "--all", "--no-cache"]);
    assert_eq!((expected.status, expected.stderr.as_str()), (Some(0), ""));
    assert!(expected.stdout.lines().count() > 500, "{expected}");
    for fault in FAULTS {
        let cache = fault.folder(&world, "for members");
        let run = |args: &[&str]| fault.run(&world, &cache, args);
        let answered = run(&members);
        assert_eq!(answered.status, Some(0), "{}: {}", fault.name, answered.stderr);
        assert!(answered.stdout == expected.stdout, "{}: another answer", fault.name);
        assert_eq!(answered.stderr.lines().count(), 1, "{}: {}", fault.name, answered.stderr);
        assert!(fault.errors.iter().all(|text| answered.stderr.contains(text)), "{}: {}", fault.name, answered.stderr);
        let stats = run(&["cache", "stats"]);
        assert_eq!(stats.status, Some(fault.stats_status), "{}: {stats}", fault.name);
        if fault.stats_status != 0 {
            assert!(fault.errors.iter().all(|text| stats.stderr.contains(text)), "{}: {stats}", fault.name);
        }
    }
    world.stop();
}

/// A name that the cache cannot provide is requested from Discord.
#[test]
fn a_name_is_looked_up_with_any_unusable_cache() {
    let world = Embedded::limited(&["off"]);
    let guild = world.guild();
    let lookups: [&[&str]; 5] = [
        &["channel", "get", "#general", "--guild", &guild, "--jq", ".name"],
        &["message", "send", "#random", "hello", "--guild", &guild, "--jq", ".content"],
        &["role", "get", "Sandbox", "Moderators", "--jq", ".name"],
        &["member", "get", &guild, "@ada", "--jq", ".user.username"],
        &["channel", "list", &guild, "--cached", "--jq", ".name"],
    ];
    for fault in FAULTS {
        for (nth, lookup) in lookups.into_iter().enumerate() {
            let expected = world.run(&[lookup, &["--no-cache"]].concat());
            assert_eq!((expected.status, expected.stderr.as_str()), (Some(0), ""), "{lookup:?}");
            let cache = fault.folder(&world, &nth.to_string());
            let answered = fault.run(&world, &cache, lookup);
            assert_eq!(answered.status, Some(0), "{}: {lookup:?}: {answered}", fault.name);
            assert_eq!(answered.stdout, expected.stdout, "{}: {lookup:?}", fault.name);
            assert!(answered.stderr.lines().count() <= 1, "{}: {lookup:?}: {answered}", fault.name);
        }
    }
    world.stop();
}

#[test]
fn cache_clear_replaces_an_unusable_cache() {
    let world = Embedded::limited(&["off"]);
    let guild = world.guild();
    for fault in FAULTS.iter().filter(|fault| fault.filled && fault.blocks.is_none() && fault.name != "a newer schema")
    {
        let cache = fault.folder(&world, "for clearing");
        let cleared = fault.run(&world, &cache, &["cache", "clear"]);
        assert_eq!(cleared.status, Some(0), "{}: {cleared}", fault.name);
        let stats = fault.run(&world, &cache, &["cache", "stats"]);
        assert_eq!((stats.status, stats.stdout.as_str(), stats.stderr.as_str()), (Some(0), "", ""), "{}", fault.name);
        let listed = fault.run(&world, &cache, &["channel", "list", &guild]);
        assert_eq!((listed.status, listed.stderr.as_str()), (Some(0), ""), "{}", fault.name);
        let known = fault.run(&world, &cache, &["channel", "list", &guild, "--offline"]);
        assert_eq!(known.stdout, listed.stdout, "{}", fault.name);
    }
    world.stop();
}

#[test]
fn an_object_with_damaged_json_is_requested_again() {
    let world = Embedded::limited(&["off"]);
    let (guild, channel) = (world.guild(), world.channel());
    let read = |more: &[&str]| world.run(&[&["channel", "get", &channel, "--jq", ".name"], more].concat());
    for text in ["CAST(x'7bff' AS TEXT)", "'{\"id'", "char(0)"] {
        assert_eq!(world.run(&["channel", "list", &guild]).status, Some(0));
        let spoilt = format!("UPDATE entity SET json = {text} WHERE kind = 2");
        open(&world.path("cache")).execute_batch(&spoilt).unwrap();
        let listed = world.run(&["channel", "list", &guild, "--cached", "-o", "id"]);
        assert_eq!(listed.stdout.lines().next(), Some(channel.as_str()), "{text}: {listed}");
        assert_eq!(read(&["--cached"]).stdout, "general\n", "{text}");
        let named = world.run(&["channel", "get", "#random", "--guild", &guild, "--jq", ".name"]);
        assert_eq!((named.status, named.stdout.as_str()), (Some(0), "random\n"), "{text}: {named}");
    }
    world.stop();
}
