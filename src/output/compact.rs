//! Writes JSON on one line. Its tokens keep the bytes that Discord sent.

use std::borrow::Cow;

/// The JSON value on one line.
///
/// A value without line breaks, as Discord sends it, is returned unchanged. Otherwise all whitespace
/// between tokens is removed. `json` must be valid, so its strings contain no line breaks.
pub fn compact(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    if memchr::memchr2(b'\n', b'\r', bytes).is_none() {
        return Cow::Borrowed(json);
    }
    let mut line = String::with_capacity(json.len());
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at = match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'"' => string_end(bytes, at),
            _ => word_end(bytes, at),
        };
        line.push_str(&json[from..at]);
    }
    Cow::Owned(line)
}

/// The index after the closing quote of the string that starts at `from`.
pub(super) fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// The index of the next whitespace or string after the token that starts at `from` and is not a string.
fn word_end(bytes: &[u8], from: usize) -> usize {
    let ends = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'"');
    bytes[from..].iter().position(ends).map_or(bytes.len(), |length| from + length)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Any JSON value, including strings that are hard to parse.
    pub fn json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![any::<String>(), "[\"\\\\{}\\[\\],: \n\r\t]{0,8}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec((text.clone(), inner), 0..5)
                    .prop_map(|fields| fields.into_iter().collect::<Value>()),
            ]
        })
    }

    #[test]
    fn json_on_one_line_is_not_copied() {
        let sent = r#"{ "a" : 1.50, "b": "x\ny" }"#;
        assert!(matches!(compact(sent), Cow::Borrowed(json) if json == sent));
    }

    #[test]
    fn only_whitespace_between_tokens_is_removed() {
        assert_eq!(compact("{\r\n \"a b\\\" c\" : [ 1.50 ,\t-0 ] }\n"), r#"{"a b\" c":[1.50,-0]}"#);
        assert_eq!(compact("[\n]"), "[]");
        assert_eq!(compact("[\n\"\\\\\",\n\"\\\\\\\" \"\n]"), r#"["\\","\\\" "]"#);
    }

    proptest! {
        #[test]
        fn indented_json_becomes_the_compact_form_of_serde(value in json()) {
            let mut pretty = serde_json::to_string_pretty(&value).unwrap();
            pretty.push('\n');
            prop_assert_eq!(compact(&pretty), serde_json::to_string(&value).unwrap());
        }

        #[test]
        fn no_input_makes_compact_panic(text in any::<String>()) {
            compact(&format!("{text}\n"));
        }
    }
}
