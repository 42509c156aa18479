//! The server side of Discord's gateway, on loopback and in memory.
//!
//! A [`Hub`] knows the sessions and gives each the events that its intents and its shard cover. A
//! connection task per socket speaks the protocol and sends a session's events as its client reads
//! them; what was sent stays in the session for replay.

mod answers;
mod close;
mod command;
mod connection;
mod encode;
mod flood;
mod hub;
pub mod intents;
mod limits;
mod members;
mod pace;
mod server;
mod session;
mod value;
mod world;

pub use flood::Flood;
pub use hub::{Hub, Settings};
pub use world::{Dispatch, World};

#[cfg(test)]
mod tests;
