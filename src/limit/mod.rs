//! Rate limits: who may send now, who waits, and for how long.
//!
//! [`State`] is pure: it is given a request's [`Key`], what came of a request, and the time, and
//! does no I/O. [`Limits`] is what a client asks; [`Local`] answers from one process's memory,
//! [`Shared`] from a file that all processes share. Waits are slept by the client.

mod answer;
mod bucket;
mod clock;
mod cloudflare;
mod global;
mod invalid;
mod key;
mod local;
mod records;
mod report;
mod shared;
mod state;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use answer::{Answer, Limited, Origin, Outcome, Quota, Scope, seconds};
pub use clock::{Deadline, Now};
pub use cloudflare::Cloudflare;
pub use invalid::STOP as INVALID_STOP;
pub use key::{Class, Key, Pool, Shape, digest};
pub use local::Local;
pub use report::{Clear, Kind, Line, clear, report};
pub use shared::{Scopes, Shared, Warn};
pub use state::State;

/// A request's place in the order of arrival. Lower is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// Whether a request may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A slot is taken for it. It goes out at once: what dies from now on may have reached Discord.
    Go,
    /// Ask again after `length`, or as soon as [`Limits::changed`] says so. Without a length only
    /// the answer of another request can free a slot.
    Wait {
        length: Option<Duration>,
        why: Why,
    },
    Refuse(Refusal),
}

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its own bucket is used up, or others of the bucket came first.
    Bucket,
    /// The 50 requests a second that a bot or an address has in all.
    Global,
    /// A limit that the bucket's headers do not tell of.
    Hidden,
    /// Cloudflare has shut this address out.
    Blocked,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "the rate limit of this endpoint",
            Self::Global => "the global rate limit",
            Self::Hidden => "a further rate limit of this kind of request",
            Self::Blocked => "Cloudflare's block of this IP address",
        })
    }
}

/// Why a request must not be sent at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// So many requests of late were invalid (401, 403, 429) that more could get the address
    /// shut out. Some are forgotten after `retry_in`.
    TooManyInvalid { count: u32, retry_in: Duration },
    /// Discord does not know the token, which was found out a short while ago.
    DeadToken { for_another: Duration },
}

/// A limiter that one or many processes share.
///
/// A ticket goes `enter`, then any number of times (`poll` until [`Verdict::Go`], `settle`),
/// then `leave`; [`Place`] holds to that.
pub trait Limits: Send + Sync {
    fn enter(&self, key: &Key) -> Ticket;
    fn poll(&self, ticket: Ticket) -> Verdict;
    fn settle(&self, ticket: Ticket, outcome: Outcome);
    /// The request is done with, or given up.
    fn leave(&self, ticket: Ticket);
    /// `settle`, and then `leave`.
    fn finish(&self, ticket: Ticket, outcome: Outcome) {
        self.settle(ticket, outcome);
        self.leave(ticket);
    }
    /// Discord does not know the token any more: it refused it, and then once more.
    fn died(&self);
    /// Ready once something has changed since this was called that may let the ticket go.
    fn changed(&self, ticket: Ticket) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A ticket that leaves when it is dropped.
pub struct Place {
    limits: Arc<dyn Limits>,
    ticket: Ticket,
}

impl Place {
    pub fn enter(limits: Arc<dyn Limits>, key: &Key) -> Self {
        let ticket = limits.enter(key);
        Self { limits, ticket }
    }

    pub fn poll(&self) -> Verdict {
        self.limits.poll(self.ticket)
    }

    pub fn settle(&self, outcome: Outcome) {
        self.limits.settle(self.ticket, outcome);
    }

    /// [`Place::settle`], when the request will not be repeated.
    pub fn finish(&self, outcome: Outcome) {
        self.limits.finish(self.ticket, outcome);
    }

    pub fn changed(&self) -> impl Future<Output = ()> + Send + '_ {
        self.limits.changed(self.ticket)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.limits.leave(self.ticket);
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
