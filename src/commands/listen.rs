//! `dcord listen`: events as they happen, a line each.

use std::fmt::Display;
use std::io::{self, IsTerminal as _};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use url::Url;

use super::dry_run;
use crate::cache;
use crate::catalogue;
use crate::cli::Error;
use crate::cli::input::Input;
use crate::cli::value;
use crate::config::paths;
use crate::context::{Context, scopes};
use crate::error::{Exit, Refused, exit};
use crate::filter::{Fields, jq::Jq};
use crate::gateway::shard::Note;
use crate::gateway::{
    self, Compression, Durable, EventGlob, Filter, GatewayBot, LineSink, LocalQueue, Options, SessionStore, ShardRange,
    Shards, SharedQueue, intents, writer,
};
use crate::model::{Entity, Snowflake, TokenType, time};
use crate::output::stdout::Sink;
use crate::output::{self, Format, Printer, Stdout, Style, Talk, View};
use crate::rest::{Client, Request};
use crate::store::Consumer;

/// Of the day's session starts, one in this many is left for other processes and for mishaps:
/// running out of them resets the token.
const RESERVED_STARTS: u32 = 20;

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn repeated(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).action(ArgAction::Append).value_delimiter(',')
}

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord listen [OPTIONS]")
        .after_help(
            "Examples:\n  dcord listen -e MESSAGE_CREATE --jq .d.content\n  \
             dcord listen -e 'GUILD_MEMBER_*' --guild 111111111111111111\n  \
             dcord listen --count 1 -e INTERACTION_CREATE\n\n\
             An intent is a group of events that a bot asks for. Those that are privileged (GUILD_MEMBERS,\n\
             GUILD_PRESENCES, MESSAGE_CONTENT) must be switched on in Discord's developer portal first.\n\
             Without --intents, the events of -e decide; without both, all but the privileged are asked for.\n\
             Texts of messages are empty without MESSAGE_CONTENT.",
        )
        .arg(repeated("event", "NAME", "Print these events alone: READY, 'MESSAGE_*'").short('e'))
        .arg(repeated("guild", "SERVER", "Print events of this server alone"))
        .arg(repeated("channel", "CHANNEL", "Print events of this channel alone"))
        .arg(repeated("user", "USER", "Print events of this person alone"))
        .arg(option("intents", "LIST", "Ask for these groups: guilds,guild-messages, all, unprivileged"))
        .arg(option("count", "N", "End after this many events").value_parser(value_parser!(u64)))
        .arg(option("duration", "TIME", "End after this long: 30s, 2h"))
        .arg(option("shards", "SET", "Share the servers out: auto, N, or a..b/N for a to b-1 of N [default: 1]"))
        .arg(
            option("compress", "HOW", "Receive compressed: zstd, zlib, payload or none [default: zstd]")
                .value_parser(["zstd", "zlib", "payload", "none"])
                .hide_possible_values(true),
        )
        .arg(
            option("status", "STATUS", "Show the bot as online, idle, dnd or invisible")
                .value_parser(["online", "idle", "dnd", "invisible", "offline"])
                .hide_possible_values(true),
        )
        .arg(option("activity", "TEXT", "Show what the bot does: 'watching:the door', or a text"))
        .arg(
            Arg::new("meta")
                .long("meta")
                .action(ArgAction::SetTrue)
                .help("Print lines of dcord's own too: connected, gaps, latency"),
        )
        .arg(
            option("large-threshold", "N", "Send offline members of servers up to this size: 50 to 250")
                .value_parser(value_parser!(u8).range(50..=250)),
        )
        .arg(option("properties", "JSON", "Introduce the client so: os, browser, device"))
        .arg(option("consumer", "NAME", "Go on where the last process of this name ended, and lose nothing"))
        .arg(option("max-reconnects", "N", "Give up after this many failed attempts").value_parser(value_parser!(u32)))
        .arg(option("reconnect-timeout", "TIME", "Give up after this long without a session"))
}

/// What was asked for, before the network has a say.
struct Asked {
    shards: Shards,
    intents: u64,
    /// Events asked for that Discord's documentation does not have.
    unknown: Vec<String>,
    filter: Filter,
    compression: Compression,
    properties: Option<Value>,
    large_threshold: Option<u8>,
    presence: Option<Value>,
    meta: bool,
    count: Option<u64>,
    duration: Option<Duration>,
    max_reconnects: Option<u32>,
    reconnect_timeout: Option<Duration>,
    consumer: Option<String>,
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let asked = asked(matches, &mut Input::default())?;
    for name in &asked.unknown {
        context.talk.warn(format_args!("Discord documents no event {name}: it may never come"));
    }
    let sink = sink(context)?;
    let row = catalogue::find("gateway", "get-bot").expect("the catalogue has the gateway's address");
    let request = Request::new(row);
    if let Some(how) = context.settings.flags.dry_run {
        return dry_run::print(context, &request, how);
    }
    let token = context.settings.token()?;
    if token.kind != TokenType::Bot {
        let refused = Refused::TokenType { command: "listen".to_owned(), needs: "a bot's token", given: "a user's" };
        return Err(refused.into());
    }
    let client = context.client(true)?;
    let api_url = context.api_url()?;
    let scope = scopes(&api_url, Some(&token)).token;
    // Before anything is asked: another process may have it.
    let durable = match asked.consumer {
        Some(name) => Some(Arc::new(consumer(context, Consumer { scope: scope.clone(), name })?)),
        None => None,
    };
    let found = gateway_bot(context, client, &request, &scope)?;

    let range = match asked.shards {
        Shards::Auto => ShardRange::all(found.shards.max(1)),
        Shards::These(range) => range,
    };
    let limit = found.session_start_limit;
    let mut budget = limit.budget(limit.total / RESERVED_STARTS);
    budget.check(range.len(), Instant::now()).map_err(gateway::Error::from)?;

    let mut options = Options::new(token, found.url, range, asked.intents);
    options.api_url = Some(Url::parse(api_url.as_str())?);
    options.tls = Some(Arc::new(client.settings().ca.config(&["http/1.1"])?));
    options.recommended_shards = Some(found.shards);
    options.compression = asked.compression;
    options.large_threshold = asked.large_threshold;
    options.presence = asked.presence;
    options.filter = asked.filter;
    options.meta = asked.meta;
    options.count = asked.count;
    options.duration = asked.duration;
    options.max_reconnects = asked.max_reconnects;
    options.reconnect_timeout = asked.reconnect_timeout;
    options.queue = match context.ledger() {
        Some(ledger) => Arc::new(SharedQueue::new(Arc::clone(ledger), scope, limit.max_concurrency, budget)),
        None => Arc::new(LocalQueue::new(limit.max_concurrency, Some(budget))),
    };
    options.notices = Arc::new(Notices(Arc::clone(&context.talk)));
    options.tap = tap(context, asked.intents)?;
    if let Some(properties) = asked.properties {
        options.properties = properties;
    }

    if let Some(durable) = &durable {
        if let Some(kept) = durable.shards().filter(|kept| *kept != range.total) {
            let total = range.total;
            context.talk.warn(format_args!(
                "the sessions that were kept are of {kept} shards, and these are {total}: events since then are missing"
            ));
        }
        options.store = Arc::clone(durable) as Arc<dyn SessionStore>;
        options.keep_sessions = true;
    }

    let runtime = runtime(range.len())?;
    let result = runtime.block_on(until_signalled(options, sink));
    // A name that is still being looked up must not hold up the end.
    runtime.shutdown_background();
    // What ended the listening goes before what came of keeping its sessions.
    let closed = durable.map_or(Ok(()), |durable| durable.close());
    result.and(closed.map_err(Into::into))
}

/// What keeps events in the cache, if that was asked for (`dcord cache enable`).
fn tap(context: &Context, intents: u64) -> Result<Option<Arc<dyn gateway::Tap>>> {
    let Some(cache) = context.cache().filter(|cache| cache.mode() == cache::Mode::Everything) else {
        return Ok(None);
    };
    drop(cache);
    let cache = context.open_cache()?;
    let talk = Arc::clone(&context.talk);
    let warn = move |error: &cache::Error| talk.warn(format_args!("{error}; not all events are kept in the cache"));
    Ok(Some(Arc::new(Kept(cache::Writer::start(cache, intents, Box::new(warn))?))))
}

/// Events go to the cache's thread.
struct Kept(cache::Writer);

impl gateway::Tap for Kept {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn gateway::ShardTap> {
        Box::new(KeptShard(self.0.shard(shard)))
    }
}

struct KeptShard(cache::writer::Shard);

impl gateway::ShardTap for KeptShard {
    fn event(&mut self, name: &[u8], data: &[u8], now: Instant) {
        self.0.event(name, data, now, time::now_ms);
    }

    fn alive(&mut self, now: Instant) {
        self.0.alive(now, time::now_ms);
    }

    fn down(&mut self) {
        self.0.down(time::now_ms());
    }

    fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    fn tick(&mut self, _: Instant) {
        self.0.flush();
    }
}

/// The sessions of a consumer, held by this process alone.
fn consumer(context: &Context, consumer: Consumer) -> Result<Durable> {
    Ok(Durable::open(&paths::state_dir()?, Arc::new(context.state()?), consumer)?)
}

/// One thread for one shard: it has no work for more. Many shards share all processors.
fn runtime(shards: u32) -> io::Result<tokio::runtime::Runtime> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = processors.min(shards as usize);
    if threads < 2 {
        return tokio::runtime::Builder::new_current_thread().enable_all().build();
    }
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

async fn until_signalled(options: Options, sink: Box<dyn LineSink>) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    // Nobody sends commands yet.
    let (_, commands) = mpsc::channel(1);
    let signals = Signals::new()?;
    let mut listening = std::pin::pin!(gateway::listen(options, sink, commands, stopped));
    let signal = tokio::select! {
        ended = &mut listening => {
            ended?;
            return Ok(());
        }
        signal = signals.next() => Some(signal),
        () = reader_gone() => None,
    };
    stop.send_replace(true);
    listening.await?;
    signal.map_or(Ok(()), |signal| Err(Exit(signal).into()))
}

/// Ready when nobody reads stdout any more. Writing would tell, but a quiet stream writes nothing.
#[cfg(unix)]
async fn reader_gone() {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    let (gone, told) = tokio::sync::oneshot::channel();
    let watch = move || {
        let Ok(out) = Sink::open() else { return };
        // Asked for nothing, poll tells of errors and hang-ups alone.
        let mut fds = [PollFd::new(&out, PollFlags::empty())];
        while poll(&mut fds, None) == Err(Errno::INTR) {}
        if fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            // Listening may have ended meanwhile.
            let _ = gone.send(());
        }
    };
    // The thread has nothing to put in order: it ends with the process.
    let watching = std::thread::Builder::new().name("reader".to_owned()).spawn(watch);
    if watching.is_err() || told.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Elsewhere the next write tells.
#[cfg(not(unix))]
async fn reader_gone() {
    std::future::pending::<()>().await;
}

/// The signals that ask a process to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The exit status of the next signal.
    async fn next(mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => exit::INTERRUPTED,
            _ = self.terminate.recv() => exit::TERMINATED,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => exit::INTERRUPTED,
            // Without the handler nothing is told, and the system ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    }
}

/// What Discord says of its gateway, or said to some process a few seconds ago.
fn gateway_bot(context: &Context, client: &Client, request: &Request, scope: &str) -> Result<GatewayBot> {
    // Both only save a request, so nothing comes of it if they fail.
    let known = context.ledger().and_then(|ledger| gateway::recall(ledger, scope).ok()?);
    if let Some(known) = known {
        return Ok(known);
    }
    let answer = context.block_on(client.send(request))??;
    let found = serde_json::from_slice(&answer.body).context("cannot read what Discord says of its gateway")?;
    if let Some(ledger) = context.ledger() {
        let _ = gateway::remember(ledger, scope, &found);
    }
    Ok(found)
}

fn asked(matches: &ArgMatches, input: &mut Input) -> Result<Asked, Error> {
    let text = |name: &str| matches.get_one::<String>(name);
    let events = all(matches, "event")
        .map(|glob| EventGlob::parse(glob).map_err(|_| wrong("--event", glob, "an event, such as MESSAGE_CREATE")))
        .collect::<Result<Vec<_>, _>>()?;
    // Discord sends what it has not documented too, so this is no error.
    let unknown = events.iter().filter(|glob| !intents::is_documented(glob)).map(ToString::to_string).collect();
    let intents = match text("intents") {
        Some(list) => intents::parse(list)
            .map_err(|e| wrong("--intents", &e.0, "an intent, such as guild-messages, all or unprivileged"))?,
        None if events.is_empty() => intents::unprivileged(),
        None => intents::derive(&events),
    };
    let filter = Filter::new(
        events,
        ids(matches, "guild", Entity::Guild)?,
        ids(matches, "channel", Entity::Channel)?,
        ids(matches, "user", Entity::User)?,
    );
    let shards = match text("shards") {
        Some(set) => set.parse().map_err(|_| wrong("--shards", set, "auto, a count, or a part such as 0..8/16"))?,
        None => Shards::These(ShardRange::all(1)),
    };
    let compression = match text("compress").map(String::as_str) {
        Some("zlib") => Compression::Zlib,
        Some("payload") => Compression::Payload,
        Some("none") => Compression::None,
        _ => Compression::Zstd,
    };
    let properties = match text("properties") {
        Some(given) => {
            let given = input.text_or_file("--properties", given)?;
            let value = serde_json::from_str::<Value>(&given)
                .map_err(|source| Error::Json { flag: "--properties".to_owned(), source })?;
            if !value.is_object() {
                return Err(wrong("--properties", &given, "a JSON object"));
            }
            Some(value)
        }
        None => None,
    };
    let span = |name: &str| match text(name) {
        Some(span) => match time::duration(span) {
            Some(length) => Ok(Some(length)),
            None => Err(wrong(&format!("--{name}"), span, "a length of time, such as 30s or 2h")),
        },
        None => Ok(None),
    };
    Ok(Asked {
        shards,
        intents,
        unknown,
        filter,
        compression,
        properties,
        large_threshold: matches.get_one("large-threshold").copied(),
        presence: presence(text("status").map(String::as_str), text("activity").map(String::as_str))?,
        meta: matches.get_flag("meta"),
        count: matches.get_one("count").copied(),
        duration: span("duration")?,
        max_reconnects: matches.get_one("max-reconnects").copied(),
        reconnect_timeout: span("reconnect-timeout")?,
        consumer: text("consumer").cloned(),
    })
}

fn all<'a>(matches: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a String> {
    matches.get_many::<String>(name).into_iter().flatten()
}

fn ids(matches: &ArgMatches, name: &str, entity: Entity) -> Result<Vec<Snowflake>, Error> {
    let flag = format!("--{name}");
    all(matches, name)
        .map(|text| {
            let id = value::id(entity, &flag, text)?;
            id.parse().map_err(|_| wrong(&flag, text, "an id"))
        })
        .collect()
}

fn wrong(flag: &str, text: &str, wanted: &str) -> Error {
    Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() }
}

/// Kinds of activities, by the word before the colon.
/// Source: Discord's reference, "Gateway Events", "Activity Types".
const ACTIVITIES: [(&str, u8); 5] =
    [("playing", 0), ("streaming", 1), ("listening", 2), ("watching", 3), ("competing", 5)];

/// A text of its own is a custom status, whose text stands in `state`.
const CUSTOM: u8 = 4;

fn presence(status: Option<&str>, activity: Option<&str>) -> Result<Option<Value>, Error> {
    if status.is_none() && activity.is_none() {
        return Ok(None);
    }
    let status = match status {
        // Bots that wish to seem offline are invisible.
        Some("offline") => "invisible",
        other => other.unwrap_or("online"),
    };
    let activities: Vec<_> = activity.map(self::activity).transpose()?.into_iter().collect();
    Ok(Some(json!({"since": null, "activities": activities, "status": status, "afk": false})))
}

fn activity(text: &str) -> Result<Value, Error> {
    let kind = text.split_once(':').and_then(|(word, rest)| {
        let (_, kind) = ACTIVITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word.trim()))?;
        Some((*kind, rest.trim()))
    });
    Ok(match kind {
        // What is streamed is only shown as such with the address of the stream.
        Some((1, rest)) => match rest.rsplit_once(' ') {
            Some((name, url)) if url.starts_with("https://") => json!({"type": 1, "name": name.trim(), "url": url}),
            _ => return Err(wrong("--activity", text, "streaming:TEXT and the stream's https:// address")),
        },
        Some((kind, rest)) => json!({"type": kind, "name": rest}),
        None => json!({"type": CUSTOM, "name": "Custom Status", "state": text}),
    })
}

/// Where lines go. Plain lines into a pipe or a file are not looked at again; a terminal is
/// shielded, and a jq program or a choice of fields must see each event.
fn sink(context: &Context) -> Result<Box<dyn LineSink>> {
    let flags = &context.settings.flags;
    let jq = flags.jq.as_deref().map(Jq::compile).transpose()?;
    let fields = flags.fields.as_deref().map(Fields::parse).transpose()?;
    let format = match context.settings.output.as_deref() {
        Some(name) => Format::from_str(name)?,
        None => Format::Jsonl,
    };
    if let Format::Table | Format::Csv | Format::Id = format {
        let first = format!("-o {}", context.settings.output.as_deref().unwrap_or_default());
        return Err(Error::Conflict { first, second: "listen, which prints a line per event".to_owned() }.into());
    }
    #[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
    let terminal = io::stdout().is_terminal();
    if jq.is_none() && fields.is_none() && !terminal && format != Format::Json {
        let sink = Sink::open()?;
        #[cfg(target_os = "linux")]
        writer::enlarge_pipe(&sink);
        return Ok(Box::new(sink));
    }
    let format = if format == Format::Raw { Format::Jsonl } else { format };
    let style = Style { format, jq, fields, terminal, width: 0, color: false };
    let printer = Printer::new(Stdout::open(Some(context.talk.progress().clone()))?, style, View::default())?;
    Ok(Box::new(Printed(printer)))
}

/// Lines that are looked at once more on their way out.
struct Printed(Printer<Stdout>);

impl LineSink for Printed {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        let lines = lines.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let items = lines.map(serde_json::from_slice).collect::<Result<Vec<&RawValue>, _>>()?;
        self.0.page(&items).map_err(as_io)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.0.finish().map_err(as_io)
    }
}

fn as_io(error: output::Error) -> io::Error {
    match error {
        output::Error::Closed => io::ErrorKind::BrokenPipe.into(),
        output::Error::Full => io::ErrorKind::StorageFull.into(),
        other => io::Error::other(other),
    }
}

/// What happens to connections, told on stderr.
struct Notices(Arc<Talk>);

impl gateway::Notices for Notices {
    fn note(&self, (shard, shards): (u32, u32), note: &Note) {
        let shard = format_args!("shard {shard} of {shards}");
        match note {
            Note::Connected => self.0.debug(1, format_args!("{shard}: connected")),
            Note::Resumed { replayed } => self.0.debug(1, format_args!("{shard}: resumed, {replayed} events replayed")),
            Note::Reconnecting { why, wait, .. } if *wait >= Duration::from_secs(1) => {
                self.0.note(format_args!("{shard}: {why}; reconnecting in {}", time::in_words(*wait)));
            }
            Note::Reconnecting { why, .. } => self.0.debug(1, format_args!("{shard}: {why}; reconnecting")),
            Note::Gap { why, .. } => self.0.warn(format_args!("{shard}: {why}; events may be missing")),
            Note::Latency { latency } => {
                self.0.debug(2, format_args!("{shard}: heartbeat took {}", time::in_words(*latency)));
            }
            Note::Closed { why } => self.0.debug(2, format_args!("{shard}: {why}")),
        }
    }

    fn trouble(&self, (shard, shards): (u32, u32), what: &dyn Display) {
        self.0.warn(format_args!("shard {shard} of {shards}: {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Asked, Error> {
        let words = std::iter::once("listen").chain(line.split_whitespace());
        let matches = args(Command::new("listen")).try_get_matches_from(words).unwrap();
        asked(&matches, &mut Input::default())
    }

    #[test]
    fn the_intents_are_those_named_or_those_the_events_need() {
        for (line, expected) in [
            ("", intents::unprivileged()),
            ("-e MESSAGE_CREATE", 1 << 9 | 1 << 12),
            ("-e guild-ban-add,typing-start", 1 << 2 | 1 << 11 | 1 << 14),
            ("-e MESSAGE_CREATE --intents guilds,message-content", 1 | 1 << 15),
            ("-e READY", 0),
            ("--intents 513", 513),
        ] {
            assert_eq!(parse(line).unwrap().intents, expected, "{line}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_flag() {
        for (line, flag) in [
            ("-e message.create", "--event"),
            ("--intents guild", "--intents"),
            ("--shards 4/4", "--shards"),
            ("--guild here", "--guild"),
            ("--user @me", "--user"),
            ("--duration soon", "--duration"),
            ("--reconnect-timeout -5s", "--reconnect-timeout"),
            ("--properties [1]", "--properties"),
            ("--activity streaming:chess", "--activity"),
        ] {
            let words: Vec<_> = line.split_whitespace().collect();
            let error = match parse(&line.replace(" -5s", "=-5s")) {
                Ok(_) => panic!("{line} is taken"),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(flag) || error.contains(words[1]), "{line}: {error}");
        }
    }

    #[test]
    fn options_are_read_as_typed() {
        let line = "--shards 0..2/4 --compress zlib --count 5 --duration 2m --large-threshold 100 --max-reconnects 3 \
                    --reconnect-timeout 1h --meta";
        let asked = parse(line).unwrap();
        assert_eq!(asked.shards, Shards::These(ShardRange { first: 0, end: 2, total: 4 }));
        assert_eq!(asked.compression, Compression::Zlib);
        assert_eq!((asked.count, asked.duration), (Some(5), Some(Duration::from_secs(120))));
        assert_eq!((asked.large_threshold, asked.max_reconnects), (Some(100), Some(3)));
        assert_eq!((asked.reconnect_timeout, asked.meta), (Some(Duration::from_secs(3600)), true));
    }

    #[test]
    fn a_presence_is_a_status_and_an_activity() {
        assert_eq!(presence(None, None).unwrap(), None);
        let idle = presence(Some("idle"), Some("watching: the door")).unwrap().unwrap();
        assert_eq!(
            idle,
            json!({"since": null, "activities": [{"type": 3, "name": "the door"}], "status": "idle", "afk": false})
        );
        for (text, expected) in [
            ("Playing:Chess", json!({"type": 0, "name": "Chess"})),
            ("streaming:Chess https://twitch.tv/x", json!({"type": 1, "name": "Chess", "url": "https://twitch.tv/x"})),
            ("back at 9:00", json!({"type": 4, "name": "Custom Status", "state": "back at 9:00"})),
        ] {
            assert_eq!(activity(text).unwrap(), expected);
        }
    }

    #[test]
    fn help_fits_its_column() {
        for arg in args(Command::new("listen")).get_arguments() {
            let help = arg.get_help().expect("every option says what it does").to_string();
            assert!(help.chars().count() <= 72 && !help.ends_with('.'), "{}: {help}", arg.get_id());
        }
    }
}
