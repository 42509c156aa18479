//! The sessions, and which events each of them receives.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::close::Close;
use super::command::{Identify, Resume, Shard};
use super::flood::{self, Flood};
use super::intents;
use super::limits::{IdentifyLimit, IdentifyResult, MemberListLimit};
use super::pace;
use super::session::{Event, Payload, Pending, ResumeError, Session, SessionOptions};
use super::world::{Dispatch, World};
use crate::sandbox::fault::Faults;

#[derive(Clone, Debug)]
pub struct Settings {
    /// The interval in HELLO. If it is shorter than a second, for tests, heartbeats do not count
    /// towards the limit of sends.
    pub heartbeat_interval: Duration,
    /// IDENTIFY calls per [`Self::identify_interval`].
    pub max_concurrency: u32,
    pub identify_interval: Duration,
    /// IDENTIFY calls per day.
    pub session_start_total: u32,
    /// The recommended number of shards.
    pub shards: u32,
    /// The privileged intents granted to the application. A session that requests others is closed
    /// with 4014.
    pub privileged: u64,
    /// The size of each session's replay buffer, in bytes.
    pub replay_bytes: usize,
    /// How long a disconnected session can be resumed.
    pub resume_window: Duration,
    /// How long a client may leave sent data unread before its connection is cut.
    pub stall_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_millis(41_250),
            max_concurrency: 1,
            identify_interval: Duration::from_secs(5),
            session_start_total: 1000,
            shards: 1,
            privileged: intents::PRIVILEGED,
            replay_bytes: 64 << 20,
            resume_window: Duration::from_secs(180),
            stall_limit: Duration::from_secs(60),
        }
    }
}

/// Discord's limit of guilds per shard. A session with more is closed with 4011.
const GUILDS_PER_SHARD: usize = 2500;

/// The gateway. Clones refer to the same gateway.
#[derive(Clone)]
pub struct Hub(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub world: Arc<dyn World>,
    pub settings: Settings,
    pub faults: Faults,
    pub me: String,
    pub connections: AtomicU64,
    pub state: Mutex<State>,
}

pub(super) struct State {
    pub sessions: HashMap<String, Arc<Session>>,
    identify_limit: IdentifyLimit,
    pub member_lists: MemberListLimit,
    flood: Option<Flood>,
    /// The number of the last flood message of each lost session, for the shard's next session.
    flooded: HashMap<Shard, u64>,
}

/// Why IDENTIFY or RESUME fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionError {
    Close(Close),
    /// Op 9, `d: false`.
    InvalidSession,
}

impl Hub {
    pub fn new(world: Arc<dyn World>, settings: Settings, faults: Faults) -> Self {
        let me = world.me()["id"].as_str().unwrap_or_default().to_owned();
        let identify_limit =
            IdentifyLimit::new(settings.session_start_total, settings.max_concurrency, settings.identify_interval);
        let state = State {
            sessions: HashMap::new(),
            identify_limit,
            member_lists: MemberListLimit::default(),
            flood: None,
            flooded: HashMap::new(),
        };
        let (connections, state) = (AtomicU64::new(0), Mutex::new(state));
        Self(Arc::new(Inner { world, settings, faults, me, connections, state }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Adds the event to every session whose intents and shard include it. Never blocks.
    pub fn dispatch(&self, event: Dispatch) {
        let Dispatch { name, guild_id, data } = event;
        let me = &self.0.me;
        let state = self.lock();
        let sessions = state.sessions.values().filter(|session| {
            session.shard.covers(guild_id) && intents::covers(session.intents, &name, guild_id.is_some(), &data, me)
        });
        // The event is encoded only if a session receives it, and only once for all sessions.
        let encode = |data: &Value| {
            let payload = Payload { name: name.clone(), data: data.to_string() };
            Event::Dispatch(Arc::new(payload))
        };
        let (mut whole, mut hidden) = (None, None);
        for session in sessions {
            if session.intents & intents::MESSAGE_CONTENT == 0 {
                let hide = || intents::without_content(&name, guild_id.is_some(), &data, me);
                let hidden = hidden.get_or_insert_with(|| hide().map(|data| encode(&data)));
                if let Some(hidden) = hidden {
                    session.push(hidden.clone());
                    continue;
                }
            }
            session.push(whole.get_or_insert_with(|| encode(&data)).clone());
        }
    }

    /// `session_start_limit` of GET /gateway/bot.
    pub fn session_start_limit(&self) -> Value {
        let now = Instant::now();
        let state = self.lock();
        let reset_after = u64::try_from(state.identify_limit.reset_after(now).as_millis());
        json!({
            "total": self.0.settings.session_start_total,
            "remaining": state.identify_limit.remaining(now),
            "reset_after": reset_after.unwrap_or(u64::MAX),
            "max_concurrency": self.0.settings.max_concurrency,
        })
    }

    /// The number of sessions, connected or resumable.
    pub fn sessions(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Starts a flood for every current and future session. Requires a tokio runtime.
    pub fn flood(&self, flood: Flood) {
        let sessions: Vec<_> = {
            let mut state = self.lock();
            state.flood = Some(flood);
            state.sessions.values().cloned().collect()
        };
        for session in sessions {
            self.start_flood(flood, session);
        }
    }

    fn start_flood(&self, flood: Flood, session: Arc<Session>) {
        if !flood::is_sent_to(session.intents) {
            return;
        }
        let world = &*self.0.world;
        let template = flood::Template::new(world, session.shard, session.intents, flood.size);
        tokio::spawn(pace::run(flood, Arc::new(template), session));
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A poisoned lock is safe to use: no method leaves the state half changed.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ids of a shard's guilds.
    pub(super) fn guilds(&self, shard: Shard) -> Vec<u64> {
        self.0.world.guilds().into_iter().filter(|&guild| shard.covers(Some(guild))).collect()
    }

    /// Op 2: creates a session attached to the connection, with READY and the pending guilds.
    pub(super) fn identify(
        &self,
        identify: Identify,
        connection: u64,
        wake: Arc<Notify>,
        url: &str,
    ) -> Result<Arc<Session>, SessionError> {
        let now = Instant::now();
        let world = &*self.0.world;
        let Identify { token, intents, shard: asked, compress, large_threshold } = identify;
        if !world.accepts(token.expose()) {
            return Err(SessionError::Close(Close::AUTHENTICATION_FAILED));
        }
        if intents & intents::PRIVILEGED & !self.0.settings.privileged != 0 {
            return Err(SessionError::Close(Close::DISALLOWED_INTENTS));
        }
        let shard = asked.unwrap_or(Shard::ONLY);
        let guilds = self.guilds(shard);
        if guilds.len() > GUILDS_PER_SHARD {
            return Err(SessionError::Close(Close::SHARDING_REQUIRED));
        }
        let id = format!("{:032x}", fastrand::u128(..));
        let unavailable = guilds.iter().map(|guild| json!({"id": guild.to_string(), "unavailable": true}));
        let application = world.application();
        let mut ready = json!({
            "v": 10,
            "user_settings": {},
            "user": world.me(),
            "session_type": "normal",
            "session_id": id,
            "resume_gateway_url": url,
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guilds": unavailable.collect::<Value>(),
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "auth": {},
            "application": {"id": application["id"], "flags": application["flags"]},
            "_trace": ["sandbox"],
        });
        if let Some(shard) = asked {
            ready["shard"] = json!([shard.id, shard.count]);
        }
        let options = SessionOptions { id, token, intents, shard, compress, large_threshold };

        let mut state = self.lock();
        let idle = self.0.settings.resume_window;
        state.sessions.retain(|_, session| {
            let idle = session.idle(now, idle);
            if idle {
                session.end(Close::SESSION_TIMED_OUT);
            }
            !idle
        });
        match state.identify_limit.take(shard.id, now) {
            IdentifyResult::Granted => {}
            IdentifyResult::TooFast => return Err(SessionError::InvalidSession),
            IdentifyResult::Exhausted => return Err(SessionError::Close(Close::AUTHENTICATION_FAILED)),
        }
        let flooded = state.flooded.remove(&shard).unwrap_or(0);
        let session = Session::new(options, self.0.settings.replay_bytes, flooded, now);
        session.push(Event::new("READY", &ready));
        if intents & intents::GUILDS != 0 {
            session.queue(guilds.into_iter().map(Pending::Guild));
        }
        let session = Arc::new(session);
        if session.attach(connection, wake, 0).is_err() {
            return Err(SessionError::InvalidSession);
        }
        state.sessions.insert(session.id.clone(), Arc::clone(&session));
        let flood = state.flood;
        drop(state);
        if let Some(flood) = flood {
            self.start_flood(flood, Arc::clone(&session));
        }
        Ok(session)
    }

    /// Op 6: attaches the session to the connection, which continues after the given sequence number.
    pub(super) fn resume(
        &self,
        resume: &Resume,
        connection: u64,
        wake: Arc<Notify>,
    ) -> Result<Arc<Session>, SessionError> {
        if !self.0.world.accepts(resume.token.expose()) {
            return Err(SessionError::Close(Close::AUTHENTICATION_FAILED));
        }
        let session = self.lock().sessions.get(&resume.session_id).cloned();
        let session = session
            .filter(|session| session.token == resume.token)
            .filter(|session| !session.idle(Instant::now(), self.0.settings.resume_window))
            .ok_or(SessionError::InvalidSession)?;
        match session.attach(connection, wake, resume.seq) {
            Ok(()) => Ok(session),
            Err(ResumeError::Expired) => {
                self.end(&session, Close::SESSION_TIMED_OUT, true);
                Err(SessionError::InvalidSession)
            }
            Err(ResumeError::InvalidSequence) => {
                self.end(&session, Close::INVALID_SEQUENCE, true);
                Err(SessionError::Close(Close::INVALID_SEQUENCE))
            }
        }
    }

    /// Ends a session. If it was `lost` rather than closed by its client, the shard's next session
    /// continues its flood.
    pub(super) fn end(&self, session: &Session, why: Close, lost: bool) {
        let flooded = session.end(why);
        let mut state = self.lock();
        state.sessions.remove(&session.id);
        if lost && flooded > 0 {
            state.flooded.insert(session.shard, flooded);
        }
    }
}
