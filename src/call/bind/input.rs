//! Reads the files and the standard input that values name.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;

use super::Error;
use super::nonce::hashed_bytes;
use crate::model::{text, time};

/// The maximum size of an input. No request contains more, because Discord accepts 25 MiB.
const MAX_MIB: u64 = 64;

/// The trust in the values of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The values come from the user of dcord, and may name files, variables and standard input.
    #[default]
    Full,
    /// The values come from somebody else. Each is used literally, and none names a source to read.
    Literal,
}

/// Reads files, and standard input for one flag.
#[derive(Debug)]
pub struct Input {
    trust: Trust,
    stdin_taken_by: Option<String>,
    /// Whether no value of any call can read standard input.
    is_taken_for_good: bool,
    /// The contents of each path. A pipe can be read only once, and a file may change between two reads.
    held: HashMap<String, Bytes>,
    /// How long to wait for a program that writes to a named pipe.
    patience: Duration,
}

impl Default for Input {
    fn default() -> Self {
        const PATIENCE: Duration = Duration::from_secs(30);
        Self::new(Trust::Full, PATIENCE)
    }
}

impl Input {
    /// Creates an input that waits this long for a program to write to a named pipe.
    pub fn new(trust: Trust, patience: Duration) -> Self {
        Self { trust, stdin_taken_by: None, is_taken_for_good: false, held: HashMap::new(), patience }
    }

    /// Whether values are used literally.
    pub fn is_literal(&self) -> bool {
        self.trust == Trust::Literal
    }

    /// Keeps standard input for something else, in this call and those that follow it.
    pub fn keep_stdin(&mut self, by: &str) {
        self.stdin_taken_by = Some(by.to_owned());
        self.is_taken_for_good = true;
    }

    /// Begins another call with the same inputs, which are not read again.
    pub fn again(&mut self) {
        if !self.is_taken_for_good {
            self.stdin_taken_by = None;
        }
    }

    /// The paths that were read, and what identifies their contents.
    pub fn identity(&self) -> BTreeMap<&str, u128> {
        self.held.iter().map(|(path, bytes)| (path.as_str(), hashed_bytes(bytes))).collect()
    }

    /// Lowers the trust for the values of one field. Returns the trust before, for [`Self::restore`].
    pub(super) fn lower(&mut self, trust: Trust) -> Trust {
        let before = self.trust;
        if trust == Trust::Literal {
            self.trust = trust;
        }
        before
    }

    pub(super) fn restore(&mut self, trust: Trust) {
        self.trust = trust;
    }

    /// Returns an error for a value that can only be a path, if values are used literally.
    pub fn refuse_literal(&self, flag: &str) -> Result<(), Error> {
        if self.is_literal() { Err(Error::Literal { flag: flag.to_owned() }) } else { Ok(()) }
    }

    /// The bytes of a file, or of standard input (`-`).
    pub fn bytes(&mut self, flag: &str, path: &str) -> Result<Bytes, Error> {
        self.within(flag, path, MAX_MIB)
    }

    /// The bytes of a file with at most this many MiB.
    pub fn within(&mut self, flag: &str, path: &str, limit: u64) -> Result<Bytes, Error> {
        self.refuse_literal(flag)?;
        if path == "-" {
            self.take_stdin(flag)?;
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

    /// Reserves standard input for a flag. Returns an error if another flag reads it.
    pub fn take_stdin(&mut self, flag: &str) -> Result<(), Error> {
        if let Some(first) = &self.stdin_taken_by {
            return Err(Error::StdinTwice { first: first.clone(), second: flag.to_owned() });
        }
        self.stdin_taken_by = Some(flag.to_owned());
        Ok(())
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

    /// A file as text, without a byte order mark and one trailing line break.
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

    /// The value itself, or the contents of `@FILE` or `@-`.
    pub fn text_or_file(&mut self, flag: &str, value: &str) -> Result<String, Error> {
        match value.strip_prefix('@').filter(|_| !self.is_literal()) {
            Some(path) => self.text(flag, path),
            None => Ok(value.to_owned()),
        }
    }
}

/// Opens a file. Opening a named pipe waits for a program that writes to it, so this has a time limit.
fn open(path: &Path, patience: Duration) -> io::Result<File> {
    if !is_named_pipe(path)? {
        return File::open(path);
    }
    let (opened, wait) = mpsc::channel();
    let own = path.to_owned();
    std::thread::spawn(move || {
        // Sending fails after the time limit.
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

/// A path in an error.
pub fn shown(path: &str) -> String {
    if path == "-" { "standard input".to_owned() } else { path.to_owned() }
}
