//! Reads the users to ban from a file: CSV with a header, JSON Lines, a JSON array, or one id per line.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::catalogue::LONGEST_REASON;
use crate::model::Entity;
use crate::model::target::{self, Target};
use crate::output::csv;

/// The format of a file of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header with a column for the id and perhaps one for the reason, then a line for each user.
    Csv,
    /// One array of ids, users, members or bans.
    Json,
    /// An id, user, member or ban on each line.
    Jsonl,
    /// An id on each line.
    Ids,
}

/// A user to ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub user: u64,
    pub reason: Option<String>,
    /// The line of the file, from 1.
    pub line: u64,
}

/// A line that names no user.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLine {
    pub number: u64,
    pub text: String,
    pub why: String,
    pub hint: Option<&'static str>,
}

const HEADER_HINT: &str = "a CSV file begins with a header that names the columns, such as user.id,reason";

impl Format {
    /// The format of the choice with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "jsonl" => Self::Jsonl,
            "ids" => Self::Ids,
            _ => return None,
        })
    }

    /// The format that the first line with content shows.
    fn of(text: &str) -> Self {
        let Some(first) = text.lines().map(str::trim).find(|line| is_content(line)) else { return Self::Ids };
        match first.as_bytes()[0] {
            b'[' => Self::Json,
            b'{' => Self::Jsonl,
            b'"' if serde_json::from_str::<String>(first).is_ok_and(|text| id(&text).is_ok()) => Self::Jsonl,
            _ if cells(first).iter().any(|cell| Column::of(cell) == Some(Column::User)) => Self::Csv,
            _ => Self::Ids,
        }
    }
}

/// The users in a text, without repetitions. The format is that of the content, unless it is given.
pub fn read(text: &str, format: Option<Format>) -> Result<Vec<Entry>, BadLine> {
    let mut entries = match format.unwrap_or_else(|| Format::of(text)) {
        Format::Csv => of_csv(text),
        Format::Json => of_json(text),
        Format::Jsonl => of_lines(text, |line, number| {
            let value =
                serde_json::from_str(line).map_err(|error| bad(number, line, format!("is not JSON: {error}")))?;
            of_value(&value, number)
        }),
        Format::Ids => of_lines(text, |line, number| {
            let (text, _) = line.split_once('#').unwrap_or((line, ""));
            let hint = Some(HEADER_HINT).filter(|_| text.contains([',', ';', '\t']));
            let user = id(text.trim()).map_err(|why| BadLine { hint, ..bad(number, text.trim(), why) })?;
            Ok(Entry { user, reason: None, line: number })
        }),
    }?;
    let mut seen = std::collections::HashSet::new();
    entries.retain(|entry| seen.insert(entry.user));
    Ok(entries)
}

/// Whether a line has content: it is neither blank nor a comment.
fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn bad(number: u64, text: &str, why: impl Into<String>) -> BadLine {
    BadLine { number, text: text.to_owned(), why: why.into(), hint: None }
}

fn of_lines(text: &str, read: impl Fn(&str, u64) -> Result<Entry, BadLine>) -> Result<Vec<Entry>, BadLine> {
    let lines = text.lines().zip(1..).filter(|(line, _)| is_content(line));
    lines.map(|(line, number)| read(line.trim(), number)).collect()
}

/// The id in a text: a number, or a mention.
fn id(text: &str) -> Result<u64, String> {
    match target::parse(Entity::User, text) {
        Target::Id(id) if id.get() > 0 => Ok(id.get()),
        _ if text.contains(['e', 'E']) && text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Err("is a rounded number, not an id; tell the spreadsheet that the column contains text".to_owned())
        }
        _ => Err("is not the id of a user".to_owned()),
    }
}

fn reason(text: &str, number: u64) -> Result<Option<String>, BadLine> {
    let length = text.chars().count();
    if length > LONGEST_REASON {
        return Err(bad(number, text, format!("has {length} characters, but a reason has at most {LONGEST_REASON}")));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.trim().is_empty()))
}

/// A column of a CSV file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    User,
    Reason,
}

impl Column {
    /// The column with this header: `user.id`, `User ID`, `reason`.
    fn of(header: &str) -> Option<Self> {
        let name: String = header.chars().filter(char::is_ascii_alphanumeric).collect();
        match name.to_ascii_lowercase().as_str() {
            "id" | "userid" | "memberid" => Some(Self::User),
            "reason" | "banreason" => Some(Self::Reason),
            _ => None,
        }
    }
}

/// The character between the cells of a header. Spreadsheets use a semicolon in some countries.
fn delimiter(header: &str) -> u8 {
    let is_in = |byte: &u8| header.as_bytes().contains(byte);
    [b',', b';', b'\t'].into_iter().find(is_in).unwrap_or(b',')
}

/// The cells of a header.
fn cells(header: &str) -> Vec<&str> {
    header.split(char::from(delimiter(header))).map(|cell| cell.trim().trim_matches('"')).collect()
}

fn of_csv(text: &str) -> Result<Vec<Entry>, BadLine> {
    let header = text.lines().find(|line| is_content(line)).unwrap_or_default();
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter(header))
        .from_reader(text.as_bytes());
    let mut columns: Option<(usize, Option<usize>)> = None;
    let mut entries = Vec::new();
    let mut lines = Lines { text, at: 0, number: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, ::csv::Position::line);
            bad(line, "", format!("is not CSV: {error}"))
        })?;
        let number = lines.number_at(record.position().map_or(0, ::csv::Position::byte));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some((user, why)) = columns else {
            let place = |column| record.iter().position(|cell| Column::of(cell) == Some(column));
            let no_user = || BadLine { hint: Some(HEADER_HINT), ..bad(number, header.trim(), "has no column user.id") };
            columns = Some((place(Column::User).ok_or_else(no_user)?, place(Column::Reason)));
            continue;
        };
        let text = record.get(user).unwrap_or_default().trim();
        let user = id(text).map_err(|why| bad(number, text, why))?;
        let text = why.and_then(|why| record.get(why)).unwrap_or_default();
        entries.push(Entry { user, reason: reason(csv::unescaped(text), number)?, line: number });
    }
    Ok(entries)
}

/// Counts the lines of a CSV file, because the position of a record is that of the blank lines and comments before it.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: u64,
}

impl Lines<'_> {
    /// The number of the first line with content from this byte on. The bytes must ascend.
    fn number_at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(line) = self.text[self.at..].split_inclusive('\n').next() {
            if self.at >= byte && is_content(line) {
                break;
            }
            self.at += line.len();
            self.number += 1;
        }
        self.number
    }
}

fn of_json(text: &str) -> Result<Vec<Entry>, BadLine> {
    let items: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|error| bad(error.line() as u64, "", format!("is not a JSON array: {error}")))?;
    let line_of = |item: &RawValue| {
        let before = item.get().as_ptr() as usize - text.as_ptr() as usize;
        1 + text[..before].bytes().filter(|byte| *byte == b'\n').count() as u64
    };
    let read = |item: &RawValue| {
        let value = serde_json::from_str(item.get()).expect("an item of an array that was parsed is JSON");
        of_value(&value, line_of(item))
    };
    items.into_iter().map(read).collect()
}

/// The user of a JSON value: an id, or an object of Discord's that is about one user.
fn of_value(value: &Value, number: u64) -> Result<Entry, BadLine> {
    let shown = value.to_string();
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) => shown.clone(),
        Value::Object(object) => {
            // Other objects with an `id`, such as messages, are not users.
            let is_user = || object.contains_key("username") || object.keys().all(|key| key == "id" || key == "reason");
            let own = || object.get("id").filter(|_| is_user());
            let id = value.pointer("/user/id").or_else(|| object.get("user_id")).or_else(own);
            match id {
                Some(Value::String(id)) => id.clone(),
                Some(Value::Number(id)) => id.to_string(),
                _ => return Err(bad(number, &shown, "has no user: neither user.id nor user_id")),
            }
        }
        _ => return Err(bad(number, &shown, "is not the id of a user")),
    };
    let user = id(&text).map_err(|why| bad(number, &text, why))?;
    let reason = reason(value["reason"].as_str().unwrap_or_default(), number)?;
    Ok(Entry { user, reason, line: number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(text: &str) -> Vec<(u64, Option<String>, u64)> {
        let entries = read(text, None).unwrap_or_else(|error| panic!("{error:?}"));
        entries.into_iter().map(|entry| (entry.user, entry.reason, entry.line)).collect()
    }

    fn with(user: u64, reason: &str, line: u64) -> (u64, Option<String>, u64) {
        (user, Some(reason.to_owned()), line)
    }

    #[test]
    fn ids_stand_on_lines_with_comments() {
        let text = "# raid of May\n\n44\r\n <@55> \n66 # alt of 55\n44\n#77\n";
        assert_eq!(users(text), [(44, None, 3), (55, None, 4), (66, None, 5)]);
        assert_eq!(users(""), []);
        assert_eq!(users("# nobody\n"), []);
    }

    #[test]
    fn csv_has_a_header_with_the_columns_in_any_order() {
        let first = "user.id,user.username,reason\n44,ada,\"spam, and\nmore\"\n\n55,ken,\n";
        assert_eq!(users(first), [with(44, "spam, and\nmore", 2), (55, None, 5)]);
        assert_eq!(users("Reason;User ID\nspam;44\n;55\n"), [with(44, "spam", 2), (55, None, 3)]);
        assert_eq!(users("# a comment\n\"id\"\n44\n"), [(44, None, 3)]);
        assert_eq!(users("user_id\treason\n44\t=1\n"), [with(44, "=1", 2)]);
        assert_eq!(users("user.id,reason\n44,'=HYPERLINK(1)\n55,'quoted'\n")[0], with(44, "=HYPERLINK(1)", 2));
    }

    #[test]
    fn json_contains_ids_or_objects_about_users() {
        let bans = r#"{"reason":"spam","user":{"id":"44","username":"ada"}}
            {"user":{"id":"55"},"reason":null}
            {"user_id":66}
            {"id":"77","username":"ken"}
            "88"
            99"#;
        let expected = [with(44, "spam", 1), (55, None, 2), (66, None, 3), (77, None, 4), (88, None, 5), (99, None, 6)];
        assert_eq!(users(bans), expected);
        assert_eq!(users("[\n\"44\", 55,\n{\"user\":{\"id\":\"66\"}}]"), [(44, None, 2), (55, None, 2), (66, None, 3)]);
        assert_eq!(users("\"88\"\n"), [(88, None, 1)]);
        assert_eq!(users("[]"), []);
    }

    #[test]
    fn a_line_that_is_not_understood_refuses_the_file_and_is_named() {
        let long = format!("id,reason\n44,{}\n", "x".repeat(513));
        for (text, number, why) in [
            ("44\nken\n", 2, "is not the id of a user"),
            ("44\n0\n", 2, "is not the id of a user"),
            ("44,spam\n", 1, "is not the id of a user"),
            ("44\n--yes\n", 2, "is not the id of a user"),
            ("@me\n", 1, "is not the id of a user"),
            ("user.id\n44\n1.2E+17\n", 3, "is a rounded number"),
            ("user.id,reason\n44,x\n,y\n", 3, "is not the id of a user"),
            ("{\"id\":\"1\",\"content\":\"hi\"}\n", 1, "has no user"),
            ("{\"user\":{\"id\":\"44\"}}\nx\n", 2, "is not JSON"),
            ("[\n\"44\",\n[]]", 3, "is not the id of a user"),
            ("[\n\"44\",\n", 3, "is not a JSON array"),
            (&long, 2, "has 513 characters"),
        ] {
            let error = read(text, None).expect_err(text);
            assert!(error.number == number && error.why.contains(why), "{text:?}: {error:?}");
        }
        assert_eq!(read("44,spam\n", None).unwrap_err().hint, Some(HEADER_HINT));
        assert_eq!(read("name,reason\n", Some(Format::Csv)).unwrap_err().hint, Some(HEADER_HINT));
        assert!(read("user.id\n44\n", Some(Format::Ids)).is_err());
        assert_eq!(read("44\n", Some(Format::Jsonl)).map(|entries| entries.len()), Ok(1));
    }
}
