//! From an error to what a person reads, what a program reads, and the exit status. One table.

use serde_json::{Value, json};

use crate::model::redact::redact;
use crate::{cli, config, filter, gateway, output, rest};

/// Exit statuses; README and `dcord help exit-codes` list them.
pub mod exit {
    pub const DONE: u8 = 0;
    pub const OTHER: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const NO_TOKEN: u8 = 4;
    pub const FORBIDDEN: u8 = 5;
    pub const NOT_FOUND: u8 = 6;
    pub const RATE_LIMITED: u8 = 7;
    pub const NETWORK: u8 = 8;
    pub const INVALID: u8 = 9;
    pub const REFUSED: u8 = 10;
    pub const INTERRUPTED: u8 = 130;
    pub const TERMINATED: u8 = 143;
}

/// What dcord itself refuses to do.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{command} cannot be undone, and nobody is there to confirm it")]
    Unconfirmed { command: String },
    #[error("{command} was not confirmed; nothing was sent")]
    Declined { command: String },
    #[error("the profile is read-only, and this would send {method}")]
    ReadOnly { method: &'static str },
    #[error("{command} needs {needs}, and the token is {given}")]
    TokenType { command: String, needs: &'static str, given: &'static str },
}

/// An error, ready to be shown.
#[derive(Debug)]
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
    fn new(exit: u8, kind: &'static str, error: impl std::fmt::Display, hint: Option<String>) -> Self {
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
}

/// What to show of an error; `None` where there is nothing to say, as when a pipe was closed.
pub fn report(error: &anyhow::Error) -> Option<Report> {
    for cause in error.chain() {
        if let Some(e) = cause.downcast_ref::<output::Error>() {
            return of_output(e);
        }
        if let Some(e) = cause.downcast_ref::<cli::Error>() {
            return Some(of_cli(e));
        }
        if let Some(e) = cause.downcast_ref::<rest::Error>() {
            return Some(of_rest(e));
        }
        if let Some(e) = cause.downcast_ref::<gateway::Error>() {
            return Some(of_gateway(e));
        }
        if let Some(e) = cause.downcast_ref::<config::Error>() {
            return Some(of_config(e));
        }
        if let Some(e) = cause.downcast_ref::<Refused>() {
            return Some(of_refused(e));
        }
        if cause.is::<filter::jq::Error>() || cause.is::<filter::fields::Error>() || cause.is::<output::format::UnknownFormat>()
        {
            return Some(Report::new(exit::USAGE, "usage", cause, None));
        }
    }
    Some(Report::new(exit::OTHER, "other", format!("{error:#}"), None))
}

fn of_cli(error: &cli::Error) -> Report {
    let (exit, kind) = match error {
        cli::Error::Invalid(_) | cli::Error::TooLarge { .. } => (exit::INVALID, "invalid"),
        _ => (exit::USAGE, "usage"),
    };
    Report::new(exit, kind, error, error.hint())
}

fn of_config(error: &config::Error) -> Report {
    let (exit, kind) = match error {
        config::Error::NoToken | config::Error::Token { .. } => (exit::NO_TOKEN, "no-token"),
        config::Error::Value { .. } | config::Error::NoProfile { .. } => (exit::USAGE, "usage"),
        _ => (exit::OTHER, "config"),
    };
    Report::new(exit, kind, error, error.hint())
}

fn of_output(error: &output::Error) -> Option<Report> {
    let hint = error.hint().map(str::to_owned);
    match error {
        output::Error::Closed => None,
        e if e.is_usage() => Some(Report::new(exit::USAGE, "usage", e, hint)),
        e => Some(Report::new(exit::OTHER, "output", e, hint)),
    }
}

fn of_refused(error: &Refused) -> Report {
    let hint = match error {
        Refused::Unconfirmed { .. } => Some("add --yes to do it, or --dry-run to see it".to_owned()),
        Refused::Declined { .. } => None,
        Refused::ReadOnly { .. } => Some("use another --profile".to_owned()),
        Refused::TokenType { .. } => {
            let hint = "give the other token with --token-file, and say what it is with --token-type";
            return Report::new(exit::NO_TOKEN, "token-type", error, Some(hint.to_owned()));
        }
    };
    Report::new(exit::REFUSED, "refused", error, hint)
}
