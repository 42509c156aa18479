//! A request before it is sent: what the command line made of its arguments.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::catalogue::{Auth, Endpoint, Method};
use crate::model::Secret;

/// What may stand in a path segment as it is (RFC 3986, unreserved), and `@` for `@me`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// A text that may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    Hidden(Secret),
}

impl Text {
    /// The text itself, for the wire.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Hidden(secret) => secret.expose(),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => text.fmt(f),
            Self::Hidden(secret) => secret.fmt(f),
        }
    }
}

/// The value of one placeholder of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub name: Cow<'static, str>,
    pub value: Text,
}

/// What is sent in a body.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Empty,
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Text)>),
    Multipart(Vec<Part>),
    Raw {
        content_type: String,
        bytes: bytes::Bytes,
    },
}

impl Body {
    /// The JSON in it: all of it, or the part beside the files.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(json) => Some(json),
            Self::Multipart(parts) => parts.iter().find_map(|part| match part {
                Part::Json(_, json) => Some(json),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Whether nothing is in it, so that it can change nothing.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Json(value) => value.as_object().is_some_and(serde_json::Map::is_empty),
            Self::Form(fields) => fields.is_empty(),
            Self::Multipart(parts) => parts.is_empty(),
            Self::Raw { bytes, .. } => bytes.is_empty(),
        }
    }
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// `application/json`, under this name.
    Json(&'static str, Value),
    Text(String, Text),
    File(FilePart),
}

/// A file in a multipart body. Its bytes are read once, so that a repeated request sends the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// The part's name: `files[0]`, `file`.
    pub name: String,
    /// What Discord calls the file.
    pub filename: String,
    /// Its media type.
    pub content_type: String,
    /// Where the bytes come from: a path, or `-` for standard input.
    pub source: String,
    pub bytes: bytes::Bytes,
}

/// What the body of a response has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Json,
    Anything,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Below the API's base, with `{name}` for each of `segments`: `/channels/{channel_id}`.
    pub template: Cow<'static, str>,
    pub segments: Vec<Segment>,
    pub query: Vec<(String, String)>,
    pub body: Body,
    pub auth: Auth,
    /// For the audit log; plain text.
    pub reason: Option<String>,
    /// What responses with success are: JSON, or anything.
    pub answer: Expected,
    /// Sending it twice does no more than sending it once: its method says so, or a nonce does.
    pub repeatable: bool,
}

impl Request {
    pub fn new(endpoint: &Endpoint) -> Self {
        Self {
            method: endpoint.method,
            template: Cow::Borrowed(endpoint.path),
            segments: Vec::new(),
            query: Vec::new(),
            body: Body::Empty,
            auth: endpoint.auth,
            reason: None,
            answer: if endpoint.answers.is_some() { Expected::Anything } else { Expected::Json },
            repeatable: endpoint.method.idempotent(),
        }
    }

    /// A request that no row stands behind, with a token.
    pub fn raw(method: Method, template: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method,
            template: template.into(),
            segments: Vec::new(),
            query: Vec::new(),
            body: Body::Empty,
            auth: Auth::Any,
            reason: None,
            answer: Expected::Anything,
            repeatable: method.idempotent(),
        }
    }

    /// The percent-encoded path, secrets and all, for the wire alone.
    pub fn path(&self) -> Zeroizing<String> {
        Zeroizing::new(self.fill(|value| Some(encode(value.expose()))))
    }

    /// The path for people: secrets stay `{name}`.
    pub fn shown_path(&self) -> String {
        self.fill(|value| match value {
            Text::Plain(text) => Some(encode(text)),
            Text::Hidden(_) => None,
        })
    }

    /// The value of a placeholder.
    pub fn segment(&self, name: &str) -> Option<&Text> {
        self.segments.iter().find(|s| s.name == name).map(|s| &s.value)
    }

    /// The value of the path's parameter, unless it is a secret.
    pub fn plain_segment(&self, name: &str) -> Option<&str> {
        match self.segment(name)? {
            Text::Plain(value) => Some(value),
            Text::Hidden(_) => None,
        }
    }

    /// Sets the value of a placeholder, in place of one that it has.
    pub fn set_segment(&mut self, name: impl Into<Cow<'static, str>>, value: Text) {
        let name = name.into();
        match self.segments.iter_mut().find(|s| s.name == name) {
            Some(segment) => segment.value = value,
            None => self.segments.push(Segment { name, value }),
        }
    }

    /// The placeholders that have no value yet.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        placeholders(&self.template).filter(|name| self.segment(name).is_none())
    }

    /// The template with each placeholder replaced; one without a value stays.
    fn fill(&self, encode: impl Fn(&Text) -> Option<String>) -> String {
        let mut path = String::with_capacity(self.template.len() + 64);
        let mut rest: &str = &self.template;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            path.push_str(before);
            match self.segment(name).and_then(&encode) {
                Some(value) => path.push_str(&value),
                None => path.extend(["{", name, "}"]),
            }
            rest = after;
        }
        path.push_str(rest);
        path
    }
}

fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// The names in a template's braces, in order.
pub fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::find;

    fn with(noun: &str, verb: &str, segments: &[(&'static str, Text)]) -> Request {
        let mut request = Request::new(find(noun, verb).unwrap());
        request.segments =
            segments.iter().map(|(name, value)| Segment { name: (*name).into(), value: value.clone() }).collect();
        request
    }

    #[test]
    fn a_path_is_filled_in_and_encoded_a_segment_at_a_time() {
        let plain = |t: &str| Text::Plain(t.to_owned());
        let request = with("message", "get", &[("channel_id", plain("1/2?#")), ("message_id", plain("#️⃣"))]);
        assert_eq!(*request.path(), "/channels/1%2F2%3F%23/messages/%23%EF%B8%8F%E2%83%A3");
        assert_eq!(
            *with("message", "get", &[("channel_id", plain("@me"))]).path(),
            "/channels/@me/messages/{message_id}"
        );
    }

    #[test]
    fn a_secret_in_the_path_is_shown_by_its_name() {
        let secret = Text::Hidden(Secret::new("top-secret-token"));
        let request = with("message", "get", &[("channel_id", secret), ("message_id", Text::Plain("2".into()))]);
        assert_eq!(*request.path(), "/channels/top-secret-token/messages/2");
        assert_eq!(request.shown_path(), "/channels/{channel_id}/messages/2");
        assert!(!format!("{request:?}").contains("top-secret-token"));
    }
}
