//! Runs a program and measures its CPU time, wall time and memory.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// The resources that a process used.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// User and system time of all threads.
    pub cpu: Duration,
    pub wall: Duration,
    /// The largest resident set, in KiB.
    pub peak: u64,
}

/// Runs a command and waits until it exits.
pub fn run(command: &mut Command) -> Result<Cost> {
    let began = Instant::now();
    let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let cost = wait(&child, began)?;
    cost.with_context(|| format!("{command:?} failed"))
}

/// Runs a command whose standard output is a pipe that `cat` reads.
pub fn run_into_pipe(command: &mut Command) -> Result<Cost> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {command:?}"))?;
    let output = child.stdout.take().context("it has a pipe")?;
    let mut reader = Command::new("cat").stdin(output).stdout(Stdio::null()).spawn()?;
    let cost = wait(&child, began)?;
    reader.wait()?;
    cost.with_context(|| format!("{command:?} failed"))
}

/// Waits for a process. Returns `None` if it failed.
pub fn wait(child: &Child, began: Instant) -> Result<Option<Cost>> {
    let pid = libc::pid_t::try_from(child.id())?;
    let mut status = 0;
    // SAFETY: all zeros is a value of this plain struct.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointers are to live values of the right types; this process has not waited for its child yet.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
    let wall = began.elapsed();
    ensure!(waited == pid, "wait4: {}", std::io::Error::last_os_error());
    let time = |t: libc::timeval| -> Result<Duration> {
        Ok(Duration::from_secs(u64::try_from(t.tv_sec)?) + Duration::from_micros(u64::try_from(t.tv_usec)?))
    };
    let cost = Cost { cpu: time(usage.ru_utime)? + time(usage.ru_stime)?, wall, peak: u64::try_from(usage.ru_maxrss)? };
    Ok((libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0).then_some(cost))
}

/// Restricts a command to the first processors.
pub fn on_processors(command: &mut Command, processors: usize) {
    let pin = move || {
        // SAFETY: all zeros is an empty set.
        let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        for cpu in 0..processors {
            // SAFETY: the set is a live value, and the processor's number is below its size.
            unsafe { libc::CPU_SET(cpu, &mut set) };
        }
        // SAFETY: the pointer is to a live set of the size given.
        match unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec, the closure makes one system call and allocates nothing.
    unsafe { std::os::unix::process::CommandExt::pre_exec(command, pin) };
}
