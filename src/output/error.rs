//! Errors of printing.

use std::io;
use std::path::PathBuf;

use super::Format;
use crate::filter::jq;

/// Why something could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The reader has closed the pipe, as `head` does. The process then exits with 0, without a message.
    #[error("standard output is closed")]
    Closed,
    #[error("cannot write to standard output: no space left on the device")]
    Full,
    #[error("cannot write to standard output: {}", crate::model::fault::words(.0))]
    Write(#[source] io::Error),
    #[error("cannot write to the log file {}: {}", .path.display(), crate::model::fault::words(.source))]
    Log { path: PathBuf, source: io::Error },
    #[error("the response is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// `--jq` or `--fields` with a response that is an image or a text.
    #[error("--jq and --fields require JSON, but the response is {content_type}")]
    NoJsonToFilter { content_type: String },
    #[error("the response is binary data ({content_type}), which a terminal cannot show")]
    Binary { content_type: String },
    #[error("-o id: the results of this command have no id")]
    NoId,
    #[error("-o url: the results of this command have no link")]
    NoUrl,
    #[error("-o {format}: the output of --jq has no field {field:?}")]
    FieldMissing { format: Format, field: &'static str },
    #[error("-o url: the response does not name its server")]
    NoServer,
    #[error("-o {format} cannot be combined with {option}")]
    Conflict { format: Format, option: &'static str },
    #[error("-o raw prints one response, but --all fetches several pages")]
    RawPages,
    #[error("--jq: {0}")]
    Jq(#[from] jq::Error),
    #[error("cannot write a line of CSV: {0}")]
    Csv(#[source] ::csv::Error),
}

impl Error {
    /// Whether a single item caused the error, such as a value that a jq program does not accept. The next item may
    /// succeed.
    pub fn is_about_item(&self) -> bool {
        match self {
            Self::Jq(error) => error.is_about_value(),
            Self::NotJson(_) | Self::FieldMissing { .. } | Self::NoServer | Self::Csv(_) => true,
            Self::Closed
            | Self::Full
            | Self::Write(_)
            | Self::Log { .. }
            | Self::NoJsonToFilter { .. }
            | Self::Binary { .. }
            | Self::NoId
            | Self::NoUrl
            | Self::Conflict { .. }
            | Self::RawPages => false,
        }
    }

    /// How to fix the error.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Binary { .. } => Some("redirect it to a file: dcord … > FILE"),
            Self::NoId | Self::NoUrl => {
                Some("use -o jsonl, json, table, text, csv or raw, or pick a field with --jq, as in `--jq .name`")
            }
            Self::FieldMissing { .. } => Some("let the jq program select whole items: --jq 'select(…)'"),
            Self::Conflict { .. } => Some("use -o jsonl or -o json"),
            Self::RawPages => Some("use -o json for one array, or -o jsonl for lines"),
            Self::Full => Some("free some space on the device, or write elsewhere"),
            Self::Closed
            | Self::Write(_)
            | Self::Log { .. }
            | Self::NotJson(_)
            | Self::NoJsonToFilter { .. }
            | Self::NoServer
            | Self::Jq(_)
            | Self::Csv(_) => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            io::ErrorKind::StorageFull => Self::Full,
            _ => Self::Write(error),
        }
    }
}
