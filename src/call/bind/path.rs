//! Reads the parameters of a path.

use super::Error;
use super::names::Names;
use crate::catalogue::{Param, ParamKind};
use crate::config::env;
use crate::model::{Entity, is_secret};

/// The kind of object that a parameter names.
pub fn entity(param: &Param) -> Entity {
    match param.kind {
        ParamKind::Snowflake(e) | ParamKind::Cursor(e) | ParamKind::Target(e) => e,
        _ => Entity::Any,
    }
}

/// The text of one path parameter.
pub fn word_of(param: &Param, word: &str, names: &mut Names) -> Result<String, Error> {
    let what = param.label();
    if is_secret(word) {
        return Err(Error::SecretTarget {
            what,
            is_webhook: word.contains("/webhooks/"),
            variable: env::holding(word),
        });
    }
    match param.kind {
        ParamKind::Snowflake(entity) | ParamKind::Cursor(entity) => names.id(entity, &what, word),
        ParamKind::Target(entity) => names.target_text(entity, &what, word),
        // In a URL, `.` and `..` would change the path.
        _ if matches!(word, "" | "." | "..") => {
            Err(Error::Value { flag: what, text: word.to_owned(), wanted: "a value".to_owned() })
        }
        _ => Ok(word.to_owned()),
    }
}

/// Returns an error for a text that looks like a secret, which was typed by mistake.
pub fn guard(what: &str, text: &str) -> Result<(), Error> {
    if is_secret(text) { Err(Error::SecretText { what: what.to_owned() }) } else { Ok(()) }
}
