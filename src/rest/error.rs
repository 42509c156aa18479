//! The errors of requests.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::host::BadUrl;
use crate::catalogue::LONGEST_REASON;
use crate::limit::{Cloudflare, Refusal, Scope, WaitReason};
use crate::model::{redact, time};
use crate::net::{BadProxy, CertificatesError, ProxyError, TlsFault};

/// Why a request has no usable response.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The request would have to wait for longer than `--max-wait`.
    #[error("{why} lasts another {}", time::in_words(*.retry_after))]
    RateLimited { retry_after: Duration, scope: Option<Scope>, why: WaitReason },
    /// A search: Discord is still building the server's index.
    #[error("Discord has not built the search index of this server yet; it will be ready in {}", time::in_words(*.retry_after))]
    IndexNotReady { retry_after: Duration },
    #[error("Cloudflare blocks this IP address for another {}", time::in_words(*.retry_after))]
    Blocked { retry_after: Duration },
    #[error(
        "dcord sent {count} invalid requests (401, 403 or 429) in ten minutes; more could get this IP address blocked, \
         so dcord sends no requests for {}", time::in_words(*.retry_in)
    )]
    TooManyInvalid { count: u32, retry_in: Duration },
    /// An earlier request found that the token is dead, so nothing was sent.
    #[error("Discord rejected this token within the last hour; dcord will not use it again for {}", time::in_words(*.retry_in))]
    DeadToken { retry_in: Duration },
    #[error("{host} did not respond within {}", time::in_words(*.after))]
    Timeout { host: String, after: Duration },
    #[error("cannot connect to {host}: {cause}")]
    Connect { host: String, cause: String },
    #[error("cannot establish a TLS connection to {host}: {fault}")]
    Tls { host: String, fault: TlsFault },
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error(transparent)]
    BadProxy(#[from] BadProxy),
    /// The connection broke while or after dcord sent the request.
    #[error("lost the connection to {host}: {cause}")]
    Cut { host: String, cause: String },
    #[error("{0:?} cannot be a file name: it contains a quote, a backslash or a control character")]
    FileName(String),
    #[error("{0:?} is not a media type")]
    ContentType(String),
    #[error("{name}: {value:?} cannot be part of a URL path")]
    Segment { name: String, value: String },
    /// The URL is too long for a request line.
    #[error("the URL of the request is {length} bytes long; the maximum is {most}")]
    LongUrl { length: usize, most: usize },
    #[error("the audit log reason is {0} characters long; the maximum is {LONGEST_REASON}")]
    LongReason(usize),
    #[error("the response is larger than {} MiB", .most >> 20)]
    BodyTooLarge { most: usize },
    #[error(transparent)]
    Host(#[from] BadUrl),
    /// The page is from a proxy or a network's sign-in page, because Discord's API sends no web pages.
    #[error("{host} returned a web page instead of JSON")]
    WebPage { host: String },
    #[error("{host} returned {status} with {found}")]
    InvalidAnswer { host: String, status: StatusCode, found: String },
    #[error("the response has no field {0:?}")]
    NoField(&'static str),
    /// `to` is the host that the redirect points to.
    #[error("{host} returned {status}{}", .to.as_ref().map_or_else(String::new, |to| format!(", a redirect to {to}")))]
    Redirect { host: String, status: StatusCode, to: Option<String> },
    /// The response came from Cloudflare instead of Discord.
    #[error("Cloudflare refused the request to {host} ({status}{}){}", code(*.refusal), meaning(*.refusal))]
    Cloudflare { host: String, status: StatusCode, refusal: Cloudflare },
    #[error("this request requires a token")]
    NoToken,
    #[error(transparent)]
    Certificates(#[from] CertificatesError),
    /// The response should be a list but is not.
    #[error("the response is not a list: {0}")]
    NotAList(serde_json::Error),
    /// The next page would be the same, or the items have no cursor.
    #[error("cannot fetch more pages after page {page}: {why}")]
    Pages { page: u64, why: Stuck },
    /// The job to which the request belongs has ended.
    #[error("the request was not sent, because the command is ending")]
    Stopped,
    #[error("cannot set up the HTTP client: {0}")]
    Setup(String),
    /// The last attempt failed with this error. Discord may have carried out an earlier attempt, whose answer was lost.
    #[error(transparent)]
    AfterLostAnswer(Box<Self>),
}

impl Error {
    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(api) => Some(api.status),
            Self::InvalidAnswer { status, .. } | Self::Redirect { status, .. } | Self::Cloudflare { status, .. } => {
                Some(*status)
            }
            _ => None,
        }
    }

    /// Whether Discord may have carried out the request despite the error.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Api(api) => api.status.is_server_error(),
            Self::Cloudflare { status, .. } => status.is_server_error(),
            Self::Timeout { .. }
            | Self::Cut { .. }
            | Self::BodyTooLarge { .. }
            | Self::WebPage { .. }
            | Self::InvalidAnswer { .. }
            | Self::NotAList(_)
            | Self::AfterLostAnswer(_) => true,
            _ => false,
        }
    }
}

/// Why the next page cannot be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stuck {
    #[error("its items have no cursor")]
    NoCursor,
    #[error("the page starts at the same item as the page before it")]
    NotAdvancing,
}

fn code(refusal: Cloudflare) -> String {
    refusal.code.map_or_else(String::new, |code| format!(", error {code}"))
}

/// Source: Cloudflare's documentation, "Cloudflare 1xxx errors".
const fn meaning(refusal: Cloudflare) -> &'static str {
    match refusal.code {
        Some(1006..=1008) => ": it has banned this IP address",
        Some(1009) => ": it does not serve this country",
        Some(1010) => ": it does not accept this client's signature",
        Some(1012) => ": it denies access from this network",
        Some(1020) => ": one of its firewall rules matches",
        _ => "",
    }
}

/// An error response from Discord.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message} ({}{})", self.shown_status(), .code.map_or_else(String::new, |c| format!(", code {c}")))]
pub struct ApiError {
    pub status: StatusCode,
    /// Discord's JSON error code. `None` for 0. Source: Discord's documentation, "Opcodes and Status Codes".
    pub code: Option<i64>,
    pub message: String,
    pub fields: Vec<FieldError>,
}

/// An error about one field of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The path of the field, such as `embeds[0].title`, or an empty string for the body as a whole.
    pub path: String,
    pub code: String,
    pub message: String,
}

/// The maximum length of an error message in characters, for one line on a terminal.
const LONGEST_MESSAGE: usize = 300;

/// The maximum number of fields, more than anybody reads.
const MOST_FIELDS: usize = 100;

/// The maximum depth of the error tree. Discord's deepest bodies (message components) need a fifth of it.
const DEEPEST: usize = 64;

impl ApiError {
    /// The status with its name, or only its number if the message is that name.
    fn shown_status(&self) -> String {
        match self.status.canonical_reason() {
            Some(name) if name != self.message => self.status.to_string(),
            _ => self.status.as_u16().to_string(),
        }
    }

    /// Reads the body of an error response.
    pub fn read(status: StatusCode, body: &[u8]) -> Self {
        let reason = || status.canonical_reason().unwrap_or("an error without a name").to_owned();
        let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(body) else {
            let text = String::from_utf8_lossy(&body[..body.len().min(8 * LONGEST_MESSAGE)]);
            let message = if text.trim_start().starts_with('<') { String::new() } else { clean(&text) };
            let message = if message.is_empty() { reason() } else { message };
            return Self { status, code: None, message, fields: Vec::new() };
        };
        let mut fields = Vec::new();
        if let Some(errors) = object.get("errors") {
            flatten(errors, &mut String::new(), 0, &mut fields);
        }
        // The OAuth2 endpoints use `error` and `error_description` instead (RFC 6749).
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(clean).filter(|t| !t.is_empty());
        let message = text("message").or_else(|| text("error_description")).or_else(|| text("error"));
        Self {
            status,
            code: object.get("code").and_then(Value::as_i64).filter(|c| *c != 0),
            // Some of Discord's messages begin with the status, which the error prints anyway.
            message: message.map_or_else(reason, |m| {
                m.strip_prefix(&format!("{}: ", status.as_u16())).map_or(m.clone(), str::to_owned)
            }),
            fields,
        }
    }
}

/// Collects the errors in Discord's tree, whose names and indexes lead to `_errors` lists at any level. Some endpoints have a
/// string or a list of strings in place of such a list.
fn flatten(node: &Value, path: &mut String, depth: usize, found: &mut Vec<FieldError>) {
    if depth > DEEPEST || found.len() >= MOST_FIELDS {
        return;
    }
    let text = |value: &Value| value.as_str().map(clean).unwrap_or_default();
    let mut push = |error: &Value| {
        if found.len() < MOST_FIELDS {
            found.push(match error {
                Value::String(message) => {
                    FieldError { path: path.clone(), code: String::new(), message: clean(message) }
                }
                _ => FieldError { path: path.clone(), code: text(&error["code"]), message: text(&error["message"]) },
            });
        }
    };
    let object = match node {
        Value::Object(object) => object,
        Value::Array(errors) => return errors.iter().for_each(push),
        Value::String(_) => return push(node),
        _ => return,
    };
    for (name, child) in object {
        if name == "_errors" {
            child.as_array().into_iter().flatten().for_each(&mut push);
        }
    }
    let length = path.len();
    for (name, child) in object.iter().filter(|(name, _)| *name != "_errors") {
        let name = clean(name);
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
            path.extend(["[", &name, "]"]);
        } else {
            path.extend([if path.is_empty() { "" } else { "." }, &name]);
        }
        flatten(child, path, depth + 1, found);
        path.truncate(length);
    }
}

/// Converts text from the network to one short line, without control characters, direction characters and secrets.
pub(super) fn clean(text: &str) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word = word.chars().filter(|c| !c.is_control() && !is_direction(*c));
        let gap = (length > 0).then_some(' ');
        for c in gap.into_iter().chain(word) {
            if length == LONGEST_MESSAGE {
                line.push('…');
                return redact::redact(&line).into_owned();
            }
            line.push(c);
            length += 1;
        }
    }
    redact::redact(&line).into_owned()
}

/// Whether a character changes the direction of the following text, which could make it look like another text.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyInvalid { count, retry_in } => Self::TooManyInvalid { count, retry_in },
            Refusal::DeadToken { retry_in } => Self::DeadToken { retry_in },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> ApiError {
        ApiError::read(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    fn fields(errors: &str) -> Vec<(String, String, String)> {
        let body = format!(r#"{{"code":50035,"message":"Invalid Form Body","errors":{errors}}}"#);
        read(400, &body).fields.into_iter().map(|f| (f.path, f.code, f.message)).collect()
    }

    #[test]
    fn errors_are_listed_with_their_paths() {
        let one = |path: &str, code: &str, message: &str| vec![(path.into(), code.into(), message.into())];
        for (errors, expected) in [
            (
                r#"{"embeds":{"0":{"title":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Too long."}]}}}}"#,
                one("embeds[0].title", "BASE_TYPE_MAX_LENGTH", "Too long."),
            ),
            (
                r#"{"_errors":[{"code":"APPLICATION_COMMAND_TOO_LARGE","message":"Big."}]}"#,
                one("", "APPLICATION_COMMAND_TOO_LARGE", "Big."),
            ),
            (r#"{"0":{"options":{"2":{"_errors":[{"code":"A","message":"B"}]}}}}"#, one("[0].options[2]", "A", "B")),
            (r#"{"guild_id":["Value is not snowflake."]}"#, one("guild_id", "", "Value is not snowflake.")),
            (r#"{"name":{"_errors":[]}}"#, vec![]),
            ("null", vec![]),
        ] {
            assert_eq!(fields(errors), expected, "{errors}");
        }
        assert_eq!(fields(r#"{"a":{"_errors":[{"code":"1","message":"x"},{"code":"2","message":"y"}],"b":{"_errors":[{"code":"3","message":"z"}]}}}"#).len(), 3);
    }

    #[test]
    fn an_error_prints_discords_message_on_one_line() {
        let error = read(404, r#"{"message":"Unknown\nChannel\u001b[31m\u202e!","code":10003}"#);
        assert_eq!(error.to_string(), "Unknown Channel[31m! (404 Not Found, code 10003)");
        assert_eq!(read(401, r#"{"message":"401: Unauthorized","code":0}"#).code, None);
        assert_eq!(
            read(400, r#"{"error":"invalid_grant","error_description":"Invalid code"}"#).message,
            "Invalid code"
        );
    }

    #[test]
    fn an_error_body_that_is_not_json_is_shortened_and_cleaned() {
        assert_eq!(read(502, "<html><h1>Bad</h1></html>").to_string(), "Bad Gateway (502)");
        assert_eq!(read(500, "").message, "Internal Server Error");
        assert_eq!(read(500, "upstream  connect\terror\x1b[2J").message, "upstream connect error[2J");
        assert_eq!(read(500, &"x".repeat(100_000)).message.chars().count(), LONGEST_MESSAGE + 1);
        assert_eq!(ApiError::read(StatusCode::BAD_REQUEST, b"[1]\xff").message, "[1]\u{fffd}");
    }

    #[test]
    fn a_malicious_error_tree_is_bounded() {
        let deep =
            format!("{}{}", r#"{"a":"#.repeat(100), r#"{"_errors":[{"code":"1","message":"x"}]}"#) + &"}".repeat(100);
        assert_eq!(fields(&deep), []);
        let wide: Vec<_> =
            (0..1000).map(|i| format!(r#""f{i}":{{"_errors":[{{"code":"1","message":"x"}}]}}"#)).collect();
        assert_eq!(fields(&format!("{{{}}}", wide.join(","))).len(), MOST_FIELDS);
    }
}
