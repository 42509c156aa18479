//! A shard with a virtual clock and fixed random numbers. Tests compare its actions as short texts.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::gateway::frame::Frame;
use crate::gateway::payload::Identify;
use crate::gateway::session::Session;
use crate::gateway::shard::{Action, Close, Config, Note, Shard};
use crate::model::{Token, TokenType};

/// The value of each random number: half the jitter, half the heartbeat interval, and three seconds out of one to five.
pub const RANDOM: f64 = 0.5;
pub const INTERVAL: Duration = Duration::from_secs(40);

pub struct World {
    pub shard: Shard,
    pub now: Instant,
    pub seq: u64,
    /// The payloads that were sent, newest last.
    pub sent: Vec<serde_json::Value>,
    /// The length of each gap, in seconds.
    pub gaps: Vec<u64>,
}

pub fn config() -> Config {
    Config {
        shard: 0,
        shards: 1,
        url: "first".into(),
        identify: Identify {
            token: Token::parse("secret-token-of-a-bot", TokenType::Bot).unwrap(),
            intents: 1,
            properties: json!({}),
            compress: false,
            large_threshold: None,
            presence: None,
        },
        max_reconnects: None,
        reconnect_timeout: None,
    }
}

pub fn session() -> Session {
    Session {
        id: "session".into(),
        resume_url: "resume".into(),
        seq: 41,
        shards: 1,
        intents: None,
        idle: Duration::from_secs(3600),
    }
}

impl World {
    pub fn new(config: Config, session: Option<Session>) -> Self {
        let now = Instant::now();
        let mut shard = Shard::new(config, session, Box::new(|| RANDOM), now);
        shard.start(now);
        Self { shard, now, seq: 0, sent: Vec::new(), gaps: Vec::new() }
    }

    /// Creates a shard with a live session and no pending actions.
    pub fn live() -> Self {
        let mut world = Self::new(config(), None);
        world.go_live();
        world
    }

    /// Proceeds from a requested connection to READY.
    pub fn go_live(&mut self) {
        self.shard.connected(self.now);
        self.hello();
        self.shard.slot_granted(self.now);
        self.ready();
        self.take();
    }

    pub fn hello(&mut self) {
        self.op(10, &json!({"heartbeat_interval": INTERVAL.as_millis() as u64}).to_string());
    }

    pub fn ready(&mut self) {
        self.seq = 0;
        self.dispatch("READY", r#"{"session_id":"session","resume_gateway_url":"resume"}"#);
    }

    pub fn op(&mut self, op: u64, data: &str) {
        let frame = Frame { op, seq: None, name: None, data: data.as_bytes() };
        self.shard.frame(&frame, self.now);
    }

    pub fn dispatch(&mut self, name: &str, data: &str) {
        self.seq += 1;
        let frame = Frame { op: 0, seq: Some(self.seq), name: Some(name.as_bytes()), data: data.as_bytes() };
        self.shard.frame(&frame, self.now);
    }

    pub fn closed(&mut self, code: impl Into<Option<u16>>) {
        let close = code.into().map(|code| Close { code, reason: String::new() });
        self.shard.closed(close, self.now);
    }

    /// Proceeds from a lost connection to RESUMED.
    pub fn resume(&mut self) {
        self.tick();
        self.shard.connected(self.now);
        self.hello();
        self.dispatch("RESUMED", "{}");
        self.take();
    }

    /// Lets time pass without a call to the shard.
    pub fn pass(&mut self, length: Duration) {
        self.now += length;
    }

    /// Advances to the shard's next deadline, and ticks. Returns the time until then.
    pub fn tick(&mut self) -> Duration {
        let deadline = self.shard.deadline(self.now).expect("there is a deadline");
        let length = deadline.saturating_duration_since(self.now);
        self.now = self.now.max(deadline);
        self.shard.tick(self.now);
        length
    }

    /// Takes all pending actions as short texts.
    pub fn take(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(action) = self.shard.next_action() {
            all.push(match action {
                Action::Connect { url } => format!("connect {url}"),
                Action::Send(payload) => {
                    let value = payload.value();
                    self.sent.push(value.clone());
                    match value["op"].as_u64().unwrap() {
                        1 => format!("beat {}", value["d"]),
                        2 => "identify".to_owned(),
                        6 => format!("resume {}", value["d"]["seq"]),
                        op => format!("send {op}"),
                    }
                }
                Action::Close { code } => format!("close {code}"),
                Action::AwaitSlot => "slot".to_owned(),
                Action::Save(session) => format!("save {}", session.seq),
                Action::Forget => "forget".to_owned(),
                Action::Note(Note::Reconnecting { wait, attempt, .. }) => {
                    format!("reconnecting {attempt} in {} ms", wait.as_millis())
                }
                Action::Note(Note::Closed { .. }) => "closed".to_owned(),
                Action::Note(Note::Gap { ago, .. }) => {
                    self.gaps.push(ago.as_secs());
                    "gap".to_owned()
                }
                Action::Note(Note::Connected) => "connected".to_owned(),
                Action::Note(Note::Resumed { replayed }) => format!("resumed {replayed}"),
                Action::Note(Note::Latency { latency }) => {
                    format!("latency {}", latency.as_millis())
                }
                Action::Fail(fatal) => format!("fail {fatal:?}"),
            });
        }
        all
    }

    #[track_caller]
    pub fn expect<const N: usize>(&mut self, actions: [&str; N]) {
        assert_eq!(self.take(), actions);
    }
}
