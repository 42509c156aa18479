//! The policy of a front end: what a call may do, and how.

use std::time::Duration;

use super::bind::Trust;
use crate::config::{self, Settings};
use crate::error::{Refused, Result};
use crate::model::Snowflake;

/// What a front end allows a call to do.
pub struct Policy<'a> {
    pub rights: Rights,
    pub cache: CacheMode,
    pub confirm: Confirm<'a>,
    /// How far the values are trusted.
    pub trust: Trust,
    /// Send only requests that look up names, and return the planned request.
    pub dry_run: bool,
}

/// What the profile allows.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    pub read_only: bool,
    /// The servers to which requests may apply. `None` for all servers.
    pub allowed_guilds: Option<Vec<Snowflake>>,
}

impl Rights {
    pub fn of(settings: &Settings) -> Result<Self, config::Error> {
        Ok(Self { read_only: settings.read_only, allowed_guilds: settings.allowed_guilds()? })
    }

    /// Returns an error if the command's server is not allowed, or not known.
    pub fn admit_guild(&self, guild: Option<u64>, command: impl Fn() -> String) -> Result<(), Refused> {
        let Some(allowed) = &self.allowed_guilds else { return Ok(()) };
        match guild {
            None => Err(Refused::NoGuild { command: command() }),
            Some(guild) if allowed.contains(&Snowflake::new(guild)) => Ok(()),
            Some(guild) => Err(Refused::OtherGuild { command: command(), guild }),
        }
    }
}

/// The source of the data that a command reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// Discord.
    #[default]
    Network,
    /// The cache, if it has the complete data and is at most this old, and otherwise Discord.
    Within(Duration),
    /// The cache alone, however old its data is. Nothing is sent.
    Offline,
}

/// How to confirm a call that cannot be undone.
pub enum Confirm<'a> {
    Granted,
    /// Asks a person. This may block the thread, so it is only for a process that does nothing else.
    Ask(&'a (dyn Fn(&Question) -> Reply + Sync)),
    /// Refuses, because nobody can be asked.
    Refuse,
}

/// A question that a call asks before it proceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The action cannot be undone. The words follow "confirmation is required to". If `typed` is set, the user must type that
    /// name.
    Destroy { words: String, typed: Option<String> },
    /// The command replaces an overwrite, which loses these permissions.
    Replace { command: String, dropped: String },
}

/// The reply to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Yes,
    No,
    /// Nobody could answer.
    Unanswered,
}

impl Confirm<'_> {
    /// Asks the question, unless the policy already decides it.
    pub fn ask(&self, question: Question) -> Result<(), Refused> {
        let reply = match self {
            Self::Granted => Reply::Yes,
            Self::Ask(ask) => ask(&question),
            Self::Refuse => Reply::Unanswered,
        };
        match (reply, question) {
            (Reply::Yes, _) => Ok(()),
            (Reply::No, _) => Err(Refused::Declined),
            (Reply::Unanswered, Question::Destroy { words, .. }) => Err(Refused::Unconfirmed { words }),
            (Reply::Unanswered, Question::Replace { command, dropped }) => Err(Refused::Replaces { command, dropped }),
        }
    }
}
