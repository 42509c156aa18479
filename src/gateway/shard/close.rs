//! What each close code means.
//! Source: Discord's reference, "Opcodes and Status Codes", "Gateway Close Event Codes".

use super::cause::Cause;

/// What to do after a close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Resume,
    /// The session is over.
    Identify,
    Stop(Fatal),
}

/// Cause a shard stops for good.
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
    /// The limits the user set to reconnecting are reached.
    GaveUp { reconnects: u32, why: Cause },
    /// Sessions end soon after they begin, again and again.
    Unsteady { identifies: u32, why: Cause },
    /// The server at the first URL is no gateway.
    NoGateway,
}

pub(super) fn verdict(code: Option<u16>) -> Verdict {
    match code {
        // Normal closures end the session, and so do codes that say it is not what Discord has.
        Some(1000 | 1001 | 4003 | 4005 | 4007 | 4009) => Verdict::Identify,
        Some(4004) => Verdict::Stop(Fatal::AuthenticationFailed),
        Some(4010) => Verdict::Stop(Fatal::InvalidShard),
        Some(4011) => Verdict::Stop(Fatal::ShardingRequired),
        Some(4012) => Verdict::Stop(Fatal::InvalidVersion),
        Some(4013) => Verdict::Stop(Fatal::InvalidIntents),
        Some(4014) => Verdict::Stop(Fatal::DisallowedIntents),
        // None, 1006, 4000, 4001, 4002, 4008, and codes yet to come.
        _ => Verdict::Resume,
    }
}
