//! Runs all shards of one listener: starts them in order and ends them together.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use url::Url;

use super::error::Error;
use super::filter::Filter;
use super::host::TrustedHosts;
use super::inflate::Compression;
use super::notices::{NoNotices, Notices};
use super::outlet::Outlet;
use super::payload::{Command, Identify, default_properties};
use super::queue::IdentifyQueue;
use super::shard::{Config, Shard};
use super::tap::Tap;
use super::task::{ListenContext, ShardTask, StartTurn};
use crate::model::{Clock, Token};
use crate::net::{Ca, Proxies};

/// The maximum shard count. It is higher than any bot's, and prevents a typing mistake from exhausting the memory.
pub const MOST_SHARDS: u32 = 1 << 16;
/// The maximum number of commands that wait for a shard. Beyond it, the sender waits.
const COMMANDS: usize = 64;

/// A range of the shards of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardRange {
    pub first: u32,
    /// Exclusive.
    pub end: u32,
    pub total: u32,
}

/// The value of `--shards`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shards {
    /// The shard count that Discord recommends.
    Auto,
    These(ShardRange),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a set of shards; use auto, a count such as 4 (up to {MOST_SHARDS}), or a range such as 0..8/16")]
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

    /// Parses `auto`, `N` (all of N shards), `a..b/N` (without b), `a..=b/N` (with b), and `a/N` (one shard).
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

/// The options of [`listen`].
pub struct Options {
    pub token: Token,
    /// The gateway's URL, from `GET /gateway/bot`.
    pub url: String,
    /// The configured API URL. dcord may send the token to its host too.
    pub api_url: Option<Url>,
    /// The TLS configuration, with the trusted certificates.
    pub tls: Arc<rustls::ClientConfig>,
    pub proxies: Proxies,
    pub shards: ShardRange,
    /// The shard count that Discord recommends, for error messages.
    pub recommended_shards: Option<u32>,
    pub intents: u64,
    pub compression: Compression,
    pub properties: Value,
    pub large_threshold: Option<u8>,
    pub presence: Option<Value>,
    pub filter: Filter,
    /// Stop after this time.
    pub duration: Option<Duration>,
    pub max_reconnects: Option<u32>,
    pub reconnect_timeout: Option<Duration>,
    pub clock: Clock,
    pub queue: Arc<IdentifyQueue>,
    /// Leave the sessions open at the end, so that a later process can resume them.
    pub keep_sessions: bool,
    pub notices: Arc<dyn Notices>,
    /// Receives all events. The filter does not apply.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Options {
    /// Sets the required options, and all others to their defaults.
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
            duration: None,
            max_reconnects: None,
            reconnect_timeout: None,
            clock: Clock::system(),
            queue,
            keep_sessions: false,
            notices: Arc::new(NoNotices),
            tap: None,
        }
    }
}

/// Why listening ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The outlet needs no more events.
    Enough,
    Duration,
    /// The caller stopped it.
    Stopped,
    /// The outlet can accept no more events.
    OutletEnded,
}

/// Listens until the caller stops it, the outlet ends or needs no more events, or a shard fails.
///
/// The caller stops listening by setting `stop` to true or by dropping its sender. When the function returns, all sessions are
/// closed, and the outlet has received all events. The shards run on all threads of the current runtime. A command without a
/// guild goes to every shard. The caller may drop the sender of commands.
pub async fn listen(
    options: Options,
    outlet: Arc<dyn Outlet>,
    commands: mpsc::Receiver<Command>,
    mut stop: watch::Receiver<bool>,
) -> Result<End, Error> {
    let hosts = TrustedHosts::new(options.api_url.as_ref());
    let url = hosts.gateway_url(&options.url, options.compression)?;
    // Reports an invalid proxy setting before anything is sent.
    options.proxies.find(&url)?;
    let shared = Arc::new(ListenContext {
        hosts,
        compression: options.compression,
        tls: Arc::clone(&options.tls),
        proxies: options.proxies.clone(),
        filter: options.filter.clone(),
        keep_sessions: options.keep_sessions,
        intents: options.intents,
        clock: options.clock.clone(),
        recommended_shards: options.recommended_shards,
        queue: Arc::clone(&options.queue),
        notices: Arc::clone(&options.notices),
        tap: options.tap.clone(),
        outlet,
        stop: watch::Sender::new(false),
    });
    let inboxes = Arc::<Inboxes>::default();
    let mut starter = Starter::new(&options, Arc::clone(&inboxes));
    let routing = tokio::spawn(route(commands, inboxes, options.shards));

    let mut stopped = shared.stop.subscribe();
    let mut ending = std::pin::pin!(after(options.duration));
    let mut outlet_ended = shared.outlet.ended();
    let mut tasks = JoinSet::new();
    let mut failure = None;
    let end = loop {
        tokio::select! {
            biased;
            () = &mut outlet_ended => break End::OutletEnded,
            _ = stopped.wait_for(|stopped| *stopped) => break End::Enough,
            _ = stop.wait_for(|stop| *stop) => break End::Stopped,
            () = &mut ending => break End::Duration,
            // A shard that was not stopped ends only if it fails.
            Some(ended) = tasks.join_next() => {
                settle(ended, &mut failure);
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
        settle(ended, &mut failure);
    }
    routing.abort();
    failure.map_or(Ok(end), Err)
}

fn settle(ended: Result<Result<(), Error>, tokio::task::JoinError>, failure: &mut Option<Error>) {
    match ended {
        Ok(Ok(())) => {}
        // The first failure caused the others.
        Ok(Err(error)) => {
            failure.get_or_insert(error);
        }
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => {}
    }
}

/// Starts the shards of each key (`shard % max_concurrency`) one after another. A shard starts when the previous shard of its
/// key has its slot to IDENTIFY. Shards that have not started need no memory.
struct Starter {
    keys: u32,
    /// The next shard of each key.
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
            // The send cannot fail, because the receiver exists.
            let _ = over.send(*key);
        }
        Self { keys, next, inboxes, over, turns }
    }

    /// Waits until a shard may start, and returns its key.
    async fn turn(&mut self) -> u32 {
        self.turns.recv().await.expect("this struct also holds a sender")
    }

    fn start(
        &mut self,
        key: u32,
        options: &Options,
        shared: &Arc<ListenContext>,
        tasks: &mut JoinSet<Result<(), Error>>,
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
        let session = shared.outlet.session(number).map_err(Error::Store)?;
        let shard = Shard::new(config, session, Box::new(fastrand::f64), Instant::now());
        let task = ShardTask {
            shared: Arc::clone(shared),
            shard,
            commands: self.inboxes.receiver(number),
            turn: StartTurn { key, over: self.over.clone() },
        };
        tasks.spawn(Box::pin(task.run()));
        Ok(())
    }
}

/// The commands that wait for their shards, which may not have started yet.
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

/// Forwards each command to its shard.
async fn route(mut commands: mpsc::Receiver<Command>, inboxes: Arc<Inboxes>, shards: ShardRange) {
    while let Some(command) = commands.recv().await {
        match command.shard(shards.total) {
            Some(shard) if shards.contains(shard) => {
                // Sending fails only if the shard has ended, in which case all shards end.
                let _ = inboxes.sender(shard).send(command).await;
            }
            Some(shard) => tracing::warn!(shard, "the gateway command is for a shard that another process runs"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parsed_as_auto_a_count_or_a_range() {
        let range = |first, end, total| Some(Shards::These(ShardRange { first, end, total }));
        for (text, expected) in [
            ("auto", Some(Shards::Auto)),
            ("1", range(0, 1, 1)),
            ("16", range(0, 16, 16)),
            ("0..8/16", range(0, 8, 16)),
            ("8..=15/16", range(8, 16, 16)),
            ("3/4", range(3, 4, 4)),
            ("0", None),
            ("4/4", None),
            ("4..4/8", None),
            ("0..9/8", None),
            ("-1", None),
            ("0..4", None),
            ("a..b/N", None),
            ("4294967295/4294967295", None),
            ("65536", range(0, 65536, 65536)),
            ("65537", None),
            ("0/65537", None),
            ("4294967295", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
