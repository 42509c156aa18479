//! Tombstones: records of deletions, which prevent late responses and events from restoring deleted objects.

use rusqlite::params;

use super::change::{Observation, Source};
use super::row::{Columns, Key, signed};
use super::{Cache, Error, Kind};

/// How long a tombstone stays. A response is late by at most `--request-timeout`, unless its process was suspended or its
/// output was blocked. The inbox may contain older responses, but tombstones are removed only after all of these are imported.
/// In a server that deletes ten messages a second, the tombstones of an hour take 2 MB.
pub(super) const TOMBSTONE_TTL_MS: i64 = 3600 * 1000;

/// The kinds that are deleted with their channel. The channels in a deleted category are not, and neither are scheduled events,
/// for which Discord sends separate events.
pub(super) const IN_CHANNEL: [Kind; 6] =
    [Kind::Thread, Kind::Message, Kind::Stage, Kind::Invite, Kind::Webhook, Kind::VoiceState];

impl Cache {
    /// Records a deletion.
    pub(super) fn record_deletion(
        &mut self,
        gone: Observation,
        kind: Kind,
        within: u64,
        key: &Key,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO tombstone (scope, kind, id, within, gone_at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (scope, kind, id, within)
                   DO UPDATE SET gone_at = iif(gone_at > ?6, ?5, max(gone_at, ?5))";
        let params = params![self.scope, number(kind), key, signed(within), gone.at_ms, self.now_ms];
        self.run(sql, params)?;
        self.has_tombstones = true;
        Ok(())
    }

    /// Records the deletion of all channels that a condition on `entity` selects. A tombstone of the guild would not be enough,
    /// because objects in responses do not contain the id of their guild. In the condition, `?1` is the scope and `?2` is `id`.
    pub(super) fn record_channel_deletions(
        &mut self,
        gone: Observation,
        condition: &str,
        id: u64,
    ) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO tombstone (scope, kind, id, within, gone_at)
             SELECT scope, {}, id, 0, ?3 FROM entity WHERE scope = ?1 AND {condition}
             ON CONFLICT (scope, kind, id, within) DO UPDATE SET gone_at = iif(gone_at > ?4, ?3, max(gone_at, ?3))",
            Kind::Channel.number()
        );
        self.run(&sql, params![self.scope, signed(id), gone.at_ms, self.now_ms])?;
        self.has_tombstones = true;
        Ok(())
    }

    /// Whether an object, its channel or its guild was deleted after the observation. An object that is observed after its
    /// deletion (such as a ban, a member, or a guild that the bot has joined again) has been created again. Messages are an
    /// exception: their ids are never reused, so every event about a deleted message is late.
    ///
    /// Ignores tombstones in the future, which exist if the clock was set back.
    pub(super) fn is_gone(&self, observed: Observation, kind: Kind, columns: &Columns) -> Result<bool, Error> {
        if !self.has_tombstones {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM tombstone WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4
                       AND gone_at BETWEEN ?5 AND ?6
                   UNION ALL SELECT 1 FROM tombstone WHERE scope = ?1 AND kind = 2 AND id = ?7 AND within = 0
                       AND gone_at BETWEEN ?8 AND ?6
                   UNION ALL SELECT 1 FROM tombstone WHERE scope = ?1 AND kind = 1 AND id = ?9 AND within = 0
                       AND gone_at BETWEEN ?8 AND ?6";
        let since = since(observed);
        let is_final = kind == Kind::Message && observed.source == Source::Gateway;
        let channel = columns.channel.filter(|_| IN_CHANNEL.contains(&kind));
        let within = if kind.is_per_guild() { columns.guild } else { 0 };
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let found = statement.exists(params![
            self.scope,
            number(kind),
            columns.key,
            signed(within),
            if is_final { i64::MIN } else { since },
            self.now_ms,
            channel.map(signed),
            since,
            signed(columns.guild),
        ]);
        found.map_err(|e| self.of(e))
    }

    /// Whether the guild or channel of a list was deleted after the list was observed.
    pub(super) fn is_parent_gone(&self, observed: Observation, kind: Kind, parent: u64) -> Result<bool, Error> {
        if !self.has_tombstones {
            return Ok(false);
        }
        let of = if kind == Kind::Message { Kind::Channel } else { Kind::Guild };
        let sql = "SELECT 1 FROM tombstone WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = 0
                   AND gone_at BETWEEN ?4 AND ?5";
        let params = params![self.scope, of.number(), signed(parent), since(observed), self.now_ms];
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.exists(params).map_err(|e| self.of(e))
    }

    /// Removes the tombstones of this scope that are too old or in the future.
    pub(super) fn remove_tombstones(&self, now_ms: i64) -> Result<(), Error> {
        let sql = "DELETE FROM tombstone WHERE scope = ?1 AND gone_at NOT BETWEEN ?2 AND ?3";
        self.run(sql, params![self.scope, now_ms - TOMBSTONE_TTL_MS, now_ms]).map(|_| ())
    }
}

/// The earliest time of a deletion that makes an observation outdated. Events within the same millisecond are written in the
/// order of their arrival. For a response, the order is unknown, so the deletion takes precedence.
const fn since(observed: Observation) -> i64 {
    match observed.source {
        Source::Rest => observed.at_ms,
        Source::Gateway => observed.at_ms + 1,
    }
}

/// Threads and channels have the same number here, because an object's channel id may be that of a thread.
const fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Thread => Kind::Channel.number(),
        kind => kind.number(),
    }
}
