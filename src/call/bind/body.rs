//! Builds the body from `--body`, field flags, dotted flags, `--unset` and files.

use serde_json::{Map, Value};

use super::element::Elements;
use super::error::either;
use super::input::Input;
use super::place::set_at;
use super::value::Reader;
use super::values::{Field, NamedValue, Values};
use super::{Error, button, field, files, form, private};
use crate::catalogue::check::Violation;
use crate::catalogue::{Endpoint, Param, ParamKind, Place, Scalar, choices};
use crate::model::Secret;
use crate::rest::{Body, FilePart, Part, Text};

/// The parts of a body.
#[derive(Clone)]
pub struct Contents {
    pub root: Value,
    pub form: Vec<NamedValue>,
    pub files: Vec<FilePart>,
    /// The field whose choice the type of a channel determines.
    pub by_channel: Option<ByChannel>,
    /// The name of the file that the content was read from.
    pub content_name: Option<String>,
}

/// A field whose choice the type of a channel determines.
#[derive(Clone, Copy)]
pub struct ByChannel {
    param: &'static Param,
    /// Whether the field has a choice already, which must suit the channel.
    pub is_given: bool,
}

/// The channel that determines other fields: a field of the body, or a part of the path.
pub const CHANNEL: &str = "channel_id";

/// Builds the body of a call. Violations that a check of the finished body would not find (in dotted flags and forms) are added
/// to `wrong`.
pub fn read(
    endpoint: &'static Endpoint,
    values: &Values,
    reader: &mut Reader<'_>,
    wrong: &mut Vec<Violation>,
) -> Result<Contents, Error> {
    let mut root = start(endpoint, values, reader.input)?;
    let unset = unset_fields(endpoint, values)?;
    let mut form_values = Vec::new();
    let mut inner = Vec::new();
    let mut parts = Vec::new();
    let mut buttons = None;
    for field in &values.fields {
        let param = field.param;
        let inside = param.into.split('/').next().filter(|_| param.place == Place::Local);
        let name = inside.unwrap_or(param.name);
        if unset.contains(&name) {
            return Err(Error::SetAndUnset { flag: field.flag.clone(), field: name.to_owned() });
        }
        match (param.place, param.kind) {
            (Place::File, _) => parts.push(files::part(field, values, reader.input)?),
            (Place::Local, _) if files::is_about_files(param) || private::is_about_privacy(param) => {}
            (Place::Local, ParamKind::Button) => {
                let values = field::values(field, reader)?;
                buttons = Some((field, values.into_iter().map(|(_, value)| value).collect::<Vec<_>>()));
            }
            (Place::Body, _) => {
                let value = field::read(field, reader)?;
                set(&mut root, param.name, value);
            }
            (Place::Form, _) => {
                let value = field::read(field, reader)?;
                form_values.push(NamedValue { param, called: field.flag.clone(), value });
            }
            (Place::Local, _) => {
                let values = field::values(field, reader)?;
                inner.extend(values.into_iter().map(|(order, value)| (order, param, value)));
            }
            (Place::Path | Place::Query | Place::Whole | Place::Inner | Place::Filter(_), _) => {}
        }
    }
    put(&mut root, inner);
    if let Some((field, buttons)) = buttons {
        if root.pointer(&format!("/{}", field.param.into)).is_some() {
            let is_components = |other: &&Field| {
                other.param.kind == ParamKind::Json && [other.param.name, other.param.into].contains(&field.param.into)
            };
            let flag = values.fields.iter().find(is_components).map(|other| other.flag.clone());
            let second = flag.unwrap_or_else(|| format!("{} in JSON", field.param.into.replace('/', ".")));
            return Err(Error::Conflict { first: field.flag.clone(), second });
        }
        button::put(&mut root, field, &buttons, reader.validate)?;
    }
    let by_channel = ByChannel::of(endpoint, &root).filter(|by| {
        let is_checked = reader.validate || !by.is_given;
        is_checked && !unset.contains(&by.param.name)
    });
    for param in endpoint.all_params().filter(|p| p.place == Place::Body) {
        if let (Some(only), None) = (param.only_choice(), root.get(param.name)) {
            set(&mut root, param.name, only.value.json());
        }
        if param.by_form
            && root.get(param.name).is_none()
            && let Some(choice) = form::implied(endpoint, param, values)
        {
            set(&mut root, param.name, choice.value.json());
        }
    }
    for name in unset {
        set(&mut root, name, Value::Null);
    }
    parts.extend(files::attach(endpoint, values, &mut root, reader.input, wrong)?);
    let of_file = values.fields.iter().find(|field| field.in_files && field.param.name == "content");
    let content_name = of_file.and_then(|field| files::name_of(field.texts.last()?));
    Ok(Contents { root, form: form_values, files: parts, by_channel, content_name })
}

/// Inserts the values of dotted flags. For objects in a list, the order on the command line decides to which object a value
/// belongs.
fn put(root: &mut Value, mut parts: Vec<(usize, &'static Param, Value)>) {
    parts.sort_by_key(|(order, ..)| *order);
    let mut elements = Elements::default();
    for (_, param, value) in parts {
        let path = elements.place(root, param.into);
        set_at(root, &path, value);
    }
}

/// The JSON of `--body`, or an empty body with the shape that the endpoint requires.
fn start(endpoint: &Endpoint, values: &Values, input: &mut Input) -> Result<Value, Error> {
    let listed = endpoint.all_params().any(|p| p.place == Place::Whole && p.repeated);
    let Some(given) = &values.body else {
        return Ok(if listed { Value::Array(Vec::new()) } else { Value::Object(Map::new()) });
    };
    let flag = "--body".to_owned();
    let text = input.text_or_file(&flag, given)?;
    let body: Value = serde_json::from_str(&text).map_err(|source| Error::Json { flag, source, topic: None })?;
    for secret in endpoint.all_params().filter(|p| p.place == Place::Body && p.secret) {
        match body.get(secret.name) {
            None | Some(Value::Null) => {}
            Some(_) if !given.starts_with('@') => {
                return Err(Error::LiteralSecret { what: format!("{} in --body", secret.name), variable: None });
            }
            Some(value) => {
                for text in elements(value.clone()) {
                    // Registers the text as a secret, which hides it in all output from now on.
                    let _ = Secret::new(text.as_str().unwrap_or_default());
                }
            }
        }
    }
    match (&body, listed) {
        (Value::Object(_), false) | (Value::Array(_), true) => Ok(body),
        _ => Err(Error::BodyShape { wanted: if listed { "array" } else { "object" } }),
    }
}

/// Checks that the names in `--unset` are fields of the endpoint.
fn unset_fields(endpoint: &'static Endpoint, values: &Values) -> Result<Vec<&'static str>, Error> {
    let mut names = Vec::new();
    for given in &values.unset {
        let name = given.trim_start_matches('-').replace('-', "_");
        let is_named = |p: &&Param| p.name == name || p.alias.is_some_and(|alias| alias.replace('-', "_") == name);
        let found = endpoint.all_params().filter(|p| p.place == Place::Body).find(is_named);
        match found {
            Some(param) if param.nullable || values.no_validate => names.push(param.name),
            Some(_) => return Err(Error::NotNullable { field: given.clone() }),
            None => {
                let fields = endpoint.all_params().filter(|p| p.place == Place::Body && p.nullable);
                return Err(Error::UnknownField { field: given.clone(), fields: fields.map(Param::flag).collect() });
            }
        }
    }
    Ok(names)
}

/// The elements of a list, or any other value as the only element.
pub fn elements(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        one => vec![one],
    }
}

fn set(root: &mut Value, name: &str, value: Value) {
    if let Value::Object(map) = root {
        map.insert(name.to_owned(), value);
    }
}

impl ByChannel {
    /// The field of a body with these values. A required field always suits the channel of the body. Any other field has a
    /// default only if no other field says what is created.
    fn of(endpoint: &'static Endpoint, root: &Value) -> Option<Self> {
        let param = endpoint.all_params().find(|param| !param.by_channel.is_empty())?;
        let given = root.get(param.name);
        let is_formed = |other: &Param| endpoint.form(other).is_some() && root.get(other.name).is_some();
        let applies = match (param.required, given) {
            (true, given) => {
                let is_of_channel = |given: &Value| {
                    let choice = param.kind.choice(given);
                    choice.is_some_and(|choice| param.by_channel.iter().any(|(_, name)| *name == choice.name))
                };
                root.get(CHANNEL).is_some_and(Value::is_string) && given.is_none_or(is_of_channel)
            }
            (false, given) => given.is_none() && !endpoint.all_params().any(is_formed),
        };
        applies.then_some(Self { param, is_given: given.is_some() })
    }
}

impl Contents {
    /// Sets the field that the type of the channel determines, or checks its choice. Returns an error if no choice suits this
    /// type and the field is required.
    pub fn set_by_channel(&mut self, kind: i64, values: &Values) -> Result<(), Error> {
        let Some(ByChannel { param, is_given }) = self.by_channel else { return Ok(()) };
        let ParamKind::Enum(choices) = param.kind else { return Ok(()) };
        let suits = |name: &str, value: &Value| choices.iter().any(|c| c.name == name && c.value.is(value));
        let found = param.by_channel.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name);
        let given = self.root.get(param.name).filter(|_| is_given);
        match (found.and_then(|name| choices.iter().find(|choice| choice.name == name)), given) {
            (Some(choice), None) => {
                set(&mut self.root, param.name, choice.value.json());
                return Ok(());
            }
            (Some(choice), Some(given)) if choice.value.is(given) => return Ok(()),
            (None, None) if !param.required => return Ok(()),
            _ => {}
        }
        let typed = values.fields.iter().find(|field| field.param.name == CHANNEL);
        let name_of = |kind: i64| {
            let found = choices::CHANNEL_TYPES.iter().find(|choice| choice.value == Scalar::Int(kind));
            found.map_or_else(|| format!("type {kind}"), |choice| choice.name.to_owned())
        };
        let wanted = param.by_channel.iter().filter(|(_, name)| given.is_none_or(|given| suits(name, given)));
        let wanted: Vec<String> = wanted.map(|(kind, _)| name_of(*kind)).collect();
        Err(Error::ChannelType {
            flag: typed.map_or_else(|| CHANNEL.to_owned(), |field| field.flag.clone()),
            text: typed.and_then(|field| field.texts.last().cloned()).unwrap_or_default(),
            is: name_of(kind),
            wanted: either(wanted.into_iter()),
        })
    }

    /// Encodes the body: as multipart if it has files, as a form if the endpoint has form fields, and otherwise as JSON.
    pub fn encode(self, endpoint: &Endpoint) -> Body {
        let Self { root, form, files, .. } = self;
        let is_form = endpoint.all_params().any(|p| p.place == Place::Form);
        let form = form.into_iter().flat_map(|NamedValue { param, value, .. }| {
            let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let hidden = |text: String| if param.secret { Text::Hidden(text.into()) } else { Text::Plain(text) };
            elements(value).into_iter().map(move |value| (param.name.to_owned(), hidden(text(value))))
        });
        if files.is_empty() {
            return match root {
                _ if is_form => Body::Form(form.collect()),
                Value::Object(map) if map.is_empty() && !endpoint.has_body() => Body::Empty,
                root => Body::Json(root),
            };
        }
        let mut parts: Vec<_> = form.map(|(name, text)| Part::Text(name, text)).collect();
        if root.as_object().is_some_and(|map| !map.is_empty()) {
            parts.push(Part::Json("payload_json", root));
        }
        parts.extend(files.into_iter().map(Part::File));
        Body::Multipart(parts)
    }
}
