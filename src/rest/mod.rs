//! The REST API: requests, the client that sends them, retries, and pages of lists.

mod answer;
mod body;
pub mod client;
mod connect;
pub mod download;
pub mod error;
mod gate;
pub mod host;
pub mod paginate;
pub mod request;
mod retry;

pub use answer::{Response, text};
pub use client::{Client, NoNotices, Notices, Settings, WaitReport, Waiting, encode_reason};
pub use download::Downloads;
pub use error::{ApiError, Error, FieldError};
pub use gate::Gate;
pub use host::{ApiUrl, BadUrl};
pub use paginate::{Page, Pages, Plan};
pub use request::{Body, Expected, FilePart, Part, Request, Segment, Text};

#[cfg(test)]
mod tests;
