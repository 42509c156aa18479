//! Whether a message came without its text because the session has no MESSAGE_CONTENT intent.

use super::frame::Members;

/// What Discord empties without the intent.
const EMPTIED: [&[u8]; 3] = [b"embeds", b"attachments", b"components"];

/// Whether a MESSAGE_CREATE has nothing that a person can have written: the text of a message or reply in a server
/// is empty, and so is all else that the intent covers. Direct messages, the bot's own and those that mention it
/// come whole in any case.
pub fn is_emptied(data: &[u8]) -> bool {
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
}
