//! Generates arbitrary objects with Discord's field names, for tests of the output for people.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr as _;

/// The fields that the renderers read.
const FIELDS: &[&str] = &[
    "id",
    "type",
    "content",
    "author",
    "username",
    "global_name",
    "nick",
    "member",
    "user",
    "timestamp",
    "edited_timestamp",
    "attachments",
    "embeds",
    "title",
    "description",
    "fields",
    "name",
    "value",
    "components",
    "reactions",
    "emoji",
    "count",
    "poll",
    "question",
    "text",
    "answers",
    "referenced_message",
    "message_reference",
    "message_snapshots",
    "message",
    "mentions",
    "thread",
    "channel_id",
    "guild_id",
    "data",
    "options",
    "user_id",
    "sticker_items",
    "filename",
    "size",
    "pinned_at",
    "interaction_metadata",
    "label",
    "url",
    "target_id",
    "channels",
    "members",
    "ids",
    "role",
    "inviter",
    "code",
    "status",
    "activities",
    "message_id",
];

/// Texts that would control a terminal, imitate a line, or take more columns than they have characters.
const TEXTS: &[&str] = &[
    "",
    "ada",
    "hello there",
    "12345678901234567",
    "\u{1b}[2J\u{1b}]0;x\u{7}",
    "a\nb\r\nc",
    "\u{202e}gnp.exe",
    "日本語日本語日本語",
    "<@1> <#2> <@&3> <:a:4> <t:1780000000:R> `",
    "<t:-99999999999999:F>",
    "z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "2026-05-28T20:12:00+00:00",
    "👩‍👩‍👧👩‍👩‍👧",
    "\u{9b}31m",
    "\t\t\t",
    "क्क्क्क्क्क्क्क्क्क्",
    "\u{2028}12:00:00  #general  bob: hi",
];

pub fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        proptest::sample::select(TEXTS).prop_map(str::to_owned),
        any::<String>(),
        proptest::sample::select(TEXTS).prop_map(|text| text.repeat(200)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![0_u64..50, any::<u64>()].prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 10, |inner| {
        let field = (proptest::sample::select(FIELDS), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            proptest::collection::vec(field, 1..10).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

/// Checks the output for a terminal: no line exceeds the width, and the only control sequences are colours.
pub fn check_lines(text: &str, width: usize, color: bool) -> Result<(), TestCaseError> {
    prop_assert!(text.is_empty() || text.ends_with('\n'));
    for line in text.lines() {
        let mut plain = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            prop_assert!(color, "{line:?}");
            let (codes, after) = after.split_once('m').ok_or_else(|| TestCaseError::fail(format!("{line:?}")))?;
            prop_assert!(
                codes.starts_with('[') && codes[1..].bytes().all(|b| b.is_ascii_digit() || b == b';'),
                "{line:?}"
            );
            rest = after;
        }
        plain.push_str(rest);
        prop_assert!(
            !plain.chars().any(|c| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')),
            "{line:?}"
        );
        prop_assert!(plain.width() <= width, "{} columns of {width}: {plain:?}", plain.width());
    }
    Ok(())
}

/// The JSON line of an event.
pub fn line(name: &str, data: &Value) -> Vec<u8> {
    json!({"shard": [0, 1], "t": name, "s": 1, "op": 0, "d": data}).to_string().into_bytes()
}
