//! Configuration: flag over environment over profile over default, merged in one place.
//!
//! `env` is the only reader of the environment, `profile` reads `config.toml`, and `settings` merges.

pub mod env;
pub mod paths;
pub mod profile;
pub mod secret;
pub mod settings;

pub use secret::SecretSource;
pub use settings::{Flags, Settings};

use crate::model::trust::Untrusted;

/// An error in the configuration.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: std::sync::Arc<std::io::Error> },
    #[error("{path}: {message}")]
    Syntax { path: String, message: String },
    #[error("there is no profile {name:?} in {path}")]
    NoProfile { name: String, path: String },
    #[error("{path} holds a secret and others can read it")]
    Exposed { path: String },
    #[error("{path} {why}, who could have any command run as the token command")]
    Untrusted { path: String, why: Untrusted },
    #[error("{name}: {text:?} is not {wanted}")]
    Value { name: String, text: String, wanted: &'static str },
    #[error("no token is given")]
    NoToken,
    #[error("{origin}: {source}")]
    Token { origin: String, source: crate::model::token::BadToken },
    #[error("{what}: {name} is not set, or empty")]
    Unset { what: String, name: String },
    #[error("the token command {program:?} failed: {reason}")]
    Command { program: String, reason: String },
    #[error("no home folder is known, so there is no place for {0}")]
    NoHome(&'static str),
}

impl Error {
    /// How to fix the error, for people.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoToken => {
                "set DCORD_TOKEN, or give --token-file PATH; `dcord sandbox run -- CMD` needs no account".to_owned()
            }
            Self::Unset { name, .. } => format!("export {name}: it is looked for in the environment"),
            Self::Exposed { path } => format!("chmod 600 {path}"),
            Self::Untrusted { path, why: Untrusted::Foreign } => format!("chown \"$USER\" {path}"),
            Self::Untrusted { path, .. } => format!("chmod go-w {path}"),
            Self::NoProfile { .. } => "profiles are the [profiles.NAME] tables of config.toml".to_owned(),
            Self::NoHome(_) => "set HOME, or DCORD_CONFIG_DIR".to_owned(),
            _ => return None,
        })
    }
}
