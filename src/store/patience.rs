//! How long this process waits for files that other processes hold.
//!
//! A process that holds a file for longer than any work of dcord's takes has stopped. There may be several such files, and a
//! process that needs them all must not wait the whole time for each.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long this process waits in vain for files in all.
const MOST: Duration = Duration::from_secs(3);

/// After so long a process that runs on waits again.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// How long the process waited in vain, and when that ended.
#[derive(Clone, Copy, Debug)]
struct Patience {
    lost: Duration,
    last: Option<Instant>,
}

impl Patience {
    const NEW: Self = Self { lost: Duration::ZERO, last: None };

    /// How long the next wait may be.
    fn left(&self, now: Instant) -> Duration {
        match self.last {
            Some(last) if now.saturating_duration_since(last) < FORGOTTEN => MOST.saturating_sub(self.lost),
            _ => MOST,
        }
    }

    /// A wait has ended without the file.
    fn lose(&mut self, waited: Duration, now: Instant) {
        let left = self.left(now);
        *self = Self { lost: MOST - left.saturating_sub(waited), last: Some(now) };
    }
}

static PATIENCE: Mutex<Patience> = Mutex::new(Patience::NEW);

/// One wait for one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    since: Instant,
    most: Duration,
}

impl Wait {
    pub fn begin() -> Self {
        let since = Instant::now();
        let patience = PATIENCE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { since, most: patience.left(since) }
    }

    /// Waits a little. False if the time is up.
    pub fn pause(&self, length: Duration) -> bool {
        let now = Instant::now();
        let waited = now.saturating_duration_since(self.since);
        if waited >= self.most {
            PATIENCE.lock().unwrap_or_else(PoisonError::into_inner).lose(waited, now);
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
        let mut patience = Patience::NEW;
        assert_eq!(patience.left(start), MOST);
        patience.lose(Duration::from_secs(1), start);
        assert_eq!(patience.left(start), Duration::from_secs(2));
        patience.lose(Duration::from_secs(5), start);
        assert_eq!(patience.left(start + FORGOTTEN / 2), Duration::ZERO);
        patience.lose(Duration::ZERO, start + FORGOTTEN / 2);
        assert_eq!(patience.left(start + FORGOTTEN), Duration::ZERO);
        assert_eq!(patience.left(start + FORGOTTEN * 2), MOST);
        patience.lose(Duration::from_secs(1), start + FORGOTTEN * 2);
        assert_eq!(patience.left(start + FORGOTTEN * 2), Duration::from_secs(2), "what is forgotten counts no more");
    }
}
