//! `-o url`: the server that a link needs and that the answer does not say.

use super::policy::Policy;
use super::{App, lookup};
use crate::catalogue::{Endpoint, Subject};
use crate::error::Result;
use crate::model::link::{DIRECT, Link};
use crate::rest::Request;

/// The server of the answer's items. Of a message it is that of its channel or webhook, for which Discord may have to
/// be asked.
pub async fn of(app: &App, policy: &Policy<'_>, endpoint: &Endpoint, request: &Request) -> Result<Option<String>> {
    let id = |subject| request.plain_segment(endpoint.path_subject(subject)?.name);
    if let Some(guild) = id(Subject::Guild) {
        return Ok(Some(guild.to_owned()));
    }
    if endpoint.link != Some(Link::Message) {
        return Ok(None);
    }
    let guild = match (id(Subject::Channel), id(Subject::Webhook)) {
        (Some(channel), _) => lookup::guild_of_channel(app, policy, channel).await?,
        (None, Some(webhook)) => {
            lookup::guild_of_webhook(app, policy, webhook, request.segment("webhook_token")).await?
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(guild.map_or_else(|| DIRECT.to_owned(), |guild| guild.to_string())))
}
