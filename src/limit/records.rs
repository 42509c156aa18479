//! The state as records in `limits.db`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Outcome;
use super::bucket::Bucket;
use super::global::Global;
use super::invalid::Invalid;
use super::key::{Key, Pool};
use super::scopes::Scopes;
use super::state::{self, BucketName, Entry, Parked, Phase, Route, State};
use super::verdict::{TicketId, Verdict};
use crate::model::{Deadline, Moment};
use crate::store::{Error, Owner, Record, Transaction};

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
    /// When a process last looked for tickets of processes that have died.
    pub looked: Option<Moment>,
}

impl Record for Common {
    fn rewind(&mut self, now: Moment) -> bool {
        let parked = self.parked.iter_mut().fold(false, |any, (_, deadline)| deadline.rewind(now) | any);
        let dead = self.dead.as_mut().is_some_and(|dead| dead.rewind(now));
        let looked = self.looked.as_mut().is_some_and(|looked| looked.rewind(now));
        self.global.rewind(now) | parked | dead | looked
    }
}

/// What is known of a host, for all tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    pub blocked: Option<Deadline>,
    pub invalid: Invalid,
}

impl Record for Host {
    fn rewind(&mut self, now: Moment) -> bool {
        self.blocked.as_mut().is_some_and(|blocked| blocked.rewind(now)) | self.invalid.rewind(now)
    }
}

/// A ticket and the process that has it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OwnedEntry {
    owner: Owner,
    pub entry: Entry,
}

impl Record for OwnedEntry {
    fn rewind(&mut self, now: Moment) -> bool {
        self.entry.rewind(now)
    }
}

/// A ticket as the process that has it knows it. Its number means nothing under another lease, as where the file has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    owner: Owner,
    id: TicketId,
}

/// One of the processes that wait looks for tickets of dead processes, and not more often than this.
pub const LOOK: Duration = Duration::from_millis(250);

/// A request of a living process that has not ended for so long belongs to a process that is stopped.
const STALLED: Duration = Duration::from_secs(15 * 60);

/// A process that waits asks again when its request can go; so much later the process counts as stopped.
const LATE: Duration = Duration::from_secs(2);

/// How many new tickets go between two clean-ups.
const SWEEP: u64 = 1024;

/// The part of a scope's state that a call needs, and what it was when it was loaded.
pub struct View<'a> {
    transaction: &'a Transaction<'a>,
    scope: &'a str,
    /// `None` where nothing of the host's is needed.
    host: Option<&'a str>,
    pool: Pool,
    state: State,
    looked: Option<Moment>,
    owners: BTreeMap<TicketId, Owner>,
    /// The records as they are in the file: those that do not change are not written.
    common: Option<String>,
    of_host: Option<String>,
    tickets: HashMap<TicketId, String>,
    routes: HashMap<String, Option<Route>>,
    buckets: HashMap<BucketName, Option<Bucket>>,
}

impl<'a> View<'a> {
    pub fn load(transaction: &'a Transaction<'a>, scopes: &'a Scopes, pool: Pool) -> Result<Self, Error> {
        Self::load_scope(transaction, scopes.of(pool), Some(&scopes.host), pool)
    }

    fn load_scope(
        transaction: &'a Transaction<'a>,
        scope: &'a str,
        host: Option<&'a str>,
        pool: Pool,
    ) -> Result<Self, Error> {
        let common_text = transaction.text(scope, kind::COMMON, "")?;
        let host_text = host.map(|host| transaction.text(host, kind::HOST, "")).transpose()?.flatten();
        let common: Common = common_text.as_deref().and_then(|text| transaction.read(text)).unwrap_or_default();
        let of_host: Host = host_text.as_deref().and_then(|text| transaction.read(text)).unwrap_or_default();
        let mut state = State {
            last: common.last,
            parked: common.parked,
            dead: common.dead,
            blocked: of_host.blocked,
            invalid: of_host.invalid,
            ..State::default()
        };
        *global_of(&mut state, pool) = common.global;
        let mut view = Self {
            transaction,
            scope,
            host,
            pool,
            state,
            looked: common.looked,
            owners: BTreeMap::new(),
            common: common_text,
            of_host: host_text,
            tickets: HashMap::new(),
            routes: HashMap::new(),
            buckets: HashMap::new(),
        };
        for (key, text) in transaction.list(scope, kind::TICKET)? {
            let Ok(id) = key.parse().map(TicketId) else { continue };
            if let Some(OwnedEntry { owner, entry }) = transaction.read(&text) {
                view.state.tickets.insert(id, entry);
                view.owners.insert(id, owner);
            }
            view.tickets.insert(id, text);
        }
        Ok(view)
    }

    /// Asks for a slot, and enters the ticket first if it is not known: it is new, or somebody has cleared the limits.
    pub fn poll(&mut self, entered: Option<Entered>, key: &Key) -> Result<(Entered, Verdict), Error> {
        let now = self.transaction.now();
        self.need(key)?;
        let id = match entered.and_then(|entered| self.known(entered)) {
            Some(id) => id,
            None => self.enter(key)?,
        };
        let mut verdict = self.state.poll(id, now);
        if matches!(verdict, Verdict::Wait { .. }) && self.release_dead()? {
            verdict = self.state.poll(id, now);
        }
        if let Verdict::Wait { length, .. } = verdict
            && let Some(entry) = self.state.tickets.get_mut(&id)
        {
            let wait = length.unwrap_or_default();
            // Not with each look: what is written makes other processes look.
            let is_near = |left: Duration| (wait + LATE / 2..=wait + LATE).contains(&left);
            if !entry.due.is_some_and(|due| is_near(due.left(now))) {
                entry.due = Some(Deadline::new(now, wait + LATE));
            }
        }
        Ok((Entered { owner: self.transaction.lease().owner(), id }, verdict))
    }

    fn enter(&mut self, key: &Key) -> Result<TicketId, Error> {
        let id = self.state.enter(key);
        self.owners.insert(id, self.transaction.lease().owner());
        if id.0.is_multiple_of(SWEEP) {
            self.sweep()?;
        }
        Ok(id)
    }

    /// The number of a ticket that is still known, and still this process's.
    fn known(&self, entered: Entered) -> Option<TicketId> {
        (self.owners.get(&entered.id) == Some(&entered.owner)).then_some(entered.id)
    }

    /// Takes in what came of a request.
    pub fn settle(&mut self, entered: Entered, outcome: &Outcome, leave: bool) -> Result<(), Error> {
        let now = self.transaction.now();
        let Some(id) = self.known(entered) else { return Ok(()) };
        let key = self.state.tickets[&id].key.clone();
        self.need(&key)?;
        if let Outcome::Answer(answer) = outcome
            && let Some(hash) = &answer.bucket
        {
            self.need_bucket(BucketName { name: hash.clone(), major: key.major })?;
        }
        self.state.settle(id, outcome.clone(), now);
        if leave {
            self.state.leave(id, now);
        }
        Ok(())
    }

    /// The request is over or given up.
    pub fn leave(&mut self, entered: Entered) -> Result<(), Error> {
        self.known(entered).map_or(Ok(()), |id| self.remove(id))
    }

    fn remove(&mut self, id: TicketId) -> Result<(), Error> {
        let key = self.state.tickets[&id].key.clone();
        self.need(&key)?;
        self.state.leave(id, self.transaction.now());
        Ok(())
    }

    /// Removes the tickets of dead processes, if it is time to look for them. Says whether there were any.
    fn release_dead(&mut self) -> Result<bool, Error> {
        let now = self.transaction.now();
        if self.looked.is_some_and(|looked| now.since(looked) < LOOK) {
            return Ok(false);
        }
        self.looked = Some(now);
        let lease = self.transaction.lease();
        let living: HashSet<Owner> = self.owners.values().copied().filter(|owner| lease.lives(*owner)).collect();
        let gone: Vec<TicketId> = (self.state.tickets.iter())
            .filter(|(id, entry)| {
                let stalled = entry.phase == Phase::Sent && now.since(entry.began) > STALLED;
                stalled || !living.contains(&self.owners[id])
            })
            .map(|(id, _)| *id)
            .collect();
        for id in &gone {
            self.remove(*id)?;
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
        match state::bucket_name(&self.state.routes, key) {
            Some(name) => self.need_bucket(name),
            None => Ok(()),
        }
    }

    fn need_bucket(&mut self, name: BucketName) -> Result<(), Error> {
        if !self.buckets.contains_key(&name) {
            let bucket: Option<Bucket> = self.transaction.get(self.scope, kind::BUCKET, &bucket_key(&name))?;
            if let Some(bucket) = &bucket {
                self.state.buckets.insert(name.clone(), bucket.clone());
            }
            self.buckets.insert(name, bucket);
        }
        Ok(())
    }

    /// Discord does not know the token of the scope any more.
    pub fn died(&mut self) {
        self.state.died(self.transaction.now());
    }

    /// Writes what has changed.
    pub fn save(mut self) -> Result<(), Error> {
        let Self { transaction, scope, .. } = self;
        let common = Common {
            last: self.state.last,
            global: std::mem::take(global_of(&mut self.state, self.pool)),
            parked: std::mem::take(&mut self.state.parked),
            dead: self.state.dead,
            looked: self.looked,
        };
        transaction.put_changed(scope, kind::COMMON, "", &common, self.common.as_deref())?;
        if let Some(host) = self.host {
            let of_host = Host { blocked: self.state.blocked, invalid: std::mem::take(&mut self.state.invalid) };
            transaction.put_changed(host, kind::HOST, "", &of_host, self.of_host.as_deref())?;
        }
        for (route, value) in &self.state.routes {
            if self.routes.get(route).and_then(Option::as_ref) != Some(value) {
                transaction.put(scope, kind::ROUTE, route, value)?;
            }
        }
        for (name, value) in &self.state.buckets {
            if self.buckets.get(name).and_then(Option::as_ref) != Some(value) {
                transaction.put(scope, kind::BUCKET, &bucket_key(name), value)?;
            }
        }
        for id in self.tickets.keys().filter(|id| !self.state.tickets.contains_key(id)) {
            transaction.remove(scope, kind::TICKET, &id.0.to_string())?;
        }
        for (id, entry) in self.state.tickets {
            let owned = OwnedEntry { owner: self.owners[&id], entry };
            let before = self.tickets.get(&id).map(String::as_str);
            transaction.put_changed(scope, kind::TICKET, &id.0.to_string(), &owned, before)?;
        }
        Ok(())
    }

    /// Removes buckets and routes when there are too many.
    fn sweep(&self) -> Result<(), Error> {
        let buckets = self.transaction.list(self.scope, kind::BUCKET)?;
        if buckets.len() > state::MOST_KEPT {
            for (key, text) in buckets {
                let bucket: Option<Bucket> = self.transaction.read(&text);
                if bucket.is_none_or(|mut bucket| bucket.is_idle(self.transaction.now())) {
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

/// Removes the tickets of a scope whose processes have died.
pub fn release_dead(transaction: &Transaction<'_>, scope: &str) -> Result<(), Error> {
    let tickets = transaction.list(scope, kind::TICKET)?;
    // All tickets of a scope count towards the same global limit.
    let Some(OwnedEntry { entry, .. }) = tickets.iter().find_map(|(_, text)| transaction.read(text)) else {
        return Ok(());
    };
    let mut view = View::load_scope(transaction, scope, None, entry.key.pool)?;
    view.looked = None;
    if view.release_dead()? { view.save() } else { Ok(()) }
}

/// The global limit of a scope: a token's or an IP address's.
const fn global_of(state: &mut State, pool: Pool) -> &mut Global {
    match pool {
        Pool::Token => &mut state.token,
        Pool::Address | Pool::Exempt => &mut state.address,
    }
}

/// A line break is in no hash and in no id.
fn bucket_key(name: &BucketName) -> String {
    format!("{}\n{}", name.name, name.major)
}
