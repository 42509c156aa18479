//! What the cache alone knows of each kind: its key, its SQL view, and the intent that keeps its rows current.

pub use crate::model::Kind;

impl Kind {
    /// The name of its SQL view.
    pub fn view(self) -> String {
        format!("{}s", self.name().replace('-', "_"))
    }

    /// The member of its JSON that is its key in the cache.
    pub(super) const fn id(self) -> KeyAt {
        match self {
            Self::Member | Self::Ban | Self::Presence => KeyAt::User,
            Self::VoiceState => KeyAt::UserId,
            Self::Sound => KeyAt::SoundId,
            // Discord addresses a stage instance by its channel, which has one at most.
            Self::Stage => KeyAt::ChannelId,
            Self::Invite | Self::Template => KeyAt::Code,
            _ => KeyAt::Own,
        }
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

/// The member of an object's JSON that is its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyAt {
    Own,
    User,
    UserId,
    SoundId,
    ChannelId,
    Code,
}
