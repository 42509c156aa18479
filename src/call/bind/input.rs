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

/// How far the values of a call are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The values come from the person who runs dcord: they may name files, variables and standard input.
    #[default]
    Full,
    /// The values come from somebody else: each is taken literally, and none is read from anywhere.
    Literal,
}

/// Reads files and, for one consumer, standard input.
#[derive(Debug)]
pub struct Input {
    trust: Trust,
    stdin_taken_by: Option<String>,
    /// What each path held. A pipe can be read once only, and a file may change between two reads.
    held: HashMap<String, Bytes>,
    /// How long a named pipe may have no writer.
    patience: Duration,
}

impl Default for Input {
    fn default() -> Self {
        const PATIENCE: Duration = Duration::from_secs(30);
        Self::new(Trust::Full, PATIENCE)
    }
}

impl Input {
    /// An input that waits so long for a program to write to a named pipe.
    pub fn new(trust: Trust, patience: Duration) -> Self {
        Self { trust, stdin_taken_by: None, held: HashMap::new(), patience }
    }

    /// Whether values are taken literally.
    pub fn is_literal(&self) -> bool {
        self.trust == Trust::Literal
    }

    /// Refuses a value that can only be the path of a file, where values are taken literally.
    pub fn refuse_literal(&self, flag: &str) -> Result<(), Error> {
        if self.is_literal() { Err(Error::Literal { flag: flag.to_owned() }) } else { Ok(()) }
    }

    /// The bytes of a file, or of standard input for `-`.
    pub fn bytes(&mut self, flag: &str, path: &str) -> Result<Bytes, Error> {
        self.within(flag, path, MAX_MIB)
    }

    /// The same, of a file of so many MiB at most.
    pub fn within(&mut self, flag: &str, path: &str, limit: u64) -> Result<Bytes, Error> {
        self.refuse_literal(flag)?;
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
        match value.strip_prefix('@').filter(|_| !self.is_literal()) {
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
