//! Errors about names that match no object, or several.

use crate::cache;
use crate::model::Entity;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no {} named {name:?}{}", what(*.entity), suggestion(.near))]
    NoMatch { entity: Entity, name: String, near: Vec<String>, hint: String },
    #[error("several {}s are named {name:?}: {}", what(*.entity), .matches.join(", "))]
    Several { entity: Entity, name: String, matches: Vec<String> },
    #[error("cannot look up the {} {name:?}, because no server is given{}", what(*.entity), several(.guilds))]
    WhichGuild { entity: Entity, name: String, guilds: Vec<String> },
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

/// The noun for an entity in errors. If every kind of id is accepted, dcord looks up names of users and roles.
pub const fn what(entity: Entity) -> &'static str {
    match entity {
        Entity::Any => "user or role",
        named => named.noun(),
    }
}

fn suggestion(near: &[String]) -> String {
    let quoted = near.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>();
    if quoted.is_empty() { String::new() } else { format!("; did you mean {}?", quoted.join(" or ")) }
}

fn several(guilds: &[String]) -> String {
    if guilds.is_empty() { String::new() } else { format!("; the bot is in {}", guilds.join(", ")) }
}

impl Error {
    /// How to fix the error, for people.
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::NoMatch { hint, .. } => hint,
            Self::Several { .. } => "use one of these ids",
            Self::WhichGuild { .. } => "name the server with --guild or DCORD_GUILD, or use an id",
            Self::Cache(_) => return None,
        })
    }
}
