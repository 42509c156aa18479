//! What the tests share: a world for the binary to live in, and a server that records what it sends.

mod recorder;
mod sandbox;
mod world;

pub use recorder::{Part, Recorded, Recorder, Reply};
pub use sandbox::Sandbox;
pub use world::{Outcome, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};
