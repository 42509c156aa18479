//! Collects the events of each shard into batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::batch::{Batch, Position};
use super::line::{self, push_event, push_note};
use super::pipeline::{BATCH, Pipeline};
use crate::gateway::frame::Frame;
use crate::gateway::shard::Note;
use crate::gateway::{Flow, Outlet, OutletFuture, Session, SessionChange, ShardOutlet, StoreError};
use crate::model::Clock;

/// The outlet of a gateway: events become lines, and lines go to the pipeline.
#[derive(Clone)]
pub struct Lines(Arc<Inner>);

struct Inner {
    pipeline: Pipeline,
    /// Whether dcord's own lines are wanted.
    meta: bool,
    /// How many events may still be taken, if that is limited.
    left: Option<AtomicU64>,
    clock: Clock,
}

impl Lines {
    /// Gives events to a pipeline: `count` of them, or all.
    pub fn new(pipeline: Pipeline, meta: bool, count: Option<u64>, clock: Clock) -> Self {
        Self(Arc::new(Inner { pipeline, meta, left: count.map(AtomicU64::new), clock }))
    }

    /// How many events are missing from the count.
    pub fn missing(&self) -> u64 {
        self.0.left.as_ref().map_or(0, |left| left.load(Ordering::Acquire))
    }
}

impl Inner {
    /// Takes one of the events that are left; `None` if there are none.
    fn take(&self) -> Option<Flow> {
        let Some(left) = &self.left else { return Some(Flow::Continue) };
        let before = left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
        before.ok().map(|before| if before == 1 { Flow::End } else { Flow::Continue })
    }
}

impl Outlet for Lines {
    fn shard(&self, shard: (u32, u32)) -> Box<dyn ShardOutlet> {
        Box::new(ShardLines {
            shared: Arc::clone(&self.0),
            shard: shard.0,
            head: line::head(shard),
            bytes: Vec::new(),
            position: None,
            delivered: 0,
            refused: None,
        })
    }

    fn session(&self, shard: u32) -> Result<Option<Session>, StoreError> {
        self.0.pipeline.session(shard)
    }

    fn is_full(&self) -> bool {
        self.0.pipeline.is_full()
    }

    fn space(&self) -> OutletFuture<'_> {
        Box::pin(self.0.pipeline.space())
    }

    fn ended(&self) -> OutletFuture<'_> {
        Box::pin(self.0.pipeline.ended())
    }
}

/// The lines of one shard that the pipeline does not have yet. They are always whole.
struct ShardLines {
    shared: Arc<Inner>,
    shard: u32,
    head: Vec<u8>,
    bytes: Vec<u8>,
    /// How far the shard is, if positions are stored.
    position: Option<Position>,
    /// The sequence number that the last batch gave as its position.
    delivered: u64,
    /// The sequence number of the first event that the count left no place for.
    refused: Option<u64>,
}

impl ShardOutlet for ShardLines {
    fn event(&mut self, frame: &Frame<'_>) -> Flow {
        let Some(flow) = self.shared.take() else {
            self.refused = self.refused.or(frame.seq);
            return Flow::End;
        };
        push_event(&mut self.bytes, &self.head, frame);
        if flow == Flow::Continue && self.bytes.len() >= BATCH { Flow::Flush } else { flow }
    }

    fn note(&mut self, note: &Note) {
        if self.shared.meta {
            push_note(&mut self.bytes, &self.head, note, self.shared.clock.wall_ms());
        }
    }

    fn session(&mut self, change: SessionChange) {
        self.flush();
        self.shared.pipeline.change(self.shard, change);
    }

    fn progress(&mut self, session: &str, seq: u64) {
        if !self.shared.pipeline.has_positions() {
            return;
        }
        // The next listener has to print the event that was refused.
        let seq = self.refused.map_or(seq, |refused| seq.min(refused.saturating_sub(1)));
        match &mut self.position {
            Some(position) if *position.session == *session => position.seq = seq,
            position => {
                *position = Some(Position { session: session.into(), seq });
                self.delivered = 0;
            }
        }
    }

    fn flush(&mut self) {
        let seq = self.position.as_ref().map_or(0, |position| position.seq);
        if self.bytes.is_empty() && seq == self.delivered {
            return;
        }
        self.delivered = seq;
        let batch =
            Batch { shard: self.shard, bytes: std::mem::take(&mut self.bytes), position: self.position.clone() };
        self.bytes = self.shared.pipeline.push(batch);
    }
}
