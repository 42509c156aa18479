//! Changes to the cache, as answers and events state them.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Kind;
use super::row::Key;

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Rest = 0,
    Gateway = 1,
}

impl Source {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Gateway => "gateway",
        }
    }
}

/// How an object relates to what is known of the thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is all there is to know.
    Whole,
    /// It is all that its sender tells; what others told besides stays.
    Full,
    /// It is a part: it adds to what is known, and does not make it whole.
    Part,
}

/// One thing that is known now.
#[derive(Debug)]
pub enum Change<'a> {
    Put {
        kind: Kind,
        /// Where the object does not say it.
        guild: Option<u64>,
        json: Cow<'a, str>,
        how: How,
    },
    /// A message, and who wrote it.
    Message { json: &'a str, how: How },
    Delete {
        kind: Kind,
        /// 0 where ids are unique everywhere.
        within: u64,
        key: Key,
    },
    /// A channel or thread is gone, with all that is in it.
    ChannelGone(u64),
    /// The bot is in that guild no more.
    GuildGone(u64),
    /// The things of that kind that this batch puts are all of the parent's. With `only`, others that
    /// are known are gone.
    Listed { kind: Kind, parent: u64, only: bool },
    /// The list has changed in a way that was not told.
    Unlisted { kind: Kind, parent: u64 },
    /// The thing has changed in a way that was not told.
    Outdated { kind: Kind, within: u64, key: Key },
    /// A session began: what is seen from now on is kept up to date.
    Ready { shard: (u32, u32), intents: u64 },
    /// The session lives.
    Alive { shard: (u32, u32) },
    /// Nothing is heard any more.
    Down { shard: (u32, u32) },
}

impl<'a> Change<'a> {
    pub fn put(kind: Kind, guild: Option<u64>, json: &'a RawValue, how: How) -> Self {
        Self::Put { kind, guild, json: Cow::Borrowed(json.get()), how }
    }
}
