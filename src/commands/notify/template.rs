//! `--template`: a JSON body that contains names in double braces, such as `{{branch}}`.

use serde_json::{Map, Value};

use crate::call::bind::{Error, NameSet};
use crate::config::env;
use crate::model::closest::closest;
use crate::model::redact::redact;

/// The prefix of the names of environment variables.
const ENV: &str = "env.";

/// Converts a template to a body. `known` contains the names and their values.
///
/// A name inside a string is replaced with its value, and any other name with a JSON value. Therefore, no value can
/// end the string that contains it.
pub fn body(template: &str, known: &[(&'static str, Value)]) -> Result<Map<String, Value>, Error> {
    let mut json = String::with_capacity(template.len());
    let mut is_in_string = false;
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{{") {
            let (name, next) = after.split_once("}}").ok_or_else(|| {
                let text: String = rest.chars().take(20).collect();
                Error::Value { flag: "--template".to_owned(), text, wanted: "a name in double braces".to_owned() }
            })?;
            let value = value(name.trim(), known)?;
            match value {
                Value::String(text) if is_in_string => {
                    let quoted = Value::from(text).to_string();
                    json.push_str(&quoted[1..quoted.len() - 1]);
                }
                value => json.push_str(&value.to_string()),
            }
            rest = next;
            continue;
        }
        let length = match c {
            '\\' if is_in_string => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '"' => {
                is_in_string = !is_in_string;
                1
            }
            c => c.len_utf8(),
        };
        json.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    match serde_json::from_str(&json) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(wrong("must be a JSON object, the body of a message".to_owned())),
        Err(error) => Err(wrong(format!("is not valid JSON: {error}"))),
    }
}

fn wrong(why: String) -> Error {
    Error::Incomplete { what: "--template".to_owned(), why, topic: None }
}

static FIELDS: NameSet = NameSet {
    what: "field",
    hint: Some("`dcord notify --help` lists the names; {{env.NAME}} stands for a variable of the environment"),
    is_open: false,
};

fn value(name: &str, known: &[(&'static str, Value)]) -> Result<Value, Error> {
    if let Some(variable) = name.strip_prefix(ENV) {
        let unset = || Error::SecretUnset { what: format!("--template: {{{{{name}}}}}"), name: variable.to_owned() };
        let value = env::named(variable).ok_or_else(unset)?;
        if redact(&value) != value {
            return Err(wrong(format!("uses {{{{{name}}}}}, which contains a secret")));
        }
        return Ok(Value::from(value));
    }
    if let Some((_, value)) = known.iter().find(|(known, _)| *known == name) {
        return Ok(value.clone());
    }
    let names: Vec<&'static str> = known.iter().map(|(name, _)| *name).collect();
    Err(Error::Choice {
        flag: "--template".to_owned(),
        text: name.to_owned(),
        near: closest(name, names.iter().copied()).into_iter().collect(),
        names,
        set: &FIELDS,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(template: &str) -> Result<Value, Error> {
        let known = [("branch", json!("a\"b\\c\nd{{color}}")), ("color", json!(5)), ("tag", json!(""))];
        body(template, &known).map(Value::Object)
    }

    #[test]
    fn a_value_stays_in_its_string_and_is_a_value_elsewhere() {
        let body =
            filled(r#"{"content": "on {{branch}}\" {{ tag }}", "n": {{color}}, "s": {{branch}}, "c": "{{color}}"}"#);
        let branch = "a\"b\\c\nd{{color}}";
        assert_eq!(body.unwrap(), json!({"content": format!("on {branch}\" "), "n": 5, "s": branch, "c": "5"}));
    }

    #[test]
    fn braces_of_json_are_no_names() {
        assert_eq!(filled(r#"{"a":{"b":{}},"c":"}}"}"#).unwrap(), json!({"a": {"b": {}}, "c": "}}"}));
    }

    #[test]
    fn an_unknown_name_is_an_error_with_a_suggestion() {
        let error = filled(r#"{"content":"{{brnch}}"}"#).unwrap_err();
        assert!(error.to_string().contains("did you mean \"branch\"?"), "{error}");
        for bad in [r#"{"content":"{{branch"}"#, "[]", "{", r#"{"content":"{{env.NO_SUCH_VARIABLE}}"}"#] {
            assert!(filled(bad).is_err(), "{bad}");
        }
    }
}
