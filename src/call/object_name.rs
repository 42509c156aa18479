//! The objects on which a call acts, as the cache knows them, and their names with the mark that people type.

use serde_json::Value;

use super::App;
use crate::cache::Kind;
use crate::model::Entity;
use crate::resolve;

/// An object, and what it is.
pub struct Named {
    entity: Entity,
    pub object: Value,
}

/// The cached object with an id. `guild` is the server of a member. A channel that the bot cannot view has no name that could be
/// trusted.
pub fn cached(app: &App, entity: Entity, guild: Option<u64>, id: &str) -> Option<Named> {
    let others: &[Kind] = match entity {
        Entity::User | Entity::Ban => &[Kind::User, Kind::Ban, Kind::Member],
        _ => &[],
    };
    resolve::kinds(entity).iter().chain(others).find_map(|kind| {
        let guild = guild.filter(|_| matches!(kind, Kind::Ban | Kind::Member));
        let row = app.with_cache(|cache| cache.get(*kind, guild, id))??;
        let object = Some(row).filter(|row| !row.hidden).and_then(|row| serde_json::from_str(&row.json).ok())?;
        Some(Named { entity, object })
    })
}

impl Named {
    pub const fn new(entity: Entity, object: Value) -> Self {
        Self { entity, object }
    }

    /// `#general`, `@ada`, `:blob:` or `My Server`.
    pub fn name(&self) -> Option<String> {
        let object = &self.object;
        let user = if object["user"].is_object() { &object["user"] } else { object };
        let name = object["name"].as_str().or_else(|| user["username"].as_str()).filter(|name| !name.is_empty())?;
        Some(match resolve::mark(self.entity) {
            _ if name.starts_with('@') => name.to_owned(),
            ":" => format!(":{name}:"),
            mark => format!("{mark}{name}"),
        })
    }
}
