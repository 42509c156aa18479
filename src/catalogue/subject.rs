//! Which server, channel or webhook a call is about.

use super::types::{Endpoint, Param, ParamKind, Place};
use crate::model::Entity;

/// What a value says about the server of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// It is the server's id.
    Guild,
    /// It is the id of a channel, which is in one server or in none.
    Channel,
    /// It is the id of a webhook, which posts to one server.
    Webhook,
}

impl Param {
    /// What its value says about the server of the call.
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
    /// Each parameter that says something about the server of the call, those inside JSON fields included.
    pub fn subjects(&self) -> impl Iterator<Item = (&'static Param, Subject)> + use<> {
        self.everything().filter_map(|param| Some((param, param.subject()?)))
    }

    /// The path parameter that names the server, channel or webhook.
    pub fn path_subject(&self, subject: Subject) -> Option<&'static Param> {
        self.subjects().find(|(param, of)| *of == subject && param.place == Place::Path).map(|(param, _)| param)
    }

    /// Whether its path names nothing that could be in a server.
    pub fn is_outside_guilds(&self) -> bool {
        use Entity::{Application, Sku, StickerPack, Subscription, User};
        let outside = |param: &Param| {
            matches!(param.kind, ParamKind::Snowflake(Application | User | Sku | StickerPack | Subscription))
        };
        self.everything().filter(|param| param.place == Place::Path).all(outside)
    }
}
