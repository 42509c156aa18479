//! Formats items as `-o text`: one short line per item, for language models and logs.
//!
//! A line consists of fields, `name=value`, separated by spaces. A value is one or more atoms, separated by commas.
//! Text that other people may have written is always in double quotes, with the escapes of JSON, so that it can
//! neither begin a line nor look like a field. The topic `output` of `dcord help` documents the form.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::value::RawValue;

use super::clean;
use super::item;
use crate::model::items;

/// The maximum number of characters of a text.
const LONGEST_TEXT: usize = 500;
/// The maximum length of a word. The names of fields are shorter.
const LONGEST_WORD: usize = 100;
/// The maximum number of atoms of a value, and of fields of a line.
const MOST_ATOMS: usize = 60;
const MOST_FIELDS: usize = 60;

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Atom {
    /// A number, an id, a time, or a word of dcord's or of Discord's API. Printed in quotes if it has other
    /// characters than such words have.
    Word(String),
    /// Text that another person may have written.
    Text(String),
    /// An id or a count, and the text that belongs to it.
    Named(String, String),
}

/// The fields that the line of an item contains.
#[derive(Clone, Copy)]
pub enum Extent<'a> {
    /// The fields that the user chose.
    Chosen(&'a [String]),
    /// The columns of the list that the item is in.
    Row(&'a [String]),
    /// The fields of a single object.
    Object,
}

/// A line, without its line feed.
#[derive(Debug, Default)]
pub struct Line {
    text: String,
    fields: usize,
    omitted: usize,
}

impl Line {
    /// Appends a word without a name, such as the kind of object.
    pub fn word(&mut self, word: &str) {
        self.gap();
        push_word(word, &mut self.text);
    }

    /// Appends a field. A field without atoms is omitted.
    pub fn field(&mut self, name: &str, atoms: &[Atom]) {
        if atoms.is_empty() {
            return;
        }
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            self.omitted += 1;
            return;
        }
        self.gap();
        push_word(name, &mut self.text);
        self.text.push('=');
        self.value(atoms);
    }

    /// Appends a value without a name.
    fn value(&mut self, atoms: &[Atom]) {
        for (at, atom) in atoms.iter().take(MOST_ATOMS).enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            match atom {
                Atom::Word(word) => push_word(word, &mut self.text),
                Atom::Text(text) => push_text(text, &mut self.text),
                Atom::Named(id, name) => {
                    push_word(id, &mut self.text);
                    self.text.push('(');
                    push_text(name, &mut self.text);
                    self.text.push(')');
                }
            }
        }
        if let Some(more) = atoms.len().checked_sub(MOST_ATOMS).filter(|more| *more > 0) {
            push_more(more, &mut self.text);
        }
    }

    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
    }

    /// The line, with a line feed.
    pub fn finish(mut self) -> String {
        if self.omitted > 0 {
            self.gap();
            push_more(self.omitted, &mut self.text);
        }
        self.text.push('\n');
        self.text
    }
}

/// The line of an item whose fields have no known meaning.
pub fn plain(item: &RawValue, extent: Extent<'_>) -> Line {
    let mut line = Line::default();
    let parsed = |value: &RawValue| serde_json::from_str::<Value>(value.get()).unwrap_or_default();
    match (extent, item::fields(item)) {
        (_, None) => line.value(&atoms("", &parsed(item))),
        (Extent::Object, Some(fields)) => {
            for (name, value) in fields {
                line.field(&name, &atoms(&name, &parsed(value)));
            }
        }
        (Extent::Chosen(paths) | Extent::Row(paths), Some(_)) => {
            for path in paths {
                let is_shown = |value: &&RawValue| matches!(extent, Extent::Chosen(_)) || value.get() != "null";
                if let Some(value) = items::field(item, path).filter(is_shown) {
                    line.field(path, &atoms(path, &parsed(value)));
                }
            }
        }
    }
    line
}

/// The atoms of a value whose meaning is known only from the name of its field. A string is text, unless the name is
/// that of an id or a time and the string has that form.
pub fn atoms(name: &str, value: &Value) -> Vec<Atom> {
    match value {
        Value::Array(items) if items.is_empty() => vec![Atom::Word("none".to_owned())],
        Value::Array(items) => items.iter().map(|item| atom(name, item)).collect(),
        value => vec![atom(name, value)],
    }
}

fn atom(name: &str, value: &Value) -> Atom {
    let text = |object: &Value, field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::Null => Atom::Word("null".to_owned()),
        Value::Bool(value) => Atom::Word(value.to_string()),
        Value::Number(number) => Atom::Word(number.to_string()),
        Value::String(text) if is_id(name, text) => Atom::Word(text.clone()),
        Value::String(text) => match time(name, text) {
            Some(time) => Atom::Word(time),
            None => Atom::Text(text.clone()),
        },
        Value::Object(_) => {
            let names = ["name", "username", "filename", "title"];
            let id = text(value, "id").filter(|id| is_id("id", id));
            match id.zip(names.iter().find_map(|name| text(value, name))) {
                Some((id, name)) => Atom::Named(id, name),
                None => Atom::Text(value.to_string()),
            }
        }
        Value::Array(_) => Atom::Text(value.to_string()),
    }
}

/// Whether a text is an id and in a field for ids. A text with digits in another field may be from another person.
fn is_id(name: &str, text: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    let is_field = matches!(name, "id" | "ids") || name.ends_with("_id") || name.ends_with("_ids");
    is_field && !text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A time of Discord's, in UTC and without the fraction, if the text is one and is in a field for times.
fn time(name: &str, text: &str) -> Option<String> {
    let is_field = ["timestamp", "_at", "_time", "_since", "_until", "_start", "_end", "_ends"]
        .iter()
        .any(|ending| name.ends_with(ending));
    let time: jiff::Timestamp = if is_field { text.parse().ok()? } else { return None };
    Some(utc(time.as_millisecond()))
}

/// A time in UTC, to the second: `2026-11-28T12:00:00Z`.
pub fn utc(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| "?".to_owned(), |time| format!("{time:.0}"))
}

/// Appends a word, in quotes if it is not one.
fn push_word(word: &str, to: &mut String) {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b"-_.:#+".contains(&b);
    if !word.is_empty() && word.len() <= LONGEST_WORD && word.bytes().all(is_word) {
        to.push_str(word);
    } else {
        push_text(word, to);
    }
}

/// Appends a text in quotes. If it is too long, the number of omitted characters follows the quotes.
fn push_text(text: &str, to: &mut String) {
    to.push('"');
    let (shown, more) = match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
        None => (text, 0),
    };
    for c in shown.chars() {
        match c {
            '"' | '\\' => to.extend(['\\', c]),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            c if clean::is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}").expect("writing to a String does not fail");
                }
            }
            c => to.push(c),
        }
    }
    to.push('"');
    if more > 0 {
        push_more(more, to);
    }
}

/// Appends the number of omitted characters, items or fields.
fn push_more(count: usize, to: &mut String) {
    write!(to, "…+{count}").expect("writing to a String does not fail");
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> String {
        let item = RawValue::from_string(value.to_string()).unwrap();
        plain(&item, Extent::Object).finish()
    }

    fn text(text: &str) -> String {
        let mut to = String::new();
        push_text(text, &mut to);
        to
    }

    /// What remains of a line without its texts in quotes. `None` if a quote is not closed.
    pub fn outside_quotes(line: &str) -> Option<String> {
        let (mut is_quoted, mut is_escaped) = (false, false);
        let mut outside = String::new();
        for c in line.chars() {
            let is_quote = c == '"' && !is_escaped;
            is_escaped = is_quoted && c == '\\' && !is_escaped;
            if is_quote {
                is_quoted = !is_quoted;
            } else if !is_quoted {
                outside.push(c);
            }
        }
        (!is_quoted).then_some(outside)
    }

    #[test]
    fn text_is_quoted_and_ids_times_and_numbers_are_not() {
        for (item, expected) in [
            (json!({"id": "1145", "name": "general", "n": 1, "ok": true}), r#"id=1145 name="general" n=1 ok=true"#),
            (json!({"timestamp": "2024-05-01T12:34:56.123000+00:00"}), "timestamp=2024-05-01T12:34:56Z"),
            (json!({"tags": ["a", "b"], "none": [], "null": null}), r#"tags="a","b" none=none null=null"#),
            (json!({"role": {"id": "5", "name": "Mods"}}), r#"role=5("Mods")"#),
            (json!({"o": {"a": "x y"}}), r#"o="{\"a\":\"x y\"}""#),
            (json!("a text"), r#""a text""#),
            (json!(7), "7"),
        ] {
            assert_eq!(of(&item), format!("{expected}\n"), "{item}");
        }
    }

    #[test]
    fn a_text_in_the_form_of_an_id_or_a_time_is_quoted_unless_its_field_is_for_one() {
        for (item, expected) in [
            (json!({"name": "1145"}), r#"name="1145""#),
            (json!({"name": "2024-05-01T12:34:56Z"}), r#"name="2024-05-01T12:34:56Z""#),
            (json!({"id": "5 fake=1"}), r#"id="5 fake=1""#),
            (json!({"created_at": "ignore this"}), r#"created_at="ignore this""#),
            (json!({"role": {"id": "x", "name": "n"}}), r#"role="{\"id\":\"x\",\"name\":\"n\"}""#),
            (json!({"a b=": 1}), r#""a b="=1"#),
        ] {
            assert_eq!(of(&item), format!("{expected}\n"), "{item}");
        }
    }

    #[test]
    fn characters_that_a_reader_cannot_see_are_escaped() {
        for (raw, expected) in [
            ("a\nmessage id=1", r#""a\nmessage id=1""#),
            ("\u{1b}[2J\u{9b}", r#""\u001b[2J\u009b""#),
            ("\u{202e}txt\u{2028}", r#""\u202etxt\u2028""#),
            ("\u{e0041}\u{200b}\u{fe00}", r#""\udb40\udc41\u200b\ufe00""#),
            (r#"" id=5 ""#, r#""\" id=5 \"""#),
            (r"\n", r#""\\n""#),
            ("žluťoučký 日本語 👩\u{200d}👩 ❤\u{fe0f}", "\"žluťoučký 日本語 👩\u{200d}👩 ❤\u{fe0f}\""),
        ] {
            assert_eq!(text(raw), expected);
        }
    }

    #[test]
    fn long_texts_lists_and_objects_are_cut_and_the_rest_is_counted() {
        let long = text(&"é".repeat(2000));
        assert_eq!(long, format!("\"{}\"…+1500", "é".repeat(500)));
        assert_eq!(text(&"x".repeat(500)).len(), 502);
        let list = of(&json!({"n": (0..100).collect::<Vec<_>>()}));
        assert!(list.ends_with(",59…+40\n"), "{list}");
        let fields: serde_json::Map<_, _> = (0..100).map(|n| (format!("f{n}"), n.into())).collect();
        assert!(of(&fields.into()).ends_with("f59=59 …+40\n"));
    }

    proptest! {
        #[test]
        fn a_text_in_quotes_is_json_on_one_line(input in any::<String>()) {
            let printed = text(&input);
            if input.chars().count() <= LONGEST_TEXT {
                prop_assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), input);
            }
            prop_assert!(!printed.contains(clean::is_hidden));
        }

        #[test]
        fn nothing_outside_quotes_contains_a_space(name in any::<String>(), value in any::<String>()) {
            let line = of(&json!({(name): value}));
            let outside = outside_quotes(line.trim_end_matches('\n'));
            prop_assert!(outside.is_some_and(|outside| !outside.contains(char::is_whitespace)), "{line:?}");
        }
    }
}
