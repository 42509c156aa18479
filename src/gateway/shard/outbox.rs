//! The payloads to send on a connection, and its send limit.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::gateway::payload::Command;
use crate::gateway::ratelimit::SendLimit;

/// The maximum number of queued commands. Beyond it, the caller waits.
pub(super) const MOST_COMMANDS: usize = 16;

#[derive(Default)]
pub(super) struct Outbox {
    /// The send limit of the connection. `None` without a connection.
    limit: Option<SendLimit>,
    commands: VecDeque<Command>,
    /// The latest presence update, which replaces earlier ones.
    presence: Option<Command>,
    /// Whether the server has requested a heartbeat.
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

    /// Counts an IDENTIFY or a RESUME.
    pub fn count(&mut self, now: Instant) {
        if let Some(limit) = &mut self.limit {
            limit.sent(false, now);
        }
    }

    /// Records that the server requests a heartbeat.
    pub fn request_heartbeat(&mut self) {
        self.beat = self.limit.is_some();
    }

    /// When the requested heartbeat may be sent, if there is one.
    pub fn requested_heartbeat_at(&mut self, now: Instant) -> Option<Instant> {
        let limit = self.limit.as_mut().filter(|_| self.beat)?;
        Some(limit.requested_heartbeat_at(now).unwrap_or(now))
    }

    /// Whether the requested heartbeat may be sent now. If so, it counts as sent.
    pub fn take_requested_heartbeat(&mut self, now: Instant) -> bool {
        let goes = self.requested_heartbeat_at(now).is_some_and(|at| at <= now);
        if let Some(limit) = self.limit.as_mut().filter(|_| goes) {
            self.beat = false;
            limit.count_requested_heartbeat(now);
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

    /// When the next command may be sent. `None` if there is no command or no connection.
    pub fn command_at(&mut self, now: Instant) -> Option<Instant> {
        let limit = self.limit.as_mut()?;
        let mut at = |waiting: bool, presence| waiting.then(|| limit.ready_at(presence, now).unwrap_or(now));
        let others = at(!self.commands.is_empty(), false);
        let presence = at(self.presence.is_some(), true);
        [others, presence].into_iter().flatten().min()
    }

    /// Takes the next command that may be sent now.
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
