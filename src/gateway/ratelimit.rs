//! What a connection may send: 120 payloads in 60 seconds, heartbeats among them, and 5 presence
//! updates in 20 seconds. More, and Discord closes with 4008.
//! Source: Discord's reference, "Gateway", "Rate Limiting".

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The longest payload Discord takes, in bytes; longer ones are answered with 4002.
pub const MOST_BYTES: usize = 4096;

const SENDS: usize = 120;
const SENDS_WINDOW: Duration = Duration::from_secs(60);
const PRESENCES: usize = 5;
const PRESENCES_WINDOW: Duration = Duration::from_secs(20);

/// Beats Discord may ask for (op 1) beside those of the interval.
const BEATS_ASKED_FOR: usize = 3;

/// The sends of one connection.
#[derive(Debug)]
pub struct SendLimit {
    sends: Window,
    presences: Window,
}

impl SendLimit {
    /// Keeps slots back for the heartbeats of that interval, so that no burst of commands can
    /// starve them.
    pub fn new(heartbeat_interval: Duration) -> Self {
        let interval = heartbeat_interval.as_millis().max(1);
        let beats = usize::try_from(SENDS_WINDOW.as_millis().div_ceil(interval)).unwrap_or(SENDS);
        // However short the interval, a command must get through some time.
        let reserve = (beats + BEATS_ASKED_FOR).min(SENDS - 1);
        Self { sends: Window::new(SENDS - reserve, SENDS_WINDOW), presences: Window::new(PRESENCES, PRESENCES_WINDOW) }
    }

    /// When a command may be sent: now, or the time given. `presence` says that it is an op 3.
    pub fn ready_at(&mut self, presence: bool, now: Instant) -> Option<Instant> {
        let sends = self.sends.ready_at(now);
        if presence { sends.max(self.presences.ready_at(now)) } else { sends }
    }

    /// Counts a command, an identify or a resume. Heartbeats have slots of their own.
    pub fn sent(&mut self, presence: bool, now: Instant) {
        self.sends.count(now);
        if presence {
            self.presences.count(now);
        }
    }
}

/// A sliding window: at most `most` in any `length`.
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
    fn slots_are_kept_back_for_heartbeats() {
        let start = Instant::now();
        let mut limit = SendLimit::new(INTERVAL);
        let mut sent = 0;
        while limit.ready_at(false, start).is_none() {
            limit.sent(false, start);
            sent += 1;
        }
        assert_eq!(sent, 120 - 2 - BEATS_ASKED_FOR);
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
    fn presence_has_a_limit_of_its_own() {
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
    fn a_very_short_interval_leaves_a_slot_for_commands() {
        let now = Instant::now();
        assert_eq!(SendLimit::new(Duration::from_millis(10)).ready_at(false, now), None);
    }
}
