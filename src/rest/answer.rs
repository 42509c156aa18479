//! What an answer is: a success, what was not asked for, or a refusal of somebody's.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{ApiError, Error, clean};
use super::request::{Expected, Request};
use super::retry::{self, Came};
use crate::catalogue::Method;
use crate::limit::{Answer, Cloudflare, Origin, Outcome, Scope, Why, seconds};
use crate::model::items;

/// Search says so while it builds a server's index.
const INDEX_NOT_READY: i64 = 110_000;

/// Discord says so when Cloudflare blocks a request that has reached it.
const BLOCKED_BY_CLOUDFLARE: i64 = 40_333;

/// What answers with success are in hotels and behind some proxies.
pub(super) const WEB_PAGE: &str = "a web page";

/// A success.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    /// What the body is, without its parameters.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
        value.split(';').next().map(str::trim)
    }
}

/// The text of a field, at a dotted path, that an answer has to have.
pub fn text(body: &[u8], field: &'static str) -> Result<String, Error> {
    let object: Option<&RawValue> = serde_json::from_slice(body).ok();
    object.and_then(|object| items::text(object, field)).ok_or(Error::NoField(field))
}

/// What an attempt means for the limiter, and for repeating it.
pub(super) fn judge(result: &Result<Response, Error>) -> (Outcome, Came) {
    match result {
        Ok(response) => {
            let answer = Answer::read(response.status, &response.headers, &response.body);
            let came = match (answer.limited, not_ready(response)) {
                (Some(_), _) => Came::Limited,
                (None, Some(after)) => Came::NotReady(after),
                // Not the API's word: a token is not dead because a sign-in page says 401.
                (None, None) if answer.origin != Origin::Api => Came::Hopeless,
                (None, None) => Came::Status(answer.status),
            };
            (Outcome::Answer(answer), came)
        }
        Err(Error::Proxy(error)) if error.is_permanent() => (Outcome::NotSent, Came::Hopeless),
        Err(Error::Connect { .. } | Error::Proxy(_)) => (Outcome::NotSent, Came::NoConnection),
        Err(Error::Tls { .. }) => (Outcome::NotSent, Came::Hopeless),
        Err(Error::BodyTooLarge { .. }) => (Outcome::NoAnswer, Came::Hopeless),
        Err(_) => (Outcome::NoAnswer, Came::NoAnswer),
    }
}

/// For how long a search's 202 asks to wait.
fn not_ready(response: &Response) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Told {
        code: i64,
        retry_after: Option<f64>,
    }
    if response.status != StatusCode::ACCEPTED {
        return None;
    }
    let told: Told = serde_json::from_slice(&response.body).ok()?;
    (told.code == INDEX_NOT_READY).then(|| told.retry_after.and_then(seconds).unwrap_or_default())
}

/// The answer to a DELETE that an earlier attempt has carried out.
pub(super) fn done() -> Response {
    Response { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Bytes::new() }
}

/// Whether a 404 says that an earlier attempt has carried the request out.
pub(super) fn has_deleted(request: &Request, result: &Result<Response, Error>) -> bool {
    let code = result.as_ref().ok().and_then(|response| ApiError::read(response.status, &response.body).code);
    request.method == Method::Delete && retry::has_deleted(&request.template, code)
}

/// What the body of a success is, where it is not what the request is answered with.
pub(super) fn unexpected(response: &Response, request: &Request) -> Option<String> {
    let kind = response.content_type();
    if kind == Some("text/html") {
        return Some(WEB_PAGE.to_owned());
    }
    // Message search says so while its index is built, with a code that is waited for.
    if request.method == Method::Get && response.status == StatusCode::ACCEPTED {
        return Some("no result".to_owned());
    }
    if request.answer == Expected::Anything {
        return None;
    }
    // dcord accepts no encoding, so that no answer can be larger than it looks.
    if let Some(encoding) = response.headers.get(CONTENT_ENCODING).filter(|value| *value != "identity") {
        return Some(format!("a body encoded as {}", clean(&String::from_utf8_lossy(encoding.as_bytes()))));
    }
    if response.body.is_empty() {
        // What changes something may have nothing to say.
        let promised = request.method == Method::Get && response.status != StatusCode::NO_CONTENT;
        return promised.then(|| "an empty body".to_owned());
    }
    let is_json = kind.is_none_or(|kind| kind.ends_with("json"));
    let parses = || serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_ok();
    (!is_json && !parses()).then(|| format!("{} in place of JSON", clean(kind.unwrap_or_default())))
}

/// The error that an answer is.
pub(super) fn refused(response: &Response, host: String) -> Error {
    let answer = Answer::read(response.status, &response.headers, &response.body);
    let by_cloudflare = |refusal, host| Error::Cloudflare { host, status: response.status, refusal };
    match answer.limited {
        Some(limited) if limited.scope == Scope::Cloudflare => Error::Blocked { retry_after: limited.retry_after },
        Some(limited) => Error::RateLimited {
            retry_after: limited.retry_after,
            scope: Some(limited.scope),
            why: match (limited.scope, answer.quota) {
                (Scope::Global, _) => Why::Global,
                (_, Some(quota)) if quota.remaining == 0 => Why::Bucket,
                _ => Why::Hidden,
            },
        },
        None => match answer.origin {
            Origin::Cloudflare(refusal) => by_cloudflare(refusal, host),
            Origin::WebPage => Error::WebPage { host },
            Origin::Api => match ApiError::read(response.status, &response.body) {
                ApiError { code: Some(BLOCKED_BY_CLOUDFLARE), .. } => by_cloudflare(Cloudflare { code: None }, host),
                error => Error::Api(Box::new(error)),
            },
        },
    }
}
