//! Filters on answers: jq programs and lists of fields.

mod bounded;
pub mod fields;
pub mod jq;
mod process;
mod runner;
mod surrogates;

pub use fields::Fields;
pub use process::{WORKER, serve};
pub use runner::Jq;

/// The limit of the nesting of a value and of the length of a path into it. Recursive functions walk both, and neither
/// Discord's answers nor arguments may exhaust the stack. serde_json has the same limit.
const DEEPEST: usize = 128;
