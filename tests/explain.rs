//! `dcord explain`, and the shapes against which JSON is checked before it is sent.

use serde_json::{Value, json};

use super::support::{Recorder, World};

#[test]
fn a_kind_of_json_is_explained_with_its_fields_an_example_and_its_commands() {
    let out = World::new().run(["explain", "message.allowed-mentions"]);
    assert_eq!(out.status, Some(0), "{out}");
    for text in [
        "A JSON object.",
        "users         Ping these users if the text mentions them [array, at most 100",
        "[true or false]",
        "message send --allowed-mentions",
        r#"--allowed-mentions '{"parse":["users"],"roles":["555555555555555555"],"replied_user":false}'"#,
    ] {
        assert!(out.stdout.contains(text), "{text}: {out}");
    }
}

#[test]
fn json_is_found_by_its_last_word_and_by_a_command_and_its_flag() {
    let world = World::new();
    let whole = world.run(["explain", "message.components"]).stdout;
    assert!(whole.contains("button (type 2)") && whole.contains("at most 80 characters"), "{whole}");
    for words in [&["explain", "message", "send", "--components"][..], &["explain", "message send components"]] {
        assert_eq!(world.run(words).stdout, whole, "{words:?}");
    }
    let both = world.run(["explain", "components"]).stdout;
    assert!(both.starts_with(&whole) && both.contains("text-input"), "{both}");
    let body = world.run(["explain", "channel", "reorder", "--body"]).stdout;
    assert!(body.contains("lock_permissions"), "{body}");
}

#[test]
fn the_example_of_every_kind_of_json_is_one_line_that_its_command_accepts() {
    let world = World::new();
    let list: Vec<Value> = serde_json::from_str(&world.run(["explain", "-o", "json"]).stdout).unwrap();
    assert!(list.len() > 30, "{}", list.len());
    let example = world.run(["explain", "message.components", "--example"]).stdout;
    assert_eq!(example.lines().count(), 1);
    let dry = world.run(["message", "send", "1", "--dry-run", "--components", example.trim_end()]);
    let sent: Value = serde_json::from_str(&dry.stdout).unwrap();
    assert_eq!(sent["body"]["components"], serde_json::from_str::<Value>(&example).unwrap());
}

#[test]
fn explain_prints_a_shape_as_json_on_request() {
    let out = World::new().run(["explain", "poll", "-o", "json"]).stdout;
    let shape: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shape["name"], "message.poll");
    let answers = shape["objects"][0]["fields"].as_array().unwrap().iter().find(|f| f["name"] == "answers").unwrap();
    assert_eq!(
        (&answers["min_items"], &answers["max_items"], &answers["required"]),
        (&1.into(), &10.into(), &true.into())
    );
    let names = World::new().run(["explain", "poll", "--jq", ".objects[].name"]).stdout;
    assert_eq!(names.lines().next(), Some("poll"));
}

#[test]
fn commands_codes_intents_events_and_permissions_are_explained() {
    let world = World::new();
    let has = |words: &[&str], texts: &[&str]| {
        let out = world.run([&["explain"], words].concat());
        assert!(texts.iter().all(|text| out.stdout.contains(text)), "{words:?}: {out}");
    };
    has(&["message", "send"], &["POST /channels/{channel_id}/messages", "send-messages", "MESSAGE_CREATE"]);
    has(&["message", "send", "--content"], &["Text of the message [up to 2000 characters]"]);
    has(&["50013"], &["lacks a permission"]);
    has(&["4014"], &["privileged intent"]);
    has(&["429"], &["--max-wait"]);
    has(&["message-content"], &["MESSAGE_CONTENT", "privileged"]);
    has(&["GUILD_BAN_ADD"], &["GUILD_MODERATION"]);
    has(&["MANAGE_MESSAGES"], &["8192", "message bulk-delete"]);
    has(&["kick-members"], &["Allows: Kick members."]);
    has(&["message"], &["message.embeds", "bulk-delete"]);
}

#[test]
fn an_unknown_subject_of_explain_is_a_usage_error_with_a_suggestion() {
    let world = World::new().env("DCORD_ERRORS", "text");
    let out = world.run(["explain", "embds"]);
    assert!(out.status == Some(2) && out.stderr.contains("did you mean \"message.embeds\""), "{out}");
    let out = world.run(["explain", "gobbledygook"]);
    assert!(out.status == Some(2) && out.stderr.contains("dcord explain` lists"), "{out}");
    for (words, answer) in [
        (&["GUILD_MEMBER_ADDD"][..], "did you mean \"GUILD_MEMBER_ADD\""),
        (&["empty", "content"], "`dcord help empty content` searches all help"),
        (&["1071698660928"][..], "`dcord permission explain 1071698660928` reads it as permissions"),
        (&["permissions", "8"], "`dcord permission explain 8`"),
        (&["1145000000000000002"], "`dcord snowflake 1145000000000000002` reads it as an id"),
        (&["role", "Moderators"], "`dcord role get Moderators` shows that role"),
    ] {
        let out = world.run([&["explain"], words].concat());
        assert!(out.status == Some(2) && out.stderr.contains(answer), "{words:?}: {out}");
    }
}

/// Invalid components, each with the path and the fault in the error.
fn wrong_components() -> Vec<(Value, &'static str, &'static str)> {
    let button = |more: Value| {
        let mut button = json!({"type": 2, "style": 1, "custom_id": "a", "label": "A"});
        button.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        button
    };
    let row = |items: Vec<Value>| json!({"type": 1, "components": items});
    let menu = |options: usize| {
        let options: Vec<_> = (0..options).map(|n| json!({"label": "L", "value": n.to_string()})).collect();
        json!({"type": 3, "custom_id": "menu", "options": options})
    };
    vec![
        (json!([row(vec![button(json!({})); 6])]), "components[0].components", "at most 5"),
        (json!(vec![row(vec![button(json!({}))]); 6]), "components", "at most 5"),
        (json!([row(vec![button(json!({"label": "é".repeat(81)}))])]), "components[0].components[0].label", "80"),
        (json!([row(vec![button(json!({"custom_id": ""}))])]), "components[0].components[0].custom_id", "1 to 100"),
        (json!([row(vec![button(json!({"style": 7}))])]), "components[0].components[0].style", "premium"),
        (json!([row(vec![menu(26)])]), "components[0].components[0].options", "at most 25"),
        (json!([row(vec![json!({"type": 99})])]), "components[0].components[0].type", "2 (button)"),
        (json!([{"type": 10, "content": "x"}]), "components[0]", "is-components-v2"),
        (json!(["row"]), "components[0]", "must be an object"),
    ]
}

#[test]
fn an_error_about_invalid_components_names_the_path_and_the_explain_command() {
    let server = Recorder::new();
    let world = World::at(&server).env("DCORD_ERRORS", "text");
    for (components, path, word) in wrong_components() {
        let out = world.run(["message", "send", "1", "--components", &components.to_string()]);
        assert!(out.status == Some(9), "{components}: {out}");
        for text in [&format!("{path} "), word, "dcord explain message.components"] {
            assert!(out.stderr.contains(text), "{text}: {out}");
        }
        // The JSON of a webhook has the same bounds.
        let out = world.run([
            "interaction",
            "respond",
            "1",
            "env:T",
            "--type",
            "message",
            "--components",
            &components.to_string(),
        ]);
        assert!(out.status != Some(0), "{components}: {out}");
    }
    assert!(server.take().is_empty());
    let many = json!(vec![
        json!({"type": 9, "components": [{"type": 10, "content": "x"}],
        "accessory": {"type": 2, "style": 5, "label": "L", "url": "https://example.com"}});
        14
    ]);
    let flags = ["--flags", "is-components-v2"];
    let out = world.run([&["message", "send", "1", "--components", &many.to_string()], &flags[..]].concat());
    assert!(out.status == Some(9) && out.stderr.contains("42 components"), "{out}");
    let text = json!([{"type": 10, "content": "x"}]).to_string();
    let out = world.run([&["message", "send", "1", "--components", &text], &flags[..]].concat());
    assert_eq!(out.status, Some(0), "{out}");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn the_total_text_of_all_embeds_has_a_maximum() {
    let server = Recorder::new();
    let world = World::at(&server).env("DCORD_ERRORS", "text");
    let embed = |length: usize| json!({"description": "é".repeat(length)});
    let send = |embeds: Value| world.run(["message", "send", "1", "--embeds", &embeds.to_string()]);
    let out = send(json!([embed(3000), embed(3001)]));
    assert!(out.status == Some(9) && out.stderr.contains("6001 characters in total"), "{out}");
    assert_eq!(send(json!([embed(3000), embed(3000)])).status, Some(0));
    let long = "x".repeat(2048);
    let text = "x".repeat(4096);
    let flags = ["message", "send", "1", "--embed.description", &text, "--embed.footer", &long, "--embed.title", "T"];
    let out = world.run(flags);
    assert!(out.status == Some(9) && out.stderr.contains("6145 characters"), "{out}");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn an_error_about_invalid_json_names_the_explain_command() {
    let world = World::new().env("DCORD_ERRORS", "text");
    insta::assert_snapshot!(world.run(["message", "send", "1", "--embeds", "[{"]), @r"
    exit: 2
    --- stderr
    error: --embeds: invalid JSON: it ends before it is complete
      hint: `dcord explain message.embeds` prints an example; @FILE reads the JSON from a file
    ");
    let poll = r#"{"answers":[{"poll_media":{"text":"A"}}]}"#;
    let options = r#"[{"type":3,"name":"n"}]"#;
    let trigger = r#"{"mention_total_limit":"many"}"#;
    for (words, exit, texts) in [
        (vec!["message", "send", "1", "--poll", poll], 2, ["poll.question is required", "explain message.poll"]),
        (
            vec!["command", "create", "--name", "ping", "--application-id", "1", "--options", options],
            2,
            ["options[0].description is required", "explain command.options"],
        ),
        (
            vec!["automod", "edit", "1", "2", "--trigger-metadata", trigger],
            9,
            ["trigger_metadata.mention_total_limit must be a whole number", "explain automod.trigger-metadata"],
        ),
    ] {
        let out = world.run(&words);
        assert_eq!(out.status, Some(exit), "{words:?}: {out}");
        assert!(texts.iter().all(|text| out.stderr.contains(text)), "{words:?}: {out}");
    }
}

#[test]
fn no_validate_sends_json_of_any_shape() {
    let server = Recorder::new();
    let out = World::at(&server).run(["message", "send", "1", "--no-validate", "--components", r#"[{"type":99},7]"#]);
    assert_eq!(out.status, Some(0), "{out}");
    assert_eq!(server.take()[0].json()["components"], json!([{"type": 99}, 7]));
}

#[test]
fn the_help_of_a_json_flag_names_the_explain_command() {
    let help = World::new().run(["message", "send", "--help"]).stdout;
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("`dcord explain message.components`"), "{help}");
}

#[test]
fn an_event_is_explained_with_its_intents_or_without_any_and_a_button_by_its_name() {
    let world = World::new();
    for (words, texts) in [
        (&["INTERACTION_CREATE"][..], &["This event requires no intent."][..]),
        (&["MESSAGE_CREATE"], &["the intent GUILD_MESSAGES or DIRECT_MESSAGES", "Without the intent MESSAGE_CONTENT"]),
        (&["GUILD_MEMBER_ADD"], &["GUILD_MEMBERS is privileged"]),
        (&["intents"], &["GUILD_MEMBERS", "(privileged)", "INTERACTION_CREATE"]),
        (
            &["button"],
            &["custom_id", "4 danger (red)", "up to 5 buttons", "message send '#general'", "--components '[{"],
        ),
        (&["string-select"], &["It has the type 3"]),
    ] {
        let out = world.run([&["explain"], words].concat());
        assert_eq!(out.status, Some(0), "{out}");
        let flat = out.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(texts.iter().all(|text| flat.contains(text)), "{out}");
    }
}

#[test]
fn a_misspelt_key_in_json_is_refused_unless_validation_is_off() {
    let sandbox = super::support::Sandbox::serve(&[]);
    let world = sandbox.world();
    let send = |more: &[&str]| {
        let embeds = ["message", "send", "#general", "--embeds", r#"[{"titel":"x","description":"y"}]"#];
        world.run([&embeds[..], more].concat())
    };
    insta::assert_snapshot!(send(&[]), @r#"
    exit: 9
    --- stderr
    error: embeds[0].titel is not a field of an embed; did you mean "title"?
      hint: `dcord explain message.embeds` describes the JSON; --no-validate sends it anyway
    "#);
    assert_eq!(send(&["--dry-run"]).status, Some(9));
    let sent = send(&["--no-validate", "--jq", ".embeds[0].description"]);
    assert_eq!((sent.status, sent.stdout.as_str()), (Some(0), "y\n"), "the sandbox ignores the key: {sent}");
    let body = r#"{"content":"hi","embeds":[{"description":"y","footer":{"txt":"z"}}]}"#;
    let in_body = world.run(["message", "send", "#general", "--body", body]);
    assert!(
        in_body.stderr.contains(r#"embeds[0].footer.txt is not a field of a footer; did you mean "text"?"#),
        "{in_body}"
    );
    // A message is sent again as it was received.
    let embeds = r#"[{"title":"x","footer":{"text":"z"}}]"#;
    assert_eq!(world.run(["message", "send", "#general", "--embeds", embeds]).status, Some(0));
    let again = ["message", "list", "#general", "--limit", "1", "--jq", "{embeds: .embeds}"];
    let received = world.run(again).stdout;
    assert!(received.contains(r#""type":"rich""#), "{received}");
    assert_eq!(world.run(["message", "send", "#general", "--body", &received]).status, Some(0));
}
