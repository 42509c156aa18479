//! Suggests names for completion.

use super::known::{MOST_NAMESAKES, guilds};
use super::{EVERYONE, Error, is_in_guild, is_name, is_person, kinds, labelled_id, mark, split};
use crate::cache::{self, Cache, Kind, NameMatch, NameQuery};
use crate::model::Entity;
use crate::model::target::{self, Target};

/// An object whose name begins with the typed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The text to insert: the name if it is unique, otherwise the name and the id.
    pub text: String,
    pub kind: Kind,
    pub id: u64,
    /// All names of the object, for people.
    pub label: String,
    pub guild: Option<u64>,
}

/// The cached objects whose names begin with the typed text, ordered by name. Without a guild, objects of all guilds are
/// suggested, each with its id, because a name alone can be resolved only in a known guild.
pub fn suggest(
    cache: &Cache,
    entity: Entity,
    typed: &str,
    guild: Option<u64>,
    most: usize,
) -> Result<Vec<Suggestion>, Error> {
    let entity = if entity == Entity::Channel && is_person(typed) { Entity::User } else { entity };
    let (sign, begin) = split(entity, typed);
    // If nothing is typed, names are suggested with their sign.
    let sign = if typed.is_empty() { mark(entity) } else { sign };
    // The user may have begun to type the id after the name.
    let begun = begin.rsplit_once(':').filter(|(name, id)| !name.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    let mut found: Vec<NameMatch> = Vec::new();
    for kind in kinds(entity) {
        for guild in guilds(cache, entity, *kind, guild)? {
            let find = NameQuery { kind: *kind, guild, name: begin, prefix: true, most };
            found.extend(cache.find(&find)?);
            if let Some((name, id)) = begun {
                let named = cache.find(&NameQuery { name, prefix: false, ..find })?;
                found.extend(named.into_iter().filter(|hit| hit.id.to_string().starts_with(id)));
            }
            if *kind == Kind::Role && !begin.starts_with('@') && begins_everyone(typed) {
                found.extend(cache.find(&NameQuery { name: EVERYONE, prefix: false, ..find })?);
            }
            if found.len() >= most {
                break;
            }
        }
    }
    found.retain(|hit| !(hit.is_category && typed.starts_with('#')));
    found.truncate(most);
    let mut suggestions: Vec<Suggestion> = Vec::with_capacity(found.len());
    for hit in found {
        if suggestions.iter().any(|s| (s.kind, s.id, s.guild) == (hit.kind, hit.id, hit.guild)) {
            continue;
        }
        let sign = if hit.is_category || hit.name.eq_ignore_ascii_case(EVERYONE) { "" } else { sign };
        let name = format!("{sign}{}", hit.name);
        let plain = begun.is_none_or(|(name, _)| name.to_lowercase() != hit.name.to_lowercase());
        let known = guild.is_some() || !is_in_guild(entity);
        let text = if plain && known && reads_back(entity, &name, &hit) && is_alone(cache, entity, &name, &hit)? {
            name
        } else {
            with_id(entity, &name, &hit)
        };
        suggestions.push(Suggestion { text, kind: hit.kind, id: hit.id, label: hit.label, guild: hit.guild });
    }
    Ok(suggestions)
}

fn begins_everyone(typed: &str) -> bool {
    EVERYONE.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed))
}

/// Whether a user who types the text gets the object with that name.
fn reads_back(entity: Entity, text: &str, hit: &NameMatch) -> bool {
    let name = matches!(target::parse(entity, text), Target::Name(name) if name == text);
    name && split(entity, text).1 == hit.name && is_name(text) && labelled_id(text).is_none()
}

/// Whether no other object in the guild has that name.
fn is_alone(cache: &Cache, entity: Entity, text: &str, hit: &NameMatch) -> Result<bool, cache::Error> {
    let mut named = 0;
    for kind in kinds(entity) {
        named += cache.count_named(*kind, hit.guild, &hit.name)?;
    }
    if named < 2 {
        return Ok(true);
    }
    // Some matches do not make the name ambiguous: two names of the same user, and a category if the text begins with `#`.
    for kind in kinds(entity) {
        let others = cache.find(&NameQuery {
            kind: *kind,
            guild: hit.guild,
            name: &hit.name,
            prefix: false,
            most: MOST_NAMESAKES,
        })?;
        let is_ambiguous = |o: &NameMatch| o.id != hit.id && !(o.is_category && text.starts_with('#'));
        if others.iter().any(is_ambiguous) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The name followed by the id if that text can be parsed, otherwise the id alone.
fn with_id(entity: Entity, name: &str, hit: &NameMatch) -> String {
    if entity == Entity::Emoji {
        return format!("{}:{}", hit.name, hit.id);
    }
    let text = format!("{name}:{}", hit.id);
    let is_parsed = matches!(target::parse(entity, &text), Target::Name(name) if name == text);
    if is_parsed && labelled_id(&text).is_some_and(|id| id.get() == hit.id) { text } else { hit.id.to_string() }
}
