//! Stores the limiter's state as records in `limits.db`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Outcome;
use super::bucket::Bucket;
use super::global::Global;
use super::invalid::InvalidRequests;
use super::key::{Key, Pool};
use super::scopes::Scopes;
use super::state::{self, BucketName, Entry, HiddenLimit, Phase, Route, State};
use super::verdict::{TicketId, Verdict};
use crate::model::{Deadline, Moment};
use crate::store::{Error, Owner, Record, Transaction};

/// The kinds of records.
pub mod kind {
    /// One per scope: [`super::Common`].
    pub const COMMON: &str = "common";
    /// One per host: [`super::Host`].
    pub const HOST: &str = "host";
    pub const ROUTE: &str = "route";
    pub const BUCKET: &str = "bucket";
    pub const TICKET: &str = "ticket";
}

/// The state of a scope, apart from its routes, buckets and tickets.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Common {
    last: u64,
    pub global: Global,
    pub hidden: Vec<(HiddenLimit, Deadline)>,
    pub dead: Option<Deadline>,
    /// When a process last searched for tickets of dead processes.
    pub last_scan: Option<Moment>,
}

impl Record for Common {
    fn rewind(&mut self, now: Moment) -> bool {
        let hidden = self.hidden.iter_mut().fold(false, |any, (_, deadline)| deadline.rewind(now) | any);
        let dead = self.dead.as_mut().is_some_and(|dead| dead.rewind(now));
        let last_scan = self.last_scan.as_mut().is_some_and(|last_scan| last_scan.rewind(now));
        self.global.rewind(now) | hidden | dead | last_scan
    }
}

/// The state of a host, which applies to all tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    pub blocked: Option<Deadline>,
    pub invalid: InvalidRequests,
}

impl Record for Host {
    fn rewind(&mut self, now: Moment) -> bool {
        self.blocked.as_mut().is_some_and(|blocked| blocked.rewind(now)) | self.invalid.rewind(now)
    }
}

/// A ticket and the process that owns it.
#[derive(Debug, Serialize, Deserialize)]
pub struct TicketRecord {
    owner: Owner,
    pub entry: Entry,
}

impl Record for TicketRecord {
    fn rewind(&mut self, now: Moment) -> bool {
        self.entry.rewind(now)
    }
}

/// A process's reference to its own ticket. The id is valid only with the same lease: if the file fails, the ledger continues
/// in memory with a new lease, and ticket ids start again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketHandle {
    owner: Owner,
    id: TicketId,
}

/// The minimum time between two searches for tickets of dead processes, across all waiting processes.
pub const DEAD_TICKET_SCAN: Duration = Duration::from_millis(250);

/// The ticket of a request that has been in flight for longer than this is removed, because its process must be suspended.
const STALLED_AFTER: Duration = Duration::from_secs(15 * 60);

/// A waiting process polls again when its request can be sent. A process that is later than this counts as suspended.
const POLL_GRACE: Duration = Duration::from_secs(2);

/// The number of new tickets between two removals of old buckets and routes.
const TICKETS_PER_SWEEP: u64 = 1024;

/// The part of a scope's state that a call needs, and the records from which it was loaded.
pub struct LoadedScope<'a> {
    transaction: &'a Transaction<'a>,
    scope: &'a str,
    /// `None` if the call does not need the host's record.
    host: Option<&'a str>,
    pool: Pool,
    state: State,
    last_scan: Option<Moment>,
    owners: BTreeMap<TicketId, Owner>,
    /// The records as stored in the file, so that [`Self::save`] writes only the changed ones.
    common: Option<String>,
    host_record: Option<String>,
    tickets: HashMap<TicketId, String>,
    routes: HashMap<String, Option<Route>>,
    buckets: HashMap<BucketName, Option<Bucket>>,
}

impl<'a> LoadedScope<'a> {
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
        let host_record: Host = host_text.as_deref().and_then(|text| transaction.read(text)).unwrap_or_default();
        let mut state = State {
            last: common.last,
            hidden: common.hidden,
            dead: common.dead,
            blocked: host_record.blocked,
            invalid: host_record.invalid,
            ..State::default()
        };
        *global_limit(&mut state, pool) = common.global;
        let mut loaded = Self {
            transaction,
            scope,
            host,
            pool,
            state,
            last_scan: common.last_scan,
            owners: BTreeMap::new(),
            common: common_text,
            host_record: host_text,
            tickets: HashMap::new(),
            routes: HashMap::new(),
            buckets: HashMap::new(),
        };
        for (key, text) in transaction.list(scope, kind::TICKET)? {
            let Ok(id) = key.parse().map(TicketId) else { continue };
            if let Some(TicketRecord { owner, entry }) = transaction.read(&text) {
                loaded.state.tickets.insert(id, entry);
                loaded.owners.insert(id, owner);
            }
            loaded.tickets.insert(id, text);
        }
        Ok(loaded)
    }

    /// Requests a slot. First adds the ticket to the ledger if it is missing, because it is new or because the limits were
    /// cleared.
    pub fn poll(&mut self, handle: Option<TicketHandle>, key: &Key) -> Result<(TicketHandle, Verdict), Error> {
        let now = self.transaction.now();
        self.load_route_and_bucket(key)?;
        let id = match handle.and_then(|handle| self.find(handle)) {
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
            // The deadline is not updated at each poll, because each write wakes the other waiting processes.
            let is_near = |left: Duration| (wait + POLL_GRACE / 2..=wait + POLL_GRACE).contains(&left);
            if !entry.due.is_some_and(|due| is_near(due.left(now))) {
                entry.due = Some(Deadline::new(now, wait + POLL_GRACE));
            }
        }
        Ok((TicketHandle { owner: self.transaction.lease().owner(), id }, verdict))
    }

    fn enter(&mut self, key: &Key) -> Result<TicketId, Error> {
        let id = self.state.enter(key);
        self.owners.insert(id, self.transaction.lease().owner());
        if id.0.is_multiple_of(TICKETS_PER_SWEEP) {
            self.sweep()?;
        }
        Ok(id)
    }

    /// The id of a ticket, if it is in the ledger and belongs to this process.
    fn find(&self, handle: TicketHandle) -> Option<TicketId> {
        (self.owners.get(&handle.id) == Some(&handle.owner)).then_some(handle.id)
    }

    /// Records the outcome of a request, and removes the ticket if `leave` is set.
    pub fn settle(&mut self, handle: TicketHandle, outcome: &Outcome, leave: bool) -> Result<(), Error> {
        let now = self.transaction.now();
        let Some(id) = self.find(handle) else { return Ok(()) };
        let key = self.state.tickets[&id].key.clone();
        self.load_route_and_bucket(&key)?;
        if let Outcome::Answer(answer) = outcome
            && let Some(hash) = &answer.bucket
        {
            self.load_bucket(BucketName { name: hash.clone(), major: key.major })?;
        }
        self.state.settle(id, outcome.clone(), now);
        if leave {
            self.state.leave(id, now);
        }
        Ok(())
    }

    /// Removes a ticket.
    pub fn leave(&mut self, handle: TicketHandle) -> Result<(), Error> {
        self.find(handle).map_or(Ok(()), |id| self.remove(id))
    }

    fn remove(&mut self, id: TicketId) -> Result<(), Error> {
        let key = self.state.tickets[&id].key.clone();
        self.load_route_and_bucket(&key)?;
        self.state.leave(id, self.transaction.now());
        Ok(())
    }

    /// Removes the tickets of dead processes, unless a process has just done so. Returns whether there were any.
    fn release_dead(&mut self) -> Result<bool, Error> {
        let now = self.transaction.now();
        if self.last_scan.is_some_and(|last_scan| now.since(last_scan) < DEAD_TICKET_SCAN) {
            return Ok(false);
        }
        self.last_scan = Some(now);
        let lease = self.transaction.lease();
        let living: HashSet<Owner> = self.owners.values().copied().filter(|owner| lease.is_alive(*owner)).collect();
        let gone: Vec<TicketId> = (self.state.tickets.iter())
            .filter(|(id, entry)| {
                let stalled = entry.phase == Phase::Sent && now.since(entry.began) > STALLED_AFTER;
                stalled || !living.contains(&self.owners[id])
            })
            .map(|(id, _)| *id)
            .collect();
        for id in &gone {
            self.remove(*id)?;
        }
        Ok(!gone.is_empty())
    }

    /// Loads the route and the bucket of a key.
    fn load_route_and_bucket(&mut self, key: &Key) -> Result<(), Error> {
        if !self.routes.contains_key(&key.route) {
            let route: Option<Route> = self.transaction.get(self.scope, kind::ROUTE, &key.route)?;
            if let Some(route) = &route {
                self.state.routes.insert(key.route.clone(), route.clone());
            }
            self.routes.insert(key.route.clone(), route);
        }
        match state::bucket_name(&self.state.routes, key) {
            Some(name) => self.load_bucket(name),
            None => Ok(()),
        }
    }

    fn load_bucket(&mut self, name: BucketName) -> Result<(), Error> {
        if !self.buckets.contains_key(&name) {
            let bucket: Option<Bucket> = self.transaction.get(self.scope, kind::BUCKET, &bucket_key(&name))?;
            if let Some(bucket) = &bucket {
                self.state.buckets.insert(name.clone(), bucket.clone());
            }
            self.buckets.insert(name, bucket);
        }
        Ok(())
    }

    /// Marks the scope's token as dead.
    pub fn mark_token_dead(&mut self) {
        self.state.mark_token_dead(self.transaction.now());
    }

    /// Writes the records that changed.
    pub fn save(mut self) -> Result<(), Error> {
        let Self { transaction, scope, .. } = self;
        let common = Common {
            last: self.state.last,
            global: std::mem::take(global_limit(&mut self.state, self.pool)),
            hidden: std::mem::take(&mut self.state.hidden),
            dead: self.state.dead,
            last_scan: self.last_scan,
        };
        transaction.put_changed(scope, kind::COMMON, "", &common, self.common.as_deref())?;
        if let Some(host) = self.host {
            let host_record = Host { blocked: self.state.blocked, invalid: std::mem::take(&mut self.state.invalid) };
            transaction.put_changed(host, kind::HOST, "", &host_record, self.host_record.as_deref())?;
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
            let owned = TicketRecord { owner: self.owners[&id], entry };
            let before = self.tickets.get(&id).map(String::as_str);
            transaction.put_changed(scope, kind::TICKET, &id.0.to_string(), &owned, before)?;
        }
        Ok(())
    }

    /// Removes idle buckets if there are too many, and all routes if there are too many of these.
    fn sweep(&self) -> Result<(), Error> {
        let buckets = self.transaction.list(self.scope, kind::BUCKET)?;
        if buckets.len() > state::MAX_RECORDS {
            for (key, text) in buckets {
                let bucket: Option<Bucket> = self.transaction.read(&text);
                if bucket.is_none_or(|mut bucket| bucket.is_idle(self.transaction.now())) {
                    self.transaction.remove(self.scope, kind::BUCKET, &key)?;
                }
            }
        }
        let routes = self.transaction.list(self.scope, kind::ROUTE)?;
        if routes.len() > state::MAX_RECORDS {
            for (key, _) in routes {
                self.transaction.remove(self.scope, kind::ROUTE, &key)?;
            }
        }
        Ok(())
    }
}

/// Removes the tickets of dead processes from a scope.
pub fn release_dead(transaction: &Transaction<'_>, scope: &str) -> Result<(), Error> {
    let tickets = transaction.list(scope, kind::TICKET)?;
    // All tickets of a scope count towards the same global limit.
    let Some(TicketRecord { entry, .. }) = tickets.iter().find_map(|(_, text)| transaction.read(text)) else {
        return Ok(());
    };
    let mut loaded = LoadedScope::load_scope(transaction, scope, None, entry.key.pool)?;
    loaded.last_scan = None;
    if loaded.release_dead()? { loaded.save() } else { Ok(()) }
}

/// The global limit of a scope: a token's or an IP address's.
const fn global_limit(state: &mut State, pool: Pool) -> &mut Global {
    match pool {
        Pool::Token => &mut state.token,
        Pool::Address | Pool::Exempt => &mut state.address,
    }
}

/// The key of a bucket's record. Neither a hash nor an id contains a line break.
fn bucket_key(name: &BucketName) -> String {
    format!("{}\n{}", name.name, name.major)
}
