//! What can go wrong with the cache.

use crate::filter::jq::BadJq;
use crate::model::kind::UnknownKind;
use crate::store;

/// Why the cache cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("{0:?} is not a policy; policies are forever, never, ttl:TIME, lru:NUMBER and filter:JQ, joined by +")]
    Policy(String),
    #[error("filter: {0}")]
    Filter(#[from] BadJq),
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    #[error("cannot parse the search {text:?}: {}", .message.trim_start_matches("fts5: "))]
    Search { text: String, message: String },
    #[error("cannot run the query: {}", explain(.0))]
    Sql(rusqlite::Error),
    #[error("cannot run the query: it changes data, but dcord opens the cache for reading only")]
    Writes,
    #[error("cannot store an answer or event of an unknown form: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot read or write the cache's inbox: {0}")]
    Inbox(std::io::Error),
    #[error("cannot start the thread that writes the cache: {0}")]
    Thread(std::io::Error),
}

/// What SQLite says of a query, without the query, which may be long.
fn explain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } if *offset >= 0 => {
            format!("{msg}, at character {}", offset + 1)
        }
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::MultipleStatement => "it is more than one; run them one by one".to_owned(),
        error => error.to_string(),
    }
}

impl Error {
    /// Whether the file is damaged, and not just out of reach.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Store(store::Error::Damaged { .. }))
    }

    /// What to do about it, for people.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) => error.hint(),
            _ => None,
        }
    }
}
