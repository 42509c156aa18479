//! Formats an endpoint's responses for people.

use serde_json::Value;
use serde_json::value::RawValue;

use super::field::{self, Meaning};
use super::names::Names;
use super::words::{Place, Words};
use super::{object, order};
use crate::catalogue::{self, Endpoint, Method, Noun};
use crate::model::{Kind, Link, Snowflake};
use crate::output;
use crate::output::text::{self, Atom, Extent, Line};

/// Formats the objects of one row of the catalogue.
pub struct Reader<'a> {
    noun: &'static Noun,
    endpoint: &'static Endpoint,
    words: Words<'a>,
}

impl<'a> Reader<'a> {
    pub fn new(endpoint: &'static Endpoint, words: Words<'a>) -> Self {
        Self { noun: noun_of(endpoint), endpoint, words }
    }

    fn names(&self) -> &Names<'a> {
        &self.words.names
    }

    /// The noun of an object, because a channel can be a thread ("Channel Types").
    fn noun_for(&self, object: &Value) -> &'static Noun {
        match (self.noun.name, object["type"].as_u64()) {
            ("channel", Some(10..=12)) => catalogue::noun("thread").unwrap_or(self.noun),
            _ => self.noun,
        }
    }

    /// The text of one field.
    fn text(&self, object: &Value, path: &str, place: Place) -> String {
        let (value, holder) = find(object, path);
        if path == object::LINK && value.is_null() {
            return self.link(object).unwrap_or_default();
        }
        if path == object::IMAGE && value.is_null() {
            return image(self.noun_for(object), object).unwrap_or_default();
        }
        if path == object::CREATED && value.is_null() {
            return created(object).map(|ms| self.words.moment(ms, place)).unwrap_or_default();
        }
        self.words.read(field::meaning(self.noun_for(object), path), value, holder, place)
    }

    /// The value of one field in `-o text`.
    fn atoms(&self, object: &Value, path: &str) -> Vec<Atom> {
        let (value, holder) = find(object, path);
        // A link contains a code that another person may have chosen.
        let link = |link: String| vec![Atom::Text(link)];
        let time = |ms| vec![Atom::Word(text::utc(ms))];
        match path {
            object::LINK if value.is_null() => self.link(object).map(link).unwrap_or_default(),
            object::IMAGE if value.is_null() => image(self.noun_for(object), object).map(link).unwrap_or_default(),
            object::CREATED if value.is_null() => created(object).map(time).unwrap_or_default(),
            path => self.words.atoms(field::meaning(self.noun_for(object), path), path, value, holder),
        }
    }

    fn link(&self, object: &Value) -> Option<String> {
        let item = RawValue::from_string(object.to_string()).ok()?;
        self.endpoint.link?.url(&item, self.endpoint.id?, None)
    }

    fn label(&self, noun: &'static Noun, path: &str) -> String {
        // The response of a role's member count is an object whose field names are ids.
        if self.noun.name == "role"
            && path.starts_with(|c: char| c.is_ascii_digit())
            && let Some(name) = self.names().role(path)
        {
            return name;
        }
        field::label(noun, path).unwrap_or_else(|| {
            let name = match path.rsplit_once('.') {
                Some((parents, "name" | "username")) => parents.rsplit('.').next().unwrap_or(parents),
                Some((_, "id")) | None => path,
                Some((_, name)) => name,
            };
            name.replace(['.', '_'], " ")
        })
    }
}

impl output::Reader for Reader<'_> {
    fn learn(&self, answer: &RawValue) {
        let Ok(answer) = serde_json::from_str::<Value>(answer.get()) else { return };
        self.names().learn(&answer);
        self.learn_items(&answer);
    }

    fn arrange(&self, items: &mut Vec<&RawValue>) {
        if self.endpoint.list {
            order::arrange(self.noun.name, items);
        }
    }

    fn columns(&self) -> Option<&'static [&'static str]> {
        object::columns(&self.endpoint.words())
    }

    fn head(&self, path: &str) -> Option<String> {
        field::label(self.noun, path)
    }

    fn cells(&self, item: &RawValue, paths: &[String]) -> Vec<String> {
        match serde_json::from_str::<Value>(item.get()).unwrap_or_default() {
            item @ Value::Object(_) => paths.iter().map(|path| self.text(&item, path, Place::Column)).collect(),
            // An item that is not an object goes into the first column.
            item => {
                let text = self.words.read(Meaning::Plain, &item, &Value::Null, Place::Column);
                let others = paths.len().saturating_sub(1);
                std::iter::once(text).chain(std::iter::repeat_n(String::new(), others)).collect()
            }
        }
    }

    fn fields(&self, object: &RawValue, paths: Option<&[String]>) -> Vec<(String, String)> {
        let object: Value = serde_json::from_str(object.get()).unwrap_or_default();
        let noun = self.noun_for(&object);
        let read = |path: &str| (self.label(noun, path), self.text(&object, path, Place::Object));
        if let Some(paths) = paths {
            return paths.iter().map(|path| (path.clone(), read(path).1)).collect();
        }
        let is_known = |path: &str| {
            !matches!(find(&object, path).0, Value::Null)
                || matches!(path, object::CREATED | object::LINK | object::IMAGE)
        };
        let mut fields: Vec<_> = match object::fields(self.noun.name) {
            Some(paths) => paths.iter().filter(|path| is_known(path)).map(|path| read(path)).collect(),
            None => Vec::new(),
        };
        fields.retain(|(_, text)| !text.is_empty());
        // A response that is not one of the noun's objects, such as a count, has none of their fields.
        if fields.is_empty() {
            let names = object.as_object().into_iter().flatten().map(|(name, _)| name);
            fields = names.map(|name| read(name)).collect();
            fields.retain(|(_, text)| !text.is_empty());
        }
        fields
    }

    fn line(&self, item: &RawValue, extent: Extent<'_>) -> Line {
        let object: Value = serde_json::from_str(item.get()).unwrap_or_default();
        if !object.is_object() {
            return text::plain(item, extent);
        }
        let noun = self.noun_for(&object);
        let mut line = Line::default();
        line.word(noun.name);
        let is_message = object["author"].is_object() && object["channel_id"].is_string();
        let paths: Vec<&str> = match extent {
            Extent::Chosen(paths) => paths.iter().map(String::as_str).collect(),
            Extent::Row(_) | Extent::Object if is_message => {
                self.words.message(&object, &mut line);
                return line;
            }
            Extent::Row(columns) => {
                let id = self.endpoint.id;
                let others = columns.iter().map(String::as_str).filter(|column| Some(*column) != id);
                id.into_iter().chain(others).collect()
            }
            Extent::Object => match object::fields(self.noun.name) {
                Some(paths) => paths.to_vec(),
                None => object.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect(),
            },
        };
        paths.iter().for_each(|path| line.field(path, &self.atoms(&object, path)));
        line
    }

    fn sent(&self, object: &RawValue, url: Option<&str>, before: bool) -> Option<String> {
        if self.endpoint.method == Method::Get || self.endpoint.list {
            return None;
        }
        let object: Value = serde_json::from_str(object.get()).ok()?;
        if self.endpoint.method == Method::Post && matches!(self.endpoint.verb, "create" | "start") {
            return self.created(&object, url);
        }
        if let ("member", "timeout" | "untimeout") = (self.noun.name, self.endpoint.verb) {
            return self.timed_out(&object);
        }
        if self.endpoint.link != Some(Link::Message) {
            return None;
        }
        let id = object["id"].as_str()?;
        let done = match self.endpoint.verb {
            "crosspost" => "Published",
            "end" => "Ended",
            _ if self.endpoint.method == Method::Patch => "Edited",
            _ if before => "Already sent with this key:",
            _ => "Sent",
        };
        Some(format!("{done} {id} {}", url.unwrap_or_default()).trim_end().to_owned())
    }
}

impl Reader<'_> {
    /// `ken is timed out until 2026-11-28 14:32 (in 10 min)`.
    fn timed_out(&self, member: &Value) -> Option<String> {
        let name = member["nick"].as_str().or_else(|| member["user"]["username"].as_str())?;
        match member["communication_disabled_until"].as_str() {
            Some(end) => Some(format!("{name} is timed out until {}", self.words.time(end, Place::Object)?)),
            None => Some(format!("{name} is not timed out")),
        }
    }

    /// `Created news 1145… https://discord.com/channels/…`. The code of an invite is part of its link.
    fn created(&self, object: &Value, url: Option<&str>) -> Option<String> {
        let id_field = self.endpoint.id?;
        let id = object[id_field].as_str()?;
        // A new webhook can be used only with its URL.
        let url = url
            .map(str::to_owned)
            .or_else(|| object["url"].as_str().map(str::to_owned))
            .or_else(|| image(self.noun, object));
        let name =
            ["name", "topic"].into_iter().find_map(|field| object[field].as_str()).filter(|name| !name.is_empty());
        let parts = match (id_field, url) {
            ("code", Some(url)) => vec![name.unwrap_or_default().to_owned(), url],
            (_, url) => vec![name.unwrap_or_default().to_owned(), id.to_owned(), url.unwrap_or_default()],
        };
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Some(format!("Created {}", parts.join(" ")))
    }

    /// Learns the names of the items in a list, whose kind follows only from the noun.
    fn learn_items(&self, answer: &Value) {
        let kind = match self.noun.name {
            "channel" | "thread" => Kind::Channel,
            "role" => Kind::Role,
            "guild" => Kind::Guild,
            "emoji" | "app-emoji" => Kind::Emoji,
            _ => return,
        };
        for item in answer.as_array().map_or(std::slice::from_ref(answer), Vec::as_slice) {
            if let (Some(id), Some(name)) = (item["id"].as_str(), item["name"].as_str()) {
                self.names().insert(kind, id, name);
            }
        }
    }
}

/// The link to an object's picture. Source: Discord's reference, "Image Formatting".
fn image(noun: &Noun, object: &Value) -> Option<String> {
    let id = object["id"].as_str()?;
    let extension = |is_animated: bool| if is_animated { "gif" } else { "png" };
    let path = match noun.name {
        "emoji" | "app-emoji" => format!("emojis/{id}.{}", extension(object["animated"] == true)),
        // A Lottie sticker is JSON, and a GIF is on another host ("Sticker Format Types").
        "sticker" if matches!(object["format_type"].as_u64(), Some(1 | 2)) => format!("stickers/{id}.png"),
        "user" => {
            let hash = object["avatar"].as_str().filter(|hash| !hash.contains(':'))?;
            format!("avatars/{id}/{hash}.{}", extension(hash.starts_with("a_")))
        }
        _ => return None,
    };
    Some(format!("https://cdn.discordapp.com/{path}"))
}

/// The value at a dotted path, and the object that contains it.
fn find<'v>(object: &'v Value, path: &str) -> (&'v Value, &'v Value) {
    let mut holder = object;
    let mut value = object;
    for name in path.split('.') {
        holder = value;
        value = &value[name];
    }
    (value, holder)
}

/// When an object was created. Ids that are small numbers contain no time.
fn created(object: &Value) -> Option<i64> {
    const FIRST: u64 = 1 << 40;
    let id: u64 = object["id"].as_str().or_else(|| object["user"]["id"].as_str())?.parse().ok()?;
    (id >= FIRST).then(|| i64::try_from(Snowflake::new(id).timestamp_ms()).ok())?
}

/// The noun of the row.
fn noun_of(endpoint: &'static Endpoint) -> &'static Noun {
    let mut commands = catalogue::commands();
    commands.find(|(_, row)| *row == endpoint).expect("every row is of a noun").0
}
