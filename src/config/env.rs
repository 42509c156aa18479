//! The environment: every variable dcord reads, in one list, and the one place that reads them.

use jiff::tz::TimeZone;

use super::Error;
use crate::model::Clock;
use crate::model::time::{NotATime, Now};

/// A variable that dcord reads.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    pub help: &'static str,
}

const fn v(name: &'static str, help: &'static str) -> Variable {
    Variable { name, help }
}

/// All of them. A name that is not here is not read.
pub static VARIABLES: &[Variable] = &[
    v("DCORD_TOKEN", "The bot's token"),
    v("DISCORD_TOKEN", "The same, if DCORD_TOKEN is not set"),
    v("DISCORD_BOT_TOKEN", "The same, if neither is set"),
    v("DCORD_TOKEN_TYPE", "bot or bearer [default: bot]"),
    v("DCORD_WEBHOOK_URL", "The webhook that webhook commands use when none is given"),
    v("DISCORD_WEBHOOK_URL", "The same, if DCORD_WEBHOOK_URL is not set"),
    v("DCORD_INTERACTION_TOKEN", "The token that interaction commands use when none is given"),
    v("DCORD_GUILD", "The server meant when only the server is missing"),
    v("DCORD_PROFILE", "The profile of config.toml to use"),
    v("DCORD_API_URL", "The API's base URL; https, or http on this machine"),
    v("DCORD_OUTPUT", "Output format: jsonl, json, table, csv, id, url or raw"),
    v("DCORD_ERRORS", "The format of stderr: text or json [default: text]"),
    v("DCORD_COLOR", "always, never or auto"),
    v("DCORD_REQUEST_TIMEOUT", "How long one attempt may take, such as 30s"),
    v("DCORD_MAX_WAIT", "How long to wait for rate limits in all, such as 5m; 0 for not at all"),
    v("DCORD_RETRIES", "How often a failed request is tried again"),
    v("DCORD_CONFIG_DIR", "The folder of config.toml"),
    v("DCORD_STATE_DIR", "The folder of what must last: limits and sessions"),
    v("DCORD_CACHE_DIR", "The folder of what may go: the cache"),
    v("DCORD_COMPLETE", "Set by completion scripts: the shell that asks"),
    v("NO_COLOR", "Anything here turns colours off (no-color.org)"),
    v("CLICOLOR_FORCE", "Anything but 0 turns colours on in a pipe too"),
    v("SSL_CERT_FILE", "A file of certificates (PEM) to trust in place of those built in"),
    v("SSL_CERT_DIR", "Folders of such files, with a colon between two"),
    v("COLUMNS", "The width of tables, if stdout does not tell"),
    v("HOME", "Where the configuration and state folders are, as the platform has them"),
    v("PATH", "Where sandbox run looks for the command"),
    v("XDG_CONFIG_HOME", "The parent of the configuration folder (Linux)"),
    v("XDG_STATE_HOME", "The parent of the state folder (Linux)"),
    v("XDG_CACHE_HOME", "The parent of the cache folder (Linux)"),
    v("TZ", "The time zone of times that name none, such as Europe/Berlin"),
    v("HTTPS_PROXY", "The proxy to Discord's API and gateway: http, https or socks5; never used for this machine"),
    v("https_proxy", "The same, if HTTPS_PROXY is not set"),
    v("ALL_PROXY", "The same, if neither is set"),
    v("all_proxy", "The same, if none of them is set"),
    v("NO_PROXY", "Hosts, domains and networks that are reached without the proxy"),
    v("no_proxy", "The same, if NO_PROXY is not set"),
];

/// The value of a variable of [`VARIABLES`]; an empty one counts as not set.
pub fn get(name: &str) -> Option<String> {
    debug_assert!(VARIABLES.iter().any(|v| v.name == name), "{name} is read, but not in the list");
    named(name)
}

/// The value of a variable that the user named: `env:NAME`.
pub fn named(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    let value = std::env::var(name).ok();
    value.filter(|v| !v.is_empty())
}

/// The time zone of times that name none: that of TZ, or else of the system. A machine that has
/// neither counts as being in UTC, as it does for `date` and the C library.
pub fn zone() -> Result<TimeZone, NotATime> {
    TimeZone::try_system().or_else(|_| match get("TZ") {
        Some(name) => Err(NotATime::NoZone(name)),
        None => Ok(TimeZone::UTC),
    })
}

/// The moment and the zone in which times are read.
pub fn now(clock: &Clock) -> Now {
    Now { ms: clock.wall_ms(), zone }
}

/// The process's clock.
pub fn clock() -> Result<Clock, Error> {
    #[cfg(debug_assertions)]
    if let Some(text) = named(TEST_CLOCK) {
        let wrong = || Error::Value { name: TEST_CLOCK.to_owned(), text: text.clone(), wanted: "-1h, +90s or @FILE" };
        return Clock::shifted(&text).ok_or_else(wrong);
    }
    Ok(Clock::system())
}

/// Sets the time of day for a process under test. It is not among [`VARIABLES`], because release builds do not read it.
#[cfg(debug_assertions)]
const TEST_CLOCK: &str = "DCORD_TEST_CLOCK";

/// The first of these that is set, and which it was.
pub fn first(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| get(name).map(|value| (*name, value)))
}
