//! When a shard may identify.
//!
//! Discord takes one identify every five seconds for each `shard % max_concurrency`, and a thousand
//! a day over all shards. Going beyond the first costs an op 9; running out of the second ends all
//! sessions and resets the bot's token.
//! Source: Discord's reference, "Gateway", "Sharding" and "Session Start Limit Object".

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Between two identifies of one key: Discord's five seconds, and as much as clocks may differ
/// and milliseconds may be cut off meanwhile.
///
/// It is counted from the answer to the one before. When Discord *received* that one nobody here
/// knows but that it was not later; from its sending, a slower way of the first than of the second
/// would bring them nearer to each other, and the second would be refused.
pub const PERIOD: Duration = Duration::from_millis(5050);

/// An identify that has no answer for so long counts as answered: it will not arrive any more.
pub(super) const UNANSWERED: Duration = Duration::from_secs(10);

/// Gives out the slots in which shards identify. Another process's slots may count too, so this is
/// a place for an implementation that is shared.
pub trait IdentifyQueue: Send + Sync {
    /// Waits for the next slot of the shard's key; slots of one key go in the order of asking.
    /// The caller identifies at once, and drops the permit when that is answered or cannot be any more.
    /// Dropping the future gives the place back.
    fn slot(&self, shard: u32) -> Slot<'_>;

    /// How many keys there are: `max_concurrency`.
    fn keys(&self) -> u32;
}

/// The wait for a slot.
pub type Slot<'a> = Pin<Box<dyn Future<Output = Result<Permit<'a>, BudgetSpent>> + Send + 'a>>;

/// An identify on its way. Dropped, it counts as answered.
pub struct Permit<'a>(Option<Box<dyn FnOnce() + Send + 'a>>);

impl<'a> Permit<'a> {
    pub fn new(answered: impl FnOnce() + Send + 'a) -> Self {
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

/// Too few session starts are left to identify once more.
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

/// The session starts of the day, as `GET /gateway/bot` tells them, counted on from there.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub total: u32,
    pub remaining: u32,
    pub resets_at: std::time::Instant,
    /// Starts that are never used up here: what is left for other processes and for a mishap.
    pub reserve: u32,
}

/// After a reset the next one is a day later.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Budget {
    /// Whether that many starts can be made.
    pub fn check(&mut self, needed: u32, now: std::time::Instant) -> Result<(), BudgetSpent> {
        if now >= self.resets_at {
            self.remaining = self.total;
            self.resets_at = now + DAY;
        }
        if self.remaining < self.reserve.saturating_add(needed) {
            let Self { remaining, reserve, .. } = *self;
            let resets_in = self.resets_at.saturating_duration_since(now);
            return Err(BudgetSpent { remaining, needed, reserve, resets_in });
        }
        Ok(())
    }

    fn take(&mut self, now: std::time::Instant) -> Result<(), BudgetSpent> {
        self.check(1, now)?;
        self.remaining -= 1;
        Ok(())
    }
}

/// The queue of one process.
pub struct LocalQueue {
    keys: Vec<Key>,
    budget: Mutex<Option<Budget>>,
}

#[derive(Default)]
struct Key {
    /// Whose turn it is to wait for the slot. The lock's fairness is what keeps the order.
    turn: tokio::sync::Mutex<()>,
    /// When the slot is free, as far as that is known.
    free: watch::Sender<Option<Instant>>,
}

/// More keys than Discord gives out, so that a wrong answer cannot ask for all memory.
pub(super) const MOST_KEYS: u32 = 1024;

impl LocalQueue {
    /// Without a budget, starts are not counted.
    pub fn new(max_concurrency: u32, budget: Option<Budget>) -> Self {
        let keys = (0..max_concurrency.clamp(1, MOST_KEYS)).map(|_| Default::default()).collect();
        Self { keys, budget: Mutex::new(budget) }
    }
}

impl IdentifyQueue for LocalQueue {
    fn slot(&self, shard: u32) -> Slot<'_> {
        Box::pin(async move {
            let Key { turn, free } = &self.keys[shard as usize % self.keys.len()];
            let _turn = turn.lock().await;
            let mut told = free.subscribe();
            loop {
                let at = *told.borrow_and_update();
                let Some(at) = at.filter(|at| *at > Instant::now()) else { break };
                // The answer to the one before may set it to an earlier time. The sender lives in `self`.
                let _ = timeout_at(at, told.changed()).await;
            }
            let now = Instant::now();
            if let Some(budget) = &mut *self.budget.lock().expect("no holder of this lock panics") {
                budget.take(now.into_std())?;
            }
            let unanswered = now + UNANSWERED + PERIOD;
            free.send_replace(Some(unanswered));
            Ok(Permit::new(move || {
                free.send_if_modified(|at| {
                    // Another may have begun since.
                    let mine = *at == Some(unanswered);
                    if mine {
                        *at = Some(Instant::now() + PERIOD);
                    }
                    mine
                });
            }))
        })
    }

    fn keys(&self) -> u32 {
        u32::try_from(self.keys.len()).expect("it was made from a u32")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// The seconds after which each of the shards gets its slot, all asking at once and in order.
    async fn slots(queue: LocalQueue, shards: std::ops::Range<u32>) -> Vec<(u32, u64)> {
        let queue = Arc::new(queue);
        let start = Instant::now();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for shard in shards {
            let (queue, sender) = (Arc::clone(&queue), sender.clone());
            tokio::spawn(async move {
                drop(queue.slot(shard).await.unwrap());
                sender.send((shard, start.elapsed().as_secs())).unwrap();
            });
        }
        drop(sender);
        let mut all = Vec::new();
        while let Some(slot) = receiver.recv().await {
            all.push(slot);
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn one_key_gives_one_slot_in_five_seconds_in_the_order_of_asking() {
        let got = slots(LocalQueue::new(1, None), 0..4).await;
        assert_eq!(got, [(0, 0), (1, 5), (2, 10), (3, 15)]);
    }

    #[tokio::test(start_paused = true)]
    async fn keys_do_not_wait_for_each_other() {
        let got = slots(LocalQueue::new(2, None), 0..6).await;
        assert_eq!(got, [(0, 0), (1, 0), (2, 5), (3, 5), (4, 10), (5, 10)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_takes_no_slot() {
        let queue = LocalQueue::new(1, None);
        let start = Instant::now();
        drop(queue.slot(0).await.unwrap());
        let short = Duration::from_secs(1);
        assert!(tokio::time::timeout(short, queue.slot(1)).await.is_err());
        drop(queue.slot(2).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_period_begins_with_the_answer_to_the_identify_before() {
        let queue = LocalQueue::new(1, None);
        let start = Instant::now();
        let first = queue.slot(0).await.unwrap();
        let answered = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(queue.slot(1), answered);
        assert_eq!(start.elapsed().as_secs(), 3 + 5);
        // One that is never answered does not hold the others up for ever.
        std::mem::forget(second.unwrap());
        drop(queue.slot(2).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 8 + 10 + 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_reserve_of_session_starts_is_never_used() {
        let resets_at = Instant::now().into_std() + Duration::from_secs(60);
        let budget = Budget { total: 1000, remaining: 12, resets_at, reserve: 10 };
        let queue = LocalQueue::new(16, Some(budget));
        assert!(queue.slot(0).await.is_ok());
        assert!(queue.slot(1).await.is_ok());
        let spent = queue.slot(2).await.unwrap_err();
        assert_eq!((spent.remaining, spent.needed, spent.reserve), (10, 1, 10));
    }

    #[test]
    fn the_budget_is_full_again_after_its_reset() {
        let now = std::time::Instant::now();
        let mut budget = Budget { total: 1000, remaining: 0, resets_at: now, reserve: 10 };
        assert_eq!(budget.check(990, now), Ok(()));
        assert!(budget.check(991, now).is_err());
    }
}
