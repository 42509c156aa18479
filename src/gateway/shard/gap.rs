//! When a gap would begin if the session were lost now.

use std::time::{Duration, Instant};

/// The time up to which all events of a session have been received: `before` earlier than `at`.
#[derive(Clone, Copy)]
pub(super) struct GapStart {
    pub at: Instant,
    /// Needed because an [`Instant`] cannot represent a time before this process started.
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
