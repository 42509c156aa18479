//! The limits a client must keep: what it sends, how often it identifies, how often it lists a guild.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// At most `most` in any span of `per`.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    per: Duration,
    times: VecDeque<Instant>,
}

impl Window {
    pub fn new(most: usize, per: Duration) -> Self {
        Self { most, per, times: VecDeque::new() }
    }

    /// Takes one if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        while self.times.front().is_some_and(|&t| now.duration_since(t) >= self.per) {
            self.times.pop_front();
        }
        let free = self.times.len() < self.most;
        if free {
            self.times.push_back(now);
        }
        free
    }
}

/// The identify budget of a day, and the pace within it.
#[derive(Debug)]
pub(super) struct SessionStarts {
    total: u32,
    used: u32,
    since: Option<Instant>,
    max_concurrency: u32,
    interval: Duration,
    last: HashMap<u32, Instant>,
}

/// The span the budget is for.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Granted,
    /// Another shard with the same key identified a moment ago.
    TooFast,
    /// The day's budget is used up.
    Exhausted,
}

impl SessionStarts {
    pub fn new(total: u32, max_concurrency: u32, interval: Duration) -> Self {
        let max_concurrency = max_concurrency.max(1);
        Self { total, used: 0, since: None, max_concurrency, interval, last: HashMap::new() }
    }

    /// Counts an identify. One that comes too fast costs as much as one that is granted.
    pub fn take(&mut self, shard: u32, now: Instant) -> Start {
        if self.since.is_none_or(|since| now.duration_since(since) >= DAY) {
            self.since = Some(now);
            self.used = 0;
        }
        if self.used >= self.total {
            return Start::Exhausted;
        }
        self.used += 1;
        // The map is bounded: it has max_concurrency keys at most.
        let key = shard % self.max_concurrency;
        if self.last.get(&key).is_some_and(|&last| now.duration_since(last) < self.interval) {
            return Start::TooFast;
        }
        self.last.insert(key, now);
        Start::Granted
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

/// All members of a guild may be asked for once in this span.
const WHOLE_GUILD: Duration = Duration::from_secs(30);

/// When each guild's members were last asked for as a whole.
#[derive(Debug, Default)]
pub(super) struct WholeGuilds(HashMap<u64, Instant>);

impl WholeGuilds {
    /// How long to wait, where it is too early.
    pub fn take(&mut self, guild: u64, now: Instant) -> Result<(), Duration> {
        match self.0.get(&guild) {
            Some(&last) if now.duration_since(last) < WHOLE_GUILD => Err(WHOLE_GUILD - now.duration_since(last)),
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
        let mut window = Window::new(2, Duration::from_secs(60));
        let taken = [0, 30, 59, 60, 61, 90].map(|s| window.take(at(s)));
        assert_eq!(taken, [true, true, false, true, false, true]);
    }

    #[test]
    fn identifies_keep_their_pace_per_key_and_their_budget() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut starts = SessionStarts::new(5, 2, Duration::from_secs(5));
        assert_eq!((starts.remaining(start), starts.reset_after(start)), (5, Duration::ZERO));
        for (shard, s, expected) in [
            (0, 0, Start::Granted),
            (1, 0, Start::Granted),
            (2, 4, Start::TooFast),
            (2, 5, Start::Granted),
            (3, 6, Start::Granted),
            (0, 60, Start::Exhausted),
        ] {
            assert_eq!(starts.take(shard, at(s)), expected, "shard {shard} at {s}");
        }
        assert_eq!(starts.remaining(at(60)), 0);
        assert_eq!(starts.reset_after(at(60)), DAY - Duration::from_secs(60));
        assert_eq!(starts.remaining(start + DAY), 5);
        assert_eq!(starts.take(0, start + DAY), Start::Granted);
    }

    #[test]
    fn a_whole_guild_is_listed_once_in_thirty_seconds() {
        let start = Instant::now();
        let mut guilds = WholeGuilds::default();
        assert_eq!(guilds.take(1, start), Ok(()));
        assert_eq!(guilds.take(2, start), Ok(()));
        let later = start + Duration::from_secs(10);
        assert_eq!(guilds.take(1, later), Err(Duration::from_secs(20)));
        assert_eq!(guilds.take(1, start + WHOLE_GUILD), Ok(()));
    }
}
