//! The commands: `endpoint` runs those of the catalogue, and each other command has a file.

use clap::ArgMatches;

use crate::call::Rewrite;
use crate::call::bind::Values;
use crate::catalogue::Endpoint;
use crate::cli::tree::Plain;
use crate::cli::typed;
use crate::context::Context;
use crate::error::Result;

pub mod alias;
pub mod api;
mod ask;
pub mod auth;
mod ban;
mod blueprint;
pub mod cache;
mod chat;
mod child;
pub mod completions;
pub mod consumer;
pub mod doctor;
mod dry_run;
mod each;
pub mod endpoint;
pub mod endpoints;
pub mod explain;
mod export;
pub mod extension;
pub mod find;
pub mod help;
mod idle;
pub mod limits;
pub mod listen;
mod lock;
pub mod man;
mod notify;
mod permission;
mod purge;
mod rewrite;
pub mod sandbox;
pub mod signals;
pub mod skill;
pub mod snowflake;
mod sync;
pub mod topics;

use each::{How, RunSteps};

/// A command outside the catalogue.
pub struct Porcelain {
    pub plain: Plain,
    /// Whether a script waits for the command, so that the command must not wait long for Discord.
    pub is_brief: bool,
    run: Run,
}

/// The function that runs such a command.
enum Run {
    Alone(fn(&Context, &ArgMatches) -> Result<()>),
    /// A command that describes the other commands, and therefore receives their list.
    Describing(fn(&Context, &ArgMatches, &[Plain]) -> Result<()>),
}

impl Porcelain {
    pub fn run(&self, context: &Context, matches: &ArgMatches) -> Result<()> {
        match self.run {
            Run::Alone(run) => run(context, matches),
            Run::Describing(run) => run(context, matches, &plain().collect::<Vec<_>>()),
        }
    }
}

const fn command(
    name: &'static str,
    about: &'static str,
    args: fn(clap::Command) -> clap::Command,
    run: fn(&Context, &ArgMatches) -> Result<()>,
) -> Porcelain {
    Porcelain { plain: Plain { name, about, args }, is_brief: false, run: Run::Alone(run) }
}

impl Porcelain {
    const fn brief(self) -> Self {
        Self { is_brief: true, ..self }
    }
}

const fn describing(
    name: &'static str,
    about: &'static str,
    args: fn(clap::Command) -> clap::Command,
    run: fn(&Context, &ArgMatches, &[Plain]) -> Result<()>,
) -> Porcelain {
    Porcelain { plain: Plain { name, about, args }, is_brief: false, run: Run::Describing(run) }
}

/// Every command outside the catalogue, in the order in which help lists them.
pub static PORCELAIN: &[Porcelain] = &[
    command("listen", "Print events as they happen", listen::args, listen::run),
    command("notify", "Report the result of a job, from CI, cron or a script", notify::args, notify::run).brief(),
    command("auth", "Sign in and out, and show what the token may do", auth::args, auth::run),
    command("api", "Send any request to Discord's API", api::args, api::run),
    command("sandbox", "Simulate Discord on this machine, to test and try things out", sandbox::args, sandbox::run),
    command("consumer", "List and remove consumers, the saved positions of `listen`", consumer::args, consumer::run),
    command("cache", "Search and configure the local cache of Discord's objects", cache::args, cache::run),
    command("doctor", "Check the token, the connection and the files of dcord", doctor::args, doctor::run),
    command("limits", "Show and clear the rate limits that dcord knows", limits::args, limits::run),
    describing("endpoints", "Find the command for a task", endpoints::args, endpoints::run),
    command("explain", "Explain a JSON flag, command, error code, intent or event", explain::args, explain::run),
    command("snowflake", "Show when an id was created, or convert a time to an id", snowflake::args, snowflake::run),
    describing("skill", "Print a file that teaches an agent to use dcord", skill::args, skill::run),
    command("completions", "Print the completion script for a shell", completions::args, completions::run),
    describing("man", "Print or write the manual pages", man::args, man::run),
    describing("help", "Explain a command or a topic", help::args, help::run),
];

/// How a composed command runs.
enum Composed {
    Steps(RunSteps),
    /// Runs one of several commands, depending on the values.
    ByValues(fn(&Context, &'static Endpoint, Values) -> Result<()>),
    /// Calls an endpoint with a request that this function changes.
    Another(Rewrite),
}

use Composed::{Another, ByValues, Steps};

/// The composed commands, by noun and verb. Their rows are in the catalogue.
static COMPOSED: &[(&str, Composed)] = &[
    ("ban export", Another(ban::export)),
    ("ban import", Steps(ban::import)),
    ("channel lock", Steps(lock::lock)),
    ("channel sync", Steps(permission::sync)),
    ("channel unlock", Steps(lock::unlock)),
    ("command sync", Steps(blueprint::sync)),
    ("guild apply", Steps(blueprint::apply)),
    ("guild diff", Steps(blueprint::diff)),
    ("guild export", Steps(blueprint::export)),
    ("member timeout", Another(|_| {})),
    ("member untimeout", Another(rewrite::untimeout)),
    ("message export", Steps(export::run)),
    ("message forward", Another(rewrite::forward)),
    ("message purge", Steps(purge::run)),
    ("message reply", Another(rewrite::reply)),
    ("permission audit", Steps(permission::audit::run)),
    ("permission can", Steps(permission::can::run)),
    ("permission explain", ByValues(permission::explain::run)),
    ("permission set", Steps(permission::set)),
    ("thread archive", Steps(idle::archive)),
    ("thread unarchive", Steps(permission::unarchive)),
];

/// Runs a command of the catalogue. `raw` are the arguments of the process.
pub fn run(context: &Context, row: &'static Endpoint, matches: &ArgMatches, raw: &[String]) -> Result<()> {
    let values = endpoint::values(row, matches, raw)?;
    let how = match COMPOSED.iter().find(|(words, _)| row.composed && *words == row.words()) {
        Some((_, ByValues(run))) => return run(context, row, values),
        Some((_, Steps(steps))) => How::Steps(*steps),
        Some((_, Another(rewrite))) => How::Call(Some(*rewrite)),
        None => How::Call(None),
    };
    match (typed::lines(matches), how) {
        (Some(options), how) => each::run(context, row, values, &options, &how),
        (None, How::Steps(steps)) => endpoint::compose(context, row, values, steps),
        (None, How::Call(rewrite)) => endpoint::run(context, row, values, rewrite),
    }
}

/// The commands outside the catalogue, in the form that the clap tree needs.
pub fn plain() -> impl Iterator<Item = Plain> + Clone {
    PORCELAIN.iter().map(|p| p.plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn the_help_of_every_tool_shows_its_full_name_and_explains_its_arguments() {
        fn check(command: clap::Command, path: &str) {
            let usage = command.clone().render_usage().to_string();
            assert!(usage.starts_with(&format!("Usage: {path}")), "{path}: {usage}");
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                assert!(arg.get_help().is_some(), "{path}: {}", arg.get_id());
            }
            for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
                check(inner.clone(), &format!("{path} {}", inner.get_name()));
            }
        }
        for tool in PORCELAIN {
            check((tool.plain.args)(clap::Command::new(tool.plain.name)), &format!("dcord {}", tool.plain.name));
        }
    }

    #[test]
    fn a_row_is_rewritten_if_its_command_sends_its_request_once() {
        for (words, how) in COMPOSED {
            let row = catalogue::commands().map(|(_, row)| row).find(|row| row.words() == *words).unwrap();
            assert_eq!(row.rewritten, matches!(how, Another(_)), "{words}");
        }
    }

    #[test]
    fn every_composed_row_has_an_implementation() {
        let rows: Vec<_> = catalogue::commands().filter(|(_, row)| row.composed).map(|(_, row)| row.words()).collect();
        let runs: Vec<_> = COMPOSED.iter().map(|(words, _)| (*words).to_owned()).collect();
        assert_eq!(rows.iter().filter(|row| !runs.contains(row)).count(), 0, "{rows:?}");
        assert_eq!(rows.len(), runs.len(), "{runs:?}");
    }
}
