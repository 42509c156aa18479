//! Resolves whole names from the cache only, without requests to Discord.

use super::{Error, bare, is_in_guild, kinds, lists};
use crate::cache::{self, Cache, Kind, NameMatch, NameQuery};
use crate::model::Entity;

/// How many guilds are searched for a name if no guild is given.
pub(super) const MOST_GUILDS: usize = 200;

/// How many matches of a name are read per guild. An ambiguous name needs no complete list.
pub(super) const MOST_NAMESAKES: usize = 3;

/// The id of the object with this name in a guild, or in all guilds if `guild` is `None`.
pub fn known(cache: &Cache, entity: Entity, name: &str, guild: Option<u64>) -> Result<u64, Error> {
    let found = match one(cache, entity, name, guild)? {
        None if matches!(entity, Entity::User) => user(cache, name)?,
        found => found,
    };
    match found {
        Some(hit) => Ok(hit.id),
        None => {
            let hint = lists(cache, entity, guild)?;
            Err(Error::NoMatch { entity, name: bare(entity, name).to_owned(), near: Vec::new(), hint })
        }
    }
}

/// A guild that has a member with this name, for commands without a guild.
pub fn guild_of_person(cache: &Cache, name: &str) -> Result<Option<u64>, Error> {
    Ok(one(cache, Entity::User, name, None)?.and_then(|hit| hit.guild))
}

/// The entity whose names the rows of a kind have. `None` if they have no names.
pub const fn named_by(kind: Kind) -> Option<Entity> {
    Some(match kind {
        Kind::Guild => Entity::Guild,
        Kind::Channel | Kind::Thread => Entity::Channel,
        Kind::Role => Entity::Role,
        Kind::Member | Kind::User | Kind::VoiceState | Kind::Presence => Entity::User,
        Kind::Ban => Entity::Ban,
        Kind::Emoji => Entity::Emoji,
        Kind::Sticker => Entity::Sticker,
        Kind::Sound => Entity::Sound,
        Kind::Event => Entity::Event,
        Kind::Webhook => Entity::Webhook,
        Kind::Integration => Entity::Integration,
        Kind::AutomodRule => Entity::AutomodRule,
        Kind::Command => Entity::Command,
        Kind::Message | Kind::Stage | Kind::Invite | Kind::Entitlement | Kind::Template => return None,
    })
}

/// The user with this name, such as the author of a stored message, of whom no member object is stored.
fn user(cache: &Cache, name: &str) -> Result<Option<NameMatch>, Error> {
    let bare = bare(Entity::User, name);
    let find = NameQuery { kind: Kind::User, guild: None, name: bare, prefix: false, most: MOST_NAMESAKES };
    only(Entity::User, name, cache.find(&find)?)
}

/// The only match of a name. Several matches are an error.
fn one(cache: &Cache, entity: Entity, name: &str, guild: Option<u64>) -> Result<Option<NameMatch>, Error> {
    let mut found: Vec<NameMatch> = Vec::new();
    for kind in kinds(entity) {
        for guild in guilds(cache, entity, *kind, guild)? {
            let find = NameQuery { kind: *kind, guild, name: bare(entity, name), prefix: false, most: MOST_NAMESAKES };
            for hit in cache.find(&find)? {
                // `#general` never means a category.
                let is_excluded = hit.is_category && name.starts_with('#');
                if !is_excluded && found.iter().all(|known| known.id != hit.id) {
                    found.push(hit);
                }
            }
        }
    }
    only(entity, name, found)
}

/// The match, if there is at most one.
fn only(entity: Entity, name: &str, mut found: Vec<NameMatch>) -> Result<Option<NameMatch>, Error> {
    if found.len() > 1 {
        let matches = found.iter().map(|hit| format!("{} {}", hit.id, hit.label)).collect();
        return Err(Error::Several { entity, name: bare(entity, name).to_owned(), matches });
    }
    Ok(found.pop())
}

/// The guilds to search: the given one, or all. `None` stands for objects outside of guilds.
pub(super) fn guilds(
    cache: &Cache,
    entity: Entity,
    kind: Kind,
    guild: Option<u64>,
) -> Result<Vec<Option<u64>>, cache::Error> {
    Ok(match guild {
        _ if !is_in_guild(entity) => vec![None],
        Some(guild) => vec![Some(guild)],
        None => cache.guilds_with(kind)?.into_iter().take(MOST_GUILDS).map(Some).collect(),
    })
}
