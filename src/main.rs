//! The binary: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    dcord::run(std::env::args_os().collect()).into()
}
