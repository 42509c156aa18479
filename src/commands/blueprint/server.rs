//! The objects of a server, in the order in which people see them.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::codec;
use super::references::{Domain, Known, References};
use super::section::{CHANNELS, EMOJIS, NAMED, ROLES, SECTIONS};

/// An object as Discord sends it.
pub type Object = Map<String, Value>;

const CATEGORY: i64 = 4;
const VOICE: i64 = 2;
const STAGE: i64 = 13;

/// A server, with the objects of the sections that were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    pub id: String,
    pub guild: Value,
    pub objects: Vec<Vec<Object>>,
}

impl Server {
    /// Sorts the objects: roles from the highest to the lowest, and channels as Discord's app shows them.
    pub fn new(guild: Value, mut objects: Vec<Vec<Object>>) -> Self {
        objects.resize(SECTIONS.len(), Vec::new());
        objects[ROLES].sort_by_key(|role| (Reverse(position(role)), number(id(role))));
        let channels = std::mem::take(&mut objects[CHANNELS]);
        objects[CHANNELS] = sorted_channels(channels);
        Self { id: guild["id"].as_str().unwrap_or_default().to_owned(), guild, objects }
    }

    pub fn find(&self, section: usize, id: &str) -> Option<&Object> {
        self.objects[section].iter().find(|object| self::id(object) == id)
    }

    /// Everything that references can name.
    pub fn references(&self) -> References {
        let mut references = References::default();
        for section in NAMED {
            for object in &self.objects[section] {
                references.add(self.known(section, object));
            }
        }
        references
    }

    /// What references need to know about an object.
    pub fn known(&self, section: usize, object: &Object) -> Known {
        let domain = domain(section, kind(object));
        let parent = object.get("parent_id").and_then(Value::as_str).and_then(|id| self.find(CHANNELS, id));
        let path = parent.map(|parent| format!("{}/{}", name(parent), name(object)));
        Known { domain, id: id(object).to_owned(), name: name(object).to_owned(), path, is_in_file: false }
    }

    /// The objects of the sections in the words of a file. `ids` says whether the file contains the ids.
    pub fn in_words(&self, sections: &[usize], ids: bool) -> Vec<(usize, Vec<Object>)> {
        let mut references = self.references();
        references.omits_ids = !ids;
        let mut written = Vec::new();
        for at in sections {
            let section = &SECTIONS[*at];
            let fields = section.fields();
            let in_words = |object: &Object| {
                let mut tidy = object.clone();
                (section.tidy)(&mut tidy);
                let mut words = Object::new();
                if ids && !section.is_single {
                    words.insert("id".to_owned(), id(object).into());
                }
                for field in &fields {
                    let name = field.spec.param.name;
                    let is_of_everyone =
                        *at == ROLES && id(object) == self.id && name != "name" && name != "permissions";
                    if !is_of_everyone
                        && let Some(value) = tidy.get(name)
                        && let Some(value) = codec::words(&field.spec, value, &references)
                    {
                        words.insert(field.key.to_owned(), value);
                    }
                }
                // A mark is only written if it says something.
                let marks = section.marks.iter().filter(|mark| object.get(**mark) == Some(&Value::Bool(true)));
                words.extend(marks.map(|mark| ((*mark).to_owned(), Value::Bool(true))));
                words
            };
            let objects: Vec<Object> = self.objects[*at].iter().map(in_words).collect();
            // A server that is no community has no such objects.
            if !(section.is_single && objects.iter().all(Object::is_empty)) {
                written.push((*at, objects));
            }
        }
        written
    }

    /// Whether Discord requires a channel, because the server is a community.
    pub fn requires(&self, id: &str) -> bool {
        let is_community = self.guild["features"].as_array().is_some_and(|f| f.iter().any(|f| f == "COMMUNITY"));
        let fields = ["rules_channel_id", "public_updates_channel_id"];
        is_community && fields.iter().any(|field| self.guild[*field] == id)
    }
}

/// The domain of a section's objects, which references can name.
pub const fn domain(section: usize, kind: i64) -> Domain {
    match section {
        ROLES => Domain::Roles,
        EMOJIS => Domain::Emojis,
        _ if is_category(kind) => Domain::Categories,
        _ => Domain::Channels,
    }
}

pub fn id(object: &Object) -> &str {
    object.get("id").and_then(Value::as_str).unwrap_or_default()
}

pub fn name(object: &Object) -> &str {
    object.get("name").and_then(Value::as_str).unwrap_or_default()
}

pub fn position(object: &Object) -> i64 {
    object.get("position").and_then(Value::as_i64).unwrap_or(0)
}

pub fn kind(object: &Object) -> i64 {
    object.get("type").and_then(Value::as_i64).unwrap_or(0)
}

/// An id as a number, so that ids of different lengths are in order.
pub fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}

/// The list in which Discord sorts a channel: categories, channels with text, and below them channels with voice.
pub const fn bucket(kind: i64) -> u8 {
    match kind {
        CATEGORY => 0,
        VOICE | STAGE => 2,
        _ => 1,
    }
}

pub const fn is_category(kind: i64) -> bool {
    kind == CATEGORY
}

fn sorted_channels(channels: Vec<Object>) -> Vec<Object> {
    let place = |channel: &Object| (position(channel), number(id(channel)));
    let parent = |channel: &Object| channel.get("parent_id").and_then(Value::as_str).map(str::to_owned);
    let category = |own: &str| channels.iter().find(|channel| id(channel) == own).map(place);
    // The channels without a category come first, and each category comes before its channels.
    let key = |channel: &Object| match (kind(channel), parent(channel)) {
        (CATEGORY, _) => (Some(place(channel)), 0, (0, 0)),
        (kind, own) => (own.and_then(|own| category(&own)), bucket(kind), place(channel)),
    };
    let mut keyed: Vec<_> = channels.iter().map(|channel| (key(channel), channel.clone())).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, channel)| channel).collect()
}
