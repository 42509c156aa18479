//! The properties of each kind that only the cache uses: its key, its SQL view, and the intent that keeps its rows up to date.

pub use crate::model::Kind;
use crate::model::intent;

impl Kind {
    /// The name of its SQL view.
    pub fn view(self) -> String {
        format!("{}s", self.name().replace('-', "_"))
    }

    /// The field of its JSON that is its key in the cache.
    pub(super) const fn id(self) -> KeyField {
        match self {
            Self::Member | Self::Ban | Self::Presence => KeyField::User,
            Self::VoiceState => KeyField::UserId,
            Self::Sound => KeyField::SoundId,
            // Discord identifies a stage instance by its channel, which has at most one.
            Self::Stage => KeyField::ChannelId,
            Self::Invite | Self::Template => KeyField::Code,
            _ => KeyField::Own,
        }
    }

    /// The intent whose events keep its rows up to date. `None` if there are no such events, or none that contain the change.
    pub(super) const fn intent(self) -> Option<u64> {
        Some(match self {
            Self::Guild | Self::Channel | Self::Thread | Self::Role | Self::Stage => intent::GUILDS,
            Self::Member => intent::GUILD_MEMBERS,
            Self::Ban => intent::GUILD_MODERATION,
            Self::Emoji | Self::Sticker | Self::Sound => intent::GUILD_EXPRESSIONS,
            Self::Integration => intent::GUILD_INTEGRATIONS,
            Self::Invite => intent::GUILD_INVITES,
            Self::VoiceState => intent::GUILD_VOICE_STATES,
            Self::Presence => intent::GUILD_PRESENCES,
            Self::Message => intent::GUILD_MESSAGES,
            Self::Event => intent::GUILD_SCHEDULED_EVENTS,
            Self::AutomodRule => intent::AUTO_MODERATION_CONFIGURATION,
            Self::User | Self::Webhook | Self::Command | Self::Entitlement | Self::Template => return None,
        })
    }
}

/// The field of an object's JSON that is its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyField {
    Own,
    User,
    UserId,
    SoundId,
    ChannelId,
    Code,
}
