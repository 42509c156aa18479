//! Where a secret is taken from, so that it is never typed.

use std::io::Read;
use std::path::Path;

use super::{Error, env};
use crate::model::{Secret, text};

/// No secret of Discord's is longer; a wrong file should not be read whole.
const LONGEST: u64 = 64 * 1024;

/// A place that holds a secret.
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
    /// Reads `env:NAME`, `file:PATH` or `-`; anything else is no source.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "-" {
            return Some(Self::Stdin);
        }
        if let Some(name) = text.strip_prefix("env:") {
            return Some(Self::Env(name.to_owned()));
        }
        text.strip_prefix("file:").map(|path| Self::File(path.to_owned()))
    }

    /// Fetches the secret; `what` is what errors call it. Standard input is the caller's to read.
    pub fn fetch(&self, what: &str) -> Result<Option<Secret>, Error> {
        match self {
            Self::Stdin => Ok(None),
            Self::Env(name) => match env::named(name) {
                Some(value) => Ok(Some(Secret::new(value.trim()))),
                None => Err(Error::Unset { what: what.to_owned(), name: name.clone() }),
            },
            Self::File(path) => Ok(Some(Secret::new(read(Path::new(path))?.trim()))),
        }
    }
}

/// A small file with a secret in it, without a byte order mark.
pub fn read(path: &Path) -> Result<String, Error> {
    let failed = |source: std::io::Error| Error::Read { path: path.display().to_string(), source: source.into() };
    let mut text = String::new();
    std::fs::File::open(path).map_err(failed)?.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text::without_mark(&text).to_owned())
}
