//! The one line that moves: what is being waited for, and how far a long job is.
//!
//! It is drawn on stderr and only on a terminal. Whoever writes to a terminal does so inside
//! [`Progress::hidden_while`], so that the line never mixes with others.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::clean;
use crate::model::redact::redact;

/// How often the line moves while nothing happens.
const TICK: Duration = Duration::from_millis(120);

/// The line. Clones share it; [`Progress::default`] draws nothing.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Mutex<Line>>>);

struct Line {
    color: bool,
    /// Made when the first text is shown: a command that shows none does not pay for it.
    bar: Option<ProgressBar>,
    /// What is shown, the latest last, which is the one that is seen.
    texts: Vec<(u64, String)>,
    next: u64,
}

impl Progress {
    pub fn on_terminal(color: bool) -> Self {
        Self(Some(Arc::new(Mutex::new(Line { color, bar: None, texts: Vec::new(), next: 0 }))))
    }

    /// Whether there is a terminal to draw on.
    pub fn is_drawn(&self) -> bool {
        self.0.is_some()
    }

    /// Shows a text until the result goes out of scope. With a total there is a bar, too.
    pub fn show(&self, text: &str, total: Option<u64>) -> Shown {
        let Some(line) = &self.0 else { return Shown { line: None, id: 0 } };
        let mut state = lock(line);
        let id = state.next;
        state.next += 1;
        let cleaned = clean::line(text);
        state.texts.push((id, redact(&cleaned).into_owned()));
        let color = state.color;
        let bar = state.bar.get_or_insert_with(|| start(color));
        if let Some(total) = total {
            bar.set_style(style(color, Some("{bar:24} {pos}/{len}, {eta} to go")));
            bar.set_length(total);
        }
        state.see_latest();
        Shown { line: Some(line.clone()), id }
    }

    /// Runs `write` while the line is away from the terminal.
    pub fn hidden_while<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            None => write(),
            Some(line) => match &lock(line).bar {
                Some(bar) => bar.suspend(write),
                None => write(),
            },
        }
    }
}

impl Line {
    fn see_latest(&mut self) {
        match (self.texts.last(), &self.bar) {
            (Some((_, text)), Some(bar)) => bar.set_message(text.clone()),
            (None, Some(bar)) => {
                bar.finish_and_clear();
                self.bar = None;
            }
            (_, None) => {}
        }
    }
}

/// A text on the line, until it is dropped.
#[must_use = "the text goes away with this value"]
pub struct Shown {
    line: Option<Arc<Mutex<Line>>>,
    id: u64,
}

impl Shown {
    /// Counts further pieces of work as done.
    pub fn advance(&self, pieces: u64) {
        if let Some(line) = &self.line
            && let Some(bar) = &lock(line).bar
        {
            bar.inc(pieces);
        }
    }

    /// Says something else.
    pub fn set(&self, text: &str) {
        let Some(line) = &self.line else { return };
        let mut state = lock(line);
        let cleaned = clean::line(text);
        if let Some((_, shown)) = state.texts.iter_mut().find(|(id, _)| *id == self.id) {
            *shown = redact(&cleaned).into_owned();
        }
        state.see_latest();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let Some(line) = &self.line else { return };
        let mut state = lock(line);
        state.texts.retain(|(id, _)| *id != self.id);
        state.see_latest();
    }
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().expect("no holder of this lock panics")
}

fn start(color: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(style(color, None));
    bar.enable_steady_tick(TICK);
    bar
}

/// A spinner, the text within the terminal's width, and what shall stand at the right.
fn style(color: bool, right: Option<&str>) -> ProgressStyle {
    let spinner = if color { "{spinner:.cyan}" } else { "{spinner}" };
    let right = right.unwrap_or_default();
    ProgressStyle::with_template(&format!("{spinner} {{wide_msg}} {right}"))
        .expect("the templates in this file are well formed")
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        .progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(progress: &Progress) -> Option<String> {
        lock(progress.0.as_ref().unwrap()).bar.as_ref().map(ProgressBar::message)
    }

    #[test]
    fn the_latest_text_is_seen_and_the_one_before_it_comes_back() {
        let progress = Progress::on_terminal(false);
        let job = progress.show("fetching", None);
        assert_eq!(seen(&progress).as_deref(), Some("fetching"));
        let wait = progress.show("waiting\x1b[2J", Some(3));
        wait.advance(1);
        assert_eq!(seen(&progress).as_deref(), Some("waiting[2J"));
        job.set("fetching more");
        assert_eq!(seen(&progress).as_deref(), Some("waiting[2J"));
        drop(wait);
        assert_eq!(seen(&progress).as_deref(), Some("fetching more"));
        drop(job);
        assert_eq!(seen(&progress), None);
    }

    #[test]
    fn without_a_terminal_nothing_is_made() {
        let progress = Progress::default();
        let shown = progress.show("fetching", Some(3));
        shown.advance(1);
        assert!(!progress.is_drawn() && shown.line.is_none());
        assert_eq!(progress.hidden_while(|| 7), 7);
    }
}
