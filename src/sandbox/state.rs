//! The sandbox's data, held in memory, and the events that its changes emit.
//!
//! Nothing here waits, reads a clock or touches a socket: the server sets the time, executes a
//! request and takes the events.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::DiscordError;
use super::documents::Documents;
use super::oauth::Authorizations;
use super::request::Call;
use super::table::Table;
use crate::model::{Snowflake, time};

/// An event for the gateway.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub name: &'static str,
    pub guild_id: Option<u64>,
    pub data: Value,
}

/// A server. Its channels are in [`State::channels`].
pub(super) struct Guild {
    pub doc: Map<String, Value>,
    pub roles: BTreeMap<u64, Value>,
    /// Members without their `user`, which [`State::member`] adds.
    pub members: Table,
    pub bans: BTreeMap<u64, Value>,
    /// The newest entry is last.
    pub audit_log: VecDeque<Value>,
}

/// The number of audit log entries kept for a server. Discord keeps them for 45 days instead; a
/// test creates fewer than this.
const AUDIT_LOG: usize = 10_000;

/// A channel of a server, a thread, or a direct message.
#[derive(Default)]
pub(super) struct Channel {
    pub doc: Map<String, Value>,
    pub messages: Table,
    /// The pinned messages: when each was pinned, in Unix milliseconds, and its id. Oldest first.
    pub pins: Vec<(i64, u64)>,
    pub reactions: HashMap<u64, Vec<Reaction>>,
    /// The members of a thread.
    pub members: BTreeMap<u64, Value>,
}

impl Channel {
    pub fn kind(&self) -> u64 {
        self.doc.get("type").and_then(Value::as_u64).unwrap_or(0)
    }

    pub fn is_thread(&self) -> bool {
        (10..=12).contains(&self.kind())
    }

    pub fn is_dm(&self) -> bool {
        matches!(self.kind(), 1 | 3)
    }

    /// Whether this is a forum or media channel, which contains only threads.
    pub fn is_forum(&self) -> bool {
        matches!(self.kind(), 15 | 16)
    }

    /// Whether the channel can contain messages.
    pub fn holds_messages(&self) -> bool {
        !matches!(self.kind(), 4 | 14..=16)
    }

    pub fn parent(&self) -> Option<u64> {
        self.doc.get("parent_id").and_then(super::table::key)
    }
}

pub(super) struct Reaction {
    pub emoji: Value,
    pub users: BTreeSet<u64>,
}

/// An interaction, before or after its response.
pub(super) struct Interaction {
    pub token: String,
    pub doc: Value,
    pub channel: u64,
    pub answered: bool,
    /// The message that the response created.
    pub original: Option<u64>,
    /// All messages of the interaction: the response and the follow-ups.
    pub messages: Vec<u64>,
}

/// A user's account in an external system, linked to the application.
pub(super) struct Identity {
    pub user: u64,
    pub provider_type: String,
    /// The user's id in the external system.
    pub issued_id: String,
    /// `{username, metadata, data}`.
    pub profile: Value,
}

/// The file of an attachment.
pub(super) struct StoredFile {
    pub mime: String,
    pub bytes: Bytes,
}

/// The messages sent with a nonce in the last few minutes.
#[derive(Default)]
pub(super) struct Nonces {
    /// Message ids by channel and nonce.
    messages: HashMap<(u64, String), u64>,
    /// When each nonce was used, in Unix milliseconds. Oldest first.
    used: VecDeque<(i64, (u64, String))>,
}

/// How long a nonce identifies its message: Discord says "in the past few minutes".
const NONCE_MS: i64 = 5 * 60_000;

impl Nonces {
    /// The message that was sent with this nonce.
    pub fn get(&mut self, nonce: &(u64, String), now_ms: i64) -> Option<u64> {
        while self.used.front().is_some_and(|(at, _)| now_ms - at >= NONCE_MS) {
            if let Some((_, old)) = self.used.pop_front() {
                self.messages.remove(&old);
            }
        }
        self.messages.get(nonce).copied()
    }

    /// Records the message of a nonce, unless the nonce already has one.
    pub fn set(&mut self, nonce: (u64, String), message: u64, now_ms: i64) {
        if !self.messages.contains_key(&nonce) {
            self.messages.insert(nonce.clone(), message);
            self.used.push_back((now_ms, nonce));
        }
    }
}

/// The oldest files are deleted when all files together have more bytes than this.
const MAX_FILE_BYTES: usize = 256 << 20;

pub(super) struct State {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// `ws://127.0.0.1:PORT`.
    pub gateway: String,
    /// The time of the current request, in Unix milliseconds.
    pub now_ms: i64,
    last_id: u64,
    /// The bot's user id, which is also its application's id.
    pub me: u64,
    pub application: Map<String, Value>,
    pub users: Table,
    pub guilds: BTreeMap<u64, Guild>,
    pub channels: BTreeMap<u64, Channel>,
    pub webhooks: BTreeMap<u64, Value>,
    pub invites: BTreeMap<String, Value>,
    pub interactions: BTreeMap<u64, Interaction>,
    pub identities: Vec<Identity>,
    pub nonces: Nonces,
    pub authorizations: Authorizations,
    pub documents: Documents,
    pub files: BTreeMap<u64, StoredFile>,
    /// The server channels that the bot cannot view.
    pub hidden: BTreeSet<u64>,
    /// Whether the gateway redacts hidden channels.
    pub obfuscates: bool,
    pub events: Vec<Event>,
}

impl State {
    pub fn new(me: u64, users: Table) -> Self {
        Self {
            base: String::new(),
            gateway: String::new(),
            now_ms: 0,
            last_id: 0,
            me,
            application: Map::new(),
            users,
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            invites: BTreeMap::new(),
            interactions: BTreeMap::new(),
            identities: Vec::new(),
            nonces: Nonces::default(),
            authorizations: Authorizations::default(),
            documents: Documents::default(),
            files: BTreeMap::new(),
            hidden: BTreeSet::new(),
            obfuscates: true,
            events: Vec::new(),
        }
    }

    /// A new id with the current time, higher than every earlier one.
    pub fn new_id(&mut self) -> u64 {
        self.last_id = Snowflake::at(self.now_ms).get().max(self.last_id + 1);
        self.last_id
    }

    /// The current time in Discord's format.
    pub fn now(&self) -> Value {
        json!(iso(self.now_ms))
    }

    pub fn emit(&mut self, name: &'static str, guild_id: Option<u64>, data: Value) {
        self.events.push(Event { name, guild_id, data });
    }

    /// Adds an entry to the audit log and emits its event.
    pub fn audit(&mut self, guild_id: u64, call: &Call, action: u32, target: u64) {
        self.audit_deletion(guild_id, call, action, target, None);
    }

    /// The same for a deleted object. The entry's `changes` contain the object's name.
    pub fn audit_deletion(&mut self, guild_id: u64, call: &Call, action: u32, target: u64, name: Option<&Value>) {
        let id = self.new_id();
        let mut entry = json!({
            "id": id.to_string(),
            "user_id": self.me.to_string(),
            "target_id": target.to_string(),
            "action_type": action,
        });
        if let Some(reason) = &call.reason {
            entry["reason"] = json!(reason);
        }
        if let Some(name) = name {
            entry["changes"] = json!([{"key": "name", "old_value": name}]);
        }
        let Some(guild) = self.guilds.get_mut(&guild_id) else { return };
        guild.audit_log.push_back(entry.clone());
        if guild.audit_log.len() > AUDIT_LOG {
            guild.audit_log.pop_front();
        }
        entry["guild_id"] = json!(guild_id.to_string());
        self.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", Some(guild_id), entry);
    }

    pub fn guild(&self, id: u64) -> Result<&Guild, DiscordError> {
        self.guilds.get(&id).ok_or(DiscordError::UNKNOWN_GUILD)
    }

    pub fn guild_mut(&mut self, id: u64) -> Result<&mut Guild, DiscordError> {
        self.guilds.get_mut(&id).ok_or(DiscordError::UNKNOWN_GUILD)
    }

    pub fn channel(&self, id: u64) -> Result<&Channel, DiscordError> {
        self.channels.get(&id).ok_or(DiscordError::UNKNOWN_CHANNEL)
    }

    pub fn channel_mut(&mut self, id: u64) -> Result<&mut Channel, DiscordError> {
        self.channels.get_mut(&id).ok_or(DiscordError::UNKNOWN_CHANNEL)
    }

    /// The server of a channel; `None` for a direct message.
    pub fn guild_of(&self, channel: u64) -> Option<u64> {
        self.channels.get(&channel)?.doc.get("guild_id").and_then(super::table::key)
    }

    pub fn user(&self, id: u64) -> Result<Value, DiscordError> {
        self.users.get(id).ok_or(DiscordError::UNKNOWN_USER)
    }

    pub fn my_user(&self) -> Value {
        self.users.get(self.me).unwrap_or_default()
    }

    /// A member with its user.
    pub fn member(&self, guild: u64, user: u64) -> Result<Value, DiscordError> {
        let mut member = self.guild(guild)?.members.get(user).ok_or(DiscordError::UNKNOWN_MEMBER)?;
        member["user"] = self.users.get(user).unwrap_or_default();
        Ok(member)
    }

    /// A channel as the API returns it.
    pub fn channel_view(&self, id: u64) -> Result<Value, DiscordError> {
        let channel = self.channel(id)?;
        let mut doc = channel.doc.clone();
        if channel.is_thread() {
            doc.insert("member_count".to_owned(), json!(channel.members.len().min(50)));
        }
        if channel.holds_messages() {
            let last = channel.messages.descending(std::ops::Bound::Unbounded).next();
            doc.insert("last_message_id".to_owned(), json!(last.map(|id| id.to_string())));
        }
        Ok(Value::Object(doc))
    }

    /// A message as the API returns it: with its reactions, its thread and whether it is pinned.
    pub fn message(&self, channel_id: u64, id: u64) -> Result<Value, DiscordError> {
        let channel = self.channel(channel_id)?;
        let mut message = channel.messages.get(id).ok_or(DiscordError::UNKNOWN_MESSAGE)?;
        message["pinned"] = json!(channel.pins.iter().any(|(_, pinned)| *pinned == id));
        if let Some(reactions) = channel.reactions.get(&id).filter(|r| !r.is_empty()) {
            message["reactions"] = reactions.iter().map(|r| reaction_view(r, self.me)).collect();
        }
        if self.channels.get(&id).is_some_and(Channel::is_thread) {
            message["thread"] = self.channel_view(id)?;
        }
        Ok(message)
    }

    /// Emits an event with a message, its server and the author's member object.
    pub fn emit_message(&mut self, name: &'static str, channel: u64, id: u64) -> Result<(), DiscordError> {
        let mut data = self.message(channel, id)?;
        let guild = self.guild_of(channel);
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild.to_string());
            let author = data["author"]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
            if let Some(member) = self.guild(guild)?.members.get(author) {
                data["member"] = member;
            }
        } else {
            data["channel_type"] = json!(self.channel(channel)?.kind());
        }
        self.emit(name, guild, data);
        Ok(())
    }

    /// The ids of a server's channels, without threads.
    pub fn channels_of(&self, guild: u64) -> Vec<u64> {
        let own = |(id, channel): (&u64, &Channel)| {
            (!channel.is_thread() && channel.doc.get("guild_id").and_then(super::table::key) == Some(guild))
                .then_some(*id)
        };
        self.channels.iter().filter_map(own).collect()
    }

    /// The ids of a server's threads.
    pub fn threads_of(&self, guild: u64) -> Vec<u64> {
        let own = |(id, channel): (&u64, &Channel)| {
            (channel.is_thread() && channel.doc.get("guild_id").and_then(super::table::key) == Some(guild))
                .then_some(*id)
        };
        self.channels.iter().filter_map(own).collect()
    }

    /// Stores a file and deletes the oldest files while all together are too large.
    pub fn store_file(&mut self, id: u64, file: StoredFile) {
        self.files.insert(id, file);
        let mut total: usize = self.files.values().map(|f| f.bytes.len()).sum();
        while total > MAX_FILE_BYTES
            && let Some((_, oldest)) = self.files.pop_first()
        {
            total -= oldest.bytes.len();
        }
    }

    /// Whether a custom emoji exists.
    pub fn has_emoji(&self, id: &str) -> bool {
        self.documents.find_anywhere("emojis", id).is_some()
    }
}

fn reaction_view(reaction: &Reaction, me: u64) -> Value {
    json!({
        "emoji": reaction.emoji,
        "count": reaction.users.len(),
        "count_details": {"burst": 0, "normal": reaction.users.len()},
        "burst_colors": [],
        "me_burst": false,
        "me": reaction.users.contains(&me),
    })
}

/// A time in Discord's format: RFC 3339 with microseconds and the offset `+00:00`.
pub(super) fn iso(unix_ms: i64) -> String {
    let text = time::rfc3339(unix_ms).unwrap_or_default();
    let (seconds, fraction) = match text.trim_end_matches('Z').split_once('.') {
        Some((seconds, fraction)) => (seconds.to_owned(), fraction.to_owned()),
        None => (text.trim_end_matches('Z').to_owned(), String::new()),
    };
    format!("{seconds}.{fraction:0<6}+00:00")
}

/// Random letters and digits, for invite codes and webhook tokens.
pub(super) fn random_text(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

/// Copies the named fields from a body to a document. A field that the body lacks is left as it is;
/// null is copied.
pub(super) fn merge(doc: &mut Map<String, Value>, body: &Map<String, Value>, fields: &[&str]) {
    for name in fields {
        if let Some(value) = body.get(*name) {
            doc.insert((*name).to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_microseconds_and_an_offset() {
        assert_eq!(iso(1_700_000_000_000), "2023-11-14T22:13:20.000000+00:00");
        assert_eq!(iso(1_700_000_000_120), "2023-11-14T22:13:20.120000+00:00");
    }

    #[test]
    fn ids_increase_within_a_millisecond_and_when_the_clock_goes_back() {
        let mut state = State::new(1, Table::default());
        state.now_ms = 1_700_000_000_000;
        let first = state.new_id();
        let second = state.new_id();
        state.now_ms -= 10_000;
        assert!(first < second && second < state.new_id());
        assert_eq!(Snowflake::new(second).timestamp_ms(), 1_700_000_000_000);
    }
}
