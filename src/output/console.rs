//! The only module that writes to stderr: errors, warnings, notes, waits, and the lines that `-v` adds.
//!
//! Stderr is text for people, or JSON Lines for programs ([`ConsoleOptions::json`]). Secrets and control characters are
//! removed from every text, on a terminal, in a pipe and in the log file alike. The process continues if stderr is closed
//! or if its reader has stopped.

use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};

use super::bounded::{BoundedWriter, OnFailure, Stderr, Stream, WhenFull};
use super::clean;
use super::error::Error;
use super::progress::{self, Progress, ProgressGuard};
use crate::model::redact::redact;
use crate::model::wrap::wrap;
use crate::model::{Clock, private, time};

/// How much stderr shows, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsoleOptions {
    /// `-q`: errors only.
    pub quiet: bool,
    /// The number of `-v`.
    pub verbosity: u8,
    /// `--errors json`: every line is a JSON object, and nothing is drawn or asked.
    pub json: bool,
    /// Stderr is a terminal.
    pub terminal: bool,
    pub color: bool,
}

/// How long the process waits before it exits while stderr or the log file accepts no bytes.
const GRACE: Duration = Duration::from_secs(2);

/// The minimum width for wrapped text. With fewer columns, lines that the terminal breaks are easier to read.
const NARROWEST: usize = 20;

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

/// The level of a line. It determines the name in JSON and in the log file, and the prefix and the colour on stderr.
#[derive(Clone, Copy)]
enum Level {
    Error,
    Hint,
    Warning,
    Note,
    Debug,
}

/// Whether stderr is JSON, for the lines that are written without a [`Console`]: panics and the number of dropped lines.
static JSON: AtomicBool = AtomicBool::new(false);

impl Console {
    pub fn new(options: ConsoleOptions) -> Self {
        JSON.store(options.json, Ordering::Relaxed);
        Self::with(process_stderr().clone(), options)
    }

    /// Like [`Self::new`], with another stream instead of stderr.
    pub fn over(stderr: Box<dyn Stream>, options: ConsoleOptions) -> Self {
        Self::with(writer(stderr, move || options.json), options)
    }

    fn with(stderr: BoundedWriter, options: ConsoleOptions) -> Self {
        let is_drawn = options.terminal && !options.quiet && !options.json;
        let progress =
            if is_drawn { Progress::on_terminal(stderr.clone(), options.color) } else { Progress::default() };
        Self { options, stderr, log: None, progress }
    }

    /// Also appends every line, including those of `-vv`, to a file that only its owner can read.
    pub fn log_to(&mut self, path: &Path, clock: Clock) -> Result<(), Error> {
        let file = private::open_append(path).map_err(|source| Error::Log { path: path.to_owned(), source })?;
        let (stderr, options, path) = (self.stderr.clone(), self.options, path.display().to_string());
        let failed = move |error| {
            let why = crate::model::fault::words(&error);
            let text = clean(&format_args!("cannot write to the log file {path}: {why}; logging stops"));
            if !options.quiet {
                stderr.write(line(Level::Warning, &text, Details::default(), options), WhenFull::Drop);
            }
        };
        let at = clock.clone();
        let dropped = move |count| log_line(&at, Level::Warning, &dropped_lines(count, "the log file"));
        let writer = BoundedWriter::new(Box::new(file), "log", OnFailure::Close(Box::new(failed)), dropped);
        self.log = Some(Log { writer, clock });
        Ok(())
    }

    /// Waits at the end of the process until every line is written. If a stream accepts nothing for two seconds, the
    /// remaining lines are lost.
    pub fn finish(&self) {
        // The log file is first, because its failure is reported on stderr.
        if let Some(log) = &self.log {
            log.writer.drain(GRACE);
        }
        self.stderr.drain(GRACE);
    }

    /// Waits until all lines so far are on stderr, so that they appear above the next output. Blocks the thread.
    pub fn flush(&self) {
        self.stderr.drain(GRACE);
    }

    pub fn has_log(&self) -> bool {
        self.log.is_some()
    }

    pub fn options(&self) -> ConsoleOptions {
        self.options
    }

    /// The progress line on stderr.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Prints an error and one line for each line of the hint. As JSON, it is a single object with the level and these
    /// members.
    pub fn error(&self, text: impl Display, hint: Option<&str>, members: &Map<String, Value>) {
        self.fault(Level::Error, &text, hint, members);
    }

    /// Prints an error that does not fail the command, in the same form.
    pub fn warning(&self, text: impl Display, hint: Option<&str>, members: &Map<String, Value>) {
        self.fault(Level::Warning, &text, hint, members);
    }

    fn fault(&self, level: Level, text: &dyn Display, hint: Option<&str>, members: &Map<String, Value>) {
        let text = clean(text);
        let hints: Vec<_> = hint.into_iter().flat_map(str::lines).map(|hint| clean(&hint)).collect();
        self.log(level, &text, WhenFull::Queue);
        for hint in &hints {
            self.log(Level::Hint, hint, WhenFull::Queue);
        }
        if self.options.quiet && matches!(level, Level::Warning) {
            return;
        }
        let mut lines = self.progress.clear().to_owned();
        if self.options.json {
            lines += &object(level, members.clone());
        } else {
            lines += &text_line(level, &text, self.options);
            lines.extend(hints.iter().map(|hint| text_line(Level::Hint, hint, self.options)));
        }
        self.stderr.write(lines, WhenFull::Queue);
    }

    pub fn warn(&self, text: impl Display) {
        self.say(Level::Warning, &text, Details::default(), !self.options.quiet);
    }

    pub fn note(&self, text: impl Display) {
        self.say(Level::Note, &text, Details::default(), !self.options.quiet);
    }

    /// Prints a debug message if `-v` is given at least `level` times. If the message is neither printed nor logged, the
    /// text is not formatted.
    pub fn debug(&self, level: u8, text: impl Display) {
        let shown = level <= self.options.verbosity && !self.options.quiet;
        if shown || self.log.is_some() {
            self.say(Level::Debug, &text, Details::default(), shown);
        }
    }

    /// Shows a wait and its reason. On a terminal the progress line shows them, with the remaining time, until the
    /// returned guard is dropped. Otherwise a note is printed.
    pub fn wait(&self, length: Duration, reason: impl Display) -> ProgressGuard {
        let text = format!("waiting {} for {reason}", time::in_words(length));
        let details = Details { kind: Some("wait"), retry_after: Some(length) };
        self.say(Level::Note, &text, details, !self.progress.is_drawn() && !self.options.quiet);
        self.progress.wait(&format!("waiting for {reason}"), length)
    }

    /// Prints that an attempt failed and when the next one starts.
    pub fn retry(&self, after: Duration, cause: impl Display) {
        let text = format!("{cause}; trying again in {}", time::in_words(after));
        let details = Details { kind: Some("retry"), retry_after: Some(after) };
        self.say(Level::Note, &text, details, !self.options.quiet);
    }

    /// Prints help, which is already wrapped and coloured. Help is never printed as JSON.
    pub fn help(&self, text: &str) {
        debug_assert!(!self.options.json, "a program that reads JSON cannot read help");
        self.stderr.write(text.to_owned(), WhenFull::Queue);
    }

    /// Whether a question can be asked: stderr is a terminal that a person reads.
    pub fn can_ask(&self) -> bool {
        self.options.terminal && !self.options.json
    }

    /// Prints a question, and leaves the cursor after it.
    pub fn ask(&self, question: impl Display) {
        let question = wrapped(&clean(&question), 0, usize::from(progress::width()));
        self.stderr.write(self.progress.clear().to_owned() + &question, WhenFull::Queue);
    }

    /// Moves the cursor from an unanswered question to the next line.
    pub fn end_question(&self) {
        self.stderr.write("\n".to_owned(), WhenFull::Queue);
    }

    fn say(&self, level: Level, text: &dyn Display, details: Details, is_shown: bool) {
        let text = clean(text);
        self.log(level, &text, WhenFull::Drop);
        if is_shown {
            let line = line(level, &text, details, self.options);
            self.stderr.write(self.progress.clear().to_owned() + &line, WhenFull::Drop);
        }
    }

    fn log(&self, level: Level, text: &str, when_full: WhenFull) {
        if let Some(Log { writer, clock }) = &self.log {
            writer.write(log_line(clock, level, text), when_full);
        }
    }
}

impl Level {
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

/// The members of a JSON line besides its level and message.
#[derive(Clone, Copy, Default)]
struct Details {
    kind: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// The process's stderr itself, for the output of another program, which passes through unchanged.
pub fn passthrough() -> impl io::Write + Send {
    Stderr
}

/// The stderr of this process, shared by every [`Console`].
fn process_stderr() -> &'static BoundedWriter {
    static STDERR: OnceLock<BoundedWriter> = OnceLock::new();
    STDERR.get_or_init(|| writer(Box::new(Stderr), || JSON.load(Ordering::Relaxed)))
}

fn writer(stderr: Box<dyn Stream>, is_json: impl Fn() -> bool + Send + Sync + 'static) -> BoundedWriter {
    let dropped = move |count| {
        let options = ConsoleOptions { json: is_json(), ..ConsoleOptions::default() };
        line(Level::Warning, &dropped_lines(count, "standard error"), Details::default(), options)
    };
    // A failed write to stderr cannot be reported anywhere.
    BoundedWriter::new(stderr, "stderr", OnFailure::Continue, dropped)
}

fn dropped_lines(count: u64, stream: &str) -> String {
    format!("{count} lines were dropped because {stream} was not read fast enough")
}

/// Reports panics as errors through the queue of stderr. The standard library's report would block if nothing reads
/// stderr, and could contain a secret. `json` is the format until the first [`Console`] is created.
pub fn report_panics(json: bool) {
    JSON.store(json, Ordering::Relaxed);
    std::panic::set_hook(Box::new(|panic| {
        let stderr = process_stderr();
        stderr.write(panic_line(panic, JSON.load(Ordering::Relaxed)), WhenFull::Queue);
        stderr.drain(GRACE);
    }));
}

fn panic_line(panic: &dyn Display, json: bool) -> String {
    let text = clean(&format_args!("this is a bug in dcord, please report it: {panic}"));
    let details = Details { kind: Some("bug"), retry_after: None };
    line(Level::Error, &text, details, ConsoleOptions { json, ..ConsoleOptions::default() })
}

fn log_line(clock: &Clock, level: Level, text: &str) -> String {
    let now = time::rfc3339(clock.wall_ms()).unwrap_or_default();
    format!("{now} {}: {text}\n", level.name())
}

/// Formats a line for stderr. The text must be clean.
fn line(level: Level, text: &str, details: Details, options: ConsoleOptions) -> String {
    if !options.json {
        return text_line(level, text, options);
    }
    let mut members = Map::new();
    if let Some(kind) = details.kind {
        members.insert("kind".to_owned(), Value::from(kind));
    }
    members.insert("message".to_owned(), Value::from(text));
    if let Some(length) = details.retry_after {
        members.insert("retry_after".to_owned(), Value::from(length.as_millis() as f64 / 1000.0));
    }
    object(level, members)
}

/// A JSON object with the level first.
fn object(level: Level, members: Map<String, Value>) -> String {
    let mut object = Map::new();
    object.insert("level".to_owned(), Value::from(level.name()));
    object.extend(members);
    object.values_mut().for_each(clean_texts);
    Value::from(object).to_string() + "\n"
}

/// Cleans the strings of a JSON value. This has to happen before serialization: in the JSON text, the redactor would
/// treat the letter of an escape, such as the `n` of `\n`, as a part of the secret that follows.
fn clean_texts(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(values) => values.iter_mut().for_each(clean_texts),
        Value::Object(members) => members.values_mut().for_each(clean_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Formats a line as text. On a terminal it is wrapped, and the following lines are indented below the text.
fn text_line(level: Level, text: &str, options: ConsoleOptions) -> String {
    let (word, paint) = match level {
        Level::Error => ("error: ", "\x1b[1;31m"),
        Level::Hint => ("  hint: ", "\x1b[36m"),
        Level::Warning => ("warning: ", "\x1b[1;33m"),
        Level::Note => ("", ""),
        Level::Debug => ("", "\x1b[2m"),
    };
    let text = match level {
        // Debug messages stay on one line, so that tools like grep work on them.
        Level::Debug => Cow::Borrowed(text),
        _ if !options.terminal => Cow::Borrowed(text),
        _ => Cow::Owned(wrapped(text, word.len(), usize::from(progress::width()))),
    };
    match level {
        _ if !options.color => format!("{word}{text}\n"),
        Level::Note => format!("{text}\n"),
        // The whole line is dim.
        Level::Debug => format!("{paint}{text}\x1b[0m\n"),
        Level::Error | Level::Hint | Level::Warning => format!("{paint}{word}\x1b[0m{text}\n"),
    }
}

/// Wraps a text that follows a prefix of `before` columns. Without a prefix, the lines after the first are indented, so
/// that they are recognized as parts of the same message.
fn wrapped(text: &str, before: usize, width: usize) -> String {
    let indent = if before == 0 { 2 } else { before };
    wrap(text, width.saturating_sub(indent).max(NARROWEST)).join(&format!("\n{:indent$}", ""))
}

/// The text on one line, without secrets. Control characters are removed first, because the redactor does not recognize
/// a secret that contains an invisible character.
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
    struct Capture(Arc<Mutex<Vec<u8>>>);

    impl Write for Capture {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Capture {}

    const TOKEN: &str = "MMMMMMMMMMMMMMMMMMMMMMMM.G12345.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    fn say_everything(console: &Console) {
        console.error("it failed", Some("do this; or that"), &members());
        console.warn("mind this");
        console.note(format_args!("noted {}", 1));
        console.debug(1, "one");
        console.debug(2, "two");
        console.retry(Duration::from_secs(1), "it was cut");
        drop(console.wait(Duration::from_millis(3200), "the limit of POST /channels/1/messages"));
    }

    fn members() -> Map<String, Value> {
        Map::from_iter([("kind".to_owned(), Value::from("usage"))])
    }

    fn written(options: ConsoleOptions, console: impl FnOnce(&Console)) -> String {
        let stderr = Capture::default();
        console(&Console::over(Box::new(stderr.clone()), options));
        let bytes = stderr.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_verbosity_prints_its_messages() {
        let errors = "error: it failed\n  hint: do this; or that\n";
        let wait = "it was cut; trying again in 1.0 s\nwaiting 3.2 s for the limit of POST /channels/1/messages\n";
        let plain = format!("{errors}warning: mind this\nnoted 1\n");
        for (quiet, verbosity, wanted) in [
            (true, 0, errors.to_owned()),
            (true, 2, errors.to_owned()),
            (false, 0, format!("{plain}{wait}")),
            (false, 1, format!("{plain}one\n{wait}")),
            (false, 2, format!("{plain}one\ntwo\n{wait}")),
        ] {
            let options = ConsoleOptions { quiet, verbosity, ..ConsoleOptions::default() };
            assert_eq!(written(options, say_everything), wanted, "{quiet} {verbosity}");
        }
    }

    #[test]
    fn on_a_terminal_a_wait_is_shown_in_the_progress_line() {
        let options = ConsoleOptions { terminal: true, ..ConsoleOptions::default() };
        let output = written(options, say_everything);
        assert!(
            output.contains("waiting for the limit of") && !output.lines().any(|line| line.starts_with("waiting")),
            "{output}"
        );
        assert!(output.ends_with("\r\x1b[2K"), "{output}");
    }

    #[test]
    fn secrets_and_control_characters_are_removed() {
        let hostile = format!("a\x1b[2Jb\nerror: forged\u{202e} {TOKEN}");
        let broken = format!("{}\u{200f}{}", &TOKEN[..30], &TOKEN[30..]);
        for color in [false, true] {
            let options = ConsoleOptions { verbosity: 1, color, ..ConsoleOptions::default() };
            let output = written(options, |console| {
                console.error(&hostile, Some(&hostile), &members());
                console.warn(&hostile);
                console.note(&broken);
                console.debug(1, &hostile);
                console.ask(&hostile);
                console.end_question();
                drop(console.wait(Duration::ZERO, &hostile));
            });
            // The hint has two lines, each with the prefix.
            assert_eq!(output.lines().count(), 8, "{output}");
            assert!(!output.contains("MMMM") && !output.contains("\x1b[2J"), "{output}");
            assert!(!output.contains('\u{202e}'));
        }
    }

    #[test]
    fn in_json_every_line_is_an_object_without_progress_or_questions() {
        let options =
            ConsoleOptions { json: true, terminal: true, color: true, verbosity: 2, ..ConsoleOptions::default() };
        let written = written(options, |console| {
            assert!(!console.can_ask());
            say_everything(console);
            let hostile = Map::from_iter([("message".to_owned(), Value::from(format!("a\x1b[2J\n\u{202e}{TOKEN}")))]);
            console.error("in JSON the members count", None, &hostile);
        });
        let expected = r#"{"level":"error","kind":"usage"}
{"level":"warning","message":"mind this"}
{"level":"note","message":"noted 1"}
{"level":"debug","message":"one"}
{"level":"debug","message":"two"}
{"level":"note","kind":"retry","message":"it was cut; trying again in 1.0 s","retry_after":1.0}
{"level":"note","kind":"wait","message":"waiting 3.2 s for the limit of POST /channels/1/messages","retry_after":3.2}
"#;
        let (head, hostile) = written.split_at(expected.len());
        assert_eq!(head, expected);
        assert!(!hostile.contains("MMMM") && !hostile.contains(['\x1b', '\u{202e}']), "{hostile}");
        let hostile: Value = serde_json::from_str(hostile).unwrap();
        assert_eq!(hostile["level"], "error");
        let panic = panic_line(&format_args!("panicked at src/x.rs:1:2:\nno {TOKEN}"), true);
        let panic: Value = serde_json::from_str(&panic).unwrap();
        assert_eq!((&panic["level"], &panic["kind"]), (&"error".into(), &"bug".into()));
    }

    #[test]
    fn only_the_word_before_the_text_is_coloured() {
        let options = ConsoleOptions { color: true, ..ConsoleOptions::default() };
        let output = written(options, |console| console.warn("x"));
        assert_eq!(output, "\x1b[1;33mwarning: \x1b[0mx\n");
    }

    #[test]
    fn a_long_line_is_wrapped_below_its_beginning() {
        let text = "no channel named \"genral\"; `dcord channel list` shows them";
        assert_eq!(wrapped(text, 7, 46), "no channel named \"genral\";\n       `dcord channel list` shows them");
        assert_eq!(wrapped(text, 0, 50), "no channel named \"genral\"; `dcord channel list`\n  shows them");
        assert_eq!(wrapped(text, 8, 200), text);
    }

    #[test]
    fn a_closed_stderr_is_ignored() {
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
    fn a_panic_message_is_one_line_without_secrets() {
        let output = panic_line(&format_args!("panicked at src/x.rs:1:2:\nno {TOKEN}"), false);
        assert!(
            output.starts_with("error: this is a bug in dcord, please report it: panicked at src/x.rs:1:2:"),
            "{output}"
        );
        assert!(output.ends_with('\n') && output.lines().count() == 1 && !output.contains("MMMM"), "{output}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_of_the_log_file_is_reported_once() {
        let stderr = Capture::default();
        let mut console = Console::over(Box::new(stderr.clone()), ConsoleOptions::default());
        console.log_to(Path::new("/dev/full"), Clock::system()).unwrap();
        console.debug(2, "one");
        console.debug(2, "two");
        console.finish();
        let expected = "warning: cannot write to the log file /dev/full: no space left on the device; logging stops\n";
        assert_eq!(String::from_utf8(stderr.0.lock().unwrap().clone()).unwrap(), expected);
    }

    #[test]
    fn the_log_file_is_complete_without_secrets_and_readable_only_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dcord.log");
        let mut console =
            Console::over(Box::new(Capture::default()), ConsoleOptions { quiet: true, ..ConsoleOptions::default() });
        console.log_to(&path, Clock::system()).unwrap();
        say_everything(&console);
        console.debug(2, TOKEN);
        console.finish();
        let log = std::fs::read_to_string(&path).unwrap();
        for line in ["error: it failed", "hint: do this; or that", "warning: mind this", "debug: two", "note: waiting"]
        {
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
