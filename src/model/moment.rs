//! Moments and deadlines that processes share.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment on the clock that all processes of a shared file use, in microseconds since the Unix epoch.
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

    /// The time from `earlier` to this moment; zero if `earlier` is not earlier.
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

/// Rounded up: a wait must not end early.
fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// The end of a wait, stored as the moment of the observation and the length of the wait from then.
///
/// The clock may be set back. If the moment of the observation is then in the future, the wait starts again, so that it
/// never lasts longer than the observed length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    learned: Moment,
    length: Duration,
}

impl Deadline {
    pub const fn new(learned: Moment, length: Duration) -> Self {
        Self { learned, length }
    }

    /// The remaining time; zero after the deadline.
    pub fn left(self, now: Moment) -> Duration {
        self.end().since(now).min(self.length)
    }

    pub fn is_over(self, now: Moment) -> bool {
        self.left(now).is_zero()
    }

    pub fn end(self) -> Moment {
        self.learned.after(self.length)
    }

    pub const fn length(self) -> Duration {
        self.length
    }

    /// A deadline that is earlier by this time.
    pub fn earlier(self, by: Duration) -> Self {
        Self { length: self.length.saturating_sub(by), ..self }
    }

    /// If the observation is after `now`, starts the wait again at `now` and returns true.
    pub fn rewind(&mut self, now: Moment) -> bool {
        self.learned.rewind(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_starts_anew_when_the_clock_was_set_back() {
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
