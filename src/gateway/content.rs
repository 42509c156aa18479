//! Detects messages without content, which show that the session lacks the MESSAGE_CONTENT intent.

use super::frame::{Frame, Members};
use crate::model::intent::MESSAGE_CONTENT;

/// The number of messages per shard to check. A check costs as much as printing the message, and if the intent is missing, one
/// of the first messages shows it.
const MAX_CHECKED: u32 = 100;

/// Searches the first messages of a shard for one whose content Discord has removed.
pub struct EmptyContentCheck {
    left: u32,
}

impl EmptyContentCheck {
    pub const fn new(intents: u64) -> Self {
        Self { left: if intents & MESSAGE_CONTENT == 0 { MAX_CHECKED } else { 0 } }
    }

    /// Whether this event is the first message without content.
    pub fn finds(&mut self, frame: &Frame<'_>) -> bool {
        if self.left == 0 || frame.name != Some(b"MESSAGE_CREATE") {
            return false;
        }
        let found = is_emptied(frame.data);
        self.left = if found { 0 } else { self.left - 1 };
        found
    }
}

/// The fields, besides `content`, that Discord empties if the session lacks the intent.
const EMPTIED: [&[u8]; 3] = [b"embeds", b"attachments", b"components"];

/// Whether a MESSAGE_CREATE contains nothing that a user can write: it is a message or reply in a server, and all fields that
/// the intent covers are empty. Direct messages, the bot's own messages and messages that mention the bot keep their content
/// without the intent.
fn is_emptied(data: &[u8]) -> bool {
    let Some(mut members) = Members::open(data) else { return false };
    let (mut in_guild, mut empty_text, mut ordinary) = (false, false, false);
    while let Ok(Some(key)) = members.key() {
        let Ok(value) = members.value() else { return false };
        match key {
            b"guild_id" => in_guild = value != b"null",
            b"content" => empty_text = value == b"\"\"",
            // Messages about joins, boosts and pins never have content. Source: Discord's documentation, "Message Types".
            b"type" => ordinary = matches!(value, b"0" | b"19"),
            b"sticker_items" | b"poll" | b"message_snapshots" if !matches!(value, b"[]" | b"null") => return false,
            key if EMPTIED.contains(&key) && value != b"[]" => return false,
            _ => {}
        }
    }
    in_guild && empty_text && ordinary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_any_content_counts_as_emptied() {
        for (data, expected) in [
            (r#"{"type":0,"content":"","embeds":[],"attachments":[],"components":[],"guild_id":"1"}"#, true),
            (r#"{"type":19,"content":"","guild_id":"1"}"#, true),
            (r#"{"type":0,"content":"x","guild_id":"1"}"#, false),
            (r#"{"type":0,"content":""}"#, false),
            (r#"{"type":7,"content":"","guild_id":"1"}"#, false),
            (r#"{"type":0,"content":"","embeds":[{}],"guild_id":"1"}"#, false),
            (r#"{"type":0,"content":"","attachments":[{}],"guild_id":"1"}"#, false),
            (r#"{"type":0,"content":"","sticker_items":[{}],"guild_id":"1"}"#, false),
            (r#"{"type":0,"content":"","poll":{},"guild_id":"1"}"#, false),
            ("null", false),
        ] {
            assert_eq!(is_emptied(data.as_bytes()), expected, "{data}");
        }
    }

    #[test]
    fn a_shard_checks_messages_until_one_is_empty_or_a_hundred_are_not() {
        let whole = r#"{"type":0,"content":"x","guild_id":"1"}"#;
        let empty = r#"{"type":0,"content":"","guild_id":"1"}"#;
        let frame =
            |data: &'static str| Frame { op: 0, seq: Some(1), name: Some(b"MESSAGE_CREATE"), data: data.as_bytes() };
        let mut watch = EmptyContentCheck::new(0);
        assert!(!watch.finds(&frame(whole)) && watch.finds(&frame(empty)) && !watch.finds(&frame(empty)));
        let mut watch = EmptyContentCheck::new(0);
        assert!((0..MAX_CHECKED).all(|_| !watch.finds(&frame(whole))) && !watch.finds(&frame(empty)));
        assert!(!EmptyContentCheck::new(MESSAGE_CONTENT).finds(&frame(empty)));
    }
}
