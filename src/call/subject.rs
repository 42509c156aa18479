//! Describes what a destructive command is about to do: `delete channel #doomed (12 threads) in My Server`.

use serde_json::Value;

use super::exchange::exchange;
use super::object_name::Named;
use super::policy::{CacheMode, Confirm, Policy};
use super::{App, object_name};
use crate::cache::{CachedRow, Kind};
use crate::catalogue::{self, Auth, Endpoint, Method, Noun, Param, ParamKind, Place};
use crate::model::Entity;
use crate::rest::{Request, Text};

/// The description of a command's action and its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The words that follow "confirmation is required to".
    pub words: String,
    /// The name that the user must type, if a yes is not enough because a whole server would be lost.
    pub typed: Option<String>,
}

/// The maximum number of a server's threads to search for those of a channel.
const MOST_THREADS: usize = 10_000;

/// An object in the path of a request.
struct Subject {
    param: &'static Param,
    entity: Entity,
    id: String,
    /// The name with its mark, such as `#general`.
    name: Option<String>,
}

/// Describes a request. Names come from the cache or, if a person will be asked, from Discord. An object without a known name
/// is shown by its id.
pub async fn describe(app: &App, policy: &Policy<'_>, endpoint: &'static Endpoint, request: &Request) -> Action {
    let mut subjects: Vec<Subject> = Vec::new();
    let mut guild = None;
    // The server comes first, so that it is known when its members are looked up.
    for param in endpoint.all_params().filter(|param| param.place == Place::Path) {
        let (Some(entity), Some(id)) = (entity(param), request.plain_segment(param.name)) else { continue };
        let known = object(app, policy, endpoint, request, param, guild).await;
        guild = guild.or_else(|| match entity {
            Entity::Guild => id.parse().ok(),
            _ => known.as_ref()?.object["guild_id"].as_str()?.parse().ok(),
        });
        let name = known.and_then(|known| known.name());
        subjects.push(Subject { param, entity, id: id.to_owned(), name });
    }
    let place = match guild {
        Some(id) if subjects.iter().all(|subject| subject.entity != Entity::Guild) => {
            let name = guild_name(app, policy, &id.to_string()).await;
            Some(name.unwrap_or_else(|| format!("server {id}")))
        }
        _ => None,
    };
    let threads = match subjects.last() {
        Some(channel) if channel.entity == Entity::Channel => count_threads(app, guild, &channel.id),
        _ => 0,
    };
    words(endpoint, &subjects, listed(app, endpoint, request, guild), place, threads)
}

/// How many objects a required list of the body names, and the names of users: `2 users` and `@ken, @ada`.
fn listed(app: &App, endpoint: &'static Endpoint, request: &Request, guild: Option<u64>) -> Option<(String, String)> {
    /// More names are not read.
    const MOST: usize = 10;
    let is_list = |param: &&Param| param.place == Place::Body && param.repeated && param.required;
    let param = endpoint.all_params().find(is_list)?;
    let entity = entity(param)?;
    let ids = request.body.json()?[param.name].as_array()?;
    let s = if ids.len() == 1 { "" } else { "s" };
    let counted = format!("{} {}{s}", ids.len(), entity.noun());
    let name_of = |id: &Value| {
        let id = id.as_str()?;
        object_name::cached(app, entity, guild, id).and_then(|found| found.name()).or_else(|| Some(id.to_owned()))
    };
    match entity {
        Entity::User => {
            let names: Vec<String> = ids.iter().take(MOST).filter_map(name_of).collect();
            let more = if ids.len() > MOST { ", …" } else { "" };
            Some((counted, format!("{}{more}", names.join(", "))))
        }
        _ => Some((counted, String::new())),
    }
}

fn words(
    endpoint: &'static Endpoint,
    subjects: &[Subject],
    listed: Option<(String, String)>,
    place: Option<String>,
    threads: usize,
) -> Action {
    let noun = catalogue::commands().find(|(_, row)| *row == endpoint).map(|(noun, _)| noun);
    let is_place = |subject: &Subject| matches!(subject.entity, Entity::Channel | Entity::Guild);
    let object = subjects.last().filter(|object| noun.is_some_and(|noun| is_object(endpoint, noun, object)));
    let others = &subjects[..subjects.len() - usize::from(object.is_some())];
    let mut parts: Vec<String> = others.iter().rev().filter(|other| !is_place(other)).map(Subject::noun).collect();
    parts.extend(others.iter().rev().filter(|other| is_place(other)).map(|other| format!("in {}", other.place())));
    parts.extend(place.map(|place| format!("in {place}")));
    let rest = parts.join(" ");
    let Some(object) = object else {
        let about = endpoint.about.split(". ").next().unwrap_or_default();
        let about = about[..1].to_lowercase() + &about[1..];
        let verb = about.split(' ').next().unwrap_or_default();
        if let Some(listed) = listed {
            let (count, names) = listed;
            let place = if rest.is_empty() { rest } else { format!(" {rest}") };
            let names = if names.is_empty() { names } else { format!(": {names}") };
            return Action { words: format!("{verb} {count}{place}{names}"), typed: None };
        }
        // "Ban a user from a server" says it with the user and the server in place of their kinds.
        if let Some(object) = subjects.last().filter(|object| !is_place(object))
            && about.starts_with(&format!("{verb} {}", object.entity.one()))
            && let Some(rest) = rest.strip_prefix(&object.noun())
        {
            return Action { words: format!("{verb} {}{rest}", object.noun()), typed: None };
        }
        return Action { words: if rest.is_empty() { about } else { format!("{about} ({rest})") }, typed: None };
    };
    let count = match threads {
        0 => String::new(),
        1 => " (1 thread)".to_owned(),
        n => format!(" ({n} threads)"),
    };
    let words = format!("{} {}{count} {rest}", endpoint.verb, object.noun()).trim_end().to_owned();
    let typed = (object.entity == Entity::Guild).then(|| object.name.clone().unwrap_or_else(|| object.id.clone()));
    Action { words, typed }
}

/// Whether the verb acts on the last object in the path. It does not if the verb names another object, as in `clear-emoji`, or
/// if the path identifies an object by another one, as it does a stage by its channel.
fn is_object(endpoint: &Endpoint, noun: &Noun, object: &Subject) -> bool {
    let is_own = match object.entity {
        Entity::Guild => noun.name == "guild",
        Entity::Channel => noun.name == "channel",
        Entity::Webhook => noun.name == "webhook",
        _ => true,
    };
    is_own
        && endpoint.method == Method::Delete
        && !endpoint.verb.contains('-')
        && endpoint.path.ends_with(&format!("{{{}}}", object.param.name))
}

impl Subject {
    /// `channel #general`, `message 5`.
    fn noun(&self) -> String {
        format!("{} {}", self.entity.noun(), self.name.as_deref().unwrap_or(&self.id))
    }

    /// `#general`, `My Server`, `server 5`.
    fn place(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.noun())
    }
}

/// The kind of object that a path parameter names. The application is always the bot's own.
fn entity(param: &Param) -> Option<Entity> {
    match param.kind {
        ParamKind::Snowflake(entity) | ParamKind::Target(entity) | ParamKind::Position(entity) => {
            Some(entity).filter(|entity| *entity != Entity::Application)
        }
        _ => None,
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

async fn guild_name(app: &App, policy: &Policy<'_>, id: &str) -> Option<String> {
    if let Some(known) = object_name::cached(app, Entity::Guild, None, id) {
        return known.name();
    }
    let mut request = Request::raw(Method::Get, "/guilds/{guild_id}");
    request.set_segment("guild_id", Text::Plain(id.to_owned()));
    Named::new(Entity::Guild, fetch(app, policy, "/guilds/{guild_id}", &request).await?).name()
}

/// Reads an object from Discord, with the path values of the request. This is worth a request only if a person reads the name.
/// If the request fails, the id is shown instead.
async fn fetch(app: &App, policy: &Policy<'_>, path: &str, request: &Request) -> Option<Value> {
    if !matches!(policy.confirm, Confirm::Ask(_)) || policy.cache == CacheMode::Offline {
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
