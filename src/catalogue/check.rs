//! Validation of values against the bounds in the catalogue's rows.
//!
//! The command line validates requests before it sends them, and the sandbox those that it receives.

use serde_json::Value;

use super::shapes::{self, Topic, Total};
use super::types::{Endpoint, Method, Param, ParamKind, Place, Scalar, Shape};
use crate::model::color;

/// A value that Discord would reject, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The parameter's name: `embed.title`.
    pub name: &'static str,
    /// The path of the value: `sticker_ids[3]`, `embeds[0].title`.
    pub path: String,
    /// Discord's error code, such as `BASE_TYPE_BAD_LENGTH`.
    pub code: &'static str,
    /// A description of the problem, with the bound.
    pub message: String,
    /// The bound, if the value exceeds one.
    pub bound: (Option<i64>, Option<i64>),
    /// The topic of `dcord explain` that describes the JSON around the value.
    pub topic: Option<&'static str>,
}

impl Violation {
    /// A violation that is not about a parameter's bound.
    pub fn new(name: &'static str, path: String, code: &'static str, message: String) -> Self {
        Self { name, path, code, message, bound: (None, None), topic: None }
    }
}

/// Discord's code for a string or list that is too long or too short.
pub const BAD_LENGTH: &str = "BASE_TYPE_BAD_LENGTH";

/// Discord's code for the time of an event that is in the past.
pub const PAST: &str = "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST";

/// A code of dcord's own, because Discord documents none for a time that is too late.
pub const TOO_LATE: &str = "DATE_TIME_TOO_FAR";

/// Discord's code for a missing value.
const REQUIRED: &str = "BASE_TYPE_REQUIRED";

/// The message for a value that should be an id.
pub const NO_ID: &str = "must be an id";

/// All violations in the value of a parameter.
pub fn value(param: &Param, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    at(param, param.name, value, &mut found);
    found
}

fn at(param: &Param, path: &str, value: &Value, found: &mut Vec<Violation>) {
    if value.is_null() {
        if !param.nullable {
            found.push(violation(param, path, REQUIRED, "cannot be null".to_owned()));
        }
        return;
    }
    if !(param.repeated || (param.kind == ParamKind::Json && param.max_items.is_some())) {
        return element(param, path, value, found);
    }
    list(param, path, value, found);
    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
        element(param, &format!("{path}[{i}]"), item, found);
    }
}

/// The message about a single value that stands where a list is expected.
pub const NO_LIST: &str = "must be a list";

/// Violations of a list itself: it is not a list, or has too many or too few elements.
fn list(param: &Param, path: &str, value: &Value, found: &mut Vec<Violation>) {
    let Value::Array(items) = value else {
        found.push(violation(param, path, "BASE_TYPE_BAD_TYPE", NO_LIST.to_owned()));
        return;
    };
    let (least, most) = (param.min_items.unwrap_or(0), param.max_items.unwrap_or(u32::MAX));
    if items.len() < least as usize || items.len() > most as usize {
        let bound = (param.min_items.map(i64::from), param.max_items.map(i64::from));
        let limit = if items.len() < least as usize { format!("at least {least}") } else { format!("at most {most}") };
        let message = format!("has {}, but must have {limit}", counted(items.len(), "item"));
        found.push(Violation { bound, ..violation(param, path, BAD_LENGTH, message) });
    }
    if param.unique {
        found.extend(repeats(param, path, items));
    }
}

/// All violations in a JSON body: missing fields and values out of bounds, at any depth.
pub fn body(endpoint: &Endpoint, body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for param in endpoint.all_params() {
        match (param.place, body.get(param.name)) {
            (Place::Body, Some(given)) => at(param, param.name, given, &mut found),
            (Place::Body, None) if param.required => found.push(required(param)),
            _ => {}
        }
    }
    found.extend(nested(endpoint, body));
    found.extend(missing(endpoint, body));
    found
}

/// All values out of bounds inside the fields of a body. The bounds of a flag that sets a value inside a JSON field
/// also apply to that value in the JSON.
pub fn nested(endpoint: &Endpoint, body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for param in endpoint.nested().filter(|p| p.kind != ParamKind::File && is_begun(body, p)) {
        // Only the first parameter of a path describes the value there; others contribute to it.
        if !endpoint.at(param.into).is_some_and(|first| std::ptr::eq(first, param)) {
            continue;
        }
        let steps: Vec<&str> = param.into.split('/').collect();
        if let Some(i) = steps.iter().position(|step| *step == "-") {
            walk(body, &steps[..i], String::new(), &mut |path, value| {
                if !value.is_null() && !path.is_empty() {
                    list(param, path, value, &mut found);
                }
            });
        }
        let one = Param { repeated: false, nullable: true, ..*param };
        walk(body, &steps, String::new(), &mut |path, value| {
            // Discord also accepts a colour as a string.
            if param.kind != ParamKind::Color || !value.is_string() {
                at(&one, path, value, &mut found);
            }
        });
    }
    for (topic, path, value) in topics(endpoint, body) {
        let shaped = shaped(topic, &path, value).into_iter().filter(|v| v.code != REQUIRED);
        let laid_out = layout(endpoint, body, &path, value);
        add(&mut found, shaped.chain(laid_out));
        name_topic(topic, &path, &mut found);
    }
    found
}

/// Sets the topic of all violations at or below a path.
fn name_topic(topic: &'static Topic, path: &str, found: &mut [Violation]) {
    let is_inside = |violation: &&mut Violation| {
        violation
            .path
            .strip_prefix(path)
            .is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
    };
    found.iter_mut().filter(is_inside).for_each(|violation| violation.topic = Some(topic.name));
}

/// Adds the violations at paths that have none yet, because a row and a shape can both define bounds for a path.
fn add(found: &mut Vec<Violation>, more: impl Iterator<Item = Violation>) {
    for violation in more {
        if !found.iter().any(|known| known.path == violation.path) {
            found.push(violation);
        }
    }
}

/// The values of a body whose shapes are known, with their topics and paths.
pub(super) fn topics<'a>(
    endpoint: &Endpoint,
    body: &'a Value,
) -> impl Iterator<Item = (&'static Topic, String, &'a Value)> + use<'a> {
    let found: Vec<_> = endpoint
        .all_params()
        .filter(|param| param.kind == ParamKind::Json)
        .filter_map(|param| {
            let path = match param.place {
                Place::Whole => "",
                Place::Local => param.into,
                _ => param.name,
            };
            let value = if path.is_empty() { Some(body) } else { body.pointer(&format!("/{path}")) };
            let value = value.filter(|value| !value.is_null())?;
            Some((shapes::of(endpoint, param)?, path.replace('/', "."), value))
        })
        .collect();
    found.into_iter()
}

/// The violations of a topic's shape in the value at a path.
pub fn shaped(topic: &'static Topic, path: &str, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if !topic.list {
        object(topic.shape, path, value, &mut found);
    }
    // If the topic is a list and the value is not, the check against the parameter's bounds reports it.
    for (i, item) in value.as_array().into_iter().flatten().enumerate().filter(|_| topic.list) {
        object(topic.shape, &format!("{path}[{i}]"), item, &mut found);
    }
    let (code, message) = match topic.total {
        Some(Total::Characters { of, max }) => {
            let texts = of.iter().map(|text| characters(value, &format!("*/{text}"))).sum::<usize>();
            if texts <= max {
                return found;
            }
            ("MAX_EMBED_SIZE_EXCEEDED", format!("has {texts} characters in total, but must have at most {max}"))
        }
        Some(Total::Objects { below, max }) => {
            let objects = objects(value, below);
            if objects <= max {
                return found;
            }
            (BAD_LENGTH, format!("has {objects} components in total, but must have at most {max}"))
        }
        None => return found,
    };
    found.push(Violation::new("", path.to_owned(), code, message));
    found
}

/// The total number of characters in the strings at a path, in which `*` stands for all elements of a list.
fn characters(value: &Value, path: &str) -> usize {
    match path.split_once('/') {
        _ if path.is_empty() => value.as_str().map_or(0, |text| text.chars().count()),
        Some(("*", rest)) => value.as_array().into_iter().flatten().map(|item| characters(item, rest)).sum(),
        Some((step, rest)) => characters(&value[step], rest),
        None => characters(&value[path], ""),
    }
}

/// The number of objects in a value, including those nested in the fields `below`.
fn objects(value: &Value, below: &[&str]) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| objects(item, below)).sum(),
        Value::Object(fields) => {
            1 + below.iter().filter_map(|name| Some(objects(fields.get(*name)?, below))).sum::<usize>()
        }
        _ => 0,
    }
}

/// The flag that allows components other than action rows in a message. Source: Discord's reference, "Message Flags".
const COMPONENTS_V2: u64 = 1 << 15;

/// The components of a new message that require this flag. Edits are not checked, because the message may already have
/// the flag.
fn layout(endpoint: &Endpoint, body: &Value, path: &str, components: &Value) -> Vec<Violation> {
    const MOST_ROWS: usize = 5;
    const ROW: u64 = 1;
    const BUTTON: u64 = 2;
    const TEXT_INPUT: u64 = 4;
    const CHANNEL_SELECT: u64 = 8;
    let parent = match path {
        "components" => body,
        "message.components" => &body["message"],
        _ => return Vec::new(),
    };
    let flags = parent["flags"].as_u64().unwrap_or(0);
    if endpoint.method != Method::Post || endpoint.named("flags").is_none() || flags & COMPONENTS_V2 != 0 {
        return Vec::new();
    }
    let rows = components.as_array().map_or(&[][..], Vec::as_slice);
    let mut found = Vec::new();
    let is_other = |component: &Value| component["type"].as_u64().is_some_and(|kind| kind != ROW);
    for (i, _) in rows.iter().enumerate().filter(|(_, component)| is_other(component)) {
        let kind = rows[i]["type"].as_u64().unwrap_or_default();
        // Buttons and menus belong in a row; for all others, the flag is the likely solution.
        let message = match (BUTTON..=CHANNEL_SELECT).contains(&kind) && kind != TEXT_INPUT {
            true => format!(
                r#"is not an action row; put it into an action row: {{"type":1,"components":[{{"type":{kind},…}}]}}"#
            ),
            false => "must be an action row, unless the message has the flag is-components-v2".to_owned(),
        };
        found.push(Violation::new("", format!("{path}[{i}]"), "BASE_TYPE_CHOICES", message));
    }
    if rows.len() > MOST_ROWS {
        let message = format!(
            "has {}, but must have at most {MOST_ROWS}, unless the message has the flag is-components-v2",
            counted(rows.len(), "item")
        );
        found.push(Violation::new("", path.to_owned(), BAD_LENGTH, message));
    }
    found
}

fn object(shape: &'static Shape, path: &str, value: &Value, found: &mut Vec<Violation>) {
    let Some(members) = value.as_object() else {
        found.push(Violation::new("", path.to_owned(), "DICT_TYPE_CONVERT", "must be an object".to_owned()));
        return;
    };
    let mut fields = shape.fields;
    if let Some(kinds) = shape.by {
        let path = joined(path, "type");
        let Some(kind) = members.get("type") else {
            return found.push(Violation::new("", path, REQUIRED, "is required".to_owned()));
        };
        let Some(known) = kinds.iter().find(|known| kind.as_i64() == Some(known.value)) else {
            let kinds: Vec<_> = kinds.iter().map(|known| format!("{} ({})", known.value, known.name)).collect();
            let message = format!("is {kind}, but must be one of {}", kinds.join(", "));
            return found.push(Violation::new("", path, "BASE_TYPE_CHOICES", message));
        };
        fields = known.fields;
    }
    for param in fields {
        member(param, &joined(path, param.name), members.get(param.name), found);
    }
    if let Some(param) = shape.values {
        for (key, value) in members {
            member(param, &joined(path, key), Some(value), found);
        }
    }
}

/// Adds the violations in a field of an object.
fn member(param: &'static Param, path: &str, value: Option<&Value>, found: &mut Vec<Violation>) {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        if param.needed {
            found.push(Violation::new("", path.to_owned(), REQUIRED, "is required".to_owned()));
        }
        return;
    };
    // Discord also accepts a colour as a string.
    if param.kind == ParamKind::Color && value.is_string() {
        return;
    }
    let known = found.len();
    at(param, path, value, found);
    found[known..].iter_mut().for_each(|violation| violation.name = "");
    let Some(shape) = param.shape else { return };
    match value {
        Value::Array(items) if param.max_items.is_some() => {
            for (i, item) in items.iter().enumerate() {
                object(shape, &format!("{path}[{i}]"), item, found);
            }
        }
        _ if param.max_items.is_some() => {}
        one => object(shape, path, one, found),
    }
}

/// The values that are missing in a body: those that an object requires, and those that its form requires.
pub fn missing(endpoint: &Endpoint, body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for param in endpoint.nested().filter(|p| p.needed && is_begun(body, p)) {
        let (parent, key) = param.into.rsplit_once('/').unwrap_or(("", param.into));
        walk(body, &steps(parent), String::new(), &mut |path, value| {
            if value.is_object() && lacks(value, key) {
                let message = "is required".to_owned();
                found.push(violation(param, &joined(path, key), REQUIRED, message));
            }
        });
    }
    for form in endpoint.forms.iter().filter(|form| !form.needs.is_empty()) {
        walk(body, &steps(form.at), String::new(), &mut |path, value| {
            if !endpoint.has_form(form, value) {
                return;
            }
            for need in form.needs.iter().filter(|need| lacks(value, need)) {
                let place = if form.at.is_empty() { (*need).to_owned() } else { format!("{}/{need}", form.at) };
                let param = endpoint.at(&place).expect("the row has all fields that its forms require");
                let message = format!("is required for {}", form.name);
                found.push(violation(param, &joined(path, &need.replace('/', ".")), REQUIRED, message));
            }
        });
    }
    for (topic, path, value) in topics(endpoint, body) {
        add(&mut found, shaped(topic, &path, value).into_iter().filter(|v| v.code == REQUIRED));
        name_topic(topic, &path, &mut found);
    }
    found.extend(mentions(endpoint, |name| body.get(name)));
    found
}

/// Discord's code for ids in `allowed_mentions` together with the kind that includes them.
const EXCLUSIVE: &str = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE";

/// User ids together with `users` in `parse`, or role ids with `roles`: Discord rejects both. Source: its reference,
/// "Allowed Mentions Object".
pub fn mentions<'a>(endpoint: &Endpoint, field: impl Fn(&str) -> Option<&'a Value>) -> Vec<Violation> {
    let Some(path) = endpoint.mentions() else { return Vec::new() };
    let (first, inner) = path.split_once('/').map_or((path, None), |(first, inner)| (first, Some(inner)));
    let found = field(first).and_then(|value| inner.map_or(Some(value), |inner| value.get(inner)));
    let Some(allowed) = found else { return Vec::new() };
    let lists = |kind: &str| allowed["parse"].as_array().is_some_and(|parse| parse.iter().any(|p| p == kind));
    let names = |kind: &str| allowed[kind].as_array().is_some_and(|ids| !ids.is_empty());
    let both = ["users", "roles"].into_iter().filter(|kind| lists(kind) && names(kind));
    let path = path.replace('/', ".");
    let message = |kind: &str| format!("cannot have both a list of {kind} and {kind:?} in parse");
    both.map(|kind| Violation::new("allowed_mentions", path.clone(), EXCLUSIVE, message(kind))).collect()
}

/// Whether a body has the field that contains this parameter.
fn is_begun(body: &Value, param: &Param) -> bool {
    let field = param.into.split('/').next().unwrap_or_default();
    field == "-" || body.get(field).is_some()
}

/// Whether the value at this path is missing or null.
fn lacks(value: &Value, path: &str) -> bool {
    value.pointer(&format!("/{path}")).is_none_or(Value::is_null)
}

fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty()).collect()
}

pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Visits all values at a path. An index in the path stands for all elements of the list, `*` for every key of an
/// object.
fn walk(value: &Value, steps: &[&str], path: String, visit: &mut impl FnMut(&str, &Value)) {
    let Some((step, rest)) = steps.split_first() else { return visit(&path, value) };
    if *step == "*" {
        for (key, below) in value.as_object().into_iter().flatten() {
            walk(below, rest, joined(&path, key), visit);
        }
    } else if *step == "-" || step.bytes().all(|b| b.is_ascii_digit()) {
        for (i, item) in value.as_array().into_iter().flatten().enumerate() {
            walk(item, rest, format!("{path}[{i}]"), visit);
        }
    } else if let Some(below) = value.get(*step) {
        walk(below, rest, joined(&path, step), visit);
    }
}

/// Whether a body has one of the fields of which the endpoint requires at least one. For an edit, an empty field
/// counts; otherwise one field must have a value.
pub fn has_any(endpoint: &Endpoint, body: Option<&Value>) -> bool {
    let blank = |value: &Value| match value {
        Value::Null => true,
        // As the type of a reference, 0 is a reply, which does not count as content.
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let given = |path: &&str| match body.and_then(|body| body.pointer(&format!("/{path}"))) {
        Some(value) => endpoint.edits || !blank(value),
        None => false,
    };
    endpoint.any_of.is_empty() || endpoint.any_of.iter().any(given)
}

/// The violation for a missing required parameter.
pub fn required(param: &Param) -> Violation {
    violation(param, param.name, REQUIRED, "is required".to_owned())
}

/// The repeated elements of a list. The messages only contain their indexes, because the values may be secrets.
fn repeats(param: &Param, path: &str, items: &[Value]) -> Vec<Violation> {
    let repeat = |(i, item): (usize, &Value)| {
        let first = items[..i].iter().position(|earlier| earlier == item)?;
        let message = format!("repeats the value of [{first}], but the values must be different");
        Some(violation(param, &format!("{path}[{i}]"), "SET_TYPE_ALREADY_CONTAINS_VALUE", message))
    };
    items.iter().enumerate().filter_map(repeat).collect()
}

fn violation(param: &Param, path: &str, code: &'static str, message: String) -> Violation {
    Violation { name: param.name, path: path.to_owned(), code, message, bound: (param.min, param.max), topic: None }
}

/// The bounds of an integer for which a row has none (`int32` in Discord's OpenAPI document).
const INT32: (i64, i64) = (i32::MIN as i64, i32::MAX as i64);

fn element(param: &Param, path: &str, value: &Value, found: &mut Vec<Violation>) {
    let mut refuse = |code, message: String| found.push(violation(param, path, code, message));
    match param.kind {
        ParamKind::String
        | ParamKind::Text
        | ParamKind::Url(_)
        | ParamKind::EmojiName
        | ParamKind::Target(_)
        | ParamKind::Image(_) => {
            let Value::String(text) = value else {
                // Discord accepts a number for a nonce, and for other strings, and converts it.
                if !value.is_number() {
                    refuse("STRING_TYPE_CONVERT", "must be a string".to_owned());
                }
                return;
            };
            let length = text.chars().count() as i64;
            if outside(length, param) {
                let bound = range_in_words(param.min, param.max);
                refuse(BAD_LENGTH, format!("has {}, but must have {bound}", counted(length as usize, "character")));
            } else if let ParamKind::Url(schemes) = param.kind
                && !is_url(text, schemes)
            {
                let wanted: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
                let wanted = format!("a URL that begins with {}", wanted.join(" or "));
                refuse("URL_TYPE_INVALID_URL", format!("is {:?}, but must be {wanted}", shortened(text)));
            }
        }
        ParamKind::Integer | ParamKind::Number | ParamKind::Color => {
            let integer = param.kind != ParamKind::Number;
            let Some(number) = value.as_f64().filter(|_| !integer || value.is_i64() || value.is_u64()) else {
                let what = if integer { "a whole number" } else { "a number" };
                return refuse("NUMBER_TYPE_COERCE", format!("must be {what}"));
            };
            let (min, max) = match param.kind {
                ParamKind::Color => (Some(0), Some(i64::from(color::MAX))),
                ParamKind::Integer => (param.min.or(Some(INT32.0)), param.max.or(Some(INT32.1))),
                _ => (param.min, param.max),
            };
            if min.is_some_and(|m| number < m as f64) || max.is_some_and(|m| number > m as f64) {
                // `at most` would not explain what is wrong with a negative number.
                let bound = match (min, max) {
                    (Some(0), Some(max)) => format!("0 to {max}"),
                    _ => range_in_words(min, max),
                };
                let unit = param.unit.map(|unit| format!(" {}", unit.name())).unwrap_or_default();
                let message = match (param.unit, value.as_u64(), max.and_then(|max| u64::try_from(max).ok())) {
                    (Some(unit), Some(given), Some(max)) if given > max => format!(
                        "is {}, but must be at most {} ({max} {})",
                        unit.shortest(given),
                        unit.shortest(max),
                        unit.name()
                    ),
                    _ => format!("is {value}, but must be {bound}{unit}"),
                };
                found.push(Violation { bound: (min, max), ..violation(param, path, "NUMBER_TYPE_RANGE", message) });
            }
        }
        ParamKind::Boolean => {
            if !value.is_boolean() {
                refuse("BOOLEAN_TYPE_CONVERT", "must be true or false".to_owned());
            }
        }
        ParamKind::Snowflake(_) | ParamKind::Cursor(_) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if text.parse::<crate::model::Snowflake>().is_err() {
                refuse("NUMBER_TYPE_COERCE", NO_ID.to_owned());
            }
        }
        ParamKind::Enum(choices) => {
            if param.kind.choice(value).is_none() {
                let names: Vec<_> = choices.iter().map(|c| c.name).collect();
                let message = match choices.iter().find(|c| value.as_str() == Some(c.name)).map(|c| c.value) {
                    Some(Scalar::Int(number)) => format!("is {value}, which JSON writes as the number {number}"),
                    _ => format!("must be one of {}", names.join(", ")),
                };
                refuse("BASE_TYPE_CHOICES", message);
            }
        }
        ParamKind::Flags(choices) => {
            let Some(bits) = value.as_u64() else {
                return refuse("NUMBER_TYPE_COERCE", "must be a whole number".to_owned());
            };
            let known =
                choices.iter().fold(0, |sum, c| if let Scalar::Int(n) = c.value { sum | n as u64 } else { sum });
            if !param.open && bits & !known != 0 {
                let names: Vec<_> = choices.iter().map(|c| c.name).collect();
                let others = bits & !known;
                refuse(
                    "BASE_TYPE_CHOICES",
                    format!("has the unknown bits {others}; the flags are {}", names.join(", ")),
                );
            }
        }
        ParamKind::Permissions => {
            let bits = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if bits.parse::<u64>().is_err() {
                refuse("NUMBER_TYPE_COERCE", "must be a number, as a string".to_owned());
            }
        }
        ParamKind::Timestamp => {
            if value.as_str().is_none_or(|t| t.parse::<jiff::Timestamp>().is_err()) {
                refuse("DATE_TIME_TYPE_PARSE", "must be an ISO 8601 time, such as 2026-01-31T12:00:00Z".to_owned());
            }
        }
        ParamKind::Json
        | ParamKind::Emoji
        | ParamKind::File
        | ParamKind::Pair
        | ParamKind::Button
        | ParamKind::Position(_) => {}
    }
}

/// Whether a string is a URL with one of these schemes and something after the slashes.
fn is_url(text: &str, schemes: &[&str]) -> bool {
    let rest = schemes.iter().find_map(|scheme| {
        let (head, rest) = text.split_once("://")?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    rest.is_some_and(|rest| !rest.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control()))
        && url::Url::parse(text).is_ok()
}

/// The number of characters of an invalid text that its error message shows.
const SHOWN: usize = 60;

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn outside(n: i64, param: &Param) -> bool {
    param.min.is_some_and(|min| n < min) || param.max.is_some_and(|max| n > max)
}

/// `1 item`, `3 items`
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `1 to 100`, `at most 2000`, `at least 1`.
pub fn range_in_words(min: Option<i64>, max: Option<i64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => format!("exactly {min}"),
        (Some(0) | None, Some(max)) => format!("at most {max}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, None) => "anything".to_owned(),
    }
}
