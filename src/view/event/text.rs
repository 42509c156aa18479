//! Describes events in `-o text`: the name of the event, and its fields that the sentence for people contains.

use serde_json::Value;
use serde_json::value::RawValue;

use super::{Envelope, Events, LONGEST, at, choice, command, holds, target};
use crate::model::Kind;
use crate::output::text::{Atom, Line, utc};
use crate::view::gists::GISTS;
use crate::view::message;
use crate::view::scope::{self, Scope};
use crate::view::text::{self, named, person, present, word};

/// The fields that each line begins with, if the event has them.
const IDS: [(&str, Kind); 2] = [("guild_id", Kind::Guild), ("channel_id", Kind::Channel)];

impl Events {
    /// Appends the line of an event for `-o text`.
    pub fn text(&mut self, json: &[u8], now_ms: i64, to: &mut String) {
        let mut line = Line::default();
        line.word(&utc(now_ms));
        match serde_json::from_slice::<Envelope<'_>>(json) {
            Ok(event) => self.describe(&event, now_ms, &mut line),
            Err(_) => line.field("line", &[Atom::Text(String::from_utf8_lossy(json).into_owned())]),
        }
        to.push_str(&line.finish());
    }

    fn describe(&mut self, event: &Envelope<'_>, now_ms: i64, line: &mut Line) {
        let name = event.t.as_deref().unwrap_or("none");
        let raw = event.d.map_or("null", RawValue::get);
        let data: Option<Value> = if raw.len() <= LONGEST { serde_json::from_str(raw).ok() } else { None };
        let data = data.unwrap_or_default();
        if data.is_object() {
            self.learn(name, &data);
        }
        line.word(name);
        if event.shard.1 > 1 {
            line.field("shard", &word(event.shard.0.to_string()));
        }
        let scope = self.scope(name, &data, now_ms);
        let Some((_, condition, sentence)) =
            GISTS.iter().find(|(known, condition, _)| *known == name && data.is_object() && holds(condition, &data))
        else {
            return line.field("data", &[Atom::Text(raw.to_owned())]);
        };
        let mut fields: Vec<(&str, Vec<Atom>)> = Vec::new();
        for (field, kind) in IDS {
            let found = data[field].as_str().map(|id| named(id, known(&scope, kind, id)));
            fields.extend(found.map(|found| (field, vec![found])));
        }
        if !sentence.contains("{message}")
            && let Some(id) = data["id"].as_str()
        {
            let own = data["name"].as_str().or_else(|| data["username"].as_str()).map(str::to_owned);
            fields.push(("id", vec![named(id, own)]));
        }
        match condition.strip_prefix('!') {
            Some(path) => fields.push((path, word("null"))),
            None => {
                let path = condition.split('=').next().unwrap_or_default();
                fields.extend(at(&data, path).filter(|_| !path.is_empty()).map(|value| (path, present(path, value))));
            }
        }
        for placeholder in placeholders(sentence) {
            if placeholder == "message" {
                // The fields of a message include the others.
                fields.iter().filter(|(name, _)| *name == "guild_id").for_each(|(name, atoms)| line.field(name, atoms));
                return text::message(&data, scope, line);
            }
            fields.extend(value(placeholder, &data, &scope));
        }
        for at in 0..fields.len() {
            let (name, atoms) = &fields[at];
            if !fields[..at].iter().any(|(before, _)| before == name) {
                line.field(name, atoms);
            }
        }
    }
}

fn known(scope: &Scope<'_>, kind: Kind, id: &str) -> Option<String> {
    if kind == Kind::Channel { scope.names.channel(id) } else { scope.names.get(kind, None, id) }
}

/// The placeholders of a sentence, without the braces.
fn placeholders(sentence: &'static str) -> impl Iterator<Item = &'static str> {
    sentence.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

/// The field that a placeholder of a sentence describes.
fn value(placeholder: &'static str, data: &Value, scope: &Scope<'_>) -> Option<(&'static str, Vec<Atom>)> {
    let (kind, rest) = placeholder.split_once(' ').unwrap_or((placeholder, ""));
    let paths = rest.split(' ').next().unwrap_or_default();
    let (path, value) = paths.split('|').find_map(|path| Some((path, at(data, path)?)))?;
    let one = |atom: Atom| Some(vec![atom]);
    let with_name = |kind: Kind| {
        let id = scope::id(value)?;
        let own = value["name"].as_str().map(str::to_owned);
        one(named(id, own.or_else(|| known(scope, kind, id))))
    };
    let atoms = match kind {
        "user" => one(person(value, *scope)?),
        "channel" => with_name(Kind::Channel),
        "role" => with_name(Kind::Role),
        "emoji" => one(Atom::Text(message::emoji(value)?)),
        "command" => one(Atom::Text(command(value, scope)?.plain())),
        "count" => {
            let count = value.as_array().map(|list| list.len() as u64).or_else(|| value.as_u64())?;
            Some(word(count.to_string()))
        }
        "audit" => Some(word(choice("list_guild_audit_log_entries", "action_type", value)?)),
        "time" | "until" => Some(word(utc(scope::milliseconds(value)?))),
        "created" => return Some(("account_created", word(utc(scope::created_ms(scope::id(value)?)?)))),
        "target" => {
            let id = value["target_id"].as_str()?;
            let name = target(value, scope)?.plain();
            return Some(("target_id", vec![named(id, Some(name).filter(|name| name != id))]));
        }
        _ => Some(present(path, value)),
    };
    // An event without a path is about its own object.
    let name = match path {
        "" if kind == "user" => "user",
        "" => "id",
        // Some events contain the user, and others only the id.
        path if kind == "user" => path.strip_prefix("member.").or_else(|| path.strip_suffix("_id")).unwrap_or(path),
        path => path,
    };
    Some((name, atoms?))
}
