//! Formats lists as CSV: a header, and a line for each item.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Error, clean, item};
use crate::output::compact::compact;

/// Formats the lines of one list. The header precedes the first line.
pub struct Csv {
    columns: Vec<String>,
    /// Whether to escape control characters.
    terminal: bool,
    has_header: bool,
}

impl Csv {
    pub fn new(columns: Vec<String>, terminal: bool) -> Self {
        Self { columns, terminal, has_header: false }
    }

    /// Appends a line for each item. Null and missing values are empty cells.
    pub fn rows(&mut self, items: &[&RawValue], to: &mut Vec<u8>) -> Result<(), Error> {
        let mut lines = ::csv::Writer::from_writer(to);
        if !self.has_header {
            self.has_header = true;
            let heads = self.columns.iter().map(|column| escape(column, self.terminal).into_owned());
            lines.write_record(heads.map(String::into_bytes)).map_err(Error::Csv)?;
        }
        for item in items {
            for at in 0..self.columns.len() {
                let cell = item::value(item, &self.columns, at).map(cell).unwrap_or_default();
                lines.write_field(&*escape(&cell, self.terminal)).map_err(Error::Csv)?;
            }
            lines.write_record(None::<&[u8]>).map_err(Error::Csv)?;
        }
        lines.flush()?;
        Ok(())
    }
}

/// The cell of a value: a string unchanged, a list of strings and numbers joined by `;`, and anything else as JSON.
fn cell(value: &RawValue) -> String {
    if let Some(text) = item::text(value) {
        return without_formula(text);
    }
    let items = serde_json::from_str::<Vec<&RawValue>>(value.get()).ok();
    match items.filter(|items| !items.iter().any(|item| item.get().starts_with(['[', '{']))) {
        Some(items) => {
            let texts = items.iter().map(|item| item::text(item).unwrap_or_else(|| item.get().to_owned()));
            without_formula(texts.collect::<Vec<_>>().join(";"))
        }
        None => compact(value.get()).into_owned(),
    }
}

/// Prefixes a text that a spreadsheet would evaluate as a formula with an apostrophe. Most texts come from members, and
/// a formula like `=HYPERLINK(…)` can send other cells to an attacker. Numbers are unchanged.
/// Source: OWASP, "CSV Injection".
fn without_formula(text: String) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if is_formula { format!("'{text}") } else { text }
}

/// The text in a cell of a CSV file that dcord wrote, without the apostrophe before a formula.
pub fn unescaped(cell: &str) -> &str {
    let text = cell.strip_prefix('\'');
    text.filter(|text| without_formula((*text).to_owned()) == cell).unwrap_or(cell)
}

/// Escapes control characters for a terminal. Names of columns need it too, because they can come from Discord.
fn escape(text: &str, terminal: bool) -> Cow<'_, str> {
    if terminal { clean::escape(text) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(terminal: bool, items: &[&str]) -> String {
        let columns = ["id", "author.username", "tags"].map(str::to_owned).to_vec();
        let mut csv = Csv::new(columns, terminal);
        let mut to = Vec::new();
        for item in items {
            csv.rows(&[serde_json::from_str(item).unwrap()], &mut to).unwrap();
        }
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn csv_has_one_header_and_values_in_its_order() {
        let items = [
            r#"{"id":"1145","author":{"username":"a, \"b\"\nc"},"tags":[ "x",
                1.50]}"#,
            r#"{"author":{"username":null},"id":7,"more":1}"#,
        ];
        assert_eq!(csv(false, &items), "id,author.username,tags\n1145,\"a, \"\"b\"\"\nc\",x;1.50\n7,,\n");
    }

    #[test]
    fn a_list_of_texts_is_joined_and_an_object_stays_json() {
        for (tags, expected) in [
            (r#"["7","8"]"#, "7;8"),
            (r#"[ ]"#, ""),
            (r#"[null,true]"#, "null;true"),
            (r#"{"a": 1}"#, r#"{"a": 1}"#),
            (r#"[{"a":1}]"#, r#"[{"a":1}]"#),
            (r#"["a",["b"]]"#, r#"["a",["b"]]"#),
            ("-1.5", "-1.5"),
        ] {
            assert_eq!(cell(serde_json::from_str(tags).unwrap()), expected, "{tags}");
        }
    }

    #[test]
    fn text_that_looks_like_a_formula_is_escaped() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("@everyone", "'@everyone"),
            ("- milk", "'- milk"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("\t=1", "'\t=1"),
            ("-5", "-5"),
            ("+1.5", "+1.5"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(without_formula(text.to_owned()), expected, "{text}");
            assert_eq!(unescaped(expected), text);
        }
    }

    #[test]
    fn control_characters_are_escaped_only_on_a_terminal() {
        let item = [r#"{"id":"a\u001b[2J\u202eb"}"#];
        assert!(csv(false, &item).contains("a\u{1b}[2J\u{202e}b"));
        assert!(csv(true, &item).contains(r"a\u001b[2J\u202eb"));
    }
}
