//! Names among what was typed. They are looked up elsewhere: the binder says which it met, and is
//! called again when that one is known.

use super::{Error, target as text_of};
use crate::model::Entity;
use crate::model::target::{self, Target};
use crate::rest::Text;

/// The names that are known, and where they are looked for.
#[derive(Debug, Default)]
pub struct Names {
    known: Vec<(Entity, String, String)>,
    /// Names stay names, in braces: for a dry run, which sends nothing.
    pub leave: bool,
    /// The server and the channel that were bound so far.
    pub guild: Option<String>,
    pub channel: Option<String>,
    /// The webhook that was bound, which is in one server.
    pub webhook: Option<(String, Text)>,
    /// Names are those of what the app has by itself.
    pub of_app: bool,
}

impl Names {
    pub fn new(leave: bool) -> Self {
        Self { leave, ..Self::default() }
    }

    /// What a name stands for, from now on.
    pub fn learn(&mut self, entity: Entity, name: &str, id: String) {
        self.known.push((entity, name.to_owned(), id));
    }

    /// The id that a target's text names.
    pub fn id(&self, entity: Entity, flag: &str, text: &str) -> Result<String, Error> {
        let found = self.known_or(text_of::id(entity, flag, text))?;
        Ok(match entity {
            // Where an id is wanted, that of an emoji is behind its name.
            Entity::Emoji => found.rsplit_once(':').map_or(found.clone(), |(_, id)| id.to_owned()),
            Entity::Any if !is_left(&found) => found.trim_matches(['<', '@', '&', '>']).to_owned(),
            _ => found,
        })
    }

    /// The mention of the person or role that a text names: `<@1>`, `<@&1>`. An id is a person's.
    pub fn mention(&self, flag: &str, text: &str) -> Result<String, Error> {
        match (target::parse(Entity::User, text), target::parse(Entity::Role, text)) {
            (Target::Id(id), _) => Ok(format!("<@{id}>")),
            (_, Target::Id(id)) => Ok(format!("<@&{id}>")),
            (Target::Me, _) => self.known_or(Err(Error::Name { entity: Entity::Any, name: text.trim().to_owned() })),
            (Target::Name(name), _) if name.len() > 1 && name.starts_with('@') => {
                self.known_or(Err(Error::Name { entity: Entity::Any, name }))
            }
            _ => {
                let wanted = "everyone, roles, users, none, a name such as @alice, a user's id, or a mention";
                Err(Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() })
            }
        }
    }

    /// The text of a target that is no id: an emoji, a code.
    pub fn target_text(&self, entity: Entity, flag: &str, text: &str) -> Result<String, Error> {
        self.known_or(text_of::target_text(entity, flag, text))
    }

    fn known_or(&self, read: Result<String, Error>) -> Result<String, Error> {
        match read {
            Err(Error::Name { entity, name }) => {
                match self.known.iter().find(|(e, n, _)| (*e, n.as_str()) == (entity, name.as_str())) {
                    Some((.., id)) => Ok(id.clone()),
                    None if self.leave => Ok(left(&name)),
                    None => Err(Error::Name { entity, name }),
                }
            }
            other => other,
        }
    }
}

/// A name that was left as it is: `{#general}`.
fn left(name: &str) -> String {
    format!("{{{name}}}")
}

/// Whether a value is a name that was left.
pub fn is_left(value: &str) -> bool {
    value.starts_with('{') && value.ends_with('}')
}
