//! Reads the columns of a row from the JSON of an object.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Kind;
use super::kind::KeyField;

/// The key of a row: an id, or the code of an invite or template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Number(u64),
    Code(String),
}

impl Key {
    /// Parses a key. The kind decides whether it is a number, because a code may consist of digits only.
    pub fn of(kind: Kind, text: &str) -> Self {
        match text.parse() {
            Ok(id) if !matches!(kind.id(), KeyField::Code) => Self::Number(id),
            _ => Self::Code(text.to_owned()),
        }
    }
}

impl rusqlite::ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Number(id) => Ok(signed(*id).into()),
            Self::Code(code) => code.to_sql(),
        }
    }
}

/// Converts an id to SQLite's signed integer, with the same bits. Ids stay below 2^63 until the year 2084.
pub const fn signed(id: u64) -> i64 {
    id.cast_signed()
}

/// The columns that are read from an object's JSON.
#[derive(Debug)]
pub struct Columns {
    pub key: Key,
    /// 0 for an object that is in no guild.
    pub guild: u64,
    /// The channel of the object, the category of a channel, or the parent of a thread.
    pub channel: Option<u64>,
    /// Folded, like the other names.
    pub name: Option<String>,
    pub display: Option<String>,
    pub nick: Option<String>,
    /// Whether this is a channel that the bot currently cannot view. Its row has no name, so that name queries do not find it.
    pub hidden: bool,
}

impl Columns {
    /// Converts the columns to those of a hidden channel.
    pub fn hide(self) -> Self {
        Self { name: None, display: None, nick: None, hidden: true, ..self }
    }
}

/// Discord's channel flag CHANNEL_OBFUSCATED: the bot cannot view the channel, and Discord redacts most of its fields. Only the
/// gateway sends such channels.
const OBFUSCATED: u64 = 1 << 17;

/// The fields of an object from which columns are read. Each is parsed only when it is needed, so that an unexpected type in
/// one does not affect the others.
#[derive(Debug, Default, Deserialize)]
pub struct ObjectFields<'a> {
    #[serde(borrow)]
    pub id: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    sound_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub user_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub guild_id: Option<&'a RawValue>,
    #[serde(borrow)]
    source_guild_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub channel_id: Option<&'a RawValue>,
    #[serde(borrow)]
    parent_id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    pub username: Option<&'a RawValue>,
    #[serde(borrow)]
    global_name: Option<&'a RawValue>,
    #[serde(borrow)]
    nick: Option<&'a RawValue>,
    #[serde(borrow)]
    pub user: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
    #[serde(borrow)]
    guild: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    flags: Option<&'a RawValue>,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub author: Option<&'a RawValue>,
    #[serde(borrow)]
    pub member: Option<&'a RawValue>,
    #[serde(borrow)]
    pub webhook_id: Option<&'a RawValue>,
}

impl<'a> ObjectFields<'a> {
    pub fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The kind of a channel. Discord's types 10 to 12 are threads.
    pub fn channel_kind(&self) -> Kind {
        match self.kind.map(RawValue::get) {
            Some("10" | "11" | "12") => Kind::Thread,
            _ => Kind::Channel,
        }
    }

    /// Whether this is a channel category (Discord's type 4).
    pub fn is_category(&self) -> bool {
        self.kind.is_some_and(|kind| kind.get() == "4")
    }

    /// Whether this is a redacted channel. For users and messages, the same bit has another meaning.
    fn is_obfuscated(&self, kind: Kind) -> bool {
        matches!(kind, Kind::Channel | Kind::Thread) && number(self.flags).is_some_and(|flags| flags & OBFUSCATED != 0)
    }

    /// Reads the columns. Returns `None` if the object has no id.
    pub fn columns(&self, kind: Kind, guild: Option<u64>) -> Option<Columns> {
        let user = self.inner_user();
        let key = match kind.id() {
            KeyField::Own => Key::Number(number(self.id)?),
            KeyField::User => Key::Number(number(user.id)?),
            KeyField::UserId => Key::Number(number(self.user_id)?),
            KeyField::SoundId => Key::Number(number(self.sound_id)?),
            KeyField::ChannelId => Key::Number(number(self.channel_id)?),
            KeyField::Code => Key::Code(text(self.code)?.into_owned()),
        };
        let inner = |object: Option<&'a RawValue>| number(Self::read(object?.get())?.id);
        let own_guild = || match kind {
            Kind::Template => number(self.source_guild_id),
            _ => number(self.guild_id).or_else(|| inner(self.guild)),
        };
        let guild = match kind {
            Kind::Guild | Kind::User => 0,
            _ => guild.or_else(own_guild).unwrap_or(0),
        };
        if kind.is_per_guild() && guild == 0 {
            return None;
        }
        let channel = match kind {
            Kind::Channel | Kind::Thread => number(self.parent_id),
            Kind::Invite => number(self.channel_id).or_else(|| inner(self.channel)),
            _ => number(self.channel_id),
        };
        let [name, display, nick] = self.names(kind, &user).map(|name| name.map(|name| fold(&name)));
        let columns = Columns { key, guild, channel, name, display, nick, hidden: false };
        Some(if self.is_obfuscated(kind) { columns.hide() } else { columns })
    }

    /// The name, the display name and the nickname of an object, if it has them.
    pub fn called(&self, kind: Kind) -> [Option<Cow<'a, str>>; 3] {
        self.names(kind, &self.inner_user())
    }

    fn names(&self, kind: Kind, user: &ObjectFields<'a>) -> [Option<Cow<'a, str>>; 3] {
        let names = match kind {
            Kind::Message | Kind::VoiceState | Kind::Presence => [None; 3],
            Kind::Member => [user.username, user.global_name, self.nick],
            Kind::Ban => [user.username, user.global_name, None],
            Kind::User => [self.username, self.global_name, None],
            _ => [self.name, None, None],
        };
        names.map(|name| text(name).filter(|name| !name.is_empty()))
    }

    fn inner_user(&self) -> ObjectFields<'a> {
        self.user.and_then(|user| Self::read(user.get())).unwrap_or_default()
    }
}

/// Only the id of an object.
#[derive(Deserialize)]
pub struct Id<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

impl Id<'_> {
    pub fn read(json: &str) -> Option<u64> {
        number(serde_json::from_str::<Id<'_>>(json).ok()?.id)
    }
}

/// Parses an id, which is a string in Discord's JSON, or a number.
pub fn number(raw: Option<&RawValue>) -> Option<u64> {
    raw?.get().trim_matches('"').parse().ok()
}

/// Parses a string.
pub fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let json = raw?.get();
    if json.starts_with('"') { serde_json::from_str::<Text<'_>>(json).ok().map(|text| text.0) } else { None }
}

/// Folds the case of a name, for comparisons.
pub fn fold(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() }
}
