//! Responses from the cache.

use super::App;
use super::answer::Document;
use super::bind::Bound;
use super::keeper::segments;
use super::policy::{CacheMode, Policy};
use crate::cache::{self, Cache, CachedRow, Error, Kind};
use crate::catalogue::{Endpoint, Method, Param};
use crate::error::{Missing, Refused, Result};
use crate::model::Effect;
use crate::rest::Request;

/// The cached response to a read, and the time of its data, if the policy allows it and the cache has all of it, recent enough.
/// With `--offline`, the data may be of any age, and an incomplete response is an error.
pub fn answer(app: &App, policy: &Policy<'_>, bound: &Bound) -> Result<Option<(i64, Document)>> {
    let endpoint = bound.endpoint;
    let command = || endpoint.words();
    let most_ms = match policy.cache {
        CacheMode::Network => return Ok(None),
        CacheMode::Within(age) => i64::try_from(age.as_millis()).unwrap_or(i64::MAX),
        CacheMode::Offline if endpoint.method != Method::Get => {
            return Err(Refused::Offline { command: command() }.into());
        }
        CacheMode::Offline => i64::MAX,
    };
    if let Some(reason) = not_stored(bound) {
        if policy.cache == CacheMode::Offline {
            return Err(reason.into());
        }
        app.notices.debug(1, format_args!("{reason}; asking Discord"));
        return Ok(None);
    }
    let now_ms = app.clock.wall_ms();
    let is_offline = policy.cache == CacheMode::Offline;
    let found = app.with_cache(|cache| look_up(cache, bound, now_ms, is_offline)).flatten();
    let fresh = found.filter(|(at, _)| most_ms == i64::MAX || cache::is_fresh(*at, now_ms, most_ms));
    match fresh {
        Some(found) => Ok(Some(found)),
        None if policy.cache == CacheMode::Offline => {
            Err(Refused::NotCached { command: command(), missing: missing(app, endpoint) }.into())
        }
        None => {
            app.notices.debug(1, format_args!("the result in the cache is incomplete or too old; asking Discord"));
            Ok(None)
        }
    }
}

/// Why the cache never has the answer to this call, if it does not.
fn not_stored(bound: &Bound) -> Option<Refused> {
    let endpoint = bound.endpoint;
    let command = endpoint.words();
    if endpoint.stores_answer().is_none() {
        let stored = endpoint.effects.first().map(|effect| effect.kind());
        return Some(Refused::NotStored { command, stored });
    }
    // Any other parameter requests other fields than the cache stores, or makes a list a different one.
    let pages = if endpoint.list { &["limit"][..] } else { &[] };
    let is_known = |name: &str| pages.iter().chain(endpoint.cached_cursors()).any(|known| *known == name);
    let (name, _) = bound.request.query.iter().find(|(name, _)| !is_known(name))?;
    let flag = endpoint.param(name).map_or_else(|| name.clone(), Param::flag);
    Some(Refused::NotStoredWith { command, flag })
}

/// Why the cache does not have an answer that it could have.
fn missing(app: &App, endpoint: &Endpoint) -> Missing {
    let off = || app.with_cache(|_| Ok(())).is_none();
    let kind = endpoint.stores_answer().map(Effect::kind);
    let keeps = |kind| app.with_cache(|cache| Ok(cache.policies().of(kind).keeps_all())).unwrap_or(true);
    match kind {
        _ if off() => Missing::CacheOff,
        Some(kind) if !keeps(kind) => Missing::Policy { kind },
        _ if endpoint.paging.is_some() => Missing::List,
        _ => Missing::Object,
    }
}

/// The document in the cache, and the time of its data.
fn look_up(cache: &mut Cache, bound: &Bound, now_ms: i64, is_offline: bool) -> Result<Option<(i64, Document)>, Error> {
    let (endpoint, request) = (bound.endpoint, &bound.request);
    let Some(effect) = endpoint.stores_answer() else { return Ok(None) };
    let segments = segments(request);
    let value = |name: &str| segments.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let guild: Option<u64> = value("guild_id").and_then(|id| id.parse().ok());
    match effect {
        Effect::One(Kind::Guild) => {
            let Some(id) = guild else { return Ok(None) };
            Ok(cache.whole_guild(id, now_ms)?.map(|(at, json)| (at, object(json))))
        }
        Effect::Me => own_user(cache),
        Effect::One(Kind::User) if value("user_id") == Some("@me") => own_user(cache),
        Effect::One(kind) => {
            let Some(id) = value(kind.param()) else { return Ok(None) };
            let mut found = whole(cache.get(kind, guild, id)?);
            if kind == Kind::Channel && found.is_none() {
                found = whole(cache.get(Kind::Thread, guild, id)?);
            }
            let Some(row) = found else { return Ok(None) };
            cache.used(row.kind, guild, id, now_ms)?;
            let at = cache.now_if_live(row.kind, row.guild, row.fetched_at, now_ms)?;
            Ok(Some((at, object(row.json))))
        }
        Effect::All(kind) => {
            let found = match kind {
                Kind::Guild => cache.own_guilds()?,
                _ => cache.list(kind, guild.unwrap_or(0), now_ms)?,
            };
            let Some((at, rows)) = found else { return Ok(None) };
            let after = number(request, "after").unwrap_or(0);
            let items = rows.into_iter().filter(|row| row.id.parse().is_ok_and(|id: u64| id > after) || after == 0);
            Ok(Some((at, list(bound, items.map(|row| row.json)))))
        }
        Effect::History => {
            let Some(channel) = value("channel_id").and_then(|id| id.parse().ok()) else { return Ok(None) };
            let (before, after) = (number(request, "before").unwrap_or(u64::MAX), number(request, "after"));
            let Some((at, mut rows)) = cache.messages(channel)? else {
                return if is_offline { history(cache, bound, channel, before, after) } else { Ok(None) };
            };
            rows.retain(|row| row.id.parse().is_ok_and(|id: u64| id < before && after.is_none_or(|after| after < id)));
            // With `after`, a list is in ascending order.
            if after.is_some() {
                rows.reverse();
            }
            Ok(Some((at, list(bound, rows.into_iter().map(|row| row.json)))))
        }
        _ => Ok(None),
    }
}

/// The messages that `cache sync` has stored, if it has reached the beginning of the channel. Some may have been deleted since, so
/// they answer only a request that accepts data of any age.
fn history(
    cache: &Cache,
    bound: &Bound,
    channel: u64,
    before: u64,
    after: Option<u64>,
) -> Result<Option<(i64, Document)>, Error> {
    let Some(known) = cache.history(channel)?.filter(|known| known.span.is_complete) else { return Ok(None) };
    let mut rows = cache.read_history(channel, after.unwrap_or(0), before, usize::MAX)?;
    if after.is_none() {
        rows.reverse();
    }
    Ok(Some((known.synced_at, list(bound, rows.into_iter().map(|(_, json)| json)))))
}

/// The token's own user, with the fields that Discord sends for any other user.
fn own_user(cache: &mut Cache) -> Result<Option<(i64, Document)>, Error> {
    Ok(whole(cache.own_user()?).map(|row| (row.fetched_at, object(row.json))))
}

fn number(request: &Request, name: &str) -> Option<u64> {
    request.query.iter().find(|(n, _)| n == name)?.1.parse().ok()
}

/// The requested part of a list.
fn list(bound: &Bound, items: impl Iterator<Item = String>) -> Document {
    let paging = bound.endpoint.paging;
    let page = paging.map(|paging| number(&bound.request, "limit").unwrap_or_else(|| paging.size().into()));
    let most = match (bound.limit, bound.all, page) {
        (Some(limit), ..) => limit,
        (None, false, Some(page)) => page,
        (None, ..) => u64::MAX,
    };
    let has = |item: &String| {
        bound.selection.is_empty() || serde_json::from_str(item).is_ok_and(|item| bound.selection.has(item))
    };
    let items = items.filter(has).take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
    let items: Vec<String> = items;
    if bound.all || bound.limit.is_some() {
        return Document::Items(items);
    }
    let list = format!("[{}]", items.join(","));
    object(bound.endpoint.items.map_or_else(|| list.clone(), |field| format!("{{\"{field}\":{list}}}")))
}

fn whole(row: Option<CachedRow>) -> Option<CachedRow> {
    row.filter(CachedRow::is_whole)
}

fn object(json: String) -> Document {
    Document::Body { body: json.into(), content_type: Some("application/json".to_owned()) }
}
