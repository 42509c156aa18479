//! Command lines and the requests that they build.

use std::iter::successors;

use clap::Command;
use jiff::tz::TimeZone;

use super::typed;
use super::{Error, globals, tree};
use crate::call::Intent;
use crate::call::bind::{Bound, Input, Names, Trust, draft};
use crate::catalogue::{self, ParamKind};
use crate::config::{Flags, Settings};
use crate::model::time::Now;
use crate::rest::{Body, Part, Request};

/// 2023-11-14T22:13:20Z
const NOW: Now = Now { ms: 1_700_000_000_000, zone: || Ok(TimeZone::UTC) };

fn parse(words: &[&str]) -> Result<Bound, Error> {
    let command: Command = tree::root(std::iter::empty());
    let matches =
        command.try_get_matches_from([&["dcord"], words].concat()).unwrap_or_else(|e| panic!("{words:?}: {e}"));
    let (noun, matches) = matches.subcommand().unwrap();
    let (verb, matches) = matches.subcommand().unwrap();
    let endpoint = catalogue::find(noun, verb).unwrap();
    let raw: Vec<_> = words.iter().map(|w| (*w).to_owned()).collect();
    typed::bare_booleans(endpoint, &raw)?;
    let settings = Settings::resolve(Flags::default()).unwrap();
    draft(endpoint, typed::values(endpoint, matches, &raw), &settings, &mut Input::default(), Names::default(), NOW)?
        .complete()
}

/// `METHOD PATH?QUERY BODY`, without the nonce.
fn sent(words: &[&str]) -> String {
    shown(&parse(words).unwrap_or_else(|e| panic!("{words:?}: {e}")).request)
}

fn shown(request: &Request) -> String {
    let query: Vec<_> = request.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let json = match &request.body {
        Body::Json(json) => Some(json.clone()),
        Body::Multipart(parts) => parts.iter().find_map(|p| match p {
            Part::Json(_, json) => Some(json.clone()),
            _ => None,
        }),
        _ => None,
    };
    let json = json.map(|mut json| {
        if json.get("nonce").is_some_and(|n| n.as_str().is_some_and(|n| n.len() == 25)) {
            let map = json.as_object_mut().unwrap();
            map.shift_remove("nonce");
            map.shift_remove("enforce_nonce");
        }
        json.to_string()
    });
    format!(
        "{} {}{}{}{}{}",
        request.method.name(),
        request.shown_path(),
        if query.is_empty() { "" } else { "?" },
        query.join("&"),
        if json.is_some() { " " } else { "" },
        json.unwrap_or_default()
    )
}

fn refused(words: &[&str]) -> String {
    parse(words).expect_err("this line is refused").to_string()
}

#[test]
fn no_flag_of_a_row_has_the_name_of_a_common_flag() {
    for (noun, row) in catalogue::endpoints() {
        let shared: Vec<_> = globals::everywhere().chain(globals::of_endpoint(row)).collect();
        let taken: Vec<_> = shared.iter().filter_map(|arg| arg.get_long()).chain(["help", "version"]).collect();
        for param in row.all_params().filter(|p| p.has_flag()) {
            let twin = (param.kind == ParamKind::Text).then(|| format!("{}-file", param.flag()));
            for own in [Some(param.flag()), twin, param.alias.map(str::to_owned)].into_iter().flatten() {
                assert!(!taken.contains(&own.as_str()), "{} {}: --{own}", noun.name, row.verb);
            }
        }
    }
}

#[test]
fn each_way_to_write_a_message_builds_its_request() {
    let users = r#""allowed_mentions":{"parse":["users"]}"#;
    for (words, expected) in [
        (&["message", "send", "1", "@everyone @~/x"][..], format!(r#"POST /channels/1/messages {{"content":"@everyone @~/x",{users}}}"#)),
        (&["message", "send", "<#1>", "--content", "-5°"], format!(r#"POST /channels/1/messages {{"content":"-5°",{users}}}"#)),
        (&["message", "send", "1", "a", "--tts"], format!(r#"POST /channels/1/messages {{"content":"a","tts":true,{users}}}"#)),
        (&["message", "send", "1", "a", "--tts=false"], format!(r#"POST /channels/1/messages {{"content":"a","tts":false,{users}}}"#)),
        (
            &["message", "send", "1", "a", "--ping", "everyone,<@&7>", "--ping", "8"],
            r#"POST /channels/1/messages {"content":"a","allowed_mentions":{"parse":["everyone"],"users":["8"],"roles":["7"]}}"#.to_owned(),
        ),
        (
            &["message", "send", "1", "a", "--ping", "none"],
            r#"POST /channels/1/messages {"content":"a","allowed_mentions":{"parse":[]}}"#.to_owned(),
        ),
        (
            &["message", "send", "1", "--embed.title", "T", "--embed.color", "#010203", "--embed.field", "a=b=c"],
            r#"POST /channels/1/messages {"embeds":[{"title":"T","color":66051,"fields":[{"name":"a","value":"b=c"}]}]}"#.to_owned(),
        ),
        (
            &["message", "send", "1", "--body", r#"{"content":"x","flags":4}"#, "--flags", "suppress_notifications"],
            format!(r#"POST /channels/1/messages {{"content":"x","flags":4096,{users}}}"#),
        ),
        (
            &["message", "send", "1", "--poll.question", "Q", "--poll.answer", "a", "--poll.answer", "b"],
            r#"POST /channels/1/messages {"poll":{"question":{"text":"Q"},"answers":[{"poll_media":{"text":"a"}},{"poll_media":{"text":"b"}}]}}"#.to_owned(),
        ),
        (
            &["message", "edit", "https://discord.com/channels/9/1/2", "new"],
            format!(r#"PATCH /channels/1/messages/2 {{"content":"new",{users}}}"#),
        ),
        (&["message", "edit", "1", "2", "--unset", "content"], r#"PATCH /channels/1/messages/2 {"content":null}"#.to_owned()),
        (
            &["message", "send", "1", "a", "--reply-to", "https://discord.com/channels/9/1/5"],
            format!(r#"POST /channels/1/messages {{"content":"a","message_reference":{{"message_id":"5"}},{users}}}"#),
        ),
        (&["message", "create", "1", "a"], format!(r#"POST /channels/1/messages {{"content":"a",{users}}}"#)),
    ] {
        assert_eq!(sent(words), expected, "{words:?}");
    }
}

#[test]
fn query_values_are_encoded_according_to_their_kind() {
    for (words, expected) in [
        (&["message", "list", "1"][..], "GET /channels/1/messages"),
        (&["message", "list", "1", "--page-size", "7", "--after", "0"], "GET /channels/1/messages?after=0&limit=7"),
        (&["message", "list", "1", "--before", "2h"], "GET /channels/1/messages?before=1174079642009600000"),
        (
            &["message", "search", "5", "--has", "-link", "--has", "file", "--pinned=false", "--author-id", "<@8>"],
            "GET /guilds/5/messages/search?author_id=8&has=-link&has=file&pinned=false",
        ),
        (&["message", "search", "--guild", "5"], "GET /guilds/5/messages/search"),
    ] {
        assert_eq!(sent(words), expected, "{words:?}");
    }
}

#[test]
fn an_error_about_an_argument_names_the_value() {
    for (words, expected) in [
        (&["message", "send"][..], "CHANNEL is missing (usage: dcord message send CHANNEL [CONTENT] [OPTIONS])"),
        (&["webhook", "send", "nameless", "a"], r#""nameless" is not a webhook, and DCORD_WEBHOOK_URL is not set"#),
        (
            &["message", "send", "1", "a", "b"],
            r#"unexpected argument "b" (usage: dcord message send CHANNEL [CONTENT] [OPTIONS])"#,
        ),
        (&["message", "get", "1", "hello"], r#""hello" is a name, but only the id of a message works here"#),
        (
            &["message", "send", "12345678901234567a", "a"],
            r#"CHANNEL: "12345678901234567a" is not the id of a channel"#,
        ),
        (&["message", "send", "1", "--tts", "true"], "--tts requires an equals sign before its value: --tts=true"),
        (
            &["message", "send", "1", "a", "--embed.color", "mauve"],
            r#"--embed.color: "mauve" is not a colour (#rrggbb, a number up to 16777215, or a name such as red)"#,
        ),
        (
            &["message", "edit", "1", "2", "--content", "a", "--unset", "content"],
            "--content and --unset content contradict each other",
        ),
        (&["message", "edit", "1", "2", "--unset", "nothing"], "--unset: \"nothing\" is not a field of this command"),
        (&["message", "send", "1", "a", "--content", "b"], "CONTENT and --content cannot be combined"),
        (
            &["message", "bulk-delete", "1"],
            "--messages is missing (usage: dcord message bulk-delete CHANNEL --messages MESSAGE [OPTIONS])",
        ),
        (&["message", "list", "1", "--page-size", "101"], "--page-size is 101, but must be 1 to 100"),
        (&["message", "list", "1", "--page-size", "many"], r#"--page-size: "many" is not a whole number"#),
        (
            &["interaction", "respond"],
            "INTERACTION is missing (usage: dcord interaction respond INTERACTION [INTERACTION-TOKEN] [CONTENT] \
             [OPTIONS])",
        ),
        (&["message", "search", "5", "--sort-by", "age"], r#"--sort-by: "age" is not one of timestamp, relevance"#),
        (
            &["message", "search", "5", "--sort-by", "relevence"],
            r#"--sort-by: "relevence" is not one of timestamp, relevance; did you mean "relevance"?"#,
        ),
        (
            &["thread", "create", "1", "a", "--type", "thread"],
            r#"--type: "thread" is ambiguous: it can mean public-thread, private-thread or announcement-thread"#,
        ),
        (
            &["role", "create", "1", "--permissions", "view-channel,send-mesages"],
            r#"--permissions: no permission named "send-mesages"; did you mean "send-messages"?"#,
        ),
        (
            &["message", "send", "1", "a", "--embed.color", "blurpel"],
            r#"--embed.color: "blurpel" is not a colour (#rrggbb, a number up to 16777215, or a name such as red); did you mean "blurple"?"#,
        ),
        (&["message", "send", "1", "a", "--tts", "TRUE"], "--tts requires an equals sign before its value: --tts=TRUE"),
        (&["message", "send", "1", "a", "--tts=yes"], r#"--tts: "yes" is not true or false"#),
        (&["poll", "list-voters", "1", "2", "0"], "ANSWER is 0, but must be 1 to 10"),
        (&["poll", "list-voters", "1", "2", "11"], "ANSWER is 11, but must be 1 to 10"),
        (&["poll", "list-voters", "1", "2", "first"], r#"ANSWER: "first" is not a whole number"#),
        (&["message", "list", "1", "--all", "--around", "555555555555555555"], "--all and --around cannot be combined"),
        (
            &["channel", "edit", "1", "--name", "a", "--topic", "b", "--locked"],
            "--topic is for a server's channel and --locked is for a thread; they cannot be combined",
        ),
        (
            &["message", "list", "1", "--around", "5", "--before", "6"],
            "--around is for the messages around one and --before is for the messages before or after one; they cannot be combined",
        ),
        (&["message", "send", "1", "--body", "[1]"], "--body must be a JSON object"),
    ] {
        assert_eq!(refused(words), expected, "{words:?}");
    }
}

#[test]
fn a_json_object_binds_to_the_same_request_as_the_equivalent_arguments() {
    let settings = Settings::resolve(Flags::default()).unwrap();
    for (words, json) in [
        (
            &["message", "send", "1", "-", "--tts", "--embed.title", "T", "--flags", "4"][..],
            r#"{"embed.title": "T", "content": "-", "tts": true, "flags": 4, "channel_id": "1"}"#,
        ),
        (&["message", "list", "1", "--page-size", "5"], r#"{"limit": 5, "channel_id": 1}"#),
        (
            &["message", "edit", "1", "2", "--unset", "content", "--embeds", r#"[{"title":"a,b"}]"#],
            r#"{"channel_id": "1", "message_id": "2", "content": null, "embeds": [{"title": "a,b"}]}"#,
        ),
        (
            &["member", "edit", "7", "8", "--roles", "1,2", "--mute", "--reason", "why"],
            r#"{"guild_id": "7", "user_id": "8", "roles": ["1", "2"], "mute": true, "reason": "why"}"#,
        ),
        (&["reaction", "add", "1", "2", "👍"], r#"{"message_id": "2", "channel_id": "1", "emoji_name": "👍"}"#),
        (
            &["role", "reorder", "7", "--body", r#"[{"id":"1","position":2}]"#],
            r#"{"guild_id": "7", "body": [{"id": "1", "position": 2}]}"#,
        ),
    ] {
        let row = catalogue::find(words[0], words[1]).unwrap();
        let members = serde_json::from_str(json).unwrap();
        let values = Intent::from_json(row, &members).unwrap().values;
        let mut input = Input::new(Trust::Literal, std::time::Duration::ZERO);
        let bound = draft(row, values, &settings, &mut input, Names::default(), NOW).unwrap().complete().unwrap();
        // A `-` would be read from stdin.
        let words: Vec<_> = words.iter().map(|word| if *word == "-" { "dash" } else { word }).collect();
        assert_eq!(shown(&bound.request).replace(r#":"-""#, r#":"dash""#), sent(&words), "{json}");
        assert_eq!(bound.request.reason, parse(&words).unwrap().request.reason);
    }
    let row = catalogue::find("message", "send").unwrap();
    for name in ["contents", "content-file", "content_file", "yes", "body"] {
        let members = [(name.to_owned(), "x".into())].into_iter().collect();
        let error = Intent::from_json(row, &members).unwrap_err().to_string();
        assert_eq!(error, format!("this command has no parameter {name:?}"));
    }
}

#[test]
fn lengths_count_characters_not_bytes() {
    let fits = "é".repeat(2000);
    assert!(parse(&["message", "send", "1", &fits]).is_ok());
    let long = "é".repeat(2001);
    assert_eq!(refused(&["message", "send", "1", &long]), "CONTENT has 2001 characters; Discord allows 2000");
    assert!(parse(&["message", "send", "1", &long, "--no-validate"]).is_ok());
}

#[test]
fn each_send_has_its_own_nonce() {
    let nonce = || match parse(&["message", "send", "1", "a"]).unwrap().request {
        request if request.repeatable => match request.body {
            Body::Json(json) => json["nonce"].as_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        },
        request => panic!("not repeatable: {request:?}"),
    };
    let (first, second) = (nonce(), nonce());
    assert_ne!(first, second);
    assert_eq!(first.len(), 25);
    assert!(!parse(&["message", "send", "1", "a", "--nonce", "5"]).unwrap().request.repeatable);
}

#[test]
fn a_key_gives_the_same_nonce_in_one_channel_and_another_elsewhere() {
    let nonce = |words: &[&str]| match parse(words).unwrap().request.body {
        Body::Json(json) => json["nonce"].as_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    let first = nonce(&["message", "send", "1", "a", "--key", "build 7"]);
    assert_eq!(first.len(), 25);
    assert_eq!(first, nonce(&["message", "send", "1", "b", "--key", "build 7"]));
    assert_ne!(first, nonce(&["message", "send", "1", "a", "--key", "build 8"]));
    assert_ne!(first, nonce(&["message", "send", "2", "a", "--key", "build 7"]));
    assert!(parse(&["message", "send", "1", "a", "--key", "k", "--nonce", "5"]).is_err());
}

#[test]
fn every_command_accepts_the_common_flags_and_the_last_one_wins() {
    fn hold(mut command: Command, path: &str) {
        command.build();
        for arg in globals::everywhere() {
            assert!(command.get_arguments().any(|a| a.get_id() == arg.get_id()), "{path} --{}", arg.get_id());
        }
        for inner in command.get_subcommands() {
            hold(inner.clone(), &format!("{path} {}", inner.get_name()));
        }
    }
    let plain = || tree::Plain { name: "plain", about: "", args: |c| c.subcommand(Command::new("inner")) };
    hold(tree::root([plain()].into_iter()), "dcord");

    for (words, jq, verbosity) in [
        ("--jq a -v message list 1", "a", 1),
        ("--jq a message --jq b -v list 1", "b", 1),
        ("--jq a -v message -v --jq b list 1 --jq c -v", "c", 3),
        ("--jq a plain inner", "a", 0),
        ("plain --jq b inner", "b", 0),
        ("--jq a plain --jq b inner --jq c", "c", 0),
    ] {
        let words = ["dcord"].into_iter().chain(words.split(' '));
        let matches = tree::root([plain()].into_iter()).try_get_matches_from(words).unwrap();
        let called: Vec<_> = successors(Some(&matches), |m| m.subcommand().map(|(_, inner)| inner)).collect();
        let flags = globals::flags(&called);
        assert_eq!((flags.jq.as_deref(), flags.verbosity, flags.yes), (Some(jq), verbosity, false));
    }
}

#[test]
fn a_number_is_parsed_as_a_whole_or_refused() {
    for (text, number) in [("7", "7"), ("+7", "7"), ("100", "100")] {
        assert_eq!(
            sent(&["message", "list", "1", "--page-size", text]),
            format!("GET /channels/1/messages?limit={number}")
        );
    }
    for text in ["1e1", "7.0", "1_0", "0x7", " 7", "7 ", "", "seven", "７", "99999999999999999999"] {
        let refusal = format!("--page-size: {text:?} is not a whole number");
        assert_eq!(refused(&["message", "list", "1", "--page-size", text]), refusal);
    }
    let option = |number: &str| {
        let value = format!("--option.min-value={number}");
        parse(&["command", "create", "--application-id=1", "--name=a", "--description=b", "--no-validate", &value])
    };
    for (text, number) in [("0.1", "0.1"), ("+5", "5"), ("9007199254740993", "9007199254740993"), ("1e3", "1e+3")] {
        match option(text).unwrap().request.body {
            Body::Json(json) => assert_eq!(json["options"][0]["min_value"].to_string(), number),
            other => panic!("{other:?}"),
        }
    }
    for text in ["inf", "NaN", "1e999", "1_000", "0x10", ".5", "1,5", "", "--5", "++5"] {
        let refusal = format!("--option.min-value: {text:?} is not a number");
        assert_eq!(option(text).unwrap_err().to_string(), refusal);
    }
}

#[test]
fn choices_are_given_by_short_name_and_bit_flags_by_name_or_number() {
    for (words, expected) in [
        ("channel create 1 --name a --type voice", r#"POST /guilds/1/channels {"name":"a","type":2}"#),
        ("channel create 1 --name a --type CATEGORY", r#"POST /guilds/1/channels {"name":"a","type":4}"#),
        (
            "stage create --channel-id 1 --topic a --privacy-level guild",
            r#"POST /stage-instances {"channel_id":"1","topic":"a","privacy_level":2}"#,
        ),
        ("role create 1 --permissions ban,0x400,2048", r#"POST /guilds/1/roles {"permissions":"3076"}"#),
        (
            "role create 1 --permissions 9223372036854775808",
            r#"POST /guilds/1/roles {"permissions":"9223372036854775808"}"#,
        ),
        ("role create 1 --permissions=", r#"POST /guilds/1/roles {"permissions":"0"}"#),
        (
            "message search 1 --has -link,file --embed-type gif",
            "GET /guilds/1/messages/search?has=-link&has=file&embed_type=gif",
        ),
    ] {
        let words: Vec<_> = words.split(' ').collect();
        assert_eq!(sent(&words), expected, "{words:?}");
    }
    // A type that follows from other options can be omitted.
    let event = sent(&[
        "scheduled-event",
        "create",
        "1",
        "--name=a",
        "--entity-type=external",
        "--entity-metadata",
        r#"{"location":"x"}"#,
        "--scheduled-start-time=2030-01-01T00:00:00Z",
        "--scheduled-end-time=2030-01-02T00:00:00Z",
    ]);
    assert!(event.contains(r#""privacy_level":2"#), "{event}");
    for text in ["view-channel,", ",", "1,x", "-1", "0x-1"] {
        assert!(
            refused(&["role", "create", "1", &format!("--permissions={text}")]).contains("no permission named "),
            "{text}"
        );
    }
}
