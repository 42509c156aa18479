//! REST: the request, the client that sends it, retries and pages.

pub mod request;

pub use request::{Body, FilePart, FileSource, Part, Request, Segment, Text};
