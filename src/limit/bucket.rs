//! One bucket: how many requests a window takes, and how many are left in it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Quota;
use crate::model::{Deadline, Moment};
use crate::store::Record;

/// A bucket whose size is known.
///
/// Discord may or may not have counted a request that is in flight, so each of them takes a slot besides those that answers
/// have reported as used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    limit: u32,
    /// What is left according to the answers of the current window.
    remaining: u32,
    /// Requests without an answer, which Discord may have counted in this window.
    lost: u32,
    reset: Reset,
    /// The longest time to a reset seen so far: a window is at least that long.
    window: Duration,
}

/// When the current window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reset {
    At(End),
    /// The window that ended there is over. Discord starts a window with its first request, and no answer has reported the end
    /// of the next one yet.
    Over(End),
}

/// The end of a window. An answer gives it within bounds: Discord counted the time to the reset from some moment between the
/// sending of the request and the arrival of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    latest: Deadline,
    /// By how much the window may end before `latest`.
    doubt: Duration,
}

/// How the window of an answer compares to the known one.
enum Order {
    Before,
    Same,
    After,
    /// The delays are too long against the window to tell.
    Unclear,
}

impl Record for Bucket {
    fn rewind(&mut self, now: Moment) -> bool {
        match &mut self.reset {
            Reset::At(end) => {
                let is_ahead = end.latest.rewind(now);
                if is_ahead {
                    // Nobody knows how much of the time to the reset has passed.
                    end.doubt = end.latest.length();
                }
                is_ahead
            }
            Reset::Over(end) => {
                let is_ahead = end.latest.end() > now;
                if is_ahead {
                    *end = End::between(now, Deadline::new(now, Duration::ZERO));
                }
                is_ahead
            }
        }
    }
}

impl Bucket {
    /// A bucket from the first answer that reports it, to a request that was sent at `began`.
    pub fn new(quota: Quota, began: Moment, now: Moment) -> Self {
        Self {
            limit: quota.limit.max(1),
            remaining: quota.remaining.min(quota.limit),
            lost: 0,
            reset: Reset::At(End::reported(quota, began, now)),
            window: quota.reset_after,
        }
    }

    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// How many more requests may go, with so many in flight.
    pub fn free(&mut self, in_flight: u32, now: Moment) -> u32 {
        self.roll(now);
        self.remaining.saturating_sub(in_flight).saturating_sub(self.lost)
    }

    /// How long until the window ends, if that is known.
    pub fn left(&mut self, now: Moment) -> Option<Duration> {
        self.roll(now);
        match self.reset {
            Reset::At(end) => Some(end.latest.left(now)),
            Reset::Over(_) => None,
        }
    }

    /// Takes in what the answer reports to a request that was sent at `began`.
    ///
    /// Answers overtake each other: within a window the lowest count is the latest, and a late answer from an earlier window
    /// says nothing about this one. Where that is unclear, the lower count and the later end are taken.
    pub fn observe(&mut self, quota: Quota, began: Moment, now: Moment) {
        self.roll(now);
        self.limit = quota.limit.max(1);
        self.window = self.window.max(quota.reset_after);
        let reported = End::reported(quota, began, now);
        let fewer = self.remaining.min(quota.remaining);
        (self.remaining, self.reset) = match self.reset {
            // A window that has not ended yet is the current one, wherever the one before ended.
            Reset::Over(_) if reported.earliest() > now => (fewer, Reset::At(reported)),
            Reset::Over(before) => match before.compare(reported, self.window) {
                Order::Same | Order::Before => (self.remaining, self.reset),
                Order::After | Order::Unclear => (fewer, Reset::At(reported)),
            },
            Reset::At(known) => match known.compare(reported, self.window) {
                Order::Before => (self.remaining, self.reset),
                Order::Same => (fewer, Reset::At(known.both(reported))),
                Order::After => {
                    self.lost = 0;
                    (quota.remaining, Reset::At(reported))
                }
                Order::Unclear => (fewer, Reset::At(known.either(reported))),
            },
        };
        self.remaining = self.remaining.min(self.limit);
    }

    /// A request went out and no answer came. If no end of the window is known, a whole window is assumed to have begun.
    pub fn lose(&mut self, now: Moment) {
        self.roll(now);
        self.lost += 1;
        if let Reset::Over(_) = self.reset {
            self.reset = Reset::At(End { latest: Deadline::new(now, self.window), doubt: self.window });
        }
    }

    /// Nothing is left for that long: a 429 said so.
    pub fn exhaust(&mut self, retry_after: Duration, now: Moment) {
        self.remaining = 0;
        let until = Deadline::new(now, retry_after);
        let (Reset::At(end) | Reset::Over(end)) = self.reset;
        if matches!(self.reset, Reset::Over(_)) || end.latest.end() < until.end() {
            self.reset = Reset::At(End::between(end.earliest(), until));
        }
    }

    /// Whether the window is over, so that little is lost by forgetting the bucket.
    pub fn is_idle(&mut self, now: Moment) -> bool {
        self.roll(now);
        matches!(self.reset, Reset::Over(_))
    }

    /// Begins the next window if this one is over for certain.
    fn roll(&mut self, now: Moment) {
        if let Reset::At(end) = self.reset
            && end.latest.is_over(now)
        {
            self.reset = Reset::Over(end);
            (self.remaining, self.lost) = (self.limit, 0);
        }
    }
}

impl End {
    fn reported(quota: Quota, began: Moment, now: Moment) -> Self {
        // A clock that was set back since the sending leaves it open how long the answer took.
        let doubt = if began > now { quota.reset_after } else { now.since(began) };
        Self { latest: Deadline::new(now, quota.reset_after), doubt }
    }

    fn between(earliest: Moment, latest: Deadline) -> Self {
        Self { latest, doubt: latest.end().since(earliest) }
    }

    fn earliest(self) -> Moment {
        self.latest.end().before(self.doubt)
    }

    /// Two windows end at least a window's length apart.
    fn compare(self, reported: Self, window: Duration) -> Order {
        let after = reported.latest.end() >= self.earliest().after(window);
        let before = self.latest.end() >= reported.earliest().after(window);
        let apart_after = reported.earliest() > self.latest.end();
        let apart_before = self.earliest() > reported.latest.end();
        match (before, after) {
            (false, false) => Order::Same,
            (_, true) if apart_after => Order::After,
            (true, _) if apart_before => Order::Before,
            _ => Order::Unclear,
        }
    }

    /// The bounds if both are true of the same window.
    fn both(self, other: Self) -> Self {
        let latest = if other.latest.end() < self.latest.end() { other.latest } else { self.latest };
        Self::between(self.earliest().max(other.earliest()), latest)
    }

    /// The bounds if one of them is true.
    fn either(self, other: Self) -> Self {
        let latest = if other.latest.end() > self.latest.end() { other.latest } else { self.latest };
        Self::between(self.earliest().min(other.earliest()), latest)
    }
}
