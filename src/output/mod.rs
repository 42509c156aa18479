//! Where results and messages leave the process: the one owner of stdout ([`stdout`]), the one owner of stderr
//! ([`console`]), and the printer that turns answers into lines, documents and tables.
//!
//! What is printed is Discord's own bytes wherever a format allows it. On a terminal no character
//! that could steer it gets through ([`clean`]).

mod bounded;
pub mod clean;
pub mod compact;
pub mod console;
mod csv;
mod error;
mod format;
mod item;
mod pretty;
mod printer;
pub mod progress;
pub mod reader;
pub mod stdout;
mod table;
pub mod trace;
mod unseen;
mod wrap;

pub use console::Console;
pub use error::Error;
pub use format::{Format, UnknownFormat};
pub use printer::{Printer, Prose, Style, View};
pub use progress::Progress;
pub use reader::Reader;
pub use stdout::Stdout;
