//! The server, channel or webhook to which a call applies.

use super::types::{Endpoint, Param, ParamKind, Place};
use crate::model::Entity;

/// How a parameter's value determines the server of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The value is the server's id.
    Guild,
    /// The value is the id of a channel, which belongs to at most one server.
    Channel,
    /// The value is the id of a webhook, which posts to one server.
    Webhook,
}

impl Param {
    /// How the value determines the server of the call.
    pub const fn subject(&self) -> Option<Subject> {
        match self.kind {
            _ if self.implied => None,
            ParamKind::Snowflake(Entity::Guild) => Some(Subject::Guild),
            ParamKind::Snowflake(Entity::Channel) | ParamKind::Position(Entity::Channel) => Some(Subject::Channel),
            ParamKind::Snowflake(Entity::Webhook) => Some(Subject::Webhook),
            _ => None,
        }
    }
}

impl Endpoint {
    /// The parameters that determine the server of the call, including those inside JSON fields.
    pub fn subjects(&self) -> impl Iterator<Item = (&'static Param, Subject)> + use<> {
        self.everything().filter_map(|param| Some((param, param.subject()?)))
    }

    /// The path parameter that names the server, channel or webhook.
    pub fn path_subject(&self, subject: Subject) -> Option<&'static Param> {
        self.subjects().find(|(param, of)| *of == subject && param.place == Place::Path).map(|(param, _)| param)
    }

    /// Whether the path has no parameter whose object could belong to a server.
    pub fn is_outside_guilds(&self) -> bool {
        use Entity::{Application, Sku, StickerPack, Subscription, User};
        let outside = |param: &Param| {
            matches!(param.kind, ParamKind::Snowflake(Application | User | Sku | StickerPack | Subscription))
        };
        self.everything().filter(|param| param.place == Place::Path).all(outside)
    }
}
