//! Finds the server for links to the items of a response that does not contain it.

use super::intent::FindServer;
use super::policy::Policy;
use super::{App, lookup};
use crate::cache::{self, Cache, CachedRow, Kind};
use crate::catalogue::{Endpoint, Subject};
use crate::error::Result;
use crate::model::link::{DIRECT, Link};
use crate::rest::Request;

/// The server of the response's items. For a message, the server of its channel or webhook.
pub async fn of(
    app: &App,
    policy: &Policy<'_>,
    endpoint: &Endpoint,
    request: &Request,
    how: FindServer,
) -> Result<Option<String>> {
    let id = |subject| request.plain_segment(endpoint.path_subject(subject)?.name);
    if how == FindServer::No {
        return Ok(None);
    }
    if let Some(guild) = id(Subject::Guild) {
        return Ok(Some(guild.to_owned()));
    }
    if endpoint.link != Some(Link::Message) {
        return Ok(None);
    }
    let (channel, webhook) = (id(Subject::Channel), id(Subject::Webhook));
    if how == FindServer::Cached {
        let row = app.with_cache(|cache| cached(cache, channel, webhook)).flatten();
        return Ok(row.map(|row| name(row.guild)));
    }
    let guild = match (channel, webhook) {
        (Some(channel), _) => lookup::guild_of_channel(app, policy, channel).await?,
        (None, Some(webhook)) => {
            lookup::guild_of_webhook(app, policy, webhook, request.segment("webhook_token")).await?
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(name(guild)))
}

/// The cached channel or webhook, which contains the server.
fn cached(cache: &Cache, channel: Option<&str>, webhook: Option<&str>) -> Result<Option<CachedRow>, cache::Error> {
    if let Some(id) = channel {
        let row = cache.get(Kind::Channel, None, id)?;
        return if row.is_none() { cache.get(Kind::Thread, None, id) } else { Ok(row) };
    }
    webhook.map_or(Ok(None), |id| cache.get(Kind::Webhook, None, id))
}

/// The server as it appears in links.
fn name(guild: Option<u64>) -> String {
    guild.map_or_else(|| DIRECT.to_owned(), |guild| guild.to_string())
}
