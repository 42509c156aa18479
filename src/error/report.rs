//! From an error to what a person reads, what a program reads, and the exit status. One table.

use serde_json::{Value, json};

use crate::model::redact::redact;
use crate::model::time;
use crate::{cache, cli, config, filter, gateway, output, resolve, rest, store};

/// Exit statuses; README and `dcord help exit-codes` list them.
pub mod exit {
    pub const DONE: u8 = 0;
    pub const OTHER: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const PARTLY: u8 = 3;
    pub const NO_TOKEN: u8 = 4;
    pub const FORBIDDEN: u8 = 5;
    pub const NOT_FOUND: u8 = 6;
    pub const RATE_LIMITED: u8 = 7;
    pub const NETWORK: u8 = 8;
    pub const INVALID: u8 = 9;
    pub const REFUSED: u8 = 10;
    pub const INTERRUPTED: u8 = 130;
    pub const TERMINATED: u8 = 143;
}

/// What dcord itself refuses to do.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{command} cannot be undone, and nobody is there to confirm it")]
    Unconfirmed { command: String },
    #[error("{command} would drop {dropped} from the overwrite, and nobody is there to confirm it")]
    Replaces { command: String, dropped: String },
    #[error("{command} was not confirmed; nothing was sent")]
    Declined { command: String },
    #[error("a run with this key began to send at {since} and ended before the answer: the message may be there")]
    UnknownEnd { since: String },
    #[error("the profile is read-only, and this would send {method}")]
    ReadOnly { method: &'static str },
    #[error("the profile allows some servers only, and {command} is about the server {guild}")]
    OtherGuild { command: String, guild: u64 },
    #[error("the profile allows some servers only, and it is not known which one {command} is about")]
    NoGuild { command: String },
    #[error("the cache does not have what {command} asks for, and --offline keeps from asking Discord")]
    NotCached { command: String },
    #[error("the cache has no {what}")]
    NotKept { what: String },
    #[error("--offline keeps from sending anything, and {command} would")]
    Offline { command: String },
    #[error("there is no consumer {name:?}")]
    NoConsumer { name: String },
    #[error("{command} needs {needs}, and the token is {given}")]
    TokenType { command: String, needs: &'static str, given: &'static str },
}

/// Discord's answer says that a part of what was asked for was not done.
#[derive(Debug, thiserror::Error)]
#[error("{command} failed for {} of {total}: {}", .ids.len(), .ids.join(", "))]
pub struct Partly {
    pub command: String,
    /// Those for which it failed.
    pub ids: Vec<String>,
    pub total: usize,
    /// The flag that takes them.
    pub flag: String,
}

/// A command that ends with a status of its own and has nothing more to say: `sandbox run` has that
/// of the command it ran, `listen` that of the signal that ended it.
#[derive(Debug, thiserror::Error)]
#[error("exit status {0}")]
pub struct Exit(pub u8);

/// The time of a listener was over before it had printed as many events as `--count` asks for.
#[derive(Debug, thiserror::Error)]
#[error("only {events} of {count} events came within {}", time::in_words(*.length))]
pub struct TooFew {
    pub events: u64,
    pub count: u64,
    pub length: std::time::Duration,
}

/// The command that `sandbox run` was given cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot run {program:?}: {source}")]
pub struct CannotRun {
    pub program: std::ffi::OsString,
    pub source: std::io::Error,
}

/// The other side of a call, for texts that must not blame Discord for another server's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    Discord,
    /// Another server, by the host and port of its API URL.
    Other(String),
}

impl Peer {
    pub fn of(api: &rest::ApiUrl) -> Self {
        if api.is_discord() { Self::Discord } else { Self::Other(api.host().to_owned()) }
    }

    fn name(&self) -> &str {
        match self {
            Self::Discord => "Discord",
            Self::Other(host) => host,
        }
    }

    /// Where a valid token comes from.
    fn new_token(&self) -> String {
        match self {
            Self::Discord => "copy a new token from the developer portal, discord.com/developers".to_owned(),
            Self::Other(host) => format!("give a token that {host} has issued, or check --api-url"),
        }
    }

    /// What to do when the other side has failed.
    fn trouble(&self) -> String {
        match self {
            Self::Discord => "the failure is on Discord's side; see https://discordstatus.com".to_owned(),
            Self::Other(host) => format!("the failure is on the side of {host}; try again later"),
        }
    }
}

/// An error, ready to be shown.
#[derive(Debug)]
pub struct Report {
    pub exit: u8,
    pub kind: &'static str,
    pub message: String,
    pub hint: Option<String>,
    /// Discord's part, if Discord said something.
    pub status: Option<u16>,
    pub code: Option<i64>,
    pub fields: Vec<rest::FieldError>,
    /// Seconds.
    pub retry_after: Option<f64>,
}

impl Report {
    fn new(exit: u8, kind: &'static str, error: impl std::fmt::Display, hint: Option<String>) -> Self {
        Self {
            exit,
            kind,
            message: redact(&error.to_string()).into_owned(),
            hint,
            status: None,
            code: None,
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// One line, with the fields Discord refused behind it.
    pub fn line(&self) -> String {
        let mut line = self.message.clone();
        for (i, field) in self.fields.iter().enumerate() {
            line.push_str(if i == 0 { ": " } else { "; " });
            if !field.path.is_empty() {
                line.push_str(&field.path);
                line.push_str(": ");
            }
            line.push_str(field.message.trim_end_matches('.'));
        }
        line
    }

    /// The object of design's "Output".
    pub fn json(&self) -> Value {
        let fields: Vec<_> =
            self.fields.iter().map(|f| json!({"path": f.path, "code": f.code, "message": f.message})).collect();
        json!({"error": {
            "kind": self.kind,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "fields": fields,
            "hint": self.hint,
            "retry_after": self.retry_after,
        }})
    }
}

/// What to show of an error; `None` where there is nothing to say, as when a pipe was closed.
pub fn report(error: &anyhow::Error, peer: &Peer) -> Option<Report> {
    for cause in error.chain() {
        if let Some(e) = cause.downcast_ref::<output::Error>() {
            return of_output(e);
        }
        if let Some(e) = cause.downcast_ref::<cli::Error>() {
            return Some(of_cli(e));
        }
        if let Some(e) = cause.downcast_ref::<rest::Error>() {
            return Some(of_rest(e, peer));
        }
        if let Some(e) = cause.downcast_ref::<gateway::Error>() {
            return Some(of_gateway(e, peer));
        }
        if let Some(e) = cause.downcast_ref::<config::Error>() {
            return Some(of_config(e));
        }
        if let Some(e) = cause.downcast_ref::<gateway::ConsumerError>() {
            return Some(of_consumer(e));
        }
        if let Some(e) = cause.downcast_ref::<resolve::Error>() {
            return Some(of_resolve(e));
        }
        if let Some(e) = cause.downcast_ref::<cache::Error>() {
            return Some(of_cache(e));
        }
        if let Some(e) = cause.downcast_ref::<store::Error>() {
            return Some(Report::new(exit::OTHER, "state", e, e.hint().map(str::to_owned)));
        }
        if let Some(e) = cause.downcast_ref::<Refused>() {
            return Some(of_refused(e));
        }
        if let Some(e) = cause.downcast_ref::<Partly>() {
            let hint = format!("the others are done; try these alone with --{} {}", e.flag, e.ids.join(","));
            return Some(Report::new(exit::PARTLY, "partial", e, Some(hint)));
        }
        if let Some(e) = cause.downcast_ref::<CannotRun>() {
            return Some(of_cannot_run(e));
        }
        if cause.is::<TooFew>() {
            return Some(Report::new(exit::OTHER, "too-few", cause, None));
        }
        if cause.is::<rest::BadUrl>() {
            let hint = "--api-url and DCORD_API_URL take https, or http on this machine".to_owned();
            return Some(Report::new(exit::USAGE, "usage", cause, Some(hint)));
        }
        if cause.is::<filter::jq::BadJq>() {
            let hint = "put the program in single quotes, or the shell takes it apart".to_owned();
            return Some(Report::new(exit::USAGE, "usage", format!("--jq: {cause}"), Some(hint)));
        }
        if cause.is::<filter::fields::BadFields>() {
            return Some(Report::new(exit::USAGE, "usage", format!("--fields: {cause}"), None));
        }
        if cause.downcast_ref().is_some_and(is_out_of_descriptors) {
            let hint = "allow more files with ulimit -n".to_owned();
            return Some(Report::new(exit::OTHER, "other", "this process may open too few files", Some(hint)));
        }
        if cause.is::<output::UnknownFormat>() {
            return Some(Report::new(exit::USAGE, "usage", cause, None));
        }
    }
    Some(Report::new(exit::OTHER, "other", format!("{error:#}"), None))
}

#[cfg(unix)]
fn is_out_of_descriptors(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error).map(Some).contains(&error.raw_os_error())
}

#[cfg(not(unix))]
fn is_out_of_descriptors(_: &std::io::Error) -> bool {
    false
}

/// As shells have it: 127 where there is no such program, 126 where it cannot be run.
fn of_cannot_run(error: &CannotRun) -> Report {
    let missing = error.source.kind() == std::io::ErrorKind::NotFound;
    let (exit, kind) = if missing { (127, "not-found") } else { (126, "not-executable") };
    let hint = missing.then(|| "a program of the current folder is ./NAME".to_owned());
    Report::new(exit, kind, error, hint)
}

fn of_cli(error: &cli::Error) -> Report {
    let (exit, kind) = match error {
        cli::Error::Invalid(_) | cli::Error::TooLarge { .. } => (exit::INVALID, "invalid"),
        cli::Error::Write { .. } => (exit::OTHER, "other"),
        _ => (exit::USAGE, "usage"),
    };
    Report::new(exit, kind, error, error.hint())
}

fn of_config(error: &config::Error) -> Report {
    let (exit, kind) = match error {
        config::Error::NoToken
        | config::Error::Token { .. }
        | config::Error::Unset { .. }
        | config::Error::Command { .. } => (exit::NO_TOKEN, "no-token"),
        config::Error::Value { .. } | config::Error::NoProfile { .. } => (exit::USAGE, "usage"),
        _ => (exit::OTHER, "config"),
    };
    Report::new(exit, kind, error, error.hint())
}

fn of_output(error: &output::Error) -> Option<Report> {
    let hint = error.hint().map(str::to_owned);
    match error {
        output::Error::Closed => None,
        output::Error::NotJson(_) => Some(Report::new(exit::NETWORK, "invalid-answer", error, hint)),
        e if e.is_usage() => Some(Report::new(exit::USAGE, "usage", e, hint)),
        e => Some(Report::new(exit::OTHER, "output", e, hint)),
    }
}

fn of_refused(error: &Refused) -> Report {
    let hint = match error {
        Refused::Unconfirmed { .. } => Some("add --yes to do it, or --dry-run to see it".to_owned()),
        Refused::Replaces { .. } => {
            Some("`dcord permission set` keeps what it does not name; --yes replaces all of it".to_owned())
        }
        Refused::Declined { .. } => None,
        Refused::UnknownEnd { .. } => {
            Some("look whether the message is there; to send it, use another --key".to_owned())
        }
        Refused::ReadOnly { .. } => Some("use another --profile".to_owned()),
        Refused::OtherGuild { .. } | Refused::NoGuild { .. } => {
            Some("the profile's allowed_guilds says which; use another --profile".to_owned())
        }
        Refused::NotCached { .. } => Some("run it once without --offline".to_owned()),
        Refused::Offline { .. } => Some("run it without --offline, or with --dry-run to see it".to_owned()),
        Refused::NotKept { .. } => {
            let hint = "dcord cache list KIND shows what it has; what is in a server needs --guild";
            return Report::new(exit::NOT_FOUND, "not-found", error, Some(hint.to_owned()));
        }
        Refused::NoConsumer { .. } => {
            let hint = "dcord consumer list shows the names";
            return Report::new(exit::NOT_FOUND, "not-found", error, Some(hint.to_owned()));
        }
        Refused::TokenType { .. } => {
            let hint = "give the other token with --token-file, and say what it is with --token-type";
            return Report::new(exit::NO_TOKEN, "token-type", error, Some(hint.to_owned()));
        }
    };
    Report::new(exit::REFUSED, "refused", error, hint)
}

fn of_rest(error: &rest::Error, peer: &Peer) -> Report {
    use rest::Error as E;
    let seconds = |d: &std::time::Duration| Some(d.as_millis() as f64 / 1000.0);
    match error {
        E::Api(api) => of_api(api, peer),
        E::RateLimited { retry_after, .. } | E::IndexNotReady { retry_after } | E::Blocked { retry_after } => {
            let hint = "wait longer with --max-wait, or try again later".to_owned();
            let mut report = Report::new(exit::RATE_LIMITED, "rate-limited", error, Some(hint));
            report.retry_after = seconds(retry_after);
            report
        }
        E::TooManyInvalid { retry_in, .. } => {
            let hint = format!("find out which requests {} refuses, and why, before going on", peer.name());
            let mut report = Report::new(exit::RATE_LIMITED, "too-many-invalid", error, Some(hint));
            report.retry_after = seconds(retry_in);
            report
        }
        E::DeadToken { .. } => {
            let hint = format!("{}, or try this one again: dcord limits clear --tokens", peer.new_token());
            Report::new(exit::NO_TOKEN, "unauthorized", error, Some(hint))
        }
        E::Timeout { .. } => Report::new(
            exit::NETWORK,
            "timeout",
            error,
            Some("allow an attempt more time with --request-timeout".to_owned()),
        ),
        E::Connect { .. } => Report::new(
            exit::NETWORK,
            "network",
            error,
            Some("check the network, and --api-url or DCORD_API_URL if one is set".to_owned()),
        ),
        E::Tls { fault, .. } => Report::new(exit::NETWORK, "tls", error, Some(fault.hint().to_owned())),
        E::Proxy(e) => Report::new(exit::NETWORK, "proxy", error, Some(e.hint())),
        E::BadProxy(_) => Report::new(exit::USAGE, "usage", error, None),
        E::WebPage { .. } => {
            let hint =
                format!("look for a proxy or a sign-in page between here and {}, and check --api-url", peer.name());
            Report::new(exit::NETWORK, "network", error, Some(hint))
        }
        E::Cut { .. } => Report::new(exit::NETWORK, "network", error, None),
        E::InvalidAnswer { .. } => {
            let hint = "check --api-url and DCORD_API_URL; -v shows the request".to_owned();
            Report::new(exit::NETWORK, "invalid-answer", error, Some(hint))
        }
        E::NotAList(_) | E::NoField(_) | E::BodyTooLarge { .. } | E::Pages { .. } => {
            Report::new(exit::NETWORK, "invalid-answer", error, None)
        }
        E::Redirect { .. } => {
            let hint = "dcord follows no redirects, which would carry the token elsewhere; check --api-url and \
                        DCORD_API_URL";
            Report::new(exit::NETWORK, "redirect", error, Some(hint.to_owned()))
        }
        E::Cloudflare { .. } => {
            let hint = "check that nothing on the way changes the User-Agent, and whether this IP address is blocked: \
                        that of a VPN or a cloud provider often is";
            Report::new(exit::NETWORK, "cloudflare", error, Some(hint.to_owned()))
        }
        E::NoToken => Report::new(exit::NO_TOKEN, "no-token", error, config::Error::NoToken.hint()),
        E::FileName(_) | E::Segment { .. } | E::Host(_) | E::ContentType(_) => {
            Report::new(exit::USAGE, "usage", error, None)
        }
        E::LongReason(_) | E::LongUrl { .. } => Report::new(exit::INVALID, "invalid", error, None),
        E::Certificates(_) | E::Setup(_) => Report::new(exit::OTHER, "other", error, None),
    }
}

/// By the answer's status. Source: Discord's reference, "Opcodes and Status Codes".
fn of_api(api: &rest::ApiError, peer: &Peer) -> Report {
    let status = api.status.as_u16();
    let (exit, kind, hint) = match status {
        401 => (
            exit::NO_TOKEN,
            "unauthorized",
            Some(format!("{} does not know the token: {}", peer.name(), peer.new_token())),
        ),
        403 => (exit::FORBIDDEN, "forbidden", forbidden(api.code).map(str::to_owned)),
        404 => {
            let hint = "check the ids; what the bot cannot see is not found either";
            (exit::NOT_FOUND, "not-found", Some(hint.to_owned()))
        }
        429 => (exit::RATE_LIMITED, "rate-limited", None),
        400 | 405 | 409 | 413 | 422 => (exit::INVALID, "invalid", None),
        100..=199 | 500.. => (exit::NETWORK, "server", Some(peer.trouble())),
        _ => (exit::OTHER, "other", None),
    };
    let mut report = Report::new(exit, kind, api, hint);
    report.status = Some(status);
    report.code = api.code;
    report.fields = api.fields.clone();
    report
}

/// What a refusal means, by Discord's code.
fn forbidden(code: Option<i64>) -> Option<&'static str> {
    Some(match code {
        Some(50_001) => "the bot cannot see this: add it to the server, or give it VIEW_CHANNEL",
        Some(50_007) => "this person takes no direct messages from the bot",
        Some(50_013) => "the bot lacks a permission, or its highest role is below theirs; --help names what is needed",
        _ => "the bot lacks a permission; --help of the command names what is needed",
    })
}

fn of_resolve(error: &resolve::Error) -> Report {
    use resolve::Error as E;
    match error {
        E::Cache(e) => of_cache(e),
        E::NoMatch { .. } | E::Several { .. } | E::WhichGuild { .. } => {
            Report::new(exit::NOT_FOUND, "not-found", error, error.hint().map(str::to_owned))
        }
    }
}

fn of_cache(error: &cache::Error) -> Report {
    use cache::Error as E;
    match error {
        E::Store(e) => Report::new(exit::OTHER, "state", e, e.hint().map(str::to_owned)),
        E::Policy(_) | E::Filter(_) | E::Kind(..) => Report::new(exit::USAGE, "usage", error, None),
        E::Search { .. } => {
            let hint = "AND, OR and NOT stand between words, and parentheses around them; a phrase goes in double \
                        quotes, and so does a word that has such a character";
            Report::new(exit::USAGE, "usage", error, Some(hint.to_owned()))
        }
        E::Sql(_) | E::Writes => {
            Report::new(exit::USAGE, "usage", error, Some("dcord cache sql lists what there is to query".to_owned()))
        }
        E::Json(_) | E::Inbox(_) | E::Thread(_) => Report::new(exit::OTHER, "other", error, None),
    }
}

fn of_consumer(error: &gateway::ConsumerError) -> Report {
    use gateway::ConsumerError as E;
    match error {
        E::Name(_) => Report::new(exit::USAGE, "usage", error, None),
        E::Held(_) => {
            let hint = "one process has each consumer; take another name, or end the other process";
            Report::new(exit::REFUSED, "refused", error, Some(hint.to_owned()))
        }
        E::Store(e) => Report::new(exit::OTHER, "state", e, e.hint().map(str::to_owned)),
        E::Thread(_) => Report::new(exit::OTHER, "other", error, None),
    }
}

fn of_gateway(error: &gateway::Error, peer: &Peer) -> Report {
    use gateway::Error as E;
    let (exit, kind, hint) = match error {
        E::AuthenticationFailed => {
            return Report::new(exit::NO_TOKEN, "unauthorized", error, Some(peer.new_token()));
        }
        E::DisallowedIntents { .. } => {
            let hint = "switch them on at https://discord.com/developers/applications under Bot, Privileged Gateway \
                        Intents, or ask without them: --intents unprivileged";
            (exit::FORBIDDEN, "forbidden", Some(hint))
        }
        E::InvalidShard { .. } | E::ShardingRequired { .. } | E::InvalidIntents { .. } => {
            (exit::INVALID, "invalid", None)
        }
        E::GaveUp { .. } => (exit::NETWORK, "network", Some("check the network, or allow more with --max-reconnects")),
        E::Unsteady { .. } => {
            let hint = "each session takes one of the day's IDENTIFYs, and running out of them resets the token; see \
                        with -v what breaks the sessions, and try another --compress";
            (exit::NETWORK, "network", Some(hint))
        }
        E::NoGateway { why, .. } => {
            let hint = "check --api-url, and look for a proxy or a sign-in page between here and the gateway";
            (exit::NETWORK, "network", Some(why.hint.as_deref().unwrap_or(hint)))
        }
        E::Proxy(_) => (exit::USAGE, "usage", None),
        E::Answer(_) | E::Url(_) => {
            let hint = "the API gave this answer to GET /gateway/bot: check --api-url and DCORD_API_URL if one is set";
            (exit::NETWORK, "network", Some(hint))
        }
        E::Budget(_) => {
            let hint = "wait until then, for running out resets the token; a listener with --consumer goes on with its \
                        session, which needs none, and dcord limits shows what is left";
            (exit::REFUSED, "budget", Some(hint))
        }
        E::Write(e) if e.kind() == std::io::ErrorKind::StorageFull => {
            let message = "cannot write to standard output: no space left on the device";
            return Report::new(exit::OTHER, "output", message, output::Error::Full.hint().map(str::to_owned));
        }
        E::Store(e) => (exit::OTHER, "state", e.downcast_ref().and_then(store::Error::hint)),
        E::InvalidVersion | E::Write(_) | E::Thread(_) => (exit::OTHER, "other", None),
    };
    Report::new(exit, kind, error, hint.map(str::to_owned))
}

impl Report {
    /// A command that Discord has taken away, and what there is in its place.
    pub fn of_removed(words: &[String], instead: &str) -> Self {
        let name = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
        Self::new(exit::USAGE, "usage", format!("Discord has removed {name}"), Some(instead.to_owned()))
    }

    /// What clap refused, in dcord's shape: one line, and its tips as hints.
    pub fn of_clap(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let mut message = String::new();
        let mut hints = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(tip) = line.strip_prefix("tip: ") {
                hints.push(tip.to_owned());
            } else if line.starts_with("Usage:") || line.starts_with("For more information") {
                break;
            } else if !line.is_empty() {
                if !message.is_empty() {
                    message.push(' ');
                }
                message.push_str(line.strip_prefix("error: ").unwrap_or(line));
            }
        }
        let hint = if hints.is_empty() { "--help lists what there is".to_owned() } else { hints.join("; ") };
        Self::new(exit::USAGE, "usage", message, Some(hint))
    }
}
