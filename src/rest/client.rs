//! The client: sends a request, retries it if necessary, and returns one response.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::header::{AUTHORIZATION, HeaderName, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::RequestBuilder;
use tokio::time::{Instant, sleep, timeout};
use tracing::debug;
use url::Url;

use super::answer::{Response, WEB_PAGE, already_deleted, classify, has_deleted, refused, unexpected};
use super::body;
use super::connect::{self, root_cause};
use super::error::{Error, clean};
use super::gate::{self, Gate};
use super::host::ApiUrl;
use super::request::{Body, Part, Request, Text};
use super::retry::{self, Attempt, Attempts, Next};
use crate::catalogue::{Auth, LONGEST_REASON, Method, rows};
use crate::limit::{Key, Limiter, RequestParts, Ticket, Verdict, WaitReason};
use crate::model::{self, Clock, Token, TokenType};
use crate::net::{Ca, Proxies, Proxy, TlsFault, dial};

/// The maximum size of a response. No known endpoint comes near it: a page of 1000 members is about a megabyte.
pub const MOST_BODY: usize = 128 << 20;

/// The maximum size of the body of an error. The rest is ignored.
const MOST_ERROR_BODY: usize = 1 << 20;

/// The limit of the `http` crate. Discord rejects much shorter URLs.
const LONGEST_URL: usize = u16::MAX as usize - 1;

/// All characters except the unreserved ones of RFC 3986. A space becomes `%20`, because `+` means a space only in forms.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The settings of a client.
#[derive(Clone)]
pub struct Settings {
    pub api_url: ApiUrl,
    pub token: Option<Token>,
    /// The time limit of one attempt, from connecting to the last byte of the response.
    pub timeout: Duration,
    /// The maximum total wait of a request for rate limits.
    pub max_wait: Duration,
    /// How often to retry after a failed attempt.
    pub retries: u32,
    pub ca: Ca,
    pub proxies: Proxies,
    pub clock: Clock,
    pub notices: Arc<dyn Notices>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_url: ApiUrl::default(),
            token: None,
            timeout: Duration::from_secs(30),
            max_wait: Duration::from_secs(300),
            retries: 3,
            ca: Ca::default(),
            proxies: Proxies::default(),
            clock: Clock::system(),
            notices: Arc::new(NoNotices),
        }
    }
}

/// Reports what delays a request.
pub trait Notices: Send + Sync {
    /// The request waits for `length`, or if that is unknown, until another request has its response. The client drops the
    /// returned value when the wait ends.
    fn waiting(&self, length: Option<Duration>, why: Waiting) -> WaitReport;
    /// An attempt failed, and the client retries after this time.
    fn retrying(&self, after: Duration, cause: &Error);
}

/// The report of a wait, which ends when this is dropped.
pub type WaitReport = Box<dyn Any + Send + Sync>;

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    Limit(WaitReason),
    SearchIndex,
}

/// Ignores all reports.
pub struct NoNotices;

impl Notices for NoNotices {
    fn waiting(&self, _: Option<Duration>, _: Waiting) -> WaitReport {
        Box::new(())
    }
    fn retrying(&self, _: Duration, _: &Error) {}
}

/// Sends requests to one API, with the token of one bot or user, or without a token.
pub struct Client {
    settings: Settings,
    http: reqwest::Client,
    limits: Arc<Limiter>,
    /// The proxy for requests, and the TLS configuration for connecting to it.
    proxy: Option<(Proxy, Arc<rustls::ClientConfig>)>,
    /// The maximum size of a response in bytes.
    pub(super) most_body: usize,
}

impl Client {
    pub fn new(settings: Settings, limits: Arc<Limiter>) -> Result<Self, Error> {
        let (http, proxy) = connect::client(settings.api_url.url(), &settings.ca, &settings.proxies)?;
        Ok(Self { settings, http, limits, proxy, most_body: MOST_BODY })
    }

    /// A client with another token that uses the same connections.
    pub fn with_token(&self, token: Option<Token>, limits: Arc<Limiter>) -> Self {
        let settings = Settings { token, ..self.settings.clone() };
        Self { settings, http: self.http.clone(), limits, proxy: self.proxy.clone(), most_body: self.most_body }
    }

    /// The type of the token.
    pub fn token_type(&self) -> Option<TokenType> {
        self.settings.token.as_ref().map(|token| token.kind)
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Waits for rate limits, sends a request, and retries if the attempt failed and a retry is safe.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        self.send_through(request, None).await
    }

    /// The same, with a gate before each attempt.
    pub async fn send_through(&self, request: &Request, gate: Option<&dyn Gate>) -> Result<Response, Error> {
        // Whether Discord may have carried out an attempt whose response was lost.
        let mut lost = request.may_be_done;
        self.send_until_done(request, gate, &mut lost).await.map_err(|error| {
            match lost && request.method != Method::Get && !error.may_be_done() {
                true => Error::AfterLostAnswer(Box::new(error)),
                false => error,
            }
        })
    }

    async fn send_until_done(
        &self,
        request: &Request,
        gate: Option<&dyn Gate>,
        lost: &mut bool,
    ) -> Result<Response, Error> {
        let url = self.url(request)?;
        let headers = self.headers(request)?;
        let ticket = self.limits.enter(self.key(request, headers.contains_key(AUTHORIZATION)));
        let budget = WaitBudget { until: Instant::now() + self.settings.max_wait };
        let mut attempts = Attempts::default();
        loop {
            let builder = self.http.request(method(request.method), url.clone()).headers(headers.clone());
            let builder = body::put(builder, request.method, &request.body)?;
            gate::wait(gate, self.wait_for_slot(&ticket, &budget)).await??;
            if let Some(gate) = gate {
                gate.open().await?;
            }
            let began = Instant::now();
            let result = self.attempt(builder).await;
            let (outcome, attempt) = classify(&result);
            debug!(
                method = request.method.name(),
                path = request.shown_path(),
                status = result.as_ref().ok().map(|r| r.status.as_u16()),
                took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                "request"
            );
            let next = retry::next(attempt, request.repeatable, attempts, self.settings.retries, fastrand::f64());
            if next != Next::Done {
                ticket.settle(&outcome);
            }
            match next {
                Next::Done => {
                    ticket.finish(&outcome);
                    if attempt == Attempt::Status(401) && self.accepts_token_type(request) {
                        self.check_token(request).await;
                    }
                    if *lost && attempt == Attempt::Status(404) && has_deleted(request, &result) {
                        return Ok(already_deleted());
                    }
                    return self.finish(result, request);
                }
                Next::Limiter => attempts.limited += 1,
                Next::Wait(length) => {
                    if !budget.allows(length) {
                        return Err(Error::IndexNotReady { retry_after: length });
                    }
                    let _announced = self.settings.notices.waiting(Some(length), Waiting::SearchIndex);
                    gate::wait(gate, sleep(length)).await?;
                }
                Next::Again(after) => {
                    attempts.failed += 1;
                    *lost |= attempt != Attempt::NoConnection;
                    if let Err(cause) = self.finish(result, request) {
                        self.settings.notices.retrying(after, &cause);
                    }
                    gate::wait(gate, sleep(after)).await?;
                }
            }
        }
    }

    /// Waits until the limiter allows the request. From then on, the request counts as sent.
    async fn wait_for_slot(&self, ticket: &Ticket, budget: &WaitBudget) -> Result<(), Error> {
        let mut reported: Option<(_, WaitReport)> = None;
        loop {
            let changed = ticket.changed();
            let (length, reason) = match ticket.poll() {
                Verdict::Go => return Ok(()),
                Verdict::Refuse(refusal) => return Err(refusal.into()),
                Verdict::Wait { length, reason } => (length, reason),
            };
            if length.is_some_and(|length| !budget.allows(length)) || budget.left().is_zero() {
                let retry_after = length.unwrap_or_default();
                return Err(match reason {
                    WaitReason::Blocked => Error::Blocked { retry_after },
                    _ => Error::RateLimited { retry_after, scope: None, why: reason },
                });
            }
            // Each response to another request wakes this task, which usually keeps waiting for the same reason.
            let news = (reason, length.map(|length| Instant::now() + length));
            if !reported.as_ref().is_some_and(|(reported, _)| is_same_wait(*reported, news)) {
                // The previous report must end first.
                drop(reported.take());
                reported = Some((news, self.settings.notices.waiting(length, Waiting::Limit(reason))));
            }
            tokio::select! {
                () = sleep(length.unwrap_or_else(|| budget.left())) => {}
                () = changed => {}
            }
        }
    }

    /// Whether the endpoint accepts this type of token. If not, a 401 says nothing about the token.
    fn accepts_token_type(&self, request: &Request) -> bool {
        match (request.auth, self.token_type()) {
            (Auth::None, _) | (_, None) => false,
            (Auth::Any, Some(_)) => true,
            (Auth::Bot, Some(kind)) => kind == TokenType::Bot,
            (Auth::Bearer, Some(kind)) => kind == TokenType::Bearer,
        }
    }

    /// After a 401, checks the token with a request that every valid token may send, and marks the token as dead if that fails
    /// with 401 too. Some endpoints respond with 401 for other reasons.
    async fn check_token(&self, refused: &Request) {
        let check = Request::new(match self.token_type() {
            Some(TokenType::Bearer) => rows::GET_AUTHORIZATION,
            _ => rows::GET_ME,
        });
        if refused.template != check.template {
            let (Ok(url), Ok(headers)) = (self.url(&check), self.headers(&check)) else { return };
            let ticket = self.limits.enter(self.key(&check, true));
            let budget = WaitBudget { until: Instant::now() + self.settings.timeout.min(self.settings.max_wait) };
            if self.wait_for_slot(&ticket, &budget).await.is_err() {
                return;
            }
            let result = self.attempt(self.http.get(url).headers(headers)).await;
            let (outcome, attempt) = classify(&result);
            ticket.finish(&outcome);
            if attempt != Attempt::Status(401) {
                return;
            }
        }
        self.limits.mark_token_dead();
    }

    /// Sends a request once and reads the whole response.
    async fn attempt(&self, builder: RequestBuilder) -> Result<Response, Error> {
        let exchange = async {
            let mut response = match builder.send().await {
                Ok(response) => response,
                Err(error) => return Err(self.not_sent(error).await),
            };
            let status = response.status();
            let most = if status.is_success() { self.most_body } else { MOST_ERROR_BODY };
            let headers = std::mem::take(response.headers_mut());
            let mut body = BytesMut::new();
            while let Some(chunk) = response.chunk().await.map_err(|e| self.failed(e))? {
                if body.len() + chunk.len() > most {
                    if status.is_success() {
                        return Err(Error::BodyTooLarge { most });
                    }
                    break;
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Response { status, headers, body: body.freeze() })
        };
        match timeout(self.settings.timeout, exchange).await {
            Ok(result) => result,
            Err(_) => {
                Err(Error::Timeout { host: self.settings.api_url.host().to_owned(), after: self.settings.timeout })
            }
        }
    }

    /// Converts the last attempt's result to the caller's.
    fn finish(&self, result: Result<Response, Error>, request: &Request) -> Result<Response, Error> {
        let host = || self.settings.api_url.host().to_owned();
        match result {
            Ok(response) if response.status.is_success() => match unexpected(&response, request) {
                None => Ok(response),
                Some(found) if found == WEB_PAGE => Err(Error::WebPage { host: host() }),
                Some(found) => Err(Error::InvalidAnswer { host: host(), status: response.status, found }),
            },
            Ok(response) if response.status.is_redirection() => {
                Err(Error::Redirect { host: host(), status: response.status, to: self.redirect_host(&response) })
            }
            Ok(response) => Err(refused(&response, host())),
            Err(error) => Err(error),
        }
    }

    /// The host that a redirect points to. The path and query are omitted, because they may contain a secret.
    fn redirect_host(&self, response: &Response) -> Option<String> {
        let location = response.headers.get(LOCATION)?.to_str().ok()?;
        let to = Url::parse(self.settings.api_url.as_str()).ok()?.join(location).ok()?;
        Some(clean(to.host_str()?))
    }

    /// Why a request was not sent. The HTTP client's error does not include the proxy's response, so this connects to the proxy
    /// again.
    async fn not_sent(&self, error: reqwest::Error) -> Error {
        if let (true, Some((proxy, tls))) = (error.is_connect(), &self.proxy)
            && let Err(error) = dial::through(proxy, self.settings.api_url.url(), tls).await
        {
            return error.into();
        }
        self.failed(error)
    }

    /// The HTTP client's error, without the URL, which may contain a secret.
    fn failed(&self, error: reqwest::Error) -> Error {
        let host = self.settings.api_url.host().to_owned();
        match (error.is_connect(), TlsFault::find(&error)) {
            (true, Some(fault)) => Error::Tls { host, fault },
            (true, None) => Error::Connect { host, cause: root_cause(error) },
            (false, _) => Error::Cut { host, cause: cause_of_cut(error) },
        }
    }

    fn url(&self, request: &Request) -> Result<Url, Error> {
        for segment in &request.segments {
            // URLs treat these as path steps, however they are encoded.
            if matches!(segment.value.expose(), "" | "." | "..") {
                let value = segment.value.expose().to_owned();
                return Err(Error::Segment { name: segment.name.clone().into_owned(), value });
            }
        }
        let mut url = self.settings.api_url.join(&request.path())?;
        if !request.query.is_empty() {
            let encode = |text| utf8_percent_encode(text, RESERVED);
            let pairs: Vec<_> =
                request.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            url.set_query(Some(&pairs.join("&")));
        }
        let length = url.as_str().len();
        if length > LONGEST_URL {
            return Err(Error::LongUrl { length, most: LONGEST_URL });
        }
        Ok(url)
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(model::USER_AGENT));
        if request.auth != Auth::None {
            let token = self.settings.token.as_ref().ok_or(Error::NoToken)?;
            let mut value = HeaderValue::from_str(&token.authorization())
                .expect("a token contains only printable ASCII characters");
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(reason) = &request.reason {
            let length = reason.chars().count();
            if length > LONGEST_REASON {
                return Err(Error::LongReason(length));
            }
            let value = HeaderValue::from_str(&encode_reason(reason)).expect("percent-encoded text is ASCII");
            headers.insert(HeaderName::from_static("x-audit-log-reason"), value);
        }
        Ok(headers)
    }

    /// The limiter's key for the request.
    fn key(&self, request: &Request, with_token: bool) -> Key {
        let segments: Vec<_> = request.segments.iter().map(|s| (s.name.as_ref(), s.value.expose())).collect();
        Key::new(&RequestParts {
            method: request.method.name(),
            template: &request.template,
            segments: &segments,
            has_field: &|name| has_field(&request.body, name),
            with_token,
            now_ms: self.settings.clock.wall_ms(),
        })
    }
}

/// Encodes an audit log reason for its header, as percent-encoded UTF-8.
pub fn encode_reason(reason: &str) -> String {
    utf8_percent_encode(reason, RESERVED).to_string()
}

/// How much longer a request may wait for rate limits.
struct WaitBudget {
    until: Instant,
}

impl WaitBudget {
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn allows(&self, length: Duration) -> bool {
        length <= self.left()
    }
}

/// Whether a wait is the same as the one already reported.
fn is_same_wait(reported: (WaitReason, Option<Instant>), news: (WaitReason, Option<Instant>)) -> bool {
    const NEAR: Duration = Duration::from_millis(250);
    reported.0 == news.0
        && match (reported.1, news.1) {
            (Some(reported), Some(news)) => reported.max(news) - reported.min(news) < NEAR,
            (reported, news) => reported.is_none() && news.is_none(),
        }
}

fn has_field(body: &Body, name: &str) -> bool {
    match body {
        Body::Json(value) => value.get(name).is_some(),
        Body::Multipart(parts) => parts.iter().any(|part| match part {
            Part::Json(_, value) => value.get(name).is_some(),
            Part::Text(field, Text::Plain(_)) => field == name,
            _ => false,
        }),
        Body::Empty | Body::Form(_) | Body::Raw { .. } => false,
    }
}

const fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}

/// Why a connection broke. The HTTP library calls an HTTP message a message, which here means Discord's.
fn cause_of_cut(error: reqwest::Error) -> String {
    match root_cause(error) {
        cause if cause == "connection closed before message completed" => {
            "it was closed before the response was complete".to_owned()
        }
        cause => cause,
    }
}
