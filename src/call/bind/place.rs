//! Sets values inside a JSON body.

use serde_json::{Map, Value};

/// Sets the value at a path of field names and indexes, and creates missing objects and lists on the way. `-` appends to a
/// list, as in `poll/answers/-/poll_media/text`.
pub fn set_at(root: &mut Value, path: &str, value: Value) {
    let mut at = root;
    for step in path.split('/') {
        if step == "-" || step.bytes().all(|b| b.is_ascii_digit()) {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let Value::Array(list) = at else { return };
            let index = step.parse().unwrap_or(list.len());
            while list.len() <= index {
                list.push(Value::Null);
            }
            at = &mut list[index];
        } else {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = &mut at[step];
        }
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dotted_flags_create_missing_objects_and_lists() {
        let mut root = json!({"embeds": [{"title": "kept"}]});
        set_at(&mut root, "embeds/0/color", json!(1));
        set_at(&mut root, "embeds/0/fields/-", json!({"name": "a"}));
        set_at(&mut root, "embeds/0/fields/-", json!({"name": "b"}));
        set_at(&mut root, "poll/answers/-/poll_media/text", json!("yes"));
        set_at(&mut root, "poll/answers/-/poll_media/text", json!("no"));
        assert_eq!(
            root,
            json!({
                "embeds": [{"title": "kept", "color": 1, "fields": [{"name": "a"}, {"name": "b"}]}],
                "poll": {"answers": [{"poll_media": {"text": "yes"}}, {"poll_media": {"text": "no"}}]},
            })
        );
        let mut list = json!([]);
        set_at(&mut list, "-", json!({"id": "1"}));
        assert_eq!(list, json!([{"id": "1"}]));
    }
}
