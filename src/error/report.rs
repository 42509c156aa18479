//! An error as it is shown.

use serde_json::{Value, json};

use super::exit;
use crate::model::redact::redact;
use crate::output::Console;
use crate::rest;

/// An error, ready to be shown.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.line())]
pub struct Report {
    pub exit: u8,
    pub kind: &'static str,
    pub message: String,
    pub hint: Option<String>,
    /// Discord's part, if Discord said something.
    pub status: Option<u16>,
    pub code: Option<i64>,
    pub fields: Vec<rest::FieldError>,
    /// Seconds.
    pub retry_after: Option<f64>,
}

impl Report {
    pub fn new(exit: u8, kind: &'static str, error: impl std::fmt::Display, hint: Option<String>) -> Self {
        Self {
            exit,
            kind,
            message: redact(&error.to_string()).into_owned(),
            hint,
            status: None,
            code: None,
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// One line, with the fields Discord refused behind it.
    pub fn line(&self) -> String {
        let mut line = self.message.clone();
        for (i, field) in self.fields.iter().enumerate() {
            line.push_str(if i == 0 { ": " } else { "; " });
            if !field.path.is_empty() {
                line.push_str(&field.path);
                line.push_str(": ");
            }
            line.push_str(field.message.trim_end_matches('.'));
        }
        line
    }

    /// Writes it to stderr: as text, or as a JSON object where that was asked for.
    pub fn show(&self, console: &Console) {
        if console.options().json_errors {
            console.json_error(self.json());
        } else {
            console.error(self.line(), self.hint.as_slice());
        }
    }

    /// The object of design's "Output".
    pub fn json(&self) -> Value {
        let fields: Vec<_> =
            self.fields.iter().map(|f| json!({"path": f.path, "code": f.code, "message": f.message})).collect();
        json!({"error": {
            "kind": self.kind,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "fields": fields,
            "hint": self.hint,
            "retry_after": self.retry_after,
        }})
    }

    /// A command that Discord has taken away, and what there is in its place.
    pub fn of_removed(words: &[String], instead: &str) -> Self {
        let name = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
        Self::new(exit::USAGE, "usage", format!("Discord has removed {name}"), Some(instead.to_owned()))
    }

    /// What clap refused, in dcord's shape: one line, and its tips as hints.
    pub fn of_clap(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let mut message = String::new();
        let mut hints = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(tip) = line.strip_prefix("tip: ") {
                hints.push(tip.to_owned());
            } else if line.starts_with("Usage:") || line.starts_with("For more information") {
                break;
            } else if !line.is_empty() {
                if !message.is_empty() {
                    message.push(' ');
                }
                message.push_str(line.strip_prefix("error: ").unwrap_or(line));
            }
        }
        let hint = if hints.is_empty() { "--help lists what there is".to_owned() } else { hints.join("; ") };
        Self::new(exit::USAGE, "usage", message, Some(hint))
    }
}
