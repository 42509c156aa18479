//! `dcord doctor` checks what dcord needs, and says how to fix problems.

mod check;
mod discord;
mod machine;

use clap::{ArgMatches, Command};
use serde_json::Value;

use self::check::{Check, Status};
use crate::context::{Context, print_text, stdout_style};
use crate::error::{Exit, Result, exit};
use crate::output::View;

pub fn args(command: Command) -> Command {
    command.override_usage("dcord doctor [--offline]").after_help(
        "Checks the token, the connection to Discord, the clock, the gateway, the privileged intents, the rate limits,\n\
         the files of dcord, the shell completion and the manual. It changes nothing and starts no gateway session.\n\n\
         Exits with 0 if no check failed, and with 1 otherwise. A warning is not a failure.\n\n\
         Examples:\n  dcord doctor\n  dcord doctor --offline\n  dcord doctor --jq 'select(.status == \"failed\")'",
    )
}

pub fn run(context: &Context, _: &ArgMatches) -> Result<()> {
    let mut checks = discord::checks(context);
    checks.extend(machine::checks());
    if context.prints_prose() {
        let (color, width) = stdout_style();
        print_text(&checks.iter().map(|check| check.lines(color, width)).collect::<String>())?;
        return end(&checks);
    }
    let rows: Vec<Value> = checks.iter().map(Check::row).collect();
    let columns = &["check", "status", "detail", "fix"];
    context.print_list(View { columns, id: None, ..View::default() }, &rows)?;
    end(&checks)
}

/// Fails if a check has failed.
fn end(checks: &[Check]) -> Result<()> {
    match checks.iter().any(|check| check.status == Status::Failed) {
        true => Err(Exit(exit::OTHER).into()),
        false => Ok(()),
    }
}
