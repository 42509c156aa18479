//! Values of payloads, as Discord reads them.

use serde_json::Value;

use crate::model::Snowflake;

/// A snowflake, as text or as a number.
pub(super) fn id(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok().map(Snowflake::get),
        _ => value.as_u64(),
    }
}

/// Several snowflakes, or one that stands alone.
pub(super) fn ids(value: &Value) -> Option<Vec<u64>> {
    match value {
        Value::Array(list) => list.iter().map(id).collect(),
        _ => id(value).map(|id| vec![id]),
    }
}

/// A boolean that may be missing.
pub(super) fn flag(value: &Value) -> Option<bool> {
    if value.is_null() { Some(false) } else { value.as_bool() }
}
