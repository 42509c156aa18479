//! Converts values between Discord's JSON and the words of a file: permissions and choices by name, colours as `#rrggbb`,
//! and references by the name of the object.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::references::{Domain, References};
use super::section::Spec;
use crate::call::bind::value::Reader;
use crate::catalogue::{Choice, Param, ParamKind, Scalar, Shape, choices};
use crate::model::{closest, permission, time};

/// The key for the fields of an object that this version of dcord does not know. They are kept as Discord sends them.
pub const EXTRA: &str = "extra";

/// The permission overwrites of a channel, which name a role or a member.
const OVERWRITES: &str = "permission_overwrites";

/// What is wrong with a value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the value: `overwrites[0].role`.
    pub path: String,
    pub message: String,
}

/// Discord's value in words. `None` if the file does not have it.
pub fn words(spec: &Spec, value: &Value, references: &References) -> Option<Value> {
    let param = spec.param;
    match (param.kind, value) {
        (ParamKind::Image(_) | ParamKind::File, _) => None,
        (ParamKind::Json | ParamKind::Enum(_) | ParamKind::Boolean, Value::Null) => None,
        // TOML has no null. An empty text stands for it.
        (_, Value::Null) => param.nullable.then(|| Value::from("")),
        (_, Value::Array(items)) if param.name == OVERWRITES => {
            let mut items: Vec<&Value> = items.iter().collect();
            // Discord does not promise an order, and a file in git should not change without a reason.
            items.sort_by_key(|item| (item["type"] == 1, references.place(item["id"].as_str().unwrap_or_default())));
            Some(items.into_iter().map(|item| overwrite_in_words(item, references)).collect())
        }
        (_, Value::Array(items)) if spec.is_list => {
            Some(items.iter().map(|item| element_in_words(spec, item, references)).collect())
        }
        (_, value) => Some(element_in_words(spec, value, references)),
    }
}

fn element_in_words(spec: &Spec, value: &Value, references: &References) -> Value {
    match (spec.param.kind, value) {
        (ParamKind::Json, Value::Object(fields)) => match spec.shape {
            Some(shape) => object_in_words(shape, fields, references),
            None => value.clone(),
        },
        (ParamKind::Enum(choices), value) => match choices.iter().find(|choice| choice.value.is(value)) {
            Some(choice) => Value::from(short(choice)),
            None => value.clone(),
        },
        (ParamKind::Flags(choices), value) => names(choices, value.as_u64().unwrap_or(0), Value::from),
        (ParamKind::Permissions, value) => {
            // More bits than a number in TOML has.
            names(choices::PERMISSIONS, permission::bits(value), |rest| rest.to_string().into())
        }
        (ParamKind::Color, value) => match value.as_u64() {
            Some(rgb) => format!("#{rgb:06x}").into(),
            None => value.clone(),
        },
        (ParamKind::Snowflake(_), Value::String(id)) => match Domain::of(spec.param) {
            Some(domain) => references.text(domain, id).into(),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

/// The name of a choice. Those of channel types have a prefix that says nothing.
fn short(choice: &Choice) -> &'static str {
    let short = choices::short_forms(choice.name).first().filter(|_| choice.name.starts_with("guild-"));
    short.copied().unwrap_or(choice.name)
}

/// The names of bits, and at the end a number with all bits that have no name.
fn names(choices: &[Choice], bits: u64, number: impl Fn(u64) -> Value) -> Value {
    let bit = |choice: &Choice| match choice.value {
        Scalar::Int(bit) => bit.cast_unsigned(),
        Scalar::Str(_) => 0,
    };
    let set: Vec<&Choice> = choices.iter().filter(|choice| bits & bit(choice) != 0).collect();
    let rest = set.iter().fold(bits, |rest, choice| rest & !bit(choice));
    set.iter().map(|choice| Value::from(choice.name)).chain((rest != 0).then(|| number(rest))).collect()
}

fn object_in_words(shape: &'static Shape, fields: &Map<String, Value>, references: &References) -> Value {
    let known = fields_of(shape, fields.get("type"));
    let mut found = Map::new();
    let mut extra = Map::new();
    let is_written = |name: &str| name != "id" || !references.omits_ids;
    for (name, value) in fields.iter().filter(|(name, value)| !value.is_null() && is_written(name)) {
        match known.iter().find(|param| param.name == name).or(shape.values) {
            Some(param) => {
                found.extend(words(&Spec::inner(param), value, references).map(|words| (name.clone(), words)));
            }
            None => drop(extra.insert(name.clone(), value.clone())),
        }
    }
    // The order of the shape is the order in which people describe the object.
    let mut object: Map<String, Value> = known.iter().filter_map(|param| found.remove_entry(param.name)).collect();
    object.extend(found);
    if !extra.is_empty() {
        object.insert(EXTRA.to_owned(), extra.into());
    }
    object.into()
}

/// The fields of the objects of a shape that have this type.
fn fields_of(shape: &'static Shape, kind: Option<&Value>) -> &'static [Param] {
    let variants = shape.by.unwrap_or_default();
    let variant = variants.iter().find(|variant| kind.and_then(Value::as_i64) == Some(variant.value));
    variant.map_or(shape.fields, |variant| variant.fields)
}

fn overwrite_in_words(overwrite: &Value, references: &References) -> Value {
    let id = overwrite["id"].as_str().unwrap_or_default();
    let mut words = match permission::bits(&overwrite["type"]) {
        0 => json!({"role": references.text(Domain::Roles, id)}),
        _ => json!({"member": id}),
    };
    for name in ["allow", "deny"] {
        let bits = permission::bits(&overwrite[name]);
        if bits != 0 {
            words[name] = names(choices::PERMISSIONS, bits, |rest| rest.to_string().into());
        }
    }
    words
}

/// Converts the words of a file to Discord's JSON, and collects what is wrong with them.
pub struct Decoder<'a> {
    pub reader: Reader<'a>,
    pub references: &'a References,
    /// The folder of the file, which the paths in it start from.
    pub folder: &'a Path,
    pub faults: Vec<Fault>,
}

impl Decoder<'_> {
    fn fault(&mut self, path: &str, message: impl Into<String>) -> Value {
        self.faults.push(Fault { path: path.to_owned(), message: message.into() });
        Value::Null
    }

    /// Discord's value for words of the file. After a fault, null.
    pub fn value(&mut self, spec: &Spec, words: &Value, path: &str) -> Value {
        let param = spec.param;
        // TOML has no null, so an empty text stands for it.
        if words.is_null() || words == "" && param.nullable && !spec.is_list {
            return Value::Null;
        }
        let is_bits = matches!(param.kind, ParamKind::Flags(_) | ParamKind::Permissions);
        match words {
            Value::Array(items) if spec.is_list => {
                let element = |(i, item): (usize, &Value)| {
                    let path = format!("{path}[{i}]");
                    match param.name {
                        OVERWRITES => self.overwrite(item, &path),
                        _ => self.element(spec, item, &path),
                    }
                };
                items.iter().enumerate().map(element).collect()
            }
            _ if spec.is_list => self.fault(path, "must be a list, in square brackets"),
            Value::Array(items) if is_bits => {
                let texts: Vec<String> = items.iter().map(text).collect();
                // A name with a comma would be read as two.
                self.text(param, &texts.join(","), path)
            }
            _ => self.element(spec, words, path),
        }
    }

    fn element(&mut self, spec: &Spec, words: &Value, path: &str) -> Value {
        let param = spec.param;
        match (param.kind, words) {
            (ParamKind::Json, Value::Object(fields)) => match spec.shape {
                Some(shape) => self.object(shape, fields, path),
                None => words.clone(),
            },
            (ParamKind::Json, _) if spec.shape.is_some() => {
                self.fault(path, "must be a table, such as { name = \"…\" }")
            }
            (ParamKind::Json, _) => words.clone(),
            (ParamKind::Boolean, Value::Bool(_)) => words.clone(),
            (ParamKind::Boolean, _) => self.fault(path, "must be true or false"),
            (ParamKind::Integer | ParamKind::Number, Value::Number(_)) => words.clone(),
            (ParamKind::Snowflake(_), Value::String(name)) if let Some(domain) = Domain::of(param) => {
                match self.references.id(domain, name) {
                    Ok(id) => Value::from(id),
                    Err(message) => self.fault(path, message),
                }
            }
            (ParamKind::Image(_) | ParamKind::File, Value::String(file)) => {
                let is_inline = file.starts_with("data:");
                let file = if is_inline { file.clone() } else { self.folder.join(file).display().to_string() };
                self.text(param, &file, path)
            }
            // The value of a choice is a text or a number.
            (ParamKind::String, Value::Number(_)) if param.name == "value" => words.clone(),
            (ParamKind::String | ParamKind::Text | ParamKind::Url(_), Value::String(_)) => words.clone(),
            (ParamKind::String | ParamKind::Text | ParamKind::Url(_), _) => {
                self.fault(path, "must be a text in quotes")
            }
            (_, Value::String(_) | Value::Number(_)) => self.text(param, &text(words), path),
            _ => self.fault(path, "must be a text or a number"),
        }
    }

    /// Reads a text as the command line reads the value of a flag.
    fn text(&mut self, param: &Param, text: &str, path: &str) -> Value {
        match self.reader.read(param, "", text) {
            Ok(value) => value,
            Err(error) => {
                let message = error.to_string();
                self.fault(path, message.strip_prefix(": ").unwrap_or(&message))
            }
        }
    }

    fn object(&mut self, shape: &'static Shape, words: &Map<String, Value>, path: &str) -> Value {
        let mut object = Map::new();
        // The type comes first, because it decides which fields there are.
        let kinds = shape.by.unwrap_or_default();
        let mut known = shape.fields;
        if !kinds.is_empty() {
            let kind = words.get("type").map(text).unwrap_or_default();
            match kinds.iter().find(|variant| variant.name == kind || variant.value.to_string() == kind) {
                Some(variant) => {
                    object.insert("type".to_owned(), variant.value.into());
                    known = variant.fields;
                }
                None => return self.fault(path, format!("no type is named {kind:?}")),
            }
        }
        for (name, value) in words {
            let path = format!("{path}.{name}");
            match known.iter().find(|param| param.name == name).or(shape.values) {
                Some(param) => {
                    let value = self.value(&Spec::inner(param), value, &path);
                    object.insert(name.clone(), value);
                }
                None if name == EXTRA => object.extend(value.as_object().cloned().unwrap_or_default()),
                None if !kinds.is_empty() && name == "type" => {}
                None => {
                    self.unknown_key(name, known.iter().map(|param| param.name), &path);
                }
            }
        }
        object.into()
    }

    fn unknown_key(&mut self, name: &str, known: impl Iterator<Item = &'static str>, path: &str) {
        let message = unknown_key(name, known);
        self.fault(path, message);
    }

    fn overwrite(&mut self, words: &Value, path: &str) -> Value {
        const KEYS: [&str; 4] = ["role", "member", "allow", "deny"];
        let Some(fields) = words.as_object() else {
            return self.fault(path, r#"must be a table, such as { role = "@everyone", deny = ["send-messages"] }"#);
        };
        for name in fields.keys().filter(|name| !KEYS.contains(&name.as_str())) {
            self.unknown_key(name, KEYS.into_iter(), &format!("{path}.{name}"));
        }
        let (id, kind) = match (&words["role"], &words["member"]) {
            (Value::String(role), Value::Null) => match self.references.id(Domain::Roles, role) {
                Ok(id) => (Value::from(id), 0),
                Err(message) => (self.fault(&format!("{path}.role"), message), 0),
            },
            (Value::Null, Value::String(member)) if member.parse::<u64>().is_ok() => (Value::from(member.as_str()), 1),
            (Value::Null, Value::String(member)) => {
                (self.fault(&format!("{path}.member"), format!("{member:?} is not the id of a user")), 1)
            }
            _ => (self.fault(path, "needs either role, with the name of a role, or member, with the id of a user"), 0),
        };
        let mut overwrite = json!({"id": id, "type": kind});
        for name in ["allow", "deny"] {
            let texts: Vec<String> = match &words[name] {
                Value::Null => Vec::new(),
                Value::Array(items) => items.iter().map(text).collect(),
                one => vec![text(one)],
            };
            let path = format!("{path}.{name}");
            overwrite[name] = self.text(&PERMISSIONS, &texts.join(","), &path);
        }
        let both = permission::bits(&overwrite["allow"]) & permission::bits(&overwrite["deny"]);
        if both != 0 {
            let both = choices::names_of_bits(choices::PERMISSIONS, both).join(", ");
            return self.fault(path, format!("both allows and denies {both}"));
        }
        overwrite
    }
}

static PERMISSIONS: Param = crate::catalogue::builder::field("permissions", ParamKind::Permissions, "");

/// The message about a key that the file cannot have.
pub fn unknown_key(name: &str, known: impl Iterator<Item = &'static str>) -> String {
    let known: Vec<&str> = known.collect();
    match closest(name, known.iter().copied()) {
        Some(near) => format!("there is no key {name:?}; did you mean {near:?}?"),
        None => format!("there is no key {name:?}; the keys are {}", known.join(", ")),
    }
}

fn text(words: &Value) -> String {
    words.as_str().map_or_else(|| words.to_string(), str::to_owned)
}

/// Discord's value in a form in which equal values are equal: without what is empty, and with the elements of sets in order.
pub fn canonical(spec: &Spec, value: &Value) -> Value {
    let param = spec.param;
    match value {
        Value::Array(items) if spec.is_list => {
            let element = |item: &Value| match param.name {
                OVERWRITES => canonical_overwrite(item),
                _ => canonical_element(spec, item),
            };
            let mut items: Vec<Value> = items.iter().map(element).collect();
            if param.unique || param.name == OVERWRITES {
                items.sort_by_key(Value::to_string);
            }
            if items.is_empty() { Value::Null } else { items.into() }
        }
        value => canonical_element(spec, value),
    }
}

/// Gives the objects in a list the ids of the server's objects with the same name, so that Discord keeps them.
pub fn fill_ids(spec: &Spec, wanted: &mut Value, own: &Value) {
    let Some(shape) = spec.shape.filter(|_| spec.is_list && spec.param.name != OVERWRITES) else { return };
    let Some(id) = shape.fields.iter().find(|param| param.name == "id") else { return };
    let name = |object: &Value| ["name", "title"].iter().find_map(|key| object[*key].as_str().map(str::to_owned));
    let own = own.as_array().map_or(&[][..], Vec::as_slice);
    let mut taken: Vec<Value> = Vec::new();
    for (at, object) in wanted.as_array_mut().into_iter().flatten().enumerate() {
        let is_free = |known: &&Value| !taken.contains(&known["id"]);
        let known = own.iter().find(|known| known["id"] == object["id"]);
        let known = known.or_else(|| own.iter().filter(is_free).find(|known| name(known) == name(object)));
        match (known, object.as_object_mut()) {
            (Some(known), Some(fields)) => drop(fields.insert("id".to_owned(), known["id"].clone())),
            // A new object of this kind has any other id.
            (None, Some(fields)) if id.needed => drop(fields.insert("id".to_owned(), (at + 1).to_string().into())),
            (None, Some(fields)) => drop(fields.remove("id")),
            (_, None) => continue,
        }
        taken.push(object["id"].clone());
        for param in shape.fields.iter().filter(|param| param.shape.is_some()) {
            if let Some(inner) = object.get_mut(param.name) {
                fill_ids(&Spec::inner(param), inner, known.map_or(&Value::Null, |known| &known[param.name]));
            }
        }
    }
}

fn canonical_overwrite(overwrite: &Value) -> Value {
    let [kind, allow, deny] = ["type", "allow", "deny"].map(|name| permission::bits(&overwrite[name]));
    json!({"id": overwrite["id"], "type": kind, "allow": allow, "deny": deny})
}

fn canonical_element(spec: &Spec, value: &Value) -> Value {
    match (spec.param.kind, value) {
        (_, Value::Bool(false) | Value::Null) => Value::Null,
        (_, Value::String(text)) if text.is_empty() => Value::Null,
        (ParamKind::Permissions, value) => permission::bits(value).to_string().into(),
        (ParamKind::Timestamp, Value::String(text)) => time::moment_of(text).map_or_else(|| value.clone(), Value::from),
        (ParamKind::Json, Value::Object(fields)) => {
            let known = spec.shape.map(|shape| fields_of(shape, fields.get("type"))).unwrap_or_default();
            let values = spec.shape.and_then(|shape| shape.values);
            let member = |(name, value): (&String, &Value)| {
                let param = known.iter().find(|param| param.name == name).or(values);
                let value = param.map_or_else(|| value.clone(), |param| canonical(&Spec::inner(param), value));
                Some((name.clone(), value)).filter(|(_, value)| !value.is_null())
            };
            let fields: Map<String, Value> = fields.iter().filter_map(member).collect();
            if fields.is_empty() { Value::Null } else { fields.into() }
        }
        _ => value.clone(),
    }
}
