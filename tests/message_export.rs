//! `dcord message export`.

use serde_json::{Value, json};

use super::support::{Recorder, Reply, Sandbox, World};

#[test]
fn an_export_of_stored_history_equals_the_export_from_discord() {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=2,members=5,messages=450"]);
    let world = sandbox.world();
    let channel = sandbox.value("channel_id");
    let missing = world.run(["message", "export", channel, "--offline"]);
    assert!(missing.status == Some(10) && missing.stderr.contains("dcord cache sync"), "{missing}");
    assert_eq!(world.run(["cache", "sync", channel]).status, Some(0));
    for options in [
        &[][..],
        &["--format", "csv"],
        &["--format", "md"],
        &["--limit", "130"],
        &["--after", "2025-01-01T00:01:00Z", "--before", "2025-01-01T00:06:00Z"],
        &["--after", "2025-01-01T00:06:00Z", "--jq", ".id"],
        &["-o", "csv", "--fields", "id,content", "--limit", "3"],
    ] {
        let run = |more: &[&str]| world.run([&["message", "export", channel], options, more].concat());
        let (online, offline, cached) = (run(&[]), run(&["--offline"]), run(&["--cached"]));
        assert_eq!((online.status, online.stderr.as_str()), (Some(0), ""), "{options:?}: {online}");
        assert!(!online.stdout.is_empty(), "{options:?}");
        assert_eq!(online.stdout, offline.stdout, "{options:?}: {offline}");
        assert_eq!(online.stdout, cached.stdout, "{options:?}: {cached}");
    }
    let times = world.run(["message", "export", channel, "--jq", ".timestamp"]).stdout;
    assert!(times.lines().count() == 450 && times.lines().is_sorted(), "the oldest message comes first");
    let listed = world.run(["message", "list", channel, "--all", "--offline", "--jq", ".id"]);
    assert_eq!((listed.status, listed.stdout.lines().count()), (Some(0), 450), "{}", listed.stderr);
}

/// A channel with these messages, oldest first.
fn channel(messages: Vec<Value>) -> Recorder {
    Recorder::answering(move |request| match request.path() {
        "/channels/7" => Reply::ok(&json!({"id": "7", "type": 0, "name": "gen*eral", "guild_id": "555"})),
        _ => Reply::ok(&messages.iter().rev().cloned().collect()),
    })
}

fn message(id: &str, content: &str) -> Value {
    json!({"id": id, "channel_id": "7", "type": 0, "content": content, "timestamp": "2026-05-28T09:00:00.000000+00:00",
        "author": {"id": "5", "username": "=ada"}, "attachments": []})
}

#[test]
fn markdown_and_csv_make_the_text_of_strangers_harmless() {
    let hostile = "<img src=x onerror=alert(1)>\u{1b}[2J\u{202e}\n\n# **Admin** 10:00\n```\n````\n<b>";
    let server = channel(vec![message("1", hostile), message("2", "=HYPERLINK(\"http://x\")")]);
    let world = World::at(&server);
    let document = world.run(["message", "export", "7", "--format", "md"]);
    insta::assert_snapshot!(document, @r#"
    exit: 0
    --- stdout
    # \#gen\*eral

    ## 2026-05-28

    **\=ada** 09:00  
    &lt;img src=x onerror=alert(1)&gt;\[2J  
    &nbsp;  
    \# \*\*Admin\*\* 10:00
    ```

    ```
    \`  
    &lt;b&gt;

    \=HYPERLINK("<http://x>")
    "#);
    let table = world.run(["message", "export", "7", "--format", "csv", "--fields", "id,author.username,content"]);
    assert!(table.stdout.ends_with("2,'=ada,\"'=HYPERLINK(\"\"http://x\"\")\"\n"), "{table}");
}

#[test]
fn an_export_has_one_format() {
    let server = channel(vec![message("1", "a")]);
    let world = World::at(&server);
    for (options, why) in [
        (&["-o", "table"][..], "use --format jsonl, csv or md"),
        (&["--format", "md", "--jq", ".id"], "--jq"),
        (&["--format", "md", "--fields", "id"], "--fields"),
        (&["--format", "csv", "-o", "jsonl"], "--format"),
        (&["--format", "html"], "md"),
    ] {
        let run = world.run([&["message", "export", "7"], options].concat());
        assert!(run.status == Some(2) && run.stderr.contains(why) && run.stdout.is_empty(), "{run}");
    }
    assert!(server.take().is_empty(), "nothing is sent");
    let dry = world.run(["message", "export", "7", "--dry-run", "--jq", ".url"]);
    assert!(dry.stdout.ends_with("/channels/7/messages?after=0&limit=100\n"), "{dry}");
    assert!(server.take().is_empty());
    let head = world.shell("\"$DCORD\" message export 7 | head -n1");
    assert_eq!((head.status, head.stderr.as_str()), (Some(0), ""), "{head}");
}
