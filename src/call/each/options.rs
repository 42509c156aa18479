//! What the command line says about a job.

use std::path::PathBuf;

/// What the command line says about a job.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The file of the lines; `-` for standard input.
    pub input: String,
    /// The fields that the lines set, besides the parameters of the path.
    pub take: Vec<String>,
    pub journal: Option<PathBuf>,
    /// Whether to send lines again that failed in an earlier run.
    pub retry_failed: bool,
    /// Whether to send lines again that an earlier run may have sent.
    pub retry_unknown: bool,
}
