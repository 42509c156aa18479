//! Where the lines of `dcord listen` go.

use std::io::{self, IsTerminal as _};
use std::str::FromStr as _;

use serde_json::value::RawValue;

use crate::cli::Error;
use crate::context::Context;
use crate::error::Result;
use crate::filter::{Fields, Jq};
use crate::gateway::LineSink;
#[cfg(target_os = "linux")]
use crate::gateway::writer;
use crate::output::stdout::Sink;
use crate::output::{self, Format, Printer, Stdout, Style, View};

/// Where lines go. Plain lines into a pipe or a file are not looked at again; a terminal is
/// shielded, and a jq program or a choice of fields must see each event.
pub fn sink(context: &Context) -> Result<Box<dyn LineSink>> {
    let flags = &context.settings.flags;
    let jq = flags.jq.as_deref().map(Jq::compile).transpose()?;
    let fields = flags.fields.as_deref().map(Fields::parse).transpose()?;
    let is_default = flags.output.is_none();
    let format = match context.settings.output.as_deref().map(Format::from_str).transpose()? {
        Some(format @ (Format::Json | Format::Jsonl | Format::Raw)) => format,
        Some(format) if !is_default => {
            let first = format!("-o {format}");
            return Err(Error::Conflict { first, second: "listen, which prints a line per event".to_owned() }.into());
        }
        // A format of the environment or the profile is meant for answers.
        Some(_) | None => Format::Jsonl,
    };
    #[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
    let terminal = io::stdout().is_terminal();
    if jq.is_none() && fields.is_none() && !terminal && format != Format::Json {
        let sink = Sink::open()?;
        #[cfg(target_os = "linux")]
        writer::enlarge_pipe(&sink);
        return Ok(Box::new(sink));
    }
    let format = if format == Format::Raw { Format::Jsonl } else { format };
    let style = Style { format, is_default, jq, fields, terminal, width: 0, color: false };
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

/// Ready when nobody reads stdout any more. Writing would tell, but a quiet stream writes nothing.
#[cfg(unix)]
pub async fn reader_gone() {
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
pub async fn reader_gone() {
    std::future::pending::<()>().await;
}
