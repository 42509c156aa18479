//! `--each`: runs a command once per line, many calls at a time, with the results in the order of the lines.

mod tally;
mod task;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::thread;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::sync::{Semaphore, mpsc};

use self::tally::Tally;
use self::task::{Failure, Fate, Finished, Printable, Stop, Task, Turns, carry_out};
use super::signals::{Ending, Signals};
use super::{ask, dry_run, endpoint};
use crate::call::app::scopes;
use crate::call::bind::{self, Bound, Values, set_nonce};
use crate::call::each::{Journal, Line, Lines, Options, Outcome, Past, Record, Template, question};
use crate::call::{self, Confirm, Document, FindServer, Policy, Question, Rewrite, Wants};
use crate::catalogue::{Endpoint, Method};
use crate::context::{Context, view};
use crate::error::{self, Delivery, Exit, Peer, Report, Result, exit};
use crate::output::{Printer, Stdout};

/// How many calls run at a time, those that wait for a rate limit included. Enough for 50 requests a second, Discord's global
/// limit, with responses that take half a second.
const MOST_AT_A_TIME: usize = 32;

/// How many lines may be ahead of the oldest one whose result is missing. Results are printed in the order of the lines, and this
/// bounds how many wait.
const MOST_AHEAD: usize = 256;

/// How many lines are read ahead.
const MOST_READ: usize = 16;

/// For how long Discord recognises a nonce, with some reserve. Discord's documentation says "a few minutes".
const NONCE_MS: i64 = 180_000;

/// Runs a command that consists of several requests, or of none.
pub type RunSteps = fn(&Context, &Policy<'_>, Bound) -> Result<()>;

/// How the command of a line runs.
pub enum How {
    /// As one request.
    Call(Option<Rewrite>),
    /// As several requests, which print their own result.
    Steps(RunSteps),
}

/// Runs a command once per line.
pub fn run(context: &Context, row: &'static Endpoint, values: Values, options: &Options, how: &How) -> Result<()> {
    let mut printer = context.printer(view(row))?;
    let app = &context.app;
    let mut policy = endpoint::policy(context, values.cached.as_deref(), &|_| call::Reply::Unanswered)?;
    if !matches!(policy.confirm, Confirm::Granted) {
        policy.confirm = Confirm::Refuse;
    }
    let rewrite = if let How::Call(rewrite) = how { *rewrite } else { None };
    let template = Template::new(app, row, values, options, rewrite, &policy);
    let template = context.block_on(Box::pin(template))??;
    let total = count(options, context)?;
    confirm(context, row, &template, options, &mut policy, total)?;
    let journal = match options.journal.as_deref().filter(|_| !policy.dry_run) {
        Some(path) => {
            app.authenticate(row.auth);
            let scope = scopes(&app.api_url()?, app.known_token()).token;
            let identity = template.identity();
            Some(context.block_on(Box::pin(Journal::open(path, &row.words(), &identity, &scope)))??)
        }
        None => None,
    };
    let server = if printer.prints_links() { FindServer::Asked } else { FindServer::No };
    if printer.uses_reader() {
        printer.set_reader(Box::new(context.reader(row)));
    }
    let peer = app.api_url().map_or(Peer::Discord, |url| Peer::of(&url));
    let tally = Tally::new(context, total, options.journal.is_some());
    let mut job = Job { context, row, options, policy, template, journal, server, peer, tally, printer };
    let lines = read(options)?;
    let ended = match how {
        How::Steps(steps) => job.one_by_one(*steps, lines),
        How::Call(_) => context.block_on(Box::pin(job.at_once(lines)))?,
    };
    job.finish(ended)
}

struct Job<'a> {
    context: &'a Context,
    row: &'static Endpoint,
    options: &'a Options,
    policy: Policy<'a>,
    template: Template,
    journal: Option<Journal>,
    server: FindServer,
    peer: Peer,
    tally: Tally<'a>,
    printer: Printer<Stdout>,
}

/// What a line needs.
enum Prepared {
    /// Its request, and its record if there is a journal.
    Send(Box<Bound>, Option<Record>),
    /// Nothing: an earlier run did it.
    Skip,
}

/// Why a job ends before its last line.
enum Cut {
    Signal(Ending),
    /// The exit status of the error that ended it, which is printed.
    Error(u8),
    /// Nobody reads the output.
    Closed,
}

impl<'a> Job<'a> {
    /// The request of a line, unless the journal says that it must not be sent.
    async fn prepare(&mut self, line: &Line) -> Result<Prepared> {
        let text = line.text.as_deref().unwrap_or_default();
        let found = self.journal.as_mut().map(|journal| journal.next(text));
        match found {
            Some((_, Some(Past::Done))) => {
                self.tally.skip();
                return Ok(Prepared::Skip);
            }
            Some((_, Some(Past::Failed))) if !self.options.retry_failed => {
                self.tally.fail_before();
                return Ok(Prepared::Skip);
            }
            _ => {}
        }
        let mut bound = Box::pin(self.template.bind(&self.context.app, line, &self.policy)).await?;
        let Some((journal, (key, past))) = self.journal.as_ref().zip(found) else {
            return Ok(Prepared::Send(Box::new(bound), None));
        };
        let is_post = bound.request.method == Method::Post;
        let has_nonce = bound.request.repeatable && is_post;
        if has_nonce {
            set_nonce(&mut bound.request, &journal.nonce(key));
        }
        if let Some(Past::Unknown { since_ms }) = past {
            let age = self.context.clock.wall_ms().saturating_sub(since_ms);
            let is_recognised = has_nonce && (0..NONCE_MS).contains(&age);
            // The same change, made twice, is the same.
            if is_post && !is_recognised && !self.options.retry_unknown {
                return Err(unknown().into());
            }
            bound.request.may_be_done = true;
        }
        Ok(Prepared::Send(Box::new(bound), Some(journal.record(key, line.number))))
    }

    /// Runs a command that consists of several requests, line by line.
    fn one_by_one(&mut self, steps: RunSteps, mut lines: mpsc::Receiver<io::Result<Line>>) -> Result<Option<Cut>> {
        let context = self.context;
        while let Some(line) = lines.blocking_recv() {
            let line = line.map_err(|error| unreadable(self.options, error))?;
            let result = match context.block_on(self.prepare(&line))? {
                Ok(Prepared::Skip) => continue,
                Err(error) => Err(error),
                Ok(Prepared::Send(bound, record)) => {
                    let record = record.filter(|_| !self.policy.dry_run);
                    if let Some(record) = &record {
                        context.block_on(record.sending(context.clock.wall_ms()))??;
                    }
                    let result = steps(context, &self.policy, *bound);
                    let outcome = match &result {
                        Ok(()) => Outcome::Done,
                        Err(error) => Failure::new(error, &self.peer).outcome(),
                    };
                    if let Some(record) = &record {
                        context.block_on(record.ended(outcome))??;
                    }
                    result
                }
            };
            match result {
                Ok(()) => self.tally.done(),
                Err(error) => {
                    if let Some(cut) = self.failed(&line, Failure::new(&error, &self.peer)) {
                        return Ok(Some(cut));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Runs a command that consists of one request, for many lines at a time.
    async fn at_once(&mut self, mut lines: mpsc::Receiver<io::Result<Line>>) -> Result<Option<Cut>> {
        let app = &*self.context.app;
        let (stop, slots) = (Stop::new(), Semaphore::new(MOST_AT_A_TIME));
        let (policy, peer) = (Policy { rights: self.policy.rights.clone(), ..self.policy }, self.peer.clone());
        let mut signals = Signals::new()?;
        let (mut cut, mut broken) = (None, None);
        let mut is_open = true;
        let mut turns = Turns::default();
        let mut window = FuturesOrdered::new();
        while is_open || !window.is_empty() {
            // Until a slot is free, the line stays in the channel.
            let next = async {
                let slot = slots.acquire().await.expect("the semaphore is never closed");
                (lines.recv().await, slot)
            };
            tokio::select! {
                ending = signals.next() => {
                    if stop.is_set() {
                        return Ok(Some(Cut::Signal(ending)));
                    }
                    cut = Some(Cut::Signal(ending));
                    stop.set();
                    is_open = false;
                }
                Some(finished) = window.next(), if !window.is_empty() => {
                    match self.settle(finished).await {
                        Ok(None) => {}
                        Ok(Some(found)) => {
                            cut.get_or_insert(found);
                            stop.set();
                        }
                        Err(error) => {
                            stop.set();
                            // The results of the others are recorded, although nobody can read them.
                            while let Some(finished) = window.next().await {
                                self.tally.unprinted(&finished);
                            }
                            return self.unprintable(error);
                        }
                    }
                }
                (line, slot) = next, if is_open && window.len() < MOST_AHEAD => {
                    if stop.is_set() {
                        is_open = false;
                        if let Some(Ok(line)) = line {
                            self.tally.given(&line, false);
                        }
                        continue;
                    }
                    let Some(line) = line else { is_open = false; continue };
                    let line = match line {
                        Ok(line) => line,
                        Err(error) => {
                            broken = Some(unreadable(self.options, error));
                            is_open = false;
                            continue;
                        }
                    };
                    let prepared = self.prepare(&line).await;
                    let (policy, peer, stop, server) = (&policy, &peer, &stop, self.server);
                    match prepared {
                        Ok(Prepared::Skip) => {}
                        Ok(Prepared::Send(bound, _)) if policy.dry_run => self.plan(*bound).await?,
                        Ok(Prepared::Send(bound, record)) => {
                            let turn = turns.next(&bound.request);
                            let task = Task { line, bound: *bound, server, record, turn };
                            window.push_back(Box::pin(async move {
                                let finished = carry_out(app, policy, peer, stop, task).await;
                                drop(slot);
                                finished
                            }) as Pin<Box<dyn Future<Output = Finished<'a>> + '_>>);
                        }
                        Err(error) => {
                            let failure = Failure::new(&error, peer);
                            if failure.is_fatal {
                                stop.set();
                            }
                            let fate = Fate::Failed(Box::new(failure));
                            window.push_back(Box::pin(std::future::ready(Finished { line, fate })));
                        }
                    }
                }
            }
        }
        broken.map_or(Ok(cut), |error| Err(error.into()))
    }

    /// Prints the requests of a dry run.
    async fn plan(&mut self, bound: Bound) -> Result<()> {
        let outcome = call::execute(&self.context.app, bound, &self.policy, Wants::default()).await?;
        if let call::Content::Planned(planned) = outcome.content {
            planned.iter().try_for_each(|planned| dry_run::print(self.context, planned))?;
        }
        self.tally.done();
        Ok(())
    }

    /// Prints what came of a line. Returns why the job must end, if it must.
    async fn settle(&mut self, finished: Finished<'_>) -> Result<Option<Cut>> {
        let Finished { line, fate } = finished;
        match fate {
            Fate::Given { was_sent } => {
                self.tally.given(&line, was_sent);
                Ok(None)
            }
            Fate::Failed(failure) => Ok(self.failed(&line, *failure)),
            Fate::Done { result, server } => {
                self.tally.done();
                if server.is_some() {
                    self.printer.set_server(server);
                }
                match *result {
                    Printable::Nothing => {}
                    Printable::Answer(answer) => self.print(&answer.document)?,
                    Printable::Pages(mut page, mut listing) => {
                        while let Some(read) = page.take() {
                            self.printer.learn(read.body());
                            self.printer.page(&read.items())?;
                            page = match listing.next().await {
                                Ok(page) => page,
                                Err(error) => return Ok(self.failed(&line, Failure::new(&error, &self.peer))),
                            };
                        }
                    }
                }
                Ok(None)
            }
        }
    }

    /// Prints a document as an item, so that the results of all lines are one list.
    fn print(&mut self, document: &Document) -> Result<()> {
        let Document::Body { body, content_type } = document else {
            let Document::Items(items) = document else { return Ok(()) };
            let items: Vec<_> = items.iter().filter_map(|item| serde_json::from_str(item).ok()).collect();
            return Ok(self.printer.page(&items)?);
        };
        if body.is_empty() {
            return Ok(());
        }
        match document.object() {
            Some(object) if object.get().starts_with('{') && self.row.items.is_none() && !self.printer.is_raw() => {
                self.printer.learn(body);
                Ok(self.printer.page(&[object])?)
            }
            _ => Ok(self.printer.answer(body, content_type.as_deref())?),
        }
    }

    /// Prints why a line failed. Returns why the job must end, if it must.
    fn failed(&mut self, line: &Line, failure: Failure) -> Option<Cut> {
        let may_be_done = failure.may_be_done();
        let Failure { report, is_fatal } = failure;
        let Some(report) = report else { return Some(Cut::Closed) };
        let cut = is_fatal.then_some(Cut::Error(report.exit));
        self.tally.failed(line, report, is_fatal, may_be_done);
        cut
    }

    /// The end of a job whose results cannot be printed.
    fn unprintable(&self, error: error::Error) -> Result<Option<Cut>> {
        match error::report(&error, &self.peer) {
            None => Ok(Some(Cut::Closed)),
            Some(_) => Err(error),
        }
    }

    /// Ends the output, and says how the job ended.
    fn finish(mut self, ended: Result<Option<Cut>>) -> Result<()> {
        let printed = self.printer.finish();
        // The journal is complete before its end is reported.
        drop(self.journal.take());
        let cut = ended?;
        if matches!(cut, Some(Cut::Closed)) {
            return Ok(());
        }
        printed?;
        match cut {
            None => self.context.warn_of_unseen_fields(&self.printer),
            Some(_) => self.tally.report_cut(),
        }
        match cut {
            Some(Cut::Signal(ending)) => Err(Exit(ending.status()).into()),
            Some(Cut::Error(status)) => Err(Exit(status).into()),
            Some(Cut::Closed) => Ok(()),
            None => self.tally.end(),
        }
    }
}

/// The error for a line that an earlier run may have sent.
fn unknown() -> Box<Report> {
    let message = "an earlier run may have sent this line, and recorded no outcome; dcord does not send it again";
    let mut report = Report::new(exit::PARTLY, "unknown", message, None);
    report.sent = Some(Delivery::Maybe);
    Box::new(report)
}

fn unreadable(options: &Options, source: io::Error) -> bind::Error {
    let path = bind::input::shown(&options.input);
    bind::Error::Read { flag: "--each".to_owned(), path, source: source.into() }
}

/// Opens the input.
fn open(options: &Options) -> Result<Box<dyn Read + Send>> {
    Ok(match options.input.as_str() {
        "-" => Box::new(io::stdin()),
        path => Box::new(File::open(path).map_err(|error| unreadable(options, error))?),
    })
}

/// Reads lines in a thread, because reading may block.
fn read(options: &Options) -> Result<mpsc::Receiver<io::Result<Line>>> {
    let input = open(options)?;
    let (sender, receiver) = mpsc::channel(MOST_READ);
    thread::Builder::new().name("lines".to_owned()).spawn(move || {
        for line in Lines::new(BufReader::new(input)) {
            let is_last = line.is_err();
            if sender.blocking_send(line).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// The number of lines of the input, if it is a file that can be read twice and the number is shown.
fn count(options: &Options, context: &Context) -> Result<Option<u64>> {
    let is_shown = context.console.progress().is_drawn() || ask::can_ask(context);
    // A file that does not exist is an error before the question about its lines.
    let is_file = options.input != "-"
        && std::fs::metadata(&options.input).map_err(|error| unreadable(options, error))?.is_file();
    if !is_file || !is_shown {
        return Ok(None);
    }
    let mut count = 0;
    for line in Lines::new(BufReader::new(open(options)?)) {
        line.map_err(|error| unreadable(options, error))?;
        count += 1;
    }
    Ok(Some(count))
}

/// Asks once for the whole job, if the command cannot be undone.
fn confirm(
    context: &Context,
    row: &'static Endpoint,
    template: &Template,
    options: &Options,
    policy: &mut Policy<'_>,
    total: Option<u64>,
) -> Result<()> {
    if policy.dry_run {
        return Ok(());
    }
    if !row.destructive || matches!(policy.confirm, Confirm::Granted) || total == Some(0) {
        return Ok(());
    }
    let ask = |question: &Question| ask::ask(context, question);
    let can_ask = options.input != "-" && ask::can_ask(context);
    let confirm = if can_ask { Confirm::Ask(&ask) } else { Confirm::Refuse };
    let input = bind::input::shown(&options.input);
    confirm.ask(question(row, template.entity(), total, &input, &template.options()))?;
    policy.confirm = Confirm::Granted;
    Ok(())
}
