//! The interface to the destination of a stream.

use std::io;

use super::batch::Batch;
use super::error::Error;
use super::failures::Failures;

/// Delivers the lines of a stream.
pub trait Sink: Send {
    /// Delivers a batch, however long the reader takes. After `Ok`, the batch counts as delivered.
    ///
    /// An error about one event goes to `failures`, and the batch continues after that event.
    fn deliver(&mut self, batch: &Batch, failures: &mut Failures) -> Result<(), Undelivered>;

    /// Delivers the whole batch if that is possible without blocking. Returns whether it did.
    fn deliver_now(&mut self, _batch: &Batch) -> io::Result<bool> {
        Ok(false)
    }

    /// Called once, after the last batch.
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// The error of a batch that was not delivered completely, which ends the stream.
#[derive(Debug)]
pub struct Undelivered {
    /// How many of the batch's bytes are delivered.
    pub delivered: usize,
    pub cause: Error,
}
