//! Reads values of payloads as leniently as Discord does.

use serde_json::Value;

use crate::model::Snowflake;

/// A snowflake, written as a string or a number.
pub(super) fn id(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok().map(Snowflake::get),
        _ => value.as_u64(),
    }
}

/// A list of snowflakes, or a single one.
pub(super) fn ids(value: &Value) -> Option<Vec<u64>> {
    match value {
        Value::Array(list) => list.iter().map(id).collect(),
        _ => id(value).map(|id| vec![id]),
    }
}

/// A boolean; a missing one is false.
pub(super) fn flag(value: &Value) -> Option<bool> {
    if value.is_null() { Some(false) } else { value.as_bool() }
}
