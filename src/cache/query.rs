//! Reads the cache: by id, as complete lists, by name, and by the content of messages.

use std::borrow::Cow;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, ToSql, params};
use serde_json::Value;

use super::prune::EVERY_PARENT;
use super::row::{Key, ObjectFields, fold, signed};
use super::{Cache, Error, Kind};
use crate::store;

/// A row of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedRow {
    pub kind: Kind,
    pub id: String,
    pub guild: Option<u64>,
    pub json: String,
    /// Whether fields are missing or outdated.
    pub partial: bool,
    /// Whether this is a channel that the bot currently cannot view.
    pub hidden: bool,
    pub source: &'static str,
    pub fetched_at: i64,
    pub used_at: i64,
}

/// An object that a [`NameQuery`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMatch {
    pub kind: Kind,
    pub id: u64,
    pub guild: Option<u64>,
    /// All names of the object, to show to people.
    pub label: String,
    /// The name that matched, in Discord's spelling.
    pub name: String,
    /// Whether it is a channel category.
    pub is_category: bool,
    pub fetched_at: i64,
    /// Whether the query equals the whole name, not only its beginning.
    pub exact: bool,
}

/// A query for objects by name.
#[derive(Clone, Copy, Debug)]
pub struct NameQuery<'a> {
    pub kind: Kind,
    /// `None` for objects that are in no guild.
    pub guild: Option<u64>,
    pub name: &'a str,
    /// Whether names that begin with `name` match too.
    pub prefix: bool,
    pub most: usize,
}

/// A query for messages by content.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageSearch<'a> {
    /// Words, `"phrases"`, `begin*`, AND, OR, NOT, parentheses.
    pub text: &'a str,
    pub guild: Option<u64>,
    pub channel: Option<u64>,
    pub author: Option<u64>,
    /// Only messages with higher ids than this.
    pub after: Option<u64>,
    pub before: Option<u64>,
    pub most: usize,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    pub json: String,
}

/// Whether an observation is at most `most_ms` old. Times in the future, which exist if the clock was set back, are not fresh.
pub fn is_fresh(at_ms: i64, now_ms: i64, most_ms: i64) -> bool {
    (0..=most_ms).contains(&now_ms.saturating_sub(at_ms))
}

impl CachedRow {
    /// Whether the row can replace a response from Discord: it is complete, the bot can view the object, and its JSON is valid
    /// (in a damaged file, it may not be).
    pub fn is_whole(&self) -> bool {
        !self.partial && !self.hidden && serde_json::from_str::<serde::de::IgnoredAny>(&self.json).is_ok()
    }
}

impl Cache {
    /// The row with this id.
    pub fn get(&self, kind: Kind, within: Option<u64>, id: &str) -> Result<Option<CachedRow>, Error> {
        let within = if kind.is_per_guild() { within.unwrap_or(0) } else { 0 };
        let sql = "SELECT kind, CAST(id AS TEXT), guild_id, json, partial, source, fetched_at, used_at, hidden
                   FROM entity WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let params = params![self.scope, kind.number(), Key::of(kind, id), signed(within)];
        statement.query_row(params, found).optional().map_err(|e| self.of(e))
    }

    /// Records when a row was used, for policies that remove the least recently used rows.
    pub fn used(&self, kind: Kind, within: Option<u64>, id: &str, now_ms: i64) -> Result<(), Error> {
        let within = if kind.is_per_guild() { within.unwrap_or(0) } else { 0 };
        let sql = "UPDATE entity SET used_at = ?5 WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND within = ?4";
        let params = params![self.scope, kind.number(), Key::of(kind, id), signed(within), now_ms];
        self.connection().execute(sql, params).map_err(|e| self.of(e)).map(|_| ())
    }

    /// The rows of a kind, ordered by id. With `guild`, only those of the guild.
    pub fn rows(&self, kind: Kind, guild: Option<u64>, most: usize) -> Result<Vec<CachedRow>, Error> {
        let sql = "SELECT kind, CAST(id AS TEXT), guild_id, json, partial, source, fetched_at, used_at, hidden
                   FROM entity WHERE scope = ?1 AND kind = ?2 AND (?3 IS NULL OR guild_id = ?3)
                   ORDER BY id LIMIT ?4";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![self.scope, kind.number(), guild.map(signed), most], found);
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    /// When all objects of a kind in a guild or channel were listed. `None` if the list has since changed in an unknown way, or
    /// if rows of it were removed from the cache.
    fn listing(&self, kind: Kind, parent: u64) -> Result<Option<i64>, Error> {
        let sql = "SELECT fetched_at FROM listing AS list WHERE scope = ?1 AND kind = ?2 AND parent = ?3
                   AND fetched_at > changed_at AND NOT EXISTS
                   (SELECT 1 FROM listing WHERE scope = ?1 AND kind = ?2 AND parent = ?4 AND changed_at >= list.fetched_at)";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let params = params![self.scope, kind.number(), signed(parent), EVERY_PARENT];
        statement.query_row(params, |row| row.get(0)).optional().map_err(|e| self.of(e))
    }

    /// When the list of a kind in a guild was last known to be complete: `now_ms` if a listener keeps it up to date.
    pub fn listed_at(&self, kind: Kind, parent: u64, now_ms: i64) -> Result<Option<i64>, Error> {
        let at = self.listing(kind, parent)?;
        at.map(|at| self.now_if_live(kind, Some(parent).filter(|guild| *guild != 0), at, now_ms)).transpose()
    }

    /// All objects of a kind in a guild as REST lists them (without hidden channels), and when the list was last known to be
    /// complete. `None` unless all rows are complete.
    pub fn list(&self, kind: Kind, guild: u64, now_ms: i64) -> Result<Option<(i64, Vec<CachedRow>)>, Error> {
        let Some(at) = self.listed_at(kind, guild, now_ms)? else { return Ok(None) };
        let mut rows = self.rows(kind, Some(guild), usize::MAX)?;
        rows.retain(|row| !row.hidden);
        Ok(if rows.iter().all(CachedRow::is_whole) { Some((at, rows)) } else { None })
    }

    /// How many channels of a guild are hidden from the bot. `None` unless a listener keeps the number up to date.
    pub fn count_hidden(&self, guild: u64, now_ms: i64) -> Result<Option<u64>, Error> {
        let sql = "SELECT count(*), coalesce(min(fetched_at), 0) FROM entity
                   WHERE scope = ?1 AND kind = ?2 AND kind <> 7 AND guild_id = ?3 AND hidden = 1";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let row = statement.query_row(params![self.scope, Kind::Channel.number(), signed(guild)], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        });
        let (count, since) = row.map_err(|e| self.of(e))?;
        let live = self.is_live(Kind::Channel, Some(guild), since, now_ms)?;
        Ok(Some(count).filter(|_| live))
    }

    /// All messages of a channel, newest first, and when they were listed. `None` unless all rows are complete. Listeners never
    /// keep this list up to date, because their sessions may lack the intent for reactions.
    pub fn messages(&self, channel: u64) -> Result<Option<(i64, Vec<CachedRow>)>, Error> {
        let Some(at) = self.listing(Kind::Message, channel)? else { return Ok(None) };
        // The list lacks messages of the history that were deleted before it was read.
        let sql = "SELECT kind, CAST(id AS TEXT), guild_id, json, partial, source, fetched_at, used_at, hidden
                   FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id = ?2 AND (kept = 0 OR fetched_at >= ?3)
                   ORDER BY id DESC";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map(params![self.scope, signed(channel), at], found);
        let rows = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))?;
        Ok(if rows.iter().all(CachedRow::is_whole) { Some((at, rows)) } else { None })
    }

    /// The latest messages of a channel in the cache, newest first. Others may be missing.
    pub fn latest_messages(&self, channel: u64, most: usize) -> Result<Vec<CachedRow>, Error> {
        let sql = "SELECT kind, CAST(id AS TEXT), guild_id, json, partial, source, fetched_at, used_at, hidden
                   FROM entity WHERE scope = ?1 AND kind = 7 AND channel_id = ?2 ORDER BY id DESC LIMIT ?3";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map(params![self.scope, signed(channel), most], found);
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    /// The bot's own user, with the fields that Discord sends only to the bot itself.
    pub fn own_user(&self) -> Result<Option<CachedRow>, Error> {
        let row = self.own_user_id()?.map(|id| self.get(Kind::User, None, &id)).transpose()?.flatten();
        // Only the response about the bot's own user has `mfa_enabled`.
        Ok(row
            .filter(|row| serde_json::from_str::<Value>(&row.json).is_ok_and(|json| json.get("mfa_enabled").is_some())))
    }

    /// The id of the bot's own user.
    pub fn own_user_id(&self) -> Result<Option<String>, Error> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        let name = format!("user.{}", self.scope);
        self.connection().query_row(sql, [name], |row| row.get(0)).optional().map_err(|e| self.of(e))
    }

    pub fn set_own_user(&self, id: u64) -> Result<(), Error> {
        self.set(&format!("user.{}", self.scope), &id.to_string())
    }

    /// The bot's guilds with the fields of `GET /users/@me/guilds`, and when they were listed. Events lack the bot's permissions
    /// in a guild.
    pub fn own_guilds(&self) -> Result<Option<(i64, Vec<CachedRow>)>, Error> {
        const MEMBERS: [&str; 7] = ["id", "name", "icon", "banner", "owner", "permissions", "features"];
        let Some(at) = self.listing(Kind::Guild, 0)? else { return Ok(None) };
        let mut guilds = self.rows(Kind::Guild, None, usize::MAX)?;
        for row in &mut guilds {
            let Ok(Value::Object(mut json)) = serde_json::from_str(&row.json) else { return Ok(None) };
            if !MEMBERS.iter().all(|name| json.contains_key(*name)) {
                return Ok(None);
            }
            json.retain(|name, _| MEMBERS.contains(&name.as_str()));
            row.json = Value::Object(json).to_string();
        }
        Ok(Some((at, guilds)))
    }

    /// A guild as in a REST response, with its roles, emojis and stickers, which have their own rows.
    pub fn whole_guild(&self, id: u64, now_ms: i64) -> Result<Option<(i64, String)>, Error> {
        let Some(row) = self.get(Kind::Guild, None, &id.to_string())?.filter(CachedRow::is_whole) else {
            return Ok(None);
        };
        let mut at = self.now_if_live(Kind::Guild, Some(id), row.fetched_at, now_ms)?;
        let mut json = row.json;
        for (name, kind) in [("roles", Kind::Role), ("emojis", Kind::Emoji), ("stickers", Kind::Sticker)] {
            let Some((listed_at, rows)) = self.list(kind, id, now_ms)? else { return Ok(None) };
            at = at.min(listed_at);
            let items: Vec<_> = rows.into_iter().map(|row| row.json).collect();
            let end = json.rfind('}').expect("a guild is an object");
            json.replace_range(end.., &format!(",\"{name}\":[{}]}}", items.join(",")));
        }
        Ok(Some((at, json)))
    }

    /// Finds objects by name, ignoring case. Exact matches come first.
    pub fn find(&self, find: &NameQuery<'_>) -> Result<Vec<NameMatch>, Error> {
        let name = fold(find.name);
        let mut matches: Vec<NameMatch> = Vec::new();
        for (nth, column) in columns(find.kind).iter().enumerate() {
            // The upper bound is the prefix followed by the highest code point. Once there are enough matches, only exact ones
            // can still precede them.
            let more = find.prefix && matches.len() < find.most;
            let last = if more { format!("{name}\u{10ffff}") } else { name.clone() };
            let mut statement = self.connection().prepare_cached(&find_sql(column)).map_err(|e| self.of(e))?;
            let guild = find.guild.map_or(0, signed);
            let most = i64::try_from(find.most).unwrap_or(i64::MAX);
            let params: [&dyn ToSql; 6] = [&self.scope, &find.kind.number(), &guild, &name, &last, &most];
            let rows = statement.query_map(params, |row| {
                let head = ObjectFields::read(row.get_ref(3)?.as_str()?).unwrap_or_default();
                let called = head.called(find.kind);
                Ok(NameMatch {
                    kind: find.kind,
                    id: row.get::<_, i64>(0)?.cast_unsigned(),
                    guild: Some(row.get::<_, i64>(1)?.cast_unsigned()).filter(|guild| *guild != 0),
                    label: label(&called),
                    name: called[nth].as_deref().unwrap_or_default().to_owned(),
                    is_category: find.kind == Kind::Channel && head.is_category(),
                    fetched_at: row.get(2)?,
                    exact: row.get::<_, String>(4)? == name,
                })
            });
            for found in rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))? {
                match matches.iter_mut().find(|known| known.id == found.id) {
                    Some(known) => known.exact |= found.exact,
                    None => matches.push(found),
                }
            }
        }
        matches.sort_by_key(|found| !found.exact);
        matches.truncate(find.most);
        Ok(matches)
    }

    /// How many names of objects of a kind equal this one. An object with two such names counts twice. Reads only indexes.
    pub fn count_named(&self, kind: Kind, guild: Option<u64>, name: &str) -> Result<u64, Error> {
        let mut sum = 0;
        for column in columns(kind) {
            let mut statement = self.connection().prepare_cached(&count_sql(column)).map_err(|e| self.of(e))?;
            let params = params![self.scope, kind.number(), guild.map_or(0, signed), fold(name)];
            sum += statement.query_row(params, |row| row.get::<_, i64>(0)).map_err(|e| self.of(e))?.cast_unsigned();
        }
        Ok(sum)
    }

    /// The names of the objects of a kind in a guild, to suggest similar ones.
    pub fn names(&self, kind: Kind, guild: Option<u64>, most: usize) -> Result<Vec<String>, Error> {
        let sql = "SELECT name FROM entity WHERE scope = ?1 AND kind = ?2 AND guild_id = ?3 AND name IS NOT NULL
                   LIMIT ?4";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows =
            statement.query_map(params![self.scope, kind.number(), guild.map_or(0, signed), most], |row| row.get(0));
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    /// The channel of direct messages with a user.
    pub fn direct_messages(&self, user: u64) -> Result<Option<u64>, Error> {
        // This is fast because there are few channels outside of guilds.
        let sql = "SELECT id FROM entity WHERE scope = ?1 AND kind = ?2 AND kind <> 7 AND guild_id = 0
                   AND json ->> '$.type' = 1 AND json ->> '$.recipients[0].id' = ?3 LIMIT 1";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let params = params![self.scope, Kind::Channel.number(), user.to_string()];
        let id: Option<i64> = statement.query_row(params, |row| row.get(0)).optional().map_err(|e| self.of(e))?;
        Ok(id.map(i64::cast_unsigned))
    }

    /// The guilds that have rows of a kind.
    pub fn guilds_with(&self, kind: Kind) -> Result<Vec<u64>, Error> {
        // Skips from one guild to the next. DISTINCT would read all rows.
        let sql = "WITH RECURSIVE g (id) AS (
                       SELECT min(guild_id) FROM entity WHERE scope = ?1 AND kind = ?2 AND kind <> 7
                       UNION ALL
                       SELECT (SELECT min(guild_id) FROM entity
                               WHERE scope = ?1 AND kind = ?2 AND kind <> 7 AND guild_id > g.id) FROM g WHERE g.id IS NOT NULL)
                   SELECT id FROM g WHERE id IS NOT NULL";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map(params![self.scope, kind.number()], |row| row.get::<_, i64>(0));
        let ids = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))?;
        Ok(ids.into_iter().map(i64::cast_unsigned).collect())
    }

    /// Searches messages by content. Returns the newest first.
    pub fn search(&mut self, search: &MessageSearch<'_>) -> Result<Vec<SearchHit>, Error> {
        self.index_texts()?;
        let sql = "SELECT e.json FROM message_text t JOIN entity e ON e.rowid = t.rowid
                   WHERE message_text MATCH ?2 AND e.scope = ?1 AND (?3 IS NULL OR e.guild_id = ?3)
                     AND (?4 IS NULL OR e.channel_id = ?4) AND (?5 IS NULL OR e.json ->> '$.author.id' = ?5)
                     AND (?6 IS NULL OR e.id > ?6) AND (?7 IS NULL OR e.id < ?7)
                   ORDER BY e.id DESC LIMIT ?8";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let params = params![
            self.scope,
            expression(search.text),
            search.guild.map(signed),
            search.channel.map(signed),
            search.author.map(|id| id.to_string()),
            search.after.map(signed),
            search.before.map(signed),
            i64::try_from(search.most).unwrap_or(i64::MAX)
        ];
        let rows = statement.query_map(params, |row| Ok(SearchHit { json: row.get(0)? }));
        rows.and_then(Iterator::collect).map_err(|source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::Unknown) => {
                let message = match source {
                    rusqlite::Error::SqliteFailure(_, Some(message)) => message,
                    source => source.to_string(),
                };
                Error::Search { text: search.text.to_owned(), message }
            }
            _ => self.of(source),
        })
    }

    /// Runs the user's SQL query on a read-only connection that has a view for each kind. Returns the names of the columns, and
    /// adds numbers to repeated names.
    pub fn sql(&self, query: &str, mut row: impl FnMut(Vec<(String, Value)>)) -> Result<Vec<String>, Error> {
        use rusqlite::types::ValueRef;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.path(), flags).map_err(|e| self.of(e))?;
        connection.busy_timeout(std::time::Duration::from_secs(3)).map_err(|e| self.of(e))?;
        connection.execute_batch(&self.views()).map_err(|e| self.of(e))?;
        let mut statement = connection.prepare(query).map_err(Error::Sql)?;
        if !statement.readonly() {
            return Err(Error::Writes);
        }
        let mut names: Vec<String> = Vec::with_capacity(statement.column_count());
        for name in statement.column_names() {
            let numbered = (2..).map(|n| format!("{name}_{n}"));
            let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !names.contains(name));
            names.push(free.expect("there is a number that no column has"));
        }
        let mut rows = statement.query([]).map_err(Error::Sql)?;
        let failed = |source: rusqlite::Error| match store::Error::of(self.path(), source) {
            store::Error::Sqlite { source, .. } => Error::Sql(source),
            error => error.into(),
        };
        while let Some(found) = rows.next().map_err(failed)? {
            let mut values = Vec::with_capacity(names.len());
            for (at, name) in names.iter().enumerate() {
                let value = match found.get_ref(at).map_err(Error::Sql)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => number.into(),
                    ValueRef::Real(number) => number.into(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                    ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned().into(),
                };
                values.push((name.clone(), value));
            }
            row(values);
        }
        Ok(names)
    }

    /// The SQL for a view of each kind, with this scope's rows. Ids are strings, as in Discord's JSON, because many programs
    /// cannot represent numbers of their size.
    fn views(&self) -> String {
        let view = |kind: Kind| {
            let more = match kind {
                Kind::Message => {
                    "json ->> '$.content' AS content, json ->> '$.author.id' AS author_id,
                     json ->> '$.author.username' AS author, json ->> '$.timestamp' AS timestamp"
                }
                Kind::Member => {
                    "json ->> '$.user.username' AS username, json ->> '$.user.global_name' AS global_name,
                     json ->> '$.nick' AS nick, json ->> '$.joined_at' AS joined_at"
                }
                Kind::Ban => {
                    "json ->> '$.user.username' AS username, json ->> '$.user.global_name' AS global_name,
                     json ->> '$.reason' AS reason"
                }
                Kind::User => "json ->> '$.username' AS username, json ->> '$.global_name' AS global_name",
                Kind::Channel | Kind::Thread => "json ->> '$.name' AS name, json ->> '$.type' AS type, hidden",
                Kind::Presence => "json ->> '$.status' AS status",
                _ => "json ->> '$.name' AS name",
            };
            format!(
                "CREATE TEMP VIEW {} AS SELECT CAST(id AS TEXT) AS id,
                 CAST(NULLIF(guild_id, 0) AS TEXT) AS guild_id, CAST(channel_id AS TEXT) AS channel_id, {more},
                 partial, CASE source WHEN 0 THEN 'rest' ELSE 'gateway' END AS source,
                 strftime('%Y-%m-%dT%H:%M:%SZ', fetched_at / 1000, 'unixepoch') AS fetched_at, json
                 FROM main.entity WHERE scope = {} AND kind = {};",
                kind.view(),
                self.scope,
                kind.number()
            )
        };
        Kind::ALL.map(view).concat()
    }

    /// For each kind, the number of rows, the size of their JSON in bytes, and when the oldest row was observed.
    pub fn counts(&self) -> Result<Vec<(Kind, u64, u64, i64)>, Error> {
        let sql = "SELECT kind, count(*), sum(octet_length(json)), min(fetched_at) FROM entity WHERE scope = ?1
                   GROUP BY kind ORDER BY kind";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        let rows = statement.query_map([self.scope], |row| {
            let kind = Kind::from_number(row.get(0)?);
            Ok((kind, row.get::<_, i64>(1)?.cast_unsigned(), row.get::<_, i64>(2)?.cast_unsigned(), row.get(3)?))
        });
        let rows = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| self.of(e))?;
        Ok(rows.into_iter().filter_map(|(kind, rows, bytes, oldest)| Some((kind?, rows, bytes, oldest))).collect())
    }
}

/// Converts a search to FTS5's syntax. Words are quoted, because FTS5 rejects words that contain punctuation, such as `it's` or a
/// URL.
fn expression(text: &str) -> String {
    let mut expression = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')');
        let length = match first {
            // A phrase ends at the closing quote. If that is missing, FTS5 reports an error.
            '"' => rest[1..].find('"').map_or(rest.len(), |at| at + 2),
            _ => rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8()),
        };
        let (part, after) = rest.split_at(length);
        rest = after;
        let word = part.trim_end_matches('*');
        if ends(first) || word.is_empty() || matches!(part, "AND" | "OR" | "NOT") {
            expression.push_str(part);
        } else {
            let star = if word.len() < part.len() { "*" } else { "" };
            expression.push_str(&format!("\"{word}\"{star}"));
        }
    }
    expression
}

fn found(row: &Row<'_>) -> rusqlite::Result<CachedRow> {
    let number: u8 = row.get(0)?;
    let source: u8 = row.get(5)?;
    Ok(CachedRow {
        kind: Kind::from_number(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, number.into()))?,
        id: row.get(1)?,
        guild: Some(row.get::<_, i64>(2)?.cast_unsigned()).filter(|guild| *guild != 0),
        json: row.get(3)?,
        partial: row.get(4)?,
        source: if source == 0 { "rest" } else { "gateway" },
        fetched_at: row.get(6)?,
        used_at: row.get(7)?,
        hidden: row.get(8)?,
    })
}

/// The columns that contain the folded names of a kind.
const fn columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Member => &["name", "display", "nick"],
        Kind::User | Kind::Ban => &["name", "display"],
        _ => &["name"],
    }
}

/// Each name column has its own index, ordered by name.
fn find_sql(column: &str) -> String {
    format!(
        "SELECT id, guild_id, fetched_at, json, {column} FROM entity
         WHERE scope = ?1 AND kind = ?2 AND guild_id = ?3 AND {column} >= ?4 AND {column} <= ?5
         ORDER BY {column} LIMIT ?6"
    )
}

fn count_sql(column: &str) -> String {
    format!("SELECT count(*) FROM entity WHERE scope = ?1 AND kind = ?2 AND guild_id = ?3 AND {column} = ?4")
}

/// A label for people: the user name, and the other names in parentheses.
fn label([name, others @ ..]: &[Option<Cow<'_, str>>; 3]) -> String {
    let mut label = name.as_deref().unwrap_or_default().to_owned();
    let others: Vec<_> = others.iter().rev().filter_map(Option::as_deref).collect();
    if !others.is_empty() {
        label.push_str(&format!(" ({})", others.join(", ")));
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_query_uses_an_index() {
        let cache = Cache::in_memory().unwrap();
        for column in ["name", "display", "nick"] {
            let sql = format!("EXPLAIN QUERY PLAN {}", find_sql(column));
            let mut statement = cache.connection().prepare(&sql).unwrap();
            let plan = statement.query_map([1, 5, 7, 0, 0, 10], |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<_> = plan.map(Result::unwrap).collect();
            let index = format!("SEARCH entity USING INDEX entity_{column} (scope=? AND kind=? AND guild_id=?");
            assert!(plan.len() == 1 && plan[0].starts_with(&index), "{column}: {plan:?}");
        }
    }

    #[test]
    fn counting_names_reads_only_an_index() {
        let cache = Cache::in_memory().unwrap();
        for column in ["name", "display", "nick"] {
            let sql = format!("EXPLAIN QUERY PLAN {}", count_sql(column));
            let plan: String = cache.connection().query_row(&sql, [1, 5, 7, 0], |row| row.get(3)).unwrap();
            assert!(plan.starts_with(&format!("SEARCH entity USING COVERING INDEX entity_{column} ")), "{plan}");
        }
    }

    #[test]
    fn a_search_may_contain_any_word() {
        for (text, wanted) in [
            ("it's a-b.example?", r#""it's" "a-b.example?""#),
            ("dep* AND NOT-ME OR (a b) NOT c", r#""dep"* AND "NOT-ME" OR ("a" "b") NOT "c""#),
            (r#"a "the phrase AND b"c"#, r#""a" "the phrase AND b""c""#),
            (r#"he said "hi"* NEAR"#, r#""he" "said" "hi"* "NEAR""#),
            ("https://a.example/b:c ü^2", r#""https://a.example/b:c" "ü^2""#),
            (r#""open"#, r#""open"#),
            ("*", "*"),
        ] {
            assert_eq!(expression(text), wanted, "{text}");
        }
    }
}
