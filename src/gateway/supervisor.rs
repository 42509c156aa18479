//! All shards of one listener: it starts them in order and ends them together.

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
use super::host::Hosts;
use super::inflate::Compression;
use super::notices::{Notices, Silent};
use super::outlet::Outlet;
use super::payload::{Command, Identify, default_properties};
use super::queue::IdentifyQueue;
use super::shard::{Config, Shard};
use super::tap::Tap;
use super::task::{Listener, Task, Turn};
use crate::model::{Clock, Token};
use crate::net::{Ca, Proxies};

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

/// The value of `--shards`.
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

/// What to listen to.
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
    /// End after so long.
    pub duration: Option<Duration>,
    pub max_reconnects: Option<u32>,
    pub reconnect_timeout: Option<Duration>,
    pub clock: Clock,
    pub queue: Arc<IdentifyQueue>,
    /// Leave sessions to be resumed later, instead of ending them.
    pub keep_sessions: bool,
    pub notices: Arc<dyn Notices>,
    /// Receives all events, whatever the filter passes.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Options {
    /// The required options; the others have their defaults.
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
            notices: Arc::new(Silent),
            tap: None,
        }
    }
}

/// How listening ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The outlet wanted no further event.
    Enough,
    Duration,
    /// The caller stopped it.
    Stopped,
    /// The outlet can take nothing any more.
    OutletEnded,
}

/// Listens until the caller stops it, the outlet has enough or ends, or a shard cannot go on.
///
/// `stop` becoming true (or its sender going) ends it: sessions are closed, and everything received is in the
/// outlet. The shards run on the current runtime, on all its threads. Commands without a shard of their own
/// go to every shard; the caller may drop the sender.
pub async fn listen(
    options: Options,
    outlet: Arc<dyn Outlet>,
    commands: mpsc::Receiver<Command>,
    mut stop: watch::Receiver<bool>,
) -> Result<End, Error> {
    let hosts = Hosts::new(options.api_url.as_ref());
    let url = hosts.gateway_url(&options.url, options.compression)?;
    // A proxy setting that is not a URL is an error before anything is sent.
    options.proxies.find(&url)?;
    let shared = Arc::new(Listener {
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
            // No shard ends alone unless it failed.
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
        // The first failure is the cause of the others.
        Ok(Err(error)) => {
            failure.get_or_insert(error);
        }
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => {}
    }
}

/// Starts shards one after another: those of one key (`shard % max_concurrency`) when the one before has its
/// slot to IDENTIFY in. A shard that has not started takes no memory.
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
        shared: &Arc<Listener>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_as_a_count_a_part_or_auto() {
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
