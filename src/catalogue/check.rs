//! Whether a value may be sent: Discord's bounds, as the rows give them.
//!
//! The command line asks before it sends, and the sandbox asks of what arrives.

use serde_json::Value;

use super::types::{Endpoint, Kind, Param, Place, Scalar};
use crate::model::color;

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, with a list's index: `sticker_ids[3]`.
    pub path: String,
    /// Discord's code for it, such as `BASE_TYPE_BAD_LENGTH`.
    pub code: &'static str,
    /// The bound, in words.
    pub message: String,
}

/// Discord's code for a text or a list that is too long or too short.
pub const BAD_LENGTH: &str = "BASE_TYPE_BAD_LENGTH";

/// What is said of a value that should be an id.
pub const NO_ID: &str = "must be an id";

/// Everything that is wrong with the value of that parameter.
pub fn value(param: &Param, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if value.is_null() {
        if !param.nullable {
            found.push(violation(param.name, "BASE_TYPE_REQUIRED", "cannot be null".to_owned()));
        }
        return found;
    }
    let listed = param.repeated || (param.kind == Kind::Json && param.max_items.is_some());
    if !listed {
        element(param, param.name, value, &mut found);
        return found;
    }
    let Value::Array(items) = value else {
        found.push(violation(param.name, "BASE_TYPE_BAD_TYPE", "must be a list".to_owned()));
        return found;
    };
    let (least, most) = (param.min_items.unwrap_or(0), param.max_items.unwrap_or(u32::MAX));
    if items.len() < least as usize || items.len() > most as usize {
        let bound = range_in_words(param.min_items.map(i64::from), param.max_items.map(i64::from));
        found.push(violation(param.name, BAD_LENGTH, format!("lists {}, but takes {bound}", items.len())));
    }
    if param.unique {
        found.extend(repeats(param, items));
    }
    for (i, item) in items.iter().enumerate() {
        element(param, &format!("{}[{i}]", param.name), item, &mut found);
    }
    found
}

/// Everything that is wrong with a JSON body: missing fields, bounds, and the fields that Discord
/// does not know, which it ignores and a person would want to hear of.
pub fn body(endpoint: &Endpoint, body: &serde_json::Map<String, Value>) -> Vec<Violation> {
    let mut found = Vec::new();
    for param in endpoint.all_params().filter(|p| matches!(p.place, Place::Body)) {
        match body.get(param.name) {
            Some(given) => found.extend(value(param, given)),
            None if param.required => found.push(required(param)),
            None => {}
        }
    }
    found.extend(mentions(endpoint, |name| body.get(name)));
    found
}

/// Discord's code for ids in `allowed_mentions` beside the kind that covers them.
const EXCLUSIVE: &str = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE";

/// Ids of users beside `users` in `parse`, or of roles beside `roles`, which Discord refuses. Source: its reference,
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
    both.map(|kind| violation(&path, EXCLUSIVE, format!("cannot list {kind} by id beside {kind:?} in parse"))).collect()
}

/// Whether a body has one of the fields of which the endpoint wants at least one. What changes
/// something may empty a field; what makes something has to fill one.
pub fn has_any(endpoint: &Endpoint, body: Option<&Value>) -> bool {
    let blank = |value: &Value| match value {
        Value::Null => true,
        // As a type of reference: a reply, which has no content by itself.
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

/// A required parameter that is not there.
pub fn required(param: &Param) -> Violation {
    violation(param.name, "BASE_TYPE_REQUIRED", "is required".to_owned())
}

/// The elements of a list that are there already. They may be secrets: only their places are named.
fn repeats(param: &Param, items: &[Value]) -> Vec<Violation> {
    let repeat = |(i, item): (usize, &Value)| {
        let first = items[..i].iter().position(|earlier| earlier == item)?;
        let message = format!("is the same as {}[{first}], but takes each value once", param.name);
        Some(violation(&format!("{}[{i}]", param.name), "SET_TYPE_ALREADY_CONTAINS_VALUE", message))
    };
    items.iter().enumerate().filter_map(repeat).collect()
}

fn violation(path: &str, code: &'static str, message: String) -> Violation {
    Violation { path: path.to_owned(), code, message }
}

fn element(param: &Param, path: &str, value: &Value, found: &mut Vec<Violation>) {
    let mut refuse = |code, message: String| found.push(violation(path, code, message));
    match param.kind {
        Kind::String | Kind::Text | Kind::EmojiName | Kind::Target(_) | Kind::Image(_) => {
            let Value::String(text) = value else {
                // A nonce may be a number, and so may what Discord turns into a text.
                if !value.is_number() {
                    refuse("STRING_TYPE_CONVERT", "must be a text".to_owned());
                }
                return;
            };
            let length = text.chars().count() as i64;
            if outside(length, param) {
                let bound = range_in_words(param.min, param.max);
                let characters = if length == 1 { "character" } else { "characters" };
                refuse(BAD_LENGTH, format!("is {length} {characters} long, but takes {bound}"));
            }
        }
        Kind::Integer | Kind::Number | Kind::Color => {
            let integer = param.kind != Kind::Number;
            let Some(number) = value.as_f64().filter(|_| !integer || value.is_i64() || value.is_u64()) else {
                let what = if integer { "a whole number" } else { "a number" };
                return refuse("NUMBER_TYPE_COERCE", format!("must be {what}"));
            };
            let (min, max) = match param.kind {
                Kind::Color => (Some(0), Some(i64::from(color::MAX))),
                _ => (param.min, param.max),
            };
            if min.is_some_and(|m| number < m as f64) || max.is_some_and(|m| number > m as f64) {
                // A number can be below 0, where `at most` would not tell what is wrong.
                let bound = match (min, max) {
                    (Some(0), Some(max)) => format!("0 to {max}"),
                    _ => range_in_words(min, max),
                };
                refuse("NUMBER_TYPE_RANGE", format!("is {value}, but takes {bound}"));
            }
        }
        Kind::Boolean => {
            if !value.is_boolean() {
                refuse("BOOLEAN_TYPE_CONVERT", "must be true or false".to_owned());
            }
        }
        Kind::Snowflake(_) | Kind::Cursor(_) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if text.parse::<crate::model::Snowflake>().is_err() {
                refuse("NUMBER_TYPE_COERCE", NO_ID.to_owned());
            }
        }
        Kind::Enum(choices) => {
            let known = choices.iter().any(|c| match c.value {
                Scalar::Int(n) => value.as_i64() == Some(n),
                Scalar::Str(s) => value.as_str() == Some(s),
            });
            if !known {
                let names: Vec<_> = choices.iter().map(|c| c.name).collect();
                refuse("BASE_TYPE_CHOICES", format!("must be one of {}", names.join(", ")));
            }
        }
        Kind::Flags(_) => {
            if value.as_u64().is_none() {
                refuse("NUMBER_TYPE_COERCE", "must be a whole number".to_owned());
            }
        }
        Kind::Permissions => {
            let bits = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if bits.parse::<u64>().is_err() {
                refuse("NUMBER_TYPE_COERCE", "must be a number in a text".to_owned());
            }
        }
        Kind::Timestamp => {
            if value.as_str().is_none_or(|t| t.parse::<jiff::Timestamp>().is_err()) {
                refuse("DATE_TIME_TYPE_PARSE", "must be a time in ISO 8601".to_owned());
            }
        }
        Kind::Json | Kind::Emoji | Kind::File | Kind::Pair | Kind::Position(_) => {}
    }
}

fn outside(n: i64, param: &Param) -> bool {
    param.min.is_some_and(|min| n < min) || param.max.is_some_and(|max| n > max)
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
