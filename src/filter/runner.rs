//! Where a jq program runs: here, or in a process of its own.

use serde_json::value::RawValue;

use super::bounded;
use super::jq::{BadJq, Error, Output, Program};
use super::process::Process;

/// A program, ready to run.
///
/// One that is sure to end soon runs in this process, which costs nothing. Any other could exhaust the stack,
/// which ends a process at once, or the memory, or never end: it runs in a process that has bounds.
#[derive(Debug)]
pub struct Jq(Runner);

#[derive(Debug)]
enum Runner {
    InProcess(Program),
    ChildProcess(Process),
}

impl Jq {
    pub fn compile(program: &str) -> Result<Self, BadJq> {
        Ok(Self(if bounded::is_bounded(program) {
            Runner::InProcess(Program::compile(program)?)
        } else {
            Runner::ChildProcess(Process::start(program)?)
        }))
    }

    /// Runs the program over one value and hands on what it gives, until that fails.
    pub fn run<E: From<Error>>(
        &self,
        value: &RawValue,
        each: impl FnMut(Output<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.0 {
            Runner::InProcess(program) => program.run(value, each),
            Runner::ChildProcess(process) => process.run(value, each),
        }
    }

    /// Whether the first value that the program gives is neither false nor null. No value at all,
    /// as `select` gives, is a no.
    pub fn matches(&self, value: &RawValue) -> Result<bool, Error> {
        match &self.0 {
            Runner::InProcess(program) => program.matches(value),
            Runner::ChildProcess(process) => process.matches(value),
        }
    }
}
