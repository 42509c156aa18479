//! Resolves names to ids.
//!
//! [`look`] resolves a name from the cache, or returns a list to fetch. The caller fetches the list into the cache and calls
//! [`look`] again, so that this module can be tested without a network.

mod error;
mod known;
mod suggest;

pub use error::{Error, what};
pub use known::{guild_of_person, known, named_by};
pub use suggest::{Suggestion, suggest};

use crate::cache::{self, Cache, Kind, NameMatch, NameQuery};
use crate::catalogue::{self, Endpoint};
use crate::model::{Entity, Snowflake, items, shell};

/// The maximum age of a cached row for a command that changes something.
pub const FRESH_MS: i64 = 5 * 60 * 1000;

/// How many matches an error lists.
const MOST_LISTED: usize = 20;

/// A name that the user typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    pub entity: Entity,
    pub text: &'a str,
    /// Whether only a whole name from an up-to-date row is accepted, because the command changes something.
    pub exact: bool,
}

/// The next step of a resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The id. For an emoji, `name:id`. For an entity that may be a user or a role, the mention.
    Found(String),
    /// The cache is not sufficient. The caller fetches this list into the cache and calls [`look`] again.
    Fetch(Fetch),
}

/// A list that may contain the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    pub row: &'static Endpoint,
    pub guild: Option<u64>,
    pub query: Vec<(&'static str, String)>,
}

/// Whether names of this entity can be resolved.
pub const fn has_names(entity: Entity) -> bool {
    !kinds(entity).is_empty()
}

/// Whether the entity is in a guild, which must be resolved first.
pub const fn is_in_guild(entity: Entity) -> bool {
    !matches!(entity, Entity::Guild)
}

/// Whether an application can have such objects itself, outside of guilds.
pub const fn has_app(entity: Entity) -> bool {
    matches!(entity, Entity::Command | Entity::Emoji)
}

/// Whether the policies store all objects of this entity. If they do not, a single match in the cache may not be the only one.
pub fn is_kept(cache: &Cache, entity: Entity) -> bool {
    kinds(entity).iter().all(|kind| cache.policies().of(*kind).keeps_all())
}

/// The kinds of rows of an entity.
pub const fn kinds(entity: Entity) -> &'static [Kind] {
    match entity {
        Entity::Guild => &[Kind::Guild],
        Entity::Channel => &[Kind::Channel, Kind::Thread],
        Entity::Role => &[Kind::Role],
        Entity::User => &[Kind::Member],
        Entity::Ban => &[Kind::Ban],
        // A permission overwrite is for a role or a member.
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

/// The only role whose name begins with `@`.
const EVERYONE: &str = "@everyone";

/// The sign that may precede names of this entity, and that completion adds.
pub const fn mark(entity: Entity) -> &'static str {
    match entity {
        Entity::Channel => "#",
        Entity::User | Entity::Ban | Entity::Role | Entity::Any => "@",
        Entity::Emoji => ":",
        Entity::Command => "/",
        _ => "",
    }
}

/// Splits a text into its sign and the name: `#general`, `@alice`, `:tada:`, `/ban`.
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

/// The name without its sign. A sign alone is returned unchanged.
fn bare(entity: Entity, text: &str) -> &str {
    match split(entity, text) {
        (_, "") => text.trim(),
        (_, name) => name,
    }
}

/// Whether a channel argument names a user, whose direct messages are the channel: `@alice`, `<@1>`.
pub fn is_person(text: &str) -> bool {
    text.starts_with('@') || text.starts_with("<@") && !text.starts_with("<@&")
}

/// Whether a text that is not an id can be a name. `12345678901234567a` is a mistyped id.
pub fn is_name(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    !text.is_empty() && digits < SHORTEST_ID
}

/// The fewest digits of an id.
const SHORTEST_ID: usize = 15;

/// The id after a name, as in `#general:222222222222222222`. It distinguishes channels with the same name, and people can still
/// read it.
pub fn labelled_id(text: &str) -> Option<Snowflake> {
    let (name, id) = text.trim().rsplit_once(':')?;
    let long = id.len() >= SHORTEST_ID && !name.is_empty();
    id.parse().ok().filter(|_| long)
}

/// Resolves a name, or returns a list to fetch. `fetched` are the lists that the caller has just fetched for it.
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
    // `#general` is never a category, even if a category has this name.
    if name.entity == Entity::Channel && name.text.starts_with('#') {
        found.retain(|(hit, _)| !hit.is_category);
    }
    let exact: Vec<_> = found.iter().filter(|(hit, _)| hit.exact).collect();
    match exact[..] {
        // A fresh member is not enough, because members that are not in the cache may have the same name.
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
            let hint = lists(cache, name.entity, guild)?;
            Err(Error::NoMatch { entity: name.entity, name: text.to_owned(), near, hint })
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

/// The list that shows whether there are more matches. `None` if the cache is complete.
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

/// The hint that names the commands which list the objects of this entity, with the name of the server.
fn lists(cache: &Cache, entity: Entity, guild: Option<u64>) -> Result<String, cache::Error> {
    let server = match guild.filter(|_| is_in_guild(entity)) {
        None => String::new(),
        Some(id) => {
            let row = cache.get(Kind::Guild, None, &id.to_string())?;
            let name = row.and_then(|row| items::text(serde_json::from_str(&row.json).ok()?, "name"));
            format!(" {}", shell::word(&name.unwrap_or_else(|| id.to_string())))
        }
    };
    Ok(match entity {
        Entity::Guild => "`dcord guild list` shows the servers that the bot is in".to_owned(),
        Entity::User => format!(
            "`dcord member search{server} TEXT` finds members, and `dcord ban list{server}` lists the banned users; any other \
             user needs an id"
        ),
        Entity::Any => {
            format!("`dcord role list{server}` lists the roles, and `dcord member search{server} TEXT` finds members")
        }
        Entity::Channel => format!(
            "`dcord channel list{server}` lists the channels, and `dcord thread list{server}` lists the active threads"
        ),
        _ => match kinds(entity).first().and_then(|kind| catalogue::names_of(*kind, !server.is_empty())) {
            Some(row) => format!("`dcord {}{server}` lists them", row.words()),
            None => "use the id".to_owned(),
        },
    })
}

/// Similar names, for suggestions.
fn near(cache: &Cache, kinds: &[Kind], guild: Option<u64>, text: &str) -> Result<Vec<String>, cache::Error> {
    /// How many names are compared, so that the error appears without delay.
    const MOST_COMPARED: usize = 20_000;
    /// The minimum similarity of a suggestion.
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
