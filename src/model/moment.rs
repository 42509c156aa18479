//! Moments and deadlines that processes share.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A time on the clock of a file that processes share, in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment(u64);

impl Moment {
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub fn after(self, length: Duration) -> Self {
        Self(self.0.saturating_add(micros(length)))
    }

    pub fn before(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(micros(length)))
    }

    /// The time since `earlier`, or zero if `earlier` is later than this moment.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// If the moment is after `now`, moves it to `now` and returns true.
    pub fn rewind(&mut self, now: Self) -> bool {
        let is_ahead = *self > now;
        *self = (*self).min(now);
        is_ahead
    }
}

/// Converts to microseconds, rounded up so that no wait ends early.
fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// The end of a wait, stored as its start and its length.
///
/// The clock may be set back, so that the start is in the future. The wait then starts again, so that it never lasts longer
/// than its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    start: Moment,
    length: Duration,
}

impl Deadline {
    pub const fn new(start: Moment, length: Duration) -> Self {
        Self { start, length }
    }

    /// The remaining time, or zero after the deadline.
    pub fn left(self, now: Moment) -> Duration {
        self.end().since(now).min(self.length)
    }

    pub fn is_over(self, now: Moment) -> bool {
        self.left(now).is_zero()
    }

    pub fn end(self) -> Moment {
        self.start.after(self.length)
    }

    pub const fn length(self) -> Duration {
        self.length
    }

    /// Moves the deadline earlier by this time.
    pub fn earlier(self, by: Duration) -> Self {
        Self { length: self.length.saturating_sub(by), ..self }
    }

    /// If the wait starts after `now`, restarts it at `now` and returns true.
    pub fn rewind(&mut self, now: Moment) -> bool {
        self.start.rewind(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_restarts_after_the_clock_was_set_back() {
        let second = Duration::from_secs(1);
        let mut deadline = Deadline::new(Moment(10_000_000), second);
        assert!(!deadline.rewind(Moment(10_400_000)));
        assert_eq!(deadline.left(Moment(10_400_000)), second * 6 / 10);
        assert_eq!(deadline.left(Moment(2_000_000)), second, "no wait is longer than its length");
        assert!(deadline.rewind(Moment(2_000_000)));
        assert_eq!(deadline.left(Moment(2_900_000)), second / 10);
        assert!(deadline.is_over(Moment(3_000_000)));
    }
}
