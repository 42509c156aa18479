//! `state.db`: the sessions of consumers, the keys of sent messages, the permissions of locked channels, and the objects of applied
//! files. Unlike the other files, it must survive a crash.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rusqlite::{OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::Error;
use super::database::{Database, Layout, Rebuilt};
use crate::model::DISCORD_EPOCH_MS;

const LAYOUT: Layout = Layout {
    file: "state.db",
    migrations: &[
        "
        CREATE TABLE consumer (
            scope TEXT NOT NULL,
            name TEXT NOT NULL,
            shard INTEGER NOT NULL,
            shards INTEGER NOT NULL,
            session TEXT NOT NULL,
            resume_url TEXT NOT NULL,
            seq INTEGER NOT NULL,
            changed_ms INTEGER NOT NULL,
            PRIMARY KEY (scope, name, shard)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE sent (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            message TEXT NOT NULL,
            sent_ms INTEGER NOT NULL,
            PRIMARY KEY (scope, key)
        ) WITHOUT ROWID, STRICT;
    ",
        "
        CREATE INDEX sent_when ON sent (sent_ms);
        -- Unknown of sessions that began before this.
        ALTER TABLE consumer ADD COLUMN intents INTEGER;
    ",
        "
        ALTER TABLE sent ADD COLUMN failure TEXT;
        ALTER TABLE sent ADD COLUMN digest TEXT;
    ",
        "
        CREATE TABLE lock (
            api TEXT NOT NULL,
            channel INTEGER NOT NULL,
            allow INTEGER NOT NULL,
            deny INTEGER NOT NULL,
            PRIMARY KEY (api, channel)
        ) WITHOUT ROWID, STRICT;
    ",
        "
        CREATE TABLE applied (
            api TEXT NOT NULL,
            guild TEXT NOT NULL,
            file TEXT NOT NULL,
            section TEXT NOT NULL,
            id TEXT NOT NULL,
            origin TEXT,
            PRIMARY KEY (api, guild, file, section, id)
        ) WITHOUT ROWID, STRICT;
    ",
    ],
    synchronous: "FULL",
    page_size: 4096,
    // 4 MiB. Writes are small, and each is synced to disk anyway.
    checkpoint_pages: 1024,
};

/// How long a key is stored: a year.
const KEY_TTL_MS: i64 = 365 * 24 * 3600 * 1000;

/// When Discord started, in milliseconds since the Unix epoch.
const DISCORD_START_MS: i64 = DISCORD_EPOCH_MS.cast_signed();

/// The maximum number of stored keys, for all tokens together. Beyond it, the oldest are removed. At about 1 KiB per message,
/// they take 100 MB.
const MAX_SENT_KEYS: u32 = 100_000;

/// Counting many keys takes milliseconds, so only one in this many writes counts them.
const WRITES_PER_COUNT: u8 = 100;

/// The session of one shard of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub shard: u32,
    /// The shard count in the session's IDENTIFY.
    pub shards: u32,
    pub session: String,
    pub resume_url: String,
    /// The last sequence number whose event was delivered or filtered out.
    pub seq: u64,
    /// The intents in the session's IDENTIFY, or `None` if they are unknown.
    pub intents: Option<u64>,
    /// Milliseconds since the Unix epoch.
    pub changed_ms: i64,
}

/// The state of a key when a message is about to be sent with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The key was unused. From now on, it counts as used.
    New,
    /// This message was sent with the key.
    Sent(SentMessage),
    /// A process began to send a message with the key, and the outcome is unknown. `failure` is the error of the request, or
    /// `None` if the process still waits for the answer or has ended without it.
    Unknown { since_ms: i64, failure: Option<String> },
}

/// A message that was sent with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Discord's answer.
    pub message: String,
    /// Identifies the text that was sent, or `None` if an earlier version of dcord sent it.
    pub digest: Option<String>,
}

/// Identifies a file that was applied to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFile {
    /// The API's URL.
    pub api: String,
    pub guild: String,
    pub path: String,
}

/// An object of a server that an applied file describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedObject {
    /// The section of the file: `roles`.
    pub section: String,
    pub id: String,
    /// The object's id in the file, if that is the id of an object of another server.
    pub origin: Option<String>,
}

/// Identifies a consumer by its name, within a token and an API URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consumer {
    pub scope: String,
    pub name: String,
}

/// The open `state.db`.
#[derive(Debug)]
pub struct StateFile {
    database: Mutex<Database>,
    is_new: bool,
}

impl StateFile {
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let is_new = !folder.join(LAYOUT.file).exists();
        Ok(Self { database: Mutex::new(Database::open(folder, &LAYOUT)?), is_new })
    }

    pub fn path(&self) -> PathBuf {
        self.database().path.clone()
    }

    /// Whether opening it created the file.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Set if the file was damaged, so that its contents are lost.
    pub fn rebuilt(&self) -> Option<Rebuilt> {
        self.database().rebuilt.clone()
    }

    /// The sessions of a consumer, ordered by shard.
    pub fn sessions(&self, consumer: &Consumer) -> Result<Vec<StoredSession>, Error> {
        let sql = "SELECT shard, shards, session, resume_url, seq, intents, changed_ms FROM consumer
                   WHERE scope = ?1 AND name = ?2 ORDER BY shard";
        self.read(|database| {
            let mut statement = database.prepare_cached(sql)?;
            let rows = statement.query_map(params![consumer.scope, consumer.name], |row| stored_session(row, 0));
            rows.and_then(Iterator::collect)
        })
    }

    /// The sessions of all consumers.
    pub fn consumers(&self) -> Result<Vec<(Consumer, StoredSession)>, Error> {
        let sql = "SELECT scope, name, shard, shards, session, resume_url, seq, intents, changed_ms FROM consumer
                   ORDER BY scope, name, shard";
        self.read(|database| {
            let mut statement = database.prepare_cached(sql)?;
            let rows = statement
                .query_map([], |row| Ok((Consumer { scope: row.get(0)?, name: row.get(1)? }, stored_session(row, 2)?)));
            rows.and_then(Iterator::collect)
        })
    }

    /// Stores sessions. They replace the stored sessions of the same shards.
    pub fn store_sessions(&self, consumer: &Consumer, sessions: &[StoredSession]) -> Result<(), Error> {
        let sql = "REPLACE INTO consumer (scope, name, shard, shards, session, resume_url, seq, intents, changed_ms)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(sql)?;
            for StoredSession { shard, shards, session, resume_url, seq, intents, changed_ms } in sessions {
                // SQLite stores 63 bits, which no sequence number exceeds.
                let seq = i64::try_from(*seq).unwrap_or(i64::MAX);
                let intents = intents.map(u64::cast_signed);
                let Consumer { scope, name } = consumer;
                statement
                    .execute(params![scope, name, shard, shards, session, resume_url, seq, intents, changed_ms])?;
            }
            Ok(())
        })
    }

    /// Removes the session of one shard, or the sessions of all shards. Returns their number.
    pub fn forget(&self, consumer: &Consumer, shard: Option<u32>) -> Result<usize, Error> {
        let sql = "DELETE FROM consumer WHERE scope = ?1 AND name = ?2 AND (?3 IS NULL OR shard = ?3)";
        self.write(|transaction| transaction.execute(sql, params![consumer.scope, consumer.name, shard]))
    }

    /// The message that was sent with a key.
    pub fn sent(&self, scope: &str, key: &str) -> Result<Option<SentMessage>, Error> {
        let sql = "SELECT message, digest FROM sent WHERE scope = ?1 AND key = ?2";
        let read = |row: &Row<'_>| Ok(SentMessage { message: row.get(0)?, digest: row.get(1)? });
        self.read(|database| database.query_row(sql, params![scope, key], read).optional())
    }

    /// Reserves a key for sending, unless a process has done so before.
    pub fn reserve_key(&self, scope: &str, key: &str, now_ms: i64) -> Result<KeyState, Error> {
        let known = "SELECT message, digest, sent_ms, failure FROM sent WHERE scope = ?1 AND key = ?2";
        let begin = "INSERT INTO sent (scope, key, message, sent_ms) VALUES (?1, ?2, '', ?3)";
        self.write(|transaction| {
            let row = transaction.query_row(known, params![scope, key], |row| {
                let message: String = row.get(0)?;
                Ok(match message.is_empty() {
                    true => KeyState::Unknown { since_ms: row.get(2)?, failure: row.get(3)? },
                    false => KeyState::Sent(SentMessage { message, digest: row.get(1)? }),
                })
            });
            match row.optional()? {
                Some(begun) => Ok(begun),
                None => transaction.execute(begin, params![scope, key, now_ms]).map(|_| KeyState::New),
            }
        })
    }

    /// Reserves a key for another attempt to send the message whose outcome is unknown.
    pub fn reserve_key_again(&self, scope: &str, key: &str, now_ms: i64) -> Result<(), Error> {
        let sql = "UPDATE sent SET sent_ms = ?3, failure = NULL WHERE scope = ?1 AND key = ?2 AND message = ''";
        self.write(|transaction| transaction.execute(sql, params![scope, key, now_ms]).map(|_| ()))
    }

    /// Records why it is unknown whether the message of a reserved key was sent.
    pub fn record_failure(&self, scope: &str, key: &str, failure: &str) -> Result<(), Error> {
        let sql = "UPDATE sent SET failure = ?3 WHERE scope = ?1 AND key = ?2 AND message = ''";
        self.write(|transaction| transaction.execute(sql, params![scope, key, failure]).map(|_| ()))
    }

    /// Releases a reserved key with which no message was sent.
    pub fn release_key(&self, scope: &str, key: &str) -> Result<(), Error> {
        let sql = "DELETE FROM sent WHERE scope = ?1 AND key = ?2 AND message = ''";
        self.write(|transaction| transaction.execute(sql, params![scope, key]).map(|_| ()))
    }

    /// Stores the message that was sent with a key. An earlier message with the same key stays.
    pub fn record_sent(&self, scope: &str, key: &str, sent: &SentMessage, sent_ms: i64) -> Result<(), Error> {
        let sql = "INSERT INTO sent (scope, key, message, sent_ms, digest) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET message = excluded.message, digest = excluded.digest WHERE message = ''";
        let most = (fastrand::u8(..WRITES_PER_COUNT) == 0).then_some(MAX_SENT_KEYS);
        self.write(|transaction| {
            transaction.execute(sql, params![scope, key, sent.message, sent_ms, sent.digest])?;
            prune_sent(transaction, sent_ms, most)
        })
    }

    /// Forgets the message that was sent with a key.
    pub fn forget_sent(&self, scope: &str, key: &str) -> Result<(), Error> {
        let sql = "DELETE FROM sent WHERE scope = ?1 AND key = ?2";
        self.write(|transaction| transaction.execute(sql, params![scope, key]).map(|_| ()))
    }

    /// What a channel allowed and denied @everyone before it was locked: two sets of permissions. `api` is the API's URL.
    pub fn before_lock(&self, api: &str, channel: u64) -> Result<Option<[u64; 2]>, Error> {
        let sql = "SELECT allow, deny FROM lock WHERE api = ?1 AND channel = ?2";
        let read = |row: &Row<'_>| Ok([row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()]);
        self.read(|database| database.query_row(sql, params![api, channel.cast_signed()], read).optional())
    }

    /// Stores what a channel allows and denies @everyone before it is locked, or forgets it.
    pub fn set_before_lock(&self, api: &str, channel: u64, before: Option<[u64; 2]>) -> Result<(), Error> {
        let channel = channel.cast_signed();
        self.write(|transaction| match before.map(|bits| bits.map(u64::cast_signed)) {
            Some([allow, deny]) => {
                let sql = "REPLACE INTO lock (api, channel, allow, deny) VALUES (?1, ?2, ?3, ?4)";
                transaction.execute(sql, params![api, channel, allow, deny]).map(|_| ())
            }
            None => {
                let sql = "DELETE FROM lock WHERE api = ?1 AND channel = ?2";
                transaction.execute(sql, params![api, channel]).map(|_| ())
            }
        })
    }

    /// The objects that a file described when it was applied.
    pub fn applied(&self, file: &AppliedFile) -> Result<Vec<AppliedObject>, Error> {
        let sql = "SELECT section, id, origin FROM applied WHERE api = ?1 AND guild = ?2 AND file = ?3";
        let read = |row: &Row<'_>| Ok(AppliedObject { section: row.get(0)?, id: row.get(1)?, origin: row.get(2)? });
        self.read(|database| {
            let mut statement = database.prepare_cached(sql)?;
            let rows = statement.query_map(params![file.api, file.guild, file.path], read);
            rows.and_then(Iterator::collect)
        })
    }

    /// Records objects that a file describes.
    pub fn record_applied(&self, file: &AppliedFile, objects: &[AppliedObject]) -> Result<(), Error> {
        let sql = "REPLACE INTO applied (api, guild, file, section, id, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(sql)?;
            for AppliedObject { section, id, origin } in objects {
                statement.execute(params![file.api, file.guild, file.path, section, id, origin])?;
            }
            Ok(())
        })
    }

    /// Forgets an object that has been deleted.
    pub fn forget_applied(&self, file: &AppliedFile, section: &str, id: &str) -> Result<(), Error> {
        let sql = "DELETE FROM applied WHERE api = ?1 AND guild = ?2 AND file = ?3 AND section = ?4 AND id = ?5";
        self.write(|transaction| {
            transaction.execute(sql, params![file.api, file.guild, file.path, section, id]).map(|_| ())
        })
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        self.database.lock().expect("no holder of this lock panics")
    }

    fn read<T>(&self, run: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let database = self.database();
        run(&database.connection).map_err(|source| Error::of(&database.path, source))
    }

    fn write<T>(&self, run: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let mut database = self.database();
        let Database { connection, path, .. } = &mut *database;
        let result = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            let value = run(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        result.map_err(|source| Error::of(path, source))
    }
}

/// Removes keys that are too old, and the oldest keys if there are more than `most`.
fn prune_sent(transaction: &Transaction<'_>, now_ms: i64, most: Option<u32>) -> rusqlite::Result<()> {
    // A time before Discord's start comes from a machine whose clock was not set, so the key may be new.
    let sql = "DELETE FROM sent WHERE sent_ms >= ?1 AND sent_ms < ?2";
    transaction.prepare_cached(sql)?.execute([DISCORD_START_MS, now_ms.saturating_sub(KEY_TTL_MS)])?;
    if let Some(most) = most {
        // Keys of the same age as the newest removed key are removed too.
        let sql =
            "DELETE FROM sent WHERE sent_ms <= (SELECT sent_ms FROM sent ORDER BY sent_ms DESC LIMIT 1 OFFSET ?1)";
        transaction.execute(sql, [most])?;
    }
    Ok(())
}

fn stored_session(row: &Row<'_>, first: usize) -> rusqlite::Result<StoredSession> {
    Ok(StoredSession {
        shard: row.get(first)?,
        shards: row.get(first + 1)?,
        session: row.get(first + 2)?,
        resume_url: row.get(first + 3)?,
        seq: row.get::<_, i64>(first + 4)?.try_into().unwrap_or(0),
        intents: row.get::<_, Option<i64>>(first + 5)?.map(i64::cast_unsigned),
        changed_ms: row.get(first + 6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer(name: &str) -> Consumer {
        Consumer { scope: "scope".to_owned(), name: name.to_owned() }
    }

    fn sent(message: &str) -> SentMessage {
        SentMessage { message: message.to_owned(), digest: Some("digest".to_owned()) }
    }

    fn session(shard: u32, seq: u64) -> StoredSession {
        StoredSession {
            shard,
            shards: 2,
            session: format!("session {shard}"),
            resume_url: "wss://gateway.discord.gg".to_owned(),
            seq,
            intents: Some(513),
            changed_ms: 1,
        }
    }

    #[test]
    fn sessions_are_stored_by_consumer_and_shard_until_they_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        state.store_sessions(&consumer("a"), &[session(1, 5), session(0, 7)]).unwrap();
        state.store_sessions(&consumer("b"), &[session(0, 1)]).unwrap();
        state.store_sessions(&consumer("a"), &[session(1, 6)]).unwrap();
        drop(state);
        let state = StateFile::open(folder.path()).unwrap();
        assert_eq!(state.sessions(&consumer("a")).unwrap(), [session(0, 7), session(1, 6)]);
        assert_eq!(state.consumers().unwrap().len(), 3);
        assert_eq!(state.forget(&consumer("a"), Some(0)).unwrap(), 1);
        assert_eq!(state.sessions(&consumer("a")).unwrap(), [session(1, 6)]);
        assert_eq!(state.forget(&consumer("a"), None).unwrap(), 1);
        assert_eq!(state.forget(&consumer("a"), None).unwrap(), 0);
        assert_eq!(state.consumers().unwrap(), [(consumer("b"), session(0, 1))]);
    }

    #[test]
    fn the_first_message_with_a_key_stays() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        assert_eq!(state.sent("scope", "k").unwrap(), None);
        state.record_sent("scope", "k", &sent("first"), 1).unwrap();
        state.record_sent("scope", "k", &sent("second"), 2).unwrap();
        assert_eq!(state.sent("scope", "k").unwrap(), Some(sent("first")));
        assert_eq!(state.sent("another", "k").unwrap(), None);
        state.forget_sent("scope", "k").unwrap();
        assert_eq!(state.reserve_key("scope", "k", 3).unwrap(), KeyState::New);
    }

    #[test]
    fn the_permissions_before_a_lock_are_stored_by_api_and_channel() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        state.set_before_lock("a", 5, Some([1, 1 << 63])).unwrap();
        state.set_before_lock("a", 6, Some([0, 2])).unwrap();
        state.set_before_lock("a", 6, None).unwrap();
        assert_eq!(state.before_lock("a", 5).unwrap(), Some([1, 1 << 63]));
        assert_eq!(state.before_lock("a", 6).unwrap(), None);
        assert_eq!(state.before_lock("b", 5).unwrap(), None);
    }

    #[test]
    fn a_key_whose_message_may_have_been_sent_stays_reserved() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        assert_eq!(state.reserve_key("scope", "k", 1).unwrap(), KeyState::New);
        assert_eq!(state.reserve_key("scope", "k", 2).unwrap(), KeyState::Unknown { since_ms: 1, failure: None });
        state.record_failure("scope", "k", "503").unwrap();
        let failed = KeyState::Unknown { since_ms: 1, failure: Some("503".to_owned()) };
        assert_eq!(state.reserve_key("scope", "k", 2).unwrap(), failed);
        state.reserve_key_again("scope", "k", 3).unwrap();
        assert_eq!(state.reserve_key("scope", "k", 4).unwrap(), KeyState::Unknown { since_ms: 3, failure: None });
        state.release_key("scope", "k").unwrap();
        assert_eq!(state.reserve_key("scope", "k", 3).unwrap(), KeyState::New);
        state.record_sent("scope", "k", &sent("first"), 4).unwrap();
        state.release_key("scope", "k").unwrap();
        state.record_failure("scope", "k", "503").unwrap();
        state.reserve_key_again("scope", "k", 5).unwrap();
        assert_eq!(state.reserve_key("scope", "k", 5).unwrap(), KeyState::Sent(sent("first")));
    }

    #[test]
    fn keys_are_removed_after_a_year_and_if_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        state.record_sent("scope", "unset clock", &sent("message"), 1000).unwrap();
        for n in 0..10 {
            state.record_sent("scope", &n.to_string(), &sent("message"), DISCORD_START_MS + n).unwrap();
        }
        let later = DISCORD_START_MS + KEY_TTL_MS + 3;
        state.record_sent("scope", "later", &sent("message"), later).unwrap();
        let known = |key: &str| state.sent("scope", key).unwrap().is_some();
        assert!(!known("2") && known("3") && known("later") && known("unset clock"));
        state.write(|transaction| prune_sent(transaction, later, Some(4))).unwrap();
        assert!(!known("6") && known("7") && known("9") && known("later"));
        state.write(|transaction| prune_sent(transaction, later, Some(4))).unwrap();
        assert!(known("7"), "only the excess keys are removed");
    }

    #[test]
    fn writing_keys_eventually_removes_the_excess_ones() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::open(folder.path()).unwrap();
        let fill = "INSERT INTO sent (scope, key, message, sent_ms) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
                    SELECT 'scope', 'key ' || n, 'message', n FROM n";
        state.write(|transaction| transaction.execute(fill, [MAX_SENT_KEYS + 500])).unwrap();
        let count = || {
            state
                .read(|database| database.query_row("SELECT count(*) FROM sent", [], |row| row.get::<_, u32>(0)))
                .unwrap()
        };
        let most_sent = i64::from(MAX_SENT_KEYS);
        // Only some writes count the keys.
        let pruned = (0..20_000).find(|n| {
            state.record_sent("scope", &n.to_string(), &sent("message"), most_sent + 1000).unwrap();
            count() <= MAX_SENT_KEYS
        });
        assert!(pruned.is_some(), "{} keys", count());
        assert_eq!(state.sent("scope", "key 1").unwrap(), None, "the oldest keys are removed");
        assert!(state.sent("scope", &format!("key {}", MAX_SENT_KEYS + 500)).unwrap().is_some());
    }
}
