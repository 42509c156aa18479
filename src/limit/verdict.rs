//! What the limiter says of a request.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request's number in the order of arrival: lower is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TicketId(pub u64);

/// Whether a request may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A slot is taken for the request, which goes out at once: if its process dies from now on, Discord may have counted it.
    Go,
    /// Ask again after `length`, or as soon as the ticket says that something has changed. Without a length only the answer to another
    /// request can free a slot.
    Wait {
        length: Option<Duration>,
        why: Why,
    },
    Refuse(Refusal),
}

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The request's own bucket is used up, or older requests of the bucket go first.
    Bucket,
    /// The 50 requests a second that a bot or an IP address has in all.
    Global,
    /// A limit that the bucket's headers do not show.
    Hidden,
    /// Cloudflare blocks this IP address.
    Blocked,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "the rate limit of this endpoint",
            Self::Global => "the global rate limit",
            Self::Hidden => "a further rate limit of this kind of request",
            Self::Blocked => "Cloudflare's block of this IP address",
        })
    }
}

/// Why a request must not be sent at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// So many requests of the last ten minutes were invalid (401, 403, 429) that more could get the IP address blocked. Some
    /// no longer count after `retry_in`.
    TooManyInvalid { count: u32, retry_in: Duration },
    /// Discord refused the token a short while ago.
    DeadToken { for_another: Duration },
}
