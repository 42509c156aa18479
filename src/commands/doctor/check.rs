//! A check and its result.

use serde_json::{Value, json};

use crate::error::{self, Peer};
use crate::model::wrap::wrap;
use crate::output::clean;

/// The result of a check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok,
    /// Something is unusual, or is missing but not required.
    Warning,
    Failed,
    /// The check was not done.
    Skipped,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// The escape code of its colour.
    const fn color(self) -> &'static str {
        match self {
            Self::Ok => "\x1b[32m",
            Self::Warning => "\x1b[33m",
            Self::Failed => "\x1b[31m",
            Self::Skipped => "\x1b[2m",
        }
    }
}

/// A check and its result.
pub struct Check {
    pub name: &'static str,
    pub status: Status,
    pub detail: String,
    pub fix: Option<String>,
}

impl Check {
    pub fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), fix: None }
    }

    pub fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self { status: Status::Skipped, ..Self::ok(name, why) }
    }

    pub fn warning(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Warning, fix: Some(fix.into()), ..Self::ok(name, detail) }
    }

    pub fn failed(name: &'static str, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self { status: Status::Failed, fix, ..Self::ok(name, detail) }
    }

    /// The check that failed with this error, which contains its own hint.
    pub fn error(name: &'static str, error: &error::Error, peer: &Peer) -> Self {
        match error::report(error, peer) {
            Some(report) => Self::failed(name, report.line(), report.hint),
            None => Self::failed(name, error.to_string(), None),
        }
    }

    /// The check as lines for people: its result, and below it how to fix a problem. Nothing is cut, because the fix may be a
    /// command to copy.
    pub fn lines(&self, color: bool, width: usize) -> String {
        const STATUS: usize = 8;
        const NAME: usize = 15;
        let indent = STATUS + NAME;
        let mut lines = String::new();
        let parts = [("", Some(&self.detail)), ("fix: ", self.fix.as_ref())];
        for (n, (label, text)) in parts.into_iter().enumerate() {
            let Some(text) = text else { continue };
            let text = clean::text(text);
            let wrapped =
                text.lines().flat_map(|line| wrap(&format!("{label}{line}"), width.saturating_sub(indent).max(20)));
            for (at, line) in wrapped.enumerate() {
                match (n, at) {
                    (0, 0) => {
                        let status = format!("{:STATUS$}", self.status.name());
                        let status = if color { format!("{}{status}\x1b[0m", self.status.color()) } else { status };
                        lines += &format!("{status}{:NAME$}{line}\n", self.name);
                    }
                    _ => lines += &format!("{:indent$}{line}\n", ""),
                }
            }
        }
        lines
    }

    pub fn row(&self) -> Value {
        json!({"check": self.name, "status": self.status.name(), "detail": self.detail, "fix": self.fix})
    }
}
