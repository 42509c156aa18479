//! The limit over all requests of one bot, or of one address.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Ticket;
use super::clock::{Deadline, Now};

/// How many requests a window takes. Source: Discord's reference, "Rate Limits".
pub const MOST: usize = 50;

/// Discord's window is a second. The rest is for the network, which can press requests together
/// that were sent further apart.
pub const WINDOW: Duration = Duration::from_millis(1050);

/// The starts of the last requests, and whether a 429 has closed it for a time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Global {
    starts: VecDeque<(Now, Ticket)>,
    closed: Option<Deadline>,
}

impl Global {
    /// How many requests may start now.
    pub fn free(&mut self, now: Now) -> usize {
        if self.closed.as_mut().is_some_and(|closed| !closed.left(now).is_zero()) {
            return 0;
        }
        self.closed = None;
        while self.starts.front().is_some_and(|(start, _)| now.since(*start) >= WINDOW || now < *start) {
            self.starts.pop_front();
        }
        MOST.saturating_sub(self.starts.len())
    }

    /// How long until a further request may start.
    pub fn left(&mut self, now: Now) -> Duration {
        if let Some(closed) = &mut self.closed {
            return closed.left(now);
        }
        self.starts.front().map_or(Duration::ZERO, |(start, _)| start.after(WINDOW).since(now))
    }

    pub fn start(&mut self, ticket: Ticket, now: Now) {
        self.starts.push_back((now, ticket));
    }

    /// The ticket's last start did not happen.
    pub fn give_back(&mut self, ticket: Ticket) {
        if let Some(at) = self.starts.iter().rposition(|(_, t)| *t == ticket) {
            self.starts.remove(at);
        }
    }

    pub fn close(&mut self, length: Duration, now: Now) {
        self.closed = Some(Deadline::new(now, length));
    }
}
