//! `dcord command sync`: the commands of an app as a file.
//!
//! Discord fills in what a command does not say, such as where it can be used. Only the fields of the file are compared, so
//! that these defaults are no difference.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::codec::{self, Decoder, canonical};
use super::document::{self, Entry, LineFault};
use super::plan::Change;
use super::references::References;
use super::section::Spec;
use super::show;
use super::source::{Source, begin};
use crate::call::bind::value::Reader;
use crate::call::bind::{Bound, Input, Names};
use crate::call::{self, Confirm, Content, Policy, Question, Wants};
use crate::catalogue::{Endpoint, Place, check, rows};
use crate::config::env;
use crate::context::{Context, print_text, view};
use crate::error::Result;
use crate::model::items;
use crate::output::{Printer, Stdout, clean};
use crate::rest::{Body, Request, Text};

/// The fields that only Discord sets, which `dcord command list` prints.
const READ_ONLY: &[&str] = &["id", "application_id", "guild_id", "version", "name_localized", "description_localized"];

/// Older fields, which are sent as they are.
const OLDER: &[&str] = &["dm_permission", "default_permission"];

type Object = Map<String, Value>;

/// A difference between the file and the app.
enum Difference {
    Create(Value),
    Edit(Value, Vec<Change>),
    Delete(Value),
}

/// `dcord command sync`.
pub fn sync(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let source = Source::of(&bound)?;
    let spec = spec();
    let entries = entries(&source)?;
    let wanted = decode(context, &source, &spec, &entries)?;
    let mut printer = context.printer(view(bound.endpoint))?;
    let fields = bound.request.body.json().cloned().unwrap_or_default();
    let guild = fields["guild"].as_str();
    context.block_on(async {
        begin(context, policy, &bound).await?;
        let app = match bound.request.plain_segment("application_id") {
            Some(app) => app.to_owned(),
            None => call::application_id(&context.app, policy).await?,
        };
        let request = |row: &'static Endpoint| {
            let mut request = Request::new(row);
            request.set_segment("application_id", Text::Plain(app.clone()));
            if let Some(guild) = guild {
                request.set_segment("guild_id", Text::Plain(guild.to_owned()));
            }
            request
        };
        let (list, set) = match guild {
            None => (rows::LIST_COMMANDS, rows::SET_COMMANDS),
            Some(_) => (rows::LIST_GUILD_COMMANDS, rows::SET_GUILD_COMMANDS),
        };
        let mut read = request(list);
        read.query.push(("with_localizations".to_owned(), "true".to_owned()));
        let response = call::exchange(&context.app, policy, list, &read, true).await?;
        let own: Vec<Value> = items::items(&response.body, None)?
            .into_iter()
            .map(|item| serde_json::from_str(item.get()))
            .collect::<Result<_, _>>()?;
        let differences = differences(&spec, &wanted, &own);
        let place = if guild.is_some() { "the server" } else { "the app" };
        if policy.dry_run || differences.is_empty() {
            print(context, &differences, &mut printer)?;
            context.finish(&mut printer)?;
            match differences.len() {
                0 => note(context, &format!("the commands of {place} match {}", source.name)),
                1 => context.console.note("a sync would change 1 command; nothing was changed"),
                count => {
                    context.console.note(format_args!("a sync would change {count} commands; nothing was changed"));
                }
            }
            return Ok(());
        }
        let deleted = differences.iter().filter_map(|difference| match difference {
            Difference::Delete(command) => Some(called(command)),
            _ => None,
        });
        let deleted: Vec<String> = deleted.collect();
        if !deleted.is_empty() {
            if matches!(policy.confirm, Confirm::Ask(_)) {
                context.console.help(&text(&differences));
            }
            let words = format!("delete {} of {place}", deleted.join(", "));
            policy.confirm.ask(Question::Destroy { words, typed: None })?;
        }
        let granted = policy.for_steps();
        let mut request = request(set);
        request.body = Body::Json(Value::Array(wanted.clone()));
        let bound = Bound { command: bound.command, ..Bound::of(set, request) };
        let outcome = Box::pin(call::execute(&context.app, bound, &granted, Wants::default())).await?;
        // The answer is a list, and the request is only sent when it is read.
        if let Content::Pages(mut listing) = outcome.content {
            listing.next().await?;
        }
        print(context, &differences, &mut printer)?;
        context.finish(&mut printer)?;
        note(context, &format!("the commands of {place} match {}", source.name));
        Ok(())
    })?
}

/// Says something on a terminal.
fn note(context: &Context, text: &str) {
    if context.console.options().terminal {
        context.console.note(text);
    }
}

/// The description of the list of commands.
fn spec() -> Spec {
    let row = rows::SET_COMMANDS;
    let param = row.all_params().find(|param| param.place == Place::Whole).expect("the row takes the list of commands");
    Spec::of(row, param)
}

/// The commands in the file: a JSON array, or in TOML tables named `[[commands]]`.
fn entries(source: &Source) -> Result<Vec<Entry>> {
    let fault = |message: String| source.refuse(&[LineFault { line: 0, message }]);
    // A table of TOML begins with a name in brackets, and the elements of the array are objects.
    let rest = source.text.trim_start().strip_prefix('[').map(str::trim_start);
    let is_json = rest.is_some_and(|rest| !rest.starts_with(|c: char| c == '[' || c.is_alphabetic()));
    if !is_json {
        return document::entries(&source.text, "commands").map_err(|faults| source.refuse(&faults));
    }
    let list: Vec<Value> =
        serde_json::from_str(&source.text).map_err(|error| fault(format!("invalid JSON: {error}")))?;
    let entry = |(at, value): (usize, Value)| match value {
        Value::Object(words) => Ok(Entry { words, ..Entry::default() }),
        _ => Err(fault(format!("commands[{at}]: must be an object"))),
    };
    list.into_iter().enumerate().map(entry).collect()
}

/// The commands in Discord's JSON. The error names what is wrong with the file.
fn decode(context: &Context, source: &Source, spec: &Spec, entries: &[Entry]) -> Result<Vec<Value>> {
    let (mut input, mut names, references) = (Input::default(), Names::default(), References::default());
    let reader = Reader {
        endpoint: None,
        input: &mut input,
        now: env::now(&context.clock),
        validate: true,
        names: &mut names,
        warnings: Vec::new(),
    };
    let mut decoder = Decoder { reader, references: &references, folder: &source.folder, faults: Vec::new() };
    let mut faults = Vec::new();
    let mut commands: Vec<Value> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let mut words = entry.words.clone();
        words.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
        let older: Vec<(String, Value)> = OLDER.iter().filter_map(|name| words.remove_entry(*name)).collect();
        let start = format!("commands[{at}]");
        let line =
            |path: &str| entry.line_of(path.strip_prefix(&start).map_or("", |rest| rest.trim_start_matches('.')));
        let mut command = decoder.value(spec, &Value::Array(vec![words.into()]), "commands");
        for fault in decoder.faults.drain(..) {
            let path = fault.path.replacen("commands[0]", &start, 1);
            faults.push(LineFault { line: line(&path), message: format!("{path}: {}", fault.message) });
        }
        let mut command = command.get_mut(0).map(Value::take).unwrap_or_default();
        if let Some(fields) = command.as_object_mut() {
            fields.extend(older);
        }
        if let Some(other) = commands.iter().position(|other| key(other) == key(&command)) {
            let message = format!("{start}: {} is in the file twice; the other is commands[{other}]", called(&command));
            faults.push(LineFault { line: entry.line, message });
        }
        commands.push(command);
    }
    if faults.is_empty() {
        for violation in check::body(rows::SET_COMMANDS, &Value::Array(commands.clone())) {
            let at: usize =
                violation.path.trim_start_matches('[').split(']').next().and_then(|at| at.parse().ok()).unwrap_or(0);
            let rest = violation.path.split_once(']').map_or("", |(_, rest)| rest);
            let line = entries.get(at).map_or(0, |entry| entry.line_of(rest.trim_start_matches('.')));
            faults.push(LineFault { line, message: format!("commands[{at}]{rest} {}", violation.message) });
        }
    }
    if faults.is_empty() { Ok(commands) } else { Err(source.refuse(&faults)) }
}

/// What identifies a command: its type and its name.
fn key(command: &Value) -> (i64, String) {
    let kind = command["type"].as_i64().unwrap_or(1);
    (kind, command["name"].as_str().unwrap_or_default().to_owned())
}

/// `command /ping`, `user command "Report"`
fn called(command: &Value) -> String {
    let (kind, name) = key(command);
    match kind {
        1 => format!("command /{name}"),
        2 => format!("user command {name:?}"),
        3 => format!("message command {name:?}"),
        _ => format!("command {name:?}"),
    }
}

fn differences(spec: &Spec, wanted: &[Value], own: &[Value]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for command in wanted {
        match own.iter().find(|known| key(known) == key(command)) {
            None => differences.push(Difference::Create(command.clone())),
            Some(known) => {
                let changes = changes(spec, command, known);
                if !changes.is_empty() {
                    differences.push(Difference::Edit(command.clone(), changes));
                }
            }
        }
    }
    let is_gone = |known: &&Value| !wanted.iter().any(|command| key(command) == key(known));
    differences.extend(own.iter().filter(is_gone).cloned().map(Difference::Delete));
    differences
}

/// The fields that differ. A field that the file lacks is removed by a sync, unless Discord fills it in.
fn changes(spec: &Spec, wanted: &Value, own: &Value) -> Vec<Change> {
    const FILLED_IN: &[&str] = &["type", "contexts", "integration_types"];
    let references = References::default();
    let known = spec.shape.map_or(&[][..], |shape| shape.fields);
    let mut changes = Vec::new();
    for param in known {
        if FILLED_IN.contains(&param.name) && wanted.get(param.name).is_none_or(Value::is_null) {
            continue;
        }
        let inner = Spec::inner(param);
        if canonical(&inner, &wanted[param.name]) != canonical(&inner, &own[param.name]) {
            let words = |value| codec::words(&inner, value, &references).unwrap_or_default();
            changes.push(Change { key: param.name, from: words(&own[param.name]), to: words(&wanted[param.name]) });
        }
    }
    for name in OLDER {
        if let Some(value) = wanted.get(*name).filter(|value| *value != &own[*name]) {
            changes.push(Change { key: name, from: own[*name].clone(), to: value.clone() });
        }
    }
    changes
}

/// The lines for programs: one for each command, or for each field of a command.
fn objects(difference: &Difference) -> Vec<Object> {
    let line = |change: &str, command: &Value| {
        let line = json!({"change": change, "object": "command", "name": command["name"], "type": key(command).0});
        line.as_object().cloned().unwrap_or_default()
    };
    match difference {
        Difference::Create(command) => vec![line("create", command)],
        Difference::Delete(command) => vec![line("delete", command)],
        Difference::Edit(command, changes) => {
            let with = |change: &Change| {
                let mut line = line("edit", command);
                let more = [("field", change.key.into()), ("from", change.from.clone()), ("to", change.to.clone())];
                line.extend(more.map(|(name, value)| (name.to_owned(), value)));
                line
            };
            changes.iter().map(with).collect()
        }
    }
}

/// The lines for people.
fn text(differences: &[Difference]) -> String {
    let lines = |difference: &Difference| match difference {
        Difference::Create(command) => vec![format!("+ {}", called(command))],
        Difference::Delete(command) => vec![format!("- {}", called(command))],
        Difference::Edit(command, changes) => {
            let line = |change: &Change| format!("~ {}: {} {}", called(command), change.key, show::difference(change));
            changes.iter().map(line).collect()
        }
    };
    differences.iter().flat_map(lines).map(|line| clean::line(&line).into_owned() + "\n").collect()
}

fn print(context: &Context, differences: &[Difference], printer: &mut Printer<Stdout>) -> Result<()> {
    if context.prints_prose() {
        return if differences.is_empty() { Ok(()) } else { Ok(print_text(&text(differences))?) };
    }
    for line in differences.iter().flat_map(objects) {
        printer.item(&RawValue::from_string(Value::Object(line).to_string())?)?;
    }
    Ok(())
}
