//! Errors with their exit status, their one line and their hint.

use serde_json::{Value, json};

use super::support::{Outcome, Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

#[test]
fn a_message_that_is_too_long_is_not_sent() {
    let server = Recorder::new();
    let outcome = World::at(&server).run(["message", "send", "1", &"x".repeat(2001)]);
    insta::assert_snapshot!(outcome, @r"
    exit: 9
    --- stderr
    error: CONTENT has 2001 characters; Discord allows 2000
      hint: send it in parts with --overflow split, as a file with --overflow file, or cut it with --overflow truncate
    ");
    assert!(server.take().is_empty());
}

#[test]
fn no_validate_sends_a_message_that_is_too_long() {
    let server = Recorder::new();
    let outcome = World::at(&server).run(["message", "send", "1", &"x".repeat(2001), "--no-validate"]);
    insta::assert_snapshot!(outcome, @r#"
    exit: 0
    --- stdout
    {"id":"9"}
    "#);
    assert_eq!(server.one().json()["content"].as_str().unwrap().len(), 2001);
}

#[test]
fn an_error_about_an_unknown_choice_lists_the_choices() {
    let outcome = World::new().run(["channel", "create", "1", "general", "--type", "telepathy"]);
    insta::assert_snapshot!(outcome, @r#"
    exit: 2
    --- stderr
    error: --type: "telepathy" is not one of text, voice, category, announcement, stage, guild-directory, forum, media
      hint: if the value is new in Discord's API, add --no-validate and use the value in Discord's spelling
    "#);
}

#[test]
fn malformed_values_are_usage_errors() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["message", "get", "1", "12x"]), @r#"
    exit: 2
    --- stderr
    error: MESSAGE: "12x" is not the id of a message
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--page-size", "ten"]), @r#"
    exit: 2
    --- stderr
    error: --page-size: "ten" is not a whole number
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--embeds", "{"]), @r"
    exit: 2
    --- stderr
    error: --embeds: invalid JSON: it ends before it is complete
      hint: `dcord explain message.embeds` prints an example; @FILE reads the JSON from a file
    ");
    insta::assert_snapshot!(world.run(["role", "edit", "1", "2", "--permissions", "fly"]), @r#"
    exit: 2
    --- stderr
    error: --permissions: no permission named "fly"
      hint: `dcord help permissions` lists them
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--file", "no/such/file"]), @r"
    exit: 2
    --- stderr
    error: --file: cannot read no/such/file: there is no such file or folder
    ");
    insta::assert_snapshot!(world.run(["emoji", "create", "1", "--name", "x", "--image", "/dev/null"]), @r"
    exit: 2
    --- stderr
    error: --image: /dev/null is not a PNG, JPEG, GIF, WebP or AVIF picture
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "-o", "yaml"]), @r#"
    exit: 2
    --- stderr
    error: -o: "yaml" is not an output format; use jsonl, json, table, text, csv, id, url, raw or none
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--jq", ".["]), @r"
    exit: 2
    --- stderr
    error: --jq: expected closing bracket at the end of the jq program
      hint: put the program in single quotes, so that the shell does not change it
    ");
    insta::assert_snapshot!(world.run(["message", "list", "1", "--request-timeout", "soon"]), @r#"
    exit: 2
    --- stderr
    error: --request-timeout: "soon" is not a span longer than 0, such as 30s
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--request-timeout", "0"]), @r#"
    exit: 2
    --- stderr
    error: --request-timeout: "0" is not a span longer than 0, such as 30s
    "#);
    insta::assert_snapshot!(world.run(["message", "list", "1", "--fields", "a..b"]), @r#"
    exit: 2
    --- stderr
    error: --fields: "a..b" is not a field; join nested names with dots, as in id,author.username
    "#);
}

#[test]
fn a_message_without_content_is_not_sent() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["message", "send", "1"]), @r"
    exit: 2
    --- stderr
    error: CONTENT is missing (usage: dcord message send CHANNEL [CONTENT] [OPTIONS])
      hint: use CONTENT or at least one of --embeds, --sticker-ids, --components, --file, --poll, --shared-client-theme, --message-reference
      hint: to send the output of another program, write - as CONTENT
    ");
    let nothing = world.run(["message", "send", "1"]).to_string();
    for words in [&["--body", "{}"][..], &["--tts"], &["--embeds", "[]"]] {
        assert_eq!(world.run([&["message", "send", "1"], words].concat()).to_string(), nothing, "{words:?}");
    }
    insta::assert_snapshot!(world.run(["message", "edit", "1", "2"]), @r"
    exit: 2
    --- stderr
    error: CONTENT is missing (usage: dcord message edit CHANNEL MESSAGE [CONTENT] [OPTIONS])
      hint: use CONTENT or at least one of --embeds, --flags, --allowed-mentions, --sticker-ids, --components, --file
      hint: to send the output of another program, write - as CONTENT
    ");
    // An edit may remove the content, a forward has none, and `--no-validate` leaves the check to Discord.
    for words in [
        &["message", "edit", "1", "2", ""][..],
        &["message", "send", "1", "--message-reference", r#"{"type":1,"message_id":"2","channel_id":"3"}"#],
        &["message", "send", "1", "--no-validate"],
    ] {
        assert_eq!(world.run([words, &["--dry-run"]].concat()).status, Some(0), "{words:?}");
    }
}

#[test]
fn one_cause_is_reported_once() {
    let world = World::new();
    let file = world.file("a.txt", "a");
    let files = ["--file", &file].repeat(11);
    insta::assert_snapshot!(world.run([&["message", "send", "1"], &files[..]].concat()), @r"
    exit: 9
    --- stderr
    error: --file has 11 items, but must have at most 10
      hint: change the value, or send it anyway with --no-validate
    ");
}

#[test]
fn a_second_argument_is_an_error_if_a_variable_names_the_webhook() {
    let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let world = World::new().env("DCORD_WEBHOOK_URL", url);
    insta::assert_snapshot!(world.run(["webhook", "send", "nameless", "text"]), @r#"
    exit: 2
    --- stderr
    error: unexpected argument "text"; the webhook comes from DCORD_WEBHOOK_URL
      hint: quote text that contains spaces; to use another webhook, put its name first, from [profiles.NAME.webhooks], or as env:NAME or file:PATH
    "#);
}

#[test]
fn an_error_about_a_missing_flag_lists_its_values_or_how_the_arguments_were_read() {
    let world = World::new().env("DCORD_ERRORS", "text");
    for (args, texts) in [
        (
            &["scheduled-event", "create", "1", "--name", "Game", "--scheduled-start-time", "friday 20:00"][..],
            &[
                "--entity-type is missing: give stage-instance, voice or external (usage: ",
                "hint: --channel-id makes it an event in a channel, --entity-metadata.location makes it an external event",
            ][..],
        ),
        (
            &["emoji", "create", "1"],
            &[
                "NAME and IMAGE are missing",
                "the first argument is the SERVER, which can be omitted if DCORD_GUILD is set",
            ],
        ),
        (
            &["emoji", "create", "party", "party.png"],
            &[
                "IMAGE is missing (usage: dcord emoji create [SERVER] NAME IMAGE",
                "the first argument is the SERVER, which can be omitted if DCORD_GUILD is set",
            ],
        ),
    ] {
        let outcome = world.run(args);
        assert_eq!(outcome.status, Some(2), "{outcome}");
        assert!(texts.iter().all(|text| outcome.stderr.contains(text)), "{args:?}: {outcome}");
    }
}

#[test]
fn an_unknown_command_suggests_the_nearest() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["mesage", "send"]), @r#"
    exit: 2
    --- stderr
    error: no command named "mesage"; did you mean "message send"?
      hint: Send a message to a channel: dcord message send CHANNEL [CONTENT]
    "#);
    insta::assert_snapshot!(world.run(["message", "sned"]), @r#"
    exit: 2
    --- stderr
    error: no command named "message sned"; did you mean "message send"?
      hint: Send a message to a channel: dcord message send CHANNEL [CONTENT]
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--contnet", "a"]), @r#"
    exit: 2
    --- stderr
    error: "message send" has no option --contnet; did you mean --content?
    "#);
}

#[test]
fn a_missing_token_is_an_error_before_anything_is_sent() {
    let server = Recorder::new();
    let outcome = World::at(&server).without("DCORD_TOKEN").run(["message", "send", "1", "hello"]);
    insta::assert_snapshot!(outcome, @r"
    exit: 4
    --- stderr
    error: no token is set
      hint: run `dcord auth login`, or set DCORD_TOKEN; to try dcord without an account, use `dcord sandbox run -- COMMAND`
    ");
    assert!(server.take().is_empty());
}

#[test]
fn a_malformed_token_is_neither_sent_nor_shown() {
    let server = Recorder::new();
    let world = World::at(&server).env("DCORD_TOKEN", "two words");
    world.secret("two words");
    insta::assert_snapshot!(world.run(["message", "send", "1", "hello"]), @r"
    exit: 4
    --- stderr
    error: DCORD_TOKEN: the token contains a character that is not allowed, such as a space, a quote or a line break
    ");
    assert!(server.take().is_empty());
}

#[test]
fn a_token_of_the_wrong_type_is_an_error_before_anything_is_sent() {
    let server = Recorder::new();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["member", "get-me", "1"]), @r"
    exit: 4
    --- stderr
    error: member get-me requires a user's access token, but the configured token is a bot token
      hint: give a token of the required type with --token-file PATH --token-type TYPE
    ");
    let world = world.env("DCORD_TOKEN_TYPE", "bearer");
    insta::assert_snapshot!(world.run(["message", "send", "1", "hello"]), @r"
    exit: 4
    --- stderr
    error: message send requires a bot token, but the configured token is a user's access token
      hint: give a token of the required type with --token-file PATH --token-type TYPE
    ");
    assert!(server.take().is_empty());
}

#[test]
fn an_unreachable_server_is_a_network_error() {
    insta::assert_snapshot!(World::new().run(["message", "send", "1", "hello", "--retries", "0"]), @r"
    exit: 8
    --- stderr
    error: cannot connect to 127.0.0.1:1: connection refused
      hint: check the network connection, and --api-url or DCORD_API_URL if set
    ");
}

#[test]
fn a_connection_closed_before_the_response_is_a_network_error() {
    let server = Recorder::scripted([Reply::Hang]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "get", "1", "2", "--retries", "0"]), @r"
    exit: 8
    --- stderr
    error: lost the connection to [server]: it was closed before the response was complete
    ");
    // The channel may have been created, so dcord neither retries nor reports a failure.
    server.take();
    insta::assert_snapshot!(world.run(["channel", "create", "1", "general"]), @r"
    exit: 8
    --- stderr
    error: lost the connection to [server]: it was closed before the response was complete
      hint: [server] may have carried out the request; check whether it did before you run the command again
    ");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn each_refusal_by_discord_has_its_exit_status_and_hint() {
    let refusal = |status, code: i64, message: &str| Reply::json(status, &json!({"code": code, "message": message}));
    for (reply, expected) in [
        (refusal(401, 0, "401: Unauthorized"), 4),
        (refusal(403, 50_013, "Missing Permissions"), 5),
        (refusal(404, 10_003, "Unknown Channel"), 6),
        (refusal(405, 0, "405: Method Not Allowed"), 9),
        (refusal(409, 0, "Conflict"), 9),
        (refusal(413, 40_005, "Request entity too large"), 9),
        (refusal(422, 0, "Unprocessable"), 9),
        (refusal(418, 0, "I'm a teapot"), 1),
        (refusal(500, 0, "500: Internal Server Error"), 8),
    ] {
        let server = Recorder::scripted([reply.clone()]);
        let outcome = World::at(&server).run(["channel", "get", "1", "--retries", "0"]);
        assert_eq!(outcome.status, Some(expected), "{reply:?}\n{outcome}");
        assert_eq!(outcome.stdout, "", "{outcome}");
        assert!(outcome.stderr.starts_with("error: "), "{outcome}");
    }
    let server = Recorder::scripted([
        refusal(403, 50_013, "Missing Permissions"),
        refusal(403, 50_001, "Missing Access"),
        refusal(404, 10_003, "Unknown Channel"),
    ]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "send", "1", "a"]), @r"
    exit: 5
    --- stderr
    error: Missing Permissions (403 Forbidden, code 50013)
      hint: the bot lacks a permission, or its highest role is not above the target's; --help names the permission
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a"]), @r"
    exit: 5
    --- stderr
    error: Missing Access (403 Forbidden, code 50001)
      hint: the bot cannot see the object: add the bot to the server, or give it the permission VIEW_CHANNEL
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a"]), @r"
    exit: 6
    --- stderr
    error: Unknown Channel (404 Not Found, code 10003)
      hint: check the ids, and whether the bot can see the object
    ");
}

#[test]
fn an_unknown_webhook_is_an_error_with_a_hint() {
    let refusal = |status, code: i64, message: &str| Reply::json(status, &json!({"code": code, "message": message}));
    let server =
        Recorder::scripted([refusal(401, 50_027, "Invalid Webhook Token"), refusal(404, 10_015, "Unknown Webhook")]);
    let world = World::at(&server).env("DCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/7/a-token-of-a-webhook");
    insta::assert_snapshot!(world.run(["webhook", "send", "a"]), @r"
    exit: 4
    --- stderr
    error: Invalid Webhook Token (401 Unauthorized, code 50027)
      hint: copy the whole URL of the webhook again
    ");
    insta::assert_snapshot!(world.run(["webhook", "send", "a"]), @r"
    exit: 6
    --- stderr
    error: Unknown Webhook (404 Not Found, code 10015)
      hint: check the URL or the id; if the webhook was deleted, create a new one
    ");
}

#[test]
fn an_invalid_token_is_an_error_with_a_hint() {
    let server = Recorder::scripted([Reply::json(401, &json!({"code": 0, "message": "401: Unauthorized"}))]);
    insta::assert_snapshot!(World::at(&server).run(["user", "get-me"]), @r"
    exit: 4
    --- stderr
    error: Unauthorized (401)
      hint: [server] does not accept the token: use a token that [server] issued, or check --api-url
    ");
}

/// The error tree in "Error Messages" of Discord's reference.
fn deep_refusal() -> Reply {
    Reply::json(
        400,
        &json!({
            "code": 50_035,
            "message": "Invalid Form Body",
            "errors": {
                "embeds": {"0": {"fields": {"2": {"name": {"_errors": [
                    {"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be between 1 and 256 in length."},
                ]}}}}},
                "content": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]},
            },
        }),
    )
}

#[test]
fn nested_validation_errors_are_one_line_of_paths() {
    let server = Recorder::scripted([deep_refusal()]);
    insta::assert_snapshot!(World::at(&server).run(["message", "send", "1", "a"]), @r"
    exit: 9
    --- stderr
    error: Invalid Form Body (400 Bad Request, code 50035): embeds[0].fields[2].name: Must be between 1 and 256 in length; content: This field is required
    ");
}

#[test]
fn errors_are_text_with_every_output_format() {
    let server = Recorder::scripted([deep_refusal()]);
    for output in ["json", "jsonl", "table", "id"] {
        let outcome = World::at(&server).run(["message", "get", "1", "12x", "-o", output]);
        assert_eq!(outcome.stderr, "error: MESSAGE: \"12x\" is not the id of a message\n", "{output}");
    }
}

#[test]
fn an_error_in_json_is_a_flat_object() {
    let server = Recorder::scripted([deep_refusal()]);
    let world = World::at(&server).env("DCORD_ERRORS", "json");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a"]), @r#"
    exit: 9
    --- stderr
    {"level":"error","kind":"invalid","message":"Invalid Form Body (400 Bad Request, code 50035)","status":400,"code":50035,"fields":[{"path":"embeds[0].fields[2].name","code":"BASE_TYPE_BAD_LENGTH","message":"Must be between 1 and 256 in length."},{"path":"content","code":"BASE_TYPE_REQUIRED","message":"This field is required"}],"hint":null,"retry_after":null,"sent":"no"}
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "1", &"x".repeat(2001)]), @r#"
    exit: 9
    --- stderr
    {"level":"error","kind":"invalid","message":"CONTENT has 2001 characters; Discord allows 2000","status":null,"code":null,"fields":[],"hint":"send it in parts with --overflow split, as a file with --overflow file, or cut it with --overflow truncate","retry_after":null}
    "#);
}

#[test]
fn errors_follow_the_flag_before_the_variable_even_if_parsing_fails() {
    let is_json = |outcome: &Outcome| outcome.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_ok());
    let config = |world: &World| world.config("output = [", 0o600);
    let [plain, json] = [World::new(), World::new().env("DCORD_ERRORS", "json")];
    config(&plain);
    config(&json);
    // The three commands are refused by clap, by the settings and by the binder.
    for words in [&["message", "sned"][..], &["user", "get-me"], &["message", "get", "1", "12x"]] {
        for (world, flag, expected) in
            [(&plain, None, false), (&json, None, true), (&plain, Some("json"), true), (&json, Some("text"), false)]
        {
            for flag in flag.map_or(vec![vec![]], |flag| {
                vec![vec!["--errors".to_owned(), flag.to_owned()], vec![format!("--errors={flag}")]]
            }) {
                let args = words.iter().map(|word| (*word).to_owned()).chain(flag.clone());
                let outcome = world.run(args);
                assert_ne!(outcome.status, Some(0), "{outcome}");
                assert_eq!(is_json(&outcome), expected, "{words:?} {flag:?}: {outcome}");
            }
        }
    }
}

#[test]
fn an_unknown_error_format_is_refused() {
    let outcome = World::new().run(["user", "get-me", "--errors", "xml"]);
    assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains("xml"), "{outcome}");
    assert_eq!(outcome.status, Some(2), "{outcome}");
    let outcome = World::new().env("DCORD_ERRORS", "xml").run(["user", "get-me"]);
    assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains("DCORD_ERRORS"), "{outcome}");
    assert_eq!(outcome.status, Some(2), "{outcome}");
}

#[test]
fn an_error_response_that_is_not_json_is_reported_by_its_status() {
    let server = Recorder::scripted([Reply::new(404, "text/html", "<html><body>nginx</body></html>")]);
    insta::assert_snapshot!(World::at(&server).run(["channel", "get", "1"]), @r"
    exit: 6
    --- stderr
    error: Not Found (404)
      hint: check the ids, and whether the bot can see the object
    ");
}

#[test]
fn a_web_page_in_place_of_a_response_is_reported_as_such() {
    let server = Recorder::scripted([Reply::new(200, "text/html", "<html>a login page</html>")]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "list", "1"]), @r"
    exit: 8
    --- stderr
    error: [server] returned a web page instead of JSON
      hint: a proxy or a sign-in page may intercept requests to [server]; also check --api-url
    ");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_while_writing_to_stdout_is_an_error() {
    let server = Recorder::new();
    let outcome = World::at(&server).shell(r#""$DCORD" channel get 1 > /dev/full"#);
    insta::assert_snapshot!(outcome, @r"
    exit: 1
    --- stderr
    error: cannot write to standard output: no space left on the device
      hint: free some space on the device, or write elsewhere
    ");
}

#[test]
fn a_list_ends_without_an_error_when_its_reader_closes_the_pipe() {
    let server = Recorder::answering(|request| {
        let before = request.query().into_iter().find(|(name, _)| name == "before");
        let top: u64 = before.map_or(1_000_000, |(_, id)| id.parse().unwrap());
        // The list has no end, so only the closed pipe ends the command.
        let page: Vec<_> = (1..=100).map(|n| json!({"id": (top - n).to_string()})).collect();
        Reply::ok(&json!(page))
    });
    let script = r#"{ "$DCORD" message list 1 --all; echo "exit: $?" >&2; } | head -n 1"#;
    insta::assert_snapshot!(World::at(&server).shell(script), @r#"
    exit: 0
    --- stdout
    {"id":"999999"}
    --- stderr
    exit: 0
    "#);
}

#[test]
fn a_command_works_without_a_writable_folder() {
    let server = Recorder::new();
    let mut world = World::at(&server);
    for folder in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        world.set(folder, "/dev/null/nowhere");
    }
    insta::assert_snapshot!(world.run(["channel", "get", "1"]), @r#"
    exit: 0
    --- stdout
    {"id":"9"}
    --- stderr
    warning: cannot create /dev/null/nowhere/dcord/limits.db: a part of the path is not a folder; rate limits are not shared with other processes: check the folder's permissions and the free disk space, or use another folder with DCORD_STATE_DIR
    "#);
}

#[test]
fn a_destructive_command_requires_confirmation() {
    let server = Recorder::scripted([Reply::empty()]);
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["channel", "delete", "1"]), @r"
    exit: 10
    --- stderr
    error: confirmation is required to delete channel 1
      hint: add --yes to confirm, or --dry-run to see the request
    ");
    assert!(server.take().is_empty());
    insta::assert_snapshot!(world.run(["channel", "delete", "1", "--yes"]), @r"exit: 0");
    insta::assert_snapshot!(server.shown(), @r"
    DELETE /channels/1
    authorization: Bot [token]
    ");
}

#[test]
fn a_read_only_profile_refuses_changes() {
    let server = Recorder::new();
    let world = World::at(&server).env("DCORD_PROFILE", "watcher");
    world.config("[profiles.watcher]\nread_only = true\n", 0o600);
    insta::assert_snapshot!(world.run(["message", "send", "1", "a"]), @r#"
    exit: 10
    --- stderr
    error: the profile "watcher" is read-only, but message send sends POST (read_only in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains the rules; only the owner of the file should change them
    "#);
    insta::assert_snapshot!(world.run(["api", "POST", "/channels/1/messages", "-f", "content=a"]), @r#"
    exit: 10
    --- stderr
    error: the profile "watcher" is read-only, but message send sends POST (read_only in [world]/config/dcord/config.toml)
      hint: `dcord help profiles` explains the rules; only the owner of the file should change them
    "#);
    assert!(server.take().is_empty());
    insta::assert_snapshot!(world.run(["message", "get", "1", "2"]), @r#"
    exit: 0
    --- stdout
    {"id":"9"}
    "#);
}

#[test]
fn an_unknown_profile_is_a_usage_error() {
    insta::assert_snapshot!(World::new().run(["channel", "get", "1", "--profile", "work"]), @r#"
    exit: 2
    --- stderr
    error: no profile named "work" in [world]/config/dcord/config.toml
      hint: there are no profiles yet; to create this one: dcord auth login --profile work
    "#);
}

#[test]
fn a_file_on_the_command_line_that_cannot_be_read_is_a_usage_error_that_names_its_option() {
    let world = World::new();
    for (args, what) in [
        (&["message", "list", "1", "--token-file", "missing"][..], "--token-file: cannot read missing"),
        (&["message", "list", "--each", "missing"], "--each: cannot read missing"),
        (&["message", "delete", "1", "--each", "missing"], "--each: cannot read missing"),
        (&["message", "delete", "1", "--each", "-", "--yes", "--journal", "no/j"], "--journal: cannot open no/j"),
        (&["message", "send", "1", "--content-file", "missing"], "--content-file: cannot read missing"),
        (&["message", "send", "1", "--body", "@missing"], "--body: cannot read missing"),
        (&["message", "send", "1", "--file", "missing"], "--file: cannot read missing"),
        (&["notify", "x", "--template", "missing"], "--template: cannot read missing"),
        (&["notify", "x", "--webhook", "file:missing"], "--webhook: cannot read missing"),
        (&["webhook", "send", "file:missing", "x"], "WEBHOOK: cannot read missing"),
        (
            &["auth", "login", "--oauth", "--client-id", "1", "--client-secret", "file:missing"],
            "--client-secret: cannot read missing",
        ),
    ] {
        let run = world.run(args);
        let expected = format!("error: {what}: there is no such file or folder\n");
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}: {run}");
        assert!(run.stderr.starts_with(&expected), "{args:?}: {run}");
    }
}

#[test]
fn an_error_about_a_setting_names_the_flag_or_the_variable_that_sets_it() {
    let server = Recorder::answering(|_| Reply::ok(&json!([])));
    let list = ["message", "list", "1"];
    let with = |name: &str, value: &str| World::at(&server).env(name, value).run(list);
    for (run, expected) in [
        (World::at(&server).run([&list[..], &["-o", "xml"]].concat()), "-o: \"xml\" is not an output format"),
        (with("DCORD_OUTPUT", "xml"), "DCORD_OUTPUT: \"xml\" is not an output format"),
        (with("DCORD_COLOR", "blue"), "DCORD_COLOR: \"blue\" is not always, never or auto"),
        (with("DCORD_RETRIES", "x"), "DCORD_RETRIES: \"x\" is not a number from 0 to 100"),
        (
            World::at(&server).run([&list[..], &["--max-wait", "-1"]].concat()),
            "--max-wait: \"-1\" must not be negative",
        ),
    ] {
        assert!(run.status == Some(2) && run.stderr.starts_with(&format!("error: {expected}")), "{expected}: {run}");
    }
    let table = World::at(&server).env("TZ", "Foo/Bar").run([&list[..], &["-o", "table"]].concat());
    let id = World::at(&server).env("TZ", "Foo/Bar").run(["snowflake", "175928847299117063"]);
    let events = World::at(&server).env("TZ", "Foo/Bar").run(["listen", "-o", "text"]);
    let export = World::at(&server).env("TZ", "Foo/Bar").run(["message", "export", "7", "--format", "md"]);
    let expected = "error: TZ: \"Foo/Bar\" is not a time zone that this machine knows, such as Europe/Berlin\n";
    for run in [table, id, events, export] {
        assert_eq!((run.status, run.stderr.as_str()), (Some(2), expected), "{run}");
    }
    assert!(server.take().is_empty());
    // A pipe has Discord's own times, so that a machine without time zones can send and read.
    let piped = with("TZ", "Foo/Bar");
    assert_eq!((piped.status, server.take().len()), (Some(0), 1), "{piped}");
}

#[test]
fn an_error_in_the_configuration_names_the_line_without_showing_it() {
    let world = World::new();
    world.secret("hunter2hunter2");
    world.config("[profiles.a]\ntoken = \"hunter2hunter2\nguild = 5\n", 0o600);
    insta::assert_snapshot!(world.run(["channel", "get", "1"]), @r#"
    exit: 2
    --- stderr
    error: [world]/config/dcord/config.toml, line 2: invalid basic string, expected `"`
    "#);
    world.config("default_profile = \"a\"\n[profiles.a]\nguidl = \"1\"\n", 0o600);
    insta::assert_snapshot!(world.run(["channel", "get", "1"]), @r#"
    exit: 2
    --- stderr
    error: [world]/config/dcord/config.toml, line 3: no setting named "guidl"; did you mean "guild"?
      hint: `dcord help profiles` lists the settings
    "#);
    world.config("default_profile = \"a\"\n[profiles.a]\ntoken_file = \"/nowhere/token\"\n", 0o600);
    let missing = world.run(["channel", "get", "1", "--profile", "a"]);
    assert_eq!(missing.status, Some(2), "{missing}");
    assert!(
        missing.stderr.starts_with("error: the profile \"a\": token_file: cannot read /nowhere/token: "),
        "{missing}"
    );
    assert!(missing.stderr.contains("config.toml)"), "{missing}");
}
