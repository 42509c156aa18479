//! A check and its result.

use serde_json::{Value, json};

use crate::error::{self, Peer};

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

    pub fn row(&self) -> Value {
        json!({"check": self.name, "status": self.status.name(), "detail": self.detail, "fix": self.fix})
    }
}
