//! Changes, and writing them: a batch in one transaction, each event whole or not at all.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use rusqlite::{OptionalExtension as _, ToSql, params};
use serde::Deserialize as _;
use serde_json::value::RawValue;

use super::row::{Columns, Head, Key, signed, text};
use super::{Cache, Error, Kind};
use crate::store;

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
        self.run("BEGIN IMMEDIATE", [])?;
        let mut result = Ok(());
        for (now_ms, changes) in events {
            result = changes.iter().try_for_each(|change| self.write(source, *now_ms, change));
            if result.is_err() {
                break;
            }
        }
        let result = result.and_then(|()| self.run("COMMIT", []).map(|_| ()));
        if result.is_err() {
            self.lately.clear();
            if !self.connection().is_autocommit() {
                // The error that counts is the first.
                let _ = self.run("ROLLBACK", []);
            }
        }
        result
    }

    fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, Error> {
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.execute(params).map_err(|e| self.of(e))
    }

    fn write(&mut self, source: Source, now_ms: i64, change: &Change<'_>) -> Result<(), Error> {
        let scope = self.scope;
        match change {
            Change::Put { kind, guild, json, how } => return self.put(source, now_ms, *kind, *guild, json, *how),
            Change::Delete { kind, within, key } => {
                self.forget(*kind, *within, key);
                let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
                self.run(sql, params![scope, kind.number(), key, signed(*within)])?;
            }
            Change::ChannelGone(id) => self.channel_gone(*id)?,
            Change::GuildGone(id) => self.guild_gone(*id)?,
            Change::Listed { kind, parent, only } => {
                if *only {
                    self.keep_only(*kind, *parent, now_ms)?;
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
    fn keep_only(&mut self, kind: Kind, parent: u64, now_ms: i64) -> Result<(), Error> {
        let scope = self.scope;
        if kind == Kind::Guild {
            let sql = "SELECT id FROM entity WHERE scope = ?1 AND kind = ?2 AND fetched_at < ?3";
            let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
            let rows = statement.query_map(params![scope, kind.number(), now_ms], |row| row.get::<_, i64>(0));
            let gone = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))?;
            drop(statement);
            return gone.into_iter().try_for_each(|id| self.guild_gone(id.cast_unsigned()));
        }
        let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = ?2 AND guild_id = ?3 AND fetched_at < ?4";
        self.run(sql, params![scope, kind.number(), signed(parent), now_ms]).map(|_| ())
    }

    fn channel_gone(&self, id: u64) -> Result<(), Error> {
        // A category's channels stay, and so do events, of which Discord tells by themselves.
        let of_threads = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id IN
                          (SELECT id FROM entity WHERE scope = ?1 AND kind = 3 AND channel_id = ?2)";
        let within = "DELETE FROM entity WHERE scope = ?1 AND channel_id = ?2 AND kind IN (3, 7, 12, 13, 15, 19)";
        let own = "DELETE FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND id = ?2 AND within = 0";
        [of_threads, within, own].iter().try_for_each(|sql| self.run(sql, params![self.scope, signed(id)]).map(|_| ()))
    }

    fn guild_gone(&mut self, id: u64) -> Result<(), Error> {
        self.lately.clear();
        // Messages that REST told of do not name their guild, but their channels do.
        let messages = "DELETE FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id IN
                        (SELECT id FROM entity WHERE scope = ?1 AND kind IN (2, 3) AND guild_id = ?2)";
        // Each kind by itself, since the index has it before the guild.
        let kinds = Kind::ALL.map(|kind| kind.number().to_string()).join(",");
        let within = format!("DELETE FROM entity WHERE scope = ?1 AND kind IN ({kinds}) AND guild_id = ?2");
        let own = "DELETE FROM entity WHERE scope = ?1 AND kind = 1 AND id = ?2 AND within = 0";
        let lists = "DELETE FROM listing WHERE scope = ?1 AND parent = ?2";
        for sql in [messages, &within, own, lists] {
            self.run(sql, params![self.scope, signed(id)])?;
        }
        Ok(())
    }

    fn put(
        &mut self,
        source: Source,
        now_ms: i64,
        kind: Kind,
        guild: Option<u64>,
        json: &str,
        how: How,
    ) -> Result<(), Error> {
        if self.policies.of(kind).is_never() {
            return Ok(());
        }
        let Some(head) = Head::read(json) else { return Ok(()) };
        let Some(columns) = head.columns(kind, guild) else { return Ok(()) };
        if how == How::Part && self.wrote_lately(kind, &columns, json, now_ms) {
            return Ok(());
        }
        let json = without_secrets(kind, json)?;
        if how == How::Whole {
            return self.upsert(source, now_ms, kind, &columns, &json, false, head.content);
        }
        self.forget_unless(how == How::Part, kind, &columns);
        let within = within(kind, &columns);
        let sql = "SELECT json, partial FROM entity WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
        let params: [&dyn ToSql; 4] = [&self.scope, &kind.number(), &columns.key, &signed(within)];
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let known: Option<(String, bool)> =
            statement.query_row(params, |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(|e| self.of(e))?;
        drop(statement);
        let Some((old, was_partial)) = known else {
            return self.upsert(source, now_ms, kind, &columns, &json, how == How::Part, head.content);
        };
        let merged = merge(&old, &json)?;
        let Some(head) = Head::read(&merged) else { return Ok(()) };
        let guild = Some(columns.guild).filter(|guild| *guild != 0).or(guild);
        let Some(columns) = head.columns(kind, guild) else { return Ok(()) };
        self.upsert(source, now_ms, kind, &columns, &merged, how == How::Part && was_partial, head.content)
    }

    #[expect(clippy::too_many_arguments, reason = "they are the columns of a row")]
    fn upsert(
        &mut self,
        source: Source,
        now_ms: i64,
        kind: Kind,
        columns: &Columns,
        json: &str,
        partial: bool,
        content: Option<&RawValue>,
    ) -> Result<(), Error> {
        if !self.policies.of(kind).admits(json) {
            return Ok(());
        }
        self.forget_unless(partial, kind, columns);
        let sql = "INSERT INTO entity (scope, kind, id, within, guild_id, channel_id, name, display, nick,
                                       source, partial, fetched_at, used_at, json)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13)
                   ON CONFLICT (scope, kind, id, within) DO UPDATE SET
                       guild_id = CASE excluded.guild_id WHEN 0 THEN guild_id ELSE excluded.guild_id END,
                       channel_id = excluded.channel_id, name = excluded.name, display = excluded.display,
                       nick = excluded.nick, source = excluded.source, partial = excluded.partial,
                       fetched_at = excluded.fetched_at, used_at = excluded.used_at, json = excluded.json
                   RETURNING rowid";
        let last = self.connection().last_insert_rowid();
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let rowid: i64 = statement
            .query_row(
                params![
                    self.scope,
                    kind.number(),
                    columns.key,
                    signed(within(kind, columns)),
                    signed(columns.guild),
                    columns.channel.map(signed),
                    columns.name,
                    columns.display,
                    columns.nick,
                    source as u8,
                    partial,
                    now_ms,
                    json
                ],
                |row| row.get(0),
            )
            .map_err(|e| self.of(e))?;
        drop(statement);
        if kind == Kind::Message {
            // Most messages are new, and then there is no older text to look for.
            let is_new = rowid != last && rowid == self.connection().last_insert_rowid();
            match text(content).filter(|content| !content.is_empty()) {
                Some(content) => {
                    let verb = if is_new { "INSERT" } else { "REPLACE" };
                    self.run(
                        &format!("{verb} INTO message_text (rowid, content) VALUES (?1, ?2)"),
                        params![rowid, content],
                    )?;
                }
                None if is_new => {}
                None => {
                    self.run("DELETE FROM message_text WHERE rowid = ?1", [rowid])?;
                }
            }
        }
        self.written += 1;
        Ok(())
    }

    /// Whether the same part of the same thing was written a moment ago, and by nobody else since.
    fn wrote_lately(&mut self, kind: Kind, columns: &Columns, json: &str, now_ms: i64) -> bool {
        let Key::Number(id) = columns.key else { return false };
        if now_ms.saturating_sub(self.lately_since) > LATELY_MS || self.lately.len() > MOST_LATELY {
            self.lately.clear();
            self.lately_since = now_ms;
        }
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(json);
        self.lately.insert((kind, id, within(kind, columns)), hash) == Some(hash)
    }

    fn forget_unless(&mut self, part: bool, kind: Kind, columns: &Columns) {
        if !part {
            self.forget(kind, within(kind, columns), &columns.key);
        }
    }

    fn forget(&mut self, kind: Kind, within: u64, key: &Key) {
        if let Key::Number(id) = key {
            self.lately.remove(&(kind, *id, within));
        }
    }

    /// Removes all of this scope, or of a kind.
    pub fn clear(&mut self, kind: Option<Kind>) -> Result<usize, Error> {
        self.lately.clear();
        self.run("BEGIN IMMEDIATE", [])?;
        let kinds = kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
        let mut removed = 0;
        for kind in kinds {
            let params = params![self.scope, kind.number()];
            removed += self.run("DELETE FROM entity WHERE scope = ?1 AND kind = ?2", params)?;
            self.run("DELETE FROM listing WHERE scope = ?1 AND kind = ?2", params)?;
        }
        self.run("COMMIT", [])?;
        Ok(removed)
    }
}

fn within(kind: Kind, columns: &Columns) -> u64 {
    if kind.is_per_guild() { columns.guild } else { 0 }
}

/// The members of an object in their order, none of them read.
#[derive(Debug)]
pub(super) struct Members<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    pub fn read(json: &'a str) -> serde_json::Result<Self> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(24));
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(members)
            }
        }
        #[derive(serde::Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
        let mut deserializer = serde_json::Deserializer::from_str(json);
        serde::Deserializer::deserialize_map(&mut deserializer, Visitor).map(Self)
    }

    /// Takes a member out.
    pub fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.0.iter().position(|(n, _)| n == name)?;
        Some(self.0.remove(at).1)
    }

    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    pub fn write(&self) -> String {
        let mut json =
            String::with_capacity(64 + self.0.iter().map(|(n, v)| n.len() + v.get().len() + 4).sum::<usize>());
        json.push('{');
        for (at, (name, value)) in self.0.iter().enumerate() {
            if at > 0 {
                json.push(',');
            }
            json.push_str(&serde_json::to_string(name).expect("a text can be written"));
            json.push(':');
            json.push_str(value.get());
        }
        json.push('}');
        json
    }
}

/// The older object with the newer one's members over it.
fn merge(old: &str, new: &str) -> Result<String, Error> {
    let mut members = Members::read(old)?;
    for (name, value) in Members::read(new)?.0 {
        match members.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, known)) => *known = value,
            None => members.0.push((name, value)),
        }
    }
    Ok(members.write())
}

/// Leaves out what must not be kept: tokens, and URLs that hold one.
fn without_secrets(kind: Kind, json: &str) -> Result<Cow<'_, str>, Error> {
    if kind != Kind::Webhook && memchr::memmem::find(json.as_bytes(), b"\"token\"").is_none() {
        return Ok(Cow::Borrowed(json));
    }
    let mut members = Members::read(json)?;
    let before = members.0.len();
    members.0.retain(|(name, _)| name != "token" && !(kind == Kind::Webhook && name == "url"));
    Ok(if members.0.len() == before { Cow::Borrowed(json) } else { Cow::Owned(members.write()) })
}

/// The elements of an array; none if it is something else.
pub(super) fn elements(list: Option<&RawValue>) -> Vec<&RawValue> {
    list.and_then(|list| Vec::<&RawValue>::deserialize(list).ok()).unwrap_or_default()
}

/// Takes the lists out of a guild: roles and channels change without a word about their guild, so
/// they are kept by themselves.
pub(super) fn guild<'a>(json: &'a str, changes: &mut Vec<Change<'a>>) -> Result<(), Error> {
    /// The member, what its elements are, and whether they are all there are.
    const LISTS: [(&str, Kind, bool); 10] = [
        ("roles", Kind::Role, true),
        ("emojis", Kind::Emoji, true),
        ("stickers", Kind::Sticker, true),
        ("channels", Kind::Channel, true),
        ("threads", Kind::Thread, false),
        ("members", Kind::Member, false),
        ("voice_states", Kind::VoiceState, true),
        ("stage_instances", Kind::Stage, true),
        ("guild_scheduled_events", Kind::Event, true),
        ("soundboard_sounds", Kind::Sound, true),
    ];
    let mut members = Members::read(json)?;
    let Some(id) = super::row::number(members.get("id")) else { return Ok(()) };
    let count: Option<usize> = members.get("member_count").and_then(|count| count.get().parse().ok());
    let mut lists = Vec::new();
    for (name, kind, all) in LISTS {
        let Some(list) = members.take(name) else { continue };
        let list = elements(Some(list));
        let all = all || kind == Kind::Thread || count.is_some_and(|count| list.len() >= count);
        lists.push((kind, list, all));
    }
    let presences = elements(members.take("presences"));
    changes.push(Change::Put { kind: Kind::Guild, guild: None, json: members.write().into(), how: How::Full });
    for (kind, list, all) in lists {
        changes.extend(list.into_iter().map(|item| Change::Put {
            kind,
            guild: Some(id),
            json: if matches!(kind, Kind::Channel | Kind::Thread) { in_guild(item, id) } else { item.get().into() },
            how: if kind == Kind::Member { How::Full } else { How::Whole },
        }));
        if all {
            changes.push(Change::Listed { kind, parent: id, only: kind != Kind::Thread });
        }
    }
    changes.extend(presences.into_iter().map(|item| Change::put(Kind::Presence, Some(id), item, How::Full)));
    Ok(())
}

/// A channel in a guild's list does not say which guild that is; everywhere else it does.
fn in_guild(channel: &RawValue, guild: u64) -> Cow<'_, str> {
    match Members::read(channel.get()) {
        Ok(members) if members.get("guild_id").is_none() && !members.0.is_empty() => {
            let rest = channel.get().trim_start().trim_start_matches('{');
            Cow::Owned(format!("{{\"guild_id\":\"{guild}\",{rest}"))
        }
        _ => Cow::Borrowed(channel.get()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_object_goes_over_the_older_and_leaves_the_rest() {
        let merged = merge(r#"{"id":"1","a":1.50,"b":{"x":1}}"#, r#"{"b":null,"c":"\u0041","id":"1"}"#).unwrap();
        assert_eq!(merged, r#"{"id":"1","a":1.50,"b":null,"c":"\u0041"}"#);
    }

    #[test]
    fn tokens_are_left_out() {
        let webhook = r#"{"id":"1","token":"secret","url":"https://x/secret","name":"a"}"#;
        assert_eq!(without_secrets(Kind::Webhook, webhook).unwrap(), r#"{"id":"1","name":"a"}"#);
        let other = r#"{"id":"1","url":"https://x","token":"secret"}"#;
        assert_eq!(without_secrets(Kind::Event, other).unwrap(), r#"{"id":"1","url":"https://x"}"#);
    }

    #[test]
    fn a_channel_in_a_list_gets_its_guild() {
        let raw: &RawValue = serde_json::from_str(r#"{ "id":"5"}"#).unwrap();
        assert_eq!(in_guild(raw, 7), r#"{"guild_id":"7", "id":"5"}"#);
        let raw: &RawValue = serde_json::from_str(r#"{"guild_id":"8"}"#).unwrap();
        assert_eq!(in_guild(raw, 7), r#"{"guild_id":"8"}"#);
    }
}
