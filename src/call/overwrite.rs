//! The current permission overwrites of channels.

use anyhow::Context as _;
use serde_json::Value;

use super::App;
use super::exchange::exchange;
use super::policy::{Confirm, Policy, Question};
use crate::cache::Kind;
use crate::catalogue::{Endpoint, choices, rows};
use crate::error::Result;
use crate::model::permission::{self, Overwrite};
use crate::resolve;
use crate::rest::{Body, Request, Text};

/// Reads a channel from Discord and stores it in the cache.
pub async fn channel(app: &App, policy: &Policy<'_>, id: &str) -> Result<Value> {
    let row = rows::GET_CHANNEL;
    let mut request = Request::new(row);
    request.set_segment("channel_id", Text::Plain(id.to_owned()));
    let response = exchange(app, policy, row, &request, false).await?;
    Ok(serde_json::from_slice(&response.body).context("Discord's response about the channel is not JSON")?)
}

/// A channel from the cache, if it is complete and at most this old.
pub fn cached_channel(app: &App, id: &str, most_ms: i64) -> Option<Value> {
    let now_ms = app.clock.wall_ms();
    let row = app.with_cache(|cache| {
        let row = match cache.get(Kind::Channel, None, id)? {
            Some(row) => Some(row),
            None => cache.get(Kind::Thread, None, id)?,
        };
        let Some(row) = row.filter(crate::cache::CachedRow::is_whole) else { return Ok(None) };
        let at = cache.now_if_live(row.kind, row.guild, row.fetched_at, now_ms)?;
        Ok(Some(row.json).filter(|_| now_ms.saturating_sub(at) <= most_ms))
    });
    serde_json::from_str(&row.flatten()?).ok()
}

/// The overwrite of a role or member in a channel, or an empty overwrite if there is none.
pub fn of(channel: &Value, id: u64) -> Overwrite {
    let found = Overwrite::of_channel(channel).into_iter().find(|overwrite| overwrite.id == id);
    found.unwrap_or(Overwrite { id, ..Overwrite::default() })
}

/// The names of the permissions in a bit set. A bit without a name is listed as a number.
pub fn named(bits: u64) -> Vec<String> {
    choices::names_of_bits(choices::PERMISSIONS, bits)
}

/// Asks for confirmation if the new overwrite drops permissions of the existing one.
pub async fn confirm_replacing(
    app: &App,
    policy: &Policy<'_>,
    endpoint: &'static Endpoint,
    request: &Request,
) -> Result<()> {
    let plain = |name: &str| match request.segment(name) {
        Some(Text::Plain(id)) => Some(id.as_str()),
        _ => None,
    };
    let (Some(channel), Some(id), Body::Json(body)) = (plain("channel_id"), plain("overwrite_id"), &request.body)
    else {
        return Ok(());
    };
    let Ok(id) = id.parse() else { return Ok(()) };
    if matches!(policy.confirm, Confirm::Granted) {
        return Ok(());
    }
    let known = match cached_channel(app, channel, resolve::FRESH_MS) {
        Some(known) => known,
        None => match self::channel(app, policy, channel).await {
            Ok(known) => known,
            // A channel that cannot be read cannot be changed either, and the error of that request explains why.
            Err(_) => return Ok(()),
        },
    };
    let new = Overwrite { id, allow: permission::bits(&body["allow"]), deny: permission::bits(&body["deny"]) };
    let dropped = of(&known, id).dropped_by(new);
    if dropped == 0 {
        return Ok(());
    }
    let dropped = named(dropped).join(", ");
    let command = endpoint.words();
    Ok(policy.confirm.ask(Question::Replace { command, dropped })?)
}
