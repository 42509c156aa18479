//! The send limits of a connection: 120 payloads per 60 seconds, including heartbeats, and 5 presence updates per 20 seconds.
//! Discord closes a connection that exceeds them with 4008. Source: Discord's documentation, "Gateway", "Rate Limiting".

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The maximum length of a payload in bytes. Discord closes the connection with 4002 after a longer one.
pub const MOST_BYTES: usize = 4096;

const SENDS: usize = 120;
const SENDS_WINDOW: Duration = Duration::from_secs(60);
const PRESENCES: usize = 5;
const PRESENCES_WINDOW: Duration = Duration::from_secs(20);

/// How many heartbeats per window are reserved for requests from the gateway (op 1), in addition to the regular ones. Further
/// requests wait.
const REQUESTED_HEARTBEATS: usize = 3;

/// The send limits of one connection.
#[derive(Debug)]
pub struct SendLimit {
    sends: Window,
    presences: Window,
    requested_heartbeats: Window,
}

impl SendLimit {
    /// Reserves slots for regular heartbeats, so that a burst of commands cannot delay them. The interval is at least a second,
    /// which leaves about half the slots to commands.
    pub fn new(heartbeat_interval: Duration) -> Self {
        let interval = heartbeat_interval.as_millis().max(1);
        let beats = usize::try_from(SENDS_WINDOW.as_millis().div_ceil(interval)).unwrap_or(SENDS);
        Self {
            sends: Window::new(SENDS.saturating_sub(beats + REQUESTED_HEARTBEATS).max(1), SENDS_WINDOW),
            presences: Window::new(PRESENCES, PRESENCES_WINDOW),
            requested_heartbeats: Window::new(REQUESTED_HEARTBEATS, SENDS_WINDOW),
        }
    }

    /// When a requested heartbeat may be sent. `None` means now.
    pub fn requested_heartbeat_at(&mut self, now: Instant) -> Option<Instant> {
        self.requested_heartbeats.ready_at(now)
    }

    /// Counts a requested heartbeat.
    pub fn count_requested_heartbeat(&mut self, now: Instant) {
        self.requested_heartbeats.count(now);
    }

    /// When a command may be sent. `None` means now. `presence` is set for a presence update (op 3).
    pub fn ready_at(&mut self, presence: bool, now: Instant) -> Option<Instant> {
        let sends = self.sends.ready_at(now);
        if presence { sends.max(self.presences.ready_at(now)) } else { sends }
    }

    /// Counts a command, an IDENTIFY or a RESUME. Regular heartbeats have their own slots.
    pub fn sent(&mut self, presence: bool, now: Instant) {
        self.sends.count(now);
        if presence {
            self.presences.count(now);
        }
    }
}

/// A sliding window: at most `most` sends within any `length`.
#[derive(Debug)]
struct Window {
    most: usize,
    length: Duration,
    times: VecDeque<Instant>,
}

impl Window {
    fn new(most: usize, length: Duration) -> Self {
        Self { most, length, times: VecDeque::with_capacity(most) }
    }

    fn ready_at(&mut self, now: Instant) -> Option<Instant> {
        while self.times.front().is_some_and(|first| *first + self.length <= now) {
            self.times.pop_front();
        }
        let over = (self.times.len() + 1).checked_sub(self.most)?;
        let freeing = over.checked_sub(1)?;
        Some(self.times[freeing] + self.length)
    }

    fn count(&mut self, now: Instant) {
        self.times.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(41_250);

    #[test]
    fn slots_are_reserved_for_heartbeats() {
        let start = Instant::now();
        let mut limit = SendLimit::new(INTERVAL);
        let mut sent = 0;
        while limit.ready_at(false, start).is_none() {
            limit.sent(false, start);
            sent += 1;
        }
        assert_eq!(sent, 120 - 2 - REQUESTED_HEARTBEATS);
        assert_eq!(limit.ready_at(false, start), Some(start + SENDS_WINDOW));
        assert_eq!(limit.ready_at(false, start + SENDS_WINDOW), None);
    }

    #[test]
    fn the_window_slides() {
        let start = Instant::now();
        let mut limit = SendLimit::new(INTERVAL);
        let second = Duration::from_secs(1);
        for n in 0..115 {
            let now = start + second * n / 4;
            assert_eq!(limit.ready_at(false, now), None);
            limit.sent(false, now);
        }
        let now = start + second * 30;
        assert_eq!(limit.ready_at(false, now), Some(start + SENDS_WINDOW));
        assert_eq!(limit.ready_at(false, start + SENDS_WINDOW), None);
    }

    #[test]
    fn presence_updates_have_their_own_limit() {
        let start = Instant::now();
        let mut limit = SendLimit::new(INTERVAL);
        for _ in 0..PRESENCES {
            assert_eq!(limit.ready_at(true, start), None);
            limit.sent(true, start);
        }
        assert_eq!(limit.ready_at(true, start), Some(start + PRESENCES_WINDOW));
        assert_eq!(limit.ready_at(false, start), None);
    }

    #[test]
    fn the_shortest_interval_leaves_about_half_of_the_slots_to_commands() {
        let now = Instant::now();
        let mut limit = SendLimit::new(Duration::from_secs(1));
        let mut sent = 0;
        while limit.ready_at(false, now).is_none() {
            limit.sent(false, now);
            sent += 1;
        }
        assert_eq!(sent, SENDS - 60 - REQUESTED_HEARTBEATS);
    }
}
