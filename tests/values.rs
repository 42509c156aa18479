//! Values of all kinds: texts and files, lists, choices, colours, emojis and numbers.

use serde_json::{Value, json};

use super::support::{Recorder, Reply, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// The byte order mark that Windows editors put before UTF-8 text.
const MARK: &str = "\u{feff}";

#[test]
fn a_byte_order_mark_is_skipped_wherever_text_or_json_is_read() {
    let server = Recorder::new();
    let world = World::at(&server);
    world.file("body.json", format!("{MARK}{{\"content\": \"hi\"}}\r\n"));
    world.file("embeds.json", format!("{MARK}[{{\"title\": \"T\"}}]"));
    world.file("text", format!("{MARK}hi\r\n"));
    let content = |json: &Value| json["content"].clone();
    for words in [
        ["--body", "@body.json"],
        ["--content-file", "text"],
        ["--content-file", "-"],
        ["-", "--tts"],
        ["--body", "@-"],
    ] {
        let stdin = if words.contains(&"@-") { format!("{MARK}{{\"content\":\"hi\"}}") } else { format!("{MARK}hi\n") };
        let outcome = world.run_with([&["message", "send", "1"], &words[..]].concat(), stdin);
        assert_eq!(outcome.status, Some(0), "{words:?}: {outcome}");
        assert_eq!(content(&server.one().json()), "hi", "{words:?}");
    }
    world.run(["message", "send", "1", "--embeds", "@embeds.json"]);
    assert_eq!(server.one().json()["embeds"], json!([{"title": "T"}]));
    for words in [["api", "/channels/1/messages", "--input", "body.json"], ["api", "/x", "-F", "content=@text"]] {
        world.run(words);
        assert_eq!(content(&server.one().json()), "hi", "{words:?}");
    }
    // Inside a text it is an ordinary character.
    world.file("text", format!("a{MARK}b"));
    world.run(["message", "send", "1", "--content-file", "text"]);
    assert_eq!(content(&server.one().json()), format!("a{MARK}b"));
}

#[test]
fn a_byte_order_mark_is_skipped_in_the_configuration_and_in_files_of_secrets() {
    let server = Recorder::new();
    let world = World::at(&server).without("DCORD_TOKEN").env("DCORD_PROFILE", "a");
    let token = world.file("token", format!("{MARK}abc.def.ghi\r\n"));
    world.config(&format!("{MARK}[profiles.a]\ntoken_file = \"{token}\"\n"), 0o600);
    let hook = format!("{MARK}https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}\r\n");
    let file = format!("file:{}", world.file("hook", &hook));
    world.run(["user", "get-me"]);
    assert_eq!(server.one().header("authorization"), Some("Bot abc.def.ghi"));
    for (source, stdin) in [(file.as_str(), ""), ("-", hook.as_str())] {
        let outcome = world.run_with(["webhook", "send", source, "hi"], stdin);
        assert_eq!(outcome.status, Some(0), "{source}: {outcome}");
        assert!(server.one().path().ends_with(WEBHOOK_TOKEN), "{source}");
    }
}

#[test]
fn each_repeated_first_flag_starts_the_next_embed() {
    let server = Recorder::new();
    let world = World::at(&server);
    let embeds = |words: &[&str]| {
        let outcome = world.run([&["message", "send", "1"], words].concat());
        assert_eq!(outcome.status, Some(0), "{words:?}: {outcome}");
        server.one().json()["embeds"].clone()
    };
    world.file("long", "from a file\n");
    assert_eq!(
        embeds(&[
            "--embed.title",
            "A",
            "--embed.field",
            "a=1",
            "--embed.color",
            "red",
            "--embed.title",
            "B",
            "--embed.field",
            "b=2",
            "--embed.field",
            "c=3",
            "--embed.description-file",
            "long",
            "--embed.description",
            "third",
        ]),
        json!([
            {"title": "A", "fields": [{"name": "a", "value": "1"}], "color": 0xed_4245},
            {
                "title": "B",
                "fields": [{"name": "b", "value": "2"}, {"name": "c", "value": "3"}],
                "description": "from a file",
            },
            {"description": "third"},
        ])
    );
    // The first flags change the first embed of the body, and the second ones the second.
    let body = r#"{"embeds": [{"title": "a", "url": "https://a.example"}, {"title": "b"}, {"title": "c"}]}"#;
    assert_eq!(
        embeds(&["--embed.title", "A", "--body", body, "--embed.title", "B"]),
        json!([{"title": "A", "url": "https://a.example"}, {"title": "B"}, {"title": "c"}])
    );
    let whole = r#"[{"title": "a"}]"#;
    let added = embeds(&["--embed.color", "1", "--embeds", whole, "--embed.color", "2"]);
    assert_eq!(added, json!([{"title": "a", "color": 1}, {"color": 2}]));
}

#[test]
fn ten_embeds_are_accepted_and_each_has_its_own_fields() {
    let server = Recorder::new();
    let world = World::at(&server);
    let words = |embeds: usize, fields: usize| {
        let mut words = vec!["message".to_owned(), "send".to_owned(), "1".to_owned()];
        for embed in 0..embeds {
            words.push(format!("--embed.title={embed}"));
            words.extend((0..fields).map(|field| format!("--embed.field={field}=x")));
        }
        words
    };
    assert_eq!(world.run(words(10, 25)).status, Some(0));
    assert_eq!(server.one().json()["embeds"].as_array().unwrap().len(), 10);
    let outcome = world.run(words(11, 0));
    assert!(
        outcome.status == Some(9) && outcome.stderr.contains("embeds has 11 items, but must have at most 10"),
        "{outcome}"
    );
    let outcome = world.run(words(2, 26));
    assert!(
        outcome.status == Some(9) && outcome.stderr.contains("has 26 items, but must have at most 25"),
        "{outcome}"
    );
    let outcome = world.run(["message", "edit", "1", "2", "--embed.title", "A", "--unset", "embeds"]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("--embed.title and --unset embeds"), "{outcome}");
    assert!(server.take().is_empty());
}

#[test]
fn dotted_flags_build_several_overwrites_options_and_answers() {
    let server = Recorder::new();
    let world = World::at(&server);
    let body = |words: &str| {
        let outcome = world.run(words.split(' '));
        assert_eq!(outcome.status, Some(0), "{words}: {outcome}");
        server.one().json()
    };
    let channel = body(
        "channel create 1 --name a --overwrite.id 5 --overwrite.type role --overwrite.deny view-channel \
         --overwrite.id 6 --overwrite.type member --overwrite.allow view-channel,send-messages",
    );
    assert_eq!(
        channel["permission_overwrites"],
        json!([{"id": "5", "type": 0, "deny": "1024"}, {"id": "6", "type": 1, "allow": "3072"}])
    );
    let command = body(
        "command create --application-id 9 --name a --description b \
         --option.type string --option.name x --option.description y --option.choice a=1 --option.choice b=2 \
         --option.type channel --option.name z --option.description w --option.channel-types guild-text \
         --option.required",
    );
    assert_eq!(
        command["options"],
        json!([
            {
                "type": 3, "name": "x", "description": "y",
                "choices": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}],
            },
            {"type": 7, "name": "z", "description": "w", "channel_types": [0], "required": true},
        ])
    );
}

#[test]
fn a_list_file_has_one_id_per_line_and_an_error_names_an_invalid_line() {
    let server = Recorder::new();
    let world = World::at(&server);
    let ids = "# spam\r\n200000000000000001\r\n\r\n  <#200000000000000002>\r\n200000000000000001\r\n";
    world.file("ids.txt", ids);
    for (words, stdin) in [
        (["--roles", "@ids.txt"], ""),
        (["--roles", "@./ids.txt"], ""),
        (["--roles", "@-"], "200000000000000001\n200000000000000002"),
        (["--roles", "-"], "200000000000000001\n200000000000000002"),
        (["--roles", "200000000000000001,200000000000000002"], ""),
    ] {
        world.file("ids.txt", ids.replace("<#", "<@&"));
        let outcome = world.run_with([&["member", "edit", "1", "2"], &words[..]].concat(), stdin);
        assert_eq!(outcome.status, Some(0), "{words:?}: {outcome}");
        assert_eq!(server.one().json()["roles"], json!(["200000000000000001", "200000000000000002"]), "{words:?}");
    }
    // The id of a message or a link to it, but nothing that requires a lookup.
    world.file("ids.txt", "200000000000000001\nhttps://discord.com/channels/1/2/200000000000000003\n");
    world.run(["message", "bulk-delete", "1", "--messages", "@ids.txt", "--yes"]);
    assert_eq!(server.one().json()["messages"], json!(["200000000000000001", "200000000000000003"]));
    for (line, flag) in
        [("alice", "--user-ids"), ("1,2", "--user-ids"), ("#general", "--user-ids"), ("id", "--user-ids")]
    {
        let outcome = world.run_with(["ban", "bulk-add", "1", flag, "@-", "--yes"], format!("1\n\n{line}\n"));
        let expected = format!("error: {flag}, line 3 of standard input: {line:?} is not the id of a user");
        assert!(outcome.status == Some(2) && outcome.stderr.starts_with(&expected), "{outcome}");
    }
    insta::assert_snapshot!(world.run(["member", "edit", "1", "2", "--roles", "1,,2"]), @r#"
    exit: 2
    --- stderr
    error: --roles: "" is not the id of a role
    "#);
    insta::assert_snapshot!(world.run(["member", "edit", "1", "2", "--roles", "@./none"]), @r"
    exit: 2
    --- stderr
    error: --roles: cannot read ./none: there is no such file or folder
    ");
    insta::assert_snapshot!(world.run_with(["message", "send", "1", "-", "--sticker-ids", "@-"], "1"), @r"
    exit: 2
    --- stderr
    error: CONTENT and --sticker-ids both read standard input; only one can
    ");
}

#[test]
fn an_emoji_is_a_character_a_standard_name_or_the_name_of_a_server_emoji() {
    let server = Recorder::answering(|request| match request.path() {
        "/channels/1" => Reply::ok(&json!({"id": "1", "type": 0, "guild_id": "9"})),
        "/guilds/9/emojis" => Reply::ok(&json!([{"id": "5", "name": "blob"}, {"id": "6", "name": "tada"}])),
        _ => Reply::ok(&json!({"id": "1"})),
    });
    let world = World::at(&server);
    for (emoji, sent, asked) in [
        (":tada:", "🎉", false),
        ("tada", "🎉", false),
        (":thumbsup_tone2:", "👍🏼", false),
        ("#️⃣", "#️⃣", false),
        ("👨‍👩‍👦", "👨‍👩‍👦", false),
        ("🇮🇸", "🇮🇸", false),
        ("<:blob:200000000000000005>", "blob:200000000000000005", false),
        (":blob:", "blob:5", true),
        (":tada~1:", "tada:6", true),
    ] {
        let outcome = world.run(["reaction", "add", "1", "2", emoji, "--no-cache"]);
        let requests = server.take();
        assert_eq!(outcome.status, Some(0), "{emoji}: {outcome}");
        let path = percent_encoding::percent_decode_str(requests.last().unwrap().path()).decode_utf8().unwrap();
        assert_eq!(path, format!("/channels/1/messages/2/reactions/{sent}/@me"), "{emoji}");
        assert_eq!(requests.len() > 1, asked, "{emoji}: {requests:#?}");
    }
    let body = |words: &[&str]| {
        let outcome = world.run(words);
        assert_eq!(outcome.status, Some(0), "{words:?}: {outcome}");
        server.take().pop().unwrap().json()
    };
    let words = ["--name=a", "--type=forum", "--default-reaction-emoji.name=:tada:"];
    let forum = body(&[&["channel", "create", "9"], &words[..]].concat());
    assert_eq!(forum["default_reaction_emoji"], json!({"emoji_name": "🎉"}));
    let poll = ["--poll.question=?", "--poll.answer=a", "--poll.emoji=:+1:", "--poll.emoji=:blob:", "--poll.answer=b"];
    assert_eq!(
        body(&[&["message", "send", "1"], &poll[..]].concat())["poll"]["answers"],
        json!([
            {"poll_media": {"text": "a", "emoji": {"name": "👍"}}},
            {"poll_media": {"emoji": {"id": "5"}, "text": "b"}},
        ])
    );
    insta::assert_snapshot!(world.run(["role", "create", "9", "--unicode-emoji", ":tadaa:"]), @r#"
    exit: 2
    --- stderr
    error: --unicode-emoji: ":tadaa:" is not a standard emoji; did you mean "tada"?
    "#);
    assert!(server.take().is_empty());
}

#[test]
fn a_wrong_value_of_an_option_is_reported_before_a_missing_token() {
    let world = World::new().without("DCORD_TOKEN");
    for (args, expected) in [
        (&["channel", "get", "123", "--api-url", "x"][..], "\"x\" is not a URL"),
        (&["listen", "--api-url", "ftp://x"], "\"ftp://x\" does not start with https:// or http://"),
        (&["limits", "--api-url", "x"], "\"x\" is not a URL"),
        (&["message", "purge", "#general", "--limit", "1", "--jq", "("], "--jq: "),
        (&["message", "purge", "#general", "--limit", "1", "-o", "x"], "-o: \"x\" is not an output format"),
        (&["channel", "lock", "#general", "--fields", ","], "--fields: "),
    ] {
        let run = world.run(args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}: {run}");
        assert!(run.stderr.starts_with(&format!("error: {expected}")), "{args:?}: {run}");
    }
}
