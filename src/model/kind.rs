//! The kinds of objects in Discord's responses and events, which the cache stores.

use std::fmt;
use std::str::FromStr;

/// The kind of an object. The cache's file stores its number, which therefore never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    Guild = 1,
    /// A channel that is not a thread, including direct messages.
    Channel = 2,
    Thread = 3,
    Role = 4,
    Member = 5,
    User = 6,
    Message = 7,
    Emoji = 8,
    Sticker = 9,
    Sound = 10,
    Event = 11,
    Stage = 12,
    Invite = 13,
    Ban = 14,
    Webhook = 15,
    Integration = 16,
    AutomodRule = 17,
    Command = 18,
    VoiceState = 19,
    Presence = 20,
    Entitlement = 21,
    Template = 22,
}

impl Kind {
    pub const ALL: [Self; 22] = [
        Self::Guild,
        Self::Channel,
        Self::Thread,
        Self::Role,
        Self::Member,
        Self::User,
        Self::Message,
        Self::Emoji,
        Self::Sticker,
        Self::Sound,
        Self::Event,
        Self::Stage,
        Self::Invite,
        Self::Ban,
        Self::Webhook,
        Self::Integration,
        Self::AutomodRule,
        Self::Command,
        Self::VoiceState,
        Self::Presence,
        Self::Entitlement,
        Self::Template,
    ];

    pub const fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The name of the kind on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guild => "guild",
            Self::Channel => "channel",
            Self::Thread => "thread",
            Self::Role => "role",
            Self::Member => "member",
            Self::User => "user",
            Self::Message => "message",
            Self::Emoji => "emoji",
            Self::Sticker => "sticker",
            Self::Sound => "sound",
            Self::Event => "event",
            Self::Stage => "stage",
            Self::Invite => "invite",
            Self::Ban => "ban",
            Self::Webhook => "webhook",
            Self::Integration => "integration",
            Self::AutomodRule => "automod-rule",
            Self::Command => "command",
            Self::VoiceState => "voice-state",
            Self::Presence => "presence",
            Self::Entitlement => "entitlement",
            Self::Template => "template",
        }
    }

    /// The path parameter that names an object of this kind in Discord's REST API.
    pub const fn param(self) -> &'static str {
        match self {
            Self::Guild => "guild_id",
            Self::Channel | Self::Thread | Self::Stage => "channel_id",
            Self::Role => "role_id",
            Self::Member | Self::Ban | Self::User | Self::VoiceState | Self::Presence => "user_id",
            Self::Message => "message_id",
            Self::Emoji => "emoji_id",
            Self::Sticker => "sticker_id",
            Self::Sound => "sound_id",
            Self::Event => "guild_scheduled_event_id",
            Self::Invite | Self::Template => "code",
            Self::Webhook => "webhook_id",
            Self::Integration => "integration_id",
            Self::AutomodRule => "rule_id",
            Self::Command => "command_id",
            Self::Entitlement => "entitlement_id",
        }
    }

    /// Whether an id is unique only within one guild: a member has the id of the user.
    pub const fn is_per_guild(self) -> bool {
        matches!(self, Self::Member | Self::Ban | Self::VoiceState | Self::Presence)
    }
}

/// The error for a text that is not the name of a kind.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not a kind of object that the cache stores; the kinds are {}", Kind::ALL.map(Kind::name).join(", "))]
pub struct UnknownKind {
    text: String,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    /// Accepts the name and its plural, with dashes or underscores.
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let wanted = text.trim().to_ascii_lowercase().replace('_', "-");
        let singular = wanted.strip_suffix('s').unwrap_or(&wanted);
        let found = Self::ALL.into_iter().find(|kind| kind.name() == wanted || kind.name() == singular);
        found.ok_or_else(|| UnknownKind { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_found_by_its_number_name_and_plural() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind.number()), at + 1, "the cache's file has the numbers");
            assert_eq!(Kind::from_number(kind.number()), Some(kind));
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
            assert_eq!(format!("{}s", kind.name().replace('-', "_")).parse::<Kind>().unwrap(), kind);
        }
        assert!("nonsense".parse::<Kind>().is_err());
    }
}
