//! The limiter: the state in a ledger, from which each call loads what it needs, runs the pure functions, and writes back
//! what they changed.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::answer::Outcome;
use super::key::{Key, Pool};
use super::records::{Entered, LOOK, View};
use super::scopes::Scopes;
use super::verdict::Verdict;
use crate::store::{Error, Ledger};

/// The limits of the requests of one process, which it shares with the processes of the same ledger.
///
/// A ledger that a request must not depend on goes on in memory when its file fails, so its transactions do not fail. If one
/// does all the same, the request goes out.
pub struct Limiter {
    ledger: Arc<Ledger>,
    scopes: Scopes,
    /// Told when a request of this process is over.
    settled: Notify,
}

/// A request's place in the order of arrival. A ticket asks ([`Ticket::poll`]) until [`Verdict::Go`] and then settles, any number
/// of times, and leaves when it is dropped.
pub struct Ticket {
    limiter: Arc<Limiter>,
    key: Key,
    state: Mutex<TicketState>,
}

struct TicketState {
    /// `None` until the ticket first asks, which saves a transaction.
    entered: Option<Entered>,
    /// How long to wait before looking again.
    pause: Duration,
}

/// Where only the answer to another request can free a slot, which may come at once or in a second: the first look and the
/// longest time between looks. A look costs some microseconds.
const FIRST_LOOK: Duration = Duration::from_millis(2);
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// Where it is known when a slot will be free, little can make it earlier.
const LOOK_WHILE_KNOWN: Duration = Duration::from_secs(1);

impl Limiter {
    pub fn new(ledger: Arc<Ledger>, scopes: Scopes) -> Self {
        Self { ledger, scopes, settled: Notify::new() }
    }

    /// The limits of this process alone, by tokio's clock.
    #[cfg(test)]
    pub fn of_tokio() -> Self {
        let ledger = Ledger::in_memory(crate::model::Clock::tokio());
        Self::new(Arc::new(ledger), Scopes::new("https://discord.com/api/v10", "https://discord.com", Some("Bot t")))
    }

    /// A ticket for a request.
    pub fn enter(self: &Arc<Self>, key: Key) -> Ticket {
        let state = Mutex::new(TicketState { entered: None, pause: FIRST_LOOK });
        Ticket { limiter: Arc::clone(self), key, state }
    }

    /// Discord refused the token, and the confirming request too.
    pub fn died(&self) {
        self.with(Pool::Token, |view| {
            view.died();
            Ok(())
        });
    }

    /// Runs a transaction over the scope of a pool.
    fn with<T>(&self, pool: Pool, mut run: impl FnMut(&mut View<'_>) -> Result<T, Error>) -> Option<T> {
        let done = self.ledger.write(|transaction| {
            let mut view = View::load(transaction, &self.scopes, pool)?;
            let value = run(&mut view)?;
            view.save()?;
            Ok(value)
        });
        done.inspect_err(|error| tracing::debug!("{error}; the request goes out without regard to limits")).ok()
    }
}

impl Ticket {
    /// Whether the request may be sent now. If so, it has a slot from now on.
    pub fn poll(&self) -> Verdict {
        let mut state = self.state();
        let polled = self.limiter.with(self.key.pool, |view| view.poll(state.entered, &self.key));
        let Some((entered, verdict)) = polled else { return Verdict::Go };
        state.entered = Some(entered);
        state.pause = match &verdict {
            Verdict::Wait { length: None, .. } => longer(state.pause),
            Verdict::Wait { length: Some(_), .. } => LOOK_WHILE_KNOWN,
            Verdict::Go | Verdict::Refuse(_) => FIRST_LOOK,
        };
        verdict
    }

    /// Takes in what came of the request, which may be repeated.
    pub fn settle(&self, outcome: &Outcome) {
        let entered = self.state().entered;
        self.settle_and(entered, outcome, false);
    }

    /// Takes in what came of the request, which will not be repeated.
    pub fn finish(self, outcome: &Outcome) {
        let entered = self.state().entered.take();
        self.settle_and(entered, outcome, true);
    }

    fn settle_and(&self, entered: Option<Entered>, outcome: &Outcome, leave: bool) {
        if let Some(entered) = entered {
            self.limiter.with(self.key.pool, |view| view.settle(entered, outcome, leave));
            self.limiter.settled.notify_waiters();
        }
    }

    /// Ready once something has changed since this was called that may let the request go.
    pub fn changed(&self) -> impl Future<Output = ()> + Send + '_ {
        let settled = self.limiter.settled.notified();
        let version = self.limiter.ledger.version().ok();
        async move {
            let mut pause = self.state().pause;
            let mut settled = pin!(settled);
            // Where the end of the wait is known, what this process's other requests do hardly matters.
            let watch = pause < LOOK_WHILE_KNOWN;
            // The death of a process changes nothing in the ledger, so a process that waits asks now and then.
            let ask = Instant::now() + LOOK;
            loop {
                tokio::select! {
                    () = &mut settled, if watch => return,
                    // Spread, so that processes which began to wait together do not go on together.
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
        let entered = self.state().entered.take();
        if let Some(entered) = entered {
            self.limiter.with(self.key.pool, |view| view.leave(entered));
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
    (pause * 3 / 2).min(LONGEST_LOOK)
}

#[cfg(test)]
mod tests;
