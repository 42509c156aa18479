//! `dcord listen` on a terminal: prints each event as a line for people, and reports when all shards are connected.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Deserialize;

use crate::context::{Context, stdout_style};
use crate::error::Result;
use crate::gateway::{self, ShardRange, intents};
use crate::model::Kind;
use crate::stream::Render;
use crate::view::event::Events;
use crate::view::structure;

/// The maximum number of names to store for the renderer. A listener that prints few events would otherwise collect
/// names without limit.
const MOST: usize = 20_000;

/// How events are printed in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStyle {
    /// A sentence per event, for a terminal.
    Sentences,
    /// `-o text`.
    Text,
}

/// Facts from all events, including those that are not printed, which the lines of other events need.
#[derive(Default)]
pub struct Learned(Mutex<State>);

#[derive(Default)]
struct State {
    names: HashMap<(Kind, Option<String>, String), String>,
    /// The bot's own name.
    bot: Option<String>,
    servers: usize,
}

/// The fields of READY that this module uses.
#[derive(Deserialize)]
struct Ready {
    user: User,
    #[serde(default)]
    guilds: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

impl Learned {
    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent even after a panic, because no change of it can panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event(&self, name: &[u8], data: &[u8]) {
        if name == b"READY"
            && let Ok(ready) = serde_json::from_slice::<Ready>(data)
        {
            let mut state = self.state();
            state.bot = Some(ready.user.username);
            state.servers += ready.guilds.len();
        } else if structure::has_names(name) {
            let mut found = Vec::new();
            // An event that cannot be parsed has no names. The renderer prints it unchanged.
            let _ = structure::names(name, data, |kind, guild, id, name| {
                found.push(((kind, guild.map(str::to_owned), id.to_owned()), name.to_owned()));
            });
            let names = &mut self.state().names;
            let room = MOST.saturating_sub(names.len());
            names.extend(found.into_iter().take(room));
        }
    }
}

/// Renders events: for a terminal, whose width may change at any time, or as `-o text`.
pub fn render(context: &Context, learned: Arc<Learned>, style: EventStyle) -> Result<Render> {
    let (color, _) = stdout_style();
    let mut events = Events::new(context.own_names(), context.zone()?, color);
    let clock = context.clock.clone();
    let console = Arc::clone(&context.console);
    let mut is_first = true;
    Ok(Box::new(move |line, to| {
        // The report that the bot is connected precedes the events.
        if std::mem::take(&mut is_first) {
            console.flush();
        }
        let mut state = learned.state();
        events.several_servers = state.servers > 1;
        let names = std::mem::take(&mut state.names);
        drop(state);
        for ((kind, guild, id), name) in names {
            match guild {
                Some(guild) => events.names.insert_member(&guild, &id, &name),
                None => events.names.insert(kind, &id, &name),
            }
        }
        match style {
            EventStyle::Text => events.text(line, clock.wall_ms(), to),
            EventStyle::Sentences => events.line(line, stdout_style().1, clock.wall_ms(), to),
        }
    }))
}

/// Collects names from events, and passes the events to the cache's tap, if there is one.
pub struct Tap {
    pub learned: Arc<Learned>,
    pub cache: Option<Arc<dyn gateway::Tap>>,
}

struct ShardTap {
    learned: Arc<Learned>,
    cache: Option<Box<dyn gateway::ShardTap>>,
}

impl gateway::Tap for Tap {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn gateway::ShardTap> {
        let cache = self.cache.as_ref().map(|cache| cache.shard(shard));
        Box::new(ShardTap { learned: Arc::clone(&self.learned), cache })
    }
}

impl gateway::ShardTap for ShardTap {
    fn event(&mut self, name: &[u8], data: &[u8], now: Instant) {
        self.learned.event(name, data);
        if let Some(cache) = &mut self.cache {
            cache.event(name, data, now);
        }
    }

    fn alive(&mut self, now: Instant) {
        if let Some(cache) = &mut self.cache {
            cache.alive(now);
        }
    }

    fn down(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.down();
        }
    }

    fn behind(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.behind();
        }
    }

    fn caught_up(&mut self, now: Instant) {
        if let Some(cache) = &mut self.cache {
            cache.caught_up(now);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.cache.as_ref()?.deadline()
    }

    fn tick(&mut self, now: Instant) {
        if let Some(cache) = &mut self.cache {
            cache.tick(now);
        }
    }
}

/// Reports once that all shards are connected.
pub struct Welcome {
    waits_for: Mutex<HashSet<u32>>,
    shards: u32,
    intents: u64,
    /// The status and the activity, in words.
    presence: Option<String>,
    learned: Option<Arc<Learned>>,
}

impl Welcome {
    pub fn new(range: ShardRange, intents: u64, presence: Option<String>, learned: Option<Arc<Learned>>) -> Self {
        let waits_for = Mutex::new((range.first..range.end).collect());
        Self { waits_for, shards: range.len(), intents, presence, learned }
    }

    /// The report, if this shard is the last one to connect.
    pub fn connected(&self, shard: u32) -> Option<String> {
        let mut waits_for = self.waits_for.lock().unwrap_or_else(PoisonError::into_inner);
        let is_last = waits_for.remove(&shard) && waits_for.is_empty();
        is_last.then(|| self.line())
    }

    fn line(&self) -> String {
        let state = self.learned.as_ref().map(|learned| learned.state());
        let bot = state.as_ref().and_then(|state| Some(format!(" as {}", state.bot.as_ref()?))).unwrap_or_default();
        let counted = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
        let servers = state.filter(|state| state.bot.is_some()).map(|state| counted(state.servers, "server"));
        let shards = (self.shards > 1).then(|| format!("{} shards", self.shards));
        let all: Vec<String> =
            servers.into_iter().chain(shards).chain([format!("intents {}", summary(self.intents))]).collect();
        let presence = self.presence.as_ref().map(|presence| format!(" ({presence})")).unwrap_or_default();
        format!("connected{bot}{presence}: {}. Press Ctrl-C to stop", all.join(", "))
    }
}

/// The intents in the form that `--intents` accepts.
pub fn summary(set: u64) -> String {
    let (group, rest) = match set {
        _ if set == intents::all() => (Some("all"), 0),
        _ if set & intents::unprivileged() == intents::unprivileged() => {
            (Some("unprivileged"), set & intents::PRIVILEGED)
        }
        0 => (Some("none"), 0),
        _ => (None, set),
    };
    let names = intents::names(rest).map(|name| name.to_lowercase().replace('_', "-"));
    group.map(str::to_owned).into_iter().chain(names).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::event;

    #[test]
    fn every_documented_event_is_described_in_words() {
        let missing: Vec<_> = intents::all_events().filter(|name| !event::is_known(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_listener_prints_once_that_all_shards_are_connected() {
        let learned = Arc::new(Learned::default());
        let range = ShardRange { first: 2, end: 4, total: 4 };
        let welcome =
            Welcome::new(range, intents::unprivileged() | 1 << 15, Some("idle".to_owned()), Some(Arc::clone(&learned)));
        assert_eq!(welcome.connected(2), None);
        for servers in ["[{}]", "[{},{}]"] {
            learned.event(b"READY", format!(r#"{{"user":{{"username":"bot"}},"guilds":{servers}}}"#).as_bytes());
        }
        let line =
            "connected as bot (idle): 3 servers, 2 shards, intents unprivileged, message-content. Press Ctrl-C to stop";
        assert_eq!(welcome.connected(3).as_deref(), Some(line));
        assert_eq!(welcome.connected(3), None);
    }

    #[test]
    fn the_summary_of_intents_can_be_parsed_as_intents() {
        for (set, text) in [
            (0, "none"),
            (intents::all(), "all"),
            (intents::unprivileged(), "unprivileged"),
            (1 | 1 << 9, "guilds, guild-messages"),
        ] {
            assert_eq!(summary(set), text);
            assert_eq!(intents::parse(text), Ok(set));
        }
    }
}
