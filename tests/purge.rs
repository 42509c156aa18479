//! `dcord message purge`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::support::{Bounded, Recorded, Recorder, Reply, Sandbox, World, until, without_codes};

/// The epoch of Discord's ids, in milliseconds since the Unix epoch.
const EPOCH_MS: i64 = 1_420_070_400_000;

/// The id of a message that was sent so many seconds ago.
fn id(seconds_ago: i64) -> String {
    let now = dcord::model::Clock::system().wall_ms();
    ((now - seconds_ago * 1000 - EPOCH_MS) << 22).to_string()
}

const DAY: i64 = 86_400;

/// A channel `#general` (7) with these messages, newest first. `delete` answers the requests that delete.
fn channel(messages: Vec<Value>, delete: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Recorder {
    Recorder::answering(move |request| match (&*request.method, request.path()) {
        ("GET", "/channels/7") => Reply::ok(&json!({"id": "7", "type": 0, "name": "general", "guild_id": "555"})),
        ("GET", "/channels/7/messages") => {
            let query = request.query();
            let number = |name: &str| -> Option<u64> { query.iter().find(|(n, _)| n == name)?.1.parse().ok() };
            let (before, limit) = (number("before").unwrap_or(u64::MAX), number("limit").unwrap_or(50));
            let is_before = |m: &&Value| m["id"].as_str().unwrap().parse::<u64>().unwrap() < before;
            let page: Vec<_> = messages.iter().filter(is_before).take(usize::try_from(limit).unwrap()).collect();
            Reply::ok(&json!(page))
        }
        _ => delete(request),
    })
}

fn by_ada(id: &str) -> Value {
    json!({"id": id, "type": 0, "content": "hi", "author": {"id": "5", "username": "ada"}, "attachments": []})
}

/// The ids that each request deletes.
fn deletions(server: &Recorder) -> Vec<Vec<String>> {
    let sent = server.take();
    let deletes = sent.iter().filter(|request| request.method != "GET");
    let ids = |request: &Recorded| match request.method.as_str() {
        "DELETE" => vec![request.path().rsplit('/').next().unwrap().to_owned()],
        _ => serde_json::from_value(request.json()["messages"].clone()).unwrap(),
    };
    deletes.map(ids).collect()
}

#[test]
fn a_purge_deletes_young_messages_together_and_old_ones_one_by_one() {
    let ids: Vec<String> = (0..230).map(|n| id(n * 60)).chain([id(20 * DAY), id(21 * DAY)]).collect();
    let server = channel(ids.iter().map(|id| by_ada(id)).collect(), |_| Reply::empty());
    let world = World::at(&server);
    let run = world.run(["message", "purge", "7", "--all", "--yes", "--reason", "spam", "-o", "id"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    let mut printed: Vec<&str> = run.stdout.lines().collect();
    printed.sort_by_key(|id| std::cmp::Reverse(id.parse::<u64>().unwrap()));
    assert_eq!(printed, ids);
    let sent = server.take();
    let reasons = sent.iter().filter(|request| request.method != "GET").map(|r| r.header("x-audit-log-reason"));
    assert_eq!(reasons.collect::<Vec<_>>(), [Some("spam"); 5]);
    world.run(["message", "purge", "7", "--all", "--yes"]);
    let sizes: Vec<usize> = deletions(&server).iter().map(Vec::len).collect();
    assert_eq!(sizes, [100, 100, 30, 1, 1]);
}

#[test]
fn a_purge_deletes_the_newest_that_match_and_keeps_pinned_and_system_messages() {
    let (a, b, c, d, e) = (id(10), id(20), id(30), id(40), id(50));
    let with = |id: &str, more: Value| {
        let mut message = by_ada(id);
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message
    };
    let ken = json!({"author": {"id": "6", "username": "ken", "bot": true}});
    let messages = vec![
        with(&a, json!({"pinned": true})),
        with(&b, json!({"type": 21})),
        with(&c, ken),
        with(&d, json!({"content": "buy https://x.example"})),
        by_ada(&e),
    ];
    let server = channel(messages, |_| Reply::empty());
    let world = World::at(&server);
    for (filters, expected, note) in [
        (&["--limit", "2"][..], vec![c.clone(), d.clone()], "1 pinned message that matches stays"),
        (&["--limit", "1", "--pinned"], vec![a.clone()], ""),
        (&["--bots"], vec![c.clone()], ""),
        (&["--links", "--author", "5"], vec![d.clone()], ""),
        (&["--regex", "^(buy|sell) "], vec![d.clone()], ""),
        (&["--after", &d], vec![c.clone()], "1 system message that matches stays"),
        (&["--before", &c, "--content", "HI"], vec![e], ""),
        (&["--author", "6", "--links"], vec![], "no message matches in #general; nothing was deleted"),
    ] {
        let run = world.run([&["message", "purge", "7", "--yes"], filters].concat());
        assert!(run.status == Some(0) && run.stderr.contains(note), "{filters:?}: {run}");
        let deleted: Vec<String> = deletions(&server).concat();
        assert_eq!(deleted, expected, "{filters:?}: {run}");
    }
}

#[test]
fn a_purge_without_a_filter_or_a_number_is_an_error() {
    let server = channel(vec![by_ada(&id(1))], |_| Reply::empty());
    let world = World::at(&server);
    for (args, why) in [
        (&["message", "purge", "7", "--yes"][..], "--limit N, --all or a filter such as --author USER is missing"),
        (&["message", "purge", "7", "--limit", "0", "--yes"], "is not a whole number of 1 or more"),
        (&["message", "purge", "7", "--regex", "(", "--yes"], r#"--regex: "(" is not a regular expression"#),
        (&["message", "purge", "7", "--limit", "2", "--all", "--yes"], "--all"),
    ] {
        let run = world.run(args);
        assert!(run.status == Some(2) && run.stderr.contains(why), "{run}");
    }
    for filter in ["--content", "--regex", "--author"] {
        for more in [&["--yes"][..], &["--yes", "--no-validate"]] {
            let run = world.run([&["message", "purge", "7", filter, ""], more].concat());
            assert!(matches!(run.status, Some(2 | 9)), "an empty filter must not match every message: {run}");
        }
    }
    let run = world.run(["message", "purge", "7", "--all", "--yes", "--offline"]);
    assert_eq!(run.status, Some(10), "{run}");
    assert_eq!(server.take().len(), 0);
}

#[test]
fn a_purge_asks_with_the_number_of_messages_and_deletes_nothing_without_a_yes() {
    let ids = [id(3600), id(15 * DAY)];
    let server = channel(ids.iter().map(|id| by_ada(id)).collect(), |_| Reply::empty());
    let world = World::at(&server);
    let run = world.run(["message", "purge", "7", "--author", "5"]);
    assert_eq!(run.status, Some(10), "{run}");
    assert!(run.stderr.contains("confirmation is required to delete 2 messages by @ada in #general"), "{run}");
    let typed = |answer: &str| {
        let mut command = world.command();
        command.args(["message", "purge", "7", "--author", "5"]);
        let seen = world.show_command(100, command, answer);
        (seen.status, without_codes(&seen.stdout))
    };
    let (status, seen) = typed("n\n");
    let question = "Delete 2 messages by @ada in #general (the oldest was sent 15 days ago)? [y/N] ";
    assert!(status == Some(10) && seen.contains(question), "{seen:?}");
    assert!(deletions(&server).is_empty());
    let (status, seen) = typed("y\n");
    assert!(status == Some(0) && seen.contains("deleted 2 messages in #general"), "{seen:?}");
    assert_eq!(deletions(&server).len(), 2);
}

#[test]
fn a_dry_run_of_a_purge_lists_the_messages_and_deletes_nothing() {
    let ids = [id(60), id(120)];
    let server = channel(ids.iter().map(|id| by_ada(id)).collect(), |_| Reply::empty());
    let world = World::at(&server);
    let run = world.run(["message", "purge", "7", "--all", "--dry-run", "--jq", ".id"]);
    assert_eq!((run.status, run.stdout), (Some(0), format!("{}\n{}\n", ids[0], ids[1])));
    assert_eq!(
        run.stderr,
        "a purge would delete 2 messages in #general (the oldest was sent 2 min ago); nothing was deleted\n"
    );
    let shown = world.show(80, ["message", "purge", "7", "--all", "--dry-run"]);
    assert!(without_codes(&shown.stdout).contains("ada"), "a person sees a chat: {shown}");
    let run = world.run(["message", "purge", "7", "--all", "--dry-run=curl"]);
    assert!(run.stdout.starts_with("curl ") && run.stdout.contains("/channels/7/messages/bulk-delete"), "{run}");
    assert!(deletions(&server).is_empty());
}

#[test]
fn messages_that_are_gone_too_old_or_of_the_system_do_not_stop_a_purge() {
    let ids: Vec<String> = [60, 120, 180].map(id).to_vec();
    let error = |status, code| Reply::json(status, &json!({"message": "No", "code": code}));
    let (gone, system) = (ids[0].clone(), ids[1].clone());
    let server = channel(ids.iter().map(|id| by_ada(id)).collect(), move |request| match request.path() {
        path if path.ends_with("/bulk-delete") => error(400, 50_034),
        path if path.ends_with(&gone) => error(404, 10_008),
        path if path.ends_with(&system) => error(403, 50_021),
        _ => Reply::empty(),
    });
    let run = World::at(&server).run(["message", "purge", "7", "--all", "--yes", "-o", "id"]);
    assert_eq!(run.status, Some(3), "{run}");
    assert_eq!(run.stdout, format!("{}\n", ids[2]), "{run}");
    assert!(run.stderr.contains(&format!("1 of 3 messages could not be deleted: {}", ids[1])), "{run}");
    assert_eq!(deletions(&server).len(), 4);
}

#[test]
fn a_purge_that_fails_or_is_interrupted_says_how_many_messages_it_deleted() {
    let ids: Vec<String> = [20 * DAY, 21 * DAY, 22 * DAY].map(id).to_vec();
    let count = AtomicUsize::new(0);
    let server =
        channel(ids.iter().map(|id| by_ada(id)).collect(), move |_| match count.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::empty(),
            _ => Reply::json(403, &json!({"message": "Missing Permissions", "code": 50_013})),
        });
    let run = World::at(&server).run(["message", "purge", "7", "--all", "--yes"]);
    assert_eq!(run.status, Some(5), "{run}");
    assert!(
        run.stderr.contains("1 of 3 messages were deleted; run the same command again to delete the rest"),
        "{run}"
    );

    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let count = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let server = channel(ids.iter().map(|id| by_ada(id)).collect(), move |_| {
        if seen.fetch_add(1, Ordering::Relaxed) == 1 {
            let _ = held.lock().unwrap().recv();
        }
        Reply::empty()
    });
    let world = World::at(&server);
    let mut command = world.command();
    command.args(["message", "purge", "7", "--all", "--yes"]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    let mut child = Bounded::spawn(&mut command);
    until("the second deletion", || count.load(Ordering::Relaxed) == 2);
    child.signal(Signal::INT);
    let stderr = std::io::read_to_string(child.stderr()).unwrap();
    drop(release);
    assert_eq!(child.wait(), Some(130), "{stderr}");
    assert!(stderr.contains("1 of 3 messages were deleted"), "{stderr}");
}

#[test]
fn a_purge_obeys_the_rights_of_the_profile() {
    let server = channel(vec![by_ada(&id(1))], |_| Reply::empty());
    let world = World::at(&server);
    world.config("default_profile = \"one\"\n[profiles.one]\nread_only = true\n", 0o600);
    let run = world.run(["message", "purge", "7", "--all", "--yes"]);
    assert_eq!(run.status, Some(10), "{run}");
    assert!(deletions(&server).is_empty());
}

#[test]
fn a_purge_works_on_the_sandbox_by_names() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=3,members=5,messages=40", "--limit", "off"]);
    let world = sandbox.world();
    for text in ["free nitro", "hello", "FREE NITRO now"] {
        world.run(["message", "send", "#general", text, "-o", "none"]);
    }
    let run = world.run(["message", "purge", "#general", "--content", "free nitro", "--yes", "-o", "id"]);
    assert_eq!((run.status, run.stdout.lines().count()), (Some(0), 2), "{run}");
    let run = world.run(["message", "purge", "#general", "--author", "@ada", "--yes", "-o", "id"]);
    assert!(run.status == Some(0) && run.stdout.lines().count() > 0, "{run}");
    let left = world.run(["message", "list", "#general", "--all", "--jq", ".author.username"]);
    assert!(!left.stdout.contains("ada") && left.stdout.contains("sandbox-bot"), "{left}");
}
