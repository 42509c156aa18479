//! One bucket: how many requests a window takes, and how many are left of it.

use std::time::Duration;

use super::answer::Quota;
use super::clock::{Deadline, Now};

/// A bucket whose size is known.
///
/// `remaining` counts what the current window still takes of requests that are not in flight.
/// What is in flight may or may not be counted by Discord yet, so it always takes a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    limit: u32,
    remaining: u32,
    /// When the window ends. `None` after it has ended and until an answer tells of the next one:
    /// Discord starts a window with its first request.
    reset: Option<Deadline>,
    /// The longest time to a reset seen so far, which is about the window's length.
    window: Duration,
}

impl Bucket {
    pub fn new(quota: Quota, now: Now) -> Self {
        let Quota { limit, remaining, reset_after } = quota;
        Self {
            limit: limit.max(1),
            remaining: remaining.min(limit),
            reset: Some(Deadline::new(now, reset_after)),
            window: reset_after,
        }
    }

    /// How many more requests may go, with so many in flight.
    pub fn free(&mut self, in_flight: u32, now: Now) -> u32 {
        self.roll(now);
        self.remaining.saturating_sub(in_flight)
    }

    /// How long until the window ends, if that is known.
    pub fn left(&mut self, now: Now) -> Option<Duration> {
        self.roll(now);
        self.reset.as_mut().map(|reset| reset.left(now))
    }

    /// Takes in what an answer said.
    ///
    /// An answer's time to the reset is counted from when it arrived, so the end it gives is never
    /// too early, and of several for the same window the earliest is the best. Answers overtake each
    /// other: within a window the lowest count is the latest, and a straggler from an earlier window
    /// says nothing of this one. Two ends belong to the same window if they lie closer together than
    /// half of its length.
    pub fn observe(&mut self, quota: Quota, now: Now) {
        self.roll(now);
        let limit = quota.limit.max(1);
        let told = Deadline::new(now, quota.reset_after);
        self.window = self.window.max(quota.reset_after);
        let near = self.window / 2;
        match self.reset {
            Some(known) if told.end().since(known.end()) > near => {
                (self.remaining, self.reset) = (quota.remaining, Some(told));
            }
            Some(known) if known.end().since(told.end()) > near => {}
            Some(known) => {
                self.remaining = self.remaining.saturating_sub(1).min(quota.remaining);
                if told.end() < known.end() {
                    self.reset = Some(told);
                }
            }
            None => {
                self.remaining = self.remaining.saturating_sub(1).min(quota.remaining);
                self.reset = Some(told);
            }
        }
        self.limit = limit;
        self.remaining = self.remaining.min(limit);
    }

    /// A request of it was sent, and no answer told what is left: it counts, and if no end of the
    /// window is known, a whole window is assumed to have begun.
    pub fn spend(&mut self, now: Now) {
        self.roll(now);
        self.remaining = self.remaining.saturating_sub(1);
        if self.reset.is_none() {
            self.reset = Some(Deadline::new(now, self.window));
        }
    }

    /// Nothing is left until then: a 429 said so.
    pub fn exhaust(&mut self, retry_after: Duration, now: Now) {
        self.remaining = 0;
        let told = Deadline::new(now, retry_after);
        if self.reset.is_none_or(|known| known.end() < told.end()) {
            self.reset = Some(told);
        }
    }

    /// Begins the next window if this one is over.
    fn roll(&mut self, now: Now) {
        if self.reset.as_mut().is_some_and(|reset| reset.left(now).is_zero()) {
            self.reset = None;
            self.remaining = self.limit;
        }
    }

    /// Whether all it knows of its window is over, so that little is lost by forgetting it.
    pub fn idle(&mut self, now: Now) -> bool {
        self.roll(now);
        self.reset.is_none()
    }
}
