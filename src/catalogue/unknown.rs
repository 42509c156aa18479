//! Finds misspelt keys in JSON values, which Discord ignores without an error.
//!
//! Only the command line refuses them: the sandbox ignores them as Discord does.

use serde_json::{Map, Value};

use super::check::{self, Violation, joined};
use super::shapes::Topic;
use super::types::{Endpoint, Param, Shape};
use crate::model::closest;

/// A code of dcord's own, because Discord does not report unknown keys.
const UNKNOWN_KEY: &str = "DICT_UNKNOWN_KEY";

/// Keys that Discord documents in requests or responses and that no shape describes, because they have no effect in a
/// request. A program may send an object as it received it. Sources: Discord's OpenAPI document and reference.
const OTHER_KEYS: &[&str] = &[
    "additional_name",
    "animated",
    "answer_id",
    "application",
    "application_id",
    "attachment_id",
    "clip_created_at",
    "clip_participants",
    "color",
    "colors",
    "components",
    "content_scan_version",
    "content_type",
    "custom_id",
    "description_localized",
    "dm_permission",
    "eligible",
    "emoji",
    "ephemeral",
    "expiry",
    "file_types",
    "flags",
    "guild_id",
    "handler",
    "height",
    "hoist",
    "icon",
    "id",
    "ineligible_reason",
    "ineligible_reason_description",
    "is_animated",
    "is_remix",
    "loading_state",
    "managed",
    "mentionable",
    "name",
    "name_localized",
    "permissions",
    "placeholder",
    "placeholder_version",
    "provider",
    "proxy_icon_url",
    "proxy_url",
    "results",
    "size",
    "tags",
    "type",
    "unicode_emoji",
    "url",
    "version",
    "video",
    "width",
];

/// All keys in the JSON values of a body that no object of their shape has.
pub fn keys(endpoint: &Endpoint, body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for (topic, path, value) in check::topics(endpoint, body) {
        found.extend(in_topic(topic, &path, value));
    }
    found
}

fn in_topic(topic: &'static Topic, path: &str, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if !topic.foreign {
        in_value(topic.shape, path, value, &mut found);
        found.iter_mut().for_each(|violation| violation.topic = Some(topic.name));
    }
    found
}

/// Looks into an object, or into all objects of a list.
fn in_value(shape: &'static Shape, path: &str, value: &Value, found: &mut Vec<Violation>) {
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                in_value(shape, &format!("{path}[{i}]"), item, found);
            }
        }
        Value::Object(members) if shape.free.is_none() => in_object(shape, path, members, found),
        _ => {}
    }
}

fn in_object(shape: &'static Shape, path: &str, members: &Map<String, Value>, found: &mut Vec<Violation>) {
    let variant = shape.by.and_then(|kinds| {
        let kind = members.get("type")?.as_i64()?;
        kinds.iter().find(|known| known.value == kind)
    });
    let own = |key: &str| match variant {
        Some(variant) => variant.fields.iter().find(|field| field.name == key),
        None => shape.values.or_else(|| shape.fields.iter().find(|field| field.name == key)),
    };
    for (key, value) in members {
        let path = joined(path, key);
        match own(key) {
            Some(Param { shape: Some(inner), .. }) => in_value(inner, &path, value, found),
            Some(_) => {}
            None if OTHER_KEYS.contains(&key.as_str()) => {}
            // Another kind of object has this field. Discord reports a kind that does not exist.
            None if shape.by.is_some() && known(shape).any(|name| name == key) => {
                if variant.is_none() {
                    in_value(shape, &path, value, found);
                }
            }
            None => found.push(unknown(shape, path, key)),
        }
    }
}

/// The fields of the objects, or those of all kinds of objects at any depth if there are several.
fn known(shape: &'static Shape) -> impl Iterator<Item = &'static str> {
    let parts = if shape.by.is_some() { shape.parts() } else { Vec::new() };
    let of_kinds = parts.into_iter().flat_map(|part| part.fields);
    shape.fields.iter().chain(of_kinds).map(|field| field.name)
}

fn unknown(shape: &'static Shape, path: String, key: &str) -> Violation {
    let near = closest(key, known(shape));
    let suggestion = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
    Violation::new("", path, UNKNOWN_KEY, format!("is not a field of {}{suggestion}", shape.about))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::shapes;

    /// The keys of the objects in Discord's requests and responses, by topic and path, from its OpenAPI document.
    const DOCUMENTED: &str = include_str!("shapes/documented.txt");

    #[test]
    fn no_key_that_discord_documents_is_unknown() {
        let mut checked = 0;
        for line in DOCUMENTED.lines() {
            let (at, keys) = line.split_once(": ").unwrap();
            let (name, path) = at.split_once(' ').unwrap();
            let topic = shapes::topics().find(|topic| topic.name == name).unwrap();
            let keys: Map<String, Value> = keys.split(' ').map(|key| (key.to_owned(), Value::Null)).collect();
            checked += keys.len();
            let steps = path.split('/').filter(|step| *step != "-").rev();
            let value = steps.fold(Value::Object(keys), |inner, step| json!({ step: [inner] }));
            assert_eq!(in_topic(topic, "", &json!([value])), [], "{at}");
        }
        assert!(checked > 850, "{checked} keys were checked");
    }

    #[test]
    fn a_misspelt_key_is_found_at_any_depth_with_a_suggestion() {
        let found = |name: &str, value: Value| -> Vec<String> {
            let topic = shapes::topics().find(|topic| topic.name == name).unwrap();
            in_topic(topic, "x", &value).into_iter().map(|v| format!("{} {}", v.path, v.message)).collect()
        };
        assert_eq!(
            found("message.embeds", json!([{"titel": "a", "footer": {"texts": "b"}}])),
            [
                r#"x[0].titel is not a field of an embed; did you mean "title"?"#,
                r#"x[0].footer.texts is not a field of a footer; did you mean "text"?"#,
            ]
        );
        let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "lable": "x", "custom_id": "a"}]}]);
        let component = found("message.components", row);
        assert!(component.len() == 1 && component[0].ends_with(r#"did you mean "label"?"#), "{component:?}");
        // A program of its own makes this object.
        assert_eq!(found("webhook.github", json!({"x": 1})), [""; 0]);
        assert_eq!(found("lobby.members", json!([{"metadata": {"any": "text"}}])), [""; 0]);
    }
}
