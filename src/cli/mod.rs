//! The command line: its grammar, help and completion. Converts what the user types to the values of a call.

pub mod complete;
pub mod globals;
pub mod help;
pub mod page;
pub mod rejected;
pub mod search;
pub mod show;
pub mod suggest;
pub mod tree;
pub mod typed;
pub mod words;

pub use crate::call::bind::Error;

#[cfg(test)]
mod tests;
