//! The channels to synchronise, and what their objects say about their contents.

use serde_json::Value;

use crate::model::time;

/// Channel types. Source: Discord's reference, "Channel Types".
const TEXT: i64 = 0;
const CATEGORY: i64 = 4;
const ANNOUNCEMENT: i64 = 5;
const DIRECTORY: i64 = 14;
const FORUM: i64 = 15;
const MEDIA: i64 = 16;

/// A channel or thread.
#[derive(Clone, Debug)]
pub struct Place {
    pub id: u64,
    pub guild: Option<u64>,
    pub parent: Option<u64>,
    /// The name as people write it, such as `#general`.
    pub name: String,
    kind: i64,
    /// The id of the newest message: 0 if there is none, and `None` if it is unknown. The message may have been deleted since.
    pub latest: Option<u64>,
    /// When the latest pin was added, or an empty string.
    pub last_pin: String,
    /// When the thread was archived, in milliseconds since the Unix epoch.
    pub archived_ms: Option<i64>,
}

impl Place {
    /// Reads the object of a channel. `guild` is its server, if the object does not contain it.
    pub fn read(channel: &Value, guild: Option<u64>) -> Option<Self> {
        let id = |field: &Value| field.as_str().and_then(|id| id.parse::<u64>().ok());
        let own = id(&channel["id"])?;
        let kind = channel["type"].as_i64()?;
        let latest = match channel.get("last_message_id") {
            Some(Value::Null) => Some(0),
            Some(latest) => id(latest),
            None => None,
        };
        let archived = channel["thread_metadata"]["archive_timestamp"].as_str();
        let person = channel["recipients"][0]["username"].as_str();
        let name = match (channel["name"].as_str(), person) {
            (Some(name), _) if kind == CATEGORY => name.to_owned(),
            (Some(name), _) => format!("#{name}"),
            (None, Some(person)) => format!("@{person}"),
            (None, None) => format!("channel {own}"),
        };
        Some(Self {
            id: own,
            guild: id(&channel["guild_id"]).or(guild),
            parent: id(&channel["parent_id"]),
            name,
            kind,
            latest,
            last_pin: channel["last_pin_timestamp"].as_str().unwrap_or_default().to_owned(),
            archived_ms: archived.and_then(time::moment_of),
        })
    }

    pub const fn is_category(&self) -> bool {
        self.kind == CATEGORY
    }

    /// Whether the channel itself contains messages. A forum contains only threads.
    pub const fn has_messages(&self) -> bool {
        !matches!(self.kind, CATEGORY | DIRECTORY | FORUM | MEDIA)
    }

    pub const fn has_threads(&self) -> bool {
        matches!(self.kind, TEXT | ANNOUNCEMENT | FORUM | MEDIA)
    }

    pub const fn has_private_threads(&self) -> bool {
        self.kind == TEXT
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_channel_says_what_it_contains() {
        let read = |channel: Value| Place::read(&channel, Some(7)).unwrap();
        let general = read(json!({"id": "1", "type": 0, "name": "general", "last_message_id": null}));
        assert_eq!((general.name.as_str(), general.guild, general.latest), ("#general", Some(7), Some(0)));
        assert!(general.has_messages() && general.has_threads() && general.has_private_threads());
        let forum = read(json!({"id": "1", "type": 15, "name": "help", "last_message_id": "9"}));
        assert!(!forum.has_messages() && forum.has_threads() && !forum.has_private_threads());
        let thread = read(json!({"id": "1", "type": 12, "name": "t", "parent_id": "2", "guild_id": "8",
            "thread_metadata": {"archive_timestamp": "2026-01-01T00:00:00.250000+00:00"}}));
        assert!(thread.has_messages() && !thread.has_threads());
        assert_eq!((thread.guild, thread.parent, thread.latest), (Some(8), Some(2), None));
        assert_eq!(thread.archived_ms, Some(1_767_225_600_250));
        let person = Place::read(&json!({"id": "1", "type": 1, "recipients": [{"username": "ada"}]}), None).unwrap();
        assert_eq!((person.name.as_str(), person.guild), ("@ada", None));
    }
}
