//! `dcord listen` (being written)
use crate::context::Context;
use anyhow::Result;
use clap::{ArgMatches, Command};
pub fn args(command: Command) -> Command {
    command
}
pub fn run(_: &Context, _: &ArgMatches) -> Result<()> {
    Ok(())
}
