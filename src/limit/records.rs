//! The state as records in `limits.db`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Outcome;
use super::bucket::Bucket;
use super::clock::{Deadline, Now};
use super::global::Global;
use super::invalid::Invalid;
use super::shared::Scopes;
use super::state::{self, Entry, Lane, Parked, Phase, Route};
use super::{Key, Pool, State, Ticket, Verdict};
use crate::store::{Error, Holder, Seat, Transaction};

/// What kinds of records there are.
pub mod kind {
    /// One per scope: [`super::Common`].
    pub const COMMON: &str = "common";
    /// One per host: [`super::Host`].
    pub const HOST: &str = "host";
    pub const ROUTE: &str = "route";
    pub const BUCKET: &str = "bucket";
    pub const TICKET: &str = "ticket";
}

/// What is known of a scope as a whole.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Common {
    last: u64,
    pub global: Global,
    pub parked: Vec<(Parked, Deadline)>,
    pub dead: Option<Deadline>,
    /// When somebody last looked for tickets whose processes have died.
    looked: Option<Now>,
}

/// What is known of a host, whoever asks it from here.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    pub blocked: Option<Deadline>,
    pub invalid: Invalid,
}

/// A ticket, and whose it is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Numbered {
    holder: Holder,
    pub entry: Entry,
}

/// Of all that wait, one looks for the dead, and not more often.
pub const LOOK: Duration = Duration::from_millis(250);

/// A request of a living process that has not ended for so long has been stopped, with its process.
const STALLED: Duration = Duration::from_secs(15 * 60);

/// Who waits asks again when it can go; so much later it counts as stopped.
const LATE: Duration = Duration::from_secs(2);

/// How many new tickets go between two clean-ups.
const SWEEP: u64 = 1024;

/// The part of a scope's state that a call needs, and what it was when it was loaded.
pub struct View<'a> {
    transaction: &'a Transaction<'a>,
    seat: &'a Seat,
    scope: &'a str,
    /// `None` where nothing of the host's is needed.
    host: Option<&'a str>,
    pool: Pool,
    pub state: State,
    looked: Option<Now>,
    holders: BTreeMap<Ticket, Holder>,
    /// The records as they are in the file: what is the same at the end is not written.
    common: Option<String>,
    of_host: Option<String>,
    tickets: HashMap<Ticket, String>,
    routes: HashMap<String, Option<Route>>,
    buckets: HashMap<Lane, Option<Bucket>>,
}

impl<'a> View<'a> {
    pub fn load(
        transaction: &'a Transaction<'a>,
        seat: &'a Seat,
        scopes: &'a Scopes,
        pool: Pool,
    ) -> Result<Self, Error> {
        Self::load_scope(transaction, seat, scopes.of(pool), Some(&scopes.host), pool)
    }

    fn load_scope(
        transaction: &'a Transaction<'a>,
        seat: &'a Seat,
        scope: &'a str,
        host: Option<&'a str>,
        pool: Pool,
    ) -> Result<Self, Error> {
        let common_text = transaction.text(scope, kind::COMMON, "")?;
        let host_text = host.map(|host| transaction.text(host, kind::HOST, "")).transpose()?.flatten();
        // What another version wrote in another shape counts as nothing.
        let common: Common = common_text.as_deref().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let of_host: Host = host_text.as_deref().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let mut state = State {
            last: common.last,
            parked: common.parked,
            dead: common.dead,
            blocked: of_host.blocked,
            invalid: of_host.invalid,
            ..State::default()
        };
        *half(&mut state, pool) = common.global;
        let mut view = Self {
            transaction,
            seat,
            scope,
            host,
            pool,
            state,
            looked: common.looked,
            holders: BTreeMap::new(),
            common: common_text,
            of_host: host_text,
            tickets: HashMap::new(),
            routes: HashMap::new(),
            buckets: HashMap::new(),
        };
        for (key, text) in transaction.list(scope, kind::TICKET)? {
            let Ok(id) = key.parse().map(Ticket) else { continue };
            if let Ok(Numbered { holder, entry }) = serde_json::from_str(&text) {
                view.state.tickets.insert(id, entry);
                view.holders.insert(id, holder);
            }
            view.tickets.insert(id, text);
        }
        Ok(view)
    }

    /// Asks for a slot, and enters the ticket first if that has not been done, or was undone by who
    /// cleared the limits.
    pub fn poll(&mut self, id: Option<Ticket>, key: &Key, now: Now) -> Result<(Ticket, Verdict), Error> {
        self.need(key)?;
        let id = match id.filter(|id| self.state.tickets.contains_key(id)) {
            Some(id) => id,
            None => self.enter(key, now)?,
        };
        let mut verdict = self.state.poll(id, now);
        if matches!(verdict, Verdict::Wait { .. }) && self.bury(now)? {
            verdict = self.state.poll(id, now);
        }
        if let Verdict::Wait { length, .. } = verdict
            && let Some(entry) = self.state.tickets.get_mut(&id)
        {
            let back = now.after(length.unwrap_or_default());
            // Not with each look: what is written makes others look.
            if entry.due < back.after(LATE / 2) || entry.due > back.after(LATE) {
                entry.due = back.after(LATE);
            }
        }
        Ok((id, verdict))
    }

    fn enter(&mut self, key: &Key, now: Now) -> Result<Ticket, Error> {
        let id = self.state.enter(key);
        self.holders.insert(id, self.seat.holder());
        if id.0.is_multiple_of(SWEEP) {
            self.sweep(now)?;
        }
        Ok(id)
    }

    /// Takes in what came of a request.
    pub fn settle(&mut self, id: Ticket, outcome: &Outcome, leave: bool, now: Now) -> Result<(), Error> {
        let Some(key) = self.state.tickets.get(&id).map(|entry| entry.key.clone()) else { return Ok(()) };
        self.need(&key)?;
        if let Outcome::Answer(answer) = outcome
            && let Some(hash) = &answer.bucket
        {
            self.need_bucket(Lane { name: hash.clone(), major: key.major })?;
        }
        self.state.settle(id, outcome.clone(), now);
        if leave {
            self.state.leave(id, now);
        }
        Ok(())
    }

    pub fn leave(&mut self, id: Ticket, now: Now) -> Result<(), Error> {
        let Some(key) = self.state.tickets.get(&id).map(|entry| entry.key.clone()) else { return Ok(()) };
        self.need(&key)?;
        self.state.leave(id, now);
        Ok(())
    }

    /// Lets the tickets of dead processes leave, if it is time to look for them. Whether there were any.
    fn bury(&mut self, now: Now) -> Result<bool, Error> {
        if self.looked.is_some_and(|looked| looked <= now && now.since(looked) < LOOK) {
            return Ok(false);
        }
        self.looked = Some(now);
        let living: HashSet<Holder> = self.holders.values().copied().filter(|h| self.seat.lives(*h)).collect();
        let gone: Vec<Ticket> = (self.state.tickets.iter())
            .filter(|(id, entry)| {
                let stalled = entry.phase == Phase::Sent && now.since(entry.began) > STALLED;
                stalled || !living.contains(&self.holders[id])
            })
            .map(|(id, _)| *id)
            .collect();
        for id in &gone {
            self.leave(*id, now)?;
        }
        Ok(!gone.is_empty())
    }

    /// Loads what is known of a key's route and bucket.
    fn need(&mut self, key: &Key) -> Result<(), Error> {
        if !self.routes.contains_key(&key.route) {
            let route: Option<Route> = self.transaction.get(self.scope, kind::ROUTE, &key.route)?;
            if let Some(route) = &route {
                self.state.routes.insert(key.route.clone(), route.clone());
            }
            self.routes.insert(key.route.clone(), route);
        }
        match state::lane(&self.state.routes, key) {
            Some(lane) => self.need_bucket(lane),
            None => Ok(()),
        }
    }

    fn need_bucket(&mut self, lane: Lane) -> Result<(), Error> {
        if !self.buckets.contains_key(&lane) {
            let bucket: Option<Bucket> = self.transaction.get(self.scope, kind::BUCKET, &lane_key(&lane))?;
            if let Some(bucket) = &bucket {
                self.state.buckets.insert(lane.clone(), bucket.clone());
            }
            self.buckets.insert(lane, bucket);
        }
        Ok(())
    }

    /// Writes what has changed.
    pub fn save(mut self) -> Result<(), Error> {
        let Self { transaction, scope, .. } = self;
        let common = Common {
            last: self.state.last,
            global: std::mem::take(half(&mut self.state, self.pool)),
            parked: std::mem::take(&mut self.state.parked),
            dead: self.state.dead,
            looked: self.looked,
        };
        put_changed(transaction, scope, kind::COMMON, "", &common, self.common.as_deref())?;
        if let Some(host) = self.host {
            let of_host = Host { blocked: self.state.blocked, invalid: std::mem::take(&mut self.state.invalid) };
            put_changed(transaction, host, kind::HOST, "", &of_host, self.of_host.as_deref())?;
        }
        for (route, value) in &self.state.routes {
            if self.routes.get(route).and_then(Option::as_ref) != Some(value) {
                transaction.put(scope, kind::ROUTE, route, value)?;
            }
        }
        for (lane, value) in &self.state.buckets {
            if self.buckets.get(lane).and_then(Option::as_ref) != Some(value) {
                transaction.put(scope, kind::BUCKET, &lane_key(lane), value)?;
            }
        }
        for id in self.tickets.keys().filter(|id| !self.state.tickets.contains_key(id)) {
            transaction.remove(scope, kind::TICKET, &id.0.to_string())?;
        }
        for (id, entry) in self.state.tickets {
            let numbered = Numbered { holder: self.holders[&id], entry };
            let before = self.tickets.get(&id).map(String::as_str);
            put_changed(transaction, scope, kind::TICKET, &id.0.to_string(), &numbered, before)?;
        }
        Ok(())
    }

    /// Forgets buckets and routes when there are too many.
    fn sweep(&self, now: Now) -> Result<(), Error> {
        let buckets = self.transaction.list(self.scope, kind::BUCKET)?;
        if buckets.len() > state::MOST_KEPT {
            for (key, text) in buckets {
                if serde_json::from_str::<Bucket>(&text).map_or(true, |mut bucket| bucket.idle(now)) {
                    self.transaction.remove(self.scope, kind::BUCKET, &key)?;
                }
            }
        }
        let routes = self.transaction.list(self.scope, kind::ROUTE)?;
        if routes.len() > state::MOST_KEPT {
            for (key, _) in routes {
                self.transaction.remove(self.scope, kind::ROUTE, &key)?;
            }
        }
        Ok(())
    }
}

/// Lets the tickets of a scope leave whose processes have died, as who waits does.
pub fn bury(transaction: &Transaction<'_>, seat: &Seat, scope: &str, now: Now) -> Result<(), Error> {
    let tickets = transaction.list(scope, kind::TICKET)?;
    // All tickets of a scope have the same half of the global limit.
    let mut numbered = tickets.iter().filter_map(|(_, text)| serde_json::from_str::<Numbered>(text).ok());
    let Some(Numbered { entry, .. }) = numbered.next() else { return Ok(()) };
    let mut view = View::load_scope(transaction, seat, scope, None, entry.key.pool)?;
    view.looked = None;
    if view.bury(now)? { view.save() } else { Ok(()) }
}

fn put_changed(
    transaction: &Transaction<'_>,
    scope: &str,
    kind: &str,
    key: &str,
    value: &impl Serialize,
    before: Option<&str>,
) -> Result<(), Error> {
    let text = serde_json::to_string(value).expect("records have no maps whose keys are not texts");
    if before == Some(text.as_str()) { Ok(()) } else { transaction.put_text(scope, kind, key, &text) }
}

/// The global limit that a scope has: a token's or an address's.
const fn half(state: &mut State, pool: Pool) -> &mut Global {
    match pool {
        Pool::Token => &mut state.token,
        Pool::Address | Pool::Exempt => &mut state.address,
    }
}

/// A line break is in no hash and in no id.
fn lane_key(lane: &Lane) -> String {
    format!("{}\n{}", lane.name, lane.major)
}
