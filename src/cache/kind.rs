//! The kinds of things that are kept.

use std::fmt;
use std::str::FromStr;

use super::Error;

/// What a row is. The number is what the file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    Guild = 1,
    /// A channel that is no thread, direct messages included.
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

    /// Its name on the command line.
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

    /// Its view in SQL.
    pub fn view(self) -> String {
        format!("{}s", self.name().replace('-', "_"))
    }

    /// Where its JSON has its id.
    pub(super) const fn id(self) -> KeyAt {
        match self {
            Self::Member | Self::Ban | Self::Presence => KeyAt::User,
            Self::VoiceState => KeyAt::UserId,
            Self::Sound => KeyAt::SoundId,
            Self::Invite | Self::Template => KeyAt::Code,
            _ => KeyAt::Own,
        }
    }

    /// Whether an id names it in one guild only: a member is a user in a guild.
    pub const fn is_per_guild(self) -> bool {
        matches!(self, Self::Member | Self::Ban | Self::VoiceState | Self::Presence)
    }

    /// The intent whose events keep it up to date, as its bit; `None` where no events do, or none
    /// that say what changed. Source: Discord's reference, "List of Intents".
    pub(super) const fn intent(self) -> Option<u32> {
        Some(match self {
            Self::Guild | Self::Channel | Self::Thread | Self::Role | Self::Stage => 0,
            Self::Member => 1,
            Self::Ban => 2,
            Self::Emoji | Self::Sticker | Self::Sound => 3,
            Self::Integration => 4,
            Self::Invite => 6,
            Self::VoiceState => 7,
            Self::Presence => 8,
            Self::Message => 9,
            Self::Event => 16,
            Self::AutomodRule => 20,
            Self::User | Self::Webhook | Self::Command | Self::Entitlement | Self::Template => return None,
        })
    }
}

/// Where a kind's JSON has its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyAt {
    Own,
    User,
    UserId,
    SoundId,
    Code,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Error;

    /// Takes the name, in the plural too.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wanted = text.trim().to_ascii_lowercase().replace('_', "-");
        let singular = wanted.strip_suffix('s').unwrap_or(&wanted);
        let found = Self::ALL.into_iter().find(|kind| kind.name() == wanted || kind.name() == singular);
        found.ok_or_else(|| Error::Kind(text.to_owned(), Self::ALL.map(Self::name).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_found_by_its_number_name_and_plural() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind.number()), at + 1, "numbers are in the file and never change");
            assert_eq!(Kind::from_number(kind.number()), Some(kind));
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
            assert_eq!(kind.view().parse::<Kind>().unwrap(), kind);
        }
        assert!("nonsense".parse::<Kind>().is_err());
    }
}
