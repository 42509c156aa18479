//! One socket: HELLO, heartbeats, what the client asks for, and its session's events.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::close::Close;
use super::command::{Command, Voice};
use super::encode::{Encoder, Transport};
use super::intents;
use super::limits::Window;
use super::members::MembersRequest;
use super::session::{Event, Lost, Outgoing, Pending, Session};
use super::{Dispatch, Hub, Refusal};
use crate::sandbox::fault::GatewayFault;

/// How long the websocket's handshake may take, in each direction.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a close waits for the client's own.
const CLOSING: Duration = Duration::from_secs(2);
/// Discord hangs up a few seconds after op 7.
const RECONNECT: Duration = Duration::from_secs(5);
/// Events taken from the session at a time, and bytes given to the socket before looking up.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 64 * 1024;
/// Discord's limits: 120 sends in 60 seconds, 5 presences in 20.
const SENDS: (usize, Duration) = (120, Duration::from_secs(60));
const PRESENCES: (usize, Duration) = (5, Duration::from_secs(20));
/// With heartbeats closer than this, beats alone would use up the sends.
const COUNTED_BEATS: Duration = Duration::from_secs(1);
/// Larger payloads are refused by the protocol; this only bounds what is read to find out.
const MAX_READ: usize = 64 * 1024;

type Socket = WebSocketStream<TcpStream>;

/// Why the loop ends.
enum End {
    Close(Close),
    /// Without a close frame; the session can be resumed.
    Cut,
    /// The client said goodbye with this code.
    Left(Option<u16>),
    /// The client vanished.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

enum Step {
    Received(Option<Result<Message, Error>>),
    Writable(Result<(), Error>),
    Stopped,
    Woken,
}

struct Query {
    version: bool,
    transport: Transport,
}

pub(super) async fn serve(hub: Hub, socket: TcpStream, id: u64, url: Arc<str>, stopped: watch::Receiver<()>) {
    // Events are small and should not wait for each other.
    let _ = socket.set_nodelay(true);
    let mut query = Query { version: false, transport: Transport::None };
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .max_message_size(Some(MAX_READ))
        .max_frame_size(Some(MAX_READ));
    let accept = tokio_tungstenite::accept_hdr_async_with_config(
        socket,
        |request: &Request, response: Response| match read_query(request) {
            Ok(read) => {
                query = read;
                Ok(response)
            }
            Err(message) => Err(refuse(message)),
        },
        Some(config),
    );
    let Ok(Ok(socket)) = tokio::time::timeout(HANDSHAKE, accept).await else { return };
    let Ok(encoder) = Encoder::new(query.transport) else { return };
    let now = Instant::now();
    let mut connection = Connection {
        hub,
        socket,
        id,
        url,
        encoder,
        wake: Arc::new(Notify::new()),
        session: None,
        cursor: 0,
        control: VecDeque::new(),
        events: VecDeque::new(),
        sends: Window::new(SENDS.0, SENDS.1),
        presences: Window::new(PRESENCES.0, PRESENCES.1),
        last_beat: now,
        last_write: now,
        zombie: false,
        hang_up: None,
        pause: None,
        fault: None,
    };
    let end = connection.run(query.version, stopped).await;
    connection.finish(end).await;
}

fn read_query(request: &Request) -> Result<Query, &'static str> {
    let mut query = Query { version: false, transport: Transport::None };
    let text = request.uri().query().unwrap_or_default();
    for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
        match (&*key, &*value) {
            ("v", version) => query.version = version == "10",
            ("encoding", "json") => {}
            ("encoding", _) => return Err("the sandbox speaks encoding=json only\n"),
            ("compress", "zlib-stream") => query.transport = Transport::ZlibStream,
            ("compress", "zstd-stream") => query.transport = Transport::ZstdStream,
            ("compress", _) => return Err("compress is zlib-stream or zstd-stream\n"),
            _ => {}
        }
    }
    Ok(query)
}

fn refuse(message: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(message.to_owned()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

struct Connection {
    hub: Hub,
    socket: Socket,
    id: u64,
    url: Arc<str>,
    encoder: Encoder,
    /// The session's way to say that there is something to send.
    wake: Arc<Notify>,
    session: Option<Arc<Session>>,
    /// The last number taken from the session.
    cursor: u64,
    control: VecDeque<Value>,
    events: VecDeque<Outgoing>,
    sends: Window,
    presences: Window,
    last_beat: Instant,
    last_write: Instant,
    /// Open, and silent for good.
    zombie: bool,
    /// When to hang up on a client that did not follow op 7.
    hang_up: Option<Instant>,
    /// Nothing is sent before then.
    pause: Option<Instant>,
    /// What was decided for the event that waits for the end of the pause.
    fault: Option<Option<GatewayFault>>,
}

impl Connection {
    async fn run(&mut self, version: bool, mut stopped: watch::Receiver<()>) -> End {
        if !version {
            return Close::INVALID_VERSION.into();
        }
        if self.hub.0.faults.on_connection() {
            self.zombie = true;
        } else {
            let interval = self.hub.0.settings.heartbeat_interval.as_millis() as u64;
            self.control.push_back(json!({
                "t": null, "s": null, "op": 10,
                "d": {"heartbeat_interval": interval, "_trace": ["sandbox"]},
            }));
        }
        let wake = Arc::clone(&self.wake);
        loop {
            if let Err(end) = self.refill() {
                return end;
            }
            let due = match self.due(Instant::now()) {
                Ok(due) => due,
                Err(end) => return end,
            };
            let paused = self.pause.is_some();
            let output = !paused && !(self.control.is_empty() && self.events.is_empty());
            let step = tokio::select! {
                biased;
                // The sender is never used, only dropped.
                _ = stopped.changed() => Step::Stopped,
                step = std::future::poll_fn(|cx| poll(&mut self.socket, output, cx)) => step,
                () = wake.notified() => Step::Woken,
                () = tokio::time::sleep_until(due.into()) => Step::Woken,
            };
            let end = match step {
                Step::Stopped => Err(Close::GOING_AWAY.into()),
                Step::Woken => Ok(()),
                Step::Writable(Ok(())) => self.write(),
                Step::Writable(Err(_)) => Err(End::Gone),
                Step::Received(message) => self.receive(message),
            };
            if let Err(end) = end {
                return end;
            }
        }
    }

    /// The next moment something is due, or the end where it is overdue.
    fn due(&mut self, now: Instant) -> Result<Instant, End> {
        let settings = &self.hub.0.settings;
        let patience = settings.heartbeat_interval + settings.heartbeat_interval / 2;
        let mut due = self.last_beat + patience;
        if now >= due {
            return Err(Close::SESSION_TIMED_OUT.into());
        }
        if let Some(hang_up) = self.hang_up {
            if now >= hang_up {
                return Err(Close::UNKNOWN_ERROR.into());
            }
            due = due.min(hang_up);
        }
        if let Some(until) = self.pause {
            if now >= until {
                self.pause = None;
                self.last_write = now;
                return Ok(now);
            }
            return Ok(due.min(until));
        }
        if !self.control.is_empty() || !self.events.is_empty() {
            let stalled = self.last_write + settings.stall_limit;
            if now >= stalled {
                return Err(End::Cut);
            }
            due = due.min(stalled);
        }
        Ok(due)
    }

    /// Takes what the session has to send.
    fn refill(&mut self) -> Result<(), End> {
        let Some(session) = &self.session else { return Ok(()) };
        if self.zombie || !self.events.is_empty() {
            return Ok(());
        }
        // One at a time, and only as the client reads: a large guild has many chunks.
        if let Some(pending) = session.next_pending() {
            self.produce(&Arc::clone(session), pending);
        }
        let Some(session) = &self.session else { return Ok(()) };
        let idle = self.control.is_empty();
        match session.take(self.id, self.cursor, BATCH, &mut self.events) {
            Ok(()) => {}
            Err(Lost::Ended(why)) => return Err(why.into()),
            Err(Lost::TakenOver) => return Err(Close::UNKNOWN_ERROR.into()),
            Err(Lost::TooSlow) => return Err(End::Cut),
        }
        if let Some(last) = self.events.back() {
            self.cursor = last.seq;
            if idle {
                self.last_write = Instant::now();
            }
        }
        Ok(())
    }

    fn produce(&self, session: &Session, pending: Pending) {
        let world = &*self.hub.0.world;
        match pending {
            Pending::Guild(guild) => {
                let mut data = world.guild_create(guild, session.large_threshold);
                intents::trim_guild(session.intents, &mut data, &self.hub.0.me);
                session.push(Event::new("GUILD_CREATE", &data));
            }
            Pending::Chunks(mut chunks) => {
                if let Some(chunk) = chunks.next() {
                    session.push(Event::new("GUILD_MEMBERS_CHUNK", &chunk));
                    session.put_back(Pending::Chunks(chunks));
                }
            }
            Pending::Sounds(guild) => {
                let sounds = world.sounds(guild);
                let data = json!({"guild_id": guild.to_string(), "soundboard_sounds": sounds});
                session.push(Event::new("SOUNDBOARD_SOUNDS", &data));
            }
        }
    }

    /// Gives the socket what it takes without waiting, or a little more.
    fn write(&mut self) -> Result<(), End> {
        self.last_write = Instant::now();
        while let Some(payload) = self.control.pop_front() {
            self.send(payload.to_string())?;
        }
        let mut bytes = 0;
        while bytes < BATCH_BYTES {
            // After the pause of `slow`, the event that waited and its fault go on.
            let fault = match self.fault.take() {
                Some(fault) => fault,
                None => match self.events.front() {
                    None => break,
                    Some(next) if next.first => {
                        let verdict = self.hub.0.faults.on_dispatch();
                        if let Some(delay) = verdict.delay {
                            self.pause = Some(Instant::now() + delay);
                            self.fault = Some(verdict.fault);
                            break;
                        }
                        verdict.fault
                    }
                    Some(_) => None,
                },
            };
            let Some(Outgoing { seq, event, .. }) = self.events.pop_front() else { break };
            let frame = event.frame(seq);
            bytes += frame.len();
            self.send(frame)?;
            if let Some(fault) = fault {
                self.strike(fault)?;
                break;
            }
        }
        Ok(())
    }

    fn send(&mut self, json: String) -> Result<(), End> {
        let message = self.encoder.encode(json).map_err(|_| End::Cut)?;
        Pin::new(&mut self.socket).start_send(message).map_err(|_| End::Gone)
    }

    fn strike(&mut self, fault: GatewayFault) -> Result<(), End> {
        match fault {
            GatewayFault::Close(code) => return Err(Close::injected(code).into()),
            GatewayFault::Cut => return Err(End::Cut),
            GatewayFault::LostAck => {
                self.zombie = true;
                self.events.clear();
            }
            GatewayFault::Reconnect => {
                self.control.push_back(json!({"t": null, "s": null, "op": 7, "d": null}));
                self.hang_up = Some(Instant::now() + RECONNECT);
            }
            GatewayFault::InvalidSession { resumable } => {
                if let Some(session) = self.session.take() {
                    if resumable {
                        session.detach(self.id, Instant::now());
                    } else {
                        self.hub.end(&session, Close::SESSION_TIMED_OUT, true);
                    }
                }
                self.events.clear();
                self.invalid_session(resumable);
            }
        }
        Ok(())
    }

    fn invalid_session(&mut self, resumable: bool) {
        self.control.push_back(json!({"t": null, "s": null, "op": 9, "d": resumable}));
    }

    fn receive(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        let payload = match message {
            Some(Ok(Message::Text(text))) => text.into(),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Close(frame))) => {
                return Err(End::Left(frame.map(|frame| frame.code.into())));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Err(Error::Capacity(_) | Error::Utf8(_))) => {
                return Err(Close::DECODE_ERROR.into());
            }
            Some(Err(_)) | None => return Err(End::Gone),
        };
        let now = Instant::now();
        let command = Command::parse(&payload);
        let free = matches!(command, Ok(Command::Heartbeat)) && self.hub.0.settings.heartbeat_interval < COUNTED_BEATS;
        if !free && !self.sends.take(now) {
            return Err(Close::RATE_LIMITED.into());
        }
        self.obey(command?, now)
    }

    fn obey(&mut self, command: Command, now: Instant) -> Result<(), End> {
        match (command, self.session.clone()) {
            (Command::Heartbeat, _) => {
                self.last_beat = now;
                if !self.zombie {
                    self.answer(json!({"t": null, "s": null, "op": 11, "d": null}));
                }
            }
            (Command::Identify(_) | Command::Resume(_), Some(_)) => {
                return Err(Close::ALREADY_AUTHENTICATED.into());
            }
            (Command::Identify(identify), None) => {
                let wake = Arc::clone(&self.wake);
                let session = self.hub.identify(identify, self.id, wake, &self.url);
                return self.begin(session, 0);
            }
            (Command::Resume(resume), None) => {
                let session = self.hub.resume(&resume, self.id, Arc::clone(&self.wake));
                if let Ok(session) = &session {
                    // It takes its place after all that was missed.
                    session.push(Event::new("RESUMED", &json!({"_trace": ["sandbox"]})));
                }
                return self.begin(session, resume.seq);
            }
            (_, None) => return Err(Close::NOT_AUTHENTICATED.into()),
            (Command::Presence(presence), Some(session)) => {
                if !self.presences.take(now) {
                    return Err(Close::RATE_LIMITED.into());
                }
                self.presence(&session, &presence);
            }
            (Command::Voice(voice), Some(session)) => self.voice(&session, &voice),
            (Command::Members(request), Some(session)) => self.members(&session, &request, now),
            (Command::Sounds(guilds), Some(session)) => {
                let mine = self.hub.guilds(session.shard);
                let mine = guilds.into_iter().filter(|guild| mine.contains(guild));
                session.ask(mine.map(Pending::Sounds));
            }
            (Command::ChannelInfo { guild, fields }, Some(session)) => {
                self.channel_info(&session, guild, &fields);
            }
        }
        Ok(())
    }

    fn answer(&mut self, payload: Value) {
        if self.control.is_empty() && self.events.is_empty() {
            self.last_write = Instant::now();
        }
        self.control.push_back(payload);
    }

    fn begin(&mut self, session: Result<Arc<Session>, Refusal>, seq: u64) -> Result<(), End> {
        match session {
            Ok(session) => {
                if session.compress {
                    self.encoder.compress_payloads();
                }
                self.cursor = seq;
                self.session = Some(session);
            }
            Err(Refusal::Close(close)) => return Err(close.into()),
            Err(Refusal::InvalidSession) => self.invalid_session(false),
        }
        Ok(())
    }

    /// Op 3: those who see presences see the bot's.
    fn presence(&self, session: &Session, presence: &Value) {
        for guild in self.hub.guilds(session.shard) {
            self.hub.dispatch(Dispatch {
                name: "PRESENCE_UPDATE".into(),
                guild_id: Some(guild),
                data: json!({
                    "user": {"id": self.hub.0.me},
                    "guild_id": guild.to_string(),
                    "status": presence["status"],
                    "activities": presence["activities"].as_array().cloned().unwrap_or_default(),
                    "client_status": {"web": presence["status"]},
                }),
            });
        }
    }

    /// Op 4: the bot joins, moves or leaves. There is no voice server behind it.
    fn voice(&self, session: &Session, voice: &Voice) {
        if !self.hub.guilds(session.shard).contains(&voice.guild) {
            return;
        }
        let guild = voice.guild.to_string();
        let session_id = &session.id;
        self.hub.dispatch(Dispatch {
            name: "VOICE_STATE_UPDATE".into(),
            guild_id: Some(voice.guild),
            data: json!({
                "guild_id": guild,
                "channel_id": voice.channel.map(|channel| channel.to_string()),
                "user_id": self.hub.0.me,
                "session_id": session_id,
                "deaf": false, "mute": false,
                "self_deaf": voice.self_deaf, "self_mute": voice.self_mute,
                "self_video": false, "suppress": false, "request_to_speak_timestamp": null,
            }),
        });
        if voice.channel.is_some() {
            self.hub.dispatch(Dispatch {
                name: "VOICE_SERVER_UPDATE".into(),
                guild_id: Some(voice.guild),
                data: json!({"token": session_id, "guild_id": guild, "endpoint": "voice.invalid:443"}),
            });
        }
    }

    /// Op 8.
    fn members(&self, session: &Session, request: &MembersRequest, now: Instant) {
        if !self.hub.guilds(session.shard).contains(&request.guild) || !request.allowed(session.intents) {
            return;
        }
        if request.wanted == super::members::Wanted::All {
            let taken = self.hub.lock().whole_guilds.take(request.guild, now);
            if let Err(wait) = taken {
                let mut meta = json!({"guild_id": request.guild.to_string()});
                if let Some(nonce) = &request.nonce {
                    meta["nonce"] = Value::from(nonce.as_str());
                }
                let data = json!({"opcode": 8, "retry_after": wait.as_secs_f64(), "meta": meta});
                return session.push(Event::new("RATE_LIMITED", &data));
            }
        }
        let members = self.hub.0.world.members(request.guild);
        session.ask([Pending::Chunks(request.chunks(members, session.intents))]);
    }

    /// Op 43: the guild's voice channels, in which nobody is.
    fn channel_info(&self, session: &Session, guild: u64, fields: &[String]) {
        if !self.hub.guilds(session.shard).contains(&guild) {
            return;
        }
        let created = self.hub.0.world.guild_create(guild, session.large_threshold);
        let channels = created["channels"].as_array().map_or(&[][..], Vec::as_slice);
        let voice = channels.iter().filter(|c| c["type"] == 2 || c["type"] == 13).map(|channel| {
            let mut info = json!({"id": channel["id"]});
            for field in ["status", "voice_start_time"] {
                if fields.iter().any(|wanted| wanted == field) {
                    info[field] = channel[field].clone();
                }
            }
            info
        });
        let data = json!({"guild_id": guild.to_string(), "channels": voice.collect::<Value>()});
        session.push(Event::new("CHANNEL_INFO", &data));
    }

    /// Leaves the session as the end asks for, then the socket.
    async fn finish(mut self, end: End) {
        let now = Instant::now();
        // Who was replaced has no say in the session any more.
        if let Some(session) = self.session.take().filter(|session| session.held_by(self.id)) {
            match &end {
                // The client's own: its flood is over.
                End::Left(Some(1000 | 1001)) => {
                    self.hub.end(&session, Close::SESSION_TIMED_OUT, false);
                }
                End::Close(close) if close.ends_session() => self.hub.end(&session, *close, true),
                _ => session.detach(self.id, now),
            }
        }
        let goodbye = match end {
            End::Cut => {
                let _ = self.socket.get_ref().set_zero_linger();
                return;
            }
            End::Gone => return,
            End::Close(close) => Some(close.frame()),
            End::Left(_) => None,
        };
        let closing = async {
            let _ = match goodbye {
                Some(frame) => self.socket.close(Some(frame)).await,
                // The answer to the client's own is queued already.
                None => self.socket.flush().await,
            };
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = tokio::time::timeout(CLOSING, closing).await;
    }
}

/// Reads first; with output, waits until the socket takes some, else flushes what it has.
fn poll(socket: &mut Socket, output: bool, cx: &mut Context<'_>) -> Poll<Step> {
    if let Poll::Ready(message) = Pin::new(&mut *socket).poll_next(cx) {
        return Poll::Ready(Step::Received(message));
    }
    if output {
        return Pin::new(socket).poll_ready(cx).map(Step::Writable);
    }
    match Pin::new(socket).poll_flush(cx) {
        Poll::Ready(Err(error)) => Poll::Ready(Step::Writable(Err(error))),
        Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
    }
}
