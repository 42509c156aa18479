//! The pipeline: delivers batches in order, and updates positions after each delivery.
//!
//! The queue is bounded in bytes. While it is full, the shards do not read their sockets. One thread delivers the queue, so that
//! a slow reader never delays a heartbeat. If the thread is idle and the reader is fast enough, the shard writes a small batch
//! itself, without waking the thread.

use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use super::batch::{Batch, Position};
use super::error::Error;
use super::failures::Failures;
use super::position::SessionStore;
use super::sink::{Sink, Undelivered};
use crate::gateway::{Session, SessionChange, StoreError};

/// A batch is passed on when it has this many bytes. Writes of this size to a pipe of 1 MiB need the least CPU time.
pub const BATCH_BYTES: usize = 256 << 10;
/// A queue with this many bytes is full. It holds several batches, so that the thread always has work while shards are busy.
const FULL_BYTES: usize = 4 * BATCH_BYTES;
/// Shards continue when the queue has at most this many bytes.
const DRAINED_BYTES: usize = FULL_BYTES / 2;
/// How many empty buffers are kept for reuse.
const MAX_SPARE: usize = 4;
/// A buffer with a larger capacity is freed instead of reused.
const SPARE_CAPACITY: usize = 2 * BATCH_BYTES;
/// A batch that follows another one sooner than this goes to the thread, which delivers while the shard continues to read. In a
/// flood without compression, writing directly takes 1.7 times as much CPU time per event. At a few thousand events a second, it
/// takes half.
const MIN_INTERVAL: Duration = Duration::from_micros(25);
/// How long the pipeline waits for the reader after a signal. Without a signal, it waits without limit, so that everything that
/// `--count` or `--duration` includes is delivered.
const GRACE: Duration = Duration::from_secs(2);

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is delivered.
    Delivered,
    /// The reader closed the stream.
    ReaderGone,
    /// After a signal, the reader did not read the last lines in time.
    Stalled,
}

/// The result of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub outcome: Outcome,
    /// The number of events that could not be delivered because of an error about the event itself.
    pub failed: u64,
}

/// A handle of the pipeline.
#[derive(Clone)]
pub struct Pipeline(Arc<SharedPipeline>);

struct SharedPipeline {
    store: Arc<dyn SessionStore>,
    has_positions: bool,
    state: Mutex<QueueState>,
    /// The thread waits here for entries.
    work: Condvar,
    /// Notified when a full queue has drained.
    space: Notify,
    /// Whether the thread has ended.
    ended: watch::Sender<bool>,
}

/// An entry of the queue.
enum QueueEntry {
    Batch(Batch),
    Session(u32, SessionChange),
}

#[derive(Default)]
struct QueueState {
    queue: VecDeque<QueueEntry>,
    /// The bytes of the queue and of the batch in delivery.
    bytes: usize,
    full: bool,
    /// When the last batch was pushed.
    pushed: Option<Instant>,
    /// The sink, while the thread is idle. Any holder of the lock may write to it then.
    sink: Option<Box<dyn Sink>>,
    /// Whether the session store is being changed.
    storing: bool,
    finishing: bool,
    spare: Vec<Vec<u8>>,
    failed: u64,
    failure: Option<Error>,
}

/// The bytes that a batch counts for in the queue. A batch without lines also counts, because it takes memory.
fn weight(batch: &Batch) -> usize {
    batch.bytes.len() + size_of::<QueueEntry>()
}

impl Pipeline {
    /// Starts the thread.
    pub fn start(sink: Box<dyn Sink>, failures: Failures, store: Arc<dyn SessionStore>) -> Result<Self, Error> {
        let shared = Arc::new(SharedPipeline {
            has_positions: store.has_positions(),
            store,
            state: Mutex::default(),
            work: Condvar::new(),
            space: Notify::new(),
            ended: watch::Sender::new(false),
        });
        let own = Arc::clone(&shared);
        let run = move || own.run(sink, failures);
        thread::Builder::new().name("stream".to_owned()).spawn(run).map_err(Error::Thread)?;
        Ok(Self(shared))
    }

    /// Delivers or queues a batch. Returns an empty buffer for the next one. It never waits. Shards check [`Self::is_full`]
    /// before they read.
    pub fn push(&self, batch: Batch) -> Vec<u8> {
        let mut guard = self.0.state();
        let state = &mut *guard;
        if state.failure.is_some() {
            return empty(batch.bytes);
        }
        let now = Instant::now();
        let is_quiet = state.pushed.is_none_or(|before| now.saturating_duration_since(before) >= MIN_INTERVAL);
        state.pushed = Some(now);
        if let Some(sink) = state.sink.as_mut().filter(|_| state.queue.is_empty()) {
            let delivered = if batch.bytes.is_empty() {
                Ok(true)
            } else if is_quiet {
                sink.deliver_now(&batch)
            } else {
                Ok(false)
            };
            match delivered {
                Ok(true) => {
                    drop(guard);
                    self.0.acknowledge(batch.shard, batch.position);
                    return empty(batch.bytes);
                }
                Ok(false) => {}
                Err(error) => {
                    state.failure = Some(error.into());
                    self.0.work.notify_one();
                    return empty(batch.bytes);
                }
            }
        }
        // Appends to the last waiting batch, because in a flood the number of writes costs more than their bytes.
        if let Some(QueueEntry::Batch(last)) = state.queue.back_mut().filter(|_| !batch.bytes.is_empty())
            && last.continues_with(&batch)
            && last.bytes.len() + batch.bytes.len() <= BATCH_BYTES
        {
            state.bytes += batch.bytes.len();
            state.full |= state.bytes >= FULL_BYTES;
            last.bytes.extend_from_slice(&batch.bytes);
            last.position = batch.position;
            return empty(batch.bytes);
        }
        state.bytes += weight(&batch);
        state.full |= state.bytes >= FULL_BYTES;
        self.0.queue(state, QueueEntry::Batch(batch));
        state.spare.pop().unwrap_or_default()
    }

    /// Changes the stored session after everything that was pushed so far is delivered, and not at all if the delivery fails.
    pub fn change(&self, shard: u32, change: SessionChange) {
        let mut state = self.0.state();
        if state.failure.is_none() {
            self.0.queue(&mut state, QueueEntry::Session(shard, change));
        }
    }

    /// The stored session of a shard.
    pub fn session(&self, shard: u32) -> Result<Option<Session>, StoreError> {
        self.0.store.load(shard)
    }

    /// Whether positions are stored.
    pub fn has_positions(&self) -> bool {
        self.0.has_positions
    }

    pub fn is_full(&self) -> bool {
        self.0.state().full
    }

    /// Waits until the queue is no longer full.
    pub async fn space(&self) {
        loop {
            let mut drained = std::pin::pin!(self.0.space.notified());
            // Registers before the check. Otherwise, it could miss the notification.
            drained.as_mut().enable();
            if !self.is_full() {
                return;
            }
            drained.await;
        }
    }

    /// Waits until the thread has ended.
    pub async fn ended(&self) {
        // This cannot fail, because `self` owns the sender.
        let _ = self.0.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Delivers the queue, however long the reader takes, and ends the thread. When `signalled` is true, the reader has `GRACE`
    /// left. A session that is being stored is always stored completely.
    pub async fn finish(&self, mut signalled: watch::Receiver<bool>) -> Result<Delivery, Error> {
        self.0.state().finishing = true;
        self.0.work.notify_one();
        let mut outcome = Outcome::Delivered;
        tokio::select! {
            biased;
            () = self.ended() => {}
            () = grace(&mut signalled) => {
                while self.0.state().storing && tokio::time::timeout(GRACE, self.ended()).await.is_err() {}
                if !*self.0.ended.borrow() {
                    outcome = Outcome::Stalled;
                }
            }
        }
        let mut state = self.0.state();
        let failed = state.failed;
        match state.failure.take() {
            None => Ok(Delivery { outcome, failed }),
            Some(error) if error.is_closed() => Ok(Delivery { outcome: Outcome::ReaderGone, failed }),
            Some(error) => Err(error),
        }
    }
}

/// Waits for a signal, and then for [`GRACE`].
async fn grace(signalled: &mut watch::Receiver<bool>) {
    if signalled.wait_for(|signalled| *signalled).await.is_err() {
        // The sender is dropped, so there will be no signal.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(GRACE).await;
}

fn empty(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.clear();
    bytes
}

impl SharedPipeline {
    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().expect("no holder of this lock panics")
    }

    fn queue(&self, state: &mut QueueState, entry: QueueEntry) {
        let was_idle = state.sink.is_some() && state.queue.is_empty();
        state.queue.push_back(entry);
        if was_idle {
            self.work.notify_one();
        }
    }

    fn acknowledge(&self, shard: u32, position: Option<Position>) {
        if let Some(Position { session, seq }) = position {
            self.store.delivered(shard, &session, seq);
        }
    }

    fn run(&self, mut sink: Box<dyn Sink>, mut failures: Failures) {
        loop {
            let entry;
            (entry, sink) = self.next(sink);
            let failure = match entry {
                None => break,
                Some(QueueEntry::Session(shard, change)) => self.store(shard, &change).err(),
                Some(QueueEntry::Batch(batch)) => {
                    let failure = self.deliver(&mut *sink, &batch, &mut failures).err();
                    self.settle(batch, failures.count());
                    failure
                }
            };
            if let Some(failure) = failure {
                let mut state = self.state();
                state.failure = Some(failure);
                state.queue.clear();
                break;
            }
        }
        if let Err(error) = sink.finish() {
            self.state().failure.get_or_insert(error);
        }
        self.ended.send_replace(true);
    }

    /// Waits for the next entry. Returns `None` when the stream is finished or has failed.
    fn next(&self, sink: Box<dyn Sink>) -> (Option<QueueEntry>, Box<dyn Sink>) {
        let mut state = self.state();
        state.sink = Some(sink);
        loop {
            let entry = if state.failure.is_some() { None } else { state.queue.pop_front() };
            if entry.is_some() || state.finishing || state.failure.is_some() {
                return (entry, state.sink.take().expect("only this thread takes it"));
            }
            state = self.work.wait(state).expect("no holder of this lock panics");
        }
    }

    fn deliver(&self, sink: &mut dyn Sink, batch: &Batch, failures: &mut Failures) -> Result<(), Error> {
        let result = if batch.bytes.is_empty() { Ok(()) } else { sink.deliver(batch, failures) };
        let (delivered, result) = match result {
            Ok(()) => (batch.bytes.len(), Ok(())),
            Err(Undelivered { delivered, cause }) => (delivered, Err(cause)),
        };
        self.acknowledge(batch.shard, batch.position_after(delivered));
        result
    }

    fn store(&self, shard: u32, change: &SessionChange) -> Result<(), Error> {
        self.state().storing = true;
        let result = match change {
            SessionChange::Save(session) => self.store.save(shard, session),
            SessionChange::Forget => self.store.forget(shard),
        };
        self.state().storing = false;
        result.map_err(Error::Store)
    }

    /// Updates the state of the queue after a delivery.
    fn settle(&self, batch: Batch, failed: u64) {
        let mut state = self.state();
        state.failed = failed;
        state.bytes -= weight(&batch);
        let drained = state.full && state.bytes <= DRAINED_BYTES;
        state.full &= !drained;
        if state.spare.len() < MAX_SPARE && batch.bytes.capacity() <= SPARE_CAPACITY {
            state.spare.push(empty(batch.bytes));
        }
        drop(state);
        if drained {
            self.space.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc;

    use super::*;
    use crate::output;
    use crate::stream::InMemory;

    /// A sink that delivers only with a permit.
    struct Gate {
        permits: mpsc::Receiver<io::Result<()>>,
        delivered: mpsc::Sender<Vec<u8>>,
    }

    impl Sink for Gate {
        fn deliver(&mut self, batch: &Batch, _: &mut Failures) -> Result<(), Undelivered> {
            let permit = self.permits.recv().unwrap_or(Err(io::ErrorKind::BrokenPipe.into()));
            permit.map_err(|error| Undelivered { delivered: 0, cause: error.into() })?;
            self.delivered.send(batch.bytes.clone()).unwrap();
            Ok(())
        }
    }

    fn gate() -> (Pipeline, mpsc::Sender<io::Result<()>>, mpsc::Receiver<Vec<u8>>) {
        gate_and(Arc::new(InMemory::default()))
    }

    fn gate_and(store: Arc<dyn SessionStore>) -> (Pipeline, mpsc::Sender<io::Result<()>>, mpsc::Receiver<Vec<u8>>) {
        let (permit, permits) = mpsc::channel();
        let (delivered, out) = mpsc::channel();
        let failures = Failures::new(Box::new(|_| {}), None);
        (Pipeline::start(Box::new(Gate { permits, delivered }), failures, store).unwrap(), permit, out)
    }

    fn batch(bytes: impl Into<Vec<u8>>) -> Batch {
        Batch { shard: 0, bytes: bytes.into(), position: None }
    }

    fn unsignalled() -> watch::Receiver<bool> {
        watch::channel(false).1
    }

    /// Records the changes to the session store.
    struct Store {
        changes: mpsc::Sender<(&'static str, u64)>,
        /// Each save waits for a permit.
        permits: Option<Mutex<mpsc::Receiver<()>>>,
    }

    impl SessionStore for Store {
        fn load(&self, _: u32) -> Result<Option<Session>, StoreError> {
            Ok(None)
        }

        fn save(&self, _: u32, session: &Session) -> Result<(), StoreError> {
            self.changes.send(("save", session.seq)).unwrap();
            if let Some(permits) = &self.permits {
                permits.lock().unwrap().recv()?;
            }
            self.changes.send(("saved", session.seq)).unwrap();
            Ok(())
        }

        fn forget(&self, _: u32) -> Result<(), StoreError> {
            Err("the disk is full".into())
        }

        fn has_positions(&self) -> bool {
            true
        }

        fn delivered(&self, _: u32, _: &str, seq: u64) {
            self.changes.send(("delivered", seq)).unwrap();
        }
    }

    fn save(seq: u64) -> SessionChange {
        let (id, resume_url) = ("a".to_owned(), String::new());
        SessionChange::Save(Session { id, resume_url, seq, shards: 1, intents: None, idle: Duration::ZERO })
    }

    #[tokio::test]
    async fn lines_are_delivered_whole_and_in_order() {
        let (pipeline, permit, out) = gate();
        for n in 0..10 {
            permit.send(Ok(())).unwrap();
            assert!(pipeline.push(batch(format!("{n}\n"))).is_empty());
        }
        let delivery = pipeline.finish(unsignalled()).await.unwrap();
        assert_eq!(delivery, Delivery { outcome: Outcome::Delivered, failed: 0 });
        let all: Vec<u8> = out.iter().flatten().collect();
        assert_eq!(all, (0..10).map(|n| format!("{n}\n")).collect::<String>().into_bytes());
    }

    #[tokio::test]
    async fn waiting_batches_of_the_same_session_are_delivered_together() {
        let (pipeline, permit, out) = gate();
        let push = |shard, bytes: &str, session: &str, seq| {
            let position = Some(Position { session: session.into(), seq });
            pipeline.push(Batch { shard, position, ..batch(bytes) });
        };
        push(0, "first\n", "a", 1);
        // The thread has taken the first batch, and waits for its permit.
        while !pipeline.0.state().queue.is_empty() {
            thread::yield_now();
        }
        for (shard, bytes, session, seq) in
            [(0, "a2\n", "a", 2), (0, "a3\n", "a", 3), (0, "b1\n", "b", 1), (1, "c1\n", "c", 1)]
        {
            push(shard, bytes, session, seq);
        }
        (0..4).for_each(|_| permit.send(Ok(())).unwrap());
        pipeline.finish(unsignalled()).await.unwrap();
        let all: Vec<String> = out.iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        assert_eq!(all, ["first\n", "a2\na3\n", "b1\n", "c1\n"]);
    }

    #[tokio::test]
    async fn a_session_is_stored_only_after_the_lines_before_it_are_delivered() {
        let (changes, seen) = mpsc::channel();
        let (pipeline, permit, out) = gate_and(Arc::new(Store { changes, permits: None }));
        for n in 1..3 {
            let position = Some(Position { session: "a".into(), seq: n });
            pipeline.push(Batch { position, ..batch("line\n") });
            pipeline.change(0, save(n));
        }
        permit.send(Ok(())).unwrap();
        out.recv().unwrap();
        for change in [("delivered", 1), ("save", 1), ("saved", 1)] {
            assert_eq!(seen.recv(), Ok(change));
        }
        permit.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        pipeline.ended().await;
        assert!(pipeline.finish(unsignalled()).await.is_err());
        drop(pipeline);
        assert!(seen.recv().is_err());
    }

    #[tokio::test]
    async fn a_position_without_lines_is_updated_after_the_lines_before_it_are_delivered() {
        let (changes, seen) = mpsc::channel();
        let (pipeline, permit, _out) = gate_and(Arc::new(Store { changes, permits: None }));
        let at = |seq| Some(Position { session: "a".into(), seq });
        pipeline.push(Batch { position: at(1), ..batch("line\n") });
        pipeline.push(Batch { position: at(5), ..batch("") });
        assert!(seen.try_recv().is_err());
        permit.send(Ok(())).unwrap();
        assert_eq!((seen.recv(), seen.recv()), (Ok(("delivered", 1)), Ok(("delivered", 5))));
        let mut positions = 0;
        pipeline.push(batch("line\n"));
        while !pipeline.is_full() {
            pipeline.push(Batch { position: at(5), ..batch("") });
            positions += 1;
        }
        assert!(positions < FULL_BYTES, "batches without lines count too");
    }

    #[tokio::test]
    async fn a_session_that_cannot_be_stored_ends_the_stream() {
        let (changes, _seen) = mpsc::channel();
        let (pipeline, _permit, _out) = gate_and(Arc::new(Store { changes, permits: None }));
        pipeline.change(0, SessionChange::Forget);
        pipeline.ended().await;
        assert!(matches!(pipeline.finish(unsignalled()).await, Err(Error::Store(_))));
    }

    #[tokio::test]
    async fn a_full_queue_stays_full_until_it_has_drained() {
        let (pipeline, permit, out) = gate();
        for _ in 0..4 {
            assert!(!pipeline.is_full());
            pipeline.push(batch(vec![b'x'; BATCH_BYTES - size_of::<QueueEntry>()]));
        }
        assert!(pipeline.is_full());
        for _ in 0..2 {
            permit.send(Ok(())).unwrap();
            out.recv().unwrap();
        }
        pipeline.space().await;
        assert!(!pipeline.is_full());
        drop(permit);
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_is_being_stored_is_stored_completely_after_a_signal() {
        let (changes, seen) = mpsc::channel();
        let (go, permits) = mpsc::channel();
        let store = Store { changes, permits: Some(Mutex::new(permits)) };
        let (pipeline, _permit, _out) = gate_and(Arc::new(store));
        pipeline.change(0, save(1));
        assert_eq!(seen.recv(), Ok(("save", 1)));
        let mut finishing = std::pin::pin!(pipeline.finish(watch::channel(true).1));
        assert!(tokio::time::timeout(10 * GRACE, &mut finishing).await.is_err());
        go.send(()).unwrap();
        assert_eq!(seen.recv(), Ok(("saved", 1)));
        assert_eq!(finishing.await.unwrap().outcome, Outcome::Delivered);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pipeline_waits_for_a_slow_reader_until_a_signal() {
        let (pipeline, permit, _out) = gate();
        pipeline.push(batch("line\n"));
        let (signal, signalled) = watch::channel(false);
        let mut finishing = std::pin::pin!(pipeline.finish(signalled));
        assert!(tokio::time::timeout(Duration::from_secs(3600), &mut finishing).await.is_err());
        signal.send(true).unwrap();
        assert_eq!(finishing.await.unwrap().outcome, Outcome::Stalled);
        drop(permit);
    }

    #[tokio::test]
    async fn a_closed_pipe_ends_the_stream_quietly_and_a_full_disk_is_an_error() {
        let (pipeline, permit, _out) = gate();
        permit.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        pipeline.push(batch("line\n"));
        pipeline.ended().await;
        assert_eq!(pipeline.finish(unsignalled()).await.unwrap().outcome, Outcome::ReaderGone);

        let (pipeline, permit, _out) = gate();
        permit.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        pipeline.push(batch("line\n"));
        pipeline.ended().await;
        let error = pipeline.finish(unsignalled()).await.unwrap_err();
        assert!(matches!(error, Error::Output(output::Error::Full)), "{error}");
    }
}
