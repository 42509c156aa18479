//! `dcord sandbox run -- CMD…` runs a command against a new sandbox.

use std::ffi::OsString;
use std::process::ExitStatus;

use clap::{Arg, ArgMatches, Command, value_parser};
use tokio::process::Child;

use super::start;
use super::world::{Home, furnish};
use crate::cli;
use crate::commands::signals::{Ending, Signals};
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
        let status = wait(&mut child, &mut signals).await;
        sandbox.stop().await;
        Ok::<_, Error>(status?)
    })??;
    match code(status) {
        0 => Ok(()),
        code => Err(Exit(code).into()),
    }
}

/// Waits for the command, and forwards signals to it.
async fn wait(child: &mut Child, signals: &mut Signals) -> std::io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            ending = signals.next() => forward(child, ending),
        }
    }
}

#[cfg(unix)]
fn forward(child: &Child, ending: Ending) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};

    // A terminal sends its interrupt to the whole foreground process group: the command has received it already.
    if ending == Ending::Interrupt && std::io::stdin().is_terminal() {
        return;
    }
    let signal = match ending {
        Ending::Interrupt => Signal::INT,
        Ending::Terminate => Signal::TERM,
        Ending::HangUp => Signal::HUP,
    };
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
        // The command may have ended just now; then there is nothing to signal.
        let _ = kill_process(pid, signal);
    }
}

/// A Windows console sends its interrupt to all attached processes.
#[cfg(not(unix))]
fn forward(_: &Child, _: Ending) {}

/// The exit status as a shell gives it: 128 plus the number of the signal, if one ended the command.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
