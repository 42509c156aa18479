//! The limiter's state and rules, without I/O.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::{Answer, Outcome, Scope};
use super::bucket::Bucket;
use super::global::Global;
use super::invalid::{self, InvalidRequests};
use super::key::{Class, Key, Pool};
use super::verdict::{Refusal, TicketId, Verdict, WaitReason};
use crate::model::{Deadline, Moment};
use crate::store::Record;

/// If there are more buckets or routes than this, the idle ones are removed.
pub(super) const MAX_RECORDS: usize = 4096;

/// How long dcord refuses to use a token that Discord rejected.
const DEAD_TOKEN_TIME: Duration = Duration::from_secs(3600);

/// The limits of one bot, or of the requests without a token from one IP address.
#[derive(Debug, Default)]
pub struct State {
    pub(super) routes: HashMap<String, Route>,
    pub(super) buckets: HashMap<BucketName, Bucket>,
    pub(super) hidden: Vec<(HiddenLimit, Deadline)>,
    pub(super) token: Global,
    pub(super) address: Global,
    pub(super) blocked: Option<Deadline>,
    pub(super) invalid: InvalidRequests,
    /// Until when the token counts as dead.
    pub(super) dead: Option<Deadline>,
    pub(super) tickets: BTreeMap<TicketId, Entry>,
    pub(super) last: u64,
}

/// Identifies the requests to which a hidden limit applies. A hidden limit is one that a 429 reports but the headers do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HiddenLimit {
    pub route: String,
    pub major: String,
    class: Class,
}

impl Record for Route {
    fn rewind(&mut self, _: Moment) -> bool {
        false
    }
}

/// The bucket of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Route {
    Hash(String),
    /// A response named no bucket, so only the global limit applies.
    Unlimited,
}

/// Identifies a bucket by its hash, or by the route until the hash is known, and by the major parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct BucketName {
    pub name: String,
    pub major: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub key: Key,
    pub bucket: Option<BucketName>,
    pub phase: Phase,
    /// When the request last got a slot.
    pub began: Moment,
    /// While the request waits, the time by which its process must poll again. If the process does not, because it is suspended,
    /// the request no longer delays younger ones.
    pub due: Option<Deadline>,
}

impl Entry {
    fn is_late(&self, now: Moment) -> bool {
        self.due.is_some_and(|due| due.is_over(now))
    }

    /// See [`crate::store::Record::rewind`].
    pub fn rewind(&mut self, now: Moment) -> bool {
        self.due.as_mut().is_some_and(|due| due.rewind(now)) | self.began.rewind(now)
    }
}

/// The phase of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// The request needs no slot now: it is new, waits for a retry, or has its response.
    Idle,
    /// The request waits for a slot, for the reason at the last poll.
    Waiting(WaitReason),
    /// The request has a slot and is sent, or about to be sent.
    Sent,
}

impl State {
    pub fn enter(&mut self, key: &Key) -> TicketId {
        self.last += 1;
        let ticket = TicketId(self.last);
        let entry = Entry {
            bucket: self.bucket_name(key),
            key: key.clone(),
            phase: Phase::Idle,
            began: Moment::default(),
            due: None,
        };
        self.tickets.insert(ticket, entry);
        ticket
    }

    /// Decides whether the request may be sent now. After [`Verdict::Go`] it holds a slot.
    pub fn poll(&mut self, ticket: TicketId, now: Moment) -> Verdict {
        let Some(entry) = self.tickets.get(&ticket) else { return Verdict::Go };
        if entry.phase == Phase::Sent {
            return Verdict::Go;
        }
        let verdict = self.decide(ticket, now);
        let entry = self.tickets.get_mut(&ticket).expect("it was there above");
        match &verdict {
            Verdict::Go => {
                entry.phase = Phase::Sent;
                entry.began = now;
                let pool = entry.key.pool;
                if let Some(global) = self.global(pool) {
                    global.start(ticket, now);
                }
            }
            Verdict::Wait { reason, .. } => entry.phase = Phase::Waiting(*reason),
            Verdict::Refuse(_) => entry.phase = Phase::Idle,
        }
        verdict
    }

    /// Records the outcome of a request. For a retry, the ticket keeps its position in the order of arrival.
    pub fn settle(&mut self, ticket: TicketId, outcome: Outcome, now: Moment) {
        let Some(entry) = self.tickets.get_mut(&ticket) else { return };
        if entry.phase != Phase::Sent {
            return;
        }
        entry.phase = Phase::Idle;
        let (key, began) = (entry.key.clone(), entry.began);
        match outcome {
            Outcome::NotSent => {
                if let Some(global) = self.global(key.pool) {
                    global.give_back(ticket);
                }
            }
            Outcome::NoAnswer => self.count_lost(&key, now),
            Outcome::Answer(answer) => self.record_answer(&key, answer, began, now),
        }
    }

    /// Removes a ticket. If its request was sent and has no outcome, Discord may have counted it.
    pub fn leave(&mut self, ticket: TicketId, now: Moment) {
        let Some(entry) = self.tickets.get(&ticket) else { return };
        match entry.phase {
            Phase::Sent => self.settle(ticket, Outcome::NoAnswer, now),
            Phase::Idle | Phase::Waiting(_) => {}
        }
        self.tickets.remove(&ticket);
    }

    /// Marks the token as dead, after Discord has answered both the request and a check of the token with 401.
    pub fn mark_token_dead(&mut self, now: Moment) {
        self.dead = Some(Deadline::new(now, DEAD_TOKEN_TIME));
    }

    /// Decides whether a request without a slot gets one.
    fn decide(&mut self, ticket: TicketId, now: Moment) -> Verdict {
        let wait = |length, reason| Verdict::Wait { length, reason };
        if let Some(left) = self.blocked.map(|blocked| blocked.left(now)).filter(|left| !left.is_zero()) {
            return wait(Some(left), WaitReason::Blocked);
        }
        let entry = &self.tickets[&ticket];
        let pool = entry.key.pool;
        if pool == Pool::Token
            && let Some(dead) = self.dead
            && !dead.is_over(now)
        {
            return Verdict::Refuse(Refusal::DeadToken { retry_in: dead.left(now) });
        }
        let count = self.invalid.count(now);
        if count >= invalid::MAX_INVALID {
            return Verdict::Refuse(Refusal::TooManyInvalid { count, retry_in: self.invalid.left(now) });
        }
        let entry = &self.tickets[&ticket];
        let name = entry.bucket.clone();
        if let Some(left) = hidden_wait(&self.hidden, &entry.key, now) {
            return wait(Some(left), WaitReason::Hidden);
        }
        if let Some(name) = name {
            let mut in_flight = 0;
            let mut ahead = 0;
            for (other, entry) in self.tickets.iter().filter(|(_, e)| e.bucket.as_ref() == Some(&name)) {
                match entry.phase {
                    Phase::Sent => in_flight += 1,
                    // Older requests go first, except those that wait for a hidden limit.
                    Phase::Waiting(_)
                        if *other < ticket
                            && !entry.is_late(now)
                            && hidden_wait(&self.hidden, &entry.key, now).is_none() =>
                    {
                        ahead += 1;
                    }
                    Phase::Waiting(_) | Phase::Idle => {}
                }
            }
            let (free, left) = match self.buckets.get_mut(&name) {
                Some(bucket) => (bucket.free(in_flight, now), bucket.left(now)),
                // One request at a time until a response has reported the limit.
                None => (1_u32.saturating_sub(in_flight), None),
            };
            if ahead >= free {
                return wait(left, WaitReason::Bucket);
            }
        }
        let before_this = self.tickets.range(..ticket);
        let ahead = before_this
            .filter(|(_, e)| e.key.pool == pool && e.phase == Phase::Waiting(WaitReason::Global) && !e.is_late(now))
            .count();
        if let Some(global) = self.global(pool)
            && ahead >= global.free(now)
        {
            return wait(Some(global.left(now)), WaitReason::Global);
        }
        Verdict::Go
    }

    /// Updates the limits from a response.
    fn record_answer(&mut self, key: &Key, answer: Answer, began: Moment, now: Moment) {
        if answer.invalid() {
            self.invalid.add(now);
        }
        if let Some(hash) = answer.bucket {
            self.set_route(key, Route::Hash(hash), now);
        } else if (200..300).contains(&answer.status) && !self.routes.contains_key(&key.route) {
            self.set_route(key, Route::Unlimited, now);
        }
        match (answer.quota, self.bucket_name(key)) {
            (Some(quota), Some(name)) => {
                self.buckets
                    .entry(name)
                    .and_modify(|b| b.observe(quota, began, now))
                    .or_insert_with(|| Bucket::new(quota, began, now));
            }
            _ => self.count_lost(key, now),
        }
        let Some(limited) = answer.limited else { return };
        match (limited.scope, answer.quota) {
            (Scope::Cloudflare, _) => self.blocked = Some(Deadline::new(now, limited.retry_after)),
            (Scope::Global, _) => {
                if let Some(global) = self.global(key.pool) {
                    global.close(limited.retry_after, now);
                }
            }
            (Scope::User | Scope::Shared, Some(quota)) if quota.remaining == 0 => {
                if let Some(bucket) = self.bucket_name(key).and_then(|name| self.buckets.get_mut(&name)) {
                    bucket.exhaust(limited.retry_after, now);
                }
            }
            // The bucket has slots left, or is unknown, so the headers do not report this limit.
            (Scope::User | Scope::Shared, _) => {
                let of = hidden_limit(key);
                self.hidden.retain(|(other, deadline)| *other != of && !deadline.is_over(now));
                self.hidden.push((of, Deadline::new(now, limited.retry_after)));
            }
        }
    }

    /// Counts a request that was sent, but whose response did not report the state of the bucket.
    fn count_lost(&mut self, key: &Key, now: Moment) {
        if let Some(bucket) = self.bucket_name(key).and_then(|name| self.buckets.get_mut(&name)) {
            bucket.count_lost(now);
        }
    }

    /// Records a route's bucket and moves the route's tickets to it. Their order of arrival does not change.
    fn set_route(&mut self, key: &Key, route: Route, now: Moment) {
        if self.routes.get(&key.route) == Some(&route) {
            return;
        }
        if self.routes.len() >= MAX_RECORDS || self.buckets.len() >= MAX_RECORDS {
            self.buckets.retain(|_, bucket| !bucket.is_idle(now));
            let held: Vec<String> = self.tickets.values().map(|e| e.key.route.clone()).collect();
            self.routes.retain(|route, _| held.contains(route));
        }
        self.routes.insert(key.route.clone(), route);
        let routes = &self.routes;
        for entry in self.tickets.values_mut().filter(|e| e.key.route == key.route) {
            entry.bucket = bucket_name(routes, &entry.key);
        }
    }

    fn bucket_name(&self, key: &Key) -> Option<BucketName> {
        bucket_name(&self.routes, key)
    }

    pub(super) const fn global(&mut self, pool: Pool) -> Option<&mut Global> {
        match pool {
            Pool::Token => Some(&mut self.token),
            Pool::Address => Some(&mut self.address),
            Pool::Exempt => None,
        }
    }
}

/// The bucket of a key's requests, or `None` if they have none.
pub(super) fn bucket_name(routes: &HashMap<String, Route>, key: &Key) -> Option<BucketName> {
    let name = match routes.get(&key.route) {
        Some(Route::Unlimited) => return None,
        Some(Route::Hash(hash)) => hash.clone(),
        None => key.route.clone(),
    };
    Some(BucketName { name, major: key.major.clone() })
}

fn hidden_limit(key: &Key) -> HiddenLimit {
    HiddenLimit { route: key.route.clone(), major: key.major.clone(), class: key.class }
}

/// How long requests with this key wait for a hidden limit.
fn hidden_wait(hidden: &[(HiddenLimit, Deadline)], key: &Key, now: Moment) -> Option<Duration> {
    let same = |p: &HiddenLimit| p.route == key.route && p.major == key.major && p.class == key.class;
    let (_, deadline) = hidden.iter().find(|(p, _)| same(p))?;
    Some(deadline.left(now)).filter(|left| !left.is_zero())
}
