//! Limits how long this process waits for files that other processes have locked.
//!
//! A process that holds a lock for longer than any of dcord's work takes must be suspended. It may hold several locks, and
//! another process that needs all of these files must not wait the full time for each. All failed waits therefore share one
//! budget.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The budget for failed waits.
const MAX_TOTAL_WAIT: Duration = Duration::from_secs(3);

/// The budget is restored this long after the last failed wait, for long-running processes.
const RESET_AFTER: Duration = Duration::from_secs(60);

/// The used part of the budget, and the end of the last failed wait.
#[derive(Clone, Copy, Debug)]
struct WaitBudget {
    lost: Duration,
    last: Option<Instant>,
}

impl WaitBudget {
    const NEW: Self = Self { lost: Duration::ZERO, last: None };

    /// The maximum length of the next wait.
    fn left(&self, now: Instant) -> Duration {
        match self.last {
            Some(last) if now.saturating_duration_since(last) < RESET_AFTER => MAX_TOTAL_WAIT.saturating_sub(self.lost),
            _ => MAX_TOTAL_WAIT,
        }
    }

    /// Records a failed wait.
    fn record_timeout(&mut self, waited: Duration, now: Instant) {
        let left = self.left(now);
        *self = Self { lost: MAX_TOTAL_WAIT - left.saturating_sub(waited), last: Some(now) };
    }
}

static WAIT_BUDGET: Mutex<WaitBudget> = Mutex::new(WaitBudget::NEW);

/// One wait for one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    since: Instant,
    most: Duration,
}

impl Wait {
    pub fn begin() -> Self {
        let since = Instant::now();
        let budget = WAIT_BUDGET.lock().unwrap_or_else(PoisonError::into_inner);
        Self { since, most: budget.left(since) }
    }

    /// Sleeps for `length`. Returns false if the budget is used up.
    pub fn pause(&self, length: Duration) -> bool {
        let now = Instant::now();
        let waited = now.saturating_duration_since(self.since);
        if waited >= self.most {
            WAIT_BUDGET.lock().unwrap_or_else(PoisonError::into_inner).record_timeout(waited, now);
            return false;
        }
        thread::sleep(length);
        true
    }
}

/// SQLite's busy handler: sleeps while another process writes to a database. Returns false to give up. SQLite's own handler
/// sleeps for up to a tenth of a second at a time, which is too long for transactions of less than a millisecond.
pub(super) fn busy(tries: i32) -> bool {
    const STEP_MICROS: u64 = 200;
    const LONGEST_MICROS: u64 = 5000;
    thread_local! {
        /// The current wait, because SQLite passes only the number of tries.
        static WAIT: Cell<Option<Wait>> = const { Cell::new(None) };
    }
    let wait = match WAIT.get() {
        Some(wait) if tries > 0 => wait,
        _ => Wait::begin(),
    };
    WAIT.set(Some(wait));
    let tries = u64::try_from(tries).unwrap_or(0);
    let most = (STEP_MICROS * (tries + 1)).min(LONGEST_MICROS);
    // A random length spreads out processes that wait for the same file.
    wait.pause(Duration::from_micros(fastrand::u64(most / 2..=most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_wait_for_one_file_shortens_the_next_wait() {
        let start = Instant::now();
        let mut budget = WaitBudget::NEW;
        assert_eq!(budget.left(start), MAX_TOTAL_WAIT);
        budget.record_timeout(Duration::from_secs(1), start);
        assert_eq!(budget.left(start), Duration::from_secs(2));
        budget.record_timeout(Duration::from_secs(5), start);
        assert_eq!(budget.left(start + RESET_AFTER / 2), Duration::ZERO);
        budget.record_timeout(Duration::ZERO, start + RESET_AFTER / 2);
        assert_eq!(budget.left(start + RESET_AFTER), Duration::ZERO);
        assert_eq!(budget.left(start + RESET_AFTER * 2), MAX_TOTAL_WAIT);
        budget.record_timeout(Duration::from_secs(1), start + RESET_AFTER * 2);
        assert_eq!(budget.left(start + RESET_AFTER * 2), Duration::from_secs(2), "earlier waits no longer count");
    }
}
