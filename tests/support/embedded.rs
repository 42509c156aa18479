//! A sandbox in the process of the test, which can control it directly.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dcord::sandbox::gateway::Dispatch;
use dcord::sandbox::{Identity, Options, Sandbox};
use serde_json::Value;

use super::{Bounded, Outcome, World};

/// A sandbox and a world that uses it as Discord, with its state in the folder `state` and its cache in `cache`.
pub struct Embedded {
    pub runtime: tokio::runtime::Runtime,
    pub sandbox: Sandbox,
    world: World,
}

impl Embedded {
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let mut world = World::new();
        let folders = [("DCORD_STATE_DIR", "state"), ("DCORD_CACHE_DIR", "cache")];
        folders.into_iter().for_each(|(name, folder)| world.set(name, world.path(folder)));
        let identity = sandbox.identity();
        world.set("DCORD_API_URL", &identity.api_url);
        world.set("DCORD_TOKEN", identity.token.expose());
        world.secret(identity.token.expose());
        Self { runtime, sandbox, world }
    }

    /// Starts a sandbox with rate limits in the format of `--limit`.
    pub fn limited(limits: &[&str]) -> Self {
        Self::with(Options { limits: limits.iter().map(|limit| (*limit).to_owned()).collect(), ..Options::default() })
    }

    pub fn identity(&self) -> &Identity {
        self.sandbox.identity()
    }

    pub fn channel(&self) -> String {
        self.identity().channel_id.to_string()
    }

    pub fn guild(&self) -> String {
        self.identity().guild_id.to_string()
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.world.set(name, value);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.world.path(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.world.command();
        command.args(args);
        command
    }

    /// Runs the binary until it exits.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.finish(self.command(args))
    }

    /// Runs a command of [`Embedded::command`] until it exits.
    pub fn finish(&self, command: Command) -> Outcome {
        self.world.finish(command, None)
    }

    /// Runs the binary on a terminal of that width, as [`World::show`] does.
    pub fn show(&self, columns: u16, args: &[&str]) -> Outcome {
        self.world.show(columns, args)
    }

    /// Runs a command of [`Embedded::command`] on a terminal of that width.
    pub fn show_command(&self, columns: u16, command: Command) -> Outcome {
        self.world.show_command(columns, command, "")
    }

    pub fn listen(&self, args: &[&str]) -> Bounded {
        let mut command = self.command(&["listen"]);
        Bounded::spawn(command.args(args).stdout(Stdio::piped()).stderr(Stdio::inherit()))
    }

    /// Sends an event of the guild to its listeners.
    pub fn dispatch(&self, name: &'static str, data: Value) {
        let guild_id = Some(self.identity().guild_id);
        self.sandbox.hub().dispatch(Dispatch { name: name.into(), guild_id, data });
    }

    pub fn stop(self) {
        self.runtime.block_on(self.sandbox.stop());
    }
}

/// Returns the result of SQLite's integrity check, `ok` for an undamaged file.
pub fn integrity(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// Returns the command with a maximum file size, in blocks of 512 bytes, which acts like a full disk.
pub fn on_full_disk(command: &Command, blocks: u32) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).arg("-c");
    // With the signal ignored, a write beyond the maximum fails instead.
    shell.arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args());
    shell
}
