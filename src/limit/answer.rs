//! Reads the rate limits from the headers and the body of a response.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::fmt::rfc2822;
use serde::Deserialize;

use super::cloudflare::Cloudflare;

/// The outcome of a request that had a slot.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Answer(Answer),
    /// The request was sent, but no response arrived. Discord may have counted it.
    NoAnswer,
    /// The request was not sent, because the connection failed.
    NotSent,
}

/// The parts of a response that affect rate limits.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Answer {
    pub status: u16,
    /// The bucket's hash, from `X-RateLimit-Bucket`.
    pub bucket: Option<String>,
    pub quota: Option<Quota>,
    /// Set for a 429, and for Cloudflare's rate limit whatever its status.
    pub limited: Option<RateLimited>,
    pub origin: Origin,
}

/// The program that sent a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    Api,
    Cloudflare(Cloudflare),
    /// A proxy between dcord and Discord, such as a content filter or a sign-in page: the response's body is a web page.
    WebPage,
}

/// The state of a bucket, from the `X-RateLimit-*` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit: u32,
    pub remaining: u32,
    /// From `X-RateLimit-Reset-After`. `X-RateLimit-Reset` is not used, because it is a wall-clock time and clocks differ.
    pub reset_after: Duration,
}

/// The contents of a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimited {
    pub retry_after: Duration,
    pub scope: Scope,
}

/// The requests to which a 429 applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The requests of this bot or user in one bucket.
    User,
    /// All requests of this bot or user.
    Global,
    /// The requests of all users to one resource. Discord does not count such a 429 as an invalid request.
    Shared,
    /// All requests from this IP address. The response came from Cloudflare, not from Discord.
    Cloudflare,
}

impl Scope {
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
            Self::Cloudflare => "cloudflare",
        }
    }
}

/// The wait after a 429 without a usable `retry_after`.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// The wait after a block by Cloudflare without a usable `Retry-After`.
const DEFAULT_BLOCK: Duration = Duration::from_secs(60);

/// The maximum length of a bucket hash. Discord's hashes have 32 characters; since dcord stores them on disk, it ignores longer
/// values.
const LONGEST_BUCKET_HASH: usize = 128;

/// The maximum wait. No longer one is known from Discord, so dcord shortens any that exceeds it.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

#[derive(Deserialize)]
struct Body {
    retry_after: Option<f64>,
    #[serde(default)]
    global: bool,
}

impl Answer {
    /// Reads a response. The body matters only for 401, 403 and 429.
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let quota = (|| {
            Some(Quota {
                limit: number(headers, "x-ratelimit-limit")?,
                remaining: number(headers, "x-ratelimit-remaining")?,
                reset_after: seconds(text(headers, "x-ratelimit-reset-after")?.parse().ok()?)?,
            })
        })();
        let origin = match status.as_u16() {
            401 | 403 | 429 => origin(body),
            _ => Origin::Api,
        };
        let limited = match origin {
            Origin::Cloudflare(refusal) if refusal.is_rate_limit() => Some(blocked(headers)),
            _ => (status == StatusCode::TOO_MANY_REQUESTS).then(|| limited(headers, body)),
        };
        let bucket = text(headers, "x-ratelimit-bucket").filter(|hash| hash.len() <= LONGEST_BUCKET_HASH);
        Self { status: status.as_u16(), bucket: bucket.map(str::to_owned), quota, limited, origin }
    }

    /// Whether Discord counts the request as invalid. After too many invalid requests, Discord blocks the IP address. Requests
    /// that Cloudflare or a proxy refuses do not count, because they never reach Discord.
    pub fn invalid(&self) -> bool {
        match (self.limited, self.origin) {
            (Some(limited), _) => !matches!(limited.scope, Scope::Shared | Scope::Cloudflare),
            (None, Origin::Api) => matches!(self.status, 401 | 403),
            (None, Origin::Cloudflare(_) | Origin::WebPage) => false,
        }
    }
}

fn origin(body: &[u8]) -> Origin {
    match Cloudflare::read(body) {
        Some(refusal) => Origin::Cloudflare(refusal),
        None if body.trim_ascii_start().starts_with(b"<") => Origin::WebPage,
        None => Origin::Api,
    }
}

/// Reads a block of this IP address by Cloudflare.
fn blocked(headers: &HeaderMap) -> RateLimited {
    RateLimited { retry_after: retry_after(headers).unwrap_or(DEFAULT_BLOCK), scope: Scope::Cloudflare }
}

/// Reads `Retry-After`, which is a number of seconds or a date (RFC 9110, 10.2.3). A date is compared to the response's own
/// `Date`, because this machine's clock may be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, header::RETRY_AFTER.as_str())?;
    if let Ok(number) = value.parse() {
        return seconds(number);
    }
    let date = |text: &str| rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let (until, from) = (date(value)?, date(text(headers, header::DATE.as_str())?)?);
    seconds(until.duration_since(from).as_secs_f64().max(0.0))
}

fn limited(headers: &HeaderMap, body: &[u8]) -> RateLimited {
    let reported: Option<Body> = serde_json::from_slice(body).ok();
    // Discord's own responses pass through a proxy that adds `Via`. Cloudflare's do not, and are not JSON
    // (discord-api-docs#5810).
    if reported.is_none() && !headers.contains_key(header::VIA) {
        return blocked(headers);
    }
    let retry_after = reported
        .as_ref()
        .and_then(|body| seconds(body.retry_after?))
        .or_else(|| retry_after(headers))
        .unwrap_or(DEFAULT_WAIT);
    let scope = match text(headers, "x-ratelimit-scope") {
        Some("shared") => Scope::Shared,
        Some("global") => Scope::Global,
        _ if reported.is_some_and(|body| body.global) || headers.contains_key("x-ratelimit-global") => Scope::Global,
        _ => Scope::User,
    };
    RateLimited { retry_after, scope }
}

/// Converts a number of seconds, and limits it to a week. Returns `None` for a negative number and for NaN.
pub fn seconds(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(seconds).map_or(LONGEST_WAIT, |d| d.min(LONGEST_WAIT)))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(n, v)| (http::HeaderName::from_static(n), v.parse().unwrap())).collect();
        Answer::read(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    const fn limited(ms: u64, scope: Scope) -> Option<RateLimited> {
        Some(RateLimited { retry_after: Duration::from_millis(ms), scope })
    }

    #[test]
    fn a_429_is_read_with_its_scope_and_its_wait() {
        let html = "<html>error code: 1015</html>";
        for (headers, body, expected, invalid) in [
            (&[("x-ratelimit-scope", "user")][..], r#"{"retry_after":64.57}"#, limited(64_570, Scope::User), true),
            (&[("x-ratelimit-scope", "shared")], r#"{"retry_after":0.3}"#, limited(300, Scope::Shared), false),
            (&[("x-ratelimit-scope", "global")], r#"{"retry_after":1}"#, limited(1000, Scope::Global), true),
            (&[], r#"{"retry_after":1,"global":true}"#, limited(1000, Scope::Global), true),
            (&[("x-ratelimit-global", "true")], r#"{"retry_after":1}"#, limited(1000, Scope::Global), true),
            (&[("via", "1.1 google"), ("retry-after", "7")], "slow down", limited(7000, Scope::User), true),
            (
                &[("via", "1.1 google"), ("retry-after", "7")],
                "error code: 1015",
                limited(7000, Scope::Cloudflare),
                false,
            ),
            (&[("retry-after", "soon")], html, limited(60_000, Scope::Cloudflare), false),
            (&[("retry-after", "-5")], html, limited(60_000, Scope::Cloudflare), false),
            (
                &[("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"), ("date", "Fri, 31 Dec 1999 23:59:29 GMT")],
                html,
                limited(30_000, Scope::Cloudflare),
                false,
            ),
            (
                &[("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"), ("date", "Sat, 01 Jan 2000 00:00:00 GMT")],
                html,
                limited(0, Scope::Cloudflare),
                false,
            ),
            (&[("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT")], html, limited(60_000, Scope::Cloudflare), false),
            (&[("via", "1.1 google")], r#"{"retry_after":-1}"#, limited(1000, Scope::User), true),
            (&[("retry-after", "120")], html, limited(120_000, Scope::Cloudflare), false),
            (&[], "", limited(60_000, Scope::Cloudflare), false),
            (&[], r#"{"retry_after":1e300}"#, limited(604_800_000, Scope::User), true),
        ] {
            let answer = read(429, headers, body);
            assert_eq!((answer.limited, answer.invalid()), (expected, invalid), "{headers:?} {body}");
        }
    }

    #[test]
    fn a_buckets_state_is_read_from_its_headers_without_the_reset_time() {
        let headers = [
            ("x-ratelimit-limit", "5"),
            ("x-ratelimit-remaining", "4"),
            ("x-ratelimit-reset", "1470173023.123"),
            ("x-ratelimit-reset-after", "0.75"),
            ("x-ratelimit-bucket", "abcd"),
        ];
        let answer = read(200, &headers, "");
        assert_eq!(answer.quota, Some(Quota { limit: 5, remaining: 4, reset_after: Duration::from_millis(750) }));
        assert_eq!(answer.bucket.as_deref(), Some("abcd"));
        assert!(answer.limited.is_none() && !answer.invalid());
        assert_eq!(read(200, &headers[..3], "").quota, None);
    }

    #[test]
    fn only_401_and_403_count_as_invalid_besides_429() {
        let invalid: Vec<u16> =
            [200, 400, 401, 403, 404, 500].into_iter().filter(|s| read(*s, &[], "").invalid()).collect();
        assert_eq!(invalid, [401, 403]);
    }

    #[test]
    fn a_refusal_by_cloudflare_or_a_proxy_does_not_count_as_an_invalid_request() {
        for body in ["error code: 1010", "<html>cloudflare</html>", "<html>blocked by the firewall</html>"] {
            assert!(!read(403, &[], body).invalid(), "{body}");
        }
        assert!(read(403, &[], "plain text").invalid());
        let limit = read(403, &[("retry-after", "90")], "error code: 1015");
        assert_eq!((limit.limited, limit.invalid()), (limited(90_000, Scope::Cloudflare), false));
    }

    #[test]
    fn headers_that_are_not_numbers_or_are_out_of_bounds_are_ignored() {
        let quota = |limit: &str, remaining: &str, after: &str| {
            let headers = [
                ("x-ratelimit-limit", limit),
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset-after", after),
            ];
            read(200, &headers, "").quota
        };
        for (limit, remaining, after) in [
            ("-1", "0", "1"),
            ("5", "many", "1"),
            ("5", "0", "NaN"),
            ("5", "0", "-1"),
            ("99999999999999999999", "0", "1"),
            ("5", "", "1"),
            ("5", "0", "soon"),
        ] {
            assert_eq!(quota(limit, remaining, after), None, "{limit} {remaining} {after}");
        }
        for after in ["1e308", "inf", "99999999999999999999"] {
            assert_eq!(quota("5", "0", after).unwrap().reset_after, LONGEST_WAIT, "{after}");
        }
        assert_eq!(read(200, &[("x-ratelimit-bucket", &"b".repeat(5000))], "").bucket, None);
    }
}
