//! The gateway's close codes.

use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;

/// A close code and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    pub reason: &'static str,
}

const fn close(code: u16, reason: &'static str) -> Close {
    Close { code, reason }
}

impl Close {
    pub const GOING_AWAY: Self = close(1001, "the sandbox is shutting down");
    pub const UNKNOWN_ERROR: Self = close(4000, "unknown error");
    pub const UNKNOWN_OPCODE: Self = close(4001, "unknown opcode");
    pub const DECODE_ERROR: Self = close(4002, "error while decoding payload");
    pub const NOT_AUTHENTICATED: Self = close(4003, "not authenticated");
    pub const AUTHENTICATION_FAILED: Self = close(4004, "authentication failed");
    pub const ALREADY_AUTHENTICATED: Self = close(4005, "already authenticated");
    pub const INVALID_SEQUENCE: Self = close(4007, "invalid seq");
    pub const RATE_LIMITED: Self = close(4008, "rate limited");
    pub const SESSION_TIMED_OUT: Self = close(4009, "session timed out");
    pub const INVALID_SHARD: Self = close(4010, "invalid shard");
    pub const SHARDING_REQUIRED: Self = close(4011, "sharding required");
    pub const INVALID_VERSION: Self = close(4012, "invalid api version");
    pub const INVALID_INTENTS: Self = close(4013, "invalid intents");
    pub const DISALLOWED_INTENTS: Self = close(4014, "disallowed intents");

    /// The close of an injected fault.
    pub const fn injected(code: u16) -> Self {
        close(code, "injected by --fault")
    }

    /// Whether this close ends the session, so that RESUME fails with op 9.
    ///
    /// After any other code, or a connection that broke without one, the session can be resumed.
    pub const fn ends_session(self) -> bool {
        matches!(self.code, 1000 | 1001 | 4003 | 4004 | 4005 | 4007 | 4009 | 4010..=4014)
    }

    pub fn frame(self) -> CloseFrame {
        CloseFrame { code: self.code.into(), reason: Utf8Bytes::from_static(self.reason) }
    }
}
