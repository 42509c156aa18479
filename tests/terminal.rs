//! The output on a terminal.

use serde_json::json;

use crate::support::{Embedded, Outcome, Recorder, Reply, World, without_codes};

/// Returns the output without colours and progress.
fn plain(shown: &Outcome) -> String {
    without_codes(&shown.stdout).replace('\r', "")
}

/// Returns a sandbox whose cache contains its channels, roles and servers.
fn cached() -> Embedded {
    let world = Embedded::new();
    for noun in ["channel", "role"] {
        assert_eq!(world.run(&[noun, "list", &world.guild(), "-q"]).status, Some(0));
    }
    assert_eq!(world.run(&["guild", "list", "-q"]).status, Some(0));
    world
}

#[test]
fn on_a_terminal_a_list_is_a_coloured_table_and_a_question_reads_the_typed_answer() {
    let server = Recorder::answering(|_| Reply::ok(&json!([{"id": "1145000000000000001", "name": "Moderators"}])));
    let shown = World::at(&server).show(80, ["role", "list", "1145000000000000002"]);
    assert_eq!(shown.status, Some(0), "{shown}");
    assert!(shown.stdout.contains('\x1b') && without_codes(&shown.stdout).contains("Moderators"), "{shown}");
    let world = World::at(&server);
    let mut command = world.command();
    command.args(["role", "delete", "1145000000000000002", "1145000000000000001"]);
    let shown = world.show_command(80, command, "n\n");
    assert_eq!(shown.status, Some(10), "{shown}");
}

#[test]
fn stderr_is_wrapped_only_on_a_terminal_and_not_in_json() {
    let world = World::new().env("NO_COLOR", "1");
    let words = ["message", "sned", "10", "hello"];
    let piped = world.run(words);
    let lines: Vec<&str> = piped.stderr.lines().collect();
    assert!(lines.len() > 1 && lines.iter().any(|line| line.chars().count() > 46), "{piped}");
    for columns in [46, 60, 80, 100] {
        let shown = plain(&world.show(columns, words));
        assert!(shown.lines().all(|line| line.chars().count() <= usize::from(columns)), "{columns}:\n{shown}");
        // A continuation line is indented to the text of its first line.
        let joined = shown.replace("\n        ", " ").replace("\n       ", " ");
        assert_eq!(joined, piped.stderr, "{columns}:\n{shown}");
    }
    let json = [&words[..], &["--errors", "json"]].concat();
    assert_eq!(plain(&world.show(46, &json)), world.run(&json).stderr);
    let help = plain(&World::new().show(60, ["help", "exit-codes"]));
    assert!(help.contains("\n            ") && help.lines().take(20).all(|line| line.chars().count() <= 60), "{help}");
}

#[test]
fn no_color_removes_escape_codes_from_a_list() {
    let mut world = Embedded::new();
    world.set("NO_COLOR", "1");
    let shown = world.show(80, &["channel", "list", &world.guild()]);
    assert_eq!(shown.status, Some(0), "{shown}");
    assert!(shown.stdout.contains("general") && shown.stdout.contains("text"), "{shown}");
    assert_eq!(without_codes(&shown.stdout), shown.stdout);
}

#[test]
fn a_table_shows_words_and_csv_shows_discord_s_values() {
    let channels = json!([
        {"id": "20", "name": "Talk", "type": 4, "position": 1, "parent_id": null, "topic": null},
        {"id": "11", "name": "lobby", "type": 2, "position": 0, "parent_id": "20", "topic": null},
        {"id": "10", "name": "chat", "type": 0, "position": 9, "parent_id": "20", "topic": "Anything"},
    ]);
    let server = Recorder::answering(move |_| Reply::ok(&channels));
    let world = World::at(&server).env("NO_COLOR", "1");
    insta::assert_snapshot!(plain(&world.show(60, ["channel", "list", "1"])), @r"
    ID  NAME   TYPE      CATEGORY  TOPIC
    20  Talk   category
    10  chat   text      Talk      Anything
    11  lobby  voice     Talk
    ");
    insta::assert_snapshot!(world.run(["channel", "list", "1", "-o", "table"]).stdout, @r"
    ID  NAME   TYPE      CATEGORY  TOPIC
    20  Talk   category
    10  chat   text      Talk      Anything
    11  lobby  voice     Talk
    ");
    insta::assert_snapshot!(plain(&world.show(60, ["channel", "list", "1", "-o", "csv"])), @r"
    id,name,type,parent_id,topic
    20,Talk,4,,
    11,lobby,2,20,
    10,chat,0,20,Anything
    ");
    insta::assert_snapshot!(plain(&world.show(60, ["channel", "list", "1", "--fields", "name,type"])), @r"
    NAME   TYPE
    Talk   category
    chat   text
    lobby  voice
    ");
    insta::assert_snapshot!(plain(&world.show(60, ["channel", "list", "1", "--jq", ".type"])), @r"
    4
    2
    0
    ");
    insta::assert_snapshot!(world.run(["channel", "list", "1", "--jq", "{name, type}", "-o", "table"]).stdout, @r"
    NAME   TYPE
    Talk   4
    lobby  2
    chat   0
    ");
}

#[test]
fn names_come_from_the_cache_unless_it_is_disabled() {
    let world = cached();
    let (guild, role) = (world.guild(), world.identity().role_id.unwrap().to_string());
    let bot = world.identity().application_id.to_string();
    let added = world.run(&["member", "add-role", &guild, &bot, &role]);
    assert_eq!(added.status, Some(0), "{added}");
    let roles = |args: &[&str]| {
        let shown = world.show(80, &[&["member", "get", &guild, &bot], args].concat());
        let text = plain(&shown);
        text.lines().find_map(|line| line.strip_prefix("roles")).unwrap_or_else(|| panic!("{shown}")).trim().to_owned()
    };
    assert!(!roles(&[]).contains(&role), "{}", roles(&[]));
    assert!(roles(&["--no-cache"]).contains(&role), "{}", roles(&["--no-cache"]));
}

#[test]
fn a_send_prints_one_line_with_a_link_that_a_narrow_terminal_does_not_break() {
    let world = cached();
    let sent = plain(&world.show(160, &["message", "send", &world.channel(), "hello"]));
    let link = format!("https://discord.com/channels/{}/{}/", world.guild(), world.channel());
    assert!(sent.starts_with("Sent ") && sent.contains(&link) && sent.lines().count() == 1, "{sent}");
    let id = sent.split(' ').nth(1).unwrap().to_owned();
    let edited = plain(&world.show(60, &["message", "edit", &world.channel(), &id, "hello again"]));
    assert_eq!(edited, format!("Edited {id}\n{link}{id}\n"));
    let token = world.identity().interaction_token.to_string();
    let interaction = world.identity().interaction_id.to_string();
    let responded =
        world.command(&["interaction", "respond", &interaction, "env:ITOKEN", "hello"]).env("ITOKEN", &token).status();
    assert!(responded.is_ok_and(|status| status.success()));
    let mut command = world.command(&["interaction", "edit-response", "env:ITOKEN", "hello again"]);
    command.env("ITOKEN", &token);
    let edited = plain(&world.show_command(160, command));
    assert!(edited.starts_with("Edited ") && edited.lines().count() == 1, "{edited}");
    let deleted = plain(&world.show(60, &["message", "delete", &world.channel(), &id, "--yes"]));
    assert_eq!(deleted, format!("Deleted message {id} in #general\n"));
}

#[test]
fn printing_a_link_requires_no_extra_request() {
    let server = Recorder::answering(|_| Reply::ok(&json!({"id": "3", "channel_id": "2", "content": "hello"})));
    let world = World::at(&server);
    assert_eq!(plain(&world.show(80, ["message", "send", "2", "hello"])), "Sent 3\n");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn output_none_prints_nothing() {
    let message = json!({"id": "3", "channel_id": "2", "content": "hello"});
    let server = Recorder::answering(move |request| match request.method.as_str() {
        "GET" if request.path().ends_with("/messages") => Reply::ok(&json!([message])),
        _ => Reply::ok(&message),
    });
    let world = World::at(&server);
    for args in [&["message", "send", "2", "hello"][..], &["channel", "get", "2"], &["message", "list", "2"]] {
        let run = world.run([args, &["-o", "none"]].concat());
        assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""), "{args:?}");
        assert_eq!(world.show(80, [args, &["-o", "none"]].concat()).stdout, "", "{args:?}");
        for option in [["--jq", ".id"], ["--fields", "id"]] {
            assert_eq!(world.run([args, &["-o", "none"], &option[..]].concat()).status, Some(2), "{args:?} {option:?}");
        }
    }
    let missing = Recorder::answering(|_| Reply::json(404, &json!({"message": "Unknown Channel", "code": 10003})));
    let run = World::at(&missing).run(["channel", "get", "2", "-o", "none"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(6), ""));
    assert!(run.stderr.contains("Unknown Channel"), "an error is still said: {run}");
}

#[test]
fn a_webhook_send_prints_a_link_too() {
    let world = cached();
    let hook = world.identity().webhook_url.clone();
    let id = hook.rsplit('/').nth(1).unwrap().to_owned();
    assert_eq!(world.run(&["webhook", "get", &id, "-q"]).status, Some(0));
    let mut command = world.command(&["webhook", "send", "--content", "deployed"]);
    command.env("DCORD_WEBHOOK_URL", &hook);
    let sent = plain(&world.show_command(80, command));
    let link = format!("https://discord.com/channels/{}/", world.guild());
    assert!(sent.starts_with("Sent ") && sent.contains(&link), "{sent}");
}

#[test]
fn an_empty_list_names_the_kind_of_object_and_the_place() {
    let world = cached();
    let name = world.run(&["guild", "get", &world.guild(), "--jq", ".name"]).stdout;
    let shown = plain(&world.show(60, &["invite", "list", &world.guild()]));
    assert_eq!(shown, format!("no invites in {name}"));
    assert_eq!(plain(&world.show(60, &["invite", "list", &world.guild(), "-q"])), "");
    let piped = world.run(&["invite", "list", &world.guild()]);
    assert_eq!((piped.stdout.as_str(), piped.stderr.as_str()), ("", ""));
}

#[test]
fn all_pages_are_one_table_with_one_header() {
    let world = Embedded::new();
    for n in 0..7 {
        let sent = world.run(&["message", "send", &world.channel(), &format!("message {n}"), "-o", "none"]);
        assert_eq!(sent.status, Some(0), "{sent}");
    }
    let args = ["message", "list", &world.channel(), "--all", "--page-size", "3", "-o", "table"];
    let shown = plain(&world.show(100, &args));
    assert_eq!(shown.matches("CONTENT").count(), 1, "{shown}");
    assert_eq!(shown.matches("message ").count(), 7, "{shown}");
}

#[test]
fn members_show_role_names_with_at_most_one_extra_request() {
    let role = "1145000000000000005";
    let server = Recorder::answering(move |request| {
        Reply::ok(&match request.path() {
            path if path.ends_with("/roles") => json!([{"id": role, "name": "Moderators", "position": 1}]),
            _ => json!([{"user": {"id": "1145000000000000007", "username": "ada"}, "roles": [role]}]),
        })
    });
    let world = World::at(&server);
    let list = ["member", "list", "1145000000000000001"];
    for requests in [2, 1] {
        let shown = plain(&world.show(80, list));
        assert!(shown.contains("Moderators"), "{shown}");
        assert_eq!(server.take().len(), requests, "the second time, the cache has the roles");
    }
    assert!(plain(&world.show(80, [&list[..], &["--no-cache"]].concat())).contains("Moderators"));
    server.take();
    world.run([&list[..], &["--no-cache"]].concat());
    assert_eq!(server.take().len(), 1, "a pipe gets Discord's ids");
}

#[test]
fn a_dry_run_shows_the_whole_body_at_any_width() {
    let world = cached();
    let text = "word ".repeat(60);
    for format in [&[][..], &["-o", "table"]] {
        let args = ["message", "send", &world.channel(), text.trim(), "--dry-run"];
        let shown = plain(&world.show(60, &[&args[..], format].concat()));
        assert!(shown.contains(text.trim()) && !shown.contains('…'), "{shown}");
    }
}

#[test]
fn an_empty_list_shows_the_typed_name() {
    let world = Embedded::new();
    let shown = plain(&world.show(80, &["thread", "list-archived", "#general", "--no-cache"]));
    assert!(shown.contains("no archived public threads in #general"), "{shown}");
    let shown = plain(&world.show(80, &["ban", "list", "Sandbox", "--no-cache"]));
    assert_eq!(shown, "no bans in Sandbox\n");
}

#[test]
fn permissions_of_a_role_break_after_hyphens_on_a_narrow_terminal() {
    let world = Embedded::new();
    let shown = plain(&world.show(60, &["role", "list", &world.guild()]));
    let everyone = shown.lines().find(|line| line.contains("@everyone")).unwrap_or_else(|| panic!("{shown}"));
    assert!(everyone.ends_with(['-', ',']), "{shown}");
}
