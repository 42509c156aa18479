//! Converts the values of a call to a request that can be sent: parses links, times and choices, reads files, and checks
//! bounds. Nothing here sends a request.

pub mod body;
pub mod button;
pub mod choice;
pub mod draft;
pub mod element;
pub mod error;
pub mod field;
pub mod files;
mod finished;
pub mod form;
pub mod input;
mod missing;
pub mod names;
mod nonce;
pub mod overflow;
pub mod path;
pub mod ping;
pub mod place;
mod private;
pub mod secret;
pub mod target;
pub mod targets;
pub mod value;
pub mod values;

pub use draft::{Bound, Draft, draft, key_of_part};
pub use error::{Error, NameSet, did_you_mean};
pub use input::{Input, Trust};
pub use names::Names;
pub use nonce::{hashed, random, set_nonce};
pub use values::{Field, IfUnsure, Overflow, Values, json_text};

#[cfg(test)]
mod tests;
