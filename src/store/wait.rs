//! How long this process waits for files that other processes hold.
//!
//! A process that holds a file for longer than any work of dcord's takes has stopped. There may be several such files, and a
//! process that needs them all must not wait the whole time for each.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long this process waits in vain for files in all.
const MAX_TOTAL_WAIT: Duration = Duration::from_secs(3);

/// After so long a process that runs on waits again.
const RESET_AFTER: Duration = Duration::from_secs(60);

/// How long the process waited in vain, and when that ended.
#[derive(Clone, Copy, Debug)]
struct WaitBudget {
    lost: Duration,
    last: Option<Instant>,
}

impl WaitBudget {
    const NEW: Self = Self { lost: Duration::ZERO, last: None };

    /// How long the next wait may be.
    fn left(&self, now: Instant) -> Duration {
        match self.last {
            Some(last) if now.saturating_duration_since(last) < RESET_AFTER => MAX_TOTAL_WAIT.saturating_sub(self.lost),
            _ => MAX_TOTAL_WAIT,
        }
    }

    /// A wait has ended without the file.
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

    /// Waits a little. False if the time is up.
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

/// Waits while another process writes to a database. SQLite's own steps go up to a tenth of a second; transactions here take less
/// than a millisecond.
pub(super) fn busy(tries: i32) -> bool {
    const STEP_MICROS: u64 = 200;
    const LONGEST_MICROS: u64 = 5000;
    thread_local! {
        /// SQLite passes the number of tries alone.
        static WAIT: Cell<Option<Wait>> = const { Cell::new(None) };
    }
    let wait = match WAIT.get() {
        Some(wait) if tries > 0 => wait,
        _ => Wait::begin(),
    };
    WAIT.set(Some(wait));
    let tries = u64::try_from(tries).unwrap_or(0);
    let most = (STEP_MICROS * (tries + 1)).min(LONGEST_MICROS);
    // Spread, so that processes that wait do not come back at once.
    wait.pause(Duration::from_micros(fastrand::u64(most / 2..=most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spent_in_vain_on_one_file_is_not_spent_again_on_the_next() {
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
        assert_eq!(budget.left(start + RESET_AFTER * 2), Duration::from_secs(2), "what is forgotten counts no more");
    }
}
