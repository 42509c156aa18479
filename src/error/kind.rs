//! The errors of commands.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::report::Report;
use super::rule::Forbidden;
use crate::catalogue::{Endpoint, Method};
use crate::model::{Kind, fault, time};
use crate::{cache, config, filter, gateway, output, resolve, rest, store, stream};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of any layer. A layer above this one converts its own errors: to one of these, or to a
/// [`Report`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum Error {
    Config(#[from] config::Error),
    Jq(#[from] filter::jq::BadJq),
    Fields(#[from] filter::fields::BadFields),
    Output(#[from] output::Error),
    Format(#[from] BadOutput),
    Store(#[from] store::Error),
    Rest(#[from] rest::Error),
    Request(#[from] FailedRequest),
    ApiUrl(#[from] rest::BadUrl),
    Gateway(#[from] gateway::Error),
    Stream(#[from] stream::Error),
    Consumer(#[from] stream::ConsumerError),
    Commit(#[from] stream::CommitError),
    Cache(#[from] cache::Error),
    Resolve(#[from] resolve::Error),
    Refused(#[from] Refused),
    Partly(#[from] Partly),
    PartsLeft(#[from] PartsLeft),
    LinesFailed(#[from] LinesFailed),
    EventsFailed(#[from] EventsFailed),
    TooFew(#[from] TooFew),
    CannotRun(#[from] CannotRun),
    Exit(#[from] Exit),
    Io(#[from] io::Error),
    Json(#[from] serde_json::Error),
    Reported(#[from] Box<Report>),
    /// A failure that has only a text, and 1 as its exit status.
    Other(#[from] anyhow::Error),
}

impl Error {
    /// The failure of the cache that caused it, if there is one.
    pub const fn cache(&self) -> Option<&cache::Error> {
        match self {
            Self::Cache(error) | Self::Resolve(resolve::Error::Cache(error)) => Some(error),
            _ => None,
        }
    }

    /// The failure of the cache's file that caused it, if there is one.
    pub fn file_of_cache(&self) -> Option<&cache::Error> {
        self.cache().filter(|error| matches!(error, cache::Error::Store(_)))
    }

    /// The failure of one of dcord's files that caused it, if there is one.
    pub const fn store(&self) -> Option<&store::Error> {
        match (self, self.cache()) {
            (Self::Store(error), _) | (_, Some(cache::Error::Store(error))) => Some(error),
            _ => None,
        }
    }
}

/// The output format of a flag, a variable or a profile is unknown.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {source}")]
pub struct BadOutput {
    pub origin: &'static str,
    pub source: output::UnknownFormat,
}

/// Why the cache does not have an answer that it could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The cache is disabled.
    CacheOff,
    /// The policy of the kind excludes objects.
    Policy { kind: Kind },
    /// Not all pages of the list were read, or it has changed since.
    List,
    /// The object or list was not read, or it has changed since.
    Object,
}

/// A command that dcord itself refuses.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("confirmation is required to {words}")]
    Unconfirmed { words: String },
    #[error("{command} would remove {dropped} from the overwrite, which requires confirmation")]
    Replaces { command: String, dropped: String },
    #[error("not confirmed; nothing was sent")]
    Declined,
    #[error("an earlier run with this key sent the message at {since}{}", outcome(.failure.as_deref()))]
    UnknownOutcome { since: String, failure: Option<String> },
    #[error("the remaining parts belong in the post that part 1 created, but the id of this post is unknown")]
    UnknownPost,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("cannot record the request in the audit log {}: {}", .path.display(), fault::words(.source))]
    AuditLog { path: PathBuf, source: io::Error },
    #[error("the cache has no {what} named {name:?}, and --offline prevents a request to Discord")]
    NameNotCached { what: &'static str, name: String },
    #[error("the cache does not contain the result of {command}, and --offline prevents a request to Discord")]
    NotCached { command: String, missing: Missing },
    #[error("dcord does not store the result of {command}")]
    NotStored {
        command: String,
        /// The kind of the objects that dcord stores of the answer, if any.
        stored: Option<Kind>,
    },
    #[error("dcord does not store the result of {command} with --{flag}")]
    NotStoredWith { command: String, flag: String },
    #[error("the cache has no {what}")]
    NotKept { what: String },
    #[error("{command} has to send a request, but --offline prevents it")]
    Offline { command: String },
    #[error("another process uses the journal {}", .path.display())]
    JournalTaken { path: PathBuf },
    #[error("{} is not a journal of dcord, or it is damaged", .path.display())]
    NotAJournal { path: PathBuf },
    #[error("the journal {} belongs to another {what}", .path.display())]
    OtherJournal { path: PathBuf, what: &'static str },
    #[error("no consumer named {name:?}")]
    NoConsumer { name: String },
    #[error("{command} requires {needs}, but the configured token is {given}")]
    TokenType { command: String, needs: &'static str, given: &'static str },
}

fn outcome(failure: Option<&str>) -> String {
    match failure {
        Some(failure) => format!(" and failed ({failure}); Discord may have posted the message"),
        None => " and recorded no response; Discord may have posted the message".to_owned(),
    }
}

/// The sentence about an object that does not exist. It is boxed, so that results stay small.
#[derive(Debug)]
pub struct NoSuchObject(pub String);

/// The request of a command failed.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct FailedRequest {
    pub method: Method,
    /// Whether sending the request again does no harm.
    pub repeatable: bool,
    pub endpoint: Option<&'static Endpoint>,
    /// Whether the message has a `--key`.
    pub keyed: bool,
    /// Which object does not exist, if Discord's code and the request show it: `@ada is not a member of Sandbox`.
    pub missing: Option<Box<NoSuchObject>>,
    pub source: rest::Error,
}

impl FailedRequest {
    pub const fn new(request: &rest::Request, endpoint: Option<&'static Endpoint>, source: rest::Error) -> Self {
        Self { method: request.method, repeatable: request.repeatable, endpoint, keyed: false, missing: None, source }
    }
}

/// Discord's answer reports that the request failed for some of its objects.
#[derive(Debug, thiserror::Error)]
#[error("{command} failed for {} of {total}: {}", .ids.len(), .ids.join(", "))]
pub struct Partly {
    pub command: String,
    /// The objects for which it failed.
    pub ids: Vec<String>,
    pub total: usize,
    /// The flag that lists the objects.
    pub flag: String,
}

/// Only the first of several messages were sent.
#[derive(Debug, thiserror::Error)]
#[error("{}, but part {} failed: {source}", parts_sent(*.sent, *.total), .sent + 1)]
pub struct PartsLeft {
    pub sent: usize,
    pub total: usize,
    /// Whether the messages were sent with `--key`.
    pub keyed: bool,
    pub source: Box<Error>,
}

fn parts_sent(sent: usize, total: usize) -> String {
    match sent {
        1 => format!("part 1 of {total} was sent"),
        _ => format!("parts 1 to {sent} of {total} were sent"),
    }
}

/// Some lines of `--each` failed, or dcord does not know whether they succeeded.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines_failed(self))]
pub struct LinesFailed {
    pub failed: u64,
    /// The lines that an earlier run with the same journal tried, and this run did not.
    pub failed_before: u64,
    pub unknown: u64,
    pub total: u64,
}

fn lines_failed(lines: &LinesFailed) -> String {
    let LinesFailed { failed, failed_before, unknown, total } = lines;
    let parts = [
        (failed, "failed"),
        (failed_before, "failed in an earlier run"),
        (unknown, "may have been sent by an earlier run"),
    ];
    let mut parts = parts.into_iter().filter(|(count, _)| **count > 0);
    let (count, what) = parts.next().unwrap_or((failed, "failed"));
    let rest = parts.map(|(count, what)| format!(", {count} {what}")).collect::<String>();
    let noun = if *total == 1 { "line" } else { "lines" };
    format!("{count} of {total} {noun} {what}{rest}")
}

/// A command that exits with a status and without a message: `sandbox run` with the status of its command, `listen`
/// with that of the signal that ended it.
#[derive(Debug, thiserror::Error)]
#[error("exit status {0}")]
pub struct Exit(pub u8);

/// The duration of a listener ended before it had printed as many events as `--count` asks for.
#[derive(Debug, thiserror::Error)]
#[error("only {events} of {count} events arrived within {}", time::in_words(*.length))]
pub struct TooFew {
    pub events: u64,
    pub count: u64,
    pub length: Duration,
}

/// Events of a stream that could not be printed, although the stream continued.
#[derive(Debug, thiserror::Error)]
#[error("{failed} event{} could not be printed", if *.failed == 1 { "" } else { "s" })]
pub struct EventsFailed {
    pub failed: u64,
    /// The dead-letter file that contains them, if one was given.
    pub dead_letter: Option<PathBuf>,
}

/// The command that `sandbox run` was given cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot run {program:?}: {}", crate::model::fault::words(.source))]
pub struct CannotRun {
    pub program: OsString,
    pub source: io::Error,
}
