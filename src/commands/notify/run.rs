//! `dcord notify run -- CMD…` runs a command, passes on its output and exit status, and reports its result.

use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader, Read as _, Write};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use tokio::process::Child;

use super::args::{self, Options};
use super::compose::{COMMAND, DURATION, EXIT_STATUS, compose, contents, facts, learn_secrets};
use super::deliver::{Courier, Destination, NOT_DELIVERED, Outcome, Posted};
use super::facts::Facts;
use super::message::Message;
use super::status::Status;
use super::text::{self, Tail};
use crate::call::bind::input::Input;
use crate::call::bind::{Error, Overflow};
use crate::call::{Policy, Question, Reply, Wants};
use crate::commands::child;
use crate::commands::signals::{Ending, Signals};
use crate::context::Context;
use crate::error::{self, CannotRun, Exit, Peer, Report, Result, exit};
use crate::model::{shell, time};
use crate::output::console;
use crate::output::stdout::Sink;

const USAGE: &str = "notify run [OPTIONS] -- COMMAND [ARGUMENT…]";

pub fn args(command: Command) -> Command {
    let command = command.override_usage(format!("dcord {USAGE}")).after_help(
        "Runs the command and exits with its status, even if the notification cannot be delivered. The command's standard input, \
         output and errors pass through unchanged, and signals are forwarded to it. The message has the duration, the exit \
         status, and on failure the last lines of the output. Of the command line it shows only the name of the program, \
         because arguments may contain secrets.\n\n\
         The command runs only if a webhook or a token is set, or with --optional. It does not see a terminal, because \
         dcord reads its output; with --tail-on never, it does.\n\n\
         Examples:\n  \
         dcord notify run -- make test\n  \
         dcord notify run --start --title 'Deploy to production' -- ./deploy.sh production\n  \
         dcord notify run --only-on failure --mention 555555555555555555 -- /usr/local/bin/backup",
    );
    args::shared(command.arg(args::lines("Number of lines of the output to show [default: 20]")).args([
        when("tail-on", "When to show the end of the output [default: failure]", &["failure", "always", "never"]),
        when("only-on", "When to post [default: always]", &["failure", "always"]),
        switch("start", "Post a message when the command starts, and edit it at the end"),
        switch("show-command", "Show the whole command line"),
    ]))
    .arg(
        Arg::new("command")
            .num_args(0..)
            .trailing_var_arg(true)
            .value_name("COMMAND")
            .value_parser(value_parser!(OsString))
            .help("Command to run, with its arguments"),
    )
}

fn when(name: &'static str, help: &'static str, values: &'static [&'static str]) -> Arg {
    Arg::new(name).long(name).value_name("WHEN").help(help).value_parser(values.to_vec()).help_heading("Message")
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue).help_heading("Message")
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    learn_secrets(context);
    let mut input = Input::default();
    input.take_stdin("the command")?;
    let options = Options::read(matches, &mut input)?;
    let words: Vec<OsString> = matches.get_many("command").into_iter().flatten().cloned().collect();
    let Some((program, arguments)) = words.split_first() else {
        return Err(Error::Missing { what: "COMMAND".to_owned(), usage: USAGE.to_owned(), hint: None }.into());
    };
    let conflict = |first: &str, second: &str| Error::Conflict { first: first.to_owned(), second: second.to_owned() };
    if options.overflow == Overflow::Split && matches.get_flag("start") {
        return Err(conflict("--overflow split", "--start").into());
    }
    if context.settings.flags.dry_run.is_some() {
        let message = "\"notify run\" has no dry run, because what it reports is the command that it runs";
        let hint = "to see a message without sending it: dcord notify --dry-run TEXT".to_owned();
        return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
    }
    if context.settings.flags.offline {
        return Err(conflict("notify run", "--offline").into());
    }
    let destination = match Destination::of(context, &options)? {
        Ok(destination) => Some(destination),
        Err(no_secret) => {
            no_secret.end(context, options.is_optional)?;
            None
        }
    };
    let unasked = |_: &Question| Reply::Unanswered;
    let policy = crate::commands::endpoint::policy(context, None, &unasked)?;
    let is = |id: &str, value: &str| matches.get_one::<String>(id).is_some_and(|given| given == value);
    let job = Job {
        context,
        policy: &policy,
        destination: destination.as_ref(),
        facts: facts(),
        program,
        arguments,
        tail_on: match matches.get_one::<String>("tail-on").map(String::as_str) {
            Some("always") => TailOn::Always,
            Some("never") => TailOn::Never,
            _ => TailOn::Failure,
        },
        only_on_failure: is("only-on", "failure"),
        starts: matches.get_flag("start"),
        shows_command: matches.get_flag("show-command"),
        options,
    };
    if job.options.template.is_some() {
        // Reports an error in the template before the command runs.
        contents(context, &job.options, &job.facts, &job.message(Status::Started))?;
    }
    match context.block_on(job.run())?? {
        0 => Ok(()),
        code => Err(Exit(code).into()),
    }
}

/// When the message includes the end of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TailOn {
    Failure,
    Always,
    Never,
}

/// A command to run and report.
struct Job<'a> {
    context: &'a Context,
    policy: &'a Policy<'a>,
    /// `None` if nothing is posted.
    destination: Option<&'a Destination>,
    options: Options,
    facts: Facts,
    program: &'a OsStr,
    arguments: &'a [OsString],
    tail_on: TailOn,
    only_on_failure: bool,
    starts: bool,
    shows_command: bool,
}

impl Job<'_> {
    /// Runs the command, and returns its exit status in the shell's convention.
    async fn run(&self) -> Result<u8> {
        let mut signals = Signals::new()?;
        let begun = Instant::now();
        let (mut child, outputs) = match self.spawn() {
            Ok(spawned) => spawned,
            Err(source) => {
                let error = CannotRun { program: self.program.to_owned(), source };
                let message = self.message(Status::Failure);
                self.post(Message { text: Some(text::plain(&error.to_string())), ..message }, None, &mut signals).await;
                return Err(error.into());
            }
        };
        // The command does not wait for the message about its start.
        let wait = async {
            let waited = child::wait(&mut child, &mut signals).await;
            (waited, begun.elapsed())
        };
        let ((waited, length), started) = tokio::join!(wait, self.post_start());
        let (exit, ending) = waited?;
        outputs.end().await;
        let code = child::code(exit);
        let status = match (code, ending) {
            (0, _) => Status::Success,
            (_, Some(_)) => Status::Cancelled,
            _ => Status::Failure,
        };
        // If a message about the start was posted, the result must replace it.
        if status == Status::Success && self.only_on_failure && !self.starts {
            return Ok(code);
        }
        let mut message = self.message(status);
        let mut facts = vec![(DURATION.to_owned(), time::in_words(length))];
        facts.extend(ended_by(exit, ending).map(|how| (EXIT_STATUS.to_owned(), how)));
        let at = message.fields.len() - self.options.fields.len();
        message.fields.splice(at..at, facts);
        let shows_tail = match self.tail_on {
            TailOn::Always => true,
            TailOn::Failure => status != Status::Success,
            TailOn::Never => false,
        };
        if shows_tail {
            message.log = Some(outputs.tail(self.options.lines));
        }
        self.post(message, started, &mut signals).await;
        Ok(code)
    }

    /// Starts the command. Its output passes through dcord, unless no message can include it.
    fn spawn(&self) -> io::Result<(Child, Outputs)> {
        let mut command = tokio::process::Command::new(self.program);
        command.args(self.arguments);
        let mut outputs = Outputs::default();
        if self.tail_on == TailOn::Never || self.destination.is_none() {
            return Ok((command.spawn()?, outputs));
        }
        let (from_stdout, stdout) = io::pipe()?;
        let (from_stderr, stderr) = io::pipe()?;
        command.stdout(stdout).stderr(stderr);
        let child = command.spawn()?;
        // Dropping the command closes dcord's ends of the pipes for writing, so that the pipes end with the program.
        drop(command);
        outputs.copy(from_stdout, Sink::open()?);
        outputs.copy(from_stderr, console::passthrough());
        Ok((child, outputs))
    }

    fn message(&self, status: Status) -> Message {
        let name = Path::new(self.program).file_name().unwrap_or(self.program).to_string_lossy().into_owned();
        let mut message = compose(&self.options, &self.facts, status, Some(&name));
        let words = std::iter::once(self.program).chain(self.arguments.iter().map(OsString::as_os_str));
        let command = match self.shows_command {
            true => words.map(|word| shell::word(&word.to_string_lossy()).into_owned()).collect::<Vec<_>>().join(" "),
            false => name,
        };
        let at = message.fields.len() - self.options.fields.len();
        message.fields.insert(at, (COMMAND.to_owned(), text::plain(&command)));
        message
    }

    /// Posts a message that the command has started, if the options ask for one.
    async fn post_start(&self) -> Option<Posted> {
        let destination = self.destination.filter(|_| self.starts)?;
        let options = Options { files: Vec::new(), ..self.options.clone() };
        let delivered = self.deliver(destination, &options, self.message(Status::Started), None).await;
        match self.warned(delivered)? {
            Outcome::Done { answers, .. } => Posted::of(answers.first()?),
            Outcome::Planned(_) => None,
        }
    }

    /// Posts the message. A failure is only a warning. A signal ends the wait for Discord.
    async fn post(&self, message: Message, started: Option<Posted>, signals: &mut Signals) {
        let Some(destination) = self.destination else { return };
        let options = self.options.clone().without_missing_files(|text| self.context.console.warn(text));
        // With a key, dcord finds the earlier message by the key.
        let started = started.filter(|_| options.key.is_none());
        tokio::select! {
            delivered = self.deliver(destination, &options, message, started) => drop(self.warned(delivered)),
            ending = signals.next() => {
                let name = ending.name();
                self.context.console.warn(format_args!("{NOT_DELIVERED}: interrupted by {name}"));
            }
        }
    }

    async fn deliver(
        &self,
        destination: &Destination,
        options: &Options,
        message: Message,
        started: Option<Posted>,
    ) -> Result<Outcome> {
        let contents = contents(self.context, options, &self.facts, &message)?;
        let (context, policy) = (self.context, self.policy);
        let courier = Courier { context, policy, destination, options, wants: Wants::default() };
        courier.deliver(&contents, started.as_ref()).await
    }

    /// The outcome, or `None` after a warning about the failure.
    fn warned(&self, delivered: Result<Outcome>) -> Option<Outcome> {
        let warn = |error: &error::Error| {
            let peer = self.context.app.api_url().map_or(Peer::Discord, |url| Peer::of(&url));
            if let Some(report) = error::report(error, &peer) {
                report.show_as_warning(NOT_DELIVERED, &self.context.console);
            }
        };
        delivered.inspect_err(warn).ok()
    }
}

/// Describes how an unsuccessful command ended.
fn ended_by(exit: ExitStatus, ending: Option<Ending>) -> Option<String> {
    if exit.success() {
        return None;
    }
    let how = match child::signal(exit) {
        Some(signal) => format!("{} (signal {signal})", child::code(exit)),
        None => child::code(exit).to_string(),
    };
    Some(match ending {
        Some(ending) => format!("{how}, after {}", ending.name()),
        None => how,
    })
}

/// The outputs of a command, which dcord copies to its own.
#[derive(Default)]
struct Outputs {
    tail: Arc<Mutex<Tail>>,
    pipes: Vec<Arc<Pipe>>,
}

/// The state of one output.
#[derive(Default)]
struct Pipe {
    bytes: AtomicU64,
    /// Whether the thread waits for output from the command.
    is_idle: AtomicBool,
    is_done: AtomicBool,
}

impl Outputs {
    /// Copies an output on a separate thread, because a slow reader blocks it.
    fn copy(&mut self, mut from: PipeReader, mut to: impl Write + Send + 'static) {
        let pipe = Arc::new(Pipe::default());
        let tail = Arc::clone(&self.tail);
        self.pipes.push(Arc::clone(&pipe));
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                pipe.is_idle.store(true, Ordering::SeqCst);
                let read = from.read(&mut buffer);
                pipe.is_idle.store(false, Ordering::SeqCst);
                let length = match read {
                    Ok(0) => break,
                    Ok(length) => length,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(_) => break,
                };
                tail.lock().expect("no holder of this lock panics").push(&buffer[..length]);
                // If the reader has closed the output, closing the pipe informs the command, as it would without
                // dcord.
                if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
                    break;
                }
                pipe.bytes.fetch_add(length as u64, Ordering::SeqCst);
            }
            drop(from);
            pipe.is_done.store(true, Ordering::SeqCst);
        });
    }

    /// Waits until all output of the command is copied. Other processes that the command has started may keep an
    /// output open, so an output counts as ended if nothing arrives for a time.
    async fn end(&self) {
        const INTERVAL: Duration = Duration::from_millis(10);
        const QUIET_INTERVALS: u32 = 50;
        let mut quiet = 0;
        let mut last = 0;
        while quiet < QUIET_INTERVALS && !self.pipes.iter().all(|pipe| pipe.is_done.load(Ordering::SeqCst)) {
            let bytes = self.pipes.iter().map(|pipe| pipe.bytes.load(Ordering::SeqCst)).sum();
            let waits = |pipe: &Arc<Pipe>| pipe.is_idle.load(Ordering::SeqCst) || pipe.is_done.load(Ordering::SeqCst);
            let is_quiet = bytes == last && self.pipes.iter().all(waits);
            quiet = if is_quiet { quiet + 1 } else { 0 };
            last = bytes;
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn tail(&self, lines: usize) -> String {
        self.tail.lock().expect("no holder of this lock panics").lines(lines)
    }
}
