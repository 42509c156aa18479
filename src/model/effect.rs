//! What the success of a call means for the objects that the cache stores.

use super::Kind;

/// One consequence of a call that succeeded. A row of the catalogue may have several.
///
/// An object of a kind is named by the path parameter [`Kind::param`], and its server by `guild_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The answer is one object with all its fields.
    One(Kind),
    /// The answer is one object with some of its fields.
    PartOf(Kind),
    /// The answer is the token's own user.
    Me,
    /// The answer lists all objects of the kind that the server has; those of the bot or of the application where the
    /// path names no server.
    All(Kind),
    /// The answer lists some objects, each with all its fields.
    Several(Kind),
    /// The answer lists some objects, each with some of its fields.
    Parts(Kind),
    /// The answer lists messages of a channel. Read up to the channel's first message, it lists all of them.
    History,
    /// The object no longer exists.
    Deletes(Kind),
    /// The objects whose ids are in this list of the request's body no longer exist.
    DeletesEach(Kind, &'static str),
    /// The object has changed, and the answer does not say how.
    Outdates(Kind),
    /// Objects of the server have changed, been added or been removed, and the answer does not say which.
    Unlists(Kind),
    /// The bot is no longer in the server.
    Leaves,
}

impl Effect {
    /// The kind of the objects that the effect is about.
    pub const fn kind(self) -> Kind {
        match self {
            Self::One(kind)
            | Self::PartOf(kind)
            | Self::All(kind)
            | Self::Several(kind)
            | Self::Parts(kind)
            | Self::Deletes(kind)
            | Self::DeletesEach(kind, _)
            | Self::Outdates(kind)
            | Self::Unlists(kind) => kind,
            Self::Me => Kind::User,
            Self::History => Kind::Message,
            Self::Leaves => Kind::Guild,
        }
    }
}
