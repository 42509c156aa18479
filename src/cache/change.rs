//! Changes to the cache, as answers and events state them, and when they were observed.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Kind;
use super::listener::Listener;
use super::row::Key;

/// Where a row comes from. The numbers are those in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Rest = 0,
    Gateway = 1,
}

/// Where a change comes from, and when it was observed, in milliseconds since the Unix epoch.
///
/// The time of an answer is that of its request, since the answer may be as old as that; the time of an event is its
/// arrival. An observation changes nothing that was observed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    pub source: Source,
    pub at_ms: i64,
}

impl Observation {
    /// The answer to a request that was sent at that time.
    pub const fn answer(sent_ms: i64) -> Self {
        Self { source: Source::Rest, at_ms: sent_ms }
    }

    /// An event that arrived at that time.
    pub const fn event(arrived_ms: i64) -> Self {
        Self { source: Source::Gateway, at_ms: arrived_ms }
    }
}

/// How an object changes the row that it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The object is complete: it replaces the row.
    Replace,
    /// The object has all fields that its sender has, and makes the row complete; fields that only other senders have stay.
    Merge,
    /// The object has some fields: the others stay, and an incomplete row stays incomplete.
    Patch,
}

/// One change.
#[derive(Debug)]
pub enum Change<'a> {
    Put {
        kind: Kind,
        /// The guild, where the object does not name it.
        guild: Option<u64>,
        json: Cow<'a, str>,
        update: Update,
    },
    /// A message, which also has its author's user, and mostly the author's member.
    Message { json: &'a str, update: Update },
    Delete {
        kind: Kind,
        /// 0 where ids are unique everywhere.
        within: u64,
        key: Key,
    },
    /// A channel or thread was deleted, with everything in it.
    ChannelGone(u64),
    /// The bot is no longer in the guild.
    GuildGone(u64),
    /// The batch puts all things of the kind that the parent has. With `only`, the cache removes the parent's others.
    Listed { kind: Kind, parent: u64, only: bool },
    /// The parent's list has changed in an unknown way.
    Unlisted { kind: Kind, parent: u64 },
    /// The thing has changed in an unknown way.
    Outdated { kind: Kind, within: u64, key: Key },
    /// A session began: the listener keeps up to date what is observed from now on.
    Ready(Listener),
    /// The session is connected, and all its events up to now are written.
    Alive(Listener),
    /// The connection was lost. If the session resumes, it misses nothing.
    Down(Listener),
    /// Events up to now were lost: the listener keeps up to date what is observed later.
    Missed(Listener),
    /// The process with that number listens no longer.
    Ended { process: i64 },
}

impl<'a> Change<'a> {
    pub fn put(kind: Kind, guild: Option<u64>, json: &'a RawValue, update: Update) -> Self {
        Self::Put { kind, guild, json: Cow::Borrowed(json.get()), update }
    }
}
