//! The sandbox's two servers, both on loopback: REST and the gateway.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::answer::{Answer, Content, DiscordError, Outcome};
use super::behave;
use super::fault::{BadFault, Faults, LimitScope, RestFault};
use super::gateway::{Dispatch, Hub, Settings, World, intents};
use super::limit::{BadLimit, BucketState, Limits, Verdict, major};
use super::origin;
use super::request::{self, Caller, MAX_BODY, RawRequest};
use super::route::{self, Matched, NoRoute};
use super::seed::{self, BEARER, Seed};
use super::socket::{Connection, Listener};
use super::state::{State, random_text};
use crate::catalogue::Auth;
use crate::model::{self, Token, TokenType};

/// The options of a sandbox.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub seed: Seed,
    /// 0 selects a free port, also for `gateway_port`.
    pub port: u16,
    pub gateway_port: u16,
    /// Send channels that the bot cannot view without redacting them.
    pub no_obfuscation: bool,
    /// Values of `--limit`.
    pub limits: Vec<String>,
    /// Values of `--fault`.
    pub faults: Vec<String>,
    pub gateway: Settings,
}

/// Why a sandbox failed to start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Limit(#[from] BadLimit),
    #[error(transparent)]
    Fault(#[from] BadFault),
    #[error("cannot listen on port {port} of 127.0.0.1")]
    Listen { port: u16, source: std::io::Error },
}

/// The URLs, tokens and ids that a client of the sandbox needs.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `http://127.0.0.1:PORT/api/v10`.
    pub api_url: String,
    /// `ws://127.0.0.1:PORT`.
    pub gateway_url: String,
    pub token: Token,
    /// An OAuth2 access token of the owner.
    pub bearer: Token,
    pub application_id: u64,
    pub guild_id: u64,
    pub channel_id: u64,
    /// An ordinary member.
    pub user_id: u64,
    pub owner_id: u64,
    pub role_id: Option<u64>,
    pub webhook_url: String,
    pub interaction_id: u64,
    pub interaction_token: &'static str,
}

impl Identity {
    /// All fields, for a script to read. The tokens are included: only the sandbox accepts them.
    pub fn to_json(&self) -> Value {
        json!({
            "api_url": self.api_url,
            "gateway_url": self.gateway_url,
            "token": self.token.expose(),
            "bearer_token": self.bearer.expose(),
            "application_id": self.application_id.to_string(),
            "guild_id": self.guild_id.to_string(),
            "channel_id": self.channel_id.to_string(),
            "user_id": self.user_id.to_string(),
            "owner_id": self.owner_id.to_string(),
            "role_id": self.role_id.map(|id| id.to_string()),
            "webhook_url": self.webhook_url,
            "interaction_id": self.interaction_id.to_string(),
            "interaction_token": self.interaction_token,
        })
    }
}

/// A running sandbox. It runs until [`Sandbox::stop`] is called or it is dropped.
pub struct Sandbox {
    identity: Identity,
    hub: Hub,
    shutdown: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// The bot's token. It has the format of a real token, so that code which redacts tokens also
/// redacts this one.
const TOKEN: &str = "c2FuZGJveC1ib3QtdG9rZW4tMDE.GsAnd0.everybody-may-know-this-token-of-a-sandbox";

/// How long open requests may take to finish when the sandbox stops.
const SHUTDOWN: Duration = Duration::from_secs(2);

impl Sandbox {
    /// Binds both sockets and starts serving. Requires a tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let limits = Limits::parse(&options.limits)?;
        let faults = Faults::parse(&options.faults)?;
        let rest = bind(options.port).await?;
        let gateway = bind(options.gateway_port).await?;
        let clock = Clock::new();
        let mut state = seed::build(options.seed, clock.now_ms());
        state.application.insert("flags".to_owned(), application_flags(options.gateway.privileged).into());
        state.obfuscates = !options.no_obfuscation;
        state.base = format!("http://{}", local_address(&rest, options.port)?);
        state.gateway = format!("ws://{}", local_address(&gateway, options.gateway_port)?);
        let ids = seed::ids(options.seed);
        let parsed = |text, kind| Token::parse(text, kind).expect("the sandbox's own token is well formed");
        let identity = Identity {
            api_url: format!("{}/api/v10", state.base),
            gateway_url: state.gateway.clone(),
            token: parsed(TOKEN, TokenType::Bot),
            bearer: parsed(BEARER, TokenType::Bearer),
            application_id: seed::BOT,
            guild_id: ids.guild,
            channel_id: ids.channel,
            user_id: ids.user,
            owner_id: seed::OWNER,
            role_id: ids.role,
            webhook_url: format!("{}/api/v10/webhooks/{}/{}", state.base, seed::webhook_id(0), seed::WEBHOOK_TOKEN),
            interaction_id: seed::INTERACTION,
            interaction_token: seed::INTERACTION_TOKEN,
        };
        let world = Arc::new(ServerState { state: Mutex::new(state) });
        let hub = Hub::new(world.clone(), options.gateway, faults.clone());
        let server = Arc::new(Server {
            world,
            hub: hub.clone(),
            routes: route::Router::new(),
            limits: Mutex::new(limits),
            faults,
            clock,
            order: Mutex::new(()),
        });
        let (shutdown, _) = watch::channel(false);
        let app = Router::new()
            .fallback(move |connection: ConnectInfo<Connection>, request: Request| {
                let server = server.clone();
                async move { server.answer(&connection.0, request).await }
            })
            .into_make_service_with_connect_info::<Connection>();
        let serve =
            axum::serve(Listener::new(rest), app).with_graceful_shutdown(wait_for_shutdown(shutdown.subscribe()));
        let tasks = vec![
            tokio::spawn(async move {
                // axum retries a failed accept, so this never returns an error.
                let _ = serve.await;
            }),
            tokio::spawn(hub.clone().serve(gateway, wait_for_shutdown(shutdown.subscribe()))),
        ];
        Ok(Self { identity, hub, shutdown, tasks })
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The gateway, through which floods are started and sessions counted.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Stops both servers. Waits a bounded time for open requests and connections to finish.
    pub async fn stop(mut self) {
        self.shutdown.send_replace(true);
        for mut task in std::mem::take(&mut self.tasks) {
            if tokio::time::timeout(SHUTDOWN, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shutdown.send_replace(true);
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The application flags of the granted privileged intents, in the variants for unverified bots
/// (`…_LIMITED`). Source: Discord's reference, "Application", "Application Flags".
fn application_flags(privileged: u64) -> u64 {
    const FLAGS: [(u64, u64); 3] =
        [(intents::GUILD_PRESENCES, 1 << 13), (intents::GUILD_MEMBERS, 1 << 15), (intents::MESSAGE_CONTENT, 1 << 19)];
    FLAGS.iter().filter(|(intent, _)| privileged & intent != 0).map(|(_, flag)| flag).sum()
}

async fn bind(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| StartError::Listen { port, source })
}

fn local_address(listener: &TcpListener, port: u16) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen { port, source })
}

async fn wait_for_shutdown(mut shutdown: watch::Receiver<bool>) {
    // An error means that the sandbox was dropped, which stops the server as well.
    let _ = shutdown.wait_for(|ended| *ended).await;
}

/// The wall clock's time when the sandbox started, advanced by a monotonic clock. It never goes
/// backwards.
struct Clock {
    started: Instant,
    at_ms: i64,
}

impl Clock {
    fn new() -> Self {
        Self { started: Instant::now(), at_ms: model::Clock::system().wall_ms() }
    }

    fn now_ms(&self) -> i64 {
        self.at_ms + i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX - self.at_ms)
    }
}

/// The state that requests change and the gateway reads.
struct ServerState {
    state: Mutex<State>,
}

impl ServerState {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for ServerState {
    fn accepts(&self, token: &str) -> bool {
        token == TOKEN
    }

    fn me(&self) -> Value {
        self.lock().my_user()
    }

    fn application(&self) -> Value {
        Value::Object(self.lock().application.clone())
    }

    fn guilds(&self) -> Vec<u64> {
        self.lock().guilds.keys().copied().collect()
    }

    fn guild_create(&self, guild: u64, large_threshold: u16) -> Value {
        self.lock().guild_create(guild, large_threshold)
    }

    fn members(&self, guild: u64) -> Vec<Value> {
        let state = self.lock();
        let Ok(found) = state.guild(guild) else { return Vec::new() };
        found.members.ascending(std::ops::Bound::Unbounded).filter_map(|user| state.member(guild, user).ok()).collect()
    }

    fn sounds(&self, guild: u64) -> Vec<Value> {
        self.lock().sounds(guild)
    }
}

struct Server {
    world: Arc<ServerState>,
    hub: Hub,
    routes: route::Router,
    limits: Mutex<Limits>,
    faults: Faults,
    clock: Clock,
    /// Locked while a request is executed and its events are sent, so that events are sent in the
    /// order of the changes. The state itself is unlocked during the sending, because the gateway
    /// reads it.
    order: Mutex<()>,
}

/// The path below which attachments are served.
const ATTACHMENTS: &str = "/attachments/";

/// The page on which a user allows an app to act for them.
const AUTHORIZE: &str = "/oauth2/authorize";

/// An endpoint that Discord does not have: it creates an interaction, like a user who runs a command.
const INTERACTIONS: &str = "/sandbox/interactions";

impl Server {
    async fn answer(&self, connection: &Connection, request: Request) -> Response {
        if let Err(error) = origin::check(&request) {
            let body = json!({"message": error.to_string(), "code": 0});
            return response(Ok(Answer::json(error.status().as_u16(), body)), None);
        }
        let method = request.method().as_str().to_owned();
        let full = request.uri().path().to_owned();
        if let Some(file) = full.strip_prefix(ATTACHMENTS) {
            return self.file(file);
        }
        if full == AUTHORIZE && method == "GET" {
            return self.authorize(&request);
        }
        let Some(path) = below_base(&full) else {
            return response(Err(DiscordError::NOT_FOUND), None);
        };
        let verdict = self.faults.on_request(&method, path);
        if let Some(delay) = verdict.delay {
            tokio::time::sleep(delay).await;
        }
        match verdict.fault {
            Some(RestFault::DropBefore) => return connection.cut(),
            Some(RestFault::Status(status)) => return injected_status(status),
            Some(RestFault::RateLimit(scope)) => return injected_rate_limit(scope),
            Some(RestFault::Drop) | None => {}
        }
        let path = path.to_owned();
        let answer = self.serve(&method, &path, request).await;
        if verdict.fault == Some(RestFault::Drop) { connection.cut() } else { answer }
    }

    async fn serve(&self, method: &str, path: &str, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let caller = match caller(&parts.headers) {
            Ok(caller) => caller,
            Err(error) => return response(Err(error), None),
        };
        if path == INTERACTIONS && method == "POST" {
            return self.interaction(caller, body).await;
        }
        let matched = match self.routes.find(method, path, &seed::BOT.to_string()) {
            Ok(matched) => matched,
            Err(NoRoute::Path) => return response(Err(DiscordError::NOT_FOUND), None),
            Err(NoRoute::Method) => return response(Err(DiscordError::WRONG_METHOD), None),
        };
        if let Err(error) = admit(matched.row.auth, caller) {
            return response(Err(error), None);
        }
        let Ok(body) = to_bytes(body, MAX_BODY).await else { return response(Err(DiscordError::TOO_LARGE), None) };
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let decoded = request::decode(header("content-type"), body).await;
        let named = decoded.as_ref().ok().and_then(|d| d.json.as_ref());
        let edits_name_or_topic = matched.row.operation == "update_channel"
            && named.is_some_and(|body| body.get("name").is_some() || body.get("topic").is_some());
        let bucket = match self.limit(&matched, caller, edits_name_or_topic) {
            Verdict::Unlimited => None,
            Verdict::Allowed(bucket) => Some(bucket),
            Verdict::Limited { retry_after_ms, scope, bucket } => {
                return limited(scope.name(), retry_after_ms, bucket.as_ref());
            }
        };
        let outcome = decoded.and_then(|body| {
            let reason = header("x-audit-log-reason").filter(|_| matched.row.audit_reason).map(request::reason);
            let raw = RawRequest {
                row: matched.row,
                caller,
                url: path.to_owned(),
                path: matched.path,
                query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                    .into_owned()
                    .collect(),
                body,
                reason: reason.transpose()?,
            };
            let call = request::check(raw)?;
            self.execute(|state| behave::run(state, &call))
        });
        let outcome = self.add_gateway_fields(matched.row.operation, outcome);
        response(outcome, bucket.as_ref())
    }

    /// Changes the state and sends the events of the change. A request that fails sends no events.
    fn execute(&self, change: impl FnOnce(&mut State) -> Outcome) -> Outcome {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.world.lock();
        state.now_ms = self.clock.now_ms();
        let outcome = change(&mut state);
        let events = if outcome.is_ok() { state.take_events() } else { Vec::new() };
        state.events.clear();
        drop(state);
        for event in events {
            self.hub.dispatch(Dispatch { name: event.name.into(), guild_id: event.guild_id, data: event.data });
        }
        outcome
    }

    /// Adds the fields of GET /gateway/bot that only the gateway knows: the recommended number of
    /// shards and the identify limit.
    fn add_gateway_fields(&self, operation: &str, outcome: Outcome) -> Outcome {
        let mut answer = outcome?;
        if operation == "get_bot_gateway"
            && let Content::Json(body) = &mut answer.content
        {
            body["shards"] = json!(self.hub.settings().shards);
            body["session_start_limit"] = self.hub.session_start_limit();
        }
        Ok(answer)
    }

    fn limit(&self, matched: &Matched, caller: Caller, edits_name_or_topic: bool) -> Verdict {
        let now_ms = u64::try_from(self.clock.now_ms()).unwrap_or(0);
        // Discord counts requests without a token by IP address. Here all of them come from loopback.
        let client = match caller {
            Caller::Bot => "bot",
            Caller::Bearer => "bearer",
            Caller::Anonymous => "anonymous",
        };
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.take(matched.row, &major(&matched.path), client, edits_name_or_topic, now_ms)
    }

    /// Allows an OAuth2 authorization, as the owner would, and redirects the browser to the app.
    fn authorize(&self, request: &Request) -> Response {
        let query = request.uri().query().unwrap_or_default();
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let issuer = format!("http://{host}");
        let mut state = self.world.lock();
        let application = state.application["id"].as_str().unwrap_or_default().to_owned();
        match state.authorizations.allow(&query, &application, &issuer, random_text(30)) {
            Ok(url) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::FOUND;
                set(response.headers_mut(), "location", url.as_str());
                response
            }
            Err(why) => {
                response(Ok(Answer::json(400, json!({"error": "invalid_request", "error_description": why}))), None)
            }
        }
    }

    fn file(&self, path: &str) -> Response {
        let mut parts = path.split('/');
        let (Some(_channel), Some(id), Some(_name), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return response(Err(DiscordError::NOT_FOUND), None);
        };
        let state = self.world.lock();
        let Some(file) = id.parse().ok().and_then(|id: u64| state.files.get(&id)) else {
            return response(Err(DiscordError::NOT_FOUND), None);
        };
        let content = Content::Bytes { mime: file.mime.clone(), bytes: file.bytes.clone() };
        response(Ok(Answer { status: 200, content }), None)
    }

    async fn interaction(&self, caller: Caller, body: Body) -> Response {
        if caller == Caller::Anonymous {
            return response(Err(DiscordError::UNAUTHORIZED), None);
        }
        let Ok(body) = to_bytes(body, MAX_BODY).await else { return response(Err(DiscordError::TOO_LARGE), None) };
        let fields: Map<String, Value> = match serde_json::from_slice(&body) {
            Ok(fields) => fields,
            Err(_) if body.is_empty() => Map::new(),
            Err(_) => return response(Err(DiscordError::BAD_JSON), None),
        };
        response(self.execute(|state| behave::interaction::invoke(state, &fields)), None)
    }
}

/// The path below `/api/vN` or `/api`. The sandbox answers all versions alike.
fn below_base(path: &str) -> Option<&str> {
    let path = path.strip_prefix("/api")?;
    let Some(rest) = path.strip_prefix("/v") else { return path.starts_with('/').then_some(path) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    // `/api/voice/regions` starts with a v but names no version.
    if digits == 0 { Some(path) } else { rest[digits..].starts_with('/').then_some(&rest[digits..]) }
}

/// The caller of a request. An unknown token is an error for every endpoint, also for those that
/// require none.
fn caller(headers: &HeaderMap) -> Result<Caller, DiscordError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Caller::Anonymous) };
    match value.to_str().ok().and_then(|value| value.split_once(' ')) {
        Some(("Bot", TOKEN)) => Ok(Caller::Bot),
        Some(("Bearer", BEARER)) => Ok(Caller::Bearer),
        // The application's id and secret, which the OAuth2 endpoints take.
        Some(("Basic", _)) => Ok(Caller::Anonymous),
        _ => Err(DiscordError::UNAUTHORIZED),
    }
}

fn admit(auth: Auth, caller: Caller) -> Result<(), DiscordError> {
    match (auth, caller) {
        (Auth::None, _)
        | (Auth::Any, Caller::Bot | Caller::Bearer)
        | (Auth::Bot, Caller::Bot)
        | (Auth::Bearer, Caller::Bearer) => Ok(()),
        (_, Caller::Anonymous) => Err(DiscordError::UNAUTHORIZED),
        (Auth::Bot, Caller::Bearer) => Err(DiscordError::ONLY_BOTS),
        (Auth::Bearer, Caller::Bot) => Err(DiscordError::NO_BOTS),
    }
}

fn response(outcome: Outcome, bucket: Option<&BucketState>) -> Response {
    let answer = outcome.unwrap_or_else(|error| Answer::json(error.status, error.to_json()));
    let mut response = match answer.content {
        Content::None => Response::new(Body::empty()),
        Content::Json(value) => typed("application/json", Body::from(value.to_string())),
        Content::Bytes { mime, bytes } => typed(&mime, Body::from(bytes)),
    };
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    // Clients recognize responses of Cloudflare itself by the absence of this header.
    headers.insert(header::VIA, HeaderValue::from_static("1.1 sandbox"));
    if let Some(bucket) = bucket {
        set(headers, "x-ratelimit-limit", &bucket.limit.to_string());
        set(headers, "x-ratelimit-remaining", &bucket.remaining.to_string());
        set(headers, "x-ratelimit-reset", &seconds(bucket.reset_ms));
        set(headers, "x-ratelimit-reset-after", &seconds(bucket.reset_after_ms));
        set(headers, "x-ratelimit-bucket", &bucket.hash);
    }
    response
}

fn typed(mime: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    set(response.headers_mut(), "content-type", mime);
    response
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // The client chooses a file's content type, which may not be a valid header value.
    let value = HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    headers.insert(name, value);
}

/// Milliseconds as seconds with three decimals.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn limited(scope: &'static str, retry_after_ms: u64, bucket: Option<&BucketState>) -> Response {
    let global = scope == "global";
    let retry_after = retry_after_ms as f64 / 1000.0;
    let body = json!({"message": "You are being rate limited.", "retry_after": retry_after, "global": global});
    let mut response = response(Ok(Answer::json(429, body)), bucket);
    let headers = response.headers_mut();
    set(headers, "retry-after", &retry_after_ms.div_ceil(1000).to_string());
    set(headers, "x-ratelimit-scope", scope);
    if global {
        set(headers, "x-ratelimit-global", "true");
    }
    response
}

/// The `retry_after` of an injected 429: long enough to be noticed, short enough for a test.
const INJECTED_RETRY_AFTER_MS: u64 = 250;

fn injected_rate_limit(scope: LimitScope) -> Response {
    match scope {
        LimitScope::User => limited("user", INJECTED_RETRY_AFTER_MS, None),
        LimitScope::Global => limited("global", INJECTED_RETRY_AFTER_MS, None),
        LimitScope::Shared => limited("shared", INJECTED_RETRY_AFTER_MS, None),
        LimitScope::Cloudflare => {
            let mut response = typed("text/html", Body::from("<html><body>error code: 1015</body></html>"));
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            set(response.headers_mut(), "retry-after", "1");
            response
        }
    }
}

/// An error response with this status.
fn injected_status(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = format!("{}: {}", status.as_u16(), status.canonical_reason().unwrap_or("Injected"));
    response(Ok(Answer::json(status.as_u16(), json!({"message": message, "code": 0}))), None)
}
