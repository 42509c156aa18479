//! The process's clock: the only place that asks the system for the time of day.
//!
//! A process creates one [`Clock`] and passes it on, so that a test can set the time of a whole process. The sandbox
//! has its own clock.

use std::time::{Duration, Instant, SystemTime};

#[cfg(any(test, debug_assertions))]
use std::{path::PathBuf, sync::Arc};

#[cfg(any(test, debug_assertions))]
use super::time;

/// The time of day, which people and NTP set forward and back, and the monotonic time, which only runs forward but
/// means nothing to another process.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The shift of the time of day that a test has set. Release builds do not have this field.
    #[cfg(any(test, debug_assertions))]
    shift: Shift,
}

/// By how much the time of day of a process under test differs from the system's.
#[cfg(any(test, debug_assertions))]
#[derive(Clone, Debug, Default)]
enum Shift {
    #[default]
    None,
    Milliseconds(i64),
    /// A file that holds the shift and is read at each call. A test replaces it by renaming while the process runs.
    File(Arc<PathBuf>),
    /// Tokio's clock, which a test pauses and advances, from this moment on.
    #[cfg(test)]
    Tokio(tokio::time::Instant),
    /// Clocks that stand still until a test moves them.
    #[cfg(test)]
    Manual(Arc<std::sync::Mutex<Manual>>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Milliseconds since the Unix epoch, by the time of day.
    pub fn wall_ms(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the place that asks for the time of day")]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ms = ms(since);
        #[cfg(any(test, debug_assertions))]
        let ms = self.shift.of(ms);
        ms
    }

    /// The time since the machine was started, during which it may have slept. All processes share it, and nobody can
    /// set it. Systems without such a clock have the time of day in its place.
    pub fn since_boot(&self) -> Duration {
        #[cfg(test)]
        if let Some(since_boot) = self.shift.since_boot() {
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
        if let Shift::Tokio(_) = self.shift {
            return tokio::time::Instant::now().into_std();
        }
        Instant::now()
    }
}

#[cfg(any(test, debug_assertions))]
impl Clock {
    /// A clock whose time of day differs from the system's: by an offset such as `-1h` or `+90s`, or by the offset that
    /// the file in `@FILE` holds. `None` for any other text.
    pub fn shifted(text: &str) -> Option<Self> {
        let shift = match text.strip_prefix('@') {
            Some(path) => Shift::File(Arc::new(path.into())),
            None => Shift::Milliseconds(offset(text)?),
        };
        Some(Self { shift })
    }
}

#[cfg(any(test, debug_assertions))]
impl Shift {
    fn of(&self, ms: i64) -> i64 {
        match self {
            Self::None => ms,
            Self::Milliseconds(offset) => ms.saturating_add(*offset),
            Self::File(path) => {
                let text = std::fs::read_to_string(&**path).unwrap_or_default();
                let offset = offset(text.trim());
                ms.saturating_add(offset.unwrap_or_else(|| panic!("{} holds no offset: {text:?}", path.display())))
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

/// When the clocks of tests begin.
#[cfg(test)]
const EPOCH_MS: i64 = 1_700_000_000_000;

/// The clocks of a machine that a test moves.
#[cfg(test)]
#[derive(Debug)]
struct Manual {
    wall_ms: i64,
    since_boot: Duration,
}

#[cfg(test)]
impl Clock {
    /// A clock that follows tokio's, for tests that pause that one.
    pub fn tokio() -> Self {
        Self { shift: Shift::Tokio(tokio::time::Instant::now()) }
    }

    /// Clocks that stand still until the test moves them.
    pub fn manual() -> Self {
        let manual = Manual { wall_ms: EPOCH_MS, since_boot: Duration::from_secs(1000) };
        Self { shift: Shift::Manual(Arc::new(manual.into())) }
    }

    fn change(&self, change: impl FnOnce(&mut Manual)) {
        let Shift::Manual(manual) = &self.shift else { panic!("this clock moves by itself") };
        change(&mut manual.lock().unwrap());
    }

    /// Lets time pass.
    pub fn pass(&self, length: Duration) {
        self.change(|manual| {
            manual.wall_ms += ms(length);
            manual.since_boot += length;
        });
    }

    /// Sets the time of day.
    pub fn set(&self, by_ms: i64) {
        self.change(|manual| manual.wall_ms += by_ms);
    }

    /// Restarts the machine, which takes no time.
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
