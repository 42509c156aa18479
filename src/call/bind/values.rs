//! The values of a call before they are read.

use serde_json::Value;

use super::input::Trust;
use crate::catalogue::{Endpoint, Param, ParamKind, Place};
use crate::model::shell;

/// The values that a front end received for a call.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Positional words, in order.
    pub targets: Vec<String>,
    /// How errors call the webhook or interaction, if an option of a front end names it.
    pub secret_name: Option<&'static str>,
    pub fields: Vec<Field>,
    pub guild: Option<String>,
    pub body: Option<String>,
    pub unset: Vec<String>,
    pub reason: Option<String>,
    pub ping: Vec<String>,
    /// The option of a front end that the pings come from, if the message is sent without those that cannot be looked up.
    pub optional_pings: Option<&'static str>,
    pub key: Option<String>,
    pub if_unsure: IfUnsure,
    /// `--cached`: the maximum age of data from the cache.
    pub cached: Option<String>,
    pub no_validate: bool,
    /// `--overflow`: how to send content that is too long for one message.
    pub overflow: Overflow,
    /// Files that the front end made, by their names, which come after those of `--file`.
    pub made_files: Vec<(&'static str, String)>,
    /// `--limit`: the maximum number of items in total.
    pub limit: Option<u64>,
    pub all: bool,
}

impl Values {
    /// Sets a parameter to a JSON value, such as the member of an object with the parameter's name. `null` clears a field.
    pub fn set_json(&mut self, param: &'static Param, value: &Value, order: usize, trust: Trust) {
        let items = match value {
            Value::Null => return self.unset.push(param.name.to_owned()),
            _ if param.place == Place::Whole => return self.body = Some(value.to_string()),
            Value::Array(items) if param.repeated => &items[..],
            one => std::slice::from_ref(one),
        };
        let texts: Vec<_> = items.iter().map(|item| json_text(param.kind, item)).collect();
        let order = vec![order; texts.len()];
        self.fields.push(Field { param, flag: param.name.to_owned(), texts, order, in_files: false, trust });
    }

    /// Puts a server before the objects in it, which are looked up there.
    pub fn sort_fields(&mut self, endpoint: &Endpoint) {
        self.fields.sort_by_key(|field| endpoint.all_params().position(|param| param.name == field.param.name));
    }

    /// The options as they are typed for another command, quoted for a shell. Secrets and fields that the command does not have
    /// are left out.
    pub fn typed_options(&self, row: &Endpoint) -> String {
        let mut words = Vec::new();
        for field in self.fields.iter().filter(|field| !field.param.secret && field.param.has_flag()) {
            let Some(param) = row.all_params().find(|param| param.name == field.param.name && param.has_flag()) else {
                continue;
            };
            let flag = if field.in_files { field.flag.clone() } else { format!("--{}", param.flag()) };
            words.extend(field.texts.iter().map(|text| match (param.kind, text.as_str()) {
                (ParamKind::Boolean, "true") => flag.clone(),
                (ParamKind::Boolean, text) => format!("{flag}={text}"),
                (_, text) => format!("{flag} {}", shell::word(text)),
            }));
        }
        let reason = self.reason.as_ref().filter(|_| row.audit_reason);
        for (flag, text) in [("--guild", &self.guild), ("--body", &self.body), ("--reason", &reason.cloned())] {
            words.extend(text.iter().map(|text| format!("{flag} {}", shell::word(text))));
        }
        words.into_iter().map(|word| format!(" {word}")).collect()
    }
}

/// Converts a JSON value to the text that a person would type for it.
pub fn json_text(kind: ParamKind, value: &Value) -> String {
    match value {
        Value::String(text) if kind != ParamKind::Json => text.clone(),
        other => other.to_string(),
    }
}

/// How to send content that is too long for one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Return an error.
    #[default]
    Error,
    /// Send several messages.
    Split,
    /// Attach the content as a text file.
    File,
    /// Cut off the end.
    Truncate,
}

impl Overflow {
    pub const NAMES: [&str; 4] = ["error", "split", "file", "truncate"];

    /// Parses a name of [`Overflow::NAMES`].
    pub fn of_name(name: &str) -> Self {
        match name {
            "split" => Self::Split,
            "file" => Self::File,
            "truncate" => Self::Truncate,
            _ => Self::Error,
        }
    }
}

/// What to do with the message of a key if an earlier run may have sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfUnsure {
    /// Return an error.
    #[default]
    Error,
    /// Send the message, although it may be there already.
    Send,
    /// Do not send the message, although it may be missing.
    Skip,
}

impl IfUnsure {
    pub const NAMES: [&str; 3] = ["error", "send", "skip"];

    /// Parses a name of [`IfUnsure::NAMES`].
    pub fn of_name(name: &str) -> Self {
        match name {
            "send" => Self::Send,
            "skip" => Self::Skip,
            _ => Self::Error,
        }
    }
}

/// A parameter and its texts.
#[derive(Clone, Debug)]
pub struct Field {
    pub param: &'static Param,
    /// The flag as it was typed, or the label of an argument, for errors: `--content-file`, `CONTENT`.
    pub flag: String,
    pub texts: Vec<String>,
    /// The position of each text on the command line.
    pub order: Vec<usize>,
    /// Whether the texts are paths of files that contain the values.
    pub in_files: bool,
    /// Where the texts come from. A field may be trusted less than the rest of the call, and never more.
    pub trust: Trust,
}

impl Field {
    /// The field of an argument without a flag.
    pub fn of_argument(param: &'static Param, word: &str, is_literal: bool) -> Self {
        // A file's kind reads standard input itself.
        let reads_stdin = word == "-" && !is_literal && !param.is_file();
        let order = vec![0];
        Self {
            param,
            flag: param.label(),
            texts: vec![word.to_owned()],
            order,
            in_files: reads_stdin,
            trust: Trust::Full,
        }
    }

    /// Whether the value was an argument without a flag.
    pub fn is_argument(&self) -> bool {
        !self.flag.starts_with("--")
    }
}

/// A value of a parameter, and the name under which it was given.
#[derive(Clone)]
pub struct NamedValue {
    pub param: &'static Param,
    pub called: String,
    pub value: Value,
}
