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

    /// An error of clap in dcord's format: one line, with clap's tips as hints. `command` is the command whose help
    /// describes the options.
    pub fn of_clap(error: &clap::Error, command: &str) -> Self {
        let help = format!("`{command} -h` describes the options");
        let own = || conflict(error).or_else(|| takes_no_value(error)).or_else(|| not_utf8(error));
        if let Some(message) = invalid_value(error).or_else(own) {
            // Only a value that a parser of dcord's refuses may need more than the message says.
            let hint = std::error::Error::source(error).map(|_| help);
            return Self::new(exit::USAGE, "usage", message, hint);
        }
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
        let hint = if hints.is_empty() { help } else { hints.join("; ") };
        Self::new(exit::USAGE, "usage", message, Some(hint))
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

/// The message for two arguments that clap does not combine.
fn conflict(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue};
    let name = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.split(' ').next().map(str::to_owned),
        _ => None,
    };
    let (first, second) = (name(ContextKind::InvalidArg)?, name(ContextKind::PriorArg)?);
    Some(match first == second {
        true => format!("{first} can be given only once"),
        false => format!("{first} and {second} cannot be combined"),
    })
}

/// The message for `--yes=1`.
fn takes_no_value(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if error.kind() != ErrorKind::TooManyValues {
        return None;
    }
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = name.split([' ', '=']).next().unwrap_or_default();
    Some(format!("{name} takes no value"))
}

fn not_utf8(error: &clap::Error) -> Option<String> {
    (error.kind() == clap::error::ErrorKind::InvalidUtf8).then(|| "an argument is not valid UTF-8".to_owned())
}

/// The message for a value that clap rejected: the option, the value, and what it must be.
fn invalid_value(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let arg = text(ContextKind::InvalidArg)?;
    // clap names the argument as in a usage line: `--limit <N>`, `[SHELL]`.
    let arg = arg.trim_matches(['[', ']', '<', '>', '.']);
    let name = arg.split([' ', '=', '[']).next().unwrap_or(arg);
    let value = text(ContextKind::InvalidValue)?;
    if value.is_empty() && error.kind() == ErrorKind::InvalidValue {
        let valid = match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(valid)) if !valid.is_empty() => valid.join(", "),
            _ => arg.replace(['<', '>'], ""),
        };
        return Some(format!("{name} requires a value: {valid}"));
    }
    if value.is_empty() {
        return None;
    }
    if let Some(source) = std::error::Error::source(error) {
        let reason = source.to_string();
        let is_quoted = reason.contains(&format!("{value:?}"));
        return Some(if is_quoted { format!("{name}: {reason}") } else { format!("{name}: {value:?}: {reason}") });
    }
    let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue) else { return None };
    let near = text(ContextKind::SuggestedValue).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    Some(format!("{name}: {value:?} is not one of {}{near}", valid.join(", ")))
}
