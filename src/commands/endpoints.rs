//! `dcord endpoints`: the catalogue, for people and programs.

use anyhow::Result;
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use crate::catalogue;
use crate::context::Context;
use crate::output::View;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord endpoints [WORD…]")
        .after_help(
            "Examples:\n  dcord endpoints ban          what has to do with bans\n  dcord endpoints DELETE /channels\n  \
             dcord endpoints -o json | jq length",
        )
        .arg(Arg::new("word").num_args(0..).value_name("WORD").help("Only endpoints that have all of these words"))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let words: Vec<String> =
        matches.get_many::<String>("word").map(|w| w.map(|w| w.to_lowercase()).collect()).unwrap_or_default();
    let found: Vec<Value> = catalogue::endpoints()
        .filter(|(noun, row)| {
            let text = format!(
                "{} {} {} {} {} {}",
                noun.name,
                row.verb,
                row.method.name(),
                row.path,
                row.operation,
                row.about
            );
            let text = text.to_lowercase() + &row.aliases.join(" ");
            words.iter().all(|w| text.contains(w.as_str()))
        })
        .map(|(noun, row)| catalogue::describe::endpoint(noun, row))
        .collect();
    let view = View { columns: &["command", "method", "path", "about"], id: Some("operation"), items: None };
    context.print_list(view, &found)
}
