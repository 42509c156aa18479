//! `dcord sandbox demo`: the main job, in a few seconds and without an account.

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

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether the listener has its session.
const LOOK: Duration = Duration::from_millis(20);

/// A step that did not come to its end.
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
        "Starts a sandbox, listens for one message, sends it, and prints its event as a JSON line. Nothing leaves \
         this machine.",
    )
}

pub fn run(context: &Context) -> Result<()> {
    start::block_on(async {
        let console = &context.console;
        let sandbox = Sandbox::start(Options::default()).await?;
        console.note(format_args!("A Discord of your own listens at {}.", sandbox.identity().api_url));
        let home = Home::make()?;
        let channel = sandbox.identity().channel_id.to_string();

        console.note("$ dcord listen --event MESSAGE_CREATE --count 1");
        let mut listener = dcord(&sandbox, &home, &["listen", "--event", "MESSAGE_CREATE", "--count", "1"])?.spawn()?;
        connected(&sandbox, &mut listener).await?;

        console.note(format_args!("$ dcord message send {channel} 'Hello from dcord!'"));
        let mut send = dcord(&sandbox, &home, &["message", "send", &channel, "Hello from dcord!"])?;
        let sent = patiently("sending", send.stdout(Stdio::null()).status()).await??;
        ended_well(sent)?;
        let heard = patiently("listening", listener.wait()).await??;
        ended_well(heard)?;

        console.note("That line is the event, as every `dcord listen` prints it. To go on:");
        console.note("  dcord sandbox run -- sh         a shell in which dcord talks to a sandbox");
        console.note("  dcord sandbox serve             a sandbox that stays");
        console.note("  DCORD_TOKEN=… dcord user get-me    your own bot, at Discord");
        sandbox.stop().await;
        Ok(())
    })?
}

/// This program with these arguments, against the sandbox.
fn dcord(sandbox: &Sandbox, home: &Home, arguments: &[&str]) -> Result<tokio::process::Command> {
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.args(arguments).kill_on_drop(true);
    furnish(&mut command, sandbox.identity(), home)?;
    Ok(command)
}

/// Waits until the gateway has a session: from then on no event is missed.
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

/// Where nobody reads stdout, the listener has ended as it should, and so does the demo.
fn ended_early(status: std::process::ExitStatus) -> Error {
    if status.success() { output::Error::Closed.into() } else { Failed::Listener(status).into() }
}

async fn patiently<T>(step: &'static str, future: impl Future<Output = T>) -> Result<T, Failed> {
    tokio::time::timeout(PATIENCE, future).await.map_err(|_| Failed::Slow { step })
}

/// A step that failed has said why, and its status is the demo's.
fn ended_well(status: std::process::ExitStatus) -> Result<(), Exit> {
    if status.success() { Ok(()) } else { Err(Exit(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1))) }
}
