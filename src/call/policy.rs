//! What a call may do, and how.

use std::time::Duration;

use super::bind::Trust;
use crate::config::{self, Settings};
use crate::error::{Refused, Result};
use crate::model::Snowflake;

/// What a front end lets a call do.
pub struct Policy<'a> {
    pub rights: Rights,
    pub cache: CacheMode,
    pub confirm: Confirm<'a>,
    /// How far the values are trusted.
    pub trust: Trust,
    /// Nothing is sent but requests that look up names; the outcome is the planned request.
    pub dry_run: bool,
}

/// What the profile allows.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    pub read_only: bool,
    /// The servers that requests may be about; `None` if they may be about any.
    pub allowed_guilds: Option<Vec<Snowflake>>,
}

impl Rights {
    pub fn of(settings: &Settings) -> Result<Self, config::Error> {
        Ok(Self { read_only: settings.read_only, allowed_guilds: settings.allowed_guilds()? })
    }

    /// Refuses a command that is about a server which is not allowed, or about none that is known.
    pub fn admit_guild(&self, guild: Option<u64>, command: impl Fn() -> String) -> Result<(), Refused> {
        let Some(allowed) = &self.allowed_guilds else { return Ok(()) };
        match guild {
            None => Err(Refused::NoGuild { command: command() }),
            Some(guild) if allowed.contains(&Snowflake::new(guild)) => Ok(()),
            Some(guild) => Err(Refused::OtherGuild { command: command(), guild }),
        }
    }
}

/// Where a read is answered from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// From Discord.
    #[default]
    Network,
    /// From the cache, if it has all of the response and that is not older than this; else from Discord.
    Within(Duration),
    /// From the cache alone, however old the response is. Nothing is sent.
    Offline,
}

/// How a call is confirmed that cannot be undone.
pub enum Confirm<'a> {
    Granted,
    /// Asks a person. This may block the thread: it is for a process that does nothing else meanwhile.
    Ask(&'a (dyn Fn(&Question) -> Reply + Sync)),
    /// Nobody can be asked.
    Refuse,
}

/// What is asked before a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The action cannot be undone. The words stand after "confirmation is required to"; where there is a name, it has to
    /// be typed.
    Destroy { words: String, typed: Option<String> },
    /// The command replaces an overwrite, which loses these permissions.
    Replace { command: String, dropped: String },
}

/// What a person says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Yes,
    No,
    /// Nobody is there.
    Unanswered,
}

impl Confirm<'_> {
    /// Asks the question, unless the answer is known.
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
