//! Files and standard input, as values ask for them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;

use super::Error;
use crate::model::{text, time};

/// More than this is in no request: Discord takes 25 MiB, and base64 adds a third.
const MAX_MIB: u64 = 64;

/// Reads files and, for one consumer, standard input.
#[derive(Debug)]
pub struct Input {
    stdin_taken_by: Option<String>,
    /// What each path held. A pipe can be read once only, and a file may change between two reads.
    held: HashMap<String, Bytes>,
    /// How long a named pipe may have no writer.
    patience: Duration,
}

impl Default for Input {
    fn default() -> Self {
        const PATIENCE: Duration = Duration::from_secs(30);
        Self::patient(PATIENCE)
    }
}

impl Input {
    /// An input that waits so long for a program to write to a named pipe.
    pub fn patient(patience: Duration) -> Self {
        Self { stdin_taken_by: None, held: HashMap::new(), patience }
    }

    /// Begins anew: the same words are bound once more.
    pub fn again(&mut self) {
        self.stdin_taken_by = None;
    }

    /// The bytes of a file, or of standard input for `-`.
    pub fn bytes(&mut self, flag: &str, path: &str) -> Result<Bytes, Error> {
        self.within(flag, path, MAX_MIB)
    }

    /// The same, of a file of so many MiB at most.
    pub fn within(&mut self, flag: &str, path: &str, limit: u64) -> Result<Bytes, Error> {
        if path == "-" {
            if let Some(first) = &self.stdin_taken_by {
                return Err(Error::StdinTwice { first: first.clone(), second: flag.to_owned() });
            }
            self.stdin_taken_by = Some(flag.to_owned());
        }
        let most = limit * 1024 * 1024;
        let bytes = match self.held.get(path) {
            Some(bytes) => bytes.clone(),
            None => {
                let failed =
                    |source: io::Error| Error::Read { flag: flag.to_owned(), path: shown(path), source: source.into() };
                let bytes = Bytes::from(self.read(path, most + 1).map_err(failed)?);
                self.held.insert(path.to_owned(), bytes.clone());
                bytes
            }
        };
        if bytes.len() as u64 > most {
            return Err(Error::TooLarge { flag: flag.to_owned(), path: shown(path), limit });
        }
        Ok(bytes)
    }

    fn read(&self, path: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if path == "-" {
            io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        } else {
            open(Path::new(path), self.patience)?.take(most).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    /// The same as text, without a byte order mark; one line break at the end goes, as in a shell's
    /// `$(…)`.
    pub fn text(&mut self, flag: &str, path: &str) -> Result<String, Error> {
        let bytes = self.bytes(flag, path)?;
        let text = str::from_utf8(text::bytes_without_mark(&bytes));
        let mut text = text.map_err(|_| Error::NotText { flag: flag.to_owned(), path: shown(path) })?.to_owned();
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(text)
    }

    /// The value itself, or what `@FILE` or `@-` holds.
    pub fn text_or_file(&mut self, flag: &str, value: &str) -> Result<String, Error> {
        match value.strip_prefix('@') {
            Some(path) => self.text(flag, path),
            None => Ok(value.to_owned()),
        }
    }
}

/// Opens a file. To open a named pipe waits for a program that writes to it: here, not without end.
fn open(path: &Path, patience: Duration) -> io::Result<File> {
    if !is_named_pipe(path)? {
        return File::open(path);
    }
    let (opened, wait) = mpsc::channel();
    let own = path.to_owned();
    std::thread::spawn(move || {
        // Nobody listens any more where it took too long.
        let _ = opened.send(File::open(own));
    });
    wait.recv_timeout(patience).unwrap_or_else(|_| {
        let waited = time::in_words(patience);
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("no program wrote to this pipe within {waited}")))
    })
}

#[cfg(unix)]
fn is_named_pipe(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt as _;
    Ok(std::fs::metadata(path)?.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_named_pipe(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// A path for an error.
pub fn shown(path: &str) -> String {
    if path == "-" { "standard input".to_owned() } else { path.to_owned() }
}
