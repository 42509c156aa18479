//! The cached names of the objects on which a call acts.

use super::{App, object_name};
use crate::call::bind::Bound;
use crate::catalogue::{Param, ParamKind, Place};
use crate::model::Entity;

/// The objects in the path of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetNames {
    /// Their names, such as `#general` or `Moderators`, the names as they were typed, or their ids.
    pub objects: Vec<String>,
    /// The server or channel that contains them.
    pub container: Option<String>,
}

impl TargetNames {
    /// The objects of a request. Call this before sending the request, because a deletion removes the name from the cache.
    pub fn of(app: &App, bound: &Bound) -> Self {
        let Bound { endpoint, request, typed, .. } = bound;
        let guild = request.plain_segment("guild_id").and_then(|id| id.parse().ok());
        // The id of an interaction means nothing to people.
        let is_interaction = |param: &&Param| param.kind == ParamKind::Snowflake(Entity::Interaction);
        let is_named = |param: &&Param| !param.secret && !param.is_application() && !is_interaction(param);
        let ids = endpoint.all_params().filter(|param| param.place == Place::Path).filter(is_named);
        let mut named: Vec<(Option<Entity>, String)> = ids
            .filter_map(|param| {
                let id = request.plain_segment(param.name)?;
                let entity = if let ParamKind::Snowflake(entity) = param.kind { Some(entity) } else { None };
                let typed = || typed.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
                let name = entity
                    .and_then(|entity| object_name::cached(app, entity, guild, id)?.name())
                    .or_else(typed)
                    .unwrap_or_else(|| id.to_owned());
                Some((entity, name))
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
