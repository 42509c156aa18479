//! What a shard asks for, and what it tells.

use std::time::Duration;

use super::close::{Close, Fatal};
use super::heart::SHORTEST;
use crate::gateway::payload::Payload;
use crate::gateway::session::{Session, Unfit};

/// What the connection has to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to this URL, then report `connected` or `unreachable`.
    Connect {
        url: String,
    },
    Send(Payload),
    /// Say goodbye with this code and drop the connection, without waiting for an answer.
    Close {
        code: u16,
    },
    /// Ask the identify queue for a slot, then report `slot_granted`.
    AwaitSlot,
    /// Keep the session.
    Save(Session),
    /// The session is over.
    Forget,
    Note(Note),
    /// Stop; no connection can help.
    Fail(Fatal),
}

/// What happened to a connection or a session, for those who watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A new session is live.
    Connected,
    /// The session went on; so many events came again or were missed meanwhile.
    Resumed {
        replayed: u64,
    },
    Reconnecting {
        why: Why,
        wait: Duration,
        attempt: u32,
        resume: bool,
    },
    /// The session could not be kept: events of so long a time may be missing.
    Gap {
        ago: Duration,
        why: Why,
    },
    /// How long Discord took to acknowledge a heartbeat.
    Latency {
        latency: Duration,
    },
    Closed {
        why: Why,
    },
}

/// Why a connection or a session ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("the gateway closed the connection with {}{}", .0.code, in_parentheses(&.0.reason))]
    Closed(Close),
    #[error("the connection was cut")]
    Cut,
    #[error("the gateway asked to reconnect")]
    Asked,
    #[error("no sign of life between two heartbeats")]
    Dead,
    #[error("the gateway sent no HELLO")]
    NoHello,
    #[error("the gateway asks for a heartbeat every {} ms, and the shortest interval is {} ms", .0.as_millis(), SHORTEST.as_millis())]
    ShortInterval(Duration),
    #[error("the gateway reads nothing: what was sent to it did not go out in time")]
    Stuck,
    #[error("the session is not valid")]
    InvalidSession,
    #[error("the gateway could not be reached")]
    Unreachable,
    #[error("the session's own host could not be reached")]
    ResumeUnreachable,
    #[error("the session could not be resumed")]
    ResumesFailed,
    #[error("the gateway sent something unreadable: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("dcord stopped")]
    Left,
}

fn in_parentheses(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
