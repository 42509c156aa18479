//! Counts invalid requests. After too many, Discord blocks the IP address.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Deadline, Moment};

/// Discord blocks an IP address after 10,000 responses of 401, 403 or 429 within ten minutes ("Rate Limits", "Invalid Request
/// Limit"). Other programs and machines may share the address, so dcord stops at half that number.
pub const MAX_INVALID: u32 = 5000;

const WINDOW: Duration = Duration::from_secs(600);

/// Requests are counted per minute, because exact times would need 5000 entries without any benefit.
const STEP: Duration = Duration::from_secs(60);

/// The numbers of invalid requests in the last ten minutes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct InvalidRequests {
    /// The start of each step and the number of invalid requests in it, oldest first.
    steps: VecDeque<(Moment, u32)>,
}

impl InvalidRequests {
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

    /// The time until the oldest step no longer counts.
    pub fn left(&self, now: Moment) -> Duration {
        self.steps.front().map_or(Duration::ZERO, |(start, _)| Deadline::new(*start, WINDOW + STEP).left(now))
    }

    /// See [`crate::store::Record::rewind`].
    pub fn rewind(&mut self, now: Moment) -> bool {
        self.steps.iter_mut().fold(false, |any, (start, _)| start.rewind(now) | any)
    }

    /// Removes the steps that ended more than ten minutes ago.
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
    fn an_invalid_request_counts_for_ten_to_eleven_minutes() {
        let mut invalid = InvalidRequests::default();
        let minute = |m: u64| Moment::from_micros(m * 60_000_000);
        for m in 0..20 {
            invalid.add(minute(m));
            assert!(invalid.count(minute(m)) >= (m as u32 + 1).min(10), "minute {m}");
            assert!(invalid.count(minute(m)) <= 11, "minute {m}");
        }
        assert_eq!(invalid.count(minute(31)), 0);
    }

    #[test]
    fn setting_the_clock_back_does_not_reset_the_count() {
        let mut invalid = InvalidRequests::default();
        invalid.add(Moment::from_micros(3_600_000_000));
        let now = Moment::from_micros(60_000_000);
        invalid.rewind(now);
        assert_eq!(invalid.count(now), 1);
        assert_eq!(invalid.count(now.after(WINDOW + STEP)), 0);
    }
}
