//! Between endpoints' commands and the cache: answers that are kept, and answers that were.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::cache::answer::{self, Answer};
use crate::cache::{self, Cache, Error, Found, Kind, Left, Observation};
use crate::call::bind::Bound;
use crate::catalogue::{Endpoint, Method, Walk};
use crate::context::Context;
use crate::error::{Refused, Result};
use crate::model::period::Period;
use crate::model::{Effect, items};
use crate::output::{self, Printer, Stdout};
use crate::rest::{Body, Request, Text};

/// Keeps the answers to one request. All its pages count as of one moment, that of the request.
pub struct Keeper<'a> {
    context: &'a Context,
    endpoint: &'static Endpoint,
    segments: Vec<(String, String)>,
    from_the_start: bool,
    deleted: Vec<u64>,
    /// Of a path that was typed as it is, nobody knows which part is what.
    known: bool,
    now_ms: i64,
}

/// What begins a list elsewhere than at its start.
const CURSORS: [&str; 3] = ["before", "after", "around"];

impl<'a> Keeper<'a> {
    pub fn new(context: &'a Context, endpoint: &'static Endpoint, request: &Request) -> Self {
        Self {
            context,
            endpoint,
            segments: segments(request),
            from_the_start: !request.query.iter().any(|(name, _)| CURSORS.contains(&name.as_str())),
            deleted: deleted(endpoint, request),
            known: request.template == endpoint.path,
            now_ms: context.clock.wall_ms(),
        }
    }

    pub fn is_from_the_start(&self) -> bool {
        self.from_the_start
    }

    /// Keeps an answer, or a page of one; `complete` if with it the whole list was answered.
    pub fn keep(&self, body: &[u8], complete: bool) {
        self.write(body, self.endpoint.items, complete);
    }

    /// With the pages so far, the whole list was answered.
    pub fn keep_end(&self) {
        self.write(b"[]", None, true);
    }

    fn write(&self, body: &[u8], items: Option<&str>, complete: bool) {
        let effects = if self.known { self.endpoint.effects } else { &[] };
        if effects.is_empty() {
            return;
        }
        let of_messages = effects.iter().all(|effect| effect.kind() == Kind::Message);
        if self.endpoint.method != Method::Get && of_messages && self.leave(body) {
            return;
        }
        let segment = |name: &str| self.segments.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        self.context.app.with_cache(|cache| {
            let me = cache.own_user_id()?.and_then(|id| id.parse().ok());
            let deleted = &self.deleted;
            let answer = Answer { effects, segment: &segment, me, items, body, complete, deleted };
            let now_ms = self.context.clock.wall_ms();
            cache.apply(Observation::answer(self.now_ms), now_ms, &answer::changes(&answer)?)?;
            if effects.contains(&Effect::Me)
                && let Some(id) = own_id(body)
            {
                cache.set_own_user(id)?;
            }
            cache.prune_if_due(self.context.clock.wall_ms())
        });
    }
}

impl Keeper<'_> {
    /// Leaves a message that was sent, changed or deleted for whoever opens the cache next, and says
    /// whether that was done. To open it here would cost more than the request did.
    fn leave(&self, body: &[u8]) -> bool {
        let Some(inbox) = self.context.app.inbox() else { return false };
        let left = Left {
            operation: self.endpoint.operation.to_owned(),
            segments: self.segments.clone(),
            deleted: self.deleted.clone(),
            asked_ms: self.now_ms,
            body: String::from_utf8_lossy(body).into_owned(),
        };
        // Where it cannot be left, opening the cache tells why.
        inbox.leave(&left).unwrap_or(false)
    }
}

/// The id of an answer that is one thing.
fn own_id(body: &[u8]) -> Option<u64> {
    let object: &RawValue = serde_json::from_slice(body).ok()?;
    items::text(object, "id")?.parse().ok()
}

/// The path's parameters that are no secrets.
fn segments(request: &Request) -> Vec<(String, String)> {
    let plain = request.segments.iter().filter_map(|segment| match &segment.value {
        Text::Plain(value) => Some((segment.name.clone().into_owned(), value.clone())),
        Text::Hidden(_) => None,
    });
    plain.collect()
}

/// The ids in the list of the body that names what the call deletes.
fn deleted(endpoint: &Endpoint, request: &Request) -> Vec<u64> {
    let Body::Json(Value::Object(body)) = &request.body else { return Vec::new() };
    let field = endpoint.effects.iter().find_map(|effect| match effect {
        Effect::DeletesEach(_, field) => body.get(*field),
        _ => None,
    });
    let ids = field.and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// An answer that the cache gave.
pub enum Kept {
    Object(String),
    /// The items, and the field of the answer that Discord would put them in.
    List {
        items: Vec<String>,
        field: Option<&'static str>,
        all: bool,
    },
}

impl Kept {
    pub fn print(&self, printer: &mut Printer<Stdout>) -> Result<(), output::Error> {
        match self {
            Self::Object(json) => printer.answer(json.as_bytes(), Some("application/json")),
            Self::List { items, all: true, .. } => {
                let raw: Vec<&RawValue> = items.iter().filter_map(|item| serde_json::from_str(item).ok()).collect();
                printer.page(&raw)
            }
            Self::List { items, field, all: false } => {
                let list = format!("[{}]", items.join(","));
                let body = field.map_or_else(|| list.clone(), |field| format!("{{\"{field}\":{list}}}"));
                printer.answer(body.as_bytes(), Some("application/json"))
            }
        }
    }
}

/// Says how many channels a list leaves out because the bot cannot view them, where a listener knows.
pub fn remark_hidden(context: &Context, endpoint: &'static Endpoint, request: &Request) {
    if !endpoint.effects.contains(&Effect::All(Kind::Channel)) {
        return;
    }
    let Some(guild) = request.plain_segment("guild_id") else { return };
    let Ok(guild) = guild.parse() else { return };
    match context.app.with_cache(|cache| cache.count_hidden(guild, context.clock.wall_ms())).flatten() {
        None | Some(0) => {}
        Some(1) => context.talk.note("1 more channel is hidden from the bot"),
        Some(count) => context.talk.note(format_args!("{count} more channels are hidden from the bot")),
    }
}

/// The answer to a read from the cache, if that was asked for and the cache has it whole and fresh.
/// With `--offline` it may be of any age, and there is nothing else.
pub fn answer(context: &Context, bound: &Bound) -> Result<Option<Kept>> {
    let offline = context.settings.flags.offline;
    let command = || bound.endpoint.words();
    if offline && bound.endpoint.method != Method::Get {
        return Err(Refused::Offline { command: command() }.into());
    }
    if !offline && bound.cached.is_none() {
        return Ok(None);
    }
    let now_ms = context.clock.wall_ms();
    let kept = context.app.with_cache(|cache| look_up(cache, bound, now_ms)).flatten();
    let fresh = kept.filter(|(at, _)| {
        let most = bound.cached.map_or(i64::MAX, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        offline || cache::is_fresh(*at, now_ms, most)
    });
    match fresh {
        Some((_, kept)) => Ok(Some(kept)),
        None if offline => Err(Refused::NotCached { command: command() }.into()),
        None => {
            context.talk.debug(1, "the cache has not all of that, or not as new: asking Discord");
            Ok(None)
        }
    }
}

/// What the cache has, and as of when.
fn look_up(cache: &mut Cache, bound: &Bound, now_ms: i64) -> Result<Option<(i64, Kept)>, Error> {
    let (endpoint, request) = (bound.endpoint, &bound.request);
    let Some(effect) = endpoint.effects.first().filter(|_| endpoint.method == Method::Get) else { return Ok(None) };
    let segments = segments(request);
    let value = |name: &str| segments.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let guild: Option<u64> = value("guild_id").and_then(|id| id.parse().ok());
    match *effect {
        // A query asks for more, or for less, than what is kept.
        Effect::One(_) | Effect::Me if !request.query.is_empty() => Ok(None),
        Effect::One(Kind::Guild) => {
            let Some(id) = guild else { return Ok(None) };
            Ok(cache.whole_guild(id, now_ms)?.map(|(at, json)| (at, Kept::Object(json))))
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
            Ok(Some((at, Kept::Object(row.json))))
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

/// The token's own user, with the fields that Discord tells of others.
fn own_user(cache: &mut Cache) -> Result<Option<(i64, Kept)>, Error> {
    Ok(whole(cache.own_user()?).map(|row| (row.fetched_at, Kept::Object(row.json))))
}

/// Whether a list's query asks for nothing but a number of items, and what lies behind these cursors. Anything
/// else makes it another list.
fn plain(request: &Request, cursors: &[&str]) -> bool {
    request.query.iter().all(|(name, _)| name == "limit" || cursors.contains(&name.as_str()))
}

fn number(request: &Request, name: &str) -> Option<u64> {
    request.query.iter().find(|(n, _)| n == name)?.1.parse().ok()
}

/// As much of a list as was asked for.
fn list(bound: &Bound, items: impl Iterator<Item = String>) -> Kept {
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
    Kept::List { items, field: bound.endpoint.items, all: bound.all || bound.limit.is_some() }
}

fn whole(row: Option<Found>) -> Option<Found> {
    row.filter(Found::is_whole)
}
