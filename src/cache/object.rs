//! Splits and merges the JSON of Discord's objects and removes secrets, without parsing the values.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize as _;
use serde_json::value::RawValue;

use super::change::{Change, Update};
use super::row::number;
use super::{Error, Kind};

/// The members of an object, in order and not parsed.
#[derive(Debug)]
pub struct Members<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

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

    /// Removes a member and returns it.
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

/// Merges two objects. The members of the newer one replace those of the older one.
pub fn merge(old: &str, new: &str) -> Result<String, Error> {
    let mut members = Members::read(old)?;
    for (name, value) in Members::read(new)?.0 {
        match members.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, known)) => *known = value,
            None => members.0.push((name, value)),
        }
    }
    Ok(members.write())
}

/// The members that Discord does not redact in a channel that the bot cannot view.
pub fn unredacted(json: &str) -> Result<String, Error> {
    const UNREDACTED: [&str; 5] = ["id", "guild_id", "type", "position", "parent_id"];
    let mut members = Members::read(json)?;
    members.0.retain(|(name, _)| UNREDACTED.contains(&name.as_ref()));
    Ok(members.write())
}

/// The members of a message that Discord empties for sessions without the MESSAGE_CONTENT intent.
const WITHHELD: [&str; 7] =
    ["content", "embeds", "attachments", "components", "sticker_items", "poll", "message_snapshots"];

/// Removes the members that Discord has emptied because the session lacks the MESSAGE_CONTENT intent. Returns `None` if Discord
/// has not emptied the message. A message counts as emptied if it is an ordinary message or a reply and all of these members are
/// empty, because users cannot send such a message.
pub fn without_withheld(json: &str) -> Result<Option<String>, Error> {
    static EMPTY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"content\":\"\""));
    if EMPTY.find(json.as_bytes()).is_none() {
        return Ok(None);
    }
    let mut members = Members::read(json)?;
    let is_ordinary = members.get("type").is_some_and(|kind| matches!(kind.get(), "0" | "19" | "20" | "23"));
    let is_empty = |name: &&str| members.get(name).is_none_or(|value| matches!(value.get(), "\"\"" | "[]" | "null"));
    if !is_ordinary || !WITHHELD.iter().all(is_empty) {
        return Ok(None);
    }
    members.0.retain(|(name, _)| !WITHHELD.contains(&name.as_ref()));
    Ok(Some(members.write()))
}

/// Removes tokens, and URLs that contain one.
pub fn without_secrets(kind: Kind, json: &str) -> Result<Cow<'_, str>, Error> {
    static TOKEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"token\""));
    if kind != Kind::Webhook && TOKEN.find(json.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(json));
    }
    let mut members = Members::read(json)?;
    let before = members.0.len();
    members.0.retain(|(name, _)| name != "token" && !(kind == Kind::Webhook && name == "url"));
    Ok(if members.0.len() == before { Cow::Borrowed(json) } else { Cow::Owned(members.write()) })
}

/// The elements of an array. Returns an empty list for any other value.
pub fn elements(list: Option<&RawValue>) -> Vec<&RawValue> {
    list.and_then(|list| Vec::<&RawValue>::deserialize(list).ok()).unwrap_or_default()
}

/// Splits a guild into the guild itself and the objects in its lists, which have their own rows, because roles and channels
/// change without an event about the guild.
pub fn guild<'a>(json: &'a str, changes: &mut Vec<Change<'a>>) -> Result<(), Error> {
    /// The member, the kind of its elements, and whether the list is always complete.
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
    let Some(id) = number(members.get("id")) else { return Ok(()) };
    let count: Option<usize> = members.get("member_count").and_then(|count| count.get().parse().ok());
    let mut lists = Vec::new();
    for (name, kind, all) in LISTS {
        let Some(list) = members.take(name) else { continue };
        let list = elements(Some(list));
        let all = all || kind == Kind::Thread || count.is_some_and(|count| list.len() >= count);
        lists.push((kind, list, all));
    }
    let presences = elements(members.take("presences"));
    changes.push(Change::Put { kind: Kind::Guild, guild: None, json: members.write().into(), update: Update::Merge });
    for (kind, list, all) in lists {
        changes.extend(list.into_iter().map(|item| Change::Put {
            kind,
            guild: Some(id),
            json: if matches!(kind, Kind::Channel | Kind::Thread) { in_guild(item, id) } else { item.get().into() },
            update: if kind == Kind::Member { Update::Merge } else { Update::Replace },
        }));
        if all {
            changes.push(Change::Listed { kind, parent: id, only: kind != Kind::Thread });
        }
    }
    changes.extend(presences.into_iter().map(|item| Change::put(Kind::Presence, Some(id), item, Update::Merge)));
    Ok(())
}

/// Adds the guild's id to a channel. Channels in a guild's list lack it.
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
    fn merging_replaces_the_members_of_the_newer_object_and_keeps_the_others() {
        let merged = merge(r#"{"id":"1","a":1.50,"b":{"x":1}}"#, r#"{"b":null,"c":"\u0041","id":"1"}"#).unwrap();
        assert_eq!(merged, r#"{"id":"1","a":1.50,"b":null,"c":"\u0041"}"#);
    }

    #[test]
    fn tokens_are_removed() {
        let webhook = r#"{"id":"1","token":"secret","url":"https://x/secret","name":"a"}"#;
        assert_eq!(without_secrets(Kind::Webhook, webhook).unwrap(), r#"{"id":"1","name":"a"}"#);
        let other = r#"{"id":"1","url":"https://x","token":"secret"}"#;
        assert_eq!(without_secrets(Kind::Event, other).unwrap(), r#"{"id":"1","url":"https://x"}"#);
    }

    #[test]
    fn a_channel_in_a_list_gets_the_id_of_its_guild() {
        let raw: &RawValue = serde_json::from_str(r#"{ "id":"5"}"#).unwrap();
        assert_eq!(in_guild(raw, 7), r#"{"guild_id":"7", "id":"5"}"#);
        let raw: &RawValue = serde_json::from_str(r#"{"guild_id":"8"}"#).unwrap();
        assert_eq!(in_guild(raw, 7), r#"{"guild_id":"8"}"#);
    }
}
