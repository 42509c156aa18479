//! The hint, the kind and the exit status of every error, in one table.

use super::exit;
use super::kind::{CannotRun, Error, FailedRequest, Missing, Refused};
use super::report::{Delivery, Report};
use crate::catalogue::{Endpoint, Method};
use crate::model::{Kind, fault};
use crate::{cache, config, gateway, output, resolve, rest, store, stream};

/// The server that answers requests, so that errors do not blame Discord for the failure of another server.
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
            Self::Other(host) => format!("use a token that {host} issued, or check --api-url"),
        }
    }

    /// The hint for a failure of the server.
    fn trouble(&self) -> String {
        match self {
            Self::Discord => "Discord has a problem; try again later, and check https://discordstatus.com".to_owned(),
            Self::Other(host) => format!("{host} has a problem; try again later"),
        }
    }
}

/// The report of an error; `None` if nothing is printed: for a closed pipe, or an exit status that is passed on.
pub fn report(error: &Error, peer: &Peer) -> Option<Report> {
    Some(match error {
        Error::Config(e) => of_config(e),
        Error::Jq(e) => {
            let hint = "put the program in single quotes, so that the shell does not change it".to_owned();
            Report::new(exit::USAGE, "usage", format!("--jq: {e}"), Some(hint))
        }
        Error::Fields(e) => Report::new(exit::USAGE, "usage", format!("--fields: {e}"), None),
        Error::Output(e) => return of_output(e),
        Error::Format(e) => Report::new(exit::USAGE, "usage", e, None),
        Error::Store(e) => of_store(e),
        Error::Rest(e) => of_rest(e, peer),
        Error::Request(e) => of_request(e, peer),
        Error::ApiUrl(e) => {
            let hint = "--api-url and DCORD_API_URL take an https:// URL, or http:// on this machine".to_owned();
            Report::new(exit::USAGE, "usage", e, Some(hint))
        }
        Error::Gateway(e) => of_gateway(e, peer),
        Error::Stream(e) => return of_stream(e),
        Error::Consumer(e) => of_consumer(e),
        Error::Commit(stream::CommitError::Store(e)) => of_store(e),
        Error::Commit(e @ stream::CommitError::Sync(_)) => Report::new(exit::OTHER, "output", e, None),
        Error::Cache(e) => of_cache(e),
        Error::Resolve(e) => of_resolve(e),
        Error::Refused(e) => of_refused(e),
        Error::Partly(e) => {
            let hint =
                format!("the others succeeded; to try the failed ones again, use --{} {}", e.flag, e.ids.join(","));
            Report::new(exit::PARTLY, "partial", e, Some(hint))
        }
        Error::PartsLeft(e) => {
            let mut report = report(&e.source, peer)?;
            report.message = e.to_string();
            if e.keyed && report.sent != Some(Delivery::Maybe) {
                report.add_hint("to send the remaining parts, run the same command with the same --key");
            }
            report
        }
        Error::LinesFailed(e) => {
            let mut report = Report::new(exit::PARTLY, "partial", e, None);
            if e.failed_before > 0 {
                report.add_hint("to send the failed lines again, add --retry-failed");
            }
            if e.unknown > 0 {
                report.add_hint("to send the lines again that may have been sent, add --retry-unknown");
            }
            report
        }
        Error::EventsFailed(e) => {
            let hint = match &e.dead_letter {
                Some(path) => format!("the events are in {}", path.display()),
                None => "use --dead-letter FILE to save such events".to_owned(),
            };
            Report::new(exit::OTHER, "events-failed", e, Some(hint))
        }
        Error::TooFew(e) => Report::new(exit::OTHER, "too-few", e, None),
        Error::CannotRun(e) => of_cannot_run(e),
        Error::Exit(_) => return None,
        Error::Io(e) if is_out_of_descriptors(e) => {
            let hint = "raise the limit with ulimit -n".to_owned();
            Report::new(exit::OTHER, "other", "this process has reached its limit of open files", Some(hint))
        }
        Error::Io(e) => Report::new(exit::OTHER, "other", fault::words(e), None),
        Error::Json(e) => Report::new(exit::OTHER, "other", e, None),
        Error::Reported(report) => Report::clone(report),
        Error::Other(e) => {
            let causes: Vec<String> = e.chain().map(fault::words_of).collect();
            Report::new(exit::OTHER, "other", causes.join(": "), None)
        }
    })
}

fn of_store(error: &store::Error) -> Report {
    // Of these files, only the journal is named on the command line.
    let (exit, kind) = match error {
        store::Error::OpenJournal { .. } => (exit::USAGE, "usage"),
        _ => (exit::OTHER, "state"),
    };
    Report::new(exit, kind, error, error.hint().map(str::to_owned))
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

/// As in shells: 127 if the program does not exist, 126 if it cannot be run.
fn of_cannot_run(error: &CannotRun) -> Report {
    let missing = error.source.kind() == std::io::ErrorKind::NotFound;
    let (exit, kind) = if missing { (exit::NO_PROGRAM, "not-found") } else { (exit::NOT_EXECUTABLE, "not-executable") };
    let hint = missing.then(|| "to run a program in the current folder, use ./NAME".to_owned());
    Report::new(exit, kind, error, hint)
}

fn of_config(error: &config::Error) -> Report {
    let (exit, kind) = match error {
        config::Error::InProfile { source, .. } => {
            let Report { exit, kind, .. } = of_config(source);
            (exit, kind)
        }
        config::Error::NoToken
        | config::Error::Token { .. }
        | config::Error::Unset { .. }
        | config::Error::Command { .. }
        | config::Error::Keyring { .. }
        | config::Error::Grant { .. } => (exit::NO_TOKEN, "no-token"),
        config::Error::Value { .. }
        | config::Error::ReadGiven { .. }
        | config::Error::NoProfile { .. }
        | config::Error::Pattern { .. }
        | config::Error::Setting { .. }
        | config::Error::Syntax { .. }
        | config::Error::Alias { .. }
        | config::Error::OtherSource { .. } => (exit::USAGE, "usage"),
        config::Error::Read { .. }
        | config::Error::Exposed { .. }
        | config::Error::Untrusted { .. }
        | config::Error::Write { .. }
        | config::Error::Linked { .. }
        | config::Error::NoHome(_) => (exit::OTHER, "config"),
    };
    Report::new(exit, kind, error, error.hint())
}

fn of_output(error: &output::Error) -> Option<Report> {
    use output::Error as E;
    let (exit, kind) = match error {
        E::Closed => return None,
        E::NotJson(_) => (exit::NETWORK, "invalid-answer"),
        E::NoId | E::NoUrl | E::Conflict { .. } | E::RawPages => (exit::USAGE, "usage"),
        E::Full
        | E::Write(_)
        | E::Log { .. }
        | E::NoJsonToFilter { .. }
        | E::Binary { .. }
        | E::FieldMissing { .. }
        | E::NoServer
        | E::Jq(_)
        | E::Csv(_) => (exit::OTHER, "output"),
    };
    Some(Report::new(exit, kind, error, error.hint().map(str::to_owned)))
}

fn of_refused(error: &Refused) -> Report {
    let hint = match error {
        Refused::Unconfirmed { .. } => Some("add --yes to confirm, or --dry-run to see the request".to_owned()),
        Refused::Replaces { .. } => Some(
            "`dcord permission set` changes only the permissions that you name; --yes replaces the whole overwrite"
                .to_owned(),
        ),
        Refused::Declined => None,
        Refused::UnknownOutcome { failure, .. } => {
            let mut report = Report::new(exit::REFUSED, "refused", error, None);
            report.sent = Some(Delivery::Maybe);
            if failure.is_none() {
                report.add_hint("if that run is still active, wait until it ends");
            }
            report.add_hint(RESOLVE_KEY);
            return report;
        }
        Refused::UnknownPost => Some(
            "find the post in the forum and send the remaining parts with --thread-id ID, or send all parts with a \
             different --key"
                .to_owned(),
        ),
        Refused::Forbidden(forbidden) => Some(forbidden.rule.hint().to_owned()),
        Refused::AuditLog { path, source } if source.kind() == std::io::ErrorKind::PermissionDenied => {
            Some(format!("nothing was sent; the file must be yours, and private: chmod 600 {}", path.display()))
        }
        Refused::AuditLog { .. } => Some("nothing was sent; correct audit_log in the profile".to_owned()),
        Refused::NotCached { missing, .. } => Some(match missing {
            Missing::CacheOff => "the cache is off: remove --no-cache, or run `dcord cache enable`".to_owned(),
            Missing::Policy { kind } => {
                format!("the cache policy excludes some objects of the kind {kind}; see `dcord cache policy`")
            }
            Missing::List => "run the command once with --all and without --offline".to_owned(),
            Missing::Object => "run the command once without --offline".to_owned(),
        }),
        Refused::NameNotCached { .. } => Some("run the command once without --offline, or use the id".to_owned()),
        Refused::NotStored { stored, .. } => Some(match stored {
            Some(Kind::Message) => "`dcord cache search TEXT` searches the messages in the cache".to_owned(),
            Some(kind) => format!("`dcord cache list {kind}` lists the objects in the cache"),
            None => "run the command without --offline".to_owned(),
        }),
        Refused::NotStoredWith { flag, .. } => Some(format!("remove --{flag} or --offline")),
        Refused::Offline { .. } => {
            Some("run the command without --offline, or add --dry-run to see the request".to_owned())
        }
        Refused::NotKept { .. } => {
            let hint = "`dcord cache list KIND` lists the objects in the cache; objects of a server require --guild";
            return Report::new(exit::NOT_FOUND, "not-found", error, Some(hint.to_owned()));
        }
        Refused::NoConsumer { .. } => {
            let hint = "`dcord consumer list` shows the names";
            return Report::new(exit::NOT_FOUND, "not-found", error, Some(hint.to_owned()));
        }
        Refused::JournalTaken { .. } => Some("wait until the other process ends, or use another file".to_owned()),
        Refused::NotAJournal { .. } => Some("use a file that does not exist yet".to_owned()),
        Refused::OtherJournal { .. } => {
            Some("to continue that job, run its own command again; for a new job, use another file".to_owned())
        }
        Refused::TokenType { .. } => {
            let hint = "give a token of the required type with --token-file PATH --token-type TYPE";
            return Report::new(exit::NO_TOKEN, "token-type", error, Some(hint.to_owned()));
        }
    };
    Report::new(exit::REFUSED, "refused", error, hint)
}

/// How to continue if it is unknown whether the message of a key was posted.
const RESOLVE_KEY: &str = "look in the channel: if the message is not there, run the same command with --if-unsure send; if it is \
                           there, with --if-unsure skip";

fn of_request(failed: &FailedRequest, peer: &Peer) -> Report {
    let mut report = of_rest(&failed.source, peer);
    // Without the endpoint, the token may also be that of an interaction.
    if let rest::Error::Api(api) = &failed.source
        && api.code == Some(INVALID_WEBHOOK_TOKEN)
        && failed.endpoint.is_some_and(|endpoint| endpoint.param("webhook_id").is_some())
    {
        report.hint = Some("copy the whole URL of the webhook again".to_owned());
    }
    if let (rest::Error::Api(api), Some(missing), Some(404)) = (&failed.source, &failed.missing, report.status) {
        let code = api.code.map(|code| format!(", code {code}")).unwrap_or_default();
        report.message = format!("{} ({}{code})", missing.0, api.status);
    }
    const EMPTY_MESSAGE: i64 = 50_006;
    if report.code == Some(EMPTY_MESSAGE) && failed.endpoint.is_some_and(|row| row.param("message").is_some()) {
        report.hint =
            Some("a post in a forum or media channel needs a first message: --message.content TEXT".to_owned());
    }
    if let (Some(404), Some(hint)) = (report.status, not_found(failed.endpoint)) {
        report.hint = Some(hint.to_owned());
    }
    if failed.method == Method::Get {
        return report;
    }
    report.sent = Some(if failed.source.may_be_done() { Delivery::Maybe } else { Delivery::No });
    if report.sent == Some(Delivery::No) || failed.repeatable {
        return report;
    }
    // Trying again, the usual hint for a failure of the server, could repeat the action.
    if matches!(failed.source, rest::Error::Api(_)) {
        report.hint = None;
    }
    if failed.keyed {
        report.add_hint(&format!("{} may have posted the message; {RESOLVE_KEY}", peer.name()));
    } else if failed.endpoint.is_some_and(|endpoint| endpoint.keyed) {
        report.add_hint(&format!(
            "{} may have posted the message; look in the channel before you send it again",
            peer.name()
        ));
        report.add_hint("with --key NAME, dcord never sends a message twice by itself");
    } else {
        report.add_hint(&format!(
            "{} may have carried out the request; check whether it did before you run the command again",
            peer.name()
        ));
    }
    report
}

/// The likely cause of a 404, if it is not a wrong id.
fn not_found(endpoint: Option<&'static Endpoint>) -> Option<&'static str> {
    match endpoint {
        Some(row) if row.path.ends_with("/@original") => Some(
            "the interaction has no response yet, or the response was deleted; `dcord interaction respond` sends one",
        ),
        Some(_) => None,
        None => Some("check the path and the ids in it"),
    }
}

fn of_rest(error: &rest::Error, peer: &Peer) -> Report {
    use rest::Error as E;
    let seconds = |d: &std::time::Duration| Some(d.as_millis() as f64 / 1000.0);
    match error {
        E::Api(api) => of_api(api, peer),
        E::AfterLostAnswer(error) => of_rest(error, peer),
        E::RateLimited { retry_after, .. } | E::IndexNotReady { retry_after } | E::Blocked { retry_after } => {
            let hint = "allow a longer wait with --max-wait, or try again later".to_owned();
            let mut report = Report::new(exit::RATE_LIMITED, "rate-limited", error, Some(hint));
            report.retry_after = seconds(retry_after);
            report
        }
        E::TooManyInvalid { retry_in, .. } => {
            let hint =
                format!("find out why {} rejects requests before you send more; -vv shows each request", peer.name());
            let mut report = Report::new(exit::RATE_LIMITED, "too-many-invalid", error, Some(hint));
            report.retry_after = seconds(retry_in);
            report
        }
        E::DeadToken { .. } => {
            let hint = format!("{}; to try this token again now, run `dcord limits clear --tokens`", peer.new_token());
            Report::new(exit::NO_TOKEN, "unauthorized", error, Some(hint))
        }
        E::Timeout { .. } => {
            Report::new(exit::NETWORK, "timeout", error, Some("allow more time with --request-timeout".to_owned()))
        }
        E::Connect { .. } => Report::new(
            exit::NETWORK,
            "network",
            error,
            Some("check the network connection, and --api-url or DCORD_API_URL if set".to_owned()),
        ),
        E::Tls { fault, .. } => Report::new(exit::NETWORK, "tls", error, Some(fault.hint().to_owned())),
        E::Proxy(e) => Report::new(exit::NETWORK, "proxy", error, Some(e.hint())),
        E::BadProxy(_) => Report::new(exit::USAGE, "usage", error, None),
        E::WebPage { .. } => {
            let hint =
                format!("a proxy or a sign-in page may intercept requests to {}; also check --api-url", peer.name());
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
            let hint = "dcord does not follow redirects, which could send the token elsewhere; check --api-url and \
                        DCORD_API_URL";
            Report::new(exit::NETWORK, "redirect", error, Some(hint.to_owned()))
        }
        E::Cloudflare { .. } => {
            let hint = "Cloudflare may block this IP address, as it often does for VPNs and cloud providers; also \
                        check that no proxy changes the User-Agent header";
            Report::new(exit::NETWORK, "cloudflare", error, Some(hint.to_owned()))
        }
        E::NoToken => Report::new(exit::NO_TOKEN, "no-token", error, config::Error::NoToken.hint()),
        E::FileName(_) | E::Segment { .. } | E::Host(_) | E::ContentType(_) => {
            Report::new(exit::USAGE, "usage", error, None)
        }
        E::LongReason(_) | E::LongUrl { .. } => Report::new(exit::INVALID, "invalid", error, None),
        E::Certificates(_) | E::Setup(_) | E::Stopped => Report::new(exit::OTHER, "other", error, None),
    }
}

/// Discord's codes for a webhook's or an interaction's token that is not valid, and for a webhook that does not exist.
const INVALID_WEBHOOK_TOKEN: i64 = 50_027;
const UNKNOWN_WEBHOOK: i64 = 10_015;

const NEW_WEBHOOK: &str =
    "copy the whole URL of the webhook again; an interaction's token is valid for only 15 minutes";
const OTHER_WEBHOOK: &str = "check the URL or the id; if the webhook was deleted, create a new one";

/// By the answer's status. Source: Discord's reference, "Opcodes and Status Codes".
fn of_api(api: &rest::ApiError, peer: &Peer) -> Report {
    let status = api.status.as_u16();
    let (exit, kind, hint) = match status {
        401 if api.code == Some(INVALID_WEBHOOK_TOKEN) => {
            (exit::NO_TOKEN, "unauthorized", Some(NEW_WEBHOOK.to_owned()))
        }
        404 if api.code == Some(UNKNOWN_WEBHOOK) => (exit::NOT_FOUND, "not-found", Some(OTHER_WEBHOOK.to_owned())),
        401 => (
            exit::NO_TOKEN,
            "unauthorized",
            Some(format!("{} does not accept the token: {}", peer.name(), peer.new_token())),
        ),
        403 => (exit::FORBIDDEN, "forbidden", forbidden(api.code).map(str::to_owned)),
        404 => {
            let hint = "check the ids, and whether the bot can see the object";
            (exit::NOT_FOUND, "not-found", Some(hint.to_owned()))
        }
        429 => (exit::RATE_LIMITED, "rate-limited", None),
        400 | 405 | 409 | 413 | 422 => (exit::INVALID, "invalid", invalid(api).map(str::to_owned)),
        100..=199 | 500.. => (exit::NETWORK, "server", Some(peer.trouble())),
        _ => (exit::OTHER, "other", None),
    };
    let mut report = Report::new(exit, kind, api, hint);
    report.status = Some(status);
    report.code = api.code;
    report.fields = api.fields.clone();
    report
}

/// The hint for a 400, by Discord's code for a field. Source for names: Discord's reference, "Application Command Naming".
fn invalid(api: &rest::ApiError) -> Option<&'static str> {
    api.fields.iter().find_map(|field| {
        Some(match field.code.as_str() {
            "APPLICATION_COMMAND_INVALID_NAME" => {
                "the name of a slash command or option has 1 to 32 characters: lower-case letters, digits, - and _, no \
                 spaces"
            }
            "REPLIES_UNKNOWN_MESSAGE" => "the channel has no such message: check the ids",
            _ => return None,
        })
    })
}

/// The hint for a 403, by Discord's error code.
fn forbidden(code: Option<i64>) -> Option<&'static str> {
    Some(match code {
        Some(50_001) => {
            "the bot cannot see the object: add the bot to the server, or give it the permission VIEW_CHANNEL"
        }
        Some(50_007) => "this user does not accept direct messages from the bot",
        Some(50_013) => {
            "the bot lacks a permission, or its highest role is not above the target's; --help names the permission"
        }
        _ => "the bot lacks a permission; the command's --help names it",
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
        E::Store(e) => of_store(e),
        E::Policy(_) | E::Filter(_) | E::Kind(_) => Report::new(exit::USAGE, "usage", error, None),
        E::Search { .. } => {
            let hint = "put phrases, and words with special characters, in double quotes; combine words with AND, OR, NOT and \
                        parentheses";
            Report::new(exit::USAGE, "usage", error, Some(hint.to_owned()))
        }
        E::Sql(_) | E::Writes => {
            Report::new(exit::USAGE, "usage", error, Some("`dcord cache sql` lists the tables".to_owned()))
        }
        E::Json(_) | E::Inbox(_) | E::Thread(_) => Report::new(exit::OTHER, "other", error, None),
    }
}

fn of_stream(error: &stream::Error) -> Option<Report> {
    use stream::Error as E;
    Some(match error {
        E::Output(e) => return of_output(e),
        E::Store(e) => {
            let hint = e.downcast_ref().and_then(store::Error::hint);
            Report::new(exit::OTHER, "state", error, hint.map(str::to_owned))
        }
        E::DeadLetter { .. } => Report::new(exit::OTHER, "output", error, None),
        E::Thread(_) => Report::new(exit::OTHER, "other", error, None),
    })
}

fn of_consumer(error: &stream::ConsumerError) -> Report {
    use stream::ConsumerError as E;
    match error {
        E::Name(_) => Report::new(exit::USAGE, "usage", error, None),
        E::Held(_) => {
            let hint = "use a different consumer name, or stop the other process";
            Report::new(exit::REFUSED, "refused", error, Some(hint.to_owned()))
        }
        E::Store(e) => of_store(e),
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
            let hint = "enable them at https://discord.com/developers/applications under Bot, Privileged Gateway \
                        Intents, or listen without them: --intents unprivileged";
            (exit::FORBIDDEN, "forbidden", Some(hint))
        }
        E::InvalidShard { .. } | E::ShardingRequired { .. } | E::InvalidIntents { .. } => {
            (exit::INVALID, "invalid", None)
        }
        E::GaveUp { .. } => (
            exit::NETWORK,
            "network",
            Some("check the network connection, or allow more attempts with --max-reconnects"),
        ),
        E::UnstableSessions { .. } => {
            let hint = "each new session uses one of today's IDENTIFY calls, and Discord resets the token when none is \
                        left; -v shows why the sessions end; a different --compress may help";
            (exit::NETWORK, "network", Some(hint))
        }
        E::NoGateway { why, .. } => {
            let hint =
                "check --api-url, and whether a proxy or a sign-in page intercepts the connection to the gateway";
            (exit::NETWORK, "network", Some(why.hint.as_deref().unwrap_or(hint)))
        }
        E::Proxy(_) => (exit::USAGE, "usage", None),
        E::Answer(_) | E::Url(_) => {
            let hint = "check --api-url and DCORD_API_URL: the response to GET /gateway/bot names the gateway";
            (exit::NETWORK, "network", Some(hint))
        }
        E::Budget(_) => {
            let hint = "wait until then, because Discord resets the token when no call is left; a listener with \
                        --consumer can resume its session without an IDENTIFY call; `dcord limits` shows how many are \
                        left";
            (exit::REFUSED, "budget", Some(hint))
        }
        E::Store(e) => (exit::OTHER, "state", e.downcast_ref().and_then(store::Error::hint)),
        E::InvalidVersion => (exit::OTHER, "other", None),
    };
    Report::new(exit, kind, error, hint.map(str::to_owned))
}
