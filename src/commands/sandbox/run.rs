//! `dcord sandbox run -- CMD…`: a command against a sandbox of its own.

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

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord sandbox run [OPTION…] -- COMMAND [ARGUMENT…]")
        .after_help(
            "The command finds DCORD_API_URL, DCORD_TOKEN, DCORD_GUILD, DCORD_CHANNEL, DCORD_USER and \
             DCORD_WEBHOOK_URL set, folders of its own for state, configuration and cache, and this program as \
             dcord. The exit status is the command's.\n\n\
             Examples:\n  dcord sandbox run -- sh -c 'dcord message send \"$DCORD_CHANNEL\" hello'\n  \
             dcord sandbox run --fault status=503,every=2 -- ./my-tests",
        )
        .arg(
            Arg::new("command")
                .num_args(0..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .value_name("COMMAND")
                .value_parser(value_parser!(OsString))
                .help("Command to run, with its arguments"),
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

/// Waits for the command, and hands on the signals that come meanwhile.
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

    // At a terminal, its interrupt goes to all of the foreground: the command has it already.
    if ending == Ending::Interrupt && std::io::stdin().is_terminal() {
        return;
    }
    let signal = match ending {
        Ending::Interrupt => Signal::INT,
        Ending::Terminate => Signal::TERM,
        Ending::HangUp => Signal::HUP,
    };
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
        // A command that has just ended cannot be told any more.
        let _ = kill_process(pid, signal);
    }
}

/// A console's interrupt goes to all that is attached to it.
#[cfg(not(unix))]
fn forward(_: &Child, _: Ending) {}

/// The status as a shell has it: 128 and the signal's number where a signal ended the command.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
