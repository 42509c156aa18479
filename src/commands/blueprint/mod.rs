//! A server as a file: `dcord guild export` writes it, `dcord guild diff` compares a server with it, and `dcord guild apply`
//! changes a server to match it. `dcord command sync` does the same for the commands of an app.
//!
//! The fields of the file are those of the catalogue's rows, so a field that is added there is in the file too.

mod apply;
mod codec;
mod commands;
mod document;
mod matching;
mod order;
mod plan;
mod read;
mod references;
mod section;
mod server;
mod show;
mod source;
#[cfg(test)]
mod tests;

use serde_json::Value;
use serde_json::value::RawValue;

use self::apply::{Apply, Top};
pub use self::commands::sync;
use self::document::Blueprint;
use self::plan::{Action, Matched, Plan, Step, Tools};
use self::section::{SECTIONS, Section};
use self::server::Server;
use self::source::{Source, begin};
use super::signals::{Ending, Signals};
use crate::call::bind::{Bound, Input};
use crate::call::{Confirm, Policy, Question};
use crate::config::env;
use crate::context::{Context, print_text, view};
use crate::error::{self, Exit, Report, Result, exit};
use crate::model::time::Now;
use crate::output::{Printer, Stdout};
use crate::store::{AppliedFile, AppliedObject, StateFile};

/// `dcord guild export`.
pub fn export(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let fields = bound.request.body.json().cloned().unwrap_or_default();
    let only: Vec<&str> = fields["only"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let sections: Vec<usize> =
        (0..SECTIONS.len()).filter(|at| only.is_empty() || only.contains(&SECTIONS[*at].key)).collect();
    let flags = &context.settings.flags;
    let filter = flags.jq.as_ref().map(|_| "--jq").or(flags.fields.as_ref().map(|_| "--fields"));
    if let Some(option) = flags.output.as_ref().map(|format| format!("-o {format}")).or(filter.map(str::to_owned)) {
        let message = format!("guild export writes TOML, so {option} is not supported");
        let hint = "`dcord role list` and `dcord channel list` print JSON".to_owned();
        return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
    }
    let optional = if only.is_empty() { &sections[..] } else { &[] };
    let (server, left_out) = context.block_on(async {
        begin(context, policy, &bound).await?;
        read::server(&context.app, policy, guild(&bound), &sections, optional).await
    })??;
    for section in &left_out {
        let key = SECTIONS[*section].key;
        context
            .console
            .note(format_args!("{key} is left out, because the bot may not read it; it needs more permissions"));
    }
    let sections: Vec<usize> = sections.into_iter().filter(|section| !left_out.contains(section)).collect();
    Ok(print_text(&document::write(&server.in_words(&sections, fields["no_ids"] != true)))?)
}

/// `dcord guild diff`.
pub fn diff(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let source = Source::of(&bound)?;
    let file = Blueprint::parse(&source.text).map_err(|faults| source.refuse(&faults))?;
    let mut printer = context.printer(view(bound.endpoint))?;
    let record = Record::of(context, &bound, &source)?;
    let (server, _) = context.block_on(async {
        begin(context, policy, &bound).await?;
        read::server(&context.app, policy, guild(&bound), &sections(&file), &[]).await
    })??;
    let mut input = Input::default();
    let plan = plan(context, &source, &file, &server, &record.objects, &[], &mut input)?;
    plan.notes.iter().for_each(|note| context.console.note(note));
    print_plan(context, &plan, &mut printer)?;
    context.finish(&mut printer)?;
    if !plan.steps.is_empty() {
        return Err(Exit(exit::OTHER).into());
    }
    note_match(context, &server, &source);
    Ok(())
}

/// `dcord guild apply`.
pub fn apply(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let source = Source::of(&bound)?;
    let file = Blueprint::parse(&source.text).map_err(|faults| source.refuse(&faults))?;
    let fields = bound.request.body.json().cloned().unwrap_or_default();
    let mut printer = context.printer(view(bound.endpoint))?;
    let record = Record::of(context, &bound, &source)?;
    let prune = if fields["prune"] == true { &record.objects[..] } else { &[] };
    let mut sections = sections(&file);
    // What is deleted may be in a section that the file no longer has.
    sections.extend(prune.iter().filter_map(|managed| Section::at(&managed.section)));
    context.block_on(async {
        begin(context, policy, &bound).await?;
        let read = || read::server(&context.app, policy, guild(&bound), &sections, &[]);
        let mut input = Input::default();
        let (server, _) = read().await?;
        let plan = plan(context, &source, &file, &server, &record.objects, prune, &mut input)?;
        plan.notes.iter().for_each(|note| context.console.note(note));
        refuse_roles_above(context, policy, &server, &plan).await?;
        if policy.dry_run {
            print_plan(context, &plan, &mut printer)?;
            context.finish(&mut printer)?;
            match plan.steps.is_empty() {
                true => note_match(context, &server, &source),
                false => {
                    let summary = show::summary(&plan);
                    context.console.note(format_args!("an apply would {summary}; nothing was changed"));
                }
            }
            return Ok(());
        }
        let name = server.guild["name"].as_str().unwrap_or_default();
        let is_asked = !plan.steps.is_empty() && !matches!(policy.confirm, Confirm::Granted);
        if is_asked {
            if matches!(policy.confirm, Confirm::Ask(_)) {
                context.console.help(&show::text(&plan));
            }
            let words = format!("{} in {name}", show::summary(&plan));
            policy.confirm.ask(Question::Destroy { words, typed: None })?;
            // Somebody may have changed the server while the question was open.
            let (again, _) = read().await?;
            if self::plan(context, &source, &file, &again, &record.objects, prune, &mut input)? != plan {
                return Err(changed_meanwhile());
            }
        }
        let granted = policy.for_steps();
        let matched = Matched::new(&file, &server, &record.objects).map_err(|faults| source.refuse(&faults))?;
        let apply = Apply {
            app: &context.app,
            policy: &granted,
            command: bound.command,
            reason: bound.request.reason.as_deref(),
            references: matched.references.clone(),
            matched: &matched,
            record: record.file.as_ref().map(|file| (&record.state, file)),
        };
        apply.remember_matched(&plan)?;
        let now = env::now(&context.clock);
        let mut tools = Tools { input: &mut input, now: &now, folder: &source.folder };
        let shows_lines = !(is_asked && context.prints_prose());
        carry_out(context, apply, &plan, &mut tools, shows_lines.then_some(&mut printer)).await?;
        printer.finish()?;
        note_match(context, &server, &source);
        Ok(())
    })?
}

/// Says on a terminal that the server matches the file.
fn note_match(context: &Context, server: &Server, source: &Source) {
    if context.console.options().terminal {
        let name = server.guild["name"].as_str().unwrap_or_default();
        context.console.note(format_args!("{name:?} matches {}", source.name));
    }
}

/// Makes the steps of a plan, and prints each one when it is done.
async fn carry_out(
    context: &Context,
    mut apply: Apply<'_>,
    plan: &Plan,
    tools: &mut Tools<'_>,
    mut printer: Option<&mut Printer<Stdout>>,
) -> Result<()> {
    let total = plan.steps.len();
    let mut done = 0;
    let mut signals = Signals::new()?;
    let progress = context.console.progress().show("changing the server", Some(total as u64));
    let is_deletion = |step: &&Step| matches!(step.action, Action::Delete { .. });
    let mut ended: Result<()> = Ok(());
    let mut rounds: Vec<(Option<usize>, Vec<&Step>)> = (0..SECTIONS.len())
        .map(|at| (Some(at), plan.steps.iter().filter(|step| step.section == at && !is_deletion(step)).collect()))
        .collect();
    rounds.push((None, plan.steps.iter().filter(is_deletion).collect()));
    'all: for (section, steps) in rounds {
        let (moves, others): (Vec<&Step>, Vec<&Step>) =
            steps.into_iter().partition(|step| matches!(step.action, Action::Move { .. }));
        for step in others {
            progress.set(&format!("{done} of {total}: {} {:?}", SECTIONS[step.section].one, step.name), done as u64);
            ended = interruptible(&mut signals, apply.step(step, tools)).await.and_then(|id| {
                done += 1;
                print_step(context, step, Some(&id), printer.as_deref_mut())
            });
            if ended.is_err() {
                break 'all;
            }
        }
        let Some(section) = section.filter(|section| plan.orders.contains(section)) else { continue };
        ended = interruptible(&mut signals, apply.order(section)).await;
        for step in moves {
            ended = ended.and_then(|()| {
                done += 1;
                print_step(context, step, None, printer.as_deref_mut())
            });
        }
        if ended.is_err() {
            break 'all;
        }
    }
    drop(progress);
    if let Some(printer) = printer {
        printer.finish()?;
    }
    ended.map_err(|error| match done {
        0 => error,
        _ => partly(context, error, done, total),
    })
}

/// Waits for a request. A signal ends the wait.
async fn interruptible<T>(signals: &mut Signals, request: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = request => result,
        ending = signals.next() => Err(exit_of(ending)),
    }
}

fn exit_of(ending: Ending) -> error::Error {
    Exit(ending.status()).into()
}

/// The error of an apply that made only some of its changes.
fn partly(context: &Context, error: error::Error, done: usize, total: usize) -> error::Error {
    /// The statuses that say why everything after the failure would fail too.
    const ABORTING: [u8; 5] = [exit::NO_TOKEN, exit::RATE_LIMITED, exit::NETWORK, exit::INTERRUPTED, exit::TERMINATED];
    let hint = format!("{done} of {total} changes were made; run the same command again to make the others");
    let peer = error::Peer::Discord;
    match error::report(&error, &peer) {
        Some(mut report) => {
            if !ABORTING.contains(&report.exit) {
                report.exit = exit::PARTLY;
            }
            report.add_hint(&hint);
            Box::new(report).into()
        }
        None => {
            context.console.note(hint);
            error
        }
    }
}

fn guild(bound: &Bound) -> &str {
    bound.request.plain_segment("guild_id").unwrap_or_default()
}

/// The sections that a file has.
fn sections(file: &Blueprint) -> Vec<usize> {
    (0..SECTIONS.len()).filter(|at| file.sections[*at].is_some()).collect()
}

fn plan(
    context: &Context,
    source: &Source,
    file: &Blueprint,
    server: &Server,
    managed: &[AppliedObject],
    prune: &[AppliedObject],
    input: &mut Input,
) -> Result<Plan> {
    let now: Now = env::now(&context.clock);
    let mut tools = Tools { input, now: &now, folder: &source.folder };
    let matched = Matched::new(file, server, managed).map_err(|faults| source.refuse(&faults))?;
    matched.plan(&mut tools, prune).map_err(|faults| source.refuse(&faults))
}

/// Returns an error if the bot's highest role is not above a role that the plan changes.
async fn refuse_roles_above(context: &Context, policy: &Policy<'_>, server: &Server, plan: &Plan) -> Result<()> {
    if !apply::changes_roles(plan) {
        return Ok(());
    }
    let (me, roles) = read::own_roles(&context.app, policy, &server.id).await?;
    let top = Top::of(server, &roles);
    if server.guild["owner_id"] == me.as_str() {
        return Ok(());
    }
    let Some(step) = top.refuses(server, plan) else { return Ok(()) };
    let verb = match step.action {
        Action::Delete { .. } => "delete",
        Action::Move { .. } => "move",
        _ => "edit",
    };
    let message = format!(
        "the bot cannot {verb} {}, which is not below the bot's highest role {:?}; nothing was changed",
        SECTIONS[step.section].called(&step.name),
        top.name
    );
    let hint = "move a role of the bot up in the server's settings, or remove the role from the file".to_owned();
    Err(Box::new(Report::new(exit::FORBIDDEN, "forbidden", message, Some(hint))).into())
}

fn changed_meanwhile() -> error::Error {
    let message = "the server has changed since the question; nothing was changed";
    let hint = "run the same command again to see what it would change now".to_owned();
    Box::new(Report::new(exit::REFUSED, "refused", message, Some(hint))).into()
}

/// Prints the lines of a plan.
fn print_plan(context: &Context, plan: &Plan, printer: &mut Printer<Stdout>) -> Result<()> {
    plan.steps.iter().try_for_each(|step| print_step(context, step, None, Some(&mut *printer)))
}

/// Prints the lines of a step. `id` is that of a new object.
fn print_step(context: &Context, step: &Step, id: Option<&str>, printer: Option<&mut Printer<Stdout>>) -> Result<()> {
    let Some(printer) = printer else { return Ok(()) };
    if context.prints_prose() {
        return Ok(print_text(&show::lines(step).join("\n"))?);
    }
    for mut line in show::objects(step) {
        if let Some(id) = id {
            line["id"] = id.into();
        }
        printer.item(&RawValue::from_string(line.to_string())?)?;
    }
    // The rows of a table are aligned with each other, and a program should see each change when it is made.
    if !printer.is_for_people() {
        printer.flush()?;
    }
    Ok(())
}

/// What earlier applies of the file recorded.
struct Record {
    state: StateFile,
    /// `None` if the file is standard input, which has no name to be recognized by.
    file: Option<AppliedFile>,
    objects: Vec<AppliedObject>,
}

impl Record {
    fn of(context: &Context, bound: &Bound, source: &Source) -> Result<Self> {
        let state = context.app.state()?;
        let path = std::fs::canonicalize(&source.name).ok();
        let file = path.map(|path| -> Result<AppliedFile> {
            let api = context.app.api_url()?.as_str().to_owned();
            Ok(AppliedFile { api, guild: guild(bound).to_owned(), path: path.display().to_string() })
        });
        let file = file.transpose()?;
        let objects = file.as_ref().map(|file| state.applied(file)).transpose()?.unwrap_or_default();
        Ok(Self { state, file, objects })
    }
}
