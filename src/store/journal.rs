//! A file of lines, each of which is on disk before its writer continues.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use super::{Error, folder};

/// A journal that no other process uses.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    file: File,
}

/// The longest line of a journal. A longer one means that the file is something else.
const LONGEST: u64 = 1 << 16;

impl JournalFile {
    /// Opens a journal, and creates it so that only its owner can read it. `None` if another process uses it.
    pub fn open(path: &Path) -> Result<Option<Self>, Error> {
        let failed = |source| Error::OpenJournal { path: path.to_owned(), source };
        let file = folder::open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            if file.metadata().map_err(failed)?.is_file() {
                file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
            }
        }
        Ok(Some(Self { path: path.to_owned(), file }))
    }

    /// Reads the lines, and cuts off the half line that a process left which was killed while it wrote. `each` returns whether
    /// the file is a journal so far.
    pub fn read(&mut self, mut each: impl FnMut(&[u8]) -> bool) -> Result<bool, Error> {
        let failed = |source| Error::OpenJournal { path: self.path.clone(), source };
        let mut reader = BufReader::new(&self.file);
        let (mut line, mut whole) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let read = io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line).map_err(failed)?;
            match line.strip_suffix(b"\n") {
                Some(line) if each(line) => whole += read as u64,
                Some(_) => return Ok(false),
                // Half of the first line shows too little of what the file is.
                None if read as u64 >= LONGEST || (whole == 0 && read > 0 && !line.starts_with(b"{")) => {
                    return Ok(false);
                }
                None => break,
            }
        }
        drop(reader);
        if !line.is_empty() {
            self.file.set_len(whole).map_err(failed)?;
        }
        self.file.seek(SeekFrom::Start(whole)).map_err(failed)?;
        Ok(true)
    }

    /// Starts the thread that writes.
    pub fn write(self) -> Result<JournalWriter, Error> {
        let Self { path, file } = self;
        let (sender, receiver) = mpsc::unbounded_channel();
        let failed = |source| Error::Journal { path: path.clone(), source };
        let thread =
            thread::Builder::new().name("journal".to_owned()).spawn(move || work(file, receiver)).map_err(failed)?;
        Ok(JournalWriter { lines: Lines { sender, path: path.into() }, thread: Some(thread) })
    }
}

/// A line, and where to report that it is on disk. `None` ends the thread.
type Job = Option<(String, oneshot::Sender<Result<(), Arc<io::Error>>>)>;

/// Writes lines in the order in which they are given, from a thread of its own.
pub struct JournalWriter {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

/// The end of the journal, for anything that adds lines to it.
#[derive(Clone)]
pub struct Lines {
    sender: mpsc::UnboundedSender<Job>,
    path: Arc<Path>,
}

impl JournalWriter {
    pub fn lines(&self) -> &Lines {
        &self.lines
    }
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        // The thread writes what was given to it before. If it has ended already, there is nothing to end.
        let _ = self.lines.sender.send(None);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported.
            let _ = thread.join();
        }
    }
}

impl Lines {
    /// Appends a line. Completes when it is on disk.
    pub async fn append(&self, line: String) -> Result<(), Error> {
        let (written, wait) = oneshot::channel();
        let gone = || Arc::new(io::Error::other("its thread has ended"));
        let sent = self.sender.send(Some((line + "\n", written)));
        let result = match sent {
            Ok(()) => wait.await.unwrap_or_else(|_| Err(gone())),
            Err(_) => Err(gone()),
        };
        let again = |source: Arc<io::Error>| match source.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::new(source.kind(), source.to_string()),
        };
        result.map_err(|source| Error::Journal { path: self.path.to_path_buf(), source: again(source) })
    }
}

/// Writes all lines that wait and syncs them together, so that many writers share the cost of one sync.
fn work(mut file: File, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut failure: Option<Arc<io::Error>> = None;
    let mut is_last = false;
    while !is_last && let Some(Some(first)) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while !is_last && let Ok(next) = jobs.try_recv() {
            is_last = next.is_none();
            batch.extend(next);
        }
        // After a failure, the file may end with half a line, to which nothing may be added.
        if failure.is_none() {
            let text: String = batch.iter().map(|(line, _)| line.as_str()).collect();
            failure = file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).err().map(Arc::new);
        }
        for (_, written) in batch {
            // Nobody waits for the end of a request that was given up.
            let _ = written.send(failure.clone().map_or(Ok(()), Err));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(path: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        let mut file = JournalFile::open(path).unwrap().unwrap();
        assert!(
            file.read(|line| {
                lines.push(String::from_utf8(line.to_vec()).unwrap());
                true
            })
            .unwrap()
        );
        lines
    }

    #[test]
    fn lines_are_appended_after_the_half_line_of_a_killed_process_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, "{\"a\":1}\n{\"b\":2}\n{\"c\"").unwrap();
        let mut file = JournalFile::open(&path).unwrap().unwrap();
        assert!(JournalFile::open(&path).unwrap().is_none(), "a second process gets the journal");
        assert!(file.read(|_| true).unwrap());
        let writer = file.write().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let lines = writer.lines();
            let (first, second) = tokio::join!(lines.append("{\"d\":4}".into()), lines.append("{\"e\":5}".into()));
            first.and(second).unwrap();
        });
        drop(writer);
        assert_eq!(contents(&path), ["{\"a\":1}", "{\"b\":2}", "{\"d\":4}", "{\"e\":5}"]);
    }

    #[test]
    fn a_file_that_is_no_journal_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input");
        for text in ["1\n2\n", "123", "x".repeat(1 << 17).as_str()] {
            std::fs::write(&path, text).unwrap();
            let mut file = JournalFile::open(&path).unwrap().unwrap();
            assert!(!file.read(|line| line.starts_with(b"{")).unwrap());
            drop(file);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
