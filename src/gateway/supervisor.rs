//! Many shards as one: it starts them in order, ends them together, and owns the output.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use url::Url;

use super::connection::default_tls;
use super::error::Error;
use super::filter::Filter;
use super::host::Hosts;
use super::inflate::Compression;
use super::notices::{Notices, Silent};
use super::payload::{Command, Identify, default_properties};
use super::queue::{IdentifyQueue, LocalQueue};
use super::session::{InMemory, SessionStore};
use super::shard::{Config, Shard};
use super::tap::Tap;
use super::task::{Shared, Task, Turn};
use super::writer::{LineSink, Outcome, Writer};
use crate::model::Token;

/// How long a reader that takes nothing may hold up the end.
const GRACE: Duration = Duration::from_secs(2);
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
#[error("{0:?} says no shards: give auto, a count such as 4, or a part such as 0..8/16")]
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
        if range.is_empty() || range.end > range.total {
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
    /// Instead of the web's compiled-in roots.
    pub tls: Option<Arc<rustls::ClientConfig>>,
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
    pub queue: Arc<dyn IdentifyQueue>,
    pub store: Arc<dyn SessionStore>,
    /// Leave sessions to be resumed later, instead of ending them.
    pub keep_sessions: bool,
    pub notices: Arc<dyn Notices>,
    /// Hears all events.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Options {
    /// The least that must be said; the rest as most want it.
    pub fn new(token: Token, url: String, shards: ShardRange, intents: u64) -> Self {
        Self {
            token,
            url,
            api_url: None,
            tls: None,
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
            queue: Arc::new(LocalQueue::new(1, None)),
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
    hosts.gateway_url(&options.url, options.compression)?;
    if options.count == Some(0) {
        return Ok(Summary { events: 0, end: End::Count });
    }
    let writer = Writer::start(sink).map_err(Error::Thread)?;
    let (store_failed, mut store_failure) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared {
        hosts,
        compression: options.compression,
        tls: options.tls.clone().unwrap_or_else(default_tls),
        filter: options.filter.clone(),
        meta: options.meta,
        keep_sessions: options.keep_sessions,
        intents: options.intents,
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
    let (mut tasks, router) = spawn(&options, &shared)?;
    let routing = tokio::spawn(route(commands, router, options.shards.total));

    let mut stopped = shared.stop.subscribe();
    let (mut events, mut failure) = (0, None);
    let mut end = tokio::select! {
        biased;
        () = shared.writer.ended() => End::ReaderGone,
        _ = stopped.wait_for(|stopped| *stopped) => End::Count,
        _ = stop.wait_for(|stop| *stop) => End::Stopped,
        () = after(options.duration) => End::Duration,
        Some(error) = store_failure.recv() => {
            failure = Some(Error::Store(error));
            End::Stopped
        }
        // A shard alone never ends well.
        Some(ended) = tasks.join_next() => {
            settle(ended, &mut events, &mut failure);
            End::Stopped
        }
    };
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

type Router = HashMap<u32, mpsc::Sender<Command>>;

fn spawn(options: &Options, shared: &Arc<Shared>) -> Result<(JoinSet<Result<u64, Error>>, Router), Error> {
    let mut tasks = JoinSet::new();
    let mut router = Router::new();
    let keys = options.queue.keys().max(1);
    let mut before: HashMap<u32, oneshot::Receiver<()>> = HashMap::new();
    for number in options.shards.first..options.shards.end {
        let (sender, commands) = mpsc::channel(COMMANDS);
        router.insert(number, sender);
        let (after, wait) = oneshot::channel();
        let turn = Turn { before: before.insert(number % keys, wait), after: Some(after) };
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
        let shared = Arc::clone(shared);
        tasks.spawn(Box::pin(Task { shared, shard, commands, turn }.run()));
    }
    Ok((tasks, router))
}

/// Brings each command to its shard.
async fn route(mut commands: mpsc::Receiver<Command>, router: Router, shards: u32) {
    while let Some(command) = commands.recv().await {
        match command.shard(shards) {
            Some(shard) => match router.get(&shard) {
                Some(sender) => {
                    // A shard that has ended takes all others with it.
                    let _ = sender.send(command).await;
                }
                None => tracing::warn!(shard, "the command is for a shard that runs elsewhere"),
            },
            None => {
                for sender in router.values() {
                    let _ = sender.send(command.clone()).await;
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
