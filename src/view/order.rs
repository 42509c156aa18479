//! Sorts the items of a list for people, in the order of Discord's apps.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::Value;
use serde_json::value::RawValue;

const VOICE: u64 = 2;
const CATEGORY: u64 = 4;
const STAGE: u64 = 13;

/// Sorts the items of a noun's list. Other lists keep Discord's order.
pub fn arrange(noun: &str, items: &mut Vec<&RawValue>) {
    match noun {
        "role" => by_key(items, |role| Some((Reverse(role["position"].as_i64()?), id(role)))),
        "channel" => channels(items),
        _ => {}
    }
}

/// Sorts by a key. If an item has no key, the order does not change.
fn by_key<K: Ord>(items: &mut Vec<&RawValue>, key: impl Fn(&Value) -> Option<K>) {
    let read = |item: &&RawValue| key(&serde_json::from_str(item.get()).ok()?);
    let Some(keys) = items.iter().map(read).collect::<Option<Vec<_>>>() else { return };
    let mut keyed: Vec<_> = keys.into_iter().zip(items.iter().copied()).collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    *items = keyed.into_iter().map(|(_, item)| item).collect();
}

/// Channels outside of categories come first, followed by each category with its channels. Text channels precede
/// voice channels.
fn channels(items: &mut Vec<&RawValue>) {
    let values: Vec<Value> = items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect();
    let categories = values.iter().filter(|channel| channel["type"] == CATEGORY);
    let positions: HashMap<u64, i64> =
        categories.map(|category| (id(category), category["position"].as_i64().unwrap_or(0))).collect();
    by_key(items, |channel| {
        let kind = channel["type"].as_u64()?;
        let own = id(channel);
        let category =
            if kind == CATEGORY { Some(own) } else { channel["parent_id"].as_str().and_then(|id| id.parse().ok()) };
        // A category that the bot cannot view has no position, so its channels come first.
        let group = category.and_then(|id| Some((*positions.get(&id)?, id)));
        let is_voice = matches!(kind, VOICE | STAGE);
        let rank = if kind == CATEGORY { 0 } else { 1 + u8::from(is_voice) };
        Some((group, rank, channel["position"].as_i64().unwrap_or(0), own))
    });
}

fn id(object: &Value) -> u64 {
    object["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arranged(noun: &str, items: &Value) -> Vec<String> {
        let texts: Vec<_> = items.as_array().unwrap().iter().map(Value::to_string).collect();
        let mut raw: Vec<&RawValue> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        arrange(noun, &mut raw);
        let id =
            |item: &&RawValue| serde_json::from_str::<Value>(item.get()).unwrap()["id"].as_str().unwrap().to_owned();
        raw.iter().map(id).collect()
    }

    #[test]
    fn the_highest_role_comes_first() {
        let roles = json!([{"id": "1", "position": 0}, {"id": "2", "position": 10}, {"id": "3", "position": 2}]);
        assert_eq!(arranged("role", &roles), ["2", "3", "1"]);
    }

    #[test]
    fn channels_are_listed_below_their_categories_as_in_the_client() {
        let channels = json!([
            {"id": "10", "type": 2, "position": 0, "parent_id": "20"},
            {"id": "11", "type": 0, "position": 1, "parent_id": "20"},
            {"id": "12", "type": 0, "position": 0, "parent_id": "21"},
            {"id": "13", "type": 0, "position": 7, "parent_id": null},
            {"id": "20", "type": 4, "position": 1},
            {"id": "21", "type": 4, "position": 0},
            {"id": "14", "type": 5, "position": 0, "parent_id": "20"},
        ]);
        assert_eq!(arranged("channel", &channels), ["13", "21", "12", "20", "14", "11", "10"]);
    }

    #[test]
    fn other_lists_keep_their_order() {
        let items = json!([{"id": "3"}, {"id": "1"}]);
        assert_eq!(arranged("ban", &items), ["3", "1"]);
        assert_eq!(arranged("role", &items), ["3", "1"], "these have no positions");
    }
}
