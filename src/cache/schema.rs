//! `cache.db`: its tables, and opening it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::policy::{Policies, Policy};
use super::{Error, Kind};
use crate::store::{self, Database, Layout, Rebuilt};

/// One table for all kinds: a call that is over in milliseconds feels each table that SQLite has
/// to read about. Ids are numbers (codes are texts), names are folded, times are milliseconds since
/// the Unix epoch. `within` is the guild where ids are unique in a guild only, else 0.
///
/// A `listing` says that all of a kind in a guild (or channel) were there at that time, unless the list has
/// changed since (`changed_at`). A row that has changed in an unknown way since it was fetched says when
/// (`outdated_at`). A `tombstone` says what was deleted lately, and when. A `listener` is a shard of a listening process: it
/// keeps rows up to date that were observed since `ready_at`, as long as `seen_at` is recent and after `down_at`.
///
/// A `hidden` channel is one that the bot cannot view now. Its row has its last known JSON but no `name`, so that no
/// lookup finds it.
///
/// A row above `indexed.upto` is not in `message_text`; no new row gets a number that is not above it.
const LAYOUT: Layout = Layout {
    file: "cache.db",
    migrations: &[
        "
        CREATE TABLE scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE entity (
            rowid INTEGER PRIMARY KEY,
            scope INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            id ANY NOT NULL,
            within INTEGER NOT NULL,
            guild_id INTEGER NOT NULL,
            channel_id INTEGER,
            name TEXT,
            display TEXT,
            nick TEXT,
            source INTEGER NOT NULL,
            partial INTEGER NOT NULL,
            fetched_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL,
            json TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX entity_id ON entity (scope, kind, id, within);
        CREATE INDEX entity_name ON entity (scope, kind, guild_id, name);
        CREATE INDEX entity_display ON entity (scope, kind, guild_id, display) WHERE display IS NOT NULL;
        CREATE INDEX entity_nick ON entity (scope, kind, guild_id, nick) WHERE nick IS NOT NULL;
        CREATE INDEX entity_channel ON entity (scope, channel_id, kind) WHERE channel_id IS NOT NULL;
        CREATE INDEX entity_used ON entity (scope, kind, used_at);
        CREATE TABLE listing (
            scope INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            parent INTEGER NOT NULL,
            fetched_at INTEGER NOT NULL,
            PRIMARY KEY (scope, kind, parent)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE listener (
            scope INTEGER NOT NULL,
            shard INTEGER NOT NULL,
            shards INTEGER NOT NULL,
            ready_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            intents INTEGER NOT NULL,
            PRIMARY KEY (scope, shard, shards)
        ) STRICT, WITHOUT ROWID;
        CREATE VIRTUAL TABLE message_text USING fts5 (content, content='', contentless_delete=1);
        CREATE TRIGGER message_gone AFTER DELETE ON entity WHEN old.kind = 7 BEGIN
            DELETE FROM message_text WHERE rowid = old.rowid;
        END;
    ",
        "
        -- Messages come by the thousand: they are in no index that they can do without, and only those
        -- up to a row are in that of their texts. A search brings in the rest.
        DROP INDEX entity_name;
        DROP INDEX entity_used;
        CREATE INDEX entity_name ON entity (scope, kind, guild_id, name) WHERE name IS NOT NULL;
        CREATE INDEX entity_guild ON entity (scope, kind, guild_id) WHERE kind <> 7;
        CREATE INDEX entity_used ON entity (scope, used_at) WHERE kind = 7;
        CREATE TABLE indexed (upto INTEGER NOT NULL) STRICT;
        INSERT INTO indexed SELECT coalesce(max(rowid), 0) FROM entity;
        DROP TRIGGER message_gone;
        CREATE TRIGGER message_gone AFTER DELETE ON entity
        WHEN old.kind = 7 AND old.rowid <= (SELECT upto FROM indexed) BEGIN
            DELETE FROM message_text WHERE rowid = old.rowid;
        END;
        ALTER TABLE scope ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
        UPDATE scope SET used_at = unixepoch() * 1000;
        -- The banned have names now: their lists are read again.
        DELETE FROM listing WHERE kind = 14;
    ",
        "
        ALTER TABLE entity ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
        -- Channels as Discord redacts them were kept as they came.
        DELETE FROM entity
        WHERE scope IN (SELECT id FROM scope) AND kind IN (2, 3) AND json ->> '$.flags' & 131072 <> 0;
    ",
        "
        -- A stage instance's key is its channel's id.
        DELETE FROM entity WHERE scope IN (SELECT id FROM scope) AND kind = 12;
    ",
        "
        ALTER TABLE entity ADD COLUMN outdated_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE listing ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE tombstone (
            scope INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            id ANY NOT NULL,
            within INTEGER NOT NULL,
            gone_at INTEGER NOT NULL,
            PRIMARY KEY (scope, kind, id, within)
        ) STRICT, WITHOUT ROWID;
        -- Messages whose text Discord withheld counted as complete.
        UPDATE entity SET partial = 1 WHERE kind = 7 AND source = 1 AND json ->> '$.content' = '';
        DROP TABLE listener;
        CREATE TABLE listener (
            scope INTEGER NOT NULL,
            process INTEGER NOT NULL,
            shard INTEGER NOT NULL,
            shards INTEGER NOT NULL,
            intents INTEGER NOT NULL,
            ready_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            down_at INTEGER NOT NULL,
            PRIMARY KEY (scope, process, shard, shards)
        ) STRICT, WITHOUT ROWID;
    ",
    ],
    synchronous: "NORMAL",
    // Two messages in each half of a page; 4 MiB of log.
    page_size: 8192,
    checkpoint_pages: 512,
};

/// Whether the cache is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Commands store answers. `listen` stores no events, which would cost it time.
    #[default]
    Commands,
    /// `listen` stores its events as well.
    Everything,
    Off,
}

/// The open file, as one bot or user at one API sees it.
#[derive(Debug)]
pub struct Cache {
    pub(super) database: Database,
    pub(super) scope: i64,
    pub(super) scope_name: String,
    pub(super) policies: Policies,
    mode: Mode,
    pub(super) pruned_at: i64,
    /// Rows written since the last pruning.
    pub(super) written: u64,
    /// The number of the next new row, and up to which one texts are indexed: in a transaction only.
    pub(super) next_row: i64,
    pub(super) indexed: i64,
    /// Whether the scope has tombstones, and the time of day: in a transaction only.
    pub(super) has_tombstones: bool,
    pub(super) now_ms: i64,
    /// Hashes of partial objects that were written lately: most messages have the author of the one before.
    pub(super) recent_writes: HashMap<(Kind, u64, u64), u64>,
    pub(super) recent_since: i64,
}

impl Cache {
    /// Opens the file, and makes it if it is missing. `scope` names API and token, as in
    /// `limits.db`; of the token it has a hash.
    pub fn open(folder: &Path, scope: &str) -> Result<Self, Error> {
        let database = Database::open(folder, &LAYOUT)?;
        Self::from_database(database, scope)
    }

    /// Opens it for reading alone, if it is there, is used, and knows of that scope: completion must
    /// make and change nothing. Of the settings it has none.
    pub fn open_existing(folder: &Path, scope: &str) -> Result<Option<Self>, Error> {
        let Some(database) = Database::open_to_read(folder, &LAYOUT)? else { return Ok(None) };
        let mut cache = Self::with_defaults(database, scope);
        let sql = "SELECT id FROM scope WHERE name = ?1
                   AND NOT EXISTS (SELECT 1 FROM setting WHERE name = 'mode' AND value = 'off')";
        let found = cache.connection().query_row(sql, [scope], |row| row.get(0)).optional();
        let Some(number) = found.map_err(|e| cache.of(e))? else { return Ok(None) };
        cache.scope = number;
        // A transaction for each of some hundred queries would cost more than they do.
        cache.connection().execute_batch("BEGIN").map_err(|e| cache.of(e))?;
        Ok(Some(cache))
    }

    /// One that is forgotten when it is dropped.
    pub fn in_memory() -> Result<Self, Error> {
        let path = Path::new(":memory:");
        let of = |source| store::Error::of(path, source);
        let connection = Connection::open_in_memory().map_err(of)?;
        LAYOUT.migrations.iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(of)?;
        Self::from_database(Database { connection, path: path.to_owned(), rebuilt: None }, "")
    }

    fn with_defaults(database: Database, scope: &str) -> Self {
        Self {
            database,
            scope: 0,
            scope_name: scope.to_owned(),
            policies: Policies::default(),
            mode: Mode::default(),
            pruned_at: 0,
            written: 0,
            next_row: 0,
            indexed: 0,
            has_tombstones: false,
            now_ms: 0,
            recent_writes: HashMap::new(),
            recent_since: 0,
        }
    }

    fn from_database(database: Database, scope: &str) -> Result<Self, Error> {
        let mut cache = Self::with_defaults(database, scope);
        match cache.load_settings() {
            Err(Error::Store(store::Error::Damaged { .. })) if cache.database.rebuilt.is_none() => cache.repair()?,
            result => result?,
        }
        Ok(cache)
    }

    /// Replaces the file in that folder by an empty one, whatever state it is in.
    pub fn replace(folder: &Path) -> Result<(), Error> {
        Database::replace(folder, &LAYOUT)?;
        Ok(())
    }

    /// Puts a damaged file aside, and goes on with an empty one.
    pub fn repair(&mut self) -> Result<(), Error> {
        let folder = self.database.path.parent().expect("the file is in a folder").to_owned();
        self.database = Database::repair(&folder, &LAYOUT)?;
        self.recent_writes.clear();
        self.load_settings()
    }

    /// Reads the settings, and which number the scope has.
    fn load_settings(&mut self) -> Result<(), Error> {
        let connection = &self.database.connection;
        let of = |source| store::Error::of(&self.database.path, source);
        let found: Option<(i64, bool)> = connection
            .query_row(
                "SELECT id, used_at BETWEEN (unixepoch() - 86400) * 1000 AND unixepoch() * 1000
                 FROM scope WHERE name = ?1",
                [&self.scope_name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(of)?;
        let scope = match found {
            Some((scope, true)) => scope,
            // The time of use is written once a day.
            _ => {
                // Two processes may come at once: the second finds what the first made.
                let made = "INSERT INTO scope (name, used_at) VALUES (?1, unixepoch() * 1000)
                            ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at RETURNING id";
                connection.query_row(made, [&self.scope_name], |row| row.get(0)).map_err(of)?
            }
        };
        let mut statement = connection.prepare("SELECT name, value FROM setting").map_err(of)?;
        let settings = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(of)?;
        drop(statement);
        self.scope = scope;
        for (name, value) in settings {
            match name.as_str() {
                "mode" if value == "everything" => self.mode = Mode::Everything,
                "mode" if value == "off" => self.mode = Mode::Off,
                "pruned_at" => self.pruned_at = value.parse().unwrap_or(0),
                "interval" => self.policies.interval_ms = value.parse().unwrap_or(self.policies.interval_ms),
                name => {
                    // What another version wrote and this one cannot read counts as not set.
                    if let Some(kind) = name.strip_prefix("policy.").and_then(|kind| kind.parse::<Kind>().ok())
                        && let Ok(policy) = value.parse::<Policy>()
                    {
                        self.policies.set(kind, policy);
                    }
                }
            }
        }
        Ok(())
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub fn set_mode(&mut self, mode: Mode) -> Result<(), Error> {
        let value = match mode {
            Mode::Commands => "commands",
            Mode::Everything => "everything",
            Mode::Off => "off",
        };
        self.set("mode", value)?;
        self.mode = mode;
        Ok(())
    }

    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Sets a kind's policy, for all processes and all scopes.
    pub fn set_policy(&mut self, kind: Kind, policy: Policy) -> Result<(), Error> {
        self.set(&format!("policy.{kind}"), &policy.to_string())?;
        self.policies.set(kind, policy);
        Ok(())
    }

    /// Sets how much time passes at least between two automatic prunings.
    pub fn set_interval(&mut self, interval_ms: i64) -> Result<(), Error> {
        self.set("interval", &interval_ms.to_string())?;
        self.policies.interval_ms = interval_ms;
        Ok(())
    }

    /// The id of the token's application, which never changes, if it is known.
    pub fn application(&self) -> Result<Option<String>, Error> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        let name = format!("application.{}", self.scope);
        self.connection().query_row(sql, [name], |row| row.get(0)).optional().map_err(|e| self.of(e))
    }

    pub fn set_application(&self, id: &str) -> Result<(), Error> {
        self.set(&format!("application.{}", self.scope), id)
    }

    pub(super) fn set(&self, name: &str, value: &str) -> Result<(), Error> {
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
        self.connection().execute(sql, params![name, value]).map_err(|source| self.of(source))?;
        Ok(())
    }

    /// Set if the file was damaged and replaced by an empty one.
    pub fn rebuilt(&self) -> Option<&Rebuilt> {
        self.database.rebuilt.as_ref()
    }

    /// Where the file is in that folder, whether it is there or not.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join(LAYOUT.file)
    }

    pub fn path(&self) -> &Path {
        &self.database.path
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.database.connection
    }

    pub(super) fn of(&self, source: rusqlite::Error) -> Error {
        store::Error::of(&self.database.path, source).into()
    }
}
