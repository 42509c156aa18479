//! How Discord's objects read for people: names in place of ids, words in place of numbers.
//!
//! Nothing here asks Discord. Names come from the answer that is shown and from the cache.

pub mod names;

pub use names::{Lookup, Names};
