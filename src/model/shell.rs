//! Quotes words for a POSIX shell, and splits lines into words as a shell does.

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

/// Splits a line into words as a shell does, where the last word may have an open quote. Also returns that last
/// word as it was typed.
pub fn split(line: &str) -> (Vec<String>, &str) {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n']);
        let end = end_of_word(rest);
        let (word, more) = rest.split_at(end);
        words.push(read(word).0);
        if more.is_empty() {
            return (words, word);
        }
        rest = more;
    }
}

/// Returns the text of a word without its quotes.
pub fn unquoted(word: &str) -> String {
    read(word).0
}

/// Returns the end of the first word.
fn end_of_word(line: &str) -> usize {
    let mut quote = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None | Some('"'), '\\') => {
                chars.next();
            }
            (None, ' ' | '\t' | '\n') => return at,
            _ => {}
        }
    }
    line.len()
}

/// Returns the text of a word, and the quote that it leaves open.
pub fn read(word: &str) -> (String, Option<char>) {
    let mut text = String::with_capacity(word.len());
    let mut quote = None;
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => text.extend(rest.next()),
            // In double quotes, a backslash is literal except before special characters.
            (Some('"'), '\\') => match rest.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => text.push(c),
                Some(c) => text.extend(['\\', c]),
                None => {}
            },
            (_, c) => text.push(c),
        }
    }
    (text, quote)
}

/// Splits a complete line into words. `None` if it ends in an open quote or in a lone backslash.
pub fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, last) = split(line);
    if last.is_empty() {
        // The line is empty, or ends with a space.
        words.pop();
    }
    let backslashes = last.len() - last.trim_end_matches('\\').len();
    let is_complete = read(last).1.is_none() && backslashes.is_multiple_of(2);
    is_complete.then_some(words)
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

    #[test]
    fn a_line_is_split_as_in_a_shell() {
        assert_eq!(split(r#"a  'b c'd "e\" f" \#g "#).0, ["a", "b cd", "e\" f", "#g", ""]);
        assert_eq!(split("a ''").0, ["a", ""]);
        assert_eq!(split("a 'b ").0, ["a", "b "]);
        assert_eq!(split(r"a \#b\ c").1, r"\#b\ c");
        assert_eq!(split("").0, [""]);
    }

    #[test]
    fn a_complete_line_has_no_open_quote() {
        for (line, expected) in [
            ("message send '#general'", Some(&["message", "send", "#general"][..])),
            (r#"a "b \"c\"" ''"#, Some(&["a", "b \"c\"", ""])),
            (r"a\ b '\'", Some(&["a b", r"\"])),
            ("  a\t", Some(&["a"])),
            ("#general $HOME *", Some(&["#general", "$HOME", "*"])),
            ("", Some(&[])),
            ("a 'b", None),
            ("a \"b", None),
            (r"a\", None),
            (r"a\\", Some(&[r"a\"])),
        ] {
            assert_eq!(
                words(line).as_deref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                expected,
                "{line}"
            );
        }
    }
}
