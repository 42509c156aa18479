//! What an OAuth2 authorization granted: an access token and the means to renew it, stored together as one secret.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::settings::expand_home;
use super::{Error, edit, keyring, secret};
use crate::model::{Secret, private};

/// The tokens of an authorization.
#[derive(Clone, Debug)]
pub struct Grant {
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    /// When the access token expires, in Unix milliseconds.
    pub expires_ms: Option<i64>,
    pub client_id: String,
    /// The secret of an app that is not a public client.
    pub client_secret: Option<Secret>,
}

/// A token is renewed this long before it expires, so that it does not expire during a request.
const EARLY_MS: i64 = 60_000;

/// The stored form.
#[derive(Deserialize, Serialize)]
struct Stored<S> {
    access_token: S,
    refresh_token: Option<S>,
    expires_ms: Option<i64>,
    client_id: String,
    client_secret: Option<S>,
}

impl Grant {
    /// Whether the access token has to be renewed.
    pub fn is_expired(&self, now_ms: i64) -> bool {
        self.expires_ms.is_some_and(|expires| now_ms.saturating_add(EARLY_MS) >= expires)
    }

    fn parse(text: &str) -> Option<Self> {
        let stored: Stored<String> = serde_json::from_str(text).ok()?;
        Some(Self {
            access_token: Secret::new(stored.access_token),
            refresh_token: stored.refresh_token.map(Secret::new),
            expires_ms: stored.expires_ms,
            client_id: stored.client_id,
            client_secret: stored.client_secret.map(Secret::new),
        })
    }

    fn to_json(&self) -> Secret {
        let stored = Stored {
            access_token: self.access_token.expose(),
            refresh_token: self.refresh_token.as_ref().map(Secret::expose),
            expires_ms: self.expires_ms,
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.as_ref().map(Secret::expose),
        };
        Secret::new(serde_json::to_string(&stored).expect("texts and numbers are JSON"))
    }
}

/// Where a grant is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantPlace {
    File(PathBuf),
    /// An entry of the system keyring.
    Keyring(String),
}

impl GrantPlace {
    /// Parses the value of `token_oauth`: `keyring:NAME`, or the path of a file.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("keyring:") {
            Some(name) => Self::Keyring(name.to_owned()),
            None => Self::File(expand_home(text)),
        }
    }

    pub fn load(&self) -> Result<Grant, Error> {
        let text = match self {
            Self::File(path) => {
                if fs::metadata(path).is_ok_and(|metadata| private::is_exposed(&metadata)) {
                    return Err(Error::Exposed { path: path.display().to_string() });
                }
                Secret::new(secret::read(path)?)
            }
            Self::Keyring(name) => keyring::get(name)?,
        };
        Grant::parse(text.expose()).ok_or_else(|| Error::Grant { reason: format!("{self} is damaged") })
    }

    pub fn save(&self, grant: &Grant) -> Result<(), Error> {
        let text = grant.to_json();
        match self {
            Self::File(path) => edit::write_secret(path, text.expose().as_bytes()),
            Self::Keyring(name) => keyring::set(name, &text),
        }
    }

    pub fn delete(&self) -> Result<(), Error> {
        match self {
            Self::File(path) => remove(path),
            Self::Keyring(name) => keyring::delete(name),
        }
    }
}

impl fmt::Display for GrantPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Keyring(name) => write!(f, "keyring:{name}"),
        }
    }
}

/// Deletes a file. A missing one is no error.
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(Error::Write { path: path.display().to_string(), source: source.into() })
        }
        _ => Ok(()),
    }
}
