//! Quoting of words in bash, which passes its line unparsed and inserts answers unquoted. Other shells do this
//! themselves.

use crate::model::shell;

/// The word at the cursor as it was typed, and the end of it that bash will replace.
#[derive(Debug)]
pub struct Typed {
    /// The unquoted text of the part that stays. `quote` is the quote that is open after it.
    kept: String,
    quote: Option<char>,
    /// Whether the replaced part is still empty.
    is_new: bool,
}

impl Typed {
    /// `word` is the last word of the line. Bash splits words at `=` and `:`, and in an open quote it replaces the
    /// quoted text.
    pub fn new(word: &str, piece: &str) -> Self {
        let head = word.strip_suffix(piece).unwrap_or_default();
        let (kept, quote) = shell::read(head);
        Self { kept, quote, is_new: piece.is_empty() }
    }

    /// Returns the text that replaces `piece` so that the word becomes `name`.
    pub fn replacement(&self, name: &str) -> String {
        let skipped = self.kept.chars().count();
        let rest: String = name.chars().skip(skipped).collect();
        // JSON is easier to edit in quotes than with a backslash before each special character.
        if self.is_new && self.quote.is_none() && rest.starts_with(['[', '{']) && !rest.contains('\'') {
            return format!("'{rest}'");
        }
        quoted(&rest, self.quote)
    }
}

/// Starts the candidates with the typed letters if bash would otherwise delete some of them.
///
/// Bash replaces the word by the common prefix of all candidates, and compares with regard to case: for `@bob` and
/// the roles `Bobby` and `bob`, only `@` would remain. dcord matches names in any case, so the typed letters match
/// the same names.
pub fn keep_typed(candidates: &mut [(String, String)], typed: &str) {
    let length = typed.chars().count();
    let common = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let [(first, _), others @ ..] = &*candidates else { return };
    if others.iter().all(|(other, _)| common(first, other) >= length) {
        return;
    }
    for (name, _) in candidates {
        let (head, rest) = name.split_at(name.char_indices().nth(length).map_or(name.len(), |(at, _)| at));
        if head.to_lowercase() == typed.to_lowercase() {
            *name = format!("{typed}{rest}");
        }
    }
}

/// Quotes a text for a word in which `quote` is open.
fn quoted(text: &str, quote: Option<char>) -> String {
    let mut typed = String::with_capacity(text.len());
    for c in text.chars() {
        match (quote, c) {
            (Some('\''), '\'') => typed.push_str("'\\''"),
            (Some('\''), c) => typed.push(c),
            (Some(_), '"' | '\\' | '$' | '`') => typed.extend(['\\', c]),
            // A backslash in quotes does not prevent history expansion.
            (Some(_), '!') => typed.push_str("\"'!'\""),
            (Some(_), c) => typed.push(c),
            (None, c) if c.is_ascii() && !(c.is_ascii_alphanumeric() || "@%_-+=:,./<>".contains(c)) => {
                typed.extend(['\\', c]);
            }
            (None, c @ ('<' | '>')) => typed.extend(['\\', c]),
            (None, c) => typed.push(c),
        }
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        shell::split(line).0
    }

    #[test]
    fn an_inserted_candidate_is_parsed_as_the_same_name() {
        for name in
            ["#general", "@alice", "My Guild", "it's", r#"a "b" $c `d` \e"#, "wow!", "<x>", "~a", "é#ü", "a;b&c|d"]
        {
            for open in ["", "'", "\"", "--guild=", "--guild='", "--guild=\""] {
                let typed = Typed::new(open, "");
                let whole = if open.starts_with("--") { format!("--guild={name}") } else { name.to_owned() };
                let close = typed.quote.map(String::from).unwrap_or_default();
                let line = format!("{open}{}{close}", typed.replacement(&whole));
                assert_eq!(words(&line), [whole], "{line}");
            }
        }
    }

    #[test]
    fn candidates_that_differ_in_case_preserve_the_typed_letters() {
        for (typed, names, wanted) in [
            ("@bob", ["@Bobby", "@bob"], ["@bobby", "@bob"]),
            ("@BO", ["@Bobby", "@bob"], ["@BObby", "@BOb"]),
            ("--guild=é", ["--guild=État", "--guild=été"], ["--guild=état", "--guild=été"]),
            ("a,b", ["a,Bc", "a,bd"], ["a,bc", "a,bd"]),
            // The common prefix contains everything that was typed.
            ("@bo", ["@Bobby", "@Bob"], ["@Bobby", "@Bob"]),
            ("ge", ["#general", "#gentle"], ["#general", "#gentle"]),
            ("", ["#a", "@b"], ["#a", "@b"]),
        ] {
            let mut candidates = names.map(|name| (name.to_owned(), String::new()));
            keep_typed(&mut candidates, typed);
            assert_eq!(candidates.map(|(name, _)| name), wanted, "{typed}");
        }
        keep_typed(&mut [], "a");
    }

    #[test]
    fn the_part_of_the_word_that_bash_keeps_is_not_inserted_again() {
        assert_eq!(Typed::new("--guild=My", "My").replacement("--guild=My Guild"), r"My\ Guild");
        assert_eq!(Typed::new("'#ge", "#ge").replacement("#general"), "#general");
        assert_eq!(Typed::new(r"\#ge", r"\#ge").replacement("#general"), r"\#general");
        assert_eq!(Typed::new("#GE", "#GE").replacement("#general"), r"\#general");
    }

    #[test]
    fn json_is_completed_in_single_quotes() {
        let json = r#"[{"type":1}]"#;
        assert_eq!(Typed::new("", "").replacement(json), format!("'{json}'"));
        assert_eq!(Typed::new("'", "").replacement(json), json);
        assert_eq!(words(&Typed::new("", "").replacement(r#"{"a":"it's"}"#)), [r#"{"a":"it's"}"#]);
    }
}
