//! How long to wait before the next connection, and when to give up.

use std::time::{Duration, Instant};

/// The first wait after a lost connection; each further one is three times as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A session that is live for this long, or brings this many events, was worth its connection: the
/// next wait is the first one again. READY and RESUMED alone are not, for they may come again and again.
const WORTHWHILE: Duration = Duration::from_secs(60);
const WORTHWHILE_EVENTS: u64 = 1000;

/// A session that is live for this long was worth its IDENTIFY. At one IDENTIFY in so long, a day takes 144 of
/// the 1000 that Discord allows; when they run out, it resets the token.
const WORTH_IDENTIFYING: Duration = Duration::from_secs(600);
/// After so many IDENTIFYs in a row that were not worth it, each further one waits for minutes.
const EARLY_IDENTIFIES: u32 = 2;
/// The first of these waits; each further one is three times as long: 1, 3, 9 and 27 minutes.
const FIRST_LONG_WAIT: Duration = Duration::from_secs(60);
/// After so many IDENTIFYs in a row that were not worth it, the shard gives up.
const MOST_IDENTIFIES: u32 = 6;

const FACTOR: u32 = 3;

#[derive(Default)]
pub(super) struct Attempts {
    /// Connections in a row that were not worthwhile.
    failures: u32,
    /// IDENTIFYs in a row that were not worth it.
    identifies: u32,
    /// Since when the session is live, and how many events it has brought since.
    live: Option<(Instant, u64)>,
    /// Since when no session is live.
    down_since: Option<Instant>,
}

impl Attempts {
    pub fn begin(&mut self, now: Instant) {
        self.down_since = Some(now);
    }

    pub fn live(&mut self, now: Instant) {
        self.live = Some((now, 0));
        self.down_since = None;
    }

    pub fn event(&mut self) {
        if let Some((_, events)) = &mut self.live {
            *events += 1;
        }
    }

    pub fn identified(&mut self) {
        self.identifies += 1;
    }

    /// The next attempt is of another kind: what failed so far says nothing about it.
    pub fn start_over(&mut self) {
        self.failures = 0;
    }

    /// A connection is lost, or could not be opened.
    pub fn lost(&mut self, now: Instant) {
        if let Some((since, events)) = self.live.take() {
            let length = now.saturating_duration_since(since);
            if length >= WORTHWHILE || events >= WORTHWHILE_EVENTS {
                self.failures = 0;
            }
            if length >= WORTH_IDENTIFYING {
                self.identifies = 0;
            }
        }
        self.failures += 1;
        self.down_since.get_or_insert(now);
    }

    /// Connections in a row that were not worthwhile, the one just lost among them.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// IDENTIFYs in a row that were not worth it, if they are too many for another one.
    pub fn too_many_identifies(&self) -> Option<u32> {
        (self.identifies >= MOST_IDENTIFIES).then_some(self.identifies)
    }

    /// How long no session is live when that wait is over.
    pub fn down_after(&self, wait: Duration, now: Instant) -> Duration {
        self.down_since.map_or(Duration::ZERO, |since| (now + wait).saturating_duration_since(since))
    }

    /// The wait before the next connection, which grows with each failure. `part` is a random number from 0 to
    /// below 1: many shards must not come back at one moment.
    pub fn wait(&self, identify: bool, part: f64) -> Duration {
        let growing = |first: Duration, steps: u32| first.saturating_mul(FACTOR.saturating_pow(steps));
        let wait = growing(FIRST_WAIT, self.failures.saturating_sub(1)).min(LONGEST_WAIT);
        let long = self.identifies.checked_sub(EARLY_IDENTIFIES).filter(|_| identify);
        let long = long.map_or(Duration::ZERO, |steps| growing(FIRST_LONG_WAIT, steps));
        wait.max(long).mul_f64(0.5 + part / 2.0)
    }
}
