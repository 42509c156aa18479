//! Stores responses in the cache.

use serde_json::Value;
use serde_json::value::RawValue;

use super::App;
use crate::cache::answer::{self, Answer};
use crate::cache::{InboxEntry, Kind, Observation};
use crate::catalogue::{Endpoint, Method};
use crate::model::{Effect, items};
use crate::rest::{Body, Request, Text};

/// Stores the responses to a request in the cache. All pages count as observed when the request was sent.
pub struct Keeper<'a> {
    app: &'a App,
    endpoint: &'static Endpoint,
    segments: Vec<(String, String)>,
    from_the_start: bool,
    deleted: Vec<u64>,
    /// Whether the parameters of the path are known. Those of a literal path are not.
    known: bool,
    now_ms: i64,
}

/// The parameters that make a list begin elsewhere than at its start.
const CURSORS: [&str; 3] = ["before", "after", "around"];

impl<'a> Keeper<'a> {
    pub fn new(app: &'a App, endpoint: &'static Endpoint, request: &Request) -> Self {
        Self {
            app,
            endpoint,
            segments: segments(request),
            from_the_start: !request.query.iter().any(|(name, _)| CURSORS.contains(&name.as_str())),
            deleted: deleted(endpoint, request),
            known: request.template == endpoint.path,
            now_ms: app.clock.wall_ms(),
        }
    }

    pub fn is_from_the_start(&self) -> bool {
        self.from_the_start
    }

    /// Stores a response or a page. `complete` means that the list is complete with it.
    pub fn keep(&self, body: &[u8], complete: bool) {
        self.write(body, self.endpoint.items, complete);
    }

    /// Records that the list is complete with the pages so far.
    pub fn keep_end(&self) {
        self.write(b"[]", None, true);
    }

    fn write(&self, body: &[u8], items: Option<&str>, complete: bool) {
        let effects = if self.known { self.endpoint.effects } else { &[] };
        if effects.is_empty() {
            return;
        }
        let of_messages = effects.iter().all(|effect| effect.kind() == Kind::Message);
        if self.endpoint.method != Method::Get && of_messages && self.put_in_inbox(body) {
            return;
        }
        let segment = |name: &str| self.segments.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        self.app.with_cache(|cache| {
            let me = cache.own_user_id()?.and_then(|id| id.parse().ok());
            let deleted = &self.deleted;
            let answer = Answer { effects, segment: &segment, me, items, body, complete, deleted };
            let now_ms = self.app.clock.wall_ms();
            cache.apply(Observation::answer(self.now_ms), now_ms, &answer::changes(&answer)?)?;
            if effects.contains(&Effect::Me)
                && let Some(id) = own_id(body)
            {
                cache.set_own_user(id)?;
            }
            cache.prune_if_due(self.app.clock.wall_ms())
        });
    }
}

impl Keeper<'_> {
    /// Appends a message that was sent, changed or deleted to the inbox, for the next process that opens the cache. Returns
    /// whether it did. Opening the cache here would cost more than the request.
    fn put_in_inbox(&self, body: &[u8]) -> bool {
        let Some(inbox) = self.app.inbox() else { return false };
        let entry = InboxEntry {
            operation: self.endpoint.operation.to_owned(),
            segments: self.segments.clone(),
            deleted: self.deleted.clone(),
            asked_ms: self.now_ms,
            body: String::from_utf8_lossy(body).into_owned(),
        };
        // If the inbox cannot be written, opening the cache reports the reason.
        inbox.append(&entry).unwrap_or(false)
    }
}

/// The id of a response that is one object.
fn own_id(body: &[u8]) -> Option<u64> {
    let object: &RawValue = serde_json::from_slice(body).ok()?;
    items::text(object, "id")?.parse().ok()
}

/// The parameters of the path, without secrets.
pub fn segments(request: &Request) -> Vec<(String, String)> {
    let plain = request.segments.iter().filter_map(|segment| match &segment.value {
        Text::Plain(value) => Some((segment.name.clone().into_owned(), value.clone())),
        Text::Hidden(_) => None,
    });
    plain.collect()
}

/// The ids of the objects that the call deletes, from the list in its body.
fn deleted(endpoint: &Endpoint, request: &Request) -> Vec<u64> {
    let Body::Json(Value::Object(body)) = &request.body else { return Vec::new() };
    let field = endpoint.effects.iter().find_map(|effect| match effect {
        Effect::DeletesEach(_, field) => body.get(*field),
        _ => None,
    });
    let ids = field.and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(|id| id.as_str()?.parse().ok()).collect()
}
