//! Merges the configuration: a flag overrides the environment, which overrides the profile, which overrides the default.
//!
//! `env` reads the environment, `profile` reads `config.toml`, and `settings` merges them with the flags.

pub mod alias;
pub mod edit;
pub mod env;
pub mod grant;
pub mod keyring;
pub mod paths;
pub mod profile;
pub mod secret;
pub mod settings;
pub mod token;

pub use secret::SecretSource;
pub use settings::{Flags, Settings};
pub use token::TokenSource;

use crate::model::shell;
use crate::model::trust::Untrusted;

/// An error in the configuration.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {}", crate::model::fault::words(.source))]
    Read { path: String, source: std::sync::Arc<std::io::Error> },
    /// `what` is the option or argument that names the file.
    #[error("{what}: cannot read {path}: {}", crate::model::fault::words(.source))]
    ReadGiven { what: String, path: String, source: std::sync::Arc<std::io::Error> },
    #[error("{path}: {message}")]
    Syntax { path: String, message: String },
    #[error("{path}, line {line}: no setting named {name:?}{}", suggestion(.meant.as_ref()))]
    Setting { path: String, line: usize, name: String, meant: Option<String> },
    /// A value in the profile is wrong.
    #[error("the profile {profile:?}: {source} ({path})")]
    InProfile { profile: String, path: String, source: Box<Self> },
    #[error("no profile named {name:?} in {path}")]
    NoProfile { name: String, path: String, known: Vec<String> },
    #[error("{path} contains a secret, but other users can read it")]
    Exposed { path: String },
    #[error("{path} {why}, so another user could change the token command")]
    Untrusted { path: String, why: Untrusted },
    #[error("{name}: {text:?} is not {wanted}")]
    Value { name: String, text: String, wanted: &'static str },
    #[error("{key}: {text:?} matches no command{}", suggestion(.meant.as_ref()))]
    Pattern { key: String, text: String, meant: Option<String> },
    #[error("{path}, line {line}: the alias {name:?} cannot be used: {why}")]
    Alias { path: String, line: usize, name: String, why: alias::Broken },
    #[error("no token is set")]
    NoToken,
    #[error("{origin}: {source}")]
    Token { origin: String, source: crate::model::token::BadToken },
    #[error("{what}: the variable {name} is empty or not set")]
    Unset { what: String, name: String },
    #[error("the token command {program:?} failed: {reason}")]
    Command { program: String, reason: String },
    #[error("the system keyring failed: {reason}")]
    Keyring { reason: String },
    #[error("cannot get an access token: {reason}")]
    Grant { reason: String },
    #[error("cannot write {path}: {}", crate::model::fault::words(.source))]
    Write { path: String, source: std::sync::Arc<std::io::Error> },
    #[error("{path} is a symbolic link, and dcord does not write through links")]
    Linked { path: String },
    #[error("the profile {profile:?} takes its token from {key}, which dcord did not store")]
    OtherSource { profile: String, key: &'static str, path: String },
    #[error("cannot find the home folder, which contains {0}")]
    NoHome(&'static str),
}

/// `; did you mean "guild"?`
fn suggestion(name: Option<&String>) -> String {
    name.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

impl Error {
    /// Adds the profile and its file to an error about one of its values.
    pub fn in_profile(self, profile: Option<&str>, file: &std::path::Path) -> Self {
        match profile {
            None => self,
            Some(profile) => Self::InProfile {
                profile: profile.to_owned(),
                path: file.display().to_string(),
                source: Box::new(self),
            },
        }
    }

    /// The error for an alias that cannot be used.
    pub fn of_alias(alias: &alias::Alias, why: alias::Broken) -> Self {
        Self::Alias { path: alias.path.clone(), line: alias.line, name: alias.name.clone(), why }
    }

    /// How to fix the error, for people.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoToken => {
                "run `dcord auth login`, or set DCORD_TOKEN; to try dcord without an account, use `dcord sandbox run -- COMMAND`".to_owned()
            }
            Self::Unset { name, .. } => format!("set it: export {name}=…"),
            Self::Exposed { path } => format!("make it private: chmod 600 {path}"),
            Self::Untrusted { path, why: Untrusted::Foreign } => format!("make it yours: chown \"$USER\" {path}"),
            Self::Untrusted { path, .. } => format!("allow only yourself to write it: chmod go-w {path}"),
            Self::NoProfile { name, known, .. } if known.is_empty() => {
                format!("there are no profiles yet; to create this one: dcord auth login --profile {}", shell::word(name))
            }
            Self::NoProfile { known, .. } => format!("the profiles are {}", known.join(", ")),
            Self::Keyring { .. } => {
                "unlock the keyring, or store the token elsewhere: `dcord auth login --store config`".to_owned()
            }
            Self::Grant { .. } => "run `dcord auth login --oauth` again".to_owned(),
            Self::Linked { path } => format!("edit the file that {path} points to yourself"),
            Self::OtherSource { key, path, .. } => {
                format!(
                    "`auth login` and `auth logout` change only tokens that dcord stored; remove {key} from {path}, or name \
                     another profile with --profile"
                )
            }
            Self::Setting { .. } => "`dcord help profiles` lists the settings".to_owned(),
            Self::InProfile { source, .. } => return source.hint(),
            Self::Pattern { meant: None, .. } => {
                "write the words of a command with a dot, such as \"message.send\" or \"message.*\"; `dcord endpoints` \
                 lists the commands"
                    .to_owned()
            }
            Self::NoHome(_) => "set HOME, or DCORD_CONFIG_DIR".to_owned(),
            _ => return None,
        })
    }
}
