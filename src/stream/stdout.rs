//! Writes unchanged lines to stdout.

use std::io::{self, Write as _};

use memchr::memrchr;

use super::batch::Batch;
use super::error::Error;
use super::failures::Failures;
use super::sink::{Sink, Undelivered};
use crate::output::stdout;

/// Writes lines to stdout unchanged: into a pipe or a file.
pub struct Plain {
    out: stdout::Sink,
    /// The same pipe, for writes that do not block.
    #[cfg(target_os = "linux")]
    pipe: Option<std::fs::File>,
}

impl Plain {
    pub fn new(out: stdout::Sink) -> Self {
        #[cfg(target_os = "linux")]
        enlarge_pipe(&out);
        Self {
            #[cfg(target_os = "linux")]
            pipe: out.non_blocking_pipe(),
            out,
        }
    }
}

impl Sink for Plain {
    fn deliver(&mut self, batch: &Batch, _: &mut Failures) -> Result<(), Undelivered> {
        let bytes = &batch.bytes;
        let mut written = 0;
        let failed = |written: usize, error: io::Error| {
            let delivered = memrchr(b'\n', &bytes[..written]).map_or(0, |at| at + 1);
            Err(Undelivered { delivered, cause: Error::from(error) })
        };
        while written < bytes.len() {
            match self.out.write(&bytes[written..]) {
                Ok(0) => return failed(written, io::ErrorKind::WriteZero.into()),
                Ok(length) => written += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return failed(written, error),
            }
        }
        self.out.flush().or_else(|error| failed(written, error))
    }

    /// Writes a small batch into a pipe that has room for it. Up to `ATOMIC` bytes, a write to a pipe is atomic, so it can
    /// neither write a partial line nor mix with the output of another process.
    #[cfg(target_os = "linux")]
    fn deliver_now(&mut self, batch: &Batch) -> io::Result<bool> {
        let Some(pipe) = self.pipe.as_mut().filter(|_| batch.bytes.len() <= ATOMIC) else { return Ok(false) };
        match pipe.write(&batch.bytes) {
            Ok(length) if length == batch.bytes.len() => Ok(true),
            Ok(_) => Err(io::ErrorKind::WriteZero.into()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// `PIPE_BUF` on Linux. Source: pipe(7).
#[cfg(target_os = "linux")]
const ATOMIC: usize = 4096;

/// Enlarges the pipe behind stdout if the system allows it, for fewer and larger writes.
#[cfg(target_os = "linux")]
fn enlarge_pipe(output: &impl std::os::fd::AsFd) {
    const PIPE: usize = 1 << 20;
    // An error does not matter: stdout is not a pipe, or the user's limit is reached.
    let _ = rustix::pipe::fcntl_setpipe_size(output, PIPE);
}
