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
use super::command::Command;
use super::encode::{Encoder, Transport};
use super::hub::{Hub, Refusal};
use super::limits::Window;
use super::session::{Event, Lost, Session};
use crate::sandbox::fault::{GatewayFault, Verdict};
use crate::sandbox::origin;

/// How long the websocket's handshake may take, in each direction.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a close waits for the client's own.
const CLOSING: Duration = Duration::from_secs(2);
/// How long a cut waits for a socket that is full.
const CUTTING: Duration = Duration::from_millis(100);
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
/// A beat may be late by half of the interval, and by this much however short the interval is: a
/// busy machine is not a client that forgot.
const LATE: Duration = Duration::from_secs(2);
/// Larger payloads are refused by the protocol; this only bounds what is read to find out.
const MAX_READ: usize = 64 * 1024;

type Socket = WebSocketStream<TcpStream>;

/// Why the loop ends.
enum End {
    Close(Close),
    /// Without a close frame; the session can be resumed.
    Cut,
    /// The client said goodbye with this code.
    ClientClosed(Option<u16>),
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
        #[expect(clippy::result_large_err, reason = "tungstenite's own type of refusal")]
        |request: &Request, response: Response| {
            origin::check(request).map_err(|foreign| refuse(foreign.status(), &format!("{foreign}\n")))?;
            query = read_query(request).map_err(|message| refuse(StatusCode::BAD_REQUEST, message))?;
            Ok(response)
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
        decided: None,
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

fn refuse(status: StatusCode, message: &str) -> ErrorResponse {
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
    /// The session's way to say that there is something to send.
    wake: Arc<Notify>,
    session: Option<Arc<Session>>,
    /// The last number taken from the session.
    cursor: u64,
    control: VecDeque<Value>,
    events: VecDeque<(u64, Event)>,
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
    /// What follows the event that waits for the end of the pause.
    decided: Option<Option<GatewayFault>>,
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
            let output = self.pause.is_none() && self.waiting();
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
        let patience = settings.heartbeat_interval + (settings.heartbeat_interval / 2).max(LATE);
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
        if self.waiting() {
            let stalled = self.last_write + settings.stall_limit;
            if now >= stalled {
                return Err(End::Cut);
            }
            due = due.min(stalled);
        }
        Ok(due)
    }

    fn waiting(&self) -> bool {
        !self.control.is_empty() || !self.events.is_empty()
    }

    /// Takes what the session has to send.
    fn refill(&mut self) -> Result<(), End> {
        let Some(session) = &self.session else { return Ok(()) };
        if self.zombie || !self.events.is_empty() {
            return Ok(());
        }
        // One at a time, and only as the client reads: a large guild has many chunks.
        if let Some(pending) = session.next_pending() {
            self.hub.produce(session, pending);
        }
        let idle = self.control.is_empty();
        match session.take(self.id, self.cursor, BATCH, &mut self.events) {
            Ok(()) => {}
            Err(Lost::Ended(why)) => return Err(why.into()),
            Err(Lost::TakenOver) => return Err(Close::UNKNOWN_ERROR.into()),
            Err(Lost::TooSlow) => return Err(End::Cut),
        }
        if let Some((last, _)) = self.events.back() {
            self.cursor = *last;
            if idle {
                self.last_write = Instant::now();
            }
        }
        Ok(())
    }

    /// Gives the socket what it takes without waiting, or a little more.
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
            let verdict = match self.decided.take() {
                Some(fault) => Verdict { delay: None, fault },
                None if session.sending(seq) => self.hub.0.faults.on_dispatch(),
                None => Verdict::default(),
            };
            if let Some(delay) = verdict.delay {
                self.pause = Some(Instant::now() + delay);
                self.decided = Some(verdict.fault);
                self.events.push_front((seq, event));
                break;
            }
            let frame = event.frame(seq);
            bytes += frame.len();
            self.send(frame)?;
            if let Some(fault) = verdict.fault {
                return self.strike(fault);
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
                return Err(End::ClientClosed(frame.map(|frame| frame.code.into())));
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

    fn answer(&mut self, payload: Value) {
        if !self.waiting() {
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

    /// Leaves the session as the end asks for, then the socket.
    async fn finish(mut self, end: End) {
        let now = Instant::now();
        // Who was replaced has no say in the session any more.
        if let Some(session) = self.session.take().filter(|session| session.held_by(self.id)) {
            match &end {
                // The client's own: its flood is over.
                End::ClientClosed(Some(1000 | 1001)) => {
                    self.hub.end(&session, Close::SESSION_TIMED_OUT, false);
                }
                End::Close(close) if close.ends_session() => self.hub.end(&session, *close, true),
                _ => session.detach(self.id, now),
            }
        }
        let goodbye = match end {
            End::Cut => {
                // What is written goes out first: a READY that is cut each time would leave the
                // client without a session to come back to.
                let _ = tokio::time::timeout(CUTTING, self.socket.flush()).await;
                let _ = self.socket.get_ref().set_zero_linger();
                return;
            }
            End::Gone => return,
            End::Close(close) => Some(close.frame()),
            End::ClientClosed(_) => None,
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
