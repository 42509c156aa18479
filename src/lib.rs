//! dcord: a command-line toolkit for Discord.
//!
//! The layers, lowest first. No layer imports a higher one, which a test checks.
//! [`model`], [`catalogue`], [`net`], [`config`], [`filter`], [`output`], [`store`], [`limit`], [`rest`],
//! [`gateway`], [`stream`], [`cache`], [`resolve`], [`view`], [`error`], [`call`], [`sandbox`], [`context`], [`cli`],
//! [`commands`].

use std::ffi::OsString;
use std::iter::successors;
use std::sync::Arc;

use clap::ArgMatches;
use clap::error::ErrorKind;

pub mod cache;
pub mod call;
pub mod catalogue;
pub mod cli;
pub mod commands;
pub mod config;
pub mod context;
pub mod error;
pub mod filter;
pub mod gateway;
pub mod limit;
pub mod model;
pub mod net;
pub mod output;
pub mod resolve;
pub mod rest;
pub mod sandbox;
pub mod store;
pub mod stream;
pub mod view;

use config::alias::Alias;
use context::Context;
use error::{Peer, Report, Result, exit};
use output::Console;

/// Runs dcord with the arguments of the process, starting with the program's name. Returns the exit status.
pub fn run(args: Vec<OsString>) -> u8 {
    if args.get(1).is_some_and(|arg| arg == filter::WORKER) {
        let served = output::stdout::Sink::open().and_then(|out| filter::serve(std::io::stdin(), out));
        // The parent process detects the end of this one, and nobody else needs the error.
        return served.map_or(exit::OTHER, |()| exit::DONE);
    }
    if let Some(shell) = config::env::get(cli::complete::VARIABLE) {
        let answer = cli::complete::answer(&shell, commands::plain(), &args);
        // A shell cannot show an error during completion, so it only gets no candidates.
        return context::print_text(&answer).map_or(exit::OTHER, |()| exit::DONE);
    }
    output::console::report_panics(context::is_json(&cli::globals::unparsed(&args)));
    let Line { parsed, args, alias } = match Line::read(args) {
        Ok(line) => line,
        Err(ended) => return ended,
    };
    let matches = match parsed {
        Ok(matches) => matches,
        Err(e) => {
            let console = Console::new(context::console_options(&cli::globals::unparsed(&args)));
            let status = unparsed(&console, &e, &args, alias.as_ref());
            console.finish();
            return status;
        }
    };
    // If this fails, the default action applies: the system ends the process when a file grows too large.
    let _ = commands::signals::survive_large_files();
    let (name, inner) = matches.subcommand().expect("the root requires a subcommand");
    let called: Vec<&ArgMatches> = successors(Some(&matches), |m| m.subcommand().map(|(_, inner)| inner)).collect();
    let is_brief = commands::PORCELAIN.iter().any(|command| command.is_brief && command.plain.name == name);
    let creates_profile = name == "auth" && inner.subcommand_name() == Some("login");
    let is_diagnosis = name == "doctor";
    let flags = config::Flags { is_brief, is_diagnosis, creates_profile, ..cli::globals::flags(&called) };
    let options = context::console_options(&flags);
    let (result, peer, console) = match Context::new(flags) {
        Ok(context) => {
            let result = dispatch(&context, name, inner, &args);
            let peer = context.app.api_url().map_or(Peer::Discord, |url| Peer::of(&url));
            (result, peer, Arc::clone(&context.console))
        }
        Err(e) => (Err(e), Peer::Discord, Arc::new(Console::new(options))),
    };
    let status = match result {
        Ok(()) => exit::DONE,
        Err(error::Error::Exit(error::Exit(status))) => status,
        Err(e) => error::report(&e, &peer).map_or(exit::DONE, |report| fail(&console, &report)),
    };
    console.finish();
    status
}

/// The command line, with an alias replaced.
struct Line {
    parsed: Result<ArgMatches, clap::Error>,
    args: Vec<OsString>,
    alias: Option<Alias>,
}

impl Line {
    /// Parses the arguments. If they begin with a word that is no command, it may be an alias or an extension. The error
    /// is the exit status of an extension, or of a message that was printed.
    fn read(args: Vec<OsString>) -> Result<Self, u8> {
        let parsed = cli::tree::parse(commands::plain, &args);
        let mut line = Self { parsed, args, alias: None };
        let failed = |e: error::Error, args: &[OsString]| {
            let console = Console::new(context::console_options(&cli::globals::unparsed(args)));
            let status = error::report(&e, &Peer::Discord).map_or(exit::OTHER, |report| fail(&console, &report));
            console.finish();
            status
        };
        if let Some(at) = line.unknown_command() {
            match commands::alias::expand(&line.args, at, &commands::plain().collect::<Vec<_>>()) {
                Ok(Some(commands::alias::Expanded { args, alias })) => {
                    line = Self { parsed: cli::tree::parse(commands::plain, &args), args, alias: Some(alias) };
                }
                Ok(None) => {}
                Err(e) => return Err(failed(e.into(), &line.args)),
            }
        }
        // An alias may begin with an extension.
        if let Some(at) = line.unknown_command() {
            match commands::extension::run(&line.args, at) {
                Ok(Some(status)) => return Err(status),
                Ok(None) => {}
                Err(e) => return Err(failed(e, &line.args)),
            }
        }
        Ok(line)
    }

    /// The position of the first word, if it is no command.
    fn unknown_command(&self) -> Option<usize> {
        if !self.parsed.as_ref().is_err_and(|e| e.kind() == ErrorKind::InvalidSubcommand) {
            return None;
        }
        let words = texts(&self.args);
        let at = cli::words::first(words.get(1..)?)? + 1;
        (!cli::tree::is_command(commands::plain(), &words[at])).then_some(at)
    }
}

fn texts(args: &[OsString]) -> Vec<String> {
    args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect()
}

fn dispatch(context: &Context, name: &str, inner: &ArgMatches, args: &[OsString]) -> Result<()> {
    if let Some(porcelain) = commands::PORCELAIN.iter().find(|p| p.plain.name == name) {
        return porcelain.run(context, inner);
    }
    let (verb, matches) = inner.subcommand().expect("a noun requires a verb");
    let endpoint = catalogue::find(name, verb).expect("the tree has the catalogue's commands only");
    commands::run(context, endpoint, matches, &texts(args))
}

/// Prints an error and returns its exit status.
fn fail(console: &Console, report: &Report) -> u8 {
    report.show(console);
    report.exit
}

/// Prints help and the version on stdout. Anything that clap rejects is a usage error.
fn unparsed(console: &Console, error: &clap::Error, args: &[OsString], alias: Option<&Alias>) -> u8 {
    let line = || texts(args.get(1..).unwrap_or_default());
    let words = || cli::words::called(&line());
    let plain = || commands::plain().collect::<Vec<_>>();
    let printed = match error.kind() {
        ErrorKind::DisplayVersion => context::print_text(&error.render().to_string()),
        ErrorKind::DisplayHelp => commands::help::show(&plain(), &words(), line().iter().any(|word| word == "--help")),
        // The program's name without arguments asks for help. A noun without a verb is incomplete.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if args.len() <= 1 => {
            commands::help::show(&plain(), &[], false)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            if console.options().json {
                let hint = "`dcord help` lists the commands".to_owned();
                return fail(console, &Report::new(exit::USAGE, "usage", "no command is given", Some(hint)));
            }
            // The short help names the missing command best, but it goes to stderr, because the user did not ask for
            // it.
            console.help(&commands::help::short(&plain(), &words(), console.options().color));
            return exit::USAGE;
        }
        _ => {
            let words = words();
            let mut report = match commands::help::removed(&words) {
                Some(instead) => Report::of_removed(&words, instead),
                None => {
                    let plain = plain();
                    let rejected = cli::rejected::Rejected { error, words: &words, line: &line() };
                    rejected.report(&plain, || commands::find::others(&plain))
                }
            };
            if let Some(alias) = alias {
                report.add_hint(&commands::alias::explained(alias));
            }
            return fail(console, &report);
        }
    };
    match printed {
        Ok(()) | Err(output::Error::Closed) => exit::DONE,
        Err(e) => error::report(&e.into(), &Peer::Discord).map_or(exit::OTHER, |report| fail(console, &report)),
    }
}
