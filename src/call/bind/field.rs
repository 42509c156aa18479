//! The values of one flag: fetched from files and secrets, split where it takes a list, and read.

use std::path::Path;

use serde_json::Value;

use super::input::{Input, shown};
use super::target::{self, Read};
use super::value::Reader;
use super::values::Field;
use super::{Error, path, secret};
use crate::catalogue::{Param, ParamKind};
use crate::config::SecretSource;
use crate::model::Entity;

/// One text of a flag.
struct Text {
    /// Where it stands on the command line.
    order: usize,
    /// What errors call it: `--roles`, `--roles, line 3 of ids.txt`.
    called: String,
    text: String,
}

/// The JSON value of a flag: an array where it may be repeated.
pub fn read(field: &Field, reader: &mut Reader<'_>) -> Result<Value, Error> {
    let mut values: Vec<Value> = values(field, reader)?.into_iter().map(|(_, value)| value).collect();
    Ok(if field.param.repeated { Value::Array(values) } else { values.pop().unwrap_or(Value::Null) })
}

/// Each value of a flag, with its place on the command line. Of an id that is given twice, the first counts.
pub fn values(field: &Field, reader: &mut Reader<'_>) -> Result<Vec<(usize, Value)>, Error> {
    let ids = field.param.repeated && matches!(field.param.kind, ParamKind::Snowflake(_));
    let mut values: Vec<(usize, Value)> = Vec::new();
    for text in texts(field, reader.input)? {
        let value = reader.read(field.param, &text.called, &text.text)?;
        if !(ids && values.iter().any(|(_, known)| *known == value)) {
            values.push((text.order, value));
        }
    }
    Ok(values)
}

fn texts(field: &Field, input: &mut Input) -> Result<Vec<Text>, Error> {
    let mut found = Vec::new();
    for (n, text) in field.texts.iter().enumerate() {
        let order = field.order.get(n).copied().unwrap_or(n);
        let mut push = |text: String| found.push(Text { order, called: field.flag.clone(), text });
        if field.param.secret {
            let source = SecretSource::parse(text).ok_or_else(|| Error::LiteralSecret { what: field.flag.clone() })?;
            push(secret::fetch(&source, &field.flag, input)?.expose().to_owned());
        } else if field.in_files {
            push(input.text(&field.flag, text)?);
        } else if !field.param.is_split() {
            if field.param.kind == ParamKind::Text {
                path::guard(&field.flag, text)?;
            }
            push(text.clone());
        } else if input.is_literal() {
            push(text.clone());
        } else if let Some(path) = list_file(field.param, text) {
            found.extend(lines(field, order, path, input)?);
        } else {
            text.split(',').for_each(|item| push(item.trim().to_owned()));
        }
    }
    Ok(found)
}

/// The path of the file that a list is read from: `@FILE`, or `-` and `@-` for standard input. Where names begin with the same sign,
/// it is a file if it is written as a path, or if there is one.
fn list_file<'a>(param: &Param, text: &'a str) -> Option<&'a str> {
    if text == "-" {
        return Some(text);
    }
    let path = text.strip_prefix('@')?;
    let names = match param.kind {
        ParamKind::Snowflake(entity) | ParamKind::Position(entity) => {
            matches!(entity, Entity::User | Entity::Ban | Entity::Role | Entity::Any)
        }
        _ => false,
    };
    (!names || path == "-" || path.contains('/') || Path::new(path).is_file()).then_some(path)
}

/// The lines of a list's file: one value each. Blank lines, and comments that begin with `# `, are none.
fn lines(field: &Field, order: usize, path: &str, input: &mut Input) -> Result<Vec<Text>, Error> {
    let text = input.text(&field.flag, path)?;
    let mut found = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line == "#" || line.starts_with("# ") {
            continue;
        }
        let called = format!("{}, line {} of {}", field.flag, n + 1, shown(path));
        // A name would be looked up: each line of a long file another request.
        if let ParamKind::Snowflake(entity) = field.param.kind
            && let Read::Name(name) = target::id(entity, &called, line)?
        {
            return Err(Error::Value { flag: called, text: name, wanted: format!("the id of a {}", entity.noun()) });
        }
        found.push(Text { order, called, text: line.to_owned() });
    }
    Ok(found)
}
