//! Types for secrets, which cannot be printed by accident.

use std::fmt;

use zeroize::Zeroizing;

use super::{redact, text};

/// A text that must not be shown: a webhook token, an access token, a client secret.
///
/// The type has no `Display`, its `Debug` hides the text, and its memory is wiped when it is dropped. Creating a secret
/// registers it with the redactor, which hides it in all text for people.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        let text = Zeroizing::new(text.into());
        redact::learn(&text);
        Self(text)
    }

    /// The text of the secret, for the code that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The type of a token in the `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenType {
    Bot,
    Bearer,
}

impl TokenType {
    /// The word in the `Authorization` header.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bot => "Bot",
            Self::Bearer => "Bearer",
        }
    }
}

/// A bot's token or a user's access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenType,
    secret: Secret,
}

/// Why a text cannot be a token. The error never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("the token is empty")]
    Empty,
    #[error("the token contains a character that is not allowed, such as a space, a quote or a line break")]
    Characters,
}

impl Token {
    /// Parses a pasted token. A byte order mark and surrounding whitespace are ignored. A prefix `Bot ` or `Bearer `
    /// overrides the type.
    pub fn parse(text: &str, kind: TokenType) -> Result<Self, BadToken> {
        let text = text::without_mark(text).trim();
        let (kind, text) = if let Some(rest) = text.strip_prefix("Bot ") {
            (TokenType::Bot, rest.trim_start())
        } else if let Some(rest) = text.strip_prefix("Bearer ") {
            (TokenType::Bearer, rest.trim_start())
        } else {
            (kind, text)
        };
        if text.is_empty() {
            return Err(BadToken::Empty);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`')) {
            return Err(BadToken::Characters);
        }
        Ok(Self { kind, secret: Secret::new(text) })
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{} {}", self.kind.word(), self.secret.expose()))
    }

    /// The token without its type, as IDENTIFY and RESUME expect it.
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_accepted_with_the_prefixes_that_people_paste() {
        let plain = Token::parse(" abc.def.ghi\n", TokenType::Bot).unwrap();
        assert_eq!((plain.kind, plain.expose()), (TokenType::Bot, "abc.def.ghi"));
        let marked = Token::parse("\u{feff}Bot abc.def.ghi\r\n", TokenType::Bearer).unwrap();
        assert_eq!((marked.kind, marked.expose()), (TokenType::Bot, "abc.def.ghi"));
        let bearer = Token::parse("Bearer abc.def.ghi", TokenType::Bot).unwrap();
        assert_eq!(*bearer.authorization(), "Bearer abc.def.ghi");
        assert_eq!(Token::parse("  ", TokenType::Bot), Err(BadToken::Empty));
        assert_eq!(Token::parse("\"abc\"", TokenType::Bot), Err(BadToken::Characters));
    }

    #[test]
    fn secrets_and_tokens_are_hidden_in_debug_output() {
        let token = Token::parse("abc.def.ghi", TokenType::Bot).unwrap();
        assert!(!format!("{token:?}").contains("abc"));
    }
}
