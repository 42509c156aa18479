//! Requests before they are sent.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::catalogue::{Auth, Endpoint, Method};
use crate::model::Secret;

/// The characters to encode in a path segment: all except the unreserved ones of RFC 3986, and `@` for `@me`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// Text that may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    Hidden(Secret),
}

impl Text {
    /// The text itself, to send it.
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

/// The value of a placeholder in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub name: Cow<'static, str>,
    pub value: Text,
}

/// The body of a request.
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
    /// The JSON of the body: all of it, or the part beside the files.
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

    pub fn json_mut(&mut self) -> Option<&mut Value> {
        match self {
            Self::Json(json) => Some(json),
            Self::Multipart(parts) => parts.iter_mut().find_map(|part| match part {
                Part::Json(_, json) => Some(json),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Whether the body is empty, so that it cannot change anything.
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

/// A part of a multipart body.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A JSON part with this name.
    Json(&'static str, Value),
    Text(String, Text),
    File(FilePart),
}

/// A file in a multipart body. Its bytes are read once, so that a retry sends the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// The name of the part, such as `files[0]` or `file`.
    pub name: String,
    /// The file name for Discord.
    pub filename: String,
    /// The media type of the file.
    pub content_type: String,
    /// The source of the bytes: a path, or `-` for standard input.
    pub source: String,
    pub bytes: bytes::Bytes,
}

/// The required format of the body of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Json,
    Anything,
}

/// A request that is ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    /// The path below the API URL, with `{name}` for each of `segments`, such as `/channels/{channel_id}`.
    pub template: Cow<'static, str>,
    pub segments: Vec<Segment>,
    pub query: Vec<(String, String)>,
    pub body: Body,
    pub auth: Auth,
    /// The audit log reason, not encoded.
    pub reason: Option<String>,
    /// The format of a successful response.
    pub answer: Expected,
    /// Whether sending the request twice has the same effect as sending it once, because of its method or a nonce.
    pub repeatable: bool,
    /// Whether an earlier process may have sent the request, so that an object which is gone already counts as deleted.
    pub may_be_done: bool,
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
            may_be_done: false,
        }
    }

    /// A request with a token that is not in the catalogue.
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
            may_be_done: false,
        }
    }

    /// The percent-encoded path including secrets. Only for sending.
    pub fn path(&self) -> Zeroizing<String> {
        Zeroizing::new(self.fill(|value| Some(encode(value.expose()))))
    }

    /// The path to show to people, in which secrets stay `{name}`.
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

    /// The value of a placeholder, unless it is a secret.
    pub fn plain_segment(&self, name: &str) -> Option<&str> {
        match self.segment(name)? {
            Text::Plain(value) => Some(value),
            Text::Hidden(_) => None,
        }
    }

    /// Sets or replaces the value of a placeholder.
    pub fn set_segment(&mut self, name: impl Into<Cow<'static, str>>, value: Text) {
        let name = name.into();
        match self.segments.iter_mut().find(|s| s.name == name) {
            Some(segment) => segment.value = value,
            None => self.segments.push(Segment { name, value }),
        }
    }

    /// The placeholders without a value.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        placeholders(&self.template).filter(|name| self.segment(name).is_none())
    }

    /// The template with each placeholder replaced by its value. Placeholders without a value stay.
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

/// The names of the placeholders in a template, in order.
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
    fn each_segment_of_a_path_is_encoded() {
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
