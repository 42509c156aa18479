//! One bucket: how many requests a window takes, and how many are left of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Quota;
use super::clock::{Deadline, Now};

/// A bucket whose size is known.
///
/// What is in flight may or may not be counted by Discord yet, so it always takes a slot besides
/// those of which answers told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    limit: u32,
    /// What the answers of the current window say is left.
    remaining: u32,
    /// Requests of which nobody knows whether Discord counted them in this window.
    lost: u32,
    reset: Reset,
    /// The longest time to a reset seen so far: a window is at least that long.
    window: Duration,
}

/// When the current window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reset {
    At(End),
    /// That of the window before is over. Discord starts a window with its first request, and no
    /// answer told of that yet.
    Over(End),
}

/// The end of a window, which answers give within bounds: Discord counted the time to the reset from
/// some moment between the sending of the request and the arrival of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    earliest: Now,
    latest: Deadline,
}

/// How an answer's window lies to the one that is known.
enum Lies {
    Before,
    Same,
    After,
    /// The delays are too long against the window to tell.
    Unclear,
}

impl Bucket {
    /// A bucket from the first answer that told of it, to a request that was sent at `began`.
    pub fn new(quota: Quota, began: Now, now: Now) -> Self {
        Self {
            limit: quota.limit.max(1),
            remaining: quota.remaining.min(quota.limit),
            lost: 0,
            reset: Reset::At(End::told(quota, began, now)),
            window: quota.reset_after,
        }
    }

    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// How many more requests may go, with so many in flight.
    pub fn free(&mut self, in_flight: u32, now: Now) -> u32 {
        self.roll(now);
        self.remaining.saturating_sub(in_flight).saturating_sub(self.lost)
    }

    /// How long until the window ends, if that is known.
    pub fn left(&mut self, now: Now) -> Option<Duration> {
        self.roll(now);
        match &mut self.reset {
            Reset::At(end) => Some(end.latest.left(now)),
            Reset::Over(_) => None,
        }
    }

    /// Takes in what the answer to a request said that was sent at `began`.
    ///
    /// Answers overtake each other: within a window the lowest count is the latest, and a straggler
    /// from an earlier window says nothing of this one. Where that is unclear, the lower count and
    /// the later end are taken.
    pub fn observe(&mut self, quota: Quota, began: Now, now: Now) {
        self.roll(now);
        self.limit = quota.limit.max(1);
        self.window = self.window.max(quota.reset_after);
        let told = End::told(quota, began, now);
        let fewer = self.remaining.min(quota.remaining);
        (self.remaining, self.reset) = match self.reset {
            Reset::Over(before) => match before.lies(told, self.window) {
                Lies::Same | Lies::Before => (self.remaining, self.reset),
                Lies::After | Lies::Unclear => (fewer, Reset::At(told)),
            },
            Reset::At(known) => match known.lies(told, self.window) {
                Lies::Before => (self.remaining, self.reset),
                Lies::Same => (fewer, Reset::At(known.both(told))),
                Lies::After => {
                    self.lost = 0;
                    (quota.remaining, Reset::At(told))
                }
                Lies::Unclear => (fewer, Reset::At(known.either(told))),
            },
        };
        self.remaining = self.remaining.min(self.limit);
    }

    /// A request went out that nothing was heard of. If no end of the window is known, a whole one is
    /// assumed to have begun.
    pub fn lose(&mut self, now: Now) {
        self.roll(now);
        self.lost += 1;
        if let Reset::Over(_) = self.reset {
            self.reset = Reset::At(End { earliest: now, latest: Deadline::new(now, self.window) });
        }
    }

    /// Nothing is left until then: a 429 said so.
    pub fn exhaust(&mut self, retry_after: Duration, now: Now) {
        self.remaining = 0;
        let told = Deadline::new(now, retry_after);
        match &mut self.reset {
            Reset::At(end) if end.latest.end() >= told.end() => {}
            Reset::At(end) => end.latest = told,
            Reset::Over(end) => self.reset = Reset::At(End { earliest: end.earliest, latest: told }),
        }
    }

    /// Whether its window is over, so that little is lost by forgetting it.
    pub fn idle(&mut self, now: Now) -> bool {
        self.roll(now);
        matches!(self.reset, Reset::Over(_))
    }

    /// Begins the next window if this one is over for sure.
    fn roll(&mut self, now: Now) {
        if let Reset::At(end) = &mut self.reset
            && end.latest.left(now).is_zero()
        {
            self.reset = Reset::Over(*end);
            (self.remaining, self.lost) = (self.limit, 0);
        }
    }
}

impl End {
    fn told(quota: Quota, began: Now, now: Now) -> Self {
        Self { earliest: began.after(quota.reset_after), latest: Deadline::new(now, quota.reset_after) }
    }

    /// Two windows end at least a window's length apart.
    fn lies(self, told: Self, window: Duration) -> Lies {
        let after = told.latest.end() >= self.earliest.after(window);
        let before = self.latest.end() >= told.earliest.after(window);
        let apart_after = told.earliest > self.latest.end();
        let apart_before = self.earliest > told.latest.end();
        match (before, after) {
            (false, false) => Lies::Same,
            (_, true) if apart_after => Lies::After,
            (true, _) if apart_before => Lies::Before,
            _ => Lies::Unclear,
        }
    }

    /// What holds if both are true of the same window.
    fn both(self, other: Self) -> Self {
        let latest = if other.latest.end() < self.latest.end() { other.latest } else { self.latest };
        Self { earliest: self.earliest.max(other.earliest), latest }
    }

    /// What holds if one of them is true.
    fn either(self, other: Self) -> Self {
        let latest = if other.latest.end() > self.latest.end() { other.latest } else { self.latest };
        Self { earliest: self.earliest.min(other.earliest), latest }
    }
}
