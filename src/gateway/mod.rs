//! The gateway client: opens sharded sessions and receives their events.
//!
//! A [`shard::Shard`] is a state machine without I/O. A task per shard runs it and owns the socket, the inflater and the timers
//! of one connection at a time. [`listen`] starts and ends the shards. The bytes of an event are passed on without being parsed:
//! [`frame`] reads only the envelope, and [`filter`] only the fields that the filters need.
//!
//! An [`Outlet`] receives the events and stores sessions, and a [`Tap`] receives a copy of all events for the cache. All
//! processes with the same token share an [`IdentifyQueue`], which decides when a shard may IDENTIFY.

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
mod reach;
mod records;
pub mod session;
pub mod shard;
mod sleep;
mod supervisor;
mod tap;
mod task;
mod threads;
pub mod websocket;

pub use bot::{GatewayBot, StartLimit};
pub use error::Error;
pub use filter::{EventGlob, Filter};
pub use inflate::Compression;
pub use notices::{MIN_REPORTED_WAIT, NoNotices, Notices};
pub use outlet::{Flow, Outlet, OutletFuture, SessionChange, ShardOutlet};
pub use payload::{Command, default_properties};
pub use queue::{Budget, BudgetSpent, IdentifyQueue};
pub use reach::reach;
pub use records::{
    clear_answers, load_application_flags, load_gateway_bot, save_application_flags, save_gateway_bot, session_starts,
};
pub use session::{Session, SessionMismatch, StoreError};
pub use supervisor::{End, Options, ShardRange, Shards, listen};
pub use tap::{ShardTap, Tap};
