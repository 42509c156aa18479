//! The sources of the token, in the order in which dcord tries them.

use std::fmt;
use std::path::{Path, PathBuf};

use super::grant::GrantPlace;
use super::profile::HiddenText;
use super::settings::{expand_home, pick};
use super::{Error, Settings, env, keyring, secret};
use crate::model::{Secret, Token, TokenType};

/// The variables of the token; the first one that is set wins.
pub const VARIABLES: [&str; 3] = ["DCORD_TOKEN", "DISCORD_TOKEN", "DISCORD_BOT_TOKEN"];

/// A source of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// `--token-file`
    Flag(PathBuf),
    Variable(&'static str),
    /// `token` in the profile.
    Profile,
    /// `token_file` in the profile.
    File(PathBuf),
    /// `token_env` in the profile.
    ProfileVariable(String),
    /// `token_command` in the profile.
    Command(Vec<String>),
    /// `token_keyring` in the profile: the name of the entry.
    Keyring(String),
    /// `token_oauth` in the profile: an access token, which dcord renews.
    Grant(GrantPlace),
}

impl TokenSource {
    /// Whether the token can be read without another program, which may ask the user for a password, and without a request.
    const fn is_at_hand(&self) -> bool {
        !matches!(self, Self::Command(_) | Self::Keyring(_) | Self::Grant(_))
    }

    /// The key of the profile that names the source.
    pub const fn key(&self) -> Option<&'static str> {
        match self {
            Self::Flag(_) | Self::Variable(_) => None,
            Self::Profile => Some("token"),
            Self::File(_) => Some("token_file"),
            Self::ProfileVariable(_) => Some("token_env"),
            Self::Command(_) => Some("token_command"),
            Self::Keyring(_) => Some("token_keyring"),
            Self::Grant(_) => Some("token_oauth"),
        }
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(path) => write!(f, "--token-file {}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Profile => f.write_str("token in config.toml"),
            Self::File(path) => write!(f, "token_file {}", path.display()),
            Self::ProfileVariable(name) => write!(f, "token_env {name}"),
            Self::Command(command) => {
                write!(f, "token_command {}", command.first().map(String::as_str).unwrap_or_default())
            }
            Self::Keyring(name) => write!(f, "token_keyring {name}"),
            Self::Grant(place) => write!(f, "token_oauth {place}"),
        }
    }
}

impl Settings {
    /// The sources that are set, in the order in which dcord tries them. Only the first one is used.
    pub fn token_sources(&self) -> Vec<TokenSource> {
        let flag = self.flags.token_file.clone().map(TokenSource::Flag);
        // --profile means the token of that profile, even if a variable holds another one.
        let variables = VARIABLES.into_iter().filter(|name| self.flags.profile.is_none() && env::get(name).is_some());
        flag.into_iter().chain(variables.map(TokenSource::Variable)).chain(self.profile().token_sources()).collect()
    }

    fn token_source(&self) -> Option<TokenSource> {
        self.token_sources().into_iter().next()
    }

    /// The token, if it can be read without running another program.
    pub fn token_at_hand(&self) -> Result<Token, Error> {
        self.token_type()?;
        match self.token_source().filter(TokenSource::is_at_hand) {
            Some(source) => self.read_token(&source),
            None => Err(Error::NoToken),
        }
    }

    /// The token that another program or a request provides; `None` if there is no such source. Each call runs the program, or
    /// calls `granted` for the token of an OAuth2 authorization.
    pub fn token_on_request(
        &self,
        granted: impl FnOnce(&GrantPlace) -> Result<Token, Error>,
    ) -> Option<Result<Token, Error>> {
        let source = self.token_source().filter(|source| !source.is_at_hand())?;
        Some(match &source {
            TokenSource::Grant(place) => granted(place),
            source => self.read_token(source),
        })
    }

    fn read_token(&self, source: &TokenSource) -> Result<Token, Error> {
        let kind = self.token_type()?;
        let parse = |origin: &str, text: &str| {
            Token::parse(text, kind).map_err(|source| Error::Token { origin: origin.to_owned(), source })
        };
        let from_file = |path: &Path| {
            let text = secret::read_given("token_file", path).map_err(|error| self.in_profile(error))?;
            parse(&path.display().to_string(), &text)
        };
        match source {
            TokenSource::Flag(path) => parse(&path.display().to_string(), &secret::read_given("--token-file", path)?),
            TokenSource::File(path) => from_file(path),
            TokenSource::Variable(name) => parse(name, &env::get(name).unwrap_or_default()),
            TokenSource::Profile => {
                let text = self.profile().token.as_ref().map(|HiddenText(token)| token.expose());
                parse("the profile's token", text.unwrap_or_default())
            }
            TokenSource::ProfileVariable(name) => {
                let unset = || Error::Unset { what: "the profile's token".to_owned(), name: name.clone() };
                parse(name, &env::named(name).ok_or_else(unset)?)
            }
            TokenSource::Command(command) => parse("the token command's output", &run(command)?),
            TokenSource::Keyring(name) => parse("the token in the system keyring", keyring::get(name)?.expose()),
            TokenSource::Grant(place) => Token::parse(place.load()?.access_token.expose(), TokenType::Bearer)
                .map_err(|source| Error::Token { origin: place.to_string(), source }),
        }
    }

    /// The same settings with another token.
    pub fn with_token(&self, token: &Token) -> Self {
        let mut settings = self.clone();
        settings.flags.token_file = None;
        settings.flags.token_type = Some(token.kind.word().to_owned());
        // The profile's token has to win over a variable.
        settings.flags.profile = Some(self.profile_name().unwrap_or_default().to_owned());
        settings.set_token(Secret::new(token.expose()));
        settings
    }

    /// The environment variable that holds the token, or would.
    pub fn token_variable(&self) -> &'static str {
        match self.token_source() {
            Some(TokenSource::Variable(name)) => name,
            _ => VARIABLES[0],
        }
    }

    /// The type of the token.
    pub fn token_type(&self) -> Result<TokenType, Error> {
        let given = pick(&self.flags.token_type, "--token-type", "DCORD_TOKEN_TYPE");
        let is_given = given.is_some();
        let typed = given.or_else(|| self.profile().token_type.clone().map(|t| ("token_type".to_owned(), t)));
        match typed {
            None => Ok(TokenType::Bot),
            Some((_, text)) if text.eq_ignore_ascii_case("bot") => Ok(TokenType::Bot),
            Some((_, text)) if text.eq_ignore_ascii_case("bearer") => Ok(TokenType::Bearer),
            Some((name, text)) => {
                let error = Error::Value { name, text, wanted: "bot or bearer" };
                Err(if is_given { error } else { self.in_profile(error) })
            }
        }
    }
}

impl super::profile::Profile {
    /// The sources that the profile names, in the order in which dcord tries them.
    pub fn token_sources(&self) -> impl Iterator<Item = TokenSource> {
        [
            self.token.as_ref().map(|_| TokenSource::Profile),
            self.token_file.as_deref().map(|path| TokenSource::File(expand_home(path))),
            self.token_env.clone().map(TokenSource::ProfileVariable),
            self.token_command.clone().map(TokenSource::Command),
            self.token_keyring.clone().map(TokenSource::Keyring),
            self.token_oauth.as_deref().map(|place| TokenSource::Grant(GrantPlace::parse(place))),
        ]
        .into_iter()
        .flatten()
    }
}

/// Runs a program and returns the first line that it prints.
fn run(command: &[String]) -> Result<String, Error> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |reason: String| Error::Command { program: program.clone(), reason };
    let output = std::process::Command::new(&program)
        .args(command.get(1..).unwrap_or_default())
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|e| failed(e.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("its output is not text".to_owned()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
