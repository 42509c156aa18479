//! The queue in which shards wait to IDENTIFY. All processes with the same token share it.
//!
//! Discord accepts one IDENTIFY per key (`shard % max_concurrency`) every five seconds, and usually 1000 per day for all
//! shards. It rejects an early IDENTIFY with op 9. If a bot exceeds the daily limit, Discord ends all its sessions and resets
//! its token. Source: Discord's documentation, "Gateway", "Sharding" and "Session Start Limit Object".

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Deadline, Moment};
use crate::store::{Error, Ledger, Record, Transaction};

/// The kinds of records.
mod kind {
    /// For each key, when the next free slot begins.
    pub const SLOT: &str = "identify-slot";
    /// For each key, when Discord accepts the next IDENTIFY from any process.
    pub const FREE: &str = "identify-free";
    pub const STARTS: &str = "session-starts";
}

/// The time between two IDENTIFYs of a key: Discord's five seconds, with a margin for rounding and for differences between
/// clocks.
///
/// The period starts at the response to the previous IDENTIFY, by which time Discord has certainly received it. If the period
/// started when dcord sends an IDENTIFY, and the first took longer to arrive than the second, they could arrive too close
/// together, and Discord would reject the second.
pub const PERIOD: Duration = Duration::from_millis(5050);

/// After this time without a response, an IDENTIFY counts as answered.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a process polls the ledger if its slot begins before the previous IDENTIFY is answered.
const RETRY_WHILE_UNANSWERED: Duration = Duration::from_millis(100);

/// The time between two resets of the identify limit.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The maximum of `max_concurrency`. It is higher than any real value, and prevents a wrong response from exhausting the
/// memory.
const MAX_KEYS: u32 = 1024;

/// The wait for a slot.
pub type Slot<'a> = Pin<Box<dyn Future<Output = Result<Permit<'a>, BudgetSpent>> + Send + 'a>>;

/// The permission to IDENTIFY. Dropping it records that the IDENTIFY is answered.
pub struct Permit<'a>(Option<Box<dyn FnOnce() + Send + 'a>>);

impl<'a> Permit<'a> {
    fn new(answered: impl FnOnce() + Send + 'a) -> Self {
        Self(Some(Box::new(answered)))
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(answered) = self.0.take() {
            answered();
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// The identify limit leaves too few IDENTIFYs until it is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} of today's IDENTIFY calls {} left, but this listener needs {}{}; Discord resets the limit in {}",
    if *.remaining == 0 { "none".to_owned() } else { remaining.to_string() }, if *.remaining == 1 { "is" } else { "are" },
    .needed, if *.reserve > 0 { format!(", and {reserve} are reserved for reconnecting") } else { String::new() },
    crate::model::time::in_words(*.resets_in)
)]
pub struct BudgetSpent {
    pub remaining: u32,
    pub needed: u32,
    pub reserve: u32,
    pub resets_in: Duration,
}

/// The identify limit, as `GET /gateway/bot` reports it.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub total: u32,
    pub remaining: u32,
    pub resets_in: Duration,
    /// The number of IDENTIFYs that this process leaves unused, for other programs and for unexpected reconnects.
    pub reserve: u32,
}

impl Budget {
    /// Returns an error if fewer than `needed` IDENTIFYs are left, apart from the reserve.
    pub fn check(&self, needed: u32) -> Result<(), BudgetSpent> {
        let Self { remaining, reserve, resets_in, .. } = *self;
        if remaining < reserve.saturating_add(needed) {
            return Err(BudgetSpent { remaining, needed, reserve, resets_in });
        }
        Ok(())
    }
}

/// The record of the identify limit: how many IDENTIFYs are left until the next reset.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct SessionStarts {
    pub total: u32,
    pub remaining: u32,
    until: Deadline,
}

impl Record for SessionStarts {
    fn rewind(&mut self, now: Moment) -> bool {
        self.until.rewind(now)
    }
}

impl SessionStarts {
    pub fn new(total: u32, remaining: u32, resets_in: Duration, now: Moment) -> Self {
        Self { total, remaining, until: Deadline::new(now, resets_in) }
    }

    /// Loads the record of a scope. After a reset, all IDENTIFYs are available again.
    pub fn load(transaction: &Transaction<'_>, scope: &str) -> Result<Option<Self>, Error> {
        let now = transaction.now();
        let starts: Option<Self> = transaction.get(scope, kind::STARTS, "")?;
        Ok(starts.map(|starts| match starts.until.is_over(now) {
            true => Self::new(starts.total, starts.total, DAY, now),
            false => starts,
        }))
    }

    pub fn save(&self, transaction: &Transaction<'_>, scope: &str) -> Result<(), Error> {
        transaction.put(scope, kind::STARTS, "", self)
    }

    pub fn resets_in(&self, now: Moment) -> Duration {
        self.until.left(now)
    }
}

/// Assigns the slots in which shards IDENTIFY, for all processes that share a ledger.
///
/// A shard takes the next slot of its key and sleeps until the slot begins, so slots are assigned in the order of requests. If
/// the previous IDENTIFY of the key is answered late, the shard waits longer: Discord allows the next IDENTIFY one period after
/// that response.
pub struct IdentifyQueue {
    ledger: Arc<Ledger>,
    scope: String,
    keys: u32,
    /// `None` if IDENTIFYs are not counted.
    budget: Option<Budget>,
}

/// The result of trying to begin an IDENTIFY.
#[derive(Debug)]
enum IdentifyStart {
    Now(Deadline),
    /// Try again after this time.
    Later(Duration),
}

/// A slot that this process has taken. Dropping it returns the slot unless it was used.
struct TakenSlot<'a> {
    queue: &'a IdentifyQueue,
    key: String,
    until: Moment,
    is_used: bool,
}

impl IdentifyQueue {
    pub fn new(ledger: Arc<Ledger>, scope: String, max_concurrency: u32, budget: Option<Budget>) -> Self {
        Self { ledger, scope, keys: max_concurrency.clamp(1, MAX_KEYS), budget }
    }

    /// The number of keys, which is `max_concurrency`.
    pub fn keys(&self) -> u32 {
        self.keys
    }

    /// Waits for the next slot of the shard's key. The caller then sends IDENTIFY at once, and drops the permit when it has the
    /// response or the connection is lost. Dropping the future returns the slot.
    pub fn slot(&self, shard: u32) -> Slot<'_> {
        Box::pin(async move {
            let key = (shard % self.keys).to_string();
            let Ok(taken) = self.take(&key) else { return Ok(self.unrecorded().await) };
            let (until, mut wait) = taken?;
            let mut slot = TakenSlot { queue: self, key, until, is_used: false };
            loop {
                tokio::time::sleep(wait).await;
                let Ok(begun) = self.begin(&slot.key) else { return Ok(self.unrecorded().await) };
                match begun? {
                    IdentifyStart::Now(begun) => {
                        slot.is_used = true;
                        let key = slot.key.clone();
                        // If the ledger fails here, the key is free after `ANSWER_TIMEOUT`.
                        return Ok(Permit::new(move || drop(self.answered(&key, begun))));
                    }
                    IdentifyStart::Later(later) => wait = later,
                }
            }
        })
    }

    /// A permit for when the ledger fails even in memory.
    async fn unrecorded(&self) -> Permit<'_> {
        tokio::time::sleep(PERIOD).await;
        Permit::new(|| {})
    }

    /// Loads the identify limit. Returns an error if it allows no further IDENTIFY.
    fn starts(&self, transaction: &Transaction<'_>) -> Result<Result<Option<SessionStarts>, BudgetSpent>, Error> {
        let Some(budget) = self.budget else { return Ok(Ok(None)) };
        let now = transaction.now();
        let starts = SessionStarts::load(transaction, &self.scope)?
            .unwrap_or_else(|| SessionStarts::new(budget.total, budget.remaining, budget.resets_in, now));
        let left = Budget { remaining: starts.remaining, resets_in: starts.resets_in(now), ..budget };
        Ok(left.check(1).map(|()| Some(starts)))
    }

    /// Takes the next slot of a key. Returns the end of the slot, and the time until it begins.
    fn take(&self, key: &str) -> Result<Result<(Moment, Duration), BudgetSpent>, Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            if let Err(spent) = self.starts(transaction)? {
                return Ok(Err(spent));
            }
            let now = transaction.now();
            let left = |kind| {
                let deadline: Option<Deadline> = transaction.get(scope, kind, key)?;
                Ok::<_, Error>(deadline.map_or(Duration::ZERO, |deadline| deadline.left(now)))
            };
            // An IDENTIFY in flight is usually answered long before `ANSWER_TIMEOUT`.
            let wait = left(kind::SLOT)?.max(left(kind::FREE)?.min(PERIOD));
            let next = Deadline::new(now, wait + PERIOD);
            transaction.put(scope, kind::SLOT, key, &next)?;
            Ok(Ok((next.end(), wait)))
        })
    }

    /// Begins an IDENTIFY, if Discord accepts one now. Only this call counts towards the identify limit, as the numbers that
    /// Discord reports do not include waiting processes either.
    fn begin(&self, key: &str) -> Result<Result<IdentifyStart, BudgetSpent>, Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            let now = transaction.now();
            let free: Option<Deadline> = transaction.get(scope, kind::FREE, key)?;
            let wait = free.map_or(Duration::ZERO, |free| free.left(now));
            if !wait.is_zero() {
                return Ok(Ok(IdentifyStart::Later(if wait > PERIOD { RETRY_WHILE_UNANSWERED } else { wait })));
            }
            match self.starts(transaction)? {
                Err(spent) => return Ok(Err(spent)),
                Ok(Some(starts)) => {
                    SessionStarts { remaining: starts.remaining - 1, ..starts }.save(transaction, scope)?;
                }
                Ok(None) => {}
            }
            let unanswered = Deadline::new(now, ANSWER_TIMEOUT + PERIOD);
            transaction.put(scope, kind::FREE, key, &unanswered)?;
            Ok(Ok(IdentifyStart::Now(unanswered)))
        })
    }

    /// Records that an IDENTIFY is answered.
    fn answered(&self, key: &str, begun: Deadline) -> Result<(), Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            // Another process may have begun an IDENTIFY since.
            if transaction.get::<Deadline>(scope, kind::FREE, key)? == Some(begun) {
                transaction.put(scope, kind::FREE, key, &Deadline::new(transaction.now(), PERIOD))?;
            }
            Ok(())
        })
    }

    /// Returns a slot, unless a later slot is already taken.
    fn give_back(&self, key: &str, until: Moment) -> Result<(), Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            let next: Option<Deadline> = transaction.get(scope, kind::SLOT, key)?;
            match next.filter(|next| next.end() == until) {
                Some(next) => transaction.put(scope, kind::SLOT, key, &next.earlier(PERIOD)),
                None => Ok(()),
            }
        })
    }
}

impl Drop for TakenSlot<'_> {
    fn drop(&mut self) {
        if !self.is_used {
            // If the ledger fails here, the slot stays taken, and the next shard waits five seconds longer.
            let _ = self.queue.give_back(&self.key, self.until);
        }
    }
}

#[cfg(test)]
mod tests;
