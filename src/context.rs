//! The context of a command: the process's [`App`], stdout and stderr.

use std::fmt::Arguments;
use std::io::{IsTerminal as _, Write as _};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::cache::{self, Cache};
use crate::call::{self, App};
use crate::catalogue::Endpoint;
use crate::config::{Flags, Settings, env};
use crate::error::{BadOutput, Error, Result};
use crate::filter::{Fields, Jq};
use crate::model::{Clock, Kind};
use crate::output::console::ConsoleOptions;
use crate::output::{self, Console, Format, Printer, Stdout, Style, View};
use crate::rest::{self, WaitReport, Waiting};
use crate::view::names::{self, Lookup, Names};
use crate::view::{Reader, Words};

/// The context of a command.
pub struct Context {
    pub app: Arc<App>,
    pub settings: Arc<Settings>,
    pub console: Arc<Console>,
    pub clock: Clock,
    /// Why the configuration file is not in use, for a diagnosis.
    pub broken: Option<Error>,
}

/// The maximum width of a table in columns. Nobody can read a wider one.
const WIDEST: u16 = 400;

impl Context {
    pub fn new(flags: Flags) -> Result<Self> {
        let clock = env::clock()?;
        let mut console = Console::new(console_options(&flags));
        if let Some(path) = &flags.log_file {
            console.log_to(path, clock.clone())?;
        }
        let console = Arc::new(console);
        output::trace::install(&console);
        let app = |settings: Settings| {
            let notices = Arc::new(Stderr(Arc::clone(&console)));
            let app = App::new(Arc::new(settings), clock.clone(), notices);
            // A wrong URL is an error of the command line or the configuration, so it is reported before a missing token.
            app.api_url()?;
            Ok(Arc::new(app))
        };
        let (app, broken) = match Settings::resolve(flags.clone()).map_err(Into::into).and_then(app) {
            Err(error) if flags.is_diagnosis => (app(Settings::without_file(flags)?)?, Some(error)),
            app => (app?, None),
        };
        let settings = Arc::clone(&app.settings);
        Ok(Self { app, settings, console, clock, broken })
    }

    /// Runs a future to completion on the process's runtime.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output> {
        self.app.block_on(future)
    }

    /// The names for output that people read. They come from the responses passed to [`Names::learn`], and otherwise
    /// from the cache.
    pub fn names(&self) -> Names<'static> {
        Names::new(CachedNames(Arc::clone(&self.app)))
    }

    /// The reader that formats a row's responses for people.
    pub fn reader(&self, endpoint: &'static Endpoint) -> Reader<'static> {
        let words = Words {
            names: self.names(),
            now_ms: self.clock.wall_ms(),
            zone: env::zone().unwrap_or(TimeZone::UTC),
            swatches: color(stdout_is_terminal()) && has_all_colors(),
        };
        Reader::new(endpoint, words)
    }

    /// Names with their own connection to the cache, for a renderer that outlives this call.
    pub fn own_names(&self) -> Names<'static> {
        let may_read = !self.settings.flags.no_cache && self.app.known_token().is_some();
        let cache = if may_read { self.app.open_cache().ok() } else { None };
        match cache.filter(|cache| cache.mode() != cache::Mode::Off) {
            Some(cache) => Names::new(OwnCache(cache)),
            None => Names::none(),
        }
    }

    /// Whether the output is for people, and the user has not chosen a format.
    pub fn prints_prose(&self) -> bool {
        let flags = &self.settings.flags;
        stdout_is_terminal() && self.settings.output.is_none() && flags.jq.is_none() && flags.fields.is_none()
    }

    /// The time zone of the user, for times that people read.
    pub fn zone(&self) -> Result<TimeZone> {
        Ok(env::known_zone()?)
    }

    /// A printer to stdout in the selected format.
    pub fn printer(&self, view: View) -> Result<Printer<Stdout>> {
        self.printer_as(self.format()?, view)
    }

    /// The format that a flag, the environment or the profile selects.
    pub fn given_format(&self) -> Result<Option<Format>> {
        let settings = &self.settings;
        let wrong = |source| BadOutput { origin: settings.output_origin(), source };
        Ok(settings.output.as_deref().map(Format::from_str).transpose().map_err(wrong)?)
    }

    /// The selected format, or the default for stdout.
    fn format(&self) -> Result<Format> {
        Ok(match self.given_format()? {
            Some(format) => format,
            None => Format::default_for(stdout_is_terminal(), self.settings.flags.jq.is_some()),
        })
    }

    /// Checks the options of the output, for commands that print only after they have sent requests.
    pub fn check_output(&self) -> Result<()> {
        let flags = &self.settings.flags;
        self.given_format()?;
        flags.jq.as_deref().map(Jq::compile).transpose()?;
        flags.fields.as_deref().map(Fields::parse).transpose()?;
        Ok(())
    }

    /// Whether the output is a table, which has words for people instead of hashes and codes.
    pub fn prints_table(&self) -> Result<bool> {
        Ok(self.format()? == Format::Table && self.settings.flags.jq.is_none())
    }

    /// A printer in this format.
    pub fn printer_as(&self, format: Format, view: View) -> Result<Printer<Stdout>> {
        let terminal = stdout_is_terminal();
        if terminal || matches!(format, Format::Table | Format::Text) {
            // People read local times. Elsewhere, a wrong time zone matters only to commands that need it.
            env::known_zone()?;
        }
        let jq = self.settings.flags.jq.as_deref().map(Jq::compile).transpose()?;
        let fields = self.settings.flags.fields.as_deref().map(Fields::parse).transpose()?;
        let is_default = self.settings.flags.output.is_none();
        let style = Style { format, is_default, jq, fields, terminal, width: width(), color: color(terminal) };
        Ok(Printer::new(Stdout::open(Some(self.console.progress().clone()))?, style, view)?)
    }

    /// Prints a list from dcord itself.
    pub fn print_list(&self, view: View, rows: &[Value]) -> Result<()> {
        let mut printer = self.printer(view)?;
        // The list is complete, so it is printed as one response in every format.
        printer.answer(&serde_json::to_vec(rows)?, Some("application/json"))?;
        self.finish(&mut printer)
    }

    /// Ends the output, and warns about selected fields that no printed item has.
    pub fn finish(&self, printer: &mut Printer<Stdout>) -> Result<()> {
        printer.finish()?;
        self.warn_of_unseen_fields(printer);
        Ok(())
    }

    /// Warns about selected fields that no printed item has.
    pub fn warn_of_unseen_fields(&self, printer: &Printer<Stdout>) {
        if let Some(warning) = printer.unseen_fields() {
            self.console.warn(warning);
        }
    }

    /// A list of texts in an object that dcord made itself. A person reads it as one text.
    pub fn list_of_texts<S: AsRef<str>>(&self, texts: &[S]) -> Value {
        let texts = texts.iter().map(AsRef::as_ref);
        match self.prints_prose() {
            true => texts.collect::<Vec<_>>().join(", ").into(),
            false => texts.collect::<Vec<&str>>().into(),
        }
    }

    /// Prints an object from dcord itself, such as a dry run's request. It has no id and no link, so the formats `id`
    /// and `url` print the whole object.
    pub fn print_object(&self, object: &Value) -> Result<()> {
        self.print_object_as(self.format()?, object)
    }

    /// Prints the request of a dry run. A table would truncate the body, so the default for people is JSON too.
    pub fn print_request(&self, request: &Value) -> Result<()> {
        match self.format()? {
            Format::Table => self.print_object_as(Format::Json, request),
            format => self.print_object_as(format, request),
        }
    }

    fn print_object_as(&self, format: Format, object: &Value) -> Result<()> {
        let format = if matches!(format, Format::Id | Format::Url) { Format::Jsonl } else { format };
        let mut printer = self.printer_as(format, View::default())?;
        printer.answer(object.to_string().as_bytes(), None)?;
        self.finish(&mut printer)
    }
}

/// Prints text that is neither a response nor a list, such as help or a command line.
pub fn print_text(text: &str) -> Result<(), output::Error> {
    let mut out = Stdout::open(None)?;
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Whether stdout has colours, and its width. For help.
pub fn stdout_style() -> (bool, usize) {
    (color(stdout_is_terminal()), usize::from(width()))
}

pub fn stdout_is_terminal() -> bool {
    #[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
    std::io::stdout().is_terminal()
}

/// The view of an endpoint's responses.
pub fn view(endpoint: &Endpoint) -> View {
    View { columns: endpoint.columns, id: endpoint.id, link: endpoint.link, items: endpoint.items }
}

/// The options for stderr. They are known before the settings, because errors in the settings are printed too.
#[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
pub fn console_options(flags: &Flags) -> ConsoleOptions {
    let terminal = std::io::stderr().is_terminal();
    ConsoleOptions {
        quiet: flags.quiet,
        verbosity: flags.verbosity,
        json: is_json(flags),
        terminal,
        color: color(terminal),
    }
}

/// Whether stderr is JSON: `--errors`, or else `DCORD_ERRORS`. The settings refuse values that are neither json nor text.
pub fn is_json(flags: &Flags) -> bool {
    let format = flags.errors.clone().or_else(|| env::get("DCORD_ERRORS"));
    format.is_some_and(|format| format == "json")
}

/// Whether a stream has colours. In order of precedence: `DCORD_COLOR`, `NO_COLOR`, `CLICOLOR_FORCE`, and whether the
/// stream is a terminal.
fn color(terminal: bool) -> bool {
    match env::get("DCORD_COLOR").as_deref() {
        Some("always") => return true,
        Some("never") => return false,
        _ => {}
    }
    if env::get("NO_COLOR").is_some() {
        return false;
    }
    if env::get("CLICOLOR_FORCE").is_some_and(|v| v != "0") {
        return true;
    }
    terminal
}

/// Whether the terminal announces 24-bit colours.
fn has_all_colors() -> bool {
    matches!(env::get("COLORTERM").as_deref(), Some("truecolor" | "24bit"))
}

/// The width of the terminal, or 80 columns if it is unknown.
fn width() -> u16 {
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col);
    #[cfg(not(unix))]
    let size = None;
    size.filter(|columns| *columns > 0).or_else(|| env::get("COLUMNS")?.parse().ok()).unwrap_or(80).min(WIDEST)
}

/// Looks up names in the cache, if it is used.
struct CachedNames(Arc<App>);

impl Lookup for CachedNames {
    fn name(&self, kind: Kind, guild: Option<u64>, id: &str) -> Option<String> {
        self.0.with_cache(|cache| names::cached(cache, kind, guild, id)).flatten()
    }
}

/// Looks up names in a cache that is open only for this purpose.
struct OwnCache(Cache);

impl Lookup for OwnCache {
    fn name(&self, kind: Kind, guild: Option<u64>, id: &str) -> Option<String> {
        names::cached(&self.0, kind, guild, id).ok().flatten()
    }
}

/// Writes the notices of calls to stderr.
pub struct Stderr(pub Arc<Console>);

impl call::Notices for Stderr {
    fn warn(&self, text: Arguments<'_>) {
        self.0.warn(text);
    }

    fn note(&self, text: Arguments<'_>) {
        self.0.note(text);
    }

    fn debug(&self, level: u8, text: Arguments<'_>) {
        self.0.debug(level, text);
    }
}

impl rest::Notices for Stderr {
    fn waiting(&self, length: Option<Duration>, why: Waiting) -> WaitReport {
        let what = match why {
            Waiting::Limit(why) => why.to_string(),
            Waiting::SearchIndex => "the search index of this server to be built".to_owned(),
        };
        match length {
            // A shorter wait would be over before the user has read the report.
            Some(length) if length >= Duration::from_secs(1) => Box::new(self.0.wait(length, what)),
            _ => {
                self.0.debug(1, format_args!("waiting for {what}"));
                Box::new(())
            }
        }
    }

    fn retrying(&self, after: Duration, cause: &rest::Error) {
        self.0.retry(after, cause);
    }
}
