//! Runs a jq program in this process or in a worker.

use serde_json::value::RawValue;

use super::bounded;
use super::jq::{BadJq, Error, Output, Program};
use super::process::Process;

/// A compiled program.
///
/// A bounded program runs in this process, which is fast. Any other program could overflow the stack, which aborts the
/// process, exhaust the memory, or run forever, so it runs in a worker process with limits.
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

    /// Runs the program on one value and calls `each` for each output, until the program or `each` fails.
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

    /// Whether the first output of the program is neither false nor null. False if there is no output, as from `select`.
    pub fn matches(&self, value: &RawValue) -> Result<bool, Error> {
        match &self.0 {
            Runner::InProcess(program) => program.matches(value),
            Runner::ChildProcess(process) => process.matches(value),
        }
    }
}
