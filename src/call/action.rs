//! Describes what a call does: `Delete channel #doomed (12 threads) in My Server`.

use serde_json::Value;

use super::bind::Bound;
use super::exchange::exchange;
use super::object_name::{Named, entity, numbered, path};
use super::policy::{CacheMode, Confirm, Policy};
use super::{App, object_name, preview, sentence};
use crate::cache::{CachedRow, Kind};
use crate::catalogue::{self, Auth, Endpoint, Method, Param, Place, rows};
use crate::model::Entity;
use crate::rest::{Request, Text};
use crate::view::span;

/// The maximum number of a server's threads to search for those of a channel.
const MOST_THREADS: usize = 10_000;

/// What a call does, with the names of the objects on which it acts.
pub struct Action<'a> {
    bound: &'a Bound,
    objects: Vec<Object>,
    /// The server of the channel or webhook in the path, if the path has no server.
    server: Option<String>,
    threads: usize,
    /// How many objects the call would affect, if another endpoint counts them.
    count: Option<u64>,
}

/// An object in the path of a request.
struct Object {
    param: &'static Param,
    entity: Entity,
    id: String,
    /// The name with its mark, such as `#general`.
    name: Option<String>,
}

/// What a sentence about the call is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The question whether to carry out the call, with details that help the user to decide.
    Question,
    Report,
}

impl<'a> Action<'a> {
    /// The call with the names that the cache has, or that were typed.
    pub fn of(app: &App, bound: &'a Bound) -> Self {
        let (endpoint, request) = (bound.endpoint, &bound.request);
        let guild = request.plain_segment("guild_id").and_then(|id| id.parse().ok());
        let objects = path(endpoint, request).map(|(param, entity, id)| {
            let name = object_name::cached(app, entity, guild, id).and_then(|known| known.name());
            Object { param, entity, id: id.to_owned(), name: name.or_else(|| bound.typed_name(id).map(str::to_owned)) }
        });
        Self { bound, objects: objects.collect(), server: None, threads: 0, count: None }
    }

    /// The call with the names that the cache has, or, if a person will be asked, that Discord has.
    pub async fn to_confirm(app: &App, policy: &Policy<'_>, bound: &'a Bound) -> Self {
        let (endpoint, request) = (bound.endpoint, &bound.request);
        let mut objects: Vec<Object> = Vec::new();
        let mut guild = None;
        // The server comes first in a path, so that it is known when its members are looked up.
        for (param, entity, id) in path(endpoint, request) {
            let known = object(app, policy, endpoint, request, param, guild).await;
            guild = guild.or_else(|| match entity {
                Entity::Guild => id.parse().ok(),
                _ => known.as_ref()?.object["guild_id"].as_str()?.parse().ok(),
            });
            let name = known.and_then(|known| known.name()).or_else(|| bound.typed_name(id).map(str::to_owned));
            objects.push(Object { param, entity, id: id.to_owned(), name });
        }
        let server = match guild {
            Some(id) if objects.iter().all(|object| object.entity != Entity::Guild) => {
                Some(server_name(app, policy, &id.to_string()).await)
            }
            _ => None,
        };
        let threads = match objects.last() {
            Some(channel) if channel.entity == Entity::Channel && endpoint == rows::DELETE_CHANNEL => {
                count_threads(app, guild, &channel.id)
            }
            _ => 0,
        };
        // The count is worth a request only if a person reads it. If it fails, so does the call, with the same error.
        let count = match is_asked(policy) {
            true => preview::count(app, policy, bound).await.ok().flatten(),
            false => None,
        };
        Self { bound, objects, server, threads, count }
    }

    /// The call with a number that another endpoint counted.
    pub fn with_count(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// The words that follow "confirmation is required to".
    pub fn question(&self, app: &App) -> String {
        let sentence = self.sentence(app, self.bound.endpoint.action, Purpose::Question);
        sentence[..1].to_lowercase() + &sentence[1..]
    }

    /// The sentence that says that the call succeeded.
    pub fn report(&self, app: &App) -> String {
        self.sentence(app, &sentence::past(self.bound.endpoint.action), Purpose::Report)
    }

    /// The name that a person must type, if a yes is not enough because a whole server would be lost.
    pub fn typed(&self) -> Option<String> {
        let Bound { endpoint, .. } = self.bound;
        let is_server = endpoint.method == Method::Delete && endpoint.path.ends_with("{guild_id}");
        let server = self.objects.last().filter(|_| is_server)?;
        Some(server.name.clone().unwrap_or_else(|| server.id.clone()))
    }

    fn sentence(&self, app: &App, template: &str, purpose: Purpose) -> String {
        sentence::fill(template, &|name, before| match self.objects.iter().position(|object| object.param.name == name)
        {
            Some(at) => Some(self.object(at, before, purpose)),
            None if self.bound.endpoint.counted.is_some_and(|(_, field)| field == name) => {
                self.count.filter(|_| purpose == Purpose::Question).map(|count| count.to_string())
            }
            None => self.value(app, self.bound.endpoint.param(name)?),
        })
    }

    /// `#general`, `message 5`.
    fn object(&self, at: usize, before: &str, purpose: Purpose) -> String {
        let object = &self.objects[at];
        let mut text = object.name.clone().unwrap_or_else(|| numbered(object.entity, &object.id, before));
        if at == 0 && purpose == Purpose::Question {
            match self.threads {
                0 => {}
                1 => text += " (1 thread)",
                n => text += &format!(" ({n} threads)"),
            }
            if let Some(server) = &self.server {
                text += &format!(" in {server}");
            }
        }
        text
    }

    /// A value that is not an object in the path. `None` if the request has none, or an empty one.
    fn value(&self, app: &App, param: &'static Param) -> Option<String> {
        let Bound { request, .. } = self.bound;
        if param.place == Place::Path {
            return request.plain_segment(param.name).map(str::to_owned);
        }
        match (request.body.json()?.get(param.name)?, param.unit) {
            (Value::Array(items), _) if !items.is_empty() => Some(self.list(app, entity(param)?, items)),
            (Value::Number(count), Some(unit)) => {
                let count = count.as_u64().filter(|count| *count > 0)?;
                Some(span(unit, count))
            }
            _ => None,
        }
    }

    /// The names of users or roles, or how many other objects there are.
    fn list(&self, app: &App, entity: Entity, ids: &[Value]) -> String {
        if !matches!(entity, Entity::User | Entity::Role) {
            let s = if ids.len() == 1 { "" } else { "s" };
            return format!("{} {}{s}", ids.len(), entity.noun());
        }
        let guild = self.bound.request.plain_segment("guild_id").and_then(|id| id.parse().ok());
        let named = |id: &Value| {
            let id = id.as_str()?;
            let name = object_name::cached(app, entity, guild, id).and_then(|known| known.name());
            let name = name.or_else(|| self.bound.typed_name(id).map(str::to_owned));
            Some(name.unwrap_or_else(|| numbered(entity, id, "")))
        };
        sentence::listed(&ids.iter().filter_map(named).collect::<Vec<_>>())
    }
}

/// The object that a parameter names.
async fn object(
    app: &App,
    policy: &Policy<'_>,
    endpoint: &'static Endpoint,
    request: &Request,
    param: &'static Param,
    guild: Option<u64>,
) -> Option<Named> {
    let (entity, id) = (entity(param)?, request.plain_segment(param.name)?);
    if let Some(known) = object_name::cached(app, entity, guild, id) {
        return Some(known);
    }
    // The path of the object is a prefix of the request's path, or for servers and channels, a path of its own.
    let placeholder = format!("{{{}}}", param.name);
    let own = match entity {
        Entity::Guild => format!("/guilds/{placeholder}"),
        Entity::Channel => format!("/channels/{placeholder}"),
        _ => endpoint.path.split_inclusive(&placeholder).next()?.to_owned(),
    };
    fetch(app, policy, &own, request).await.map(|object| Named::new(entity, object))
}

/// The name of a server from the cache or, if a person will be asked, from Discord; otherwise `server 5`.
pub async fn server_name(app: &App, policy: &Policy<'_>, id: &str) -> String {
    let known = match object_name::cached(app, Entity::Guild, None, id) {
        Some(known) => Some(known),
        None => {
            let mut request = Request::raw(Method::Get, "/guilds/{guild_id}");
            request.set_segment("guild_id", Text::Plain(id.to_owned()));
            let object = fetch(app, policy, "/guilds/{guild_id}", &request).await;
            object.map(|object| Named::new(Entity::Guild, object))
        }
    };
    known.and_then(|known| known.name()).unwrap_or_else(|| numbered(Entity::Guild, id, ""))
}

/// Whether a person will be asked, and the question may take requests.
fn is_asked(policy: &Policy<'_>) -> bool {
    matches!(policy.confirm, Confirm::Ask(_)) && policy.cache != CacheMode::Offline
}

/// Reads an object from Discord, with the path values of the request. This is worth a request only if a person reads the name.
/// If the request fails, the id is shown instead.
async fn fetch(app: &App, policy: &Policy<'_>, path: &str, request: &Request) -> Option<Value> {
    if !is_asked(policy) {
        return None;
    }
    let (_, row) = catalogue::endpoints().find(|(_, row)| row.method == Method::Get && row.path == path)?;
    if row.auth == Auth::None {
        return None;
    }
    let mut get = Request::new(row);
    for param in row.all_params().filter(|param| param.place == Place::Path) {
        get.set_segment(param.name, Text::Plain(request.plain_segment(param.name)?.to_owned()));
    }
    let response = exchange(app, policy, row, &get, false).await.ok()?;
    serde_json::from_slice(&response.body).ok()
}

/// The threads of a channel that the cache knows.
fn count_threads(app: &App, guild: Option<u64>, channel: &str) -> usize {
    let Some(guild) = guild else { return 0 };
    let rows = app.with_cache(|cache| cache.rows(Kind::Thread, Some(guild), MOST_THREADS)).unwrap_or_default();
    let parent =
        |row: &CachedRow| serde_json::from_str::<Value>(&row.json).ok().map(|thread| thread["parent_id"] == channel);
    rows.iter().filter(|row| parent(row) == Some(true)).count()
}
