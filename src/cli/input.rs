//! Files and standard input, as values ask for them.

use std::io::Read;

use super::Error;
use crate::model::text;

/// More than this is in no request: Discord takes 25 MiB, and base64 adds a third.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Reads files and, for one consumer, standard input.
#[derive(Debug, Default)]
pub struct Input {
    stdin_taken_by: Option<String>,
    /// What standard input held: it can be read once only.
    stdin: Option<Vec<u8>>,
}

impl Input {
    /// Begins anew: the same words are bound once more.
    pub fn again(&mut self) {
        self.stdin_taken_by = None;
    }

    /// The bytes of a file, or of standard input for `-`.
    pub fn bytes(&mut self, flag: &str, path: &str) -> Result<Vec<u8>, Error> {
        let failed = |source| Error::Read { flag: flag.to_owned(), path: shown(path), source };
        let mut bytes = Vec::new();
        if path == "-" {
            if let Some(first) = &self.stdin_taken_by {
                return Err(Error::StdinTwice { first: first.clone(), second: flag.to_owned() });
            }
            self.stdin_taken_by = Some(flag.to_owned());
            if let Some(bytes) = &self.stdin {
                return Ok(bytes.clone());
            }
            std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        } else {
            let file = std::fs::File::open(path).map_err(failed)?;
            file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        }
        if path == "-" {
            self.stdin = Some(bytes.clone());
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::TooLarge { flag: flag.to_owned(), path: shown(path), limit: MAX_BYTES / (1024 * 1024) });
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

/// A path for an error.
fn shown(path: &str) -> String {
    if path == "-" { "standard input".to_owned() } else { path.to_owned() }
}
