//! The clock of a ledger, which all processes that share it use. Setting the system's clock does not change it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Clock, Moment};

/// The ledger's time at one moment. It advances with the time since boot, so that setting the system's clock does not change
/// the length of any wait. After a reboot, it advances by the difference of the system's clock, unless that clock was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timeline {
    at: Moment,
    since_boot: Duration,
    wall_ms: i64,
}

/// How often the ledger's time is recorded. If a machine reboots and then runs for longer than before the last record, dcord
/// does not detect the reboot. The ledger's time then goes back by this interval at most.
const RECORD_INTERVAL: Duration = Duration::from_secs(60);

impl Timeline {
    /// Computes the time from the recorded one. Also returns whether to record it.
    pub fn now(recorded: Option<Self>, clock: &Clock) -> (Self, bool) {
        let (since_boot, wall_ms) = (clock.since_boot(), clock.wall_ms());
        let (at, is_due) = match recorded.map(|recorded| (recorded, since_boot.checked_sub(recorded.since_boot))) {
            None => (Moment::from_micros(wall_ms.unsigned_abs().saturating_mul(1000)), true),
            Some((recorded, Some(passed))) => (recorded.at.after(passed), passed >= RECORD_INTERVAL),
            Some((recorded, None)) => {
                let passed_ms = u64::try_from(wall_ms.saturating_sub(recorded.wall_ms)).unwrap_or(0);
                (recorded.at.after(Duration::from_millis(passed_ms)), true)
            }
        };
        (Self { at, since_boot, wall_ms }, is_due)
    }

    pub const fn at(self) -> Moment {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_the_clock_does_not_change_the_ledgers_time() {
        let clock = Clock::manual();
        let (start, _) = Timeline::now(None, &clock);
        let passed = || Timeline::now(Some(start), &clock).0.at().since(start.at());
        for set_ms in [0, -3_600_000, 7_200_000, -1] {
            let before = passed();
            clock.set(set_ms);
            assert_eq!(passed(), before);
            clock.pass(Duration::from_secs(5));
            assert_eq!(passed(), before + Duration::from_secs(5));
        }
    }

    #[test]
    fn after_a_reboot_the_ledgers_time_advances_with_the_systems_time() {
        for (set_ms, passed) in [(60_000, Duration::from_secs(60)), (-60_000, Duration::ZERO)] {
            let clock = Clock::manual();
            let (start, _) = Timeline::now(None, &clock);
            clock.reboot(Duration::from_secs(9));
            clock.set(set_ms);
            let (now, is_due) = Timeline::now(Some(start), &clock);
            assert_eq!((now.at().since(start.at()), is_due), (passed, true));
        }
    }

    #[test]
    fn the_time_is_recorded_once_a_minute() {
        let clock = Clock::manual();
        let (start, first) = Timeline::now(None, &clock);
        clock.pass(RECORD_INTERVAL / 2);
        let (_, second) = Timeline::now(Some(start), &clock);
        clock.pass(RECORD_INTERVAL / 2);
        let (_, third) = Timeline::now(Some(start), &clock);
        assert_eq!([first, second, third], [true, false, true]);
    }
}
