//! Output for people on a terminal: messages as a chat, and events as lines in words.

use serde_json::{Value, json};

use super::support::{Gateway, Outcome, Peer, Recorder, Reply, World, bot, without_codes};

/// Returns a gateway that sends READY, a server, and these events.
fn sending(events: &'static [(&'static str, &'static str)]) -> Gateway {
    Gateway::start(
        |_, url| bot(url).to_string(),
        move |mut peer: Peer| async move {
            peer.hello().await;
            let Some(_) = peer.expect(2).await else { return };
            let user = json!({"id": "100", "username": "helper", "bot": true});
            let guilds = json!([{"id": "1", "unavailable": true}]);
            let url = peer.url.clone();
            let ready = json!({"session_id": "session", "resume_gateway_url": url, "user": user, "guilds": guilds});
            peer.dispatch(1, "READY", ready).await;
            let channels = json!([{"id": "2", "name": "general"}]);
            peer.dispatch(2, "GUILD_CREATE", json!({"id": "1", "name": "Home", "channels": channels})).await;
            for (seq, (name, data)) in (3..).zip(events) {
                peer.dispatch(seq, name, serde_json::from_str(data).unwrap()).await;
            }
            peer.drain().await;
        },
    )
}

const HELLO: &str = r#"{"id":"9","type":0,"guild_id":"1","channel_id":"2","content":"hello\nthere \u001b[2J","author":{"id":"7","username":"ada"}}"#;
const REACTION: &str = r#"{"user_id":"7","guild_id":"1","channel_id":"2","message_id":"9","emoji":{"name":"👍"}}"#;

/// Returns the lines without the time at the start of each event.
fn events(shown: &Outcome) -> Vec<String> {
    let plain = without_codes(&shown.stdout);
    let lines = plain.lines().filter(|line| line.as_bytes().get(2) == Some(&b':'));
    lines.map(|line| line["12:00:00  ".len()..].to_owned()).collect()
}

#[test]
fn on_a_terminal_each_event_is_a_line_in_words() {
    let gateway = sending(&[("MESSAGE_CREATE", HELLO), ("MESSAGE_REACTION_ADD", REACTION), ("MESSAGE_DELETE", HELLO)]);
    let shown = gateway.world().show(80, ["listen", "--compress", "none", "--count", "5"]);
    assert_eq!(shown.status, Some(0), "{shown}");
    insta::assert_snapshot!(events(&shown).join("\n"), @r"
    a new session has started: 1 server                              READY
    Home  the server is available: 1 channel                  GUILD_CREATE
    #general  ada: hello there [2J                          MESSAGE_CREATE
    #general  ada reacted 👍 to ada: hello there [2J  MESSAGE_REACTION_ADD
    #general  deleted: ada: hello there [2J                 MESSAGE_DELETE
    ");
    let connected = "connected as helper: 1 server, intents unprivileged. Press Ctrl-C to stop";
    assert!(without_codes(&shown.stdout).lines().next().is_some_and(|line| line.ends_with(connected)), "{shown}");
    assert!(shown.stdout.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_listener_first_prints_that_it_is_connected_and_its_status() {
    let gateway = sending(&[]);
    let args = ["listen", "--compress", "none", "--count", "1", "--status", "dnd", "--activity", "watching:the door"];
    let shown = gateway.world().show(160, args);
    let first = without_codes(&shown.stdout).lines().next().unwrap_or_default().to_owned();
    assert!(first.contains("connected as helper (dnd, watching the door): 1 server"), "{shown}");

    let dry =
        gateway.world().run(["listen", "-e", "MESSAGE_CREATE", "--status", "dnd", "--shards", "0..2/4", "--dry-run"]);
    assert!(dry.stdout.contains("/gateway/bot") && dry.stdout.lines().count() == 1, "{dry}");
    let plan = "dcord then connects 2 shards with the intents guild-messages, direct-messages, and with those of \
                message-content that the app may use; the bot's status is dnd";
    assert!(dry.stderr.contains(plan), "{dry}");
}

#[test]
fn names_in_hidden_events_are_used_in_later_lines() {
    let gateway = sending(&[("MESSAGE_CREATE", HELLO)]);
    let args = ["listen", "--compress", "none", "--count", "1", "-e", "MESSAGE_CREATE"];
    let shown = gateway.world().env("NO_COLOR", "1").show(40, args);
    assert_eq!(events(&shown), ["#general  ada: hello there [2J"], "{shown}");
    assert!(!shown.stdout.contains('\u{1b}'), "{shown}");
}

#[test]
fn an_explicit_format_a_jq_program_and_a_pipe_print_events_as_json() {
    let gateway = sending(&[("MESSAGE_CREATE", HELLO)]);
    let listen = ["listen", "--compress", "none", "--count", "1", "-e", "MESSAGE_CREATE"];
    let world = gateway.world();
    let expected: Value = serde_json::from_str(HELLO).unwrap();
    let shown = gateway.world().env("DCORD_OUTPUT", "table").show(80, listen);
    assert_eq!(events(&shown).len(), 1, "a format for answers is not about events: {shown}");
    let shown = gateway.world().env("DCORD_OUTPUT", "jsonl").show(80, listen);
    assert_eq!(events(&shown).len(), 0, "{shown}");
    let piped = world.run(listen);
    let line: Value = serde_json::from_str(piped.stdout.trim_end()).unwrap();
    assert_eq!((&line["d"], piped.stderr.as_str()), (&expected, ""), "{piped}");
    for (more, wanted) in [
        (&["-o", "jsonl"][..], r#""content":"hello\nthere \u001b[2J""#),
        (&["--jq", ".d.content"], "there [2J"),
        (&["--fields", "t"], r#"{"t":"MESSAGE_CREATE"}"#),
    ] {
        let shown = world.show(80, [&listen[..], more].concat());
        assert!(shown.status == Some(0) && shown.stdout.contains(wanted), "{shown}");
        assert!(!shown.stdout.contains("#general"), "{shown}");
    }
}

#[test]
fn a_malformed_event_is_printed_as_json_and_does_not_stop_the_listener() {
    let gateway = sending(&[
        ("MESSAGE_CREATE", r#"[["\u001b[2J"]]"#),
        ("GUILD_CREATE", r#"{"id":5,"channels":"none"}"#),
        ("CHANNEL_CREATE", "7"),
        ("SOMETHING_NEW", r#"{"a":1}"#),
        ("MESSAGE_CREATE", HELLO),
    ]);
    let shown = gateway.world().show(60, ["listen", "--compress", "none", "--count", "7"]);
    assert_eq!(shown.status, Some(0), "{shown}");
    let lines = events(&shown);
    assert_eq!(lines.len(), 7, "{shown}");
    assert!(lines[2].contains(r#"MESSAGE_CREATE [["\u001b[2J"]]"#), "{shown}");
    assert!(lines[5].contains(r#"SOMETHING_NEW {"a":1}"#) && lines[6].contains("ada: hello"), "{shown}");
}

fn message(id: u64, content: &str) -> Value {
    json!({
        "id": id.to_string(), "type": 0, "channel_id": "2", "content": content, "timestamp": "2024-05-01T12:34:56+00:00",
        "author": {"id": "7", "username": "ada"}, "mentions": [],
    })
}

fn world(server: &Recorder) -> World {
    World::at(server).env("TZ", "UTC").env("NO_COLOR", "1")
}

const LIST: [&str; 3] = ["message", "list", "1145000000000000002"];
const FIRST: u64 = 1_145_000_000_000_000_100;

#[test]
fn on_a_terminal_a_page_of_messages_is_a_chat_with_the_newest_at_the_end() {
    let server = Recorder::answering(|_| {
        Reply::ok(&json!([message(FIRST + 1, "evil \u{1b}[2J\nforged"), message(FIRST, "hello <@7>")]))
    });
    let page = world(&server).show(60, LIST);
    let limited = world(&server).show(60, [&LIST[..], &["--limit", "2"]].concat());
    assert_eq!(limited.stdout, page.stdout);
    insta::assert_snapshot!(page.stdout, @r"
    ada  2024-05-01 12:34
      hello @ada                             1145000000000000100
      evil [2J                               1145000000000000101
      forged
    ");
}

#[test]
fn an_explicit_format_fields_a_jq_program_and_a_pipe_do_not_print_a_chat() {
    let server = Recorder::answering(|_| Reply::ok(&json!([message(FIRST + 1, "b"), message(FIRST, "a")])));
    let world = world(&server);
    for (more, wanted) in
        [(&["-o", "table"][..], "CONTENT"), (&["--fields", "content"], "CONTENT"), (&["--jq", ".content"], "b\na\n")]
    {
        let shown = world.show(80, [&LIST[..], more].concat());
        assert!(shown.stdout.contains(wanted) && !shown.stdout.contains("ada  2024"), "{shown}");
    }
    let piped = world.run(LIST);
    assert_eq!(piped.stdout.lines().count(), 2, "{piped}");
    assert!(piped.stdout.lines().all(|line| line.starts_with(r#"{"id":"#)), "{piped}");
}

#[test]
fn all_messages_of_a_channel_are_printed_newest_first_with_a_note() {
    let server = Recorder::answering(|request| {
        let before = if request.target.contains("before=") { FIRST + 1 } else { FIRST + 101 };
        Reply::ok(&(FIRST..before).rev().take(100).map(|id| message(id, &format!("text {id}"))).collect())
    });
    let shown = world(&server).show(80, [&LIST[..], &["--all"]].concat());
    assert_eq!(shown.status, Some(0), "{shown}");
    let lines: Vec<_> = without_codes(&shown.stdout).lines().map(str::to_owned).collect();
    assert!(lines.iter().any(|line| line == "(newest message first)"), "{shown}");
    let texts: Vec<_> = lines.iter().filter(|line| line.contains("  text ")).collect();
    assert!(texts.len() == 101 && texts[0].contains(&(FIRST + 100).to_string()), "{} {shown}", texts.len());
}

#[test]
fn messages_that_arrived_before_an_error_are_printed() {
    let server = Recorder::answering(|request| match request.target.contains("before=") {
        true => Reply::new(404, "application/json", br#"{"code":10003,"message":"Unknown Channel"}"#),
        false => Reply::ok(&(FIRST..FIRST + 100).rev().map(|id| message(id, &format!("text {id}"))).collect()),
    });
    let shown = world(&server).show(80, [&LIST[..], &["--limit", "200"]].concat());
    assert_eq!(shown.status, Some(6), "{shown}");
    assert_eq!(shown.stdout.matches("  text ").count(), 100, "{shown}");
}

#[test]
fn on_a_terminal_threads_and_invites_show_the_most_useful_fields() {
    let thread = json!({
        "id": "1145000000000000009", "type": 12, "flags": 0, "name": "Plans", "parent_id": "1145000000000000002",
        "thread_metadata": {"archived": false, "auto_archive_duration": 4320, "locked": false},
    });
    let server = Recorder::answering(move |_| Reply::ok(&thread));
    let got = world(&server).show(80, ["channel", "get", "1145000000000000009"]);
    for row in ["channel         1145000000000000002", "archived        no", "archives after  3 days"] {
        assert!(got.stdout.contains(row), "{row}: {got}");
    }
    let created = world(&server).show(80, ["thread", "create", "1145000000000000002", "Plans"]);
    assert_eq!(created.stdout.trim_end(), "Created Plans 1145000000000000009", "{created}");
    let server = Recorder::answering(|_| Reply::ok(&json!({"code": "abc", "type": 0})));
    let invite = world(&server).show(80, ["invite", "create", "1145000000000000002"]);
    assert_eq!(invite.stdout.trim_end(), "Created https://discord.gg/abc", "{invite}");
    let fields = world(&server).show(80, ["invite", "create", "1145000000000000002", "-o", "table"]);
    assert!(fields.stdout.contains("link  https://discord.gg/abc"), "{fields}");
}

#[test]
fn a_narrow_terminal_does_not_shorten_ids() {
    let thread = json!({
        "id": "1145000000000000009", "type": 11, "name": "Open", "owner_id": "1145000000000000007",
        "message_count": 0, "thread_metadata": {"archive_timestamp": "2024-05-01T12:34:56+00:00"},
    });
    let server = Recorder::answering(move |_| Reply::ok(&json!({"threads": [thread], "has_more": false})));
    let shown = world(&server).show(60, ["thread", "list-archived", "1145000000000000002"]);
    assert!(shown.stdout.contains("1145000000000000009"), "{shown}");
    let server = Recorder::answering(|_| Reply::ok(&json!({"threads": [], "has_more": false})));
    let shown = world(&server).show(60, ["thread", "list-archived", "1145000000000000002"]);
    assert!(shown.stdout.contains("no archived public threads in"), "{shown}");
}

#[test]
fn as_text_each_event_is_one_line_of_fields_in_a_pipe_and_on_a_terminal() {
    let gateway = sending(&[("MESSAGE_CREATE", HELLO), ("MESSAGE_REACTION_ADD", REACTION)]);
    let listen = ["listen", "--compress", "none", "--count", "4", "-o", "text"];
    let world = gateway.world();
    let (piped, shown) = (world.run(listen), world.show(80, listen));
    let lines = |outcome: &Outcome| -> Vec<String> {
        let plain = without_codes(&outcome.stdout);
        // Each line begins with the time: 2026-05-28T20:26:40Z.
        let lines = plain.lines().filter(|line| line.as_bytes().get(10) == Some(&b'T'));
        lines.map(|line| line["2026-05-28T20:26:40Z ".len()..].to_owned()).collect()
    };
    insta::assert_snapshot!(lines(&piped).join("\n"), @r#"
    READY guilds=1
    GUILD_CREATE id=1("Home") channels=1
    MESSAGE_CREATE guild_id=1("Home") id=9 channel_id=2("general") author=7("ada") content="hello\nthere \u001b[2J"
    MESSAGE_REACTION_ADD guild_id=1("Home") channel_id=2("general") user=7("ada") emoji="👍" message_id=9
    "#);
    assert_eq!(lines(&shown).len(), 4, "{shown}");
    assert_eq!(piped.stdout.lines().count(), 4, "{piped}");

    let by_variable = gateway.world().env("DCORD_OUTPUT", "text").run(&listen[..5]);
    assert_eq!(lines(&by_variable), lines(&piped), "{by_variable}");
    let program = ["-e", "MESSAGE_CREATE", "--count", "1", "--jq", ".d | {id, content}"];
    let filtered = world.run([&listen[..3], &["-o", "text"], &program].concat());
    assert_eq!(filtered.stdout, "id=9 content=\"hello\\nthere \\u001b[2J\"\n", "{filtered}");
    let fields = world
        .run([&listen[..3], &["-o", "text", "-e", "MESSAGE_CREATE", "--count", "1", "--fields", "t,d.id"]].concat());
    assert_eq!(fields.stdout, "t=\"MESSAGE_CREATE\" d.id=9\n", "{fields}");
}
