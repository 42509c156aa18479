//! The task of one shard: it performs the actions of the state machine, reads its connection, keeps its
//! times, and gives its events to the outlet.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use super::connection::{Connection, Read};
use super::content;
use super::error::{Error, Unreachable};
use super::filter::Filter;
use super::frame::Frame;
use super::host::Hosts;
use super::inflate::Compression;
use super::notices::{Notices, WORTH_TELLING};
use super::outlet::{Flow, Outlet, SessionChange, ShardOutlet};
use super::payload::Command;
use super::queue::{BudgetSpent, IdentifyQueue, Permit, Slot};
use super::shard::{Action, CLOSE_FOR_GOOD, Note, Shard};
use super::tap::{ShardTap, Tap};
use super::wake::Wake;
use crate::model::Clock;
use crate::net::Proxies;

/// What all shards of one `listen` share.
pub(super) struct Listener {
    pub hosts: Hosts,
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
    /// Becomes true once, when all shards have to end.
    pub stop: watch::Sender<bool>,
}

/// Lets the next shard of its key start when it is dropped.
pub(super) struct Turn {
    pub key: u32,
    pub over: mpsc::UnboundedSender<u32>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // The receiver is gone when listening has ended.
        let _ = self.over.send(self.key);
    }
}

pub(super) struct Task {
    pub shared: Arc<Listener>,
    pub shard: Shard,
    pub commands: mpsc::Receiver<Command>,
    /// Held until the shard has its slot, so that no idle connections pile up.
    pub turn: Turn,
}

/// What reads a connection's payloads.
struct Reader<'a> {
    shared: &'a Listener,
    outlet: Box<dyn ShardOutlet>,
    tap: Option<Box<dyn ShardTap>>,
    wake: Wake,
    content: content::Watch,
}

/// What ends one wait of the loop.
enum Event<'a> {
    Stop,
    Read(Read),
    Space,
    Slot(Result<Permit<'a>, BudgetSpent>),
    Command(Option<Command>),
    Time,
}

impl Task {
    /// Runs until all shards have to end or this one cannot go on.
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
            wake: Wake::new(Instant::now(), shared.clock.wall_ms()),
            content: content::Watch::new(shared.intents),
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
                        // Before anything is said of it: nobody may take the cache for current.
                        if let (Note::Reconnecting { .. } | Note::Closed { .. }, Some(tap)) = (&note, &mut reader.tap) {
                            tap.down();
                        }
                        shared.notices.note(shard.id(), &note);
                        if let Note::Reconnecting { .. } = note {
                            // A shard that cannot connect must not keep the others from starting.
                            drop(turn.take());
                        }
                        reader.outlet.note(&note);
                    }
                    Action::Fail(fatal) => {
                        reader.outlet.flush();
                        let Listener { intents, recommended_shards, .. } = *shared;
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

            // What has been said so far must not wait for the next event.
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
                _ = stop.wait_for(|stop| *stop) => Event::Stop,
                read = reader.read(&mut connection, &mut shard), if !full => Event::Read(read),
                () = async { shared.outlet.space().await }, if full => Event::Space,
                slot = async { waiting.as_mut().expect("it is waiting").await },
                    if waiting.is_some() => Event::Slot(slot),
                command = commands.recv(), if commands_open && shard.wants_commands() => {
                    Event::Command(command)
                }
                () = sleep_until(wake_at) => Event::Time,
            };
            let now = Instant::now();
            match event {
                Event::Stop => shard.leave(shared.keep_sessions),
                Event::Read(Read::Turn) | Event::Space | Event::Time => {}
                Event::Read(Read::Unreadable(reason)) => shard.unreadable(reason, now),
                Event::Read(Read::Ended(close)) => {
                    connection = None;
                    waiting = None;
                    shard.closed(close, now);
                }
                Event::Slot(slot) => {
                    waiting = None;
                    drop(turn.take());
                    identify = Some(slot?);
                    shard.slot_granted(now);
                }
                Event::Command(Some(command)) => shard.command(command, now),
                Event::Command(None) => commands_open = false,
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

/// Waits for a slot to IDENTIFY in, and notes a long wait.
async fn slot(shared: &Listener, shard: (u32, u32)) -> Result<Permit<'_>, BudgetSpent> {
    let mut slot = shared.queue.slot(shard.0);
    tokio::select! {
        biased;
        slot = &mut slot => return slot,
        () = tokio::time::sleep(WORTH_TELLING) => shared.notices.queued(shard),
    }
    slot.await
}

/// Opens a connection.
async fn open(shared: &Listener, shard: (u32, u32), url: &str) -> Result<Connection, Unreachable> {
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
    /// Reads payloads until the outlet or the cache's tap has to be asked again, the shard wants an action
    /// performed, or the connection ends.
    async fn read(&mut self, connection: &mut Option<Connection>, shard: &mut Shard) -> Read {
        std::future::poll_fn(|cx| {
            let Some(connection) = connection else { return Poll::Pending };
            let now = Instant::now();
            if let Some(length) = self.wake.slept(now, self.shared.clock.wall_ms()) {
                shard.slept(length, now);
            }
            let mut malformed = None;
            // An event changes neither the shard's deadline nor, without a tap, any other: the read goes on.
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
            self.outlet.flush();
            match (malformed, read) {
                (Some(reason), _) => Poll::Ready(Read::Unreadable(reason)),
                (None, Poll::Pending) if !may_wait || self.shared.outlet.is_full() => Poll::Ready(Read::Turn),
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
        // Before READY is delivered: a process that is killed right after it would otherwise leave neither a
        // session to resume nor a gap.
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
