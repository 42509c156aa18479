//! `dcord message purge` deletes the messages of a channel that match filters.
//!
//! The command first reads the channel and collects the ids, so that it can say how many messages it will delete and
//! how long that takes. It stores only the ids, which take eight bytes per message.

mod criteria;
mod queue;

use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use serde_json::value::RawValue;

use self::criteria::{Criteria, Verdict};
use self::queue::{Queue, Step};
use super::signals::{Ending, Signals};
use super::{chat, dry_run};
use crate::call::bind::{Bound, Values};
use crate::call::{self, CacheMode, Content, Planned, Policy, Question, Wants, admission, overwrite};
use crate::catalogue::{Endpoint, rows};
use crate::cli::Error;
use crate::config::settings::DryRun;
use crate::context::{Context, view};
use crate::error::{self, Exit, Refused, Report, Result, exit};
use crate::model::{Snowflake, items};
use crate::output::{Printer, Stdout};
use crate::rest::{Body, Request, Text};
use crate::view::{Names, distance};

/// Discord's error codes ("JSON Error Codes").
const UNKNOWN_MESSAGE: i64 = 10_008;
const SYSTEM_MESSAGE: i64 = 50_021;
const TOO_OLD_FOR_BULK: i64 = 50_034;

/// The messages that a purge has found.
#[derive(Default)]
struct Found {
    /// In descending order, newest first.
    ids: Vec<Snowflake>,
    pinned: u64,
    undeletable: u64,
}

/// A running purge.
struct Purge<'a> {
    context: &'a Context,
    /// The policy for the requests of the purge, which the user has already confirmed.
    policy: Policy<'a>,
    bound: Bound,
    /// The name of the channel, such as `#general`.
    channel: String,
    names: Names<'static>,
}

pub fn run(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let row = bound.endpoint;
    let fields = bound.request.body.json().cloned().unwrap_or_default();
    let criteria = Criteria::of(&fields)?;
    let has_period = bound.request.query.iter().any(|(name, _)| name == "before" || name == "after");
    if !criteria.is_narrow() && !has_period && bound.limit.is_none() && !bound.all {
        return Err(Error::Missing {
            what: "--limit N, --all or a filter such as --author USER".to_owned(),
            usage: "message purge CHANNEL [--limit N | --all] [FILTERS]".to_owned(),
            hint: Some(
                "the filters are --author, --content, --regex, --bots, --links, --attachments, --before and --after"
                    .into(),
            ),
        }
        .into());
    }
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: row.words() }.into());
    }
    let mut printer = context.printer(view(if policy.dry_run { rows::LIST_MESSAGES } else { row }))?;
    context.block_on(async {
        context.app.authenticate(row.auth);
        admission::check_request(&context.app, policy, Some(row), Some(row), &bound.request).await?;
        call::admit(&context.app, row)?;
        let id = bound.request.plain_segment("channel_id").unwrap_or_default().to_owned();
        let names = context.names();
        let purge = Purge {
            context,
            policy: policy.for_steps(),
            bound,
            channel: name(context, policy, &names, &id).await?,
            names,
        };
        if policy.dry_run {
            purge.plan(&criteria, &mut printer).await
        } else {
            purge.delete(&criteria, policy, &mut printer).await
        }
    })?
}

impl Purge<'_> {
    /// Lists the messages that match, or with `--dry-run=curl`, the requests that would delete them.
    async fn plan(&self, criteria: &Criteria, printer: &mut Printer<Stdout>) -> Result<()> {
        let context = self.context;
        if context.settings.flags.dry_run == Some(DryRun::Curl) {
            let found = self.find(criteria, |_| Ok(())).await?;
            let mut queue = Queue::new(&found.ids, self.now());
            while let Some(step) = queue.next(self.now()) {
                let (row, request) = self.request(&step);
                dry_run::print(context, &Planned { request, row: Some(row), plan: None })?;
            }
            return Ok(());
        }
        let shown = Values { limit: self.bound.limit, all: self.bound.limit.is_none(), ..Values::default() };
        if let Some(prose) = chat::of(context, rows::LIST_MESSAGES, &shown)? {
            printer.set_prose(prose);
        }
        if printer.uses_reader() {
            printer.set_reader(Box::new(context.reader(rows::LIST_MESSAGES)));
        }
        let found = self.find(criteria, |items| Ok(printer.page(items)?)).await?;
        context.finish(printer)?;
        self.note_kept(&found);
        match self.summary(criteria, &found) {
            None => context.console.note(format_args!("no message matches in {}", self.channel)),
            Some(summary) => context.console.note(format_args!("a purge would delete {summary}; nothing was deleted")),
        }
        Ok(())
    }

    async fn delete(&self, criteria: &Criteria, policy: &Policy<'_>, printer: &mut Printer<Stdout>) -> Result<()> {
        let console = &self.context.console;
        let found = self.find(criteria, |_| Ok(())).await?;
        self.note_kept(&found);
        let Some(summary) = self.summary(criteria, &found) else {
            console.note(format_args!("no message matches in {}; nothing was deleted", self.channel));
            return Ok(());
        };
        policy.confirm.ask(Question::Destroy { words: format!("delete {summary}"), typed: None })?;
        let total = found.ids.len();
        let mut queue = Queue::new(&found.ids, self.now());
        drop(found);
        let (mut deleted, mut failed) = (0, Vec::new());
        let mut signals = Signals::new()?;
        let progress = console.progress().show("deleting messages", Some(total as u64));
        let ended = loop {
            let Some(step) = queue.next(self.now()) else { break Ok(()) };
            progress.set(&progress_text(deleted, total, queue.estimate()), (deleted + failed.len()) as u64);
            let sent = tokio::select! {
                sent = self.send(&step) => sent,
                ending = signals.next() => break Err(Exit(ending.status()).into()),
            };
            match (sent, step) {
                (Ok(()), step) => {
                    let ids = step.ids();
                    deleted += ids.len();
                    self.print(&ids, printer)?;
                }
                (Err(error), step) => match (code(&error), step) {
                    // Somebody else has already deleted the message.
                    (Some(UNKNOWN_MESSAGE), Step::Single(_)) => deleted += 1,
                    (Some(TOO_OLD_FOR_BULK), Step::Bulk(ids)) => queue.delete_singly(ids),
                    (Some(SYSTEM_MESSAGE), Step::Single(id)) => failed.push(id),
                    _ => break Err(error),
                },
            }
        };
        drop(progress);
        printer.finish()?;
        if let Err(error) = ended {
            console.note(format_args!(
                "{deleted} of {} were deleted; run the same command again to delete the rest",
                messages(total)
            ));
            return Err(error);
        }
        if console.options().terminal {
            console.note(format_args!("deleted {} in {}", messages(deleted), self.channel));
        }
        if failed.is_empty() { Ok(()) } else { Err(Box::new(undeletable(&failed, total)).into()) }
    }

    /// Reads the channel from the newest message, and collects the ids of the messages that match. Passes the
    /// matching messages of each page to `matching`.
    async fn find(&self, criteria: &Criteria, mut matching: impl FnMut(&[&RawValue]) -> Result<()>) -> Result<Found> {
        let row = rows::LIST_MESSAGES;
        let mut request = Request::new(row);
        if let Some(channel) = self.bound.request.segment("channel_id") {
            request.set_segment("channel_id", channel.clone());
        }
        let cursor = |name: &str| self.bound.request.query.iter().find(|(n, _)| n == name).map(|(_, id)| id.clone());
        // With `after`, a list begins with the oldest message, but the newest messages should be deleted first.
        let after: Option<Snowflake> = cursor("after").and_then(|id| id.parse().ok());
        request.query.extend(cursor("before").map(|id| ("before".to_owned(), id)));
        let limit = self.bound.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let bound = Bound { command: self.bound.command, all: true, ..Bound::of(row, request) };
        let outcome = call::execute(&self.context.app, bound, &self.policy, Wants::default()).await?;
        let Content::Pages(mut listing) = outcome.content else {
            return Err(anyhow::anyhow!("the messages of a channel are a list").into());
        };
        let (mut found, mut read) = (Found::default(), 0);
        let mut signals = Signals::new()?;
        let progress = self.context.console.progress().show("reading messages", None);
        while found.ids.len() < limit {
            let page = tokio::select! {
                page = listing.next() => page?,
                ending = signals.next() => return Err(interrupted(self.context, ending)),
            };
            let Some(page) = page else { break };
            let mut selected = Vec::new();
            let mut is_past = false;
            for item in page.items() {
                let verdict = criteria.judge(item)?;
                is_past |= after.is_some_and(|after| id_of(item).is_some_and(|id| id <= after));
                if is_past || found.ids.len() >= limit {
                    break;
                }
                match verdict {
                    Verdict::Delete(id) => {
                        if !criteria.authors().is_empty() {
                            self.names.learn(&serde_json::from_str(item.get())?);
                        }
                        found.ids.push(id);
                        selected.push(item);
                    }
                    Verdict::Pinned => found.pinned += 1,
                    Verdict::Undeletable => found.undeletable += 1,
                    Verdict::NoMatch => {}
                }
            }
            read += page.len();
            progress.set(&format!("read {}, {} of them match", messages(read), found.ids.len()), 0);
            matching(&selected)?;
            if is_past {
                break;
            }
        }
        Ok(found)
    }

    /// `132 messages by @ken in #general (the oldest was sent 3 days ago), which takes about 2 min`; `None` if there are none.
    fn summary(&self, criteria: &Criteria, found: &Found) -> Option<String> {
        let oldest = found.ids.last()?;
        let now = self.now();
        let ago = i64::try_from(now.saturating_sub(oldest.timestamp_ms())).unwrap_or(i64::MAX);
        let oldest = match &found.ids[..] {
            [_] => format!("sent {}", distance(-ago)),
            _ => format!("the oldest was sent {}", distance(-ago)),
        };
        let estimate = Queue::new(&found.ids, now).estimate();
        let takes = match estimate {
            short if short < Duration::from_secs(5) => String::new(),
            long => format!(", which takes about {}", about(long)),
        };
        Some(format!("{}{} in {} ({oldest}){takes}", messages(found.ids.len()), self.by(criteria), self.channel))
    }

    /// ` by @ken`, or an empty string if messages of all authors match.
    fn by(&self, criteria: &Criteria) -> String {
        let named = |id: &String| self.names.user(id).map_or_else(|| format!("user {id}"), |name| format!("@{name}"));
        match criteria.authors() {
            [] => String::new(),
            authors => format!(" by {}", authors.iter().map(named).collect::<Vec<_>>().join(", ")),
        }
    }

    fn note_kept(&self, found: &Found) {
        let console = &self.context.console;
        match found.pinned {
            0 => {}
            1 => console.note("1 pinned message that matches stays; to delete it too, use --pinned"),
            count => {
                console.note(format_args!("{count} pinned messages that match stay; to delete them too, use --pinned"));
            }
        }
        match found.undeletable {
            0 => {}
            1 => console.note("1 system message that matches stays, because Discord does not let anyone delete it"),
            count => console.note(format_args!(
                "{count} system messages that match stay, because Discord does not let anyone delete them"
            )),
        }
    }

    /// The request that deletes the messages of a step.
    fn request(&self, step: &Step) -> (&'static Endpoint, Request) {
        let row = match step {
            Step::Bulk(_) => rows::BULK_DELETE_MESSAGES,
            Step::Single(_) => rows::DELETE_MESSAGE,
        };
        let mut request = Request::new(row);
        if let Some(channel) = self.bound.request.segment("channel_id") {
            request.set_segment("channel_id", channel.clone());
        }
        match step {
            Step::Bulk(ids) => {
                let ids: Vec<String> = ids.iter().map(Snowflake::to_string).collect();
                request.body = Body::Json(json!({"messages": ids}));
            }
            Step::Single(id) => request.set_segment("message_id", Text::Plain(id.to_string())),
        }
        request.reason.clone_from(&self.bound.request.reason);
        (row, request)
    }

    async fn send(&self, step: &Step) -> Result<()> {
        let (row, request) = self.request(step);
        let bound = Bound { command: self.bound.command, ..Bound::of(row, request) };
        call::execute(&self.context.app, bound, &self.policy, Wants::default()).await.map(|_| ())
    }

    /// Prints the ids of deleted messages, if the output is for a program.
    fn print(&self, ids: &[Snowflake], printer: &mut Printer<Stdout>) -> Result<()> {
        if printer.is_for_people() {
            return Ok(());
        }
        let channel = self.bound.request.plain_segment("channel_id");
        for id in ids {
            let item = json!({"id": id.to_string(), "channel_id": channel}).to_string();
            printer.item(&RawValue::from_string(item).context("an object is JSON")?)?;
        }
        Ok(printer.flush()?)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.context.clock.wall_ms()).unwrap_or(0)
    }
}

impl Step {
    fn ids(self) -> Vec<Snowflake> {
        match self {
            Self::Bulk(ids) => ids,
            Self::Single(id) => vec![id],
        }
    }
}

/// The name of the channel, such as `#general`.
async fn name(context: &Context, policy: &Policy<'_>, names: &Names<'_>, id: &str) -> Result<String> {
    let named = |name: &str| format!("#{name}");
    match names.channel(id) {
        Some(known) => Ok(named(&known)),
        None => {
            let channel = overwrite::channel(&context.app, policy, id).await?;
            Ok(channel["name"].as_str().map_or_else(|| format!("channel {id}"), named))
        }
    }
}

fn id_of(item: &RawValue) -> Option<Snowflake> {
    items::text(item, "id")?.parse().ok()
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

/// A length of time in one unit.
fn about(length: Duration) -> String {
    match length.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

fn progress_text(deleted: usize, total: usize, left: Duration) -> String {
    let left = if left.is_zero() { String::new() } else { format!(", about {} left", about(left)) };
    format!("deleted {deleted} of {}{left}", messages(total))
}

/// Discord's error code, if Discord reported the error.
fn code(error: &error::Error) -> Option<i64> {
    error::report(error, &error::Peer::Discord)?.code
}

fn interrupted(context: &Context, ending: Ending) -> error::Error {
    context.console.note("interrupted before any message was deleted");
    Exit(ending.status()).into()
}

/// The error for messages that Discord does not allow anyone to delete.
fn undeletable(ids: &[Snowflake], total: usize) -> Report {
    /// The maximum number of ids. Further messages are only counted.
    const MOST: usize = 10;
    let shown: Vec<String> = ids.iter().take(MOST).map(Snowflake::to_string).collect();
    let more = if ids.len() > MOST { ", …" } else { "" };
    let message = format!("{} of {} could not be deleted: {}{more}", ids.len(), messages(total), shown.join(", "));
    let hint = "Discord does not let anyone delete these system messages; the others were deleted".to_owned();
    Report::new(exit::PARTLY, "partial", message, Some(hint))
}
