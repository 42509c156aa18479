//! From an error to its text, its hint and its exit status.
//!
//! [`Error`] has a variant for the error of each layer, and [`report()`] matches each of them exhaustively, so that a new
//! kind of error does not compile until it has an exit status.

pub mod exit;
mod kind;
mod report;
mod rule;
mod table;

pub use kind::{
    BadOutput, CannotRun, Error, EventsFailed, Exit, FailedRequest, LinesFailed, Missing, NoSuchObject, Partly,
    PartsLeft, Refused, Result, TooFew,
};
pub use report::{Delivery, OfLine, Report};
pub use rule::{Forbidden, Rule};
pub use table::{Peer, report};
