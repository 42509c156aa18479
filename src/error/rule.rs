//! The rules of a profile, as errors name them.

use std::path::PathBuf;

/// A profile does not allow a command.
#[derive(Debug, thiserror::Error)]
#[error("the profile {profile:?} {rule} ({} in {})", .rule.source(), .file.display())]
pub struct Forbidden {
    pub rule: Rule,
    pub profile: String,
    /// The configuration file.
    pub file: PathBuf,
}

/// The rule that a command breaks. The texts continue `the profile "work" `.
#[derive(Debug, thiserror::Error)]
pub enum Rule {
    #[error("is read-only, but {command} sends {method}")]
    ReadOnly { command: String, method: &'static str },
    #[error("denies {command}")]
    Denied { command: String, pattern: String },
    #[error("does not allow {command}")]
    NotAllowed { command: String },
    #[error("allows only known endpoints, but {command} is not one")]
    UnknownEndpoint { command: String, key: &'static str },
    #[error("does not allow the server {guild}")]
    OtherGuild { guild: u64 },
    #[error("allows only some servers, but dcord cannot tell which server {command} acts on")]
    UnknownGuild { command: String },
    #[error("does not allow the channel {channel}")]
    OtherChannel { channel: String },
    #[error("allows only some channels, but {command} does not act on a known channel")]
    UnknownChannel { command: String },
}

impl Rule {
    /// The key of the profile that has the rule.
    const fn key(&self) -> &'static str {
        match self {
            Self::ReadOnly { .. } => "read_only",
            Self::Denied { .. } => "deny",
            Self::NotAllowed { .. } => "allow",
            Self::UnknownEndpoint { key, .. } => key,
            Self::OtherGuild { .. } | Self::UnknownGuild { .. } => "allowed_guilds",
            Self::OtherChannel { .. } | Self::UnknownChannel { .. } => "allowed_channels",
        }
    }

    /// The key, and the pattern if there is one.
    fn source(&self) -> String {
        match self {
            Self::Denied { pattern, .. } => format!("deny = {pattern:?}"),
            rule => rule.key().to_owned(),
        }
    }

    /// How to proceed. A script or an agent reads the hint too, so it does not say how to get around the rule.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::UnknownGuild { .. } | Self::UnknownChannel { .. } | Self::UnknownEndpoint { .. } => {
                "`dcord help profiles` explains which requests these rules allow"
            }
            _ => "`dcord help profiles` explains the rules; only the owner of the file should change them",
        }
    }
}
