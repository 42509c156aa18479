//! How events leave the gateway: an outlet takes them from the shards and stores their sessions.

use std::pin::Pin;

use super::frame::Frame;
use super::session::{Session, StoreError};
use super::shard::Note;

/// A future of an outlet.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Takes the events of all shards. No method blocks: the shards call them on the runtime's threads.
pub trait Outlet: Send + Sync {
    /// The outlet of one shard (its number, the shard count).
    fn shard(&self, shard: (u32, u32)) -> Box<dyn ShardOutlet>;

    /// The session with which a shard starts.
    fn session(&self, shard: u32) -> Result<Option<Session>, StoreError>;

    /// Whether the shards must stop reading their sockets for now.
    fn is_full(&self) -> bool;

    /// Waits until it is no longer full.
    fn space(&self) -> Waiting<'_>;

    /// Waits until it can take nothing any more, because it failed or its reader closed the stream.
    fn ended(&self) -> Waiting<'_>;
}

/// Takes the events of one shard.
pub trait ShardOutlet: Send {
    /// An event that passed the filter.
    fn event(&mut self, frame: &Frame<'_>) -> Flow;

    /// What happened to the connection or its session.
    fn note(&mut self, note: &Note);

    /// Changes the stored session once everything taken so far is delivered: a process that is killed before
    /// must leave a session whose replay has what was not delivered.
    fn session(&mut self, change: SessionChange);

    /// The shard has received everything of this session up to this sequence number.
    fn progress(&mut self, session: &str, seq: u64);

    /// Delivers what was taken, without waiting for more.
    fn flush(&mut self);
}

/// What a shard does after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It gives the next one.
    Continue,
    /// It flushes before it gives the next one.
    Flush,
    /// It ends the stream: no further event is wanted.
    End,
}

/// What changes in the stored session of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    Save(Session),
    /// The session is over and must not be resumed again.
    Forget,
}
