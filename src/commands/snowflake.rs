//! `dcord snowflake`: what an id says.

use anyhow::Result;
use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use crate::cli::{Error, value};
use crate::context::Context;
use crate::model::{Entity, Snowflake, time};
use crate::output::View;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord snowflake ID…")
        .after_help(
            "Examples:\n  dcord snowflake 175928847299117063\n  dcord snowflake 2h    (the lowest id of two hours ago)",
        )
        .arg(
            Arg::new("id")
                .num_args(0..)
                .allow_hyphen_values(true)
                .help("Ids, mentions, links or times")
                .value_name("ID"),
        )
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let texts: Vec<&String> = matches.get_many("id").map(Iterator::collect).unwrap_or_default();
    if texts.is_empty() {
        return Err(Error::Missing { what: "ID".to_owned(), usage: "snowflake ID…".to_owned(), hint: None }.into());
    }
    let mut rows = Vec::with_capacity(texts.len());
    for text in texts {
        rows.push(describe(text)?);
    }
    let view = View { columns: &["id", "time", "worker", "process", "increment"], id: Some("id"), items: None };
    context.print_list(view, &rows)
}

fn describe(text: &str) -> Result<serde_json::Value, Error> {
    let id = match time::parse(text, time::now_ms(), time::Direction::Back) {
        Some(time::When::Id(id)) => id,
        Some(time::When::Moment(ms)) if text.parse::<Snowflake>().is_err() => Snowflake::at(ms),
        _ => {
            let id = value::id(Entity::Any, "ID", text).map_err(|_| Error::Value {
                flag: "ID".to_owned(),
                text: text.to_owned(),
                wanted: "an id, a mention or a time".to_owned(),
            })?;
            id.parse().map_err(|_| Error::Value {
                flag: "ID".to_owned(),
                text: text.to_owned(),
                wanted: "an id, a mention or a time".to_owned(),
            })?
        }
    };
    let made = i64::try_from(id.timestamp_ms()).ok().and_then(time::rfc3339);
    Ok(json!({
        "id": id.to_string(),
        "time": made,
        "unix_ms": id.timestamp_ms(),
        "worker": id.worker(),
        "process": id.process(),
        "increment": id.increment(),
    }))
}
