//! The settings of this process: a flag overrides a variable, a variable the profile, and the profile the default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use super::profile::{self, HiddenText, Loaded, Profile};
use super::{Error, env, paths};
use crate::model::target::{self, Target};
use crate::model::{Entity, Secret, Snowflake, time};
use crate::net::{Ca, Proxies};

/// The global flags of the command line.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub output: Option<String>,
    pub fields: Option<String>,
    pub jq: Option<String>,
    pub quiet: bool,
    pub verbosity: u8,
    /// The format of stderr.
    pub errors: Option<String>,
    pub log_file: Option<PathBuf>,
    pub profile: Option<String>,
    /// Whether the command creates the profile if it does not exist.
    pub creates_profile: bool,
    pub token_file: Option<PathBuf>,
    pub token_type: Option<String>,
    pub api_url: Option<String>,
    pub ca: Option<String>,
    pub request_timeout: Option<String>,
    pub max_wait: Option<String>,
    pub retries: Option<String>,
    /// Whether the command examines the configuration, and so must run even if the file is broken.
    pub is_diagnosis: bool,
    /// Lowers the defaults of the two time limits, for commands that should end soon even if Discord does not respond.
    pub is_brief: bool,
    pub dry_run: Option<DryRun>,
    /// Neither read nor write the cache.
    pub no_cache: bool,
    /// Send nothing.
    pub offline: bool,
    pub yes: bool,
}

/// What `--dry-run` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    Request,
    Curl,
}

/// The merged settings.
#[derive(Clone, Debug)]
pub struct Settings {
    pub flags: Flags,
    profile: Profile,
    /// The name of the profile, if one is in use.
    profile_name: Option<String>,
    /// The configuration file.
    config_file: PathBuf,
    pub api_url: Option<String>,
    pub output: Option<String>,
    pub request_timeout: Duration,
    pub max_wait: Duration,
    pub retries: u32,
    /// The certificates to trust.
    pub ca: Ca,
    pub proxies: Proxies,
    pub guild: Option<String>,
    pub channel: Option<String>,
}

/// The variables of the proxy; the first one that is set wins. `HTTP_PROXY` is not among them, because no request uses
/// plain HTTP.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

impl Settings {
    pub fn resolve(flags: Flags) -> Result<Self, Error> {
        let name = flags.profile.clone().or_else(|| env::get("DCORD_PROFILE"));
        let loaded = profile::load(name.as_deref(), flags.creates_profile)?;
        Self::merge(flags, loaded)
    }

    /// The settings of the flags and the environment alone.
    pub fn without_file(flags: Flags) -> Result<Self, Error> {
        let file = paths::config_file().unwrap_or_default();
        Self::merge(flags, Loaded { file, ..Loaded::default() })
    }

    fn merge(flags: Flags, loaded: Loaded) -> Result<Self, Error> {
        let Loaded { profile, name: profile_name, file: config_file } = loaded;
        if let Some((name, text)) = pick(&flags.errors, "--errors", "DCORD_ERRORS")
            && !matches!(text.as_str(), "text" | "json")
        {
            return Err(Error::Value { name, text, wanted: "text or json" });
        }
        if let Some(text) = env::get("DCORD_COLOR").filter(|text| !matches!(text.as_str(), "always" | "never" | "auto"))
        {
            return Err(Error::Value { name: "DCORD_COLOR".to_owned(), text, wanted: "always, never or auto" });
        }
        // A diagnosis reports the first failure, so that a person without a connection does not wait.
        let (timeout, wait, retries) = match () {
            () if flags.is_diagnosis => (5, 5, 0),
            () if flags.is_brief => (10, 20, 3),
            () => (30, 300, 3),
        };
        let request_timeout =
            span(&flags.request_timeout, "--request-timeout", "DCORD_REQUEST_TIMEOUT", timeout, false)?;
        let max_wait = span(&flags.max_wait, "--max-wait", "DCORD_MAX_WAIT", wait, true)?;
        let retries = match pick(&flags.retries, "--retries", "DCORD_RETRIES") {
            None => retries,
            Some((name, text)) => u32::from_str(&text).ok().filter(|n| *n <= 100).ok_or(Error::Value {
                name,
                text,
                wanted: "a number from 0 to 100",
            })?,
        };
        Ok(Self {
            api_url: flags.api_url.clone().or_else(|| env::get("DCORD_API_URL")).or_else(|| profile.api_url.clone()),
            output: flags.output.clone().or_else(|| env::get("DCORD_OUTPUT")).or_else(|| profile.output.clone()),
            request_timeout,
            max_wait,
            retries,
            ca: authorities(&flags, &profile, |error| error.in_profile(profile_name.as_deref(), &config_file))?,
            proxies: Proxies {
                given: env::first(&PROXY_VARIABLES).map(|(name, url)| (name, Secret::new(url))),
                except: env::first(&["NO_PROXY", "no_proxy"]).map(|(_, hosts)| hosts).unwrap_or_default(),
            },
            guild: env::get("DCORD_GUILD").or_else(|| profile.guild.clone()),
            channel: env::get("DCORD_CHANNEL").or_else(|| profile.channel.clone()),
            profile,
            profile_name,
            config_file,
            flags,
        })
    }

    /// Where the output format comes from, for errors.
    pub fn output_origin(&self) -> &'static str {
        match &self.flags.output {
            Some(_) => "-o",
            None if env::get("DCORD_OUTPUT").is_some() => "DCORD_OUTPUT",
            None => "output in config.toml",
        }
    }

    /// The webhook URL with that name in the profile.
    pub fn webhook(&self, name: &str) -> Option<&Secret> {
        self.profile.webhooks.get(name).map(|text| &text.0)
    }

    /// The webhook URL in the environment, and its variable.
    pub fn default_webhook(&self) -> Option<(&'static str, Secret)> {
        env::first(&["DCORD_WEBHOOK_URL", "DISCORD_WEBHOOK_URL"]).map(|(name, url)| (name, Secret::new(url.trim())))
    }

    /// The interaction token in the environment, and its variable.
    pub fn interaction_token(&self) -> Option<(&'static str, Secret)> {
        env::first(&["DCORD_INTERACTION_TOKEN"]).map(|(name, token)| (name, Secret::new(token.trim())))
    }

    /// The profile, which is empty if none is in use.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Replaces the profile's token.
    pub(super) fn set_token(&mut self, token: Secret) {
        self.profile.token = Some(HiddenText(token));
    }

    /// The name of the profile, if one is in use.
    pub fn profile_name(&self) -> Option<&str> {
        self.profile_name.as_deref()
    }

    /// The configuration file.
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// Adds the profile and its file to an error about one of its values.
    pub fn in_profile(&self, error: Error) -> Error {
        error.in_profile(self.profile_name(), &self.config_file)
    }

    /// The servers that requests may affect. `None` for all servers.
    pub fn allowed_guilds(&self) -> Result<Option<Vec<Snowflake>>, Error> {
        let id = |target| match target {
            Target::Id(id) | Target::Link { guild: Some(id), .. } => Some(id),
            _ => None,
        };
        let wanted = "the id of a server or a link to one";
        ids("allowed_guilds", &self.profile.allowed_guilds, Entity::Guild, id, wanted).map_err(|e| self.in_profile(e))
    }

    /// The channels that requests may affect. `None` for all channels.
    pub fn allowed_channels(&self) -> Result<Option<Vec<Snowflake>>, Error> {
        let id = |target| match target {
            Target::Id(id) | Target::Link { channel: Some(id), .. } => Some(id),
            _ => None,
        };
        let wanted = "the id of a channel or a link to one";
        ids("allowed_channels", &self.profile.allowed_channels, Entity::Channel, id, wanted)
            .map_err(|e| self.in_profile(e))
    }

    /// The file that records every request that changes something.
    pub fn audit_log(&self) -> Result<Option<PathBuf>, Error> {
        let Some(text) = &self.profile.audit_log else { return Ok(None) };
        let path = expand_home(text);
        // A relative path would name a different file in each working directory.
        match path.is_absolute() {
            true => Ok(Some(path)),
            false => Err(self.in_profile(Error::Value {
                name: "audit_log".to_owned(),
                text: text.clone(),
                wanted: "an absolute path, or one that begins with ~/",
            })),
        }
    }

    /// The profile's cache policies by kind.
    pub fn cache_policies(&self) -> &BTreeMap<String, String> {
        &self.profile.cache
    }

    /// The profile's webhooks by name.
    pub fn webhooks(&self) -> &BTreeMap<String, HiddenText> {
        &self.profile.webhooks
    }
}

/// The ids in a list of the profile.
fn ids(
    name: &str,
    texts: &Option<Vec<String>>,
    entity: Entity,
    id: impl Fn(Target) -> Option<Snowflake>,
    wanted: &'static str,
) -> Result<Option<Vec<Snowflake>>, Error> {
    let wrong = |text: &String| Error::Value { name: name.to_owned(), text: text.clone(), wanted };
    let read = |text: &String| id(target::parse(entity, text)).ok_or_else(|| wrong(text));
    texts.as_ref().map(|texts| texts.iter().map(read).collect()).transpose()
}

/// The span of a flag or a variable, or the default in seconds. `zero` is whether 0 is allowed.
fn span(
    flag: &Option<String>,
    name: &'static str,
    variable: &'static str,
    default: u64,
    zero: bool,
) -> Result<Duration, Error> {
    let Some((name, text)) = pick(flag, name, variable) else { return Ok(Duration::from_secs(default)) };
    match time::duration(&text) {
        Some(span) if zero || !span.is_zero() => Ok(span),
        _ if zero => Err(Error::Value { name, text, wanted: "a span such as 30s or 5m" }),
        _ => Err(Error::Value { name, text, wanted: "a span longer than 0, such as 30s" }),
    }
}

/// The certificates to trust: those of the flag, the environment or the profile, or the built-in ones.
fn authorities(flags: &Flags, profile: &Profile, in_profile: impl Fn(Error) -> Error) -> Result<Ca, Error> {
    let parse = |name: &str, text: &String| match text.as_str() {
        "builtin" => Ok(Ca::BuiltIn),
        "native" => Ok(Ca::Native),
        _ => Err(Error::Value { name: name.to_owned(), text: text.clone(), wanted: "native or builtin" }),
    };
    if let Some(ca) = &flags.ca {
        return parse("--ca", ca);
    }
    let file = env::get("SSL_CERT_FILE").map(PathBuf::from);
    let folders = env::get("SSL_CERT_DIR").map(|folders| {
        std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()).collect::<Vec<_>>()
    });
    match (file, folders) {
        (None, None) => profile.ca.as_ref().map_or(Ok(Ca::default()), |ca| parse("ca", ca).map_err(in_profile)),
        (file, folders) => Ok(Ca::Files { file, folders: folders.unwrap_or_default() }),
    }
}

/// The value of a flag, or else of a variable, and the name of the flag or variable for errors.
pub(super) fn pick(flag: &Option<String>, name: &str, variable: &str) -> Option<(String, String)> {
    match flag {
        Some(text) => Some((name.to_owned(), text.clone())),
        None => env::get(variable).map(|text| (variable.to_owned(), text)),
    }
}

/// Expands `~/x` in the configuration file, which no shell expands.
pub(super) fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), env::get("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
