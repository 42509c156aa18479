//! What waits to be sent on one connection, and the limit that it keeps to.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::gateway::payload::Command;
use crate::gateway::ratelimit::SendLimit;

/// Commands taken in before they can be sent; beyond it the caller waits.
pub(super) const MOST_COMMANDS: usize = 16;

#[derive(Default)]
pub(super) struct Outbox {
    /// That of the connection, if there is one.
    limit: Option<SendLimit>,
    commands: VecDeque<Command>,
    /// Of presences only the latest counts.
    presence: Option<Command>,
    /// The server asked for a beat.
    beat: bool,
}

impl Outbox {
    pub fn opened(&mut self, heartbeat_interval: Duration) {
        self.limit = Some(SendLimit::new(heartbeat_interval));
    }

    pub fn closed(&mut self) {
        self.limit = None;
        self.beat = false;
    }

    /// Counts an identify or a resume.
    pub fn count(&mut self, now: Instant) {
        if let Some(limit) = &mut self.limit {
            limit.sent(false, now);
        }
    }

    /// The server asks for a beat.
    pub fn ask_beat(&mut self) {
        self.beat = self.limit.is_some();
    }

    /// When a beat may go that was asked for.
    pub fn beat_at(&mut self, now: Instant) -> Option<Instant> {
        let limit = self.limit.as_mut().filter(|_| self.beat)?;
        Some(limit.beat_ready_at(now).unwrap_or(now))
    }

    /// Whether a beat that was asked for goes now.
    pub fn take_beat(&mut self, now: Instant) -> bool {
        let goes = self.beat_at(now).is_some_and(|at| at <= now);
        if let Some(limit) = self.limit.as_mut().filter(|_| goes) {
            self.beat = false;
            limit.beat_sent(now);
        }
        goes
    }

    pub fn has_room(&self) -> bool {
        self.commands.len() < MOST_COMMANDS
    }

    pub fn push(&mut self, command: Command) {
        if command.is_presence() {
            self.presence = Some(command);
        } else {
            self.commands.push_back(command);
        }
    }

    /// When the next command may go; `None` while there is none, or no connection.
    pub fn command_at(&mut self, now: Instant) -> Option<Instant> {
        let limit = self.limit.as_mut()?;
        let mut at = |waiting: bool, presence| waiting.then(|| limit.ready_at(presence, now).unwrap_or(now));
        let others = at(!self.commands.is_empty(), false);
        let presence = at(self.presence.is_some(), true);
        [others, presence].into_iter().flatten().min()
    }

    /// The next command that may go now.
    pub fn take_command(&mut self, now: Instant) -> Option<Command> {
        let limit = self.limit.as_mut()?;
        let command = if self.presence.is_some() && limit.ready_at(true, now).is_none() {
            self.presence.take()
        } else if limit.ready_at(false, now).is_none() {
            self.commands.pop_front()
        } else {
            None
        }?;
        limit.sent(command.is_presence(), now);
        Some(command)
    }
}
