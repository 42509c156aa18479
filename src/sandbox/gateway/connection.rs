//! A gateway connection: HELLO, heartbeats, the client's commands and its session's events.

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
use super::command::Command;
use super::encode::{Encoder, Transport};
use super::hub::{Hub, SessionError};
use super::limits::SlidingWindow;
use super::session::{Event, ReadError, Session};
use crate::sandbox::fault::{GatewayFault, Verdict};
use crate::sandbox::origin;

/// How long the websocket handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for the client's close frame after sending one.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to flush a socket before cutting it.
const CUT_TIMEOUT: Duration = Duration::from_millis(100);
/// How long after op 7 to close the connection. Discord waits a few seconds.
const RECONNECT_DELAY: Duration = Duration::from_secs(5);
/// How many events to read from the session at once.
const BATCH: usize = 64;
/// How many bytes to write before checking again for input and deadlines.
const BATCH_BYTES: usize = 64 * 1024;
/// Discord's limits: 120 sends in 60 seconds, 5 presences in 20.
const SENDS: (usize, Duration) = (120, Duration::from_secs(60));
const PRESENCES: (usize, Duration) = (5, Duration::from_secs(20));
/// The shortest heartbeat interval at which heartbeats count towards [`SENDS`]. At shorter ones,
/// heartbeats alone would exceed the limit.
const COUNTED_INTERVAL: Duration = Duration::from_secs(1);
/// A heartbeat may be late by half of the interval, or by this time if that is longer: on a busy
/// machine, a short delay is not the client's fault.
const HEARTBEAT_GRACE: Duration = Duration::from_secs(2);
/// The maximum number of bytes read of a message. Discord's limit for payloads is lower; this limit only
/// bounds the memory that a message takes.
const MAX_READ: usize = 64 * 1024;

type Socket = WebSocketStream<TcpStream>;

/// How a connection ends.
enum End {
    /// The gateway sends a close frame.
    Close(Close),
    /// The gateway resets the socket. The session can be resumed.
    Cut,
    /// The client sent a close frame with this code.
    ClientClosed(Option<u16>),
    /// The client disconnected without a close frame.
    Disconnected,
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
    // Events are small, and Nagle's algorithm would delay them.
    let _ = socket.set_nodelay(true);
    let mut query = Query { version: false, transport: Transport::None };
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .max_message_size(Some(MAX_READ))
        .max_frame_size(Some(MAX_READ));
    let accept = tokio_tungstenite::accept_hdr_async_with_config(
        socket,
        #[expect(clippy::result_large_err, reason = "tungstenite defines the error type")]
        |request: &Request, response: Response| {
            origin::check(request).map_err(|error| reject(error.status(), &format!("{error}\n")))?;
            query = read_query(request).map_err(|message| reject(StatusCode::BAD_REQUEST, message))?;
            Ok(response)
        },
        Some(config),
    );
    let Ok(Ok(socket)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, accept).await else { return };
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
        sends: SlidingWindow::new(SENDS.0, SENDS.1),
        presences: SlidingWindow::new(PRESENCES.0, PRESENCES.1),
        last_heartbeat: now,
        last_write: now,
        zombie: false,
        close_at: None,
        paused_until: None,
        fault_after_pause: None,
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
            ("encoding", _) => return Err("the sandbox supports only encoding=json\n"),
            ("compress", "zlib-stream") => query.transport = Transport::ZlibStream,
            ("compress", "zstd-stream") => query.transport = Transport::ZstdStream,
            ("compress", _) => return Err("compress must be zlib-stream or zstd-stream\n"),
            _ => {}
        }
    }
    Ok(query)
}

fn reject(status: StatusCode, message: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(message.to_owned()));
    *response.status_mut() = status;
    response
}

struct Connection {
    hub: Hub,
    socket: Socket,
    id: u64,
    url: Arc<str>,
    encoder: Encoder,
    /// Notified when the session has something to send.
    wake: Arc<Notify>,
    session: Option<Arc<Session>>,
    /// The sequence number of the last event read from the session.
    cursor: u64,
    control: VecDeque<Value>,
    events: VecDeque<(u64, Event)>,
    sends: SlidingWindow,
    presences: SlidingWindow,
    last_heartbeat: Instant,
    last_write: Instant,
    /// Whether the connection stays open without sending anything.
    zombie: bool,
    /// When to close the connection of a client that does not reconnect after op 7.
    close_at: Option<Instant>,
    /// Until when nothing is sent.
    paused_until: Option<Instant>,
    /// Set if an event waits for the end of the pause: the fault to apply after it, if any.
    fault_after_pause: Option<Option<GatewayFault>>,
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
            if let Err(end) = self.fetch_events() {
                return end;
            }
            let due = match self.next_deadline(Instant::now()) {
                Ok(due) => due,
                Err(end) => return end,
            };
            let output = self.paused_until.is_none() && self.has_output();
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
                Step::Writable(Err(_)) => Err(End::Disconnected),
                Step::Received(message) => self.receive(message),
            };
            if let Err(end) = end {
                return end;
            }
        }
    }

    /// The next deadline, or how the connection ends if a deadline has passed.
    fn next_deadline(&mut self, now: Instant) -> Result<Instant, End> {
        let settings = &self.hub.0.settings;
        let timeout = settings.heartbeat_interval + (settings.heartbeat_interval / 2).max(HEARTBEAT_GRACE);
        let mut due = self.last_heartbeat + timeout;
        if now >= due {
            return Err(Close::SESSION_TIMED_OUT.into());
        }
        if let Some(close_at) = self.close_at {
            if now >= close_at {
                return Err(Close::UNKNOWN_ERROR.into());
            }
            due = due.min(close_at);
        }
        if let Some(until) = self.paused_until {
            if now >= until {
                self.paused_until = None;
                self.last_write = now;
                return Ok(now);
            }
            return Ok(due.min(until));
        }
        if self.has_output() {
            let stall_deadline = self.last_write + settings.stall_limit;
            if now >= stall_deadline {
                return Err(End::Cut);
            }
            due = due.min(stall_deadline);
        }
        Ok(due)
    }

    fn has_output(&self) -> bool {
        !self.control.is_empty() || !self.events.is_empty()
    }

    /// Reads events from the session once all earlier ones are sent.
    fn fetch_events(&mut self) -> Result<(), End> {
        let Some(session) = &self.session else { return Ok(()) };
        if self.zombie || !self.events.is_empty() {
            return Ok(());
        }
        // Pending events are generated one at a time, as the client reads: a large guild has many
        // chunks.
        if let Some(pending) = session.next_pending() {
            self.hub.produce(session, pending);
        }
        let idle = self.control.is_empty();
        match session.take(self.id, self.cursor, BATCH, &mut self.events) {
            Ok(()) => {}
            Err(ReadError::Ended(why)) => return Err(why.into()),
            Err(ReadError::TakenOver) => return Err(Close::UNKNOWN_ERROR.into()),
            Err(ReadError::TooSlow) => return Err(End::Cut),
        }
        if let Some((last, _)) = self.events.back() {
            self.cursor = *last;
            if idle {
                self.last_write = Instant::now();
            }
        }
        Ok(())
    }

    /// Writes control payloads and up to [`BATCH_BYTES`] of events to the socket.
    fn write(&mut self) -> Result<(), End> {
        self.last_write = Instant::now();
        while let Some(payload) = self.control.pop_front() {
            self.send(payload.to_string())?;
        }
        let Some(session) = self.session.clone() else { return Ok(()) };
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some((seq, event)) = self.events.pop_front()
        {
            let verdict = match self.fault_after_pause.take() {
                Some(fault) => Verdict { delay: None, fault },
                None if session.mark_sent(seq) => self.hub.0.faults.on_dispatch(),
                None => Verdict::default(),
            };
            if let Some(delay) = verdict.delay {
                self.paused_until = Some(Instant::now() + delay);
                self.fault_after_pause = Some(verdict.fault);
                self.events.push_front((seq, event));
                break;
            }
            let frame = event.frame(seq);
            bytes += frame.len();
            self.send(frame)?;
            if let Some(fault) = verdict.fault {
                return self.apply_fault(fault);
            }
        }
        Ok(())
    }

    fn send(&mut self, json: String) -> Result<(), End> {
        let message = self.encoder.encode(json).map_err(|_| End::Cut)?;
        Pin::new(&mut self.socket).start_send(message).map_err(|_| End::Disconnected)
    }

    fn apply_fault(&mut self, fault: GatewayFault) -> Result<(), End> {
        match fault {
            GatewayFault::Close(code) => return Err(Close::injected(code).into()),
            GatewayFault::Cut => return Err(End::Cut),
            GatewayFault::LostAck => {
                self.zombie = true;
                self.events.clear();
            }
            GatewayFault::Reconnect => {
                self.control.push_back(json!({"t": null, "s": null, "op": 7, "d": null}));
                self.close_at = Some(Instant::now() + RECONNECT_DELAY);
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
                return Err(End::ClientClosed(frame.map(|frame| frame.code.into())));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Err(Error::Capacity(_) | Error::Utf8(_))) => {
                return Err(Close::DECODE_ERROR.into());
            }
            Some(Err(_)) | None => return Err(End::Disconnected),
        };
        let now = Instant::now();
        let command = Command::parse(&payload);
        let exempt =
            matches!(command, Ok(Command::Heartbeat)) && self.hub.0.settings.heartbeat_interval < COUNTED_INTERVAL;
        if !exempt && !self.sends.take(now) {
            return Err(Close::RATE_LIMITED.into());
        }
        self.execute(command?, now)
    }

    fn execute(&mut self, command: Command, now: Instant) -> Result<(), End> {
        match (command, self.session.clone()) {
            (Command::Heartbeat, _) => {
                self.last_heartbeat = now;
                if !self.zombie {
                    self.reply(json!({"t": null, "s": null, "op": 11, "d": null}));
                }
            }
            (Command::Identify(_) | Command::Resume(_), Some(_)) => {
                return Err(Close::ALREADY_AUTHENTICATED.into());
            }
            (Command::Identify(identify), None) => {
                let wake = Arc::clone(&self.wake);
                let session = self.hub.identify(identify, self.id, wake, &self.url);
                return self.start(session, 0);
            }
            (Command::Resume(resume), None) => {
                let session = self.hub.resume(&resume, self.id, Arc::clone(&self.wake));
                if let Ok(session) = &session {
                    // RESUMED follows all replayed events.
                    session.push(Event::new("RESUMED", &json!({"_trace": ["sandbox"]})));
                }
                return self.start(session, resume.seq);
            }
            (_, None) => return Err(Close::NOT_AUTHENTICATED.into()),
            (Command::Presence(presence), Some(session)) => {
                if !self.presences.take(now) {
                    return Err(Close::RATE_LIMITED.into());
                }
                self.hub.presence(&session, &presence);
            }
            (Command::Voice(voice), Some(session)) => self.hub.voice(&session, &voice),
            (Command::Members(request), Some(session)) => self.hub.members(&session, &request, now),
            (Command::Sounds(guilds), Some(session)) => self.hub.sounds(&session, &guilds),
            (Command::ChannelInfo { guild, fields }, Some(session)) => {
                self.hub.channel_info(&session, guild, &fields);
            }
        }
        Ok(())
    }

    fn reply(&mut self, payload: Value) {
        if !self.has_output() {
            self.last_write = Instant::now();
        }
        self.control.push_back(payload);
    }

    fn start(&mut self, session: Result<Arc<Session>, SessionError>, seq: u64) -> Result<(), End> {
        match session {
            Ok(session) => {
                if session.compress {
                    self.encoder.compress_payloads();
                }
                self.cursor = seq;
                self.session = Some(session);
            }
            Err(SessionError::Close(close)) => return Err(close.into()),
            Err(SessionError::InvalidSession) => self.invalid_session(false),
        }
        Ok(())
    }

    /// Ends or detaches the session, then closes the socket.
    async fn finish(mut self, end: End) {
        let now = Instant::now();
        // If another connection has resumed the session, it is left alone.
        if let Some(session) = self.session.take().filter(|session| session.is_attached_to(self.id)) {
            match &end {
                // The client ended its session, so no later session continues the flood.
                End::ClientClosed(Some(1000 | 1001)) => {
                    self.hub.end(&session, Close::SESSION_TIMED_OUT, false);
                }
                End::Close(close) if close.ends_session() => self.hub.end(&session, *close, true),
                _ => session.detach(self.id, now),
            }
        }
        let close_frame = match end {
            End::Cut => {
                // Written data is flushed first: if READY were lost each time, the client would never
                // have a session to resume.
                let _ = tokio::time::timeout(CUT_TIMEOUT, self.socket.flush()).await;
                let _ = self.socket.get_ref().set_zero_linger();
                return;
            }
            End::Disconnected => return,
            End::Close(close) => Some(close.frame()),
            End::ClientClosed(_) => None,
        };
        let closing = async {
            let _ = match close_frame {
                Some(frame) => self.socket.close(Some(frame)).await,
                // The reply to the client's close frame is already queued.
                None => self.socket.flush().await,
            };
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, closing).await;
    }
}

/// Reads a message. If there is none, waits until the socket is writable if there is output, and
/// flushes the socket otherwise.
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
