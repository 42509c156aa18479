//! Writing events on a thread of its own, so that the stream never waits for the disk.
//!
//! A shard or the thread that loses events first releases the process's [`Claim`] to keep the cache up to date, then
//! reports the loss. The thread takes the claim again once the loss is on disk.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{mem, thread};

use super::listener::ListenerLock;
use super::{Cache, Change, Error, Inbox, event};
use crate::model::{Clock, Effect};

/// What the writer needs to know besides the cache.
pub struct Options {
    pub intents: u64,
    pub clock: Clock,
    /// The effects of an operation, by Discord's name of it, for the lines in the inbox.
    pub effects: fn(&str) -> &'static [Effect],
    /// Reports the first error.
    pub warn: Box<dyn Fn(&Error) + Send>,
}

/// What a shard hands to the writer. Events are packed into one buffer, so that handing them over costs
/// the shard no more than a copy.
struct Batch {
    shard: (u32, u32),
    /// When its first event arrived.
    at_ms: i64,
    events: Vec<Event>,
    bytes: Vec<u8>,
    state: BatchState,
}

/// Where an event's name and data end in the bytes of its batch, and how many milliseconds after the first event of the
/// batch it arrived.
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

/// What a batch says of its shard's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BatchState {
    /// A session began with this batch.
    Ready,
    /// The session is connected, and this is all that happened up to now.
    Alive,
    /// These events are late: the session is being resumed, or was not read for a while, and more are to come.
    Late,
}

/// What a shard lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Loss {
    /// Events that arrived up to then.
    events_ms: Option<i64>,
    /// The connection, or its being read, at that time.
    connection_ms: Option<i64>,
}

type Losses = BTreeMap<(u32, u32), Loss>;

/// The claim, and what was lost since it was given up: the shards and the thread share it.
struct SharedLock {
    lock: ListenerLock,
    losses: Mutex<Losses>,
}

impl SharedLock {
    fn losses(&self) -> MutexGuard<'_, Losses> {
        self.losses.lock().expect("no holder of this lock panics")
    }

    /// Gives up the claim. This waits for nothing but a few instructions of the other threads.
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

    /// Takes the claim again after these losses were written, unless there are others since.
    fn reacquire_after(&self, written: &Losses) {
        /// A reader holds the lock for microseconds. After so many attempts the next transaction tries again.
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

/// So many batches may wait for the thread. Further events are lost to the cache, and older rows are no longer current:
/// the cache never delays the stream.
const MAX_BATCHES: usize = 256;

/// A batch is handed over when it has so many bytes, or is so old.
const BATCH_BYTES: usize = 128 << 10;
const BATCH_AGE: Duration = Duration::from_millis(100);

/// The writer brings batches together in one transaction until they have so many bytes, or the first is
/// so old: a page of the file that many of them touch is then written once. Of a busy stream an event
/// costs a fifth less than with a quarter of this.
const TRANSACTION_BYTES: usize = 2 << 20;
const TRANSACTION_AGE: Duration = Duration::from_secs(1);

/// So many events are read before the thread offers its processor to others.
const EVENTS_PER_YIELD: usize = 8;

/// The thread, and the way to it.
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

    /// What a shard writes to.
    pub fn shard(&self, shard: (u32, u32)) -> ShardWriter {
        let sender = self.sender.clone().expect("it is there until the writer is dropped");
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
    /// Waits until what was handed over is written. All [`Shard`]s must be gone.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            // The thread has reported its own errors.
            let _ = thread.join();
        }
    }
}

/// The session of a shard, as this process knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionState {
    /// It has neither begun nor been resumed in this process.
    New,
    Connected,
    /// The connection is lost, or new and the session not resumed yet.
    Down,
}

/// One shard's events on their way to the writer.
pub struct ShardWriter {
    sender: SyncSender<Batch>,
    shared: Arc<SharedLock>,
    shard: (u32, u32),
    batch: Option<Batch>,
    /// When the first event of the batch arrived.
    since: Instant,
    /// When the time of day was read for the batch.
    read_at: Instant,
    state: SessionState,
    /// Whether events have arrived that were not read yet.
    is_behind: bool,
    /// When the writer got the last sign of life.
    last_alive_at: Option<Instant>,
}

impl ShardWriter {
    /// Takes an event: its name and its data as they came.
    pub fn event(&mut self, name: &[u8], data: &[u8], now: Instant, now_ms: impl FnOnce() -> i64) {
        // A session that another process has begun is new to this one, which does not know what came before.
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
            // `now` may be some time ago, that of the first of many events that were read at once.
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

    /// When the events that it holds are old enough to be handed over.
    pub fn deadline(&self) -> Option<Instant> {
        self.batch.as_ref().map(|_| self.since + BATCH_AGE)
    }

    /// The connection lives, though it had no event for the cache.
    pub fn alive(&mut self, now: Instant, now_ms: impl FnOnce() -> i64) {
        const OFTEN: Duration = Duration::from_secs(5);
        if self.is_current() && self.last_alive_at.is_none_or(|at| now.duration_since(at) >= OFTEN) {
            self.last_alive_at = Some(now);
            self.send_state(BatchState::Alive, now_ms());
        }
    }

    /// The connection is lost: until the session is resumed or another begins, nothing is kept up to date.
    pub fn down(&mut self, now_ms: i64) {
        if self.state == SessionState::Connected {
            self.state = SessionState::Down;
        }
        self.report_lost_connection(now_ms);
    }

    /// The connection is not read for now.
    pub fn behind(&mut self, now_ms: i64) {
        self.is_behind = true;
        self.report_lost_connection(now_ms);
    }

    /// All events that have arrived were read.
    pub fn caught_up(&mut self, now: Instant, now_ms: impl FnOnce() -> i64) {
        if mem::take(&mut self.is_behind) {
            self.last_alive_at = None;
            self.alive(now, now_ms);
        }
    }

    /// Whether all that has happened to the session so far was read.
    fn is_current(&self) -> bool {
        self.state == SessionState::Connected && !self.is_behind
    }

    fn report_lost_connection(&mut self, now_ms: i64) {
        self.shared.report_loss(self.shard, Loss { events_ms: None, connection_ms: Some(now_ms) });
        // Wakes the thread, which writes the loss and takes the claim of the other shards again.
        self.send_state(BatchState::Late, now_ms);
    }

    fn send_state(&mut self, state: BatchState, at_ms: i64) {
        self.flush();
        self.send(Batch { shard: self.shard, at_ms, events: Vec::new(), bytes: Vec::new(), state });
    }

    /// Hands over what there is. It never waits.
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
            // A sign of life may be lost: another will come.
            _ => {}
        }
    }
}

impl Drop for ShardWriter {
    fn drop(&mut self) {
        self.flush();
    }
}

/// What the thread owns.
struct WriterThread {
    cache: Cache,
    inbox: Inbox,
    shared: Arc<SharedLock>,
    options: Options,
    warned: bool,
}

impl Drop for WriterThread {
    /// However the thread ends, it writes nothing any more.
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
            // The end of the listening does not wait for more.
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
        // Without the claim, records that stay count for nothing.
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
        // Before all else: a process that is killed in the middle leaves no claim to what it lost.
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
                // An event of an unknown shape changes nothing; the stream shows it all the same.
                let changes = event::changes(name, data).unwrap_or_default();
                written.push((batch.at_ms + i64::from(*after_ms), changes));
                // The stream goes first, here as in the transaction. Most events are not read before that.
                if nth % EVENTS_PER_YIELD == 0 {
                    thread::yield_now();
                }
            }
        }
        self.cache.apply_events(now_ms, &written)
    }
}

/// Lowers the thread's priority: where processors are busy, the stream goes first.
fn lower_priority() {
    // On Linux a thread's own; elsewhere it would be the whole process's.
    #[cfg(target_os = "linux")]
    {
        const NICE: i32 = 10;
        // A process that may not do so is as well off as before.
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}
