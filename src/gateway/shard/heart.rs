//! The heartbeat of one connection.

use std::time::{Duration, Instant};

/// Bounds to the interval, so that a senseless one neither spins nor never beats.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(600));

pub(super) struct Heart {
    pub interval: Duration,
    pub next: Instant,
    /// Whether any frame came since the last beat. Acknowledgements alone would not do: they are
    /// late while a flood of guilds comes in.
    pub alive: bool,
    unacknowledged: Option<Instant>,
}

impl Heart {
    /// The first beat comes after a random part of the interval, from 0 to below 1.
    pub fn new(interval: Duration, part: f64, now: Instant) -> Self {
        let interval = interval.clamp(INTERVALS.0, INTERVALS.1);
        Self { interval, next: now + interval.mul_f64(part), alive: true, unacknowledged: None }
    }

    /// A beat goes out, in its turn or because it was asked for.
    pub fn beat(&mut self, now: Instant) {
        self.unacknowledged.get_or_insert(now);
    }

    /// It is time for a beat: from now on the next frame is waited for.
    pub fn turn(&mut self, now: Instant) {
        self.alive = false;
        self.next += self.interval;
        if self.next <= now {
            self.next = now + self.interval;
        }
    }

    /// How long the acknowledgement took, if one was waited for.
    pub fn acknowledged(&mut self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.unacknowledged.take()?))
    }
}
