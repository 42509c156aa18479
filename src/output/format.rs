//! The output formats of `-o`.

use std::fmt;
use std::str::FromStr;

use crate::model::closest::closest;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON value per line: an object, or each item of a list.
    Jsonl,
    /// The JSON document, or one array with the items of all pages.
    Json,
    Table,
    /// One short line per item, for language models and logs.
    Text,
    Csv,
    /// The id of each item.
    Id,
    /// The link to each item in Discord's client.
    Url,
    /// The bytes of the response body.
    Raw,
    /// Nothing.
    None,
}

/// The error for an unknown format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an output format; use jsonl, json, table, text, csv, id, url, raw or none{end}", end = suggestion(.0))]
pub struct UnknownFormat(pub String);

/// Suggests a fix for an unknown format. In other programs `--output` takes the name of a file.
fn suggestion(name: &str) -> String {
    let other = match name {
        _ if name.contains(['.', '/']) => {
            return ", and redirect the output to write a file: -o csv > FILE".to_owned();
        }
        "link" | "links" | "permalink" => Some("url"),
        "quiet" | "silent" | "nothing" | "null" | "off" => Some("none"),
        "ndjson" | "jsonlines" => Some("jsonl"),
        "ids" => Some("id"),
        "logfmt" | "line" | "lines" | "txt" | "plain" => Some("text"),
        _ => closest(name, Format::NAMES.iter().copied()),
    };
    other.map_or_else(String::new, |other| format!("; did you mean {other}?"))
}

impl Format {
    /// All names, in the order in which help shows them.
    pub const NAMES: &[&str] = &["jsonl", "json", "table", "text", "csv", "id", "url", "raw", "none"];

    /// The default format: a table on a terminal, JSON Lines in a pipe and for `--jq`.
    pub fn default_for(terminal: bool, jq: bool) -> Self {
        if terminal && !jq { Self::Table } else { Self::Jsonl }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Table => "table",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Id => "id",
            Self::Url => "url",
            Self::Raw => "raw",
            Self::None => "none",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Ok(match name {
            "jsonl" => Self::Jsonl,
            "json" => Self::Json,
            "table" => Self::Table,
            "text" => Self::Text,
            "csv" => Self::Csv,
            "id" => Self::Id,
            "url" => Self::Url,
            "raw" => Self::Raw,
            "none" => Self::None,
            _ => return Err(UnknownFormat(name.to_owned())),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_a_format_and_other_words_are_errors() {
        for name in Format::NAMES {
            assert_eq!(name.parse::<Format>().unwrap().name(), *name);
        }
        for (other, meant) in [("link", "url"), ("quiet", "none"), ("tabel", "table")] {
            let error = other.parse::<Format>().unwrap_err().to_string();
            assert!(error.ends_with(&format!("; did you mean {meant}?")), "{error}");
        }
        let error = "yaml".parse::<Format>().unwrap_err().to_string();
        assert!(Format::NAMES.iter().all(|name| error.contains(name)), "{error}");
        assert!(!error.contains("redirect"), "{error}");
        let file = "messages.csv".parse::<Format>().unwrap_err().to_string();
        assert!(file.ends_with("redirect the output to write a file: -o csv > FILE"), "{file}");
    }

    #[test]
    fn the_default_is_a_table_on_a_terminal_and_jsonl_otherwise() {
        assert_eq!(Format::default_for(true, false), Format::Table);
        assert_eq!(Format::default_for(true, true), Format::Jsonl);
        assert_eq!(Format::default_for(false, false), Format::Jsonl);
    }
}
