//! The limiter of all processes: the same state, kept in `limits.db`, of which each call loads what
//! it needs, runs the pure functions, and writes back what they changed.

use std::collections::HashMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::records::{LOOK, View};
use super::{Key, Limits, Local, Now, Outcome, Pool, Ticket, Verdict, digest};
use crate::store::{self, Ledger};

/// Whose limits they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// The token's, at one API.
    pub token: String,
    /// That of requests without a token, at the same API.
    pub(super) address: String,
    /// The API's host, which counts invalid requests and shuts addresses out.
    pub(super) host: String,
}

impl Scopes {
    /// `authorization` is the header's value; of it nothing is kept but a hash.
    pub fn new(api_url: &str, host: &str, authorization: Option<&str>) -> Self {
        let address = format!("{api_url} -");
        Self {
            token: authorization.map_or_else(|| address.clone(), |a| format!("{api_url} {}", digest(a))),
            address,
            host: host.to_owned(),
        }
    }

    pub(super) fn of(&self, pool: Pool) -> &str {
        match pool {
            Pool::Token => &self.token,
            // Without a token nobody knows who asks, so whoever has one shares these with who has none.
            Pool::Address | Pool::Exempt => &self.address,
        }
    }
}

/// Hears that the file fails, once: from then on this process knows its own requests only.
pub type Warn = Box<dyn Fn(&store::Error) + Send + Sync>;

/// Limits that all processes share.
pub struct Shared {
    ledger: Arc<Ledger>,
    scopes: Scopes,
    mine: Mutex<Mine>,
    settled: Notify,
    /// What is left when the file fails.
    local: OnceLock<Local>,
    warn: Warn,
}

/// This process's tickets, by the numbers it knows them by.
#[derive(Default)]
struct Mine {
    last: u64,
    tickets: HashMap<Ticket, Held>,
}

struct Held {
    key: Key,
    place: Place,
    /// How long to wait before looking again.
    pause: Duration,
}

/// Where a ticket is known.
#[derive(Clone, Copy)]
enum Place {
    /// Nowhere yet: it is entered when it first asks, which saves a transaction.
    Here,
    Ledger(Ticket),
    Local(Ticket),
}

/// Where only another's answer can free a slot, which may come at once or in a second: the first look
/// and the longest time between looks. A look costs some microseconds.
const FIRST_LOOK: Duration = Duration::from_millis(2);
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// Where it is known when a slot will be free, little can make it earlier.
const LOOK_WHILE_KNOWN: Duration = Duration::from_secs(1);

impl Shared {
    pub fn new(ledger: Arc<Ledger>, scopes: Scopes, warn: Warn) -> Self {
        Self { ledger, scopes, mine: Mutex::default(), settled: Notify::new(), local: OnceLock::new(), warn }
    }

    fn mine(&self) -> MutexGuard<'_, Mine> {
        self.mine.lock().expect("no holder of this lock panics")
    }

    /// Runs a transaction over a scope, unless the file has failed.
    fn with<T>(&self, pool: Pool, mut run: impl FnMut(&mut View<'_>) -> Result<T, store::Error>) -> Option<T> {
        if self.local.get().is_some() {
            return None;
        }
        let result = self.ledger.write(|transaction| {
            let seat = self.ledger.seat();
            let mut view = View::load(transaction, seat, &self.scopes, pool)?;
            let value = run(&mut view)?;
            view.save()?;
            Ok(value)
        });
        self.or_local(result)
    }

    fn or_local<T>(&self, result: Result<T, store::Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.local.get_or_init(|| {
                    (self.warn)(&error);
                    Local::new()
                });
                None
            }
        }
    }

    /// The same call to this process's own limiter.
    fn poll_local(&self, held: &mut Held) -> Verdict {
        let local = self.local.get_or_init(Local::new);
        let ticket = match held.place {
            Place::Local(ticket) => ticket,
            Place::Here | Place::Ledger(_) => local.enter(&held.key),
        };
        held.place = Place::Local(ticket);
        local.poll(ticket)
    }

    fn settle_and(&self, ticket: Ticket, outcome: &Outcome, leave: bool) {
        let mut mine = self.mine();
        let held = if leave { mine.tickets.remove(&ticket) } else { None };
        let Some(held) = held.as_ref().or_else(|| mine.tickets.get(&ticket)) else { return };
        match held.place {
            Place::Here => {}
            Place::Ledger(id) => {
                self.with(held.key.pool, |view| view.settle(id, outcome, leave, Now::wall()));
            }
            Place::Local(id) => {
                let local = self.local.get().expect("the ticket is from there");
                local.settle(id, outcome.clone());
                if leave {
                    local.leave(id);
                }
            }
        }
        drop(mine);
        self.settled.notify_waiters();
    }
}

impl Limits for Shared {
    fn enter(&self, key: &Key) -> Ticket {
        let mut mine = self.mine();
        mine.last += 1;
        let ticket = Ticket(mine.last);
        mine.tickets.insert(ticket, Held { key: key.clone(), place: Place::Here, pause: FIRST_LOOK });
        ticket
    }

    fn poll(&self, ticket: Ticket) -> Verdict {
        let mut mine = self.mine();
        let Some(held) = mine.tickets.get_mut(&ticket) else { return Verdict::Go };
        let known = match held.place {
            Place::Local(_) => return self.poll_local(held),
            Place::Ledger(id) => Some(id),
            Place::Here => None,
        };
        match self.with(held.key.pool, |view| view.poll(known, &held.key, Now::wall())) {
            Some((id, verdict)) => {
                held.place = Place::Ledger(id);
                held.pause = match &verdict {
                    Verdict::Wait { length: None, .. } => longer(held.pause),
                    Verdict::Wait { length: Some(_), .. } => LOOK_WHILE_KNOWN,
                    Verdict::Go | Verdict::Refuse(_) => FIRST_LOOK,
                };
                verdict
            }
            None => self.poll_local(held),
        }
    }

    fn settle(&self, ticket: Ticket, outcome: Outcome) {
        self.settle_and(ticket, &outcome, false);
    }

    fn finish(&self, ticket: Ticket, outcome: Outcome) {
        self.settle_and(ticket, &outcome, true);
    }

    fn leave(&self, ticket: Ticket) {
        let Some(held) = self.mine().tickets.remove(&ticket) else { return };
        match held.place {
            Place::Here => {}
            Place::Ledger(id) => {
                self.with(held.key.pool, |view| view.leave(id, Now::wall()));
            }
            Place::Local(id) => self.local.get().expect("the ticket is from there").leave(id),
        }
        self.settled.notify_waiters();
    }

    fn died(&self) {
        let died = self.with(Pool::Token, |view| {
            view.state.died(Now::wall());
            Ok(())
        });
        if died.is_none() {
            self.local.get_or_init(Local::new).died();
        }
    }

    fn changed(&self, ticket: Ticket) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if let Some(local) = self.local.get() {
            return local.changed(ticket);
        }
        let settled = self.settled.notified();
        let version = self.ledger.version().ok();
        Box::pin(async move {
            let mut pause = self.mine().tickets.get(&ticket).map_or(FIRST_LOOK, |held| held.pause);
            let mut settled = pin!(settled);
            // Where the end of the wait is known, what this process's other requests do hardly matters.
            let watch = pause < LOOK_WHILE_KNOWN;
            // The death of a process changes nothing, so somebody has to ask now and then.
            let ask = Instant::now() + LOOK;
            loop {
                tokio::select! {
                    () = &mut settled, if watch => return,
                    // Spread, so that processes which began to wait together do not go on together.
                    () = sleep(pause.mul_f64(0.75 + fastrand::f64() / 2.0)) => {}
                }
                let version = self.ledger.version().ok() != version;
                if version || self.local.get().is_some() || (watch && Instant::now() >= ask) {
                    return;
                }
                if watch {
                    pause = longer(pause);
                }
            }
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LONGEST_LOOK)
}

#[cfg(test)]
mod tests;
