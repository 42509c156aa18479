//! `dcord limits` shows and clears the rate limits that the processes of a state folder share.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use crate::call;
use crate::cli::Error;
use crate::context::Context;
use crate::error::Result;
use crate::gateway;
use crate::limit::{self, Clear};
use crate::output::View;

pub fn args(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    command
        .override_usage("dcord limits [clear (--blocks | --tokens | --all)]")
        .after_help(
            "All dcord processes with the same state folder share what they know about Discord's rate limits. The list\n\
             shows the limits that delay requests now or may do so soon, and omits those that are almost unused.\n\n\
             Examples:\n  dcord limits\n  dcord limits clear --tokens    # use a rejected token again",
        )
        .subcommand(
            Command::new("clear")
                .about("Forget limits; if one still applies, Discord rejects the next request and reports it")
                .override_usage("dcord limits clear (--blocks | --tokens | --all)")
                .arg(flag("blocks", "Forget blocks of this IP address, counts of invalid requests, and limits that Discord does not report"))
                .arg(flag("tokens", "Forget which tokens Discord rejected"))
                .arg(flag("all", "Forget everything")),
        )
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    match matches.subcommand() {
        Some((_, inner)) => clear(context, inner),
        None => list(context),
    }
}

fn list(context: &Context) -> Result<()> {
    let ledger = context.app.open_ledger()?;
    let (lines, starts) =
        ledger.write(|transaction| Ok((limit::report(transaction)?, gateway::session_starts(transaction)?)))?;
    let mut rows: Vec<Value> = lines
        .into_iter()
        .map(|line| {
            json!({
                "kind": line.kind.name(),
                "name": line.name,
                "remaining": line.remaining,
                "limit": line.limit,
                "waiting": line.waiting,
                "reset_after": line.reset_after.map(seconds),
                "scope": line.scope,
            })
        })
        .collect();
    rows.extend(starts.into_iter().map(|(scope, remaining, total, reset_after)| {
        json!({
            "kind": "identify",
            "name": "IDENTIFY calls of the day",
            "remaining": remaining,
            "limit": total,
            "waiting": 0,
            "reset_after": seconds(reset_after),
            "scope": scope,
        })
    }));
    let columns = &["kind", "name", "remaining", "limit", "waiting", "reset_after", "scope"];
    let view = View { columns, id: None, ..View::default() };
    if context.prints_table()? {
        let own = call::app::scopes(&context.app.api_url()?, context.app.known_token());
        for row in &mut rows {
            row["scope"] = row["scope"].as_str().map(|scope| own.words(scope)).into();
        }
    }
    context.print_list(view, &rows)
}

/// Seconds with milliseconds, as in Discord's headers.
fn seconds(length: Duration) -> f64 {
    (length.as_secs_f64() * 1e3).round() / 1e3
}

fn clear(context: &Context, matches: &ArgMatches) -> Result<()> {
    let asked = |name: &str| matches.get_flag(name);
    if !(asked("blocks") || asked("tokens") || asked("all")) {
        return Err(Error::Missing {
            what: "--blocks, --tokens or --all".to_owned(),
            usage: "limits clear (--blocks | --tokens | --all)".to_owned(),
            hint: None,
        }
        .into());
    }
    let ledger = context.app.open_ledger()?;
    ledger.write(|transaction| {
        if asked("all") {
            return transaction.clear_all();
        }
        for (flag, what) in [("blocks", Clear::Blocks), ("tokens", Clear::Tokens)] {
            if asked(flag) {
                limit::clear(transaction, what)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
