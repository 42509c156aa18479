//! Reads and writes the file that describes a server.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, Document, DocumentMut, InlineTable, Item, Table};

use super::codec::unknown_key;
use super::section::SECTIONS;

/// An object of the file.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The number of the line on which it begins.
    pub line: usize,
    pub id: Option<String>,
    pub name: String,
    /// The fields, in the words of the file.
    pub words: Map<String, Value>,
    /// The lines of the values, by their paths.
    pub lines: BTreeMap<String, usize>,
}

impl Entry {
    /// The line of the value at a path, or of the innermost value around it.
    pub fn line_of(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return *line;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.line,
            }
        }
    }
}

/// The file: the entries of each section, or `None` for a section that it does not have.
#[derive(Clone, Debug)]
pub struct Blueprint {
    pub sections: Vec<Option<Vec<Entry>>>,
}

/// What is wrong with the file, and on which line, or 0 if the line is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFault {
    pub line: usize,
    pub message: String,
}

impl Blueprint {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, Vec<LineFault>> {
        let line_at = |at: usize| line_at(text, at);
        let document = parse(text)?;
        let mut faults = Vec::new();
        let mut sections = vec![None; SECTIONS.len()];
        for (key, item) in document.iter() {
            let span = document.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            let line = span.map_or(1, |span| line_at(span.start));
            let Some(at) = SECTIONS.iter().position(|section| section.key == key) else {
                faults.push(LineFault { line, message: unknown_key(key, SECTIONS.iter().map(|section| section.key)) });
                continue;
            };
            let section = &SECTIONS[at];
            let tables = match section.is_single {
                true => item.as_table_like().map(|table| vec![table]),
                false => tables(item),
            };
            let Some(tables) = tables else {
                let message =
                    format!("{key} must be a list of tables: write [[{key}]] above each {}", SECTIONS[at].one);
                faults.push(LineFault { line, message });
                continue;
            };
            let entries = tables.into_iter().map(|table| entry(table, line, &line_at));
            let entries: Vec<Entry> = entries.collect();
            for entry in entries.iter().filter(|entry| entry.name.is_empty() && !section.is_single) {
                let message = format!("the {} has no name", section.one);
                faults.push(LineFault { line: entry.line, message });
            }
            sections[at] = Some(entries);
        }
        if faults.is_empty() { Ok(Self { sections }) } else { Err(faults) }
    }

    /// All entries, each with its section and its index in it.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize, &Entry)> {
        self.sections.iter().enumerate().flat_map(|(section, entries)| {
            entries.iter().flatten().enumerate().map(move |(index, entry)| (section, index, entry))
        })
    }

    pub fn entry(&self, section: usize, index: usize) -> &Entry {
        &self.sections[section].as_ref().expect("the entry is in this section")[index]
    }
}

fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn parse(text: &str) -> Result<Document<&str>, Vec<LineFault>> {
    Document::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_at(text, span.start));
        vec![LineFault { line, message: error.message().trim().replace('\n', ", ") }]
    })
}

/// The tables in a list. `None` if the value is something else.
fn tables(item: &Item) -> Option<Vec<&dyn toml_edit::TableLike>> {
    match item {
        Item::ArrayOfTables(tables) => Some(tables.iter().map(|table| table as _).collect()),
        Item::Value(toml_edit::Value::Array(array)) => {
            array.iter().map(|value| value.as_inline_table().map(|table| table as _)).collect()
        }
        _ => None,
    }
}

/// The tables of a file that has only this list.
pub fn entries(text: &str, key: &'static str) -> Result<Vec<Entry>, Vec<LineFault>> {
    let document = parse(text)?;
    let line_at = |at: usize| line_at(text, at);
    let mut entries = Vec::new();
    for (found, item) in document.iter() {
        let span = document.key(found).and_then(toml_edit::Key::span).or_else(|| item.span());
        let line = span.map_or(1, |span| line_at(span.start));
        if found != key {
            return Err(vec![LineFault { line, message: unknown_key(found, std::iter::once(key)) }]);
        }
        let Some(tables) = tables(item) else {
            let message = format!("{key} must be a list of tables: write [[{key}]] above each of them");
            return Err(vec![LineFault { line, message }]);
        };
        entries.extend(tables.into_iter().map(|table| entry(table, line, &line_at)));
    }
    Ok(entries)
}

fn entry(table: &dyn toml_edit::TableLike, line: usize, line_at: &impl Fn(usize) -> usize) -> Entry {
    let mut entry = Entry { line, ..Entry::default() };
    let mut first = None;
    for (key, item) in table.iter() {
        let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
        let line = span.map_or(line, |span| line_at(span.start));
        first.get_or_insert(line);
        entry.words.insert(key.to_owned(), json(item, key, line, &mut entry.lines, line_at));
    }
    // The line of the first key is more useful than that of the header above it.
    entry.line = first.unwrap_or(line);
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    entry.id = text(entry.words.remove("id"));
    entry.name = text(entry.words.get("name").cloned()).unwrap_or_default();
    entry
}

/// A value of TOML as JSON. Records its line.
fn json(
    item: &Item,
    path: &str,
    line: usize,
    lines: &mut BTreeMap<String, usize>,
    line_at: &impl Fn(usize) -> usize,
) -> Value {
    let line = item.span().map_or(line, |span| line_at(span.start));
    lines.insert(path.to_owned(), line);
    let members = |table: &dyn toml_edit::TableLike, path: &str, lines: &mut BTreeMap<String, usize>| {
        let member =
            |(key, item): (&str, &Item)| (key.to_owned(), json(item, &format!("{path}.{key}"), line, lines, line_at));
        table.iter().map(member).collect::<Map<String, Value>>()
    };
    match item {
        Item::None => Value::Null,
        Item::Table(table) => members(table, path, lines).into(),
        Item::ArrayOfTables(tables) => {
            let tables = tables.iter().enumerate();
            tables.map(|(i, table)| Value::Object(members(table, &format!("{path}[{i}]"), lines))).collect()
        }
        Item::Value(value) => match value {
            toml_edit::Value::String(text) => text.value().as_str().into(),
            toml_edit::Value::Integer(number) => (*number.value()).into(),
            toml_edit::Value::Float(number) => (*number.value()).into(),
            toml_edit::Value::Boolean(flag) => (*flag.value()).into(),
            toml_edit::Value::Datetime(time) => time.value().to_string().into(),
            toml_edit::Value::InlineTable(table) => members(table, path, lines).into(),
            toml_edit::Value::Array(array) => {
                let element = |(i, value): (usize, &toml_edit::Value)| {
                    json(&Item::Value(value.clone()), &format!("{path}[{i}]"), line, lines, line_at)
                };
                array.iter().enumerate().map(element).collect()
            }
        },
    }
}

const HEADER: &str = "\
# A server, as `dcord guild export` describes it. `dcord guild diff SERVER FILE`
# shows how a server differs from the file, and `dcord guild apply SERVER FILE`
# changes the server. Whatever is not in the file stays as it is.
";

/// The text of a file with these objects in the words of the file, for each section.
pub fn write(sections: &[(usize, Vec<Map<String, Value>>)]) -> String {
    let mut document = DocumentMut::new();
    for (at, objects) in sections {
        let section = &SECTIONS[*at];
        let mut tables = ArrayOfTables::new();
        for object in objects {
            let mut table = Table::new();
            let comment = if tables.is_empty() { format!("\n# {}\n\n", section.about) } else { "\n".to_owned() };
            table.decor_mut().set_prefix(comment);
            for (key, value) in object {
                table.insert(key, Item::Value(toml(value, 0)));
            }
            tables.push(table);
        }
        if section.is_single {
            document.extend(tables.into_iter().map(|table| (section.key, Item::Table(table))));
        } else if !tables.is_empty() {
            document.insert(section.key, Item::ArrayOfTables(tables));
        }
    }
    format!("{HEADER}{document}")
}

/// A value of JSON as TOML. `level` is the number of lists around it.
fn toml(value: &Value, level: usize) -> toml_edit::Value {
    match value {
        Value::Null => "".into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.to_string().into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => list(items, level),
        Value::Object(fields) => {
            let members = fields.iter().filter(|(_, value)| !value.is_null());
            members.map(|(key, value)| (key.as_str(), toml(value, level))).collect::<InlineTable>().into()
        }
    }
}

/// A list, with one element a line if it is long or has tables.
fn list(items: &[Value], level: usize) -> toml_edit::Value {
    /// The longest list on one line.
    const LONGEST: usize = 90;
    let mut array = Array::new();
    for item in items {
        array.push(toml(item, level + 1));
    }
    let is_long = items.iter().any(|item| item.is_object() || item.is_array()) || array.to_string().len() > LONGEST;
    if is_long {
        let indent = "    ".repeat(level + 1);
        for value in array.iter_mut() {
            value.decor_mut().set_prefix(format!("\n{indent}"));
        }
        array.set_trailing(format!("\n{}", "    ".repeat(level)));
        array.set_trailing_comma(true);
    }
    array.into()
}
