//! `dcord sandbox run -- CMD…` runs a command against a new sandbox.

use std::ffi::OsString;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::start;
use super::world::{Home, furnish};
use crate::cli;
use crate::commands::child;
use crate::commands::signals::Signals;
use crate::context::Context;
use crate::error::{CannotRun, Error, Exit, Result};
use crate::sandbox::fault_help;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord sandbox run [OPTION…] -- COMMAND [ARGUMENT…]")
        .after_help(format!(
            "Gives the command temporary folders for state, configuration and cache, and puts this program on its PATH \
             as dcord. Exits with the status of the command.\n\n{}\n\n\
             Variables set for the command:\n  \
             DCORD_API_URL, DCORD_TOKEN  the URL of the sandbox, and the bot's token\n  \
             DCORD_GUILD, DCORD_CHANNEL, DCORD_USER  ids of a server, a channel and a user\n  \
             DCORD_WEBHOOK_URL  a webhook in the channel\n  \
             DCORD_INTERACTION, DCORD_INTERACTION_TOKEN  an interaction to respond to\n\n\
             Examples:\n  dcord sandbox run -- sh -c 'dcord message send \"$DCORD_CHANNEL\" hello'\n  \
             dcord sandbox run --fault status=503,every=2 -- ./my-tests",
            fault_help()
        ))
        .arg(
            Arg::new("command")
                .num_args(0..)
                .trailing_var_arg(true)
                .value_name("COMMAND")
                .value_parser(value_parser!(OsString))
                .help("Command to run; DCORD_GUILD, DCORD_CHANNEL and others are set for it"),
        )
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let words: Vec<OsString> = matches.get_many("command").into_iter().flatten().cloned().collect();
    let Some((program, arguments)) = words.split_first() else {
        let usage = "sandbox run [OPTION…] -- COMMAND [ARGUMENT…]".to_owned();
        return Err(cli::Error::Missing { what: "COMMAND".to_owned(), usage, hint: None }.into());
    };
    let status = start::block_on(async {
        let mut signals = Signals::new()?;
        let sandbox = start::start(matches).await?;
        let home = Home::make()?;
        let mut command = tokio::process::Command::new(program);
        command.args(arguments);
        furnish(&mut command, sandbox.identity(), &home)?;
        let mut child = command.spawn().map_err(|source| CannotRun { program: program.clone(), source })?;
        context.console.debug(1, format_args!("sandbox at {}", sandbox.identity().api_url));
        let waited = child::wait(&mut child, &mut signals).await;
        sandbox.stop().await;
        Ok::<_, Error>(waited?.0)
    })??;
    match child::code(status) {
        0 => Ok(()),
        code => Err(Exit(code).into()),
    }
}
