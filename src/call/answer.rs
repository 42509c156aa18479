//! The response to one request.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::error::Partly;

/// One response.
#[derive(Debug)]
pub struct Answer {
    pub document: Document,
    pub source: Source,
    /// What failed, where the response lists it though its status says success.
    pub failed: Option<Partly>,
    /// How many channels the response leaves out because the bot cannot view them.
    pub hidden_channels: u64,
}

/// The response's text.
#[derive(Debug)]
pub enum Document {
    Body {
        body: Bytes,
        content_type: Option<String>,
    },
    /// The items of a list that Discord would answer with several pages.
    Items(Vec<String>),
}

impl Document {
    /// The object that it is, if it is one.
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

/// Where a response is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Discord,
    /// The cache, as of this time in milliseconds since the Unix epoch.
    Cache {
        as_of_ms: i64,
    },
    /// An earlier call sent the message under the same key, and nothing was sent now.
    SentBefore,
}
