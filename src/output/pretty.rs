//! Formats JSON for people: indented and, if allowed, coloured. Numbers and strings keep their bytes.

use super::compact::string_end;

const INDENT: &str = "  ";
/// Deeper levels are not indented further. Otherwise the output for nested brackets would grow with
/// the square of the input's length.
const DEEPEST: usize = 64;

const KEY: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const WORD: &str = "\x1b[35m";
const NULL: &str = "\x1b[90m";
const RESET: &str = "\x1b[0m";

/// Appends a JSON value, indented for nesting level `level`. `json` must be valid.
pub fn pretty(json: &str, level: usize, color: bool, to: &mut String) {
    let bytes = json.as_bytes();
    let mut level = level;
    // For each open bracket, whether it belongs to an object.
    let mut open = Vec::new();
    let mut key_next = false;
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at += 1;
        match bytes[from] {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            bracket @ (b'{' | b'[') => {
                to.push(char::from(bracket));
                at += blanks(&bytes[at..]);
                if let Some(close @ (b'}' | b']')) = bytes.get(at) {
                    to.push(char::from(*close));
                    at += 1;
                    key_next = false;
                } else {
                    open.push(bracket == b'{');
                    key_next = bracket == b'{';
                    level += 1;
                    new_line(level, to);
                }
            }
            bracket @ (b'}' | b']') => {
                open.pop();
                key_next = false;
                level = level.saturating_sub(1);
                new_line(level, to);
                to.push(char::from(bracket));
            }
            b',' => {
                to.push(',');
                key_next = open.last() == Some(&true);
                new_line(level, to);
            }
            b':' => {
                to.push_str(": ");
                key_next = false;
            }
            b'"' => {
                at = string_end(bytes, from);
                paint(&json[from..at], if key_next { KEY } else { TEXT }, color, to);
            }
            first => {
                let ends = |b: &u8| matches!(b, b',' | b'}' | b']') || b.is_ascii_whitespace();
                at = bytes[from..].iter().position(ends).map_or(bytes.len(), |n| from + n);
                let style = match first {
                    b'n' => NULL,
                    b't' | b'f' => WORD,
                    _ => NUMBER,
                };
                paint(&json[from..at], style, color, to);
            }
        }
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Starts a line with the indentation of `level`.
pub fn new_line(level: usize, to: &mut String) {
    to.push('\n');
    for _ in 0..level.min(DEEPEST) {
        to.push_str(INDENT);
    }
}

fn paint(token: &str, style: &str, color: bool, to: &mut String) {
    if color {
        to.push_str(style);
        to.push_str(token);
        to.push_str(RESET);
    } else {
        to.push_str(token);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::compact::tests::json;
    use super::*;

    fn plain(json: &str) -> String {
        let mut to = String::new();
        pretty(json, 0, false, &mut to);
        to
    }

    #[test]
    fn json_tokens_keep_their_bytes_and_empty_brackets_stay_together() {
        assert_eq!(
            plain(r#"{"a":1.50,"b":[ ],"c":[{},"x,\"]"],"d":null}"#),
            "{\n  \"a\": 1.50,\n  \"b\": [],\n  \"c\": [\n    {},\n    \"x,\\\"]\"\n  ],\n  \"d\": null\n}"
        );
    }

    #[test]
    fn keys_strings_and_literals_have_different_colours() {
        let mut to = String::new();
        pretty(r#"{"k":["v",1,true,null]}"#, 0, true, &mut to);
        let wanted = format!(
            "{{\n  {KEY}\"k\"{RESET}: [\n    {TEXT}\"v\"{RESET},\n    {NUMBER}1{RESET},\n    \
             {WORD}true{RESET},\n    {NULL}null{RESET}\n  ]\n}}"
        );
        assert_eq!(to, wanted);
    }

    #[test]
    fn deeply_nested_brackets_have_bounded_output() {
        let json = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(plain(&json).len() < 300 * json.len());
    }

    proptest! {
        #[test]
        fn indented_json_equals_the_pretty_form_of_serde(value in json()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(plain(&value.to_string()), pretty.clone());
            prop_assert_eq!(plain(&pretty), pretty);
        }
    }
}
