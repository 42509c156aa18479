//! The context in which texts are shown: names for ids, the current time, and the reader's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Names;
use super::styled::{Styled, Tone};
use crate::model::{Snowflake, time};

/// The context of a text.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub names: &'a Names<'a>,
    /// The server that the text is in.
    pub guild: Option<u64>,
    pub zone: &'a TimeZone,
    /// Milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// The maximum width of a name. Discord's names are shorter.
const LONGEST_NAME: usize = 100;

impl Scope<'_> {
    /// The same context in another server.
    pub fn within(self, guild: Option<u64>) -> Self {
        Self { guild, ..self }
    }

    /// The name of a person: the nickname, the display name, or the user name. If the object contains only an id,
    /// this is the known name or the id.
    pub fn person(&self, user: &Value) -> Option<Styled> {
        let id = id(user)?;
        let text = |field: &str| user.get(field).and_then(Value::as_str).filter(|name| !name.trim().is_empty());
        let nickname = text("nick").map(str::to_owned);
        let known = || self.guild.and_then(|guild| self.names.member(Some(guild), id));
        let own = || text("global_name").or_else(|| text("username")).map(str::to_owned);
        let name = match nickname.or_else(own) {
            // A user object lacks the nickname, which the members of a server know.
            Some(own) => known().filter(|known| Some(known.as_str()) != text("username")).unwrap_or(own),
            None => known().or_else(|| self.names.user(id)).unwrap_or_else(|| id.to_owned()),
        };
        Some(Styled::new(Tone::person(id), &name).cut(LONGEST_NAME))
    }

    /// `#general`, or `#` and the id.
    pub fn channel(&self, channel: &Value) -> Option<Styled> {
        let id = id(channel)?;
        let own = channel.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = own.or_else(|| self.names.channel(id)).unwrap_or_else(|| id.to_owned());
        Some(Styled::new(Tone::Mention, &format!("#{name}")).cut(LONGEST_NAME))
    }

    /// `@Mods`, or `@` and the id.
    pub fn role(&self, role: &Value) -> Option<Styled> {
        let id = id(role)?;
        let own = role.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = own.or_else(|| self.names.role(id)).unwrap_or_else(|| id.to_owned());
        // The name of the role @everyone begins with `@`.
        Some(Styled::new(Tone::Mention, &format!("@{}", name.trim_start_matches('@'))).cut(LONGEST_NAME))
    }

    /// The time of day, such as `12:03`, with the date unless it is today.
    pub fn moment(&self, ms: i64) -> String {
        let (shown, now) = (time::shown(ms, self.zone), time::shown(self.now_ms, self.zone));
        match (shown.split_once(' '), now.split_once(' ')) {
            (Some((date, clock)), Some((today, _))) if date == today => clock.to_owned(),
            _ => shown,
        }
    }

    /// The distance of a time from now: `3 h ago`, `in 5 min`.
    pub fn relative(&self, ms: i64) -> String {
        distance(ms.saturating_sub(self.now_ms))
    }

    /// Formats a time in the reader's time zone.
    pub fn format(&self, ms: i64, format: &str) -> String {
        let Ok(time) = Timestamp::from_millisecond(ms) else { return "?".to_owned() };
        jiff::fmt::strtime::format(format, &time.to_zoned(self.zone.clone())).unwrap_or_else(|_| time.to_string())
    }
}

/// The distance from now in words. `ms` is positive for a time in the future.
pub fn distance(ms: i64) -> String {
    let seconds = ms.unsigned_abs() / 1000;
    let distance = match seconds {
        0..10 => return "just now".to_owned(),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    };
    if ms < 0 { format!("{distance} ago") } else { format!("in {distance}") }
}

/// The id of an object. The value may also be the id itself.
pub fn id(object: &Value) -> Option<&str> {
    object.as_str().or_else(|| object.get("id")?.as_str()).filter(|id| !id.is_empty())
}

/// Converts a time in Discord's format to milliseconds since the Unix epoch.
pub fn milliseconds(text: &Value) -> Option<i64> {
    let time: Timestamp = text.as_str()?.parse().ok()?;
    Some(time.as_millisecond())
}

/// When the object with this id was created.
pub fn created_ms(id: &str) -> Option<i64> {
    let id: Snowflake = id.parse().ok()?;
    i64::try_from(id.timestamp_ms()).ok()
}

/// The server id in an object.
pub fn guild(object: &Value) -> Option<u64> {
    object.get("guild_id")?.as_str()?.parse().ok()
}

/// `1 member`, `5 members`.
pub fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
