//! One shard, as a state machine without I/O: its inputs are frames, ticks and closes, and its outputs are [`Action`]s.
//!
//! Times are arguments, and random numbers come from a given source. Tests can therefore simulate everything that Discord can
//! do to a connection, without sockets or waits.

mod action;
mod attempts;
mod cause;
mod close;
mod gap;
mod heart;
mod outbox;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Deserialize;

pub use self::action::{Action, Note};
use self::attempts::Attempts;
pub use self::cause::{Cause, Close};
use self::close::CloseAction;
pub use self::close::Fatal;
use self::gap::GapStart;
use self::heart::Heartbeat;
use self::outbox::Outbox;
use super::frame::Frame;
use super::payload::{self, Command, Identify, Payload};
use super::session::Session;

/// Closes a connection without ending its session. The codes 1000 and 1001 would end the session.
pub const CLOSE_TO_RESUME: u16 = 4000;
/// Closes a connection and ends its session.
pub const CLOSE_FOR_GOOD: u16 = 1000;

/// How long Discord may take to send HELLO after the connection is open.
const HELLO_WITHIN: Duration = Duration::from_secs(20);
/// After this many failed attempts to resume, the shard abandons the session.
const MOST_FAILED_RESUMES: u32 = 3;

/// The fixed settings of a shard.
#[derive(Clone, Debug)]
pub struct Config {
    pub shard: u32,
    pub shards: u32,
    /// The URL for new sessions. Sessions are resumed at their own URLs.
    pub url: String,
    pub identify: Identify,
    /// Give up after this many consecutive failed or short connections.
    pub max_reconnects: Option<u32>,
    /// Give up after this long without a live session.
    pub reconnect_timeout: Option<Duration>,
}

/// A source of random numbers in `0.0..1.0`.
pub type Random = Box<dyn FnMut() -> f64 + Send>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Waiting {
        until: Instant,
    },
    Connecting {
        to: Target,
    },
    /// Connected, and waiting for HELLO.
    Greeting {
        until: Instant,
    },
    /// HELLO has arrived, and the shard waits for a slot to IDENTIFY.
    Queued,
    Identifying,
    Resuming,
    Live,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The URL for new sessions.
    First,
    /// The session's own URL.
    Resume,
}

pub struct Shard {
    config: Config,
    random: Random,
    phase: Phase,
    session: Option<Session>,
    seq: Option<u64>,
    heart: Option<Heartbeat>,
    outbox: Outbox,
    /// Whether reading the socket is paused, because the outlet is full.
    paused: bool,
    attempts: Attempts,
    failed_resumes: u32,
    /// Whether a session was live in this process, which shows that there is a gateway at the first URL.
    was_live: bool,
    replayed: u64,
    gap_start: GapStart,
    actions: VecDeque<Action>,
}

#[derive(Deserialize)]
struct Hello {
    heartbeat_interval: u64,
}

#[derive(Deserialize)]
struct Ready {
    session_id: String,
    resume_gateway_url: Option<String>,
}

impl Shard {
    /// Creates an unconnected shard, which resumes `session` if its shard count and intents match.
    pub fn new(config: Config, session: Option<Session>, random: Random, now: Instant) -> Self {
        let before = session.as_ref().map_or(Duration::ZERO, |session| session.idle);
        let mismatch = session.as_ref().and_then(|session| session.mismatch(config.shards, config.identify.intents));
        let session = session.filter(|_| mismatch.is_none());
        let gap = mismatch.map(|mismatch| Action::Note(Note::Gap { ago: before, why: mismatch.into() }));
        Self {
            seq: session.as_ref().map(|session| session.seq),
            session,
            config,
            random,
            phase: Phase::New,
            heart: None,
            outbox: Outbox::default(),
            paused: false,
            attempts: Attempts::default(),
            failed_resumes: 0,
            was_live: false,
            replayed: 0,
            gap_start: GapStart { at: now, before },
            actions: gap.into_iter().collect(),
        }
    }

    /// The shard's number and the shard count.
    pub fn id(&self) -> (u32, u32) {
        (self.config.shard, self.config.shards)
    }

    /// The URL for new sessions.
    pub fn url(&self) -> &str {
        &self.config.url
    }

    /// Whether the shard would IDENTIFY, rather than resume, if it connected now.
    pub fn needs_slot(&self) -> bool {
        self.session.is_none()
    }

    /// Whether the shard waits for the response to IDENTIFY.
    pub fn is_identifying(&self) -> bool {
        self.phase == Phase::Identifying
    }

    /// Whether the shard has stopped.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Takes the next action if it is [`Action::Save`].
    pub fn next_save(&mut self) -> Option<Session> {
        let Some(Action::Save(session)) = self.actions.front() else { return None };
        let session = session.clone();
        self.actions.pop_front();
        Some(session)
    }

    pub fn has_actions(&self) -> bool {
        !self.actions.is_empty()
    }

    /// The latest time for the next call of [`Self::tick`].
    pub fn deadline(&mut self, now: Instant) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Greeting { until } if !self.paused => Some(until),
            _ => None,
        };
        let beat = self.heart.as_ref().map(|heart| heart.next);
        let asked = self.outbox.requested_heartbeat_at(now);
        let command = if self.phase == Phase::Live { self.outbox.command_at(now) } else { None };
        [phase, beat, asked, command].into_iter().flatten().min()
    }

    /// Requests the first connection.
    pub fn start(&mut self, now: Instant) {
        debug_assert_eq!(self.phase, Phase::New);
        self.attempts.begin(now);
        self.connect();
    }

    pub fn connected(&mut self, now: Instant) {
        let Phase::Connecting { to } = self.phase else { return };
        if to == Target::First {
            // The network works, so the session's host is down.
            self.drop_session(Cause::ResumeUnreachable, now);
        }
        self.phase = Phase::Greeting { until: now + HELLO_WITHIN };
    }

    /// The requested connection could not be opened. `refused` means that retrying is useless, for example because the server
    /// is not a gateway.
    pub fn unreachable(&mut self, refused: bool, now: Instant) {
        match self.phase {
            // Discord may have removed the session's host, so the shard tries the first URL at once. If that fails too, the
            // network is down, and the session can be resumed later.
            Phase::Connecting { to: Target::Resume } => self.connect_to(Target::First),
            // If there was a gateway at the URL before, the failure may be temporary, such as the sign-in page of a network.
            Phase::Connecting { to: Target::First } if refused && !self.was_live => self.fail(Fatal::NoGateway),
            Phase::Connecting { to: Target::First } => self.lost(Cause::Unreachable, None, now),
            _ => {}
        }
    }

    /// The shard has its slot to IDENTIFY.
    pub fn slot_granted(&mut self, now: Instant) {
        if self.phase == Phase::Queued {
            let payload = self.config.identify.payload(self.config.shard, self.config.shards);
            self.send_counted(payload, now);
            self.attempts.identified();
            self.phase = Phase::Identifying;
        }
    }

    /// Processes one frame. The caller also passes dispatches to the outlet.
    pub fn frame(&mut self, frame: &Frame<'_>, now: Instant) {
        if let Some(heart) = &mut self.heart {
            heart.alive = true;
            // During a resume, earlier events may still be missing.
            if self.phase == Phase::Live && heart.is_fresh(now) {
                self.gap_start = GapStart::at(now);
            }
        }
        match frame.op {
            0 => self.dispatch(frame, now),
            1 => {
                self.outbox.request_heartbeat();
                self.answer_heartbeat_request(now);
            }
            7 => self.disconnect(Cause::ReconnectRequested, None, now),
            9 => self.invalid_session(frame.data == b"true", now),
            10 => self.hello(frame.data, now),
            11 => self.acknowledged(now),
            // Future ops.
            _ => {}
        }
    }

    /// The peer sent invalid data, so the rest of the stream cannot be read.
    pub fn unreadable(&mut self, reason: String, now: Instant) {
        self.disconnect(Cause::Unreadable(reason), None, now);
    }

    /// The peer has accepted no data for too long.
    pub fn stuck(&mut self, now: Instant) {
        self.disconnect(Cause::WriteTimeout, None, now);
    }

    /// The machine slept for `length`, which an [`Instant`] does not include.
    pub fn slept(&mut self, length: Duration, now: Instant) {
        self.gap_start.before += length;
        self.mark_stale(now);
    }

    /// The connection has ended, with or without a close frame.
    pub fn closed(&mut self, close: Option<Close>, now: Instant) {
        if !self.is_connected() {
            return;
        }
        let action = close::action(close.as_ref().map(|close| close.code));
        let why = close.map_or(Cause::ConnectionLost, Cause::Closed);
        match action {
            CloseAction::Resume => self.lost(why, None, now),
            CloseAction::Identify => {
                self.drop_session(why.clone(), now);
                self.lost(why, None, now);
            }
            CloseAction::Stop(fatal) => {
                self.note(Note::Closed { why });
                self.fail(fatal);
            }
        }
    }

    pub fn tick(&mut self, now: Instant) {
        match self.phase {
            Phase::Waiting { until } if until <= now => self.connect(),
            Phase::Greeting { until } if until <= now && !self.paused => {
                self.disconnect(Cause::NoHello, None, now);
            }
            _ => {}
        }
        if let Some(heart) = &mut self.heart
            && heart.next <= now
        {
            if heart.alive || self.paused {
                heart.schedule_next(now);
                self.send_heartbeat(now);
            } else {
                self.disconnect(Cause::HeartbeatTimeout, None, now);
            }
        }
        self.answer_heartbeat_request(now);
        self.send_commands(now);
    }

    /// Reading the socket is paused, so the absence of frames no longer shows that the connection is dead.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Reading the socket resumes, and the check for a dead connection restarts.
    pub fn unpause(&mut self, now: Instant) {
        self.paused = false;
        if let Some(heart) = &mut self.heart {
            heart.alive = true;
        }
        self.mark_stale(now);
        if let Phase::Greeting { until } = &mut self.phase {
            *until = now + HELLO_WITHIN;
        }
    }

    /// Whether another command can be queued.
    pub fn wants_commands(&self) -> bool {
        self.outbox.has_room()
    }

    /// Queues a command. It is sent when the session is live and the send limit allows it.
    pub fn command(&mut self, command: Command, now: Instant) {
        self.outbox.push(command);
        self.send_commands(now);
    }

    /// Stops the shard. With `to_resume`, the session stays open for a later process to resume.
    pub fn leave(&mut self, to_resume: bool) {
        if self.is_connected() {
            let code = if to_resume { CLOSE_TO_RESUME } else { CLOSE_FOR_GOOD };
            self.actions.push_back(Action::Close { code });
            self.note(Note::Closed { why: Cause::Stopped });
        }
        self.heart = None;
        self.phase = Phase::Over;
        match self.current_session() {
            Some(session) if to_resume => self.actions.push_back(Action::Save(session)),
            Some(_) => self.actions.push_back(Action::Forget),
            None => {}
        }
    }

    fn is_connected(&self) -> bool {
        matches!(
            self.phase,
            Phase::Greeting { .. } | Phase::Queued | Phase::Identifying | Phase::Resuming | Phase::Live
        )
    }

    /// The id of the current session, and the last sequence number.
    pub fn progress(&self) -> Option<(&str, u64)> {
        Some((&self.session.as_ref()?.id, self.seq?))
    }

    fn current_session(&self) -> Option<Session> {
        let session = self.session.as_ref()?;
        Some(Session { seq: self.seq.unwrap_or(session.seq), idle: Duration::ZERO, ..session.clone() })
    }

    fn connect(&mut self) {
        self.connect_to(if self.session.is_some() { Target::Resume } else { Target::First });
    }

    fn connect_to(&mut self, to: Target) {
        let url = match (to, &self.session) {
            (Target::Resume, Some(session)) => session.resume_url.clone(),
            _ => self.config.url.clone(),
        };
        self.phase = Phase::Connecting { to };
        self.actions.push_back(Action::Connect { url });
    }

    fn hello(&mut self, data: &[u8], now: Instant) {
        let Phase::Greeting { .. } = self.phase else { return };
        let hello = match serde_json::from_slice::<Hello>(data) {
            Ok(hello) => hello,
            Err(error) => return self.unreadable(format!("HELLO: {error}"), now),
        };
        let interval = Duration::from_millis(hello.heartbeat_interval);
        let Some(heart) = Heartbeat::new(interval, (self.random)(), now) else {
            return self.disconnect(Cause::ShortInterval(interval), None, now);
        };
        self.outbox.opened(heart.interval);
        self.heart = Some(heart);
        if let Some(session) = self.current_session() {
            self.replayed = 0;
            self.send_counted(payload::resume(&self.config.identify.token, &session), now);
            self.phase = Phase::Resuming;
        } else {
            self.actions.push_back(Action::AwaitSlot);
            self.phase = Phase::Queued;
        }
    }

    fn dispatch(&mut self, frame: &Frame<'_>, now: Instant) {
        if let Some(seq) = frame.seq {
            self.seq = Some(seq);
        }
        if self.phase == Phase::Live {
            return self.attempts.event();
        }
        match frame.name {
            Some(b"READY") if self.phase == Phase::Identifying => self.ready(frame.data, now),
            Some(b"RESUMED") if self.phase == Phase::Resuming => {
                let replayed = self.replayed;
                self.live(Note::Resumed { replayed }, now);
            }
            _ => self.replayed += 1,
        }
    }

    fn ready(&mut self, data: &[u8], now: Instant) {
        // The bytes may include envelope members after `d`, so only the first value is read.
        let mut reader = serde_json::Deserializer::from_slice(data);
        let ready = match Ready::deserialize(&mut reader) {
            Ok(ready) => ready,
            Err(error) => return self.unreadable(format!("READY: {error}"), now),
        };
        self.session = Some(Session {
            id: ready.session_id,
            resume_url: ready.resume_gateway_url.unwrap_or_else(|| self.config.url.clone()),
            seq: self.seq.unwrap_or(0),
            shards: self.config.shards,
            intents: Some(self.config.identify.intents),
            idle: Duration::ZERO,
        });
        self.live(Note::Connected, now);
    }

    /// The session is live, after READY or RESUMED.
    fn live(&mut self, note: Note, now: Instant) {
        self.phase = Phase::Live;
        self.gap_start = GapStart::at(now);
        self.attempts.live(now);
        self.failed_resumes = 0;
        self.was_live = true;
        if let Some(session) = self.current_session() {
            self.actions.push_back(Action::Save(session));
        }
        self.note(note);
        self.send_commands(now);
    }

    fn invalid_session(&mut self, resumable: bool, now: Instant) {
        if resumable && self.session.is_some() {
            return self.disconnect(Cause::InvalidSession, None, now);
        }
        if self.session.is_some() {
            // The next attempt is an IDENTIFY instead of a RESUME, so earlier failures do not count.
            self.attempts.start_over();
        }
        self.drop_session(Cause::InvalidSession, now);
        // From one to five seconds, as Discord's staff asks of clients.
        let wait = Duration::from_secs(1) + Duration::from_secs(4).mul_f64((self.random)());
        self.disconnect(Cause::InvalidSession, Some(wait), now);
    }

    fn acknowledged(&mut self, now: Instant) {
        let Some(acknowledged) = self.heart.as_mut().and_then(|heart| heart.acknowledged(now)) else { return };
        // Discord sends events in order, so all events from before the heartbeat have been received.
        if self.phase == Phase::Live && acknowledged.sent > self.gap_start.at {
            self.gap_start = GapStart::at(acknowledged.sent);
        }
        self.note(Note::Latency { latency: acknowledged.latency });
    }

    /// Records that frames may be old from now on.
    fn mark_stale(&mut self, now: Instant) {
        if let Some(heart) = &mut self.heart {
            heart.mark_stale(now);
        }
    }

    fn answer_heartbeat_request(&mut self, now: Instant) {
        if self.outbox.take_requested_heartbeat(now) {
            self.send_heartbeat(now);
        }
    }

    fn send_heartbeat(&mut self, now: Instant) {
        if let Some(heart) = &mut self.heart {
            heart.sent(now);
            self.actions.push_back(Action::Send(payload::heartbeat(self.seq)));
        }
    }

    fn send_counted(&mut self, payload: Payload, now: Instant) {
        self.outbox.count(now);
        self.actions.push_back(Action::Send(payload));
    }

    fn send_commands(&mut self, now: Instant) {
        if self.phase != Phase::Live {
            return;
        }
        while let Some(command) = self.outbox.take_command(now) {
            if let Some(presence) = command.presence() {
                self.config.identify.presence = Some(presence);
            }
            self.actions.push_back(Action::Send(command.into_payload()));
        }
    }

    /// Closes the connection and reconnects.
    fn disconnect(&mut self, why: Cause, wait: Option<Duration>, now: Instant) {
        if self.is_connected() {
            self.actions.push_back(Action::Close { code: CLOSE_TO_RESUME });
            self.lost(why, wait, now);
        }
    }

    /// The connection was lost or could not be opened. `wait` is the minimum wait before the next one.
    fn lost(&mut self, why: Cause, wait: Option<Duration>, now: Instant) {
        if self.is_connected() {
            self.note(Note::Closed { why: why.clone() });
            if self.session.is_some() && self.phase != Phase::Live {
                self.failed_resumes += 1;
            }
        }
        if self.failed_resumes >= MOST_FAILED_RESUMES {
            self.drop_session(Cause::ResumesFailed, now);
        }
        self.heart = None;
        self.outbox.closed();
        self.attempts.lost(now);
        let identify = self.session.is_none();
        let wait = self.attempts.wait(identify, (self.random)()).max(wait.unwrap_or_default());
        // The first failure is a lost connection, and each further one a failed attempt to reconnect.
        let attempts = self.attempts.failures();
        let reconnects = attempts - 1;
        let too_often = self.config.max_reconnects.is_some_and(|most| reconnects >= most);
        let too_long = self.config.reconnect_timeout.is_some_and(|most| self.attempts.down_after(wait, now) > most);
        if too_often || too_long {
            return self.fail(Fatal::GaveUp { reconnects, why });
        }
        if let Some(identifies) = self.attempts.too_many_identifies().filter(|_| identify) {
            return self.fail(Fatal::UnstableSessions { identifies, why });
        }
        self.phase = Phase::Waiting { until: now + wait };
        self.note(Note::Reconnecting { why, wait, attempt: attempts, resume: !identify });
    }

    fn drop_session(&mut self, why: Cause, now: Instant) {
        self.seq = None;
        self.failed_resumes = 0;
        if self.session.take().is_some() {
            // Report the gap before deleting the session. In the other order, a process that is killed in between would never
            // report it.
            self.note(Note::Gap { ago: self.gap_start.ago(now), why });
            self.actions.push_back(Action::Forget);
        }
    }

    fn note(&mut self, note: Note) {
        self.actions.push_back(Action::Note(note));
    }

    fn fail(&mut self, fatal: Fatal) {
        self.heart = None;
        self.phase = Phase::Over;
        self.actions.push_back(Action::Fail(fatal));
    }
}

#[cfg(test)]
mod tests;
