//! The actions that a shard requests, and the notes that it reports.

use std::time::Duration;

use super::cause::Cause;
use super::close::Fatal;
use crate::gateway::payload::Payload;
use crate::gateway::session::Session;

/// An action for the task of the shard, which performs them in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to this URL, then call [`Shard::connected`](super::Shard::connected) or
    /// [`Shard::unreachable`](super::Shard::unreachable).
    Connect {
        url: String,
    },
    Send(Payload),
    /// Send a close frame with this code, and drop the connection.
    Close {
        code: u16,
    },
    /// Wait for a slot to IDENTIFY, then call [`Shard::slot_granted`](super::Shard::slot_granted).
    AwaitSlot,
    /// Store the session.
    Save(Session),
    /// Delete the stored session, which is over.
    Forget,
    Note(Note),
    /// Stop with an error that no further connection can fix.
    Fail(Fatal),
}

/// An event in the life of a connection or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A new session is live.
    Connected,
    /// The session was resumed, and Discord replayed this many events.
    Resumed {
        replayed: u64,
    },
    Reconnecting {
        why: Cause,
        wait: Duration,
        attempt: u32,
        resume: bool,
    },
    /// The session is lost. Events since `ago` may be missing.
    Gap {
        ago: Duration,
        why: Cause,
    },
    /// The time between a heartbeat and its acknowledgement.
    Latency {
        latency: Duration,
    },
    Closed {
        why: Cause,
    },
}
