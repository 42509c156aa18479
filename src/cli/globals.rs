//! The flags that commands share.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use crate::call::bind::{Overflow, overflow};
use crate::catalogue::{Endpoint, Method, ParamKind, Place};
use crate::config::Flags;
use crate::config::settings::DryRun;
use crate::resolve;

pub const GUILD: &str = "guild";
pub const BODY: &str = "body";
pub const UNSET: &str = "unset";
pub const REASON: &str = "reason";
pub const PING: &str = "ping";
pub const KEY: &str = "key";
pub const OVERFLOW: &str = "overflow";
pub const NO_VALIDATE: &str = "no-validate";
pub const LIMIT: &str = "limit";
pub const ALL: &str = "all";
pub const CACHED: &str = "cached";

/// The heading under which they stand in help.
pub const HEADING: &str = "Global options";

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// What every command takes.
///
/// They are none of clap's global arguments: it clones those into every command that could follow,
/// which costs more than all else of the start. Each command adds them when it is built, and
/// [`flags`] looks at all that were called.
pub fn everywhere() -> impl Iterator<Item = Arg> {
    EVERYWHERE.iter().map(|arg| arg().help_heading(HEADING).display_order(1000))
}

/// One at a time: an [`Arg`] is large, and a list of them would be moved again and again.
const EVERYWHERE: &[fn() -> Arg] = &[
    || option("output", "FORMAT", "Print in this format").short('o'),
    || option("fields", "LIST", "Print these fields alone: id,author.username"),
    || option("jq", "PROGRAM", "Print what a jq program makes of each item"),
    || flag("quiet", "Print errors only on stderr").short('q'),
    || {
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .help("Say more on stderr; twice: each request")
            .action(ArgAction::Count)
    },
    || {
        option("errors", "FORMAT", "Write everything on stderr as text or as JSON Lines [default: text]")
            .value_parser(["text", "json"])
            .hide_possible_values(true)
    },
    || option("log-file", "PATH", "Write what -vv says to a file").value_parser(value_parser!(PathBuf)),
    || option("profile", "NAME", "Use this profile of config.toml"),
    || option("token-file", "PATH", "Read the token from a file").value_parser(value_parser!(PathBuf)),
    || option("token-type", "TYPE", "What the token is [possible values: bot, bearer]"),
    || option("api-url", "URL", "Talk to this API: https, or http on this machine"),
    || option("ca", "SET", "Trust the certificates of this set [possible values: builtin, native]"),
    || option("request-timeout", "SPAN", "Give up an attempt after this long [default: 30s]"),
    || option("max-wait", "SPAN", "Wait for rate limits at most this long, 0 for not at all [default: 5m]"),
    || option("retries", "N", "Try a failed request this often again [default: 3]").allow_negative_numbers(true),
    || {
        option("dry-run", "AS", "Print what would be sent, and send nothing")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("request")
            .value_parser(["request", "curl"])
    },
    || flag("no-cache", "Neither read nor write the cache"),
    || flag("offline", "Answer from the cache alone, however old, and send nothing"),
    || flag("yes", "Do not ask before what cannot be undone").short('y'),
];

/// What an endpoint's command takes besides its fields.
pub fn of_endpoint(endpoint: &Endpoint) -> Vec<Arg> {
    let mut args = Vec::new();
    if endpoint.param("guild_id").is_some_and(|p| p.place == Place::Path) {
        args.push(option(GUILD, "SERVER", "Name the server here, not among the targets"));
    } else if !endpoint.is_of_app()
        && endpoint.all_params().any(|p| p.place == Place::Path && takes_name_in_guild(p.kind))
    {
        args.push(option(GUILD, "SERVER", "Look for names on this server [env: DCORD_GUILD]"));
    }
    if endpoint.list && endpoint.method == Method::Get {
        args.push(
            option(LIMIT, "N", "Print at most this many items, over all pages")
                .value_parser(|text: &str| text.parse::<NonZeroU64>().map(u64::from).map_err(|_| "it takes 1 or more"))
                .allow_negative_numbers(true),
        );
        args.push(flag(ALL, "Print all items, page after page").conflicts_with(LIMIT));
    }
    if endpoint.method == Method::Get && !endpoint.is_local() {
        let about = "Answer from the cache if that has all of it, not older [default: 5m]";
        args.push(option(CACHED, "AGE", about).num_args(0..=1).require_equals(true).default_missing_value("5m"));
    }
    if endpoint.audit_reason {
        args.push(option(REASON, "TEXT", "Say why, for the server's audit log"));
    }
    if endpoint.has_body() {
        args.push(option(BODY, "JSON", "Give the whole body: JSON, @FILE or @-; flags go on top"));
        args.push(option(UNSET, "FIELD", "Clear a field: send null for it").action(ArgAction::Append));
    }
    if endpoint.method != Method::Get || endpoint.all_params().any(|p| p.min.is_some() || p.max.is_some()) {
        args.push(flag(NO_VALIDATE, "Send values that dcord thinks Discord will refuse"));
    }
    if endpoint.nonce || endpoint.keyed {
        args.push(option(KEY, "KEY", "Send once for this key: later runs print the first message again, for a year"));
    }
    if overflow::content(endpoint).is_some() {
        args.push(
            option(OVERFLOW, "HOW", "Send content that is too long in parts, as a file, or cut off [default: error]")
                .value_parser(Overflow::NAMES),
        );
    }
    if endpoint.mentions().is_some() {
        args.push(
            option(PING, "WHO", "Allow mentions of users [default], roles, everyone, none, @NAME or an id")
                .action(ArgAction::Append)
                .value_delimiter(','),
        );
    }
    args
}

/// Whether a target may be a name that is looked for on a server.
fn takes_name_in_guild(kind: ParamKind) -> bool {
    let (ParamKind::Snowflake(entity) | ParamKind::Target(entity)) = kind else { return false };
    resolve::has_names(entity) && resolve::is_in_guild(entity)
}

/// The flags that decide how an error looks, of a command line that is not parsed yet or that clap refuses. Words behind
/// `--` belong to another program.
pub fn unparsed(args: &[OsString]) -> Flags {
    let words: Vec<_> = args.iter().map(|a| a.to_string_lossy()).take_while(|word| word != "--").collect();
    let errors = words.iter().enumerate().rev().find_map(|(i, word)| match word.as_ref() {
        "--errors" => words.get(i + 1).map(ToString::to_string),
        word => word.strip_prefix("--errors=").map(str::to_owned),
    });
    Flags { errors: errors.filter(|format| matches!(format.as_str(), "text" | "json")), ..Flags::default() }
}

/// What was typed of the flags in [`everywhere`], before and behind the words of the command. Of
/// two the later one counts.
pub fn flags(levels: &[&ArgMatches]) -> Flags {
    let text = |id: &str| levels.iter().rev().find_map(|m| m.get_one::<String>(id)).cloned();
    let path = |id: &str| levels.iter().rev().find_map(|m| m.get_one::<PathBuf>(id)).cloned();
    // A line that is still being typed, or that clap refused in part, lacks even the defaults.
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
        token_file: path("token-file"),
        token_type: text("token-type"),
        api_url: text("api-url"),
        ca: text("ca"),
        request_timeout: text("request-timeout"),
        max_wait: text("max-wait"),
        retries: text("retries"),
        dry_run: text("dry-run").map(|how| if how == "curl" { DryRun::Curl } else { DryRun::Request }),
        no_cache: set("no-cache"),
        offline: set("offline"),
        yes: set("yes"),
    }
}
