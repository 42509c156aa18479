//! The limiter of one process.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::{Key, Limits, Now, Outcome, State, Ticket, Verdict};

/// Limits that are known to this process alone.
pub struct Local {
    state: Mutex<State>,
    changed: Notify,
    began: Instant,
}

impl Local {
    #[expect(clippy::new_without_default, reason = "it reads the clock")]
    pub fn new() -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), began: Instant::now() }
    }

    fn now(&self) -> Now {
        Now(u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

impl Limits for Local {
    fn enter(&self, key: &Key) -> Ticket {
        self.state().enter(key)
    }

    fn poll(&self, ticket: Ticket) -> Verdict {
        self.state().poll(ticket, self.now())
    }

    fn settle(&self, ticket: Ticket, outcome: Outcome) {
        self.state().settle(ticket, outcome, self.now());
        self.changed.notify_waiters();
    }

    fn leave(&self, ticket: Ticket) {
        self.state().leave(ticket, self.now());
        self.changed.notify_waiters();
    }

    fn died(&self) {
        self.state().died(self.now());
    }

    fn changed(&self, _: Ticket) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // Made now, so that it hears of what happens before it is first polled.
        Box::pin(self.changed.notified())
    }
}
