//! The errors that end a stream.

use std::io;
use std::path::PathBuf;

use crate::gateway::StoreError;
use crate::output;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Writing to stdout failed, possibly because the reader closed it.
    #[error(transparent)]
    Output(#[from] output::Error),
    #[error("cannot store the session: {0}")]
    Store(#[source] StoreError),
    #[error("cannot write to the dead-letter file {}: {}", .path.display(), crate::model::fault::words(.source))]
    DeadLetter { path: PathBuf, source: io::Error },
    #[error("cannot start the thread that writes events: {}", crate::model::fault::words(.0))]
    Thread(#[source] io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error.into())
    }
}

impl Error {
    /// Whether the reader has closed the stream.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Output(output::Error::Closed))
    }
}
