//! The sink of `dcord listen`, and the reports about events that cannot be printed.

use std::str::FromStr as _;
use std::sync::Arc;

use super::readable::{self, EventStyle, Learned};
use crate::cli::Error;
use crate::context::{Context, stdout_is_terminal};
use crate::error::{self, Result, exit};
use crate::filter::{Fields, Jq};
use crate::output::stdout;
use crate::output::{Console, Format, Printer, Stdout, Style, View};
use crate::stream::{DeadLetter, Failures, Plain, Printed, Readable, Report, Sink, Sync};

/// The sink that prints events: in words if `words` is set, and otherwise as JSON.
///
/// In a pipe or a file, lines are written unchanged and are not parsed. On a terminal, events are printed in words.
/// Events are parsed for `--jq` and `--fields`, and for JSON on a terminal, which escapes control characters.
pub fn sink(context: &Context, words: Option<(EventStyle, &Arc<Learned>)>) -> Result<Box<dyn Sink>> {
    let Some((style, learned)) = words else { return lines(context) };
    let out = Stdout::open(Some(context.console.progress().clone()))?;
    Ok(Box::new(Readable::new(out, readable::render(context, Arc::clone(learned), style)?)))
}

/// How events are printed in words: as `-o text`, or as sentences on a terminal unless the user asks for JSON. A jq
/// program and fields need JSON. An output format from the environment or the profile that is only for other commands
/// does not count.
pub fn event_style(context: &Context) -> Option<EventStyle> {
    let flags = &context.settings.flags;
    if flags.jq.is_some() || flags.fields.is_some() {
        return None;
    }
    let format = context.settings.output.as_deref().map(Format::from_str);
    let is_for_answers = matches!(format, None | Some(Ok(Format::Table | Format::Csv | Format::Id | Format::Url)));
    match format {
        Some(Ok(Format::Text)) => Some(EventStyle::Text),
        _ if is_for_answers && flags.output.is_none() && stdout_is_terminal() => Some(EventStyle::Sentences),
        _ => None,
    }
}

/// The fields of each line. `d` contains the data from Discord.
const ENVELOPE: [&str; 5] = ["shard", "t", "s", "op", "d"];

/// Returns an error for a field that no line has, such as `content` instead of `d.content`, because all lines would
/// be empty.
fn check_fields(list: &str) -> Result<(), Error> {
    let paths = list.split(',').map(str::trim);
    match paths.filter(|path| !path.is_empty()).find(|path| !ENVELOPE.iter().any(|name| begins(path, name))) {
        None => Ok(()),
        Some(path) => Err(Error::Value {
            flag: "--fields".to_owned(),
            text: path.to_owned(),
            wanted: format!(
                "a field of an event's line, which has shard, t, s, op and d; the event itself is in d: d.{path}"
            ),
        }),
    }
}

/// Whether a dotted path begins with this name.
fn begins(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn lines(context: &Context) -> Result<Box<dyn Sink>> {
    let flags = &context.settings.flags;
    let jq = flags.jq.as_deref().map(Jq::compile).transpose()?;
    let fields = flags.fields.as_deref().map(Fields::parse).transpose()?;
    if let Some(text) = flags.fields.as_deref() {
        check_fields(text)?;
    }
    let is_default = flags.output.is_none();
    let format = match context.given_format()? {
        Some(format @ (Format::Json | Format::Jsonl | Format::Raw | Format::Text)) => format,
        Some(format) if !is_default => {
            let wanted = "an output format of listen; use jsonl, json, text or raw, or pick fields with --jq, as in \
                          `--jq '[.t, .d.id] | @csv'`";
            let (flag, text) = ("--output".to_owned(), format.to_string());
            return Err(Error::Value { flag, text, wanted: wanted.to_owned() }.into());
        }
        // Such a format in the environment or the profile is for other commands.
        Some(_) | None => Format::Jsonl,
    };
    let terminal = stdout_is_terminal();
    if jq.is_none() && fields.is_none() && !terminal && format != Format::Json {
        return Ok(Box::new(Plain::new(stdout::Sink::open()?)));
    }
    let format = if format == Format::Raw { Format::Jsonl } else { format };
    let style = Style { format, is_default, jq, fields, terminal, width: 0, color: false };
    let printer = Printer::new(Stdout::open(Some(context.console.progress().clone()))?, style, View::default())?;
    let console = Arc::clone(&context.console);
    Ok(Box::new(Printed::new(printer, move |warning| console.warn(warning))))
}

/// Reports events that cannot be printed on stderr.
pub fn failures(console: &Arc<Console>, dead_letter: Option<DeadLetter>) -> Failures {
    let console = Arc::clone(console);
    let report = move |report: Report<'_>| match report {
        Report::Failed(line, error) => {
            error::Report::new(exit::OTHER, "event-failed", format_args!("{line}: {error}"), None).show(&console);
        }
        Report::Muted => {
            console.warn("too many events failed; for the next minute, dcord counts failures without printing them");
        }
    };
    Failures::new(Box::new(report), dead_letter)
}

/// Syncs the files that a consumer's events are delivered to.
pub fn sync(dead_letter: Option<&DeadLetter>) -> Result<Sync> {
    let stdout = stdout::Sink::open()?.regular_file()?;
    let dead_letter = dead_letter.map(DeadLetter::regular_file).transpose()?.flatten();
    let files: Vec<_> = stdout.into_iter().chain(dead_letter).collect();
    Ok(Box::new(move || files.iter().try_for_each(std::fs::File::sync_data)))
}

/// Waits until the reader has closed stdout. A write would detect this too, but in a quiet stream there is none.
#[cfg(unix)]
pub async fn reader_gone() {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    let (gone, closed) = tokio::sync::oneshot::channel();
    let watch = move || {
        let Ok(out) = stdout::Sink::open() else { return };
        // If no events are requested, poll reports only errors and hang-ups.
        let mut fds = [PollFd::new(&out, PollFlags::empty())];
        while poll(&mut fds, None) == Err(Errno::INTR) {}
        if fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            // Sending fails if the stream has ended meanwhile.
            let _ = gone.send(());
        }
    };
    // The thread has nothing to clean up, so it may end with the process.
    let watching = std::thread::Builder::new().name("reader".to_owned()).spawn(watch);
    if watching.is_err() || closed.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// On other systems, only the next write detects this.
#[cfg(not(unix))]
pub async fn reader_gone() {
    std::future::pending::<()>().await;
}
