//! The errors that end listening.

use super::host::BadUrl;
use super::intents;
use super::queue::BudgetSpent;
use super::session::StoreError;
use super::shard::{Cause, Fatal};
use crate::net::BadProxy;

/// Why a connection could not be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreachable {
    pub why: String,
    /// Whether retrying is useless without a change of the configuration.
    pub refused: bool,
    pub hint: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Url(#[from] BadUrl),
    #[error(transparent)]
    Proxy(#[from] BadProxy),
    #[error("the response to GET /gateway/bot is not valid: {0}")]
    Answer(String),
    #[error("cannot connect to the gateway {url}: {}", .why.why)]
    NoGateway { url: String, why: Unreachable },
    #[error("Discord refused the token (close code 4004)")]
    AuthenticationFailed,
    #[error("Discord refused shard {shard} of {shards} (close code 4010): {}", invalid_shard(*.recommended))]
    InvalidShard { shard: u32, shards: u32, recommended: Option<u32> },
    #[error("the bot is in too many servers for {shards} shards (close code 4011): {}", use_shards(*.recommended))]
    ShardingRequired { shards: u32, recommended: Option<u32> },
    #[error("Discord no longer supports the gateway version that this version of dcord uses (close code 4012)")]
    InvalidVersion,
    #[error("Discord does not know the intents {intents} (close code 4013)")]
    InvalidIntents { intents: u64 },
    #[error("Discord refused the privileged intents of this session (close code 4014): {}", privileged(*.intents))]
    DisallowedIntents { intents: u64 },
    #[error("gave up on shard {shard} after {reconnects} attempts to reconnect: {}", last(.why, .unreachable.as_deref()))]
    GaveUp { shard: u32, reconnects: u32, why: Cause, unreachable: Option<String> },
    #[error("gave up on shard {shard} after {identifies} consecutive sessions that ended within minutes: {}", last(.why, .unreachable.as_deref()))]
    UnstableSessions { shard: u32, identifies: u32, why: Cause, unreachable: Option<String> },
    #[error(transparent)]
    Budget(#[from] BudgetSpent),
    #[error("cannot read the stored session: {0}")]
    Store(#[source] StoreError),
}

impl Error {
    /// `unreachable` is the reason for which the last connection could not be opened, or `None` if it opened.
    pub(super) fn fatal(
        fatal: Fatal,
        (shard, shards): (u32, u32),
        intents: u64,
        recommended: Option<u32>,
        unreachable: Option<Unreachable>,
        url: &str,
    ) -> Self {
        let last = || unreachable.as_ref().map(|unreachable| unreachable.why.clone());
        match fatal {
            Fatal::AuthenticationFailed => Self::AuthenticationFailed,
            Fatal::InvalidShard => Self::InvalidShard { shard, shards, recommended },
            Fatal::ShardingRequired => Self::ShardingRequired { shards, recommended },
            Fatal::InvalidVersion => Self::InvalidVersion,
            Fatal::InvalidIntents => Self::InvalidIntents { intents },
            Fatal::DisallowedIntents => Self::DisallowedIntents { intents },
            Fatal::GaveUp { reconnects, why } => Self::GaveUp { shard, reconnects, why, unreachable: last() },
            Fatal::UnstableSessions { identifies, why } => {
                Self::UnstableSessions { shard, identifies, why, unreachable: last() }
            }
            Fatal::NoGateway => Self::NoGateway { url: url.to_owned(), why: unreachable.unwrap_or_default() },
        }
    }

    /// The requested privileged intents, if they caused the error.
    pub fn privileged_intents(&self) -> Vec<&'static str> {
        match self {
            Self::DisallowedIntents { intents } => intents::privileged_names(*intents),
            _ => Vec::new(),
        }
    }
}

fn use_shards(recommended: Option<u32>) -> String {
    recommended
        .map_or_else(|| "use --shards auto".to_owned(), |count| format!("use --shards {count}, or --shards auto"))
}

fn invalid_shard(recommended: Option<u32>) -> String {
    format!("{}; large bots need a multiple of the number that Discord assigns", use_shards(recommended))
}

/// Why the last attempt failed. The reason in `unreachable` is more specific than `Cause::Unreachable`.
fn last(why: &Cause, unreachable: Option<&str>) -> String {
    unreachable.map_or_else(|| why.to_string(), str::to_owned)
}

fn privileged(set: u64) -> String {
    let names = intents::privileged_names(set);
    if names.is_empty() { "none that dcord knows".to_owned() } else { names.join(", ") }
}
