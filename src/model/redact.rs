//! The one redactor: every text that leaves the process as talk (errors, logs, dry runs) passes
//! through [`redact`].
//!
//! It hides what [`super::Secret`] has seen, and what looks like a webhook URL or a bot's token
//! even when no `Secret` was made of it.

use std::borrow::Cow;
use std::sync::Mutex;

/// What stands where a secret stood.
pub const HIDDEN: &str = "[hidden]";

/// Shorter texts are not searched for: a three-letter secret would blot out half of each message.
const SHORTEST: usize = 8;

static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Remembers a secret, so that [`redact`] hides it from now on.
pub(super) fn learn(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let mut known = KNOWN.lock().expect("no holder of this lock panics");
    if !known.iter().any(|k| k == secret) {
        known.push(secret.to_owned());
    }
}

/// The text with each secret replaced by [`HIDDEN`].
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for secret in KNOWN.lock().expect("no holder of this lock panics").iter() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), HIDDEN));
        }
    }
    while let Some((from, to)) = webhook_token(&text).or_else(|| bot_token(&text)) {
        text.to_mut().replace_range(from..to, HIDDEN);
    }
    text
}

/// Where the token of the first webhook URL or path lies: `/webhooks/ID/TOKEN`,
/// `/interactions/ID/TOKEN`.
fn webhook_token(text: &str) -> Option<(usize, usize)> {
    for marker in ["/webhooks/", "/interactions/"] {
        for (at, _) in text.match_indices(marker) {
            let id = at + marker.len();
            let digits = text[id..].bytes().take_while(u8::is_ascii_digit).count();
            let token = id + digits + 1;
            if digits == 0 || text.as_bytes().get(token - 1) != Some(&b'/') {
                continue;
            }
            let length = text[token..].bytes().take_while(|b| is_token_byte(*b)).count();
            if length >= SHORTEST {
                return Some((token, token + length));
            }
        }
    }
    None
}

/// Where the first text of a bot token's shape lies: three runs joined by dots, of at least 23, 5
/// and 27 characters.
fn bot_token(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while from < bytes.len() {
        let in_run = |b: &u8| is_token_byte(*b) || *b == b'.';
        let length = bytes[from..].iter().take_while(|b| in_run(b)).count();
        let run = &text[from..from + length];
        let parts: Vec<_> = run.split('.').map(str::len).collect();
        if let [a, b, c] = parts[..]
            && a >= 23
            && (5..=7).contains(&b)
            && c >= 27
        {
            return Some((from, from + length));
        }
        from += length;
        from += bytes[from..].iter().take_while(|b| !in_run(b)).count();
    }
    None
}

/// Whether the whole text has the shape of a bot's token.
pub(super) fn is_bot_token(text: &str) -> bool {
    bot_token(text) == Some((0, text.len()))
}

fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn what_a_secret_was_made_of_is_hidden_everywhere() {
        let _secret = Secret::new("hunter2hunter2");
        assert_eq!(redact("it is hunter2hunter2, twice hunter2hunter2"), "it is [hidden], twice [hidden]");
    }

    #[test]
    fn webhook_urls_and_bot_tokens_are_hidden_by_their_shape() {
        let url = "error at https://discord.com/api/webhooks/123456/aBcD-efgh_IJKL?wait=true";
        assert_eq!(redact(url), "error at https://discord.com/api/webhooks/123456/[hidden]?wait=true");
        let token = format!("token {}.{}.{} end", "M".repeat(24), "G12345", "x".repeat(38));
        assert_eq!(redact(&token), "token [hidden] end");
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in ["/webhooks/{webhook_id}/{webhook_token}", "/webhooks/123", "a.b.c", "žluťoučký 1.2.3"] {
            assert_eq!(redact(text), text);
        }
    }
}
