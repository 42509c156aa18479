//! Confirmation of destructive commands, on a terminal and without one.

use serde_json::json;

use super::support::{Recorder, Reply, World, without_codes};

/// Returns a server with a channel, a role, a member and a message.
fn discord() -> Recorder {
    Recorder::answering(|request| match (&*request.method, request.path()) {
        ("GET", "/channels/7") => Reply::ok(&json!({"id": "7", "type": 0, "name": "doomed", "guild_id": "555"})),
        ("GET", "/guilds/555") => Reply::ok(&json!({"id": "555", "name": "My Server"})),
        ("GET", "/guilds/555/roles/1") => Reply::ok(&json!({"id": "1", "name": "mods"})),
        ("GET", "/guilds/555/prune") => Reply::ok(&json!({"pruned": 37})),
        ("GET", "/guilds/555/members/2") => Reply::ok(&json!({"user": {"id": "2", "username": "ada"}})),
        ("GET", _) => Reply::json(404, &json!({"message": "Unknown", "code": 0})),
        _ => Reply::empty(),
    })
}

/// Runs a command on a terminal where a person types `input`, and returns its status and the visible text.
fn on_terminal(world: &World, words: &[&str], input: &str) -> (Option<i32>, String) {
    let mut command = world.command();
    command.args(words);
    let seen = world.show_command(120, command, input);
    (seen.status, without_codes(&seen.stdout))
}

fn sent(server: &Recorder) -> usize {
    server.take().iter().filter(|request| &*request.method != "GET").count()
}

#[test]
fn a_prompt_names_what_the_command_acts_on() {
    for (words, question) in [
        (&["channel", "delete", "7"][..], "Delete channel #doomed in My Server? [y/N] "),
        (&["role", "delete", "555", "1"], "Delete role @mods in My Server? [y/N] "),
        (&["member", "kick", "555", "2"], "Kick @ada from My Server? [y/N] "),
        (&["message", "delete", "7", "9"], "Delete message 9 in #doomed in My Server? [y/N] "),
        (&["channel", "delete", "8"], "Delete channel 8? [y/N] "),
        (&["ban", "add", "555", "2"], "Ban user 2 from My Server? [y/N] "),
        (&["ban", "bulk-add", "555", "--user-ids", "2,9"], "Ban user 2 and user 9 from My Server? [y/N] "),
        (
            &["ban", "bulk-add", "555", "--user-ids", "2,9", "--delete-messages", "1d"],
            "Ban user 2 and user 9 from My Server and delete their messages of the last 1 day? [y/N] ",
        ),
        (
            &["ban", "add", "555", "2", "--delete-message-days", "7"],
            "Ban user 2 from My Server and delete their messages of the last 7 days? [y/N] ",
        ),
        (&["ban", "add", "555", "2", "--delete-messages", "0"], "Ban user 2 from My Server? [y/N] "),
        (&["guild", "prune", "555"], "Kick 37 members of My Server who have been inactive for 7 days? [y/N] "),
        (
            &["member", "prune", "555", "--days", "30d"],
            "Kick 37 members of My Server who have been inactive for 30 days? [y/N] ",
        ),
        (&["message", "bulk-delete", "7", "--messages", "8,9"], "Delete 2 messages in #doomed in My Server? [y/N] "),
    ] {
        let server = discord();
        let world = World::at(&server);
        let (status, seen) = on_terminal(&world, words, "n\n");
        assert!(seen.starts_with(question), "{words:?}: {seen:?}");
        assert!(seen.ends_with("error: not confirmed; nothing was sent\n"), "{words:?}: {seen:?}");
        assert_eq!((status, sent(&server)), (Some(10), 0), "{words:?}: {seen:?}");
        let (status, seen) = on_terminal(&world, words, "y\n");
        assert_eq!((status, sent(&server)), (Some(0), 1), "{words:?}: {seen:?}");
    }
}

#[test]
fn the_question_about_many_lines_shows_the_options_that_apply_to_all_of_them() {
    let server = discord();
    let world = World::at(&server);
    std::fs::write(world.path("ids"), "7\n8\n").unwrap();
    let ids = world.path("ids").display().to_string();
    for (more, shown) in
        [(&["--all"][..], "--all"), (&["--bots", "--content", "free nitro"], "--content 'free nitro' --bots=true")]
    {
        let words = [&["message", "purge", "--each", &ids], more].concat();
        let (status, seen) = on_terminal(&world, &words, "n\n");
        let question = format!("Delete the messages in 2 channels that match all filters ({shown})? [y/N] ");
        assert!(status == Some(10) && seen.starts_with(&question), "{seen:?}");
    }
    assert_eq!(sent(&server), 0);
}

#[test]
fn the_members_of_a_prune_are_counted_with_the_values_of_the_prune() {
    let server = discord();
    let world = World::at(&server);
    let words = ["member", "prune", "555", "--days", "30d", "--include-roles", "1,3"];
    on_terminal(&world, &words, "n\n");
    let counts = "GET /guilds/555/prune?days=30&include_roles=1&include_roles=3";
    assert!(server.lines().lines().any(|line| line == counts));
    // A dry run prints the request that it does not send, and the number.
    let run = world.run([&words[..], &["--dry-run", "--jq", ".body.days"]].concat());
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "30\n"), "{run}");
    let would = "this command would kick 37 members of My Server who have been inactive for 30 days, including members \
                 with role 1 and role 3; nothing was changed";
    assert!(run.stderr.contains(would), "{run}");
    let sent = server.lines();
    assert!(sent.contains(counts) && !sent.contains("POST"), "{sent}");
    // Without a person to ask, the number is not worth a request.
    assert_eq!(world.run(words).status, Some(10));
    assert_eq!(world.run([&words[..], &["--yes", "-o", "none"]].concat()).status, Some(0));
    assert_eq!(server.lines(), "POST /guilds/555/prune\n");
}

#[test]
fn a_prune_that_cannot_be_counted_is_still_asked_about_and_a_dry_run_warns() {
    let server = Recorder::answering(|_| Reply::json(403, &json!({"message": "Missing Permissions", "code": 50_013})));
    let world = World::at(&server);
    let (status, seen) = on_terminal(&world, &["guild", "prune", "555"], "n\n");
    let question = "Kick the members of server 555 who have been inactive for 7 days? [y/N] ";
    assert!(status == Some(10) && seen.starts_with(question), "{seen:?}");
    let run = world.run(["guild", "prune", "555", "--dry-run", "-o", "none"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert!(run.stderr.contains("Discord did not say how many objects this command affects"), "{run}");
    server.take();
    for args in [&["--offline"][..], &["-q"]] {
        let run = world.run([&["guild", "prune", "555", "--dry-run"], args].concat());
        assert!(run.status == Some(0) && (run.stderr.is_empty() || args == ["-q"]), "{run}");
    }
    let run = World::new().without("DCORD_TOKEN").run(["guild", "prune", "555", "--dry-run"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
}

#[test]
fn a_prompt_shows_the_number_of_threads_that_are_deleted_with_a_channel() {
    let server = Recorder::answering(|request| match (&*request.method, request.path()) {
        ("GET", "/channels/7") => Reply::ok(&json!({"id": "7", "type": 0, "name": "doomed", "guild_id": "555"})),
        ("GET", "/guilds/555") => Reply::ok(&json!({"id": "555", "name": "My Server"})),
        ("GET", "/guilds/555/threads/active") => Reply::ok(&json!({"members": [], "threads": [
            {"id": "71", "type": 11, "name": "a", "guild_id": "555", "parent_id": "7"},
            {"id": "72", "type": 11, "name": "b", "guild_id": "555", "parent_id": "7"},
            {"id": "81", "type": 11, "name": "c", "guild_id": "555", "parent_id": "8"},
        ]})),
        _ => Reply::empty(),
    });
    let world = World::at(&server);
    assert_eq!(world.run(["thread", "list", "555"]).status, Some(0));
    let (_, seen) = on_terminal(&world, &["channel", "delete", "7"], "n\n");
    assert!(seen.starts_with("Delete channel #doomed (2 threads) in My Server? "), "{seen:?}");
}

#[test]
fn leaving_a_server_requires_typing_its_name() {
    let server = discord();
    let world = World::at(&server);
    for (typed, expected) in [("y\n", (Some(10), 0)), ("my server\n", (Some(10), 0)), ("My Server\n", (Some(0), 1))] {
        let (status, seen) = on_terminal(&world, &["guild", "leave", "555"], typed);
        let question = "Leave My Server? This cannot be undone. Type My Server to confirm: ";
        assert!(seen.starts_with(question), "{seen:?}");
        assert_eq!((status, sent(&server)), expected, "{typed:?}: {seen:?}");
    }
}

#[test]
fn without_a_terminal_or_with_json_errors_the_question_is_an_error() {
    let server = discord();
    let mut world = World::at(&server);
    world.run(["channel", "get", "7"]);
    world.run(["guild", "get", "555"]);
    server.take();
    insta::assert_snapshot!(world.run(["channel", "delete", "7"]), @r"
    exit: 10
    --- stderr
    error: confirmation is required to delete channel #doomed in My Server
      hint: add --yes to confirm, or --dry-run to see the request
    ");
    insta::assert_snapshot!(world.run(["reaction", "clear", "7", "9"]), @r"
    exit: 10
    --- stderr
    error: confirmation is required to remove all reactions from message 9 in #doomed in My Server
      hint: add --yes to confirm, or --dry-run to see the request
    ");
    world.set("DCORD_ERRORS", "json");
    let (status, seen) = on_terminal(&world, &["channel", "delete", "7"], "");
    let object: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(
        (status, object["message"].as_str()),
        (Some(10), Some("confirmation is required to delete channel #doomed in My Server"))
    );
    // In errors for programs, names are not worth a request.
    assert!(server.take().is_empty());
}

#[test]
fn an_empty_answer_is_reported_on_a_terminal_with_the_names_of_the_question() {
    for (words, question, report) in [
        (
            &["ban", "add", "555", "2", "--delete-messages", "2d"][..],
            "Ban user 2 from My Server and delete their messages of the last 2 days? [y/N] ",
            "Banned user 2 from My Server and deleted their messages of the last 2 days\n",
        ),
        (&["member", "kick", "555", "2"], "Kick @ada from My Server? [y/N] ", "Kicked @ada from My Server\n"),
        (
            &["message", "bulk-delete", "7", "--messages", "8,9"],
            "Delete 2 messages in #doomed in My Server? [y/N] ",
            "Deleted 2 messages in #doomed\n",
        ),
        (&["ban", "remove", "555", "2"], "", "Unbanned user 2 in server 555\n"),
        (&["reaction", "add", "7", "9", "👍"], "", "Added the reaction 👍 to message 9 in channel 7\n"),
        (
            &["reaction", "remove", "7", "9", "blob:5"],
            "",
            "Removed the bot's reaction :blob: from message 9 in channel 7\n",
        ),
        (&["thread", "leave", "71"], "", "Left thread 71\n"),
    ] {
        let server = discord();
        let world = World::at(&server);
        let (status, seen) = on_terminal(&world, words, if question.is_empty() { "" } else { "y\n" });
        let rest = seen.strip_prefix(question).unwrap_or_else(|| panic!("{words:?}: {seen:?}"));
        // The terminal may echo the answer.
        assert_eq!(rest.rsplit("y\n").next(), Some(report), "{words:?}: {seen:?}");
        assert_eq!(status, Some(0), "{words:?}: {seen:?}");
        let quiet = on_terminal(&world, &[words, &["-q", "--yes"]].concat(), "").1;
        assert_eq!(quiet, "", "{words:?}");
        let piped = world.run([words, &["--yes"]].concat());
        assert_eq!((piped.stdout.as_str(), piped.stderr.as_str()), ("", ""), "{words:?}");
    }
}
