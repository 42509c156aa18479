//! Reports the state of a listener's shards on stderr and to the cache.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, Once};
use std::time::{Duration, Instant};

use super::readable::Welcome;
use crate::cache;
use crate::catalogue;
use crate::context::Context;
use crate::error::Result;
use crate::gateway::shard::{Cause, Note};
use crate::gateway::{self, MIN_REPORTED_WAIT};
use crate::model::{Clock, time};
use crate::output::Console;

/// Reports the state of connections on stderr. Discord sometimes closes a connection, and most of these are resumed
/// at once. Only a longer interruption is reported, and so is its end.
pub struct Notices {
    console: Arc<Console>,
    down: Mutex<HashMap<u32, Down>>,
    queued: Once,
    emptied: Once,
    /// The advice on how to receive message content.
    advice: &'static str,
    /// Printed when all shards are connected, if stderr is a terminal.
    welcome: Option<Welcome>,
}

/// A shard that has lost its connection.
struct Down {
    since: Instant,
    /// Why the last connection could not be opened.
    unreachable: Option<String>,
    is_reported: bool,
}

impl Down {
    fn now() -> Self {
        Self { since: Instant::now(), unreachable: None, is_reported: false }
    }
}

impl Notices {
    pub fn new(console: Arc<Console>, advice: &'static str, welcome: Option<Welcome>) -> Self {
        Self { console, down: Mutex::default(), queued: Once::new(), emptied: Once::new(), advice, welcome }
    }

    fn down(&self) -> MutexGuard<'_, HashMap<u32, Down>> {
        self.down.lock().expect("no holder of this lock panics")
    }

    /// Reports why a connection was lost or could not be opened, as debug output if the next attempt follows at once.
    fn reconnecting(&self, shard: (u32, u32), why: &Cause, wait: Duration) {
        let mut all = self.down();
        let down = all.entry(shard.0).or_insert_with(Down::now);
        let cause = match (why, &down.unreachable) {
            (Cause::Unreachable, Some(cause)) => cause.clone(),
            _ => why.to_string(),
        };
        let line = format!("{}: {cause}; trying again in {}", who(shard), time::in_words(wait));
        if wait >= MIN_REPORTED_WAIT {
            down.is_reported = true;
            self.console.note(line);
        } else {
            self.console.debug(1, line);
        }
    }

    /// Reports that a shard is connected and, if it resumed a session, how many events Discord replayed.
    fn connected(&self, shard: (u32, u32), replayed: Option<u64>) {
        if let Some(line) = self.welcome.as_ref().and_then(|welcome| welcome.connected(shard.0)) {
            self.console.note(line);
            if let Some(count) = replayed {
                self.console.note(format_args!("resumed the session of the last process; {}", missed(count)));
            }
        }
        let missed = replayed.map(|count| format!("; {}", missed(count))).unwrap_or_default();
        match self.down().remove(&shard.0) {
            Some(Down { since, is_reported: true, .. }) => {
                let length = time::in_words(since.elapsed());
                self.console.note(format_args!("{}: connected after {length}{missed}", who(shard)));
            }
            _ => self.console.debug(1, format_args!("{}: connected{missed}", who(shard))),
        }
    }
}

/// The name of a shard in reports. A listener with a single shard calls it the gateway.
fn who((shard, shards): (u32, u32)) -> String {
    if shards == 1 { "gateway".to_owned() } else { format!("shard {shard} of {shards}") }
}

/// How many events Discord replayed to a resumed session.
fn missed(replayed: u64) -> String {
    match replayed {
        0 => "no event was missed".to_owned(),
        1 => "1 missed event was replayed".to_owned(),
        _ => format!("{replayed} missed events were replayed"),
    }
}

impl gateway::Notices for Notices {
    fn note(&self, shard: (u32, u32), note: &Note) {
        match note {
            Note::Connected => self.connected(shard, None),
            Note::Resumed { replayed } => self.connected(shard, Some(*replayed)),
            Note::Reconnecting { why, wait, .. } => self.reconnecting(shard, why, *wait),
            // One warning has reported this for all shards.
            Note::Gap { why: Cause::SessionMismatch(_), .. } => {}
            Note::Gap { ago, why } => self.console.warn(format_args!(
                "{}: {why}; events of the last {} may be missing",
                who(shard),
                time::in_words(*ago)
            )),
            Note::Latency { latency } => {
                self.console.debug(2, format_args!("{}: heartbeat took {}", who(shard), time::in_words(*latency)));
            }
            // The next note reports the consequence together with this cause.
            Note::Closed { why: Cause::Stopped } => {
                self.console.debug(2, format_args!("{}: {}", who(shard), Cause::Stopped));
            }
            Note::Closed { .. } => {}
        }
    }

    /// Reports once for all shards, each of which waits for its slot.
    fn queued(&self, _: (u32, u32)) {
        self.queued.call_once(|| {
            self.console.note("waiting to connect: Discord allows one new session (IDENTIFY) every 5 seconds");
        });
    }

    /// Warns once for all messages.
    fn emptied(&self) {
        self.emptied.call_once(|| {
            let advice = self.advice;
            self.console.warn(format_args!("message content is empty without the MESSAGE_CONTENT intent: {advice}"));
        });
    }

    fn trouble(&self, shard: (u32, u32), what: &dyn Display) {
        self.console.warn(format_args!("{}: {what}", who(shard)));
    }

    fn unreachable(&self, shard: (u32, u32), why: &dyn Display) {
        self.down().entry(shard.0).or_insert_with(Down::now).unreachable = Some(why.to_string());
    }
}

/// The tap that writes events to the cache, if `dcord cache enable` allows it.
pub fn tap(context: &Context, intents: u64) -> Result<Option<Arc<dyn gateway::Tap>>> {
    let Some(cache) = context.app.cache().filter(|cache| cache.mode() == cache::Mode::Everything) else {
        return Ok(None);
    };
    drop(cache);
    let cache = context.app.open_cache()?;
    let console = Arc::clone(&context.console);
    let warn = move |error: &cache::Error| console.warn(format_args!("{error}; the cache does not get all events"));
    let clock = context.clock.clone();
    let options = cache::writer::Options { intents, clock, effects: catalogue::effects, warn: Box::new(warn) };
    let writer = cache::Writer::start(cache, options)?;
    Ok(Some(Arc::new(CacheTap { writer, clock: context.clock.clone() })))
}

/// Passes events to the cache's thread.
struct CacheTap {
    writer: cache::Writer,
    clock: Clock,
}

impl gateway::Tap for CacheTap {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn gateway::ShardTap> {
        Box::new(CacheShardTap { writer: self.writer.shard(shard), clock: self.clock.clone() })
    }
}

struct CacheShardTap {
    writer: cache::writer::ShardWriter,
    clock: Clock,
}

impl gateway::ShardTap for CacheShardTap {
    fn event(&mut self, name: &[u8], data: &[u8], now: Instant) {
        self.writer.event(name, data, now, || self.clock.wall_ms());
    }

    fn alive(&mut self, now: Instant) {
        self.writer.alive(now, || self.clock.wall_ms());
    }

    fn down(&mut self) {
        self.writer.down(self.clock.wall_ms());
    }

    fn behind(&mut self) {
        self.writer.behind(self.clock.wall_ms());
    }

    fn caught_up(&mut self, now: Instant) {
        self.writer.caught_up(now, || self.clock.wall_ms());
    }

    fn deadline(&self) -> Option<Instant> {
        self.writer.deadline()
    }

    fn tick(&mut self, _: Instant) {
        self.writer.flush();
    }
}
