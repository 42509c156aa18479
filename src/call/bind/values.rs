//! The values of one call, not understood yet.

use serde_json::Value;

use crate::catalogue::Param;

/// What a front end was given for a call.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Positional words, in order.
    pub targets: Vec<String>,
    pub fields: Vec<Field>,
    pub guild: Option<String>,
    pub body: Option<String>,
    pub unset: Vec<String>,
    pub reason: Option<String>,
    pub ping: Vec<String>,
    pub key: Option<String>,
    /// `--cached`: how old a response from the cache may be.
    pub cached: Option<String>,
    pub no_validate: bool,
    /// `--overflow`: what happens to content that is too long for one message.
    pub overflow: Overflow,
    /// `--limit`: how many items in all.
    pub limit: Option<u64>,
    pub all: bool,
}

/// What happens to content that is too long for one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// It is an error.
    #[default]
    Error,
    /// It is sent as several messages.
    Split,
    /// It is attached as a text file.
    File,
    /// The end is cut off.
    Truncate,
}

impl Overflow {
    pub const NAMES: [&str; 4] = ["error", "split", "file", "truncate"];

    /// What a name of [`Overflow::NAMES`] means.
    pub fn of_name(name: &str) -> Self {
        match name {
            "split" => Self::Split,
            "file" => Self::File,
            "truncate" => Self::Truncate,
            _ => Self::Error,
        }
    }
}

/// One parameter with the texts given for it.
#[derive(Clone, Debug)]
pub struct Field {
    pub param: &'static Param,
    /// The flag as it was typed, for errors: `--content-file`.
    pub flag: String,
    pub texts: Vec<String>,
    /// Where each text stands on the command line: of two, the lower index came first.
    pub order: Vec<usize>,
    /// The texts are paths of files that hold the values.
    pub in_files: bool,
}

/// A value of a parameter, and the name under which it was given.
#[derive(Clone)]
pub struct NamedValue {
    pub param: &'static Param,
    pub called: String,
    pub value: Value,
}
