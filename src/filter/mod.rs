//! Picking from answers: jq programs and lists of fields.

pub mod fields;
pub mod jq;

pub use fields::Fields;
pub use jq::Jq;
