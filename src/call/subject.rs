//! What a command that cannot be undone acts on, in words.

use serde_json::value::RawValue;

use super::App;
use crate::cache::{Cache, CachedRow, Error, Kind};
use crate::catalogue::{Endpoint, Subject};
use crate::model::items;
use crate::rest::Request;

/// The command with its channel and server: `channel delete (channel "doomed" in server "My Server")`. What the cache
/// does not know is shown by its id.
pub fn describe(app: &App, endpoint: &'static Endpoint, request: &Request) -> String {
    let id = |subject| request.plain_segment(endpoint.path_subject(subject)?.name);
    let (guild, channel) = (id(Subject::Guild), id(Subject::Channel));
    if guild.is_none() && channel.is_none() {
        return endpoint.words();
    }
    let parts = app.with_cache(|cache| parts(cache, guild, channel)).unwrap_or_else(|| {
        let unnamed = |kind, id: Option<&str>| id.map(|id| format!("{kind} {id}"));
        unnamed("channel", channel).into_iter().chain(unnamed("server", guild)).collect()
    });
    format!("{} ({})", endpoint.words(), parts.join(" in "))
}

fn parts(cache: &mut Cache, guild: Option<&str>, channel: Option<&str>) -> Result<Vec<String>, Error> {
    let mut parts = Vec::new();
    let mut guild = guild.map(str::to_owned);
    if let Some(id) = channel {
        let row = match cache.get(Kind::Channel, None, id)? {
            Some(row) => Some(row),
            None => cache.get(Kind::Thread, None, id)?,
        };
        guild = guild.or_else(|| Some(row.as_ref()?.guild?.to_string()));
        parts.push(named("channel", id, row.as_ref()));
    }
    if let Some(id) = guild {
        parts.push(named("server", &id, cache.get(Kind::Guild, None, &id)?.as_ref()));
    }
    Ok(parts)
}

fn named(kind: &str, id: &str, row: Option<&CachedRow>) -> String {
    let name = row.and_then(|row| items::text(serde_json::from_str::<&RawValue>(&row.json).ok()?, "name"));
    name.map_or_else(|| format!("{kind} {id}"), |name| format!("{kind} {name:?}"))
}
