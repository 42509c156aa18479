//! Streams: carry events from their source to a sink.
//!
//! The gateway passes the events of each shard to [`Lines`], which collect them into a [`Batch`] of whole lines. The [`Pipeline`]
//! delivers batches through a [`Sink`] in order. After each delivery, it updates the position of the shard's session in the
//! [`SessionStore`]. The sessions of a consumer outlive the process ([`Durable`]).

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
