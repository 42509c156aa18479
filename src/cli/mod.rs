//! The command line: what can be typed, and help and completion for it. What was typed becomes the values of a call.

pub mod complete;
pub mod globals;
pub mod help;
pub mod page;
pub mod search;
pub mod show;
pub mod suggest;
pub mod tree;
pub mod typed;
pub mod words;

pub use crate::call::bind::Error;

#[cfg(test)]
mod tests;
