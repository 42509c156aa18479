//! The objects on which a call acts, as the cache knows them, and their names with the mark that people type.

use serde_json::Value;

use super::App;
use crate::cache::Kind;
use crate::catalogue::{Endpoint, Param, ParamKind, Place};
use crate::model::Entity;
use crate::resolve;
use crate::rest::{self, Request};

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

/// The objects in the path of a request.
pub fn path<'a>(
    endpoint: &'static Endpoint,
    request: &'a Request,
) -> impl Iterator<Item = (&'static Param, Entity, &'a str)> {
    let params = endpoint.all_params().filter(|param| param.place == Place::Path);
    params.filter_map(|param| Some((param, entity(param)?, request.plain_segment(param.name)?)))
}

/// `message 5`, or only `5` if the sentence already contains the kind of object.
pub fn numbered(entity: Entity, id: &str, before: &str) -> String {
    let noun = match entity {
        // `name:id`, or the character itself.
        Entity::Emoji => return id.split_once(':').map_or_else(|| id.to_owned(), |(name, _)| format!(":{name}:")),
        // The kind is unknown, or the id is a code, which the sentence describes.
        Entity::Any | Entity::Invite | Entity::Template => return id.to_owned(),
        Entity::Ban => Entity::User.noun(),
        entity => entity.noun(),
    };
    let last = noun.rsplit(' ').next().unwrap_or(noun);
    // A thread is a channel for the API.
    let is_thread = entity == Entity::Channel && before.ends_with("thread ");
    if is_thread || before.trim_end().ends_with(last) { id.to_owned() } else { format!("{noun} {id}") }
}

/// The kind of object that a path parameter names. The application is always the bot's own.
pub fn entity(param: &Param) -> Option<Entity> {
    match param.kind {
        ParamKind::Snowflake(entity) | ParamKind::Target(entity) | ParamKind::Position(entity) => {
            Some(entity).filter(|entity| *entity != Entity::Application)
        }
        _ => None,
    }
}

/// Says which object in the path of a request does not exist, by Discord's code for the error. `None` if the code does not show it.
/// Source: Discord's reference, "JSON Error Codes".
pub fn missing(app: &App, endpoint: &'static Endpoint, request: &Request, error: &rest::Error) -> Option<String> {
    let rest::Error::Api(api) = error else { return None };
    let (kind, verdict) = match api.code? {
        10_007 => (Entity::User, "is not a member of"),
        10_008 => (Entity::Message, "does not exist in"),
        10_011 => (Entity::Role, "does not exist in"),
        10_026 => (Entity::Ban, "is not banned in"),
        _ => return None,
    };
    let objects: Vec<_> = path(endpoint, request).collect();
    let at = objects.iter().position(|(_, entity, _)| *entity == kind)?;
    let guild = request.plain_segment("guild_id").and_then(|id| id.parse().ok());
    let name = |(_, entity, id): &(&Param, Entity, &str)| {
        let known = cached(app, *entity, guild, id).and_then(|known| known.name());
        known.unwrap_or_else(|| numbered(*entity, id, ""))
    };
    Some(format!("{} {verdict} {}", name(&objects[at]), name(objects.get(at.checked_sub(1)?)?)))
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
