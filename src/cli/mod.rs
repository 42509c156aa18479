//! The command line: what can be typed, and what the typed means.
//!
//! `tree` and `globals` say what can be typed, `typed` holds what was typed, `bind` (with `targets`,
//! `value`, `body`, `files` and `input`) turns that into a request. Nothing here sends anything.

pub mod bind;
pub mod body;
pub mod choice;
pub mod complete;
pub mod element;
pub mod error;
pub mod field;
pub mod files;
pub mod form;
pub mod globals;
pub mod help;
pub mod input;
pub mod names;
pub mod page;
pub mod path;
pub mod ping;
pub mod place;
pub mod secret;
pub mod show;
pub mod targets;
pub mod tree;
pub mod typed;
pub mod value;
pub mod words;

pub use error::Error;

#[cfg(test)]
mod tests;
