//! Finds the items of a response and the fields of an item, without changing their bytes.

use serde_json::value::RawValue;

/// The items of a response: the elements of the array, or of the array in the field `field`.
///
/// Nested arrays are flattened, because message search returns groups of messages. A response without
/// the field has no items. Each item has the bytes that Discord sent.
pub fn items<'a>(body: &'a [u8], field: Option<&str>) -> serde_json::Result<Vec<&'a RawValue>> {
    let list = match field {
        None => serde_json::from_slice(body)?,
        Some(field) => match top_level(body, field)? {
            Some(list) => list,
            None => return Ok(Vec::new()),
        },
    };
    let outer: Vec<&RawValue> = serde_json::from_str(list_text(list))?;
    let mut flat = Vec::with_capacity(outer.len());
    for item in outer {
        if item.get().starts_with('[') {
            flat.extend(serde_json::from_str::<Vec<&RawValue>>(item.get())?);
        } else {
            flat.push(item);
        }
    }
    Ok(flat)
}

/// The text of a list; `null` is read as an empty list.
fn list_text(list: &RawValue) -> &str {
    if list.get() == "null" { "[]" } else { list.get() }
}

/// The value at a dotted path in an object (`author.username`), with its original bytes. `None` if a part of the path
/// is missing or not an object.
pub fn field<'a>(object: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let top = |value: &'a RawValue, key: &str| top_level(value.get().as_bytes(), key).ok().flatten();
    // A column of an SQL query may have a dot in its name.
    path.split('.').try_fold(object, top).or_else(|| top(object, path).filter(|_| path.contains('.')))
}

/// The value at a dotted path as text, if it is a string or a number: ids and cursors.
pub fn text(object: &RawValue, path: &str) -> Option<String> {
    let value = field(object, path)?.get();
    if value.starts_with('"') {
        serde_json::from_str(value).ok()
    } else if value.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        Some(value.to_owned())
    } else {
        None
    }
}

/// One field of the object `json`. An error if `json` is not an object.
fn top_level<'a>(json: &'a [u8], key: &str) -> serde_json::Result<Option<&'a RawValue>> {
    struct Field<'k>(&'k str);
    impl<'de> serde::de::Visitor<'de> for Field<'_> {
        type Value = Option<&'de RawValue>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                let value = map.next_value::<&'de RawValue>()?;
                if name == self.0 {
                    found = Some(value);
                }
            }
            Ok(found)
        }
    }
    let mut de = serde_json::Deserializer::from_slice(json);
    serde::de::Deserializer::deserialize_map(&mut de, Field(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str, field: Option<&str>) -> Vec<String> {
        items(body.as_bytes(), field).unwrap().iter().map(|i| i.get().to_owned()).collect()
    }

    #[test]
    fn items_are_found_with_their_bytes_unchanged() {
        assert_eq!(texts(r#" [ {"a": 1.50}, 2 ] "#, None), [r#"{"a": 1.50}"#, "2"]);
        assert_eq!(
            texts(r#"{"x":1,"messages":[[{"id":"1"}],[{"id":"2"}]]}"#, Some("messages")),
            [r#"{"id":"1"}"#, r#"{"id":"2"}"#]
        );
        assert_eq!(texts(r#"{"x":1}"#, Some("threads")), [""; 0]);
        assert_eq!(texts(r#"{"threads":null}"#, Some("threads")), [""; 0]);
        assert!(items(b"{\"x\":1}", None).is_err());
    }

    #[test]
    fn a_field_is_found_by_its_dotted_path() {
        let raw: &RawValue = serde_json::from_str(r#"{"user":{"id":"7","n":1.0},"a\u0062":null}"#).unwrap();
        assert_eq!(text(raw, "user.id").as_deref(), Some("7"));
        assert_eq!(text(raw, "user.n").as_deref(), Some("1.0"));
        assert_eq!(field(raw, "ab").unwrap().get(), "null");
        assert_eq!(text(raw, "ab"), None);
        assert!(field(raw, "user.id.x").is_none() && field(raw, "nobody").is_none());
    }
}
