//! The call of one line.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{oneshot, watch};

use crate::call::bind::Bound;
use crate::call::each::{Line, Outcome, Record};
use crate::call::{self, Answer, App, Content, FindServer, Listing, Policy, Wants};
use crate::catalogue::Method;
use crate::error::{self, Delivery, Error, Peer, Report, exit};
use crate::rest::{self, Gate, Page, Request};
use crate::store;

/// The call of a line, ready to be sent.
pub struct Task {
    pub line: Line,
    pub bound: Bound,
    pub server: FindServer,
    pub record: Option<Record>,
    pub turn: Turn,
}

/// The order of requests that create something in the same place: messages of a channel appear in the order of the lines.
#[derive(Default)]
pub struct Turns(HashMap<String, oneshot::Receiver<()>>);

/// The turn of one request. Dropping it lets the next one go.
#[derive(Default)]
pub struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _after: Option<oneshot::Sender<()>>,
}

impl Turns {
    /// With more places than this, those without a request in flight are forgotten.
    const MOST: usize = 1024;

    pub fn next(&mut self, request: &Request) -> Turn {
        if request.method != Method::Post {
            return Turn::default();
        }
        if self.0.len() > Self::MOST {
            self.0.retain(|_, before| matches!(before.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
        }
        let (after, wait) = oneshot::channel();
        Turn { before: self.0.insert(request.shown_path(), wait), _after: Some(after) }
    }
}

impl Turn {
    async fn wait(&mut self) {
        if let Some(before) = self.before.take() {
            // The turn before ends by being dropped.
            let _ = before.await;
        }
    }
}

/// What came of a line.
pub struct Finished<'a> {
    pub line: Line,
    pub fate: Fate<'a>,
}

pub enum Fate<'a> {
    Done {
        result: Box<Printable<'a>>,
        server: Option<String>,
    },
    Failed(Box<Failure>),
    /// The job ended before the request was sent, or before its outcome was known.
    Given {
        was_sent: bool,
    },
}

/// What a call returned.
pub enum Printable<'a> {
    Answer(Answer),
    /// There was nothing to do.
    Nothing,
    /// A list, of which the first page was read.
    Pages(Option<Page>, Box<Listing<'a>>),
}

/// Why a line failed.
pub struct Failure {
    /// `None` if nothing is printed, because nobody reads the output.
    pub report: Option<Report>,
    /// Whether the whole job must end, because other lines would fail in the same way.
    pub is_fatal: bool,
}

impl Failure {
    pub fn new(error: &Error, peer: &Peer) -> Self {
        let report = error::report(error, peer);
        let is_of_line = |report: &Report| {
            [exit::USAGE, exit::PARTLY, exit::FORBIDDEN, exit::NOT_FOUND, exit::INVALID].contains(&report.exit)
        };
        Self { is_fatal: !report.as_ref().is_some_and(is_of_line), report }
    }

    pub fn may_be_done(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.sent == Some(Delivery::Maybe))
    }

    pub fn outcome(&self) -> Outcome {
        match self.may_be_done() {
            true => Outcome::Unknown,
            false if self.is_fatal => Outcome::NotSent,
            false => Outcome::Failed,
        }
    }
}

/// Ends a job: no further request is sent.
pub struct Stop(watch::Sender<bool>);

impl Stop {
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub fn set(&self) {
        self.0.send_replace(true);
    }

    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    async fn wait(&self) {
        // The sender lives as long as this value.
        let _ = self.0.subscribe().wait_for(|is_set| *is_set).await;
    }
}

/// Sends the request of a line. After a stop, a request that waits is not sent, and one that is on its way is completed.
pub async fn carry_out<'a>(app: &'a App, policy: &Policy<'_>, peer: &Peer, stop: &Stop, task: Task) -> Finished<'a> {
    let Task { line, bound, server, record, mut turn } = task;
    let changes = bound.endpoint.method != Method::Get;
    let gate = LineGate {
        record: record.as_ref().filter(|_| changes),
        app,
        stop,
        was_sent: false.into(),
        failure: Mutex::default(),
    };
    let policy = Policy { rights: policy.rights.clone(), gate: Some(&gate), ..*policy };
    let called = tokio::select! {
        biased;
        () = turn.wait() => {
            let call = Box::pin(fetch(app, bound, &policy, server));
            match changes {
                true => Some(call.await),
                // A read can be given up at any time.
                false => tokio::select! { biased; called = call => Some(called), () = stop.wait() => None },
            }
        }
        () = stop.wait() => None,
    };
    // The next request need not wait until the journal has this one.
    drop(turn);
    let was_sent = gate.was_sent.load(Ordering::Relaxed);
    let failure = gate.failure.into_inner().expect("no holder of this lock panics");
    let fate = match (called, failure) {
        (_, Some(error)) => Fate::Failed(Box::new(Failure::new(&error.into(), peer))),
        (None, None) => Fate::Given { was_sent },
        (Some(Err(error)), None) if is_stopped(&error) => Fate::Given { was_sent },
        (Some(Err(error)), None) => Fate::Failed(Box::new(Failure::new(&error, peer))),
        (Some(Ok((result, server))), None) => Fate::Done { result: Box::new(result), server },
    };
    let outcome = match &fate {
        Fate::Done { .. } => Some(Outcome::Done),
        Fate::Failed(failure) => Some(failure.outcome()),
        Fate::Given { .. } => None,
    };
    let mut fate = fate;
    if let (Some(record), Some(outcome)) = (&record, outcome)
        && (changes || outcome != Outcome::NotSent)
        && let Err(error) = record.ended(outcome).await
        && !stop.is_set()
    {
        // The request was sent all the same, so its result is lost to the journal alone.
        fate = Fate::Failed(Box::new(Failure::new(&error.into(), peer)));
    }
    if matches!(&fate, Fate::Failed(failure) if failure.is_fatal) {
        stop.set();
    }
    Finished { line, fate }
}

fn is_stopped(error: &Error) -> bool {
    let is = |error: &rest::Error| match error {
        rest::Error::AfterLostAnswer(error) => matches!(**error, rest::Error::Stopped),
        error => matches!(error, rest::Error::Stopped),
    };
    match error {
        Error::Rest(error) => is(error),
        Error::Request(failed) => is(&failed.source),
        _ => false,
    }
}

async fn fetch<'a>(
    app: &'a App,
    bound: Bound,
    policy: &Policy<'_>,
    server: FindServer,
) -> error::Result<(Printable<'a>, Option<String>)> {
    let outcome = call::execute(app, bound, policy, Wants { server, ..Wants::default() }).await?;
    let result = match outcome.content {
        Content::Answer(answer) => match answer.failed {
            Some(failed) => return Err(failed.into()),
            None => Printable::Answer(answer),
        },
        Content::Nothing => Printable::Nothing,
        Content::Pages(mut listing) => Printable::Pages(listing.next().await?, listing),
        Content::Parts(_) | Content::Planned(_) => unreachable!("a job neither splits messages nor sends a dry run"),
    };
    Ok((result, outcome.server))
}

/// Records that a request is about to be sent, and ends its waits when the job ends.
struct LineGate<'a> {
    record: Option<&'a Record>,
    app: &'a App,
    stop: &'a Stop,
    was_sent: AtomicBool,
    failure: Mutex<Option<store::Error>>,
}

impl LineGate<'_> {
    async fn pass(&self) -> Result<(), rest::Error> {
        if self.stop.is_set() {
            return Err(rest::Error::Stopped);
        }
        if let Some(record) = self.record.filter(|_| !self.was_sent.load(Ordering::Relaxed))
            && let Err(error) = record.sending(self.app.clock.wall_ms()).await
        {
            *self.failure.lock().expect("no holder of this lock panics") = Some(error);
            return Err(rest::Error::Stopped);
        }
        self.was_sent.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Gate for LineGate<'_> {
    fn open(&self) -> Pin<Box<dyn Future<Output = Result<(), rest::Error>> + Send + '_>> {
        Box::pin(self.pass())
    }

    fn stopped(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.stop.wait())
    }
}
