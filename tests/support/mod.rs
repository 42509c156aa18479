//! Shared parts of the tests: a world for each run of the binary, and servers that record requests.

mod embedded;
mod gateway;
mod network;
mod patience;
mod recorder;
mod sandbox;
mod terminal;
mod world;

pub use embedded::{Embedded, integrity, on_full_disk};
pub use gateway::{Gateway, Peer, bot};
pub use network::{Authority, Certificate, Manner, Network, Server};
pub use patience::{Bounded, HANGS, until};
pub use recorder::{Part, Recorded, Recorder, Reply};
pub use sandbox::Sandbox;
pub use terminal::{watch, without_codes};
pub use world::{Outcome, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};
