//! `--each`: one call per line of an input.
//!
//! [`Lines`] reads the input, [`Template`] makes the request of each line from it and from the command line, and [`Journal`]
//! records what was sent, so that an interrupted job can continue. The command line prints the results.

mod journal;
mod line;
mod options;
mod question;
mod template;

pub use journal::{Journal, Key, Outcome, Past, Record};
pub use line::{Line, Lines, Unread};
pub use options::Options;
pub use question::question;
pub use template::{Template, fields};
