//! The task of one shard: it carries out what the state machine asks for, reads its connection,
//! keeps its times, and hands its lines over.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
use super::line::Lines;
use super::notices::{Notices, WORTH_TELLING};
use super::payload::Command;
use super::queue::{BudgetSpent, IdentifyQueue, Permit, Slot};
use super::session::{SessionStore, StoreError};
use super::shard::{Action, CLOSE_FOR_GOOD, Note, Shard};
use super::tap::{ShardTap, Tap};
use super::wake::Wake;
use super::writer::Writer;
use crate::model::Clock;
use crate::net::Proxies;

/// What all shards of one `listen` share.
pub(super) struct Shared {
    pub hosts: Hosts,
    pub compression: Compression,
    pub tls: Arc<rustls::ClientConfig>,
    pub proxies: Proxies,
    pub filter: Filter,
    pub meta: bool,
    pub keep_sessions: bool,
    pub intents: u64,
    pub clock: Clock,
    pub recommended_shards: Option<u32>,
    pub queue: Arc<IdentifyQueue>,
    pub store: Arc<dyn SessionStore>,
    /// Told when the store fails.
    pub store_failed: mpsc::UnboundedSender<StoreError>,
    pub notices: Arc<dyn Notices>,
    pub tap: Option<Arc<dyn Tap>>,
    pub writer: Writer,
    /// How many events may still be printed, if that is limited.
    pub left: Option<AtomicU64>,
    /// Set once, when all is to end.
    pub stop: watch::Sender<bool>,
}

impl Shared {
    /// Takes one of the events that may be printed; the last one ends the listening.
    fn may_print(&self) -> bool {
        let Some(left) = &self.left else { return true };
        let before = left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1));
        if before == Ok(1) {
            self.stop.send_replace(true);
        }
        before.is_ok()
    }

    /// Changes what is kept of sessions once all lines so far are written: a process that is killed
    /// before must leave what makes the next one write them.
    fn keep(
        &self,
        lines: &mut Lines,
        change: impl FnOnce(&dyn SessionStore) -> Result<(), StoreError> + Send + 'static,
    ) {
        lines.hand_over(&self.writer);
        let (store, failed) = (Arc::clone(&self.store), self.store_failed.clone());
        self.writer.then(move || {
            if let Err(error) = change(&*store) {
                // Nobody listens any more where listening has ended for another reason.
                let _ = failed.send(error);
            }
        });
    }
}

/// Tells, when it is dropped, that the next shard of its key may begin.
pub(super) struct Turn {
    pub key: u32,
    pub over: mpsc::UnboundedSender<u32>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Nobody starts shards any more when listening has ended.
        let _ = self.over.send(self.key);
    }
}

pub(super) struct Task {
    pub shared: Arc<Shared>,
    pub shard: Shard,
    pub commands: mpsc::Receiver<Command>,
    /// Kept until the shard has its slot, so that no idle connections pile up.
    pub turn: Turn,
}

/// What is looked for while a connection is read.
struct Watch {
    wake: Wake,
    content: content::Watch,
}

/// What one turn of the loop brought.
enum Event<'a> {
    Stop,
    Read(Read),
    Space,
    Slot(Result<Permit<'a>, BudgetSpent>),
    Command(Option<Command>),
    Time,
}

impl Task {
    /// Runs until it is told to stop or cannot go on; gives the number of events printed.
    pub async fn run(self) -> Result<u64, Error> {
        let Self { shared, mut shard, mut commands, turn } = self;
        let mut stop = shared.stop.subscribe();
        let mut lines = Lines::new(shard.id());
        let mut connection: Option<Connection> = None;
        let mut waiting: Option<Slot<'_>> = None;
        let mut identify: Option<Permit<'_>> = None;
        let mut unreachable: Option<Unreachable> = None;
        let mut turn = Some(turn);
        let mut commands_open = true;
        let mut paused = false;
        let mut printed = 0;
        let mut marked = None;
        let mut tap = shared.tap.as_ref().map(|tap| tap.shard(shard.id()));

        let wake = Wake::new(Instant::now(), shared.clock.wall_ms());
        let mut watch = Watch { wake, content: content::Watch::new(shared.intents) };
        if !shard.needs_slot() {
            drop(turn.take());
        }
        shard.start(Instant::now());
        loop {
            while let Some(action) = shard.next_action() {
                match action {
                    Action::Connect { url } => {
                        lines.hand_over(&shared.writer);
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
                        lines.hand_over(&shared.writer);
                        match connection.take() {
                            Some(closing) if code == CLOSE_FOR_GOOD => {
                                closing.close_in_order(code).await;
                            }
                            Some(closing) => closing.close(code).await,
                            None => {}
                        }
                    }
                    Action::AwaitSlot => waiting = Some(Box::pin(slot(&shared, shard.id()))),
                    Action::Save(session) => {
                        let number = shard.id().0;
                        shared.keep(&mut lines, move |store| store.save(number, &session));
                    }
                    Action::Forget => {
                        let number = shard.id().0;
                        shared.keep(&mut lines, move |store| store.forget(number));
                    }
                    Action::Note(note) => {
                        shared.notices.note(shard.id(), &note);
                        if let (Note::Reconnecting { .. } | Note::Closed { .. }, Some(tap)) = (&note, &mut tap) {
                            tap.down();
                        }
                        if let Note::Reconnecting { .. } = note {
                            // One shard's trouble must not keep the others from beginning.
                            drop(turn.take());
                        }
                        if shared.meta {
                            lines.note(&note, shared.clock.wall_ms());
                        }
                    }
                    Action::Fail(fatal) => {
                        lines.hand_over(&shared.writer);
                        let Shared { intents, recommended_shards, .. } = *shared;
                        let (id, url) = (shard.id(), shard.url());
                        return Err(Error::fatal(fatal, id, intents, recommended_shards, unreachable, url));
                    }
                }
            }
            if identify.is_some() && !shard.is_identifying() {
                drop(identify.take());
            }
            if shard.is_over() {
                lines.hand_over(&shared.writer);
                return Ok(printed);
            }

            let full = shared.writer.is_full();
            if full && !paused {
                shard.pause();
            } else if !full && paused {
                shard.unpause(Instant::now());
            }
            paused = full;

            if shared.store.wants_written() {
                mark(&shared, &shard, &lines, &mut marked);
            }
            let tap_deadline = tap.as_ref().and_then(|tap| tap.deadline());
            let deadline = shard.deadline(Instant::now());
            let write_deadline = connection.as_ref().and_then(Connection::write_deadline);
            let wake_at = [deadline, write_deadline, tap_deadline].into_iter().flatten().min();
            let event = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => Event::Stop,
                read = read(&mut connection, &mut shard, &mut lines, &shared, &mut printed, &mut tap, &mut watch),
                    if !full => Event::Read(read),
                () = shared.writer.space(), if full => Event::Space,
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
                Event::Read(read) => {
                    lines.hand_over(&shared.writer);
                    match read {
                        Read::Turn => {}
                        Read::Unreadable(reason) => shard.unreadable(reason, now),
                        Read::Ended(close) => {
                            connection = None;
                            waiting = None;
                            shard.closed(close, now);
                        }
                    }
                }
                Event::Slot(slot) => {
                    waiting = None;
                    drop(turn.take());
                    identify = Some(slot?);
                    shard.slot_granted(now);
                }
                Event::Command(Some(command)) => shard.command(command, now),
                Event::Command(None) => commands_open = false,
                Event::Space | Event::Time => {}
            }
            if deadline.is_some_and(|deadline| deadline <= now) {
                shard.tick(now);
            }
            if connection.as_mut().is_some_and(|connection| connection.is_stuck(now)) {
                shard.stuck(now);
            }
            if let Some(tap) = tap.as_mut().filter(|_| tap_deadline.is_some_and(|deadline| deadline <= now)) {
                tap.tick(now);
            }
        }
    }
}

/// Has the store told how far the shard has come, once the lines so far are written.
fn mark(shared: &Arc<Shared>, shard: &Shard, lines: &Lines, marked: &mut Option<u64>) {
    let Some((session, seq)) = shard.progress() else { return };
    // After an event that was not printed, for there were enough, nothing counts as written.
    if *marked == Some(seq) || !lines.is_empty() || lines.is_cut() {
        return;
    }
    *marked = Some(seq);
    let (store, session, number) = (Arc::clone(&shared.store), session.to_owned(), shard.id().0);
    shared.writer.then(move || store.written(number, &session, seq));
}

/// Waits for a slot to identify in, and tells so if that takes a while.
async fn slot(shared: &Shared, shard: (u32, u32)) -> Result<Permit<'_>, BudgetSpent> {
    let mut slot = shared.queue.slot(shard.0);
    tokio::select! {
        biased;
        slot = &mut slot => return slot,
        () = tokio::time::sleep(WORTH_TELLING) => shared.notices.queued(shard),
    }
    slot.await
}

/// Opens a connection.
async fn open(shared: &Shared, shard: (u32, u32), url: &str) -> Result<Connection, Unreachable> {
    let url = shared.hosts.gateway_url(url, shared.compression).map_err(|error| {
        shared.notices.trouble(shard, &error);
        Unreachable { why: error.to_string(), refused: false, hint: None }
    })?;
    Connection::open(&url, &shared.tls, &shared.proxies, shared.compression).await.map_err(|error| {
        shared.notices.unreachable(shard, &error);
        Unreachable { why: error.to_string(), refused: error.is_refusal(), hint: error.hint() }
    })
}

/// Reads payloads into lines until the next read would wait, the lines fill a batch, or the shard
/// wants something done.
async fn read(
    connection: &mut Option<Connection>,
    shard: &mut Shard,
    lines: &mut Lines,
    shared: &Shared,
    printed: &mut u64,
    tap: &mut Option<Box<dyn ShardTap>>,
    watch: &mut Watch,
) -> Read {
    std::future::poll_fn(|cx| {
        let Some(connection) = connection else { return Poll::Pending };
        let now = Instant::now();
        if let Some(length) = watch.wake.slept(now, shared.clock.wall_ms()) {
            shard.slept(length, now);
        }
        let mut malformed = None;
        let read = connection.poll_payloads(cx, |payload| {
            let frame = match Frame::parse(payload) {
                Ok(frame) => frame,
                Err(error) => {
                    malformed = Some(error.to_string());
                    return ControlFlow::Break(());
                }
            };
            shard.frame(&frame, now);
            match (&mut *tap, frame.name) {
                (Some(tap), Some(name)) if frame.op == 0 => tap.event(name, frame.data, now),
                (Some(tap), _) => tap.alive(now),
                (None, _) => {}
            }
            // Before READY is written, or a process that is killed right after it would leave a session
            // that nobody goes on with, and no gap.
            if let Some(session) = shard.next_save() {
                let number = shard.id().0;
                shared.keep(lines, move |store| store.save(number, &session));
            }
            if frame.op == 0 && shared.filter.passes(&frame) {
                if watch.content.finds(&frame) {
                    shared.notices.emptied();
                }
                if shared.may_print() {
                    lines.event(&frame);
                    *printed += 1;
                } else {
                    lines.cut();
                }
            }
            if lines.is_full() || shard.has_actions() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match (malformed, read) {
            (Some(reason), _) => Poll::Ready(Read::Unreadable(reason)),
            (None, Poll::Pending) if !lines.is_empty() => Poll::Ready(Read::Turn),
            (None, read) => read,
        }
    })
    .await
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
