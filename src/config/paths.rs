//! Where dcord keeps its files, by the platform's conventions.

use std::path::PathBuf;

use directories::ProjectDirs;

use super::{Error, env};

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "dcord")
}

/// The folder of `config.toml`.
pub fn config_dir() -> Result<PathBuf, Error> {
    if let Some(dir) = env::get("DCORD_CONFIG_DIR") {
        return Ok(dir.into());
    }
    project().map(|p| p.config_dir().to_owned()).ok_or(Error::NoHome("config.toml"))
}

/// `config.toml`.
pub fn config_file() -> Result<PathBuf, Error> {
    Ok(config_dir()?.join("config.toml"))
}
