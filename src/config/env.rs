//! Lists and reads the environment variables of dcord. No other module reads the environment.

use jiff::tz::TimeZone;

use super::Error;
use crate::model::time::{NotATime, Now};
use crate::model::{Clock, Secret};

/// A variable that dcord reads.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    pub help: &'static str,
}

const fn v(name: &'static str, help: &'static str) -> Variable {
    Variable { name, help }
}

/// Every variable that dcord reads.
pub static VARIABLES: &[Variable] = &[
    v("DCORD_TOKEN", "The bot's token"),
    v("DISCORD_TOKEN", "Used if DCORD_TOKEN is not set"),
    v("DISCORD_BOT_TOKEN", "Used if DISCORD_TOKEN is not set either"),
    v("DCORD_TOKEN_TYPE", "The kind of token: bot or bearer [default: bot]"),
    v("DCORD_WEBHOOK_URL", "The webhook, if the command names none"),
    v("DISCORD_WEBHOOK_URL", "Used if DCORD_WEBHOOK_URL is not set"),
    v("DCORD_INTERACTION_TOKEN", "The interaction token, if the command names none"),
    v("DCORD_GUILD", "The server, if it is the only missing target"),
    v("DCORD_CHANNEL", "The channel for notify, if no webhook is set"),
    v("DCORD_PROFILE", "The profile of config.toml to use"),
    v("DCORD_API_URL", "The API's URL: https, or http on this machine"),
    v("DCORD_OUTPUT", "The default of -o"),
    v("DCORD_ERRORS", "The format of stderr: text or json [default: text]"),
    v("DCORD_COLOR", "Colours: always, never or auto [default: auto]"),
    v("DCORD_REQUEST_TIMEOUT", "Time limit of each attempt [default: 30s]"),
    v("DCORD_MAX_WAIT", "Longest wait for rate limits; 0: none [default: 5m]"),
    v("DCORD_RETRIES", "How often to repeat a failed request [default: 3]"),
    v("DCORD_CONFIG_DIR", "The folder that contains config.toml"),
    v("DCORD_STATE_DIR", "The folder for rate limits, sessions and keys"),
    v("DCORD_CACHE_DIR", "The folder for the cache"),
    v("DCORD_COMPLETE", "Set by completion scripts to the name of the shell"),
    v("NO_COLOR", "Any value turns colours off (no-color.org)"),
    v("CLICOLOR_FORCE", "Any value but 0 turns colours on, in a pipe too"),
    v("SSL_CERT_FILE", "A PEM file that replaces the built-in certificates"),
    v("SSL_CERT_DIR", "Folders of such files, separated by colons"),
    v("CI", "Set by CI systems: a note says if no --key is known"),
    v("COLORTERM", "truecolor or 24bit: terminal with 24-bit colours"),
    v("COLUMNS", "The width of tables, if stdout is not a terminal"),
    v("HOME", "The home folder, where these folders are by default"),
    v("SHELL", "The shell whose completion `dcord doctor` looks for"),
    v("PATH", "Where extensions and the command of sandbox run are"),
    v("XDG_CONFIG_HOME", "The parent of the configuration folder (Linux)"),
    v("XDG_STATE_HOME", "The parent of the state folder (Linux)"),
    v("XDG_CACHE_HOME", "The parent of the cache folder (Linux)"),
    v("DBUS_SESSION_BUS_ADDRESS", "How to reach the system keyring (Linux)"),
    v("TZ", "The local time zone, such as Europe/Berlin"),
    v("HTTPS_PROXY", "The proxy for Discord: http, https or socks5"),
    v("https_proxy", "Used if HTTPS_PROXY is not set"),
    v("ALL_PROXY", "Used if https_proxy is not set either"),
    v("all_proxy", "Used if ALL_PROXY is not set either"),
    v("NO_PROXY", "Hosts, domains and networks that need no proxy"),
    v("no_proxy", "Used if NO_PROXY is not set"),
];

/// The value of a variable of [`VARIABLES`]. An empty variable counts as not set.
pub fn get(name: &str) -> Option<String> {
    debug_assert!(VARIABLES.iter().any(|v| v.name == name), "{name} is read, but not in the list");
    named(name)
}

/// Whether dcord runs in a CI system, which may start each job with empty folders.
pub fn is_ci() -> bool {
    get("CI").is_some()
}

/// The value of a variable that the user named (`env:NAME`) or that another system sets, such as a CI system.
pub fn named(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    let value = std::env::var(name).ok();
    value.filter(|v| !v.is_empty())
}

/// The name of a variable with this value.
pub fn holding(value: &str) -> Option<String> {
    let value = value.trim();
    holder(|text| text == value)
}

/// The name of a variable whose value satisfies the condition.
pub fn holder(matches: impl Fn(&str) -> bool) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    let mut variables = std::env::vars_os();
    variables.find_map(|(name, text)| matches(text.to_str()?.trim()).then(|| name.to_str().map(str::to_owned))?)
}

/// The values of variables whose names contain a word for a secret, such as GITHUB_TOKEN and DB_PASSWORD.
pub fn secrets() -> Vec<Secret> {
    const WORDS: [&str; 8] =
        ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "API_KEY", "PRIVATE_KEY"];
    /// A variable with such an ending contains the location of a secret.
    const LOCATIONS: [&str; 5] = ["_FILE", "_PATH", "_DIR", "_DIRECTORY", "_SOCK"];
    /// The minimum length of a line of a secret that is hidden by itself. A shorter line may be an ordinary word, or the
    /// first line of every private key.
    const SHORTEST_LINE: usize = 30;
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    let variables = std::env::vars_os();
    let mut found = Vec::new();
    for (name, value) in variables {
        let name = name.to_string_lossy().to_uppercase();
        let is_secret = WORDS.iter().any(|word| name.contains(word));
        if !is_secret || LOCATIONS.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        let Some(value) = value.to_str() else { continue };
        found.push(Secret::new(value.trim()));
        found.extend(value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE).map(Secret::new));
    }
    found
}

/// The local time zone: that of TZ, else the system's, else UTC, as in the C library.
pub fn zone() -> Result<TimeZone, NotATime> {
    TimeZone::try_system().or_else(|_| match get("TZ") {
        Some(name) => Err(NotATime::NoZone(name)),
        None => Ok(TimeZone::UTC),
    })
}

/// The local time zone, or an error that names the variable.
pub fn known_zone() -> Result<TimeZone, Error> {
    let wanted = "a time zone that this machine knows, such as Europe/Berlin";
    zone().map_err(|_| Error::Value { name: "TZ".to_owned(), text: get("TZ").unwrap_or_default(), wanted })
}

/// The current time and the local time zone, for parsing times.
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

/// The name and value of the first of these variables that is set.
pub fn first(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| get(name).map(|value| (*name, value)))
}
