//! Responses from the cache.

use super::App;
use super::answer::Document;
use super::bind::Bound;
use super::keeper::segments;
use super::policy::{CacheMode, Policy};
use crate::cache::{self, Cache, CachedRow, Error, Kind};
use crate::catalogue::{Method, Walk};
use crate::error::{Refused, Result};
use crate::model::Effect;
use crate::model::period::Period;
use crate::rest::Request;

/// The cached response to a read, and the time of its data, if the policy allows it and the cache has all of it, recent enough.
/// With `--offline`, the data may be of any age, and an incomplete response is an error.
pub fn answer(app: &App, policy: &Policy<'_>, bound: &Bound) -> Result<Option<(i64, Document)>> {
    let command = || bound.endpoint.words();
    let most_ms = match policy.cache {
        CacheMode::Network => return Ok(None),
        CacheMode::Within(age) => i64::try_from(age.as_millis()).unwrap_or(i64::MAX),
        CacheMode::Offline if bound.endpoint.method != Method::Get => {
            return Err(Refused::Offline { command: command() }.into());
        }
        CacheMode::Offline => i64::MAX,
    };
    let now_ms = app.clock.wall_ms();
    let found = app.with_cache(|cache| look_up(cache, bound, now_ms)).flatten();
    let fresh = found.filter(|(at, _)| most_ms == i64::MAX || cache::is_fresh(*at, now_ms, most_ms));
    match fresh {
        Some(found) => Ok(Some(found)),
        None if policy.cache == CacheMode::Offline => Err(Refused::NotCached { command: command() }.into()),
        None => {
            app.notices
                .debug(1, format_args!("the cache does not have the whole answer, or it is too old; asking Discord"));
            Ok(None)
        }
    }
}

/// The document in the cache, and the time of its data.
fn look_up(cache: &mut Cache, bound: &Bound, now_ms: i64) -> Result<Option<(i64, Document)>, Error> {
    let (endpoint, request) = (bound.endpoint, &bound.request);
    let Some(effect) = endpoint.effects.first().filter(|_| endpoint.method == Method::Get) else { return Ok(None) };
    let segments = segments(request);
    let value = |name: &str| segments.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let guild: Option<u64> = value("guild_id").and_then(|id| id.parse().ok());
    match *effect {
        // A query requests more or fewer fields than the cache stores.
        Effect::One(_) | Effect::Me if !request.query.is_empty() => Ok(None),
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
        Effect::All(Kind::Guild) => {
            if !plain(request, &[]) {
                return Ok(None);
            }
            let Some((at, guilds)) = cache.own_guilds()? else { return Ok(None) };
            Ok(Some((at, list(bound, guilds.into_iter().map(|row| row.json)))))
        }
        Effect::All(kind) => {
            let in_order = endpoint.paging.is_some_and(|paging| paging.walk == Walk::After);
            if !plain(request, if in_order { &["after"] } else { &[] }) {
                return Ok(None);
            }
            let Some((at, rows)) = cache.list(kind, guild.unwrap_or(0), now_ms)? else { return Ok(None) };
            let after = number(request, "after").unwrap_or(0);
            let items = rows.into_iter().filter(|row| row.id.parse().is_ok_and(|id: u64| id > after) || after == 0);
            Ok(Some((at, list(bound, items.map(|row| row.json)))))
        }
        Effect::History => {
            let Some(channel) = value("channel_id").and_then(|id| id.parse().ok()) else { return Ok(None) };
            if !plain(request, &["before"]) {
                return Ok(None);
            }
            let Some((at, rows)) = cache.messages(channel)? else { return Ok(None) };
            let before = number(request, "before").unwrap_or(u64::MAX);
            let items = rows.into_iter().filter(|row| row.id.parse().is_ok_and(|id: u64| id < before));
            Ok(Some((at, list(bound, items.map(|row| row.json)))))
        }
        _ => Ok(None),
    }
}

/// The token's own user, with the fields that Discord sends for any other user.
fn own_user(cache: &mut Cache) -> Result<Option<(i64, Document)>, Error> {
    Ok(whole(cache.own_user()?).map(|row| (row.fetched_at, object(row.json))))
}

/// Whether a list's query contains only a number of items and these cursors. Any other parameter makes it a different list.
fn plain(request: &Request, cursors: &[&str]) -> bool {
    request.query.iter().all(|(name, _)| name == "limit" || cursors.contains(&name.as_str()))
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
        let is_in = |period: Period| serde_json::from_str(item).is_ok_and(|item| period.has(item));
        bound.period.is_none_or(is_in)
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
