//! Targets, as people name them: ids, mentions, links, `@me`, names.
//!
//! This is only the reading. Which thing a name means is found elsewhere.

use super::{Entity, Snowflake};

/// What a target's text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Id(Snowflake),
    /// `@me`: the user of the token.
    Me,
    /// A link into Discord's client: `https://discord.com/channels/GUILD[/CHANNEL[/MESSAGE]]`.
    /// The guild is `None` for direct messages.
    Link {
        guild: Option<Snowflake>,
        channel: Option<Snowflake>,
        message: Option<Snowflake>,
    },
    /// An emoji as the reaction endpoints want it: `name:id`, or the character itself.
    Emoji(String),
    /// An invite's or template's code.
    Code(String),
    /// Anything else: a name to look up.
    Name(String),
}

/// Hosts whose links are Discord's own.
const HOSTS: [&str; 5] = ["discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com", "www.discord.com"];

/// Reads the text of a target of that kind.
pub fn parse(entity: Entity, text: &str) -> Target {
    let text = text.trim();
    if let Ok(id) = text.parse() {
        return Target::Id(id);
    }
    if text == "@me" {
        return Target::Me;
    }
    if let Some(link) = link(text) {
        return link;
    }
    match entity {
        Entity::Emoji => return emoji(text),
        Entity::Invite | Entity::Template => return Target::Code(code(text).to_owned()),
        _ => {}
    }
    match mention(entity, text) {
        Some(id) => Target::Id(id),
        None => Target::Name(text.to_owned()),
    }
}

/// Reads `<#1>`, `<@1>`, `<@!1>`, `<@&1>`, `</name:1>` and `<id:1>`-like mentions of that kind.
fn mention(entity: Entity, text: &str) -> Option<Snowflake> {
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let digits = match entity {
        Entity::Channel => inner.strip_prefix('#')?,
        Entity::Role => inner.strip_prefix("@&")?,
        Entity::User | Entity::Ban => inner.strip_prefix("@!").or_else(|| inner.strip_prefix('@'))?,
        Entity::Command => inner.strip_prefix('/')?.rsplit_once(':')?.1,
        // A role or a member: permission overwrites take either.
        Entity::Any => inner.trim_start_matches(['@', '!', '&', '#']),
        _ => return None,
    };
    digits.parse().ok()
}

/// `https://discord.com/channels/1/2/3` in its parts.
fn link(text: &str) -> Option<Target> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    if !HOSTS.contains(&host) {
        return None;
    }
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.trim_end_matches('/').split('/');
    if parts.next() != Some("channels") {
        return None;
    }
    let guild = match parts.next()? {
        "@me" => None,
        id => Some(id.parse().ok()?),
    };
    let mut next = || parts.next().map(str::parse).transpose().ok();
    let (channel, message) = (next()?, next()?);
    Some(Target::Link { guild, channel, message })
}

/// `<:name:id>`, `<a:name:id>`, `name:id` or the character.
fn emoji(text: &str) -> Target {
    let custom = text
        .strip_prefix('<')
        .and_then(|t| t.strip_suffix('>'))
        .map_or(text, |t| t.strip_prefix("a:").or_else(|| t.strip_prefix(':')).unwrap_or(t));
    if let Some((name, id)) = custom.rsplit_once(':')
        && !name.is_empty()
        && id.parse::<Snowflake>().is_ok()
    {
        return Target::Emoji(format!("{name}:{id}"));
    }
    // `:tada:` and bare words are names; what has a character outside ASCII, or is a keycap, is the
    // emoji itself.
    if text.is_ascii() { Target::Name(text.to_owned()) } else { Target::Emoji(text.to_owned()) }
}

/// The code in an invite's or template's link, or the text itself.
fn code(text: &str) -> &str {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest).trim_end_matches('/');
    for prefix in
        ["discord.gg/", "discord.new/", "discord.com/invite/", "discord.com/template/", "discordapp.com/invite/"]
    {
        if let Some(code) = rest.strip_prefix(prefix) {
            return code;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> Snowflake {
        Snowflake::new(n)
    }

    #[test]
    fn each_way_to_name_a_target_is_understood() {
        let link = |guild, channel, message| Target::Link { guild, channel, message };
        for (entity, text, expected) in [
            (Entity::Channel, "12", Target::Id(id(12))),
            (Entity::Channel, "<#12>", Target::Id(id(12))),
            (Entity::Channel, "<@12>", Target::Name("<@12>".into())),
            (Entity::User, "<@12>", Target::Id(id(12))),
            (Entity::User, "<@!12>", Target::Id(id(12))),
            (Entity::User, "@me", Target::Me),
            (Entity::Role, "<@&12>", Target::Id(id(12))),
            (Entity::Any, "<@&12>", Target::Id(id(12))),
            (Entity::Any, "<@12>", Target::Id(id(12))),
            (Entity::Command, "</ban user:12>", Target::Id(id(12))),
            (Entity::Message, "https://discord.com/channels/1/2/3", link(Some(id(1)), Some(id(2)), Some(id(3)))),
            (Entity::Message, "https://ptb.discord.com/channels/@me/2/3", link(None, Some(id(2)), Some(id(3)))),
            (Entity::Channel, "https://discord.com/channels/1/2", link(Some(id(1)), Some(id(2)), None)),
            (Entity::Guild, "https://discord.com/channels/1", link(Some(id(1)), None, None)),
            (
                Entity::Message,
                "https://evil.example/channels/1/2/3",
                Target::Name("https://evil.example/channels/1/2/3".into()),
            ),
            (Entity::Emoji, "<:blob:12>", Target::Emoji("blob:12".into())),
            (Entity::Emoji, "<a:blob:12>", Target::Emoji("blob:12".into())),
            (Entity::Emoji, "blob:12", Target::Emoji("blob:12".into())),
            (Entity::Emoji, "👍🏽", Target::Emoji("👍🏽".into())),
            (Entity::Emoji, "#️⃣", Target::Emoji("#️⃣".into())),
            (Entity::Emoji, ":tada:", Target::Name(":tada:".into())),
            (Entity::Invite, "https://discord.gg/abc?event=1", Target::Code("abc".into())),
            (Entity::Invite, "abc", Target::Code("abc".into())),
            (Entity::Template, "https://discord.new/xyz", Target::Code("xyz".into())),
            (Entity::Channel, "#general", Target::Name("#general".into())),
        ] {
            assert_eq!(parse(entity, text), expected, "{text:?} as {entity:?}");
        }
    }
}
