//! Whether a message came without its text because the session has no MESSAGE_CONTENT intent.

use super::frame::{Frame, Members};
use crate::model::intent::MESSAGE_CONTENT;

/// The messages of a shard that are looked at. To look at one costs as much as to print it, and where the intent
/// is missing, one of so many shows it.
const MOST: u32 = 100;

/// Looks for a message that Discord has emptied, until there is one.
pub struct Watch {
    left: u32,
}

impl Watch {
    pub const fn new(intents: u64) -> Self {
        Self { left: if intents & MESSAGE_CONTENT == 0 { MOST } else { 0 } }
    }

    /// Whether this event is the first message without its text.
    pub fn finds(&mut self, frame: &Frame<'_>) -> bool {
        if self.left == 0 || frame.name != Some(b"MESSAGE_CREATE") {
            return false;
        }
        let found = is_emptied(frame.data);
        self.left = if found { 0 } else { self.left - 1 };
        found
    }
}

/// What Discord empties without the intent.
const EMPTIED: [&[u8]; 3] = [b"embeds", b"attachments", b"components"];

/// Whether a MESSAGE_CREATE has nothing that a person can have written: the text of a message or reply in a server
/// is empty, and so is all else that the intent covers. Direct messages, the bot's own and those that mention it
/// come whole in any case.
fn is_emptied(data: &[u8]) -> bool {
    let Some(mut members) = Members::open(data) else { return false };
    let (mut in_guild, mut empty_text, mut ordinary) = (false, false, false);
    while let Ok(Some(key)) = members.key() {
        let Ok(value) = members.value() else { return false };
        match key {
            b"guild_id" => in_guild = value != b"null",
            b"content" => empty_text = value == b"\"\"",
            // Joins, boosts and pins have no text. Source: Discord's reference, "Message Types".
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
    fn a_message_without_anything_in_it_was_emptied() {
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
    fn a_shard_looks_until_one_message_is_empty_or_many_are_whole() {
        let whole = r#"{"type":0,"content":"x","guild_id":"1"}"#;
        let empty = r#"{"type":0,"content":"","guild_id":"1"}"#;
        let frame =
            |data: &'static str| Frame { op: 0, seq: Some(1), name: Some(b"MESSAGE_CREATE"), data: data.as_bytes() };
        let mut watch = Watch::new(0);
        assert!(!watch.finds(&frame(whole)) && watch.finds(&frame(empty)) && !watch.finds(&frame(empty)));
        let mut watch = Watch::new(0);
        assert!((0..MOST).all(|_| !watch.finds(&frame(whole))) && !watch.finds(&frame(empty)));
        assert!(!Watch::new(MESSAGE_CONTENT).finds(&frame(empty)));
    }
}
