use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::view::json::{any_json, check_lines, line};

/// 2026-05-28 20:26:40 UTC.
const NOW: i64 = 1_780_000_000_000;

fn events() -> Events {
    let events = Events::new(Names::none(), TimeZone::UTC, false);
    events.names.insert(Kind::Channel, "2", "general");
    events.names.insert(Kind::Guild, "1", "My Server");
    events.names.insert(Kind::User, "8", "bob");
    events.names.insert(Kind::Role, "5", "Mods");
    events
}

fn shown(events: &mut Events, name: &str, data: Value) -> String {
    let mut to = String::new();
    events.line(&line(name, &data), 400, NOW, &mut to);
    let line = to.strip_suffix('\n').unwrap().strip_prefix("20:26:40  ").unwrap();
    let line = line.strip_suffix(name).unwrap_or(line).trim_end();
    assert!(!line.contains('\n'));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_long_message_continues_below_its_beginning() {
    let mut events = events();
    let content = "word ".repeat(399) + "end";
    let data = json!({
        "id": "9", "guild_id": "1", "channel_id": "2", "author": {"id": "7", "username": "ada"}, "content": content,
    });
    let mut to = String::new();
    events.line(&line("MESSAGE_CREATE", &data), 60, NOW, &mut to);
    let mut lines = to.lines();
    let start = "20:26:40  #general  ";
    assert!(lines.next().is_some_and(|line| line.starts_with(&format!("{start}ada: word "))), "{to}");
    let indent = " ".repeat(start.len());
    assert!(lines.all(|line| line.starts_with(&indent) && line.chars().count() <= 60), "{to}");
    assert!(to.ends_with(" end\n") && !to.contains('…'), "{to}");
}

#[test]
fn events_are_described_in_words() {
    let mut events = events();
    let ada = json!({"id": "7", "username": "ada"});
    let in_channel = |more: Value| {
        let mut data = json!({"guild_id": "1", "channel_id": "2"});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    for (name, data, expected) in [
        (
            "MESSAGE_CREATE",
            in_channel(json!({"id": "9", "author": ada, "content": "hello\nthere"})),
            "#general ada: hello there",
        ),
        (
            "MESSAGE_REACTION_ADD",
            in_channel(json!({"user_id": "8", "message_id": "9", "emoji": {"name": "👍"}})),
            "#general bob reacted 👍 to ada: hello there",
        ),
        ("MESSAGE_DELETE", in_channel(json!({"id": "9"})), "#general deleted: ada: hello there"),
        ("MESSAGE_DELETE", in_channel(json!({"id": "10"})), "#general deleted: message 10"),
        ("MESSAGE_DELETE_BULK", in_channel(json!({"ids": ["1", "2"]})), "#general deleted: 2 messages"),
        (
            "MESSAGE_UPDATE",
            in_channel(
                json!({"id": "9", "author": ada, "content": "hi", "edited_timestamp": "2026-05-28T20:12:00+00:00"}),
            ),
            "#general edited: ada: hi",
        ),
        ("MESSAGE_CREATE", json!({"id": "11", "channel_id": "3", "author": ada, "content": "psst"}), "DM ada: psst"),
        (
            "GUILD_MEMBER_ADD",
            json!({"guild_id": "1", "user": {"id": "1145000000000000004", "username": "new"}}),
            "My Server new joined; the account was created 2023-08-26 14:21",
        ),
        ("GUILD_MEMBER_REMOVE", json!({"guild_id": "1", "user": ada}), "My Server ada left"),
        ("GUILD_BAN_ADD", json!({"guild_id": "1", "user": ada}), "My Server ada was banned"),
        ("GUILD_ROLE_DELETE", json!({"guild_id": "1", "role_id": "5"}), "My Server role @Mods was deleted"),
        ("CHANNEL_CREATE", json!({"guild_id": "1", "id": "3", "name": "news"}), "My Server channel #news was created"),
        (
            "THREAD_CREATE",
            json!({"guild_id": "1", "id": "3", "parent_id": "2", "name": "t", "owner_id": "8", "newly_created": true}),
            "#general thread #t was created by bob",
        ),
        (
            "GUILD_CREATE",
            json!({"id": "1", "name": "My Server", "member_count": 5, "channels": [{}]}),
            "My Server the server is available: 1 channel, 5 members",
        ),
        (
            "GUILD_DELETE",
            json!({"id": "1", "unavailable": true}),
            "My Server the server is unavailable because of an outage",
        ),
        ("GUILD_DELETE", json!({"id": "1"}), "My Server the bot is no longer in the server"),
        (
            "VOICE_STATE_UPDATE",
            in_channel(json!({"user_id": "8", "self_mute": true})),
            "#general bob is in voice, muted",
        ),
        (
            "VOICE_STATE_UPDATE",
            json!({"guild_id": "1", "channel_id": null, "user_id": "8"}),
            "My Server bob left voice",
        ),
        ("TYPING_START", in_channel(json!({"user_id": "8"})), "#general bob is typing"),
        (
            "INTERACTION_CREATE",
            in_channel(json!({"type": 2, "member": {"user": ada}, "data": {"name": "tag", "type": 1, "options": [
                {"name": "edit", "type": 1, "options": [{"name": "text", "type": 3, "value": "a b"}, {"name": "n", "type": 4, "value": 5}]},
            ]}})),
            "#general ada used /tag edit text:a b n:5",
        ),
        (
            "AUTO_MODERATION_ACTION_EXECUTION",
            in_channel(json!({"action": {"type": 1}, "user_id": "8", "content": "spam", "matched_keyword": "spam"})),
            "#general AutoMod blocked a message of bob: spam (matched spam)",
        ),
        (
            "GUILD_AUDIT_LOG_ENTRY_CREATE",
            json!({"guild_id": "1", "action_type": 22, "user_id": "8", "target_id": "7", "reason": "spam"}),
            "My Server audit log: bob member-ban-add ada (spam)",
        ),
        (
            "GUILD_MEMBER_UPDATE",
            json!({"guild_id": "1", "user": ada, "communication_disabled_until": "2026-05-28T21:00:00+00:00"}),
            "My Server member ada was changed; timed out until 21:00",
        ),
        (
            "GUILD_MEMBER_UPDATE",
            json!({"guild_id": "1", "user": ada, "communication_disabled_until": "2026-05-28T20:00:00+00:00"}),
            "My Server member ada was changed",
        ),
        (
            "PRESENCE_UPDATE",
            json!({"guild_id": "1", "user": {"id": "8"}, "status": "idle", "activities": []}),
            "My Server bob is idle",
        ),
        (
            "VOICE_SERVER_UPDATE",
            json!({"guild_id": "1", "token": "secret", "endpoint": "a.example"}),
            "My Server the voice server is a.example",
        ),
        ("RESUMED", json!({}), "the session was resumed"),
        (
            "DCORD_RECONNECTING",
            json!({"at": "x", "why": "closed", "wait_ms": 5, "attempt": 1}),
            "reconnecting (attempt 1): closed",
        ),
        ("SOMETHING_NEW", json!({"a": [1]}), "SOMETHING_NEW {\"a\":[1]}"),
        ("GUILD_BAN_ADD", json!([1]), "GUILD_BAN_ADD [1]"),
    ] {
        assert_eq!(shown(&mut events, name, data), expected, "{name}");
    }
}

#[test]
fn the_server_is_shown_if_there_are_several() {
    let mut events = events();
    let data = json!({"guild_id": "1", "channel_id": "2", "user_id": "8"});
    assert_eq!(shown(&mut events, "TYPING_START", data.clone()), "#general bob is typing");
    events.several_servers = true;
    assert_eq!(shown(&mut events, "TYPING_START", data), "My Server #general bob is typing");
}

#[test]
fn the_name_of_the_event_is_shown_if_it_fits() {
    let mut events = events();
    let data = json!({"guild_id": "1", "channel_id": "2", "user_id": "8"});
    let mut text = String::new();
    events.line(&line("TYPING_START", &data), 60, NOW, &mut text);
    events.line(&line("TYPING_START", &data), 40, NOW, &mut text);
    events.line(&line("TYPING_START", &data), 30, NOW, &mut text);
    insta::assert_snapshot!(text, @r"
    20:26:40  #general  bob is typing               TYPING_START
    20:26:40  #general  bob is typing
    20:26:40  #general  bob is ty…
    ");
}

#[test]
fn the_shard_is_shown_if_there_are_several() {
    let mut text = String::new();
    let line = br#"{"shard":[3,16],"t":"RESUMED","s":1,"op":0,"d":{}}"#;
    events().line(line, 50, NOW, &mut text);
    assert_eq!(text, "20:26:40  s3  the session was resumed      RESUMED\n");
}

#[test]
fn each_sentence_is_well_formed_and_no_row_is_unreachable() {
    for (at, (name, condition, sentence)) in GISTS.iter().enumerate() {
        let hidden = GISTS[..at].iter().any(|(n, c, _)| n == name && (c.is_empty() || c == condition));
        assert!(!hidden, "{name} {condition}");
        let last = GISTS[at..].iter().rev().find(|(n, ..)| n == name).unwrap();
        assert!(last.1.is_empty(), "{name} has no row for what meets no condition");
        for (open, close) in [('{', '}'), ('[', ']')] {
            assert_eq!(sentence.matches(open).count(), sentence.matches(close).count(), "{sentence}");
        }
        let kinds = sentence.split('{').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap());
        for kind in kinds {
            const KINDS: &[&str] = &[
                "user", "channel", "role", "emoji", "message", "recent", "text", "count", "time", "until", "created",
                "command", "audit", "automod", "target",
            ];
            assert!(KINDS.contains(&kind), "{sentence}: {kind}");
        }
    }
}

#[test]
fn a_line_that_is_not_an_event_is_printed_unchanged() {
    let mut events = events();
    for line in [&b"{"[..], b"[]", b"\x1b[2J\xff", b""] {
        let mut to = String::new();
        events.line(line, 80, NOW, &mut to);
        assert_eq!(to.lines().count(), 1, "{line:?}");
        assert!(!to.contains('\u{1b}'), "{to:?}");
    }
}

proptest! {
    #[test]
    fn an_event_is_shown_within_the_width_and_without_control_characters(
        row in 0..GISTS.len(), data in any_json(), width in 0_usize..200, color: bool,
    ) {
        let mut events = events();
        events.color = color;
        let mut to = String::new();
        events.line(&line(GISTS[row].0, &data), width, NOW, &mut to);
        // All lines of a text except the first are indented.
        prop_assert!(to.lines().skip(1).all(|line| line.starts_with("  ")), "{:?}", to);
        check_lines(&to, width.max(NARROWEST), color)?;
    }

    #[test]
    fn any_bytes_are_printed_as_one_line(bytes in any::<Vec<u8>>()) {
        let mut to = String::new();
        events().line(&bytes, 80, NOW, &mut to);
        prop_assert_eq!(to.matches('\n').count(), 1);
    }
}

fn text(events: &mut Events, name: &str, data: Value) -> String {
    let mut to = String::new();
    events.text(&line(name, &data), NOW, &mut to);
    let line = to.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'));
    line.strip_prefix(&format!("2026-05-28T20:26:40Z {name}")).unwrap().trim_start().to_owned()
}

#[test]
fn the_text_of_an_event_contains_its_fields_with_names_beside_the_ids() {
    let mut events = events();
    let ada = json!({"id": "7", "username": "ada"});
    for (name, data, expected) in [
        (
            "MESSAGE_CREATE",
            json!({"id": "9", "guild_id": "1", "channel_id": "2", "author": ada, "content": "hi\nMESSAGE_CREATE id=1"}),
            r#"guild_id=1("My Server") id=9 channel_id=2("general") author=7("ada") content="hi\nMESSAGE_CREATE id=1""#,
        ),
        (
            "MESSAGE_UPDATE",
            json!({"id": "9", "channel_id": "2", "author": ada, "content": "x", "edited_timestamp": "2026-05-28T20:00:00Z"}),
            r#"id=9 channel_id=2("general") author=7("ada") content="x" edited_timestamp=2026-05-28T20:00:00Z"#,
        ),
        (
            "MESSAGE_REACTION_ADD",
            json!({"guild_id": "1", "channel_id": "2", "message_id": "9", "user_id": "8", "emoji": {"name": "👍"}}),
            r#"guild_id=1("My Server") channel_id=2("general") user=8("bob") emoji="👍" message_id=9"#,
        ),
        ("MESSAGE_DELETE", json!({"id": "9", "channel_id": "2"}), r#"channel_id=2("general") id=9"#),
        ("GUILD_BAN_ADD", json!({"guild_id": "1", "user": ada}), r#"guild_id=1("My Server") user=7("ada")"#),
        ("GUILD_CREATE", json!({"id": "1", "unavailable": true}), "id=1 unavailable=true"),
        ("GUILD_ROLE_DELETE", json!({"guild_id": "1", "role_id": "5"}), r#"guild_id=1("My Server") role_id=5("Mods")"#),
        (
            "VOICE_STATE_UPDATE",
            json!({"guild_id": "1", "channel_id": null, "user_id": "8"}),
            r#"guild_id=1("My Server") channel_id=null user=8("bob")"#,
        ),
        (
            "CHANNEL_CREATE",
            json!({"id": "3", "guild_id": "1", "name": "n\"ew"}),
            r#"guild_id=1("My Server") id=3("n\"ew")"#,
        ),
        ("SOMETHING_NEW", json!({"a": "b c"}), r#"data="{\"a\":\"b c\"}""#),
    ] {
        assert_eq!(text(&mut events, name, data), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn no_event_panics_or_takes_two_lines_as_text(row in 0..GISTS.len(), data in any_json()) {
        let mut to = String::new();
        events().text(&line(GISTS[row].0, &data), NOW, &mut to);
        prop_assert_eq!(to.matches('\n').count(), 1);
    }
}
