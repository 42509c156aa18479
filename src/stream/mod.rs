//! Streams: how events travel from their source to whoever wants them.
//!
//! The gateway gives the events of each shard to its [`Lines`], which collect them into a [`Batch`] of whole
//! lines. The [`Pipeline`] delivers batches through a [`Sink`] in order, and moves the position of the shard's
//! session in its [`SessionStore`] by what the sink has delivered. A session that outlives the process is one of a
//! consumer ([`Durable`]).

mod batch;
mod durable;
mod error;
mod failures;
mod line;
mod outlet;
mod pipeline;
mod position;
mod printed;
mod sink;
mod stdout;

pub use batch::{Batch, Line};
pub use durable::{CommitError, ConsumerError, Durable, Sync, hold};
pub use error::Error;
pub use failures::{DeadLetter, EventError, Failures, Report};
pub use outlet::Lines;
pub use pipeline::{Delivery, Outcome, Pipeline};
pub use position::{InMemory, SessionStore};
pub use printed::{Printed, Readable, Render};
pub use sink::{Sink, Undelivered};
pub use stdout::Plain;

#[cfg(test)]
mod tests;
