//! Prepares the parts of a request for a dry run.

use serde_json::Value;

use crate::model::Secret;
use crate::model::redact::HIDDEN;
use crate::rest::{Body, Part, Request, Text};

/// Replaces the value of a secret parameter with a mask, wherever the request contains it, because `dcord api` may
/// put it in another place than the row does. The redactor alone would not hide short secrets. Returns whether the
/// request contains the parameter.
pub fn hide(name: &str, mask: &str, request: &mut Request) -> bool {
    let mut found = false;
    for segment in request.segments.iter_mut().filter(|segment| segment.name == name) {
        found = true;
        segment.value = Text::Hidden(Secret::new(""));
    }
    for (_, value) in request.query.iter_mut().filter(|(of, _)| of == name) {
        found = true;
        mask.clone_into(value);
    }
    match &mut request.body {
        Body::Empty => {}
        Body::Json(json) => found |= hide_member(json, name, mask),
        Body::Raw { bytes, .. } => {
            // If the body is not JSON, the position of the secret in it is unknown.
            let mut json = serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(HIDDEN));
            found |= hide_member(&mut json, name, mask);
            *bytes = json.to_string().into();
        }
        Body::Form(fields) => {
            for (_, text) in fields.iter_mut().filter(|(of, _)| of == name) {
                found = true;
                *text = Text::Plain(mask.to_owned());
            }
        }
        Body::Multipart(parts) => {
            for part in parts {
                match part {
                    Part::Json(_, json) => found |= hide_member(json, name, mask),
                    Part::Text(of, text) if of == name => {
                        found = true;
                        *text = Text::Plain(mask.to_owned());
                    }
                    Part::Text(..) | Part::File(_) => {}
                }
            }
        }
    }
    found
}

fn hide_member(json: &mut Value, name: &str, mask: &str) -> bool {
    match json.get_mut(name) {
        Some(Value::Array(values)) => values.fill(Value::from(mask)),
        Some(value) if !value.is_null() => *value = Value::from(mask),
        _ => return false,
    }
    true
}

/// The query with its question mark, or an empty string if there is no query.
pub fn query(request: &Request) -> String {
    let mut url = String::new();
    for (i, (name, value)) in request.query.iter().enumerate() {
        url.push(if i == 0 { '?' } else { '&' });
        url.push_str(&url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish());
    }
    url
}

pub fn shown(text: &Text) -> Value {
    match text {
        Text::Plain(text) => Value::from(text.as_str()),
        Text::Hidden(_) => Value::from(HIDDEN),
    }
}
