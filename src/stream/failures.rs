//! Events that could not be delivered: each is reported, counted, and appended to the dead-letter file.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::batch::Line;
use super::error::Error;
use crate::model::private;
use crate::output;

/// Why one event could not be delivered. The next event may succeed.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("the event cannot be read: {0}")]
    Read(#[source] serde_json::Error),
    #[error(transparent)]
    Print(output::Error),
}

/// A report about failed events.
#[derive(Debug)]
pub enum Report<'a> {
    Failed(&'a Line<'a>, &'a EventError),
    /// Further failures in this period are counted, but not reported.
    Muted,
}

/// The number of failures that are reported per [`PERIOD`]. A jq program that fails on every event must not fill a disk with
/// errors.
const MOST_REPORTS: u32 = 10;
const PERIOD: Duration = Duration::from_secs(60);

/// Handles the failed events of one stream.
pub struct Failures {
    report: Box<dyn Fn(Report<'_>) + Send>,
    dead_letter: Option<DeadLetter>,
    count: u64,
    period: Option<Instant>,
    reports: u32,
}

impl Failures {
    pub fn new(report: Box<dyn Fn(Report<'_>) + Send>, dead_letter: Option<DeadLetter>) -> Self {
        Self { report, dead_letter, count: 0, period: None, reports: 0 }
    }

    /// The number of failed events.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Handles a failed event. If this returns an error, the stream ends before that event.
    pub fn failed(&mut self, line: &Line<'_>, error: &EventError) -> Result<(), Error> {
        if let Some(dead_letter) = &mut self.dead_letter {
            dead_letter.append(line)?;
        }
        self.count += 1;
        self.report(line, error, Instant::now());
        Ok(())
    }

    fn report(&mut self, line: &Line<'_>, error: &EventError, now: Instant) {
        if self.period.is_none_or(|since| now.saturating_duration_since(since) >= PERIOD) {
            (self.period, self.reports) = (Some(now), 0);
        }
        self.reports = self.reports.saturating_add(1);
        if self.reports <= MOST_REPORTS {
            (self.report)(Report::Failed(line, error));
        } else if self.reports == MOST_REPORTS + 1 {
            (self.report)(Report::Muted);
        }
    }
}

/// A file to which failed events are appended, one per line.
#[derive(Debug)]
pub struct DeadLetter {
    file: File,
    path: PathBuf,
}

impl DeadLetter {
    /// Opens a file for appending. A new file is readable only by its owner. A file of another user is an error.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::DeadLetter { path: path.to_owned(), source };
        let mut file = private::open_append(path).map_err(failed)?;
        private::end_incomplete_line(&mut file, path).map_err(failed)?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Another handle for syncing the file, if it is a regular file.
    pub fn regular_file(&self) -> io::Result<Option<File>> {
        if self.file.metadata()?.is_file() { self.file.try_clone().map(Some) } else { Ok(None) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn append(&mut self, line: &Line<'_>) -> Result<(), Error> {
        // One write per line, so that the lines of two listeners do not mix.
        self.file.write_all(line.bytes).map_err(|source| Error::DeadLetter { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::stream::Batch;

    fn batch() -> Batch {
        let bytes = b"{\"shard\":[0,1],\"t\":\"A\",\"s\":1,\"op\":0,\"d\":{}}\n".to_vec();
        Batch { shard: 0, bytes, position: None }
    }

    fn error() -> EventError {
        EventError::Read(serde_json::from_str::<u8>("x").unwrap_err())
    }

    #[test]
    fn the_first_failures_of_a_period_are_reported_and_all_are_counted() {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let own = Arc::clone(&reports);
        let report = move |report: Report<'_>| own.lock().unwrap().push(matches!(report, Report::Failed(..)));
        let mut failures = Failures::new(Box::new(report), None);
        let batch = batch();
        let line = batch.lines().next().unwrap();
        let now = Instant::now();
        for _ in 0..1000 {
            failures.failed(&line, &error()).unwrap();
        }
        let most = MOST_REPORTS as usize;
        let expected = [vec![true; most], vec![false]].concat();
        assert_eq!((failures.count(), reports.lock().unwrap().clone()), (1000, expected));
        failures.report(&line, &error(), now + 2 * PERIOD);
        assert_eq!(reports.lock().unwrap()[most + 1..], [true], "the next period begins");
    }

    #[test]
    fn a_dead_letter_file_has_whole_lines_and_is_readable_only_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead.jsonl");
        let batch = batch();
        let append = || {
            let mut failures = Failures::new(Box::new(|_| {}), Some(DeadLetter::open(&path).unwrap()));
            failures.failed(&batch.lines().next().unwrap(), &error()).unwrap();
        };
        append();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        // As if a process was killed during a write.
        let mut half = std::fs::read(&path).unwrap();
        half.extend_from_slice(b"{\"shard\":[0,1],\"t\":");
        std::fs::write(&path, &half).unwrap();
        append();
        let text = std::fs::read_to_string(&path).unwrap();
        let line = std::str::from_utf8(&batch.bytes).unwrap();
        assert_eq!(text, format!("{line}{{\"shard\":[0,1],\"t\":\n{line}"));
        let nowhere = folder.path().join("missing/dead.jsonl");
        assert!(matches!(DeadLetter::open(&nowhere), Err(Error::DeadLetter { .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_dead_letter_file_that_cannot_be_written_ends_the_stream_before_the_event() {
        let dead_letter =
            DeadLetter { file: File::options().append(true).open("/dev/full").unwrap(), path: "x".into() };
        let mut failures = Failures::new(Box::new(|_| {}), Some(dead_letter));
        let batch = batch();
        let failed = failures.failed(&batch.lines().next().unwrap(), &error());
        assert!(matches!(failed, Err(Error::DeadLetter { .. })));
        assert_eq!(failures.count(), 0);
    }
}
