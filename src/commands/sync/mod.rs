//! `dcord cache sync` keeps the messages of channels and threads in the cache.
//!
//! Each page of messages is stored together with the position after it, so the command can end at any time and continue later.

mod place;
mod target;
mod walk;

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::place::Place;
use self::target::Target;
use self::walk::{Extent, Step, Walk};
use super::signals::Signals;
use super::{dry_run, endpoint};
use crate::cache::{self, Archive, Cache, HistoryPage, Pins, Span};
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Confirm, Content, Listing, Planned, Policy, Wants};
use crate::catalogue::{Auth, Endpoint, rows};
use crate::cli::Error;
use crate::cli::globals::whole;
use crate::config::env;
use crate::context::Context;
use crate::error::{self, Exit, Refused, Report, Result, exit};
use crate::model::{Snowflake, items, time};
use crate::output::progress::ProgressGuard;
use crate::output::{Printer, Stdout, View};
use crate::rest::{Request, Text};
use crate::view::counted;

/// The arguments of the command.
pub fn args(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    command
        .override_usage("dcord cache sync TARGET... [OPTIONS]")
        .arg(
            Arg::new("target")
                .value_name("TARGET")
                .num_args(0..)
                .help("Channel, thread, category or server: id, name, mention or link"),
        )
        .arg(flag("threads", "Read the threads of each channel, active and archived [default]").conflicts_with("no-threads"))
        .arg(flag("no-threads", "Do not read the threads of channels"))
        .arg(flag("list", "List the channels that are stored, and send nothing").conflicts_with_all(["target", "threads", "no-threads", "after", "limit"]))
        .arg(
            Arg::new("after")
                .long("after")
                .value_name("ID|TIME")
                .help("Do not read back further than this message id or time"),
        )
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .value_parser(whole::<u64>(1, u64::MAX))
                .help("Read at most this many messages of each channel in this run"),
        )
        .after_help(
            "Stores all messages and pins of the channels, and of their active and archived threads. Stored messages stay\n\
             in the cache until `dcord cache clear message` removes them: the policy for messages does not apply to them.\n\
             A category stands for its channels, and a server for all channels that the bot can view. Private archived\n\
             threads need MANAGE_THREADS; without it, dcord reads those that the bot has joined.\n\n\
             The next run reads only what is new. A run that was interrupted, or ended by --limit, continues where it\n\
             stopped. dcord does not notice if a message is edited or deleted after it was stored; after\n\
             `dcord cache enable`, `dcord listen` updates and removes stored messages.\n\n\
             In a pipe, dcord prints one JSON line for each channel with new messages. If a channel cannot be read, dcord\n\
             reports it, continues with the others, and exits with status 3.\n\n\
             Examples:\n  dcord cache sync '#general'\n  dcord cache sync 'My Server' --after 2026-01-01\n  \
             dcord cache sync '#support' --no-threads && dcord cache search 'refund' --channel '#support'",
        )
}

/// What a run has done so far.
#[derive(Default)]
struct Tally {
    channels: u64,
    messages: u64,
    failed: u64,
}

/// The result for one channel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Everything that was asked for is stored.
    Done,
    /// There is more to read, or the channel cannot be read.
    Unfinished,
}

/// A running sync.
struct Sync<'a> {
    context: &'a Context,
    policy: Policy<'a>,
    extent: Extent,
    with_threads: bool,
    /// The channel, if there is only one. Its error is that of the run.
    only: Option<u64>,
    printer: Printer<Stdout>,
    /// The output for people, which is printed at the end.
    shown: Vec<Value>,
    tally: Tally,
    progress: ProgressGuard,
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    if matches.get_flag("list") {
        return list(context);
    }
    let targets: Vec<&String> = matches.get_many("target").into_iter().flatten().collect();
    if targets.is_empty() {
        let usage = "cache sync TARGET...".to_owned();
        let hint = Some("a TARGET is a channel, a thread, a category or a server".into());
        return Err(Error::Missing { what: "TARGET".to_owned(), usage, hint }.into());
    }
    let after = match matches.get_one::<String>("after") {
        None => 0,
        Some(text) => match time::cursor(text, &env::now(&context.clock)) {
            Ok((id, _)) => id.get(),
            Err(why) => return Err(Error::Time { flag: "--after".to_owned(), text: text.clone(), why }.into()),
        },
    };
    let policy = endpoint::policy(context, None, &|_| call::Reply::Unanswered)?;
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: "cache sync".to_owned() }.into());
    }
    context.app.authenticate(Auth::Bot);
    context.app.token()?;
    if context.app.cache().is_none() {
        let hint = "run `dcord cache enable`, or leave out --no-cache".to_owned();
        let report = Report::new(exit::REFUSED, "refused", "cache sync needs the cache, which is disabled", Some(hint));
        return Err(Box::new(report).into());
    }
    let extent = Extent { after, most: matches.get_one("limit").copied().unwrap_or(u64::MAX) };
    let mut sync = Sync {
        context,
        policy: Policy { confirm: Confirm::Granted, dry_run: false, ..policy },
        extent,
        with_threads: !matches.get_flag("no-threads"),
        only: None,
        printer: context.printer(VIEW)?,
        shown: Vec::new(),
        tally: Tally::default(),
        progress: context.console.progress().show("looking up the channels", None),
    };
    if context.settings.flags.dry_run.is_some() {
        return context.block_on(sync.plan(&targets))?;
    }
    let ended = context.block_on(async {
        let mut signals = Signals::new()?;
        tokio::select! {
            ended = sync.all(&targets) => ended,
            ending = signals.next() => Err(Exit(ending.status()).into()),
        }
    })?;
    sync.finish(ended)
}

const VIEW: View = View {
    columns: &["channel", "new", "messages", "oldest", "newest", "complete"],
    id: Some("channel_id"),
    link: None,
    items: None,
};

/// Prints the channels that the cache keeps.
fn list(context: &Context) -> Result<()> {
    context.app.authenticate(Auth::Any);
    let cache = context.app.open_cache()?;
    let (names, mut rows) = (context.names(), Vec::new());
    for history in cache.histories()? {
        let messages = cache.count_history(history.channel)?;
        if messages == 0 {
            continue;
        }
        let id = history.channel.to_string();
        let mut line = line(&id, names.channel(&id).map(|name| format!("#{name}")).as_deref(), history.span, messages);
        line["synced_at"] = time::rfc3339(history.synced_at).into();
        rows.push(line);
    }
    if rows.is_empty() && context.console.options().terminal {
        context.console.note("no channel is stored yet; `dcord cache sync CHANNEL` stores one");
    }
    let columns = &["channel", "messages", "oldest", "newest", "complete", "synced_at"];
    context.print_list(View { columns, ..VIEW }, &rows)
}

/// The output for a channel.
fn line(id: &str, name: Option<&str>, span: Span, messages: u64) -> Value {
    let moment = |id: u64| {
        let ms = i64::try_from(Snowflake::new(id).timestamp_ms()).unwrap_or(0);
        time::rfc3339(ms).filter(|_| span.has_messages())
    };
    json!({
        "channel_id": id,
        "channel": name,
        "messages": messages,
        "oldest": moment(span.oldest),
        "newest": moment(span.newest),
        "complete": span.is_complete,
    })
}

impl<'a> Sync<'a> {
    /// Prints the first request for each target.
    async fn plan(self, targets: &[&String]) -> Result<()> {
        drop(self.progress);
        for target in targets {
            let (row, name, id) = match target::find(self.context, &self.policy, target).await? {
                Target::Channel(id) => (rows::LIST_MESSAGES, "channel_id", id),
                Target::Server(id) => (rows::LIST_CHANNELS, "guild_id", id),
            };
            let request = request(row, name, id);
            dry_run::print(self.context, &Planned { request, row: Some(row), plan: None })?;
        }
        Ok(())
    }

    async fn all(&mut self, targets: &[&String]) -> Result<()> {
        let mut places: Vec<Place> = Vec::new();
        for target in targets {
            match target::find(self.context, &self.policy, target).await? {
                Target::Server(id) => places.extend(self.channels(id).await?),
                Target::Channel(id) => match self.channel(id).await {
                    Ok(place) if place.is_category() => {
                        let channels = match place.guild {
                            Some(guild) => self.channels(guild).await?,
                            None => Vec::new(),
                        };
                        places.extend(channels.into_iter().filter(|channel| channel.parent == Some(id)));
                    }
                    Ok(place) => places.push(place),
                    Err(error) if targets.len() == 1 => return Err(error),
                    Err(error) => self.fail(&format!("channel {id}"), error)?,
                },
            }
        }
        let mut seen = HashSet::new();
        places.retain(|place| seen.insert(place.id) && !place.is_category());
        let threads = if self.with_threads { self.active_threads(&places).await? } else { Vec::new() };
        let total = places.len();
        self.only = places.first().filter(|_| total == 1).map(|place| place.id);
        for (at, place) in places.iter().enumerate() {
            let part = if total > 1 { format!("{} of {total}: ", at + 1) } else { String::new() };
            self.one(place, &part).await?;
            if self.with_threads && place.has_threads() {
                for thread in threads.iter().filter(|thread| thread.parent == Some(place.id)) {
                    // It may be a target of its own.
                    if seen.insert(thread.id) {
                        self.one(thread, &part).await?;
                    }
                }
                if let Err(error) = self.archived(place, &part).await {
                    self.fail(&format!("the archived threads of {}", place.name), error)?;
                }
            }
        }
        Ok(())
    }

    /// A channel, as Discord describes it now.
    async fn channel(&self, id: u64) -> Result<Place> {
        let channel = call::overwrite::channel(&self.context.app, &self.policy, &id.to_string()).await?;
        Place::read(&channel, None).ok_or_else(|| anyhow::anyhow!("Discord's response is not a channel").into())
    }

    /// The channels of a server that the bot can view.
    async fn channels(&self, guild: u64) -> Result<Vec<Place>> {
        let mut listing = self.list(rows::LIST_CHANNELS, "guild_id", guild, true, Wants::default()).await?;
        self.places(&mut listing, guild).await
    }

    /// The active threads of the servers of these channels.
    async fn active_threads(&self, places: &[Place]) -> Result<Vec<Place>> {
        let mut guilds: Vec<u64> =
            places.iter().filter(|place| place.has_threads()).filter_map(|place| place.guild).collect();
        guilds.sort_unstable();
        guilds.dedup();
        let mut threads = Vec::new();
        for guild in guilds {
            let mut listing = self.list(rows::LIST_ACTIVE_THREADS, "guild_id", guild, true, Wants::default()).await?;
            threads.extend(self.places(&mut listing, guild).await?);
        }
        Ok(threads)
    }

    async fn places(&self, listing: &mut Listing<'_>, guild: u64) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        while let Some(page) = listing.next().await? {
            for item in page.items() {
                places.extend(Place::read(&serde_json::from_str(item.get())?, Some(guild)));
            }
        }
        Ok(places)
    }

    async fn list(
        &self,
        row: &'static Endpoint,
        name: &'static str,
        id: u64,
        all: bool,
        wants: Wants,
    ) -> Result<Listing<'a>> {
        self.request(row, request(row, name, id), all, wants).await
    }

    async fn request(&self, row: &'static Endpoint, request: Request, all: bool, wants: Wants) -> Result<Listing<'a>> {
        let bound = Bound { all, ..Bound::of(row, request) };
        match call::execute(&self.context.app, bound, &self.policy, wants).await?.content {
            Content::Pages(listing) => Ok(*listing),
            _ => Err(anyhow::anyhow!("{} is not a list", row.words()).into()),
        }
    }

    /// Reads a channel or thread, unless it cannot be read.
    async fn one(&mut self, place: &Place, part: &str) -> Result<Outcome> {
        let mut new = 0;
        let result = self.messages(place, part, &mut new).await;
        self.tally.channels += 1;
        self.tally.messages += new;
        self.report(place, new)?;
        match result {
            Ok(outcome) => Ok(outcome),
            Err(error) if self.only == Some(place.id) => Err(error),
            Err(error) => self.fail(&place.name, error).map(|()| Outcome::Unfinished),
        }
    }

    /// Reads the messages and pins of a channel. `new` counts the messages.
    async fn messages(&mut self, place: &Place, part: &str, new: &mut u64) -> Result<Outcome> {
        let known = self.cache(|cache| cache.history(place.id))?;
        let span = known.as_ref().map_or(Span::EMPTY, |known| known.span);
        if !place.has_messages() {
            // The position in its archived threads needs a history.
            let span = Span { is_complete: true, ..span };
            return self.write(place, self.now_ms(), &[], span, true).map(|()| Outcome::Done);
        }
        let mut walk = Walk::new(span, self.extent, place.latest);
        if walk.is_current() {
            self.write(place, self.now_ms(), &[], walk.span(), true)?;
        }
        while let Some(next) = walk.next() {
            let shown = if *new == 0 { String::new() } else { format!(", {new} new messages") };
            self.progress.set(&format!("{part}{}{shown}", place.name), 0);
            let asked_ms = self.now_ms();
            let page = self.page(place.id, next).await?;
            let messages = page.as_ref().map(crate::rest::Page::items).unwrap_or_default();
            let ids: Vec<u64> = messages.iter().filter_map(|message| id_of(message)).collect();
            if ids.is_empty() && walk.span().has_messages() && matches!(next.0, Step::Before(_)) {
                self.check_history(place).await?;
            }
            if !walk.advance(next, &ids) {
                return Err(anyhow::anyhow!("Discord sends the same page of messages again").into());
            }
            *new += ids.len() as u64;
            self.write(place, asked_ms, &messages, walk.span(), walk.is_current())?;
        }
        if walk.span() == (Span { is_complete: true, ..Span::EMPTY }) && place.latest.is_some_and(|id| id > 0) {
            self.context.console.warn(format_args!(
                "Discord returns no messages of {}; the bot may lack the permission READ_MESSAGE_HISTORY there",
                place.name
            ));
        }
        self.pins(place, known.and_then(|known| known.pins).as_deref()).await?;
        Ok(if walk.is_done() { Outcome::Done } else { Outcome::Unfinished })
    }

    /// Reads one page of messages.
    async fn page(&self, channel: u64, (step, size): (Step, u64)) -> Result<Option<crate::rest::Page>> {
        let mut request = request(rows::LIST_MESSAGES, "channel_id", channel);
        let cursor = match step {
            Step::Newest => None,
            Step::After(id) => Some(("after", id)),
            Step::Before(id) => Some(("before", id)),
        };
        let query = cursor.into_iter().chain([("limit", size)]);
        request.query.extend(query.map(|(name, value)| (name.to_owned(), value.to_string())));
        let wants = Wants { unstored: true, ..Wants::default() };
        self.request(rows::LIST_MESSAGES, request, false, wants).await?.next().await
    }

    /// Without READ_MESSAGE_HISTORY, Discord returns empty pages, which look like the beginning of the channel.
    async fn check_history(&self, place: &Place) -> Result<()> {
        match self.page(place.id, (Step::Newest, 1)).await? {
            Some(page) if !page.is_empty() => Ok(()),
            _ => {
                let why = "the bot may no longer read the history of this channel";
                let hint = "the bot needs the permission READ_MESSAGE_HISTORY there".to_owned();
                Err(Box::new(Report::new(exit::FORBIDDEN, "forbidden", why, Some(hint))).into())
            }
        }
    }

    /// Reads the pins of a channel, if they have changed.
    async fn pins(&self, place: &Place, known: Option<&str>) -> Result<()> {
        let last = place.last_pin.as_str();
        if known.unwrap_or_default() == last {
            return Ok(());
        }
        let asked_ms = self.now_ms();
        let wants = Wants { unstored: true, ..Wants::default() };
        let mut listing = self.list(rows::LIST_PINS, "channel_id", place.id, true, wants).await?;
        let mut pinned: Vec<Box<RawValue>> = Vec::new();
        while let Some(page) = listing.next().await? {
            pinned.extend(page.items().iter().filter_map(|item| items::field(item, "message")).map(RawValue::to_owned));
        }
        let messages: Vec<&RawValue> = pinned.iter().map(|message| &**message).collect();
        let pins = Pins { channel: place.id, guild: place.guild, asked_ms, messages: &messages, last };
        self.cache(|cache| cache.write_pins(&pins, self.now_ms()))
    }

    /// Reads the archived threads of a channel. The threads that were archived before an earlier complete run have not changed
    /// since, because a message in a thread reopens it.
    async fn archived(&mut self, place: &Place, part: &str) -> Result<()> {
        let lists =
            [(Archive::Public, rows::LIST_ARCHIVED_THREADS), (Archive::Private, rows::LIST_PRIVATE_ARCHIVED_THREADS)];
        for (archive, row) in lists {
            if archive == Archive::Private && !place.has_private_threads() {
                continue;
            }
            match self.archive(place, archive, row, part).await {
                Err(error) if archive == Archive::Private && status(&error) == Some(403) => {
                    self.archive(place, archive, rows::LIST_JOINED_ARCHIVED_THREADS, part).await?;
                }
                result => result?,
            }
        }
        Ok(())
    }

    async fn archive(&mut self, place: &Place, archive: Archive, row: &'static Endpoint, part: &str) -> Result<()> {
        let known = self.cache(|cache| cache.history(place.id))?;
        // Only the lists of all threads are in the order in which the threads were archived.
        let is_ordered = row != rows::LIST_JOINED_ARCHIVED_THREADS;
        let until = known.map_or(0, |known| match archive {
            Archive::Public => known.public_until,
            Archive::Private => known.private_until,
        });
        let after_ms = i64::try_from(Snowflake::new(self.extent.after).timestamp_ms()).unwrap_or(0);
        let until = if self.extent.after == 0 { until } else { until.max(after_ms) };
        // With --after, older threads and messages are still missing.
        let (mut latest, mut is_complete) = (until, is_ordered && self.extent.after == 0);
        let mut listing = self.list(row, "channel_id", place.id, true, Wants::default()).await?;
        'pages: while let Some(page) = listing.next().await? {
            for item in page.items() {
                let Some(thread) = Place::read(&serde_json::from_str(item.get())?, place.guild) else { continue };
                let archived_ms = thread.archived_ms.unwrap_or(latest);
                if is_ordered && archived_ms < until {
                    break 'pages;
                }
                latest = latest.max(archived_ms);
                is_complete &= self.one(&thread, part).await? == Outcome::Done;
            }
        }
        if is_complete && latest > until {
            self.cache(|cache| cache.set_archived_until(place.id, archive, latest))?;
        }
        Ok(())
    }

    fn write(&self, place: &Place, asked_ms: i64, messages: &[&RawValue], span: Span, is_current: bool) -> Result<()> {
        let page = HistoryPage { channel: place.id, guild: place.guild, asked_ms, messages, span, is_current };
        self.cache(|cache| cache.write_history(&page, self.now_ms()))
    }

    /// Reads or writes the cache. A sync cannot continue without it.
    fn cache<T>(&self, run: impl FnOnce(&mut Cache) -> Result<T, cache::Error>) -> Result<T> {
        match self.context.app.cache() {
            Some(mut cache) => Ok(run(&mut cache)?),
            None => Err(anyhow::anyhow!("the cache cannot be used any more").into()),
        }
    }

    fn now_ms(&self) -> i64 {
        self.context.clock.wall_ms()
    }

    /// Reports a channel that cannot be read. Any other error ends the run.
    fn fail(&mut self, what: &str, error: error::Error) -> Result<()> {
        match error::report(&error, &error::Peer::Discord) {
            Some(report) if matches!(report.exit, exit::FORBIDDEN | exit::NOT_FOUND) => {
                report.show_as_warning(what, &self.context.console);
                self.tally.failed += 1;
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Prints a channel with new messages.
    fn report(&mut self, place: &Place, new: u64) -> Result<()> {
        if new == 0 {
            return Ok(());
        }
        let (history, messages) = self.cache(|cache| {
            let history = cache.history(place.id)?;
            Ok((history, cache.count_history(place.id)?))
        })?;
        let span = history.map_or(Span::EMPTY, |history| history.span);
        let mut line = line(&place.id.to_string(), Some(&place.name), span, messages);
        line["new"] = new.into();
        if self.printer.is_for_people() {
            self.shown.push(line);
        } else {
            self.printer.item(&serde_json::value::to_raw_value(&line)?)?;
            self.printer.flush()?;
        }
        Ok(())
    }

    /// Prints the rest of the output, and returns the result of the run.
    fn finish(mut self, ended: Result<()>) -> Result<()> {
        let console = &self.context.console;
        drop(self.progress);
        if !self.shown.is_empty() {
            let shown: Vec<_> = self.shown.iter().map(serde_json::value::to_raw_value).collect::<Result<_, _>>()?;
            self.printer.page(&shown.iter().map(|line| &**line).collect::<Vec<_>>())?;
        }
        self.context.finish(&mut self.printer)?;
        let Tally { channels, messages, failed } = self.tally;
        if let Err(error) = ended {
            if channels > 0 {
                console
                    .note(format_args!("{messages} new messages are stored; run the same command again to continue"));
            }
            return Err(error);
        }
        if console.options().terminal {
            let (messages, channels) = (counted(messages, "new message"), counted(channels, "channel"));
            console.note(format_args!("read {messages} in {channels}, threads included"));
        }
        match failed {
            0 => Ok(()),
            _ => {
                let message = format!("{} could not be read", counted(failed, "channel"));
                let hint = match (channels, failed) {
                    (0, 1) => "the warning above gives the reason",
                    (0, _) => "the warnings above give the reasons",
                    (_, 1) => "the warning above gives the reason; the messages of the other channels are stored",
                    _ => "the warnings above give the reasons; the messages of the other channels are stored",
                }
                .to_owned();
                Err(Box::new(Report::new(exit::PARTLY, "partial", message, Some(hint))).into())
            }
        }
    }
}

fn request(row: &'static Endpoint, name: &'static str, id: u64) -> Request {
    let mut request = Request::new(row);
    request.set_segment(name, Text::Plain(id.to_string()));
    request
}

fn id_of(message: &RawValue) -> Option<u64> {
    items::text(message, "id")?.parse().ok()
}

fn status(error: &error::Error) -> Option<u16> {
    error::report(error, &error::Peer::Discord)?.status
}
