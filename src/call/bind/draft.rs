//! What was typed to a request that could be sent, and how its answer is to be walked.

use std::time::Duration;

use serde_json::Value;

use super::input::Input;
use super::names::Names;
use super::value::Reader;
use super::values::Values;
use super::{Error, body, field, form, target, targets};
use crate::catalogue::check::{self, Violation};
use crate::catalogue::{Endpoint, Kind, LONGEST_REASON, Param, Place, Side, usage};
use crate::config::Settings;
use crate::model::Entity;
use crate::model::period::Period;
use crate::model::time::{self, Now};
use crate::rest::{Body, Part, Request, Text};

/// A call that is ready to be made.
#[derive(Debug)]
pub struct Bound {
    pub endpoint: &'static Endpoint,
    pub request: Request,
    /// How many items are wanted in all; `None` without `--limit`.
    pub limit: Option<u64>,
    pub all: bool,
    /// How old an answer from the cache may be; `None` without `--cached`.
    pub cached: Option<Duration>,
    /// What a person should hear of, though it is no error.
    pub warnings: Vec<String>,
    /// What a message is sent once for: the key that was given, and where it goes.
    pub key: Option<String>,
    /// Of the items of the answer, those that are wanted; `None` for all.
    pub period: Option<Period>,
}

/// Makes a webhook answer with the message it posted.
const WAIT: &str = "wait";

/// Binds the typed words. The first name that `names` does not know is the error: once it is learned,
/// the words can be bound again.
///
/// It Reads files and standard input where values ask for them, and sends
/// nothing. A placeholder without a value is an application's id, to be looked up.
pub fn bind(
    endpoint: &'static Endpoint,
    typed: &Values,
    settings: &Settings,
    input: &mut Input,
    now: Now,
    names: &mut Names,
) -> Result<Bound, Error> {
    let mut request = Request::new(endpoint);
    let targets::Targets { positional, query: of_url } =
        targets::bind(endpoint, typed, settings, input, names, &mut request)?;
    for field in typed.fields.iter().filter(|f| f.param.is_application()) {
        let id = target::id(Entity::Application, &field.flag, field.texts.last().map_or("", String::as_str))?;
        request.set_segment(field.param.name, Text::Plain(id));
    }
    form::one_form(endpoint, typed, positional.as_deref())?;
    request.reason = reason(typed)?;

    let mut reader = Reader { input, now, validate: !typed.no_validate, names, warnings: Vec::new() };
    let period = period(endpoint, typed, &mut reader)?;
    let mut wrong = path(endpoint, &mut reader, &mut request)?;
    wrong.extend(query(endpoint, typed, positional.as_deref(), &mut reader, &mut request)?);
    if endpoint.has_body() || endpoint.composed || endpoint.all_params().any(|p| p.place == Place::File) {
        request.body = body::build(endpoint, typed, positional.as_deref(), &mut reader, &mut wrong)?;
    }
    let warnings = with_filters(endpoint, reader.warnings);
    // Without it, Discord does not say when a message was not saved.
    if endpoint.param(WAIT).is_some() && !request.query.iter().any(|(name, _)| name == WAIT) {
        request.query.push((WAIT.to_owned(), "true".to_owned()));
    }
    // A flag wins over the query of a webhook's URL.
    for (name, value) in of_url {
        if !request.query.iter().any(|(given, _)| given == name) {
            request.query.push((name.to_owned(), value));
        }
    }
    if !typed.no_validate {
        wrong.extend(check_body(endpoint, typed, positional.as_deref(), &request.body)?);
        wrong.retain(|violation| !(names.leave && violation.message == check::NO_ID));
        // Each file has an entry among the attachments, which are then too many for the same reason.
        if wrong.iter().any(|violation| violation.path == FILE && violation.code == check::BAD_LENGTH) {
            wrong.retain(|violation| violation.path != ATTACHMENTS || violation.code != check::BAD_LENGTH);
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
    }
    let key = key(typed, &request)?;
    if endpoint.nonce {
        if key.is_some() && has_nonce(&request) {
            return Err(Error::Conflict { first: "--key".to_owned(), second: "nonce".to_owned() });
        }
        protect(&mut request, key.as_deref().map_or_else(random, hashed));
    }
    cursors(endpoint, typed)?;
    // What is wanted may stand on any page.
    let all = typed.all || (period.is_some() && typed.limit.is_none());
    Ok(Bound { endpoint, request, limit: typed.limit, all, cached: cached(typed)?, warnings, key, period })
}

/// The key of a message, with where it goes: for another channel or thread, the same word is another key.
fn key(typed: &Values, request: &Request) -> Result<Option<String>, Error> {
    let Some(key) = &typed.key else { return Ok(None) };
    let query = |name: &str| request.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if query(WAIT) == Some("false") {
        return Err(Error::Conflict { first: "--key".to_owned(), second: "--wait=false".to_owned() });
    }
    let thread = query("thread_id").map_or_else(String::new, |id| format!("?thread_id={id}"));
    Ok(Some(format!("{} {}{thread} {key}", request.method.name(), request.shown_path())))
}

/// Refuses cursors that Discord would ignore. Most lists take one at a time; from two, dcord reads a
/// range page by page, which one page alone cannot show.
fn cursors(endpoint: &'static Endpoint, typed: &Values) -> Result<(), Error> {
    let given = |name| typed.fields.iter().any(|f| f.param.place == Place::Query && f.param.name == name);
    if endpoint.paging.is_none() {
        return Ok(());
    }
    if typed.all && given("around") {
        return Err(Error::Conflict { first: "--all".to_owned(), second: "--around".to_owned() });
    }
    if given("before") && given("after") && !typed.all && typed.limit.is_none() {
        return Err(Error::TwoCursors);
    }
    Ok(())
}

/// The local parameter whose values become attachments, and the field that lists these.
const FILE: &str = "file";
const ATTACHMENTS: &str = "attachments";

fn cached(typed: &Values) -> Result<Option<Duration>, Error> {
    let read = |text: &String| {
        let wanted = "a length of time, such as 30s or 5m";
        let bad = || Error::Value { flag: "--cached".to_owned(), text: text.clone(), wanted: wanted.to_owned() };
        time::duration(text).ok_or_else(bad)
    };
    typed.cached.as_ref().map(read).transpose()
}

/// The items that the filters of the command let through.
fn period(endpoint: &'static Endpoint, typed: &Values, reader: &mut Reader<'_>) -> Result<Option<Period>, Error> {
    let mut period = None;
    for param in endpoint.all_params() {
        let Place::Filter(side) = param.place else { continue };
        let Some(field) = typed.fields.iter().find(|f| f.param.name == param.name) else { continue };
        let moment = field::read(field, reader)?.as_str().and_then(|text| text.parse().ok());
        let period = period.get_or_insert(Period { field: param.into, from: None, before: None });
        match side {
            Side::From => period.from = moment,
            Side::Before => period.before = moment,
        }
    }
    Ok(period)
}

/// The warnings, with the filters that may be what was meant.
fn with_filters(endpoint: &'static Endpoint, mut warnings: Vec<String>) -> Vec<String> {
    let filters = endpoint.all_params().filter(|p| matches!(p.place, Place::Filter(_)));
    let flags: Vec<_> = filters.map(|p| format!("--{}", p.flag())).collect();
    if !flags.is_empty() {
        warnings.iter_mut().for_each(|warning| *warning += &format!("; see {}", flags.join(" and ")));
    }
    warnings
}

fn reason(typed: &Values) -> Result<Option<String>, Error> {
    let Some(reason) = &typed.reason else { return Ok(None) };
    let length = reason.chars().count();
    if !typed.no_validate && !(1..=LONGEST_REASON).contains(&length) {
        let message = format!("is {length} characters long, but takes 1 to {LONGEST_REASON}");
        let path = "reason".to_owned();
        return Err(Error::Invalid(vec![Violation::new("reason", path, check::BAD_LENGTH, message)]));
    }
    Ok(Some(reason.clone()))
}

/// Reads the targets that are neither ids nor secrets by their kind, and holds them to their bounds.
fn path(endpoint: &'static Endpoint, reader: &mut Reader<'_>, request: &mut Request) -> Result<Vec<Violation>, Error> {
    let mut wrong = Vec::new();
    let named = |p: &&Param| matches!(p.kind, Kind::Snowflake(_) | Kind::Cursor(_) | Kind::Target(_));
    for param in endpoint.all_params().filter(|p| p.place == Place::Path && !p.secret && !named(p)) {
        let Some(Text::Plain(text)) = request.segment(param.name).cloned() else { continue };
        let called = param.label();
        let value = reader.read(param, &called, &text)?;
        wrong.extend(named_as(check::value(param, &value), param, &called));
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        request.set_segment(param.name, Text::Plain(text));
    }
    Ok(wrong)
}

/// The violations with the parameter under the name by which it was given.
fn named_as(found: Vec<Violation>, param: &Param, called: &str) -> Vec<Violation> {
    let renamed = found.into_iter().map(|mut violation| {
        violation.path = violation.path.replacen(param.name, called, 1);
        violation
    });
    renamed.collect()
}

fn query(
    endpoint: &'static Endpoint,
    typed: &Values,
    positional: Option<&str>,
    reader: &mut Reader<'_>,
    request: &mut Request,
) -> Result<Vec<Violation>, Error> {
    let mut wrong = Vec::new();
    for param in endpoint.all_params().filter(|p| p.place == Place::Query) {
        let field = typed.fields.iter().find(|f| f.param.name == param.name);
        let word = positional.filter(|_| param.positional);
        let (value, called) = match (word, field) {
            (Some(_), Some(field)) => {
                return Err(Error::Conflict { first: param.label(), second: field.flag.clone() });
            }
            (Some(word), None) => {
                let called = param.label();
                (reader.read(param, &called, word)?, called)
            }
            (None, Some(field)) => (field::read(field, reader)?, field.flag.clone()),
            (None, None) if param.required => return Err(missing_flag(endpoint, param)),
            (None, None) => continue,
        };
        wrong.extend(named_as(check::value(param, &value), param, &called));
        let values = match value {
            Value::Array(items) => items,
            one => vec![one],
        };
        for value in values {
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            request.query.push((param.name.to_owned(), text));
        }
    }
    Ok(wrong)
}

fn missing_flag(endpoint: &'static Endpoint, param: &Param) -> Error {
    let what = if param.positional { param.label() } else { format!("--{}", param.flag()) };
    Error::Missing { what, usage: usage::line(endpoint), hint: None }
}

/// Holds the body against the row: what is missing is a usage error, what is out of bounds is not.
fn check_body(
    endpoint: &'static Endpoint,
    typed: &Values,
    positional: Option<&str>,
    body: &Body,
) -> Result<Vec<Violation>, Error> {
    let mut wrong = Vec::new();
    let fields;
    let json = match body {
        Body::Json(value) => Some(value),
        Body::Multipart(parts) => parts.iter().find_map(|p| match p {
            Part::Json(_, value) => Some(value),
            _ => None,
        }),
        // The error names the fields of the form and not their values, which may be secrets.
        Body::Form(texts) => {
            let value = |text: &Text| match text {
                Text::Plain(text) => Value::from(text.as_str()),
                Text::Hidden(_) => Value::from(true),
            };
            fields = texts.iter().map(|(name, text)| (name.clone(), value(text))).collect();
            Some(&fields)
        }
        _ => None,
    };
    for param in endpoint.all_params() {
        match param.place {
            Place::Body => match json.and_then(|j| j.get(param.name)) {
                Some(value) => wrong.extend(check::value(param, value)),
                None if param.required => return Err(missing_flag(endpoint, param)),
                None => {}
            },
            Place::Whole => match json {
                Some(value) if typed.body.is_some() || value.get(0).is_some() => {
                    wrong.extend(check::value(param, value));
                }
                _ => {
                    return Err(Error::Missing {
                        what: "--body".to_owned(),
                        usage: usage::line(endpoint),
                        hint: Some("give it as JSON, or @FILE to read it from a file"),
                    });
                }
            },
            Place::Form | Place::File if param.required => {
                let given = typed.fields.iter().any(|f| f.param.name == param.name);
                if !given {
                    return Err(missing_flag(endpoint, param));
                }
            }
            _ => {}
        }
    }
    wrong.extend(check::mentions(endpoint, |name| json?.get(name)));
    if let Some(json) = json {
        form::its_form(endpoint, typed, positional, json)?;
        let nested = check::nested(endpoint, json).into_iter();
        wrong.extend(nested.map(|v| Violation { path: form::called(endpoint, typed, &v), ..v }));
        if wrong.is_empty()
            && let Some(violation) = check::missing(endpoint, json).first()
        {
            return Err(form::lacking(endpoint, typed, violation));
        }
    }
    if wrong.is_empty() && !check::has_any(endpoint, json) {
        let fields: Vec<_> = endpoint.any_of.iter().map(|name| form::typed_as(endpoint, name)).collect();
        return Err(Error::Missing {
            what: format!("one of {}", fields.join(", ")),
            usage: usage::line(endpoint),
            hint: None,
        });
    }
    if wrong.is_empty() && endpoint.edits && body.is_blank() {
        return Err(Error::Missing {
            what: "a field to change".to_owned(),
            usage: usage::line(endpoint),
            hint: Some("-h lists the fields; --unset FIELD clears one"),
        });
    }
    Ok(wrong)
}

/// Gives a message a nonce by which Discord tells a repeat from a second message.
fn protect(request: &mut Request, bits: u128) {
    let json = match &mut request.body {
        Body::Json(json) => json,
        Body::Multipart(parts) => {
            if !parts.iter().any(|p| matches!(p, Part::Json(..))) {
                parts.insert(0, Part::Json("payload_json", Value::Object(serde_json::Map::new())));
            }
            match parts.iter_mut().find_map(|p| if let Part::Json(_, json) = p { Some(json) } else { None }) {
                Some(json) => json,
                None => return,
            }
        }
        _ => return,
    };
    // Who brings a nonce without enforcing it wants what Discord then does.
    if json.get("nonce").is_none() {
        json["nonce"] = Value::from(nonce(bits));
        if json.get("enforce_nonce").is_none() {
            json["enforce_nonce"] = Value::from(true);
        }
    }
    request.repeatable = json.get("enforce_nonce") == Some(&Value::Bool(true));
}

fn has_nonce(request: &Request) -> bool {
    match &request.body {
        Body::Json(json) => json.get("nonce").is_some(),
        Body::Multipart(parts) => parts.iter().any(|p| matches!(p, Part::Json(_, json) if json.get("nonce").is_some())),
        _ => false,
    }
}

/// Keyed by the system's randomness: two processes of the same instant must not share a nonce, or
/// Discord drops the second message.
fn random() -> u128 {
    use std::hash::{BuildHasher as _, RandomState};
    let half = || u128::from(RandomState::new().hash_one(std::process::id()));
    half() << 64 | half()
}

/// The same for the same key in every process.
fn hashed(key: &str) -> u128 {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let bytes = digest.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
    u128::from_le_bytes(*bytes)
}

/// 25 characters, the most that Discord admits, made of 128 bits.
fn nonce(mut bits: u128) -> String {
    const LENGTH: usize = 25;
    let mut text = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        text.push(char::from_digit((bits % 36) as u32, 36).expect("a remainder of 36 is a digit in base 36"));
        bits /= 36;
    }
    text
}
