//! The limiter's whole state, and what may be done with it: pure, but for being changed in place.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::{Answer, Outcome, Scope};
use super::bucket::Bucket;
use super::clock::{Deadline, Now};
use super::global::Global;
use super::invalid::{self, Invalid};
use super::key::{Class, Key, Pool};
use super::{Refusal, Ticket, Verdict, Why};

/// Above so many buckets or routes, those of which nothing current is known are forgotten.
pub(super) const MOST_KEPT: usize = 4096;

/// For how long a token that Discord did not know is not tried again.
const DEAD: Duration = Duration::from_secs(3600);

/// Everything known of limits: of one bot, or of one address's requests without a token.
#[derive(Debug, Default)]
pub struct State {
    pub(super) routes: HashMap<String, Route>,
    pub(super) buckets: HashMap<Lane, Bucket>,
    pub(super) parked: Vec<(Parked, Deadline)>,
    pub(super) token: Global,
    pub(super) address: Global,
    pub(super) blocked: Option<Deadline>,
    pub(super) invalid: Invalid,
    /// Until when the token counts as dead.
    pub(super) dead: Option<Deadline>,
    pub(super) tickets: BTreeMap<Ticket, Entry>,
    pub(super) last: u64,
}

/// What a hidden limit holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parked {
    pub route: String,
    pub major: String,
    class: Class,
}

/// What is known of a route's bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Route {
    Hash(String),
    /// It was answered without a bucket: only the global limit holds.
    Unlimited,
}

/// What shares a bucket: the hash, or the route until its hash is known, and the major parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Lane {
    pub name: String,
    pub major: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub key: Key,
    pub lane: Option<Lane>,
    pub phase: Phase,
    /// When it was last told to go.
    pub began: Now,
    /// While it waits: by when it must have asked again. One that does not, as when its process was
    /// stopped, keeps nobody.
    pub due: Now,
}

/// How far a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// It wants nothing now: just entered, backing off, or its answer is being read.
    Idle,
    /// It has asked for a slot; where it stood when it asked last.
    Waiting(Why),
    /// It has a slot, and has gone out or is about to.
    Sent,
}

impl State {
    pub fn enter(&mut self, key: &Key) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        let entry =
            Entry { lane: self.lane(key), key: key.clone(), phase: Phase::Idle, began: Now(0), due: Now(u64::MAX) };
        self.tickets.insert(ticket, entry);
        ticket
    }

    /// Whether the ticket may go now. If so, it holds a slot from now on.
    pub fn poll(&mut self, ticket: Ticket, now: Now) -> Verdict {
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

    /// What came of the ticket's request. The ticket keeps its age, for a repetition.
    pub fn settle(&mut self, ticket: Ticket, outcome: Outcome, now: Now) {
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

    /// The ticket is done with. If it was sent, Discord may have counted it.
    pub fn leave(&mut self, ticket: Ticket, now: Now) {
        let Some(entry) = self.tickets.get(&ticket) else { return };
        match entry.phase {
            Phase::Sent => self.settle(ticket, Outcome::NoAnswer, now),
            Phase::Idle | Phase::Waiting(_) => {}
        }
        self.tickets.remove(&ticket);
    }

    /// The token was found to be no token any more.
    pub fn died(&mut self, now: Now) {
        self.dead = Some(Deadline::new(now, DEAD));
    }

    /// Whether a ticket that holds no slot may have one.
    fn judge(&mut self, ticket: Ticket, now: Now) -> Verdict {
        let wait = |length, why| Verdict::Wait { length, why };
        if let Some(left) = self.blocked.as_mut().map(|b| b.left(now)).filter(|left| !left.is_zero()) {
            return wait(Some(left), Why::Blocked);
        }
        let entry = &self.tickets[&ticket];
        let pool = entry.key.pool;
        if pool == Pool::Token
            && let Some(dead) = &mut self.dead
            && !dead.left(now).is_zero()
        {
            return Verdict::Refuse(Refusal::DeadToken { for_another: dead.left(now) });
        }
        let count = self.invalid.count(now);
        if count >= invalid::STOP {
            return Verdict::Refuse(Refusal::TooManyInvalid { count, retry_in: self.invalid.left(now) });
        }
        let entry = &self.tickets[&ticket];
        let lane = entry.lane.clone();
        if let Some(left) = parked_for(&mut self.parked, &entry.key, now) {
            return wait(Some(left), Why::Hidden);
        }
        if let Some(lane) = lane {
            let mut in_flight = 0;
            let mut ahead = 0;
            for (other, entry) in self.tickets.iter().filter(|(_, e)| e.lane.as_ref() == Some(&lane)) {
                match entry.phase {
                    Phase::Sent => in_flight += 1,
                    // Who is kept by something that is not the bucket's does not keep the others.
                    Phase::Waiting(_)
                        if *other < ticket
                            && now <= entry.due
                            && parked_for(&mut self.parked, &entry.key, now).is_none() =>
                    {
                        ahead += 1;
                    }
                    Phase::Waiting(_) | Phase::Idle => {}
                }
            }
            let (free, left) = match self.buckets.get_mut(&lane) {
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
            .filter(|(_, e)| e.key.pool == pool && e.phase == Phase::Waiting(Why::Global) && now <= e.due)
            .count();
        if let Some(global) = self.global(pool)
            && ahead >= global.free(now)
        {
            return wait(Some(global.left(now)), Why::Global);
        }
        Verdict::Go
    }

    /// Takes in an answer.
    fn learn(&mut self, key: &Key, answer: Answer, began: Now, now: Now) {
        if answer.invalid() {
            self.invalid.add(now);
        }
        if let Some(hash) = answer.bucket {
            self.set_route(key, Route::Hash(hash), now);
        } else if (200..300).contains(&answer.status) && !self.routes.contains_key(&key.route) {
            self.set_route(key, Route::Unlimited, now);
        }
        match (answer.quota, self.lane(key)) {
            (Some(quota), Some(lane)) => {
                self.buckets
                    .entry(lane)
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
                if let Some(bucket) = self.lane(key).and_then(|lane| self.buckets.get_mut(&lane)) {
                    bucket.exhaust(limited.retry_after, now);
                }
            }
            // The bucket has slots left, or there is none: the limit is one that no header tells.
            (Scope::User | Scope::Shared, _) => {
                let of = parked(key);
                self.parked.retain_mut(|(other, deadline)| *other != of && !deadline.left(now).is_zero());
                self.parked.push((of, Deadline::new(now, limited.retry_after)));
            }
        }
    }

    /// A request went out and nothing told what is left of its bucket.
    fn lose(&mut self, key: &Key, now: Now) {
        if let Some(bucket) = self.lane(key).and_then(|lane| self.buckets.get_mut(&lane)) {
            bucket.lose(now);
        }
    }

    /// Remembers a route's bucket and moves its tickets there; their order is their age, so it stays.
    fn set_route(&mut self, key: &Key, route: Route, now: Now) {
        if self.routes.get(&key.route) == Some(&route) {
            return;
        }
        if self.routes.len() >= MOST_KEPT || self.buckets.len() >= MOST_KEPT {
            self.buckets.retain(|_, bucket| !bucket.idle(now));
            let held: Vec<String> = self.tickets.values().map(|e| e.key.route.clone()).collect();
            self.routes.retain(|route, _| held.contains(route));
        }
        self.routes.insert(key.route.clone(), route);
        let routes = &self.routes;
        for entry in self.tickets.values_mut().filter(|e| e.key.route == key.route) {
            entry.lane = lane(routes, &entry.key);
        }
    }

    fn lane(&self, key: &Key) -> Option<Lane> {
        lane(&self.routes, key)
    }

    pub(super) const fn global(&mut self, pool: Pool) -> Option<&mut Global> {
        match pool {
            Pool::Token => Some(&mut self.token),
            Pool::Address => Some(&mut self.address),
            Pool::Exempt => None,
        }
    }
}

/// Where a key's requests queue; `None` if no bucket limits them.
pub(super) fn lane(routes: &HashMap<String, Route>, key: &Key) -> Option<Lane> {
    let name = match routes.get(&key.route) {
        Some(Route::Unlimited) => return None,
        Some(Route::Hash(hash)) => hash.clone(),
        None => key.route.clone(),
    };
    Some(Lane { name, major: key.major.clone() })
}

fn parked(key: &Key) -> Parked {
    Parked { route: key.route.clone(), major: key.major.clone(), class: key.class }
}

/// For how long a hidden limit still keeps requests of that class.
fn parked_for(parked: &mut [(Parked, Deadline)], key: &Key, now: Now) -> Option<Duration> {
    let same = |p: &Parked| p.route == key.route && p.major == key.major && p.class == key.class;
    let (_, deadline) = parked.iter_mut().find(|(p, _)| same(p))?;
    Some(deadline.left(now)).filter(|left| !left.is_zero())
}
