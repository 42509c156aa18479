//! Errors in the form in which they are printed.

use serde_json::{Map, Value, json};

use super::exit;
use crate::model::redact::redact;
use crate::output::Console;
use crate::rest;

/// An error that is ready to be printed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.line())]
pub struct Report {
    pub exit: u8,
    pub kind: &'static str,
    pub message: String,
    /// How to fix it, one hint per line.
    pub hint: Option<String>,
    /// The HTTP status, if Discord answered.
    pub status: Option<u16>,
    pub code: Option<i64>,
    pub fields: Vec<rest::FieldError>,
    /// Seconds.
    pub retry_after: Option<f64>,
    /// Whether Discord may have carried out the failed request; `None` if the request changes nothing.
    pub sent: Option<Delivery>,
    /// The line of the input that it is about.
    pub of_line: Option<OfLine>,
}

/// A line of the input, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfLine {
    pub number: u64,
    pub text: String,
}

/// Whether Discord may have carried out a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    No,
    Maybe,
}

impl Delivery {
    const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Maybe => "maybe",
        }
    }
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
            sent: None,
            of_line: None,
        }
    }

    /// Adds a hint after the others.
    pub fn add_hint(&mut self, hint: &str) {
        self.hint = Some(self.hint.take().map_or_else(|| hint.to_owned(), |before| format!("{before}\n{hint}")));
    }

    /// The message on one line, followed by the fields that Discord rejected.
    pub fn line(&self) -> String {
        let mut line = match &self.of_line {
            Some(OfLine { number, text }) if text.is_empty() => format!("line {number}: {}", self.message),
            Some(OfLine { number, text }) => format!("line {number} ({}): {}", shortened(text), self.message),
            None => self.message.clone(),
        };
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

    /// Writes it to stderr.
    pub fn show(&self, console: &Console) {
        console.error(self.line(), self.hint.as_deref(), &self.members());
    }

    /// Writes it to stderr as a warning, whose message begins with these words.
    pub fn show_as_warning(&self, words: &str, console: &Console) {
        let report = Self { message: format!("{words}: {}", self.message), ..self.clone() };
        console.warning(report.line(), report.hint.as_deref(), &report.members());
    }

    /// The members of its JSON object, without the level.
    fn members(&self) -> Map<String, Value> {
        let fields: Vec<_> =
            self.fields.iter().map(|f| json!({"path": f.path, "code": f.code, "message": f.message})).collect();
        let members = [
            ("kind", Value::from(self.kind)),
            ("message", Value::from(self.message.as_str())),
            ("status", Value::from(self.status)),
            ("code", Value::from(self.code)),
            ("fields", Value::from(fields)),
            ("hint", Value::from(self.hint.as_deref())),
            ("retry_after", Value::from(self.retry_after)),
        ];
        let sent = self.sent.map(|sent| ("sent", Value::from(sent.name())));
        let of_line = self
            .of_line
            .iter()
            .flat_map(|of_line| [("line", Value::from(of_line.number)), ("input", Value::from(of_line.text.as_str()))]);
        members.into_iter().chain(sent).chain(of_line).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The error for a command that Discord has removed, with its replacement.
    pub fn of_removed(words: &[String], instead: &str) -> Self {
        let name = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
        Self::new(exit::USAGE, "usage", format!("Discord has removed {name}"), Some(instead.to_owned()))
    }
}

/// The beginning of a line of the input.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
