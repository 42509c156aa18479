//! `dcord sandbox demo` sends a message and receives its event within a few seconds, without an account.

use std::process::Stdio;
use std::time::Duration;

use clap::Command;
use tokio::process::Child;

use super::start;
use super::world::{Home, furnish};
use crate::context::Context;
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::sandbox::{Options, Sandbox};

/// The time limit of each step. On a busy machine, a step takes a second or two.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to check whether the listener is connected.
const LOOK: Duration = Duration::from_millis(20);

/// A step that failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the listener ended before it was connected ({0})")]
    Listener(std::process::ExitStatus),
    #[error("{step} took longer than {} s", PATIENCE.as_secs())]
    Slow { step: &'static str },
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Listener(_) | Failed::Slow { .. } => Self::Other(failed.into()),
        }
    }
}

pub fn args(command: Command) -> Command {
    command.override_usage("dcord sandbox demo").after_help(
        "Starts a sandbox, a simulation of Discord on this machine, listens for one message in it, sends that message, and \
         prints its event. Nothing leaves this machine.",
    )
}

pub fn run(context: &Context) -> Result<()> {
    start::block_on(async {
        let console = &context.console;
        let sandbox = Sandbox::start(Options::default()).await?;
        console.note(format_args!(
            "Started a sandbox, a simulation of Discord on this machine: {}",
            sandbox.identity().api_url
        ));
        let home = Home::make()?;

        console.note("$ dcord listen -e MESSAGE_CREATE --count 1 &");
        let mut listener = dcord(&sandbox, &home, &["listen", "-e", "MESSAGE_CREATE", "--count", "1"])?.spawn()?;
        connected(&sandbox, &mut listener).await?;

        console.note("$ dcord message send '#general' 'Hello from dcord!'");
        let mut send = dcord(&sandbox, &home, &["message", "send", "#general", "Hello from dcord!"])?;
        let sent = patiently("sending", send.stdout(Stdio::null()).status()).await??;
        ended_well(sent)?;
        let heard = patiently("listening", listener.wait()).await??;
        ended_well(heard)?;

        console.note("The listener printed the event of that message. To continue:");
        console.note("  dcord sandbox run -- sh    a shell in which dcord talks to a new sandbox");
        console.note("  dcord help start           how to use dcord with your own server");
        sandbox.stop().await;
        Ok(())
    })?
}

/// A command that runs this program with these arguments against the sandbox.
fn dcord(sandbox: &Sandbox, home: &Home, arguments: &[&str]) -> Result<tokio::process::Command> {
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.args(arguments).kill_on_drop(true);
    furnish(&mut command, sandbox.identity(), home)?;
    Ok(command)
}

/// Waits until the gateway has a session. From then on, the listener receives every event.
async fn connected(sandbox: &Sandbox, listener: &mut Child) -> Result<()> {
    let look = async {
        while sandbox.hub().sessions() == 0 {
            tokio::select! {
                status = listener.wait() => return Err(ended_early(status?)),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        Ok(())
    };
    patiently("connecting", look).await?
}

/// The error for a listener that ended before it was connected. It ends with status 0 if nobody reads stdout.
fn ended_early(status: std::process::ExitStatus) -> Error {
    if status.success() { output::Error::Closed.into() } else { Failed::Listener(status).into() }
}

async fn patiently<T>(step: &'static str, future: impl Future<Output = T>) -> Result<T, Failed> {
    tokio::time::timeout(PATIENCE, future).await.map_err(|_| Failed::Slow { step })
}

/// Makes the status of a failed step the status of the demo. The step has already printed its error.
fn ended_well(status: std::process::ExitStatus) -> Result<(), Exit> {
    if status.success() { Ok(()) } else { Err(Exit(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1))) }
}
