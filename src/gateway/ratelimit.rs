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

/// Beats that the server may ask for (op 1) beside those of the interval. Those it asks for beyond wait.
const BEATS_ASKED_FOR: usize = 3;

/// The sends of one connection.
#[derive(Debug)]
pub struct SendLimit {
    sends: Window,
    presences: Window,
    beats_asked_for: Window,
}

impl SendLimit {
    /// Keeps slots back for the heartbeats of that interval, so that no burst of commands can
    /// starve them. The interval is a second or longer, which leaves half of the slots to commands.
    pub fn new(heartbeat_interval: Duration) -> Self {
        let interval = heartbeat_interval.as_millis().max(1);
        let beats = usize::try_from(SENDS_WINDOW.as_millis().div_ceil(interval)).unwrap_or(SENDS);
        Self {
            sends: Window::new(SENDS.saturating_sub(beats + BEATS_ASKED_FOR).max(1), SENDS_WINDOW),
            presences: Window::new(PRESENCES, PRESENCES_WINDOW),
            beats_asked_for: Window::new(BEATS_ASKED_FOR, SENDS_WINDOW),
        }
    }

    /// When a heartbeat may go that the server asked for: now, or the time given.
    pub fn beat_ready_at(&mut self, now: Instant) -> Option<Instant> {
        self.beats_asked_for.ready_at(now)
    }

    /// Counts a heartbeat that the server asked for.
    pub fn beat_sent(&mut self, now: Instant) {
        self.beats_asked_for.count(now);
    }

    /// When a command may be sent: now, or the time given. `presence` says that it is an op 3.
    pub fn ready_at(&mut self, presence: bool, now: Instant) -> Option<Instant> {
        let sends = self.sends.ready_at(now);
        if presence { sends.max(self.presences.ready_at(now)) } else { sends }
    }

    /// Counts a command, an identify or a resume. Heartbeats of the interval have slots of their own.
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
    fn the_shortest_interval_leaves_half_of_the_slots_to_commands() {
        let now = Instant::now();
        let mut limit = SendLimit::new(Duration::from_secs(1));
        let mut sent = 0;
        while limit.ready_at(false, now).is_none() {
            limit.sent(false, now);
            sent += 1;
        }
        assert_eq!(sent, SENDS - 60 - BEATS_ASKED_FOR);
    }
}
