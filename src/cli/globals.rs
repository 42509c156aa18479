//! The flags that commands share.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};

use crate::call::bind::{IfUnsure, Overflow, overflow};
use crate::catalogue::{Endpoint, Method, Param, ParamKind, Place};
use crate::config::Flags;
use crate::config::settings::DryRun;
use crate::resolve;

pub const GUILD: &str = "guild";
pub const BODY: &str = "body";
pub const UNSET: &str = "unset";
pub const REASON: &str = "reason";
pub const PING: &str = "ping";
pub const KEY: &str = "key";
pub const IF_UNSURE: &str = "if-unsure";
pub const OVERFLOW: &str = "overflow";
pub const NO_VALIDATE: &str = "no-validate";
pub const LIMIT: &str = "limit";
pub const ALL: &str = "all";
pub const CACHED: &str = "cached";
pub const EACH: &str = "each";
pub const TAKE: &str = "take";
pub const JOURNAL: &str = "journal";
pub const RETRY_FAILED: &str = "retry-failed";
pub const RETRY_UNKNOWN: &str = "retry-unknown";

/// The options that only apply with [`EACH`].
pub const WITH_EACH: [&str; 4] = [TAKE, JOURNAL, RETRY_FAILED, RETRY_UNKNOWN];

/// The option that an option requires, so that an error can name both: clap reports only the missing one.
#[derive(Clone, Copy, Debug)]
pub struct Requires(pub &'static str);

impl clap::builder::ArgExt for Requires {}

/// An option that has an effect only beside another one.
pub fn requires(arg: Arg, other: &'static str) -> Arg {
    arg.requires(other).add(Requires(other))
}

/// The heading of the global options in help.
pub const HEADING: &str = "Global options";

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// Parses a whole number in a range. The errors of clap's own parsers name Rust's types and ranges.
pub fn whole<T: TryFrom<u64>>(least: u64, most: u64) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
        number.and_then(|number| number.try_into().ok()).ok_or_else(|| {
            // The maximum of an integer type is not a useful bound in an error.
            let range = match (least, most < u32::MAX.into()) {
                (0, false) => String::new(),
                (_, false) => format!(" of {least} or more"),
                (_, true) => format!(" from {least} to {most}"),
            };
            format!("{text:?} is not a whole number{range}")
        })
    }
}

/// The options that every command takes.
///
/// They are not global arguments of clap, because clap clones those into every subcommand, which costs more than the rest
/// of the start. Each command adds them when it is built, and [`flags`] reads them at every level.
pub fn everywhere() -> impl Iterator<Item = Arg> {
    EVERYWHERE.iter().map(|arg| arg().help_heading(HEADING).display_order(1000))
}

/// Functions, because an [`Arg`] is large and a list of them would be moved several times.
const EVERYWHERE: &[fn() -> Arg] = &[
    || option("output", "FORMAT", "Print in this format").short('o'),
    || option("fields", "LIST", "Print only these fields: id,author.username"),
    || option("jq", "PROGRAM", "Print the results of a jq program for each item"),
    || flag("quiet", "Print only errors on stderr; to suppress results too, add -o none").short('q'),
    || {
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .help("Print more on stderr; -vv also prints each request")
            .action(ArgAction::Count)
    },
    || {
        option("errors", "FORMAT", "Print messages on stderr as text or as JSON Lines [default: text]")
            .value_parser(["text", "json"])
            .hide_possible_values(true)
    },
    || option("log-file", "PATH", "Write the messages of -vv to a file").value_parser(value_parser!(PathBuf)),
    || option("profile", "NAME", "Use this profile from config.toml"),
    || option("token-file", "PATH", "Read the token from a file").value_parser(value_parser!(PathBuf)),
    || option("token-type", "TYPE", "Type of the token [possible values: bot, bearer]"),
    || option("api-url", "URL", "Use this API: an https:// URL, or http:// on this machine"),
    || option("ca", "SET", "Trust these certificates [possible values: builtin, native]"),
    || option("request-timeout", "SPAN", "Time limit of each attempt [default: 30s]"),
    || option("max-wait", "SPAN", "Longest wait for rate limits; 0 means no wait [default: 5m]"),
    || option("retries", "N", "Repeat a failed request up to N times [default: 3]").allow_negative_numbers(true),
    || {
        option("dry-run", "curl", "Print the request, or a curl command, and send nothing")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("request")
            .value_parser(["request", "curl"])
    },
    || flag("no-cache", "Do not read or write the cache"),
    || flag("offline", "Send nothing, and read only from the cache"),
    || flag("yes", "Do not ask for confirmation").short('y'),
];

/// The options of an endpoint's command that are not fields of the request. Short help only names those that are hidden
/// in it.
pub fn of_endpoint(endpoint: &Endpoint) -> Vec<Arg> {
    let mut args = Vec::new();
    if endpoint.param("guild_id").is_some_and(|p| p.place == Place::Path) {
        args.push(option(GUILD, "SERVER", "Server, instead of the first target").hide_short_help(true));
    } else if endpoint.all_params().any(|p| p.or_server) {
        args.push(option(GUILD, "SERVER", "The whole server if there is no target, or where to look up names"));
    } else if !endpoint.is_of_app()
        && endpoint.all_params().any(|p| p.place == Place::Path && takes_name_in_guild(p.kind))
    {
        args.push(option(GUILD, "SERVER", "Server in which to look up names [env: DCORD_GUILD]").hide_short_help(true));
    }
    if endpoint.list && (endpoint.method == Method::Get || endpoint.paging.is_some()) {
        let (limit, all) = match endpoint.destructive {
            true => ("Delete at most N messages", "Delete all messages; not needed with a filter"),
            false => ("Print at most N items, from as many pages as necessary", "Print all items, from all pages"),
        };
        args.push(option(LIMIT, "N", limit).value_parser(whole::<u64>(1, u64::MAX)).allow_negative_numbers(true));
        // An export has all items unless a limit is given.
        args.push(flag(ALL, all).conflicts_with(LIMIT).hide(endpoint.composed && endpoint.verb == "export"));
    }
    if endpoint.stores_answer().is_some() {
        let about = "Read from the cache if its data is complete and at most AGE old [default: 5m]";
        args.push(
            option(CACHED, "AGE", about)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("5m")
                .hide_short_help(true),
        );
    }
    if endpoint.audit_reason {
        args.push(option(REASON, "TEXT", "Reason for the server's audit log"));
    }
    if endpoint.takes_body() {
        args.push(
            option(BODY, "JSON", "Request body: JSON, @FILE or @-; flags override its fields").hide_short_help(true),
        );
        args.push(
            option(UNSET, "FIELD", "Clear a field by sending null").action(ArgAction::Append).hide_short_help(true),
        );
    }
    if endpoint.method != Method::Get || endpoint.all_params().any(|p| p.min.is_some() || p.max.is_some()) {
        args.push(flag(NO_VALIDATE, "Send values without checking them first").hide_short_help(true));
    }
    if endpoint.nonce || endpoint.keyed {
        args.push(option(KEY, "KEY", "Send only once per KEY; keys are stored for a year"));
    }
    if endpoint.keyed {
        let about = "What to do if an earlier run may have sent the message [default: error]";
        args.push(option(IF_UNSURE, "ACTION", about).value_parser(IfUnsure::NAMES).hide_short_help(true));
    }
    if overflow::content(endpoint).is_some() {
        args.push(
            option(OVERFLOW, "ACTION", "Handle content that is too long [default: error]")
                .value_parser(Overflow::NAMES),
        );
    }
    if endpoint.mentions().is_some() {
        args.push(
            option(
                PING,
                "NAMES",
                "Whom the message can ping: users, roles, everyone, none, @NAME or an id [default: users]",
            )
            .action(ArgAction::Append)
            .value_delimiter(','),
        );
    }
    if takes_lines(endpoint) {
        // A read does no harm if it is sent again, so these options are only listed for changes.
        let is_retry = |arg: &Arg| matches!(arg.get_id().as_str(), RETRY_FAILED | RETRY_UNKNOWN);
        let hides = |arg: Arg| if endpoint.method == Method::Get && is_retry(&arg) { arg.hide(true) } else { arg };
        args.extend(of_lines().map(hides));
    }
    args
}

/// Whether the command can run once per line of a file: a line can name its object, or set a field.
fn takes_lines(endpoint: &Endpoint) -> bool {
    let is_filled = |p: &Param| match p.place {
        Place::Path => !p.secret && !p.is_application(),
        place => matches!(place, Place::Query | Place::Body | Place::Form | Place::Whole),
    };
    !endpoint.is_local() && endpoint.all_params().any(is_filled)
}

fn of_lines() -> [Arg; 5] {
    let path = |arg: Arg| arg.value_hint(ValueHint::FilePath).hide_short_help(true);
    let take = option(TAKE, "FIELDS", "Fields to read from each line, separated by commas");
    let take = take.value_delimiter(',').action(ArgAction::Append).hide_short_help(true);
    let journal = option(JOURNAL, "FILE", "Record finished lines in FILE, to continue after an interruption");
    let retry_failed = flag(RETRY_FAILED, "Also send the lines that failed in an earlier run").hide_short_help(true);
    let retry_unknown =
        flag(RETRY_UNKNOWN, "Also send the lines that an earlier run may have sent").hide_short_help(true);
    [
        path(option(EACH, "FILE", "Run once for each line of FILE or - (see `dcord help each`)")),
        requires(take, EACH),
        requires(path(journal).value_parser(value_parser!(PathBuf)), EACH),
        requires(retry_failed, JOURNAL),
        requires(retry_unknown, JOURNAL),
    ]
}

/// Whether a target can be a name that dcord looks up in a server.
fn takes_name_in_guild(kind: ParamKind) -> bool {
    let (ParamKind::Snowflake(entity) | ParamKind::Target(entity)) = kind else { return false };
    resolve::has_names(entity) && resolve::is_in_guild(entity)
}

/// The flags that decide the format of errors, from a command line that clap has not parsed yet or has rejected. Words
/// after `--` belong to another program.
pub fn unparsed(args: &[OsString]) -> Flags {
    let words: Vec<_> = args.iter().map(|a| a.to_string_lossy()).take_while(|word| word != "--").collect();
    let errors = words.iter().enumerate().rev().find_map(|(i, word)| match word.as_ref() {
        "--errors" => words.get(i + 1).map(ToString::to_string),
        word => word.strip_prefix("--errors=").map(str::to_owned),
    });
    Flags { errors: errors.filter(|format| matches!(format.as_str(), "text" | "json")), ..Flags::default() }
}

/// The given flags of [`everywhere`], before and after the words of the command. If a flag is repeated, the last one
/// is used.
pub fn flags(levels: &[&ArgMatches]) -> Flags {
    let text = |id: &str| levels.iter().rev().find_map(|m| m.get_one::<String>(id)).cloned();
    let path = |id: &str| levels.iter().rev().find_map(|m| m.get_one::<PathBuf>(id)).cloned();
    // An incomplete line, or one that clap rejected in part, lacks even the defaults.
    let set = |id: &str| levels.iter().any(|m| m.get_one::<bool>(id).copied().unwrap_or_default());
    let count = |m: &&ArgMatches| m.get_one::<u8>("verbose").copied().unwrap_or_default();
    Flags {
        output: text("output"),
        fields: text("fields"),
        jq: text("jq"),
        quiet: set("quiet"),
        verbosity: levels.iter().map(count).fold(0, u8::saturating_add),
        errors: text("errors"),
        log_file: path("log-file"),
        profile: text("profile"),
        creates_profile: false,
        token_file: path("token-file"),
        token_type: text("token-type"),
        api_url: text("api-url"),
        ca: text("ca"),
        request_timeout: text("request-timeout"),
        max_wait: text("max-wait"),
        retries: text("retries"),
        is_brief: false,
        is_diagnosis: false,
        dry_run: text("dry-run").map(|how| if how == "curl" { DryRun::Curl } else { DryRun::Request }),
        no_cache: set("no-cache"),
        offline: set("offline"),
        yes: set("yes"),
    }
}
