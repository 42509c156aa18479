//! Sinks that read each event: for a jq program, a choice of fields, a terminal.

use std::io::{self, Write};

use serde_json::value::RawValue;

use super::batch::{Batch, Line};
use super::error::Error;
use super::failures::{EventError, Failures};
use super::sink::{Sink, Undelivered};
use crate::filter::Jq;
use crate::filter::jq::{self, Output};
use crate::model::items;
use crate::output::{self, Printer};

/// Prints each event through a printer. An error about one event concerns that event alone.
pub struct Printed<W: Write> {
    printer: Printer<W>,
    /// Receives the warning that no event had one of the fields that were asked for.
    warn: Box<dyn Fn(&str) + Send>,
    /// How many more events to check for a jq program that reads the event instead of its envelope.
    to_check: u8,
}

/// Each check runs the program again, and a program that is written for the envelope soon prints something.
const MAX_CHECKED: u8 = 20;

impl<W: Write> Printed<W> {
    pub fn new(printer: Printer<W>, warn: impl Fn(&str) + Send + 'static) -> Self {
        Self { printer, warn: Box::new(warn), to_check: MAX_CHECKED }
    }

    fn print(&mut self, line: &Line<'_>) -> Result<Result<(), EventError>, output::Error> {
        let value: &RawValue = match serde_json::from_slice(line.json()) {
            Ok(value) => value,
            Err(error) => return Ok(Err(EventError::Read(error))),
        };
        let printed = match self.printer.item(value) {
            // Ctrl-C reaches the process of the jq program too. The event is still to be printed.
            Err(output::Error::Jq(jq::Error::Interrupted)) => self.printer.item(value),
            printed => printed,
        };
        match printed {
            Ok(()) => {
                if self.to_check > 0 {
                    self.check_program(value);
                }
                Ok(Ok(()))
            }
            Err(error) if error.is_about_item() => Ok(Err(EventError::Print(error))),
            Err(error) => Err(error),
        }
    }
}

impl<W: Write> Printed<W> {
    /// Warns once if the program printed only null for an event, but prints something for the event's `d`: `.content` was
    /// typed for `.d.content`.
    fn check_program(&mut self, value: &RawValue) {
        self.to_check -= 1;
        let Some(jq) = self.printer.jq() else { return self.to_check = 0 };
        match (outputs(jq, value), items::field(value, "d").map(|event| outputs(jq, event))) {
            (Outputs::Null, Some(Outputs::Some)) => {
                (self.warn)("--jq printed null; the event itself is in .d, as in --jq .d.content");
                self.to_check = 0;
            }
            (Outputs::Some, _) => self.to_check = 0,
            _ => {}
        }
    }
}

/// What a jq program prints for a value.
enum Outputs {
    Nothing,
    /// Only null.
    Null,
    Some,
}

fn outputs(jq: &Jq, value: &RawValue) -> Outputs {
    let mut found = Outputs::Nothing;
    let ran = jq.run::<jq::Error>(value, |output| {
        found = match (&found, output) {
            (Outputs::Nothing | Outputs::Null, Output::Json("null")) => Outputs::Null,
            _ => Outputs::Some,
        };
        Ok(())
    });
    ran.map_or(Outputs::Nothing, |()| found)
}

impl<W: Write + Send> Sink for Printed<W> {
    fn deliver(&mut self, batch: &Batch, failures: &mut Failures) -> Result<(), Undelivered> {
        let mut delivered = 0;
        for line in batch.lines() {
            let undelivered = |cause: Error| Undelivered { delivered, cause };
            if let Err(error) = self.print(&line).map_err(|error| undelivered(error.into()))? {
                // The failure may end the stream: the lines before it must be delivered then.
                self.printer.flush().map_err(|error| undelivered(error.into()))?;
                delivered = line.start;
                failures.failed(&line, &error).map_err(|cause| Undelivered { delivered, cause })?;
            }
        }
        self.printer.flush().map_err(|error| Undelivered { delivered, cause: error.into() })
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.printer.finish()?;
        if let Some(warning) = self.printer.unseen_fields() {
            (self.warn)(&warning);
        }
        Ok(())
    }
}

/// Appends the text of one line of a stream, which has no line break. It shows whatever the line is.
pub type Render = Box<dyn FnMut(&[u8], &mut String) + Send>;

/// Prints each event as text for people.
pub struct Readable<W: Write> {
    out: W,
    render: Render,
}

impl<W: Write> Readable<W> {
    pub fn new(out: W, render: Render) -> Self {
        Self { out, render }
    }

    fn print(&mut self, batch: &Batch) -> io::Result<()> {
        let mut text = String::new();
        for line in batch.lines() {
            text.clear();
            (self.render)(line.json(), &mut text);
            self.out.write_all(text.as_bytes())?;
        }
        self.out.flush()
    }
}

impl<W: Write + Send> Sink for Readable<W> {
    fn deliver(&mut self, batch: &Batch, _: &mut Failures) -> Result<(), Undelivered> {
        self.print(batch).map_err(|error| Undelivered { delivered: 0, cause: error.into() })
    }
}
