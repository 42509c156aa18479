//! The limiter: applies the rules of [`State`](super::State) to records in a ledger. Each call is one transaction, which loads
//! the records it needs, applies the rules, and writes the changed records back.

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
/// Failures of `limits.db` must not fail requests. If the file fails, the ledger continues in memory. If a transaction fails
/// even then, dcord sends the request without checking limits.
pub struct Limiter {
    ledger: Arc<Ledger>,
    scopes: Scopes,
    /// Notified when a request of this process ends.
    settled: Notify,
}

/// A request's position in the order of arrival.
///
/// The caller polls the ticket until it returns [`Verdict::Go`], sends the request, and settles the ticket with the outcome. To
/// retry the request, the caller repeats these steps. Dropping the ticket removes it from the ledger.
pub struct Ticket {
    limiter: Arc<Limiter>,
    key: Key,
    state: Mutex<TicketState>,
}

struct TicketState {
    /// `None` until the first poll, so that creating a ticket needs no transaction.
    handle: Option<TicketHandle>,
    /// How long to wait before polling the ledger again.
    pause: Duration,
}

/// The first and the longest interval between polls of the ledger while only the response to another request can free a slot,
/// which can happen at any time. A poll costs a few microseconds.
const FIRST_POLL: Duration = Duration::from_millis(2);
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// The interval between polls if the end of the wait is known. Few events can end such a wait earlier.
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

    /// Marks the token as dead, after Discord has answered both the request and a check of the token with 401.
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

    /// Completes when a change since this call may allow the request to be sent.
    pub fn changed(&self) -> impl Future<Output = ()> + Send + '_ {
        let settled = self.limiter.settled.notified();
        let version = self.limiter.ledger.version().ok();
        async move {
            let mut pause = self.state().pause;
            let mut settled = pin!(settled);
            // If the end of the wait is known, the other requests of this process hardly matter.
            let watch = pause < POLL_WITH_KNOWN_END;
            // A process that dies writes nothing to the ledger, so the ticket also polls at this interval.
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
