//! Whether the machine slept.

use std::time::{Duration, Instant};

/// Clocks are set by less than this from time to time.
const NOTICED: Duration = Duration::from_secs(5);

/// Compares the wall clock with the monotonic clock, which stops while the machine sleeps.
pub(super) struct Wake {
    monotonic: Instant,
    wall_ms: i64,
}

impl Wake {
    pub const fn new(monotonic: Instant, wall_ms: i64) -> Self {
        Self { monotonic, wall_ms }
    }

    /// How long the machine slept since the last call; `None` if it did not. A clock that was set forward looks
    /// the same, and what was noted by it is then as far back as if the machine had slept.
    pub fn slept(&mut self, monotonic: Instant, wall_ms: i64) -> Option<Duration> {
        let awake = monotonic.saturating_duration_since(self.monotonic);
        let passed = Duration::from_millis(u64::try_from(wall_ms.saturating_sub(self.wall_ms)).unwrap_or(0));
        *self = Self { monotonic, wall_ms };
        passed.checked_sub(awake).filter(|slept| *slept >= NOTICED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_what_the_wall_clock_has_more_than_the_other() {
        let start = Instant::now();
        let mut wake = Wake::new(start, 1_000_000);
        let at = |seconds| start + Duration::from_secs(seconds);
        for (monotonic, wall_ms, slept) in [
            (at(10), 1_010_000, None),
            (at(11), 1_012_000, None),
            (at(12), 4_613_000, Some(3600)),
            (at(13), 4_614_000, None),
            // The clock was set back.
            (at(14), 14_000, None),
            (at(15), i64::MAX, Some((i64::MAX as u64 - 14_000) / 1000 - 1)),
            (at(16), i64::MIN, None),
        ] {
            assert_eq!(wake.slept(monotonic, wall_ms).map(|slept| slept.as_secs()), slept, "{wall_ms}");
        }
    }
}
