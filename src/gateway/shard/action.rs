//! What a shard asks for, and what it reports.

use std::time::Duration;

use super::cause::Cause;
use super::close::Fatal;
use crate::gateway::payload::Payload;
use crate::gateway::session::Session;

/// What the connection has to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to this URL, then report `connected` or `unreachable`.
    Connect {
        url: String,
    },
    Send(Payload),
    /// Send a close frame with this code and drop the connection, without waiting for an answer.
    Close {
        code: u16,
    },
    /// Ask the queue for a slot to IDENTIFY in, then report `slot_granted`.
    AwaitSlot,
    /// Store the session.
    Save(Session),
    /// The session is over.
    Forget,
    Note(Note),
    /// Stop; no connection can help.
    Fail(Fatal),
}

/// What happened to a connection or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A new session is live.
    Connected,
    /// The session was resumed; Discord replayed this many events.
    Resumed {
        replayed: u64,
    },
    Reconnecting {
        why: Cause,
        wait: Duration,
        attempt: u32,
        resume: bool,
    },
    /// The session is lost: events of this long a time may be missing.
    Gap {
        ago: Duration,
        why: Cause,
    },
    /// How long Discord took to acknowledge a heartbeat.
    Latency {
        latency: Duration,
    },
    Closed {
        why: Cause,
    },
}
