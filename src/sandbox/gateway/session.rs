//! A session: the numbered events of one client, which are stored for replay.
//!
//! The session's log is both the send queue and the replay buffer. A connection reads it from a
//! cursor; events stay in the log until they exceed its size limit.

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

/// A dispatch with its encoded `d`.
#[derive(Debug)]
pub(super) struct Payload {
    pub name: Cow<'static, str>,
    pub data: String,
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Dispatch(Arc<Payload>),
    /// A message of a flood. Only its number is stored, and its JSON is written when it is sent, so
    /// that the replay buffer takes little memory.
    Flood(Arc<Template>, flood::FloodMessage),
}

impl Event {
    pub fn new(name: &'static str, data: &Value) -> Self {
        Self::Dispatch(Arc::new(Payload { name: name.into(), data: data.to_string() }))
    }

    /// The memory that the stored event takes, in bytes.
    fn size(&self) -> usize {
        let data = match self {
            Self::Dispatch(payload) => payload.data.len() + payload.name.len(),
            Self::Flood(..) => 0,
        };
        data + size_of::<Self>()
    }

    /// The JSON of the whole payload, with its keys in Discord's order.
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
        // Event names contain no characters that JSON escapes.
        let _ = write!(frame, r#"{{"t":"{name}","s":{seq},"op":0,"d":"#);
        match self {
            Self::Dispatch(payload) => frame.push_str(&payload.data),
            Self::Flood(template, number) => template.write(*number, &mut frame),
        }
        frame.push('}');
        frame
    }
}

/// Numbered events. The oldest are removed when all together take more than `limit` bytes.
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
        self.bytes += event.size();
        self.events.push_back(event);
        // The newest event stays even if it exceeds the limit by itself: it has not been sent yet.
        while self.bytes > self.limit && self.events.len() > 1 {
            if let Some(oldest) = self.events.pop_front() {
                self.first += 1;
                self.bytes -= oldest.size();
            }
        }
    }

    /// The events after `seq`, or `None` if some of them have been removed.
    fn after(&self, seq: u64) -> Option<impl Iterator<Item = (u64, &Event)>> {
        let skip = usize::try_from((seq + 1).checked_sub(self.first)?).ok()?;
        Some((seq + 1..).zip(self.events.range(skip.min(self.events.len())..)))
    }
}

/// Events that are generated only when the client has read the earlier ones.
pub(super) enum Pending {
    Guild(u64),
    Chunks(Chunks),
    Sounds(u64),
}

/// Why a session cannot be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResumeError {
    /// The session has ended, or missed events are no longer in the log.
    Expired,
    /// The client names a sequence number that was never sent.
    InvalidSequence,
}

/// Why a connection can no longer read its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// The session has ended.
    Ended(Close),
    /// Another connection has resumed the session.
    TakenOver,
    /// The client reads too slowly: its next event is no longer in the log.
    TooSlow,
}

struct State {
    log: Log,
    pending: VecDeque<Pending>,
    /// The connection's id, and how to wake it.
    attached: Option<(u64, Arc<Notify>)>,
    idle_since: Instant,
    ended: Option<Close>,
    /// The number of the last flood message.
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
    /// The highest sequence number ever written to a socket.
    sent: AtomicU64,
    /// Notifies a flood that there is room for messages, or that the session has ended.
    room: Notify,
}

/// The properties of a session that IDENTIFY sets.
pub(super) struct SessionOptions {
    pub id: String,
    pub token: Secret,
    pub intents: u64,
    pub shard: Shard,
    pub compress: bool,
    pub large_threshold: u16,
}

/// How many unsent events a flood may add to a session, connected or not.
const FLOOD_AHEAD: u64 = 1024;

impl Session {
    pub fn new(options: SessionOptions, replay_bytes: usize, flooded: u64, now: Instant) -> Self {
        let state = State {
            log: Log::new(replay_bytes),
            pending: VecDeque::new(),
            attached: None,
            idle_since: now,
            ended: None,
            flooded,
        };
        let SessionOptions { id, token, intents, shard, compress, large_threshold } = options;
        let (state, sent, room) = (Mutex::new(state), AtomicU64::new(0), Notify::new());
        Self { id, token, intents, shard, compress, large_threshold, state, sent, room }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A poisoned lock is safe to use: no method leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attaches the session to a connection, which continues after `seq`. A connection that it was
    /// attached to before is woken and ends.
    pub fn attach(&self, connection: u64, wake: Arc<Notify>, seq: u64) -> Result<(), ResumeError> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Err(ResumeError::Expired);
        }
        if seq > state.log.last() {
            return Err(ResumeError::InvalidSequence);
        }
        if state.log.after(seq).is_none() {
            return Err(ResumeError::Expired);
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

    pub fn is_attached_to(&self, connection: u64) -> bool {
        self.lock().attached.as_ref().is_some_and(|(id, _)| *id == connection)
    }

    /// Ends the session. Returns the number of its last flood message.
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

    /// Whether the session has had no connection for longer than `limit`.
    pub fn idle(&self, now: Instant, limit: Duration) -> bool {
        let state = self.lock();
        state.attached.is_none() && now.duration_since(state.idle_since) > limit
    }

    pub fn push(&self, event: Event) {
        let mut state = self.lock();
        state.log.push(event);
        state.wake();
    }

    /// Queues events to be generated as the client reads.
    pub fn queue(&self, pending: impl IntoIterator<Item = Pending>) {
        let mut state = self.lock();
        state.pending.extend(pending);
        state.wake();
    }

    pub fn next_pending(&self) -> Option<Pending> {
        self.lock().pending.pop_front()
    }

    /// Puts an unfinished item back at the front of the queue.
    pub fn put_back(&self, pending: Pending) {
        self.lock().pending.push_front(pending);
    }

    /// Adds up to `limit` events after `cursor` to `into`.
    pub fn take(
        &self,
        connection: u64,
        cursor: u64,
        limit: usize,
        into: &mut VecDeque<(u64, Event)>,
    ) -> Result<(), ReadError> {
        let state = self.lock();
        if let Some(why) = state.ended {
            return Err(ReadError::Ended(why));
        }
        if state.attached.as_ref().is_none_or(|(id, _)| *id != connection) {
            return Err(ReadError::TakenOver);
        }
        let mut last = cursor;
        for (seq, event) in state.log.after(cursor).ok_or(ReadError::TooSlow)?.take(limit) {
            last = seq;
            into.push_back((seq, event.clone()));
        }
        if state.log.last() - last < FLOOD_AHEAD / 2 {
            self.room.notify_one();
        }
        Ok(())
    }

    /// Records that an event is written to a socket. Returns whether it is the first time: faults do
    /// not count replayed events, so that a client which resumes always makes progress.
    pub fn mark_sent(&self, seq: u64) -> bool {
        self.sent.fetch_max(seq, Ordering::Relaxed) < seq
    }

    /// Adds a flood's next messages to the session, up to the number `until` and as many as there is
    /// room for. Returns the number of the last one, or `None` if the session has ended.
    pub fn flood(&self, template: &Arc<Template>, until: u64, at_us: i64) -> Option<u64> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return None;
        }
        // READY and the guilds are sent first.
        let sent = self.sent.load(Ordering::Relaxed);
        if sent > 0 && state.pending.is_empty() {
            let ahead = state.log.last() - sent;
            let room = FLOOD_AHEAD.saturating_sub(ahead).min(until.saturating_sub(state.flooded));
            for _ in 0..room {
                state.flooded += 1;
                let number = flood::FloodMessage { number: state.flooded, at_us };
                state.log.push(Event::Flood(Arc::clone(template), number));
            }
            if room > 0 {
                state.wake();
            }
        }
        Some(state.flooded)
    }

    /// Waits until a flood may have room.
    pub async fn wait_for_room(&self) {
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
        let options = SessionOptions {
            id: "s".to_owned(),
            token: Secret::new("sandbox-session-test"),
            intents: 0,
            shard: Shard::ONLY,
            compress: false,
            large_threshold: 50,
        };
        Session::new(options, replay_bytes, 0, Instant::now())
    }

    fn event(text: &str) -> Event {
        Event::new("X", &json!(text))
    }

    /// Sends events to a connection. Returns each sequence number and whether it was sent for the
    /// first time.
    fn send(session: &Session, connection: u64, cursor: u64) -> Result<Vec<(u64, bool)>, ReadError> {
        let mut out = VecDeque::new();
        session.take(connection, cursor, 100, &mut out)?;
        Ok(out.iter().map(|(seq, _)| (*seq, session.mark_sent(*seq))).collect())
    }

    #[test]
    fn events_are_numbered_from_one_and_replayed_after_the_last_seen() {
        let session = session(1 << 20);
        let wake = || Arc::new(Notify::new());
        session.attach(1, wake(), 0).unwrap();
        session.push(event("a"));
        session.push(event("b"));
        assert_eq!(send(&session, 1, 0), Ok(vec![(1, true), (2, true)]));
        session.detach(1, Instant::now());
        session.push(event("c"));
        session.attach(2, wake(), 1).unwrap();
        assert_eq!(send(&session, 2, 1), Ok(vec![(2, false), (3, true)]));
        assert_eq!(session.attach(3, wake(), 4), Err(ResumeError::InvalidSequence));
        assert_eq!(send(&session, 2, 3), Ok(vec![]), "a failed resume changes nothing");
    }

    #[test]
    fn the_log_removes_the_oldest_events_and_a_reader_that_needs_them_fails() {
        let session = session(10 * event("aaaa").size());
        let wake = Arc::new(Notify::new());
        for _ in 0..20 {
            session.push(event("aaaa"));
        }
        assert_eq!(session.attach(1, Arc::clone(&wake), 9), Err(ResumeError::Expired));
        assert_eq!(session.attach(1, Arc::clone(&wake), 10), Ok(()));
        assert_eq!(send(&session, 1, 10).unwrap().len(), 10);
        assert_eq!(send(&session, 1, 9), Err(ReadError::TooSlow));
    }

    #[test]
    fn an_event_larger_than_the_log_is_sent() {
        let session = session(10);
        session.attach(1, Arc::new(Notify::new()), 0).unwrap();
        session.push(event("much more than ten bytes"));
        assert_eq!(send(&session, 1, 0), Ok(vec![(1, true)]));
    }

    #[test]
    fn a_second_connection_takes_the_session_over_and_learns_when_it_ends() {
        let session = session(1 << 20);
        session.attach(1, Arc::new(Notify::new()), 0).unwrap();
        session.attach(2, Arc::new(Notify::new()), 0).unwrap();
        assert_eq!(send(&session, 1, 0), Err(ReadError::TakenOver));
        session.detach(1, Instant::now());
        assert_eq!(send(&session, 2, 0), Ok(vec![]), "a replaced connection cannot detach the session");
        session.end(Close::SESSION_TIMED_OUT);
        assert_eq!(send(&session, 2, 0), Err(ReadError::Ended(Close::SESSION_TIMED_OUT)));
        assert_eq!(session.attach(3, Arc::new(Notify::new()), 0), Err(ResumeError::Expired));
    }

    #[test]
    fn a_flood_has_a_bounded_number_of_unsent_messages() {
        let session = session(1 << 20);
        let template = Arc::new(Template::example());
        assert_eq!(session.flood(&template, 5000, 0), Some(0), "READY has not been sent");
        session.attach(1, Arc::new(Notify::new()), 0).unwrap();
        session.push(event("READY"));
        send(&session, 1, 0).unwrap();
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD));
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD));
        session.detach(1, Instant::now());
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD));
        session.attach(2, Arc::new(Notify::new()), 1).unwrap();
        assert_eq!(send(&session, 2, 1).unwrap().len(), 100);
        assert_eq!(session.flood(&template, 5000, 0), Some(FLOOD_AHEAD + 100));
        assert_eq!(session.end(Close::UNKNOWN_ERROR), FLOOD_AHEAD + 100);
        assert_eq!(session.flood(&template, 5000, 0), None);
    }
}
