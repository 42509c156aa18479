//! `dcord thread archive --idle`.

use serde_json::{Value, json};

use super::support::{Recorded, Recorder, Reply, Sandbox, World, without_codes};

/// The id of an object that was created so many days ago.
fn id(days: i64) -> String {
    const EPOCH_MS: i64 = 1_420_070_400_000;
    let now = dcord::model::Clock::system().wall_ms();
    ((now - days * 86_400_000 - EPOCH_MS) << 22).to_string()
}

fn thread(id: &str, name: &str, parent: &str, last: i64, flags: u64) -> Value {
    json!({"id": id, "type": 11, "name": name, "guild_id": "1", "parent_id": parent, "flags": flags,
        "last_message_id": self::id(last), "thread_metadata": {"archived": false}})
}

/// A server (1) with the channels `#support` (7) and `#forum` (8) and some active threads. The bot may not archive thread 75.
fn server() -> Recorder {
    Recorder::answering(|request| match (&*request.method, request.path()) {
        ("GET", "/guilds/1") => Reply::ok(&json!({"id": "1", "name": "My Server"})),
        ("GET", "/channels/7") => Reply::ok(&json!({"id": "7", "type": 0, "name": "support", "guild_id": "1"})),
        ("GET", "/channels/9") => Reply::ok(&json!({"id": "9", "type": 2, "name": "voice", "guild_id": "1"})),
        ("GET", "/guilds/1/threads/active") => Reply::ok(&json!({"members": [], "threads": [
            thread("71", "fresh", "7", 1, 0),
            thread("72", "old", "7", 8, 0),
            thread("73", "older", "7", 20, 0),
            thread("81", "pinned", "8", 30, 2),
            thread("82", "post", "8", 40, 0),
            thread("75", "--yes", "8", 50, 0),
        ]})),
        ("PATCH", "/channels/75") => Reply::json(403, &json!({"message": "Missing Permissions", "code": 50_013})),
        ("PATCH", path) => {
            let id = path.rsplit('/').next().unwrap();
            Reply::ok(&json!({"id": id, "type": 11, "thread_metadata": {"archived": true}}))
        }
        (_, path) => Reply::json(404, &json!({"message": path, "code": 0})),
    })
}

/// The requests that archive a thread.
fn archived(server: &Recorder) -> Vec<String> {
    let sent = server.take();
    let changes = sent.iter().filter(|request| request.method != "GET");
    let path = |request: &Recorded| {
        assert_eq!(request.json(), json!({"archived": true}));
        request.path().to_owned()
    };
    changes.map(path).collect()
}

#[test]
fn the_idle_threads_of_a_channel_are_archived_the_longest_idle_first() {
    let server = server();
    let world = World::at(&server);
    let run = world.run(["thread", "archive", "7", "--idle", "7d", "--yes", "-o", "id", "--reason", "tidy"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "73\n72\n", ""), "{run}");
    let sent = server.take();
    let reasons = sent.iter().filter(|request| request.method == "PATCH").map(|r| r.header("x-audit-log-reason"));
    assert_eq!(reasons.collect::<Vec<_>>(), [Some("tidy"); 2]);
    let run = world.run(["thread", "archive", "7", "--idle", "2w", "--yes", "--jq", ".thread_metadata.archived"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "true\n"), "{run}");
    server.take();
    let run = world.run(["thread", "archive", "7", "--idle", "60d", "--yes"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert!(run.stderr.contains("no active thread in #support has been idle for 60 days"), "{run}");
    assert!(archived(&server).is_empty());
}

#[test]
fn those_of_a_server_are_archived_except_pinned_posts_and_the_failures_are_named() {
    let server = server();
    let world = World::at(&server);
    let run = world.run(["thread", "archive", "--guild", "1", "--idle", "7d", "--yes", "-o", "id"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(3), "82\n73\n72\n"), "{run}");
    for part in [
        "1 idle post stays, because it is pinned",
        "--yes (75): Missing Permissions",
        "1 of 4 threads could not be archived",
    ] {
        assert!(run.stderr.contains(part), "{part}: {run}");
    }
    assert_eq!(archived(&server), ["/channels/75", "/channels/82", "/channels/73", "/channels/72"]);
}

#[test]
fn an_archival_asks_with_the_number_of_threads_and_archives_none_without_a_yes() {
    let server = server();
    let world = World::at(&server);
    let words = ["thread", "archive", "7", "--idle", "7d"];
    let run = world.run(words);
    let asked = "confirmation is required to archive 2 threads in #support that have been idle for 7 days (the oldest was \
                 last active 20 days ago)";
    assert!(run.status == Some(10) && run.stderr.contains(asked), "{run}");
    let on_terminal = |words: &[&str], answer: &str| {
        let mut command = world.command();
        command.args(words);
        let seen = world.show_command(140, command, answer);
        (seen.status, without_codes(&seen.stdout))
    };
    let (status, seen) = on_terminal(&words, "n\n");
    assert!(
        status == Some(10) && seen.contains("Archive 2 threads in #support that have been idle for 7 days"),
        "{seen}"
    );
    assert!(archived(&server).is_empty());
    let (status, seen) = on_terminal(&words, "y\n");
    assert!(status == Some(0) && seen.contains("archived 2 threads in #support"), "{seen}");
    assert_eq!(archived(&server).len(), 2);
    let (_, seen) = on_terminal(&["thread", "archive", "--guild", "1", "--idle", "30d"], "n\n");
    assert!(seen.contains("Archive 2 threads in My Server that have been idle for 30 days"), "{seen}");
}

#[test]
fn a_dry_run_lists_the_idle_threads() {
    let server = server();
    let world = World::at(&server);
    let words = ["thread", "archive", "--guild", "1", "--idle", "7d"];
    let run = world.run([&words[..], &["--dry-run", "-o", "id"]].concat());
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "75\n82\n73\n72\n"), "{run}");
    assert!(run.stderr.contains("this command would archive 4 threads in server 1"), "{run}");
    let run = world.run([&words[..], &["--dry-run=curl"]].concat());
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("curl ")).count(), 4, "{run}");
    let shown = without_codes(&world.show(60, [&words[..], &["--dry-run"]].concat()).stdout);
    assert!(shown.contains("older") && shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
    assert!(archived(&server).is_empty());
}

#[test]
fn a_value_that_does_not_suit_is_an_error_before_anything_is_changed() {
    let server = server();
    let world = World::at(&server);
    for (args, status, why) in [
        (&["--idle", "7d"][..], 2, "or --guild SERVER for the whole server"),
        (&["--guild", "1"], 2, "use --idle SPAN"),
        (&["7", "--idle", "7"], 9, "--idle is 7"),
        (&["9", "--idle", "7d"], 2, "\"#voice\" is not a channel that has threads"),
        (&["7", "--idle", "7d", "--offline"], 10, "--offline"),
    ] {
        let run = world.run([&["thread", "archive", "--yes"], args].concat());
        assert!(run.status == Some(status) && run.stderr.contains(why), "{args:?}: {run}");
    }
    // DCORD_GUILD alone must not archive the threads of a whole server.
    let run = World::at(&server).env("DCORD_GUILD", "1").run(["thread", "archive", "--idle", "7d", "--yes"]);
    assert_eq!(run.status, Some(2), "{run}");
    for rule in
        ["read_only = true", "deny = [\"thread.archive\"]", "allowed_guilds = [\"2\"]", "allowed_channels = [\"8\"]"]
    {
        world.config(&format!("default_profile = \"one\"\n[profiles.one]\n{rule}\n"), 0o600);
        let run = world.run(["thread", "archive", "7", "--idle", "7d", "--yes"]);
        assert_eq!(run.status, Some(10), "{rule}: {run}");
    }
    assert!(archived(&server).is_empty());
}

#[test]
fn a_single_thread_is_archived_without_a_question() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=5,members=5", "--limit", "off"]);
    let world = sandbox.world();
    let run = world.run(["thread", "create", "#general", "--name", "plan", "--type", "public-thread", "-o", "id"]);
    let thread = run.stdout.trim();
    let archived = |world: &World| world.run(["channel", "get", thread, "--jq", ".thread_metadata.archived"]).stdout;
    assert_eq!(world.run(["thread", "archive", "#general", "--idle", "1h", "--yes"]).status, Some(0));
    assert_eq!(archived(&world), "false\n");
    let run = world.run(["thread", "archive", thread]);
    assert_eq!((run.status, archived(&world).as_str()), (Some(0), "true\n"), "{run}");
}
