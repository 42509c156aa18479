//! `dcord thread archive --idle`: archives the threads of a channel or server in which nobody has written for some time.

use anyhow::Context as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::signals::Signals;
use super::{dry_run, permission};
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Content, Document, Planned, Policy, Question, Wants, admission, overwrite};
use crate::catalogue::{Unit, rows, usage};
use crate::cli::Error;
use crate::config::settings::DryRun;
use crate::context::{Context, view};
use crate::error::{self, Exit, Peer, Refused, Report, Result, exit};
use crate::model::{Snowflake, time};
use crate::output::{Printer, Stdout};
use crate::rest::{Body, Request, Text};
use crate::view::{distance, span};

/// The flag of a post that is pinned in its forum ("Channel Flags").
const PINNED: u64 = 1 << 1;

/// The types of channels that have threads: text, announcement, forum and media ("Channel Types").
const WITH_THREADS: &[u64] = &[0, 5, 15, 16];

/// Archives one thread or, with `--idle`, those without recent messages.
pub fn archive(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let row = bound.endpoint;
    let idle = bound.request.query.iter().find(|(name, _)| name == "idle");
    let Some(seconds) = idle.and_then(|(_, seconds)| seconds.parse::<u64>().ok()) else {
        if bound.request.segment("channel_id").is_some() {
            return permission::archive(context, policy, bound);
        }
        let hint = Some("to archive all idle threads of the server, use --idle SPAN".into());
        return Err(Error::Missing { what: "THREAD".to_owned(), usage: usage::line(row), hint }.into());
    };
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: row.words() }.into());
    }
    let mut printer = context.printer(view(rows::LIST_ACTIVE_THREADS))?;
    context.block_on(async {
        context.app.authenticate(row.auth);
        call::admit(&context.app, row)?;
        let place = Place::of(context, policy, &bound).await?;
        let job = Job { context, policy: policy.for_steps(), bound, place, seconds };
        job.run(policy, &mut printer).await
    })?
}

/// Where to archive threads.
struct Place {
    guild: String,
    /// The channel of the threads, or `None` for the whole server.
    channel: Option<String>,
    /// `#support` or `My Server`.
    name: String,
}

impl Place {
    async fn of(context: &Context, policy: &Policy<'_>, bound: &Bound) -> Result<Self> {
        let app = &context.app;
        let Some(id) = bound.request.plain_segment("channel_id") else {
            let guild = bound.request.plain_segment("guild_id").context("the command has a channel or a server")?;
            let name = match bound.typed_name(guild) {
                Some(typed) => typed.to_owned(),
                None => call::server_name(app, policy, guild).await,
            };
            return Ok(Self { guild: guild.to_owned(), channel: None, name });
        };
        admission::check_request(app, policy, Some(bound.endpoint), Some(bound.endpoint), &bound.request).await?;
        let channel = overwrite::channel(app, policy, id).await?;
        let name = channel["name"].as_str().map_or_else(|| format!("channel {id}"), |name| format!("#{name}"));
        match channel["guild_id"].as_str() {
            Some(guild) if channel["type"].as_u64().is_some_and(|kind| WITH_THREADS.contains(&kind)) => {
                Ok(Self { guild: guild.to_owned(), channel: Some(id.to_owned()), name })
            }
            _ => {
                let wanted = "a channel that has threads".to_owned();
                Err(Error::Value { flag: "CHANNEL".to_owned(), text: name, wanted }.into())
            }
        }
    }
}

/// A thread that is idle.
struct Idle {
    id: Snowflake,
    name: String,
    last_ms: i64,
    json: Box<RawValue>,
}

/// What the command does with an active thread.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Archive {
        last_ms: i64,
    },
    /// The post is idle, but it is pinned.
    Pinned,
    Stays,
}

/// Decides about a thread, by the time of its last message, or of its creation if it has none, and the time when it was last
/// reopened.
fn verdict(thread: &Value, channel: Option<&str>, before_ms: i64) -> Verdict {
    let of_id = |name: &str| thread[name].as_str().and_then(|id| id.parse::<Snowflake>().ok());
    let state = &thread["thread_metadata"];
    let Some(sent) = of_id("last_message_id").or_else(|| of_id("id")) else { return Verdict::Stays };
    let sent_ms = i64::try_from(sent.timestamp_ms()).unwrap_or(i64::MAX);
    let changed_ms = state["archive_timestamp"].as_str().and_then(time::moment_of).unwrap_or(i64::MIN);
    let last_ms = sent_ms.max(changed_ms);
    let is_here = channel.is_none_or(|channel| thread["parent_id"] == channel);
    if state["archived"] == true || !is_here || last_ms >= before_ms {
        return Verdict::Stays;
    }
    match thread["flags"].as_u64() {
        Some(flags) if flags & PINNED != 0 => Verdict::Pinned,
        _ => Verdict::Archive { last_ms },
    }
}

/// A running command.
struct Job<'a> {
    context: &'a Context,
    /// The policy for the requests of the command, which the user has already confirmed.
    policy: Policy<'a>,
    bound: Bound,
    place: Place,
    seconds: u64,
}

impl Job<'_> {
    async fn run(&self, policy: &Policy<'_>, printer: &mut Printer<Stdout>) -> Result<()> {
        let console = &self.context.console;
        let (threads, pinned) = self.find().await?;
        match pinned {
            0 => {}
            1 => console.note("1 idle post stays, because it is pinned"),
            count => console.note(format_args!("{count} idle posts stay, because they are pinned")),
        }
        let (place, span) = (&self.place.name, span(Unit::Seconds, self.seconds));
        let Some(oldest) = threads.first() else {
            console.note(format_args!("no active thread in {place} has been idle for {span}; nothing was sent"));
            return Ok(());
        };
        let ago = distance(oldest.last_ms - self.context.clock.wall_ms());
        let since = if threads.len() == 1 { "last active" } else { "the oldest was last active" };
        let would = format!(
            "archive {} in {place} that {} idle for {span} ({since} {ago})",
            counted(threads.len()),
            if threads.len() == 1 { "has been" } else { "have been" }
        );
        if policy.dry_run {
            self.plan(&threads, printer)?;
            console.note(format_args!("this command would {would}; nothing was sent"));
            return Ok(());
        }
        policy.confirm.ask(Question::Destroy { words: would, typed: None })?;
        self.archive(&threads, printer).await
    }

    /// The idle threads, the longest idle first, and how many idle posts are pinned.
    async fn find(&self) -> Result<(Vec<Idle>, u64)> {
        let row = rows::LIST_ACTIVE_THREADS;
        let mut request = Request::new(row);
        request.set_segment("guild_id", Text::Plain(self.place.guild.clone()));
        let bound = Bound { command: self.bound.command, ..Bound::of(row, request) };
        let outcome = call::execute(&self.context.app, bound, &self.policy, Wants::default()).await?;
        let Content::Pages(mut listing) = outcome.content else {
            return Err(anyhow::anyhow!("the threads of a server are a list").into());
        };
        let before_ms = self.context.clock.wall_ms() - i64::try_from(self.seconds * 1000).unwrap_or(i64::MAX);
        let (mut threads, mut pinned) = (Vec::new(), 0);
        while let Some(page) = listing.next().await? {
            for item in page.items() {
                let thread: Value = serde_json::from_str(item.get())?;
                match verdict(&thread, self.place.channel.as_deref(), before_ms) {
                    Verdict::Stays => {}
                    Verdict::Pinned => pinned += 1,
                    Verdict::Archive { last_ms } => threads.push(Idle {
                        id: thread["id"].as_str().and_then(|id| id.parse().ok()).context("a thread has an id")?,
                        name: thread["name"].as_str().unwrap_or_default().to_owned(),
                        last_ms,
                        json: item.to_owned(),
                    }),
                }
            }
        }
        threads.sort_by_key(|thread| thread.last_ms);
        Ok((threads, pinned))
    }

    /// Lists the threads, or with `--dry-run=curl`, the requests that would archive them.
    fn plan(&self, threads: &[Idle], printer: &mut Printer<Stdout>) -> Result<()> {
        if self.context.settings.flags.dry_run == Some(DryRun::Curl) {
            return threads.iter().try_for_each(|thread| {
                let planned = Planned { request: self.request(thread), row: Some(rows::UPDATE_CHANNEL), plan: None };
                dry_run::print(self.context, &planned)
            });
        }
        if printer.is_for_people() {
            printer.set_reader(Box::new(self.context.reader(rows::LIST_ACTIVE_THREADS)));
        }
        printer.page(&threads.iter().map(|thread| &*thread.json).collect::<Vec<_>>())?;
        self.context.finish(printer)
    }

    async fn archive(&self, threads: &[Idle], printer: &mut Printer<Stdout>) -> Result<()> {
        let console = &self.context.console;
        let total = threads.len();
        let (mut archived, mut failed) = (0, 0);
        let mut signals = Signals::new()?;
        let progress = console.progress().show("archiving threads", Some(total as u64));
        let ended = 'ended: {
            for thread in threads {
                let sent = tokio::select! {
                    sent = self.send(thread) => sent,
                    ending = signals.next() => break 'ended Err(Exit(ending.status()).into()),
                };
                match sent {
                    Ok(answer) => {
                        archived += 1;
                        if let Some(answer) = answer.filter(|_| !printer.is_for_people()) {
                            printer.item(&answer)?;
                            printer.flush()?;
                        }
                    }
                    // Other threads may be in channels where the bot has more permissions.
                    Err(error) => match error::report(&error, &Peer::Discord) {
                        Some(report) if matches!(report.status, Some(400 | 403 | 404)) => {
                            failed += 1;
                            let name = format!("{} ({})", thread.name, thread.id);
                            Report { message: format!("{name}: {}", report.message), ..report }.show(console);
                        }
                        _ => break 'ended Err(error),
                    },
                }
                progress.set(&format!("archived {archived} of {}", counted(total)), archived + failed);
            }
            Ok(())
        };
        drop(progress);
        printer.finish()?;
        if let Err(error) = ended {
            let total = counted(total);
            console.note(format_args!("{archived} of {total} were archived; run the same command again for the rest"));
            return Err(error);
        }
        if console.options().terminal && archived > 0 {
            let archived = usize::try_from(archived).unwrap_or(usize::MAX);
            console.note(format_args!("archived {} in {}", counted(archived), self.place.name));
        }
        match failed {
            0 => Ok(()),
            failed => {
                let message = format!("{failed} of {} could not be archived", counted(total));
                Err(Box::new(Report::new(exit::PARTLY, "partial", message, None)).into())
            }
        }
    }

    fn request(&self, thread: &Idle) -> Request {
        let mut request = Request::new(rows::UPDATE_CHANNEL);
        request.set_segment("channel_id", Text::Plain(thread.id.to_string()));
        request.body = Body::Json(json!({"archived": true}));
        request.reason.clone_from(&self.bound.request.reason);
        request
    }

    /// Archives a thread. Returns the thread in Discord's answer.
    async fn send(&self, thread: &Idle) -> Result<Option<Box<RawValue>>> {
        let bound = Bound { command: self.bound.command, ..Bound::of(rows::UPDATE_CHANNEL, self.request(thread)) };
        let outcome = call::execute(&self.context.app, bound, &self.policy, Wants::default()).await?;
        Ok(match outcome.content {
            Content::Answer(answer) => match answer.document {
                Document::Body { body, .. } => serde_json::from_slice(&body).ok(),
                Document::Items(_) => None,
            },
            _ => None,
        })
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 thread".to_owned() } else { format!("{count} threads") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const NOW_MS: i64 = 1_800_000_000_000;

    /// The id of an object that was created so many days ago.
    fn id(days: i64) -> String {
        Snowflake::at(NOW_MS - days * DAY_MS).to_string()
    }

    fn judged(thread: &Value) -> Verdict {
        verdict(thread, Some("7"), NOW_MS - 7 * DAY_MS)
    }

    #[test]
    fn a_thread_is_idle_since_its_last_message_its_creation_or_its_reopening() {
        let idle = |thread: &Value| matches!(judged(thread), Verdict::Archive { .. });
        let thread = |last: Value| json!({"id": id(30), "parent_id": "7", "last_message_id": last});
        assert!(idle(&thread(json!(id(8)))) && !idle(&thread(json!(id(6)))));
        assert!(idle(&thread(Value::Null)));
        assert!(!idle(&json!({"id": id(1), "parent_id": "7"})));
        let mut reopened = thread(json!(id(20)));
        reopened["thread_metadata"] = json!({"archived": false, "archive_timestamp": "2027-01-14T00:00:00+00:00"});
        assert!(!idle(&reopened));
        reopened["thread_metadata"]["archive_timestamp"] = json!("2026-12-14T00:00:00+00:00");
        assert!(idle(&reopened));
    }

    #[test]
    fn pinned_posts_archived_threads_and_those_of_other_channels_stay() {
        let thread = json!({"id": id(30), "parent_id": "7", "flags": 0});
        let with = |name: &str, value: Value| {
            let mut thread = thread.clone();
            thread[name] = value;
            judged(&thread)
        };
        assert_eq!(with("flags", json!(PINNED)), Verdict::Pinned);
        assert_eq!(with("thread_metadata", json!({"archived": true})), Verdict::Stays);
        assert_eq!(with("parent_id", json!("8")), Verdict::Stays);
        assert!(matches!(verdict(&thread, None, NOW_MS), Verdict::Archive { .. }));
    }
}
