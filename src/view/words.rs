//! Formats values as words: times, time spans, sizes, names, choices and permissions.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::field::Meaning;
use super::message::Message;
use super::names::Names;
use super::scope::{self, Scope};
use crate::catalogue::{Choice, Unit, choices};
use crate::model::{Kind, permission, time};

/// The maximum number of items to name. If there are more, only their number is shown.
const MOST: usize = 12;

/// The context for formatting values.
pub struct Words<'a> {
    pub names: Names<'a>,
    pub now_ms: i64,
    pub zone: TimeZone,
    /// Whether the terminal supports 24-bit colours.
    pub swatches: bool,
}

/// Where a value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a column of a table, where times are short.
    Column,
    /// In the description of a single object.
    Object,
}

impl Words<'_> {
    /// Formats a value. Returns an empty string for null and for values without information. `object` contains the
    /// field.
    pub fn read(&self, meaning: Meaning, value: &Value, object: &Value, place: Place) -> String {
        match (meaning, value) {
            (Meaning::Content, Value::String(_)) => {
                let scope = Scope { names: &self.names, guild: None, zone: &self.zone, now_ms: self.now_ms };
                Message::new(object, scope).summary()
            }
            // Some entries have no target, but options.
            (Meaning::Target, value) => self.target(value, object),
            (_, Value::Null) => String::new(),
            (Meaning::OneOf(choices), value) => one_of(choices, value),
            (Meaning::Flags(choices), value) => flags(choices, value),
            (Meaning::Permissions, value) if !value.is_array() && !value.is_object() => match place {
                Place::Column => permissions_in_short(permission::bits(value)),
                Place::Object => permissions(permission::bits(value)),
            },
            (Meaning::Color, value) => self.color(value),
            (Meaning::Id(kind), Value::Array(ids)) if ids.iter().all(Value::is_string) => self.named(kind, ids, place),
            (Meaning::Id(kind), Value::String(id)) => self.name(kind, id),
            (Meaning::Span(unit), value) if value.is_number() => span(unit, value.as_u64().unwrap_or(0)),
            (Meaning::Bytes, value) if value.is_number() => bytes(value.as_u64().unwrap_or(0)),
            (Meaning::BitRate, value) if value.is_number() => format!("{} kbit/s", value.as_u64().unwrap_or(0) / 1000),
            (Meaning::Constants, Value::Array(items)) => {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                items.join(", ").to_lowercase().replace('_', "-")
            }
            (Meaning::Overwrites, Value::Array(items)) => {
                items.iter().map(|item| self.overwrite(item)).collect::<Vec<_>>().join("\n")
            }
            (Meaning::Grants, Value::Array(items)) => {
                items.iter().map(|item| self.grant(item)).collect::<Vec<_>>().join(", ")
            }
            (Meaning::Count, Value::Array(items)) => {
                Some(items.len()).filter(|count| *count > 0).map(|count| count.to_string()).unwrap_or_default()
            }
            (Meaning::Minute, Value::String(text)) if place == Place::Column => {
                time::moment_of(text).map_or_else(|| text.clone(), |ms| time::shown(ms, &self.zone))
            }
            (Meaning::Appointment, value) => self.plain(value, Place::Object),
            (_, value) => self.plain(value, place),
        }
    }

    fn plain(&self, value: &Value, place: Place) -> String {
        match value {
            Value::Null => String::new(),
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => self.time(text, place).unwrap_or_else(|| text.clone()),
            Value::Array(items) => self.list(items),
            Value::Object(fields) => name_in(fields).map_or_else(|| self.object(fields), str::to_owned),
        }
    }

    /// The names of a list's items, or their number if there are many.
    fn list(&self, items: &[Value]) -> String {
        if items.len() > MOST {
            return items.len().to_string();
        }
        let item = |item: &Value| match item {
            Value::Object(fields) => name_in(fields).map_or_else(|| self.object(fields), str::to_owned),
            Value::Array(items) => items.len().to_string(),
            other => self.plain(other, Place::Object),
        };
        items.iter().map(item).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// An object without a name, as a list of its simple fields.
    fn object(&self, fields: &Map<String, Value>) -> String {
        let is_simple = |value: &&Value| !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
        let parts = fields.iter().filter(|(_, value)| is_simple(value)).map(|(name, value)| {
            let text = match value {
                // Replaces ids with names.
                Value::String(id) if name == "channel_id" => self.name(Kind::Channel, id),
                Value::String(id) if name == "user_id" => self.name(Kind::User, id),
                Value::String(id) if name == "role_id" => self.name(Kind::Role, id),
                value => self.plain(value, Place::Column),
            };
            format!("{} {text}", name.strip_suffix("_id").unwrap_or(name).replace('_', " "))
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The name of an object, or its id if the name is unknown.
    fn name(&self, kind: Kind, id: &str) -> String {
        self.known(kind, id).unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn known(&self, kind: Kind, id: &str) -> Option<String> {
        match kind {
            Kind::Channel => self.names.channel(id),
            kind => self.names.get(kind, None, id),
        }
    }

    /// The names of objects. In a column, objects without a known name are only counted.
    fn named(&self, kind: Kind, ids: &[Value], place: Place) -> String {
        let mut names = Vec::new();
        let mut unknown = 0;
        for id in ids.iter().filter_map(Value::as_str) {
            match self.known(kind, id) {
                None if place == Place::Column => unknown += 1,
                name => names.push(name.unwrap_or_else(|| id.to_owned())),
            }
        }
        match (names.is_empty(), unknown) {
            (_, 0) => names.join(", "),
            (true, unknown) => unknown.to_string(),
            (false, unknown) => format!("{} and {unknown} more", names.join(", ")),
        }
    }

    /// `allow Moderators`, `deny general`.
    pub(super) fn grant(&self, grant: &Value) -> String {
        // "Application Command Permission Type".
        let kind = match grant["type"].as_u64() {
            Some(2) => Kind::User,
            Some(3) => Kind::Channel,
            _ => Kind::Role,
        };
        let verb = if grant["permission"] == true { "allow" } else { "deny" };
        format!("{verb} {}", self.name(kind, grant["id"].as_str().unwrap_or_default()))
    }

    /// The target of an audit log entry, and its options: `ada in #general (2 messages)`, `general for @Mods`.
    pub(super) fn target(&self, value: &Value, entry: &Value) -> String {
        let mut shown = self.target_name(value, entry);
        let (action, options) = (entry["action_type"].as_u64().unwrap_or(0), &entry["options"]);
        let mut add = |text: &str| {
            shown += if shown.is_empty() { text.trim_start() } else { text };
        };
        if let Some(role) = options["role_name"].as_str() {
            add(&format!(" for @{}", role.trim_start_matches('@')));
        } else if let (13..=15, Some(id)) = (action, options["id"].as_str()) {
            add(&format!(" for {}", self.names.user(id).unwrap_or_else(|| id.to_owned())));
        }
        if let Some(id) = options["channel_id"].as_str().filter(|id| value != id) {
            add(&format!(" in #{}", self.names.channel(id).unwrap_or_else(|| id.to_owned())));
        }
        let of = match action {
            26 | 27 => "member",
            72 | 73 => "message",
            _ => return shown,
        };
        let count = options["count"].as_str().and_then(|count| count.parse::<u64>().ok());
        if let Some(count) = count {
            add(&format!(" ({count} {of}{})", if count == 1 { "" } else { "s" }));
        }
        shown
    }

    /// The name of the target, whose kind follows from the action. If the object was deleted, its name may be among the
    /// changes.
    fn target_name(&self, value: &Value, entry: &Value) -> String {
        let Some(id) = value.as_str() else { return String::new() };
        // Discord numbers the events in groups, each for one kind of object ("Audit Log Events").
        let known = match entry["action_type"].as_u64().unwrap_or(0) {
            1 => self.names.guild(id),
            10..=15 | 73 | 110..=112 | 192 | 193 | 83..=85 => self.names.channel(id),
            20..=28 | 72 | 74 | 75 | 143..=146 => self.names.user(id),
            30..=32 => self.names.role(id),
            50..=52 => self.names.get(Kind::Webhook, None, id),
            60..=62 => self.names.emoji(id),
            80..=82 => self.names.get(Kind::Integration, None, id),
            100..=102 | 200..=202 => self.names.get(Kind::Event, None, id),
            140..=142 => self.names.get(Kind::AutomodRule, None, id),
            _ => None,
        };
        known
            .or_else(|| {
                let changes = entry["changes"].as_array()?;
                let named = changes.iter().find(|change| matches!(change["key"].as_str(), Some("name" | "code")))?;
                named["new_value"].as_str().or_else(|| named["old_value"].as_str()).map(str::to_owned)
            })
            .unwrap_or_else(|| id.to_owned())
    }

    /// `Moderators: allow send-messages; deny connect`.
    pub(super) fn overwrite(&self, overwrite: &Value) -> String {
        let id = overwrite["id"].as_str().unwrap_or_default();
        let kind = if overwrite["type"] == 1 || overwrite["type"] == "1" { Kind::User } else { Kind::Role };
        let part = |word: &str, name: &str| {
            let bits = permission::bits(&overwrite[name]);
            Some(bits).filter(|bits| *bits > 0).map(|bits| format!("{word} {}", permissions(bits)))
        };
        let parts: Vec<_> = [part("allow", "allow"), part("deny", "deny")].into_iter().flatten().collect();
        let does = if parts.is_empty() { "no change".to_owned() } else { parts.join("; ") };
        format!("{}: {does}", self.name(kind, id))
    }

    fn color(&self, value: &Value) -> String {
        match value.as_u64() {
            // Discord's value for "no colour".
            Some(0) | None => String::new(),
            Some(color) => format!("{}#{color:06x}", if self.swatches { "■ " } else { "" }),
        }
    }

    /// A time in Discord's format, in words. `None` for any other text.
    pub fn time(&self, text: &str, place: Place) -> Option<String> {
        let is_time = text.len() >= "2024-05-01T00:00:00Z".len() && text.as_bytes()[10] == b'T';
        let ms = if is_time { time::moment_of(text)? } else { return None };
        Some(self.moment(ms, place))
    }

    /// A time, in words: `3 h ago`, `in 2 days`, or the date if it is more than a week away. The description of an
    /// object shows both.
    pub fn moment(&self, ms: i64, place: Place) -> String {
        let near = relative(ms.saturating_sub(self.now_ms));
        let minute = || time::shown(ms, &self.zone);
        match (place, near) {
            (Place::Column, Some(near)) => near,
            (Place::Column, None) => minute().split(' ').next().unwrap_or_default().to_owned(),
            (Place::Object, Some(near)) => format!("{} ({near})", minute()),
            (Place::Object, None) => minute(),
        }
    }
}

/// The distance of a time from now, or `None` if it is more than a week.
fn relative(ms: i64) -> Option<String> {
    const WEEK_MS: u64 = 7 * 86_400 * 1000;
    (ms.unsigned_abs() < WEEK_MS).then(|| scope::distance(ms))
}

/// The name of a value as on the command line.
pub(super) fn one_of(choices: &[Choice], value: &Value) -> String {
    match choices.iter().find(|choice| choice.value.is(value)) {
        Some(choice) => {
            let short = choices::short_forms(choice.name).first().filter(|_| choice.name.starts_with("guild-"));
            (*short.unwrap_or(&choice.name)).to_owned()
        }
        None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}

fn flags(choices: &[Choice], value: &Value) -> String {
    choices::names_of_bits(choices, permission::bits(value)).join(", ")
}

/// The names of permissions. For an administrator, only that permission, which includes all others.
fn permissions(bits: u64) -> String {
    match bits {
        0 => "none".to_owned(),
        _ if bits & permission::ADMINISTRATOR != 0 => "administrator".to_owned(),
        _ => choices::names_of_bits(choices::PERMISSIONS, bits).join(", "),
    }
}

/// The permissions for which a server can require two-factor authentication, which are the most important ones.
/// Source: Discord's reference, "Permissions", the note on `*`.
const TRUSTED: u64 =
    1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 13 | 1 << 28 | 1 << 29 | 1 << 30 | 1 << 34 | 1 << 41;

/// The names of the most important permissions, and the number of the others.
fn permissions_in_short(bits: u64) -> String {
    /// The number of permissions to name.
    const NAMED: usize = 3;
    if bits == 0 || bits & permission::ADMINISTRATOR != 0 {
        return permissions(bits);
    }
    let mut names = choices::names_of_bits(choices::PERMISSIONS, bits & TRUSTED);
    names.extend(choices::names_of_bits(choices::PERMISSIONS, bits & !TRUSTED));
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}

/// A time span in its two largest units, or an empty string for zero.
pub fn span(unit: Unit, count: u64) -> String {
    let seconds = count.saturating_mul(unit.seconds());
    let units = [(86_400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (length, one, many) in units {
        let n = left / length;
        left %= length;
        if n > 0 {
            parts.push(format!("{n} {}", if n == 1 { one } else { many }));
        }
    }
    parts.truncate(2);
    parts.join(" ")
}

fn bytes(size: u64) -> String {
    const KIB: u64 = 1024;
    let in_unit = |unit: u64, name: &str| {
        let tenths = size.saturating_mul(10) / unit;
        if tenths < 100 && !tenths.is_multiple_of(10) {
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        } else {
            format!("{} {name}", tenths / 10)
        }
    };
    match size {
        0..KIB => format!("{size} B"),
        _ if size < KIB * KIB => in_unit(KIB, "KiB"),
        _ => in_unit(KIB * KIB, "MiB"),
    }
}

/// The name of an object inside another one.
fn name_in(fields: &Map<String, Value>) -> Option<&str> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let own = ["name", "username", "title", "filename", "text"].into_iter().find_map(text);
    own.or_else(|| fields.get("user").and_then(Value::as_object).and_then(|user| user.get("username")?.as_str()))
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::answers;

    /// Words at a fixed time, with the names in a response.
    pub fn words(answer: &Value) -> Words<'static> {
        let names = Names::none();
        names.learn(answer);
        // 2026-11-28 12:00:00 UTC.
        Words { names, now_ms: 1_795_867_200_000, zone: TimeZone::UTC, swatches: false }
    }

    fn read(meaning: Meaning, value: &Value) -> String {
        words(&Value::Null).read(meaning, value, &Value::Null, Place::Column)
    }

    #[test]
    fn values_are_shown_as_words() {
        for (meaning, value, expected) in [
            (Meaning::OneOf(choices::CHANNEL_TYPES), json!(0), "text"),
            (Meaning::OneOf(choices::CHANNEL_TYPES), json!(11), "public-thread"),
            (Meaning::OneOf(choices::CHANNEL_TYPES), json!(99), "99"),
            (Meaning::OneOf(answers::WEBHOOK_TYPES), json!(1), "incoming"),
            (Meaning::Flags(answers::MESSAGE_FLAGS), json!(36), "suppress-embeds, has-thread"),
            (Meaning::Flags(answers::MESSAGE_FLAGS), json!(0), ""),
            (Meaning::Permissions, json!("3072"), "view-channel, send-messages"),
            (Meaning::Permissions, json!("0"), "none"),
            (Meaning::Permissions, json!("4503599627370495"), "administrator"),
            (Meaning::Color, json!(0x58_65_f2), "#5865f2"),
            (Meaning::Color, json!(0), ""),
            (Meaning::Id(Kind::Role), json!(["7", "8"]), "2"),
            (Meaning::Permissions, json!("274877983744"), "manage-messages, view-channel, send-messages and 2 more"),
            (Meaning::Span(Unit::Seconds), json!(0), ""),
            (Meaning::Span(Unit::Seconds), json!(90), "1 min 30 s"),
            (Meaning::Span(Unit::Minutes), json!(1440), "1 day"),
            (Meaning::Bytes, json!(512), "512 B"),
            (Meaning::Bytes, json!(1536), "1.5 KiB"),
            (Meaning::Bytes, json!(26_214_400), "25 MiB"),
            (Meaning::BitRate, json!(64_000), "64 kbit/s"),
            (Meaning::Constants, json!(["COMMUNITY", "INVITE_SPLASH"]), "community, invite-splash"),
            (Meaning::Plain, json!(true), "yes"),
            (Meaning::Plain, json!(null), ""),
            (Meaning::Plain, json!([{"name": "a"}, {"user": {"username": "b"}}]), "a, b"),
            (Meaning::Plain, json!("2024-05-01T12:34:56.123000+00:00"), "2024-05-01"),
            (Meaning::Plain, json!("not a time, nor 2024-05-01"), "not a time, nor 2024-05-01"),
        ] {
            assert_eq!(read(meaning, &value), expected, "{meaning:?} {value}");
        }
    }

    #[test]
    fn a_time_is_relative_if_it_is_near_and_otherwise_a_date() {
        let words = words(&Value::Null);
        for (seconds, column, object) in [
            (0, "just now", "2026-11-28 12:00 (just now)"),
            (-90, "1 min ago", "2026-11-28 11:58 (1 min ago)"),
            (-3 * 3600, "3 h ago", "2026-11-28 09:00 (3 h ago)"),
            (2 * 86_400 + 5, "in 2 days", "2026-11-30 12:00 (in 2 days)"),
            (-8 * 86_400, "2026-11-20", "2026-11-20 12:00"),
        ] {
            let ms = words.now_ms + seconds * 1000;
            assert_eq!(words.moment(ms, Place::Column), column);
            assert_eq!(words.moment(ms, Place::Object), object);
        }
    }

    #[test]
    fn the_target_of_an_audit_log_entry_has_a_name_even_if_it_was_deleted() {
        let words =
            words(&json!({"users": [{"id": "5", "username": "ada"}], "threads": [{"id": "7", "name": "general"}]}));
        for (entry, expected) in [
            (json!({"action_type": 22, "target_id": "5"}), "ada"),
            (json!({"action_type": 12, "target_id": "6", "changes": [{"key": "name", "old_value": "old"}]}), "old"),
            (json!({"action_type": 12, "target_id": "6"}), "6"),
            (json!({"action_type": 1, "target_id": null}), ""),
            // A bulk deletion, whose target is the channel.
            (json!({"action_type": 73, "target_id": "7"}), "general"),
        ] {
            assert_eq!(words.read(Meaning::Target, &entry["target_id"], &entry, Place::Column), expected);
        }
    }

    #[test]
    fn the_target_of_an_audit_log_entry_has_its_channel_its_role_and_the_number_of_messages() {
        let names = json!({"users": [{"id": "5", "username": "ada"}], "channels": [{"id": "7", "name": "general"}]});
        let words = words(&names);
        for (entry, expected) in [
            (
                json!({"action_type": 72, "target_id": "5", "options": {"channel_id": "7", "count": "2"}}),
                "ada in #general (2 messages)",
            ),
            (json!({"action_type": 73, "target_id": "7", "options": {"count": "1"}}), "general (1 message)"),
            (
                json!({"action_type": 14, "target_id": "7", "options": {"id": "9", "type": "0", "role_name": "Mods"}}),
                "general for @Mods",
            ),
            (json!({"action_type": 15, "target_id": "7", "options": {"id": "5", "type": "1"}}), "general for ada"),
            (
                json!({"action_type": 26, "target_id": null, "options": {"channel_id": "8", "count": "3"}}),
                "in #8 (3 members)",
            ),
        ] {
            assert_eq!(words.read(Meaning::Target, &entry["target_id"], &entry, Place::Column), expected);
        }
    }

    #[test]
    fn an_overwrite_shows_its_target_and_what_it_allows_and_denies() {
        let words = words(&json!({"roles": [{"id": "7", "name": "Mods"}]}));
        let overwrites = json!([
            {"id": "7", "type": 0, "allow": "2048", "deny": "1024"},
            {"id": "8", "type": 1, "allow": "0", "deny": "0"},
        ]);
        let shown = words.read(Meaning::Overwrites, &overwrites, &Value::Null, Place::Object);
        assert_eq!(shown, "Mods: allow send-messages; deny view-channel\n8: no change");
    }
}
