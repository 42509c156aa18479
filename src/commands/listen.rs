//! `dcord listen` (being written)
use anyhow::Result;
use clap::{ArgMatches, Command};
use crate::context::Context;
pub fn args(command: Command) -> Command { command }
pub fn run(_: &Context, _: &ArgMatches) -> Result<()> { Ok(()) }
