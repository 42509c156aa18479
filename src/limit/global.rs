//! The global limit, which applies to all requests of a bot, or to all requests from an IP address without a token.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::verdict::TicketId;
use crate::model::{Deadline, Moment};

/// Source: Discord's documentation, "Rate Limits", "Global Rate Limit".
pub const REQUESTS_PER_WINDOW: usize = 50;

/// Discord's window is one second. The margin allows for the network: requests can arrive closer together than they were sent.
pub const WINDOW: Duration = Duration::from_millis(1050);

/// The start times of the requests in the current window, and the end of the wait that the last global 429 requires.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Global {
    starts: VecDeque<(Moment, TicketId)>,
    closed: Option<Deadline>,
}

impl Global {
    /// How many more requests may start now.
    pub fn free(&mut self, now: Moment) -> usize {
        self.closed = self.closed.filter(|closed| !closed.is_over(now));
        if self.closed.is_some() {
            return 0;
        }
        while self.starts.front().is_some_and(|(start, _)| now.since(*start) >= WINDOW) {
            self.starts.pop_front();
        }
        REQUESTS_PER_WINDOW.saturating_sub(self.starts.len())
    }

    /// The time until another request may start.
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

    /// Returns the slot of a request that was not sent.
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
