//! A bucket: how many requests Discord accepts in a window, and how many remain.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Quota;
use crate::model::{Deadline, Moment};
use crate::store::Record;

/// A bucket whose limit is known from a response.
///
/// Discord may already have counted the requests that are in flight. Each of them therefore takes a slot, in addition to the
/// slots that responses report as used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    limit: u32,
    /// The lowest `remaining` of all responses in the current window.
    remaining: u32,
    /// The number of requests in this window without a response. Discord may have counted them.
    lost: u32,
    reset: Reset,
    /// The longest `reset_after` reported so far. A window is at least this long.
    window: Duration,
}

/// When the current window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reset {
    At(End),
    /// The last known window ended at this time. Discord starts the next window with the next request, and no response has
    /// reported when that window ends.
    Over(End),
}

/// The end of a window. It is known only approximately, because `reset_after` counts from an unknown moment between the sending
/// of the request and the arrival of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    latest: Deadline,
    /// The window may end up to this much before `latest`.
    uncertainty: Duration,
}

/// The order of a response's window relative to the known window.
enum WindowOrder {
    Before,
    Same,
    After,
    /// The network delays are too long, relative to the window, to tell.
    Unclear,
}

impl Record for Bucket {
    fn rewind(&mut self, now: Moment) -> bool {
        match &mut self.reset {
            Reset::At(end) => {
                let is_ahead = end.latest.rewind(now);
                if is_ahead {
                    // The clock was set back, so the reset may come at any time until then.
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
    /// Creates a bucket from the first response that reports it. `began` is when the request was sent.
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

    /// How many more requests may be sent while `in_flight` others have no response yet.
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

    /// Updates the bucket from a response. `began` is when the request was sent.
    ///
    /// Responses can arrive out of order. Within a window, the lowest `remaining` is the most recent one. A late response of an
    /// earlier window is ignored. If the window of the response is unclear, the lower count and the later end apply.
    pub fn observe(&mut self, quota: Quota, began: Moment, now: Moment) {
        self.roll(now);
        self.limit = quota.limit.max(1);
        self.window = self.window.max(quota.reset_after);
        let reported = End::reported(quota, began, now);
        let fewer = self.remaining.min(quota.remaining);
        (self.remaining, self.reset) = match self.reset {
            // If the reported window has not ended yet, it is the current one.
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

    /// Counts a request that got no response. If the end of the window is unknown, the request may have started a new window,
    /// so the bucket assumes a whole one.
    pub fn count_lost(&mut self, now: Moment) {
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

    /// Whether the last known window is over. Deleting such a bucket loses little.
    pub fn is_idle(&mut self, now: Moment) -> bool {
        self.roll(now);
        matches!(self.reset, Reset::Over(_))
    }

    /// Resets the counts if the window has certainly ended.
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
        // If the clock was set back after the request was sent, it is unknown how long the response took.
        let uncertainty = if began > now { quota.reset_after } else { now.since(began) };
        Self { latest: Deadline::new(now, quota.reset_after), uncertainty }
    }

    fn between(earliest: Moment, latest: Deadline) -> Self {
        Self { latest, uncertainty: latest.end().since(earliest) }
    }

    fn earliest(self) -> Moment {
        self.latest.end().before(self.uncertainty)
    }

    /// Compares two reported ends. The ends of different windows are at least `window` apart.
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

    /// The intersection of both ranges, for two reports of the same window.
    fn both(self, other: Self) -> Self {
        let latest = if other.latest.end() < self.latest.end() { other.latest } else { self.latest };
        Self::between(self.earliest().max(other.earliest()), latest)
    }

    /// The union of both ranges, for two reports that may be of different windows.
    fn either(self, other: Self) -> Self {
        let latest = if other.latest.end() > self.latest.end() { other.latest } else { self.latest };
        Self::between(self.earliest().min(other.earliest()), latest)
    }
}
