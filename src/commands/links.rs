//! `-o url`: the server that a link needs and that the answer does not say.

use super::names::Finder;
use crate::catalogue::{Endpoint, Subject};
use crate::context::Context;
use crate::error::Result;
use crate::model::link::{DIRECT, Link};
use crate::rest::Request;

/// The server of the answer's items. Of a message it is that of its channel or webhook, for which Discord may have to
/// be asked.
pub fn server(context: &Context, endpoint: &Endpoint, request: &Request) -> Result<Option<String>> {
    let id = |subject| request.plain_segment(endpoint.path_subject(subject)?.name);
    if let Some(guild) = id(Subject::Guild) {
        return Ok(Some(guild.to_owned()));
    }
    if endpoint.link != Some(Link::Message) {
        return Ok(None);
    }
    let mut finder = Finder::new(context);
    let guild = match (id(Subject::Channel), id(Subject::Webhook)) {
        (Some(channel), _) => finder.guild_of(channel)?,
        (None, Some(webhook)) => finder.guild_of_webhook(webhook, request.segment("webhook_token"))?,
        (None, None) => return Ok(None),
    };
    Ok(Some(guild.map_or_else(|| DIRECT.to_owned(), |guild| guild.to_string())))
}
