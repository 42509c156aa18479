//! Why a name is nobody's, or not one's alone.

use crate::cache;
use crate::model::Entity;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no {} {name:?}{}", what(*.entity), meant(.near))]
    NoMatch { entity: Entity, name: String, near: Vec<String> },
    #[error("{name:?} is the name of several {}s: {}", what(*.entity), .matches.join(", "))]
    Several { entity: Entity, name: String, matches: Vec<String> },
    #[error("{name:?} is the name of a {}, and it is not said on which server{}", what(*.entity), several(.guilds))]
    WhichGuild { entity: Entity, name: String, guilds: Vec<String> },
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

/// Where any id may stand, names are looked for among those that can be pinged.
const fn what(entity: Entity) -> &'static str {
    match entity {
        Entity::Any => "user or role",
        named => named.noun(),
    }
}

fn meant(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; there is {}", near.join(", ")) }
}

fn several(guilds: &[String]) -> String {
    if guilds.is_empty() { String::new() } else { format!(" ({})", guilds.join(", ")) }
}

impl Error {
    /// What to do about it, for people.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoMatch { entity: Entity::Guild, .. } => {
                "the server stands before all else here: `dcord guild list` shows those that the bot is in"
            }
            Self::NoMatch { .. } => "give the whole name, or the id; what the bot cannot see has no name here",
            Self::Several { .. } => "give the id of the one that is meant",
            Self::WhichGuild { .. } => "name the server with --guild or DCORD_GUILD, or give the id",
            Self::Cache(_) => return None,
        })
    }
}
