//! Changes, and writing them: a batch in one transaction, each event whole or not at all.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash};
use std::thread;

use rusqlite::{OptionalExtension as _, ToSql, params};
use serde_json::value::RawValue;

use super::change::{Change, How, Source};
use super::object::{merge, unredacted, without_secrets};
use super::row::{Columns, Head, Id, Key, number, signed, text};
use super::{Cache, Error, Kind};
use crate::store;

/// For how long the same partial object is not written again, and how many are remembered.
const LATELY_MS: i64 = 60_000;
const MOST_LATELY: usize = 20_000;

impl Cache {
    /// Writes changes in one transaction. A damaged file is made anew first, once.
    pub fn apply(&mut self, source: Source, now_ms: i64, changes: &[Change<'_>]) -> Result<(), Error> {
        self.apply_all(source, &mut || vec![(now_ms, changes)])
    }

    /// Writes the changes of many events, in order, in one transaction.
    pub(super) fn apply_all<'c>(
        &mut self,
        source: Source,
        events: &mut dyn FnMut() -> Vec<(i64, &'c [Change<'c>])>,
    ) -> Result<(), Error> {
        match self.transact(source, &events()) {
            Err(Error::Store(store::Error::Damaged { .. })) if self.rebuilt().is_none() => {
                self.mend()?;
                self.transact(source, &events())
            }
            result => result,
        }
    }

    fn transact(&mut self, source: Source, events: &[(i64, &[Change<'_>])]) -> Result<(), Error> {
        let result = self.in_transaction(|cache| {
            cache.begin_rows()?;
            for (now_ms, changes) in events {
                let told = Told { source, now_ms: *now_ms };
                changes.iter().try_for_each(|change| cache.write(told, change))?;
                if source == Source::Gateway {
                    // Beside a listener: the stream goes first, and a low priority alone is heard late.
                    thread::yield_now();
                }
            }
            Ok(())
        });
        if result.is_err() {
            self.lately.clear();
        }
        result
    }

    /// Does all of something or nothing.
    pub(super) fn in_transaction<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.run("BEGIN IMMEDIATE", [])?;
        let result = run(self).and_then(|value| self.run("COMMIT", []).map(|_| value));
        if result.is_err() && !self.connection().is_autocommit() {
            // The error that counts is the first.
            let _ = self.run("ROLLBACK", []);
        }
        result
    }

    /// Reads what new rows need to know.
    fn begin_rows(&mut self) -> Result<(), Error> {
        let sql = "SELECT max(upto, coalesce((SELECT max(rowid) FROM entity), 0)), upto FROM indexed";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let (last, indexed): (i64, i64) =
            statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(|e| self.of(e))?;
        drop(statement);
        (self.next_row, self.indexed) = (last + 1, indexed);
        Ok(())
    }

    /// Brings the texts of messages into their index that came since the last search.
    pub(super) fn index_texts(&mut self) -> Result<(), Error> {
        // So many rows in a transaction, which others wait for.
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
            // Mostly there is nothing to write, and nobody is made to wait.
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

    fn write(&mut self, told: Told, change: &Change<'_>) -> Result<(), Error> {
        let scope = self.scope;
        let now_ms = told.now_ms;
        match change {
            Change::Put { kind, guild, json, how } => return self.put(told, *kind, *guild, json, *how),
            Change::Message { json, how } => return self.message(told, json, *how),
            Change::Delete { kind, within, key } => self.delete(*kind, *within, key)?,
            Change::ChannelGone(id) => self.channel_gone(*id)?,
            Change::GuildGone(id) => self.guild_gone(*id)?,
            // Of what is not kept whole there is no whole list.
            Change::Listed { kind, parent, .. } if !self.policies.of(*kind).keeps_all() => {
                return self.write(told, &Change::Unlisted { kind: *kind, parent: *parent });
            }
            Change::Listed { kind, parent, only } => {
                if *only {
                    self.keep_only(told, *kind, *parent)?;
                }
                let sql = "INSERT INTO listing (scope, kind, parent, fetched_at) VALUES (?1, ?2, ?3, ?4)
                           ON CONFLICT (scope, kind, parent) DO UPDATE SET fetched_at = ?4";
                self.run(sql, params![scope, kind.number(), signed(*parent), now_ms])?;
            }
            Change::Unlisted { kind, parent } => {
                let sql = "DELETE FROM listing WHERE scope = ?1 AND kind = ?2 AND parent = ?3";
                self.run(sql, params![scope, kind.number(), signed(*parent)])?;
            }
            Change::Outdated { kind, within, key } => {
                self.forget(*kind, *within, key);
                let sql = "UPDATE entity SET partial = 1
                           WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
                self.run(sql, params![scope, kind.number(), key, signed(*within)])?;
            }
            Change::Ready { shard, intents } => {
                let sql = "INSERT INTO listener (scope, shard, shards, ready_at, seen_at, intents)
                           VALUES (?1, ?2, ?3, ?4, ?4, ?5) ON CONFLICT (scope, shard, shards)
                           DO UPDATE SET ready_at = ?4, seen_at = ?4, intents = ?5";
                self.run(sql, params![scope, shard.0, shard.1, now_ms, signed(*intents)])?;
            }
            Change::Alive { shard } | Change::Down { shard } => {
                let seen_at = if matches!(change, Change::Alive { .. }) { now_ms } else { 0 };
                let sql = "UPDATE listener SET seen_at = ?4 WHERE scope = ?1 AND shard = ?2 AND shards = ?3";
                self.run(sql, params![scope, shard.0, shard.1, seen_at])?;
            }
        }
        Ok(())
    }

    /// Removes what is known of a kind and was not put at that time.
    fn keep_only(&mut self, told: Told, kind: Kind, parent: u64) -> Result<(), Error> {
        let Told { source, now_ms } = told;
        let scope = self.scope;
        if kind == Kind::Message {
            let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id = ?2 AND fetched_at < ?3";
            return self.run(sql, params![scope, signed(parent), now_ms]).map(|_| ());
        }
        if kind == Kind::Guild {
            let sql = "SELECT id FROM entity WHERE scope = ?1 AND kind = ?2 AND fetched_at < ?3";
            let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
            let rows = statement.query_map(params![scope, kind.number(), now_ms], |row| row.get::<_, i64>(0));
            let gone = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))?;
            drop(statement);
            return gone.into_iter().try_for_each(|id| self.guild_gone(id.cast_unsigned()));
        }
        let of_kind = "scope = ?1 AND kind = ?2 AND kind <> 7 AND guild_id = ?3 AND fetched_at < ?4";
        let sql = match source {
            Source::Gateway => format!("DELETE FROM entity WHERE {of_kind}"),
            // REST leaves out what the bot cannot view. Of a deletion, a listener would have heard.
            Source::Rest if kind == Kind::Channel && self.is_live(kind, Some(parent), now_ms, now_ms)? => {
                format!("UPDATE entity SET hidden = 1, name = NULL, fetched_at = ?4 WHERE {of_kind} AND hidden = 0")
            }
            Source::Rest => format!("DELETE FROM entity WHERE {of_kind} AND hidden = 0"),
        };
        let params = params![scope, kind.number(), signed(parent), now_ms];
        self.run(&sql, params).map(|_| ())
    }

    fn channel_gone(&self, id: u64) -> Result<(), Error> {
        // A category's channels stay, and so do events, of which Discord tells by themselves.
        let of_threads = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id IN
                          (SELECT id FROM entity WHERE scope = ?1 AND kind = 3 AND channel_id = ?2)";
        let within = "DELETE FROM entity WHERE scope = ?1 AND channel_id = ?2 AND kind IN (3, 7, 12, 13, 15, 19)";
        let own = "DELETE FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND id = ?2 AND within = 0";
        let list = "DELETE FROM listing WHERE scope = ?1 AND kind = 7 AND parent = ?2";
        [of_threads, within, own, list]
            .iter()
            .try_for_each(|sql| self.run(sql, params![self.scope, signed(id)]).map(|_| ()))
    }

    fn guild_gone(&mut self, id: u64) -> Result<(), Error> {
        self.lately.clear();
        let of_channels = "DELETE FROM listing WHERE scope = ?1 AND kind = 7 AND parent IN
                           (SELECT id FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND guild_id = ?2)";
        self.run(of_channels, params![self.scope, signed(id)])?;
        // Messages that REST told of do not name their guild, but their channels do.
        let messages = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND (guild_id = ?2 OR channel_id IN
                        (SELECT id FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND kind <> 7 AND guild_id = ?2))";
        // Each kind by itself, since the index has it before the guild.
        let kinds = Kind::ALL.map(|kind| kind.number().to_string()).join(",");
        let within =
            format!("DELETE FROM entity WHERE scope = ?1 AND kind IN ({kinds}) AND kind <> 7 AND guild_id = ?2");
        let own = "DELETE FROM entity WHERE scope = ?1 AND kind = 1 AND id = ?2 AND within = 0";
        let lists = "DELETE FROM listing WHERE scope = ?1 AND parent = ?2";
        for sql in [messages, &within, own, lists] {
            self.run(sql, params![self.scope, signed(id)])?;
        }
        Ok(())
    }

    fn put(&mut self, told: Told, kind: Kind, guild: Option<u64>, json: &str, how: How) -> Result<(), Error> {
        if self.policies.of(kind).is_never() {
            return Ok(());
        }
        let Some(head) = Head::read(json) else { return Ok(()) };
        let Some(columns) = head.columns(kind, guild) else { return Ok(()) };
        if how == How::Part
            && let Key::Number(id) = columns.key
            && self.wrote_lately((kind, id, within(kind, &columns)), json, told.now_ms)
        {
            return Ok(());
        }
        self.put_read(told, kind, &columns, json, how)
    }

    fn message(&mut self, told: Told, json: &str, how: How) -> Result<(), Error> {
        let Some(head) = Head::read(json) else { return Ok(()) };
        if !self.policies.of(Kind::Message).is_never()
            && let Some(columns) = head.columns(Kind::Message, None)
        {
            self.put_read(told, Kind::Message, &columns, json, how)?;
        }
        self.author(told, &head)
    }

    /// Keeps who wrote a message: a member where the message tells of one. A webhook's name is nobody's.
    fn author(&mut self, told: Told, head: &Head<'_>) -> Result<(), Error> {
        let Some(author) = head.author.filter(|_| head.webhook_id.is_none()) else { return Ok(()) };
        let member = head.member.map(RawValue::get).zip(number(head.guild_id));
        let (kind, within) = member.map_or((Kind::User, 0), |(_, guild)| (Kind::Member, guild));
        if self.policies.of(kind).is_never() {
            return Ok(());
        }
        // Mostly they wrote another message a moment ago: that is found out before anything is read.
        let Some(id) = Id::read(author.get()) else { return Ok(()) };
        if self.wrote_lately((kind, id, within), (author.get(), member), told.now_ms) {
            return Ok(());
        }
        let json = match member.map(|(member, _)| member.trim_start().trim_start_matches('{')) {
            Some(rest) => {
                let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
                Cow::Owned(format!("{{\"user\":{}{comma}{rest}", author.get()))
            }
            None => Cow::Borrowed(author.get()),
        };
        let Some(head) = Head::read(&json) else { return Ok(()) };
        let Some(columns) = head.columns(kind, Some(within)) else { return Ok(()) };
        self.put_read(told, kind, &columns, &json, How::Part)
    }

    /// Writes an object whose columns are read, over what is known of it if it is not whole.
    fn put_read(&mut self, told: Told, kind: Kind, columns: &Columns, json: &str, how: How) -> Result<(), Error> {
        // A redacted channel has few true fields; the cached values of all others stay.
        let (json, how) = match columns.hidden {
            true => (Cow::Owned(unredacted(json)?), How::Part),
            false => (without_secrets(kind, json)?, how),
        };
        if how != How::Part || columns.hidden {
            self.forget(kind, within(kind, columns), &columns.key);
        }
        if how == How::Whole {
            return self.keep(told, kind, columns, &json, false);
        }
        let Some(known) = self.known(kind, columns)? else {
            return self.keep(told, kind, columns, &json, how == How::Part);
        };
        let Ok(merged) = merge(&known.json, &json) else {
            // What cannot be read of a damaged file is not worth more than what comes.
            return self.keep(told, kind, columns, &json, how == How::Part);
        };
        let partial = how == How::Part && known.partial;
        let Some(head) = Head::read(&merged) else { return Ok(()) };
        let guild = if columns.guild == 0 { known.guild } else { columns.guild };
        let hidden = columns.hidden;
        let Some(columns) = head.columns(kind, Some(guild).filter(|guild| *guild != 0)) else { return Ok(()) };
        let columns = if hidden { columns.hide() } else { columns };
        if !self.policies.of(kind).admits(&merged) {
            return self.delete(kind, within(kind, &columns), &columns.key);
        }
        self.update(told, kind, &known, &columns, &merged, partial)
    }

    fn delete(&mut self, kind: Kind, within: u64, key: &Key) -> Result<(), Error> {
        self.forget(kind, within, key);
        let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
        self.run(sql, params![self.scope, kind.number(), key, signed(within)]).map(|_| ())
    }

    /// The row of a thing.
    fn known(&self, kind: Kind, columns: &Columns) -> Result<Option<Known>, Error> {
        let sql = "SELECT rowid, json, partial, guild_id, channel_id, name, display, nick FROM entity
                   WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let params: [&dyn ToSql; 4] = [&self.scope, &kind.number(), &columns.key, &signed(within(kind, columns))];
        let known = statement.query_row(params, |row| {
            Ok(Known {
                row: row.get(0)?,
                json: row.get(1)?,
                partial: row.get(2)?,
                guild: row.get::<_, i64>(3)?.cast_unsigned(),
                channel: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
                names: [row.get(5)?, row.get(6)?, row.get(7)?],
            })
        });
        known.optional().map_err(|e| self.of(e))
    }

    /// Writes a thing as it is now, whatever was known of it.
    fn keep(&mut self, told: Told, kind: Kind, columns: &Columns, json: &str, partial: bool) -> Result<(), Error> {
        if !self.policies.of(kind).admits(json) {
            // Nor what it was before: that is not so any more.
            return self.delete(kind, within(kind, columns), &columns.key);
        }
        let sql = "INSERT INTO entity (rowid, scope, kind, id, within, guild_id, channel_id, name, display, nick,
                                       source, partial, fetched_at, used_at, json, hidden)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15)
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
            told.source as u8,
            partial,
            told.now_ms,
            json,
            columns.hidden
        ];
        if self.run(sql, params)? == 1 {
            self.next_row += 1;
            self.written += 1;
            return Ok(());
        }
        let known = self.known(kind, columns)?;
        self.update(told, kind, &known.expect("only a row of that key is in the way"), columns, json, partial)
    }

    /// Writes over a row. What did not change is in indexes that need not be touched.
    fn update(
        &mut self,
        told: Told,
        kind: Kind,
        known: &Known,
        columns: &Columns,
        json: &str,
        partial: bool,
    ) -> Result<(), Error> {
        let Told { source, now_ms } = told;
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
        self.run(sql, params![row, source as u8, partial, now_ms, json, columns.hidden])?;
        self.written += 1;
        if kind == Kind::Message && row <= self.indexed {
            self.run("DELETE FROM message_text WHERE rowid = ?1", [row])?;
            let content = Head::read(json).and_then(|head| text(head.content).filter(|text| !text.is_empty()));
            if let Some(content) = content {
                self.run("INSERT INTO message_text (rowid, content) VALUES (?1, ?2)", params![row, content])?;
            }
        }
        Ok(())
    }

    /// Whether the same was written of the same thing a moment ago, and nothing else since.
    fn wrote_lately(&mut self, key: (Kind, u64, u64), what: impl Hash, now_ms: i64) -> bool {
        if now_ms.saturating_sub(self.lately_since) > LATELY_MS || self.lately.len() > MOST_LATELY {
            self.lately.clear();
            self.lately_since = now_ms;
        }
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(what);
        self.lately.insert(key, hash) == Some(hash)
    }

    fn forget(&mut self, kind: Kind, within: u64, key: &Key) {
        if let Key::Number(id) = key {
            self.lately.remove(&(kind, *id, within));
        }
    }

    /// Removes all of this scope, or of a kind.
    pub fn clear(&mut self, kind: Option<Kind>) -> Result<usize, Error> {
        self.lately.clear();
        self.in_transaction(|cache| {
            let mut removed = 0;
            for kind in kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]) {
                let params = params![cache.scope, kind.number()];
                removed += cache.run("DELETE FROM entity WHERE scope = ?1 AND kind = ?2", params)?;
                cache.run("DELETE FROM listing WHERE scope = ?1 AND kind = ?2", params)?;
            }
            Ok(removed)
        })
    }
}

/// Who told of a change, and when.
#[derive(Clone, Copy)]
struct Told {
    source: Source,
    now_ms: i64,
}

/// A row as it is.
struct Known {
    row: i64,
    json: String,
    partial: bool,
    guild: u64,
    channel: Option<u64>,
    names: [Option<String>; 3],
}

fn within(kind: Kind, columns: &Columns) -> u64 {
    if kind.is_per_guild() { columns.guild } else { 0 }
}
