//! Time limits that keep a test from hanging.

use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// After this time a test fails. Every wait in a passing test is far shorter.
pub const HANGS: Duration = Duration::from_secs(120);

/// Polls until the condition holds.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + HANGS;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not within {} s", HANGS.as_secs());
        // Yields the processor to the process that the test waits for.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A process that is killed after [`HANGS`], so that a reader of its output finishes, or when this is dropped.
pub struct Bounded {
    child: Child,
    /// Dropping this stops the thread that watches the time.
    _watched: mpsc::Sender<()>,
}

impl Bounded {
    pub fn spawn(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (watched, ended) = mpsc::channel();
        std::thread::spawn(move || {
            if ended.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout) {
                // An error means that the process has just ended.
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Self { child, _watched: watched }
    }

    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("it is piped, and taken once")
    }

    pub fn stderr(&mut self) -> ChildStderr {
        self.child.stderr.take().expect("it is piped, and taken once")
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends SIGKILL and waits for the process.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns the exit status, or `None` if a signal ended the process.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
