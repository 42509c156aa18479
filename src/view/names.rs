//! The names of users, channels, roles, servers and emojis, by id.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;

use crate::cache::{Cache, Error};
use crate::model::Kind;

/// The maximum number of names to remember. When it is exceeded, all names are forgotten, so that a long list of
/// members does not exhaust the memory.
const MOST: usize = 20_000;
/// The maximum depth at which to look for names in an object. The author of an interaction's message is at this
/// depth.
const DEEPEST: usize = 6;

/// The source of names that the response does not contain.
pub trait Lookup {
    /// The name of an object, without a mark such as `#`. `guild` is the server of a member.
    fn name(&self, kind: Kind, guild: Option<u64>, id: &str) -> Option<String>;
}

/// A source without names.
pub struct Nothing;

impl Lookup for Nothing {
    fn name(&self, _: Kind, _: Option<u64>, _: &str) -> Option<String> {
        None
    }
}

/// Names by id. Each is looked up only once.
pub struct Names<'a> {
    source: Box<dyn Lookup + Send + 'a>,
    known: RefCell<HashMap<(Kind, String), Option<String>>>,
}

impl<'a> Names<'a> {
    pub fn new(source: impl Lookup + Send + 'a) -> Self {
        Self { source: Box::new(source), known: RefCell::default() }
    }

    /// Only the names in responses.
    pub fn none() -> Self {
        Self::new(Nothing)
    }

    /// Remembers the names of all objects in a response: a message's author and mentions, a member's user, and the
    /// users, channels and roles beside the items of a list.
    pub fn learn(&self, answer: &Value) {
        self.learn_at(answer, None, DEEPEST);
    }

    fn learn_at(&self, value: &Value, kind: Option<Kind>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.learn_at(item, kind, depth)),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                if let (Some(id), Some(username)) = (text("id"), text("username")) {
                    self.insert(Kind::User, id, username);
                } else if let (Some(kind), Some(id), Some(name)) = (kind, text("id"), text("name")) {
                    self.insert(kind, id, name);
                }
                for (name, value) in fields.iter().filter(|(_, value)| value.is_object() || value.is_array()) {
                    // In a map from ids to objects, such as the resolved objects of an interaction, the map's name
                    // determines the kind.
                    let own = kind_of_field(name);
                    let inherited = kind.filter(|_| name.bytes().all(|b| b.is_ascii_digit()));
                    self.learn_at(value, own.or(inherited), depth);
                }
            }
            _ => {}
        }
    }

    /// Remembers one name.
    pub fn insert(&self, kind: Kind, id: &str, name: &str) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((kind, id.to_owned()), Some(name.to_owned()));
    }

    /// Remembers the nickname of a member.
    pub fn insert_member(&self, guild: &str, id: &str, nickname: &str) {
        self.insert(Kind::Member, &format!("{guild}/{id}"), nickname);
    }

    /// The user name.
    pub fn user(&self, id: &str) -> Option<String> {
        self.get(Kind::User, None, id)
    }

    /// The nickname or display name of a member in a server, or else the user name.
    pub fn member(&self, guild: Option<u64>, id: &str) -> Option<String> {
        let member = guild.and_then(|guild| self.get(Kind::Member, Some(guild), id));
        member.or_else(|| self.user(id))
    }

    /// The name of a channel or thread, without a leading `#`.
    pub fn channel(&self, id: &str) -> Option<String> {
        self.get(Kind::Channel, None, id).or_else(|| self.get(Kind::Thread, None, id))
    }

    /// The name of a role. Unlike in a mention, no `@` is added.
    pub fn role(&self, id: &str) -> Option<String> {
        self.get(Kind::Role, None, id)
    }

    pub fn guild(&self, id: &str) -> Option<String> {
        self.get(Kind::Guild, None, id)
    }

    /// The name of a custom emoji, without colons.
    pub fn emoji(&self, id: &str) -> Option<String> {
        self.get(Kind::Emoji, None, id)
    }

    /// The name of an object of any kind.
    pub fn get(&self, kind: Kind, guild: Option<u64>, id: &str) -> Option<String> {
        // A member can have a different name in each server.
        let key = (kind, guild.map_or_else(|| id.to_owned(), |guild| format!("{guild}/{id}")));
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let name = self.source.name(kind, guild, id).filter(|name| !name.is_empty());
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, name.clone());
        name
    }
}

/// The kind of the objects in a field.
fn kind_of_field(name: &str) -> Option<Kind> {
    Some(match name {
        "channel" | "channels" | "threads" | "mention_channels" | "source_channel" | "partial_channel" => Kind::Channel,
        "role" | "roles" => Kind::Role,
        "guild" | "guilds" | "source_guild" => Kind::Guild,
        "emoji" | "emojis" => Kind::Emoji,
        "webhooks" => Kind::Webhook,
        "integrations" => Kind::Integration,
        "application_commands" => Kind::Command,
        "guild_scheduled_events" => Kind::Event,
        "auto_moderation_rules" => Kind::AutomodRule,
        _ => return None,
    })
}

/// The name of an object in the cache. For a member, this is the nickname or display name.
pub fn cached(cache: &Cache, kind: Kind, guild: Option<u64>, id: &str) -> Result<Option<String>, Error> {
    let Some(row) = cache.get(kind, guild, id)? else { return Ok(None) };
    // A channel that the bot cannot view has no name that could be trusted.
    if row.hidden {
        return Ok(None);
    }
    let Ok(object) = serde_json::from_str::<Value>(&row.json) else { return Ok(None) };
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = match kind {
        Kind::User => text("/username"),
        Kind::Member => text("/nick").or_else(|| text("/user/global_name")).or_else(|| text("/user/username")),
        Kind::Ban => text("/user/username"),
        _ => text("/name"),
    };
    Ok(name.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::json;

    use super::*;

    /// A source with a few names, which counts the look-ups.
    struct Counted<'a>(&'a AtomicU32);

    impl Lookup for Counted<'_> {
        fn name(&self, kind: Kind, guild: Option<u64>, id: &str) -> Option<String> {
            self.0.fetch_add(1, Ordering::Relaxed);
            match (kind, guild, id) {
                (Kind::Member, Some(1), "7") => Some("Ada L.".to_owned()),
                (Kind::User, None, "7") => Some("ada".to_owned()),
                (Kind::Thread, None, "8") => Some("a-thread".to_owned()),
                _ => None,
            }
        }
    }

    #[test]
    fn each_name_is_looked_up_once_even_if_it_is_missing() {
        let asked = AtomicU32::new(0);
        let names = Names::new(Counted(&asked));
        for _ in 0..2 {
            assert_eq!(names.member(Some(1), "7").as_deref(), Some("Ada L."));
            assert_eq!(names.member(Some(2), "7").as_deref(), Some("ada"));
            assert_eq!(names.channel("8").as_deref(), Some("a-thread"));
            assert_eq!(names.role("9"), None);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 6);
    }

    #[test]
    fn names_in_the_response_precede_names_in_the_cache() {
        let names = Names::none();
        names.learn(&json!([
            {"id": "1", "author": {"id": "2", "username": "ada"}, "mentions": [{"id": "3", "username": "bob"}]},
            {"id": "4", "user": {"id": "5", "username": "cem"}, "roles": ["6"]},
            {"data": {"resolved": {"channels": {"10": {"id": "10", "name": "news"}}, "roles": {"11": {"id": "11", "name": "Mods"}}}}},
            {"id": "9", "name": "an item that says nothing of its kind"},
        ]));
        let users = ["2", "3", "5"].map(|id| names.user(id).unwrap());
        assert_eq!(users, ["ada", "bob", "cem"]);
        assert_eq!((names.channel("10").as_deref(), names.role("11").as_deref()), (Some("news"), Some("Mods")));
        assert_eq!([names.channel("9"), names.role("6"), names.guild("1"), names.emoji("2")], [const { None }; 4]);
    }
}
