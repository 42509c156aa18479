//! Decides how long to wait before the next connection, and when to give up.

use std::time::{Duration, Instant};

/// The wait after the first lost connection. Each further wait is three times as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A session that is live for this long, or receives [`STABLE_EVENTS`], resets the waits. READY and RESUMED alone do not,
/// because a faulty server may repeatedly send them and close the connection.
const STABLE_AFTER: Duration = Duration::from_secs(60);
const STABLE_EVENTS: u64 = 1000;

/// A session that is live for this long resets the count of IDENTIFYs. One IDENTIFY per ten minutes makes 144 per day, out of
/// the 1000 after which Discord resets the token.
const LONG_SESSION: Duration = Duration::from_secs(600);
/// After this many consecutive short sessions, each further IDENTIFY waits for minutes.
const IDENTIFIES_WITHOUT_LONG_WAIT: u32 = 2;
/// The first of these waits. Each further one is three times as long: 1, 3, 9 and 27 minutes.
const FIRST_LONG_WAIT: Duration = Duration::from_secs(60);
/// After this many consecutive short sessions, the shard gives up.
const MOST_IDENTIFIES: u32 = 6;

const FACTOR: u32 = 3;

#[derive(Default)]
pub(super) struct Attempts {
    /// The number of consecutive failed or short connections.
    failures: u32,
    /// The number of consecutive IDENTIFYs whose sessions were short.
    identifies: u32,
    /// When the session became live, and how many events it has received since.
    live: Option<(Instant, u64)>,
    /// When the last session was lost.
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

    /// Resets the waits, because the next attempt differs from those that failed.
    pub fn start_over(&mut self) {
        self.failures = 0;
    }

    /// Records that a connection was lost or could not be opened.
    pub fn lost(&mut self, now: Instant) {
        if let Some((since, events)) = self.live.take() {
            let length = now.saturating_duration_since(since);
            if length >= STABLE_AFTER || events >= STABLE_EVENTS {
                self.failures = 0;
            }
            if length >= LONG_SESSION {
                self.identifies = 0;
            }
        }
        self.failures += 1;
        self.down_since.get_or_insert(now);
    }

    /// The number of consecutive failed or short connections, including the last one.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// The number of consecutive IDENTIFYs whose sessions were short, if no further one is allowed.
    pub fn too_many_identifies(&self) -> Option<u32> {
        (self.identifies >= MOST_IDENTIFIES).then_some(self.identifies)
    }

    /// For how long there will have been no live session at the end of `wait`.
    pub fn down_after(&self, wait: Duration, now: Instant) -> Duration {
        self.down_since.map_or(Duration::ZERO, |since| (now + wait).saturating_duration_since(since))
    }

    /// The wait before the next connection, which grows with each failure. `part` is a random number in `0.0..1.0`, so that many
    /// shards do not reconnect at the same moment.
    pub fn wait(&self, identify: bool, part: f64) -> Duration {
        let growing = |first: Duration, steps: u32| first.saturating_mul(FACTOR.saturating_pow(steps));
        let wait = growing(FIRST_WAIT, self.failures.saturating_sub(1)).min(LONGEST_WAIT);
        let long = self.identifies.checked_sub(IDENTIFIES_WITHOUT_LONG_WAIT).filter(|_| identify);
        let long = long.map_or(Duration::ZERO, |steps| growing(FIRST_LONG_WAIT, steps));
        wait.max(long).mul_f64(0.5 + part / 2.0)
    }
}
