//! Calls: from a request to its answer, for every front end. Nothing here prints, and nothing here knows a terminal.

pub mod app;
pub mod bind;

pub use app::{App, Notices};
