//! The interface to the consumer of events. An outlet receives the events of the shards and stores their sessions.

use std::pin::Pin;

use super::frame::Frame;
use super::session::{Session, StoreError};
use super::shard::Note;

/// A future of an outlet.
pub type OutletFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Receives the events of all shards. No method may block, because the shards call them on the runtime's threads.
pub trait Outlet: Send + Sync {
    /// Creates the outlet of one shard, from its number and the shard count.
    fn shard(&self, shard: (u32, u32)) -> Box<dyn ShardOutlet>;

    /// The stored session that a shard tries to resume when it starts.
    fn session(&self, shard: u32) -> Result<Option<Session>, StoreError>;

    /// Whether the shards must stop reading their sockets for now.
    fn is_full(&self) -> bool;

    /// Completes when the outlet is no longer full.
    fn space(&self) -> OutletFuture<'_>;

    /// Completes when the outlet accepts no more events, because it failed or its reader closed the stream.
    fn ended(&self) -> OutletFuture<'_>;
}

/// Receives the events of one shard.
pub trait ShardOutlet: Send {
    /// Accepts an event that passed the filter.
    fn event(&mut self, frame: &Frame<'_>) -> Flow;

    /// Accepts a note about the connection or the session.
    fn note(&mut self, note: &Note);

    /// Changes the stored session once all events accepted so far are delivered. If the process is killed before that, resuming
    /// the stored session replays the undelivered events.
    fn session(&mut self, change: SessionChange);

    /// Reports that the shard has received all events of this session up to this sequence number.
    fn progress(&mut self, session: &str, seq: u64);

    /// Delivers the accepted events without waiting for more.
    fn flush(&mut self);
}

/// What the shard does after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Pass the next event.
    Continue,
    /// Flush before the next event.
    Flush,
    /// End the stream, because the outlet needs no more events.
    End,
}

/// A change of the stored session of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    Save(Session),
    /// The session is over and must not be resumed.
    Forget,
}
