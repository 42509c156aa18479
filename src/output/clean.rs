//! Makes text from Discord safe for a terminal: removes or escapes characters that control the
//! terminal or change the reading direction.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal may act on the character instead of showing it: C0 and C1 controls, DEL, the
/// line separators, and the marks, embeddings, overrides and isolates of bidirectional text.
///
/// Line feed and tab count too: where they may stay the caller says so.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t')
}

/// The text over as many lines as it has, with what steers taken out.
pub fn text(text: &str) -> Cow<'_, str> {
    let bad = |c| steers(c) && !is_layout(c);
    if text.contains(bad) { Cow::Owned(text.chars().filter(|c| !bad(*c)).collect()) } else { Cow::Borrowed(text) }
}

/// The text on one line: each run of line breaks and tabs becomes a space, the rest of what steers is taken out.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\u{2028}' | '\u{2029}' if line.ends_with(' ') => {}
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => line.push(' '),
            c if steers(c) => {}
            c => line.push(c),
        }
    }
    Cow::Owned(line)
}

/// JSON or CSV with what steers written as `\uXXXX`. Line feeds and tabs, which both formats use
/// between tokens, stay; so do characters that are already escaped.
pub fn escape(text: &str) -> Cow<'_, str> {
    let bad = |c| steers(c) && !is_layout(c);
    let Some(first) = text.find(bad) else { return Cow::Borrowed(text) };
    let mut escaped = String::with_capacity(text.len() + 32);
    escaped.push_str(&text[..first]);
    for c in text[first..].chars() {
        if bad(c) {
            write!(escaped, "\\u{:04x}", u32::from(c)).expect("a string takes all that is written");
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// A word as a POSIX shell reads it, in quotes. With `shielded`, what steers is written as octal bytes in
/// `$'…'`, which POSIX has since 2024 and bash, zsh and ksh have had for long.
pub fn shell_word(word: &str, shielded: bool) -> String {
    if !shielded || !word.contains(|c| steers(c) && !is_layout(c)) {
        return crate::model::shell::quoted(word);
    }
    let mut quoted = String::with_capacity(word.len() + 32);
    quoted.push_str("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            c if steers(c) && !is_layout(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(quoted, "\\{byte:03o}").expect("a string takes all that is written");
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

    const HAZARDS: &[char] = &[
        '\u{0}', '\u{7}', '\u{8}', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{9b}', '\u{9f}', '\u{61c}', '\u{200e}',
        '\u{200f}', '\u{2028}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
    ];

    #[test]
    fn control_characters_are_removed_from_text_and_escaped_in_json() {
        for hazard in HAZARDS {
            let told = format!("a{hazard}b");
            assert_eq!(text(&told), "ab", "{hazard:?}");
            assert!(matches!(&*line(&told), "ab" | "a b"), "{hazard:?}");
            assert_eq!(escape(&told), format!("a\\u{:04x}b", u32::from(*hazard)));
        }
    }

    #[test]
    fn text_in_any_script_is_unchanged() {
        for told in ["", "plain", "žluťoučký", "日本語", "שלום", "👩‍👩‍👧", r"\u001b[31m"] {
            assert!(matches!(text(told), Cow::Borrowed(t) if t == told));
            assert!(matches!(line(told), Cow::Borrowed(t) if t == told));
            assert!(matches!(escape(told), Cow::Borrowed(t) if t == told));
        }
        assert_eq!(text("a\n\tb\x1b[2J"), "a\n\tb[2J");
        assert_eq!(line("a\r\n\tb"), "a b");
    }

    #[test]
    fn a_shell_word_contains_no_control_characters() {
        for (word, plain, shielded) in [
            ("it's", r"'it'\''s'", r"'it'\''s'"),
            ("a\n\tb", "'a\n\tb'", "'a\n\tb'"),
            ("a\u{9b}2Jb'\\é", "'a\u{9b}2Jb'\\''\\é'", r"$'a\302\2332Jb\'\\é'"),
            ("\u{202e}0", "'\u{202e}0'", r"$'\342\200\2560'"),
            ("\r\n", "'\r\n'", "$'\\015\n'"),
        ] {
            assert_eq!(shell_word(word, false), plain);
            assert_eq!(shell_word(word, true), shielded);
        }
    }

    proptest! {
        #[test]
        fn escaping_does_not_change_the_value_of_json(told in any::<String>()) {
            let json = serde_json::to_string(&told).unwrap();
            let escaped = escape(&json);
            prop_assert!(!escaped.contains(|c| steers(c) && !is_layout(c)));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), told);
        }
    }
}
