//! Time as the limiter sees it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A moment, in microseconds since whatever its clock counts from: the wall clock where processes
/// share, a process's own otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Now(pub u64);

impl Now {
    /// By the wall clock, the only one that processes have in common.
    pub fn wall() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    pub fn after(self, length: Duration) -> Self {
        Self(self.0.saturating_add(micros(length)))
    }

    /// The time from `earlier` to this; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Rounded up: a wait must not end early.
fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// The end of a wait, as the moment it was learned and its length from there.
///
/// Wall clocks jump. A deadline learned in what is now the future starts anew, so that no wait is
/// longer than the length that was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub seen: Now,
    pub lasts: Duration,
}

impl Deadline {
    pub fn new(now: Now, lasts: Duration) -> Self {
        Self { seen: now, lasts }
    }

    /// What is left of it; zero when it is over.
    pub fn left(&mut self, now: Now) -> Duration {
        if now < self.seen {
            self.seen = now;
        }
        self.end().since(now)
    }

    pub fn end(self) -> Now {
        self.seen.after(self.lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_starts_anew_when_the_clock_was_set_back() {
        let second = Duration::from_secs(1);
        let mut deadline = Deadline::new(Now(10_000_000), second);
        assert_eq!(deadline.left(Now(10_400_000)), second * 6 / 10);
        assert_eq!(deadline.left(Now(2_000_000)), second);
        assert_eq!(deadline.left(Now(2_900_000)), second / 10);
        assert_eq!(deadline.left(Now(3_000_000)), Duration::ZERO);
    }
}
