//! `dcord sandbox`: a local simulation of Discord, for trying out commands and testing scripts.

mod demo;
mod run;
mod serve;
mod start;
mod world;

use clap::{Arg, ArgAction, ArgMatches, Command};

use self::start::flood;
use crate::cli::globals;
use crate::context::Context;
use crate::error::Result;
use crate::gateway::intents;
use crate::model::time;
use crate::sandbox::{self, Seed};

pub fn args(command: Command) -> Command {
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading("Commands")
        .subcommand_value_name("COMMAND")
        .override_usage("dcord sandbox COMMAND [OPTION…]")
        .after_help(
            "The sandbox enforces Discord's rules: rate limits, bounds, gateway sessions, intents, and which channels \
             the bot can view. It listens only on 127.0.0.1 and keeps everything in memory until it ends.",
        )
        .subcommand(options(serve::args(Command::new("serve").about("Start a sandbox and keep it running"))))
        .subcommand(options(run::args(Command::new("run").about("Run a command against a new sandbox"))))
        .subcommand(demo::args(Command::new("demo").about("Send a message and receive its event, as a demonstration")))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    match matches.subcommand() {
        Some(("serve", inner)) => serve::run(context, inner),
        Some(("run", inner)) => run::run(context, inner),
        Some(("demo", _)) => demo::run(context),
        _ => unreachable!("clap admits these three only"),
    }
}

/// The options of both `serve` and `run`.
fn options(command: Command) -> Command {
    let port = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("PORT")
            .help(help)
            .value_parser(globals::whole::<u16>(0, u16::MAX.into()))
            .default_value("0")
    };
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("N").help(help).value_parser(globals::whole::<u32>(1, u32::MAX.into()))
    };
    command.args([
        port("port", "Port of the REST API; 0 means any free port"),
        port("gateway-port", "Port of the gateway; 0 means any free port"),
        Arg::new("seed")
            .long("seed")
            .value_name("COUNTS")
            .help("Objects to start with: guilds=1,channels=5,members=5,messages=0,roles=2")
            .value_parser(Seed::parse),
        Arg::new("limit")
            .long("limit")
            .value_name("LIMIT")
            .help("Rate limit: 'message send=50/5s', global=50/1s, or off")
            .value_parser(|text: &str| sandbox::check_limit(text).map(|()| text.to_owned()))
            .action(ArgAction::Append),
        Arg::new("fault")
            .long("fault")
            .value_name("FAULT")
            .help("Failure and when it occurs: status=503,every=3 [also after=N, times=N, route=GLOB]")
            .value_parser(|text: &str| sandbox::check_fault(text).map(|()| text.to_owned()))
            .action(ArgAction::Append),
        Arg::new("flood")
            .long("flood")
            .value_name("EVENTS")
            .help("Messages to send over the gateway: 300000, or events=1000,rate=50,size=1200")
            .value_parser(flood),
        Arg::new("heartbeat")
            .long("heartbeat")
            .value_name("SPAN")
            .help("Heartbeat interval [default: 41.25s]")
            .value_parser(|text: &str| {
                time::duration(text)
                    .filter(|t| !t.is_zero())
                    .ok_or_else(|| format!("{text:?} is not a span longer than 0, such as 30s"))
            }),
        number("advised-shards", "Number of shards to recommend [default: 1]"),
        number("max-concurrency", "Number of shards that may identify at once [default: 1]"),
        number("session-starts", "Number of IDENTIFY calls allowed per day [default: 1000]"),
        Arg::new("privileged")
            .long("privileged")
            .value_name("INTENTS")
            .help("Privileged intents that the app may use: message-content, none [default: all]")
            .value_parser(|text: &str| intents::parse(text)),
        Arg::new("no-obfuscation")
            .long("no-obfuscation")
            .action(ArgAction::SetTrue)
            .help("Do not redact channels that the bot cannot view"),
    ])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::start::read;
    use super::*;
    use crate::sandbox::gateway::Flood;

    #[test]
    fn a_flood_is_a_number_or_a_list_of_settings() {
        assert_eq!(flood("300000"), Ok(Flood { events: 300_000, rate: None, size: 1200 }));
        assert_eq!(flood("events=5,rate=2.5,size=100"), Ok(Flood { events: 5, rate: Some(2.5), size: 100 }));
        for bad in ["", "0", "x", "rate=5", "events=5,rate=0", "events=5,rate=inf", "cats=1"] {
            assert!(flood(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_option_of_the_sandbox_is_parsed() {
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
