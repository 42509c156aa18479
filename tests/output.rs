//! Output: formats, fields, jq programs and pages.

use serde_json::{Value, json};

use super::support::{Recorded, Recorder, Reply, Sandbox, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// Two messages as Discord might send them, with unusual numbers and escapes.
const MESSAGES: &str = r#"[
  {"id": "175928847299117064", "content": "tab\tand \u001b[31mred\u001b[0m", "author": {"id": "5", "username": "al,ice"}, "n": 1.50, "big": 12345678901234567890},
  {"id": "175928847299117063", "content": "line\nbreak \u202etxt.exe \"q\"", "author": {"id": "6", "username": "bob"}, "n": 1e3, "big": null}
]"#;

fn messages() -> Recorder {
    Recorder::scripted([Reply::new(200, "application/json", MESSAGES)])
}

#[test]
fn a_pipe_gets_json_lines_with_values_untouched() {
    let server = messages();
    insta::assert_snapshot!(World::at(&server).run(["message", "list", "1"]), @r#"
    exit: 0
    --- stdout
    {"id": "175928847299117064", "content": "tab\tand \u001b[31mred\u001b[0m", "author": {"id": "5", "username": "al,ice"}, "n": 1.50, "big": 12345678901234567890}
    {"id": "175928847299117063", "content": "line\nbreak \u202etxt.exe \"q\"", "author": {"id": "6", "username": "bob"}, "n": 1e3, "big": null}
    "#);
}

#[test]
fn each_format_prints_the_same_list() {
    let server = messages();
    let world = World::at(&server);
    for format in ["jsonl", "json", "table", "text", "csv", "id", "raw", "none"] {
        let outcome = world.run(["message", "list", "1", "-o", format]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{format}: {outcome}");
        // In a pipe the output keeps Discord's bytes. A table is for people, so it has no control characters in a
        // pipe either.
        assert_eq!(outcome.stdout.contains('\u{1b}'), matches!(format, "csv"), "{format}: {outcome}");
    }
    insta::assert_snapshot!(world.run(["message", "list", "1", "-o", "table"]), @r#"
    exit: 0
    --- stdout
    ID                  AUTHOR  CONTENT
    175928847299117064  al,ice  tab    and [31mred[0m
    175928847299117063  bob     line break txt.exe "q"
    "#);
    assert_eq!(
        world.run(["message", "list", "1", "-o", "csv"]).stdout,
        "id,author.username,timestamp,content\n\
         175928847299117064,\"al,ice\",,tab\tand \u{1b}[31mred\u{1b}[0m\n\
         175928847299117063,bob,,\"line\nbreak \u{202e}txt.exe \"\"q\"\"\"\n"
    );
    insta::assert_snapshot!(world.run(["message", "list", "1", "-o", "id"]), @r"
    exit: 0
    --- stdout
    175928847299117064
    175928847299117063
    ");
    assert_eq!(world.run(["message", "list", "1", "-o", "raw"]).stdout, MESSAGES);
    let document: Value = serde_json::from_str(&world.run(["message", "list", "1", "-o", "json"]).stdout).unwrap();
    assert_eq!(document, serde_json::from_str::<Value>(MESSAGES).unwrap());
}

#[test]
fn the_variable_and_the_profile_set_the_output_format() {
    let server = messages();
    let world = World::at(&server).env("DCORD_OUTPUT", "id");
    assert_eq!(world.run(["message", "list", "1"]).stdout, "175928847299117064\n175928847299117063\n");
    world.config("[profiles.a]\noutput = \"csv\"\n", 0o600);
    assert_eq!(world.run(["message", "list", "1", "-o", "jsonl"]).stdout.lines().count(), 2);
    let world = world.without("DCORD_OUTPUT").env("DCORD_PROFILE", "a");
    assert!(world.run(["message", "list", "1"]).stdout.starts_with("id,"));
}

#[test]
fn one_object_is_a_table_of_its_fields() {
    let server = Recorder::scripted([Reply::ok(&json!({"id": "9", "name": "general", "type": 0, "topic": null}))]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["channel", "get", "9", "-o", "table"]), @r"
    exit: 0
    --- stdout
    id    9
    name  general
    type  text
    ");
    insta::assert_snapshot!(world.run(["channel", "get", "9", "-o", "csv"]), @r"
    exit: 0
    --- stdout
    id,name,type,parent_id,topic
    9,general,0,,
    ");
    insta::assert_snapshot!(world.run(["channel", "get", "9", "-o", "json"]), @r#"
    exit: 0
    --- stdout
    {"id":"9","name":"general","type":0,"topic":null}
    "#);
    insta::assert_snapshot!(world.run(["channel", "get", "9", "-o", "id"]), @r"
    exit: 0
    --- stdout
    9
    ");
}

#[test]
fn fields_and_jq_select_what_is_printed() {
    let server = messages();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--fields", "id,author.username"]), @r#"
    exit: 0
    --- stdout
    {"id":"175928847299117064","author":{"username":"al,ice"}}
    {"id":"175928847299117063","author":{"username":"bob"}}
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--fields", "id,author.username", "-o", "csv"]), @r#"
    exit: 0
    --- stdout
    id,author.username
    175928847299117064,"al,ice"
    175928847299117063,bob
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--fields", "usrname,author.usrname"]), @r"
    exit: 0
    --- stdout
    {}
    {}
    --- stderr
    warning: no item has the fields usrname, author.usrname; did you mean author.username?
    ");
    let asked = ["message", "list", "1", "--fields", "nope", "--errors", "json", "--jq", "."];
    let warned = world.run(asked);
    assert!(warned.stderr.starts_with(r#"{"level":"warning","#) && warned.status == Some(0), "{warned}");
    assert_eq!(world.run([&asked[..], &["-q"]].concat()).stderr, "");
    insta::assert_snapshot!(world.run(["message", "list", "1", "--jq", ".author.username"]), @r"
    exit: 0
    --- stdout
    al,ice
    bob
    ");
    insta::assert_snapshot!(world.run(["message", "list", "1", "--jq", "select(.author.id == \"6\") | {id, n}"]), @r#"
    exit: 0
    --- stdout
    {"id":"175928847299117063","n":1e3}
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--jq", ".big.x"]), @r#"
    exit: 1
    --- stderr
    error: --jq: cannot index 12345678901234567890 with "x"
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "-o", "id", "--jq", ".id"]), @r"
    exit: 0
    --- stdout
    175928847299117064
    175928847299117063
    ");
}

#[test]
fn an_unsupported_output_format_is_refused_before_anything_is_sent() {
    let server = messages();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["gateway", "get", "-o", "id"]), @r"
    exit: 2
    --- stderr
    error: -o id: the results of this command have no id
      hint: use -o jsonl, json, table, text, csv or raw, or pick a field with --jq, as in `--jq .name`
    ");
    assert!(server.take().is_empty());
}

#[test]
fn the_items_of_a_wrapped_list_are_printed_without_the_wrapper() {
    let server = Recorder::scripted([Reply::ok(
        &json!({"items": [{"pinned_at": "2026-01-01T00:00:00Z", "message": {"id": "5"}}], "has_more": false}),
    )]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["pin", "list", "1"]), @r#"
    exit: 0
    --- stdout
    {"pinned_at":"2026-01-01T00:00:00Z","message":{"id":"5"}}
    "#);
    insta::assert_snapshot!(world.run(["pin", "list", "1", "-o", "id"]), @r"
    exit: 0
    --- stdout
    5
    ");
    insta::assert_snapshot!(world.run(["pin", "list", "1", "-o", "json"]), @r#"
    exit: 0
    --- stdout
    {"items":[{"pinned_at":"2026-01-01T00:00:00Z","message":{"id":"5"}}],"has_more":false}
    "#);
}

#[test]
fn an_empty_response_prints_nothing() {
    let server = Recorder::scripted([Reply::empty()]);
    insta::assert_snapshot!(World::at(&server).run(["channel", "typing", "1"]), @r"exit: 0");
    let server = Recorder::scripted([Reply::ok(&json!([]))]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "list", "1"]), @r"exit: 0");
    insta::assert_snapshot!(world.run(["message", "list", "1", "-o", "json"]), @r"
    exit: 0
    --- stdout
    []
    ");
    insta::assert_snapshot!(world.run(["message", "list", "1", "-o", "csv"]), @r"exit: 0");
}

#[test]
fn an_image_is_printed_byte_for_byte() {
    let server = Recorder::scripted([Reply::new(200, "image/png", b"\x89PNG\r\n\x1a\n\0\xff")]);
    let world = World::at(&server);
    world.shell(r#""$DCORD" widget get-image 1 > picture"#);
    assert_eq!(std::fs::read(world.path("picture")).unwrap(), b"\x89PNG\r\n\x1a\n\0\xff");
}

fn find(request: &Recorded, name: &str) -> Option<String> {
    request.query().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

/// Returns the `n`th id. An id with fewer digits could be parsed as a time.
fn id(n: u64) -> String {
    format!("1000000000000{n:05}")
}

fn number(id: &str) -> u64 {
    id.parse::<u64>().unwrap() % 100_000
}

/// Returns a page of the ids 1 to 250 in Discord's order: newest first, or ascending with `after`.
fn ids(request: &Recorded, wrap: impl Fn(u64) -> Value) -> Reply {
    let size: u64 = find(request, "limit").map_or(50, |n| n.parse().unwrap());
    let number = |name| find(request, name).map(|id| number(&id));
    let page: Vec<u64> = match (number("before"), number("after")) {
        (_, Some(after)) => (after + 1..=250).take(size as usize).collect(),
        (before, None) => (1..before.unwrap_or(251)).rev().take(size as usize).collect(),
    };
    Reply::ok(&page.into_iter().map(wrap).collect())
}

/// Checks that the output is each of these ids once, in this order.
fn printed(stdout: &str, expected: impl Iterator<Item = u64>) {
    let found: Vec<u64> = stdout.lines().map(number).collect();
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn messages_are_paged_in_both_directions() {
    let server = Recorder::answering(|request| match find(request, "after") {
        // This endpoint sorts newest first with `after` too.
        Some(after) => {
            let after = number(&after);
            let size: u64 = find(request, "limit").unwrap().parse().unwrap();
            Reply::ok(&(after + 1..=(after + size).min(250)).rev().map(|n| json!({"id": id(n)})).collect())
        }
        None => ids(request, |n| json!({"id": id(n)})),
    });
    let world = World::at(&server);
    printed(&world.run(["message", "list", "1", "--all", "-o", "id"]).stdout, (1..=250).rev());
    insta::assert_snapshot!(server.lines(), @r"
    GET /channels/1/messages?limit=100
    GET /channels/1/messages?before=100000000000000151&limit=100
    GET /channels/1/messages?before=100000000000000051&limit=100
    ");
    printed(&world.run(["message", "list", "1", "--all", "--after", &id(20), "-o", "id"]).stdout, 21..=250);
    insta::assert_snapshot!(server.lines(), @r"
    GET /channels/1/messages?after=100000000000000020&limit=100
    GET /channels/1/messages?after=100000000000000120&limit=100
    GET /channels/1/messages?after=100000000000000220&limit=100
    ");
    printed(&world.run(["message", "list", "1", "--limit", "120", "-o", "id"]).stdout, (131..=250).rev());
    insta::assert_snapshot!(server.lines(), @r"
    GET /channels/1/messages?limit=100
    GET /channels/1/messages?before=100000000000000151&limit=20
    ");
    // All items between two cursors are printed without `--all`.
    let both = ["message", "list", "1", "--after", &id(20), "--before", &id(150), "-o", "id"];
    printed(&world.run([&both[..], &["--all"]].concat()).stdout, 21..150);
    printed(&world.run(both).stdout, 21..150);
    printed(&world.run(["message", "list", "1", "--limit", "3", "-o", "id"]).stdout, (248..=250).rev());
    server.take();
    world.run(["message", "list", "1", "--around", &id(100)]);
    insta::assert_snapshot!(server.lines(), @r"GET /channels/1/messages?around=100000000000000100");
}

#[test]
fn without_a_limit_a_list_prints_one_page_and_a_note_about_more_items() {
    let server = Recorder::answering(|request| ids(request, |n| json!({"id": id(n)})));
    let outcome = World::at(&server).run(["message", "list", "1", "--jq", "empty"]);
    insta::assert_snapshot!(outcome, @r"
    exit: 0
    --- stderr
    there may be more; use --all for all items or --limit N for the first N
    ");
    insta::assert_snapshot!(server.lines(), @r"GET /channels/1/messages");
}

#[test]
fn members_are_paged_by_the_nested_user_id_with_a_page_size_above_one() {
    let server = Recorder::answering(|request| {
        let after: u64 = find(request, "after").map_or(0, |id| number(&id));
        let size: u64 = find(request, "limit").map_or(1, |n| n.parse().unwrap());
        Reply::ok(&(after + 1..=(after + size).min(2500)).map(|n| json!({"user": {"id": id(n)}})).collect())
    });
    let world = World::at(&server);
    printed(&world.run(["member", "list", "1", "--all", "-o", "id"]).stdout, 1..=2500);
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/1/members?limit=1000
    GET /guilds/1/members?after=100000000000001000&limit=1000
    GET /guilds/1/members?after=100000000000002000&limit=1000
    ");
    printed(&world.run(["member", "list", "1", "-o", "id"]).stdout, 1..=100);
}

#[test]
fn archived_threads_are_paged_by_their_archive_time() {
    // Thread n was archived in minute n of a day.
    let time = |n: u64| format!("2026-01-01T{:02}:{:02}:00.123456+00:00", n / 60, n % 60);
    let server = Recorder::answering(move |request| {
        let below = (1..=250).rev().filter(|n| find(request, "before").is_none_or(|before| time(*n) < before));
        let size = find(request, "limit").map_or(50, |n| n.parse().unwrap());
        let page: Vec<u64> = below.take(size).collect();
        let threads: Vec<_> = page
            .iter()
            .map(|n| json!({"id": (n * 7 % 251).to_string(), "thread_metadata": {"archive_timestamp": time(*n)}}))
            .collect();
        Reply::ok(&json!({"threads": threads, "members": [], "has_more": page.last().is_some_and(|n| *n > 1)}))
    });
    let outcome = World::at(&server).run(["thread", "list-archived", "1", "--all", "-o", "id"]);
    printed(&outcome.stdout, (1..=250).rev().map(|n| n * 7 % 251));
    insta::assert_snapshot!(server.lines(), @r"
    GET /channels/1/threads/archived/public?limit=100
    GET /channels/1/threads/archived/public?before=2026-01-01T02%3A31%3A00.123456%2B00%3A00&limit=100
    GET /channels/1/threads/archived/public?before=2026-01-01T00%3A51%3A00.123456%2B00%3A00&limit=100
    ");
}

#[test]
fn a_search_is_paged_by_offset() {
    let server = Recorder::answering(|request| {
        let offset: u64 = find(request, "offset").map_or(0, |n| n.parse().unwrap());
        let size: u64 = find(request, "limit").map_or(25, |n| n.parse().unwrap());
        let found: Vec<_> = (offset + 1..=(offset + size).min(60)).map(|n| json!([{"id": id(n)}])).collect();
        Reply::ok(&json!({"total_results": 60, "messages": found}))
    });
    let outcome = World::at(&server).run(["message", "search", "1", "--content", "a", "--all", "-o", "id"]);
    printed(&outcome.stdout, 1..=60);
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/1/messages/search?content=a&limit=25
    GET /guilds/1/messages/search?content=a&offset=25&limit=25
    GET /guilds/1/messages/search?content=a&offset=50&limit=25
    ");
}

#[test]
fn an_audit_log_is_paged_in_both_directions() {
    let server = Recorder::answering(|request| {
        let Reply::Answer { body, .. } = ids(request, |n| json!({"id": id(n)})) else { unreachable!() };
        let entries: Value = serde_json::from_slice(&body).unwrap();
        Reply::ok(&json!({"audit_log_entries": entries, "users": [{"id": "1"}]}))
    });
    let world = World::at(&server);
    printed(&world.run(["audit-log", "list", "1", "--all", "-o", "id"]).stdout, (1..=250).rev());
    printed(&world.run(["audit-log", "list", "1", "--all", "--after", "0", "-o", "id"]).stdout, 1..=250);
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/1/audit-logs?limit=100
    GET /guilds/1/audit-logs?before=100000000000000151&limit=100
    GET /guilds/1/audit-logs?before=100000000000000051&limit=100
    GET /guilds/1/audit-logs?after=0&limit=100
    GET /guilds/1/audit-logs?after=100000000000000100&limit=100
    GET /guilds/1/audit-logs?after=100000000000000200&limit=100
    ");
}

#[test]
fn all_pages_are_one_document_in_json() {
    let server = Recorder::answering(|request| ids(request, |n| json!({"id": id(n)})));
    let outcome = World::at(&server).run(["message", "list", "1", "--all", "-o", "json"]);
    let document: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document.len(), 250);
}

#[test]
fn pages_that_do_not_advance_end_with_an_error() {
    // The server returns the same page for every request.
    let page: Vec<_> = (1..=100).rev().map(|n: u64| json!({"id": id(n)})).collect();
    let server = Recorder::scripted([Reply::ok(&json!(page))]);
    let outcome = World::at(&server).run(["message", "list", "1", "--all", "--jq", "empty"]);
    insta::assert_snapshot!(outcome, @r"
    exit: 8
    --- stderr
    error: cannot fetch more pages after page 2: the page starts at the same item as the page before it
    ");
    assert!(server.take().len() <= 3);
}

#[test]
fn help_lists_its_topics() {
    let topics = World::new().run(["help", "topics"]);
    assert_eq!((topics.status, topics.stderr.as_str()), (Some(0), ""), "{topics}");
    for name in ["output", "targets", "values", "exit-codes", "environment"] {
        assert!(topics.stdout.lines().any(|line| line.trim_start().starts_with(name)), "{name}: {topics}");
    }
}

/// Returns a server whose search finds 12,000 messages.
fn found() -> Recorder {
    Recorder::answering(|request| {
        let offset =
            request.query().into_iter().find(|(name, _)| name == "offset").map_or(0, |(_, n)| n.parse().unwrap());
        let groups: Vec<_> = (offset..offset + 25).map(|n: u64| json!([{"id": (90_000 - n).to_string()}])).collect();
        Reply::ok(&json!({"total_results": 12_000, "messages": groups, "threads": []}))
    })
}

#[test]
fn a_search_at_discords_maximum_offset_says_how_to_continue() {
    let server = found();
    let world = World::at(&server);
    let note = "Discord's search returns only the first 10,000 results; to see the others, narrow the search with --max-id \
                or --min-id (the last id printed is 80001)\n";
    for words in [&["--all"][..], &["--all", "-o", "json"], &["--limit", "100", "-o", "id"], &[]] {
        let offset = if words.is_empty() { "9975" } else { "9950" };
        let outcome = world.run([&["message", "search", "1", "--offset", offset], words].concat());
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), note), "{words:?}:\n{outcome}");
    }
    let api = world.run(["api", "guilds/1/messages/search?offset=9950", "--all", "-o", "id"]);
    assert_eq!((api.stderr.as_str(), api.stdout.lines().count()), (note, 50));
    // There is no note if the limit was reached before the end.
    let enough = world.run(["message", "search", "1", "--offset", "9950", "--limit", "50", "-o", "id"]);
    assert_eq!((enough.stderr.as_str(), enough.stdout.lines().count()), ("", 50));
}

/// Messages that were cut inside an emoji: valid JSON whose strings are not valid Unicode.
const HALVES: &str = r#"[{"id": "1", "content": "cut \ud83d", "author": {"username": "\ude00"}}, {"id": "2", "content": "\ud83d\ude00"}]"#;

#[test]
fn half_a_surrogate_is_replaced_only_for_a_jq_program() {
    let server = Recorder::scripted([Reply::new(200, "application/json", HALVES)]);
    let world = World::at(&server);
    let list = |args: &[&str]| world.run([&["message", "list", "1"], args].concat());
    let picked = list(&["--jq", ".content, .author.username"]);
    assert_eq!((picked.status, picked.stdout.as_str()), (Some(0), "cut \u{fffd}\n\u{fffd}\n😀\nnull\n"), "{picked}");
    assert!(list(&[]).stdout.contains(r#""cut \ud83d""#));
    for format in ["json", "table", "csv", "id", "raw"] {
        let printed = list(&["-o", format]);
        assert_eq!((printed.status, printed.stderr.as_str()), (Some(0), ""), "{format}: {printed}");
    }
}

#[test]
fn an_unsupported_default_format_is_ignored_and_a_typed_one_is_an_error() {
    let sandbox = Sandbox::serve(&["--max-concurrency", "16", "--limit=off"]);
    let mut world = sandbox.world();
    let channel = sandbox.value("channel_id");
    // Each listener is another shard, because the IDENTIFY of one shard waits seconds for the previous one.
    for (shard, format) in ["table", "csv", "id", "raw", "json"].into_iter().enumerate() {
        world.set("DCORD_OUTPUT", format);
        let shards = [0, 5, 10].map(|first| format!("{}/16", first + shard));
        for args in [
            &["listen", "-e", "READY", "--count", "1", "--shards", &shards[0]][..],
            &["listen", "-e", "READY", "--count", "1", "--shards", &shards[1], "--jq", ".t"],
            &["listen", "-e", "READY", "--count", "1", "--shards", &shards[2], "--fields", "t"],
            &["snowflake", "175928847299117063"],
            &["snowflake", "--jq", ".id", "175928847299117063"],
            &["limits"],
            &["endpoints", "ban"],
            &["cache", "stats"],
            &["cache", "policy"],
            &["cache", "sql", "SELECT 1 AS one"],
            &["consumer", "list"],
            &["user", "get-me", "--jq", ".id"],
            &["user", "get-me", "--fields", "id"],
            &["message", "list", channel, "--all"],
            &["api", "/users/@me"],
            &["api", "/users/@me", "--jq", ".id"],
        ] {
            let run = world.run(args);
            assert!(!run.stderr.contains("-o ") && run.status != Some(2), "{format}: {args:?}: {run}");
        }
    }
    world.set("DCORD_OUTPUT", "jsonl");
    for format in ["table", "csv", "id"] {
        let refused = world.run(["listen", "-o", format]);
        assert_eq!(refused.status, Some(2), "{refused}");
    }
    let refused = world.run(["limits", "-o", "id"]);
    assert_eq!(refused.status, Some(2), "{refused}");
    world.set("DCORD_OUTPUT", "yaml");
    assert_eq!(world.run(["limits"]).status, Some(2), "a name of no format is a mistake");
}

#[test]
fn an_output_that_requires_the_message_conflicts_with_wait_false() {
    let server = Recorder::new();
    let url = format!("{}/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}", server.url());
    let world = World::at(&server).env("WEBHOOK", url);
    let send = |rest: &[&str]| world.run([&["webhook", "send", "env:WEBHOOK", "x", "--wait=false"], rest].concat());
    for (output, called) in [
        (&["-o", "url"][..], "-o url"),
        (&["-o", "id"], "-o id"),
        (&["-o", "json"], "-o json"),
        (&["--fields", "id"], "--fields"),
        (&["--jq", ".id"], "--jq"),
    ] {
        let outcome = send(output);
        let message = format!("error: {called} requires the response, which Discord does not send with --wait=false\n");
        assert!(outcome.status == Some(2) && outcome.stderr.starts_with(&message), "{outcome}");
    }
    assert!(server.take().is_empty());
    assert_eq!(send(&[]).status, Some(0));
    assert_eq!(send(&["-o", "none"]).status, Some(0));
    assert_eq!(server.take().len(), 2);
}

#[test]
fn a_lookup_without_a_token_has_a_hint_to_use_the_id() {
    let server = Recorder::new();
    let world = World::at(&server).without("DCORD_TOKEN");
    let url = format!("{}/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}", server.url());
    let outcome = world.env("WEBHOOK", url).run(["webhook", "send", "env:WEBHOOK", "hi @Helper", "--ping", "@Helper"]);
    let hint = "hint: this command needs no token, but looking up a name does: give the id of the role";
    assert!(outcome.status == Some(4) && outcome.stderr.contains(hint), "{outcome}");
    assert!(server.take().iter().all(|request| request.method == "GET"));
}
