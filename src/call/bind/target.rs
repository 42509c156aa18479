//! The text of one target: an id, a mention, a link, or a name.

use super::Error;
use crate::model::target::{self, Target};
use crate::model::{Entity, emoji};
use crate::resolve;

/// The meaning of a target's text.
#[derive(Debug)]
pub enum Read {
    /// The id, or the emoji or code that a request uses instead.
    Id(String),
    /// A name to look up.
    Name(String),
}

impl Read {
    /// Creates a name, if the kind of object has names.
    fn name(entity: Entity, name: String) -> Result<Self, Error> {
        if resolve::has_names(entity) { Ok(Self::Name(name)) } else { Err(Error::Name { entity, name }) }
    }
}

/// Reads a target that has an id.
pub fn id(entity: Entity, flag: &str, text: &str) -> Result<Read, Error> {
    let unfit = |wanted: String| Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted };
    let other = |is| Error::Other { flag: flag.to_owned(), text: text.to_owned(), is, wanted: entity.one() };
    match target::parse(entity, text) {
        Target::Id(id) => Ok(Read::Id(id.to_string())),
        Target::Me if matches!(entity, Entity::User | Entity::Any) => Read::name(entity, text.trim().to_owned()),
        Target::Link { guild, channel, message, event } => {
            let part = match entity {
                Entity::Guild => guild,
                Entity::Channel => channel,
                Entity::Message => message,
                Entity::Event => event,
                _ => None,
            };
            part.map(|id| Read::Id(id.to_string())).ok_or_else(|| other("a link to something else"))
        }
        Target::Emoji(emoji) => match emoji.rsplit_once(':') {
            Some((_, id)) => Ok(Read::Id(id.to_owned())),
            None => Err(unfit("the id of an emoji".to_owned())),
        },
        Target::Other(is) => Err(other(is)),
        // A user's name means the channel of direct messages, which must be opened.
        Target::Name(name) if entity == Entity::Channel && resolve::is_person(&name) => Read::name(entity, name),
        Target::Name(name) => match resolve::labelled_id(&name) {
            Some(id) => Ok(Read::Id(id.to_string())),
            // If the kind of object has no names, a text that begins with a digit is a mistyped id.
            None if resolve::is_name(&name) && (resolve::has_names(entity) || !begins_with_digit(&name)) => {
                Read::name(entity, name)
            }
            None => Err(unfit(format!("the id of {}", entity.one()))),
        },
        _ => Err(unfit(format!("the id of {}", entity.one()))),
    }
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// `tada` for `:tada:`, or any other text unchanged.
pub fn between_colons(text: &str) -> &str {
    text.strip_prefix(':').and_then(|text| text.strip_suffix(':')).unwrap_or(text)
}

/// The name of a server's emoji. If a standard emoji has the same name, Discord's client adds a number: `:tada~1:`.
fn own_emoji(name: String) -> String {
    match between_colons(&name).rsplit_once('~') {
        Some((own, digits)) if !own.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => format!(":{own}:"),
        _ => name,
    }
}

/// Reads a target that has no id, such as an emoji or a code.
pub fn text(entity: Entity, flag: &str, text: &str) -> Result<Read, Error> {
    let other = |is| Error::Other { flag: flag.to_owned(), text: text.to_owned(), is, wanted: entity.one() };
    let found = match target::parse(entity, text) {
        Target::Emoji(emoji) => emoji,
        Target::Code(code) => code,
        Target::Name(name) if entity == Entity::Emoji => match emoji::standard(between_colons(&name)) {
            Some(emoji) => emoji,
            None => return Read::name(entity, own_emoji(name)),
        },
        Target::Name(name) => return Read::name(entity, name),
        Target::Other(is) => return Err(other(is)),
        Target::Link { .. } => return Err(other("a link to something else")),
        Target::Id(id) if entity != Entity::Emoji => id.to_string(),
        Target::Id(_) | Target::Me => String::new(),
    };
    if found.is_empty() {
        let wanted = match entity {
            Entity::Emoji => "an emoji: the character itself, NAME:ID or <:NAME:ID>".to_owned(),
            _ => format!("the code of {}", entity.one()),
        };
        return Err(Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted });
    }
    Ok(Read::Id(found))
}
