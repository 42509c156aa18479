//! The limiter's decisions about requests.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request's number in the order of arrival. A lower number is an older request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TicketId(pub u64);

/// Whether a request may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The request has a slot, and the caller must send it at once. If the process dies before the response, Discord may have
    /// counted the request.
    Go,
    /// The caller polls again after `length`, or as soon as [`Ticket::changed`](super::Ticket::changed) completes. Without a
    /// length, only the response to another request can free a slot.
    Wait {
        length: Option<Duration>,
        reason: WaitReason,
    },
    Refuse(Refusal),
}

/// The limit for which a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The request's bucket is used up, or older requests take its remaining slots.
    Bucket,
    /// The limit of 50 requests per second for a bot or an IP address.
    Global,
    /// A limit that the headers do not report.
    Hidden,
    /// Cloudflare blocks this IP address.
    Blocked,
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "the rate limit of this endpoint",
            Self::Global => "the global rate limit",
            Self::Hidden => "an additional rate limit on this kind of request",
            Self::Blocked => "Cloudflare's block of this IP address",
        })
    }
}

/// Why a request must not be sent at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// So many requests of the last ten minutes were invalid (401, 403, 429) that Discord may block the IP address after more
    /// of them. After `retry_in`, the oldest no longer count.
    TooManyInvalid { count: u32, retry_in: Duration },
    /// Discord refused the token within the last hour.
    DeadToken { retry_in: Duration },
}
