//! The heartbeat of one connection.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The shortest interval that dcord accepts. With a shorter one, heartbeats alone would use up most of the send limit.
/// Discord's interval is 41.25 seconds.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A longer interval is reduced to this, so that a dead connection is detected.
const LONGEST_INTERVAL: Duration = Duration::from_secs(600);

/// A heartbeat that is later than this shows that the process was suspended or the machine slept.
const LATE_AFTER: Duration = Duration::from_secs(1);

/// The maximum number of unacknowledged heartbeats whose times are stored. There are more only while the socket is not read.
const MOST_WAITING: usize = 64;

pub(super) struct Heartbeat {
    pub interval: Duration,
    pub next: Instant,
    /// Whether any frame has arrived since the last heartbeat. Acknowledgements alone would not be a reliable sign, because
    /// they are late while many GUILD_CREATEs arrive.
    pub alive: bool,
    /// When the unacknowledged heartbeats were sent, oldest first.
    waiting: VecDeque<Instant>,
    /// The number of later unacknowledged heartbeats, whose times are not stored.
    untimed: u64,
    /// If set, frames may be as old as this until a later heartbeat is acknowledged.
    stale_since: Option<Instant>,
}

/// The acknowledgement of a heartbeat.
pub(super) struct HeartbeatAck {
    pub sent: Instant,
    pub latency: Duration,
}

impl Heartbeat {
    /// The first heartbeat is due after `part` of the interval, a random number in `0.0..1.0`. Returns `None` if the interval
    /// is too short.
    pub fn new(interval: Duration, part: f64, now: Instant) -> Option<Self> {
        if interval < SHORTEST_INTERVAL {
            return None;
        }
        let interval = interval.min(LONGEST_INTERVAL);
        Some(Self {
            interval,
            next: now + interval.mul_f64(part),
            alive: true,
            waiting: VecDeque::new(),
            untimed: 0,
            stale_since: None,
        })
    }

    /// Records that a regular or requested heartbeat is sent.
    pub fn sent(&mut self, now: Instant) {
        if self.untimed == 0 && self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(now);
        } else {
            self.untimed += 1;
        }
    }

    /// Schedules the next regular heartbeat, before which a frame must arrive.
    pub fn schedule_next(&mut self, now: Instant) {
        if self.is_late(now) {
            self.mark_stale(now);
        }
        self.alive = false;
        self.next += self.interval;
        if self.next <= now {
            self.next = now + self.interval;
        }
    }

    /// Records that frames may be old, because the socket may not have been read for a time.
    pub fn mark_stale(&mut self, now: Instant) {
        self.stale_since = Some(now);
    }

    /// Whether a frame that is read now has just arrived.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.stale_since.is_none() && !self.is_late(now)
    }

    fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.next) > LATE_AFTER
    }

    /// Records an acknowledgement. Returns `None` if the time of its heartbeat is unknown.
    pub fn acknowledged(&mut self, now: Instant) -> Option<HeartbeatAck> {
        let Some(sent) = self.waiting.pop_front() else {
            self.untimed = self.untimed.saturating_sub(1);
            return None;
        };
        if self.stale_since.is_some_and(|since| sent >= since) {
            self.stale_since = None;
        }
        Some(HeartbeatAck { sent, latency: now.saturating_duration_since(sent) })
    }
}
