//! Errors that name the likely cause of a mistake.

use super::support::{Recorder, Sandbox, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// Checks that the command fails and that stderr contains these texts.
fn fails(world: &World, line: &[&str], texts: &[&str]) {
    let out = world.run(line);
    assert_ne!(out.status, Some(0), "{line:?}: {out}");
    for text in texts {
        assert!(out.stderr.contains(text), "{line:?}: {text:?} is missing: {out}");
    }
}

#[test]
fn a_typed_interaction_token_is_reported_as_a_secret_and_not_as_missing() {
    let world = World::new().env("DCORD_ERRORS", "text");
    let secret = "is a secret and cannot be an argument";
    fails(&world, &["interaction", "respond", "888888888888888888", "the-token", "Hi"], &[secret, "env:NAME"]);
    fails(&world, &["interaction", "edit-response", "the-token", "Hi"], &[secret, "env:NAME"]);
    let text = ["interaction", "respond", "888888888888888888", "Hi"];
    fails(&world, &text, &["the token of interaction 888888888888888888 is missing", "set DCORD_INTERACTION_TOKEN"]);
    fails(&world, &["interaction", "edit-response", "Hi"], &["INTERACTION-TOKEN is missing", "before the text"]);
    let world = world.env("ITOK", "the-token-of-the-interaction");
    fails(&world, &["interaction", "edit-response", "the-token-of-the-interaction"], &[secret, "use env:ITOK"]);
}

#[test]
fn an_interaction_is_named_by_the_id_of_its_event() {
    let world = World::new().env("DCORD_ERRORS", "text").env("DCORD_INTERACTION_TOKEN", "t");
    fails(&world, &["interaction", "respond", "Hello"], &["dcord listen -e INTERACTION_CREATE --jq .d.id"]);
}

#[test]
fn an_object_that_is_not_found_has_a_hint_for_that_command() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world().env("DCORD_ERRORS", "text");
    let hint = "hint: check the path and the ids in it";
    fails(&world, &["api", "GET", "/guilds/5/new-thing"], &["404", hint]);
    let world = world.env("DCORD_INTERACTION_TOKEN", sandbox.value("interaction_token"));
    fails(&world, &["interaction", "edit-response", "Early"], &["`dcord interaction respond` sends one"]);
}

#[test]
fn the_parser_s_errors_name_the_option_and_the_command_that_describes_it() {
    let world = World::new().env("DCORD_ERRORS", "text");
    for (line, error) in [
        ("message send 1 hi --dry-run=url", r#"error: --dry-run: "url" is not one of request, curl"#),
        ("listen --activity", "error: --activity requires a value: --activity TEXT"),
        ("message list 1 -o", "error: --output requires a value: --output FORMAT"),
        ("sandbox --fault every=3 ./x", "dcord sandbox serve --fault or dcord sandbox run --fault"),
        ("sandbox ./x.sh", "dcord sandbox run -- ./x.sh"),
        ("user edit --avatar a.png", "dcord user edit-me"),
        ("command create --name ping --description x --option.name text", "hint: --option.type takes "),
        ("sandbox serve --port x", "hint: `dcord sandbox serve -h` describes the options"),
    ] {
        fails(&world, &line.split(' ').collect::<Vec<_>>(), &[error]);
    }
}

#[test]
fn an_error_that_says_what_to_type_has_no_hint_to_read_the_help() {
    let world = World::new().env("DCORD_ERRORS", "text");
    for (line, lines) in [
        ("user edit-me --status dnd", 1),
        ("message send 1 hi --buttons OK=ok", 1),
        ("command create --option text:string", 1),
        ("listen --status busy", 1),
        ("listen --activity", 1),
        ("message list 1 --all --limit 5", 1),
        ("sandbox --fault every=3 ./x", 1),
        ("user edit --avatar a.png", 2),
        ("message send 1 --zzzzzzzz", 2),
    ] {
        let out = world.run(line.split(' '));
        assert!(out.status == Some(2) && out.stderr.lines().count() == lines, "{line}: {out}");
    }
}

#[test]
fn text_is_accepted_as_the_type_of_a_slash_command_option() {
    let words = "command create --name say --description Say --option.name text --option.description What";
    let words = format!("{words} --option.type text --application-id 1 --dry-run");
    let out = World::new().run(words.split(' '));
    assert!(out.status == Some(0) && out.stdout.contains(r#""type":3"#), "{out}");
}

#[test]
fn a_request_line_that_is_too_long_is_an_error_without_a_retry() {
    let server = Recorder::new();
    let outcome = World::at(&server).run(["api", "GET", &format!("/channels/{}", "a".repeat(70_000))]);
    assert_eq!(outcome.status, Some(9), "{outcome}");
    assert!(outcome.stderr.starts_with("error: the URL of the request is 70"), "{outcome}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome}");
    assert!(server.take().is_empty());
}

#[test]
fn an_invalid_limit_is_an_error_that_says_what_it_must_be() {
    let world = World::new();
    for limit in ["0", "-1", "many"] {
        let outcome = world.run(["message", "list", "1", "--limit", limit]);
        assert_eq!(outcome.status, Some(2), "{outcome}");
        assert!(
            outcome.stderr.starts_with(&format!("error: --limit: \"{limit}\" is not a whole number of 1 or more")),
            "{outcome}"
        );
    }
}

#[test]
fn too_many_names_get_a_hint_with_the_bulk_command() {
    let world = World::new();
    let names = world.run(["ban", "add", "My Server", "Ken", "Big Ben", "--delete-message-seconds", "1d"]);
    let line = "dcord ban bulk-add 'My Server' --user-ids 'Ken,Big Ben' --delete-message-seconds 1d";
    assert!(names.stderr.contains(line), "{names}");
    for (line, hint) in [
        ("ban add 1 2 3", "to name several, use dcord ban bulk-add 1 --user-ids 2,3"),
        ("ban add 1 2 3 --reason spam", "to name several, use dcord ban bulk-add 1 --user-ids 2,3 --reason spam"),
        ("ban bulk-add 1 2 3", "--user-ids takes several, with commas between them: --user-ids 2,3"),
        ("message delete 1 2 3", "to name several, use dcord message bulk-delete 1 --messages 2,3"),
        ("message send 1 hello world", "quote text that contains spaces"),
        ("member edit 1 2 --timeout 10", "has no unit: write 10s, 10m, 10h or 10d"),
    ] {
        let outcome = world.run(line.split(' '));
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{outcome}");
        assert!(outcome.stderr.contains(hint), "{line}: {outcome}");
    }
}

#[test]
fn an_error_names_the_argument_that_is_empty() {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::new().env("DCORD_WEBHOOK_URL", url);
    world.file("empty", "\n");
    let typed = "is empty\n  hint: a variable in the text may not be set\n";
    for (words, error) in [
        (&["message", "send", "1", ""][..], format!("error: CONTENT {typed}")),
        (&["message", "send", "1", "--content", ""], format!("error: --content {typed}")),
        (&["webhook", "send", ""], format!("error: CONTENT {typed}")),
        (&["webhook", "send", "-"], "error: CONTENT, which is standard input, is empty\n".to_owned()),
        (&["webhook", "send", "--content-file", "empty"], "error: --content-file is empty\n".to_owned()),
        (&["webhook", "send", "", "a"], "error: WEBHOOK is empty\n".to_owned()),
    ] {
        let run = world.run_with(words, "");
        assert!(run.status == Some(2) && run.stderr.starts_with(&error), "{words:?}: {run}");
    }
    let server = Recorder::new();
    World::at(&server).run(["message", "send", "1", "", "--embed.title", "a"]);
    assert_eq!(server.one().json()["embeds"][0]["title"], "a", "an embed needs no text");
}

#[test]
fn a_text_that_begins_with_a_dash_gets_a_hint_with_the_line_that_sends_it() {
    let server = Recorder::new();
    let world = World::at(&server);
    for text in ["- item", "-5 degrees", "--bold move", "---"] {
        let run = world.run(["message", "send", "1", text, "-q"]);
        let hint = format!("  hint: put -- before the text, after all options: dcord message send … -- '{text}'\n");
        let hint = if text == "---" { hint.replace('\'', "") } else { hint };
        assert_eq!(run.status, Some(2), "{run}");
        let error = format!("error: {text:?} is read as an option, because it begins with a dash\n");
        assert_eq!(run.stderr, error + &hint);
        assert_eq!(world.run(["message", "send", "1", "-q", "--", text]).status, Some(0));
        assert_eq!(server.one().json()["content"], text);
    }
    let late = world.run(["message", "send", "1", "--", "- item", "--jq", ".id"]);
    assert!(late.status == Some(2) && late.stderr.ends_with("  hint: options must stand before the --\n"), "{late}");
    let no_text = world.run(["channel", "get", "-5"]);
    assert!(no_text.stderr.contains("put -- before it, after all options: dcord channel get … -- -5"), "{no_text}");
}

#[test]
fn a_negative_number_or_span_is_an_error_about_the_value() {
    let world = World::new();
    for (line, name) in [
        ("member timeout 1 2 -5m", "SPAN"),
        ("message list 1 --max-wait -5s", "--max-wait"),
        ("message list 1 --cached -5m", "--cached"),
        ("message list 1 --request-timeout -0.5", "--request-timeout"),
        ("listen --duration -5m", "--duration"),
        ("listen --count -5", "--count"),
        ("cache search x --limit -3", "--limit"),
    ] {
        let typed = line.split(' ').find(|word| word.starts_with('-') && !word.starts_with("--")).unwrap();
        let outcome = world.run(line.split(' '));
        let error = format!("error: {name}: {typed:?} must not be negative\n");
        assert_eq!((outcome.status, outcome.stderr), (Some(2), error), "{line}");
    }
    let text = world.run(["member", "timeout", "1", "2", "5m", "--reason", "-5m"]);
    assert!(text.stderr.contains("as a value of --reason, write --reason=-5m"), "{text}");
}

#[test]
fn errors_of_the_argument_parser_are_in_words() {
    let world = World::new();
    for (line, error) in [
        ("message list 1 --limit 1 --limit 2", "--limit can be given only once"),
        ("message list 1 --yes=foo", "--yes takes no value"),
        ("message list 1 -q=3", "-q takes no value"),
        ("listen --count x", r#"--count: "x" is not a whole number"#),
        ("listen --large-threshold 5", r#"--large-threshold: "5" is not a whole number from 50 to 250"#),
    ] {
        let outcome = world.run(line.split(' '));
        let first = outcome.stderr.lines().next().unwrap_or_default();
        assert_eq!((outcome.status, first), (Some(2), &*format!("error: {error}")), "{line}");
    }
}

#[test]
fn without_a_token_message_send_suggests_the_configured_webhook() {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::new().without("DCORD_TOKEN");
    let hint =
        "hint: to post through the webhook of DISCORD_WEBHOOK_URL, which needs no token: dcord webhook send TEXT\n";
    let lines = [&["message", "send", "1", "hi"][..], &["message", "send", "hi"]];
    for words in lines {
        assert!(!world.run(words).stderr.contains("webhook"), "{words:?}");
    }
    let world = world.env("DISCORD_WEBHOOK_URL", url);
    for (words, status) in lines.into_iter().zip([4, 2]) {
        let run = world.run(words);
        assert!(run.status == Some(status) && run.stderr.contains(hint), "{words:?}: {run}");
    }
    assert!(!world.run(["channel", "get", "1"]).stderr.contains("webhook"));
    let world = world.env("DCORD_TOKEN", TOKEN);
    assert!(!world.run(["message", "send", "hi"]).stderr.contains("webhook"), "a bot does not need it");
}

#[test]
fn an_error_in_components_shows_the_json_to_write() {
    let world = World::new();
    for (components, text) in [
        (
            r#"[{"type":2,"style":1,"label":"a","custom_id":"b"}]"#,
            r#"put it into an action row: {"type":1,"components":[{"type":2,…}]}"#,
        ),
        (
            r#"[{"type":1,"components":[{"type":2,"style":"primary","label":"a","custom_id":"b"}]}]"#,
            r#"is "primary", which JSON writes as the number 1"#,
        ),
        (r#"{"type":1}"#, "put the value into square brackets: [{…}]"),
    ] {
        let out = world.run(["message", "send", "1", "hi", "--dry-run", "--components", components]);
        assert!(out.status == Some(9) && out.stderr.contains(text), "{out}");
    }
}

#[test]
fn an_error_about_a_value_names_the_option_as_it_was_typed() {
    let world = World::new();
    for (args, start) in [
        (&["member", "edit", "1", "2", "--timeout", "10"][..], "error: --timeout: \"10\""),
        (&["member", "edit", "1", "2", "--timeout=10"], "error: --timeout: \"10\""),
        (
            &["member", "edit", "1", "2", "--communication-disabled-until", "10"],
            "error: --communication-disabled-until: ",
        ),
        (&["channel", "edit", "1", "--slowmode", "7h"], "error: --slowmode is 7h"),
        (&["channel", "edit", "1", "--slowmode", "soon"], "error: --slowmode: \"soon\""),
        (&["channel", "edit", "1", "--name", ""], "error: --name has 0 characters"),
        (&["scheduled-event", "edit", "1", "2", "--location", ""], "error: --location has 0 characters"),
        (&["channel", "create", "1", ""], "error: NAME has 0 characters"),
        (&["channel", "create", "1", "--body", r#"{"name":""}"#], "error: name has 0 characters"),
    ] {
        let outcome = world.run(args);
        assert!(outcome.stderr.starts_with(start), "{args:?}: {outcome}");
    }
}

#[test]
fn an_error_about_a_user_who_is_not_banned_names_the_list_of_banned_users() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    fails(
        &world,
        &["ban", "remove", "Sandbox", "ada", "--yes"],
        &[r#"no banned user named "ada""#, "hint: `dcord ban list Sandbox` shows who is banned; "],
    );
}

#[test]
fn an_ambiguous_value_with_many_meanings_names_only_some_of_them() {
    let world = World::new().env("DCORD_ERRORS", "text");
    fails(
        &world,
        &["audit-log", "list", "1", "--action", "delete"],
        &[
            r#"--action: "delete" is ambiguous: it can mean channel-delete, "#,
            " or 12 others\n",
            "hint: use the full name; --help lists all of them\n",
        ],
    );
}

#[test]
fn a_search_without_results_says_whose_messages_and_which_channel_it_searched() {
    let sandbox = Sandbox::serve(&[]);
    let world = sandbox.world();
    for (more, note) in [
        (&["--author", "ada", "--channel", "#random"][..], "no messages by ada in #random"),
        (&["--author", "ada"], "no messages by ada in Sandbox"),
        (&["--content", "zebra"], "no messages in Sandbox that match the search"),
    ] {
        let shown = world.show(100, [&["message", "search", "Sandbox"], more].concat());
        assert!(shown.stdout.trim_end().ends_with(note), "{shown}");
    }
}
