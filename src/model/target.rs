//! Parses targets: ids, mentions, links, `@me` and names. `resolve` finds the objects with those names.

use super::{Entity, Snowflake};

/// A parsed target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Id(Snowflake),
    /// `@me`: the user of the token.
    Me,
    /// A link into Discord's client: `https://discord.com/channels/GUILD[/CHANNEL[/MESSAGE]]` or
    /// `https://discord.com/events/GUILD/EVENT`. The guild is `None` for direct messages.
    Link {
        guild: Option<Snowflake>,
        channel: Option<Snowflake>,
        message: Option<Snowflake>,
        event: Option<Snowflake>,
    },
    /// An emoji in the form of the reaction endpoints: `name:id`, or the character itself.
    Emoji(String),
    /// An invite's or template's code.
    Code(String),
    /// A text that is neither a name nor valid for this kind of target, described: `a mention of a role`.
    Other(&'static str),
    /// Anything else: a name to look up.
    Name(String),
}

/// Parses a target of the given kind.
pub fn parse(entity: Entity, text: &str) -> Target {
    let text = text.trim();
    let is_code = matches!(entity, Entity::Invite | Entity::Template);
    // A code may consist of digits only, with leading zeros.
    if let Ok(id) = text.parse()
        && !is_code
    {
        return Target::Id(id);
    }
    if text == "@me" {
        return Target::Me;
    }
    if let Some(page) = page(text) {
        return match (entity, page) {
            (Entity::Invite, Page::Invite(code)) | (Entity::Template, Page::Template(code)) => {
                Target::Code(code.to_owned())
            }
            (Entity::User | Entity::Ban | Entity::Any, Page::User(id)) => Target::Id(id),
            (_, Page::Place(link)) => link,
            (_, Page::Invite(_)) => Target::Other("an invite link"),
            (_, Page::Template(_)) => Target::Other("a template link"),
            (_, Page::User(_)) => Target::Other("a link to a user"),
            (_, Page::Unknown) => Target::Other("a link to another website"),
        };
    }
    if is_code && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Target::Code(text.to_owned());
    }
    match mention(entity, text) {
        Some(target) => target,
        None if is_code => Target::Other("not a code"),
        None if entity == Entity::Emoji => emoji(text),
        None => Target::Name(text.to_owned()),
    }
}

/// Reads `<#1>`, `<@1>`, `<@!1>`, `<@&1>`, `</name:1>`, `<:name:1>` and `<id:linked-roles:1>`. Source: Discord's
/// reference, "Message Formatting".
fn mention(wanted: Entity, text: &str) -> Option<Target> {
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let (kind, digits, what) = if let Some(digits) = inner.strip_prefix("@&") {
        (Entity::Role, digits, "a mention of a role")
    } else if let Some(digits) = inner.strip_prefix("@!").or_else(|| inner.strip_prefix('@')) {
        (Entity::User, digits, "a mention of a user")
    } else if let Some(digits) = inner.strip_prefix('#') {
        (Entity::Channel, digits, "a mention of a channel")
    } else if let Some(named) = inner.strip_prefix('/') {
        (Entity::Command, named.rsplit_once(':')?.1, "a mention of a command")
    } else if let Some(digits) = inner.strip_prefix("id:linked-roles:") {
        (Entity::Role, digits, "a mention of a role")
    } else if inner.starts_with("id:") {
        return Some(Target::Other("a link to a page of the server"));
    } else {
        let named = inner.strip_prefix("a:").or_else(|| inner.strip_prefix(':'))?;
        (Entity::Emoji, named.rsplit_once(':')?.1, "an emoji")
    };
    let id = digits.parse().ok()?;
    match (wanted, kind) {
        (Entity::Emoji, Entity::Emoji) => None,
        (Entity::Ban, Entity::User) | (Entity::Any, Entity::Role | Entity::User | Entity::Channel) => {
            Some(Target::Id(id))
        }
        _ if wanted == kind => Some(Target::Id(id)),
        // A user where a channel is expected means the direct messages with that user.
        (Entity::Channel, Entity::User) => None,
        _ => Some(Target::Other(what)),
    }
}

/// The object that a URL refers to.
enum Page<'a> {
    /// Always a [`Target::Link`].
    Place(Target),
    Invite(&'a str),
    Template(&'a str),
    User(Snowflake),
    Unknown,
}

/// The object that a URL refers to, with or without `<>` around it. URLs of Discord's hosts may omit the scheme. `None`
/// if the text is not a URL.
fn page(text: &str) -> Option<Page<'_>> {
    let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text);
    let (has_scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") => {
            (true, rest)
        }
        _ => (false, text),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let site = match site(host) {
        None if has_scheme => Some(Site::Foreign),
        site => site.filter(|_| has_scheme || !path.is_empty()),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let found = match (site?, segments.as_slice()) {
        (Site::Client, ["channels", guild, within @ ..]) => place(guild, within),
        (Site::Client, ["events", guild, event] | ["events", guild, event, _]) => event_at(guild, event),
        (Site::Client, ["users", user]) => user.parse().ok().map(Page::User),
        (Site::Client, ["invite", code]) | (Site::Invites, [code]) => Some(Page::Invite(code)),
        (Site::Client, ["template", code]) | (Site::Templates, [code]) => Some(Page::Template(code)),
        _ => None,
    };
    Some(found.unwrap_or(Page::Unknown))
}

/// The kind of links that a host has.
enum Site {
    /// `discord.com` and `discordapp.com`, also of the test builds.
    Client,
    /// `discord.gg`.
    Invites,
    /// `discord.new`.
    Templates,
    Foreign,
}

/// The kind of links of one of Discord's hosts.
fn site(host: &str) -> Option<Site> {
    let host = host.to_ascii_lowercase();
    let client = ["www.", "ptb.", "canary."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(&host);
    match (client, host.strip_prefix("www.").unwrap_or(&host)) {
        ("discord.com" | "discordapp.com", _) => Some(Site::Client),
        (_, "discord.gg") => Some(Site::Invites),
        (_, "discord.new") => Some(Site::Templates),
        _ => None,
    }
}

/// The rest of a path after `/channels/GUILD`: a channel, a message, or a thread after its channel.
fn place<'a>(guild: &str, within: &[&str]) -> Option<Page<'a>> {
    let (channel, message) = match within {
        [] => (None, None),
        [channel] | [_, "threads", channel] => (Some(*channel), None),
        [channel, message] | [_, "threads", channel, message] => (Some(*channel), Some(*message)),
        _ => return None,
    };
    let id = |text: Option<&str>| text.map(str::parse::<Snowflake>).transpose().ok();
    let guild = if guild == "@me" { None } else { Some(guild.parse().ok()?) };
    Some(Page::Place(Target::Link { guild, channel: id(channel)?, message: id(message)?, event: None }))
}

fn event_at<'a>(guild: &str, event: &str) -> Option<Page<'a>> {
    let (guild, event) = (guild.parse().ok()?, event.parse().ok()?);
    Some(Page::Place(Target::Link { guild: Some(guild), channel: None, message: None, event: Some(event) }))
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
    // `:tada:` and plain words are names. A text with a character outside ASCII, or a keycap, is the emoji itself.
    if text.is_ascii() { Target::Name(text.to_owned()) } else { Target::Emoji(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> Snowflake {
        Snowflake::new(n)
    }

    fn link(guild: u64, channel: Option<u64>, message: Option<u64>) -> Target {
        let guild = (guild != 0).then(|| id(guild));
        Target::Link { guild, channel: channel.map(id), message: message.map(id), event: None }
    }

    #[test]
    fn each_form_of_a_target_is_parsed() {
        for (entity, text, expected) in [
            (Entity::Channel, "12", Target::Id(id(12))),
            (Entity::Channel, "<#12>", Target::Id(id(12))),
            (Entity::Channel, "<@12>", Target::Name("<@12>".into())),
            (Entity::User, "<@12>", Target::Id(id(12))),
            (Entity::User, "<@!12>", Target::Id(id(12))),
            (Entity::User, "@me", Target::Me),
            (Entity::User, "https://discord.com/users/12", Target::Id(id(12))),
            (Entity::Ban, "<@12>", Target::Id(id(12))),
            (Entity::Role, "<@&12>", Target::Id(id(12))),
            (Entity::Role, "<id:linked-roles:12>", Target::Id(id(12))),
            (Entity::Any, "<@&12>", Target::Id(id(12))),
            (Entity::Any, "<@12>", Target::Id(id(12))),
            (Entity::Command, "</ban user:12>", Target::Id(id(12))),
            (Entity::Emoji, "<:blob:12>", Target::Emoji("blob:12".into())),
            (Entity::Emoji, "<a:blob:12>", Target::Emoji("blob:12".into())),
            (Entity::Emoji, "blob:12", Target::Emoji("blob:12".into())),
            (Entity::Emoji, "👍🏽", Target::Emoji("👍🏽".into())),
            (Entity::Emoji, "#️⃣", Target::Emoji("#️⃣".into())),
            (Entity::Emoji, ":tada:", Target::Name(":tada:".into())),
            (Entity::Channel, "#general", Target::Name("#general".into())),
            (Entity::Channel, "discord.com", Target::Name("discord.com".into())),
        ] {
            assert_eq!(parse(entity, text), expected, "{text:?} as {entity:?}");
        }
    }

    #[test]
    fn links_of_all_discord_hosts_are_parsed() {
        const HOSTS: [&str; 8] = [
            "discord.com",
            "discordapp.com",
            "www.discord.com",
            "www.discordapp.com",
            "ptb.discord.com",
            "ptb.discordapp.com",
            "canary.discord.com",
            "Canary.DiscordApp.com",
        ];
        for host in HOSTS {
            for (scheme, before, after) in [
                ("https://", "", ""),
                ("http://", "", "/"),
                ("HTTPS://", "<", ">"),
                ("", "", "?jump=1"),
                ("https://", "<", "//#top>"),
            ] {
                let text = |path: &str| format!("{before}{scheme}{host}/{path}{after}");
                for (path, expected) in [
                    ("channels/1", link(1, None, None)),
                    ("channels/1/2", link(1, Some(2), None)),
                    ("channels/1/2/3", link(1, Some(2), Some(3))),
                    ("channels/@me/2/3", link(0, Some(2), Some(3))),
                    ("channels/1/2/threads/4", link(1, Some(4), None)),
                    ("channels/1/2/threads/4/5", link(1, Some(4), Some(5))),
                ] {
                    assert_eq!(parse(Entity::Channel, &text(path)), expected, "{}", text(path));
                }
                let event = Target::Link { guild: Some(id(1)), channel: None, message: None, event: Some(id(9)) };
                assert_eq!(parse(Entity::Event, &text("events/1/9")), event);
                assert_eq!(parse(Entity::Invite, &text("invite/abc")), Target::Code("abc".into()));
                assert_eq!(parse(Entity::Template, &text("template/xyz")), Target::Code("xyz".into()));
            }
        }
        for (entity, text, code) in [
            (Entity::Invite, "https://discord.gg/abc?event=1", "abc"),
            (Entity::Invite, "discord.gg/abc", "abc"),
            (Entity::Invite, "<https://discord.gg/abc/>", "abc"),
            (Entity::Invite, "abc", "abc"),
            (Entity::Invite, "0012345", "0012345"),
            (Entity::Template, "https://discord.new/xyz", "xyz"),
            (Entity::Template, "discord.new/xyz", "xyz"),
        ] {
            assert_eq!(parse(entity, text), Target::Code(code.into()), "{text}");
        }
    }

    #[test]
    fn a_malformed_target_is_not_treated_as_a_name() {
        for (entity, text) in [
            (Entity::User, "<@&12>"),
            (Entity::User, "<#12>"),
            (Entity::Role, "<@12>"),
            (Entity::Role, "<id:customize>"),
            (Entity::Channel, "<@&12>"),
            (Entity::Channel, "<:blob:12>"),
            (Entity::Emoji, "<@12>"),
            (Entity::Guild, "<#12>"),
            (Entity::Channel, "https://discord.gg/abc"),
            (Entity::Channel, "https://discord.com/channels/1/customize-community"),
            (Entity::Message, "https://evil.example/channels/1/2/3"),
            (Entity::Message, "https://discord.com.evil.example/channels/1/2/3"),
            (Entity::Message, "https://discord.com@evil.example/channels/1/2/3"),
            (Entity::Message, "https://discord.com/channels/1/2/3/4"),
            (Entity::Invite, "https://evil.example/abc"),
            (Entity::Invite, "https://discord.gg/"),
            (Entity::Invite, "https://discord.new/abc"),
            (Entity::Invite, "evil.example/abc"),
            (Entity::Template, ".."),
        ] {
            let read = parse(entity, text);
            assert!(matches!(read, Target::Other(_)), "{text:?} as {entity:?}: {read:?}");
        }
    }
}
