//! The limit over all requests of one bot, or of one IP address.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::verdict::TicketId;
use crate::model::{Deadline, Moment};

/// How many requests a window takes. Source: Discord's reference, "Rate Limits".
pub const MOST: usize = 50;

/// Discord's window is a second. The rest is for the network, which can press requests together that were sent further apart.
pub const WINDOW: Duration = Duration::from_millis(1050);

/// When the last requests started, and whether a 429 has closed the limit for a time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Global {
    starts: VecDeque<(Moment, TicketId)>,
    closed: Option<Deadline>,
}

impl Global {
    /// How many requests may start now.
    pub fn free(&mut self, now: Moment) -> usize {
        self.closed = self.closed.filter(|closed| !closed.is_over(now));
        if self.closed.is_some() {
            return 0;
        }
        while self.starts.front().is_some_and(|(start, _)| now.since(*start) >= WINDOW) {
            self.starts.pop_front();
        }
        MOST.saturating_sub(self.starts.len())
    }

    /// How long until a further request may start.
    pub fn left(&self, now: Moment) -> Duration {
        match (self.closed, self.starts.front()) {
            (Some(closed), _) => closed.left(now),
            (None, Some((start, _))) => Deadline::new(*start, WINDOW).left(now),
            (None, None) => Duration::ZERO,
        }
    }

    pub fn start(&mut self, ticket: TicketId, now: Moment) {
        self.starts.push_back((now, ticket));
    }

    /// The ticket's last start did not happen.
    pub fn give_back(&mut self, ticket: TicketId) {
        if let Some(at) = self.starts.iter().rposition(|(_, t)| *t == ticket) {
            self.starts.remove(at);
        }
    }

    pub fn close(&mut self, length: Duration, now: Moment) {
        self.closed = Some(Deadline::new(now, length));
    }

    /// See [`crate::store::Record::rewind`].
    pub fn rewind(&mut self, now: Moment) -> bool {
        let starts = self.starts.iter_mut().fold(false, |any, (start, _)| start.rewind(now) | any);
        self.closed.as_mut().is_some_and(|closed| closed.rewind(now)) | starts
    }
}
