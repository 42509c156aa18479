//! Picking from answers: jq programs and lists of fields.

mod bounded;
pub mod fields;
pub mod jq;
mod process;
mod runner;
mod surrogates;

pub use fields::Fields;
pub use process::{WORKER, serve};
pub use runner::Jq;

/// How deeply a value may be nested, and how long a path into it may be: both are walked by recursion, and
/// neither Discord's answers nor arguments may exhaust the stack. serde_json has the same limit.
const DEEPEST: usize = 128;
