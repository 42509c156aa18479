//! One bucket: how many requests Discord accepts in a window, and how many of them remain.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Quota;
use crate::model::{Deadline, Moment};
use crate::store::Record;

/// A bucket whose limit is known from an answer.
///
/// Discord may or may not have counted a request that is still in flight. Each of them therefore takes one slot in addition to
/// those that answers have reported as used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    limit: u32,
    /// The lowest number of remaining requests that an answer of the current window has reported.
    remaining: u32,
    /// How many requests got no answer. Discord may have counted them in this window.
    lost: u32,
    reset: Reset,
    /// The longest `reset_after` reported so far. A window is at least this long.
    window: Duration,
}

/// When the current window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reset {
    At(End),
    /// The last known window ended at this time. Discord starts the next window with the next request, and no answer has reported
    /// when that window ends.
    Over(End),
}

/// The end of a window, which is known only approximately: `reset_after` counts from an unknown moment between the sending of the
/// request and the arrival of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    latest: Deadline,
    /// The window may end up to this much before `latest`.
    uncertainty: Duration,
}

/// Whether the window of an answer precedes the known window, is the same, or follows it.
enum WindowOrder {
    Before,
    Same,
    After,
    /// The delays are too long in relation to the window to decide.
    Unclear,
}

impl Record for Bucket {
    fn rewind(&mut self, now: Moment) -> bool {
        match &mut self.reset {
            Reset::At(end) => {
                let is_ahead = end.latest.rewind(now);
                if is_ahead {
                    // The clock was set back, so it is unknown how much of the time until the reset has passed.
                    end.uncertainty = end.latest.length();
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
    /// Creates a bucket from the first answer that reports it. `began` is when the request was sent.
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

    /// How many more requests may be sent while `in_flight` others have no answer yet.
    pub fn free(&mut self, in_flight: u32, now: Moment) -> u32 {
        self.roll(now);
        self.remaining.saturating_sub(in_flight).saturating_sub(self.lost)
    }

    /// The time until the window ends, if that is known.
    pub fn left(&mut self, now: Moment) -> Option<Duration> {
        self.roll(now);
        match self.reset {
            Reset::At(end) => Some(end.latest.left(now)),
            Reset::Over(_) => None,
        }
    }

    /// Updates the bucket from an answer. `began` is when the request was sent.
    ///
    /// Answers can arrive out of order. Within a window, the lowest `remaining` is the most recent one. A late answer of an
    /// earlier window is ignored. If the window of the answer is unclear, the lower count and the later end apply.
    pub fn observe(&mut self, quota: Quota, began: Moment, now: Moment) {
        self.roll(now);
        self.limit = quota.limit.max(1);
        self.window = self.window.max(quota.reset_after);
        let reported = End::reported(quota, began, now);
        let fewer = self.remaining.min(quota.remaining);
        (self.remaining, self.reset) = match self.reset {
            // A window that has not ended yet is the current one, whenever the window before it ended.
            Reset::Over(_) if reported.earliest() > now => (fewer, Reset::At(reported)),
            Reset::Over(before) => match before.compare(reported, self.window) {
                WindowOrder::Same | WindowOrder::Before => (self.remaining, self.reset),
                WindowOrder::After | WindowOrder::Unclear => (fewer, Reset::At(reported)),
            },
            Reset::At(known) => match known.compare(reported, self.window) {
                WindowOrder::Before => (self.remaining, self.reset),
                WindowOrder::Same => (fewer, Reset::At(known.both(reported))),
                WindowOrder::After => {
                    self.lost = 0;
                    (quota.remaining, Reset::At(reported))
                }
                WindowOrder::Unclear => (fewer, Reset::At(known.either(reported))),
            },
        };
        self.remaining = self.remaining.min(self.limit);
    }

    /// Counts a request that got no answer. If the end of the window is unknown, the request may have started a new window, so
    /// the bucket assumes a whole one.
    pub fn lose(&mut self, now: Moment) {
        self.roll(now);
        self.lost += 1;
        if let Reset::Over(_) = self.reset {
            self.reset = Reset::At(End { latest: Deadline::new(now, self.window), uncertainty: self.window });
        }
    }

    /// Applies a 429: the bucket accepts no request until `retry_after` has passed.
    pub fn exhaust(&mut self, retry_after: Duration, now: Moment) {
        self.remaining = 0;
        let until = Deadline::new(now, retry_after);
        let (Reset::At(end) | Reset::Over(end)) = self.reset;
        if matches!(self.reset, Reset::Over(_)) || end.latest.end() < until.end() {
            self.reset = Reset::At(End::between(end.earliest(), until));
        }
    }

    /// Whether the last known window is over. Then the bucket can be deleted at little loss.
    pub fn is_idle(&mut self, now: Moment) -> bool {
        self.roll(now);
        matches!(self.reset, Reset::Over(_))
    }

    /// Resets the counts if the window is certainly over.
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
        // If the clock was set back after the request was sent, it is unknown how long the answer took.
        let uncertainty = if began > now { quota.reset_after } else { now.since(began) };
        Self { latest: Deadline::new(now, quota.reset_after), uncertainty }
    }

    fn between(earliest: Moment, latest: Deadline) -> Self {
        Self { latest, uncertainty: latest.end().since(earliest) }
    }

    fn earliest(self) -> Moment {
        self.latest.end().before(self.uncertainty)
    }

    /// Compares two reported ends. The ends of two different windows are at least the length of a window apart.
    fn compare(self, reported: Self, window: Duration) -> WindowOrder {
        let after = reported.latest.end() >= self.earliest().after(window);
        let before = self.latest.end() >= reported.earliest().after(window);
        let apart_after = reported.earliest() > self.latest.end();
        let apart_before = self.earliest() > reported.latest.end();
        match (before, after) {
            (false, false) => WindowOrder::Same,
            (_, true) if apart_after => WindowOrder::After,
            (true, _) if apart_before => WindowOrder::Before,
            _ => WindowOrder::Unclear,
        }
    }

    /// The intersection of the bounds, for two reports of the same window.
    fn both(self, other: Self) -> Self {
        let latest = if other.latest.end() < self.latest.end() { other.latest } else { self.latest };
        Self::between(self.earliest().max(other.earliest()), latest)
    }

    /// The union of the bounds, if it is unclear which of the two reports is of the current window.
    fn either(self, other: Self) -> Self {
        let latest = if other.latest.end() > self.latest.end() { other.latest } else { self.latest };
        Self::between(self.earliest().min(other.earliest()), latest)
    }
}
