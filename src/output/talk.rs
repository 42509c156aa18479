//! The one owner of stderr: errors, warnings, waits, and what `-v` asks for.
//!
//! Whatever is said goes through the redactor and has its control characters taken out, on a
//! terminal, in a pipe and in the log file alike. That stderr is closed stops nothing: there is
//! nobody left to tell.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use super::progress::{Progress, Shown};
use super::{Error, clean};

use crate::model::redact::redact;
use crate::model::{Clock, time, trust};

/// How much is said, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
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

/// Stderr and the log file.
pub struct Talk {
    manner: Manner,
    stderr: Mutex<Box<dyn Write + Send>>,
    log: Option<Log>,
    progress: Progress,
}

/// The log file, until it cannot be written.
struct Log {
    file: Mutex<Option<File>>,
    path: PathBuf,
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

impl Talk {
    #[expect(clippy::disallowed_methods, reason = "this is where stderr is owned")]
    pub fn new(manner: Manner) -> Self {
        Self::over(Box::new(io::stderr()), manner)
    }

    /// The same over another stream.
    pub fn over(stderr: Box<dyn Write + Send>, manner: Manner) -> Self {
        let drawn = manner.terminal && !manner.quiet;
        let progress = if drawn { Progress::on_terminal(manner.color) } else { Progress::default() };
        Self { manner, stderr: Mutex::new(stderr), log: None, progress }
    }

    /// Appends all that is said, and all that `-vv` would say, to a file that only its owner can
    /// read.
    pub fn log_to(&mut self, path: &Path, clock: Clock) -> Result<(), Error> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Others may read or even write what is appended here, but not choose where it goes.
        let refused = |why| io::Error::new(io::ErrorKind::PermissionDenied, format!("it {why}"));
        let open = || {
            let link = path.symlink_metadata();
            link.as_ref().map_or(Ok(()), trust::check_owner).map_err(refused)?;
            let file = options.open(path)?;
            trust::check_owner(&file.metadata()?).map_err(refused)?;
            Ok(file)
        };
        let file = open().map_err(|source| Error::Log { path: path.to_owned(), source })?;
        self.log = Some(Log { file: Mutex::new(Some(file)), path: path.to_owned(), clock });
        Ok(())
    }

    pub fn has_log(&self) -> bool {
        self.log.is_some()
    }

    pub fn manner(&self) -> Manner {
        self.manner
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
        self.log("error", &object);
        self.write_line(&object);
    }

    pub fn warn(&self, text: impl Display) {
        self.say(Kind::Warning, &text, !self.manner.quiet);
    }

    pub fn note(&self, text: impl Display) {
        self.say(Kind::Note, &text, !self.manner.quiet);
    }

    /// What happens inside. `level` is the number of `-v` from which it is shown; without them and
    /// without a log file the text is not even made.
    pub fn debug(&self, level: u8, text: impl Display) {
        let shown = level <= self.manner.verbosity && !self.manner.quiet;
        if shown || self.log.is_some() {
            self.say(Kind::Debug, &text, shown);
        }
    }

    /// Says that there is a wait, of a known length, and what for. On a terminal that stands on the
    /// moving line until the result is dropped; elsewhere it is a line of its own.
    pub fn wait(&self, length: Duration, what: impl Display) -> Shown {
        let text = format!("waiting {} for {what}", time::in_words(length));
        self.say(Kind::Note, &text, !self.progress.is_drawn() && !self.manner.quiet);
        self.progress.show(&text, None)
    }

    /// Text of dcord's own that has lines: help.
    pub fn text(&self, text: &str) {
        self.write(text.as_bytes());
    }

    /// Asks, and leaves the cursor behind the question.
    pub fn ask(&self, question: impl Display) {
        self.write(clean(&question).as_bytes());
    }

    fn say(&self, kind: Kind, text: &dyn Display, shown: bool) {
        let text = clean(text);
        let (name, word, paint) = match kind {
            Kind::Error => ("error", "error: ", "\x1b[1;31m"),
            Kind::Hint => ("hint", "  hint: ", "\x1b[36m"),
            Kind::Warning => ("warning", "warning: ", "\x1b[1;33m"),
            Kind::Note => ("note", "", ""),
            Kind::Debug => ("debug", "", "\x1b[2m"),
        };
        self.log(name, &text);
        if !shown {
            return;
        }
        match kind {
            _ if !self.manner.color => self.write_line(&format!("{word}{text}")),
            Kind::Note => self.write_line(&text),
            // Debugging is dim as a whole.
            Kind::Debug => self.write_line(&format!("{paint}{text}\x1b[0m")),
            Kind::Error | Kind::Hint | Kind::Warning => {
                self.write_line(&format!("{paint}{word}\x1b[0m{text}"));
            }
        }
    }

    fn write_line(&self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// In one write, so that the lines of several processes do not mix.
    fn write(&self, bytes: &[u8]) {
        let mut stderr = self.stderr.lock().expect("no holder of this lock panics");
        self.progress.hidden_while(|| {
            // A closed stderr is no reason to stop, and there is no place left to report it.
            let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
        });
    }

    fn log(&self, kind: &str, text: &str) {
        let Some(log) = &self.log else { return };
        let now = time::rfc3339(log.clock.wall_ms()).unwrap_or_default();
        let line = format!("{now} {kind}: {text}\n");
        let mut file = log.file.lock().expect("no holder of this lock panics");
        let Some(Err(error)) = file.as_mut().map(|file| file.write_all(line.as_bytes())) else { return };
        // The work goes on without its log, of which the rest would be in pieces.
        *file = None;
        drop(file);
        let path = log.path.display();
        self.say(Kind::Warning, &format_args!("cannot write {path}: {error}; the log ends here"), !self.manner.quiet);
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
    use std::sync::Arc;

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

    const TOKEN: &str = "MMMMMMMMMMMMMMMMMMMMMMMM.G12345.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    fn say_everything(talk: &Talk) {
        talk.error("it failed", &["do this", "or that"]);
        talk.warn("mind this");
        talk.note(format_args!("noted {}", 1));
        talk.debug(1, "one");
        talk.debug(2, "two");
        drop(talk.wait(Duration::from_millis(3200), "the limit of POST /channels/1/messages"));
    }

    fn told(manner: Manner, talk: impl FnOnce(&Talk)) -> String {
        let stderr = Shared::default();
        talk(&Talk::over(Box::new(stderr.clone()), manner));
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
            let manner = Manner { quiet, verbosity, ..Manner::default() };
            assert_eq!(told(manner, say_everything), wanted, "{quiet} {verbosity}");
        }
    }

    #[test]
    fn on_a_terminal_a_wait_is_no_line_of_its_own() {
        let manner = Manner { terminal: true, ..Manner::default() };
        assert!(!told(manner, say_everything).contains("waiting"));
    }

    #[test]
    fn no_secret_and_no_control_character_gets_through() {
        let hostile = format!("a\x1b[2Jb\nerror: forged\u{202e} {TOKEN}");
        let broken = format!("{}\u{200f}{}", &TOKEN[..30], &TOKEN[30..]);
        for color in [false, true] {
            let manner = Manner { verbosity: 1, color, ..Manner::default() };
            let told = told(manner, |talk| {
                talk.error(&hostile, &[&hostile]);
                talk.warn(&hostile);
                talk.note(&broken);
                talk.debug(1, &hostile);
                talk.json_error(&hostile);
                talk.ask(&hostile);
                drop(talk.wait(Duration::ZERO, &hostile));
            });
            assert_eq!(told.lines().count(), 7, "{told}");
            assert!(!told.contains("MMMM") && !told.contains("\x1b[2J"), "{told}");
            assert!(!told.contains('\u{202e}'));
        }
    }

    #[test]
    fn colour_is_for_the_word_before_the_text() {
        let manner = Manner { color: true, ..Manner::default() };
        let told = told(manner, |talk| talk.warn("x"));
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
        say_everything(&Talk::over(Box::new(Closed), Manner::default()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_log_that_cannot_be_written_is_told_once() {
        let stderr = Shared::default();
        let mut talk = Talk::over(Box::new(stderr.clone()), Manner::default());
        talk.log_to(Path::new("/dev/full"), Clock::system()).unwrap();
        talk.debug(2, "one");
        talk.debug(2, "two");
        let expected = "warning: cannot write /dev/full: No space left on device (os error 28); the log ends here\n";
        assert_eq!(String::from_utf8(stderr.0.lock().unwrap().clone()).unwrap(), expected);
    }

    #[test]
    fn the_log_has_everything_without_secrets_and_is_its_owner_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dcord.log");
        let mut talk = Talk::over(Box::new(Shared::default()), Manner { quiet: true, ..Manner::default() });
        talk.log_to(&path, Clock::system()).unwrap();
        say_everything(&talk);
        talk.debug(2, TOKEN);
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
        assert!(matches!(talk.log_to(&nowhere, Clock::system()), Err(Error::Log { .. })));
    }
}
