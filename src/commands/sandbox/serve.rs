//! `dcord sandbox serve` runs a sandbox until a signal ends it.

use clap::{ArgMatches, Command};

use super::start;
use super::world::variables;
use crate::commands::signals::Signals;
use crate::context::{Context, print_text};
use crate::error::Result;
use crate::sandbox::fault_help;

pub fn args(command: Command) -> Command {
    command.override_usage("dcord sandbox serve [OPTION…]").after_help(format!(
        "Prints how to use the sandbox, then serves until it is interrupted. It then exits with 0.\n\n{}\n\n\
         Output:\n  \
         on a terminal  `export NAME=VALUE` lines: paste them into another shell to use the sandbox there\n  \
         in a pipe, or with -o jsonl  one line of JSON with the URLs, the token and the ids of the first objects\n\n\
         Examples:\n  dcord sandbox serve --port 8080 --seed members=1000,messages=100000\n  \
         dcord sandbox serve --limit 'message send=50/5s' --fault status=503,every=10",
        fault_help()
    ))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    start::block_on(async {
        let mut signals = Signals::new()?;
        let sandbox = start::start(matches).await?;
        let identity = sandbox.identity();
        if context.prints_prose() {
            print_text(&variables(identity).map(|(name, value)| format!("export {name}={value}\n")).concat())?;
            context.console.note("to use the sandbox in another shell, paste these lines into it");
        } else {
            print_text(&identity.to_json().to_string())?;
        }
        context.console.note(format_args!("the sandbox is listening at {}; press Ctrl-C to stop it", identity.api_url));
        signals.next().await;
        sandbox.stop().await;
        Ok(())
    })?
}

#[cfg(test)]
mod tests {
    use crate::sandbox::{Options, Sandbox};

    #[test]
    fn printed_values_contain_no_shell_metacharacters() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = Sandbox::start(Options::default()).await.unwrap();
            for (name, value) in super::variables(sandbox.identity()) {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/@%+=".contains(c);
                assert!(!value.is_empty() && value.chars().all(is_plain), "{name}={value}");
            }
            sandbox.stop().await;
        });
    }
}
