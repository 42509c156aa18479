//! `dcord cache sync`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::{Bounded, Outcome, Recorder, Reply, Sandbox, World, until};

fn ids(outcome: &Outcome) -> Vec<String> {
    assert_eq!(outcome.status, Some(0), "{outcome}");
    outcome.stdout.lines().map(str::to_owned).collect()
}

fn one(outcome: &Outcome) -> String {
    let [id] = &ids(outcome)[..] else { panic!("not one id: {outcome}") };
    id.clone()
}

/// Sends as many messages to a channel.
fn send(world: &World, channel: &str, count: usize) {
    let lines: String = (0..count).map(|n| json!({"content": format!("m{n}")}).to_string() + "\n").collect();
    let input = world.file(&format!("input-{channel}"), lines);
    let sent = world.run(["message", "send", channel, "--each", &input, "--take", "content", "-o", "none"]);
    assert_eq!(sent.status, Some(0), "{sent}");
}

/// Creates a thread with messages.
fn thread(world: &World, channel: &str, name: &str, kind: &str, count: usize, archive: bool) -> String {
    let id = one(&world.run(["thread", "create", channel, name, "--type", kind, "-o", "id"]));
    send(world, &id, count);
    if archive {
        let archived = world.run(["thread", "archive", &id]);
        assert_eq!(archived.status, Some(0), "{archived}");
    }
    id
}

/// The number of messages in the cache, which another process may be writing.
fn stored(world: &World) -> usize {
    let path = world.path("cache").join("dcord/cache.db");
    if !Path::new(&path).exists() {
        return 0;
    }
    let db = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let count = db.query_row("SELECT count(*) FROM entity WHERE kind = 7", [], |row| row.get::<_, i64>(0));
    usize::try_from(count.unwrap_or(0)).unwrap()
}

/// The paths of the requests that a run with `-v` sent.
fn paths(run: &Outcome) -> Vec<&str> {
    let lines = run.stderr.lines().filter(|line| line.starts_with("request "));
    lines.filter_map(|line| line.split("path=").nth(1)?.split(' ').next()).collect()
}

#[test]
fn a_sync_that_is_killed_ten_times_stores_each_message_once() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=4,members=5,messages=2000", "--limit", "off"]);
    let world = sandbox.world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    let mut places = ids(&world.run(["channel", "list", guild, "-o", "id"]));
    send(&world, &places[1], 130);
    for (name, kind, archive) in [
        ("open", "public-thread", false),
        ("closed", "public-thread", true),
        ("older", "public-thread", true),
        ("secret", "private-thread", false),
        ("old secret", "private-thread", true),
    ] {
        places.push(thread(&world, channel, name, kind, 120, archive));
    }
    let (world, sent_by) = (sandbox.world(), world);
    let mut expected = BTreeSet::new();
    for place in &places {
        let sent = sent_by.run(["message", "list", place, "--all", "-o", "id"]);
        assert_eq!(sent.status, Some(0), "{sent}");
        expected.extend(sent.stdout.lines().map(str::to_owned));
    }
    assert!(expected.len() > 2700, "{}", expected.len());
    let step = expected.len() / 11;
    for _ in 0..10 {
        let enough = stored(&world) + fastrand::usize(1..step);
        let mut command = world.command();
        let child = Bounded::spawn(command.args(["cache", "sync", guild]).stdout(Stdio::null()).stderr(Stdio::null()));
        until("the messages are stored", || stored(&world) >= enough);
        child.kill();
    }
    let last = world.run(["cache", "sync", guild]);
    assert_eq!((last.status, last.stderr.as_str()), (Some(0), ""), "{last}");
    let found = ids(&world.run(["cache", "sql", "SELECT id FROM messages", "--jq", ".id"]));
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    let again = world.run(["cache", "sync", guild]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(0), ""), "{again}");
}

#[test]
fn a_second_sync_requests_only_what_is_new() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=3,members=5,messages=250", "--limit", "off"]);
    let world = sandbox.world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    let old = thread(&world, channel, "old", "public-thread", 3, true);
    let first = world.run(["cache", "sync", guild, "-v"]);
    let lists = paths(&first).iter().filter(|path| path.ends_with("/messages")).count();
    assert_eq!((first.status, lists), (Some(0), 3 + 1), "{first}");
    let idle = world.run(["cache", "sync", guild, "-v"]);
    let idle_paths = paths(&idle);
    assert!(idle_paths.iter().all(|path| !path.contains("/messages")), "{idle}");
    // The list of channels, the active threads, and the archived threads of the channels that have threads.
    assert_eq!(idle_paths.len(), 1 + 1 + 2 + 2 + 1, "{idle}");
    let new = one(&world.run(["message", "send", channel, "new", "-o", "id"]));
    let next = world.run(["cache", "sync", channel, "--no-threads", "-v", "--jq", ".new"]);
    assert_eq!((next.status, next.stdout.as_str()), (Some(0), "1\n"), "{next}");
    assert_eq!(paths(&next).iter().filter(|path| path.ends_with("/messages")).count(), 1, "{next}");
    let found = world.run(["cache", "sql", &format!("SELECT count(*) AS n FROM messages WHERE id = '{new}'")]);
    assert_eq!(found.stdout, "{\"n\":1}\n");
    // A thread that was reopened and archived again has new messages.
    send(&world, &old, 2);
    let more = world.run(["cache", "sync", channel, "--jq", "[.channel, .new]"]);
    assert_eq!(more.stdout, "[\"#old\",2]\n", "{more}");
}

#[test]
fn stored_history_outlives_every_policy_for_messages() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5,messages=150"]);
    let world = sandbox.world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    let other = &ids(&world.run(["channel", "list", guild, "-o", "id"]))[1];
    let count = |place: &str| {
        let query = format!("SELECT count(*) AS n FROM messages WHERE channel_id = '{place}'");
        world.run(["cache", "sql", &query, "--jq", ".n"]).stdout.trim().parse::<usize>().unwrap()
    };
    for policy in ["lru:1", "never", "filter:false"] {
        assert_eq!(world.run(["cache", "policy", "message", policy]).status, Some(0));
        assert_eq!(world.run(["message", "send", other, "a"]).status, Some(0));
        assert_eq!(world.run(["message", "list", other]).status, Some(0));
        let run = world.run(["cache", "sync", channel]);
        assert_eq!(run.status, Some(0), "{run}");
        assert_eq!(world.run(["cache", "prune"]).status, Some(0));
        assert_eq!(count(channel), 150, "{policy}");
        assert!(count(other) <= 1, "{policy}");
    }
    let policies = world.run(["cache", "policy", "message", "--jq", "[.policy, .from]"]);
    assert_eq!(policies.stdout, "[\"filter:false\",\"set\"]\n[\"forever\",\"sync\"]\n");
    let stats = world.run(["cache", "stats", "--jq", "select(.kind == \"message\") | .synced"]);
    assert_eq!(stats.stdout, "150\n");
    let list = world.run(["cache", "sync", "--list", "--offline", "--jq", "[.channel_id, .messages, .complete]"]);
    assert_eq!(list.stdout, format!("[\"{channel}\",150,true]\n"), "{list}");
    assert_eq!(world.run(["cache", "clear", "message"]).status, Some(0));
    assert_eq!(count(channel), 0);
    let run = world.run(["cache", "sync", channel, "--jq", ".new"]);
    assert_eq!(run.stdout, "150\n", "the sync starts again: {run}");
}

#[test]
fn a_sync_with_bounds_reads_a_part_and_a_later_one_the_rest() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5,messages=450"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let run = |more: &[&str]| {
        let run = world.run([&["cache", "sync", channel, "--jq", "[.new, .messages, .complete]"], more].concat());
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
    };
    assert_eq!(run(&["--limit", "120"]), "[120,120,false]\n");
    assert_eq!(run(&["--after", "2025-01-01T00:05:00Z"]), "[100,220,false]\n");
    assert_eq!(run(&["--after", "2025-01-01T00:05:00Z"]), "");
    assert_eq!(run(&[]), "[230,450,true]\n");
}

#[test]
fn pins_are_stored_and_removed_like_in_discord() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5,messages=120"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let all = ids(&world.run(["message", "list", channel, "--all", "-o", "id"]));
    let pinned = || {
        let query = "SELECT id FROM messages WHERE json ->> '$.pinned' ORDER BY id";
        ids(&world.run(["cache", "sql", query, "--jq", ".id"]))
    };
    let sync = || assert_eq!(world.run(["cache", "sync", channel]).status, Some(0));
    sync();
    assert_eq!(pinned(), Vec::<String>::new());
    let reader = sandbox.world();
    for id in [&all[100], &all[5]] {
        assert_eq!(reader.run(["pin", "add", channel, id]).status, Some(0));
    }
    sync();
    assert_eq!(pinned(), [all[100].clone(), all[5].clone()]);
    assert_eq!(reader.run(["pin", "remove", channel, &all[5]]).status, Some(0));
    sync();
    assert_eq!(pinned(), [all[100].clone()]);
}

/// A server with the channels 7 and 8. `answer` answers the requests about their contents.
fn server(answer: impl Fn(&str, &[(String, String)]) -> Option<Reply> + Send + Sync + 'static) -> Recorder {
    Recorder::answering(move |request| {
        if let Some(reply) = answer(request.path(), &request.query()) {
            return reply;
        }
        let channel = |id: &str| json!({"id": id, "type": 0, "name": format!("c{id}"), "guild_id": "555"});
        match request.path() {
            "/channels/7" => Reply::ok(&channel("7")),
            "/channels/8" => Reply::ok(&channel("8")),
            "/guilds/555/channels" => Reply::ok(&json!([channel("7"), channel("8")])),
            path if path.ends_with("/messages") => Reply::ok(&json!([message(path)])),
            _ => Reply::ok(&json!({"threads": [], "members": [], "has_more": false})),
        }
    })
}

fn message(path: &str) -> Value {
    let channel = path.split('/').nth(2).unwrap();
    json!({"id": format!("10{channel}"), "channel_id": channel, "type": 0, "content": "hi",
        "author": {"id": "5", "username": "ada"}})
}

fn forbidden() -> Reply {
    Reply::json(403, &json!({"message": "Missing Access", "code": 50001}))
}

#[test]
fn a_channel_that_cannot_be_read_does_not_stop_the_others() {
    let server = server(|path, _| (path == "/channels/7/messages").then(forbidden));
    let world = World::at(&server);
    let run = world.run(["cache", "sync", "7", "8", "--jq", ".channel"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(3), "#c8\n"), "{run}");
    assert!(
        run.stderr.contains("warning: #c7: ") && run.stderr.contains("error: 1 channel could not be read"),
        "{run}"
    );
    let only = world.run(["cache", "sync", "7"]);
    assert!(only.status == Some(5) && !only.stderr.contains("warning"), "{only}");
    assert!(
        run.stderr
            .ends_with("hint: the warning above gives the reason; the messages of the other channels are stored\n"),
        "{run}"
    );
    let person = world.run(["cache", "sync", "@ada"]);
    assert_eq!(person.status, Some(2), "{person}");
    assert!(person.stderr.contains("TARGET: \"@ada\" is not a channel, a thread, a category or a server"), "{person}");
    let quiet = world.run(["cache", "sync", "7", "8", "-q", "--errors", "json"]);
    assert_eq!(quiet.status, Some(3), "{quiet}");
    let kinds: Vec<String> =
        quiet.stderr.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["kind"].to_string()).collect();
    assert!(kinds.contains(&"\"partial\"".to_owned()), "{quiet}");
}

#[test]
fn without_manage_threads_the_joined_private_threads_are_read() {
    let server = server(|path, _| match path {
        "/channels/7/threads/archived/private" => Some(forbidden()),
        "/channels/7/users/@me/threads/archived/private" => {
            Some(Reply::ok(&json!({"threads": [{"id": "9", "type": 12,
            "name": "mine", "parent_id": "7", "guild_id": "555", "last_message_id": "109",
            "thread_metadata": {"archived": true, "archive_timestamp": "2026-01-01T00:00:00Z"}}],
            "members": [], "has_more": false})))
        }
        _ => None,
    });
    let world = World::at(&server);
    let run = world.run(["cache", "sync", "7", "--jq", ".channel"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "#c7\n#mine\n", ""), "{run}");
}

#[test]
fn an_empty_page_of_a_channel_whose_history_became_unreadable_is_not_its_beginning() {
    let server = server(|path, query| {
        let page: Vec<Value> = (0..100)
            .map(|n| {
                let mut message = message("/channels/7/messages");
                message["id"] = json!((2000 - n).to_string());
                message
            })
            .collect();
        let is_first = query.iter().any(|(name, value)| name == "limit" && value == "100") && query.len() == 1;
        (path == "/channels/7/messages").then(|| Reply::ok(&if is_first { json!(page) } else { json!([]) }))
    });
    let world = World::at(&server);
    let run = world.run(["cache", "sync", "7"]);
    assert_eq!(run.status, Some(5), "{run}");
    assert!(run.stderr.contains("READ_MESSAGE_HISTORY") && run.stdout.contains("\"complete\":false"), "{run}");
}

#[test]
fn a_sync_needs_the_cache_and_the_network() {
    let server = server(|_, _| None);
    let world = World::at(&server);
    for (args, why) in [
        (&["cache", "sync"][..], "TARGET"),
        (&["cache", "sync", "7", "--offline"], "--offline"),
        (&["cache", "sync", "7", "--no-cache"], "disabled"),
        (&["cache", "sync", "7", "--limit", "0"], "whole number"),
        (&["cache", "sync", "7", "--after", "soon"], "--after"),
    ] {
        let run = world.run(args);
        assert!(matches!(run.status, Some(2 | 10)) && run.stderr.contains(why), "{run}");
    }
    assert!(server.take().is_empty());
    let dry = world.run(["cache", "sync", "7", "--dry-run"]);
    assert!(dry.status == Some(0) && dry.stdout.contains("/channels/7/messages"), "{dry}");
    assert_eq!(stored(&world), 0);
}

#[test]
fn a_search_finds_stored_history_by_server_author_and_time() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5,messages=200"]);
    let world = sandbox.world();
    let (guild, channel) = (sandbox.value("guild_id"), sandbox.value("channel_id"));
    assert_eq!(world.run(["cache", "sync", channel]).status, Some(0));
    let count = |args: &[&str]| ids(&world.run([&["cache", "search", "lunch", "--jq", ".id"], args].concat())).len();
    assert_eq!(count(&[]), 25);
    assert_eq!(count(&["--guild", guild]), 25);
    assert_eq!(count(&["--channel", "#general", "--before", "2025-01-01T00:01:00Z"]), 8);
    let query = "SELECT DISTINCT author FROM messages WHERE content = 'Lunch?'";
    let author = one(&world.run(["cache", "sql", query, "--jq", ".author"]));
    assert_eq!(count(&["--author", &format!("@{author}")]), 25);
    let shown = world.show(60, ["cache", "search", "lunch", "--limit", "1"]);
    assert!(shown.status == Some(0) && shown.stdout.contains("#general"), "a person reads a chat: {shown}");
}
