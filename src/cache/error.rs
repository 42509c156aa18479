//! The errors of the cache.

use crate::filter::jq::BadJq;
use crate::model::kind::UnknownKind;
use crate::store;

/// Why an operation on the cache failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("{0:?} is not a policy; policies are forever, never, ttl:SPAN, lru:NUMBER and filter:JQ, joined by +")]
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
    #[error("cannot store a response or event in an unknown format: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot read or write the cache's inbox: {}", crate::model::fault::words(.0))]
    Inbox(std::io::Error),
    #[error("cannot start the thread that writes the cache: {}", crate::model::fault::words(.0))]
    Thread(std::io::Error),
}

/// SQLite's error message without the query, which may be long.
fn explain(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } if *offset >= 0 => {
            format!("{msg}, at character {}", offset + 1)
        }
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::MultipleStatement => "it contains several statements; run one at a time".to_owned(),
        error => error.to_string(),
    }
}

impl Error {
    /// Whether the file is damaged, rather than inaccessible.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Store(store::Error::Damaged { .. }))
    }

    /// How the user can fix the error.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) => error.hint(),
            _ => None,
        }
    }
}
