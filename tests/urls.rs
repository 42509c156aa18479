//! `-o url` and `-o id` print one line for each item, also if the response lacks a part of the link.

use serde_json::json;

use super::support::{Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

fn discord() -> Recorder {
    let message = |id: &str| json!({"id": id, "channel_id": "10", "content": "a"});
    Recorder::answering(move |asked| match (asked.method.as_str(), asked.path()) {
        ("GET", "/channels/10") => Reply::ok(&json!({"id": "10", "type": 0, "name": "here", "guild_id": "1"})),
        ("GET", "/channels/20") => Reply::ok(&json!({"id": "20", "type": 1, "recipients": []})),
        ("GET", "/channels/10/messages") => Reply::ok(&json!([message("3"), message("4")])),
        ("GET", "/channels/10/messages/pins") => Reply::ok(
            &json!({"items": [{"pinned_at": "2026-01-01T00:00:00Z", "message": message("5")}], "has_more": false}),
        ),
        ("GET", "/guilds/1/messages/search") => Reply::ok(&json!({"total_results": 1, "messages": [[message("6")]]})),
        ("GET", "/guilds/1/channels") => Reply::ok(&json!([{"id": "10", "type": 0, "name": "here"}])),
        ("GET", "/guilds/1/scheduled-events") => Reply::ok(&json!([{"id": "8", "guild_id": "1", "name": "e"}])),
        ("GET", "/guilds/1/vanity-url") => Reply::ok(&json!({"code": null, "uses": 0})),
        ("GET", "/users/@me/guilds") => Reply::ok(&json!([{"id": "1", "name": "One"}, {"id": "2", "name": "Two"}])),
        ("GET", "/invites/abc") => Reply::ok(&json!({"code": "abc"})),
        ("GET", path) if path.starts_with("/webhooks/") && !path.contains("messages") => {
            Reply::ok(&json!({"id": WEBHOOK_ID, "type": 1, "guild_id": "1", "channel_id": "10"}))
        }
        (_, path) if path.starts_with("/channels/20") => Reply::ok(&json!({"id": "7", "channel_id": "20"})),
        ("POST", "/guilds/1/channels") => Reply::ok(&json!({"id": "11", "type": 0, "guild_id": "1"})),
        ("GET", "/guilds/1/roles") => Reply::ok(&json!([{"id": "5"}])),
        _ => Reply::ok(&message("9")),
    })
}

#[test]
fn each_object_has_the_link_that_discord_copies() {
    let server = discord();
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::at(&server).env("DCORD_WEBHOOK_URL", url);
    for (words, expected) in [
        (&["message", "send", "10", "a"][..], "https://discord.com/channels/1/10/9\n"),
        (&["message", "get", "10", "9"], "https://discord.com/channels/1/10/9\n"),
        (&["message", "list", "10"], "https://discord.com/channels/1/10/3\nhttps://discord.com/channels/1/10/4\n"),
        (
            &["message", "list", "10", "--all"],
            "https://discord.com/channels/1/10/3\nhttps://discord.com/channels/1/10/4\n",
        ),
        (&["message", "list", "10", "--jq", "select(.id == \"4\")"], "https://discord.com/channels/1/10/4\n"),
        (&["message", "search", "1", "--content", "a"], "https://discord.com/channels/1/10/6\n"),
        (&["message", "send", "20", "a"], "https://discord.com/channels/@me/20/7\n"),
        (&["pin", "list", "10"], "https://discord.com/channels/1/10/5\n"),
        (&["webhook", "send", "a"], "https://discord.com/channels/1/10/9\n"),
        (&["webhook", "get-message", "9"], "https://discord.com/channels/1/10/9\n"),
        (&["channel", "get", "10"], "https://discord.com/channels/1/10\n"),
        (&["channel", "get", "20"], "https://discord.com/channels/@me/20\n"),
        (&["channel", "list", "1"], "https://discord.com/channels/1/10\n"),
        (&["channel", "create", "1", "new"], "https://discord.com/channels/1/11\n"),
        (&["guild", "list"], "https://discord.com/channels/1\nhttps://discord.com/channels/2\n"),
        (&["scheduled-event", "list", "1"], "https://discord.com/events/1/8\n"),
        (&["invite", "get", "abc"], "https://discord.gg/abc\n"),
        (&["guild", "get-vanity-url", "1"], "\n"),
    ] {
        let run = world.run([words, &["-o", "url"]].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(0), expected), "{words:?}\n{run}");
    }
}

#[test]
fn output_url_is_a_usage_error_for_objects_without_links() {
    let server = discord();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["role", "list", "1", "-o", "url"]), @r"
    exit: 2
    --- stderr
    error: -o url: the results of this command have no link
      hint: use -o jsonl, json, table, text, csv or raw, or pick a field with --jq, as in `--jq .name`
    ");
    insta::assert_snapshot!(world.run(["pin", "add", "10", "9", "-o", "id"]), @r"
    exit: 2
    --- stderr
    error: -o id: the results of this command have no id
      hint: use -o jsonl, json, table, text, csv or raw, or pick a field with --jq, as in `--jq .name`
    ");
    insta::assert_snapshot!(world.run(["message", "list", "10", "-o", "url", "--fields", "id"]), @r"
    exit: 2
    --- stderr
    error: -o url cannot be combined with --fields
      hint: use -o jsonl or -o json
    ");
    insta::assert_snapshot!(world.run(["message", "list", "10", "-o", "link"]), @r#"
    exit: 2
    --- stderr
    error: -o: "link" is not an output format; use jsonl, json, table, text, csv, id, url, raw or none; did you mean url?
    "#);
    assert!(server.take().is_empty());
}

#[test]
fn output_id_prints_an_empty_line_for_null_and_applies_jq_first() {
    let server = discord();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["guild", "get-vanity-url", "1", "-o", "id"]), @r"
    exit: 0
    --- stdout
    ");
    let ids = |words: &[&str]| {
        let run = world.run([words, &["-o", "id"]].concat());
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
    };
    assert_eq!(ids(&["message", "list", "10", "--jq", "select(.id > \"3\")"]), "4\n");
    assert_eq!(ids(&["message", "list", "10", "--all", "--jq", "select(.id == \"3\")"]), "3\n");
    assert_eq!(ids(&["message", "get", "10", "9", "--jq", "."]), "9\n");
    assert_eq!(ids(&["pin", "list", "10", "--jq", "."]), "5\n");
}
