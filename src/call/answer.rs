//! The result of a call that has one document.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::error::Partly;

/// The document that a call returns, and its source.
#[derive(Debug)]
pub struct Answer {
    pub document: Document,
    pub source: Source,
    /// The objects that failed, if a successful response lists any.
    pub failed: Option<Partly>,
    /// How many channels are missing because the bot cannot view them.
    pub hidden_channels: u64,
}

/// The content of a response.
#[derive(Debug)]
pub enum Document {
    Body {
        body: Bytes,
        content_type: Option<String>,
    },
    /// The items of a list that Discord would send in several pages.
    Items(Vec<String>),
}

impl Document {
    /// The document as an object, if it is one.
    pub fn object(&self) -> Option<&RawValue> {
        match self {
            Self::Body { body, .. } => serde_json::from_slice(body).ok(),
            Self::Items(_) => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Body { body, .. } if body.is_empty())
    }
}

/// The source of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Discord,
    /// The cache, as of this time in milliseconds since the Unix epoch.
    Cache {
        as_of_ms: i64,
    },
    /// An earlier call sent the message with the same key, so this call sent nothing. `differs` means that the
    /// earlier message has a different text.
    SentBefore {
        differs: bool,
    },
    /// An earlier call may have sent the message, and the user wants to skip it.
    Skipped,
}
