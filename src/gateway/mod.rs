//! The gateway: sharded sessions, the source of events.
//!
//! A [`shard::Shard`] is a state machine without I/O. Around it, a task has the socket, the
//! inflater and the timers of one connection at a time; [`listen`] starts the shards and ends them.
//! An event's bytes pass through unparsed: [`frame`] finds its envelope, [`filter`] looks up what it needs.
//!
//! Where events go and sessions are stored ([`Outlet`]) and who else receives events ([`Tap`]) are one small trait
//! each. When a shard may IDENTIFY, all processes decide together ([`IdentifyQueue`]).

mod bot;
mod connection;
mod content;
mod error;
pub mod filter;
pub mod frame;
pub mod host;
pub mod inflate;
pub mod intents;
mod notices;
mod outlet;
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
pub mod websocket;

pub use bot::{GatewayBot, StartLimit};
pub use error::Error;
pub use filter::{EventGlob, Filter};
pub use inflate::Compression;
pub use notices::{Notices, Silent, WORTH_TELLING};
pub use outlet::{Flow, Outlet, SessionChange, ShardOutlet, Waiting};
pub use payload::{Command, default_properties};
pub use queue::{Budget, BudgetSpent, IdentifyQueue};
pub use records::{forget, recall, recall_flags, remember, remember_flags, session_starts};
pub use session::{Session, StoreError, Unfit};
pub use supervisor::{End, Options, ShardRange, Shards, listen};
pub use tap::{ShardTap, Tap};
