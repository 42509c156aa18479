//! The heartbeat of one connection.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The shortest interval that is taken: Discord's is 41.25 seconds, and with a shorter one than this the
/// beats alone would use up most of what a connection may send.
pub(super) const SHORTEST: Duration = Duration::from_secs(1);
/// A longer interval is cut to this one, so that a connection that is dead is found at all.
const LONGEST: Duration = Duration::from_secs(600);

/// A beat that is this late says that the process did not run: it was stopped, or the machine slept.
const LATE: Duration = Duration::from_secs(1);

/// Beats whose times are kept until they are acknowledged. More are only waiting where nothing is read.
const MOST_WAITING: usize = 64;

pub(super) struct Heart {
    pub interval: Duration,
    pub next: Instant,
    /// Whether any frame came since the last beat. Acknowledgements alone would not do: they are
    /// late while a flood of guilds comes in.
    pub alive: bool,
    /// When the beats without an acknowledgement went out, oldest first.
    waiting: VecDeque<Instant>,
    /// Further beats without an acknowledgement, sent after those.
    untimed: u64,
    /// What is read may be as old as this, until a beat that was sent later is acknowledged.
    stale_since: Option<Instant>,
}

/// An acknowledgement of the beat that was sent then.
pub(super) struct Acknowledged {
    pub sent: Instant,
    pub latency: Duration,
}

impl Heart {
    /// The first beat comes after a random part of the interval, from 0 to below 1. `None` if the
    /// interval is too short.
    pub fn new(interval: Duration, part: f64, now: Instant) -> Option<Self> {
        if interval < SHORTEST {
            return None;
        }
        let interval = interval.min(LONGEST);
        Some(Self {
            interval,
            next: now + interval.mul_f64(part),
            alive: true,
            waiting: VecDeque::new(),
            untimed: 0,
            stale_since: None,
        })
    }

    /// A beat goes out, in its turn or because it was asked for.
    pub fn beat(&mut self, now: Instant) {
        if self.untimed == 0 && self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(now);
        } else {
            self.untimed += 1;
        }
    }

    /// It is time for a beat: from now on the next frame is waited for.
    pub fn turn(&mut self, now: Instant) {
        if self.is_late(now) {
            self.doubt(now);
        }
        self.alive = false;
        self.next += self.interval;
        if self.next <= now {
            self.next = now + self.interval;
        }
    }

    /// The process may not have read for a while: what it reads now may have come long ago.
    pub fn doubt(&mut self, now: Instant) {
        self.stale_since = Some(now);
    }

    /// Whether what is read now has just come.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.stale_since.is_none() && !self.is_late(now)
    }

    fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.next) > LATE
    }

    /// The oldest beat that waits is acknowledged, if one does whose time is known.
    pub fn acknowledged(&mut self, now: Instant) -> Option<Acknowledged> {
        let Some(sent) = self.waiting.pop_front() else {
            self.untimed = self.untimed.saturating_sub(1);
            return None;
        };
        if self.stale_since.is_some_and(|since| sent >= since) {
            self.stale_since = None;
        }
        Some(Acknowledged { sent, latency: now.saturating_duration_since(sent) })
    }
}
