//! Links to objects, in the form that Discord's client copies. [`super::target`] parses them.

use serde_json::value::RawValue;

use super::items;

/// The form of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Guild,
    /// A channel of any kind; a thread or post too.
    Channel,
    Message,
    Event,
    Invite,
    Template,
}

/// The place of the server in links to direct messages.
pub const DIRECT: &str = "@me";

impl Link {
    /// The link to an item. `id` is the dotted path of the id, and the path before its last part leads to the object.
    /// `guild` is the server of items that do not contain it, such as messages. `None` if a part of the link is
    /// missing.
    pub fn url(self, item: &RawValue, id: &str, guild: Option<&str>) -> Option<String> {
        let field = |name: &str| match id.rsplit_once('.') {
            Some((thing, _)) => items::text(item, &format!("{thing}.{name}")),
            None => items::text(item, name),
        };
        let guild = || field("guild_id").or_else(|| guild.map(str::to_owned)).or_else(|| self.direct(&field));
        let id = items::text(item, id)?;
        Some(match self {
            Self::Guild => format!("https://discord.com/channels/{id}"),
            Self::Channel => format!("https://discord.com/channels/{}/{id}", guild()?),
            Self::Message => format!("https://discord.com/channels/{}/{}/{id}", guild()?, field("channel_id")?),
            Self::Event => format!("https://discord.com/events/{}/{id}", guild()?),
            Self::Invite => format!("https://discord.gg/{id}"),
            Self::Template => format!("https://discord.new/{id}"),
        })
    }

    /// The two types of channels outside of servers: direct messages and group direct messages.
    fn direct(self, field: &impl Fn(&str) -> Option<String>) -> Option<String> {
        let is_direct = self == Self::Channel && matches!(field("type")?.as_str(), "1" | "3");
        is_direct.then(|| DIRECT.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Entity;
    use crate::model::target::{self, Target};

    fn url(link: Link, id: &str, guild: Option<&str>, item: &str) -> Option<String> {
        link.url(serde_json::from_str(item).unwrap(), id, guild)
    }

    #[test]
    fn each_kind_of_object_has_the_link_that_discord_copies() {
        let message = r#"{"id":"3","channel_id":"2"}"#;
        for (link, id, guild, item, expected) in [
            (Link::Guild, "id", None, r#"{"id":"1"}"#, Some("https://discord.com/channels/1")),
            (Link::Channel, "id", None, r#"{"id":"2","guild_id":"1"}"#, Some("https://discord.com/channels/1/2")),
            (Link::Channel, "id", Some("9"), r#"{"id":"2","type":0}"#, Some("https://discord.com/channels/9/2")),
            (Link::Channel, "id", None, r#"{"id":"2","type":1}"#, Some("https://discord.com/channels/@me/2")),
            (Link::Channel, "id", None, r#"{"id":"2","type":0}"#, None),
            (Link::Message, "id", Some("1"), message, Some("https://discord.com/channels/1/2/3")),
            (Link::Message, "id", Some("@me"), message, Some("https://discord.com/channels/@me/2/3")),
            (Link::Message, "id", None, message, None),
            (
                Link::Message,
                "message.id",
                Some("1"),
                r#"{"pinned_at":"x","message":{"id":"3","channel_id":"2"}}"#,
                Some("https://discord.com/channels/1/2/3"),
            ),
            (Link::Event, "id", None, r#"{"id":"4","guild_id":"1"}"#, Some("https://discord.com/events/1/4")),
            (Link::Invite, "code", None, r#"{"code":"abc"}"#, Some("https://discord.gg/abc")),
            (Link::Invite, "code", None, r#"{"code":null}"#, None),
            (Link::Template, "code", None, r#"{"code":"xyz"}"#, Some("https://discord.new/xyz")),
        ] {
            let made = url(link, id, guild, item);
            assert_eq!(made.as_deref(), expected, "{item}");
            let entity = match link {
                Link::Guild => Entity::Guild,
                Link::Channel => Entity::Channel,
                Link::Message => Entity::Message,
                Link::Event => Entity::Event,
                Link::Invite => Entity::Invite,
                Link::Template => Entity::Template,
            };
            let reads = |url: &String| matches!(target::parse(entity, url), Target::Link { .. } | Target::Code(_));
            assert!(made.iter().all(reads), "{made:?}");
        }
    }
}
