//! The task of a shard: performs the actions of the state machine, reads the connection, runs the timers, and passes events to
//! the outlet.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use super::connection::{Connection, ReadEnd};
use super::content;
use super::error::{Error, Unreachable};
use super::filter::Filter;
use super::frame::Frame;
use super::host::TrustedHosts;
use super::inflate::Compression;
use super::notices::{MIN_REPORTED_WAIT, Notices};
use super::outlet::{Flow, Outlet, SessionChange, ShardOutlet};
use super::payload::Command;
use super::queue::{BudgetSpent, IdentifyQueue, Permit, Slot};
use super::shard::{Action, CLOSE_FOR_GOOD, Note, Shard};
use super::sleep::SleepDetector;
use super::tap::{ShardTap, Tap};
use crate::model::Clock;
use crate::net::Proxies;

/// The state that all shards of a listener share.
pub(super) struct ListenContext {
    pub hosts: TrustedHosts,
    pub compression: Compression,
    pub tls: Arc<rustls::ClientConfig>,
    pub proxies: Proxies,
    pub filter: Filter,
    pub keep_sessions: bool,
    pub intents: u64,
    pub clock: Clock,
    pub recommended_shards: Option<u32>,
    pub queue: Arc<IdentifyQueue>,
    pub notices: Arc<dyn Notices>,
    pub tap: Option<Arc<dyn Tap>>,
    pub outlet: Arc<dyn Outlet>,
    /// Becomes true when all shards must end.
    pub stop: watch::Sender<bool>,
}

/// Dropping it allows the next shard of the key to start.
pub(super) struct StartTurn {
    pub key: u32,
    pub over: mpsc::UnboundedSender<u32>,
}

impl Drop for StartTurn {
    fn drop(&mut self) {
        // The receiver no longer exists when listening has ended.
        let _ = self.over.send(self.key);
    }
}

pub(super) struct ShardTask {
    pub shared: Arc<ListenContext>,
    pub shard: Shard,
    pub commands: mpsc::Receiver<Command>,
    /// Held until the shard has its slot, so that the next shard does not open a connection long before it can IDENTIFY.
    pub turn: StartTurn,
}

/// Reads the payloads of a connection.
struct Reader<'a> {
    shared: &'a ListenContext,
    outlet: Box<dyn ShardOutlet>,
    tap: Option<Box<dyn ShardTap>>,
    wake: SleepDetector,
    content: content::EmptyContentCheck,
}

/// Why the loop woke up.
enum Wakeup<'a> {
    Stop,
    Read(ReadEnd),
    Space,
    Slot(Result<Permit<'a>, BudgetSpent>),
    Command(Option<Command>),
    Time,
}

impl ShardTask {
    /// Runs until all shards must end or this one fails.
    pub async fn run(self) -> Result<(), Error> {
        let Self { shared, mut shard, mut commands, turn } = self;
        let mut stop = shared.stop.subscribe();
        let mut connection: Option<Connection> = None;
        let mut waiting: Option<Slot<'_>> = None;
        let mut identify: Option<Permit<'_>> = None;
        let mut unreachable: Option<Unreachable> = None;
        let mut turn = Some(turn);
        let mut commands_open = true;
        let mut paused = false;
        let mut reader = Reader {
            shared: &shared,
            outlet: shared.outlet.shard(shard.id()),
            tap: shared.tap.as_ref().map(|tap| tap.shard(shard.id())),
            wake: SleepDetector::new(Instant::now(), shared.clock.wall_ms()),
            content: content::EmptyContentCheck::new(shared.intents),
        };
        if !shard.needs_slot() {
            drop(turn.take());
        }
        shard.start(Instant::now());
        loop {
            while let Some(action) = shard.next_action() {
                match action {
                    Action::Connect { url } => {
                        reader.outlet.flush();
                        let opening = open(&shared, shard.id(), &url);
                        tokio::select! {
                            biased;
                            _ = stop.wait_for(|stop| *stop) => {}
                            opened = opening => match opened {
                                Ok(opened) => {
                                    connection = Some(opened);
                                    unreachable = None;
                                    shard.connected(Instant::now());
                                }
                                Err(why) => {
                                    shard.unreachable(why.refused, Instant::now());
                                    unreachable = Some(why);
                                }
                            },
                        }
                    }
                    Action::Send(payload) => {
                        if let Some(connection) = &mut connection {
                            connection.send(payload);
                        }
                    }
                    Action::Close { code } => {
                        waiting = None;
                        reader.outlet.flush();
                        match connection.take() {
                            Some(closing) if code == CLOSE_FOR_GOOD => {
                                closing.close_in_order(code).await;
                            }
                            Some(closing) => closing.close(code).await,
                            None => {}
                        }
                    }
                    Action::AwaitSlot => waiting = Some(Box::pin(slot(&shared, shard.id()))),
                    Action::Save(session) => reader.outlet.session(SessionChange::Save(session)),
                    Action::Forget => reader.outlet.session(SessionChange::Forget),
                    Action::Note(note) => {
                        // Marks the cache as outdated before the user reads about the lost connection.
                        if let (Note::Reconnecting { .. } | Note::Closed { .. }, Some(tap)) = (&note, &mut reader.tap) {
                            tap.down();
                        }
                        shared.notices.note(shard.id(), &note);
                        if let Note::Reconnecting { .. } = note {
                            // A shard that cannot connect must not prevent others from starting.
                            drop(turn.take());
                        }
                        reader.outlet.note(&note);
                    }
                    Action::Fail(fatal) => {
                        reader.outlet.flush();
                        let ListenContext { intents, recommended_shards, .. } = *shared;
                        let (id, url) = (shard.id(), shard.url());
                        return Err(Error::fatal(fatal, id, intents, recommended_shards, unreachable, url));
                    }
                }
            }
            if identify.is_some() && !shard.is_identifying() {
                drop(identify.take());
            }
            if shard.is_over() {
                reader.outlet.flush();
                return Ok(());
            }

            // The notes so far must not wait for the next event.
            reader.outlet.flush();
            let full = shared.outlet.is_full();
            if full && !paused {
                shard.pause();
                if let Some(tap) = &mut reader.tap {
                    tap.behind();
                }
            } else if !full && paused {
                shard.unpause(Instant::now());
            }
            paused = full;

            let tap_deadline = reader.tap.as_ref().and_then(|tap| tap.deadline());
            let deadline = shard.deadline(Instant::now());
            let write_deadline = connection.as_ref().and_then(Connection::write_deadline);
            let wake_at = [deadline, write_deadline, tap_deadline].into_iter().flatten().min();
            let event = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => Wakeup::Stop,
                read = reader.read(&mut connection, &mut shard), if !full => Wakeup::Read(read),
                () = async { shared.outlet.space().await }, if full => Wakeup::Space,
                slot = async { waiting.as_mut().expect("it is waiting").await },
                    if waiting.is_some() => Wakeup::Slot(slot),
                command = commands.recv(), if commands_open && shard.wants_commands() => {
                    Wakeup::Command(command)
                }
                () = sleep_until(wake_at) => Wakeup::Time,
            };
            let now = Instant::now();
            match event {
                Wakeup::Stop => shard.leave(shared.keep_sessions),
                Wakeup::Read(ReadEnd::Yielded) | Wakeup::Space | Wakeup::Time => {}
                Wakeup::Read(ReadEnd::Unreadable(reason)) => shard.unreadable(reason, now),
                Wakeup::Read(ReadEnd::Ended(close)) => {
                    connection = None;
                    waiting = None;
                    shard.closed(close, now);
                }
                Wakeup::Slot(slot) => {
                    waiting = None;
                    drop(turn.take());
                    identify = Some(slot?);
                    shard.slot_granted(now);
                }
                Wakeup::Command(Some(command)) => shard.command(command, now),
                Wakeup::Command(None) => commands_open = false,
            }
            if deadline.is_some_and(|deadline| deadline <= now) {
                shard.tick(now);
            }
            if connection.as_mut().is_some_and(|connection| connection.is_stuck(now)) {
                shard.stuck(now);
            }
            if let Some(tap) = reader.tap.as_mut().filter(|_| tap_deadline.is_some_and(|deadline| deadline <= now)) {
                tap.tick(now);
            }
        }
    }
}

/// Waits for a slot to IDENTIFY, and reports a long wait.
async fn slot(shared: &ListenContext, shard: (u32, u32)) -> Result<Permit<'_>, BudgetSpent> {
    let mut slot = shared.queue.slot(shard.0);
    tokio::select! {
        biased;
        slot = &mut slot => return slot,
        () = tokio::time::sleep(MIN_REPORTED_WAIT) => shared.notices.queued(shard),
    }
    slot.await
}

/// Opens a connection.
async fn open(shared: &ListenContext, shard: (u32, u32), url: &str) -> Result<Connection, Unreachable> {
    let url = shared.hosts.gateway_url(url, shared.compression).map_err(|error| {
        shared.notices.trouble(shard, &error);
        Unreachable { why: error.to_string(), refused: false, hint: None }
    })?;
    Connection::open(&url, &shared.tls, &shared.proxies, shared.compression).await.map_err(|error| {
        shared.notices.unreachable(shard, &error);
        Unreachable { why: error.to_string(), refused: error.is_refusal(), hint: error.hint() }
    })
}

impl Reader<'_> {
    /// Reads payloads until the outlet or the tap must be checked, the shard has an action, or the connection ends.
    async fn read(&mut self, connection: &mut Option<Connection>, shard: &mut Shard) -> ReadEnd {
        std::future::poll_fn(|cx| {
            let Some(connection) = connection else { return Poll::Pending };
            let now = Instant::now();
            if let Some(length) = self.wake.slept(now, self.shared.clock.wall_ms()) {
                shard.slept(length, now);
            }
            let mut malformed = None;
            // Without a tap, an event changes no deadline, so the next read need not return to the loop.
            let mut may_wait = true;
            let read = connection.poll_payloads(cx, |payload| match Frame::parse(payload) {
                Ok(frame) => {
                    may_wait &= frame.op == 0 && self.tap.is_none();
                    self.take(&frame, shard, now)
                }
                Err(error) => {
                    malformed = Some(error.to_string());
                    ControlFlow::Break(())
                }
            });
            if let (true, Some(tap)) = (read.is_pending(), &mut self.tap) {
                tap.caught_up(now);
            }
            if let Some((session, seq)) = shard.progress() {
                self.outlet.progress(session, seq);
            }
            // A report about this event, such as that the shard is connected, comes before the event: the loop makes the
            // report, and flushes then.
            if !shard.has_actions() {
                self.outlet.flush();
            }
            match (malformed, read) {
                (Some(reason), _) => Poll::Ready(ReadEnd::Unreadable(reason)),
                (None, Poll::Pending) if !may_wait || self.shared.outlet.is_full() => Poll::Ready(ReadEnd::Yielded),
                (None, read) => read,
            }
        })
        .await
    }

    fn take(&mut self, frame: &Frame<'_>, shard: &mut Shard, now: Instant) -> ControlFlow<()> {
        shard.frame(frame, now);
        match (&mut self.tap, frame.name) {
            (Some(tap), Some(name)) if frame.op == 0 => tap.event(name, frame.data, now),
            (Some(tap), _) => tap.alive(now),
            (None, _) => {}
        }
        // Save the session before delivering READY. Otherwise, a process that is killed right after READY would leave no
        // session to resume, and the next process could not report a gap.
        if let Some(session) = shard.next_save() {
            self.outlet.session(SessionChange::Save(session));
        }
        let mut flow = Flow::Continue;
        if frame.op == 0 && self.shared.filter.passes(frame) {
            if self.content.finds(frame) {
                self.shared.notices.emptied();
            }
            flow = self.outlet.event(frame);
            if flow == Flow::End {
                self.shared.stop.send_replace(true);
            }
        }
        if flow == Flow::Continue && !shard.has_actions() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
