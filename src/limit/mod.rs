//! Rate limits: which requests dcord may send now, and how long the others must wait.
//!
//! [`State`] contains the rules and does no I/O: its methods take a request's [`Key`], its [`Outcome`] and the time. The
//! [`Limiter`] applies these rules to records in `limits.db`, which all processes share. Neither of them sleeps; the REST
//! client does.

mod answer;
mod bucket;
mod cloudflare;
mod global;
mod invalid;
mod key;
mod limiter;
mod records;
mod report;
mod scopes;
mod state;
mod verdict;

pub use answer::{Answer, Origin, Outcome, Quota, RateLimited, Scope, seconds};
pub use cloudflare::Cloudflare;
pub use key::{Class, Key, Pool, RequestParts, digest};
pub use limiter::{Limiter, Ticket};
pub use report::{Clear, LimitKind, LimitStatus, clear, report};
pub use scopes::Scopes;
pub use state::State;
pub use verdict::{Refusal, TicketId, Verdict, WaitReason};

#[cfg(test)]
mod jumps;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
