//! The identify queue of all processes, over `limits.db`.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::bot::{GatewayBot, StartLimit};
use super::queue::{Budget, BudgetSpent, DAY, IdentifyQueue, LocalQueue, MOST_KEYS, PERIOD, Permit, Slot, UNANSWERED};
use crate::store::{Error, Ledger, Transaction};

/// What kinds of records there are.
mod kind {
    /// By key, `shard % max_concurrency`: when the slot of who asks next is.
    pub const SLOT: &str = "identify";
    /// By key: when Discord takes the next identify, whoever sends it.
    pub const FREE: &str = "identify-free";
    pub const STARTS: &str = "session-starts";
    pub const BOT: &str = "gateway-bot";
    /// The application's flags.
    pub const FLAGS: &str = "application-flags";
}

/// The endpoint is limited itself, and what it says but for the session starts hardly changes.
const FRESH: Duration = Duration::from_secs(10);

/// Which intents an application has switched on changes once in its life or so. Where the gateway refuses one,
/// this is forgotten.
const FLAGS_FRESH: Duration = Duration::from_secs(3600);

/// A moment, in milliseconds since the Unix epoch.
type Millis = u64;

/// Something learned at a moment of the wall clock, which may be set back.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Told<T> {
    at: Millis,
    what: T,
}

impl<T> Told<T> {
    /// Its age; `None` if it is from what is now the future.
    fn age(&self, now: Millis) -> Option<Duration> {
        now.checked_sub(self.at).map(Duration::from_millis)
    }
}

/// When something is, counted from when that was written.
type Next = Told<Millis>;

impl Next {
    fn after(now: Millis, length: Duration) -> Self {
        Self { at: now, what: millis(length) }
    }

    /// A clock that was set back makes no wait longer than it was told.
    fn wait(&self, now: Millis) -> Duration {
        Duration::from_millis((self.at.min(now) + self.what).saturating_sub(now))
    }
}

/// Whoever's slot has come while the identify before it has no answer looks again this often.
const LOOK: Duration = Duration::from_millis(100);

/// What is left of the day's session starts, and for how long that is so.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Starts {
    total: u32,
    remaining: u32,
    resets_in: Millis,
}

impl Told<Starts> {
    /// A day has begun since.
    fn roll(&mut self, now: Millis) {
        // A clock that was set back: the wait begins anew, and is never longer than what was told.
        self.at = self.at.min(now);
        if now - self.at >= self.what.resets_in {
            let Starts { total, .. } = self.what;
            *self = Self { at: now, what: Starts { total, remaining: total, resets_in: millis(DAY) } };
        }
    }

    fn resets_in(&self, now: Millis) -> Duration {
        Duration::from_millis((self.at + self.what.resets_in).saturating_sub(now))
    }
}

/// What another process, or this one, was told a few seconds ago. The session starts are those that
/// are left now.
pub fn recall(ledger: &Ledger, scope: &str) -> Result<Option<GatewayBot>, Error> {
    let now = now();
    ledger.write(|transaction| {
        let Some(mut bot) = transaction.get::<Told<GatewayBot>>(scope, kind::BOT, "")? else { return Ok(None) };
        if bot.age(now).is_none_or(|age| age > FRESH) {
            return Ok(None);
        }
        let Some(mut starts) = transaction.get::<Told<Starts>>(scope, kind::STARTS, "")? else { return Ok(None) };
        starts.roll(now);
        bot.what.session_start_limit.remaining = starts.what.remaining;
        bot.what.session_start_limit.reset_after = millis(starts.resets_in(now));
        Ok(Some(bot.what))
    })
}

/// Keeps what Discord has just said for others. Its count of session starts is the right one.
pub fn remember(ledger: &Ledger, scope: &str, bot: &GatewayBot) -> Result<(), Error> {
    let at = now();
    let StartLimit { total, remaining, reset_after, .. } = bot.session_start_limit;
    ledger.write(|transaction| {
        transaction.put(scope, kind::BOT, "", &Told { at, what: bot })?;
        let what = Starts { total, remaining, resets_in: reset_after };
        transaction.put(scope, kind::STARTS, "", &Told { at, what })
    })
}

/// The application's flags, as this or another process was told them within the hour.
pub fn recall_flags(ledger: &Ledger, scope: &str) -> Result<Option<u64>, Error> {
    let now = now();
    ledger.write(|transaction| {
        let flags = transaction.get::<Told<u64>>(scope, kind::FLAGS, "")?;
        Ok(flags.filter(|flags| flags.age(now).is_some_and(|age| age <= FLAGS_FRESH)).map(|flags| flags.what))
    })
}

/// Keeps the application's flags for others.
pub fn remember_flags(ledger: &Ledger, scope: &str, flags: u64) -> Result<(), Error> {
    ledger.write(|transaction| transaction.put(scope, kind::FLAGS, "", &Told { at: now(), what: flags }))
}

/// Forgets what Discord said of its gateway and of the application, so that the next process asks anew.
pub fn forget(ledger: &Ledger, scope: &str) -> Result<(), Error> {
    ledger.write(|transaction| {
        transaction.remove(scope, kind::BOT, "")?;
        transaction.remove(scope, kind::FLAGS, "")
    })
}

/// The session starts that are left, by scope: how many of how many, and until when.
pub fn session_starts(transaction: &Transaction<'_>) -> Result<Vec<(String, u32, u32, Duration)>, Error> {
    let now = now();
    let mut found = Vec::new();
    for scope in transaction.scopes()? {
        if let Some(mut starts) = transaction.get::<Told<Starts>>(&scope, kind::STARTS, "")? {
            starts.roll(now);
            found.push((scope, starts.what.remaining, starts.what.total, starts.resets_in(now)));
        }
    }
    Ok(found)
}

/// The queue of all processes with one token. A process that asks is given the key's next slot and
/// sleeps until then, so slots go in the order of asking. It looks again only where the identify
/// before its own is later than its slot was: that one's answer decides.
pub struct SharedQueue {
    ledger: Arc<Ledger>,
    scope: String,
    keys: u32,
    budget: Budget,
    /// What is left when the file fails.
    local: OnceLock<LocalQueue>,
}

type Left = Result<Option<Told<Starts>>, BudgetSpent>;

/// What came of beginning an identify.
#[derive(Debug)]
enum Begun {
    Now(Next),
    /// So long it is to be waited before looking again.
    Later(Duration),
}

/// A slot that was given out.
struct Given<'a> {
    queue: &'a SharedQueue,
    key: String,
    at: Millis,
    used: bool,
}

impl SharedQueue {
    /// `budget` holds if the file fails, and its reserve always.
    pub fn new(ledger: Arc<Ledger>, scope: String, max_concurrency: u32, budget: Budget) -> Self {
        Self { ledger, scope, keys: max_concurrency.clamp(1, MOST_KEYS), budget, local: OnceLock::new() }
    }

    /// The session starts that are left, unless they are too few for another one. Without a record
    /// nothing is known of them.
    fn starts(&self, transaction: &Transaction<'_>, now: Millis) -> Result<Left, Error> {
        let Self { scope, budget: Budget { reserve, .. }, .. } = self;
        let Some(mut starts) = transaction.get::<Told<Starts>>(scope, kind::STARTS, "")? else { return Ok(Ok(None)) };
        starts.roll(now);
        let remaining = starts.what.remaining;
        if remaining < reserve.saturating_add(1) {
            let resets_in = starts.resets_in(now);
            return Ok(Err(BudgetSpent { remaining, needed: 1, reserve: *reserve, resets_in }));
        }
        Ok(Ok(Some(starts)))
    }

    /// Takes the next slot of a key: until when it is, and how long to wait for it.
    fn take(&self, key: &str, now: Millis) -> Result<Result<(Millis, Duration), BudgetSpent>, Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            if let Err(spent) = self.starts(transaction, now)? {
                return Ok(Err(spent));
            }
            let slot = transaction.get::<Next>(scope, kind::SLOT, key)?;
            let free = transaction.get::<Next>(scope, kind::FREE, key)?;
            let slot = slot.map_or(Duration::ZERO, |slot| slot.wait(now));
            // An identify that is not answered yet will be, long before that is given up.
            let free = free.map_or(Duration::ZERO, |free| free.wait(now).min(PERIOD));
            let wait = slot.max(free);
            let next = Next::after(now, wait + PERIOD);
            transaction.put(scope, kind::SLOT, key, &next)?;
            Ok(Ok((now + next.what, wait)))
        })
    }

    /// Begins an identify, if Discord takes one already. Only now a session start is counted: what
    /// Discord says of them meanwhile, to another process, knows nothing of who waits.
    fn begin(&self, key: &str, now: Millis) -> Result<Result<Begun, BudgetSpent>, Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            let free = transaction.get::<Next>(scope, kind::FREE, key)?;
            let wait = free.map_or(Duration::ZERO, |free| free.wait(now));
            if !wait.is_zero() {
                return Ok(Ok(Begun::Later(if wait > PERIOD { LOOK } else { wait })));
            }
            match self.starts(transaction, now)? {
                Err(spent) => return Ok(Err(spent)),
                Ok(Some(mut starts)) => {
                    starts.what.remaining -= 1;
                    transaction.put(scope, kind::STARTS, "", &starts)?;
                }
                Ok(None) => {}
            }
            let unanswered = Next::after(now, UNANSWERED + PERIOD);
            transaction.put(scope, kind::FREE, key, &unanswered)?;
            Ok(Ok(Begun::Now(unanswered)))
        })
    }

    /// The identify is answered.
    fn answered(&self, key: &str, begun: &Next, now: Millis) -> Result<(), Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            let free = transaction.get::<Next>(scope, kind::FREE, key)?;
            // Another may have begun since.
            if free.is_some_and(|free| (free.at, free.what) == (begun.at, begun.what)) {
                transaction.put(scope, kind::FREE, key, &Next::after(now, PERIOD))?;
            }
            Ok(())
        })
    }

    /// Gives a slot back, if nobody has been given one after it.
    fn give_back(&self, key: &str, until: Millis) -> Result<(), Error> {
        let scope = &self.scope;
        self.ledger.write(|transaction| {
            if let Some(next) = transaction.get::<Next>(scope, kind::SLOT, key)?
                && next.at + next.what == until
            {
                let what = next.what.saturating_sub(millis(PERIOD));
                transaction.put(scope, kind::SLOT, key, &Next { at: next.at, what })?;
            }
            Ok(())
        })
    }
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        if !self.used {
            // If it fails, the slot is lost, which costs somebody five seconds.
            let _ = self.queue.give_back(&self.key, self.at);
        }
    }
}

impl IdentifyQueue for SharedQueue {
    fn slot(&self, shard: u32) -> Slot<'_> {
        Box::pin(async move {
            let key = (shard % self.keys).to_string();
            if let Some(local) = self.local.get() {
                return local.slot(shard).await;
            }
            let Ok(taken) = self.take(&key, now()) else {
                return self.local.get_or_init(|| LocalQueue::new(self.keys, Some(self.budget))).slot(shard).await;
            };
            let (at, mut wait) = taken?;
            let mut given = Given { queue: self, key, at, used: false };
            loop {
                tokio::time::sleep(wait).await;
                match self.begin(&given.key, now()) {
                    Ok(Err(spent)) => return Err(spent),
                    Ok(Ok(Begun::Now(begun))) => {
                        given.used = true;
                        let key = given.key.clone();
                        // If it fails, the key is free after the longest time an answer may take.
                        return Ok(Permit::new(move || drop(self.answered(&key, &begun, now()))));
                    }
                    Ok(Ok(Begun::Later(later))) => wait = later,
                    // What the file said last was that it is this one's turn.
                    Err(_) => {
                        given.used = true;
                        return Ok(Permit::new(|| {}));
                    }
                }
            }
        })
    }

    fn keys(&self) -> u32 {
        self.keys
    }
}

fn millis(length: Duration) -> Millis {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    millis(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD_MS: u64 = PERIOD.as_millis() as u64;

    const BOT: GatewayBot = GatewayBot {
        url: String::new(),
        shards: 1,
        session_start_limit: StartLimit { total: 1000, remaining: 12, reset_after: 60_000, max_concurrency: 2 },
    };

    fn queue(folder: &std::path::Path) -> SharedQueue {
        let ledger = Arc::new(Ledger::open(folder).unwrap());
        SharedQueue::new(ledger, "scope".to_owned(), 2, BOT.session_start_limit.budget(10))
    }

    fn wait(queue: &SharedQueue, key: &str, now: Millis) -> u64 {
        millis(queue.take(key, now).unwrap().unwrap().1)
    }

    /// Begins, or the milliseconds until it may.
    fn begin(queue: &SharedQueue, now: Millis) -> Result<Next, u64> {
        match queue.begin("0", now).unwrap().unwrap() {
            Begun::Now(begun) => Ok(begun),
            Begun::Later(length) => Err(millis(length)),
        }
    }

    #[test]
    fn slots_of_a_key_follow_each_other_over_all_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (queue(folder.path()), queue(folder.path()));
        let start = 1_000_000;
        assert_eq!(
            [wait(&one, "0", start), wait(&two, "0", start + 100), wait(&one, "0", start + 200)],
            [0, PERIOD_MS - 100, 2 * PERIOD_MS - 200]
        );
        assert_eq!(wait(&two, "1", start + 200), 0);
        assert_eq!(wait(&two, "0", start + 60_000), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_wait_longer_than_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        assert_eq!(wait(&queue, "0", 1_000_000_000), 0);
        assert_eq!(wait(&queue, "0", 1_000), PERIOD_MS);
    }

    #[test]
    fn an_identify_waits_for_the_answer_to_the_one_before_and_the_period_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (queue(folder.path()), queue(folder.path()));
        let start = 1_000_000;
        assert_eq!(wait(&one, "0", start), 0);
        let begun = begin(&one, start).unwrap();
        let turn = start + wait(&two, "0", start + 1);
        let later = |now| begin(&two, now).map(|_| ());
        assert_eq!(later(turn + 1), Err(100), "it has no answer");
        one.answered("0", &begun, turn + 2).unwrap();
        assert_eq!(later(turn + 102), Err(PERIOD_MS - 100));
        assert_eq!(later(turn + 2 + PERIOD_MS), Ok(()));
        one.answered("0", &begun, turn + 3 + PERIOD_MS).unwrap();
        assert_eq!(later(turn + 4 + PERIOD_MS), Err(100), "the answer was another's");
        // A process that died says no more.
        assert_eq!(later(turn + 2 + 2 * PERIOD_MS + 10_000), Ok(()));
    }

    #[test]
    fn who_asks_after_a_late_answer_is_told_at_once_how_long_to_wait() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        assert_eq!(wait(&queue, "0", 1_000_000), 0);
        let begun = begin(&queue, 1_000_000).unwrap();
        queue.answered("0", &begun, 1_004_000).unwrap();
        assert_eq!(wait(&queue, "0", 1_005_000), PERIOD_MS - 1000);
    }

    #[test]
    fn a_slot_that_is_given_up_goes_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        remember(&queue.ledger, "scope", &BOT).unwrap();
        let now = now();
        assert_eq!(wait(&queue, "0", now), 0);
        let (until, left) = queue.take("0", now).unwrap().unwrap();
        assert_eq!(millis(left), PERIOD_MS);
        queue.give_back("0", until).unwrap();
        assert_eq!(wait(&queue, "0", now), PERIOD_MS);
    }

    #[test]
    fn the_reserve_of_session_starts_is_never_used_by_any_process() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (queue(folder.path()), queue(folder.path()));
        remember(&one.ledger, "scope", &BOT).unwrap();
        let now = now();
        let left = || recall(&one.ledger, "scope").unwrap().unwrap().session_start_limit.remaining;
        wait(&one, "0", now);
        wait(&two, "1", now);
        wait(&two, "2", now);
        assert_eq!(left(), 12, "who only waits has used none");
        // What Discord says meanwhile does not know of them either.
        remember(&two.ledger, "scope", &BOT).unwrap();
        one.begin("0", now).unwrap().unwrap();
        two.begin("1", now).unwrap().unwrap();
        assert_eq!(left(), 10);
        for spent in [one.take("0", now).unwrap().unwrap_err(), two.begin("2", now).unwrap().unwrap_err()] {
            assert_eq!((spent.remaining, spent.needed, spent.reserve), (10, 1, 10));
        }
        assert_eq!(wait(&two, "0", now + 61_000), 0, "the budget was renewed");
    }

    #[test]
    fn what_discord_said_of_the_gateway_is_used_again_for_a_short_while() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        assert_eq!(recall(&queue.ledger, "scope").unwrap(), None);
        remember(&queue.ledger, "scope", &BOT).unwrap();
        let known = recall(&queue.ledger, "scope").unwrap().unwrap();
        assert_eq!((known.shards, known.session_start_limit.remaining), (1, 12));
        assert_eq!(recall(&queue.ledger, "another").unwrap(), None);
        let old = Told { at: now() - 11_000, what: BOT };
        queue.ledger.write(|t| t.put("scope", kind::BOT, "", &old)).unwrap();
        assert_eq!(recall(&queue.ledger, "scope").unwrap(), None);
    }

    #[test]
    fn the_applications_flags_are_used_again_for_an_hour_unless_they_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        remember_flags(&ledger, "scope", 1 << 19).unwrap();
        assert_eq!(recall_flags(&ledger, "scope").unwrap(), Some(1 << 19));
        assert_eq!(recall_flags(&ledger, "another").unwrap(), None);
        forget(&ledger, "scope").unwrap();
        assert_eq!(recall_flags(&ledger, "scope").unwrap(), None);
        let old = Told { at: now() - millis(FLAGS_FRESH) - 1000, what: 1u64 };
        ledger.write(|t| t.put("scope", kind::FLAGS, "", &old)).unwrap();
        assert_eq!(recall_flags(&ledger, "scope").unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_fails_leaves_the_queue_of_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path());
        queue.local.set(LocalQueue::new(2, Some(queue.budget))).ok().unwrap();
        let start = tokio::time::Instant::now();
        drop(queue.slot(0).await.unwrap());
        drop(queue.slot(2).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 5);
        assert!(queue.slot(1).await.is_err(), "the reserve holds here too");
    }
}
