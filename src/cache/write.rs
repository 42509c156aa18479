//! Writes changes to the database in transactions.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash};
use std::thread;

use rusqlite::{OptionalExtension as _, ToSql, params};
use serde_json::value::RawValue;

use super::change::{Change, Observation, Source, Update};
use super::object::{merge, unredacted, without_secrets, without_withheld};
use super::row::{Columns, Id, Key, ObjectFields, number, signed, text};
use super::tombstone::IN_CHANNEL;
use super::{Cache, Error, Kind};
use crate::store;

/// For how many milliseconds an equal partial object is not written again, and how many objects are remembered.
const RECENT_MS: i64 = 60_000;
const MAX_RECENT: usize = 20_000;

impl Cache {
    /// Writes changes in one transaction. If the file is damaged, it is replaced first.
    pub fn apply(&mut self, observed: Observation, now_ms: i64, changes: &[Change<'_>]) -> Result<(), Error> {
        // An observation is never in the future, even if the clock was set back after it.
        let now_ms = now_ms.max(observed.at_ms);
        self.with_repair(|cache| cache.transact(now_ms, |cache| cache.write_all(observed, changes)))
    }

    /// Writes the changes of many events in one transaction and in order, each with the time of its arrival.
    pub(super) fn apply_events(&mut self, now_ms: i64, events: &[(i64, Vec<Change<'_>>)]) -> Result<(), Error> {
        let now_ms = events.iter().map(|(arrived_ms, _)| *arrived_ms).fold(now_ms, i64::max);
        self.with_repair(|cache| {
            cache.transact(now_ms, |cache| {
                for (arrived_ms, changes) in events {
                    cache.write_all(Observation::event(*arrived_ms), changes)?;
                    // Lowering the priority of this thread is not enough to give the event stream priority.
                    thread::yield_now();
                }
                Ok(())
            })
        })
    }

    pub(super) fn with_repair(&mut self, run: impl Fn(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        match run(self) {
            Err(Error::Store(store::Error::Damaged { .. })) if self.rebuilt().is_none() => {
                self.repair()?;
                run(self)
            }
            result => result,
        }
    }

    fn write_all(&mut self, observed: Observation, changes: &[Change<'_>]) -> Result<(), Error> {
        changes.iter().try_for_each(|change| self.write(observed, change))
    }

    pub(super) fn transact(
        &mut self,
        now_ms: i64,
        run: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let result = self.in_transaction(|cache| {
            cache.now_ms = now_ms;
            cache.begin_rows()?;
            run(cache)
        });
        if result.is_err() {
            self.recent_writes.clear();
        }
        result
    }

    /// Runs a function in a transaction, which is rolled back if the function fails.
    pub(super) fn in_transaction<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.run("BEGIN IMMEDIATE", [])?;
        let result = run(self).and_then(|value| self.run("COMMIT", []).map(|_| value));
        if result.is_err() && !self.connection().is_autocommit() {
            // Report only the first error.
            let _ = self.run("ROLLBACK", []);
        }
        result
    }

    /// Reads the fields of [`Cache`] that are valid only in a transaction.
    fn begin_rows(&mut self) -> Result<(), Error> {
        let sql = "SELECT max(upto, coalesce((SELECT max(rowid) FROM entity), 0)), upto,
                          EXISTS (SELECT 1 FROM tombstone WHERE scope = ?1) FROM indexed";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let (last, indexed, has_tombstones): (i64, i64, bool) = statement
            .query_row([self.scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .map_err(|e| self.of(e))?;
        drop(statement);
        (self.next_row, self.indexed, self.has_tombstones) = (last + 1, indexed, has_tombstones);
        Ok(())
    }

    /// Adds the messages that were stored since the last search to the full-text index.
    pub(super) fn index_texts(&mut self) -> Result<(), Error> {
        // The number of rows per transaction. Other writers wait for each transaction.
        const ROWS: i64 = 2000;
        let find = "SELECT upto, min(upto + ?1, (SELECT max(rowid) FROM entity)) FROM indexed";
        loop {
            let range = |cache: &Self| -> Result<Option<(i64, i64)>, Error> {
                let (from, to): (i64, Option<i64>) = cache
                    .connection()
                    .query_row(find, [ROWS], |row| Ok((row.get(0)?, row.get(1)?)))
                    .map_err(|e| cache.of(e))?;
                Ok(to.filter(|to| *to > from).map(|to| (from, to)))
            };
            // Usually there is nothing to write, so other writers need not wait.
            if range(self)?.is_none() {
                return Ok(());
            }
            self.in_transaction(|cache| {
                let Some((from, to)) = range(cache)? else { return Ok(()) };
                let sql = "INSERT INTO message_text (rowid, content)
                           SELECT rowid, json ->> '$.content' FROM entity
                           WHERE rowid > ?1 AND rowid <= ?2 AND +kind = 7 AND json ->> '$.content' <> ''";
                cache.run(sql, [from, to])?;
                cache.run("UPDATE indexed SET upto = ?1", [to]).map(|_| ())
            })?;
        }
    }

    pub(super) fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, Error> {
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.execute(params).map_err(|e| self.of(e))
    }

    fn write(&mut self, observed: Observation, change: &Change<'_>) -> Result<(), Error> {
        let at_ms = observed.at_ms;
        match change {
            Change::Put { kind, guild, json, update } => self.put(observed, *kind, *guild, json, *update),
            Change::Message { json, update } => self.message(observed, None, json, *update),
            Change::Delete { kind, within, key } => self.delete(observed, *kind, *within, key),
            Change::ChannelGone(id) => self.channel_gone(observed, *id),
            Change::GuildGone(id) => self.guild_gone(observed, *id),
            Change::Listed { kind, parent, only } => self.listed(observed, *kind, *parent, *only),
            Change::Unlisted { kind, parent } => self.unlisted(*kind, *parent, at_ms),
            Change::Outdated { kind, within, key } => self.outdated(observed, *kind, *within, key),
            Change::Ready(listener) => self.ready(*listener, at_ms),
            Change::Alive(listener) => self.alive(*listener, at_ms),
            Change::Down(listener) => self.down(*listener, at_ms),
            Change::Missed(listener) => self.missed(*listener, at_ms),
            Change::Ended { process } => self.ended(*process),
        }
    }

    /// Records that all objects of a kind in a guild or channel are written. A list that is older than a change to it
    /// ([`Self::unlisted`]) or than another list is ignored.
    fn listed(&mut self, observed: Observation, kind: Kind, parent: u64, only: bool) -> Result<(), Error> {
        if self.is_parent_gone(observed, kind, parent)? {
            return Ok(());
        }
        if !self.policies.of(kind).keeps_all() {
            // A policy excludes some objects of the kind, so no list of them is complete.
            return self.unlisted(kind, parent, observed.at_ms);
        }
        if only {
            self.keep_only(observed, kind, parent)?;
        }
        let sql = "INSERT INTO listing (scope, kind, parent, fetched_at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (scope, kind, parent)
                   DO UPDATE SET fetched_at = iif(fetched_at > ?5, ?4, max(fetched_at, ?4)),
                                 changed_at = iif(changed_at > ?5, 0, changed_at)";
        let params = params![self.scope, kind.number(), signed(parent), observed.at_ms, self.now_ms];
        self.run(sql, params).map(|_| ())
    }

    /// Records that a list has changed in an unknown way, so that earlier lists are incomplete.
    fn unlisted(&self, kind: Kind, parent: u64, at_ms: i64) -> Result<(), Error> {
        let sql = "INSERT INTO listing (scope, kind, parent, fetched_at, changed_at) VALUES (?1, ?2, ?3, 0, ?4)
                   ON CONFLICT (scope, kind, parent)
                   DO UPDATE SET changed_at = iif(changed_at > ?5, ?4, max(changed_at, ?4))";
        let params = params![self.scope, kind.number(), signed(parent), at_ms, self.now_ms];
        self.run(sql, params).map(|_| ())
    }

    /// Records that an object has changed in an unknown way. Responses to earlier requests do not contain the change.
    fn outdated(&mut self, observed: Observation, kind: Kind, within: u64, key: &Key) -> Result<(), Error> {
        self.forget_recent_write(kind, within, key);
        let sql = "UPDATE entity SET partial = 1, outdated_at = iif(outdated_at > ?6, ?5, max(outdated_at, ?5))
                   WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4 AND fetched_at NOT BETWEEN ?5 + 1 AND ?6";
        let params = params![self.scope, kind.number(), key, signed(within), observed.at_ms, self.now_ms];
        self.run(sql, params).map(|_| ())
    }

    /// Removes the rows of a kind in a guild or channel that were last observed before this list. Also removes rows with times
    /// in the future, which exist if the clock was set back.
    fn keep_only(&mut self, observed: Observation, kind: Kind, parent: u64) -> Result<(), Error> {
        let Observation { source, at_ms } = observed;
        let (scope, now_ms) = (self.scope, self.now_ms);
        if kind == Kind::Message {
            // Without READ_MESSAGE_HISTORY, Discord lists no messages. That must not remove the history of the channel.
            let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id = ?2 AND kept = 0
                       AND fetched_at NOT BETWEEN ?3 AND ?4";
            return self.run(sql, params![scope, signed(parent), at_ms, now_ms]).map(|_| ());
        }
        if kind == Kind::Guild {
            let sql = "SELECT id FROM entity WHERE scope = ?1 AND kind = ?2 AND fetched_at NOT BETWEEN ?3 AND ?4";
            let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
            let rows = statement.query_map(params![scope, kind.number(), at_ms, now_ms], |row| row.get::<_, i64>(0));
            let gone = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))?;
            drop(statement);
            return gone.into_iter().try_for_each(|id| self.guild_gone(observed, id.cast_unsigned()));
        }
        let of_kind = "scope = ?1 AND kind = ?2 AND kind <> 7 AND guild_id = ?3 AND fetched_at NOT BETWEEN ?4 AND ?5";
        let sql = match source {
            Source::Gateway => format!("DELETE FROM entity WHERE {of_kind}"),
            // REST omits channels that the bot cannot view. If this channel had been deleted, the listener would have received
            // an event.
            Source::Rest if kind == Kind::Channel && self.is_live(kind, Some(parent), at_ms, now_ms)? => {
                format!("UPDATE entity SET hidden = 1, name = NULL, fetched_at = ?4 WHERE {of_kind} AND hidden = 0")
            }
            Source::Rest => format!("DELETE FROM entity WHERE {of_kind} AND hidden = 0"),
        };
        let params = params![scope, kind.number(), signed(parent), at_ms, now_ms];
        self.run(&sql, params).map(|_| ())
    }

    fn channel_gone(&mut self, gone: Observation, id: u64) -> Result<(), Error> {
        self.record_channel_deletions(gone, "kind = 3 AND channel_id = ?2", id)?;
        self.record_deletion(gone, Kind::Channel, 0, &Key::Number(id))?;
        let of_threads = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id IN
                          (SELECT id FROM entity WHERE scope = ?1 AND kind = 3 AND channel_id = ?2)";
        let kinds = IN_CHANNEL.map(|kind| kind.number().to_string()).join(",");
        let within = format!("DELETE FROM entity WHERE scope = ?1 AND channel_id = ?2 AND kind IN ({kinds})");
        let own = "DELETE FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND id = ?2 AND within = 0";
        let list = "DELETE FROM listing WHERE scope = ?1 AND kind = 7 AND parent = ?2";
        let histories = "DELETE FROM history WHERE scope = ?1 AND (channel_id = ?2 OR channel_id IN
                         (SELECT id FROM entity WHERE scope = ?1 AND kind = 3 AND channel_id = ?2))";
        for sql in [histories, of_threads, &within, own, list] {
            self.run(sql, params![self.scope, signed(id)])?;
        }
        Ok(())
    }

    fn guild_gone(&mut self, gone: Observation, id: u64) -> Result<(), Error> {
        self.recent_writes.clear();
        self.record_channel_deletions(gone, "kind IN (2, 3) AND kind <> 7 AND guild_id = ?2", id)?;
        self.record_deletion(gone, Kind::Guild, 0, &Key::Number(id))?;
        let of_channels = "DELETE FROM listing WHERE scope = ?1 AND kind = 7 AND parent IN
                           (SELECT id FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND guild_id = ?2)";
        self.run(of_channels, params![self.scope, signed(id)])?;
        // Messages in responses do not contain the id of their guild, but their channels do.
        let messages = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND (guild_id = ?2 OR channel_id IN
                        (SELECT id FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND kind <> 7 AND guild_id = ?2))";
        // Lists all kinds, because the index has the kind before the guild.
        let kinds = Kind::ALL.map(|kind| kind.number().to_string()).join(",");
        let within =
            format!("DELETE FROM entity WHERE scope = ?1 AND kind IN ({kinds}) AND kind <> 7 AND guild_id = ?2");
        let own = "DELETE FROM entity WHERE scope = ?1 AND kind = 1 AND id = ?2 AND within = 0";
        let lists = "DELETE FROM listing WHERE scope = ?1 AND parent = ?2";
        let histories = "DELETE FROM history WHERE scope = ?1 AND guild_id = ?2";
        for sql in [messages, &within, own, lists, histories] {
            self.run(sql, params![self.scope, signed(id)])?;
        }
        Ok(())
    }

    fn put(
        &mut self,
        observed: Observation,
        kind: Kind,
        guild: Option<u64>,
        json: &str,
        update: Update,
    ) -> Result<(), Error> {
        if self.policies.of(kind).is_never() {
            return Ok(());
        }
        let Some(head) = ObjectFields::read(json) else { return Ok(()) };
        let Some(columns) = head.columns(kind, guild) else { return Ok(()) };
        // Only for events, because a list must update the time of each of its rows: it removes all others.
        if update == Update::Patch
            && observed.source == Source::Gateway
            && let Key::Number(id) = columns.key
            && self.is_repeated((kind, id, within(kind, &columns)), json, observed.at_ms)
        {
            return Ok(());
        }
        self.put_read(observed, kind, &columns, json, update)
    }

    /// Writes a message. `guild` is its guild, if the message does not contain it.
    pub(super) fn message(
        &mut self,
        observed: Observation,
        guild: Option<u64>,
        json: &str,
        update: Update,
    ) -> Result<(), Error> {
        let Some(head) = ObjectFields::read(json) else { return Ok(()) };
        if (self.keeps || !self.policies.of(Kind::Message).is_never())
            && let Some(columns) = head.columns(Kind::Message, guild)
        {
            self.put_read(observed, Kind::Message, &columns, json, update)?;
        }
        self.author(observed, &head)
    }

    /// Writes the author of a message, as a member if the message contains one. The author of a webhook's message is not a user.
    fn author(&mut self, observed: Observation, head: &ObjectFields<'_>) -> Result<(), Error> {
        let Some(author) = head.author.filter(|_| head.webhook_id.is_none()) else { return Ok(()) };
        let member = head.member.map(RawValue::get).zip(number(head.guild_id));
        let (kind, within) = member.map_or((Kind::User, 0), |(_, guild)| (Kind::Member, guild));
        if self.policies.of(kind).is_never() {
            return Ok(());
        }
        // Checks before parsing whether the same author was written recently, which is often the case.
        let Some(id) = Id::read(author.get()) else { return Ok(()) };
        if self.is_repeated((kind, id, within), (author.get(), member), observed.at_ms) {
            return Ok(());
        }
        let json = match member.map(|(member, _)| member.trim_start().trim_start_matches('{')) {
            Some(rest) => {
                let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
                Cow::Owned(format!("{{\"user\":{}{comma}{rest}", author.get()))
            }
            None => Cow::Borrowed(author.get()),
        };
        let Some(head) = ObjectFields::read(&json) else { return Ok(()) };
        let Some(columns) = head.columns(kind, Some(within)) else { return Ok(()) };
        self.put_read(observed, kind, &columns, &json, Update::Patch)
    }

    /// Writes an object whose columns are already read, unless there is a later deletion or observation.
    fn put_read(
        &mut self,
        observed: Observation,
        kind: Kind,
        columns: &Columns,
        json: &str,
        update: Update,
    ) -> Result<(), Error> {
        let withheld = match (kind, observed.source) {
            (Kind::Message, Source::Gateway) => without_withheld(json)?,
            _ => None,
        };
        // If Discord withholds the new content of an edited message, the row becomes incomplete.
        let outdates = withheld.is_some() && update == Update::Patch;
        let (json, update) = match withheld {
            // A redacted channel has few real fields. The row keeps its values for all others.
            None if columns.hidden => (Cow::Owned(unredacted(json)?), Update::Patch),
            None => (without_secrets(kind, json)?, update),
            Some(rest) => (Cow::Owned(rest), Update::Patch),
        };
        if update != Update::Patch || columns.hidden {
            self.forget_recent_write(kind, within(kind, columns), &columns.key);
        }
        if self.is_gone(observed, kind, columns)? {
            self.forget_recent_write(kind, within(kind, columns), &columns.key);
            return Ok(());
        }
        if update == Update::Replace {
            return self.store(observed, kind, columns, &json, false);
        }
        let Some(known) = self.stored_row(kind, columns)? else {
            return self.store(observed, kind, columns, &json, update == Update::Patch);
        };
        let Some(at_ms) = self.row_time(observed, kind, &known, &json) else { return Ok(()) };
        let Ok(merged) = merge(&known.json, &json) else {
            // The row's JSON is invalid, as in a damaged file, so the object replaces it.
            return self.store(observed, kind, columns, &json, update == Update::Patch);
        };
        let Some(head) = ObjectFields::read(&merged) else { return Ok(()) };
        let guild = if columns.guild == 0 { known.guild } else { columns.guild };
        let hidden = columns.hidden;
        let Some(columns) = head.columns(kind, Some(guild).filter(|guild| *guild != 0)) else { return Ok(()) };
        let columns = if hidden { columns.hide() } else { columns };
        if !known.kept && !self.admits(kind, &merged) {
            return self.remove(&known);
        }
        let partial = outdates || known.partial && (update == Update::Patch || at_ms > observed.at_ms);
        let row = NewRow { source: observed.source, at_ms, json: &merged, partial };
        self.update(kind, &known, &columns, &row)
    }

    /// The time of a row after an observation is written to it. `None` if the row is newer.
    ///
    /// A row has one time for all its fields. An older object is therefore ignored, even if it has fields that the newer one
    /// lacked. If no listener is connected, the row does not claim to be up to date. If one is connected, its events contain
    /// these fields.
    fn row_time(&self, observed: Observation, kind: Kind, known: &StoredRow, json: &str) -> Option<i64> {
        let time = known.time(self.now_ms);
        if kind == Kind::Message
            && let (Some(old), Some(new)) = (edited(&known.json), edited(json))
            && old != new
        {
            // The edit times show which object is newer. It may lack other changes that were observed later.
            return (new > old).then_some(observed.at_ms.max(time));
        }
        (observed.at_ms >= time).then_some(observed.at_ms)
    }

    fn delete(&mut self, gone: Observation, kind: Kind, within: u64, key: &Key) -> Result<(), Error> {
        self.forget_recent_write(kind, within, key);
        if !self.policies.of(kind).is_never() {
            self.record_deletion(gone, kind, within, key)?;
        }
        let newer = if can_reappear(kind) { gone.at_ms + 1 } else { i64::MAX };
        let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4
                   AND fetched_at NOT BETWEEN ?5 AND ?6";
        let params = params![self.scope, kind.number(), key, signed(within), newer, self.now_ms];
        self.run(sql, params).map(|_| ())
    }

    /// Whether an object may be stored.
    fn admits(&self, kind: Kind, json: &str) -> bool {
        self.keeps && kind == Kind::Message || self.policies.of(kind).admits(json)
    }

    fn remove(&self, known: &StoredRow) -> Result<(), Error> {
        self.run("DELETE FROM entity WHERE rowid = ?1", [known.row]).map(|_| ())
    }

    /// The existing row of an object.
    fn stored_row(&self, kind: Kind, columns: &Columns) -> Result<Option<StoredRow>, Error> {
        let sql =
            "SELECT rowid, json, partial, guild_id, channel_id, name, display, nick, fetched_at, outdated_at, kept
                   FROM entity WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let params: [&dyn ToSql; 4] = [&self.scope, &kind.number(), &columns.key, &signed(within(kind, columns))];
        let known = statement.query_row(params, |row| {
            Ok(StoredRow {
                row: row.get(0)?,
                json: row.get(1)?,
                partial: row.get(2)?,
                guild: row.get::<_, i64>(3)?.cast_unsigned(),
                channel: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
                names: [row.get(5)?, row.get(6)?, row.get(7)?],
                fetched_at: row.get(8)?,
                outdated_at: row.get(9)?,
                kept: row.get(10)?,
            })
        });
        known.optional().map_err(|e| self.of(e))
    }

    /// Writes an object as a new row, or replaces an older row.
    fn store(
        &mut self,
        observed: Observation,
        kind: Kind,
        columns: &Columns,
        json: &str,
        partial: bool,
    ) -> Result<(), Error> {
        let known = if self.admits(kind, json) { None } else { Some(self.stored_row(kind, columns)?) };
        if let Some(known) = known.filter(|known| !known.as_ref().is_some_and(|known| known.kept)) {
            // The previous row no longer describes the object, so it is removed too.
            let older = known.filter(|known| self.row_time(observed, kind, known, json).is_some());
            return older.map_or(Ok(()), |known| self.remove(&known));
        }
        let sql = "INSERT INTO entity (rowid, scope, kind, id, within, guild_id, channel_id, name, display, nick,
                                       source, partial, fetched_at, used_at, json, hidden, kept)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15, ?16)
                   ON CONFLICT (scope, kind, id, within) DO NOTHING";
        let params = params![
            self.next_row,
            self.scope,
            kind.number(),
            columns.key,
            signed(within(kind, columns)),
            signed(columns.guild),
            columns.channel.map(signed),
            columns.name,
            columns.display,
            columns.nick,
            observed.source as u8,
            partial,
            observed.at_ms,
            json,
            columns.hidden,
            self.keeps && kind == Kind::Message
        ];
        if self.run(sql, params)? == 1 {
            self.next_row += 1;
            self.written += 1;
            return self.invalidate_later_list(observed, kind, columns);
        }
        let known = self.stored_row(kind, columns)?.expect("the conflicting row has this key");
        let Some(at_ms) = self.row_time(observed, kind, &known, json) else { return Ok(()) };
        let partial = partial || known.partial && at_ms > observed.at_ms;
        self.update(kind, &known, columns, &NewRow { source: observed.source, at_ms, json, partial })
    }

    /// After a response with a new object, marks a list as incomplete if it was requested later but lacks the object. The
    /// object may have been created after the list was read, or deleted before. An event is newer than any list.
    fn invalidate_later_list(&self, observed: Observation, kind: Kind, columns: &Columns) -> Result<(), Error> {
        if observed.source == Source::Gateway {
            return Ok(());
        }
        let parent = if kind == Kind::Message { columns.channel.unwrap_or(0) } else { columns.guild };
        let sql = "UPDATE listing SET changed_at = fetched_at
                   WHERE scope = ?1 AND kind = ?2 AND parent = ?3 AND fetched_at > ?4";
        self.run(sql, params![self.scope, kind.number(), signed(parent), observed.at_ms]).map(|_| ())
    }

    /// Updates a row. Skips unchanged columns, so that their indexes are not written.
    fn update(&mut self, kind: Kind, known: &StoredRow, columns: &Columns, new: &NewRow<'_>) -> Result<(), Error> {
        let row = known.row;
        let guild = if columns.guild == 0 { known.guild } else { columns.guild };
        let names = [&columns.name, &columns.display, &columns.nick];
        let same = known.names.each_ref() == names && (known.guild, known.channel) == (guild, columns.channel);
        if !same {
            let sql = "UPDATE entity SET guild_id = ?2, channel_id = ?3, name = ?4, display = ?5, nick = ?6
                       WHERE rowid = ?1";
            let channel = columns.channel.map(signed);
            self.run(sql, params![row, signed(guild), channel, names[0], names[1], names[2]])?;
        }
        let sql = "UPDATE entity SET source = ?2, partial = ?3, fetched_at = ?4, used_at = ?4, json = ?5, hidden = ?6
                   WHERE rowid = ?1";
        self.run(sql, params![row, new.source as u8, new.partial, new.at_ms, new.json, columns.hidden])?;
        self.written += 1;
        if kind == Kind::Message && row <= self.indexed {
            self.run("DELETE FROM message_text WHERE rowid = ?1", [row])?;
            let content =
                ObjectFields::read(new.json).and_then(|head| text(head.content).filter(|text| !text.is_empty()));
            if let Some(content) = content {
                self.run("INSERT INTO message_text (rowid, content) VALUES (?1, ?2)", params![row, content])?;
            }
        }
        Ok(())
    }

    /// Whether an equal object was recently written under the same key, and no other object since.
    fn is_repeated(&mut self, key: (Kind, u64, u64), what: impl Hash, now_ms: i64) -> bool {
        if now_ms.saturating_sub(self.recent_since) > RECENT_MS || self.recent_writes.len() > MAX_RECENT {
            self.recent_writes.clear();
            self.recent_since = now_ms;
        }
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(what);
        self.recent_writes.insert(key, hash) == Some(hash)
    }

    fn forget_recent_write(&mut self, kind: Kind, within: u64, key: &Key) {
        if let Key::Number(id) = key {
            self.recent_writes.remove(&(kind, *id, within));
        }
    }
}

/// Whether a deleted object can reappear under the same key, such as a member or the stage instance of a channel. Other ids are
/// never reused.
const fn can_reappear(kind: Kind) -> bool {
    kind.is_per_guild() || matches!(kind, Kind::Stage | Kind::Invite | Kind::Template)
}

/// The new contents of a row.
struct NewRow<'a> {
    source: Source,
    at_ms: i64,
    json: &'a str,
    partial: bool,
}

/// An existing row.
struct StoredRow {
    row: i64,
    json: String,
    partial: bool,
    guild: u64,
    channel: Option<u64>,
    names: [Option<String>; 3],
    fetched_at: i64,
    outdated_at: i64,
    /// Whether it is history, to which policies do not apply.
    kept: bool,
}

impl StoredRow {
    /// When the object of the row was last observed. Ignores a time in the future, which exists if the clock was set back,
    /// because the row may be of any age.
    fn time(&self, now_ms: i64) -> i64 {
        [self.fetched_at, self.outdated_at].into_iter().filter(|at| *at <= now_ms).max().unwrap_or(0)
    }
}

/// The edit time of a message in Discord's format: `Some(None)` if it was never edited, `None` if the object lacks the field.
/// All have the same format and time zone, so they can be compared as strings.
fn edited(json: &str) -> Option<Option<&str>> {
    #[derive(serde::Deserialize)]
    struct Edited<'a> {
        #[serde(borrow, default, deserialize_with = "raw")]
        edited_timestamp: Option<&'a RawValue>,
    }
    /// Distinguishes null from a missing field.
    fn raw<'de: 'a, 'a, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
        serde::Deserialize::deserialize(deserializer).map(Some)
    }
    let raw = serde_json::from_str::<Edited<'_>>(json).ok()?.edited_timestamp?.get();
    Some(Some(raw).filter(|raw| *raw != "null"))
}

fn within(kind: Kind, columns: &Columns) -> u64 {
    if kind.is_per_guild() { columns.guild } else { 0 }
}
