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
    /// `--cached`: how old an answer from the cache may be.
    pub cached: Option<String>,
    pub no_validate: bool,
    /// `--limit`: how many items in all.
    pub limit: Option<u64>,
    pub all: bool,
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
