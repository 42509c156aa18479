//! The reasons why connections and sessions end.

use std::time::Duration;

use super::heart::SHORTEST_INTERVAL;
use crate::gateway::session::SessionMismatch;

/// The close frame of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    /// The reason, unchanged, or an empty string. The protocol limits it to 123 bytes.
    pub reason: String,
}

/// Why a connection or a session ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("the gateway closed the connection with {}{}", .0.code, in_parentheses(&.0.reason))]
    Closed(Close),
    #[error("the connection was lost")]
    ConnectionLost,
    #[error("the gateway asked dcord to reconnect")]
    ReconnectRequested,
    #[error("the gateway did not acknowledge a heartbeat")]
    HeartbeatTimeout,
    #[error("the gateway sent no HELLO")]
    NoHello,
    #[error("the gateway asks for a heartbeat every {} ms, but dcord accepts {} ms or more", .0.as_millis(), SHORTEST_INTERVAL.as_millis())]
    ShortInterval(Duration),
    #[error("the gateway did not accept data in time")]
    WriteTimeout,
    #[error("the session is not valid")]
    InvalidSession,
    #[error("the gateway could not be reached")]
    Unreachable,
    #[error("the session's resume URL could not be reached")]
    ResumeUnreachable,
    #[error("the session could not be resumed")]
    ResumesFailed,
    #[error("the gateway sent a payload that cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    SessionMismatch(#[from] SessionMismatch),
    #[error("dcord stopped")]
    Stopped,
}

fn in_parentheses(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
