//! Formats Discord's objects for people: names instead of ids, and words instead of numbers.
//!
//! Nothing here sends a request. Names come from the response and from the cache.

pub mod chat;
pub mod event;
mod field;
mod gists;
#[cfg(test)]
mod json;
mod markup;
mod message;
pub mod names;
mod object;
mod order;
mod reader;
mod scope;
pub mod structure;
mod styled;
mod text;
pub mod transcript;
mod words;

pub use names::{Lookup, Names};
pub use reader::Reader;
pub use scope::{counted, distance};
pub use words::{Words, span};

#[cfg(test)]
mod tests;
