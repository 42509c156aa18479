//! The sources of secrets, which are never typed as arguments.

use std::io::Read;
use std::path::Path;

use super::{Error, env};
use crate::model::{Secret, text};

/// The maximum length of a file with a secret, in bytes. It keeps dcord from reading a large file that was named by
/// mistake.
pub const LONGEST: u64 = 64 * 1024;

/// A source of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `env:NAME`
    Env(String),
    /// `file:PATH`
    File(String),
    /// `-`
    Stdin,
}

impl SecretSource {
    /// Parses `env:NAME`, `file:PATH` or `-`. `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "-" {
            return Some(Self::Stdin);
        }
        if let Some(name) = text.strip_prefix("env:") {
            return Some(Self::Env(name.to_owned()));
        }
        text.strip_prefix("file:").map(|path| Self::File(path.to_owned()))
    }

    /// Reads the secret, which errors call `what`. `None` for [`Self::Stdin`], which the caller reads.
    pub fn fetch(&self, what: &str) -> Result<Option<Secret>, Error> {
        match self {
            Self::Stdin => Ok(None),
            Self::Env(name) => match env::named(name) {
                Some(value) => Ok(Some(Secret::new(value.trim()))),
                None => Err(Error::Unset { what: what.to_owned(), name: name.clone() }),
            },
            Self::File(path) => Ok(Some(Secret::new(read_given(what, Path::new(path))?.trim()))),
        }
    }
}

/// Reads the file that an option or argument names.
pub fn read_given(what: &str, path: &Path) -> Result<String, Error> {
    read(path).map_err(|error| match error {
        Error::Read { path, source } => Error::ReadGiven { what: what.to_owned(), path, source },
        error => error,
    })
}

/// Reads the first line of standard input.
pub fn from_stdin() -> Result<Secret, Error> {
    let failed = |source: std::io::Error| Error::Read { path: "standard input".to_owned(), source: source.into() };
    let mut line = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut line).map_err(failed)?;
    Ok(Secret::new(text::without_mark(&line).lines().next().unwrap_or_default().trim()))
}

/// Reads a small file that contains a secret, without its byte order mark.
pub fn read(path: &Path) -> Result<String, Error> {
    let failed = |source: std::io::Error| Error::Read { path: path.display().to_string(), source: source.into() };
    let mut text = String::new();
    std::fs::File::open(path).map_err(failed)?.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text::without_mark(&text).to_owned())
}
