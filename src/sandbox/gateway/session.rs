//! A session: the numbered events of one client, kept for replay.
//!
//! Its log is replay buffer and send queue in one: a connection reads it from a cursor, so what was
//! sent stays until the log's bound pushes it out.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Notify;

use super::close::Close;
use super::command::Shard;
use super::flood::{self, Template};
use super::members::Chunks;
use crate::model::Secret;

/// A dispatch whose `d` is encoded.
#[derive(Debug)]
pub(super) struct Payload {
    pub name: Cow<'static, str>,
    pub data: String,
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Dispatch(Arc<Payload>),
    /// A flood's message is kept as its number and written when it is sent, so that a replay of
    /// any length costs next to nothing to keep.
    Flood(Arc<Template>, flood::Number),
}

impl Event {
    pub fn new(name: &'static str, data: &Value) -> Self {
        Self::Dispatch(Arc::new(Payload { name: name.into(), data: data.to_string() }))
    }

    /// What it takes to keep it, in bytes.
    fn cost(&self) -> usize {
        let held = match self {
            Self::Dispatch(payload) => payload.data.len() + payload.name.len(),
            Self::Flood(..) => 0,
        };
        held + size_of::<Self>()
    }

    /// The whole payload, with Discord's order of keys.
    pub fn frame(&self, seq: u64) -> String {
        let mut frame = String::new();
        let name = match self {
            Self::Dispatch(payload) => {
                frame.reserve(payload.data.len() + 96);
                &*payload.name
            }
            Self::Flood(template, _) => {
                frame.reserve(template.size() + 96);
                "MESSAGE_CREATE"
            }
        };
        // Event names have nothing that JSON escapes.
        let _ = write!(frame, r#"{{"t":"{name}","s":{seq},"op":0,"d":"#);
        match self {
            Self::Dispatch(payload) => frame.push_str(&payload.data),
            Self::Flood(template, number) => template.write(*number, &mut frame),
        }
        frame.push('}');
        frame
    }
}

/// Numbered events, the oldest of which go when they take more than `limit` bytes.
#[derive(Debug)]
struct Log {
    first: u64,
    events: VecDeque<Event>,
    bytes: usize,
    limit: usize,
}

impl Log {
    fn new(limit: usize) -> Self {
        Self { first: 1, events: VecDeque::new(), bytes: 0, limit }
    }

    fn last(&self) -> u64 {
        self.first + self.events.len() as u64 - 1
    }

    fn push(&mut self, event: Event) {
        self.bytes += event.cost();
        self.events.push_back(event);
        // The newest stays whatever its size: it has not been sent.
        while self.bytes > self.limit && self.events.len() > 1 {
            if let Some(gone) = self.events.pop_front() {
                self.first += 1;
                self.bytes -= gone.cost();
            }
        }
    }

    /// What comes after `seq`, or `None` where some of that is gone.
    fn after(&self, seq: u64) -> Option<impl Iterator<Item = (u64, &Event)>> {
        let skip = usize::try_from((seq + 1).checked_sub(self.first)?).ok()?;
        Some((seq + 1..).zip(self.events.range(skip.min(self.events.len())..)))
    }
}

/// What is produced only once there is room for it.
pub(super) enum Pending {
    Guild(u64),
    Chunks(Chunks),
    Sounds(u64),
}

/// Why a session cannot go on from where the client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoResume {
    /// The session has ended, or what was missed is no longer kept.
    Gone,
    /// The client claims events that were never sent.
    Ahead,
}

/// Why a connection has to let go of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It ended, and this is why.
    Ended(Close),
    /// Another connection resumed it.
    TakenOver,
    /// The client reads too slowly: the log no longer has what comes next for it.
    TooSlow,
}

struct State {
    log: Log,
    pending: VecDeque<Pending>,
    attached: Option<(u64, Arc<Notify>)>,
    idle_since: Instant,
    ended: Option<Close>,
    /// How many messages of a flood it was given.
    flooded: u64,
}

pub(super) struct Session {
    pub id: String,
    pub token: Secret,
    pub intents: u64,
    pub shard: Shard,
    pub compress: bool,
    pub large_threshold: u16,
    state: Mutex<State>,
    /// The highest number that was ever handed to a socket.
    sent: AtomicU64,
    /// Tells a flood that there is room, or that the session ended.
    room: Notify,
}

/// What identify says of a session.
pub(super) struct Terms {
    pub id: String,
    pub token: Secret,
    pub intents: u64,
    pub shard: Shard,
    pub compress: bool,
    pub large_threshold: u16,
}

/// A flood runs this many events ahead of the socket, connected or not.
const FLOOD_AHEAD: u64 = 1024;

impl Session {
    pub fn new(terms: Terms, replay_bytes: usize, flooded: u64, now: Instant) -> Self {
        let state = State {
            log: Log::new(replay_bytes),
            pending: VecDeque::new(),
            attached: None,
            idle_since: now,
            ended: None,
            flooded,
        };
        let Terms { id, token, intents, shard, compress, large_threshold } = terms;
        let (state, sent, room) = (Mutex::new(state), AtomicU64::new(0), Notify::new());
        Self { id, token, intents, shard, compress, large_threshold, state, sent, room }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: each method changes it in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Binds the session to a connection, which goes on after `seq`. A connection that held it
    /// before is woken to let go.
    pub fn attach(&self, connection: u64, wake: Arc<Notify>, seq: u64) -> Result<(), NoResume> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Err(NoResume::Gone);
        }
        if seq > state.log.last() {
            return Err(NoResume::Ahead);
        }
        if state.log.after(seq).is_none() {
            return Err(NoResume::Gone);
        }
        if let Some((_, old)) = state.attached.replace((connection, wake)) {
            old.notify_one();
        }
        Ok(())
    }

    pub fn detach(&self, connection: u64, now: Instant) {
        let mut state = self.lock();
        if state.attached.as_ref().is_some_and(|(id, _)| *id == connection) {
            state.attached = None;
            state.idle_since = now;
        }
    }

    pub fn held_by(&self, connection: u64) -> bool {
        self.lock().attached.as_ref().is_some_and(|(id, _)| *id == connection)
    }

    /// Ends it for good. Gives how far its flood came.
    pub fn end(&self, why: Close) -> u64 {
        let mut state = self.lock();
        state.ended.get_or_insert(why);
        state.pending.clear();
        if let Some((_, wake)) = &state.attached {
            wake.notify_one();
        }
        self.room.notify_one();
        state.flooded
    }

    /// Whether it has been without a connection for longer than that.
    pub fn idle(&self, now: Instant, limit: Duration) -> bool {
        let state = self.lock();
        state.attached.is_none() && now.duration_since(state.idle_since) > limit
    }

    pub fn push(&self, event: Event) {
        let mut state = self.lock();
        state.log.push(event);
        state.wake();
    }

    /// Queues what is to be produced as the client reads.
    pub fn ask(&self, pending: impl IntoIterator<Item = Pending>) {
        let mut state = self.lock();
        state.pending.extend(pending);
        state.wake();
    }

    pub fn next_pending(&self) -> Option<Pending> {
        self.lock().pending.pop_front()
    }

    /// What could not be finished goes back to the front.
    pub fn put_back(&self, pending: Pending) {
        self.lock().pending.push_front(pending);
    }

    /// Adds up to `most` events after `cursor` to `into`.
    pub fn take(
        &self,
        connection: u64,
        cursor: u64,
        most: usize,
        into: &mut VecDeque<(u64, Event)>,
    ) -> Result<(), Lost> {
        let state = self.lock();
        if let Some(why) = state.ended {
            return Err(Lost::Ended(why));
        }
        if state.attached.as_ref().is_none_or(|(id, _)| *id != connection) {
            return Err(Lost::TakenOver);
        }
        let mut last = cursor;
        for (seq, event) in state.log.after(cursor).ok_or(Lost::TooSlow)?.take(most) {
            last = seq;
            into.push_back((seq, event.clone()));
        }
        if state.log.last() - last < FLOOD_AHEAD / 2 {
            self.room.notify_one();
        }
        Ok(())
    }

    /// Notes that the event goes to a socket; true for the first time. A replay is not counted by
    /// faults, so that a client which resumes always gets ahead.
    pub fn sending(&self, seq: u64) -> bool {
        self.sent.fetch_max(seq, Ordering::Relaxed) < seq
    }

    /// Gives a flood's next messages to the session: up to the number `until`, and as many as
    /// there is room for. `None` once the session has ended.
    pub fn flood(&self, template: &Arc<Template>, until: u64, at_us: i64) -> Option<u64> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return None;
        }
        // READY and the guilds come first.
        let sent = self.sent.load(Ordering::Relaxed);
        if sent > 0 && state.pending.is_empty() {
            let ahead = state.log.last() - sent;
            let room = FLOOD_AHEAD.saturating_sub(ahead).min(until.saturating_sub(state.flooded));
            for _ in 0..room {
                state.flooded += 1;
                let number = flood::Number { number: state.flooded, at_us };
                state.log.push(Event::Flood(Arc::clone(template), number));
            }
            if room > 0 {
                state.wake();
            }
        }
        Some(state.flooded)
    }

    /// Waits until a flood may have room.
    pub async fn room(&self) {
        self.room.notified().await;
    }
}

impl State {
    fn wake(&self) {
        if let Some((_, wake)) = &self.attached {
            wake.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn session(replay_bytes: usize) -> Session {
        let terms = Terms {
            id: "s".to_owned(),
            token: Secret::new("sandbox-session-test"),
            intents: 0,
            shard: Shard::ONLY,
            compress: false,
            large_threshold: 50,
        };
        Session::new(terms, replay_bytes, 0, Instant::now())
    }

    fn event(text: &str) -> Event {
        Event::new("X", &json!(text))
    }

    /// What is sent to the connection, each with whether it is for the first time.
    fn taken(session: &Session, connection: u64, cursor: u64) -> Result<Vec<(u64, bool)>, Lost> {
        let mut out = VecDeque::new();
        session.take(connection, cursor, 100, &mut out)?;
        Ok(out.iter().map(|(seq, _)| (*seq, session.sending(*seq))).collect())
    }

    #[test]
    fn events_are_numbered_from_one_and_replayed_after_the_last_seen() {
        let session = session(1 << 20);
        let wake = || Arc::new(Notify::new());
        session.attach(1, wake(), 0).unwrap();
        session.push(event("a"));
        session.push(event("b"));
        assert_eq!(taken(&session, 1, 0), Ok(vec![(1, true), (2, true)]));
        session.detach(1, Instant::now());
        session.push(event("c"));
        session.attach(2, wake(), 1).unwrap();
        assert_eq!(taken(&session, 2, 1), Ok(vec![(2, false), (3, true)]));
        assert_eq!(session.attach(3, wake(), 4), Err(NoResume::Ahead));
        assert_eq!(taken(&session, 2, 3), Ok(vec![]), "a refused resume changes nothing");
    }

    #[test]
    fn the_log_forgets_the_oldest_and_says_so() {
        let session = session(10 * event("aaaa").cost());
        let wake = Arc::new(Notify::new());
        for _ in 0..20 {
            session.push(event("aaaa"));
        }
        assert_eq!(session.attach(1, Arc::clone(&wake), 9), Err(NoResume::Gone));
        assert_eq!(session.attach(1, Arc::clone(&wake), 10), Ok(()));
        assert_eq!(taken(&session, 1, 10).unwrap().len(), 10);
        assert_eq!(taken(&session, 1, 9), Err(Lost::TooSlow));
    }

    #[test]
    fn one_event_larger_than_the_log_is_sent_all_the_same() {
        let session = session(10);
        session.attach(1, Arc::new(Notify::new()), 0).unwrap();
        session.push(event("much more than ten bytes"));
        assert_eq!(taken(&session, 1, 0), Ok(vec![(1, true)]));
    }

    #[test]
    fn a_second_connection_takes_over_and_the_end_is_told() {
        let session = session(1 << 20);
        session.attach(1, Arc::new(Notify::new()), 0).unwrap();
        session.attach(2, Arc::new(Notify::new()), 0).unwrap();
        assert_eq!(taken(&session, 1, 0), Err(Lost::TakenOver));
        session.detach(1, Instant::now());
        assert_eq!(taken(&session, 2, 0), Ok(vec![]), "who was replaced cannot detach it");
        session.end(Close::SESSION_TIMED_OUT);
        assert_eq!(taken(&session, 2, 0), Err(Lost::Ended(Close::SESSION_TIMED_OUT)));
        assert_eq!(session.attach(3, Arc::new(Notify::new()), 0), Err(NoResume::Gone));
    }

    #[test]
    fn a_flood_runs_ahead_of_the_socket_only_so_far() {
        let session = session(1 << 20);
        let template = Arc::new(Template::example());
        assert_eq!(session.flood(&template, 5000, 0), Some(0), "READY was not sent");
        session.attach(1, Arc::new(Notify::new()), 0).unwrap();
        session.push(event("READY"));
        taken(&session, 1, 0).unwrap();
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD));
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD));
        session.detach(1, Instant::now());
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD));
        session.attach(2, Arc::new(Notify::new()), 1).unwrap();
        assert_eq!(taken(&session, 2, 1).unwrap().len(), 100);
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD + 100));
        assert_eq!(session.end(Close::UNKNOWN_ERROR), FLOOD_AHEAD + 100);
        assert_eq!(session.flood(&template, 5000, 0), None);
    }
}
