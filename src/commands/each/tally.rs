//! What became of the lines so far, and how people see it.

use std::time::{Duration, Instant};

use super::task::{Fate, Finished};
use crate::call::each::Line;
use crate::context::Context;
use crate::error::{LinesFailed, OfLine, Report, Result};
use crate::model::time;
use crate::output::progress::ProgressGuard;

/// An error contains at most this much of its line. Lines may have a mebibyte.
const MOST_INPUT: usize = 16 << 10;

/// Counts lines, prints the errors among them, and shows the progress.
pub struct Tally<'a> {
    context: &'a Context,
    has_journal: bool,
    total: Option<u64>,
    began: Instant,
    shown: Option<ProgressGuard>,
    done: u64,
    skipped: u64,
    failed: u64,
    failed_before: u64,
    /// Lines that an earlier run may have sent, and this run has not.
    left_unknown: u64,
    /// Lines that this run sent without learning the outcome.
    sent_unknown: u64,
    /// The first line that was not sent, because the job ended.
    first_given: Option<u64>,
    /// The hint that was printed last.
    hint: Option<String>,
    is_fatal_printed: bool,
}

impl<'a> Tally<'a> {
    pub fn new(context: &'a Context, total: Option<u64>, has_journal: bool) -> Self {
        Self {
            context,
            has_journal,
            total,
            began: Instant::now(),
            shown: None,
            done: 0,
            skipped: 0,
            failed: 0,
            failed_before: 0,
            left_unknown: 0,
            sent_unknown: 0,
            first_given: None,
            hint: None,
            is_fatal_printed: false,
        }
    }

    pub fn done(&mut self) {
        self.done += 1;
        self.show();
    }

    pub fn skip(&mut self) {
        self.skipped += 1;
    }

    pub fn fail_before(&mut self) {
        self.failed_before += 1;
    }

    /// The job ended before the line was done.
    pub fn given(&mut self, line: &Line, was_sent: bool) {
        if was_sent {
            self.sent_unknown += 1;
        }
        self.first_given.get_or_insert(line.number);
    }

    /// A line whose result cannot be printed.
    pub fn unprinted(&mut self, finished: &Finished<'_>) {
        match &finished.fate {
            Fate::Done { .. } => self.done += 1,
            Fate::Failed(_) => self.failed += 1,
            Fate::Given { was_sent } => self.given(&finished.line, *was_sent),
        }
    }

    /// Prints why a line failed. Of several errors that end the job, one is enough, unless Discord may have carried out a request.
    pub fn failed(&mut self, line: &Line, mut report: Report, is_fatal: bool, may_be_done: bool) {
        let console = &self.context.console;
        match is_fatal {
            true if may_be_done => self.sent_unknown += 1,
            true => {
                self.first_given.get_or_insert(line.number);
            }
            false if may_be_done => self.left_unknown += 1,
            false => self.failed += 1,
        }
        if is_fatal && self.is_fatal_printed && !may_be_done {
            return;
        }
        self.is_fatal_printed |= is_fatal;
        let mut text = line.text.clone().unwrap_or_default();
        if text.len() > MOST_INPUT {
            text.truncate(text.floor_char_boundary(MOST_INPUT));
        }
        report.of_line = Some(OfLine { number: line.number, text });
        if !console.options().json {
            // The same hint below each of many errors would hide the errors.
            if report.hint == self.hint {
                report.hint = None;
            } else {
                self.hint.clone_from(&report.hint);
            }
        }
        report.show(console);
        self.show();
    }

    fn seen(&self) -> u64 {
        [self.done, self.skipped, self.failed, self.failed_before, self.left_unknown].into_iter().sum()
    }

    fn show(&mut self) {
        let progress = self.context.console.progress();
        if !progress.is_drawn() {
            return;
        }
        let text = self.text();
        let seen = self.seen();
        let shown = self.shown.get_or_insert_with(|| progress.show(&text, self.total));
        shown.set(&text, seen);
    }

    /// `340 done, 2 failed, 4.9 a second, 2 min left`.
    fn text(&self) -> String {
        let mut text = format!("{} done", self.done);
        if self.failed > 0 {
            text += &format!(", {} failed", self.failed);
        }
        let (ended, elapsed) = (self.done + self.failed, self.began.elapsed());
        // The first requests take what the limits have saved up, so they say little about the others.
        if elapsed < Duration::from_secs(3) || ended == 0 {
            return text;
        }
        let rate = ended as f64 / elapsed.as_secs_f64();
        text += &format!(", {rate:.1} a second");
        if let Some(left) = self.total.and_then(|total| total.checked_sub(self.seen())).filter(|left| *left > 0) {
            let left = Duration::from_secs_f64((left as f64 / rate).ceil());
            text += &format!(", {} left", time::in_words(left));
        }
        text
    }

    /// Says what was done before the job ended early, and how to continue.
    pub fn report_cut(&mut self) {
        self.shown = None;
        let done = self.done + self.skipped;
        let are = if done == 1 { "line is" } else { "lines are" };
        let mut parts = vec![format!("{done} {are} done")];
        if self.failed + self.failed_before > 0 {
            parts.push(format!("{} failed", self.failed + self.failed_before));
        }
        let unknown = self.sent_unknown + self.left_unknown;
        if unknown > 0 {
            parts.push(format!("{unknown} may have been sent"));
        }
        let rest = match (self.first_given, self.has_journal) {
            (_, true) => "; run the same command again to continue".to_owned(),
            (Some(line), false) => {
                format!("; the first line that was not done is line {line} (--journal FILE lets a job continue)")
            }
            (None, false) => String::new(),
        };
        self.context.console.note(format_args!("stopped: {}{rest}", parts.join(", ")));
    }

    /// The end of a job that has tried each line.
    pub fn end(&mut self) -> Result<()> {
        self.shown = None;
        let console = &self.context.console;
        let (failed, unknown) = (self.failed, self.left_unknown);
        if self.skipped > 0 {
            let were = if self.skipped == 1 { "line was" } else { "lines were" };
            console.note(format_args!("{} {were} done by an earlier run", self.skipped));
        }
        if failed + unknown + self.failed_before > 0 {
            let (failed_before, total) = (self.failed_before, self.seen());
            return Err(LinesFailed { failed, failed_before, unknown, total }.into());
        }
        if console.options().terminal {
            let lines = if self.done == 1 { "line" } else { "lines" };
            console.note(format_args!("done: {} {lines}", self.done));
        }
        Ok(())
    }
}
