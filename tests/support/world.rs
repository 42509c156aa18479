//! A separate home for each test: folders, an environment, and the binary in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use super::{HANGS, Recorder, terminal};

/// The token of every world, in the format of a bot token.
pub const TOKEN: &str = "MTE3OTU4ODQ3Mjk5MTE3MDYz.GsEcRt.abcdefghijklmnopqrstuvwxyz0123456789AB";
pub const WEBHOOK_ID: &str = "700000000000000007";
pub const WEBHOOK_TOKEN: &str = "wEbHoOk-SeCrEt_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

/// Nothing listens at this URL. A test that needs no server must not reach Discord either.
const NOWHERE: &str = "http://127.0.0.1:1";

/// An environment with only the variables and files that the test sets.
pub struct World {
    dir: tempfile::TempDir,
    env: BTreeMap<String, OsString>,
    /// Texts that no run may print.
    secrets: Mutex<Vec<String>>,
    /// Texts that snapshots show under a name.
    names: Vec<(String, &'static str)>,
}

impl World {
    /// Returns a world with a bot token and without a server.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut env = BTreeMap::new();
        for (name, folder) in
            [("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache")]
        {
            let path = dir.path().join(folder);
            fs::create_dir(&path).unwrap();
            env.insert(name.to_owned(), path.into());
        }
        #[expect(clippy::disallowed_methods, reason = "a test hands on the one variable that programs are found by")]
        let path = std::env::var_os("PATH").unwrap();
        env.insert("PATH".to_owned(), path);
        env.insert("DCORD_TOKEN".to_owned(), TOKEN.into());
        env.insert("DCORD_API_URL".to_owned(), NOWHERE.into());
        env.insert("TZ".to_owned(), "UTC".into());
        let names = vec![(dir.path().display().to_string(), "[world]")];
        let secrets = [TOKEN, WEBHOOK_TOKEN].map(str::to_owned).into();
        Self { dir, env, secrets: Mutex::new(secrets), names }
    }

    /// Returns a world that uses this server as Discord.
    pub fn at(server: &Recorder) -> Self {
        Self::new().named(&server.address(), "[server]").env("DCORD_API_URL", server.url())
    }

    /// Shows a text under a name in snapshots.
    pub fn named(mut self, text: &str, name: &'static str) -> Self {
        self.names.push((text.to_owned(), name));
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.set(name, value);
        self
    }

    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.env.insert(name.to_owned(), value.as_ref().to_owned());
    }

    pub fn without(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// Adds a text that no run may print.
    pub fn secret(&self, text: &str) {
        self.secrets.lock().unwrap().push(text.to_owned());
    }

    /// Returns a path in the world's own folder, which is deleted with the world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the world and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// Writes `config.toml` with those permissions.
    pub fn config(&self, text: &str, mode: u32) -> PathBuf {
        let path = PathBuf::from(self.file("config/dcord/config.toml", text));
        set_mode(&path, mode);
        path
    }

    /// Returns the binary in this world, for runs that need more than [`World::run`].
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dcord"));
        command.env_clear().envs(&self.env).current_dir(self.dir.path());
        command
    }

    /// Runs a script in this world, with the binary as `$DCORD`.
    pub fn shell(&self, script: &str) -> Outcome {
        let mut command = Command::new("/bin/sh");
        command.env_clear().envs(&self.env).current_dir(self.dir.path());
        command.env("DCORD", env!("CARGO_BIN_EXE_dcord")).args(["-c", script]);
        self.finish(command, None)
    }

    /// Runs the binary until it exits.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Outcome {
        let mut command = self.command();
        command.args(args);
        self.finish(command, None)
    }

    /// Runs the binary with a text on standard input.
    pub fn run_with<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, stdin: impl AsRef<[u8]>) -> Outcome {
        let mut command = self.command();
        command.args(args);
        self.finish(command, Some(stdin.as_ref()))
    }

    /// Runs a command until it exits, and checks that it revealed no secret.
    pub fn finish(&self, command: Command, stdin: Option<&[u8]>) -> Outcome {
        let mut command = assert_cmd::Command::from_std(command);
        command.timeout(HANGS).write_stdin(stdin.unwrap_or_default());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(e) => format!("{:?}", e.into_bytes()),
        };
        let outcome = Outcome {
            status: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            names: self.names.clone(),
        };
        self.keep_secrets(&outcome);
        outcome
    }

    /// Runs the binary on a terminal of that width. Everything that it wrote to stdout and stderr, in order and
    /// with escape codes, is the outcome's `stdout`.
    pub fn show<S: AsRef<OsStr>>(&self, columns: u16, args: impl IntoIterator<Item = S>) -> Outcome {
        let mut command = self.command();
        command.args(args);
        self.show_command(columns, command, "")
    }

    /// Runs a command of [`World::command`] on a terminal, with input that is typed before the command reads it.
    pub fn show_command(&self, columns: u16, command: Command, typed: &str) -> Outcome {
        let (status, stdout) = terminal::run(command, columns, typed.as_bytes());
        let outcome = Outcome { status, stdout, stderr: String::new(), names: self.names.clone() };
        self.keep_secrets(&outcome);
        outcome
    }

    /// Checks that no secret is in the output, nor in the files of the world.
    fn keep_secrets(&self, outcome: &Outcome) {
        for secret in self.secrets.lock().unwrap().iter() {
            assert!(!outcome.stdout.contains(secret), "stdout shows {secret}:\n{outcome}");
            assert!(!outcome.stderr.contains(secret), "stderr shows {secret}:\n{outcome}");
            for folder in ["home", "state", "cache", "log"] {
                scan(&self.path(folder), secret);
            }
        }
    }
}

/// Checks that no file in the folder contains the secret.
fn scan(folder: &Path, secret: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scan(&path, secret);
        } else if let Ok(bytes) = fs::read(&path) {
            let found = memchr::memmem::find(&bytes, secret.as_bytes());
            assert!(found.is_none(), "{} holds {secret}", path.display());
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// How a run ended and what it printed. Its display form replaces values that vary between runs by names.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status, or `None` if a signal ended the process.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    names: Vec<(String, &'static str)>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = match self.status {
            Some(status) => format!("exit: {status}\n"),
            None => "killed\n".to_owned(),
        };
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if stream.is_empty() {
                continue;
            }
            text.push_str(&format!("--- {name}\n{stream}"));
            if !stream.ends_with('\n') {
                text.push_str("(no line break)\n");
            }
        }
        for (found, name) in &self.names {
            text = text.replace(found, name);
        }
        f.write_str(&without_nonce(&text))
    }
}

/// Hides the nonce of a message, which is random.
pub fn without_nonce(text: &str) -> String {
    // The second form is quoted for a shell.
    const BEFORE: [&str; 2] = [r#""nonce":""#, r#"\"nonce\":\""#];
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = BEFORE.iter().filter_map(|b| Some(rest.find(b)? + b.len())).min() {
        let (before, after) = rest.split_at(at);
        let length = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        shown.push_str(before);
        shown.push_str(if length == 25 { "[nonce]" } else { &after[..length] });
        rest = &after[length..];
    }
    shown + rest
}
