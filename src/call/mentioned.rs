//! Finds the ids of servers, channels and webhooks in a request.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use crate::catalogue::{Endpoint, Param, ParamKind, Place, Subject};
use crate::rest::{Body, Part, Request, Text};

pub type Mentioned = Vec<(Subject, String)>;

/// The ids of servers, channels and webhooks in a request. `None` if its body cannot be parsed.
pub fn mentioned(endpoint: Option<&'static Endpoint>, request: &Request) -> Option<Mentioned> {
    let bodies = bodies(&request.body)?;
    let mut found = Vec::new();
    let texts = texts(request);
    for (param, subject) in endpoint.into_iter().flat_map(Endpoint::subjects) {
        let same = texts.iter().filter(|(place, name, _)| *place == param.place && *name == param.name);
        found.extend(same.map(|(.., id)| (subject, (*id).to_owned())));
        let values = bodies.iter().flat_map(|body| at(body, &path(param)));
        found.extend(values.filter_map(id).map(|id| (subject, id)));
    }
    // `dcord api` and --body may contain paths and fields that are not in the catalogue. For these, only the name of the
    // parameter shows the kind of object.
    let is_unknown = |name: &str| endpoint.is_none_or(|endpoint| endpoint.named(name).is_none());
    texts.iter().filter(|(_, name, _)| is_unknown(name)).for_each(|(_, name, id)| by_name(name, id, &mut found));
    bodies.iter().for_each(|body| walk(body, &mut found));
    let mut seen = HashSet::new();
    found.retain(|mentioned| seen.insert(mentioned.clone()));
    Some(found)
}

/// The values outside JSON, with their locations and names.
fn texts<'r>(request: &'r Request) -> Vec<(Place, &'r str, &'r str)> {
    let segments = request.segments.iter().map(|segment| (Place::Path, segment.name.as_ref(), &segment.value));
    let fields: Vec<(&str, &Text)> = match &request.body {
        Body::Form(fields) => fields.iter().map(|(name, text)| (name.as_str(), text)).collect(),
        Body::Multipart(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(name, text) => Some((name.as_str(), text)),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let fields = fields.into_iter().map(|(name, text)| (Place::Form, name, text));
    let plain = |(place, name, text): (Place, &'r str, &'r Text)| match text {
        Text::Plain(text) => Some((place, name, text.as_str())),
        Text::Hidden(_) => None,
    };
    let query = request.query.iter().map(|(name, value)| (Place::Query, name.as_str(), value.as_str()));
    segments.chain(fields).filter_map(plain).chain(query).collect()
}

/// The JSON of a body. `None` if it cannot be parsed.
fn bodies(body: &Body) -> Option<Vec<Cow<'_, Value>>> {
    Some(match body {
        Body::Empty | Body::Form(_) => Vec::new(),
        Body::Json(json) => vec![Cow::Borrowed(json)],
        Body::Raw { bytes, .. } => vec![Cow::Owned(serde_json::from_slice(bytes).ok()?)],
        Body::Multipart(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Json(_, json) => Some(Cow::Borrowed(json)),
                _ => None,
            })
            .collect(),
    })
}

/// The path of a parameter's ids in the body, or an empty string if the body has none.
fn path(param: &Param) -> String {
    match (param.place, param.kind) {
        (Place::Body, _) => param.name.to_owned(),
        (_, ParamKind::Position(_)) => format!("{}/id", param.into),
        _ => param.into.to_owned(),
    }
}

/// The values at a path of the body, in the syntax of [`Param::into`]. A number or `-` selects all elements of a
/// list.
fn at<'a>(json: &'a Value, path: &str) -> Vec<&'a Value> {
    let steps = path.split('/').filter(|step| !step.is_empty());
    let found = steps.clone().fold(vec![json], |values, step| {
        let is_each = step == "-" || step.bytes().all(|b| b.is_ascii_digit());
        let inside = |value: &'a Value| match value {
            Value::Array(items) if is_each => items.iter().collect::<Vec<_>>(),
            value => value.get(step).into_iter().collect(),
        };
        values.into_iter().flat_map(inside).collect()
    });
    if steps.count() == 0 { Vec::new() } else { found.into_iter().flat_map(elements).collect() }
}

/// The elements of a list, or the value itself.
fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        value => vec![value],
    }
}

fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Recognises ids of servers and channels by the endings of Discord's member names, such as `webhook_channel_id` and
/// `source_guild_id`.
fn by_name(name: &str, id: &str, found: &mut Mentioned) {
    let subject = match name {
        "webhook_id" => Subject::Webhook,
        "parent_id" => Subject::Channel,
        name if name.ends_with("guild_id") => Subject::Guild,
        name if name.ends_with("channel_id") => Subject::Channel,
        _ => return,
    };
    found.push((subject, id.to_owned()));
}

fn walk(json: &Value, found: &mut Mentioned) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match id(value) {
                    Some(id) => by_name(name, &id, found),
                    None => walk(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}
