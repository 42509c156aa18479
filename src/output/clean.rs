//! Makes text from Discord safe for a terminal: removes or escapes characters that control the
//! terminal or change the reading direction.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal may interpret the character instead of showing it: C0 and C1 controls, DEL, the
/// line separators, and the marks, embeddings, overrides and isolates of bidirectional text.
///
/// This includes line feed and tab, which some callers allow ([`is_layout`]).
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a reader of plain text cannot see the character: unsafe characters, and those that have no width or are
/// reserved for invisible purposes. With the tag characters and the variation selectors, a text can carry another text
/// that only programs read. The joiners (U+200C, U+200D) and the selectors of text and emoji style (U+FE0E, U+FE0F) are
/// not hidden, because scripts and emojis need them. Source: Unicode, "Default_Ignorable_Code_Point".
pub fn is_hidden(c: char) -> bool {
    is_unsafe(c)
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t')
}

/// The text without unsafe characters. Line feeds and tabs stay.
pub fn text(text: &str) -> Cow<'_, str> {
    let is_removed = |c| is_unsafe(c) && !is_layout(c);
    if text.contains(is_removed) {
        Cow::Owned(text.chars().filter(|c| !is_removed(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The text on one line: each run of line breaks and tabs becomes a space, and other unsafe characters are removed.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\u{2028}' | '\u{2029}' if line.ends_with(' ') => {}
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => line.push(' '),
            c if is_unsafe(c) => {}
            c => line.push(c),
        }
    }
    Cow::Owned(line)
}

/// JSON or CSV with unsafe characters escaped as `\uXXXX`. Line feeds and tabs stay, because JSON has them between
/// tokens and CSV between rows. Existing escapes are unchanged.
pub fn escape(text: &str) -> Cow<'_, str> {
    let is_escaped = |c| is_unsafe(c) && !is_layout(c);
    let Some(first) = text.find(is_escaped) else { return Cow::Borrowed(text) };
    let mut escaped = String::with_capacity(text.len() + 32);
    escaped.push_str(&text[..first]);
    for c in text[first..].chars() {
        if is_escaped(c) {
            write!(escaped, "\\u{:04x}", u32::from(c)).expect("writing to a String does not fail");
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// A word quoted for a POSIX shell. With `terminal`, unsafe characters are written as octal bytes in `$'…'`, which
/// POSIX has had since 2024, and bash, zsh and ksh for much longer.
pub fn shell_word(word: &str, terminal: bool) -> String {
    if !terminal || !word.contains(|c| is_unsafe(c) && !is_layout(c)) {
        return crate::model::shell::quoted(word);
    }
    let mut quoted = String::with_capacity(word.len() + 32);
    quoted.push_str("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            c if is_unsafe(c) && !is_layout(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(quoted, "\\{byte:03o}").expect("writing to a String does not fail");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNSAFE: &[char] = &[
        '\u{0}', '\u{7}', '\u{8}', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{9b}', '\u{9f}', '\u{61c}', '\u{200e}',
        '\u{200f}', '\u{2028}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
    ];

    #[test]
    fn control_characters_are_removed_from_text_and_escaped_in_json() {
        for character in UNSAFE {
            let input = format!("a{character}b");
            assert_eq!(text(&input), "ab", "{character:?}");
            assert!(matches!(&*line(&input), "ab" | "a b"), "{character:?}");
            assert_eq!(escape(&input), format!("a\\u{:04x}b", u32::from(*character)));
        }
    }

    #[test]
    fn text_in_any_script_is_unchanged() {
        for input in ["", "plain", "žluťoučký", "日本語", "שלום", "👩‍👩‍👧", r"\u001b[31m"] {
            assert!(matches!(text(input), Cow::Borrowed(t) if t == input));
            assert!(matches!(line(input), Cow::Borrowed(t) if t == input));
            assert!(matches!(escape(input), Cow::Borrowed(t) if t == input));
        }
        assert_eq!(text("a\n\tb\x1b[2J"), "a\n\tb[2J");
        assert_eq!(line("a\r\n\tb"), "a b");
    }

    #[test]
    fn a_shell_word_contains_no_control_characters() {
        for (word, plain, escaped) in [
            ("it's", r"'it'\''s'", r"'it'\''s'"),
            ("a\n\tb", "'a\n\tb'", "'a\n\tb'"),
            ("a\u{9b}2Jb'\\é", "'a\u{9b}2Jb'\\''\\é'", r"$'a\302\2332Jb\'\\é'"),
            ("\u{202e}0", "'\u{202e}0'", r"$'\342\200\2560'"),
            ("\r\n", "'\r\n'", "$'\\015\n'"),
        ] {
            assert_eq!(shell_word(word, false), plain);
            assert_eq!(shell_word(word, true), escaped);
        }
    }

    proptest! {
        #[test]
        fn escaping_does_not_change_the_value_of_json(input in any::<String>()) {
            let json = serde_json::to_string(&input).unwrap();
            let escaped = escape(&json);
            prop_assert!(!escaped.contains(|c| is_unsafe(c) && !is_layout(c)));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), input);
        }
    }
}
