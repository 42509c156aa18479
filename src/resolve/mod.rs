//! Names to ids.
//!
//! [`look`] is one step: it answers from the cache, or says which list to fetch. Whoever calls it
//! fetches that into the cache and asks again, so that all of it can be tested without a network.

mod error;
mod known;
mod suggest;

pub use error::Error;
pub use known::{guild_of_person, known, named_by};
pub use suggest::{Suggestion, suggest};

use crate::cache::{self, Cache, Kind, NameMatch, NameQuery};
use crate::catalogue::{self, Endpoint};
use crate::model::{Entity, Snowflake};

/// How old a cached row may be for a command that changes something.
pub const FRESH_MS: i64 = 5 * 60 * 1000;

/// So many things of one name are listed in an error.
const MOST_LISTED: usize = 20;

/// A name that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    pub entity: Entity,
    pub text: &'a str,
    /// Whether something is changed by it: then the whole name must be given, and known for certain.
    pub exact: bool,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is its id; of an emoji, `name:id`; of what may be a person or a role, the mention.
    Found(String),
    /// The cache does not know: ask for this, keep it, and look again.
    Fetch(Fetch),
}

/// A list that may have the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    pub row: &'static Endpoint,
    pub guild: Option<u64>,
    pub query: Vec<(&'static str, String)>,
}

/// Whether names of these can be looked up at all.
pub const fn has_names(entity: Entity) -> bool {
    !kinds(entity).is_empty()
}

/// Whether these are in a guild, which must be known first.
pub const fn is_in_guild(entity: Entity) -> bool {
    !matches!(entity, Entity::Guild)
}

/// Whether an app has some of these by itself, in no guild.
pub const fn has_app(entity: Entity) -> bool {
    matches!(entity, Entity::Command | Entity::Emoji)
}

/// Whether the cache keeps all of these that it is told of: else a name in it says nothing of those that
/// are not in it.
pub fn is_kept(cache: &Cache, entity: Entity) -> bool {
    kinds(entity).iter().all(|kind| cache.policies().of(*kind).keeps_all())
}

/// What an entity is kept as.
pub const fn kinds(entity: Entity) -> &'static [Kind] {
    match entity {
        Entity::Guild => &[Kind::Guild],
        Entity::Channel => &[Kind::Channel, Kind::Thread],
        Entity::Role => &[Kind::Role],
        Entity::User => &[Kind::Member],
        Entity::Ban => &[Kind::Ban],
        // What an overwrite is for.
        Entity::Any => &[Kind::Role, Kind::Member],
        Entity::Emoji => &[Kind::Emoji],
        Entity::Sticker => &[Kind::Sticker],
        Entity::Sound => &[Kind::Sound],
        Entity::Event => &[Kind::Event],
        Entity::Webhook => &[Kind::Webhook],
        Entity::Integration => &[Kind::Integration],
        Entity::AutomodRule => &[Kind::AutomodRule],
        Entity::Command => &[Kind::Command],
        _ => &[],
    }
}

/// The only role whose name has the sign itself.
const EVERYONE: &str = "@everyone";

/// The sign that a name of these may have before it, and with which completion offers it.
pub const fn mark(entity: Entity) -> &'static str {
    match entity {
        Entity::Channel => "#",
        Entity::User | Entity::Ban | Entity::Role | Entity::Any => "@",
        Entity::Emoji => ":",
        Entity::Command => "/",
        _ => "",
    }
}

/// The sign that a text has before the name, and the name: `#general`, `@alice`, `:tada:`, `/ban`.
fn split(entity: Entity, text: &str) -> (&'static str, &str) {
    let text = text.trim();
    let mark = mark(entity);
    match text.strip_prefix(mark) {
        _ if mark == "@" && matches!(entity, Entity::Role | Entity::Any) && text.eq_ignore_ascii_case(EVERYONE) => {
            ("", text)
        }
        Some(name) if entity == Entity::Emoji => (mark, name.strip_suffix(':').unwrap_or(name)),
        Some(name) => (mark, name),
        None => ("", text),
    }
}

/// The name without the sign before it, which is no name by itself.
fn bare(entity: Entity, text: &str) -> &str {
    match split(entity, text) {
        (_, "") => text.trim(),
        (_, name) => name,
    }
}

/// Whether a channel's text names the person whose direct messages are meant: `@alice`, `<@1>`.
pub fn is_person(text: &str) -> bool {
    text.starts_with('@') || text.starts_with("<@") && !text.starts_with("<@&")
}

/// Whether a text that is no id may be a name. `12345678901234567a` is a slip.
pub fn is_name(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    !text.is_empty() && digits < SHORTEST_ID
}

/// No id of Discord's has fewer digits.
const SHORTEST_ID: usize = 15;

/// The id behind a name: `#general:222222222222222222` says which of several channels is meant, and
/// to people what it is called.
pub fn labelled_id(text: &str) -> Option<Snowflake> {
    let (name, id) = text.trim().rsplit_once(':')?;
    let long = id.len() >= SHORTEST_ID && !name.is_empty();
    id.parse().ok().filter(|_| long)
}

/// Looks a name up. `fetched` are the lists that were fetched for it, all of them just now.
pub fn look(
    cache: &Cache,
    name: &Name<'_>,
    guild: Option<u64>,
    fetched: &[&'static Endpoint],
    now_ms: i64,
) -> Result<Step, Error> {
    let text = bare(name.entity, name.text);
    let mut found = Vec::new();
    let mut unknown = None;
    for kind in kinds(name.entity) {
        let here = guild.filter(|_| is_in_guild(name.entity));
        let matches =
            cache.find(&NameQuery { kind: *kind, guild: here, name: text, prefix: true, most: MOST_LISTED })?;
        for hit in matches {
            let at = cache.now_if_live(*kind, hit.guild, hit.fetched_at, now_ms)?;
            found.push((hit, cache::is_fresh(at, now_ms, FRESH_MS)));
        }
        if unknown.is_none() {
            unknown = fetch(cache, *kind, here, text, fetched, now_ms)?;
        }
    }
    // `#general` is never a category, though that may have the same name.
    if name.entity == Entity::Channel && name.text.starts_with('#') {
        found.retain(|(hit, _)| !hit.is_category);
    }
    let exact: Vec<_> = found.iter().filter(|(hit, _)| hit.exact).collect();
    match exact[..] {
        // Of people several may have the same name in a part that is not known.
        [(hit, fresh)] if unknown.is_none() || !name.exact || (*fresh && hit.kind != Kind::Member) => {
            return Ok(Step::Found(id(name.entity, hit)));
        }
        _ => {}
    }
    if let Some(fetch) = unknown {
        return Ok(Step::Fetch(fetch));
    }
    let several = |of: &[&(NameMatch, bool)]| Error::Several {
        entity: name.entity,
        name: text.to_owned(),
        matches: of.iter().map(|(hit, _)| format!("{} {}", hit.id, hit.label)).collect(),
    };
    match (&exact[..], &found[..]) {
        ([_, _, ..], _) => Err(several(&exact)),
        ([], [(hit, _)]) if !name.exact => Ok(Step::Found(id(name.entity, hit))),
        ([], [_, ..]) if !name.exact => Err(several(&found.iter().collect::<Vec<_>>())),
        _ => {
            let mut near: Vec<_> = found.iter().take(3).map(|(hit, _)| hit.name.clone()).collect();
            if near.is_empty() {
                near = self::near(cache, kinds(name.entity), guild, text)?;
            }
            Err(Error::NoMatch { entity: name.entity, name: text.to_owned(), near })
        }
    }
}

fn id(entity: Entity, hit: &NameMatch) -> String {
    let id = Snowflake::new(hit.id);
    match (entity, hit.kind) {
        (Entity::Emoji, _) => format!("{}:{id}", hit.name),
        (Entity::Any, Kind::Role) => format!("<@&{id}>"),
        (Entity::Any, _) => format!("<@{id}>"),
        _ => id.to_string(),
    }
}

/// What would tell whether there are more of that name; nothing if all are known.
fn fetch(
    cache: &Cache,
    kind: Kind,
    guild: Option<u64>,
    text: &str,
    fetched: &[&'static Endpoint],
    now_ms: i64,
) -> Result<Option<Fetch>, cache::Error> {
    let Some(row) = catalogue::names_of(kind, guild.is_some()) else { return Ok(None) };
    if fetched.contains(&row) {
        return Ok(None);
    }
    let listed = cache.listed_at(kind, guild.unwrap_or(0), now_ms)?;
    if listed.is_some_and(|at| cache::is_fresh(at, now_ms, FRESH_MS)) {
        return Ok(None);
    }
    let query = match row.finds_by {
        Some(param) => {
            let limit = row.param("limit").and_then(|limit| limit.max).map(|max| ("limit", max.to_string()));
            std::iter::once((param, text.to_owned())).chain(limit).collect()
        }
        None => Vec::new(),
    };
    Ok(Some(Fetch { row, guild, query }))
}

/// Names that might have been meant.
fn near(cache: &Cache, kinds: &[Kind], guild: Option<u64>, text: &str) -> Result<Vec<String>, cache::Error> {
    /// Beyond that, names are not compared: an error should come at once.
    const MOST_COMPARED: usize = 20_000;
    /// Below it, two names have little in common.
    const LIKE: f64 = 0.75;
    let wanted = text.to_lowercase();
    let mut near = Vec::new();
    for kind in kinds {
        let guild = guild.filter(|_| *kind != Kind::Guild);
        near.extend(cache.names(*kind, guild, MOST_COMPARED)?.into_iter().filter_map(|name| {
            let likeness = strsim::jaro_winkler(&wanted, &name);
            (likeness >= LIKE).then_some((likeness, name))
        }));
    }
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.dedup_by(|a, b| a.1 == b.1);
    near.truncate(3);
    Ok(near.into_iter().map(|(_, name)| name).collect())
}

#[cfg(test)]
mod tests;
