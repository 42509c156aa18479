//! Reads the parameters of a path.

use super::Error;
use super::names::Names;
use crate::catalogue::{Param, ParamKind};
use crate::config::env;
use crate::model::target::{self, Target};
use crate::model::{Entity, Snowflake, is_secret};

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

/// The ids of two adjacent parameters in one link, such as a channel and its message, or a server and its event.
pub fn pair(first: &Param, second: &Param, word: &str) -> Option<(Snowflake, Snowflake)> {
    match (entity(first), entity(second), target::parse(entity(first), word)) {
        (Entity::Channel, Entity::Message, Target::Link { channel: Some(channel), message: Some(message), .. }) => {
            Some((channel, message))
        }
        (Entity::Guild, Entity::Event, Target::Link { guild: Some(guild), event: Some(event), .. }) => {
            Some((guild, event))
        }
        _ => None,
    }
}

/// Returns an error for a text that looks like a secret, which was typed by mistake.
pub fn guard(what: &str, text: &str) -> Result<(), Error> {
    if is_secret(text) { Err(Error::SecretText { what: what.to_owned() }) } else { Ok(()) }
}
