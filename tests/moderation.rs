//! Moderation commands that build requests of other endpoints: timeouts, replies and forwards.

use serde_json::{Value, json};

use super::support::{Recorder, Reply, Sandbox, World, without_codes};

fn world() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=5,members=5", "--limit", "off"]);
    let world = sandbox.world();
    (sandbox, world)
}

/// Returns the one request that a command sends.
fn request(args: &[&str]) -> (String, Value) {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "9"})));
    let run = World::at(&server).run(args);
    assert_eq!(run.status, Some(0), "{run}");
    let recorded = server.one();
    let mut sent = recorded.json();
    if let Some(sent) = sent.as_object_mut() {
        sent.remove("nonce");
        sent.remove("enforce_nonce");
    }
    (recorded.path().to_owned(), sent)
}

#[test]
fn a_timeout_prints_its_end_and_untimeout_removes_it() {
    let (sandbox, world) = world();
    let guild = sandbox.value("guild_id");
    let until = |command: &[&str]| {
        let run = world.run([command, &["--jq", ".communication_disabled_until"]].concat());
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
        run.stdout
    };
    assert!(until(&["member", "timeout", guild, "@ada", "10m", "--reason", "spam"]).starts_with("20"));
    let reason = world.run(["audit-log", "list", guild, "--page-size", "1", "--jq", ".reason"]);
    assert_eq!(reason.stdout, "spam\n");
    let shown = world.show(80, ["member", "timeout", guild, "@ada", "20m"]);
    assert!(without_codes(&shown.stdout).starts_with("ada is timed out until "), "{shown}");
    assert_eq!(until(&["member", "untimeout", guild, "@ada"]), "null\n");
    let shown = world.show(80, ["member", "untimeout", guild, "@ada"]);
    assert!(without_codes(&shown.stdout).starts_with("ada is not timed out"), "{shown}");
    // The default server is used.
    let world = world.env("DCORD_GUILD", guild);
    let run = world.run(["member", "timeout", "@ada", "10m", "-o", "none"]);
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn a_timeout_of_more_than_28_days_or_in_the_past_is_an_error_before_anything_is_sent() {
    let server = Recorder::new();
    let world = World::at(&server);
    for (span, why) in [("29d", "more than 28 days from now"), ("2020-01-01", "in the past"), ("10", "10")] {
        let run = world.run(["member", "timeout", "1", "2", span]);
        assert!(matches!(run.status, Some(2 | 9)) && run.stderr.contains(why), "{run}");
    }
    let run = world.run(["member", "edit", "1", "2", "--timeout", "29d"]);
    assert!(run.status == Some(9) && run.stderr.contains("more than 28 days"), "{run}");
    let run = world.run(["member", "timeout", "1", "2"]);
    assert!(run.status == Some(2) && run.stderr.contains("SPAN"), "{run}");
    assert!(server.take().is_empty());
    assert_eq!(request(&["member", "untimeout", "1", "2"]).1, json!({"communication_disabled_until": null}));
    let _ = request(&["member", "timeout", "1", "2", "28d"]);
}

#[test]
fn a_reply_refers_to_the_message_and_pings_its_author() {
    let link = "https://discord.com/channels/1/2/3";
    for targets in [&["2", "3"][..], &[link]] {
        let (path, body) = request(&[&["message", "reply"], targets, &["hi"]].concat());
        assert_eq!(path, "/channels/2/messages");
        assert_eq!(
            body,
            json!({"content": "hi", "message_reference": {"message_id": "3"},
                   "allowed_mentions": {"parse": ["users"], "replied_user": true}})
        );
    }
    let replied = |more: &[&str]| {
        let (_, body) = request(&[&["message", "reply", link, "hi <@5>"], more].concat());
        body["allowed_mentions"]["replied_user"].clone()
    };
    assert_eq!(replied(&["--no-mention"]), json!(false));
    assert_eq!(replied(&["--ping", "none"]), Value::Null, "Discord's default beside other mentions is false");
    assert_eq!(replied(&["--ping", "<@5>"]), Value::Null);
    assert_eq!(replied(&["--allowed-mentions.replied-user=false"]), json!(false));
}

#[test]
fn a_reply_accepts_files_and_long_texts_like_a_message() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let id = world.run(["message", "send", channel, "question", "-o", "id"]).stdout;
    let file = world.file("log.txt", "log");
    let run = world.run(["message", "reply", channel, id.trim(), "--file", &file, "--jq", ".attachments[0].filename"]);
    assert_eq!(run.stdout, "log.txt\n", "{run}");
    let long = world.file("long.txt", "word ".repeat(700));
    let filter = "[.type, .message_reference.message_id, .referenced_message.content]";
    let args = ["message", "reply", channel, id.trim(), "--content-file", &long, "--overflow", "split", "--jq", filter];
    let run = world.run(args);
    assert_eq!(run.stdout, format!("[19,\"{}\",\"question\"]\n[0,null,null]\n", id.trim()), "{run}");
    let planned = world.run(["message", "reply", "#general", id.trim(), "yes", "--dry-run", "--jq", ".url"]);
    assert_eq!(planned.stdout, format!("{}/channels/{channel}/messages\n", sandbox.value("api_url")), "{planned}");
    let shown = world.show(100, ["message", "reply", channel, id.trim(), "yes"]);
    assert!(without_codes(&shown.stdout).starts_with("Sent "), "{shown}");
    let twice: Vec<String> = (0..2)
        .map(|_| world.run(["message", "reply", channel, id.trim(), "once", "--key", "k", "-o", "id"]).stdout)
        .collect();
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn a_reply_to_an_unknown_message_is_an_error() {
    let (sandbox, world) = world();
    let run = world.run(["message", "reply", sandbox.value("channel_id"), "1", "hi"]);
    insta::assert_snapshot!(run, @r"
    exit: 9
    --- stderr
    error: Invalid Form Body (400 Bad Request, code 50035): message_reference: Unknown message
      hint: the channel has no such message: check the ids
    ");
    let run = world.run(["message", "reply", "2", "3"]);
    assert!(run.status == Some(2) && run.stderr.contains("CONTENT"), "{run}");
}

#[test]
fn a_forward_copies_a_message_to_another_channel() {
    let (path, body) = request(&["message", "forward", "https://discord.com/channels/1/2/3", "4"]);
    assert_eq!(path, "/channels/4/messages");
    assert_eq!(body, json!({"message_reference": {"type": 1, "channel_id": "2", "message_id": "3"}}));
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let id = world.run(["message", "send", channel, "news", "-o", "id"]).stdout;
    let forward = |to: &str, filter: &str| {
        let run = world.run(["message", "forward", channel, id.trim(), to, "--key", "k", "--jq", filter]);
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
    };
    assert_eq!(forward("#random", ".message_snapshots[0].message.content"), "news\n");
    let again = forward("#random", ".id");
    assert_eq!(forward("#random", ".id"), again);
    assert_ne!(forward("#general", ".id"), again, "the key holds in one destination");
    let run = world.run(["message", "forward", channel, id.trim()]);
    assert!(run.status == Some(2) && run.stderr.contains("DESTINATION"), "{run}");
}

#[test]
fn an_empty_list_of_objects_to_delete_or_ban_sends_nothing() {
    let server = Recorder::answering(|_| Reply::empty());
    let world = World::at(&server);
    let run = |words: &[&str]| world.run_with(words, "");
    for (words, objects) in [
        (&["message", "bulk-delete", "7", "--messages", "@-"][..], "messages to delete"),
        (&["ban", "bulk-add", "555", "--user-ids", "@-"], "users to ban"),
    ] {
        for extra in [&[][..], &["--yes"], &["--dry-run"], &["--yes", "-o", "json"]] {
            let done = run(&[words, extra].concat());
            let note = format!("no {objects}; nothing was sent\n");
            assert_eq!((done.status, &*done.stdout, done.stderr), (Some(0), "", note), "{words:?} {extra:?}");
        }
        let done = run(&[words, &["--yes", "--errors", "json", "-q"]].concat());
        assert_eq!((done.status, &*done.stdout, &*done.stderr), (Some(0), "", ""), "{words:?}");
    }
    assert!(server.take().is_empty());
    assert_eq!(run(&["message", "bulk-delete", "7", "--messages", "@-", "--yes", "--no-validate"]).status, Some(0));
    assert_eq!(server.one().path(), "/channels/7/messages/bulk-delete");
}

#[test]
fn a_single_message_is_deleted_by_the_request_for_one() {
    let server = Recorder::answering(|_| Reply::empty());
    let world = World::at(&server);
    let done = world.run(["message", "bulk-delete", "7", "--messages", "9", "--reason", "spam", "--yes"]);
    assert_eq!(done.status, Some(0), "{done}");
    let request = server.one();
    assert_eq!((&*request.method, request.path()), ("DELETE", "/channels/7/messages/9"));
    assert_eq!(request.header("x-audit-log-reason"), Some("spam"));
    let refused = world.run(["message", "bulk-delete", "7", "--messages", "9"]);
    assert!(refused.stderr.contains("required to delete message 9 in channel 7\n"), "{refused}");
    let planned = world.run(["message", "bulk-delete", "7", "--messages", "9", "--dry-run"]);
    assert!(planned.stdout.contains("/channels/7/messages/9"), "{planned}");
}
