//! The binary: converts the arguments of the process to an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    dcord::run(std::env::args_os().collect()).into()
}
