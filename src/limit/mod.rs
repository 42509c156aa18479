//! Rate limits: which requests may be sent now, and how long the others wait.
//!
//! [`State`] is pure: it takes a request's [`Key`], what came of a request, and the time, and does no I/O. The [`Limiter`] runs it
//! on the records that all processes share; each call loads what it needs and writes back what changed. The client waits.

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

pub use answer::{Answer, Limited, Origin, Outcome, Quota, Scope, seconds};
pub use cloudflare::Cloudflare;
pub use invalid::STOP as INVALID_STOP;
pub use key::{Class, Key, Pool, Shape, digest};
pub use limiter::{Limiter, Ticket};
pub use report::{Clear, Kind, Line, clear, report};
pub use scopes::Scopes;
pub use state::State;
pub use verdict::{Refusal, TicketId, Verdict, Why};

#[cfg(test)]
mod jumps;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
