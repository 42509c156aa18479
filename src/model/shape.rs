//! Recognizes secrets by their form: bot tokens, tokens of webhooks and interactions, and URLs that contain them.

use std::ops::Range;

/// The minimum length of a secret. Hiding a text of three letters would make other text unreadable.
pub(super) const SHORTEST: usize = 8;

/// The minimum length of a webhook or interaction token outside of a URL. A webhook token has 68 characters, and an
/// interaction token more.
const SHORTEST_BARE: usize = 60;

/// The beginning of every interaction token: `interaction:` in base64.
const INTERACTION: &str = "aW50ZXJhY3Rpb246";

/// The range of the first secret in a text.
pub(super) fn find(text: &str) -> Option<Range<usize>> {
    in_url(text).or_else(|| bot_token(text)).or_else(|| interaction_token(text))
}

/// Whether a text has the form of a webhook or interaction token. A text of only hexadecimal digits is a hash, not a
/// token.
pub fn is_token(text: &str) -> bool {
    let long = text.len() >= SHORTEST_BARE && !text.bytes().all(|b| b.is_ascii_hexdigit());
    (long && text.bytes().all(is_token_byte)) || interaction_token(text) == Some(0..text.len())
}

/// Whether a text has the form of a bot token, an interaction token, or a webhook URL.
pub fn is_secret(text: &str) -> bool {
    let text = text.trim();
    let whole = Some(0..text.len());
    let is_url = || !text.contains(char::is_whitespace) && in_url(text).is_some_and(|token| is_token(&text[token]));
    bot_token(text) == whole || interaction_token(text) == whole || is_url()
}

/// The range of the token in the first URL or path that has one: `/webhooks/ID/TOKEN`, `/interactions/ID/TOKEN`.
fn in_url(text: &str) -> Option<Range<usize>> {
    for marker in ["/webhooks/", "/interactions/"] {
        for (at, _) in text.match_indices(marker) {
            let id = at + marker.len();
            let digits = text[id..].bytes().take_while(u8::is_ascii_digit).count();
            let token = id + digits + 1;
            if digits == 0 || text.as_bytes().get(token - 1) != Some(&b'/') {
                continue;
            }
            let length = run(&text[token..]);
            if length >= SHORTEST {
                return Some(token..token + length);
            }
        }
    }
    None
}

/// The range of the first interaction token.
fn interaction_token(text: &str) -> Option<Range<usize>> {
    let mut found = text.match_indices(INTERACTION).map(|(at, _)| at..at + run(&text[at..]));
    found.find(|token| token.len() > INTERACTION.len())
}

/// The range of the first bot token: three parts joined by dots, of at least 23, 5 and 27 characters.
fn bot_token(text: &str) -> Option<Range<usize>> {
    let in_run = |b: &u8| *b != b'=' && is_token_byte(*b) || *b == b'.';
    let bytes = text.as_bytes();
    let mut from = 0;
    while from < bytes.len() {
        let length = bytes[from..].iter().take_while(|b| in_run(b)).count();
        let parts: Vec<_> = text[from..from + length].split('.').map(str::len).collect();
        if let [a, b, c] = parts[..]
            && a >= 23
            && (5..=7).contains(&b)
            && c >= 27
        {
            return Some(from..from + length);
        }
        from += length;
        from += bytes[from..].iter().take_while(|b| !in_run(b)).count();
    }
    None
}

/// The number of bytes at the start of a text that a token can contain.
fn run(text: &str) -> usize {
    text.bytes().take_while(|b| is_token_byte(*b)).count()
}

fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_secret_is_recognised_by_the_shapes_that_the_redactor_hides() {
        let token = "aB-_".repeat(17);
        let interaction = format!("{INTERACTION}MTIzNDU2Nzg5==");
        let bot = format!("{}.G12345.{}", "M".repeat(24), "x".repeat(38));
        let urls = ["https://discord.com/api/webhooks/1/", "https://discord.com/api/v10/interactions/1/"];
        let secrets = urls.map(|url| format!("{url}{token}")).into_iter().chain([interaction.clone(), bot]);
        for secret in secrets {
            assert!(is_secret(&secret), "{secret}");
            assert!(find(&secret).is_some(), "{secret}");
        }
        assert!(is_token(&token) && is_token(&interaction));
    }

    #[test]
    fn texts_hashes_and_urls_without_a_token_are_not_secrets() {
        let hash = "0123456789abcdef".repeat(4);
        for text in [hash.as_str(), INTERACTION, "https://discord.com/api/webhooks/1", "a.b.c", "", "hello"] {
            assert!(!is_secret(text) && !is_token(text), "{text}");
            assert_eq!(find(text), None, "{text}");
        }
        assert!(!is_secret(&format!("see /webhooks/1/{}", "aB-_".repeat(17))), "a sentence is not one secret");
    }
}
