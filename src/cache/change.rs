//! Changes to the cache, and their observations.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Kind;
use super::listener::Listener;
use super::row::Key;

/// The source of a row. The file stores these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Rest = 0,
    Gateway = 1,
}

/// The source of a change, and the time of its observation in milliseconds since the Unix epoch.
///
/// A response counts as observed when its request was sent, because its contents may be that old. An event counts as observed
/// when it arrived. An observation never overwrites a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    pub source: Source,
    pub at_ms: i64,
}

impl Observation {
    /// The response to a request that was sent at this time.
    pub const fn answer(sent_ms: i64) -> Self {
        Self { source: Source::Rest, at_ms: sent_ms }
    }

    /// An event that arrived at this time.
    pub const fn event(arrived_ms: i64) -> Self {
        Self { source: Source::Gateway, at_ms: arrived_ms }
    }
}

/// How an object changes an existing row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The object is complete, and replaces the row.
    Replace,
    /// The object has all fields that its source (REST or the gateway) sends. The row becomes complete, and keeps the fields
    /// that only the other source sends.
    Merge,
    /// The object has some of the fields. The row keeps the others, and an incomplete row stays incomplete.
    Patch,
}

/// One change.
#[derive(Debug)]
pub enum Change<'a> {
    Put {
        kind: Kind,
        /// The guild, if the object does not contain its id.
        guild: Option<u64>,
        json: Cow<'a, str>,
        update: Update,
    },
    /// A message, which also contains its author as a user, and usually as a member.
    Message { json: &'a str, update: Update },
    Delete {
        kind: Kind,
        /// The guild, or 0 for kinds whose ids are globally unique.
        within: u64,
        key: Key,
    },
    /// A channel or thread was deleted, with everything in it.
    ChannelGone(u64),
    /// The bot is no longer in the guild.
    GuildGone(u64),
    /// The changes of this observation include all objects of the kind in the parent. With `only`, other rows of the kind in
    /// the parent are removed.
    Listed { kind: Kind, parent: u64, only: bool },
    /// The parent's list of the kind has changed in an unknown way.
    Unlisted { kind: Kind, parent: u64 },
    /// The object has changed in an unknown way.
    Outdated { kind: Kind, within: u64, key: Key },
    /// A session began. From now on, the listener keeps newly observed rows up to date.
    Ready(Listener),
    /// The session is connected, and all its events so far have been written.
    Alive(Listener),
    /// The connection was lost. If the session is resumed, it misses no event.
    Down(Listener),
    /// Events before this time were lost. The listener keeps only rows that are observed later up to date.
    Missed(Listener),
    /// The process no longer listens.
    Ended { process: i64 },
}

impl<'a> Change<'a> {
    pub fn put(kind: Kind, guild: Option<u64>, json: &'a RawValue, update: Update) -> Self {
        Self::Put { kind, guild, json: Cow::Borrowed(json.get()), update }
    }
}
