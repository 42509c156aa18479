//! The progress line: shows the current wait, or the progress of a long job.
//!
//! It is drawn only if stderr is a terminal. Frames go through the queue of stderr, so that a stopped terminal does not
//! block the process. Every other line on stderr starts by erasing the progress line ([`Progress::clear`]), and stdout
//! is written inside [`Progress::hidden_while`], so that the progress line never mixes with other output.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::bounded::BoundedWriter;
use super::clean;
use crate::model::redact::redact;
use crate::model::time;

/// How often the line is redrawn while no work is reported.
const TICK: Duration = Duration::from_millis(120);

/// How long stdout waits for stderr to erase the line.
const ERASE: Duration = Duration::from_millis(100);

/// Goes to the first column and erases the line.
const CLEAR: &str = "\r\x1b[2K";

/// The progress line. Clones share it; [`Progress::default`] draws nothing.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Mutex<Line>>>);

struct Line {
    color: bool,
    stderr: BoundedWriter,
    /// Created with the first entry, so that a command without entries does not pay for it.
    bar: Option<ProgressBar>,
    /// The terminal shows only the last entry.
    entries: Vec<Entry>,
    next: u64,
}

struct Entry {
    id: u64,
    text: String,
    indicator: Indicator,
}

/// What is drawn to the right of an entry's text.
#[derive(Clone, Copy)]
enum Indicator {
    None,
    Bar {
        done: u64,
        total: u64,
    },
    /// The time that is left until then.
    Countdown(Instant),
}

impl Progress {
    pub fn on_terminal(stderr: BoundedWriter, color: bool) -> Self {
        Self(Some(Arc::new(Mutex::new(Line { color, stderr, bar: None, entries: Vec::new(), next: 0 }))))
    }

    /// Whether there is a terminal to draw on.
    pub fn is_drawn(&self) -> bool {
        self.0.is_some()
    }

    /// Shows a text, with a bar if the total is known, until the returned guard is dropped.
    pub fn show(&self, text: &str, total: Option<u64>) -> ProgressGuard {
        self.add(text, total.map_or(Indicator::None, |total| Indicator::Bar { done: 0, total }))
    }

    /// Shows a wait with the remaining time until the returned guard is dropped.
    pub fn wait(&self, text: &str, length: Duration) -> ProgressGuard {
        self.add(text, Indicator::Countdown(Instant::now() + length))
    }

    fn add(&self, text: &str, indicator: Indicator) -> ProgressGuard {
        let Some(line) = &self.0 else { return ProgressGuard { line: None, id: 0 } };
        let mut state = lock(line);
        let id = state.next;
        state.next += 1;
        state.entries.push(Entry { id, text: display_text(text), indicator });
        state.draw_last();
        ProgressGuard { line: Some(line.clone()), id }
    }

    /// Erases the progress line, runs `write`, and draws the line again.
    pub fn hidden_while<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(line) = &self.0 else { return write() };
        let state = lock(line);
        let Some(bar) = &state.bar else { return write() };
        bar.suspend(|| {
            state.stderr.drain(ERASE);
            write()
        })
    }

    /// The bytes to write before another line on the same terminal: they erase the progress line. The next tick draws it
    /// below the other line.
    pub fn clear(&self) -> &'static str {
        let is_seen = self.0.as_ref().is_some_and(|line| lock(line).bar.is_some());
        if is_seen { CLEAR } else { "" }
    }
}

impl Line {
    fn draw_last(&mut self) {
        let Self { color, stderr, bar, entries, .. } = self;
        let Some(Entry { text, indicator, .. }) = entries.last() else {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
            return;
        };
        let bar = bar.get_or_insert_with(|| start(stderr.clone(), *color));
        bar.set_style(style(*color, *indicator));
        if let Indicator::Bar { done, total } = *indicator {
            bar.set_length(total);
            bar.set_position(done);
        }
        bar.set_message(text.clone());
    }
}

/// Removes an entry from the progress line when it is dropped.
#[must_use = "the text disappears when this guard is dropped"]
pub struct ProgressGuard {
    line: Option<Arc<Mutex<Line>>>,
    id: u64,
}

impl ProgressGuard {
    /// Replaces the text, and sets how many parts of the work are done.
    pub fn set(&self, text: &str, parts: u64) {
        let Some(line) = &self.line else { return };
        let mut state = lock(line);
        if let Some(entry) = state.entries.iter_mut().find(|entry| entry.id == self.id) {
            entry.text = display_text(text);
            if let Indicator::Bar { done, .. } = &mut entry.indicator {
                *done = parts;
            }
        }
        state.draw_last();
    }
}

impl Drop for ProgressGuard {
    fn drop(&mut self) {
        let Some(line) = &self.line else { return };
        let mut state = lock(line);
        state.entries.retain(|entry| entry.id != self.id);
        state.draw_last();
    }
}

/// The text on one line, without secrets.
fn display_text(text: &str) -> String {
    redact(&clean::line(text)).into_owned()
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().expect("no holder of this lock panics")
}

/// The terminal of the progress bar: a single line, whose frames go through the queue of stderr.
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

    // The bar has a single line, so the cursor stays on it.
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

/// The width of the terminal on stderr; 80 columns if the system does not report it.
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
    bar.set_style(style(color, Indicator::None));
    bar.enable_steady_tick(TICK);
    bar
}

/// A spinner, the text, cut to fit the terminal, and the indicator at the right edge.
fn style(color: bool, indicator: Indicator) -> ProgressStyle {
    let spinner = if color { "{spinner:.cyan}" } else { "{spinner}" };
    let (right, until) = match indicator {
        Indicator::None => ("", None),
        Indicator::Bar { .. } => (" {bar:24} {pos}/{len}", None),
        Indicator::Countdown(until) => (" {left}", Some(until)),
    };
    let left = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // Whole seconds, because tenths would flicker. They are rounded up, so that 0 is shown only at the end.
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

    fn on(terminal: &Capture) -> Progress {
        let stderr = BoundedWriter::new(Box::new(terminal.clone()), "test", OnFailure::Continue, |_| String::new());
        Progress::on_terminal(stderr, false)
    }

    fn seen(progress: &Progress) -> Option<String> {
        lock(progress.0.as_ref().unwrap()).bar.as_ref().map(ProgressBar::message)
    }

    #[test]
    fn the_progress_line_shows_the_latest_text_and_then_the_previous_one() {
        let progress = on(&Capture::default());
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
        let terminal = Capture::default();
        let progress = on(&terminal);
        assert_eq!(progress.clear(), "");
        let guard = progress.show("fetching", None);
        assert_eq!(progress.clear(), CLEAR);
        let before = progress.hidden_while(|| terminal.0.lock().unwrap().clone());
        assert!(before.ends_with(CLEAR.as_bytes()), "{:?}", String::from_utf8_lossy(&before));
        drop(guard);
        let end = terminal.0.lock().unwrap().clone();
        assert!(end.ends_with(CLEAR.as_bytes()), "{:?}", String::from_utf8_lossy(&end));
    }

    #[test]
    fn a_job_shows_a_bar_and_a_wait_shows_the_remaining_time() {
        let terminal = Capture::default();
        let progress = on(&terminal);
        let drawn = || {
            progress.0.as_ref().map(|line| lock(line).bar.as_ref().map(ProgressBar::force_draw));
            lock(progress.0.as_ref().unwrap()).stderr.drain(Duration::from_secs(60));
            let frames = String::from_utf8(terminal.0.lock().unwrap().clone()).unwrap();
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
        let guard = progress.show("fetching", Some(3));
        guard.set("more", 1);
        assert!(!progress.is_drawn() && guard.line.is_none());
        assert_eq!(progress.hidden_while(|| 7), 7);
    }
}
