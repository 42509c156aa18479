//! History: the messages of the channels that `cache sync` keeps, and how far it has read each channel.
//!
//! A page of messages and the position after it are written in one transaction, so that a process that is killed at any time
//! leaves no gap.

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::value::RawValue;

use super::change::{Observation, Update};
use super::row::signed;
use super::{Cache, Error};
use crate::model::items;

/// The lowest and highest message id.
const LOWEST: u64 = 0;
const HIGHEST: u64 = i64::MAX as u64;

/// The part of a channel that is stored without gaps: all messages from `oldest` to `newest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub newest: u64,
    pub oldest: u64,
    /// Whether the channel has no messages before `oldest`.
    pub is_complete: bool,
}

impl Span {
    /// The span of a channel of which nothing is stored.
    pub const EMPTY: Self = Self { newest: LOWEST, oldest: HIGHEST, is_complete: false };

    pub const fn has_messages(&self) -> bool {
        self.newest != LOWEST
    }

    /// Extends the span by a page that adjoins it.
    pub fn extend(&mut self, ids: impl IntoIterator<Item = u64>) {
        for id in ids {
            self.newest = self.newest.max(id);
            self.oldest = self.oldest.min(id);
        }
    }
}

/// What is known of a channel's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    pub channel: u64,
    pub span: Span,
    /// The channel's `last_pin_timestamp` when its pins were read. `Some("")` if the channel had none.
    pub pins: Option<String>,
    /// All threads archived before these times are complete, in milliseconds since the Unix epoch.
    pub public_until: i64,
    pub private_until: i64,
    /// When the channel was last read up to its newest message.
    pub synced_at: i64,
}

/// A page of a channel's messages.
pub struct HistoryPage<'a> {
    pub channel: u64,
    pub guild: Option<u64>,
    /// When the page was requested.
    pub asked_ms: i64,
    pub messages: &'a [&'a RawValue],
    /// The span with this page.
    pub span: Span,
    /// Whether the page reaches the newest message of the channel.
    pub is_current: bool,
}

/// All pinned messages of a channel.
pub struct Pins<'a> {
    pub channel: u64,
    pub guild: Option<u64>,
    pub asked_ms: i64,
    pub messages: &'a [&'a RawValue],
    /// The channel's `last_pin_timestamp`, or an empty string.
    pub last: &'a str,
}

/// A list of a channel's archived threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    Public,
    Private,
}

const COLUMNS: &str = "channel_id, newest, oldest, complete, pins, public_until, private_until, synced_at";

impl Cache {
    /// The history of a channel.
    pub fn history(&self, channel: u64) -> Result<Option<History>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM history WHERE scope = ?1 AND channel_id = ?2");
        let mut statement = self.connection().prepare_cached(&sql).map_err(|e| self.of(e))?;
        statement.query_row(params![self.scope, signed(channel)], history).optional().map_err(|e| self.of(e))
    }

    /// The histories of all channels.
    pub fn histories(&self) -> Result<Vec<History>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM history WHERE scope = ?1 ORDER BY channel_id");
        let mut statement = self.connection().prepare_cached(&sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map([self.scope], history);
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    /// The number of messages in a channel's history.
    pub fn count_history(&self, channel: u64) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM entity WHERE scope = ?1 AND channel_id = ?2 AND kept = 1";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let count = statement.query_row(params![self.scope, signed(channel)], |row| row.get::<_, i64>(0));
        count.map(i64::cast_unsigned).map_err(|e| self.of(e))
    }

    /// The number of messages in all histories.
    pub fn count_kept(&self) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM entity WHERE scope = ?1 AND kept = 1";
        let count = self.connection().query_row(sql, [self.scope], |row| row.get::<_, i64>(0));
        count.map(i64::cast_unsigned).map_err(|e| self.of(e))
    }

    /// The messages of a channel's history between two ids, exclusive, in ascending order, with their ids.
    pub fn read_history(
        &self,
        channel: u64,
        after: u64,
        before: u64,
        most: usize,
    ) -> Result<Vec<(u64, String)>, Error> {
        let sql =
            "SELECT id, json FROM entity WHERE scope = ?1 AND channel_id = ?2 AND kept = 1 AND id > ?3 AND id < ?4
                   ORDER BY id LIMIT ?5";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let (after, before) = (signed(after.min(HIGHEST)), signed(before.min(HIGHEST)));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![self.scope, signed(channel), after, before, most], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        });
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    /// Writes a page of messages and the position after it.
    pub fn write_history(&mut self, page: &HistoryPage<'_>, now_ms: i64) -> Result<(), Error> {
        let sql = "INSERT INTO history (scope, channel_id, guild_id, newest, oldest, complete, synced_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                   ON CONFLICT (scope, channel_id) DO UPDATE SET newest = ?4, oldest = ?5, complete = ?6,
                   synced_at = max(synced_at, ?7)";
        self.keeping(page.asked_ms, now_ms, |cache| {
            cache.keep(page.channel, page.guild, page.asked_ms, page.messages)?;
            let Span { newest, oldest, is_complete } = page.span;
            let synced_at = if page.is_current { page.asked_ms } else { 0 };
            let (channel, guild) = (signed(page.channel), page.guild.map_or(0, signed));
            let params = params![cache.scope, channel, guild, signed(newest), signed(oldest), is_complete, synced_at];
            cache.run(sql, params).map(|_| ())
        })
    }

    /// Writes the pinned messages of a channel that has a history. No other message of the channel is pinned.
    pub fn write_pins(&mut self, pins: &Pins<'_>, now_ms: i64) -> Result<(), Error> {
        let unpin = "UPDATE entity SET json = json_set(json, '$.pinned', json('false'))
                     WHERE scope = ?1 AND channel_id = ?2 AND kept = 1 AND json ->> '$.pinned' = 1 AND fetched_at < ?3";
        let done = "UPDATE history SET pins = ?3 WHERE scope = ?1 AND channel_id = ?2";
        self.keeping(pins.asked_ms, now_ms, |cache| {
            cache.keep(pins.channel, pins.guild, pins.asked_ms, pins.messages)?;
            cache.run(unpin, params![cache.scope, signed(pins.channel), pins.asked_ms])?;
            cache.run(done, params![cache.scope, signed(pins.channel), pins.last]).map(|_| ())
        })
    }

    /// Records that all threads of a channel archived before this time are complete.
    pub fn set_archived_until(&self, channel: u64, archive: Archive, until_ms: i64) -> Result<(), Error> {
        let sql = match archive {
            Archive::Public => "UPDATE history SET public_until = ?3 WHERE scope = ?1 AND channel_id = ?2",
            Archive::Private => "UPDATE history SET private_until = ?3 WHERE scope = ?1 AND channel_id = ?2",
        };
        self.run(sql, params![self.scope, signed(channel), until_ms]).map(|_| ())
    }

    /// Runs a function in a transaction in which policies do not apply to messages.
    fn keeping(
        &mut self,
        asked_ms: i64,
        now_ms: i64,
        run: impl Fn(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.keeps = true;
        let result = self.transact(now_ms.max(asked_ms), run);
        self.keeps = false;
        result
    }

    /// Writes messages. A listener may have stored some of them already, to which policies no longer apply.
    fn keep(&mut self, channel: u64, guild: Option<u64>, asked_ms: i64, messages: &[&RawValue]) -> Result<(), Error> {
        let sql = "UPDATE entity SET kept = 1 WHERE scope = ?1 AND kind = 7 AND id = ?2 AND within = 0 AND kept = 0
                   AND channel_id = ?3";
        for message in messages {
            self.message(Observation::answer(asked_ms), guild, message.get(), Update::Replace)?;
            if let Some(id) = items::text(message, "id").and_then(|id| id.parse::<u64>().ok()) {
                self.run(sql, params![self.scope, signed(id), signed(channel)])?;
            }
        }
        Ok(())
    }
}

fn history(row: &Row<'_>) -> rusqlite::Result<History> {
    let id = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(History {
        channel: id(0)?,
        span: Span { newest: id(1)?, oldest: id(2)?, is_complete: row.get(3)? },
        pins: row.get(4)?,
        public_until: row.get(5)?,
        private_until: row.get(6)?,
        synced_at: row.get(7)?,
    })
}
