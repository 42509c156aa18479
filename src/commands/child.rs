//! Runs programs for the user: forwards signals to them, and converts their status.

use std::process::ExitStatus;

use tokio::process::Child;

use super::signals::{Ending, Signals};

/// Waits for a program and forwards signals to it. Returns its status, and the first signal that dcord received.
pub async fn wait(child: &mut Child, signals: &mut Signals) -> std::io::Result<(ExitStatus, Option<Ending>)> {
    let mut first = None;
    loop {
        tokio::select! {
            status = child.wait() => return Ok((status?, first)),
            ending = signals.next() => {
                first = first.or(Some(ending));
                forward(child, ending);
            }
        }
    }
}

#[cfg(unix)]
fn forward(child: &Child, ending: Ending) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};

    // A terminal sends its interrupt to the whole foreground process group, so the program has already received it.
    if ending == Ending::Interrupt && std::io::stdin().is_terminal() {
        return;
    }
    let signal = match ending {
        Ending::Interrupt => Signal::INT,
        Ending::Terminate => Signal::TERM,
        Ending::HangUp => Signal::HUP,
    };
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
        // This fails if the program has just ended.
        let _ = kill_process(pid, signal);
    }
}

/// A Windows console sends its interrupt to all attached processes.
#[cfg(not(unix))]
fn forward(_: &Child, _: Ending) {}

/// The exit status in the shell's convention: 128 plus the signal's number if a signal ended the program.
pub fn code(status: ExitStatus) -> u8 {
    if let Some(signal) = signal(status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// The number of the signal that ended the program.
#[cfg(unix)]
pub fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
pub fn signal(_: ExitStatus) -> Option<i32> {
    None
}
