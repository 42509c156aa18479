//! The count of invalid requests, of which too many get an IP address blocked.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Deadline, Moment};

/// Discord blocks an IP address at 10,000 answers of 401, 403 or 429 in ten minutes. Other programs and machines may share the
/// address, so dcord stops at half.
pub const STOP: u32 = 5000;

const WINDOW: Duration = Duration::from_secs(600);

/// Requests are counted by the minute: exact times would be 5000 entries for nothing.
const STEP: Duration = Duration::from_secs(60);

/// Answers of 401, 403 and 429 in the last ten minutes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Invalid {
    /// The start of each step, and the count in it; oldest first.
    steps: VecDeque<(Moment, u32)>,
}

impl Invalid {
    pub fn add(&mut self, now: Moment) {
        self.forget(now);
        match self.steps.back_mut() {
            Some((start, count)) if now.since(*start) < STEP => *count += 1,
            _ => self.steps.push_back((now, 1)),
        }
    }

    pub fn count(&mut self, now: Moment) -> u32 {
        self.forget(now);
        self.steps.iter().map(|(_, count)| count).sum()
    }

    /// How long until some no longer count.
    pub fn left(&self, now: Moment) -> Duration {
        self.steps.front().map_or(Duration::ZERO, |(start, _)| Deadline::new(*start, WINDOW + STEP).left(now))
    }

    /// See [`crate::store::Record::rewind`].
    pub fn rewind(&mut self, now: Moment) -> bool {
        self.steps.iter_mut().fold(false, |any, (start, _)| start.rewind(now) | any)
    }

    /// A step no longer counts when its last moment is ten minutes ago.
    fn forget(&mut self, now: Moment) {
        while self.steps.front().is_some_and(|(start, _)| now.since(*start) >= WINDOW + STEP) {
            self.steps.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_requests_are_forgotten_after_ten_minutes_and_not_before() {
        let mut invalid = Invalid::default();
        let minute = |m: u64| Moment::from_micros(m * 60_000_000);
        for m in 0..20 {
            invalid.add(minute(m));
            assert!(invalid.count(minute(m)) >= (m as u32 + 1).min(10), "minute {m}");
            assert!(invalid.count(minute(m)) <= 11, "minute {m}");
        }
        assert_eq!(invalid.count(minute(31)), 0);
    }

    #[test]
    fn a_clock_set_back_keeps_the_count() {
        let mut invalid = Invalid::default();
        invalid.add(Moment::from_micros(3_600_000_000));
        let now = Moment::from_micros(60_000_000);
        invalid.rewind(now);
        assert_eq!(invalid.count(now), 1);
        assert_eq!(invalid.count(now.after(WINDOW + STEP)), 0);
    }
}
