//! `dcord sandbox`: a Discord on this machine, to try things out and to test against.

mod demo;
mod run;
mod serve;
mod start;
mod world;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use self::start::flood;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::start::read;
    use super::*;
    use crate::sandbox::gateway::Flood;

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
