//! The limiter: runs the rules of [`State`](super::State) on records in a ledger. Each call is one transaction that loads the
//! records it needs, applies the rules, and writes back the records that changed.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::answer::Outcome;
use super::key::{Key, Pool};
use super::records::{DEAD_TICKET_SCAN, LoadedScope, TicketHandle};
use super::scopes::Scopes;
use super::verdict::Verdict;
use crate::store::{Error, Ledger};

/// The rate limits of one process's requests, shared with all processes that use the same ledger.
///
/// A request must not fail because `limits.db` does. If the file fails, the ledger continues in memory; if a transaction fails
/// nevertheless, the request is sent without a limit.
pub struct Limiter {
    ledger: Arc<Ledger>,
    scopes: Scopes,
    /// Notified when a request of this process ends.
    settled: Notify,
}

/// A request's position in the order of arrival.
///
/// The caller polls a ticket until [`Verdict::Go`], sends the request, and settles the ticket with the outcome. It may do so
/// several times, for retries. Dropping the ticket removes it from the ledger.
pub struct Ticket {
    limiter: Arc<Limiter>,
    key: Key,
    state: Mutex<TicketState>,
}

struct TicketState {
    /// `None` until the first poll, so that creating a ticket needs no transaction.
    handle: Option<TicketHandle>,
    /// How long to wait before the next look at the ledger.
    pause: Duration,
}

/// If only the answer to another request can free a slot, that may happen at any time. The pauses between looks at the ledger
/// grow from the first of these values to the second. A look costs some microseconds.
const FIRST_POLL: Duration = Duration::from_millis(2);
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// If the end of the wait is known, hardly anything can end it earlier, so the ledger is looked at rarely.
const POLL_WITH_KNOWN_END: Duration = Duration::from_secs(1);

impl Limiter {
    pub fn new(ledger: Arc<Ledger>, scopes: Scopes) -> Self {
        Self { ledger, scopes, settled: Notify::new() }
    }

    /// A limiter for this process only, on tokio's clock.
    #[cfg(test)]
    pub fn of_tokio() -> Self {
        let ledger = Ledger::in_memory(crate::model::Clock::tokio());
        Self::new(Arc::new(ledger), Scopes::new("https://discord.com/api/v10", "https://discord.com", Some("Bot t")))
    }

    /// Creates a ticket for a request.
    pub fn enter(self: &Arc<Self>, key: Key) -> Ticket {
        let state = Mutex::new(TicketState { handle: None, pause: FIRST_POLL });
        Ticket { limiter: Arc::clone(self), key, state }
    }

    /// Marks the token as dead: Discord answered 401, and 401 again to the request that checked it.
    pub fn mark_token_dead(&self) {
        self.with(Pool::Token, |loaded| {
            loaded.mark_token_dead();
            Ok(())
        });
    }

    /// Runs a transaction on the records of a pool's scope.
    fn with<T>(&self, pool: Pool, mut run: impl FnMut(&mut LoadedScope<'_>) -> Result<T, Error>) -> Option<T> {
        let done = self.ledger.write(|transaction| {
            let mut loaded = LoadedScope::load(transaction, &self.scopes, pool)?;
            let value = run(&mut loaded)?;
            loaded.save()?;
            Ok(value)
        });
        done.inspect_err(|error| tracing::debug!("{error}; dcord sends the request without checking rate limits")).ok()
    }
}

impl Ticket {
    /// Asks whether the request may be sent now. After [`Verdict::Go`] it holds a slot.
    pub fn poll(&self) -> Verdict {
        let mut state = self.state();
        let polled = self.limiter.with(self.key.pool, |loaded| loaded.poll(state.handle, &self.key));
        let Some((handle, verdict)) = polled else { return Verdict::Go };
        state.handle = Some(handle);
        state.pause = match &verdict {
            Verdict::Wait { length: None, .. } => longer(state.pause),
            Verdict::Wait { length: Some(_), .. } => POLL_WITH_KNOWN_END,
            Verdict::Go | Verdict::Refuse(_) => FIRST_POLL,
        };
        verdict
    }

    /// Records the outcome of the request, and keeps the ticket for a retry.
    pub fn settle(&self, outcome: &Outcome) {
        let handle = self.state().handle;
        self.settle_and(handle, outcome, false);
    }

    /// Records the outcome of the request, and removes the ticket.
    pub fn finish(self, outcome: &Outcome) {
        let handle = self.state().handle.take();
        self.settle_and(handle, outcome, true);
    }

    fn settle_and(&self, handle: Option<TicketHandle>, outcome: &Outcome, leave: bool) {
        if let Some(handle) = handle {
            self.limiter.with(self.key.pool, |loaded| loaded.settle(handle, outcome, leave));
            self.limiter.settled.notify_waiters();
        }
    }

    /// Completes when something has changed, since this call, that may allow the request to be sent.
    pub fn changed(&self) -> impl Future<Output = ()> + Send + '_ {
        let settled = self.limiter.settled.notified();
        let version = self.limiter.ledger.version().ok();
        async move {
            let mut pause = self.state().pause;
            let mut settled = pin!(settled);
            // If the end of the wait is known, the other requests of this process hardly matter.
            let watch = pause < POLL_WITH_KNOWN_END;
            // A process that dies writes nothing to the ledger, so a waiting ticket also polls at this interval.
            let ask = Instant::now() + DEAD_TICKET_SCAN;
            loop {
                tokio::select! {
                    () = &mut settled, if watch => return,
                    // The random factor spreads out processes that began to wait at the same time.
                    () = sleep(pause.mul_f64(0.75 + fastrand::f64() / 2.0)) => {}
                }
                let is_written = self.limiter.ledger.version().ok() != version;
                if is_written || (watch && Instant::now() >= ask) {
                    return;
                }
                if watch {
                    pause = longer(pause);
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, TicketState> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let handle = self.state().handle.take();
        if let Some(handle) = handle {
            self.limiter.with(self.key.pool, |loaded| loaded.leave(handle));
            self.limiter.settled.notify_waiters();
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LONGEST_POLL)
}

#[cfg(test)]
mod tests;
