//! The process's clock: the only place that asks the system for the time of day.
//!
//! A process creates one [`Clock`] and passes it on, so that a test can set the time of a whole process. The sandbox
//! has its own clock.

use std::time::{Duration, Instant, SystemTime};

#[cfg(any(test, debug_assertions))]
use std::{path::PathBuf, sync::Arc};

#[cfg(any(test, debug_assertions))]
use super::time;

/// The time of day, which people and NTP can set forward and back, the time since boot, which all processes share, and
/// the monotonic time, which is valid only in this process.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Set by tests. Release builds do not have this field.
    #[cfg(any(test, debug_assertions))]
    time: TimeOverride,
}

/// How a test changes the time of day.
#[cfg(any(test, debug_assertions))]
#[derive(Clone, Debug, Default)]
enum TimeOverride {
    #[default]
    None,
    /// Milliseconds to add to the system's time.
    Offset(i64),
    /// A file that contains the offset. It is read at each call, so a test can replace it while the process runs.
    OffsetFile(Arc<PathBuf>),
    /// The time since this instant of tokio's clock, which a test can pause and advance.
    #[cfg(test)]
    Tokio(tokio::time::Instant),
    /// Clocks that only [`Clock::pass`], [`Clock::set`] and [`Clock::reboot`] change.
    #[cfg(test)]
    Manual(Arc<std::sync::Mutex<Manual>>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// The time of day in milliseconds since the Unix epoch.
    pub fn wall_ms(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the place that asks for the time of day")]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ms = ms(since);
        #[cfg(any(test, debug_assertions))]
        let ms = self.time.apply(ms);
        ms
    }

    /// The time since the machine started, including the time that it slept. It is the same for all processes and cannot
    /// be set. Systems without such a clock use the time of day instead.
    pub fn since_boot(&self) -> Duration {
        #[cfg(test)]
        if let Some(since_boot) = self.time.since_boot() {
            return since_boot;
        }
        #[cfg(unix)]
        {
            use rustix::time::{ClockId, clock_gettime};
            #[cfg(any(target_os = "linux", target_os = "android"))]
            const BOOT: ClockId = ClockId::Boottime;
            // On other systems, the monotonic clock includes the time that the machine slept.
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            const BOOT: ClockId = ClockId::Monotonic;
            clock_gettime(BOOT).try_into().unwrap_or_default()
        }
        #[cfg(not(unix))]
        Duration::from_millis(self.wall_ms().unsigned_abs())
    }

    /// The monotonic time.
    pub fn monotonic(&self) -> Instant {
        #[cfg(test)]
        if let TimeOverride::Tokio(_) = self.time {
            return tokio::time::Instant::now().into_std();
        }
        Instant::now()
    }
}

#[cfg(any(test, debug_assertions))]
impl Clock {
    /// A clock whose time of day has an offset from the system's: `-1h`, `+90s`, or the offset in a file, given as
    /// `@FILE`. `None` for any other text.
    pub fn shifted(text: &str) -> Option<Self> {
        let time = match text.strip_prefix('@') {
            Some(path) => TimeOverride::OffsetFile(Arc::new(path.into())),
            None => TimeOverride::Offset(offset(text)?),
        };
        Some(Self { time })
    }
}

#[cfg(any(test, debug_assertions))]
impl TimeOverride {
    /// The time of day for a system time in milliseconds.
    fn apply(&self, ms: i64) -> i64 {
        match self {
            Self::None => ms,
            Self::Offset(offset) => ms.saturating_add(*offset),
            Self::OffsetFile(path) => {
                let text = std::fs::read_to_string(&**path).unwrap_or_default();
                let offset = offset(text.trim());
                ms.saturating_add(offset.unwrap_or_else(|| panic!("{} contains no offset: {text:?}", path.display())))
            }
            #[cfg(test)]
            Self::Tokio(started) => EPOCH_MS.saturating_add(self::ms(started.elapsed())),
            #[cfg(test)]
            Self::Manual(manual) => manual.lock().unwrap().wall_ms,
        }
    }

    #[cfg(test)]
    fn since_boot(&self) -> Option<Duration> {
        match self {
            Self::Tokio(started) => Some(started.elapsed()),
            Self::Manual(manual) => Some(manual.lock().unwrap().since_boot),
            _ => None,
        }
    }
}

/// An offset in milliseconds: a span with a sign.
#[cfg(any(test, debug_assertions))]
fn offset(text: &str) -> Option<i64> {
    let (sign, span) = match text.split_at_checked(1)? {
        ("-", span) => (-1, span),
        ("+", span) => (1, span),
        _ => return None,
    };
    time::duration(span).map(|length| sign * ms(length))
}

fn ms(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// The start time of the clocks of tests.
#[cfg(test)]
const EPOCH_MS: i64 = 1_700_000_000_000;

/// The clocks of [`TimeOverride::Manual`].
#[cfg(test)]
#[derive(Debug)]
struct Manual {
    wall_ms: i64,
    since_boot: Duration,
}

#[cfg(test)]
impl Clock {
    /// A clock that follows tokio's, for tests that pause tokio's clock.
    pub fn tokio() -> Self {
        Self { time: TimeOverride::Tokio(tokio::time::Instant::now()) }
    }

    /// Clocks that change only when the test changes them.
    pub fn manual() -> Self {
        let manual = Manual { wall_ms: EPOCH_MS, since_boot: Duration::from_secs(1000) };
        Self { time: TimeOverride::Manual(Arc::new(manual.into())) }
    }

    fn change(&self, change: impl FnOnce(&mut Manual)) {
        let TimeOverride::Manual(manual) = &self.time else { panic!("only a manual clock can be changed") };
        change(&mut manual.lock().unwrap());
    }

    /// Advances both clocks.
    pub fn pass(&self, length: Duration) {
        self.change(|manual| {
            manual.wall_ms += ms(length);
            manual.since_boot += length;
        });
    }

    /// Sets the time of day forward or back.
    pub fn set(&self, by_ms: i64) {
        self.change(|manual| manual.wall_ms += by_ms);
    }

    /// Sets the time since boot, as after a restart. The time of day does not change.
    pub fn reboot(&self, since_boot: Duration) {
        self.change(|manual| manual.since_boot = since_boot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_a_sign_and_a_unit_and_changes_only_the_wall_clock() {
        for (text, hours) in [("-1h", -1), ("+7200s", 2), ("+0s", 0)] {
            let clock = Clock::shifted(text).unwrap();
            let (system, shifted) = (Clock::system().wall_ms(), clock.wall_ms());
            assert!((shifted - system - hours * 3_600_000).abs() < 60_000, "{text}");
            assert!(clock.monotonic().duration_since(Instant::now()) < Duration::from_secs(60));
        }
        for text in ["", "1h", "h", "+", "-soon", "é"] {
            assert!(Clock::shifted(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_file_sets_the_clock_of_a_running_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("offset");
        std::fs::write(&path, "+0s\n").unwrap();
        let clock = Clock::shifted(&format!("@{}", path.display())).unwrap();
        let before = clock.wall_ms();
        std::fs::write(&path, "-1h\n").unwrap();
        assert!(clock.wall_ms() < before);
    }
}
