//! The limiter's state and its rules, without I/O: each call takes a request, what came of it, and the time.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::{Answer, Outcome, Scope};
use super::bucket::Bucket;
use super::global::Global;
use super::invalid::{self, Invalid};
use super::key::{Class, Key, Pool};
use super::verdict::{Refusal, TicketId, Verdict, Why};
use crate::model::{Deadline, Moment};
use crate::store::Record;

/// Above so many buckets or routes, those without current knowledge are forgotten.
pub(super) const MOST_KEPT: usize = 4096;

/// How long a token that Discord refused is not tried again.
const DEAD: Duration = Duration::from_secs(3600);

/// What is known of the limits of one bot, or of one IP address's requests without a token.
#[derive(Debug, Default)]
pub struct State {
    pub(super) routes: HashMap<String, Route>,
    pub(super) buckets: HashMap<BucketName, Bucket>,
    pub(super) parked: Vec<(Parked, Deadline)>,
    pub(super) token: Global,
    pub(super) address: Global,
    pub(super) blocked: Option<Deadline>,
    pub(super) invalid: Invalid,
    /// How long the token counts as dead.
    pub(super) dead: Option<Deadline>,
    pub(super) tickets: BTreeMap<TicketId, Entry>,
    pub(super) last: u64,
}

/// The requests that a hidden limit keeps waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parked {
    pub route: String,
    pub major: String,
    class: Class,
}

impl Record for Route {
    fn rewind(&mut self, _: Moment) -> bool {
        false
    }
}

/// What is known of a route's bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Route {
    Hash(String),
    /// An answer named no bucket: the global limit applies alone.
    Unlimited,
}

/// A bucket's name: the hash, or the route until its hash is known, and the major parameter.
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
    /// While the request waits: by when it must have asked again. A request that has not, because its process is stopped, keeps
    /// no other waiting.
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

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// It needs no slot now: it just entered, backs off, or its answer is being read.
    Idle,
    /// It has asked for a slot, and what it waited for when it asked last.
    Waiting(Why),
    /// It has a slot, and has gone out or is about to.
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

    /// Whether the request may go now. If so, it has a slot from now on.
    pub fn poll(&mut self, ticket: TicketId, now: Moment) -> Verdict {
        let Some(entry) = self.tickets.get(&ticket) else { return Verdict::Go };
        if entry.phase == Phase::Sent {
            return Verdict::Go;
        }
        let verdict = self.judge(ticket, now);
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
            Verdict::Wait { why, .. } => entry.phase = Phase::Waiting(*why),
            Verdict::Refuse(_) => entry.phase = Phase::Idle,
        }
        verdict
    }

    /// Takes in what came of a request. The ticket keeps its age, for a repetition.
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
            Outcome::NoAnswer => self.lose(&key, now),
            Outcome::Answer(answer) => self.learn(&key, answer, began, now),
        }
    }

    /// The request is over. If it was sent, Discord may have counted it.
    pub fn leave(&mut self, ticket: TicketId, now: Moment) {
        let Some(entry) = self.tickets.get(&ticket) else { return };
        match entry.phase {
            Phase::Sent => self.settle(ticket, Outcome::NoAnswer, now),
            Phase::Idle | Phase::Waiting(_) => {}
        }
        self.tickets.remove(&ticket);
    }

    /// Discord refused the token, and the confirming request too.
    pub fn died(&mut self, now: Moment) {
        self.dead = Some(Deadline::new(now, DEAD));
    }

    /// Whether a request without a slot may have one.
    fn judge(&mut self, ticket: TicketId, now: Moment) -> Verdict {
        let wait = |length, why| Verdict::Wait { length, why };
        if let Some(left) = self.blocked.map(|blocked| blocked.left(now)).filter(|left| !left.is_zero()) {
            return wait(Some(left), Why::Blocked);
        }
        let entry = &self.tickets[&ticket];
        let pool = entry.key.pool;
        if pool == Pool::Token
            && let Some(dead) = self.dead
            && !dead.is_over(now)
        {
            return Verdict::Refuse(Refusal::DeadToken { for_another: dead.left(now) });
        }
        let count = self.invalid.count(now);
        if count >= invalid::STOP {
            return Verdict::Refuse(Refusal::TooManyInvalid { count, retry_in: self.invalid.left(now) });
        }
        let entry = &self.tickets[&ticket];
        let name = entry.bucket.clone();
        if let Some(left) = parked_for(&self.parked, &entry.key, now) {
            return wait(Some(left), Why::Hidden);
        }
        if let Some(name) = name {
            let mut in_flight = 0;
            let mut ahead = 0;
            for (other, entry) in self.tickets.iter().filter(|(_, e)| e.bucket.as_ref() == Some(&name)) {
                match entry.phase {
                    Phase::Sent => in_flight += 1,
                    // A request that waits for something else than the bucket keeps no other of the bucket waiting.
                    Phase::Waiting(_)
                        if *other < ticket
                            && !entry.is_late(now)
                            && parked_for(&self.parked, &entry.key, now).is_none() =>
                    {
                        ahead += 1;
                    }
                    Phase::Waiting(_) | Phase::Idle => {}
                }
            }
            let (free, left) = match self.buckets.get_mut(&name) {
                Some(bucket) => (bucket.free(in_flight, now), bucket.left(now)),
                // One at a time until the size is known.
                None => (1_u32.saturating_sub(in_flight), None),
            };
            if ahead >= free {
                return wait(left, Why::Bucket);
            }
        }
        let before_this = self.tickets.range(..ticket);
        let ahead = before_this
            .filter(|(_, e)| e.key.pool == pool && e.phase == Phase::Waiting(Why::Global) && !e.is_late(now))
            .count();
        if let Some(global) = self.global(pool)
            && ahead >= global.free(now)
        {
            return wait(Some(global.left(now)), Why::Global);
        }
        Verdict::Go
    }

    /// Takes in an answer.
    fn learn(&mut self, key: &Key, answer: Answer, began: Moment, now: Moment) {
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
            _ => self.lose(key, now),
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
            // The bucket has slots left, or there is none: the limit is one that no header shows.
            (Scope::User | Scope::Shared, _) => {
                let of = parked(key);
                self.parked.retain(|(other, deadline)| *other != of && !deadline.is_over(now));
                self.parked.push((of, Deadline::new(now, limited.retry_after)));
            }
        }
    }

    /// A request went out, and no answer reported what is left of its bucket.
    fn lose(&mut self, key: &Key, now: Moment) {
        if let Some(bucket) = self.bucket_name(key).and_then(|name| self.buckets.get_mut(&name)) {
            bucket.lose(now);
        }
    }

    /// Remembers a route's bucket and moves the route's tickets there. They stay in the order of their age.
    fn set_route(&mut self, key: &Key, route: Route, now: Moment) {
        if self.routes.get(&key.route) == Some(&route) {
            return;
        }
        if self.routes.len() >= MOST_KEPT || self.buckets.len() >= MOST_KEPT {
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

/// The bucket of a key's requests; `None` if no bucket limits them.
pub(super) fn bucket_name(routes: &HashMap<String, Route>, key: &Key) -> Option<BucketName> {
    let name = match routes.get(&key.route) {
        Some(Route::Unlimited) => return None,
        Some(Route::Hash(hash)) => hash.clone(),
        None => key.route.clone(),
    };
    Some(BucketName { name, major: key.major.clone() })
}

fn parked(key: &Key) -> Parked {
    Parked { route: key.route.clone(), major: key.major.clone(), class: key.class }
}

/// How long a hidden limit keeps requests of that class waiting.
fn parked_for(parked: &[(Parked, Deadline)], key: &Key, now: Moment) -> Option<Duration> {
    let same = |p: &Parked| p.route == key.route && p.major == key.major && p.class == key.class;
    let (_, deadline) = parked.iter().find(|(p, _)| same(p))?;
    Some(deadline.left(now)).filter(|left| !left.is_zero())
}
