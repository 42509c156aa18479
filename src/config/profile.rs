//! `config.toml`, which contains the profiles.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::alias::Alias;
use super::{Error, paths};
use crate::model::closest::closest;
use crate::model::{Secret, private, text, trust};

/// The content of `config.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// The profile to use if neither a flag nor a variable names one.
    pub default_profile: Option<String>,
    pub profiles: BTreeMap<String, Profile>,
    /// Command lines by the names that the user gave them, with their positions in the file.
    pub aliases: BTreeMap<String, toml::Spanned<String>>,
}

/// A named set of defaults.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    pub token: Option<HiddenText>,
    pub token_file: Option<String>,
    /// A program and its arguments, whose first line of output is the token.
    pub token_command: Option<Vec<String>>,
    pub token_env: Option<String>,
    /// The name of an entry in the system keyring.
    pub token_keyring: Option<String>,
    /// Where the tokens of an OAuth2 authorization are: a file, or `keyring:NAME`.
    pub token_oauth: Option<String>,
    pub token_type: Option<String>,
    /// Webhook URLs by name.
    pub webhooks: BTreeMap<String, HiddenText>,
    pub guild: Option<String>,
    /// The channel to which `notify` posts, if there is no webhook.
    pub channel: Option<String>,
    pub api_url: Option<String>,
    /// The certificates to trust: `native` or `builtin`.
    pub ca: Option<String>,
    pub output: Option<String>,
    /// Send only GET requests.
    pub read_only: bool,
    /// Run only the commands that one of these patterns matches: `message.*`, `member.ban`.
    pub allow: Option<Vec<String>>,
    /// Run no command that one of these patterns matches, even if `allow` matches it too.
    pub deny: Vec<String>,
    /// Send only requests about these servers.
    pub allowed_guilds: Option<Vec<String>>,
    /// Send only requests about these channels, and the channels and threads inside them.
    pub allowed_channels: Option<Vec<String>>,
    /// The file that records every request that changes something.
    pub audit_log: Option<String>,
    /// The retention of cached objects, by kind.
    pub cache: BTreeMap<String, String>,
}

/// A secret in the file.
#[derive(Clone, Debug)]
pub struct HiddenText(pub Secret);

impl<'de> Deserialize<'de> for HiddenText {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(|text| Self(Secret::new(text)))
    }
}

impl Profile {
    fn holds_a_secret(&self) -> bool {
        self.token.is_some() || !self.webhooks.is_empty()
    }
}

/// The profile in use, and the file that contains it.
#[derive(Debug, Default)]
pub struct Loaded {
    pub profile: Profile,
    /// `None` if no profile is in use.
    pub name: Option<String>,
    /// The configuration file.
    pub file: PathBuf,
}

/// Loads the named profile, or the default one. Without a name, a missing file means an empty profile. With
/// `may_be_new`, a profile that does not exist is an empty one too.
pub fn load(name: Option<&str>, may_be_new: bool) -> Result<Loaded, Error> {
    let path = match paths::config_file() {
        Ok(path) => path,
        // Without a home folder there is no configuration file, which is an error only if a profile is named.
        Err(_) if name.is_none() => return Ok(Loaded::default()),
        Err(e) => return Err(e),
    };
    let Read { file, is_exposed, .. } = read(&path)?;
    let Some(name) = name.map(str::to_owned).or(file.default_profile) else {
        return Ok(Loaded { file: path, ..Loaded::default() });
    };
    let profile = match file.profiles.get(&name) {
        Some(profile) => profile.clone(),
        None if may_be_new => Profile::default(),
        None => {
            let known = file.profiles.keys().cloned().collect();
            return Err(Error::NoProfile { name, path: path.display().to_string(), known });
        }
    };
    if profile.holds_a_secret() && is_exposed {
        return Err(Error::Exposed { path: path.display().to_string() });
    }
    Ok(Loaded { profile, name: Some(name), file: path })
}

/// All aliases, by name. There are none without a file.
pub fn aliases() -> Result<Vec<Alias>, Error> {
    match paths::config_file() {
        Ok(path) => Ok(read(&path)?.aliases),
        Err(_) => Ok(Vec::new()),
    }
}

/// The alias with this name.
pub fn alias(name: &str) -> Result<Option<Alias>, Error> {
    Ok(aliases()?.into_iter().find(|alias| alias.name == name))
}

/// The aliases of a file with this text.
fn aliases_of(file: &File, path: &str, text: &str) -> Vec<Alias> {
    let aliases = file.aliases.iter().map(|(name, value)| Alias {
        name: name.clone(),
        text: value.get_ref().clone(),
        path: path.to_owned(),
        line: line(text, value.span().start),
    });
    aliases.collect()
}

/// The configuration file as it was read.
pub struct Read {
    pub file: File,
    pub aliases: Vec<Alias>,
    /// Whether other users can read it.
    pub is_exposed: bool,
}

/// Reads the configuration file. A missing file is an empty one.
pub fn read(path: &Path) -> Result<Read, Error> {
    let shown = path.display().to_string();
    let mut is_exposed = false;
    let mut aliases = Vec::new();
    let file = match open(path) {
        Ok((metadata, text)) => {
            is_exposed = private::is_exposed(&metadata);
            trust::check(&metadata).map_err(|why| Error::Untrusted { path: shown.clone(), why })?;
            let text = text::without_mark(&text);
            let file = toml::from_str::<File>(text).map_err(|error| wrong(&error, text, &shown))?;
            aliases = aliases_of(&file, &shown, text);
            file
        }
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => File::default(),
        Err(source) => return Err(Error::Read { path: shown, source: source.into() }),
    };
    Ok(Read { file, aliases, is_exposed })
}

fn open(path: &Path) -> io::Result<(Metadata, String)> {
    let file = std::fs::File::open(path)?;
    Ok((file.metadata()?, io::read_to_string(file)?))
}

/// The number of the line with this byte of a text.
fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The error for a file that is not as it should be, with the line number. The parser's own message shows the line, which
/// may contain a token.
fn wrong(error: &toml::de::Error, text: &str, path: &str) -> Error {
    let line = line(text, error.span().map_or(0, |span| span.start));
    let message = error.message();
    // serde names the unknown field and all others: unknown field `guidl`, expected one of `token`, `guild`
    match message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected ")) {
        Some((name, known)) => {
            let meant = closest(name, known.split('`').skip(1).step_by(2)).map(str::to_owned);
            Error::Setting { path: path.to_owned(), line, name: name.to_owned(), meant }
        }
        None => Error::Syntax { path: format!("{path}, line {line}"), message: message.to_owned() },
    }
}
