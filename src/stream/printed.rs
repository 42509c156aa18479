//! Lines through a printer: a jq program, a choice of fields, a terminal.

use std::io::Write;

use serde_json::value::RawValue;

use super::batch::{Batch, Line};
use super::error::Error;
use super::failures::{EventError, Failures};
use super::sink::{Sink, Undelivered};
use crate::filter::jq;
use crate::output::{self, Printer};

/// Prints each event. One that the printer cannot take fails alone.
pub struct Printed<W: Write>(Printer<W>);

impl<W: Write> Printed<W> {
    pub fn new(printer: Printer<W>) -> Self {
        Self(printer)
    }

    fn print(&mut self, line: &Line<'_>) -> Result<Result<(), EventError>, output::Error> {
        let value: &RawValue = match serde_json::from_slice(line.json()) {
            Ok(value) => value,
            Err(error) => return Ok(Err(EventError::Read(error))),
        };
        let printed = match self.0.item(value) {
            // Whoever interrupted the program's process, as a terminal does, did not mean this event.
            Err(output::Error::Jq(jq::Error::Interrupted)) => self.0.item(value),
            printed => printed,
        };
        match printed {
            Ok(()) => Ok(Ok(())),
            Err(error) if error.is_about_item() => Ok(Err(EventError::Print(error))),
            Err(error) => Err(error),
        }
    }
}

impl<W: Write + Send> Sink for Printed<W> {
    fn deliver(&mut self, batch: &Batch, failures: &mut Failures) -> Result<(), Undelivered> {
        let mut delivered = 0;
        for line in batch.lines() {
            let undelivered = |cause: Error| Undelivered { delivered, cause };
            if let Err(error) = self.print(&line).map_err(|error| undelivered(error.into()))? {
                // What is before it must be delivered if the failure ends the stream.
                self.0.flush().map_err(|error| undelivered(error.into()))?;
                delivered = line.start;
                failures.failed(&line, &error).map_err(|cause| Undelivered { delivered, cause })?;
            }
        }
        self.0.flush().map_err(|error| Undelivered { delivered, cause: error.into() })
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(self.0.finish()?)
    }
}
