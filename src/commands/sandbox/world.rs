//! The environment and the folders of a command that runs with a sandbox.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use crate::config::env;
use crate::sandbox::Identity;

/// A temporary folder for the command's state, configuration and cache. Dropping this removes it.
pub struct Home(PathBuf);

impl Home {
    /// Creates the folder, which contains a link to this program named `dcord`.
    pub fn make() -> anyhow::Result<Self> {
        let parent = std::env::temp_dir();
        let failed = || format!("cannot create a folder in {}, which TMPDIR names if it is set", parent.display());
        Self::make_in(&parent).with_context(failed)
    }

    fn make_in(parent: &Path) -> io::Result<Self> {
        const NAME_LENGTH: usize = 12;
        let name: String = std::iter::repeat_with(fastrand::alphanumeric).take(NAME_LENGTH).collect();
        let path = parent.join(format!("dcord-sandbox-{name}"));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let home = Self(path);
        builder.create(home.bin())?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(std::env::current_exe()?, home.bin().join("dcord"))?;
        #[cfg(not(unix))]
        std::fs::copy(std::env::current_exe()?, home.bin().join("dcord.exe"))?;
        Ok(home)
    }

    fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // The system cleans up its temporary folder if this fails.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Variables that would make the command use another token, profile or server.
const FOREIGN: &[&str] =
    &["DISCORD_TOKEN", "DISCORD_BOT_TOKEN", "DISCORD_WEBHOOK_URL", "DCORD_TOKEN_TYPE", "DCORD_PROFILE"];

/// The variables that direct a command to the sandbox, and that contain the ids of its first objects.
pub fn variables(identity: &Identity) -> [(&'static str, String); 8] {
    [
        ("DCORD_API_URL", identity.api_url.clone()),
        ("DCORD_TOKEN", identity.token.expose().to_owned()),
        ("DCORD_GUILD", identity.guild_id.to_string()),
        ("DCORD_CHANNEL", identity.channel_id.to_string()),
        ("DCORD_USER", identity.user_id.to_string()),
        ("DCORD_WEBHOOK_URL", identity.webhook_url.clone()),
        ("DCORD_INTERACTION", identity.interaction_id.to_string()),
        ("DCORD_INTERACTION_TOKEN", identity.interaction_token.to_string()),
    ]
}

/// Directs a command to the sandbox, and makes this program available to it as `dcord`.
pub fn furnish(command: &mut Command, identity: &Identity, home: &Home) -> anyhow::Result<()> {
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
        .envs(variables(identity))
        .env("DCORD_CONFIG_DIR", home.folder("config"))
        .env("DCORD_STATE_DIR", home.folder("state"))
        .env("DCORD_CACHE_DIR", home.folder("cache"))
        .env("PATH", path(&home.bin())?);
    Ok(())
}

/// The PATH with this folder at the beginning.
fn path(first: &Path) -> Result<OsString, std::env::JoinPathsError> {
    let rest = env::get("PATH").unwrap_or_default();
    std::env::join_paths([first.to_owned()].into_iter().chain(std::env::split_paths(&rest)))
}
