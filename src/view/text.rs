//! Describes Discord's objects in `-o text`: exact values, with names beside ids.

use serde_json::Value;

use super::field::Meaning;
use super::message::Message;
use super::scope::{self, Scope};
use super::words::{self, Words};
use crate::catalogue::{Choice, Unit, choices};
use crate::model::permission;
use crate::output::text::{Atom, Line, atoms};

impl Words<'_> {
    /// The atoms of a field. None for null and for values without information. `name` is the name of the field, and
    /// `object` contains it.
    pub fn atoms(&self, meaning: Meaning, name: &str, value: &Value, object: &Value) -> Vec<Atom> {
        match (meaning, value) {
            (_, Value::Null) => Vec::new(),
            (_, Value::String(text)) if text.is_empty() => Vec::new(),
            (_, Value::Array(items)) if items.is_empty() => Vec::new(),
            (Meaning::OneOf(choices), value) => choice(choices, name, value),
            (Meaning::Flags(choices), value) => all_words(choices::names_of_bits(choices, permission::bits(value))),
            (Meaning::Permissions, value) if !value.is_array() && !value.is_object() => {
                let bits = permission::bits(value);
                match bits & permission::ADMINISTRATOR {
                    0 if bits == 0 => word("none"),
                    0 => all_words(choices::names_of_bits(choices::PERMISSIONS, bits)),
                    _ => word("administrator"),
                }
            }
            (Meaning::Color, value) => match value.as_u64() {
                // Discord's value for "no colour".
                Some(0) | None => Vec::new(),
                Some(color) => word(format!("#{color:06x}")),
            },
            (Meaning::Id(kind), Value::Array(ids)) if ids.iter().all(Value::is_string) => {
                ids.iter().filter_map(Value::as_str).map(|id| named(id, self.known(kind, id))).collect()
            }
            (Meaning::Id(kind), Value::String(id)) => vec![named(id, self.known(kind, id))],
            (Meaning::Span(unit), value) if value.is_number() => match value.as_u64() {
                Some(0) | None => Vec::new(),
                Some(count) => word(format!("{count}{}", suffix(unit))),
            },
            (Meaning::Constants, Value::Array(items)) => {
                let is_constant = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
                let atom = |name: &str| match name.bytes().all(is_constant) {
                    true => Atom::Word(name.to_lowercase().replace('_', "-")),
                    false => Atom::Text(name.to_owned()),
                };
                items.iter().filter_map(Value::as_str).map(atom).collect()
            }
            (Meaning::Target, Value::String(id)) => {
                vec![named(id, Some(self.target(value, object)).filter(|name| name != id))]
            }
            (Meaning::Overwrites, Value::Array(items)) => {
                items.iter().map(|item| Atom::Text(self.overwrite(item))).collect()
            }
            (Meaning::Grants, Value::Array(items)) => items.iter().map(|item| Atom::Text(self.grant(item))).collect(),
            (Meaning::Count, Value::Array(items)) => word(items.len().to_string()),
            (_, value) => atoms(name, value),
        }
    }

    /// Appends the fields of a message.
    pub fn message(&self, message: &Value, line: &mut Line) {
        let scope = Scope { names: &self.names, guild: None, zone: &self.zone, now_ms: self.now_ms };
        self::message(message, scope, line);
    }
}

/// Appends the fields of a message.
pub fn message(json: &Value, scope: Scope<'_>, line: &mut Line) {
    let at = |path: &str| path.split('.').fold(json, |value, name| &value[name]);
    let list = |name: &str| json[name].as_array().map_or(&[][..], Vec::as_slice);
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(|text| Atom::Text(text.to_owned()));
    let message = Message::new(json, scope);
    for name in ["id", "timestamp"] {
        line.field(name, &present(name, at(name)));
    }
    if let Some(id) = scope::id(&json["channel_id"]) {
        line.field("channel_id", &[named(id, scope.names.channel(id))]);
    }
    line.field("author", &person(&json["author"], message.scope()).into_iter().collect::<Vec<_>>());
    if json["author"]["bot"] == true || json["webhook_id"].is_string() {
        line.field("bot", &word("true"));
    }
    if let Some(event) = message.system() {
        line.field("event", &[Atom::Text(event.plain())]);
    } else {
        line.field("content", &text(&json["content"]).into_iter().collect::<Vec<_>>());
    }
    line.field("edited_timestamp", &present("edited_timestamp", at("edited_timestamp")));
    let replied = at("referenced_message");
    if let (Some(id), 0) =
        (at("message_reference.message_id").as_str(), at("message_reference.type").as_u64().unwrap_or(0))
    {
        let author = person(&replied["author"], message.scope()).map(|author| match author {
            Atom::Named(_, name) => name,
            Atom::Word(text) | Atom::Text(text) => text,
        });
        line.field("reply_to", &[named(id, author)]);
    }
    let forwarded = list("message_snapshots").iter().filter_map(|snapshot| text(&snapshot["message"]["content"]));
    line.field("forwarded", &forwarded.collect::<Vec<_>>());
    let people = list("mentions").iter().filter_map(|user| person(user, message.scope()));
    line.field("mentions", &people.collect::<Vec<_>>());
    let files = list("attachments")
        .iter()
        .filter_map(|file| Some(named(file["id"].as_str()?, Some(file["filename"].as_str()?.to_owned()))));
    line.field("attachments", &files.collect::<Vec<_>>());
    let embeds = message.embeds().map(|embed| embed.plain());
    let embeds = embeds.map(|embed| Atom::Text(embed.strip_prefix("[embed] ").unwrap_or(&embed).to_owned()));
    line.field("embeds", &embeds.collect::<Vec<_>>());
    let stickers = list("sticker_items").iter().filter_map(|sticker| text(&sticker["name"]));
    line.field("stickers", &stickers.collect::<Vec<_>>());
    let answers = at("poll.answers").as_array().map_or(&[][..], Vec::as_slice);
    let poll = text(at("poll.question.text")).into_iter();
    line.field(
        "poll",
        &poll.chain(answers.iter().filter_map(|answer| text(&answer["poll_media"]["text"]))).collect::<Vec<_>>(),
    );
    let components = message.components();
    if !components.is_empty() {
        line.field("components", &[Atom::Text(components.plain())]);
    }
    if let Some(id) = at("thread.id").as_str() {
        line.field("thread", &[named(id, at("thread.name").as_str().map(str::to_owned))]);
    }
    let reactions = list("reactions").iter().filter_map(|reaction| {
        Some(Atom::Named(reaction["count"].as_u64()?.to_string(), super::message::emoji(&reaction["emoji"])?))
    });
    line.field("reactions", &reactions.collect::<Vec<_>>());
}

/// The id of a person, and the name by which people in the server know the person.
pub fn person(user: &Value, scope: Scope<'_>) -> Option<Atom> {
    let id = scope::id(user)?;
    Some(named(id, scope.person(user).map(|name| name.plain()).filter(|name| name != id)))
}

/// An id with its name, if the name is known.
pub fn named(id: &str, name: Option<String>) -> Atom {
    match name {
        _ if !id.bytes().all(|b| b.is_ascii_digit()) => Atom::Text(id.to_owned()),
        Some(name) => Atom::Named(id.to_owned(), name),
        None => Atom::Word(id.to_owned()),
    }
}

/// The atoms of a value, unless it is null.
pub fn present(name: &str, value: &Value) -> Vec<Atom> {
    if value.is_null() { Vec::new() } else { atoms(name, value) }
}

pub fn word(word: impl Into<String>) -> Vec<Atom> {
    vec![Atom::Word(word.into())]
}

fn all_words(words: impl IntoIterator<Item = String>) -> Vec<Atom> {
    words.into_iter().map(Atom::Word).collect()
}

/// The name of a choice, or a value that dcord does not know.
fn choice(choices: &[Choice], name: &str, value: &Value) -> Vec<Atom> {
    match choices.iter().any(|choice| choice.value.is(value)) {
        true => word(words::one_of(choices, value)),
        false => atoms(name, value),
    }
}

/// The unit as in a span on the command line.
fn suffix(unit: Unit) -> char {
    match unit {
        Unit::Seconds => 's',
        Unit::Minutes => 'm',
        Unit::Hours => 'h',
        Unit::Days => 'd',
    }
}
