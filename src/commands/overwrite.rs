//! Permission overwrites of channels, as they are now.

use anyhow::Context as _;
use serde_json::Value;

use super::{ask, kept};
use crate::cache::Kind;
use crate::catalogue::{Auth, Scalar, choices, rows};
use crate::context::Context;
use crate::error::{Refused, Result};
use crate::model::permission::{self, Overwrite};
use crate::rest::{Body, Request, Text};

/// A channel that the cache has read so long ago is as good as one that is read now, to see what would be lost.
const FRESH_MS: i64 = 5 * 60 * 1000;

/// Reads a channel from Discord, and keeps it.
pub fn channel(context: &Context, id: &str) -> Result<Value> {
    let row = rows::GET_CHANNEL;
    let mut request = Request::new(row);
    request.set_segment("channel_id", Text::Plain(id.to_owned()));
    let keeper = kept::Keeper::new(context, row, &request);
    let client = context.app.client(Auth::Bot)?;
    let response = context.block_on(client.send(&request))??;
    keeper.keep(&response.body, false);
    Ok(serde_json::from_slice(&response.body).context("the answer about the channel is not JSON")?)
}

/// A channel as the cache has it, if all of it is known and not older than that.
pub fn cached_channel(context: &Context, id: &str, most_ms: i64) -> Option<Value> {
    let now_ms = context.clock.wall_ms();
    let row = context.app.with_cache(|cache| {
        let row = match cache.get(Kind::Channel, None, id)? {
            Some(row) => Some(row),
            None => cache.get(Kind::Thread, None, id)?,
        };
        let Some(row) = row.filter(crate::cache::Found::is_whole) else { return Ok(None) };
        let at = cache.now_if_live(row.kind, row.guild, row.fetched_at, now_ms)?;
        Ok(Some(row.json).filter(|_| now_ms.saturating_sub(at) <= most_ms))
    });
    serde_json::from_str(&row.flatten()?).ok()
}

/// The overwrite of a role or member in a channel; one that allows and denies nothing if there is none.
pub fn of(channel: &Value, id: u64) -> Overwrite {
    let found = Overwrite::of_channel(channel).into_iter().find(|overwrite| overwrite.id == id);
    found.unwrap_or(Overwrite { id, ..Overwrite::default() })
}

/// The permissions of a sum, by their names; those without a name by their bit.
pub fn named(bits: u64) -> Vec<String> {
    let name = |bit: u32| {
        let value = Scalar::Int((1_u64 << bit).cast_signed());
        let choice = choices::PERMISSIONS.iter().find(|choice| choice.value == value);
        choice.map_or_else(|| format!("bit {bit}"), |choice| choice.name.to_owned())
    };
    (0..u64::BITS).filter(|bit| bits >> bit & 1 == 1).map(name).collect()
}

/// Asks before an overwrite is replaced by one that says nothing of some permissions of the old one.
pub fn confirm_replacing(context: &Context, request: &Request) -> Result<()> {
    let plain = |name: &str| match request.segment(name) {
        Some(Text::Plain(id)) => Some(id.as_str()),
        _ => None,
    };
    let (Some(channel), Some(id), Body::Json(body)) = (plain("channel_id"), plain("overwrite_id"), &request.body)
    else {
        return Ok(());
    };
    let Ok(id) = id.parse() else { return Ok(()) };
    if context.settings.flags.yes {
        return Ok(());
    }
    let known = cached_channel(context, channel, FRESH_MS).map_or_else(|| self::channel(context, channel), Ok);
    // What cannot be read cannot be written either, and the answer to that says why.
    let Ok(known) = known else { return Ok(()) };
    let new = Overwrite { id, allow: permission::bits(&body["allow"]), deny: permission::bits(&body["deny"]) };
    let dropped = of(&known, id).dropped_by(new);
    if dropped == 0 {
        return Ok(());
    }
    let dropped = named(dropped).join(", ");
    let command = rows::SET_OVERWRITE.words();
    let question = format!("{command} replaces the overwrite and would drop {dropped}. Go on?");
    Ok(ask::confirm(context, question, &command, |command| Refused::Replaces { command, dropped })?)
}
