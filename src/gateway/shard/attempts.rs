//! Decides how long to wait before the next connection, and when to give up.

use std::time::{Duration, Instant};

/// The wait after the first lost connection. Each further wait is three times as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A session that is live for this long, or receives [`WORTHWHILE_EVENTS`], resets the waits. READY and RESUMED alone do not,
/// because a faulty server may send them and close the connection repeatedly.
const WORTHWHILE: Duration = Duration::from_secs(60);
const WORTHWHILE_EVENTS: u64 = 1000;

/// A session that is live for this long resets the count of IDENTIFYs. At one IDENTIFY per ten minutes, a day takes 144 of the
/// 1000 that Discord allows before it resets the token.
const WORTH_IDENTIFYING: Duration = Duration::from_secs(600);
/// After this many short sessions in a row, each further IDENTIFY waits for minutes.
const EARLY_IDENTIFIES: u32 = 2;
/// The first of these waits. Each further one is three times as long: 1, 3, 9 and 27 minutes.
const FIRST_LONG_WAIT: Duration = Duration::from_secs(60);
/// After this many short sessions in a row, the shard gives up.
const MOST_IDENTIFIES: u32 = 6;

const FACTOR: u32 = 3;

#[derive(Default)]
pub(super) struct Attempts {
    /// The number of failed or short connections in a row.
    failures: u32,
    /// The number of IDENTIFYs in a row whose sessions were short.
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

    /// The number of failed or short connections in a row, including the last one.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// The number of IDENTIFYs in a row whose sessions were short, if no further one is allowed.
    pub fn too_many_identifies(&self) -> Option<u32> {
        (self.identifies >= MOST_IDENTIFIES).then_some(self.identifies)
    }

    /// How long there will have been no live session when `wait` is over.
    pub fn down_after(&self, wait: Duration, now: Instant) -> Duration {
        self.down_since.map_or(Duration::ZERO, |since| (now + wait).saturating_duration_since(since))
    }

    /// The wait before the next connection, which grows with each failure. `part` is a random number in `0.0..1.0`, so that many
    /// shards do not reconnect at the same moment.
    pub fn wait(&self, identify: bool, part: f64) -> Duration {
        let growing = |first: Duration, steps: u32| first.saturating_mul(FACTOR.saturating_pow(steps));
        let wait = growing(FIRST_WAIT, self.failures.saturating_sub(1)).min(LONGEST_WAIT);
        let long = self.identifies.checked_sub(EARLY_IDENTIFIES).filter(|_| identify);
        let long = long.map_or(Duration::ZERO, |steps| growing(FIRST_LONG_WAIT, steps));
        wait.max(long).mul_f64(0.5 + part / 2.0)
    }
}
