//! Replaces unpaired surrogates, which JSON can escape but a Rust string cannot contain.

use std::borrow::Cow;

use memchr::memchr;

/// The digits of the replacement character U+FFFD in a JSON escape.
const REPLACEMENT: &[u8] = b"fffd";

/// The JSON with each unpaired surrogate replaced by U+FFFD. A text that was cut inside an emoji contains one, such as
/// `\ud83d`.
pub fn replace_unpaired(json: &[u8]) -> Cow<'_, [u8]> {
    let mut whole = Cow::Borrowed(json);
    let mut at = 0;
    while let Some(found) = memchr(b'\\', json.get(at..).unwrap_or_default()) {
        at += found;
        let Some(unit) = unit(json, at) else {
            // Skip the escaped character, which may be a backslash.
            at += 2;
            continue;
        };
        let is_pair = is_high(unit) && self::unit(json, at + 6).is_some_and(is_low);
        if (is_high(unit) || is_low(unit)) && !is_pair {
            whole.to_mut()[at + 2..at + 6].copy_from_slice(REPLACEMENT);
        }
        at += if is_pair { 12 } else { 6 };
    }
    whole
}

/// The code unit of the `\uXXXX` at this position, if there is one.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn is_high(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replaced(json: &str) -> String {
        String::from_utf8(replace_unpaired(json.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn unpaired_surrogates_are_replaced_and_other_text_is_unchanged() {
        for (json, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDE00 x""#, r#""\ufffd x""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#"{"\ude00":"é\u00e9"}"#, r#"{"\ufffd":"é\u00e9"}"#),
            (r#""\u""#, r#""\u""#),
            ("\"\\", "\"\\"),
        ] {
            assert_eq!(replaced(json), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_sequence_of_surrogates_becomes_valid_text(
            units in prop::collection::vec(prop_oneof![0xd7f0u16..0xe010, 0x20u16..0x7f], 0..12)
        ) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{escaped}\"");
            let text: String = serde_json::from_str(&replaced(&json)).unwrap();
            prop_assert_eq!(text, String::from_utf16_lossy(&units));
        }
    }
}
