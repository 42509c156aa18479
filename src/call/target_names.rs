//! The cached names of the objects on which a call acts.

use super::App;
use crate::catalogue::{Endpoint, Param, ParamKind, Place};
use crate::model::{Entity, Kind};
use crate::rest::Request;
use crate::view::names;

/// The objects in the path of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetNames {
    /// Their names, such as `#general` or `Moderators`, or their ids if no name is known.
    pub objects: Vec<String>,
    /// The server or channel that contains them.
    pub container: Option<String>,
}

impl TargetNames {
    /// The objects of a request. Call this before sending the request, because a deletion removes the name from the cache.
    pub fn of(app: &App, endpoint: &Endpoint, request: &Request) -> Self {
        let guild = request.plain_segment("guild_id").and_then(|id| id.parse().ok());
        // The id of an interaction means nothing to people.
        let is_interaction = |param: &&Param| param.kind == ParamKind::Snowflake(Entity::Interaction);
        let is_named = |param: &&Param| !param.secret && !param.is_application() && !is_interaction(param);
        let ids = endpoint.all_params().filter(|param| param.place == Place::Path).filter(is_named);
        let mut named: Vec<(Option<Entity>, String)> = ids
            .filter_map(|param| {
                let id = request.plain_segment(param.name)?;
                let entity = if let ParamKind::Snowflake(entity) = param.kind { Some(entity) } else { None };
                Some((entity, name(app, entity, guild, id)))
            })
            .collect();
        let is_container = |entity: &Option<Entity>| matches!(entity, Some(Entity::Guild | Entity::Channel));
        // An object in a server or channel follows it in the path.
        let is_inside = named.len() > 1 || endpoint.list;
        let container = match named.first() {
            Some((entity, _)) if is_inside && is_container(entity) => Some(named.remove(0).1),
            _ => None,
        };
        Self { objects: named.into_iter().map(|(_, name)| name).collect(), container }
    }

    /// ` in #general`, or an empty string.
    pub fn place(&self) -> String {
        self.container.as_ref().map(|name| format!(" in {name}")).unwrap_or_default()
    }
}

fn name(app: &App, entity: Option<Entity>, guild: Option<u64>, id: &str) -> String {
    let kinds: &[Kind] = match entity {
        Some(Entity::Guild) => &[Kind::Guild],
        Some(Entity::Channel) => &[Kind::Channel, Kind::Thread],
        Some(Entity::User | Entity::Ban) => &[Kind::User, Kind::Ban, Kind::Member],
        Some(Entity::Role) => &[Kind::Role],
        Some(Entity::Emoji) => &[Kind::Emoji],
        Some(Entity::Sticker) => &[Kind::Sticker],
        Some(Entity::Sound) => &[Kind::Sound],
        Some(Entity::Event) => &[Kind::Event],
        Some(Entity::AutomodRule) => &[Kind::AutomodRule],
        Some(Entity::Webhook) => &[Kind::Webhook],
        Some(Entity::Command) => &[Kind::Command],
        _ => &[],
    };
    let cached = |kind: &Kind| {
        let guild = guild.filter(|_| matches!(kind, Kind::Ban | Kind::Member));
        app.with_cache(|cache| names::cached(cache, *kind, guild, id)).flatten()
    };
    match kinds.iter().find_map(cached) {
        Some(name) if entity == Some(Entity::Channel) => format!("#{name}"),
        Some(name) => name,
        None => id.to_owned(),
    }
}
