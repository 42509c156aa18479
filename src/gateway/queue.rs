//! The queue in which shards wait to identify, which all processes with one token share.
//!
//! Discord takes one identify every five seconds for each `shard % max_concurrency`, and a thousand a day over all shards. Going
//! beyond the first costs an op 9; running out of the second ends all sessions and resets the bot's token.
//! Source: Discord's reference, "Gateway", "Sharding" and "Session Start Limit Object".

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Deadline, Moment};
use crate::store::{Error, Ledger, Record, Transaction};

/// What kinds of records there are.
mod kind {
    /// By key, `shard % max_concurrency`: when the slot of the process that asks next is.
    pub const SLOT: &str = "identify-slot";
    /// By key: when Discord takes the next identify, whichever process sends it.
    pub const FREE: &str = "identify-free";
    pub const STARTS: &str = "session-starts";
}

/// Between two identifies of one key: Discord's five seconds, and as much as clocks may differ and milliseconds may be cut off
/// meanwhile.
///
/// It is counted from the answer to the identify before. Nobody here knows when Discord *received* that one, but it was not
/// later; counted from its sending, a slower way of the first than of the second would bring them nearer to each other, and
/// Discord would refuse the second.
pub const PERIOD: Duration = Duration::from_millis(5050);

/// An identify that has no answer for so long counts as answered: the answer will not arrive any more.
const UNANSWERED: Duration = Duration::from_secs(10);

/// A process whose slot has come while the identify before it has no answer looks again this often.
const LOOK: Duration = Duration::from_millis(100);

/// After a reset the next one is a day later.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// More keys than Discord gives out, so that a wrong answer cannot ask for all memory.
const MOST_KEYS: u32 = 1024;

/// The wait for a slot.
pub type Slot<'a> = Pin<Box<dyn Future<Output = Result<Permit<'a>, BudgetSpent>> + Send + 'a>>;

/// An identify on its way. Dropped, it counts as answered.
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

/// The identify limit leaves too few session starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} of the day's session starts {} left, and this needs {}{}; they are renewed in {}",
    if *.remaining == 0 { "none".to_owned() } else { remaining.to_string() }, if *.remaining == 1 { "is" } else { "are" },
    .needed, if *.reserve > 0 { format!(" beside the {reserve} kept back for mishaps") } else { String::new() },
    crate::model::time::in_words(*.resets_in)
)]
pub struct BudgetSpent {
    pub remaining: u32,
    pub needed: u32,
    pub reserve: u32,
    pub resets_in: Duration,
}

/// The session starts of the day, as `GET /gateway/bot` reports them.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub total: u32,
    pub remaining: u32,
    pub resets_in: Duration,
    /// Starts that are never used up here: they are left for other processes and for a mishap.
    pub reserve: u32,
}

impl Budget {
    /// Whether that many starts can be made.
    pub fn check(&self, needed: u32) -> Result<(), BudgetSpent> {
        let Self { remaining, reserve, resets_in, .. } = *self;
        if remaining < reserve.saturating_add(needed) {
            return Err(BudgetSpent { remaining, needed, reserve, resets_in });
        }
        Ok(())
    }
}

/// What is left of the day's session starts, and how long that is so.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Starts {
    pub total: u32,
    pub remaining: u32,
    until: Deadline,
}

impl Record for Starts {
    fn rewind(&mut self, now: Moment) -> bool {
        self.until.rewind(now)
    }
}

impl Starts {
    pub fn new(total: u32, remaining: u32, resets_in: Duration, now: Moment) -> Self {
        Self { total, remaining, until: Deadline::new(now, resets_in) }
    }

    /// What the ledger holds of a scope; all of them, where a day has begun since.
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

/// Gives out the slots in which shards identify, over all processes of one ledger. A process that asks is given the key's next
/// slot and sleeps until then, so that slots go in the order of asking. It looks again only where the identify before its own
/// is later than its slot was: the answer to that one decides.
pub struct IdentifyQueue {
    ledger: Arc<Ledger>,
    scope: String,
    keys: u32,
    /// Without a budget, session starts are not counted.
    budget: Option<Budget>,
}

/// What came of beginning an identify.
#[derive(Debug)]
enum Start {
    Now(Deadline),
    /// How long to wait before looking again.
    Later(Duration),
}

/// A slot that this process has taken, and gives back unless it uses it.
struct TakenSlot<'a> {
    queue: &'a IdentifyQueue,
    key: String,
    until: Moment,
    is_used: bool,
}

impl IdentifyQueue {
    pub fn new(ledger: Arc<Ledger>, scope: String, max_concurrency: u32, budget: Option<Budget>) -> Self {
        Self { ledger, scope, keys: max_concurrency.clamp(1, MOST_KEYS), budget }
    }

    /// How many keys there are: `max_concurrency`.
    pub fn keys(&self) -> u32 {
        self.keys
    }

    /// Waits for the next slot of the shard's key; slots of one key go in the order of asking. The caller identifies at once, and
    /// drops the permit when the identify is answered or cannot be any more. Dropping the future gives the slot back.
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
                    Start::Now(begun) => {
                        slot.is_used = true;
                        let key = slot.key.clone();
                        // If it fails, the key is free after the longest time an answer may take.
                        return Ok(Permit::new(move || drop(self.answered(&key, begun))));
                    }
                    Start::Later(later) => wait = later,
                }
            }
        })
    }

    /// A permit where nothing can be recorded, not even in memory.
    async fn unrecorded(&self) -> Permit<'_> {
        tokio::time::sleep(PERIOD).await;
        Permit::new(|| {})
    }

    /// The session starts that are left, unless they are too few for another one.
    fn starts(&self, transaction: &Transaction<'_>) -> Result<Result<Option<Starts>, BudgetSpent>, Error> {
        let Some(budget) = self.budget else { return Ok(Ok(None)) };
        let now = transaction.now();
        let starts = Starts::load(transaction, &self.scope)?
            .unwrap_or_else(|| Starts::new(budget.total, budget.remaining, budget.resets_in, now));
        let left = Budget { remaining: starts.remaining, resets_in: starts.resets_in(now), ..budget };
        Ok(left.check(1).map(|()| Some(starts)))
    }

    /// Takes the next slot of a key. Gives its end, and how long to wait for it.
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
            // An identify that is not answered yet will be, long before it counts as answered.
            let wait = left(kind::SLOT)?.max(left(kind::FREE)?.min(PERIOD));
            let next = Deadline::new(now, wait + PERIOD);
            transaction.put(scope, kind::SLOT, key, &next)?;
            Ok(Ok((next.end(), wait)))
        })
    }

    /// Begins an identify, if Discord takes one already. The session start is counted only now: what Discord reports meanwhile, to
    /// another process, does not include the processes that wait.
    fn begin(&self, key: &str) -> Result<Result<Start, BudgetSpent>, Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            let now = transaction.now();
            let free: Option<Deadline> = transaction.get(scope, kind::FREE, key)?;
            let wait = free.map_or(Duration::ZERO, |free| free.left(now));
            if !wait.is_zero() {
                return Ok(Ok(Start::Later(if wait > PERIOD { LOOK } else { wait })));
            }
            match self.starts(transaction)? {
                Err(spent) => return Ok(Err(spent)),
                Ok(Some(starts)) => {
                    Starts { remaining: starts.remaining - 1, ..starts }.save(transaction, scope)?;
                }
                Ok(None) => {}
            }
            let unanswered = Deadline::new(now, UNANSWERED + PERIOD);
            transaction.put(scope, kind::FREE, key, &unanswered)?;
            Ok(Ok(Start::Now(unanswered)))
        })
    }

    /// The identify is answered.
    fn answered(&self, key: &str, begun: Deadline) -> Result<(), Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            // Another process may have begun one since.
            if transaction.get::<Deadline>(scope, kind::FREE, key)? == Some(begun) {
                transaction.put(scope, kind::FREE, key, &Deadline::new(transaction.now(), PERIOD))?;
            }
            Ok(())
        })
    }

    /// Gives a slot back, if no other was given out after it.
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
            // If it fails, the slot is lost, which costs the next shard five seconds.
            let _ = self.queue.give_back(&self.key, self.until);
        }
    }
}

#[cfg(test)]
mod tests;
