//! What keeps a test from hanging.

use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// What has not come by then never will.
pub const HANGS: Duration = Duration::from_secs(120);

/// Looks until it is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + HANGS;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not within {} s", HANGS.as_secs());
        // What is waited for needs the processor too.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A process that is killed when it has run for [`HANGS`], so that who reads its output comes to an end,
/// or when this is dropped.
pub struct Bounded {
    child: Child,
    /// Its end calls the watch off.
    _watched: mpsc::Sender<()>,
}

impl Bounded {
    pub fn spawn(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (watched, ended) = mpsc::channel();
        std::thread::spawn(move || {
            if ended.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout) {
                // It may just have ended.
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

    /// SIGKILL, and the end.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its exit status; `None` where a signal ended it.
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
