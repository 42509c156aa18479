//! Detects that the machine slept.

use std::time::{Duration, Instant};

/// Shorter differences are ignored, because time synchronisation adjusts clocks by smaller steps.
const MIN_SLEEP: Duration = Duration::from_secs(5);

/// Compares the wall clock to the monotonic clock, which stops while the machine sleeps.
pub(super) struct SleepDetector {
    monotonic: Instant,
    wall_ms: i64,
}

impl SleepDetector {
    pub const fn new(monotonic: Instant, wall_ms: i64) -> Self {
        Self { monotonic, wall_ms }
    }

    /// How long the machine has slept since the last call, or `None` if it has not. Setting the clock forward looks the same,
    /// and affects the age of earlier wall-clock times in the same way.
    pub fn slept(&mut self, monotonic: Instant, wall_ms: i64) -> Option<Duration> {
        let awake = monotonic.saturating_duration_since(self.monotonic);
        let passed = Duration::from_millis(u64::try_from(wall_ms.saturating_sub(self.wall_ms)).unwrap_or(0));
        *self = Self { monotonic, wall_ms };
        passed.checked_sub(awake).filter(|slept| *slept >= MIN_SLEEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_the_difference_between_the_wall_clock_and_the_monotonic_clock() {
        let start = Instant::now();
        let mut wake = SleepDetector::new(start, 1_000_000);
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
