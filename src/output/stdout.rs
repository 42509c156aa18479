//! The only module that writes to stdout.

use std::io::{self, IsTerminal as _, Write};

use super::Progress;

/// The size of the buffer: the default capacity of a pipe on Linux.
const BUFFER: usize = 64 * 1024;

/// Buffered stdout.
///
/// Because of the buffer, a write can fail only at a later write or flush, so a caller must end with
/// [`Write::flush`]. If stdout and the progress line share a terminal, the progress line is hidden
/// during each write, and only complete lines are written before the flush.
pub struct Stdout<W: Write = Sink> {
    sink: W,
    buffer: Vec<u8>,
    progress: Option<Progress>,
}

impl Stdout {
    /// Opens the process's stdout. The progress line has to be hidden only if stdout is a terminal too.
    pub fn open(progress: Option<Progress>) -> io::Result<Self> {
        let sink = Sink::open()?;
        let progress = progress.filter(|progress| progress.is_drawn() && sink.0.is_terminal());
        Ok(Self::over(sink, progress))
    }
}

impl<W: Write> Stdout<W> {
    pub fn over(sink: W, progress: Option<Progress>) -> Self {
        Self { sink, buffer: Vec::new(), progress }
    }

    /// Writes the first `length` bytes of the buffer. After an error, the bytes already written are
    /// removed from the buffer, so that no byte is written twice.
    fn drain(&mut self, length: usize) -> io::Result<()> {
        let Self { sink, buffer, progress } = self;
        let mut done = 0;
        let mut write = || {
            while done < length {
                match sink.write(&buffer[done..length]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(n) => done += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            Ok(())
        };
        let result = match progress {
            Some(progress) => progress.hidden_while(write),
            None => write(),
        };
        buffer.drain(..done);
        result
    }
}

impl<W: Write> Write for Stdout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() <= BUFFER {
            self.buffer.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        if self.progress.is_some() {
            self.buffer.extend_from_slice(bytes);
            let lines = memchr::memrchr(b'\n', &self.buffer).map_or(0, |at| at + 1);
            self.drain(lines)?;
            return Ok(bytes.len());
        }
        self.drain(self.buffer.len())?;
        if bytes.len() < BUFFER {
            self.buffer.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain(self.buffer.len())?;
        self.sink.flush()
    }
}

impl<W: Write> Drop for Stdout<W> {
    fn drop(&mut self) {
        // If another error ends the command, the results printed before it are still written. An error
        // of this flush is ignored, because the first error is the one to report.
        let _ = self.flush();
    }
}

/// The process's stdout without a buffer. [`std::io::Stdout`] searches all output for line breaks, and
/// reports success even if the descriptor is closed.
#[cfg(unix)]
pub struct Sink(std::fs::File);

#[cfg(unix)]
impl Sink {
    #[expect(clippy::disallowed_methods, reason = "this is where stdout is owned")]
    pub fn open() -> io::Result<Self> {
        use std::os::fd::AsFd;
        Ok(Self(io::stdout().as_fd().try_clone_to_owned()?.into()))
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Sink {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(unix)]
impl Sink {
    /// Waits until stdout accepts bytes. Needed if another process has made the shared open file non-blocking.
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, poll};
        match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the pipe behind stdout a second time, in non-blocking mode. `None` if stdout is not a pipe, or if
    /// the pipe cannot be opened again, for example because another user owns it.
    ///
    /// The flag must not be set on stdout itself: other processes share that open file, and their writes would fail.
    #[cfg(target_os = "linux")]
    pub fn non_blocking_pipe(&self) -> Option<std::fs::File> {
        use std::os::fd::AsRawFd as _;
        use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let is_pipe = self.0.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        if is_pipe { std::fs::OpenOptions::new().write(true).custom_flags(flags).open(path).ok() } else { None }
    }

    /// The file behind stdout, if it is a regular file.
    pub fn regular_file(&self) -> io::Result<Option<std::fs::File>> {
        if self.0.metadata()?.is_file() { self.0.try_clone().map(Some) } else { Ok(None) }
    }
}

/// The process's stdout. [`std::io::Stdout`] converts to the UTF-16 that a Windows console requires.
#[cfg(not(unix))]
pub struct Sink(io::Stdout);

#[cfg(not(unix))]
impl Sink {
    #[expect(clippy::disallowed_methods, reason = "this is where stdout is owned")]
    pub fn open() -> io::Result<Self> {
        Ok(Self(io::stdout()))
    }

    /// Not supported here, because only Unix can get the file of a descriptor.
    pub fn regular_file(&self) -> io::Result<Option<std::fs::File>> {
        Ok(None)
    }
}

/// If stdout is a file whose last line is incomplete, appends a line feed. Returns whether it did.
///
/// A process that was killed during a write leaves such a line. It is not removed, because another
/// program may have written it, and programs that follow the file do not expect it to become shorter.
/// With the line feed, a reader sees one line that is not valid JSON, and the following lines are intact.
#[cfg(unix)]
pub fn end_incomplete_line() -> io::Result<bool> {
    use std::os::unix::fs::FileExt as _;

    use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, tell};

    let mut sink = Sink::open()?;
    let stat = fstat(&sink)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(false);
    }
    let appends = fcntl_getfl(&sink)?.contains(OFlags::APPEND);
    let end = if appends { u64::try_from(stat.st_size).unwrap_or(0) } else { tell(&sink)? };
    let Some(last) = end.checked_sub(1) else { return Ok(false) };
    let mut byte = [0];
    // Stdout is open only for writing, so reading requires another open file.
    let read = reopen(&sink).and_then(|file| file.read_exact_at(&mut byte, last));
    if read.is_ok() && byte == *b"\n" {
        return Ok(false);
    }
    // If the byte cannot be read, the line feed is written too: readers of JSON Lines skip an empty line.
    sink.write_all(b"\n")?;
    Ok(read.is_ok())
}

/// Whether a write to stdout finishes without waiting for another process: true for a file and a terminal. A write to a
/// pipe can block until the reader reads, and a process with its own signal handlers cannot be stopped meanwhile.
#[cfg(unix)]
pub fn is_file_or_terminal() -> bool {
    use rustix::fs::{FileType, fstat};
    let kind = Sink::open().and_then(|sink| Ok(fstat(&sink)?)).map(|stat| FileType::from_raw_mode(stat.st_mode));
    kind.is_ok_and(|kind| matches!(kind, FileType::RegularFile | FileType::CharacterDevice))
}

#[cfg(not(unix))]
pub fn is_file_or_terminal() -> bool {
    false
}

/// Opens the file behind stdout for reading.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn reopen(sink: &Sink) -> io::Result<std::fs::File> {
    use std::os::fd::{AsFd as _, AsRawFd as _};
    std::fs::File::open(format!("/dev/fd/{}", sink.as_fd().as_raw_fd()))
}

/// Opens the file behind stdout for reading. On Apple systems `/dev/fd` gives only the access mode of the descriptor, so
/// the file is opened by its path.
#[cfg(target_vendor = "apple")]
fn reopen(sink: &Sink) -> io::Result<std::fs::File> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = rustix::fs::getpath(sink)?;
    std::fs::File::open(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

/// Does nothing here, because the open flags of stdout are known only on Unix.
#[cfg(not(unix))]
pub fn end_incomplete_line() -> io::Result<bool> {
    Ok(false)
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                #[cfg(unix)]
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait()?,
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Error;

    /// Accepts `capacity` bytes, at most `step` at a time, and then fails with `error`.
    struct Device {
        written: Vec<u8>,
        writes: usize,
        capacity: usize,
        step: usize,
        error: io::ErrorKind,
    }

    impl Device {
        fn new(capacity: usize, error: io::ErrorKind) -> Self {
            Self { written: Vec::new(), writes: 0, capacity, step: usize::MAX, error }
        }
    }

    impl Write for &mut Device {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            let n = bytes.len().min(self.step).min(self.capacity - self.written.len());
            if n == 0 && !bytes.is_empty() {
                return Err(self.error.into());
            }
            self.written.extend_from_slice(&bytes[..n]);
            Ok(n)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn small_writes_are_buffered_and_all_bytes_arrive_in_order() {
        let mut device = Device::new(usize::MAX, io::ErrorKind::Other);
        device.step = 50_000;
        let mut expected = Vec::new();
        {
            let mut out = Stdout::over(&mut device, None);
            for i in 0..40_000_u32 {
                let line = format!("{i}\n");
                out.write_all(line.as_bytes()).unwrap();
                expected.extend_from_slice(line.as_bytes());
            }
            let big = vec![b'x'; 3 * BUFFER];
            out.write_all(&big).unwrap();
            expected.extend_from_slice(&big);
            out.write_all(b"end").unwrap();
            expected.extend_from_slice(b"end");
            out.flush().unwrap();
        }
        assert_eq!(device.written, expected);
        assert!(device.writes < 20, "{} writes", device.writes);
    }

    #[test]
    fn a_full_disk_is_an_error_of_the_flush_at_the_latest() {
        let mut device = Device::new(3, io::ErrorKind::StorageFull);
        let mut out = Stdout::over(&mut device, None);
        out.write_all(b"12345").unwrap();
        assert!(matches!(Error::from(out.flush().unwrap_err()), Error::Full));
        drop(out);
        assert_eq!(device.written, b"123");
    }

    #[test]
    fn a_closed_pipe_has_its_own_error() {
        let mut device = Device::new(0, io::ErrorKind::BrokenPipe);
        let mut out = Stdout::over(&mut device, None);
        let error = out.write_all(&vec![0; 2 * BUFFER]).unwrap_err();
        assert!(matches!(Error::from(error), Error::Closed));
    }

    #[test]
    fn with_a_progress_line_only_complete_lines_are_written_before_the_flush() {
        let mut device = Device::new(usize::MAX, io::ErrorKind::Other);
        let mut out = Stdout::over(&mut device, Some(Progress::default()));
        let mut line = vec![b'x'; BUFFER - 1];
        line.push(b'\n');
        out.write_all(&line).unwrap();
        out.write_all(b"the next").unwrap();
        assert_eq!((out.sink.written.len(), out.buffer.len()), (BUFFER, 8));
        out.flush().unwrap();
        assert_eq!(out.buffer.len(), 0);
        drop(out);
        assert!(device.written.ends_with(b"\nthe next"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn writing_to_dev_full_is_the_error_for_a_full_disk() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut out = Stdout::over(full, None);
        out.write_all(b"x").unwrap();
        assert!(matches!(Error::from(out.flush().unwrap_err()), Error::Full));
    }
}
