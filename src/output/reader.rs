//! Formats objects for people. The layer `view` implements [`Reader`] for Discord's objects; [`Fields`] formats any other
//! object.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::clean;
use super::compact::compact;
use super::item;
use super::text::{self, Extent, Line};
use crate::model::items;

/// Turns objects into the texts of tables. Texts may have several lines and may contain control characters from Discord,
/// so the caller must clean them before printing.
pub trait Reader: Send {
    /// Reads a whole response before its parts, to learn the names of objects that the parts refer to by id.
    fn learn(&self, _answer: &RawValue) {}

    /// Sorts the items of a complete list for people.
    fn arrange(&self, _items: &mut Vec<&RawValue>) {}

    /// The columns of a table. `None` if they are the columns of [`super::View`].
    fn columns(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// The header of a column. `None` if it is derived from the path.
    fn head(&self, _path: &str) -> Option<String> {
        None
    }

    /// The text of an item in each column.
    fn cells(&self, item: &RawValue, paths: &[String]) -> Vec<String>;

    /// The names and texts of the fields at these paths, or by default of the fields that people need.
    fn fields(&self, object: &RawValue, paths: Option<&[String]>) -> Vec<(String, String)>;

    /// The line of an item in `-o text`.
    fn line(&self, item: &RawValue, extent: Extent<'_>) -> Line {
        text::plain(item, extent)
    }

    /// One line about a sent object. `None` if the object is printed as a table. `url` is the link to the object. `before`
    /// is true if an earlier run sent it.
    fn sent(&self, _object: &RawValue, _url: Option<&str>, _before: bool) -> Option<String> {
        None
    }
}

/// Formats each field under its own name. Times are shortened.
pub struct Fields;

impl Reader for Fields {
    fn cells(&self, item: &RawValue, paths: &[String]) -> Vec<String> {
        (0..paths.len()).map(|at| item::value(item, paths, at).map(plain).unwrap_or_default()).collect()
    }

    fn fields(&self, object: &RawValue, paths: Option<&[String]>) -> Vec<(String, String)> {
        let text = |value: &RawValue| if value.get() == "null" { "null".to_owned() } else { plain(value) };
        match paths {
            None => {
                let all = item::fields(object).unwrap_or_default();
                all.into_iter().map(|(name, value)| (name.into_owned(), text(value))).collect()
            }
            Some(paths) => {
                paths.iter().filter_map(|path| Some((path.clone(), text(items::field(object, path)?)))).collect()
            }
        }
    }
}

/// Formats a value whose meaning is unknown: a time is shortened, other strings are unchanged, a boolean becomes yes or
/// no, and anything else is JSON on one line.
pub fn plain(value: &RawValue) -> String {
    match value.get() {
        "true" => return "yes".to_owned(),
        "false" => return "no".to_owned(),
        _ => {}
    }
    match item::text(value) {
        Some(text) => moment(&text).unwrap_or(text),
        None => clean::line(&compact(value.get())).into_owned(),
    }
}

/// Shortens a time in Discord's format: `2024-05-01T12:34:56.123000+00:00` to `2024-05-01 12:34:56Z`. `None` for any
/// other text.
fn moment(text: &str) -> Option<String> {
    let (time, zone) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let fraction = zone.strip_suffix("+00:00").or_else(|| zone.strip_suffix('Z'))?;
    let digits = fraction.strip_prefix('.').unwrap_or("0");
    let is_fraction = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let moment = format!("{}Z", time.replacen('T', " ", 1));
    (is_fraction && time.as_bytes()[10] == b'T' && is_moment(&moment)).then_some(moment)
}

/// Whether a text has the format of a time shortened by [`moment`].
fn is_moment(text: &str) -> bool {
    let shape = b"0000-00-00 00:00:00Z";
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == *shape,
    };
    text.len() == shape.len() && text.bytes().zip(shape).all(fits)
}

/// A text with its line breaks, but without empty lines.
pub fn lines(text: &str) -> Cow<'_, str> {
    let text = clean::text(text.trim_end());
    if !text.contains(['\t', '\n']) {
        return text;
    }
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    Cow::Owned(lines.join("\n").replace('\t', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_timestamps_of_discord_are_shortened() {
        for (text, wanted) in [
            ("2024-05-01T12:34:56.123000+00:00", Some("2024-05-01 12:34:56Z")),
            ("2024-05-01T12:34:56+00:00", Some("2024-05-01 12:34:56Z")),
            ("2024-05-01T12:34:56Z", Some("2024-05-01 12:34:56Z")),
            ("2024-05-01T12:34:56.+00:00", None),
            ("2024-05-01T12:34:56+02:00", None),
            ("2024-05-01", None),
            ("2024-05-01T12:34:5žZ", None),
            ("at 2024-05-01T12:34:56Z", None),
        ] {
            assert_eq!(moment(text).as_deref(), wanted, "{text}");
        }
    }
}
