//! The gateway: sharded sessions, whose events go out as JSON lines.
//!
//! A [`shard::Shard`] is a state machine without I/O. Around it, a task has the socket, the
//! inflater and the timers of one connection at a time; [`listen`] starts the shards and ends them;
//! one [`writer`] thread has the output. An event's bytes go through unparsed: [`frame`] finds its
//! envelope, [`filter`] looks up what it needs, [`mod@line`] puts the shard in.
//!
//! Where lines go ([`LineSink`]) and where sessions are kept ([`SessionStore`]) are one small trait each. When a shard may identify is
//! for all processes together to say ([`IdentifyQueue`]).

mod bot;
mod connection;
mod content;
mod durable;
mod error;
pub mod filter;
pub mod frame;
pub mod host;
pub mod inflate;
pub mod intents;
pub mod line;
mod notices;
pub mod payload;
pub mod queue;
pub mod ratelimit;
mod records;
pub mod session;
pub mod shard;
mod supervisor;
mod tap;
mod task;
mod threads;
mod wake;
mod websocket;
pub mod writer;

pub use bot::{GatewayBot, StartLimit};
pub use durable::{ConsumerError, Durable, hold};
pub use error::Error;
pub use filter::{EventGlob, Filter};
pub use inflate::Compression;
pub use notices::{Notices, Silent, WORTH_TELLING};
pub use payload::{Command, default_properties};
pub use queue::{Budget, BudgetSpent, IdentifyQueue};
pub use records::{forget, recall, recall_flags, remember, remember_flags, session_starts};
pub use session::{InMemory, Session, SessionStore};
pub use supervisor::{End, Options, ShardRange, Shards, Summary, listen};
pub use tap::{ShardTap, Tap};
pub use writer::LineSink;

#[cfg(test)]
mod tests;
