//! The only module that writes to stdout.

use std::io::{self, IsTerminal as _, Write};

use super::Progress;

/// The size of the buffer, which is that of a pipe on Linux.
const BUFFER: usize = 64 * 1024;

/// A buffered stream of results.
///
/// A failed write is reported at the next write or flush, so a caller must end with
/// [`Write::flush`]. If a progress line is on the same terminal, it is hidden while results are
/// written, and results are written in whole lines.
pub struct Stdout<W: Write = Sink> {
    sink: W,
    buffer: Vec<u8>,
    progress: Option<Progress>,
}

impl Stdout {
    /// The process's stdout. The progress line is of concern only where stdout is a terminal, too.
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

    /// Writes the first `length` bytes of the buffer. What was written is gone from it even if the
    /// rest fails, so that no byte is written twice.
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
        // The way out after an error elsewhere: what was printed before it still goes out. That
        // this fails as well is of no interest beside the first error.
        let _ = self.flush();
    }
}

/// The process's stdout without a buffer. The standard library's stdout searches all output for line
/// breaks, and reports success if the descriptor is closed.
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
    /// Waits until a write can go on, where another process has made the open file non-blocking.
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, poll};
        match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// An open file of this process's own for the pipe behind it, which does not block: `None` if it is another
    /// kind of file, or may not be opened anew, such as a pipe of another user's.
    ///
    /// On the open file that processes share, the flag would make the writes of others fail.
    #[cfg(target_os = "linux")]
    pub fn non_blocking_pipe(&self) -> Option<std::fs::File> {
        use std::os::fd::AsRawFd as _;
        use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let is_pipe = self.0.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        if is_pipe { std::fs::OpenOptions::new().write(true).custom_flags(flags).open(path).ok() } else { None }
    }

    /// The file behind it, if it is a regular file.
    pub fn regular_file(&self) -> io::Result<Option<std::fs::File>> {
        if self.0.metadata()?.is_file() { self.0.try_clone().map(Some) } else { Ok(None) }
    }
}

/// The process's stdout. A Windows console takes UTF-16, which the standard library sees to.
#[cfg(not(unix))]
pub struct Sink(io::Stdout);

#[cfg(not(unix))]
impl Sink {
    #[expect(clippy::disallowed_methods, reason = "this is where stdout is owned")]
    pub fn open() -> io::Result<Self> {
        Ok(Self(io::stdout()))
    }

    /// Only Unix can find the file of a descriptor.
    pub fn regular_file(&self) -> io::Result<Option<std::fs::File>> {
        Ok(None)
    }
}

/// Where stdout is appended to a file whose last line has no end, ends it, and says so.
///
/// Such a line is what a process left that was killed while it wrote. To take it away would make a
/// file shorter that others may be following, and the half line may be somebody else's; ended, it is
/// a line that a reader of JSON can tell from the others, and harms none.
#[cfg(unix)]
pub fn end_half_line() -> io::Result<bool> {
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
    // It is open for writing alone.
    let read = reopen(&sink).and_then(|file| file.read_exact_at(&mut byte, last));
    if read.is_ok() && byte == *b"\n" {
        return Ok(false);
    }
    // Where the byte cannot be read: an empty line is nothing to who reads lines of JSON.
    sink.write_all(b"\n")?;
    Ok(read.is_ok())
}

/// Whether a write to stdout ends by itself, as one to a file or a terminal does. One to a pipe waits for the reader, and
/// a process that handles a signal itself would not end meanwhile.
#[cfg(unix)]
pub fn takes_writes() -> bool {
    use rustix::fs::{FileType, fstat};
    let kind = Sink::open().and_then(|sink| Ok(fstat(&sink)?)).map(|stat| FileType::from_raw_mode(stat.st_mode));
    kind.is_ok_and(|kind| matches!(kind, FileType::RegularFile | FileType::CharacterDevice))
}

#[cfg(not(unix))]
pub fn takes_writes() -> bool {
    false
}

/// The file behind a descriptor, to be read.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn reopen(sink: &Sink) -> io::Result<std::fs::File> {
    use std::os::fd::{AsFd as _, AsRawFd as _};
    std::fs::File::open(format!("/dev/fd/{}", sink.as_fd().as_raw_fd()))
}

/// There, what `/dev/fd` opens has the rights that the descriptor has; the file's path has its own.
#[cfg(target_vendor = "apple")]
fn reopen(sink: &Sink) -> io::Result<std::fs::File> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = rustix::fs::getpath(sink)?;
    std::fs::File::open(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

/// Only where a file tells how it was opened.
#[cfg(not(unix))]
pub fn end_half_line() -> io::Result<bool> {
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

    /// Takes `room` bytes, at most `step` at a time, and then fails as it was told to.
    struct Device {
        took: Vec<u8>,
        writes: usize,
        room: usize,
        step: usize,
        fails: io::ErrorKind,
    }

    impl Device {
        fn new(room: usize, fails: io::ErrorKind) -> Self {
            Self { took: Vec::new(), writes: 0, room, step: usize::MAX, fails }
        }
    }

    impl Write for &mut Device {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            let n = bytes.len().min(self.step).min(self.room - self.took.len());
            if n == 0 && !bytes.is_empty() {
                return Err(self.fails.into());
            }
            self.took.extend_from_slice(&bytes[..n]);
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
        let mut told = Vec::new();
        {
            let mut out = Stdout::over(&mut device, None);
            for i in 0..40_000_u32 {
                let line = format!("{i}\n");
                out.write_all(line.as_bytes()).unwrap();
                told.extend_from_slice(line.as_bytes());
            }
            let big = vec![b'x'; 3 * BUFFER];
            out.write_all(&big).unwrap();
            told.extend_from_slice(&big);
            out.write_all(b"end").unwrap();
            told.extend_from_slice(b"end");
            out.flush().unwrap();
        }
        assert_eq!(device.took, told);
        assert!(device.writes < 20, "{} writes", device.writes);
    }

    #[test]
    fn a_full_disk_is_an_error_of_the_flush_at_the_latest() {
        let mut device = Device::new(3, io::ErrorKind::StorageFull);
        let mut out = Stdout::over(&mut device, None);
        out.write_all(b"12345").unwrap();
        assert!(matches!(Error::from(out.flush().unwrap_err()), Error::Full));
        drop(out);
        assert_eq!(device.took, b"123");
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
        assert_eq!((out.sink.took.len(), out.buffer.len()), (BUFFER, 8));
        out.flush().unwrap();
        assert_eq!(out.buffer.len(), 0);
        drop(out);
        assert!(device.took.ends_with(b"\nthe next"));
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
