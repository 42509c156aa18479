//! Classifies a response: a success, an unexpected body, or a refusal by Discord, Cloudflare or a proxy.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{ApiError, Error, clean};
use super::request::{Expected, Request};
use super::retry::{self, Attempt};
use crate::catalogue::Method;
use crate::limit::{Answer, Cloudflare, Origin, Outcome, Scope, WaitReason, seconds};
use crate::model::items;

/// Discord's code for a search whose index is still being built.
const INDEX_NOT_READY: i64 = 110_000;

/// Discord's code for a request that Cloudflare blocks behind Discord's front end.
const BLOCKED_BY_CLOUDFLARE: i64 = 40_333;

/// What the sign-in pages of networks and some proxies send, as a success, in place of Discord's response.
pub(super) const WEB_PAGE: &str = "a web page";

/// A successful response.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    /// The media type of the body, without its parameters.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
        value.split(';').next().map(str::trim)
    }
}

/// The text of the field at a dotted path. Returns an error if the field is missing.
pub fn text(body: &[u8], field: &'static str) -> Result<String, Error> {
    let object: Option<&RawValue> = serde_json::from_slice(body).ok();
    object.and_then(|object| items::text(object, field)).ok_or(Error::NoField(field))
}

/// Classifies the result of an attempt, for the limiter and for the decision whether to retry.
pub(super) fn classify(result: &Result<Response, Error>) -> (Outcome, Attempt) {
    match result {
        Ok(response) => {
            let answer = Answer::read(response.status, &response.headers, &response.body);
            let attempt = match (answer.limited, not_ready(response)) {
                (Some(_), _) => Attempt::Limited,
                (None, Some(after)) => Attempt::NotReady(after),
                // The response is not from the API. A 401 from a sign-in page says nothing about the token.
                (None, None) if answer.origin != Origin::Api => Attempt::Permanent,
                (None, None) => Attempt::Status(answer.status),
            };
            (Outcome::Answer(answer), attempt)
        }
        Err(Error::Proxy(error)) if error.is_permanent() => (Outcome::NotSent, Attempt::Permanent),
        Err(Error::Connect { .. } | Error::Proxy(_)) => (Outcome::NotSent, Attempt::NoConnection),
        Err(Error::Tls { .. }) => (Outcome::NotSent, Attempt::Permanent),
        Err(Error::BodyTooLarge { .. }) => (Outcome::NoAnswer, Attempt::Permanent),
        Err(_) => (Outcome::NoAnswer, Attempt::NoAnswer),
    }
}

/// The wait that the 202 of a search requires.
fn not_ready(response: &Response) -> Option<Duration> {
    #[derive(Deserialize)]
    struct NotReady {
        code: i64,
        retry_after: Option<f64>,
    }
    if response.status != StatusCode::ACCEPTED {
        return None;
    }
    let body: NotReady = serde_json::from_slice(&response.body).ok()?;
    (body.code == INDEX_NOT_READY).then(|| body.retry_after.and_then(seconds).unwrap_or_default())
}

/// The response to a DELETE that an earlier attempt carried out.
pub(super) fn already_deleted() -> Response {
    Response { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Bytes::new() }
}

/// Whether a 404 means that an earlier attempt carried out the request.
pub(super) fn has_deleted(request: &Request, result: &Result<Response, Error>) -> bool {
    let code = result.as_ref().ok().and_then(|response| ApiError::read(response.status, &response.body).code);
    request.method == Method::Delete && retry::has_deleted(&request.template, code)
}

/// Describes the body of a successful response, if it is not one that Discord sends for this request.
pub(super) fn unexpected(response: &Response, request: &Request) -> Option<String> {
    let kind = response.content_type();
    if kind == Some("text/html") {
        return Some(WEB_PAGE.to_owned());
    }
    // While the index of a search is being built, Discord responds with 202 and a code, and the client waits.
    if request.method == Method::Get && response.status == StatusCode::ACCEPTED {
        return Some("no result".to_owned());
    }
    if request.answer == Expected::Anything {
        return None;
    }
    // dcord accepts no content encoding, so that no response can expand beyond the size limit.
    if let Some(encoding) = response.headers.get(CONTENT_ENCODING).filter(|value| *value != "identity") {
        return Some(format!("a body encoded as {}", clean(&String::from_utf8_lossy(encoding.as_bytes()))));
    }
    if response.body.is_empty() {
        // A request that changes something may have an empty response.
        let promised = request.method == Method::Get && response.status != StatusCode::NO_CONTENT;
        return promised.then(|| "an empty body".to_owned());
    }
    let is_json = kind.is_none_or(|kind| kind.ends_with("json"));
    let parses = || serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_ok();
    (!is_json && !parses()).then(|| format!("{} instead of JSON", clean(kind.unwrap_or_default())))
}

/// The error for a response that is not a success.
pub(super) fn refused(response: &Response, host: String) -> Error {
    let answer = Answer::read(response.status, &response.headers, &response.body);
    let by_cloudflare = |refusal, host| Error::Cloudflare { host, status: response.status, refusal };
    match answer.limited {
        Some(limited) if limited.scope == Scope::Cloudflare => Error::Blocked { retry_after: limited.retry_after },
        Some(limited) => Error::RateLimited {
            retry_after: limited.retry_after,
            scope: Some(limited.scope),
            why: match (limited.scope, answer.quota) {
                (Scope::Global, _) => WaitReason::Global,
                (_, Some(quota)) if quota.remaining == 0 => WaitReason::Bucket,
                _ => WaitReason::Hidden,
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
