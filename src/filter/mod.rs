//! Filters responses with jq programs and lists of fields.

mod bounded;
pub mod fields;
pub mod jq;
mod process;
mod runner;
mod surrogates;

pub use fields::Fields;
pub use process::{WORKER, serve};
pub use runner::Jq;

/// The maximum nesting of a value and the maximum length of a path. Recursive functions process both, and neither a
/// response nor an argument may exhaust the stack. serde_json has the same limit.
const DEEPEST: usize = 128;
