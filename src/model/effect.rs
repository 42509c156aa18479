//! How a successful call changes the objects in the cache.

use super::Kind;

/// An effect of a successful call. A row of the catalogue may have several.
///
/// The path parameter [`Kind::param`] is the id of the object, and `guild_id` the id of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The response is one object with all its fields.
    One(Kind),
    /// The response is one object with some of its fields.
    PartOf(Kind),
    /// The response is the user of the token.
    Me,
    /// The response lists all objects of this kind in the server. If the path has no server, it lists those of the bot or
    /// the application.
    All(Kind),
    /// The response lists some objects, each with all its fields.
    Several(Kind),
    /// The response lists some objects, each with some of its fields.
    Parts(Kind),
    /// The response lists messages of a channel. A list that reaches the first message of the channel is complete.
    History,
    /// The object no longer exists.
    Deletes(Kind),
    /// The objects whose ids are in this field of the request body no longer exist.
    DeletesEach(Kind, &'static str),
    /// The object has changed, and the response does not contain the changes.
    Outdates(Kind),
    /// Objects of this kind have been added, changed or removed in the server, and the response does not list them.
    Unlists(Kind),
    /// The bot is no longer in the server.
    Leaves,
}

impl Effect {
    /// The kind of the affected objects.
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
