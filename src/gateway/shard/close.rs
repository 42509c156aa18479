//! The meaning of close codes.
//! Source: Discord's documentation, "Opcodes and Status Codes", "Gateway Close Event Codes".

use super::cause::Cause;

/// How to continue after a close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CloseAction {
    Resume,
    /// The session is over, and the shard must IDENTIFY.
    Identify,
    Stop(Fatal),
}

/// Why a shard stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fatal {
    /// 4004
    AuthenticationFailed,
    /// 4010
    InvalidShard,
    /// 4011
    ShardingRequired,
    /// 4012
    InvalidVersion,
    /// 4013
    InvalidIntents,
    /// 4014
    DisallowedIntents,
    /// The user's limit on reconnecting is reached.
    GaveUp { reconnects: u32, why: Cause },
    /// Too many consecutive sessions ended soon after their IDENTIFY.
    UnstableSessions { identifies: u32, why: Cause },
    /// The server at the first URL is not a gateway.
    NoGateway,
}

pub(super) fn action(code: Option<u16>) -> CloseAction {
    match code {
        // A normal closure ends the session. The 4xxx codes mean that Discord's session does not exist or has another state.
        Some(1000 | 1001 | 4003 | 4005 | 4007 | 4009) => CloseAction::Identify,
        Some(4004) => CloseAction::Stop(Fatal::AuthenticationFailed),
        Some(4010) => CloseAction::Stop(Fatal::InvalidShard),
        Some(4011) => CloseAction::Stop(Fatal::ShardingRequired),
        Some(4012) => CloseAction::Stop(Fatal::InvalidVersion),
        Some(4013) => CloseAction::Stop(Fatal::InvalidIntents),
        Some(4014) => CloseAction::Stop(Fatal::DisallowedIntents),
        // No code, 1006, 4000, 4001, 4002, 4008, and future codes.
        _ => CloseAction::Resume,
    }
}
