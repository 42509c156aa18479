//! The folders of dcord's files, which follow the conventions of the platform.

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

/// The folder of `limits.db` and `state.db`.
pub fn state_dir() -> Result<PathBuf, Error> {
    if let Some(dir) = env::get("DCORD_STATE_DIR") {
        return Ok(dir.into());
    }
    let project = project().ok_or(Error::NoHome("what must last"))?;
    // Not every platform separates state from data.
    Ok(project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned())
}

/// The folder of `cache.db`, which may be deleted at any time.
pub fn cache_dir() -> Result<PathBuf, Error> {
    if let Some(dir) = env::get("DCORD_CACHE_DIR") {
        return Ok(dir.into());
    }
    project().map(|p| p.cache_dir().to_owned()).ok_or(Error::NoHome("the cache"))
}
