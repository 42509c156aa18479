//! The one thread that writes lines, so that a slow reader never holds up a heartbeat.
//!
//! Its queue is bounded in bytes: a shard that finds it full stops reading its socket. Buffers
//! hold whole lines, go through the queue as they are, and come back to be filled again.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::line::BATCH;

/// Where lines go. Each call has whole lines, and returns when they are handed on.
pub trait LineSink: Send {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()>;

    /// Called once, after the last lines.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: io::Write + Send> LineSink for W {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        self.write_all(lines)?;
        self.flush()
    }
}

/// A queue with this many bytes is full: some batches, so that the thread never runs dry while
/// shards are busy.
const FULL: usize = 4 * BATCH;
/// Shards go on when the queue has come down to this.
const DRAINED: usize = FULL / 2;
/// Empty buffers kept for reuse.
const SPARE: usize = 4;
/// What a batch may have beyond [`BATCH`] before its buffer is too large to keep.
const SPARE_CAPACITY: usize = 2 * BATCH;

/// How writing ended.
#[derive(Debug)]
pub enum Outcome {
    /// All that was pushed is written.
    Written,
    /// The reader is gone: nobody wants more.
    ReaderGone,
    /// The reader did not take the last lines in time.
    Stalled,
}

pub struct Writer {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    /// Told when a full queue has drained.
    space: Notify,
    /// Whether the thread has ended.
    ended: watch::Sender<bool>,
}

/// What is done in its turn.
enum Entry {
    Lines(Vec<u8>),
    Then(Box<dyn FnOnce() + Send>),
}

#[derive(Default)]
struct State {
    queue: VecDeque<Entry>,
    /// Bytes in the queue and in the buffer being written.
    bytes: usize,
    full: bool,
    /// What follows written lines is being done, such as to keep a session.
    calling: bool,
    sleeping: bool,
    finishing: bool,
    spare: Vec<Vec<u8>>,
    failure: Option<io::Error>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

impl Writer {
    /// Starts the thread.
    pub fn start(sink: Box<dyn LineSink>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            space: Notify::new(),
            ended: watch::Sender::new(false),
        });
        let own = Arc::clone(&shared);
        thread::Builder::new().name("lines".to_owned()).spawn(move || own.run(sink))?;
        Ok(Self { shared })
    }

    /// Queues whole lines and gives an empty buffer for the next. It never waits: a shard asks
    /// [`Self::is_full`] before it reads.
    pub fn push(&self, lines: Vec<u8>) -> Vec<u8> {
        let mut state = self.shared.state();
        if state.failure.is_none() && !lines.is_empty() {
            state.bytes += lines.len();
            state.full |= state.bytes >= FULL;
            state.queue.push_back(Entry::Lines(lines));
        }
        let spare = state.spare.pop().unwrap_or_default();
        if std::mem::take(&mut state.sleeping) {
            drop(state);
            self.shared.work.notify_one();
        }
        spare
    }

    /// Calls this when all that was pushed so far is written; never, if that fails.
    pub fn then(&self, call: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.state();
        if state.failure.is_none() {
            state.queue.push_back(Entry::Then(Box::new(call)));
            if std::mem::take(&mut state.sleeping) {
                drop(state);
                self.shared.work.notify_one();
            }
        }
    }

    pub fn is_full(&self) -> bool {
        self.shared.state().full
    }

    /// Waits until a full queue has drained.
    pub async fn space(&self) {
        loop {
            let mut told = std::pin::pin!(self.shared.space.notified());
            // It listens before it looks, or it could miss the one call.
            told.as_mut().enable();
            if !self.is_full() {
                return;
            }
            told.await;
        }
    }

    /// Waits until nothing can be written any more.
    pub async fn ended(&self) {
        // The sender lives in `self`, so it cannot be gone.
        let _ = self.shared.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Writes what is queued and ends the thread; a reader that takes nothing gets `grace`. What is to be
    /// done after the writing has the time it takes: it must end by itself.
    pub async fn finish(self, grace: Duration) -> io::Result<Outcome> {
        self.shared.state().finishing = true;
        self.shared.work.notify_one();
        while tokio::time::timeout(grace, self.ended()).await.is_err() {
            if !self.shared.state().calling {
                return Ok(Outcome::Stalled);
            }
        }
        match self.shared.state().failure.take() {
            None => Ok(Outcome::Written),
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::ReaderGone),
            Some(error) => Err(error),
        }
    }
}

impl Shared {
    fn run(&self, mut sink: Box<dyn LineSink>) {
        while let Some(entry) = self.next() {
            let mut lines = match entry {
                Entry::Lines(lines) => lines,
                Entry::Then(call) => {
                    self.state().calling = true;
                    call();
                    self.state().calling = false;
                    continue;
                }
            };
            let result = sink.write_lines(&lines);
            let mut state = self.state();
            state.bytes -= lines.len();
            if let Err(error) = result {
                state.failure = Some(error);
                state.queue.clear();
                state.bytes = 0;
            }
            let drained = state.full && state.bytes <= DRAINED;
            state.full &= !drained;
            if state.spare.len() < SPARE && lines.capacity() <= SPARE_CAPACITY {
                lines.clear();
                state.spare.push(lines);
            }
            let failed = state.failure.is_some();
            drop(state);
            if drained {
                self.space.notify_waiters();
            }
            if failed {
                break;
            }
        }
        let result = sink.finish();
        if let Err(error) = result {
            self.state().failure.get_or_insert(error);
        }
        self.ended.send_replace(true);
    }

    /// The next buffer; `None` when all is written and no more comes.
    fn next(&self) -> Option<Entry> {
        let mut state = self.state();
        loop {
            if let Some(entry) = state.queue.pop_front() {
                return Some(entry);
            }
            if state.finishing {
                return None;
            }
            state.sleeping = true;
            state = self.work.wait(state).expect("no holder of this lock panics");
        }
    }
}

/// Makes a pipe behind standard output large, where the system can: fewer, larger writes.
#[cfg(target_os = "linux")]
pub fn enlarge_pipe(output: &impl std::os::fd::AsFd) {
    const PIPE: usize = 1 << 20;
    // It fails on what is no pipe and beyond the user's allowance, and then nothing is lost.
    let _ = rustix::pipe::fcntl_setpipe_size(output, PIPE);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const GRACE: Duration = Duration::from_secs(60);

    /// A sink that writes only when it is told to.
    struct Gate {
        permits: mpsc::Receiver<io::Result<()>>,
        written: mpsc::Sender<Vec<u8>>,
    }

    impl LineSink for Gate {
        fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
            self.permits.recv().unwrap_or(Err(io::ErrorKind::BrokenPipe.into()))?;
            self.written.send(lines.to_vec()).unwrap();
            Ok(())
        }
    }

    fn gate() -> (Writer, mpsc::Sender<io::Result<()>>, mpsc::Receiver<Vec<u8>>) {
        let (permit, permits) = mpsc::channel();
        let (written, out) = mpsc::channel();
        (Writer::start(Box::new(Gate { permits, written })).unwrap(), permit, out)
    }

    #[tokio::test]
    async fn lines_come_out_whole_and_in_order() {
        let (writer, permit, out) = gate();
        for n in 0..10 {
            permit.send(Ok(())).unwrap();
            assert!(writer.push(format!("{n}\n").into_bytes()).is_empty());
        }
        assert!(matches!(writer.finish(GRACE).await, Ok(Outcome::Written)));
        let all: Vec<_> = out.iter().collect();
        assert_eq!(all, (0..10).map(|n| format!("{n}\n").into_bytes()).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_comes_after_lines_is_done_when_they_are_written_and_never_if_they_are_not() {
        let (writer, permit, out) = gate();
        let (done, told) = mpsc::channel();
        for n in 0..2 {
            writer.push(format!("{n}\n").into_bytes());
            let done = done.clone();
            writer.then(move || done.send(n).unwrap());
        }
        drop(done);
        permit.send(Ok(())).unwrap();
        out.recv().unwrap();
        assert_eq!(told.recv(), Ok(0));
        permit.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        writer.ended().await;
        assert!(told.recv().is_err());
    }

    #[tokio::test]
    async fn a_full_queue_says_so_until_it_has_drained() {
        let (writer, permit, out) = gate();
        for _ in 0..4 {
            assert!(!writer.is_full());
            writer.push(vec![b'x'; BATCH]);
        }
        assert!(writer.is_full());
        for _ in 0..2 {
            permit.send(Ok(())).unwrap();
            out.recv().unwrap();
        }
        writer.space().await;
        assert!(!writer.is_full());
        drop(permit);
    }

    #[tokio::test]
    async fn what_is_done_after_the_lines_holds_up_the_end() {
        let (writer, permit, _out) = gate();
        let (begun, beginning) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        let done = Arc::new(Mutex::new(false));
        let own = Arc::clone(&done);
        writer.then(move || {
            begun.send(()).unwrap();
            gone.recv().unwrap();
            *own.lock().unwrap() = true;
        });
        beginning.recv().unwrap();
        let short = Duration::from_millis(1);
        let mut finishing = std::pin::pin!(writer.finish(short));
        assert!(tokio::time::timeout(10 * short, &mut finishing).await.is_err());
        go.send(()).unwrap();
        assert!(matches!(finishing.await, Ok(Outcome::Written)));
        assert!(*done.lock().unwrap());
        drop(permit);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_does_not_hold_up_the_end() {
        let (writer, permit, _out) = gate();
        writer.push(b"line\n".to_vec());
        assert!(matches!(writer.finish(Duration::from_secs(2)).await, Ok(Outcome::Stalled)));
        drop(permit);
    }

    #[tokio::test]
    async fn a_closed_pipe_is_a_quiet_end_and_a_full_disk_is_not() {
        let (writer, permit, _out) = gate();
        permit.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        writer.push(b"line\n".to_vec());
        writer.ended().await;
        assert!(matches!(writer.finish(GRACE).await, Ok(Outcome::ReaderGone)));

        let (writer, permit, _out) = gate();
        permit.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        writer.push(b"line\n".to_vec());
        writer.ended().await;
        let error = writer.finish(GRACE).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
