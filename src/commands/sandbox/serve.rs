//! `dcord sandbox serve` runs a sandbox until a signal ends it.

use clap::{ArgMatches, Command};

use super::start;
use crate::commands::signals::Signals;
use crate::context::{Context, print_text};
use crate::error::Result;
use crate::sandbox::fault_help;

pub fn args(command: Command) -> Command {
    command.override_usage("dcord sandbox serve [OPTION…]").after_help(format!(
        "Prints one line of JSON with the URLs, the token and the ids of the first objects, then serves until it is \
         interrupted. It then exits with 0.\n\n{}\n\n\
         Examples:\n  dcord sandbox serve --port 8080 --seed members=1000,messages=100000\n  \
         dcord sandbox serve --limit 'message send=50/5s' --fault status=503,every=10",
        fault_help()
    ))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    start::block_on(async {
        let mut signals = Signals::new()?;
        let sandbox = start::start(matches).await?;
        print_text(&sandbox.identity().to_json().to_string())?;
        context
            .console
            .note(format_args!("the sandbox is listening at {}; press Ctrl-C to stop it", sandbox.identity().api_url));
        signals.next().await;
        sandbox.stop().await;
        Ok(())
    })?
}
