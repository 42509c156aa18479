//! The kinds of objects that have ids.

/// The kind of object that a target names. Target parsing, usage lines and completion depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entity {
    Application,
    Attachment,
    AutomodRule,
    /// A banned user, who is usually no longer a member.
    Ban,
    /// A channel of any kind, including threads and direct messages.
    Channel,
    Command,
    Emoji,
    Entitlement,
    Event,
    Guild,
    Integration,
    Interaction,
    Invite,
    Lobby,
    Message,
    Role,
    Sku,
    Sound,
    Sticker,
    StickerPack,
    Subscription,
    Tag,
    Template,
    User,
    Webhook,
    /// An object of an unknown kind.
    Any,
}

impl Entity {
    /// The kind with its article: `a channel`, `an emoji`.
    pub fn one(self) -> String {
        let noun = self.noun();
        let article = if noun.starts_with(['a', 'e', 'i', 'o', 'S']) { "an" } else { "a" };
        format!("{article} {noun}")
    }

    /// The word for the kind in errors and help.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Attachment => "attachment",
            Self::AutomodRule => "auto-moderation rule",
            Self::Ban => "banned user",
            Self::Channel => "channel",
            Self::Command => "command",
            Self::Emoji => "emoji",
            Self::Entitlement => "entitlement",
            Self::Event => "scheduled event",
            Self::Guild => "server",
            Self::Integration => "integration",
            Self::Interaction => "interaction",
            Self::Invite => "invite",
            Self::Lobby => "lobby",
            Self::Message => "message",
            Self::Role => "role",
            Self::Sku => "SKU",
            Self::Sound => "sound",
            Self::Sticker => "sticker",
            Self::StickerPack => "sticker pack",
            Self::Subscription => "subscription",
            Self::Tag => "tag",
            Self::Template => "template",
            Self::User => "user",
            Self::Webhook => "webhook",
            Self::Any => "id",
        }
    }
}
