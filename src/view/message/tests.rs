use jiff::tz::TimeZone;
use serde_json::json;

use super::*;
use crate::model::Kind;
use crate::view::Names;

const NOW: i64 = 1_780_000_000_000;

fn parts(message: &Value) -> String {
    let names = Names::none();
    names.insert(Kind::User, "1", "ada");
    names.insert(Kind::Channel, "2", "general");
    let scope = Scope { names: &names, guild: None, zone: &TimeZone::UTC, now_ms: NOW };
    let message = Message::new(message, scope);
    let parts = message.parts();
    let lines = parts.iter().map(Styled::plain).collect::<Vec<_>>().join("\n");
    format!("{}\n{lines}\n= {}", message.author().plain(), message.gist().plain())
}

#[test]
fn each_part_of_a_message_is_a_line() {
    insta::assert_snapshot!(parts(&json!({
        "id": "9", "type": 19, "content": "Look, <@1>:\n  in <#2>", "edited_timestamp": "2026-05-01T12:00:00+00:00",
        "author": {"id": "7", "username": "bob", "global_name": "Bob", "bot": true},
        "message_reference": {"message_id": "8"},
        "referenced_message": {"id": "8", "type": 0, "content": "Where\nis it?", "author": {"id": "1", "username": "ada"}},
        "attachments": [{"filename": "plan.pdf", "size": 123_456, "description": "the plan"}, {"filename": "x", "size": 12}],
        "embeds": [
            {"title": "Build", "description": "All **green**\nat last", "url": "https://ci.example/1"},
            {"type": "image", "thumbnail": {"url": "https://img.example/1"}},
            {"fields": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]},
        ],
        "sticker_items": [{"id": "5", "name": "Wave"}],
        "poll": {
            "question": {"text": "Lunch?"},
            "answers": [{"answer_id": 1, "poll_media": {"text": "Yes", "emoji": {"name": "👍"}}}, {"answer_id": 2, "poll_media": {"text": "No"}}],
            "results": {"answer_counts": [{"id": 1, "count": 3}]},
        },
        "components": [{"type": 1, "components": [
            {"type": 2, "label": "Yes", "custom_id": "y"},
            {"type": 2, "url": "https://example.org", "emoji": {"name": "🔗"}},
            {"type": 3, "custom_id": "m", "placeholder": "Choose"},
        ]}],
        "thread": {"id": "9", "name": "plans", "message_count": 1},
        "reactions": [{"count": 3, "emoji": {"name": "👍"}}, {"count": 1, "emoji": {"id": "4", "name": "blob"}}],
    })), @r"
    Bob [bot]
    ↳ ada: Where is it?
    Look, @ada:
      in #general (edited)
    [file] plan.pdf (120.6 KiB) — the plan
    [file] x (12 B)
    [embed] Build — All **green** at last https://ci.example/1
    [embed] https://img.example/1
    [embed] a: 1, b: 2
    [sticker] Wave
    [poll] Lunch?
      👍 Yes  3 votes
      No  0 votes
    [button] Yes  [button] 🔗 https://example.org  [menu] Choose
    [thread] #plans (1 message)
    👍 3   :blob: 1
    = Bob ↳ ada: Look, @ada: in #general  [file] plan.pdf (120.6 KiB) — the plan  [file] x (12 B)  [embed] Build — All **green** at last https://ci.example/1  [embed] https://img.example/1  [embed] a: 1, b: 2  [sticker] Wave  [poll] Lunch?  [button] Yes  [button] 🔗 https://example.org  [menu] Choose  [thread] #plans (1 message)
    ");
}

#[test]
fn messages_without_text_are_described() {
    let author = json!({"id": "1", "username": "ada"});
    for (kind, more, shown) in [
        (7, json!({}), "joined the server"),
        (18, json!({"content": "plans"}), "started the thread plans"),
        (1, json!({"mentions": [{"id": "5", "username": "cem"}]}), "added cem to the group"),
        (1, json!({}), "added somebody to the group"),
        (
            46,
            json!({"embeds": [{"fields": [
                {"name": "poll_question_text", "value": "Lunch?"}, {"name": "victor_answer_text", "value": "Yes"},
            ]}]}),
            "closed a poll: Lunch? — Yes",
        ),
        (0, json!({"content": ""}), "(no text)"),
        (99, json!({"content": "a kind that is not known yet"}), "a kind that is not known yet"),
        (19, json!({"content": "ok", "message_reference": {}, "referenced_message": null}), "↳ a deleted message\nok"),
        (
            0,
            json!({"message_reference": {"type": 1}, "message_snapshots": [{"message": {"content": "news"}}]}),
            "[forwarded] news",
        ),
        (
            20,
            json!({"content": "pong", "interaction_metadata": {"user": {"id": "5", "username": "cem"}, "name": "ping"}}),
            "↳ cem used /ping\npong",
        ),
    ] {
        let mut message = json!({"id": "9", "type": kind, "author": author});
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let all = parts(&message);
        let (_, rest) = all.split_once('\n').unwrap();
        let (lines, _) = rest.rsplit_once("\n= ").unwrap();
        assert_eq!(lines, shown, "{kind}");
    }
}

#[test]
fn authors_are_shown_by_nickname_and_bots_and_webhooks_are_labelled() {
    let names = Names::none();
    let scope = Scope { names: &names, guild: Some(3), zone: &TimeZone::UTC, now_ms: NOW };
    let author = |message: Value| Message::new(&message, scope).author().plain();
    let ada = json!({"id": "1", "username": "ada", "global_name": "Ada L."});
    assert_eq!(author(json!({"author": ada})), "Ada L.");
    assert_eq!(author(json!({"author": ada, "member": {"nick": "Countess"}})), "Countess");
    assert_eq!(author(json!({"author": {"id": "1", "username": "ci"}, "webhook_id": "1"})), "ci [webhook]");
    assert_eq!(author(json!({"author": {"id": "1", "username": "app", "bot": true}})), "app [bot]");
    names.insert_member("3", "1", "Admiral");
    assert_eq!(author(json!({"author": ada})), "Admiral");
    assert_eq!(author(json!({"author": {"id": "1", "username": "ci"}, "webhook_id": "1"})), "ci [webhook]");
    assert_eq!(author(json!({})), "somebody");
}

#[test]
fn file_sizes_are_short() {
    for (size, text) in
        [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (u64::MAX, "16777216.0 TiB")]
    {
        assert_eq!(bytes(size), text);
    }
}

#[test]
fn the_summary_of_a_message_is_its_content_or_a_description() {
    let names = Names::none();
    names.insert(Kind::User, "1", "ada");
    let scope = Scope { names: &names, guild: None, zone: &TimeZone::UTC, now_ms: NOW };
    for (message, expected) in [
        (json!({"content": "hello <@1>", "embeds": [{"title": "x"}]}), "hello @ada"),
        (json!({"content": "", "embeds": [{"title": "Build failed"}]}), "[embed] Build failed"),
        (json!({"content": "", "attachments": [{"filename": "a.png"}]}), "[file] a.png"),
        (json!({"content": "", "poll": {"question": {"text": "Lunch?"}}}), "[poll] Lunch?"),
        (json!({"content": "", "message_snapshots": [{"message": {"content": "news"}}]}), "[forwarded] news"),
        (json!({"content": "", "type": 7}), "joined the server"),
        (json!({"content": "", "type": 0}), ""),
    ] {
        assert_eq!(Message::new(&message, scope).summary(), expected, "{message}");
    }
}
