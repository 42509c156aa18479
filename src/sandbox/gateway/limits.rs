//! Limits for clients: the number of payloads, of IDENTIFY calls, and of requests for all members of a
//! guild.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// A limit of at most `limit` events in any period of length `per`.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    limit: usize,
    per: Duration,
    times: VecDeque<Instant>,
}

impl SlidingWindow {
    pub fn new(limit: usize, per: Duration) -> Self {
        Self { limit, per, times: VecDeque::new() }
    }

    /// Counts an event. Returns false, and does not count it, if the limit is reached.
    pub fn take(&mut self, now: Instant) -> bool {
        while self.times.front().is_some_and(|&t| now.duration_since(t) >= self.per) {
            self.times.pop_front();
        }
        let free = self.times.len() < self.limit;
        if free {
            self.times.push_back(now);
        }
        free
    }
}

/// The daily limit of IDENTIFY calls, and the interval between two calls with the same rate limit key.
#[derive(Debug)]
pub(super) struct IdentifyLimit {
    total: u32,
    used: u32,
    since: Option<Instant>,
    max_concurrency: u32,
    interval: Duration,
    last: HashMap<u32, Instant>,
}

/// The period of the daily limit.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdentifyResult {
    Granted,
    /// A shard with the same rate limit key has sent IDENTIFY within the interval.
    TooFast,
    /// The daily limit is reached.
    Exhausted,
}

impl IdentifyLimit {
    pub fn new(total: u32, max_concurrency: u32, interval: Duration) -> Self {
        let max_concurrency = max_concurrency.max(1);
        Self { total, used: 0, since: None, max_concurrency, interval, last: HashMap::new() }
    }

    /// Counts an IDENTIFY call. A call that comes too early counts towards the daily limit as well.
    pub fn take(&mut self, shard: u32, now: Instant) -> IdentifyResult {
        if self.since.is_none_or(|since| now.duration_since(since) >= DAY) {
            self.since = Some(now);
            self.used = 0;
        }
        if self.used >= self.total {
            return IdentifyResult::Exhausted;
        }
        self.used += 1;
        // The map is bounded: it has at most `max_concurrency` keys.
        let key = shard % self.max_concurrency;
        if self.last.get(&key).is_some_and(|&last| now.duration_since(last) < self.interval) {
            return IdentifyResult::TooFast;
        }
        self.last.insert(key, now);
        IdentifyResult::Granted
    }

    pub fn remaining(&self, now: Instant) -> u32 {
        match self.since {
            Some(since) if now.duration_since(since) < DAY => self.total - self.used,
            _ => self.total,
        }
    }

    pub fn reset_after(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| DAY.saturating_sub(now.duration_since(since)))
    }
}

/// How long a client must wait before it may request all members of a guild again.
const MEMBER_LIST_INTERVAL: Duration = Duration::from_secs(30);

/// When all members of each guild were last requested.
#[derive(Debug, Default)]
pub(super) struct MemberListLimit(HashMap<u64, Instant>);

impl MemberListLimit {
    /// Counts a request. Fails with the time to wait if it comes too early.
    pub fn take(&mut self, guild: u64, now: Instant) -> Result<(), Duration> {
        match self.0.get(&guild) {
            Some(&last) if now.duration_since(last) < MEMBER_LIST_INTERVAL => {
                Err(MEMBER_LIST_INTERVAL - now.duration_since(last))
            }
            _ => {
                self.0.insert(guild, now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut window = SlidingWindow::new(2, Duration::from_secs(60));
        let taken = [0, 30, 59, 60, 61, 90].map(|s| window.take(at(s)));
        assert_eq!(taken, [true, true, false, true, false, true]);
    }

    #[test]
    fn identifies_have_an_interval_per_key_and_a_daily_limit() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut limit = IdentifyLimit::new(5, 2, Duration::from_secs(5));
        assert_eq!((limit.remaining(start), limit.reset_after(start)), (5, Duration::ZERO));
        for (shard, s, expected) in [
            (0, 0, IdentifyResult::Granted),
            (1, 0, IdentifyResult::Granted),
            (2, 4, IdentifyResult::TooFast),
            (2, 5, IdentifyResult::Granted),
            (3, 6, IdentifyResult::Granted),
            (0, 60, IdentifyResult::Exhausted),
        ] {
            assert_eq!(limit.take(shard, at(s)), expected, "shard {shard} at {s}");
        }
        assert_eq!(limit.remaining(at(60)), 0);
        assert_eq!(limit.reset_after(at(60)), DAY - Duration::from_secs(60));
        assert_eq!(limit.remaining(start + DAY), 5);
        assert_eq!(limit.take(0, start + DAY), IdentifyResult::Granted);
    }

    #[test]
    fn all_members_of_a_guild_can_be_requested_every_thirty_seconds() {
        let start = Instant::now();
        let mut limit = MemberListLimit::default();
        assert_eq!(limit.take(1, start), Ok(()));
        assert_eq!(limit.take(2, start), Ok(()));
        let later = start + Duration::from_secs(10);
        assert_eq!(limit.take(1, later), Err(Duration::from_secs(20)));
        assert_eq!(limit.take(1, start + MEMBER_LIST_INTERVAL), Ok(()));
    }
}
