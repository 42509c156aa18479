//! Compares the expected request of a call with the request that arrived.

use dcord::catalogue::{Endpoint, Place};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::support::{Part, Recorded};

/// The request that should arrive.
#[derive(Debug, Default)]
pub struct Expected {
    /// The segments of the path, percent-decoded.
    pub segments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub authorization: Option<String>,
    pub reason: Option<String>,
    pub json: Option<Value>,
    /// The text fields of a form.
    pub form: Vec<(String, String)>,
    pub files: Vec<Part>,
}

impl Expected {
    /// Compares the request that arrived with this one.
    pub fn compare(&self, row: &Endpoint, request: &Recorded) -> Result<(), String> {
        same("method", &request.method, &row.method.name().to_owned())?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let segments: Vec<String> = request.path().split('/').map(decoded).collect();
        same("path", &segments, &self.segments)?;
        if !request.target.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%/?&=@".contains(&b)) {
            return Err(format!("{} is not encoded", request.target));
        }
        let sorted = |pairs: &[(String, String)]| {
            let mut pairs = pairs.to_vec();
            pairs.sort();
            pairs
        };
        same("query", &sorted(&request.query()), &sorted(&self.query))?;
        same("authorization", &request.header("authorization"), &self.authorization.as_deref())?;
        let reason = request.header("x-audit-log-reason").map(decoded);
        same("reason", &reason, &self.reason)?;
        if !request.header("user-agent").is_some_and(|a| a.starts_with("DiscordBot (https://")) {
            return Err(format!("user-agent is {:?}", request.header("user-agent")));
        }
        self.compare_body(row, request)
    }

    fn compare_body(&self, row: &Endpoint, request: &Recorded) -> Result<(), String> {
        let kind = request.header("content-type").map(|k| k.split(';').next().unwrap());
        let form = row.all_params().any(|p| p.place == Place::Form);
        if !self.files.is_empty() {
            same("content-type", &kind, &Some("multipart/form-data"))?;
            return self.compare_parts(row, request.parts());
        }
        if form {
            same("content-type", &kind, &Some("application/x-www-form-urlencoded"))?;
            let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
            pairs.sort();
            let mut expected = self.form.clone();
            expected.sort();
            return same("form", &pairs, &expected);
        }
        match &self.json {
            Some(expected) => {
                same("content-type", &kind, &Some("application/json"))?;
                same("body", &without_nonce(row, expected, request.json())?, expected)
            }
            None => same("body", &(kind, request.body.as_slice()), &(None, &b""[..])),
        }
    }

    fn compare_parts(&self, row: &Endpoint, parts: Vec<Part>) -> Result<(), String> {
        let mut files = Vec::new();
        let mut form = Vec::new();
        let mut json = None;
        for part in parts {
            if part.name == "payload_json" {
                same("payload_json's type", &part.content_type.as_deref(), &Some("application/json"))?;
                json = Some(serde_json::from_slice(&part.bytes).map_err(|e| e.to_string())?);
            } else if part.filename.is_some() {
                files.push(part);
            } else {
                form.push((part.name, String::from_utf8(part.bytes).unwrap()));
            }
        }
        same("files", &files, &self.files)?;
        form.sort();
        let mut expected = self.form.clone();
        expected.sort();
        same("form", &form, &expected)?;
        let json = match (json, &self.json) {
            (Some(json), Some(expected)) => Some(without_nonce(row, expected, json)?),
            (json, _) => json,
        };
        same("payload_json", &json, &self.json)
    }
}

/// Checks and removes the nonce that dcord adds to a message so that Discord ignores a retry. Source: Discord's
/// reference, "Create Message". Webhooks and forum posts have no nonce.
fn without_nonce(row: &Endpoint, expected: &Value, mut json: Value) -> Result<Value, String> {
    if row.operation != "create_message" || expected.get("nonce").is_some() {
        return Ok(json);
    }
    let object = json.as_object_mut().ok_or("the body is no object")?;
    let nonce = object.shift_remove("nonce");
    if !nonce.as_ref().and_then(Value::as_str).is_some_and(|n| (16..=25).contains(&n.len())) {
        return Err(format!("the nonce is {nonce:?}"));
    }
    let enforced = object.shift_remove("enforce_nonce").or_else(|| expected.get("enforce_nonce").cloned());
    if expected.get("enforce_nonce").is_some() {
        object.insert("enforce_nonce".to_owned(), enforced.unwrap());
    } else if enforced != Some(Value::Bool(true)) {
        return Err(format!("enforce_nonce is {enforced:?}"));
    }
    Ok(json)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}:\n    arrived  {found:?}\n    expected {expected:?}"))
}
