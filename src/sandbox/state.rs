//! The sandbox's world, held in memory: what there is, and the events that a change sends.
//!
//! Nothing here waits or touches a socket: a request and a time go in, an answer and events come
//! out.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::documents::Documents;
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

/// A server. Its channels stand apart, in [`State::channels`].
pub(super) struct Guild {
    pub doc: Map<String, Value>,
    pub roles: BTreeMap<u64, Value>,
    /// Without their `user`, which [`State::member`] puts in.
    pub members: Table,
    pub bans: BTreeMap<u64, Value>,
    /// The newest last.
    pub audit_log: VecDeque<Value>,
}

/// Discord keeps its audit log for 45 days; so many entries hold what a test does.
const AUDIT_LOG: usize = 10_000;

/// A channel of a server, a thread, or a direct message.
#[derive(Default)]
pub(super) struct Channel {
    pub doc: Map<String, Value>,
    pub messages: Table,
    /// When each pinned message was pinned, in milliseconds, the oldest first.
    pub pins: Vec<(i64, u64)>,
    pub reactions: HashMap<u64, Vec<Reaction>>,
    /// Of a thread.
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

    /// A forum or a media channel, which holds threads alone.
    pub fn is_forum(&self) -> bool {
        matches!(self.kind(), 15 | 16)
    }

    /// Whether messages can stand in it.
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

/// An interaction that waits for its response, or has it.
pub(super) struct Interaction {
    pub token: String,
    pub doc: Value,
    pub channel: u64,
    pub answered: bool,
    /// The message that the response made.
    pub original: Option<u64>,
    /// The messages that follow-ups made.
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

/// A file that a message carries.
pub(super) struct Stored {
    pub mime: String,
    pub bytes: Bytes,
}

/// The messages that nonces made, for as long as Discord compares them.
#[derive(Default)]
pub(super) struct Nonces {
    /// By channel and nonce.
    messages: HashMap<(u64, String), u64>,
    /// When each was made, the oldest first.
    made: VecDeque<(i64, (u64, String))>,
}

/// Discord compares nonces "in the past few minutes".
const NONCE_MS: i64 = 5 * 60_000;

impl Nonces {
    /// The message that this nonce made.
    pub fn get(&mut self, nonce: &(u64, String), now_ms: i64) -> Option<u64> {
        while self.made.front().is_some_and(|(at, _)| now_ms - at >= NONCE_MS) {
            if let Some((_, old)) = self.made.pop_front() {
                self.messages.remove(&old);
            }
        }
        self.messages.get(nonce).copied()
    }

    /// The first message of a nonce stays the one it stands for.
    pub fn set(&mut self, nonce: (u64, String), message: u64, now_ms: i64) {
        if !self.messages.contains_key(&nonce) {
            self.messages.insert(nonce.clone(), message);
            self.made.push_back((now_ms, nonce));
        }
    }
}

/// Files are dropped, the oldest first, when there is more of them than this.
const MAX_FILES: usize = 256 << 20;

pub(super) struct State {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// `ws://127.0.0.1:PORT`.
    pub gateway: String,
    /// The time of the request at hand, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    last_id: u64,
    /// The bot's user id, which is its application's id as well.
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
    pub documents: Documents,
    pub files: BTreeMap<u64, Stored>,
    /// The channels of servers that the bot cannot view.
    pub hidden: BTreeSet<u64>,
    /// Whether the gateway redacts these.
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
            documents: Documents::default(),
            files: BTreeMap::new(),
            hidden: BTreeSet::new(),
            obfuscates: true,
            events: Vec::new(),
        }
    }

    /// An id of now, higher than all before it.
    pub fn new_id(&mut self) -> u64 {
        self.last_id = Snowflake::at(self.now_ms).get().max(self.last_id + 1);
        self.last_id
    }

    /// Now, as Discord writes times.
    pub fn now(&self) -> Value {
        json!(iso(self.now_ms))
    }

    pub fn emit(&mut self, name: &'static str, guild_id: Option<u64>, data: Value) {
        self.events.push(Event { name, guild_id, data });
    }

    /// Writes a line of the audit log and sends its event.
    pub fn audit(&mut self, guild_id: u64, call: &Call, action: u32, target: u64) {
        self.audit_deletion(guild_id, call, action, target, None);
    }

    /// The same for an object that is gone: its name stands among the changes.
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

    pub fn guild(&self, id: u64) -> Result<&Guild, Refusal> {
        self.guilds.get(&id).ok_or(Refusal::UNKNOWN_GUILD)
    }

    pub fn guild_mut(&mut self, id: u64) -> Result<&mut Guild, Refusal> {
        self.guilds.get_mut(&id).ok_or(Refusal::UNKNOWN_GUILD)
    }

    pub fn channel(&self, id: u64) -> Result<&Channel, Refusal> {
        self.channels.get(&id).ok_or(Refusal::UNKNOWN_CHANNEL)
    }

    pub fn channel_mut(&mut self, id: u64) -> Result<&mut Channel, Refusal> {
        self.channels.get_mut(&id).ok_or(Refusal::UNKNOWN_CHANNEL)
    }

    /// The server of a channel; `None` for a direct message.
    pub fn guild_of(&self, channel: u64) -> Option<u64> {
        self.channels.get(&channel)?.doc.get("guild_id").and_then(super::table::key)
    }

    pub fn user(&self, id: u64) -> Result<Value, Refusal> {
        self.users.get(id).ok_or(Refusal::UNKNOWN_USER)
    }

    pub fn my_user(&self) -> Value {
        self.users.get(self.me).unwrap_or_default()
    }

    /// A member with its user.
    pub fn member(&self, guild: u64, user: u64) -> Result<Value, Refusal> {
        let mut member = self.guild(guild)?.members.get(user).ok_or(Refusal::UNKNOWN_MEMBER)?;
        member["user"] = self.users.get(user).unwrap_or_default();
        Ok(member)
    }

    /// A channel as it is shown.
    pub fn channel_view(&self, id: u64) -> Result<Value, Refusal> {
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

    /// A message as it is shown: with its reactions, its thread, and whether it is pinned.
    pub fn message(&self, channel_id: u64, id: u64) -> Result<Value, Refusal> {
        let channel = self.channel(channel_id)?;
        let mut message = channel.messages.get(id).ok_or(Refusal::UNKNOWN_MESSAGE)?;
        message["pinned"] = json!(channel.pins.iter().any(|(_, pinned)| *pinned == id));
        if let Some(reactions) = channel.reactions.get(&id).filter(|r| !r.is_empty()) {
            message["reactions"] = reactions.iter().map(|r| reaction_view(r, self.me)).collect();
        }
        if self.channels.get(&id).is_some_and(Channel::is_thread) {
            message["thread"] = self.channel_view(id)?;
        }
        Ok(message)
    }

    /// Sends an event about a message: as it is shown, with the server and the author's membership.
    pub fn emit_message(&mut self, name: &'static str, channel: u64, id: u64) -> Result<(), Refusal> {
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

    /// The ids of a server's channels, threads apart.
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

    /// Keeps a file, and makes room by dropping the oldest.
    pub fn keep_file(&mut self, id: u64, file: Stored) {
        self.files.insert(id, file);
        let mut total: usize = self.files.values().map(|f| f.bytes.len()).sum();
        while total > MAX_FILES
            && let Some((_, dropped)) = self.files.pop_first()
        {
            total -= dropped.bytes.len();
        }
    }

    /// Whether a custom emoji can be used.
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

/// A time as Discord writes it, in microseconds and with an offset.
pub(super) fn iso(unix_ms: i64) -> String {
    let text = time::rfc3339(unix_ms).unwrap_or_default();
    let (seconds, fraction) = match text.trim_end_matches('Z').split_once('.') {
        Some((seconds, fraction)) => (seconds.to_owned(), fraction.to_owned()),
        None => (text.trim_end_matches('Z').to_owned(), String::new()),
    };
    format!("{seconds}.{fraction:0<6}+00:00")
}

/// A random text of letters and digits: an invite's code, a webhook's token.
pub(super) fn random_text(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

/// Copies the named fields of a body that are there, null included.
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
    fn times_are_written_with_microseconds_and_offset() {
        assert_eq!(iso(1_700_000_000_000), "2023-11-14T22:13:20.000000+00:00");
        assert_eq!(iso(1_700_000_000_120), "2023-11-14T22:13:20.120000+00:00");
    }

    #[test]
    fn ids_grow_even_within_a_millisecond_and_when_the_clock_goes_back() {
        let mut state = State::new(1, Table::default());
        state.now_ms = 1_700_000_000_000;
        let first = state.new_id();
        let second = state.new_id();
        state.now_ms -= 10_000;
        assert!(first < second && second < state.new_id());
        assert_eq!(Snowflake::new(second).timestamp_ms(), 1_700_000_000_000);
    }
}
