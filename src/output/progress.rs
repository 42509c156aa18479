//! The moving line: the current wait, or how far a long job is.
//!
//! It is drawn on stderr and only on a terminal, through the queue of stderr, so that a stopped terminal blocks nothing.
//! Another line on stderr erases it first ([`Progress::clear`]), and stdout is written inside
//! [`Progress::hidden_while`], so that the moving line never mixes with other lines.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::bounded::BoundedWriter;
use super::clean;
use crate::model::redact::redact;
use crate::model::time;

/// How often the line moves while nothing happens.
const TICK: Duration = Duration::from_millis(120);

/// How long stdout waits for stderr to erase the line.
const ERASE: Duration = Duration::from_millis(100);

/// Goes to the first column and erases the line.
const CLEAR: &str = "\r\x1b[2K";

/// The line. Clones share it; [`Progress::default`] draws nothing.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Mutex<Line>>>);

struct Line {
    color: bool,
    stderr: BoundedWriter,
    /// Made when the first entry is shown: a command that shows none does not pay for it.
    bar: Option<ProgressBar>,
    /// The terminal shows the last one.
    entries: Vec<Entry>,
    next: u64,
}

struct Entry {
    id: u64,
    text: String,
    extent: Extent,
}

/// What stands to the right of an entry's text.
#[derive(Clone, Copy)]
enum Extent {
    Unknown,
    /// A bar.
    Pieces {
        done: u64,
        total: u64,
    },
    /// The time that is left.
    Until(Instant),
}

impl Progress {
    pub fn on_terminal(stderr: BoundedWriter, color: bool) -> Self {
        Self(Some(Arc::new(Mutex::new(Line { color, stderr, bar: None, entries: Vec::new(), next: 0 }))))
    }

    /// Whether there is a terminal to draw on.
    pub fn is_drawn(&self) -> bool {
        self.0.is_some()
    }

    /// Shows a text until the result goes out of scope. With a total there is a bar, too.
    pub fn show(&self, text: &str, total: Option<u64>) -> Shown {
        self.add(text, total.map_or(Extent::Unknown, |total| Extent::Pieces { done: 0, total }))
    }

    /// Shows a wait, with the remaining time, until the result goes out of scope.
    pub fn wait(&self, text: &str, length: Duration) -> Shown {
        self.add(text, Extent::Until(Instant::now() + length))
    }

    fn add(&self, text: &str, extent: Extent) -> Shown {
        let Some(line) = &self.0 else { return Shown { line: None, id: 0 } };
        let mut state = lock(line);
        let id = state.next;
        state.next += 1;
        state.entries.push(Entry { id, text: shown(text), extent });
        state.draw_last();
        Shown { line: Some(line.clone()), id }
    }

    /// Runs `write` while the line is away from the terminal.
    pub fn hidden_while<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(line) = &self.0 else { return write() };
        let state = lock(line);
        let Some(bar) = &state.bar else { return write() };
        bar.suspend(|| {
            state.stderr.drain(ERASE);
            write()
        })
    }

    /// What stands before another line on the same terminal. The next tick draws the moving line below it.
    pub fn clear(&self) -> &'static str {
        let is_seen = self.0.as_ref().is_some_and(|line| lock(line).bar.is_some());
        if is_seen { CLEAR } else { "" }
    }
}

impl Line {
    fn draw_last(&mut self) {
        let Self { color, stderr, bar, entries, .. } = self;
        let Some(Entry { text, extent, .. }) = entries.last() else {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
            return;
        };
        let bar = bar.get_or_insert_with(|| start(stderr.clone(), *color));
        bar.set_style(style(*color, *extent));
        if let Extent::Pieces { done, total } = *extent {
            bar.set_length(total);
            bar.set_position(done);
        }
        bar.set_message(text.clone());
    }
}

/// A text on the line, until it is dropped.
#[must_use = "the text goes away with this value"]
pub struct Shown {
    line: Option<Arc<Mutex<Line>>>,
    id: u64,
}

impl Shown {
    /// Shows another text, and how many pieces of the work are done.
    pub fn set(&self, text: &str, pieces: u64) {
        let Some(line) = &self.line else { return };
        let mut state = lock(line);
        if let Some(entry) = state.entries.iter_mut().find(|entry| entry.id == self.id) {
            entry.text = shown(text);
            if let Extent::Pieces { done, .. } = &mut entry.extent {
                *done = pieces;
            }
        }
        state.draw_last();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let Some(line) = &self.line else { return };
        let mut state = lock(line);
        state.entries.retain(|entry| entry.id != self.id);
        state.draw_last();
    }
}

/// The text on one line and without secrets.
fn shown(text: &str) -> String {
    redact(&clean::line(text)).into_owned()
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().expect("no holder of this lock panics")
}

/// The terminal as the bar sees it: a single line, drawn in frames that go through the queue of stderr.
struct Terminal {
    stderr: BoundedWriter,
    frame: Mutex<String>,
}

impl Terminal {
    fn add(&self, text: &str) -> io::Result<()> {
        self.frame.lock().expect("no holder of this lock panics").push_str(text);
        Ok(())
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stderr")
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        width()
    }

    // There are no other lines to go to.
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.add(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.add(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add(CLEAR)
    }

    fn flush(&self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.frame.lock().expect("no holder of this lock panics"));
        self.stderr.draw(frame.into_bytes());
        Ok(())
    }
}

/// The width of the terminal on stderr; 80 columns where the system does not know.
pub(super) fn width() -> u16 {
    #[cfg(unix)]
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr()).ok().map(|size| size.ws_col);
    #[cfg(not(unix))]
    let size = None;
    size.filter(|columns| *columns > 0).unwrap_or(80)
}

fn start(stderr: BoundedWriter, color: bool) -> ProgressBar {
    let terminal = Terminal { stderr, frame: Mutex::default() };
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(Box::new(terminal)));
    bar.set_style(style(color, Extent::Unknown));
    bar.enable_steady_tick(TICK);
    bar
}

/// A spinner, the text within the terminal's width, and the extent at the right.
fn style(color: bool, extent: Extent) -> ProgressStyle {
    let spinner = if color { "{spinner:.cyan}" } else { "{spinner}" };
    let (right, until) = match extent {
        Extent::Unknown => ("", None),
        Extent::Pieces { .. } => (" {bar:24} {pos}/{len}", None),
        Extent::Until(until) => (" {left}", Some(until)),
    };
    let left = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // Whole seconds, rounded up: tenths would flicker, and the last second is not over at its start.
        let left = until.unwrap_or_else(Instant::now).saturating_duration_since(Instant::now());
        let written = match left.as_secs() + u64::from(left.subsec_nanos() > 0) {
            seconds @ 0..60 => write!(out, "{seconds} s left"),
            seconds => write!(out, "{} left", time::in_words(Duration::from_secs(seconds))),
        };
        debug_assert!(written.is_ok(), "writing to the bar's own buffer does not fail");
    };
    ProgressStyle::with_template(&format!("{spinner} {{wide_msg}}{right}"))
        .expect("the templates in this file are well formed")
        .with_key("left", left)
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        .progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::bounded::{OnFailure, Stream};
    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Screen {}

    fn on(screen: &Screen) -> Progress {
        let stderr = BoundedWriter::new(Box::new(screen.clone()), "test", OnFailure::GoOn, |_| String::new());
        Progress::on_terminal(stderr, false)
    }

    fn seen(progress: &Progress) -> Option<String> {
        lock(progress.0.as_ref().unwrap()).bar.as_ref().map(ProgressBar::message)
    }

    #[test]
    fn the_progress_line_shows_the_latest_text_and_then_the_previous_one() {
        let progress = on(&Screen::default());
        let job = progress.show("fetching", None);
        assert_eq!(seen(&progress).as_deref(), Some("fetching"));
        let wait = progress.show("waiting\x1b[2J", Some(3));
        assert_eq!(seen(&progress).as_deref(), Some("waiting[2J"));
        job.set("fetching more", 0);
        assert_eq!(seen(&progress).as_deref(), Some("waiting[2J"));
        drop(wait);
        assert_eq!(seen(&progress).as_deref(), Some("fetching more"));
        drop(job);
        assert_eq!(seen(&progress), None);
    }

    #[test]
    fn the_progress_line_is_erased_before_other_output_and_at_the_end() {
        let screen = Screen::default();
        let progress = on(&screen);
        assert_eq!(progress.clear(), "");
        let shown = progress.show("fetching", None);
        assert_eq!(progress.clear(), CLEAR);
        let before = progress.hidden_while(|| screen.0.lock().unwrap().clone());
        assert!(before.ends_with(CLEAR.as_bytes()), "{:?}", String::from_utf8_lossy(&before));
        drop(shown);
        let end = screen.0.lock().unwrap().clone();
        assert!(end.ends_with(CLEAR.as_bytes()), "{:?}", String::from_utf8_lossy(&end));
    }

    #[test]
    fn a_job_shows_a_bar_and_a_wait_shows_the_remaining_time() {
        let screen = Screen::default();
        let progress = on(&screen);
        let drawn = || {
            progress.0.as_ref().map(|line| lock(line).bar.as_ref().map(ProgressBar::force_draw));
            lock(progress.0.as_ref().unwrap()).stderr.drain(Duration::from_secs(60));
            let frames = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
            frames.rsplit(CLEAR).find(|frame| !frame.is_empty()).unwrap().to_owned()
        };
        let job = progress.show("fetching", Some(4));
        job.set("fetching", 2);
        assert!(drawn().ends_with("2/4"), "{}", drawn());
        let wait = progress.wait("waiting for the limit", Duration::from_secs(3600));
        assert!(drawn().contains("waiting for the limit") && drawn().ends_with(" left"), "{}", drawn());
        drop(wait);
        assert!(drawn().ends_with("2/4"), "{}", drawn());
    }

    #[test]
    fn without_a_terminal_there_is_no_progress_line() {
        let progress = Progress::default();
        let shown = progress.show("fetching", Some(3));
        shown.set("more", 1);
        assert!(!progress.is_drawn() && shown.line.is_none());
        assert_eq!(progress.hidden_while(|| 7), 7);
    }
}
