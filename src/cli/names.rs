//! Names among what was typed. They are looked up elsewhere: the binder says which it met, and is
//! called again when that one is known.

use super::{Error, value};
use crate::model::Entity;

/// The names that are known, and where they are looked for.
#[derive(Debug, Default)]
pub struct Names {
    known: Vec<(Entity, String, String)>,
    /// Names stay names, in braces: for a dry run, which sends nothing.
    pub leave: bool,
    /// The server and the channel that were bound so far.
    pub guild: Option<String>,
    pub channel: Option<String>,
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
        // Where an id is wanted, that of an emoji is behind its name.
        let id = |known: String| known.rsplit_once(':').map_or(known.clone(), |(_, id)| id.to_owned());
        self.known_or(value::id(entity, flag, text))
            .map(|found| if entity == Entity::Emoji { id(found) } else { found })
    }

    /// The text of a target that is no id: an emoji, a code.
    pub fn target_text(&self, entity: Entity, flag: &str, text: &str) -> Result<String, Error> {
        self.known_or(value::target_text(entity, flag, text))
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
