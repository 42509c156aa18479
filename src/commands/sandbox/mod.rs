//! `dcord sandbox`: a Discord on this machine, to try things out and to test against.

mod demo;
mod run;
mod serve;
mod world;

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::gateway::intents;
use crate::model::time;
use crate::sandbox::gateway::{Flood, Settings};
use crate::sandbox::{self, Options, Sandbox, Seed, StartError};
use crate::store;

pub fn args(command: Command) -> Command {
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading("Commands")
        .subcommand_value_name("COMMAND")
        .override_usage("dcord sandbox COMMAND [OPTION…]")
        .after_help(
            "The sandbox keeps Discord's rules: rate limits, bounds, gateway sessions, intents, and which channels \
             the bot can view. It listens on 127.0.0.1 only, holds everything in memory and forgets it when it ends.",
        )
        .subcommand(options(serve::args(Command::new("serve").about("Serve until interrupted"))))
        .subcommand(options(run::args(Command::new("run").about("Run a command against a sandbox of its own"))))
        .subcommand(demo::args(Command::new("demo").about("Show a message sent and its event received")))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    match matches.subcommand() {
        Some(("serve", inner)) => serve::run(context, inner),
        Some(("run", inner)) => run::run(context, inner),
        Some(("demo", _)) => demo::run(context),
        _ => unreachable!("clap admits these three only"),
    }
}

/// What `serve` and `run` share.
fn options(command: Command) -> Command {
    let port = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("PORT").help(help).value_parser(value_parser!(u16)).default_value("0")
    };
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("N").help(help).value_parser(value_parser!(u32).range(1..))
    };
    command.args([
        port("port", "Serve REST on this port; 0 takes a free one"),
        port("gateway-port", "Serve the gateway on this port; 0 takes a free one"),
        Arg::new("seed")
            .long("seed")
            .value_name("COUNTS")
            .help("Begin with so much: guilds=1,channels=5,members=5,messages=0,roles=2")
            .value_parser(Seed::parse),
        Arg::new("limit")
            .long("limit")
            .value_name("LIMIT")
            .help("Set a rate limit: 'message send=50/5s', global=50/1s, or off")
            .value_parser(|text: &str| sandbox::check_limit(text).map(|()| text.to_owned()))
            .action(ArgAction::Append),
        Arg::new("fault")
            .long("fault")
            .value_name("FAULT")
            .help("Let something fail: close=4000, cut, status=503,every=3,route=POST /channels/**")
            .value_parser(|text: &str| sandbox::check_fault(text).map(|()| text.to_owned()))
            .action(ArgAction::Append),
        Arg::new("flood")
            .long("flood")
            .value_name("EVENTS")
            .help("Send so many messages over the gateway: 300000, or events=1000,rate=50,size=1200")
            .value_parser(flood),
        Arg::new("heartbeat")
            .long("heartbeat")
            .value_name("TIME")
            .help("Ask for heartbeats this often [default: 41.25s]")
            .value_parser(|text: &str| time::duration(text).filter(|t| !t.is_zero()).ok_or("no length of time")),
        number("advised-shards", "Advise this many shards [default: 1]"),
        number("max-concurrency", "Let this many shards identify at once [default: 1]"),
        number("session-starts", "Grant this many identifies a day [default: 1000]"),
        Arg::new("privileged")
            .long("privileged")
            .value_name("INTENTS")
            .help("Grant these privileged intents: message-content, none [default: all]")
            .value_parser(|text: &str| intents::parse(text)),
        Arg::new("no-obfuscation")
            .long("no-obfuscation")
            .action(ArgAction::SetTrue)
            .help("Send channels that the bot cannot view as they are, not redacted"),
    ])
}

/// `300000`, or `events=300000,rate=2000,size=1200`.
fn flood(text: &str) -> Result<Flood, &'static str> {
    const WRONG: &str = "write a number, or events=300000,rate=2000,size=1200";
    /// About what a real message has.
    const SIZE: usize = 1200;
    let mut flood = Flood { events: 0, rate: None, size: SIZE };
    for part in text.split(',') {
        let (name, value) = part.split_once('=').unwrap_or(("events", part));
        match name {
            "events" => flood.events = value.parse().map_err(|_| WRONG)?,
            "rate" => {
                let rate = value.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
                flood.rate = Some(rate.ok_or(WRONG)?);
            }
            "size" => flood.size = value.parse().ok().filter(|size| *size <= 1 << 20).ok_or(WRONG)?,
            _ => return Err(WRONG),
        }
    }
    if flood.events == 0 { Err(WRONG) } else { Ok(flood) }
}

fn read(matches: &ArgMatches) -> Options {
    let list = |name: &str| matches.get_many::<String>(name).into_iter().flatten().cloned().collect();
    let number = |name: &str| matches.get_one::<u32>(name).copied();
    let port = |name: &str| matches.get_one::<u16>(name).copied().unwrap_or(0);
    let default = Settings::default();
    Options {
        seed: matches.get_one::<Seed>("seed").copied().unwrap_or_default(),
        port: port("port"),
        gateway_port: port("gateway-port"),
        no_obfuscation: matches.get_flag("no-obfuscation"),
        limits: list("limit"),
        faults: list("fault"),
        gateway: Settings {
            heartbeat_interval: matches.get_one::<Duration>("heartbeat").copied().unwrap_or(default.heartbeat_interval),
            shards: number("advised-shards").unwrap_or(default.shards),
            max_concurrency: number("max-concurrency").unwrap_or(default.max_concurrency),
            session_start_total: number("session-starts").unwrap_or(default.session_start_total),
            privileged: matches.get_one::<u64>("privileged").copied().unwrap_or(default.privileged),
            ..default
        },
    }
}

/// Starts a sandbox as the options have it.
async fn start(matches: &ArgMatches) -> Result<Sandbox> {
    let sandbox = Sandbox::start(read(matches)).await?;
    if let Some(flood) = matches.get_one::<Flood>("flood") {
        sandbox.hub().flood(*flood);
    }
    Ok(sandbox)
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            // What is wrong with a limit or a fault was said when the arguments were read.
            StartError::Limit(_) | StartError::Fault(_) | StartError::Listen { .. } => Self::Other(error.into()),
        }
    }
}

/// Runs on all processors: a large world's search must not hold up a heartbeat.
fn block_on<F: Future>(future: F) -> Result<F::Output> {
    store::reserve_descriptors()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_a_number_or_says_more() {
        assert_eq!(flood("300000"), Ok(Flood { events: 300_000, rate: None, size: 1200 }));
        assert_eq!(flood("events=5,rate=2.5,size=100"), Ok(Flood { events: 5, rate: Some(2.5), size: 100 }));
        for bad in ["", "0", "x", "rate=5", "events=5,rate=0", "events=5,rate=inf", "cats=1"] {
            assert!(flood(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_options_are_read() {
        let command = args(Command::new("sandbox"));
        let words = "sandbox serve --seed guilds=2 --limit off --fault cut --heartbeat 2s --advised-shards 4";
        let matches = command.clone().try_get_matches_from(words.split(' ')).unwrap();
        let read = read(matches.subcommand().unwrap().1);
        assert_eq!((read.seed.guilds, read.gateway.shards), (2, 4));
        assert_eq!((read.limits, read.faults), (vec!["off".to_owned()], vec!["cut".to_owned()]));
        assert_eq!(read.gateway.heartbeat_interval, Duration::from_secs(2));
        for bad in ["--seed cats=1", "--limit x", "--fault x", "--flood x", "--heartbeat 0", "--port 70000"] {
            let words = format!("sandbox serve {bad}");
            assert!(command.clone().try_get_matches_from(words.split(' ')).is_err(), "{bad}");
        }
    }
}
