//! `dcord message export` prints the messages of a channel, the oldest first.

mod attachments;
mod file;
mod source;

use std::io::Write as _;

use serde_json::Value;
use serde_json::value::RawValue;

use self::attachments::Attachments;
use self::source::Source;
use super::dry_run;
use super::signals::Signals;
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Planned, Policy, admission, overwrite};
use crate::catalogue::{Endpoint, rows};
use crate::cli::Error;
use crate::context::{Context, view};
use crate::error::{Exit, Refused, Report, Result, exit};
use crate::model::items;
use crate::output::{Format, Printer, Stdout};
use crate::view::transcript::Transcript;
use crate::view::{Names, counted};

pub fn run(context: &Context, policy: &Policy<'_>, mut bound: Bound) -> Result<()> {
    let row = bound.endpoint;
    let format = take(&mut bound, "format");
    let folder = take(&mut bound, "attachments");
    let mut output = Output::new(context, row, format.as_deref())?;
    // Without a cursor, Discord's list begins with the newest message.
    if !bound.request.query.iter().any(|(name, _)| name == "after") {
        bound.request.query.push(("after".to_owned(), "0".to_owned()));
    }
    let bound = Bound { endpoint: rows::LIST_MESSAGES, all: bound.limit.is_none(), ..bound };
    if policy.dry_run {
        let plan = Some(bound.plan());
        return dry_run::print(context, &Planned { request: bound.request, row: Some(rows::LIST_MESSAGES), plan });
    }
    if folder.is_some() && policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: "message export --attachments".to_owned() }.into());
    }
    context.block_on(async {
        context.app.authenticate(row.auth);
        admission::check(&context.app, policy, &bound).await?;
        call::admit(&context.app, row)?;
        let names = context.names();
        let channel = bound.request.plain_segment("channel_id").unwrap_or_default().to_owned();
        output.begin(context, policy, &names, &channel).await?;
        let mut files = folder.map(|folder| Attachments::new(context, policy, &channel, &folder)).transpose()?;
        let mut source = Source::open(context, policy, bound).await?;
        let mut signals = Signals::new()?;
        let progress = context.console.progress().show("reading messages", None);
        let (mut count, mut last) = (0_u64, None);
        loop {
            let batch = tokio::select! {
                batch = source.next() => batch,
                ending = signals.next() => Err(Exit(ending.status()).into()),
            };
            let batch = match batch {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => {
                    drop(progress);
                    output.flush()?;
                    if let Some(last) = last {
                        let note =
                            format_args!("printed {}; to continue, use --after {last}", counted(count, "message"));
                        context.console.note(note);
                    }
                    return Err(error);
                }
            };
            let messages = batch.messages();
            output.messages(&messages, &names, context.clock.wall_ms())?;
            if let Some(files) = &mut files {
                tokio::select! {
                    added = files.add(&messages) => added?,
                    ending = signals.next() => return Err(Exit(ending.status()).into()),
                }
            }
            count += messages.len() as u64;
            last = messages.last().and_then(|message| items::text(message, "id")).or(last);
            progress.set(&counted(count, "message"), 0);
        }
        let downloaded = match &mut files {
            None => Ok(()),
            Some(files) => tokio::select! {
                downloaded = files.finish() => downloaded,
                ending = signals.next() => Err(Exit(ending.status()).into()),
            },
        };
        drop(progress);
        output.finish(context)?;
        if context.console.options().terminal {
            context.console.note(format_args!("exported {}", counted(count, "message")));
        }
        downloaded
    })?
}

/// Takes the value of a parameter that is not sent to Discord.
fn take(bound: &mut Bound, name: &str) -> Option<String> {
    let at = bound.request.query.iter().position(|(n, _)| n == name)?;
    Some(bound.request.query.remove(at).1)
}

/// Where the messages go.
enum Output {
    Printer(Box<Printer<Stdout>>),
    Markdown { out: Stdout, transcript: Transcript },
}

impl Output {
    /// The output in the format of `--format`, or else of `-o`.
    fn new(context: &Context, row: &'static Endpoint, format: Option<&str>) -> Result<Self> {
        let flags = &context.settings.flags;
        let output = if flags.output.is_some() { context.given_format()? } else { None };
        let format = match (format, output) {
            (Some("md"), None) => None,
            (Some("csv"), None) => Some(Format::Csv),
            (_, None) => Some(Format::Jsonl),
            (None, Some(Format::Jsonl | Format::Csv | Format::None)) => output,
            (Some(format), Some(output)) => {
                let (first, second) = (format!("--format {format}"), format!("-o {}", output.name()));
                return Err(Error::Conflict { first, second }.into());
            }
            (None, Some(output)) => {
                let message = format!("message export does not support -o {}", output.name());
                let hint = "use --format jsonl, csv or md".to_owned();
                return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
            }
        };
        if let Some(format) = format {
            return Ok(Self::Printer(Box::new(context.printer_as(format, view(row))?)));
        }
        let filter = flags.jq.as_ref().map(|_| "--jq").or(flags.fields.as_ref().map(|_| "--fields"));
        if let Some(flag) = filter {
            let message = format!("--format md and {flag} cannot be combined");
            let hint = "use --format jsonl or csv".to_owned();
            return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
        }
        let out = Stdout::open(Some(context.console.progress().clone()))?;
        Ok(Self::Markdown { out, transcript: Transcript::new(context.zone()?) })
    }

    /// Prints the title of the document.
    async fn begin(&mut self, context: &Context, policy: &Policy<'_>, names: &Names<'_>, channel: &str) -> Result<()> {
        let Self::Markdown { out, .. } = self else { return Ok(()) };
        let name = match names.channel(channel) {
            None if policy.cache != CacheMode::Offline => {
                let channel = overwrite::channel(&context.app, policy, channel).await?;
                channel["name"].as_str().map(str::to_owned)
            }
            known => known,
        };
        let title = name.map_or_else(|| format!("Channel {channel}"), |name| format!("#{name}"));
        Ok(out.write_all(Transcript::title(&title).as_bytes())?)
    }

    fn messages(&mut self, messages: &[&RawValue], names: &Names<'_>, now_ms: i64) -> Result<()> {
        match self {
            Self::Printer(printer) => Ok(printer.page(messages)?),
            Self::Markdown { out, transcript } => {
                let parsed: Vec<Value> =
                    messages.iter().map(|message| serde_json::from_str(message.get())).collect::<Result<_, _>>()?;
                // A message may mention the author of another one.
                parsed.iter().for_each(|message| names.learn(message));
                let mut text = String::new();
                parsed.iter().for_each(|message| transcript.push(message, names, now_ms, &mut text));
                out.write_all(text.as_bytes())?;
                Ok(out.flush()?)
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        match self {
            Self::Printer(printer) => Ok(printer.flush()?),
            Self::Markdown { out, .. } => Ok(out.flush()?),
        }
    }

    fn finish(&mut self, context: &Context) -> Result<()> {
        match self {
            Self::Printer(printer) => context.finish(printer),
            Self::Markdown { out, .. } => Ok(out.flush()?),
        }
    }
}
