//! The signals that ask the process to end.

use std::io;

use crate::error::exit;
#[cfg(unix)]
use crate::store;

/// The signals with which a terminal, a shell or a supervisor ends a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Interrupt,
    Terminate,
    HangUp,
}

impl Ending {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        }
    }

    /// The exit status of a process that this signal ends: 128 plus the signal's number.
    pub const fn status(self) -> u8 {
        match self {
            Self::Interrupt => exit::INTERRUPTED,
            Self::Terminate => exit::TERMINATED,
            Self::HangUp => 129,
        }
    }
}

/// Receives these signals from the time of its creation.
pub struct Signals {
    #[cfg(unix)]
    interrupt: unix::Source,
    #[cfg(unix)]
    terminate: unix::Source,
    #[cfg(unix)]
    hang_up: unix::Source,
}

#[cfg(unix)]
impl Signals {
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::SignalKind;
        let ignored = unix::ignored();
        let source = |kind: SignalKind| unix::Source::new(kind, ignored);
        Ok(Self {
            interrupt: source(SignalKind::interrupt())?,
            terminate: source(SignalKind::terminate())?,
            hang_up: source(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Ending {
        tokio::select! {
            () = self.interrupt.next() => Ending::Interrupt,
            () = self.terminate.next() => Ending::Terminate,
            () = self.hang_up.next() => Ending::HangUp,
        }
    }
}

/// Makes a write fail if the file would exceed the system's limit (`ulimit -f`). By default, SIGXFSZ ends the process
/// without a message. Programs that this process starts use the default again.
#[cfg(unix)]
pub fn survive_large_files() -> io::Result<()> {
    use rustix::process::{Resource, Signal, getrlimit};
    use tokio::signal::unix::{SignalKind, signal};
    if getrlimit(Resource::Fsize).current.is_none() {
        return Ok(());
    }
    store::reserve_descriptors()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _within = runtime.enter();
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map(drop)
}

#[cfg(not(unix))]
pub fn survive_large_files() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The receiver of one signal. `None` if the parent process has made this process ignore the signal, as `nohup`
    /// does, and as shells do for background commands in scripts.
    pub struct Source(Option<Signal>);

    impl Source {
        /// `ignored` is a bit set, in which the lowest bit is signal 1.
        pub fn new(kind: SignalKind, ignored: u64) -> io::Result<Self> {
            let bit = u32::try_from(kind.as_raw_value() - 1).unwrap_or(u32::MAX);
            let is_ignored = ignored.checked_shr(bit).is_some_and(|mask| mask & 1 == 1);
            Ok(Self(if is_ignored { None } else { Some(signal(kind)?) }))
        }

        pub async fn next(&mut self) {
            match &mut self.0 {
                // The stream of a signal never ends.
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
    }

    /// The bit set of ignored signals, if the system provides it.
    pub fn ignored() -> u64 {
        // Source: proc_pid_status(5), "SigIgn".
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
impl Signals {
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Ending {
        // If the handler cannot be installed, this never completes, and the default action ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Ending::Interrupt
    }
}
