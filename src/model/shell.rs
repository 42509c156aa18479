//! Quotes words for a POSIX shell.

use std::borrow::Cow;

/// A word, in quotes only if the shell would change it without them.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:,@%+=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

/// A word in single quotes.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_quotes_only_if_a_shell_would_change_it() {
        for (text, expected) in [
            ("general", "general"),
            ("žába", "žába"),
            ("a,@b", "a,@b"),
            ("", "''"),
            ("#general", "'#general'"),
            ("My Server", "'My Server'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
