//! `cache.db`: its tables and settings, and opening it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::policy::{Policies, Policy};
use super::{Error, Kind};
use crate::store::{self, Database, Layout, Rebuilt};

/// All kinds share one table, because reading more table definitions would slow down short commands. Ids are numbers, codes are
/// text, names are folded, and times are milliseconds since the Unix epoch. `within` is the guild for kinds whose ids are
/// unique only within a guild, otherwise 0.
///
/// A `listing` records when all objects of a kind in a guild or channel were listed (`fetched_at`), and when the list last
/// changed in an unknown way (`changed_at`). `outdated_at` is when an object last changed in an unknown way. A `tombstone`
/// records a recent deletion. A `listener` is a shard of a listening process. It keeps rows that were observed since `ready_at`
/// up to date, as long as `seen_at` is recent and after `down_at`.
///
/// A `hidden` channel is one that the bot currently cannot view. Its row has the last known JSON but no `name`, so that name
/// queries do not find it.
///
/// A `history` is a channel that `cache sync` keeps. All its messages from `oldest` to `newest` are in the file, and `complete`
/// means that there are none before `oldest`. These messages have `kept` set, and policies do not apply to them. `pins` is the
/// channel's `last_pin_timestamp` when its pins were read. All archived threads that were archived before `public_until` or
/// `private_until` are complete too.
///
/// Rows with numbers above `indexed.upto` are not in `message_text` yet. New rows always get a number above it.
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
        -- There are many messages, so they are only in the indexes that they need, and a search adds new ones
        -- to the full-text index.
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
        -- Bans have names now, so their lists must be read again.
        DELETE FROM listing WHERE kind = 14;
    ",
        "
        ALTER TABLE entity ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
        -- Redacted channels were stored like other channels.
        DELETE FROM entity
        WHERE scope IN (SELECT id FROM scope) AND kind IN (2, 3) AND json ->> '$.flags' & 131072 <> 0;
    ",
        "
        -- The key of a stage instance is now the id of its channel.
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
        -- Messages whose content Discord withheld counted as complete.
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
        "
        ALTER TABLE entity ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
        DROP INDEX entity_used;
        CREATE INDEX entity_used ON entity (scope, used_at) WHERE kind = 7 AND kept = 0;
        CREATE INDEX entity_history ON entity (scope, channel_id, id) WHERE kept = 1;
        CREATE TABLE history (
            scope INTEGER NOT NULL,
            channel_id INTEGER NOT NULL,
            guild_id INTEGER NOT NULL,
            newest INTEGER NOT NULL,
            oldest INTEGER NOT NULL,
            complete INTEGER NOT NULL,
            pins TEXT,
            public_until INTEGER NOT NULL DEFAULT 0,
            private_until INTEGER NOT NULL DEFAULT 0,
            synced_at INTEGER NOT NULL,
            PRIMARY KEY (scope, channel_id)
        ) STRICT, WITHOUT ROWID;
    ",
    ],
    synchronous: "NORMAL",
    // A page holds about four messages. The log is checkpointed at 4 MiB.
    page_size: 8192,
    checkpoint_pages: 512,
};

/// What dcord stores in the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Commands store responses. `listen` stores no events, which would slow it down.
    #[default]
    Commands,
    /// `listen` stores its events too.
    Everything,
    Off,
}

/// The open file, limited to the rows of one token and API URL.
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
    /// The number of the next new row, and the last row in the full-text index. Valid only in a transaction.
    pub(super) next_row: i64,
    pub(super) indexed: i64,
    /// Whether the scope has tombstones, and the current time. Valid only in a transaction.
    pub(super) has_tombstones: bool,
    pub(super) now_ms: i64,
    /// Hashes of recently written partial objects. Consecutive messages often have the same author, who need not be written
    /// again.
    pub(super) recent_writes: HashMap<(Kind, u64, u64), u64>,
    pub(super) recent_since: i64,
    /// Whether the messages that are being written are history, to which policies do not apply.
    pub(super) keeps: bool,
}

impl Cache {
    /// Opens the file, and creates it if it is missing. `scope` consists of the API URL and a hash of the token, as in
    /// `limits.db`.
    pub fn open(folder: &Path, scope: &str) -> Result<Self, Error> {
        let database = Database::open(folder, &LAYOUT)?;
        Self::from_database(database, scope)
    }

    /// Opens the file read-only and without its settings, for completion, which must not create or change anything. Returns
    /// `None` if the file is missing, the cache is disabled, or the scope is unknown.
    pub fn open_existing(folder: &Path, scope: &str) -> Result<Option<Self>, Error> {
        let Some(database) = Database::open_to_read(folder, &LAYOUT)? else { return Ok(None) };
        let mut cache = Self::with_defaults(database, scope);
        let sql = "SELECT id FROM scope WHERE name = ?1
                   AND NOT EXISTS (SELECT 1 FROM setting WHERE name = 'mode' AND value = 'off')";
        let found = cache.connection().query_row(sql, [scope], |row| row.get(0)).optional();
        let Some(number) = found.map_err(|e| cache.of(e))? else { return Ok(None) };
        cache.scope = number;
        // All queries share one transaction. A separate transaction for each would cost more than the query itself.
        cache.connection().execute_batch("BEGIN").map_err(|e| cache.of(e))?;
        Ok(Some(cache))
    }

    /// Creates a cache in memory.
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
            keeps: false,
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

    /// Replaces the file in the folder with an empty one, whatever its state.
    pub fn replace(folder: &Path) -> Result<(), Error> {
        Database::replace(folder, &LAYOUT)?;
        Ok(())
    }

    /// Renames the damaged file and continues with an empty one.
    pub fn repair(&mut self) -> Result<(), Error> {
        let folder = self.database.path.parent().expect("the file is in a folder").to_owned();
        self.database = Database::repair(&folder, &LAYOUT)?;
        self.recent_writes.clear();
        self.load_settings()
    }

    /// Reads the settings and the number of the scope.
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
            // The time of the last use is updated once a day.
            _ => {
                // Another process may insert the same scope at the same time.
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
                    // Ignores settings from other versions of dcord that cannot be parsed.
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

    /// Sets the policy of a kind for all processes and all scopes.
    pub fn set_policy(&mut self, kind: Kind, policy: Policy) -> Result<(), Error> {
        self.set(&format!("policy.{kind}"), &policy.to_string())?;
        self.policies.set(kind, policy);
        Ok(())
    }

    /// Sets the minimum time between two automatic prunings.
    pub fn set_interval(&mut self, interval_ms: i64) -> Result<(), Error> {
        self.set("interval", &interval_ms.to_string())?;
        self.policies.interval_ms = interval_ms;
        Ok(())
    }

    /// The id of the token's application, if it is known. It never changes.
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

    /// The replacement of the file, if it was damaged.
    pub fn rebuilt(&self) -> Option<&Rebuilt> {
        self.database.rebuilt.as_ref()
    }

    /// The path of the file in a folder. The file need not exist.
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
