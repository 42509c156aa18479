//! The server side of Discord's gateway, on loopback and in memory.
//!
//! A [`Hub`] owns the sessions and adds each event to those whose intents and shard include it. Each
//! socket has a task that implements the protocol and sends the session's events as fast as the
//! client reads them. The session keeps sent events for replay.

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
