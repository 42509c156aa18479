//! Writes events on a separate thread, so that the event stream never waits for the disk.
//!
//! If a shard or the thread loses events, it releases the process's [`ListenerLock`] before it reports the loss. The thread
//! takes the lock again when the loss is on disk.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{mem, thread};

use super::listener::ListenerLock;
use super::{Cache, Change, Error, Inbox, event};
use crate::model::{Clock, Effect};

/// The options of the writer.
pub struct Options {
    pub intents: u64,
    pub clock: Clock,
    /// Returns the effects of an operation, by Discord's name for it, for responses in the inbox.
    pub effects: fn(&str) -> &'static [Effect],
    /// Called with the first error.
    pub warn: Box<dyn Fn(&Error) + Send>,
}

/// A batch of events from a shard, in one buffer, so that the shard only has to copy their bytes.
struct Batch {
    shard: (u32, u32),
    /// When the first event arrived.
    at_ms: i64,
    events: Vec<Event>,
    bytes: Vec<u8>,
    state: BatchState,
}

/// An event in a batch: the ends of its name and its data in the bytes of the batch, and the time of its arrival in
/// milliseconds after the first event.
struct Event {
    name_end: usize,
    end: usize,
    after_ms: u32,
}

impl Batch {
    fn last_ms(&self) -> i64 {
        self.at_ms + self.events.last().map_or(0, |event| i64::from(event.after_ms))
    }
}

/// The state of the shard's session when a batch is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BatchState {
    /// A session began with this batch.
    Ready,
    /// The session is connected, and the batch completes all events so far.
    Alive,
    /// The events are late, because the session is being resumed or reading was paused. More will follow.
    Late,
}

/// A shard's loss of events or of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Loss {
    /// Events that arrived until this time are lost.
    events_ms: Option<i64>,
    /// The connection was lost at this time, or reading it was paused.
    connection_ms: Option<i64>,
}

type Losses = BTreeMap<(u32, u32), Loss>;

/// The lock, and the losses since it was released. The shards and the thread share this struct.
struct SharedLock {
    lock: ListenerLock,
    losses: Mutex<Losses>,
}

impl SharedLock {
    fn losses(&self) -> MutexGuard<'_, Losses> {
        self.losses.lock().expect("no holder of this lock panics")
    }

    /// Releases the lock and records a loss. Waits for other threads for a few instructions at most.
    fn report_loss(&self, shard: (u32, u32), loss: Loss) {
        let mut losses = self.losses();
        self.lock.release();
        let all = losses.entry(shard).or_default();
        all.events_ms = all.events_ms.max(loss.events_ms);
        all.connection_ms = all.connection_ms.max(loss.connection_ms);
    }

    fn report_lost_events(&self, batch: &Batch) {
        self.report_loss(batch.shard, Loss { events_ms: Some(batch.last_ms()), connection_ms: None });
    }

    /// Takes the lock again after these losses were written, unless there are new ones.
    fn reacquire_after(&self, written: &Losses) {
        /// A reader holds the lock for microseconds. If all attempts fail, the next transaction tries again.
        const ATTEMPTS: u32 = 100;
        for _ in 0..ATTEMPTS {
            let mut losses = self.losses();
            losses.retain(|shard, loss| written.get(shard) != Some(loss));
            if !losses.is_empty() || self.lock.reacquire() {
                return;
            }
            drop(losses);
            thread::yield_now();
        }
    }
}

/// The maximum number of batches that wait for the thread. The cache must never delay the stream, so it loses further events,
/// and existing rows are no longer live.
const MAX_BATCHES: usize = 256;

/// A batch is sent when it has this many bytes or this age.
const BATCH_BYTES: usize = 128 << 10;
const BATCH_AGE: Duration = Duration::from_millis(100);

/// The thread combines batches in one transaction until they have this many bytes or the first has this age, so that a page
/// that many of them change is written only once. In a busy stream, an event costs a fifth less than with a quarter of this
/// size.
const TRANSACTION_BYTES: usize = 2 << 20;
const TRANSACTION_AGE: Duration = Duration::from_secs(1);

/// How many events the thread parses before it yields the processor to other threads.
const EVENTS_PER_YIELD: usize = 8;

/// The handle of the thread.
pub struct Writer {
    sender: Option<SyncSender<Batch>>,
    shared: Arc<SharedLock>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub fn start(cache: Cache, options: Options) -> Result<Self, Error> {
        let folder = cache.folder().expect("a cache that a listener writes is a file");
        let shared = Arc::new(SharedLock {
            lock: ListenerLock::take(folder, options.clock.wall_ms())?,
            losses: Mutex::default(),
        });
        let (sender, receiver) = mpsc::sync_channel(MAX_BATCHES);
        let inbox = cache.inbox(folder);
        let thread = WriterThread { cache, inbox, shared: Arc::clone(&shared), options, warned: false };
        let run = move || thread.run(&receiver);
        let thread = thread::Builder::new().name("cache".to_owned()).spawn(run).map_err(Error::Thread)?;
        Ok(Self { sender: Some(sender), shared, thread: Mutex::new(Some(thread)) })
    }

    /// Creates the writer of a shard.
    pub fn shard(&self, shard: (u32, u32)) -> ShardWriter {
        let sender = self.sender.clone().expect("the sender exists until the writer is dropped");
        let shared = Arc::clone(&self.shared);
        let now = Instant::now();
        ShardWriter {
            sender,
            shared,
            shard,
            batch: None,
            since: now,
            read_at: now,
            state: SessionState::New,
            is_behind: false,
            last_alive_at: None,
        }
    }
}

impl Drop for Writer {
    /// Waits until everything is written. All [`ShardWriter`]s must be dropped first.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            // The thread has reported its own errors.
            let _ = thread.join();
        }
    }
}

/// The state of a shard's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionState {
    /// The session was neither started nor resumed in this process.
    New,
    Connected,
    /// The connection was lost, or there is a new one but the session is not resumed yet.
    Down,
}

/// Collects the events of one shard for the writer.
pub struct ShardWriter {
    sender: SyncSender<Batch>,
    shared: Arc<SharedLock>,
    shard: (u32, u32),
    batch: Option<Batch>,
    /// When the first event of the batch arrived.
    since: Instant,
    /// When the clock was read for the batch.
    read_at: Instant,
    state: SessionState,
    /// Whether events may have arrived that are not read yet.
    is_behind: bool,
    /// When the writer was last notified that the session is connected.
    last_alive_at: Option<Instant>,
}

impl ShardWriter {
    /// Adds an event, with its name and data unchanged.
    pub fn event(&mut self, name: &[u8], data: &[u8], now: Instant, now_ms: impl FnOnce() -> i64) {
        // A resumed session of another process counts as new, because this process may lack its earlier events.
        let begins = name == b"READY" || name == b"RESUMED" && self.state == SessionState::New;
        if begins || name == b"RESUMED" {
            self.flush();
            self.state = SessionState::Connected;
        }
        if !begins && !event::matters(name) {
            if name == b"RESUMED" {
                self.last_alive_at = None;
            }
            return self.alive(now, now_ms);
        }
        let (shard, is_current) = (self.shard, self.is_current());
        let batch = self.batch.get_or_insert_with(|| {
            self.since = now;
            // `now` may be in the past: it is the same for all events of one read.
            self.read_at = Instant::now();
            self.last_alive_at = Some(now);
            let state = match is_current {
                _ if begins => BatchState::Ready,
                true => BatchState::Alive,
                false => BatchState::Late,
            };
            Batch { shard, at_ms: now_ms(), events: Vec::new(), bytes: Vec::new(), state }
        });
        batch.bytes.extend_from_slice(name);
        let name_end = batch.bytes.len();
        batch.bytes.extend_from_slice(data);
        let after_ms = u32::try_from(now.saturating_duration_since(self.read_at).as_millis()).unwrap_or(u32::MAX);
        batch.events.push(Event { name_end, end: batch.bytes.len(), after_ms });
        if batch.bytes.len() >= BATCH_BYTES {
            self.flush();
        }
    }

    /// When the current batch must be sent.
    pub fn deadline(&self) -> Option<Instant> {
        self.batch.as_ref().map(|_| self.since + BATCH_AGE)
    }

    /// Notifies the writer that the connection is alive, although there was no event for the cache.
    pub fn alive(&mut self, now: Instant, now_ms: impl FnOnce() -> i64) {
        const OFTEN: Duration = Duration::from_secs(5);
        if self.is_current() && self.last_alive_at.is_none_or(|at| now.duration_since(at) >= OFTEN) {
            self.last_alive_at = Some(now);
            self.send_state(BatchState::Alive, now_ms());
        }
    }

    /// The connection is lost. No row is kept up to date until the session is resumed or another one begins.
    pub fn down(&mut self, now_ms: i64) {
        if self.state == SessionState::Connected {
            self.state = SessionState::Down;
        }
        self.report_lost_connection(now_ms);
    }

    /// Reading the connection is paused.
    pub fn behind(&mut self, now_ms: i64) {
        self.is_behind = true;
        self.report_lost_connection(now_ms);
    }

    /// All events that have arrived are read.
    pub fn caught_up(&mut self, now: Instant, now_ms: impl FnOnce() -> i64) {
        if mem::take(&mut self.is_behind) {
            self.last_alive_at = None;
            self.alive(now, now_ms);
        }
    }

    /// Whether all events of the session so far are read.
    fn is_current(&self) -> bool {
        self.state == SessionState::Connected && !self.is_behind
    }

    fn report_lost_connection(&mut self, now_ms: i64) {
        self.shared.report_loss(self.shard, Loss { events_ms: None, connection_ms: Some(now_ms) });
        // Wakes the thread, which writes the loss and takes the lock again for the other shards.
        self.send_state(BatchState::Late, now_ms);
    }

    fn send_state(&mut self, state: BatchState, at_ms: i64) {
        self.flush();
        self.send(Batch { shard: self.shard, at_ms, events: Vec::new(), bytes: Vec::new(), state });
    }

    /// Sends the current batch. Never blocks.
    pub fn flush(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.send(batch);
        }
    }

    fn send(&mut self, batch: Batch) {
        match self.sender.try_send(batch) {
            Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) if !batch.events.is_empty() => {
                self.shared.report_lost_events(&batch);
            }
            // A batch without events can be dropped, because another one will follow.
            _ => {}
        }
    }
}

impl Drop for ShardWriter {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The state of the thread.
struct WriterThread {
    cache: Cache,
    inbox: Inbox,
    shared: Arc<SharedLock>,
    options: Options,
    warned: bool,
}

impl Drop for WriterThread {
    /// Releases the lock however the thread ends, because nothing is written from then on.
    fn drop(&mut self) {
        self.shared.lock.release();
    }
}

impl WriterThread {
    fn run(mut self, batches: &Receiver<Batch>) {
        lower_priority();
        while let Ok(first) = batches.recv() {
            let deadline = Instant::now() + TRANSACTION_AGE;
            let mut bytes = first.bytes.len();
            let mut together = vec![first];
            // When listening ends, the channel is closed, and this does not wait.
            while bytes < TRANSACTION_BYTES
                && let Ok(next) = batches.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                bytes += next.bytes.len();
                together.push(next);
            }
            let losses = self.shared.losses().clone();
            let now_ms = self.options.clock.wall_ms();
            match self.write(&together, &losses, now_ms) {
                Ok(()) => self.shared.reacquire_after(&losses),
                Err(error) => {
                    together.iter().for_each(|batch| self.shared.report_lost_events(batch));
                    self.report(&error);
                }
            }
            if let Err(error) = self.prune(now_ms) {
                self.report(&error);
            }
        }
        self.shared.lock.release();
        let ended = vec![Change::Ended { process: self.shared.lock.process() }];
        let now_ms = self.options.clock.wall_ms();
        // An error does not matter: without the lock, the remaining records have no effect.
        let _ = self.cache.apply_events(now_ms, &[(now_ms, ended)]);
    }

    fn report(&mut self, error: &Error) {
        if !mem::replace(&mut self.warned, true) {
            (self.options.warn)(error);
        }
    }

    fn prune(&mut self, now_ms: i64) -> Result<(), Error> {
        if self.cache.is_prune_due(now_ms) {
            self.cache.import_inbox(&self.inbox, self.options.effects, now_ms)?;
        }
        self.cache.prune_if_due(now_ms)
    }

    fn write(&mut self, batches: &[Batch], losses: &Losses, now_ms: i64) -> Result<(), Error> {
        let listener = |shard| self.shared.lock.listener(shard, self.options.intents);
        let mut written = Vec::with_capacity(batches.iter().map(|batch| batch.events.len() + 1).sum());
        // Write losses first, so that no row counts as live despite lost events.
        for (shard, loss) in losses {
            written.extend(loss.events_ms.map(|at_ms| (at_ms, vec![Change::Missed(listener(*shard))])));
            written.extend(loss.connection_ms.map(|at_ms| (at_ms, vec![Change::Down(listener(*shard))])));
        }
        for batch in batches {
            let listener = listener(batch.shard);
            match batch.state {
                BatchState::Ready => written.push((batch.at_ms, vec![Change::Ready(listener)])),
                BatchState::Alive => written.push((batch.last_ms(), vec![Change::Alive(listener)])),
                BatchState::Late => {}
            }
            let mut from = 0;
            for (nth, Event { name_end, end, after_ms }) in batch.events.iter().enumerate() {
                let name = str::from_utf8(&batch.bytes[from..*name_end]).unwrap_or_default();
                let data = str::from_utf8(&batch.bytes[*name_end..*end]).unwrap_or_default();
                from = *end;
                // Skip events that cannot be parsed. `listen` prints them nevertheless.
                let changes = event::changes(name, data).unwrap_or_default();
                written.push((batch.at_ms + i64::from(*after_ms), changes));
                // Give the event stream priority, as in the transaction.
                if nth % EVENTS_PER_YIELD == 0 {
                    thread::yield_now();
                }
            }
        }
        self.cache.apply_events(now_ms, &written)
    }
}

/// Lowers the priority of the thread, so that the event stream has priority on busy processors.
fn lower_priority() {
    // On Linux, this affects only the thread. On other systems, it would affect the whole process.
    #[cfg(target_os = "linux")]
    {
        const NICE: i32 = 10;
        // Without the lower priority, the writer still works.
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}
