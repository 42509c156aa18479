//! Writes lines to a stream without blocking the caller. Stderr and the log file use it.
//!
//! Outside of an asynchronous runtime a line is written directly if the stream is ready, so that a short command needs
//! no thread. All other lines are written by a thread, which the first of them starts. Inside a runtime a write that
//! blocks (a pipe that nobody reads, a file system that hangs) would stop heartbeats, events and signals.
//! The queue of the thread is bounded: lines that arrive while it is full are dropped and counted.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// The capacity of the queue in bytes: a few thousand lines. A reader that is merely slow does not fall this far behind,
/// and the memory is small compared with that of a listener.
const FULL: usize = 256 << 10;

/// How many bytes a ready stream accepts without blocking.
/// Source: POSIX, write(2): a pipe takes up to `PIPE_BUF` bytes whole or not at all.
#[cfg(unix)]
const AT_ONCE: usize = rustix::pipe::PIPE_BUF;
#[cfg(not(unix))]
const AT_ONCE: usize = 512;

/// Where the lines go.
pub trait Stream: Write + Send {
    /// Whether [`AT_ONCE`] bytes can be written without blocking.
    fn is_ready(&self) -> bool {
        true
    }

    /// Blocks until the stream is ready, for one that reports [`io::ErrorKind::WouldBlock`].
    fn wait_ready(&self) {}
}

/// What to do with a line if the queue is full.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Drop the line. A later line reports how many lines were dropped.
    Drop,
    /// Queue the line beyond the capacity, as for an error at the end of the process or a question.
    Queue,
}

/// What to do after a failed write.
pub enum OnFailure {
    /// Drop the line, and try to write the next one.
    Continue,
    /// Close the stream, and call the function with the error.
    Close(Box<dyn FnOnce(io::Error) + Send>),
}

/// Formats the line that reports how many lines were dropped.
type DroppedLine = Box<dyn Fn(u64) -> String + Send + Sync>;

/// A stream and its queue. Clones share them.
#[derive(Clone)]
pub struct BoundedWriter(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// Notified when the thread has something to write.
    work: Condvar,
    /// Notified after each write.
    written: Condvar,
    dropped_line: DroppedLine,
    thread_name: &'static str,
}

struct State {
    /// `None` during a write, and after the stream is closed.
    stream: Option<Box<dyn Stream>>,
    on_failure: OnFailure,
    queue: VecDeque<Vec<u8>>,
    /// Bytes in the queue.
    bytes: usize,
    /// Lines dropped since the queue was last empty.
    dropped: u64,
    /// The latest frame of the progress line, drawn when the queue is empty. A new frame replaces it.
    frame: Option<Vec<u8>>,
    /// The number of finished writes.
    writes: u64,
    is_writing: bool,
    has_thread: bool,
}

impl BoundedWriter {
    pub fn new(
        stream: Box<dyn Stream>,
        thread_name: &'static str,
        on_failure: OnFailure,
        dropped_line: impl Fn(u64) -> String + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            stream: Some(stream),
            on_failure,
            queue: VecDeque::new(),
            bytes: 0,
            dropped: 0,
            frame: None,
            writes: 0,
            is_writing: false,
            has_thread: false,
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            work: Condvar::new(),
            written: Condvar::new(),
            dropped_line: Box::new(dropped_line),
            thread_name,
        }))
    }

    /// Writes or queues a line. Each line is one write, so that the lines of several processes do not mix.
    pub fn write(&self, line: String, when_full: WhenFull) {
        let mut state = self.0.lock();
        if state.is_closed() {
            return;
        }
        // After one dropped line, the following ones are dropped too, so that the lost lines form a single gap.
        if when_full == WhenFull::Drop && (state.dropped > 0 || state.bytes + line.len() > FULL) {
            state.dropped += 1;
            return;
        }
        if let Some(frame) = state.frame.take() {
            state.push(frame);
        }
        if state.dropped > 0 {
            self.0.push_dropped_line(&mut state);
        }
        state.push(line.into_bytes());
        self.0.deliver(state);
    }

    /// Draws a frame of the progress line. It replaces a frame that is not drawn yet.
    pub fn draw(&self, frame: Vec<u8>) {
        let mut state = self.0.lock();
        if !state.is_closed() {
            state.frame = Some(frame);
            self.0.deliver(state);
        }
    }

    /// Waits until everything is written, or until the stream has accepted nothing for `grace`.
    pub fn drain(&self, grace: Duration) {
        let mut state = self.0.lock();
        while state.is_writing || (state.has_thread && state.has_work()) {
            let before = state.writes;
            let (next, timeout) = self.0.written.wait_timeout(state, grace).expect("no holder of this lock panics");
            if timeout.timed_out() && next.writes == before {
                return;
            }
            state = next;
        }
    }
}

impl State {
    fn is_closed(&self) -> bool {
        self.stream.is_none() && !self.is_writing
    }

    fn has_work(&self) -> bool {
        !self.queue.is_empty() || self.frame.is_some() || self.dropped > 0
    }

    fn push(&mut self, line: Vec<u8>) {
        self.bytes += line.len();
        self.queue.push_back(line);
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }

    fn push_dropped_line(&self, state: &mut State) {
        state.push((self.dropped_line)(state.dropped).into_bytes());
        state.dropped = 0;
    }

    /// The next thing to write.
    fn next(&self, state: &mut State) -> Option<Vec<u8>> {
        if state.queue.is_empty() && state.dropped > 0 {
            self.push_dropped_line(state);
        }
        let Some(line) = state.queue.pop_front() else { return state.frame.take() };
        state.bytes -= line.len();
        Some(line)
    }

    /// Writes the queue, or lets the thread write it, without blocking.
    fn deliver<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        if state.is_writing {
            return;
        }
        if !state.has_thread && tokio::runtime::Handle::try_current().is_err() {
            state = self.write(state, write_ready);
        }
        if state.is_writing || !state.has_work() {
            return;
        }
        if !state.has_thread {
            let own = Arc::clone(self);
            let started = thread::Builder::new().name(self.thread_name.to_owned()).spawn(move || own.run());
            // If no thread can be started, the lines stay in the queue, and the next line tries again.
            state.has_thread = started.is_ok();
        }
        self.work.notify_one();
    }

    /// The loop of the thread, which ends with the process.
    fn run(&self) {
        let mut state = self.lock();
        while !state.is_closed() {
            if state.is_writing || !state.has_work() {
                state = self.work.wait(state).expect("no holder of this lock panics");
            } else {
                state = self.write(state, write_all);
            }
        }
    }

    /// Writes the queue until it is empty or `put` has written only a part of a line. The lock is released during each
    /// write.
    fn write<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        put: fn(&mut dyn Stream, &[u8]) -> io::Result<usize>,
    ) -> MutexGuard<'a, State> {
        let Some(mut stream) = state.stream.take() else { return state };
        state.is_writing = true;
        let mut failure = None;
        while let Some(mut line) = self.next(&mut state) {
            drop(state);
            let result = put(&mut *stream, &line);
            state = self.lock();
            state.writes += 1;
            self.written.notify_all();
            match result {
                Ok(length) if length == line.len() => {}
                Ok(length) => {
                    line.drain(..length);
                    state.bytes += line.len();
                    state.queue.push_front(line);
                    break;
                }
                Err(error) => {
                    if let OnFailure::Close(call) = std::mem::replace(&mut state.on_failure, OnFailure::Continue) {
                        failure = Some((call, error));
                        break;
                    }
                }
            }
        }
        match failure {
            None => state.stream = Some(stream),
            Some((call, error)) => {
                // `drain` must not return before the failure is reported, because the process may exit then.
                drop(state);
                call(error);
                state = self.lock();
                (state.bytes, state.dropped, state.frame) = (0, 0, None);
                state.queue.clear();
            }
        }
        state.is_writing = false;
        self.written.notify_all();
        state
    }
}

/// Writes as much as the stream accepts without blocking, and returns the number of bytes.
fn write_ready(stream: &mut dyn Stream, line: &[u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < line.len() && stream.is_ready() {
        let end = line.len().min(done + AT_ONCE);
        match stream.write(&line[done..end]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => done += length,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

fn write_all(stream: &mut dyn Stream, line: &[u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < line.len() {
        match stream.write(&line[done..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => done += length,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // Another process that shares the stream has made it non-blocking.
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => stream.wait_ready(),
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

/// The process's stderr without the lock of [`std::io::Stderr`], which a blocked write would hold.
pub struct Stderr;

#[cfg(unix)]
impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stderr(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
impl Stream for Stderr {
    fn is_ready(&self) -> bool {
        poll(rustix::stdio::stderr(), Some(Duration::ZERO))
    }

    fn wait_ready(&self) {
        poll(rustix::stdio::stderr(), None);
    }
}

#[cfg(unix)]
impl Stream for File {
    fn is_ready(&self) -> bool {
        poll(std::os::fd::AsFd::as_fd(self), Some(Duration::ZERO))
    }

    fn wait_ready(&self) {
        poll(std::os::fd::AsFd::as_fd(self), None);
    }
}

/// Whether, within that time, a write would succeed or fail without blocking.
#[cfg(unix)]
fn poll(fd: rustix::fd::BorrowedFd<'_>, within: Option<Duration>) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec};
    let timeout = within.map(|within| Timespec { tv_sec: within.as_secs().cast_signed(), tv_nsec: 0 });
    let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
    rustix::event::poll(&mut fds, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

/// Other systems do not report whether a write would block, so the thread writes everything.
#[cfg(not(unix))]
impl Stream for File {
    fn is_ready(&self) -> bool {
        false
    }
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is where stderr is owned")]
impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
impl Stream for Stderr {
    fn is_ready(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// A stream that accepts one line for each permit. It is never ready, so only the thread writes to it.
    struct Gate {
        permits: mpsc::Receiver<io::Result<()>>,
        read: mpsc::Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.permits.recv().unwrap_or(Err(io::ErrorKind::BrokenPipe.into()))?;
            self.read.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Gate {
        fn is_ready(&self) -> bool {
            false
        }
    }

    fn gate(on_failure: OnFailure) -> (BoundedWriter, mpsc::Sender<io::Result<()>>, mpsc::Receiver<String>) {
        let (permit, permits) = mpsc::channel();
        let (read, reader) = mpsc::channel();
        let dropped = |count| format!("{count} dropped\n");
        (BoundedWriter::new(Box::new(Gate { permits, read }), "test", on_failure, dropped), permit, reader)
    }

    #[test]
    fn delayed_lines_are_written_completely_and_in_order() {
        let (writer, permit, reader) = gate(OnFailure::Continue);
        for n in 0..3 {
            writer.write(format!("{n}\n"), WhenFull::Drop);
        }
        assert!(reader.try_recv().is_err());
        (0..3).for_each(|_| permit.send(Ok(())).unwrap());
        writer.drain(LONG);
        assert_eq!(reader.try_iter().collect::<String>(), "0\n1\n2\n");
    }

    #[test]
    fn a_full_queue_drops_notes_and_counts_them_but_keeps_errors() {
        let (writer, permit, reader) = gate(OnFailure::Continue);
        let line = format!("{}\n", "x".repeat(1023));
        // Whether the queue holds one line more depends on when the thread takes the first line.
        for _ in 0..2 * FULL / line.len() {
            writer.write(line.clone(), WhenFull::Drop);
        }
        writer.write("error\n".to_owned(), WhenFull::Queue);
        writer.write("note\n".to_owned(), WhenFull::Drop);
        (0..FULL).for_each(|_| permit.send(Ok(())).unwrap());
        writer.drain(LONG);
        let read: Vec<String> = reader.try_iter().collect();
        let taken = read.iter().filter(|read| **read == line).count();
        assert!((FULL / line.len()..=FULL / line.len() + 1).contains(&taken), "{taken}");
        let dropped = format!("{} dropped\n", 2 * FULL / line.len() - taken);
        // The queue may or may not have room for the note after the error.
        assert_eq!(read[taken..taken + 2], [dropped, "error\n".to_owned()]);
        assert!(["note\n", "1 dropped\n"].contains(&&*read[taken + 2]), "{read:?}");
    }

    #[test]
    fn a_blocked_reader_does_not_delay_the_end() {
        let (writer, permit, reader) = gate(OnFailure::Continue);
        writer.write("line\n".to_owned(), WhenFull::Queue);
        writer.drain(Duration::from_millis(1));
        assert!(reader.try_recv().is_err());
        drop(permit);
    }

    #[test]
    fn after_an_error_the_next_line_is_tried_or_the_stream_is_closed() {
        let (writer, permit, reader) = gate(OnFailure::Continue);
        permit.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        permit.send(Ok(())).unwrap();
        writer.write("lost\n".to_owned(), WhenFull::Drop);
        writer.write("next\n".to_owned(), WhenFull::Drop);
        writer.drain(LONG);
        assert_eq!(reader.try_iter().collect::<String>(), "next\n");

        let (failed, failures) = mpsc::channel();
        let (writer, permit, reader) =
            gate(OnFailure::Close(Box::new(move |error| failed.send(error.kind()).unwrap())));
        permit.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        permit.send(Ok(())).unwrap();
        writer.write("lost\n".to_owned(), WhenFull::Drop);
        assert_eq!(failures.recv(), Ok(io::ErrorKind::StorageFull));
        writer.write("next\n".to_owned(), WhenFull::Queue);
        writer.drain(LONG);
        assert!(reader.try_iter().next().is_none());
    }

    #[test]
    fn only_the_latest_frame_of_the_progress_line_is_drawn() {
        let (writer, permit, reader) = gate(OnFailure::Continue);
        writer.write("a\n".to_owned(), WhenFull::Drop);
        for n in 0..3 {
            writer.draw(format!("frame {n}").into_bytes());
        }
        writer.write("b\n".to_owned(), WhenFull::Drop);
        writer.draw(b"frame 3".to_vec());
        (0..4).for_each(|_| permit.send(Ok(())).unwrap());
        writer.drain(LONG);
        let read: Vec<String> = reader.try_iter().collect();
        assert_eq!(read, ["a\n", "frame 2", "b\n", "frame 3"]);
    }

    #[test]
    fn a_ready_stream_is_written_on_a_thread_only_inside_a_runtime() {
        #[derive(Clone, Default)]
        struct Threads(Arc<Mutex<Vec<thread::ThreadId>>>);
        impl Write for Threads {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().push(thread::current().id());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl Stream for Threads {}
        let threads = Threads::default();
        let writer = BoundedWriter::new(Box::new(threads.clone()), "test", OnFailure::Continue, |_| String::new());
        writer.write("outside\n".to_owned(), WhenFull::Drop);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { writer.write("inside\n".to_owned(), WhenFull::Drop) });
        writer.drain(LONG);
        let seen = threads.0.lock().unwrap().clone();
        let own = thread::current().id();
        assert!(seen[0] == own && seen[1] != own, "{seen:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_full_pipe_gets_the_rest_when_it_is_read() {
        use std::io::Read as _;
        let (mut out, pipe) = rustix::pipe::pipe().map(|(r, w)| (File::from(r), File::from(w))).unwrap();
        let writer = BoundedWriter::new(Box::new(pipe), "test", OnFailure::Continue, |_| String::new());
        // A single line that is longer than the capacity of any pipe.
        let line = "x".repeat(4 << 20);
        writer.write(line.clone(), WhenFull::Queue);
        let mut read = vec![0; line.len()];
        out.read_exact(&mut read).unwrap();
        writer.drain(LONG);
        assert!(read == line.as_bytes());
    }
}
