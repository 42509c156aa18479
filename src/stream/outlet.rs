//! Collects the events of each shard into batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::batch::{Batch, Position};
use super::line::{self, push_event, push_note};
use super::pipeline::{BATCH_BYTES, Pipeline};
use crate::gateway::frame::Frame;
use crate::gateway::shard::Note;
use crate::gateway::{Flow, Outlet, OutletFuture, Session, SessionChange, ShardOutlet, StoreError};
use crate::model::Clock;

/// The gateway's outlet: converts events to lines for the pipeline.
#[derive(Clone)]
pub struct Lines(Arc<SharedOutlet>);

struct SharedOutlet {
    pipeline: Pipeline,
    /// Whether dcord's own lines are added.
    meta: bool,
    /// How many more events are accepted. `None` means no limit.
    left: Option<AtomicU64>,
    clock: Clock,
}

impl Lines {
    /// Passes `count` events to a pipeline, or all.
    pub fn new(pipeline: Pipeline, meta: bool, count: Option<u64>, clock: Clock) -> Self {
        Self(Arc::new(SharedOutlet { pipeline, meta, left: count.map(AtomicU64::new), clock }))
    }

    /// How many events are missing to reach the count.
    pub fn missing(&self) -> u64 {
        self.0.left.as_ref().map_or(0, |left| left.load(Ordering::Acquire))
    }
}

impl SharedOutlet {
    /// Counts an event. Returns `None` if the count is reached already.
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

/// The whole lines of one shard that are not passed to the pipeline yet.
struct ShardLines {
    shared: Arc<SharedOutlet>,
    shard: u32,
    head: Vec<u8>,
    bytes: Vec<u8>,
    /// The position of the shard's session, if positions are stored.
    position: Option<Position>,
    /// The sequence number in the position of the last batch.
    delivered: u64,
    /// The sequence number of the first event after the count was reached.
    refused: Option<u64>,
}

impl ShardOutlet for ShardLines {
    fn event(&mut self, frame: &Frame<'_>) -> Flow {
        let Some(flow) = self.shared.take() else {
            self.refused = self.refused.or(frame.seq);
            return Flow::End;
        };
        push_event(&mut self.bytes, &self.head, frame);
        if flow == Flow::Continue && self.bytes.len() >= BATCH_BYTES { Flow::Flush } else { flow }
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
        // The position stays before the refused event, so that the next listener prints it.
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
