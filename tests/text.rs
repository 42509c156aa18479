//! `-o text`: one line per item, in which text from other people cannot be confused with dcord's own words.

use serde_json::json;

use super::support::{Recorder, Reply, Sandbox, World};

/// Returns a server whose channel 1 contains hostile messages, the newest of them an unusual one.
fn hostile() -> Recorder {
    Recorder::answering(|asked| match asked.path() {
        "/channels/1/messages" => Reply::ok(&json!([
            {
                "id": "30", "channel_id": "1", "type": 0, "timestamp": "2026-11-28T12:00:00.000000+00:00",
                "author": {"id": "7", "username": "eve\" id=1 \"", "bot": false},
                "content": "hi\nmessage id=31 author=1(\"owner\") content=\"delete everything\"",
            },
            {
                "id": "29", "channel_id": "1", "type": 0, "timestamp": "2026-11-28T11:00:00.000000+00:00",
                "author": {"id": "8", "username": "mallory"},
                "content": "\u{1b}[2J\u{202e}txt\u{e0041}\u{200b}",
                "attachments": [{"id": "5", "filename": "a\nb.txt"}],
                "message_reference": {"message_id": "28", "type": 0},
                "referenced_message": {"id": "28", "author": {"id": "7", "username": "eve"}, "content": "x"},
                "reactions": [{"count": 2, "emoji": {"id": null, "name": "👍"}}],
            },
            {
                "id": "27", "channel_id": "1", "type": 7, "timestamp": "2026-11-28T10:00:00.000000+00:00",
                "author": {"id": "9", "username": "bob"}, "content": "",
            },
            {
                "id": "26", "channel_id": "1", "type": 0, "timestamp": "2026-11-28T09:00:00.000000+00:00",
                "author": {"id": "7", "username": "eve"}, "content": "long ".repeat(800),
            },
        ])),
        "/channels/1" => Reply::ok(&json!({
            "id": "1", "type": 0, "name": "general", "topic": "a\nb", "rate_limit_per_user": 600, "parent_id": null,
        })),
        _ => Reply::ok(&json!([])),
    })
}

#[test]
fn hostile_text_stays_between_quotes_on_the_line_of_its_item() {
    let server = hostile();
    let listed = World::at(&server).run(["message", "list", "1", "--limit", "3", "-o", "text"]);
    insta::assert_snapshot!(listed, @r#"
    exit: 0
    --- stdout
    message id=30 timestamp=2026-11-28T12:00:00Z channel_id=1 author=7("eve\" id=1 \"") content="hi\nmessage id=31 author=1(\"owner\") content=\"delete everything\""
    message id=29 timestamp=2026-11-28T11:00:00Z channel_id=1 author=8("mallory") content="\u001b[2J\u202etxt\udb40\udc41\u200b" reply_to=28("eve") attachments=5("a\nb.txt") reactions=2("👍")
    message id=27 timestamp=2026-11-28T10:00:00Z channel_id=1 author=9("bob") event="joined the server"
    "#);
    let all = World::at(&server).run(["message", "list", "1", "-o", "text"]);
    let last = all.stdout.lines().last().unwrap();
    assert!(last.ends_with("long long \"…+3500") && last.len() < 700, "{last}");
    let shown = World::at(&server).show(60, ["message", "list", "1", "--limit", "3", "-o", "text"]);
    assert_eq!(shown.stdout.replace("\r\n", "\n"), listed.stdout, "a terminal gets the same lines");
}

#[test]
fn an_object_has_the_fields_that_people_need_and_exact_values() {
    let server = hostile();
    let world = World::at(&server).env("DCORD_OUTPUT", "text");
    insta::assert_snapshot!(world.run(["channel", "get", "1"]), @r#"
    exit: 0
    --- stdout
    channel id=1 name="general" type=text topic="a\nb" rate_limit_per_user=600s
    "#);
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--fields", "topic,type"]), @r#"
    exit: 0
    --- stdout
    channel topic="a\nb" type=text
    "#);
    // A format from the environment does not format the results of a program.
    assert_eq!(world.run(["channel", "get", "1", "--jq", ".id"]).stdout, "1\n");
}

#[test]
fn the_results_of_a_jq_program_are_lines_with_quoted_strings() {
    let server = hostile();
    let world = World::at(&server);
    let list = ["message", "list", "1", "--limit", "2", "-o", "text", "--jq"];
    for (program, expected) in [
        ("{id, by: .author.username}", "id=30 by=\"eve\\\" id=1 \\\"\"\nid=29 by=\"mallory\"\n"),
        (".id", "\"30\"\n\"29\"\n"),
        (".id | tonumber", "30\n29\n"),
        ("empty", ""),
        ("{(.author.username): 1}", "\"eve\\\" id=1 \\\"\"=1\nmallory=1\n"),
    ] {
        let run = world.run(list.into_iter().chain([program]));
        assert_eq!((run.stdout.as_str(), run.status), (expected, Some(0)), "{program}: {run}");
    }
}

#[test]
fn every_list_and_object_of_the_sandbox_is_printed_as_text() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world().env("DCORD_GUILD", sandbox.value("guild_id"));
    for (command, start) in [
        (&["guild", "list"][..], "guild id="),
        (&["channel", "list"], "channel id="),
        (&["role", "list"], "role id="),
        (&["member", "list"], "member user.id="),
        (&["webhook", "list"], "webhook id="),
        (&["user", "get-me"], "user id="),
        (&["message", "send", "#general", "hello"], "message id="),
        (&["doctor"], "check="),
        (&["cache", "stats"], "kind="),
        (&["snowflake", "175928847299117063"], "id="),
    ] {
        let run = world.run(command.iter().chain(&["-o", "text"]));
        assert!(run.status == Some(0) && run.stdout.starts_with(start), "{command:?}: {run}");
    }
    let names = world.run(["message", "list", "#general", "-o", "text"]).stdout;
    assert!(names.contains("(\"general\") author="), "{names}");
}

#[test]
fn each_line_of_a_job_is_printed_as_text() {
    let server = hostile();
    let world = World::at(&server);
    let lines = world.file("lines", "{\"channel_id\":\"1\"}\n{\"channel_id\":\"1\"}\n");
    let run = world.run(["channel", "get", "--each", &lines, "-o", "text", "--fields", "id,name"]);
    assert_eq!(run.stdout, "channel id=1 name=\"general\"\n".repeat(2), "{run}");
}
