//! When a gap would begin if the session were lost now.

use std::time::{Duration, Instant};

/// The time up to which no event of a session is missing.
#[derive(Clone, Copy)]
pub(super) struct GapStart {
    pub at: Instant,
    /// How long before `at` it is: for a time before this process there is no [`Instant`].
    pub before: Duration,
}

impl GapStart {
    pub const fn at(at: Instant) -> Self {
        Self { at, before: Duration::ZERO }
    }

    pub fn ago(self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at) + self.before
    }
}
