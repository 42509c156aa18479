//! Reads the values of a flag: loads files and secrets, splits lists, and parses each value.

use std::path::Path;

use serde_json::Value;

use super::input::{Input, shown};
use super::target::{self, Read};
use super::value::Reader;
use super::values::Field;
use super::{Error, path, secret};
use crate::catalogue::{Param, ParamKind};
use crate::config::{SecretSource, env};
use crate::model::Entity;

/// One value of a flag.
struct Text {
    /// Its position on the command line.
    order: usize,
    /// Its name in errors, such as `--roles` or `--roles, line 3 of ids.txt`.
    called: String,
    text: String,
}

/// The JSON value of a flag. For a repeatable flag, an array.
pub fn read(field: &Field, reader: &mut Reader<'_>) -> Result<Value, Error> {
    let mut values: Vec<Value> = values(field, reader)?.into_iter().map(|(_, value)| value).collect();
    Ok(if field.param.repeated { Value::Array(values) } else { values.pop().unwrap_or(Value::Null) })
}

/// Each value of a flag, with its position on the command line. Repeated ids are removed.
pub fn values(field: &Field, reader: &mut Reader<'_>) -> Result<Vec<(usize, Value)>, Error> {
    reader.with_trust(field.trust, |reader| parse(field, reader))
}

fn parse(field: &Field, reader: &mut Reader<'_>) -> Result<Vec<(usize, Value)>, Error> {
    let ids = field.param.repeated && matches!(field.param.kind, ParamKind::Snowflake(_));
    let mut values: Vec<(usize, Value)> = Vec::new();
    for text in texts(field, reader.input)? {
        if !field.in_files {
            reader.typed(field.param, &text.called, &text.text);
        }
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
            let source = SecretSource::parse(text)
                .ok_or_else(|| Error::LiteralSecret { what: field.flag.clone(), variable: env::holding(text) })?;
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

/// The path of the file from which to read a list: `@FILE`, or `-` or `@-` for standard input. If names may begin with `@` too,
/// the text means a file if it looks like a path or the file exists.
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

/// The values in the file of a list, one per line. Ignores blank lines, and comments that begin with `# `.
fn lines(field: &Field, order: usize, path: &str, input: &mut Input) -> Result<Vec<Text>, Error> {
    let text = input.text(&field.flag, path)?;
    let mut found = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line == "#" || line.starts_with("# ") {
            continue;
        }
        let called = format!("{}, line {} of {}", field.flag, n + 1, shown(path));
        // Names are not allowed here, because looking up each line of a long file could take a request each.
        if let ParamKind::Snowflake(entity) = field.param.kind
            && let Read::Name(name) = target::id(entity, &called, line)?
        {
            return Err(Error::Value { flag: called, text: name, wanted: format!("the id of a {}", entity.noun()) });
        }
        found.push(Text { order, called, text: line.to_owned() });
    }
    Ok(found)
}
