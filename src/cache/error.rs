//! What can go wrong with the cache.

use crate::filter::jq::BadJq;
use crate::store;

/// Why the cache cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("{0:?} is no policy: it is forever, never, ttl:TIME, lru:NUMBER or filter:JQ, joined by +")]
    Policy(String),
    #[error("filter: {0}")]
    Filter(#[from] BadJq),
    #[error("{0:?} is kept by nobody: the kinds are {1}")]
    Kind(String, String),
    #[error("the search {text:?} cannot be understood: {source}")]
    Search { text: String, source: rusqlite::Error },
    #[error("{0}")]
    Sql(rusqlite::Error),
    #[error("an answer or event has a shape that Discord's have not: {0}")]
    Json(#[from] serde_json::Error),
    #[error("what commands left for the cache cannot be read or written: {0}")]
    Inbox(std::io::Error),
    #[error("the thread that writes the cache cannot be started: {0}")]
    Thread(std::io::Error),
}
