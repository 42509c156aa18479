//! Hides secrets. All text for people (errors, logs, dry runs) passes through [`redact`].
//!
//! [`redact`] hides every [`super::Secret`] of the process, and every text that has the form of a secret.

use std::borrow::Cow;
use std::sync::Mutex;

use super::shape;

/// The replacement for a secret.
pub const HIDDEN: &str = "[hidden]";

static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Remembers a secret, so that [`redact`] hides it from now on.
pub(super) fn learn(secret: &str) {
    if secret.len() < shape::SHORTEST {
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
    while let Some(secret) = shape::find(&text) {
        text.to_mut().replace_range(secret, HIDDEN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn the_parts_of_a_secret_are_hidden_everywhere() {
        let _secret = Secret::new("hunter2hunter2");
        assert_eq!(redact("it is hunter2hunter2, twice hunter2hunter2"), "it is [hidden], twice [hidden]");
    }

    #[test]
    fn webhook_urls_and_tokens_are_hidden_by_their_shape() {
        let url = "error at https://discord.com/api/webhooks/123456/aBcD-efgh_IJKL?wait=true";
        assert_eq!(redact(url), "error at https://discord.com/api/webhooks/123456/[hidden]?wait=true");
        let token = format!("token {}.{}.{} end", "M".repeat(24), "G12345", "x".repeat(38));
        assert_eq!(redact(&token), "token [hidden] end");
        let interaction = format!("no {}{}== left", "aW50ZXJhY3Rpb246", "MTIz");
        assert_eq!(redact(&interaction), "no [hidden] left");
    }

    #[test]
    fn other_text_is_not_redacted() {
        for text in ["/webhooks/{webhook_id}/{webhook_token}", "/webhooks/123", "a.b.c", "žluťoučký 1.2.3"] {
            assert_eq!(redact(text), text);
        }
    }
}
