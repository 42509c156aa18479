//! The policy of a front end: what a call may do, and how.

use std::time::Duration;

use super::bind::Trust;
use super::rights::Rights;
use crate::error::{Refused, Result};
use crate::rest::Gate;

/// What a front end allows a call to do.
pub struct Policy<'a> {
    pub rights: Rights,
    pub cache: CacheMode,
    pub confirm: Confirm<'a>,
    /// How far the values are trusted.
    pub trust: Trust,
    /// Send only requests that look up names, and return the planned request.
    pub dry_run: bool,
    /// What stands before each attempt of a request that changes something.
    pub gate: Option<&'a dyn Gate>,
}

impl Policy<'_> {
    /// The policy for the requests of a job that asks for confirmation and plans dry runs itself. They read Discord, because
    /// the job acts on what they return.
    pub fn for_steps(&self) -> Self {
        Policy {
            rights: self.rights.clone(),
            cache: CacheMode::Network,
            confirm: Confirm::Granted,
            dry_run: false,
            ..*self
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
#[derive(Clone, Copy)]
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
