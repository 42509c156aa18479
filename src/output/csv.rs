//! Lists as CSV: a header and a line an item.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Error, clean, item};
use crate::output::compact::compact;

/// The lines of one output. The header goes out with the first of them.
pub struct Csv {
    columns: Vec<String>,
    /// Whether steering characters are to be made visible.
    terminal: bool,
    is_headed: bool,
}

impl Csv {
    pub fn new(columns: Vec<String>, terminal: bool) -> Self {
        Self { columns, terminal, is_headed: false }
    }

    /// Appends a line for each item. Texts stand as they are, other values as JSON; what is null or
    /// missing is empty.
    pub fn rows(&mut self, items: &[&RawValue], to: &mut Vec<u8>) -> Result<(), Error> {
        let mut lines = ::csv::Writer::from_writer(to);
        if !self.is_headed {
            self.is_headed = true;
            let heads = self.columns.iter().map(|column| shield(column, self.terminal).into_owned());
            lines.write_record(heads.map(String::into_bytes)).map_err(Error::Csv)?;
        }
        for item in items {
            for at in 0..self.columns.len() {
                let cell = match item::value(item, &self.columns, at) {
                    Some(value) => match item::text(value) {
                        Some(text) => text,
                        None => compact(value.get()).into_owned(),
                    },
                    None => String::new(),
                };
                lines.write_field(&*shield(&cell, self.terminal)).map_err(Error::Csv)?;
            }
            lines.write_record(None::<&[u8]>).map_err(Error::Csv)?;
        }
        lines.flush()?;
        Ok(())
    }
}

/// Columns can be names of Discord's, too.
fn shield(text: &str, terminal: bool) -> Cow<'_, str> {
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
    fn there_is_one_header_and_each_value_has_its_place() {
        let items = [
            r#"{"id":"1145","author":{"username":"a, \"b\"\nc"},"tags":[ "x",
                1.50]}"#,
            r#"{"author":{"username":null},"id":7,"more":1}"#,
        ];
        assert_eq!(csv(false, &items), "id,author.username,tags\n1145,\"a, \"\"b\"\"\nc\",\"[\"\"x\"\",1.50]\"\n7,,\n");
    }

    #[test]
    fn steering_characters_are_made_visible_on_a_terminal_only() {
        let item = [r#"{"id":"a\u001b[2J\u202eb"}"#];
        assert!(csv(false, &item).contains("a\u{1b}[2J\u{202e}b"));
        assert!(csv(true, &item).contains(r"a\u001b[2J\u202eb"));
    }
}
