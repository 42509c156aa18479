//! Writing on a thread of its own, so that nothing waits for the disk.

use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{mem, thread};

use super::{Cache, Change, Error, Source, event};

/// Hears that events could not be kept, once for each reason.
pub type Warn = Box<dyn Fn(&Error) + Send>;

/// What a shard tells the writer. Events are packed into one buffer, so that handing them over costs
/// the shard no more than a copy.
struct Batch {
    shard: (u32, u32),
    now_ms: i64,
    /// Where each event's name and data end in `bytes`.
    ends: Vec<(usize, usize)>,
    bytes: Vec<u8>,
    news: News,
}

/// What happened before the events of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    /// A session began with this batch.
    Ready,
    /// Events before this batch were lost.
    Lost,
    Down,
}

/// So many batches may wait. Then events are dropped, and what was known before counts as stale:
/// keeping things is never worth a delay of the stream.
const MOST_BATCHES: usize = 256;

/// A batch is handed over when it has so many bytes, or is so old.
const BATCH_BYTES: usize = 128 << 10;
const BATCH_AGE: Duration = Duration::from_millis(100);

/// The writer brings batches together in one transaction until they have so many bytes, or the first is
/// so old: a page of the file that many of them touch is then written once. Of a busy stream an event
/// costs a fifth less than with a quarter of this.
const TRANSACTION_BYTES: usize = 2 << 20;
const TRANSACTION_AGE: Duration = Duration::from_secs(1);

/// So many events are read before the thread offers its processor to others.
const EVENTS_A_TURN: usize = 8;

/// The thread, and the way to it.
pub struct Writer {
    sender: Option<SyncSender<Batch>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub fn start(cache: Cache, intents: u64, warn: Warn) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::sync_channel(MOST_BATCHES);
        let run = move || Running { cache, intents, warn, warned: false }.run(&receiver);
        let thread = thread::Builder::new().name("cache".to_owned()).spawn(run).map_err(Error::Thread)?;
        Ok(Self { sender: Some(sender), thread: Mutex::new(Some(thread)) })
    }

    /// What a shard writes to.
    pub fn shard(&self, shard: (u32, u32)) -> Shard {
        let sender = self.sender.clone().expect("it is there until the writer is dropped");
        Shard { sender, shard, batch: None, since: Instant::now(), ready: false, lost: false, alive_at: None }
    }
}

impl Drop for Writer {
    /// Waits until what was handed over is written. All [`Shard`]s must be gone.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            // The thread has told what went wrong with it.
            let _ = thread.join();
        }
    }
}

/// One shard's events on their way to the writer.
pub struct Shard {
    sender: SyncSender<Batch>,
    shard: (u32, u32),
    batch: Option<Batch>,
    since: Instant,
    ready: bool,
    lost: bool,
    alive_at: Option<Instant>,
}

impl Shard {
    /// Takes an event: its name and its data as they came.
    pub fn event(&mut self, name: &[u8], data: &[u8], now: Instant, now_ms: impl FnOnce() -> i64) {
        if name == b"READY" {
            self.flush();
            self.ready = true;
        } else if name == b"RESUMED" && self.alive_at.is_none() {
            // This process has not heard the session begin, so it does not know what it missed.
            self.flush();
            self.ready = true;
        }
        self.alive_at = Some(now);
        if !event::matters(name) {
            return;
        }
        let shard = self.shard;
        let batch = self.batch.get_or_insert_with(|| {
            self.since = now;
            let news = match (mem::take(&mut self.ready), mem::take(&mut self.lost)) {
                (true, _) => News::Ready,
                (_, true) => News::Lost,
                _ => News::None,
            };
            Batch { shard, now_ms: now_ms(), ends: Vec::new(), bytes: Vec::new(), news }
        });
        batch.bytes.extend_from_slice(name);
        let name_end = batch.bytes.len();
        batch.bytes.extend_from_slice(data);
        batch.ends.push((name_end, batch.bytes.len()));
        if batch.bytes.len() >= BATCH_BYTES {
            self.flush();
        }
    }

    /// When what it holds is old enough to be handed over.
    pub fn deadline(&self) -> Option<Instant> {
        self.batch.as_ref().map(|_| self.since + BATCH_AGE)
    }

    /// The session lives, though it had nothing to tell.
    pub fn alive(&mut self, now: Instant, now_ms: impl FnOnce() -> i64) {
        const OFTEN: Duration = Duration::from_secs(5);
        if self.alive_at.is_none_or(|at| now.duration_since(at) >= OFTEN) {
            self.alive_at = Some(now);
            self.tell(News::None, now_ms());
        }
    }

    /// The connection is gone: until it is back, nothing is kept up to date.
    pub fn down(&mut self, now_ms: i64) {
        self.flush();
        self.tell(News::Down, now_ms);
    }

    fn tell(&mut self, news: News, now_ms: i64) {
        self.send(Batch { shard: self.shard, now_ms, ends: Vec::new(), bytes: Vec::new(), news });
    }

    /// Hands over what there is. It never waits.
    pub fn flush(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.send(batch);
        }
    }

    fn send(&mut self, batch: Batch) {
        // With the thread gone, nothing is kept any more, which it has told.
        if let Err(TrySendError::Full(batch)) = self.sender.try_send(batch) {
            self.lost = true;
            self.ready |= batch.news == News::Ready;
        }
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The thread's own.
struct Running {
    cache: Cache,
    intents: u64,
    warn: Warn,
    warned: bool,
}

impl Running {
    fn run(mut self, batches: &Receiver<Batch>) {
        give_way();
        let mut lost = Arc::new(Vec::<(u32, u32)>::new());
        while let Ok(first) = batches.recv() {
            let deadline = Instant::now() + TRANSACTION_AGE;
            let mut bytes = first.bytes.len();
            let mut together = vec![first];
            // Who ends the listening does not wait for more.
            while bytes < TRANSACTION_BYTES
                && let Ok(next) = batches.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                bytes += next.bytes.len();
                together.push(next);
            }
            match self.write(&together, &lost) {
                Ok(()) => lost = Arc::default(),
                Err(error) => {
                    // What was known is stale from here on.
                    Arc::make_mut(&mut lost).extend(together.iter().map(|batch| batch.shard));
                    if !mem::replace(&mut self.warned, true) {
                        (self.warn)(&error);
                    }
                }
            }
        }
    }

    fn write(&mut self, batches: &[Batch], lost: &[(u32, u32)]) -> Result<(), Error> {
        let intents = self.intents;
        let mut written = Vec::with_capacity(batches.iter().map(|batch| batch.ends.len() + 1).sum());
        for batch in batches {
            let Batch { shard, now_ms, .. } = *batch;
            let news = match batch.news {
                News::Ready | News::Lost => Change::Ready { shard, intents },
                News::None if lost.contains(&shard) => Change::Ready { shard, intents },
                News::None => Change::Alive { shard },
                News::Down => Change::Down { shard },
            };
            written.push((now_ms, vec![news]));
            let mut from = 0;
            for (nth, (name_end, end)) in batch.ends.iter().enumerate() {
                let name = str::from_utf8(&batch.bytes[from..*name_end]).unwrap_or_default();
                let data = str::from_utf8(&batch.bytes[*name_end..*end]).unwrap_or_default();
                from = *end;
                // An event of an unknown shape changes nothing; the stream shows it all the same.
                written.push((now_ms, event::changes(name, data).unwrap_or_default()));
                // The stream goes first, here as in the transaction. Most events are not read before that.
                if nth % EVENTS_A_TURN == 0 {
                    thread::yield_now();
                }
            }
        }
        let now_ms = batches.last().map_or(0, |batch| batch.now_ms);
        self.cache.apply_all(Source::Gateway, &mut || {
            written.iter().map(|(now_ms, changes)| (*now_ms, changes.as_slice())).collect()
        })?;
        self.cache.prune_if_due(now_ms)
    }
}

/// What is printed goes before what is kept: where processors are short, this thread waits.
fn give_way() {
    // On Linux a thread's own; elsewhere it would be the whole process's.
    #[cfg(target_os = "linux")]
    {
        const NICE: i32 = 10;
        // A process that may not do so is as well off as before.
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}
