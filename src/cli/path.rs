//! One parameter of a path: what it is called, and the word that gives it.

use super::Error;
use super::names::Names;
use crate::catalogue::{Kind, Param};
use crate::model::{Entity, is_secret};

/// What kind of thing it names.
pub fn entity(param: &Param) -> Entity {
    match param.kind {
        Kind::Snowflake(e) | Kind::Cursor(e) | Kind::Target(e) => e,
        _ => Entity::Any,
    }
}

/// The text of one path parameter.
pub fn word_of(param: &Param, word: &str, names: &Names) -> Result<String, Error> {
    let what = label(param);
    guard(&what, word)?;
    match param.kind {
        Kind::Snowflake(entity) | Kind::Cursor(entity) => names.id(entity, &what, word),
        Kind::Target(entity) => names.target_text(entity, &what, word),
        // Dots alone would climb in the URL's path.
        _ if matches!(word, "" | "." | "..") => {
            Err(Error::Value { flag: what, text: word.to_owned(), wanted: "a value".to_owned() })
        }
        _ => Ok(word.to_owned()),
    }
}

/// What usage lines and errors call a path parameter: `CHANNEL`, `MESSAGE`.
pub fn label(param: &Param) -> String {
    match param.kind {
        _ if param.name == "webhook_token" => "WEBHOOK".to_owned(),
        Kind::Snowflake(Entity::Guild) => "SERVER".to_owned(),
        Kind::Target(Entity::Emoji) => "EMOJI".to_owned(),
        // Discord's word for what a role or a member has of its own in a channel.
        _ if param.name == "overwrite_id" => "WHO".to_owned(),
        _ => {
            let name = param.name.strip_prefix("guild_scheduled_").unwrap_or(param.name);
            name.strip_suffix("_id").unwrap_or(name).replace("_id_", "-").to_ascii_uppercase().replace('_', "-")
        }
    }
}

/// Refuses a text that is a secret by its shape: what is typed where a secret does not belong is a slip.
pub fn guard(what: &str, text: &str) -> Result<(), Error> {
    if is_secret(text) { Err(Error::SecretText { what: what.to_owned() }) } else { Ok(()) }
}
