//! Reads the fields of an item and their texts.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::model::items;

/// The maximum number of default columns.
const COLUMNS: usize = 6;

/// The default columns of a list: the first fields of its first item. Lists and objects are omitted
/// if the item has other fields.
pub fn columns_of(item: &RawValue) -> Vec<String> {
    let mut fields = fields(item).unwrap_or_default();
    let is_plain = |value: &RawValue| !value.get().starts_with(['[', '{']);
    if fields.iter().any(|(_, value)| is_plain(value)) {
        fields.retain(|(_, value)| is_plain(value));
    }
    fields.truncate(COLUMNS);
    if fields.is_empty() {
        return vec!["value".to_owned()];
    }
    fields.into_iter().map(|(name, _)| name.into_owned()).collect()
}

/// The fields of an object, in its order. `None` if the value is not an object.
pub fn fields(object: &RawValue) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    struct Fields;
    impl<'de> serde::de::Visitor<'de> for Fields {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }
    let mut de = serde_json::Deserializer::from_str(object.get());
    serde::de::Deserializer::deserialize_map(&mut de, Fields).ok()
}

/// The value of an item in a column. `None` if it is null or missing. An item that is not an object is the
/// value of the first column.
pub fn value<'a>(item: &'a RawValue, columns: &[String], at: usize) -> Option<&'a RawValue> {
    let value = if item.get().starts_with('{') { items::field(item, &columns[at]) } else { (at == 0).then_some(item) };
    value.filter(|value| value.get() != "null")
}

/// The text of a JSON string. `None` for any other value, and for a string with an unpaired surrogate.
pub fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_columns_are_the_first_scalar_fields() {
        let item: &RawValue = serde_json::from_str("\"a\"").unwrap();
        assert_eq!(columns_of(item), ["value"]);
        for (item, wanted) in [
            (r#"{"a":[],"b":1,"c":{},"d":null}"#, vec!["b", "d"]),
            (r#"{"a":[],"c":{}}"#, vec!["a", "c"]),
            ("{}", vec!["value"]),
        ] {
            assert_eq!(columns_of(serde_json::from_str(item).unwrap()), wanted);
        }
    }
}
