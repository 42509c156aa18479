//! A sandbox in its own process, as users run it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::World;

/// A `dcord sandbox serve` process, which ends when this is dropped.
pub struct Sandbox {
    child: Child,
    identity: Value,
}

impl Sandbox {
    pub fn serve(args: &[&str]) -> Self {
        let mut command = World::new().command();
        let mut child = command
            .args(["sandbox", "serve", "-q"])
            .args(args)
            // The folder of its world is deleted when this function returns.
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let identity = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        Self { child, identity }
    }

    /// Returns a value from the sandbox's first line, such as `channel_id`.
    pub fn value(&self, name: &str) -> &str {
        self.identity[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.identity))
    }

    /// Returns a world that uses this sandbox as Discord.
    pub fn world(&self) -> World {
        let url = url::Url::parse(self.value("api_url")).unwrap();
        let address = &url[url::Position::BeforeHost..url::Position::AfterPort];
        World::new()
            .named(address, "[server]")
            .env("DCORD_API_URL", url.as_str())
            .env("DCORD_TOKEN", self.value("token"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
