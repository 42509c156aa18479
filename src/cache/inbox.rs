//! The inbox: a file to which short commands append responses for the cache. Opening the database would cost a command more
//! time than sending a message.
//!
//! Each token has its own file, and each response is a line. The next process that opens the cache applies the lines.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::{Cache, Error, Observation};
use crate::model::Effect;
use crate::store;

/// When the file is longer than this, the next command opens the cache, which imports the inbox.
const MAX_BYTES: u64 = 1 << 20;

/// While this file exists, the cache is disabled, and commands append nothing.
const DISABLED_MARKER: &str = "inbox-off";

/// A response and its request.
#[derive(Debug, Serialize, Deserialize)]
pub struct InboxEntry {
    pub operation: String,
    /// The names and values of the path parameters, without secrets.
    pub segments: Vec<(String, String)>,
    /// The ids in the request's body, if it deletes several objects.
    pub deleted: Vec<u64>,
    /// When the request was sent, in milliseconds since the Unix epoch.
    pub asked_ms: i64,
    pub body: String,
}

/// The inbox of one token.
pub struct Inbox {
    folder: PathBuf,
    path: PathBuf,
}

impl Inbox {
    /// `scope` distinguishes tokens and contains no secret.
    pub fn new(folder: &Path, scope: &str) -> Self {
        let name: String = scope.chars().filter(char::is_ascii_alphanumeric).collect();
        Self { folder: folder.to_owned(), path: folder.join(format!("inbox-{name}.jsonl")) }
    }

    /// Appends a line. Returns `false` if the inbox is full, so that the caller should open the cache instead.
    pub fn append(&self, entry: &InboxEntry) -> io::Result<bool> {
        store::trust_folder(&self.folder).map_err(io::Error::other)?;
        if self.folder.join(DISABLED_MARKER).exists() {
            return Ok(true);
        }
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let open = || {
            let mut options = OpenOptions::new();
            options.append(true).create(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            store::open_with(&mut options, &self.path)
        };
        let mut file = match open() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                store::create_folder(&self.folder).map_err(io::Error::other)?;
                open()?
            }
            opened => opened?,
        };
        file.lock()?;
        if file.metadata()?.len() > MAX_BYTES {
            return Ok(false);
        }
        file.write_all(&line)?;
        Ok(true)
    }

    /// Calls `keep` with each entry, and then empties the file. Skips incomplete lines. After a crash in between, the next call
    /// repeats the same entries.
    pub fn take<E>(&self, mut keep: impl FnMut(InboxEntry) -> Result<(), E>) -> io::Result<Result<(), E>> {
        let mut file = match store::open_with(OpenOptions::new().read(true).write(true), &self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Ok(())),
            opened => opened?,
        };
        if file.metadata()?.len() == 0 {
            return Ok(Ok(()));
        }
        file.lock()?;
        file.seek(SeekFrom::Start(0))?;
        for line in BufReader::new(&file).split(b'\n') {
            let Ok(left) = serde_json::from_slice(&line?) else { continue };
            if let Err(error) = keep(left) {
                return Ok(Err(error));
            }
        }
        file.set_len(0)?;
        Ok(Ok(()))
    }

    /// Enables the inboxes of all tokens, or disables and deletes them.
    pub fn switch(folder: &Path, on: bool) -> io::Result<()> {
        let off = folder.join(DISABLED_MARKER);
        if on {
            return match fs::remove_file(off) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            };
        }
        store::open_file(&off)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with("inbox-") && name.ends_with(".jsonl") {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

impl Cache {
    /// The inbox of this scope.
    pub(super) fn inbox(&self, folder: &Path) -> Inbox {
        Inbox::new(folder, &self.scope_name)
    }

    /// Applies the responses in the inbox. `effects` returns the effects of an operation, by Discord's name for it. Responses
    /// that cannot be parsed are skipped.
    pub fn import_inbox(
        &mut self,
        inbox: &Inbox,
        effects: impl Fn(&str) -> &'static [Effect],
        now_ms: i64,
    ) -> Result<(), Error> {
        let me = self.own_user_id()?.and_then(|id| id.parse().ok());
        let taken = inbox.take(|left| {
            let segment = |name: &str| left.segments.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
            let answer = Answer {
                effects: effects(&left.operation),
                segment: &segment,
                me,
                items: None,
                body: left.body.as_bytes(),
                complete: false,
                deleted: &left.deleted,
            };
            match answer::changes(&answer) {
                Ok(changes) => self.apply(Observation::answer(left.asked_ms), now_ms, &changes),
                Err(_) => Ok(()),
            }
        });
        taken.map_err(Error::Inbox)??;
        // Tombstones can be removed only when the inbox contains no older responses.
        if self.is_prune_due(now_ms) { self.remove_tombstones(now_ms) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(body: &str) -> InboxEntry {
        let segments = vec![("channel_id".to_owned(), "1".to_owned())];
        InboxEntry {
            operation: "create_message".to_owned(),
            segments,
            deleted: vec![],
            asked_ms: 5,
            body: body.to_owned(),
        }
    }

    fn taken(inbox: &Inbox) -> Vec<String> {
        let mut bodies = Vec::new();
        inbox
            .take(|left| {
                bodies.push(left.body);
                Ok::<_, io::Error>(())
            })
            .unwrap()
            .unwrap();
        bodies
    }

    #[test]
    fn entries_are_read_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(&folder.path().join("new"), "a/b");
        assert!(taken(&inbox).is_empty());
        for body in ["{\"a\":\n1}", ""] {
            assert!(inbox.append(&entry(body)).unwrap());
        }
        assert!(taken(&Inbox::new(&folder.path().join("new"), "other")).is_empty());
        assert_eq!(taken(&inbox), ["{\"a\":\n1}", ""]);
        assert!(taken(&inbox).is_empty());
    }

    #[test]
    fn entries_stay_after_an_error_and_incomplete_lines_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(folder.path(), "s");
        inbox.append(&entry("one")).unwrap();
        assert!(inbox.take(|_| Err(io::Error::other("full"))).unwrap().is_err());
        OpenOptions::new().append(true).open(&inbox.path).unwrap().write_all(b"{\"operation\":\n").unwrap();
        inbox.append(&entry("two")).unwrap();
        assert_eq!(taken(&inbox), ["one", "two"]);
    }

    #[test]
    fn a_full_inbox_reports_that_and_a_disabled_one_stores_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(folder.path(), "s");
        assert!(inbox.append(&entry(&"x".repeat(2 << 20))).unwrap());
        assert!(!inbox.append(&entry("more")).unwrap());
        Inbox::switch(folder.path(), false).unwrap();
        assert!(inbox.append(&entry("more")).unwrap());
        assert!(taken(&inbox).is_empty());
        Inbox::switch(folder.path(), true).unwrap();
        inbox.append(&entry("again")).unwrap();
        assert_eq!(taken(&inbox), ["again"]);
    }
}
