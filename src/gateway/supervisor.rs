//! Many shards as one: it starts them in order, ends them together, and owns the output.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use url::Url;

use super::error::Error;
use super::filter::Filter;
use super::host::Hosts;
use super::inflate::Compression;
use super::notices::{Notices, Silent};
use super::payload::{Command, Identify, default_properties};
use super::queue::IdentifyQueue;
use super::session::{InMemory, SessionStore};
use super::shard::{Config, Shard};
use super::tap::Tap;
use super::task::{Shared, Task, Turn};
use super::writer::{LineSink, Outcome, Writer};
use crate::model::{Clock, Token};
use crate::net::{Ca, Proxies};

/// How long a reader that takes nothing may hold up the end.
const GRACE: Duration = Duration::from_secs(2);
/// More shards than any bot has: Discord's largest have some ten thousand, and a mistake must not take all memory.
pub const MOST_SHARDS: u32 = 1 << 16;
/// Commands waiting for one shard; beyond it the sender waits.
const COMMANDS: usize = 64;

/// Shards of one application: some or all of `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardRange {
    pub first: u32,
    /// One beyond the last.
    pub end: u32,
    pub total: u32,
}

/// What `--shards` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shards {
    /// As many as Discord recommends.
    Auto,
    These(ShardRange),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} says no shards: give auto, a count such as 4, or a part such as 0..8/16; {MOST_SHARDS} at most")]
pub struct BadShards(pub String);

impl ShardRange {
    pub const fn all(total: u32) -> Self {
        Self { first: 0, end: total, total }
    }

    pub const fn len(&self) -> u32 {
        self.end - self.first
    }

    pub const fn is_empty(&self) -> bool {
        self.first >= self.end
    }

    pub const fn contains(&self, shard: u32) -> bool {
        self.first <= shard && shard < self.end
    }
}

impl FromStr for Shards {
    type Err = BadShards;

    /// `auto`; `N` for all of N; `a..b/N` for a to b-1 of N, `a..=b/N` for a to b; `a/N` for one.
    fn from_str(text: &str) -> Result<Self, BadShards> {
        let bad = || BadShards(text.to_owned());
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| bad());
        if text.trim() == "auto" {
            return Ok(Self::Auto);
        }
        let range = match text.split_once('/') {
            None => ShardRange::all(number(text)?),
            Some((part, total)) => {
                let total = number(total)?;
                let (first, end) = if let Some((first, last)) = part.split_once("..=") {
                    (number(first)?, number(last)?.checked_add(1).ok_or_else(bad)?)
                } else if let Some((first, end)) = part.split_once("..") {
                    (number(first)?, number(end)?)
                } else {
                    let one = number(part)?;
                    (one, one.checked_add(1).ok_or_else(bad)?)
                };
                ShardRange { first, end, total }
            }
        };
        if range.is_empty() || range.end > range.total || range.total > MOST_SHARDS {
            return Err(bad());
        }
        Ok(Self::These(range))
    }
}

/// What to listen to, and how.
pub struct Options {
    pub token: Token,
    /// The gateway's URL, as `GET /gateway/bot` gives it.
    pub url: String,
    /// The configured API URL: its host may have the token too.
    pub api_url: Option<Url>,
    /// The certificates to trust.
    pub tls: Arc<rustls::ClientConfig>,
    pub proxies: Proxies,
    pub shards: ShardRange,
    /// The shard count Discord recommends, to name it where it is needed.
    pub recommended_shards: Option<u32>,
    pub intents: u64,
    pub compression: Compression,
    pub properties: Value,
    pub large_threshold: Option<u8>,
    pub presence: Option<Value>,
    pub filter: Filter,
    /// Whether dcord's own lines are wanted.
    pub meta: bool,
    /// End after so many events.
    pub count: Option<u64>,
    /// End after so long.
    pub duration: Option<Duration>,
    pub max_reconnects: Option<u32>,
    pub reconnect_timeout: Option<Duration>,
    pub clock: Clock,
    pub queue: Arc<IdentifyQueue>,
    pub store: Arc<dyn SessionStore>,
    /// Leave sessions to be resumed later, instead of ending them.
    pub keep_sessions: bool,
    pub notices: Arc<dyn Notices>,
    /// Hears all events.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Options {
    /// The least that must be said; the rest as most want it.
    pub fn new(token: Token, url: String, shards: ShardRange, intents: u64, queue: Arc<IdentifyQueue>) -> Self {
        Self {
            token,
            url,
            api_url: None,
            tls: Arc::new(Ca::default().config(&["http/1.1"]).expect("the certificates built in can be read")),
            proxies: Proxies::default(),
            shards,
            recommended_shards: None,
            intents,
            compression: Compression::default(),
            properties: default_properties(),
            large_threshold: None,
            presence: None,
            filter: Filter::default(),
            meta: false,
            count: None,
            duration: None,
            max_reconnects: None,
            reconnect_timeout: None,
            clock: Clock::system(),
            queue,
            store: Arc::new(InMemory::default()),
            keep_sessions: false,
            notices: Arc::new(Silent),
            tap: None,
        }
    }
}

/// How listening ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Events printed.
    pub events: u64,
    pub end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Count,
    Duration,
    /// The caller asked for it.
    Stopped,
    /// Nobody reads the output any more.
    ReaderGone,
}

/// Listens until it is told to stop, has what was asked for, or cannot go on.
///
/// `stop` becoming true (or its sender going) ends it: sessions are closed and whole lines written.
/// The shards run on the current runtime, on all its threads. Commands without a shard of their own
/// go to every shard; the caller may drop the sender.
pub async fn listen(
    options: Options,
    sink: Box<dyn LineSink>,
    commands: mpsc::Receiver<Command>,
    mut stop: watch::Receiver<bool>,
) -> Result<Summary, Error> {
    let hosts = Hosts::new(options.api_url.as_ref());
    let url = hosts.gateway_url(&options.url, options.compression)?;
    // A proxy setting that is not a URL is an error before anything is sent.
    options.proxies.find(&url)?;
    if options.count == Some(0) {
        return Ok(Summary { events: 0, end: End::Count });
    }
    let writer = Writer::start(sink).map_err(Error::Thread)?;
    let (store_failed, mut store_failure) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared {
        hosts,
        compression: options.compression,
        tls: Arc::clone(&options.tls),
        proxies: options.proxies.clone(),
        filter: options.filter.clone(),
        meta: options.meta,
        keep_sessions: options.keep_sessions,
        intents: options.intents,
        clock: options.clock.clone(),
        recommended_shards: options.recommended_shards,
        queue: Arc::clone(&options.queue),
        store: Arc::clone(&options.store),
        store_failed,
        notices: Arc::clone(&options.notices),
        tap: options.tap.clone(),
        writer,
        left: options.count.map(AtomicU64::new),
        stop: watch::Sender::new(false),
    });
    let inboxes = Arc::<Inboxes>::default();
    let mut starter = Starter::new(&options, Arc::clone(&inboxes));
    let routing = tokio::spawn(route(commands, inboxes, options.shards));

    let mut stopped = shared.stop.subscribe();
    let mut ending = std::pin::pin!(after(options.duration));
    let mut tasks = JoinSet::new();
    let (mut events, mut failure) = (0, None);
    let mut end = loop {
        tokio::select! {
            biased;
            () = shared.writer.ended() => break End::ReaderGone,
            _ = stopped.wait_for(|stopped| *stopped) => break End::Count,
            _ = stop.wait_for(|stop| *stop) => break End::Stopped,
            Some(error) = store_failure.recv() => {
                failure = Some(Error::Store(error));
                break End::Stopped;
            }
            () = &mut ending => break End::Duration,
            // A shard alone never ends well.
            Some(ended) = tasks.join_next() => {
                settle(ended, &mut events, &mut failure);
                break End::Stopped;
            }
            key = starter.turn() => {
                if let Err(error) = starter.start(key, &options, &shared, &mut tasks) {
                    failure = Some(error);
                    break End::Stopped;
                }
            }
        }
    };
    drop(starter);
    shared.stop.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        settle(ended, &mut events, &mut failure);
    }
    routing.abort();
    // The aborted router holds nothing of `shared`, and the tasks are gone.
    let shared = Arc::into_inner(shared).expect("the tasks that shared it have ended");
    match shared.writer.finish(GRACE).await.map_err(Error::Write)? {
        Outcome::ReaderGone => end = End::ReaderGone,
        Outcome::Stalled => tracing::warn!("the last events could not be written"),
        Outcome::Written => {}
    }
    if let Ok(error) = store_failure.try_recv() {
        failure.get_or_insert(Error::Store(error));
    }
    failure.map_or(Ok(Summary { events, end }), Err)
}

fn settle(ended: Result<Result<u64, Error>, tokio::task::JoinError>, events: &mut u64, failure: &mut Option<Error>) {
    match ended {
        Ok(Ok(printed)) => *events += printed,
        // The first cause is the one to tell; the others follow from it.
        Ok(Err(error)) => {
            failure.get_or_insert(error);
        }
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => {}
    }
}

/// Starts shards one after another: those of one key (`shard % max_concurrency`) when the one before has its
/// slot to identify in. A shard that has not started takes no memory.
struct Starter {
    keys: u32,
    /// The next shard of each key that has begun.
    next: HashMap<u32, u32>,
    inboxes: Arc<Inboxes>,
    over: mpsc::UnboundedSender<u32>,
    turns: mpsc::UnboundedReceiver<u32>,
}

impl Starter {
    fn new(options: &Options, inboxes: Arc<Inboxes>) -> Self {
        let keys = options.queue.keys().max(1);
        let (over, turns) = mpsc::unbounded_channel();
        let first = options.shards.first..options.shards.end.min(options.shards.first.saturating_add(keys));
        let next: HashMap<u32, u32> = first.map(|shard| (shard % keys, shard)).collect();
        for key in next.keys() {
            // The receiver is right here.
            let _ = over.send(*key);
        }
        Self { keys, next, inboxes, over, turns }
    }

    /// The key of which the next shard may start.
    async fn turn(&mut self) -> u32 {
        self.turns.recv().await.expect("a sender is kept beside it")
    }

    fn start(
        &mut self,
        key: u32,
        options: &Options,
        shared: &Arc<Shared>,
        tasks: &mut JoinSet<Result<u64, Error>>,
    ) -> Result<(), Error> {
        let Some(next) = self.next.get_mut(&key).filter(|next| **next < options.shards.end) else { return Ok(()) };
        let number = *next;
        *next = number.saturating_add(self.keys);
        let config = Config {
            shard: number,
            shards: options.shards.total,
            url: options.url.clone(),
            identify: Identify {
                token: options.token.clone(),
                intents: options.intents,
                properties: options.properties.clone(),
                compress: options.compression == Compression::Payload,
                large_threshold: options.large_threshold,
                presence: options.presence.clone(),
            },
            max_reconnects: options.max_reconnects,
            reconnect_timeout: options.reconnect_timeout,
        };
        let session = options.store.load(number).map_err(Error::Store)?;
        let shard = Shard::new(config, session, Box::new(fastrand::f64), Instant::now());
        let task = Task {
            shared: Arc::clone(shared),
            shard,
            commands: self.inboxes.receiver(number),
            turn: Turn { key, over: self.over.clone() },
        };
        tasks.spawn(Box::pin(task.run()));
        Ok(())
    }
}

/// Where commands wait for their shards, which may not have started yet.
#[derive(Default)]
struct Inboxes(Mutex<HashMap<u32, Inbox>>);

struct Inbox {
    sender: mpsc::Sender<Command>,
    receiver: Option<mpsc::Receiver<Command>>,
}

impl Inboxes {
    fn with<T>(&self, shard: u32, take: impl FnOnce(&mut Inbox) -> T) -> T {
        let mut all = self.0.lock().expect("no holder of this lock panics");
        take(all.entry(shard).or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(COMMANDS);
            Inbox { sender, receiver: Some(receiver) }
        }))
    }

    fn sender(&self, shard: u32) -> mpsc::Sender<Command> {
        self.with(shard, |inbox| inbox.sender.clone())
    }

    fn receiver(&self, shard: u32) -> mpsc::Receiver<Command> {
        self.with(shard, |inbox| inbox.receiver.take()).expect("a shard starts once")
    }
}

/// Brings each command to its shard.
async fn route(mut commands: mpsc::Receiver<Command>, inboxes: Arc<Inboxes>, shards: ShardRange) {
    while let Some(command) = commands.recv().await {
        match command.shard(shards.total) {
            Some(shard) if shards.contains(shard) => {
                // A shard that has ended takes all others with it.
                let _ = inboxes.sender(shard).send(command).await;
            }
            Some(shard) => tracing::warn!(shard, "the command is for a shard that runs elsewhere"),
            None => {
                for shard in shards.first..shards.end {
                    let _ = inboxes.sender(shard).send(command.clone()).await;
                }
            }
        }
    }
}

async fn after(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
