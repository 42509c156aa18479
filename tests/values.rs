//! How values are typed and read: texts and files, lists, names of choices, colours, emojis, numbers.

use serde_json::{Value, json};

use super::support::{Recorder, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// What Windows editors put before UTF-8 text.
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
    // Inside a text it is a character like others.
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
