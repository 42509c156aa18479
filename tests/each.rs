//! `--each`: one call per line.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::{Outcome, Recorder, Reply, Sandbox, World};

fn world() -> (Sandbox, World) {
    let sandbox = Sandbox::serve(&["--seed", "guilds=1,channels=5,members=5", "--limit", "off"]);
    let world = sandbox.world();
    (sandbox, world)
}

/// Sends messages with these texts, and returns their ids.
fn sent(world: &World, channel: &str, texts: &[&str]) -> Vec<String> {
    let lines: String = texts.iter().map(|text| json!({"content": text}).to_string() + "\n").collect();
    let run = world.run_with(["message", "send", channel, "--each", "-", "--take", "content", "-o", "id"], lines);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
    run.stdout.lines().map(str::to_owned).collect()
}

/// The texts of a channel's messages, the oldest first.
fn texts(world: &World, channel: &str) -> Vec<String> {
    let run = world.run(["message", "list", channel, "--all", "--after", "0", "--jq", ".content"]);
    run.stdout.lines().map(str::to_owned).collect()
}

/// The lines of stderr, which are JSON.
fn errors(run: &Outcome) -> Vec<Value> {
    run.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// A server that answers each path with an object that has the path's last segment as its id, after it has the requests that
/// `first` waits for.
fn echo() -> Recorder {
    Recorder::answering(|request| {
        let id = request.path().rsplit('/').next().unwrap_or_default().to_owned();
        if id.starts_with('4') {
            Reply::json(404, &json!({"code": 10008, "message": "Unknown Message"}))
        } else {
            Reply::ok(&json!({"id": id}))
        }
    })
}

#[test]
fn results_are_in_the_order_of_the_lines_and_messages_of_a_channel_are_too() {
    let (sandbox, world) = world();
    let channel = sandbox.value("channel_id");
    let wanted: Vec<String> = (0..60).map(|n| format!("m{n}")).collect();
    let ids = sent(&world, channel, &wanted.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(texts(&world, channel), wanted);
    let run = world.run_with(["message", "get", channel, "--each", "-", "--jq", ".content"], ids.join("\n"));
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), wanted, "{run}");
}

#[test]
fn a_line_that_fails_is_reported_with_its_number_and_text_and_the_status_is_3() {
    let server = echo();
    let world = World::at(&server);
    let lines = "1\n\n{\"id\":\"40\"}\n3\n";
    let command = ["message", "get", "7", "--each", "-", "-o", "id"];
    let run = world.run_with(command, lines);
    insta::assert_snapshot!(run, @r#"
    exit: 3
    --- stdout
    1
    3
    --- stderr
    error: line 3 ({"id":"40"}): message 40 does not exist in channel 7 (404 Not Found, code 10008)
      hint: check the ids, and whether the bot can see the object
    error: 1 of 3 lines failed
    "#);
    let run = world.run_with([&["--errors", "json"], &command[..]].concat(), lines);
    let found = errors(&run);
    assert_eq!(found[0]["line"], 3, "{run}");
    assert_eq!(found[0]["input"], r#"{"id":"40"}"#);
    assert_eq!((&found[1]["kind"], found.len()), (&json!("partial"), 2));
    // -q leaves the errors.
    let quiet = world.run_with([&["-q"], &command[..]].concat(), lines);
    assert!(quiet.status == Some(3) && quiet.stderr.contains("line 3"), "{quiet}");
}

#[test]
fn a_line_fills_targets_by_their_names_and_the_last_one_by_id() {
    for (command, line, path) in [
        (&["message", "get"][..], r#"{"id":"2","channel_id":"1","guild_id":"9"}"#, "/channels/1/messages/2"),
        (&["message", "get", "1"], r#"{"id":2}"#, "/channels/1/messages/2"),
        (&["message", "get", "1"], "2", "/channels/1/messages/2"),
        (&["message", "get", "1"], "\"2\"", "/channels/1/messages/2"),
        (&["message", "get", "1"], r#"{"message_id":"2","id":"3"}"#, "/channels/1/messages/2"),
        (&["message", "get", "{}", "2"], r#"{"channel_id":"1"}"#, "/channels/1/messages/2"),
        (&["member", "get", "1"], r#"{"user":{"id":"2"},"nick":"x"}"#, "/guilds/1/members/2"),
        (&["member", "add-role", "1", "{}", "3", "--reason", "x"], "2", "/guilds/1/members/2/roles/3"),
        (&["invite", "get"], r#"{"code":"abc","guild":{"id":"1"}}"#, "/invites/abc"),
        (&["invite", "get"], "abc", "/invites/abc"),
    ] {
        let server = Recorder::answering(|_| Reply::ok(&json!({"id": "9"})));
        let run = World::at(&server).run_with([command, &["--each", "-", "-o", "none"]].concat(), line);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{command:?} {line} {run}");
        assert_eq!(server.one().path(), path, "{command:?} {line}");
    }
}

#[test]
fn the_default_server_stands_in_for_one_that_the_lines_do_not_have() {
    let server = Recorder::answering(|_| Reply::ok(&json!({})));
    let world = World::at(&server).env("DCORD_GUILD", "5");
    for (command, line, path) in [
        (&["member", "get"][..], "2", "/guilds/5/members/2"),
        (&["member", "get"], r#"{"guild_id":"6","user":{"id":"2"}}"#, "/guilds/6/members/2"),
        (&["member", "get", "{}"], "2", "/guilds/5/members/2"),
        (&["member", "get", "7"], "2", "/guilds/7/members/2"),
    ] {
        let run = world.run_with([command, &["--each", "-", "-o", "none"]].concat(), line);
        assert_eq!(run.status, Some(0), "{run}");
        assert_eq!(server.take().last().unwrap().path(), path, "{command:?}");
    }
    // A command that cannot be undone does not take the server from the environment.
    let run = world.run_with(["member", "kick", "--each", "-", "--yes"], "2");
    assert!(run.status == Some(3) && run.stderr.contains("the line has no guild_id"), "{run}");
    assert!(server.take().is_empty());
}

#[test]
fn a_line_about_another_channel_than_the_command_line_is_not_sent() {
    let server = echo();
    let world = World::at(&server);
    let lines = r#"{"id":"1","channel_id":"8"}
{"id":"2","channel_id":"7"}"#;
    let run = world.run_with(["message", "delete", "7", "--each", "-", "--yes"], lines);
    assert_eq!(run.status, Some(3), "{run}");
    assert!(run.stderr.contains("the line has the channel_id 8, but the command line gives 7"), "{run}");
    assert_eq!(server.one().path(), "/channels/7/messages/2");
}

#[test]
fn the_text_of_a_stranger_never_becomes_a_flag_a_file_a_variable_or_a_name() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "9"})));
    let world = World::at(&server);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "contents-of-the-file").unwrap();
    let file = file.display();
    for bad in [
        r#"{"id":"@x"}"#,
        r#"{"id":"--yes"}"#,
        r#"{"id":"../9"}"#,
        r#"{"id":"@me"}"#,
        r#"{"id":null}"#,
        r#"{"id":1.5}"#,
        r#"{"id":"1","id":"2"}"#,
        "[1]",
        "{",
        "@me",
        "--yes",
        r#"{"nothing":1}"#,
        "https://discord.com/channels/1/2/3",
    ] {
        let run = world.run_with(["message", "get", "7", "--each", "-"], bad);
        assert_eq!((run.status, run.stdout.as_str()), (Some(3), ""), "{bad} {run}");
        assert!(server.take().is_empty(), "{bad}");
    }
    // Without --take, a line's content is not sent.
    let line = format!(r#"{{"id":"1","content":"@{file}","tts":true}}"#);
    let run = world.run_with(["message", "edit", "7", "--each", "-", "--content", "fixed"], line.as_str());
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(server.one().json()["content"], "fixed");
    for text in [format!("@{file}"), "@-".into(), "-".into(), "env:PATH".into(), format!("file:{file}"), "--tts".into()]
    {
        let line = json!({"id": "1", "content": text}).to_string();
        let run = world.run_with(["message", "edit", "7", "--each", "-", "--take", "content"], line);
        assert_eq!(run.status, Some(0), "{run}");
        assert_eq!(server.one().json()["content"], text);
    }
    for (command, line) in [
        (&["message", "edit", "7"][..], json!({"id": "1", "embeds": format!("@{file}")})),
        (&["emoji", "create", "7", "--take", "image"], json!({"name": "x", "image": format!("@{file}")})),
        (&["channel", "create", "7", "--take", "parent_id"], json!({"name": "x", "parent_id": "general"})),
        (&["member", "edit", "7", "--take", "roles"], json!({"id": "1", "roles": ["@Moderators"]})),
    ] {
        let run = world.run_with([command, &["--each", "-", "--take", "embeds,name"]].concat(), line.to_string());
        assert!(!run.stderr.contains("contents-of-the-file"), "{run}");
        assert!(matches!(run.status, Some(2 | 3)), "{run}");
        assert!(server.take().is_empty(), "{line}");
    }
}

#[test]
fn input_of_any_form_is_read_line_by_line() {
    let server = echo();
    let world = World::at(&server);
    let command = ["message", "get", "7", "--each", "-", "-o", "id"];
    let run = world.run_with(command, "\u{feff}1\r\n\r\n  2  \n\n\"3\"");
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "1\n2\n3\n"), "{run}");
    let mut long = "1\n".to_owned();
    let _ = writeln!(long, "{{\"id\":\"2\",\"x\":\"{}\"}}", "x".repeat(2 << 20));
    long += "3\n";
    let run = world.run_with(command, long);
    assert_eq!((run.status, run.stdout.as_str()), (Some(3), "1\n3\n"), "{}", run.stderr);
    assert!(run.stderr.contains("line 2: the line is longer than 1 MiB"), "{}", run.stderr);
    let none = world.run_with(command, "");
    assert_eq!((none.status, none.stdout.as_str(), none.stderr.as_str()), (Some(0), "", ""), "{none}");
    let missing = world.run(["message", "get", "7", "--each", "missing"]);
    assert!(missing.status == Some(2) && missing.stderr.contains("--each: cannot read missing"), "{missing}");
}

#[test]
fn the_error_of_a_line_says_what_a_line_of_the_command_needs() {
    let server = echo();
    let world = World::at(&server);
    let get: &[&str] = &["message", "get", "1"];
    let add_role: &[&str] = &["member", "add-role", "1"];
    let any = "a line is an id, or a JSON object with ids; `dcord help each` describes the lines";
    for (command, line, message, hint) in [
        (get, "x", "the line is not an id", any),
        (get, "[1]", "the line is an array, but must be an object or an id", any),
        (get, "{", "the line is not valid JSON: it ends before it is complete", any),
        (
            get,
            r#"{"a":1}"#,
            "the line has no message_id or id",
            r#"a line of this command can be the id alone, or {"message_id":"1"}; what all lines share can be on the command line"#,
        ),
        (
            add_role,
            r#"{"id":"2"}"#,
            "the line has no user_id or user.id",
            r#"a line of this command can be {"user_id":"1","role_id":"1"}; what all lines share can be on the command line"#,
        ),
    ] {
        let run = world.run_with([command, &["--each", "-"]].concat(), line);
        let expected = format!("error: line 1 ({line}): {message}\n  hint: {hint}\nerror: 1 of 1 line failed\n");
        assert_eq!((run.status, run.stderr.as_str()), (Some(3), expected.as_str()), "{run}");
    }
}

#[test]
fn a_text_on_the_command_line_and_in_the_lines_is_one_error_before_the_first_line() {
    let server = echo();
    let world = World::at(&server);
    for args in [
        &["message", "send", "7", "hi", "--take", "content"][..],
        &["message", "send", "7", "--content", "hi", "--take", "--content"],
        &["message", "send", "hi", "--take", "channel_id", "--take", "content"],
    ] {
        let run = world.run_with([args, &["--each", "-"]].concat(), "{\"content\":\"a\"}\n{\"content\":\"b\"}\n");
        assert_eq!(run.status, Some(2), "{args:?}: {run}");
        assert_eq!(run.stderr.matches("error:").count(), 1, "{args:?}: {run}");
        assert!(!run.stderr.contains("line 1"), "{args:?}: {run}");
    }
    assert!(server.take().is_empty());
}

#[test]
fn the_help_of_take_names_fields_of_the_command() {
    let world = World::new();
    let take = |words: &str| {
        let help = world.run(words.split(' ').chain(["--help"])).stdout;
        let text = help.split_once("--take FIELDS").map(|(_, rest)| rest.split("  --").next().unwrap_or_default());
        text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let about = |fields: &str| Some(format!("Fields to read from each line, separated by commas, such as {fields}"));
    assert_eq!(take("message send"), about("content,embeds"));
    assert_eq!(take("message delete"), about("reason"));
    assert_eq!(take("guild get-preview"), None);
}

#[test]
fn the_results_of_all_lines_are_one_output_in_each_format() {
    let server = echo();
    let world = World::at(&server);
    let print = |args: &[&str]| {
        let run = world.run_with([&["message", "get", "7", "--each", "-"], args].concat(), "1\n2\n");
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout
    };
    assert_eq!(print(&[]), "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    assert_eq!(print(&["-o", "json"]), "[{\"id\":\"1\"},{\"id\":\"2\"}]\n");
    assert_eq!(print(&["-o", "csv", "--fields", "id"]), "id\n1\n2\n");
    assert_eq!(print(&["--jq", ".id"]), "1\n2\n");
    assert_eq!(print(&["-o", "none"]), "");
    let server = Recorder::answering(|_| Reply::ok(&json!([{"id": "1"}, {"id": "2"}])));
    let run = World::at(&server).run_with(["message", "list", "--each", "-", "-o", "id"], "5\n6\n");
    assert_eq!(run.stdout, "1\n2\n1\n2\n", "{run}");
}

#[test]
fn what_cannot_work_is_an_error_before_the_first_line_is_read() {
    let server = Recorder::new();
    let world = World::at(&server);
    for (args, why) in [
        (&["message", "get", "1", "2"][..], "nothing differs between the lines"),
        (&["message", "get", "{}", "{}", "{}"], "unexpected argument \"{}\""),
        (&["message", "send", "1", "--key", "k"], "--each and --key cannot be combined"),
        (&["message", "send", "1", "--take", "nonsense"], "--take: no field named \"nonsense\""),
        (
            &["message", "send", "1", "--take", "content", "--content", "x"],
            "--take content and --content cannot be combined",
        ),
        (&["message", "send", "1", "--take", "contnt"], "no field named \"contnt\"; did you mean \"content\"?"),
        (&["message", "delete", "1", "--take", "reson"], "no field named \"reson\"; did you mean \"reason\"?"),
        (
            &["message", "send", "1", "--take", "file"],
            "--take file: a line cannot set this field, because it names a file",
        ),
        (
            &["message", "send", "1", "--take", "embeds", "--content-file", "-"],
            "--each and --content-file both read standard input",
        ),
        (&["message", "send", "1", "--take", "content", "--embed.color", "nonsense"], "is not a colour"),
        (&["message", "send", "1", "--take", "content", "--overflow", "split"], "cannot be combined"),
        (&["message", "get", "1", "--retry-failed"], "--journal"),
    ] {
        let run = world.run_with([args, &["--each", "-"]].concat(), "1\n");
        assert!(run.status == Some(2) && run.stderr.contains(why), "{why}: {run}");
    }
    let missing = world.run(["message", "delete", "1", "--each", "missing"]);
    assert!(missing.status == Some(2) && missing.stderr.contains("--each: cannot read missing"), "{missing}");
    let run = world.run_with(["message", "delete", "1", "--each", "-"], "1\n");
    assert!(run.status == Some(10) && run.stderr.contains("delete messages, for each line of standard input"), "{run}");
    assert!(server.take().is_empty());
}

#[test]
fn a_dry_run_prints_the_request_of_each_line_and_writes_no_journal() {
    let server = Recorder::new();
    let world = World::at(&server);
    let args = [
        "message",
        "delete",
        "7",
        "--each",
        "-",
        "--dry-run",
        "--journal",
        "journal",
        "--jq",
        ".url | split(\"/\") | last",
    ];
    let run = world.run_with(args, "1\n2\n");
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "1\n2\n"), "{run}");
    assert!(server.take().is_empty() && !world.path("journal").exists());
}
