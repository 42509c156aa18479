//! Parsing of a command line: targets, fields, files, and invalid combinations.

use serde_json::json;

use super::support::{Recorder, Reply, World};

#[test]
fn the_text_of_a_message_is_sent_as_typed() {
    let server = Recorder::new();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "send", "<#1>", "@everyone it's @~/file $HOME"]), @r#"
    exit: 0
    --- stdout
    {"id":"9"}
    --- stderr
    the message does not ping @everyone: without --ping, only users are pinged; add --ping everyone to ping it, or --ping none to ping nobody
    "#);
    insta::assert_snapshot!(server.shown(), @r#"
    POST /channels/1/messages
    authorization: Bot [token]
    content-type: application/json
    {"content":"@everyone it's @~/file $HOME","allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true}
    "#);
    world.run(["message", "send", "1", "--", "--tts"]);
    insta::assert_snapshot!(server.shown(), @r#"
    POST /channels/1/messages
    authorization: Bot [token]
    content-type: application/json
    {"content":"--tts","allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true}
    "#);
}

#[test]
fn an_alias_runs_the_same_command() {
    let server = Recorder::new();
    World::at(&server).run(["message", "create", "1", "a"]);
    insta::assert_snapshot!(server.lines(), @r"POST /channels/1/messages");
}

#[test]
fn a_link_to_a_message_determines_the_channel() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.run(["message", "get", "https://discord.com/channels/9/1/2"]);
    world.run(["reaction", "add", "https://ptb.discord.com/channels/@me/1/2", "👍"]);
    world.run(["reaction", "add", "1", "2", "<:blob:123456789012345678>"]);
    world.run([
        "message",
        "send",
        "https://discord.com/channels/9/1",
        "a",
        "--reply-to",
        "https://discord.com/channels/9/1/2",
    ]);
    insta::assert_snapshot!(server.shown(), @r#"
    GET /channels/1/messages/2
    authorization: Bot [token]
    PUT /channels/1/messages/2/reactions/%F0%9F%91%8D/@me
    authorization: Bot [token]
    PUT /channels/1/messages/2/reactions/blob%3A123456789012345678/@me
    authorization: Bot [token]
    POST /channels/1/messages
    authorization: Bot [token]
    content-type: application/json
    {"content":"a","message_reference":{"message_id":"2"},"allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true}
    "#);
}

#[test]
fn errors_about_missing_and_extra_arguments_show_the_usage() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["message", "send"]), @r"
    exit: 2
    --- stderr
    error: CHANNEL is missing (usage: dcord message send CHANNEL [CONTENT] [OPTIONS])
      hint: the shell treats an unquoted #word as a comment: quote it
    ");
    insta::assert_snapshot!(world.run(["message", "get", "1"]), @r"
    exit: 2
    --- stderr
    error: MESSAGE is missing (usage: dcord message get CHANNEL MESSAGE [OPTIONS])
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "two", "words"]), @r#"
    exit: 2
    --- stderr
    error: unexpected argument "words" (usage: dcord message send CHANNEL [CONTENT] [OPTIONS])
      hint: quote text that contains spaces, and put -- before text that begins with a dash
    "#);
    insta::assert_snapshot!(world.run(["message", "get", "1", "general"]), @r##"
    exit: 2
    --- stderr
    error: "general" is a name, but only the id of a message works here
      hint: use its id, or a link copied from Discord
    "##);
    insta::assert_snapshot!(world.run(["ban", "list"]), @r"
    exit: 2
    --- stderr
    error: SERVER is missing (usage: dcord ban list [SERVER] [OPTIONS])
      hint: give the server's name, its id or a link to it (`dcord guild list` shows the servers), or set DCORD_GUILD
    ");
}

/// Answers every request with an empty list.
fn lists() -> Recorder {
    Recorder::answering(|request| match request.path() {
        path if path.ends_with("/audit-logs") => Reply::ok(&json!({"audit_log_entries": []})),
        _ if request.method == "GET" => Reply::ok(&json!([])),
        _ => Reply::ok(&json!({"id": "9"})),
    })
}

#[test]
fn the_default_server_replaces_only_a_missing_server() {
    let server = lists();
    let world = World::at(&server).env("DCORD_GUILD", "555");
    // Only the server is missing.
    world.run(["member", "get", "1"]);
    // The server is given.
    world.run(["member", "get", "2", "1"]);
    // The server is given by its flag.
    world.run(["member", "get", "--guild", "3", "1"]);
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/555/members/1
    GET /guilds/2/members/1
    GET /guilds/3/members/1
    ");
    // The server is the only target.
    for words in [
        &["guild", "get"][..],
        &["channel", "list"],
        &["member", "list"],
        &["role", "list"],
        &["ban", "list"],
        &["audit-log", "list"],
        &["channel", "create", "general"],
        &["member", "search", "ada"],
        &["role", "create", "Helpers"],
        &["role", "create"],
        &["role", "create", "--name", "Helpers"],
        &["channel", "create", "--body", "{\"name\":\"general\"}"],
        &["join-request", "decide", "7", "approved"],
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(0), "{words:?}\n{run}");
        let sent = server.one();
        assert!(sent.path().starts_with("/guilds/555"), "{words:?}: {}", sent.target);
    }
    // A typed server is the server, also if an optional field follows.
    for words in [
        &["channel", "list", "3"][..],
        &["channel", "list", "--guild", "3"],
        &["channel", "create", "3", "general"],
        &["role", "create", "3"],
        &["role", "create", "Helpers", "--guild", "3"],
        &["join-request", "decide", "3", "7", "approved"],
        &["scheduled-event", "get", "https://discord.com/events/3/9"],
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(0), "{words:?}\n{run}");
        let sent = server.one();
        assert!(sent.path().starts_with("/guilds/3"), "{words:?}: {}", sent.target);
    }
    // Another target is missing too.
    insta::assert_snapshot!(world.run(["member", "get"]), @r"
    exit: 2
    --- stderr
    error: USER is missing (usage: dcord member get [SERVER] USER [OPTIONS])
    ");
    insta::assert_snapshot!(world.run(["channel", "create"]), @r"
    exit: 2
    --- stderr
    error: NAME is missing (usage: dcord channel create [SERVER] NAME [OPTIONS])
    ");
    insta::assert_snapshot!(world.run(["member", "get", "@ada", "@bob", "@eve"]), @r#"
    exit: 2
    --- stderr
    error: unexpected argument "@eve" (usage: dcord member get [SERVER] USER [OPTIONS])
      hint: quote text that contains spaces, and put -- before text that begins with a dash
    "#);
    // A destructive command requires every target to be given.
    insta::assert_snapshot!(world.run(["role", "delete", "1", "--yes"]), @r#"
    exit: 2
    --- stderr
    error: ROLE is missing (usage: dcord role delete SERVER ROLE [OPTIONS])
      hint: dcord reads "1" as SERVER; destructive commands do not use DCORD_GUILD
    "#);
    // A user is not a server, and is not looked up as one.
    insta::assert_snapshot!(world.run(["ban", "add", "@alice", "--yes"]), @r"
    exit: 2
    --- stderr
    error: SERVER is missing (usage: dcord ban add SERVER USER [OPTIONS])
      hint: give the server's name, its id or a link to it (`dcord guild list` shows the servers); destructive commands do not use DCORD_GUILD
    ");
    assert!(server.take().is_empty());
    // The default of a profile works in the same way, and the variable precedes it.
    world.config("[profiles.home]\nguild = \"777\"\n", 0o600);
    let world = world.env("DCORD_PROFILE", "home");
    world.run(["member", "get", "1"]);
    let world = world.without("DCORD_GUILD");
    world.run(["member", "get", "1"]);
    insta::assert_snapshot!(server.lines(), @r"
    GET /guilds/555/members/1
    GET /guilds/777/members/1
    ");
}

#[test]
fn a_destructive_command_requires_an_explicit_server() {
    let server = Recorder::answering(|request| match request.path() {
        "/users/@me/guilds" => Reply::ok(&json!([{"id": "555", "name": "My \u{1b}[31mServer"}])),
        "/guilds/555/channels" => Reply::ok(&json!([{"id": "7", "type": 0, "name": "doomed", "guild_id": "555"}])),
        _ => Reply::ok(&json!([])),
    });
    let world = World::at(&server).env("DCORD_GUILD", "555");
    insta::assert_snapshot!(world.run(["role", "delete", "555", "1"]), @r"
    exit: 10
    --- stderr
    error: confirmation is required to delete role 1 in server 555
      hint: add --yes to confirm, or --dry-run to see the request
    ");
    world.run(["guild", "list"]);
    world.run(["channel", "list"]);
    insta::assert_snapshot!(world.run(["role", "delete", "--guild", "555", "1"]), @r#"
    exit: 10
    --- stderr
    error: confirmation is required to delete role 1 in My [31mServer
      hint: add --yes to confirm, or --dry-run to see the request
    "#);
    insta::assert_snapshot!(world.run(["channel", "delete", "7"]), @r#"
    exit: 10
    --- stderr
    error: confirmation is required to delete channel #doomed in My [31mServer
      hint: add --yes to confirm, or --dry-run to see the request
    "#);
    server.take();
    // A destructive command does not use the default server.
    for words in
        [&["role", "delete", "1", "--yes"][..], &["guild", "delete", "--yes"], &["member", "kick", "@ada", "--yes"]]
    {
        let run = world.run(words);
        assert_eq!(run.status, Some(2), "{words:?}\n{run}");
    }
    assert!(server.take().is_empty());
}

#[test]
fn the_default_server_may_be_a_name() {
    let server = Recorder::answering(|request| match request.path() {
        "/users/@me/guilds" => Reply::ok(&json!([{"id": "555", "name": "My Server"}, {"id": "6", "name": "Other"}])),
        _ => Reply::ok(&json!([])),
    });
    let world = World::at(&server).env("DCORD_GUILD", "my server");
    assert_eq!(world.run(["channel", "list"]).status, Some(0));
    assert_eq!(world.run(["role", "list"]).status, Some(0));
    insta::assert_snapshot!(server.lines(), @r"
    GET /users/@me/guilds?limit=200
    GET /guilds/555/channels
    GET /guilds/555/roles
    ");
    let world = world.env("DCORD_GUILD", "@ada");
    insta::assert_snapshot!(world.run(["channel", "list"]), @r#"
    exit: 6
    --- stderr
    error: no server named "@ada"
      hint: `dcord guild list` shows the servers that the bot is in
    "#);
}

#[test]
fn a_boolean_takes_its_value_after_an_equals_sign() {
    let server = Recorder::new();
    let world = World::at(&server);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--tts", "false"]), @r"
    exit: 2
    --- stderr
    error: --tts requires an equals sign before its value: --tts=false
    ");
    assert!(server.take().is_empty());
    world.run(["message", "send", "1", "a", "--tts=false"]);
    assert_eq!(server.one().json()["tts"], json!(false));
}

#[test]
fn a_text_is_read_from_a_file_or_stdin_on_request() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.file("text", "from a file\nof two lines\n\n");
    world.run(["message", "send", "1", "--content-file", "text"]);
    assert_eq!(server.one().json()["content"], "from a file\nof two lines\n");
    for words in [["message", "send", "1", "-"].as_slice(), &["message", "send", "1", "--content-file", "-"]] {
        world.run_with(words, "from a pipe\r\n");
        assert_eq!(server.one().json()["content"], "from a pipe");
    }
    // Without a request for it, stdin is not read.
    world.run_with(["message", "send", "1", "a"], "not read");
    assert_eq!(server.one().json()["content"], "a");
    insta::assert_snapshot!(world.run_with(["message", "send", "1", "--content-file", "-", "--embeds", "@-"], "x"), @r"
    exit: 2
    --- stderr
    error: --content-file and --embeds both read standard input; only one can
    ");
    insta::assert_snapshot!(world.run_with(["message", "send", "1", "-"], b"\xff\xfe"), @r"
    exit: 2
    --- stderr
    error: CONTENT: standard input is not UTF-8 text
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "--content-file", "missing"]), @r"
    exit: 2
    --- stderr
    error: --content-file: cannot read missing: there is no such file or folder
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "--content-file", "text", "--content", "a"]), @r"
    exit: 2
    --- stderr
    error: --content-file and --content cannot be combined
    ");
    assert!(server.take().is_empty());
}

#[test]
fn flags_are_merged_over_a_body() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.file("body.json", r#"{"content": "from the body", "tts": true, "unknown_to_dcord": 1e3}"#);
    world.run(["message", "send", "1", "--body", "@body.json", "--content", "from the flag"]);
    insta::assert_snapshot!(server.shown(), @r#"
    POST /channels/1/messages
    authorization: Bot [token]
    content-type: application/json
    {"content":"from the flag","tts":true,"unknown_to_dcord":1e+3,"allowed_mentions":{"parse":["users"]},"nonce":"[nonce]","enforce_nonce":true}
    "#);
    world.run_with(
        ["message", "send", "1", "--body", "@-"],
        r#"{"content": "from a pipe", "allowed_mentions": {"parse": []}}"#,
    );
    insta::assert_snapshot!(server.shown(), @r#"
    POST /channels/1/messages
    authorization: Bot [token]
    content-type: application/json
    {"content":"from a pipe","allowed_mentions":{"parse":[]},"nonce":"[nonce]","enforce_nonce":true}
    "#);
    insta::assert_snapshot!(world.run(["message", "send", "1", "--body", "[]"]), @r"
    exit: 2
    --- stderr
    error: --body must be a JSON object
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "--body", "content"]), @r"
    exit: 2
    --- stderr
    error: --body: invalid JSON: expected value at line 1 column 1
      hint: put JSON in single quotes, or use @FILE to read it from a file
    ");
}

#[test]
fn unset_clears_a_field() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.run(["channel", "edit", "1", "--unset", "topic", "--unset", "parent-id", "--name", "a"]);
    insta::assert_snapshot!(server.shown(), @r#"
    PATCH /channels/1
    authorization: Bot [token]
    content-type: application/json
    {"name":"a","topic":null,"parent_id":null}
    "#);
    insta::assert_snapshot!(world.run(["channel", "edit", "1", "--unset", "topic", "--topic", "a"]), @r"
    exit: 2
    --- stderr
    error: --topic and --unset topic contradict each other
    ");
    insta::assert_snapshot!(world.run(["webhook", "edit", "1", "--unset", "name"]), @r"
    exit: 2
    --- stderr
    error: --unset name: Discord does not accept null for this field
    ");
    assert!(server.take().is_empty());
}

#[test]
fn ping_sets_the_allowed_mentions_and_the_default_is_users() {
    let server = Recorder::new();
    let world = World::at(&server);
    let pinged = |words: &[&str]| {
        let outcome = world.run([&["message", "send", "1", "@everyone <@5>"], words].concat());
        assert_eq!(outcome.status, Some(0), "{outcome}");
        server.one().json()["allowed_mentions"].clone()
    };
    assert_eq!(pinged(&[]), json!({"parse": ["users"]}));
    assert_eq!(pinged(&["--ping", "none"]), json!({"parse": []}));
    assert_eq!(pinged(&["--ping", "everyone,roles"]), json!({"parse": ["everyone", "roles"]}));
    assert_eq!(pinged(&["--ping", "5,<@&6>"]), json!({"parse": [], "users": ["5"], "roles": ["6"]}));
    assert_eq!(pinged(&["--allowed-mentions", r#"{"parse":["roles"]}"#]), json!({"parse": ["roles"]}));
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "--ping", "here"]), @r#"
    exit: 2
    --- stderr
    error: --ping: "here" is not everyone, roles, users, none, a name such as @alice, an id, or a mention
    "#);
}

#[test]
fn a_search_accepts_after_and_before_like_a_list() {
    let world = World::new();
    for (command, target) in [("message", "1"), ("thread", "1")] {
        let url = |after: &str, before: &str| {
            let words =
                [command, "search", target, after, "2025-01-01", before, "2025-01-02", "--dry-run", "--jq", ".url"];
            world.run(words)
        };
        let (own, lists) = (url("--min-id", "--max-id"), url("--after", "--before"));
        assert_eq!((own.status, lists.status), (Some(0), Some(0)), "{own}{lists}");
        assert_eq!(own.stdout, lists.stdout);
        assert!(own.stdout.contains("min_id=") && own.stdout.contains("max_id="), "{own}");
    }
}

#[test]
fn conflicting_options_are_refused() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["message", "list", "1", "--all", "--limit", "5"]), @r"
    exit: 2
    --- stderr
    error: --all and --limit cannot be combined
    ");
    insta::assert_snapshot!(world.run(["message", "list", "1", "--all", "--around", "555555555555555555"]), @r"
    exit: 2
    --- stderr
    error: --all and --around cannot be combined
    ");
    insta::assert_snapshot!(world.run(["message", "send", "1", "a", "--content", "b"]), @r"
    exit: 2
    --- stderr
    error: CONTENT and --content cannot be combined
    ");
}

#[test]
fn the_audit_log_reason_is_encoded_and_limited_in_length() {
    let server = Recorder::scripted([Reply::empty()]);
    let world = World::at(&server);
    world.run(["ban", "remove", "1", "2", "--reason", "žluť\n100%"]);
    insta::assert_snapshot!(server.shown(), @r"
    DELETE /guilds/1/bans/2
    authorization: Bot [token]
    x-audit-log-reason: %C5%BElu%C5%A5%0A100%25
    ");
    insta::assert_snapshot!(world.run(["ban", "remove", "1", "2", "--reason", &"x".repeat(513)]), @r"
    exit: 9
    --- stderr
    error: --reason has 513 characters, but must have 1 to 512
      hint: change the value, or send it anyway with --no-validate
    ");
    assert!(server.take().is_empty());
    // The maximum counts characters, not bytes.
    assert_eq!(world.run(["ban", "remove", "1", "2", "--reason", &"é".repeat(512)]).status, Some(0));
}

#[test]
fn an_error_about_too_few_arguments_names_those_that_are_missing() {
    let mut world = World::new().env("TZ", "UTC");
    let by_default = r#"hint: the server comes from DCORD_GUILD or the profile, and dcord reads "#;
    for (args, guild, error, hint) in [
        // The words of a time, a permission and an object of another kind are recognized.
        (&["member", "timeout", "10m"][..], true, "USER is missing", r#""10m" as SPAN"#),
        (&["member", "timeout", "ada"], true, "SPAN is missing", r#""ada" as USER"#),
        (&["member", "timeout"], true, "USER and SPAN are missing", ""),
        (&["permission", "can", "send-messages"], true, "USER is missing", r#""send-messages" as PERMISSIONS"#),
        (&["permission", "can", "ada"], true, "PERMISSIONS is missing", r#""ada" as USER"#),
        (&["member", "add-role", "@ada"], true, "ROLE is missing", r#""@ada" as USER"#),
        (&["member", "get"], true, "USER is missing", ""),
        // The last word is none of the values of the last parameter.
        (
            &["member", "timeout", "Guild", "ada"],
            true,
            "SPAN: \"ada\" is neither a span, such as 10m, 2h or 7d, nor a time",
            r#""Guild" as USER and "ada" as SPAN"#,
        ),
        (
            &["permission", "can", "Guild", "ada"],
            true,
            "PERMISSIONS: no permission named \"ada\"",
            r#""Guild" as USER"#,
        ),
        // Without a default, the first word is the server.
        (&["member", "timeout", "Guild"], false, "USER and SPAN are missing", r#"hint: dcord reads "Guild" as SERVER"#),
        (&["member", "timeout", "10m"], false, "SERVER and USER are missing", "or set DCORD_GUILD"),
        (&["member", "add-role", "@ada"], false, "SERVER and ROLE are missing", "or set DCORD_GUILD"),
        (&["member", "kick", "@ada"], false, "SERVER is missing", "`dcord guild list` shows the servers)\n"),
        (&["channel", "create"], false, "SERVER and NAME are missing", "or set DCORD_GUILD"),
    ] {
        world.set("DCORD_GUILD", if guild { "555" } else { "" });
        let outcome = world.run(args);
        let says = outcome.stderr.starts_with(&format!("error: {error}")) && outcome.stderr.contains(hint);
        assert!(outcome.status == Some(2) && says, "{args:?}: {outcome}");
        let names_default = guild && !hint.is_empty();
        assert_eq!(outcome.stderr.contains(by_default), names_default, "{args:?}: {outcome}");
    }
}

#[test]
fn an_error_about_a_missing_server_names_the_servers_in_the_cache_if_they_are_few() {
    let server =
        Recorder::answering(|_| Reply::ok(&json!([{"id": "1", "name": "Garden"}, {"id": "2", "name": "Club"}])));
    let world = World::at(&server);
    let unknown = world.run(["channel", "list"]);
    assert!(unknown.stderr.contains("`dcord guild list` shows the servers"), "{unknown}");
    assert_eq!(world.run(["guild", "list", "--all"]).status, Some(0));
    let known = world.run(["channel", "list"]);
    let hint = "hint: the bot is in \"Garden\" and \"Club\": name the server, or set DCORD_GUILD\n";
    assert!(known.status == Some(2) && known.stderr.ends_with(hint), "{known}");
    let destructive = world.run(["ban", "add", "@ada", "--yes"]);
    assert!(destructive.stderr.ends_with("\"Club\": name the server\n"), "{destructive}");
}

#[test]
fn a_server_that_is_given_twice_is_an_error_that_says_so() {
    let outcome = World::new().run(["channel", "list", "Garden", "--guild", "garden"]);
    let hint = "hint: the server is given twice: remove --guild, or Garden\n";
    assert!(outcome.status == Some(2) && outcome.stderr.ends_with(hint), "{outcome}");
}
