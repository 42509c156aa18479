//! `dcord ban import` bans the users in a file, and `dcord ban export` prints the bans of a server in a form that the
//! import reads.

mod file;

use std::collections::HashSet;

use anyhow::Context as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::file::{BadLine, Entry, Format};
use super::dry_run;
use super::signals::Signals;
use crate::call::bind::{self, Bound};
use crate::call::{self, CacheMode, Content, Planned, Policy, Question, Wants, admission};
use crate::catalogue::{Unit, rows};
use crate::config::settings::DryRun;
use crate::context::{Context, view};
use crate::error::{self, Exit, OfLine, Refused, Report, Result, exit};
use crate::model::{items, text};
use crate::output::{Printer, Stdout};
use crate::rest::{Body, Part, Request};
use crate::view::counted;
use crate::view::span;

/// The maximum number of users in one request ("Bulk Guild Ban").
const MOST: usize = 200;

/// Discord's error code if it could not ban any of the users.
const NONE_BANNED: i64 = 500_000;

/// Lists all bans, on as many pages as necessary.
pub fn export(bound: &mut Bound) {
    bound.endpoint = rows::LIST_BANS;
    bound.all = true;
}

/// A running import.
struct Import<'a> {
    context: &'a Context,
    /// The policy for the requests of the import, which the user has already confirmed.
    policy: Policy<'a>,
    bound: Bound,
    /// The name of the server.
    server: String,
    /// ` and delete their messages of the last 2 days`, or an empty string.
    deletes: String,
}

pub fn import(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let row = bound.endpoint;
    let entries = entries(&bound)?;
    if entries.is_empty() {
        context.console.note("the file contains no users; nothing was sent");
        return Ok(());
    }
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: row.words() }.into());
    }
    let mut printer = context.printer(view(row))?;
    context.block_on(async {
        let app = &context.app;
        app.authenticate(row.auth);
        admission::check_request(app, policy, Some(row), Some(row), &bound.request).await?;
        call::admit(app, row)?;
        let id = bound.request.plain_segment("guild_id").unwrap_or_default();
        let server = match bound.typed_name(id) {
            Some(typed) => typed.to_owned(),
            None => call::server_name(app, policy, id).await,
        };
        let seconds = bound.request.body.json().and_then(|fields| fields["delete_message_seconds"].as_u64());
        let last = seconds.filter(|seconds| *seconds > 0).map(|seconds| span(Unit::Seconds, seconds));
        let import = Import {
            context,
            policy: policy.for_steps(),
            bound,
            server,
            deletes: last.map_or_else(String::new, |last| format!(" and delete their messages of the last {last}")),
        };
        import.run(policy, entries, &mut printer).await
    })?
}

/// The users in the file.
fn entries(bound: &Bound) -> Result<Vec<Entry>> {
    let Body::Multipart(parts) = &bound.request.body else { return Ok(Vec::new()) };
    let file = parts.iter().find_map(|part| if let Part::File(file) = part { Some(file) } else { None });
    let file = file.context("the row requires a file")?;
    let name = bind::input::shown(&file.source);
    let Ok(content) = str::from_utf8(text::bytes_without_mark(&file.bytes)) else {
        return Err(bind::Error::NotText { flag: "FILE".to_owned(), path: name }.into());
    };
    let format = bound.request.body.json().and_then(|fields| Format::of_name(fields["format"].as_str()?));
    file::read(content, format).map_err(|BadLine { number, text, why, hint }| {
        let message = if text.is_empty() { why } else { format!("{text:?} {why}") };
        let mut report = Report::new(exit::USAGE, "usage", format!("{name}, line {number}: {message}"), None);
        report.hint = hint.map(str::to_owned);
        report.add_hint("nothing was sent");
        Box::new(report).into()
    })
}

impl Import<'_> {
    async fn run(&self, policy: &Policy<'_>, entries: Vec<Entry>, printer: &mut Printer<Stdout>) -> Result<()> {
        let console = &self.context.console;
        let all = entries.len();
        let entries = self.without_banned(entries).await?;
        if entries.len() < all {
            let (users, are) = (users(all - entries.len()), if all - entries.len() == 1 { "is" } else { "are" });
            console.note(format_args!("{users} in the file {are} already banned"));
        }
        let Self { server, deletes, .. } = self;
        if entries.is_empty() {
            console.note(format_args!("no user is left to ban from {server}; nothing was sent"));
            return Ok(());
        }
        let would = format!("ban {} from {server}{deletes}", users(entries.len()));
        let groups = self.groups(entries);
        if policy.dry_run {
            self.plan(&groups, printer)?;
            console.note(format_args!("an import would {would}; nothing was sent"));
            return Ok(());
        }
        policy.confirm.ask(Question::Destroy { words: would, typed: None })?;
        self.ban(&groups, printer).await
    }

    /// The users of the file who are not banned yet.
    async fn without_banned(&self, entries: Vec<Entry>) -> Result<Vec<Entry>> {
        let mut left: HashSet<u64> = entries.iter().map(|entry| entry.user).collect();
        let (first, last) = (left.iter().min().copied().unwrap_or(0), left.iter().max().copied().unwrap_or(0));
        let row = rows::LIST_BANS;
        let mut request = Request::new(row);
        request.segments.clone_from(&self.bound.request.segments);
        // Bans are sorted by the id of the user, so the others need not be read.
        request.query.push(("after".to_owned(), (first - 1).to_string()));
        let bound = Bound { command: self.bound.command, all: true, ..Bound::of(row, request) };
        let outcome = call::execute(&self.context.app, bound, &self.policy, Wants::default()).await?;
        let Content::Pages(mut listing) = outcome.content else {
            return Err(anyhow::anyhow!("the bans of a server are a list").into());
        };
        let mut signals = Signals::new()?;
        let progress = self.context.console.progress().show("reading bans", None);
        let mut read = 0;
        loop {
            let page = tokio::select! {
                page = listing.next() => page?,
                ending = signals.next() => {
                    drop(progress);
                    self.context.console.note("interrupted before any user was banned");
                    return Err(Exit(ending.status()).into());
                }
            };
            let Some(page) = page else { break };
            let mut highest = 0;
            for item in page.items() {
                let id = items::text(item, "user.id").and_then(|id| id.parse().ok()).unwrap_or(0);
                left.remove(&id);
                highest = highest.max(id);
            }
            read += page.len();
            progress.set(&format!("read {}", counted(read as u64, "ban")), 0);
            if highest >= last {
                break;
            }
        }
        Ok(entries.into_iter().filter(|entry| left.contains(&entry.user)).collect())
    }

    /// The users of each request, who have the same reason, because a request has one reason for all of its users.
    fn groups(&self, entries: Vec<Entry>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut open: std::collections::HashMap<Option<String>, usize> = std::collections::HashMap::new();
        for entry in entries {
            let reason = self.bound.request.reason.clone().or(entry.reason.clone());
            let at = open.get(&reason).copied().filter(|at| groups[*at].entries.len() < MOST).unwrap_or_else(|| {
                groups.push(Group { reason: reason.clone(), entries: Vec::new() });
                groups.len() - 1
            });
            open.insert(reason, at);
            groups[at].entries.push(entry);
        }
        groups
    }

    /// Prints the users, or with `--dry-run=curl`, the requests that would ban them.
    fn plan(&self, groups: &[Group], printer: &mut Printer<Stdout>) -> Result<()> {
        let is_curl = self.context.settings.flags.dry_run == Some(DryRun::Curl);
        for group in groups {
            if is_curl {
                let planned = Planned { request: self.request(group), row: Some(rows::BULK_BAN), plan: None };
                dry_run::print(self.context, &planned)?;
            } else {
                group.entries.iter().try_for_each(|entry| print(entry.user, group.reason.as_deref(), printer))?;
            }
        }
        Ok(printer.finish()?)
    }

    async fn ban(&self, groups: &[Group], printer: &mut Printer<Stdout>) -> Result<()> {
        let console = &self.context.console;
        let total: usize = groups.iter().map(|group| group.entries.len()).sum();
        let (mut banned, mut failed) = (0, 0);
        let mut signals = Signals::new()?;
        let progress = console.progress().show("banning users", Some(total as u64));
        let ended = 'ended: {
            for group in groups {
                let sent = tokio::select! {
                    sent = self.send(group) => sent,
                    ending = signals.next() => break 'ended Err(Exit(ending.status()).into()),
                };
                let refused = match sent {
                    Ok(refused) => refused,
                    Err(error) => break 'ended Err(error),
                };
                for entry in &group.entries {
                    if refused.contains(&entry.user) {
                        failed += 1;
                        not_banned(entry).show(console);
                    } else {
                        banned += 1;
                        if !printer.is_for_people() {
                            print(entry.user, group.reason.as_deref(), printer)?;
                        }
                    }
                }
                printer.flush()?;
                progress.set(&format!("banned {banned} of {}", users(total)), (banned + failed) as u64);
            }
            Ok(())
        };
        drop(progress);
        printer.finish()?;
        if let Err(error) = ended {
            console.note(format_args!(
                "{banned} of {} were banned; run the same command again to ban the rest",
                users(total)
            ));
            return Err(error);
        }
        if console.options().terminal && banned > 0 {
            console.note(format_args!("banned {} from {}", users(banned), self.server));
        }
        match failed {
            0 => Ok(()),
            failed => Err(Box::new(partly(failed, total)).into()),
        }
    }

    fn request(&self, group: &Group) -> Request {
        let mut request = Request::new(rows::BULK_BAN);
        request.segments.clone_from(&self.bound.request.segments);
        request.reason.clone_from(&group.reason);
        let ids: Vec<String> = group.entries.iter().map(|entry| entry.user.to_string()).collect();
        let mut body = json!({ "user_ids": ids });
        if let Some(seconds) = self.bound.request.body.json().and_then(|fields| fields.get("delete_message_seconds")) {
            body["delete_message_seconds"] = seconds.clone();
        }
        request.body = Body::Json(body);
        request
    }

    /// Bans the users of a group. Returns those whom Discord did not ban.
    async fn send(&self, group: &Group) -> Result<HashSet<u64>> {
        let bound = Bound { command: self.bound.command, ..Bound::of(rows::BULK_BAN, self.request(group)) };
        let outcome = call::execute(&self.context.app, bound, &self.policy, Wants::default()).await;
        let all = || group.entries.iter().map(|entry| entry.user).collect();
        match outcome {
            Ok(outcome) => Ok(match outcome.content {
                Content::Answer(answer) => {
                    let failed = answer.failed.into_iter().flat_map(|failed| failed.ids);
                    failed.filter_map(|id| id.parse().ok()).collect()
                }
                _ => HashSet::new(),
            }),
            Err(error) if code(&error) == Some(NONE_BANNED) => Ok(all()),
            Err(error) => Err(error),
        }
    }
}

/// The users of one request.
struct Group {
    reason: Option<String>,
    entries: Vec<Entry>,
}

/// Prints a ban as Discord lists it, so that the output of an import can be imported again.
fn print(user: u64, reason: Option<&str>, printer: &mut Printer<Stdout>) -> Result<()> {
    let item: Value = json!({"user": {"id": user.to_string()}, "reason": reason});
    Ok(printer.item(&RawValue::from_string(item.to_string()).context("an object is JSON")?)?)
}

fn users(count: usize) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}

/// Discord's error code, if Discord reported the error.
fn code(error: &error::Error) -> Option<i64> {
    error::report(error, &error::Peer::Discord)?.code
}

fn not_banned(entry: &Entry) -> Report {
    let of_line = Some(OfLine { number: entry.line, text: entry.user.to_string() });
    Report { of_line, ..Report::new(exit::PARTLY, "partial", "Discord did not ban this user", None) }
}

fn partly(failed: usize, total: usize) -> Report {
    let message = format!("{failed} of {} could not be banned", users(total));
    let hint = "the user does not exist, owns the server, or has a role that is not below the bot's highest role";
    Report::new(exit::PARTLY, "partial", message, Some(hint.to_owned()))
}
