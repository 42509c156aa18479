//! Prints results and messages: [`stdout`] is the only writer to stdout, [`console`] the only writer to stderr, and
//! the printer formats responses as lines, documents and tables.
//!
//! Where possible, formats print Discord's original bytes. On a terminal, control characters are removed or escaped
//! ([`clean`]).

mod bounded;
pub mod clean;
pub mod compact;
pub mod console;
pub mod csv;
mod error;
mod format;
mod item;
mod pretty;
mod printer;
pub mod progress;
pub mod reader;
pub mod stdout;
mod style;
mod table;
pub mod text;
pub mod trace;
mod unseen;
mod wrap;

pub use console::Console;
pub use error::Error;
pub use format::{Format, UnknownFormat};
pub use printer::{Printer, Prose};
pub use progress::Progress;
pub use reader::Reader;
pub use stdout::Stdout;
pub use style::{Style, View};
