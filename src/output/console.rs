//! The one owner of stderr: errors, warnings, waits, and what `-v` asks for.
//!
//! Whatever is said goes through the redactor and has its control characters taken out, on a
//! terminal, in a pipe and in the log file alike. A stderr that is closed, or that nobody reads, stops
//! nothing.

use std::fmt::Display;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::bounded::{BoundedWriter, Loss, OnFailure, Stderr, Stream};
use super::clean;
use super::error::Error;
use super::private::open_private;
use super::progress::{Progress, Shown};
use crate::model::redact::redact;
use crate::model::{Clock, time};

/// How much is said, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsoleOptions {
    /// `-q`: errors only.
    pub quiet: bool,
    /// The number of `-v`.
    pub verbosity: u8,
    /// Errors are JSON objects. Whoever renders errors looks at it.
    pub json_errors: bool,
    /// Stderr is a terminal.
    pub terminal: bool,
    pub color: bool,
}

/// How long the end of the process waits for a stderr or a log file that takes nothing.
const GRACE: Duration = Duration::from_secs(2);

/// Stderr and the log file.
pub struct Console {
    options: ConsoleOptions,
    stderr: BoundedWriter,
    log: Option<Log>,
    progress: Progress,
}

struct Log {
    writer: BoundedWriter,
    clock: Clock,
}

/// The kinds of lines: their names in the log, their words on stderr, their colours.
#[derive(Clone, Copy)]
enum Kind {
    Error,
    Hint,
    Warning,
    Note,
    Debug,
}

impl Console {
    pub fn new(options: ConsoleOptions) -> Self {
        Self::with(process_stderr().clone(), options)
    }

    /// The same over another stream.
    pub fn over(stderr: Box<dyn Stream>, options: ConsoleOptions) -> Self {
        Self::with(writer(stderr), options)
    }

    fn with(stderr: BoundedWriter, options: ConsoleOptions) -> Self {
        let is_drawn = options.terminal && !options.quiet;
        let progress =
            if is_drawn { Progress::on_terminal(stderr.clone(), options.color) } else { Progress::default() };
        Self { options, stderr, log: None, progress }
    }

    /// Appends all that is said, and all that `-vv` would say, to a file that only its owner can
    /// read.
    pub fn log_to(&mut self, path: &Path, clock: Clock) -> Result<(), Error> {
        let file = open_private(path).map_err(|source| Error::Log { path: path.to_owned(), source })?;
        let (stderr, options, path) = (self.stderr.clone(), self.options, path.display().to_string());
        let failed = move |error| {
            // The work goes on without its log, of which the rest would be in pieces.
            let text = clean(&format_args!("cannot write {path}: {error}; the log ends here"));
            if !options.quiet {
                stderr.write(shown(Kind::Warning, &text, options.color), Loss::Allowed);
            }
        };
        let at = clock.clone();
        let dropped = move |count| log_line(&at, "warning", &dropped_lines(count, "the log file"));
        let writer = BoundedWriter::new(Box::new(file), "log", OnFailure::Close(Box::new(failed)), dropped);
        self.log = Some(Log { writer, clock });
        Ok(())
    }

    /// Waits at the end of the process until all that was said is written. A stream that takes nothing for
    /// two seconds loses the rest.
    pub fn finish(&self) {
        // In this order, for a log that cannot be written is reported on stderr.
        if let Some(log) = &self.log {
            log.writer.drain(GRACE);
        }
        self.stderr.drain(GRACE);
    }

    pub fn has_log(&self) -> bool {
        self.log.is_some()
    }

    pub fn options(&self) -> ConsoleOptions {
        self.options
    }

    /// The moving line on stderr.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What failed, and what can be done about it, each on a line.
    pub fn error(&self, text: impl Display, hints: &[impl AsRef<str>]) {
        self.say(Kind::Error, &text, true);
        for hint in hints {
            self.say(Kind::Hint, &hint.as_ref(), true);
        }
    }

    /// An error that is rendered as a JSON object already.
    pub fn json_error(&self, object: impl Display) {
        let object = clean(&object);
        self.log("error", &object, Loss::Refused);
        self.stderr.write(format!("{}{object}\n", self.progress.clear()), Loss::Refused);
    }

    pub fn warn(&self, text: impl Display) {
        self.say(Kind::Warning, &text, !self.options.quiet);
    }

    pub fn note(&self, text: impl Display) {
        self.say(Kind::Note, &text, !self.options.quiet);
    }

    /// What happens inside. `level` is the number of `-v` from which it is shown; without them and
    /// without a log file the text is not even made.
    pub fn debug(&self, level: u8, text: impl Display) {
        let shown = level <= self.options.verbosity && !self.options.quiet;
        if shown || self.log.is_some() {
            self.say(Kind::Debug, &text, shown);
        }
    }

    /// Says that there is a wait, of a known length, and what for. On a terminal that stands on the
    /// moving line until the result is dropped; elsewhere it is a line of its own.
    pub fn wait(&self, length: Duration, what: impl Display) -> Shown {
        let text = format!("waiting {} for {what}", time::in_words(length));
        self.say(Kind::Note, &text, !self.progress.is_drawn() && !self.options.quiet);
        self.progress.show(&text, None)
    }

    /// Text of dcord's own that has lines: help.
    pub fn text(&self, text: &str) {
        self.stderr.write(text.to_owned(), Loss::Refused);
    }

    /// Asks, and leaves the cursor behind the question.
    pub fn ask(&self, question: impl Display) {
        self.stderr.write(clean(&question), Loss::Refused);
    }

    fn say(&self, kind: Kind, text: &dyn Display, is_shown: bool) {
        let text = clean(text);
        let loss = match kind {
            Kind::Error | Kind::Hint => Loss::Refused,
            Kind::Warning | Kind::Note | Kind::Debug => Loss::Allowed,
        };
        self.log(kind.name(), &text, loss);
        if is_shown {
            self.stderr.write(self.progress.clear().to_owned() + &shown(kind, &text, self.options.color), loss);
        }
    }

    fn log(&self, kind: &str, text: &str, loss: Loss) {
        if let Some(Log { writer, clock }) = &self.log {
            writer.write(log_line(clock, kind, text), loss);
        }
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Note => "note",
            Self::Debug => "debug",
        }
    }
}

/// The stderr of this process, shared by every [`Console`].
fn process_stderr() -> &'static BoundedWriter {
    static STDERR: OnceLock<BoundedWriter> = OnceLock::new();
    STDERR.get_or_init(|| writer(Box::new(Stderr)))
}

fn writer(stderr: Box<dyn Stream>) -> BoundedWriter {
    let dropped = |count| shown(Kind::Warning, &dropped_lines(count, "standard error"), false);
    // There is no place to report that stderr cannot be written.
    BoundedWriter::new(stderr, "stderr", OnFailure::GoOn, dropped)
}

fn dropped_lines(count: u64, stream: &str) -> String {
    format!("{count} lines were dropped, because {stream} took no more")
}

/// Has a panic reported as an error, through the queue of stderr. The standard library's report would block where nobody
/// reads stderr, and could show a secret.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let stderr = process_stderr();
        stderr.write(panic_line(panic), Loss::Refused);
        stderr.drain(GRACE);
    }));
}

fn panic_line(panic: &dyn Display) -> String {
    shown(Kind::Error, &clean(&format_args!("this is a bug in dcord, please report it: {panic}")), false)
}

fn log_line(clock: &Clock, kind: &str, text: &str) -> String {
    let now = time::rfc3339(clock.wall_ms()).unwrap_or_default();
    format!("{now} {kind}: {text}\n")
}

/// A line as it stands on stderr.
fn shown(kind: Kind, text: &str, color: bool) -> String {
    let (word, paint) = match kind {
        Kind::Error => ("error: ", "\x1b[1;31m"),
        Kind::Hint => ("  hint: ", "\x1b[36m"),
        Kind::Warning => ("warning: ", "\x1b[1;33m"),
        Kind::Note => ("", ""),
        Kind::Debug => ("", "\x1b[2m"),
    };
    match kind {
        _ if !color => format!("{word}{text}\n"),
        Kind::Note => format!("{text}\n"),
        // Debugging is dim as a whole.
        Kind::Debug => format!("{paint}{text}\x1b[0m\n"),
        Kind::Error | Kind::Hint | Kind::Warning => format!("{paint}{word}\x1b[0m{text}\n"),
    }
}

/// The text on one line. It is cleaned first: a secret with an invisible character inside would
/// pass the redactor.
fn clean(text: &dyn Display) -> String {
    let text = text.to_string();
    let line = clean::line(&text);
    redact(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Shared {}

    const TOKEN: &str = "MMMMMMMMMMMMMMMMMMMMMMMM.G12345.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    fn say_everything(console: &Console) {
        console.error("it failed", &["do this", "or that"]);
        console.warn("mind this");
        console.note(format_args!("noted {}", 1));
        console.debug(1, "one");
        console.debug(2, "two");
        drop(console.wait(Duration::from_millis(3200), "the limit of POST /channels/1/messages"));
    }

    fn told(options: ConsoleOptions, console: impl FnOnce(&Console)) -> String {
        let stderr = Shared::default();
        console(&Console::over(Box::new(stderr.clone()), options));
        let bytes = stderr.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_level_says_what_it_should() {
        let errors = "error: it failed\n  hint: do this\n  hint: or that\n";
        let wait = "waiting 3.2 s for the limit of POST /channels/1/messages\n";
        let plain = format!("{errors}warning: mind this\nnoted 1\n");
        for (quiet, verbosity, wanted) in [
            (true, 0, errors.to_owned()),
            (true, 2, errors.to_owned()),
            (false, 0, format!("{plain}{wait}")),
            (false, 1, format!("{plain}one\n{wait}")),
            (false, 2, format!("{plain}one\ntwo\n{wait}")),
        ] {
            let options = ConsoleOptions { quiet, verbosity, ..ConsoleOptions::default() };
            assert_eq!(told(options, say_everything), wanted, "{quiet} {verbosity}");
        }
    }

    #[test]
    fn on_a_terminal_a_wait_is_no_line_of_its_own() {
        let options = ConsoleOptions { terminal: true, ..ConsoleOptions::default() };
        let told = told(options, say_everything);
        assert!(told.contains("waiting 3.2 s") && !told.lines().any(|line| line.starts_with("waiting")), "{told}");
        assert!(told.ends_with("\r\x1b[2K"), "{told}");
    }

    #[test]
    fn no_secret_and_no_control_character_gets_through() {
        let hostile = format!("a\x1b[2Jb\nerror: forged\u{202e} {TOKEN}");
        let broken = format!("{}\u{200f}{}", &TOKEN[..30], &TOKEN[30..]);
        for color in [false, true] {
            let options = ConsoleOptions { verbosity: 1, color, ..ConsoleOptions::default() };
            let told = told(options, |console| {
                console.error(&hostile, &[&hostile]);
                console.warn(&hostile);
                console.note(&broken);
                console.debug(1, &hostile);
                console.json_error(&hostile);
                console.ask(&hostile);
                drop(console.wait(Duration::ZERO, &hostile));
            });
            assert_eq!(told.lines().count(), 7, "{told}");
            assert!(!told.contains("MMMM") && !told.contains("\x1b[2J"), "{told}");
            assert!(!told.contains('\u{202e}'));
        }
    }

    #[test]
    fn colour_is_for_the_word_before_the_text() {
        let options = ConsoleOptions { color: true, ..ConsoleOptions::default() };
        let told = told(options, |console| console.warn("x"));
        assert_eq!(told, "\x1b[1;33mwarning: \x1b[0mx\n");
    }

    #[test]
    fn a_closed_stderr_stops_nothing() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        impl Stream for Closed {}
        say_everything(&Console::over(Box::new(Closed), ConsoleOptions::default()));
    }

    #[test]
    fn a_panic_is_one_line_without_secrets() {
        let told = panic_line(&format_args!("panicked at src/x.rs:1:2:\nno {TOKEN}"));
        assert!(
            told.starts_with("error: this is a bug in dcord, please report it: panicked at src/x.rs:1:2:"),
            "{told}"
        );
        assert!(told.ends_with('\n') && told.lines().count() == 1 && !told.contains("MMMM"), "{told}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_log_that_cannot_be_written_is_told_once() {
        let stderr = Shared::default();
        let mut console = Console::over(Box::new(stderr.clone()), ConsoleOptions::default());
        console.log_to(Path::new("/dev/full"), Clock::system()).unwrap();
        console.debug(2, "one");
        console.debug(2, "two");
        console.finish();
        let expected = "warning: cannot write /dev/full: No space left on device (os error 28); the log ends here\n";
        assert_eq!(String::from_utf8(stderr.0.lock().unwrap().clone()).unwrap(), expected);
    }

    #[test]
    fn the_log_has_everything_without_secrets_and_is_its_owner_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dcord.log");
        let mut console =
            Console::over(Box::new(Shared::default()), ConsoleOptions { quiet: true, ..ConsoleOptions::default() });
        console.log_to(&path, Clock::system()).unwrap();
        say_everything(&console);
        console.debug(2, TOKEN);
        console.finish();
        let log = std::fs::read_to_string(&path).unwrap();
        for line in ["error: it failed", "hint: or that", "warning: mind this", "debug: two", "note: waiting"] {
            assert!(log.contains(line), "{line} in {log}");
        }
        assert!(!log.contains("MMMM"), "{log}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let nowhere = folder.path().join("missing/dcord.log");
        assert!(matches!(console.log_to(&nowhere, Clock::system()), Err(Error::Log { .. })));
    }
}
