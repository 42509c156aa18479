//! `dcord snowflake` shows the parts of an id: its time, and the other values that Discord puts there.

use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use crate::cli::Error;
use crate::config::env;
use crate::context::Context;
use crate::error::Result;
use crate::model::target::{self, Target};
use crate::model::time::{self, NotATime, Now};
use crate::model::{Entity, Snowflake};
use crate::output::View;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord snowflake ID|TIME…")
        .after_help(
            "Prints when each id was created, in UTC and in local time. For a time, it prints the lowest id of that time.\n\
             An id also contains a worker, a process and an increment, which -o jsonl prints.\n\n\
             Examples:\n  dcord snowflake 175928847299117063\n  dcord snowflake 2h    # the lowest id of two hours ago\n  \
             dcord snowflake '2026-12-01 20:00' -o id",
        )
        .arg(Arg::new("id").num_args(0..).help("Ids, mentions, links or times").value_name("ID|TIME"))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let texts: Vec<&String> = matches.get_many("id").map(Iterator::collect).unwrap_or_default();
    if texts.is_empty() {
        return Err(Error::Missing {
            what: "ID|TIME".to_owned(), usage: "snowflake ID|TIME…".to_owned(), hint: None
        }
        .into());
    }
    // Each id has a local time.
    env::known_zone()?;
    let now = env::now(&context.clock);
    let mut rows = Vec::with_capacity(texts.len());
    for text in texts {
        rows.push(describe(id(text, &now)?, &now));
    }
    let columns = &["id", "time", "local_time"];
    context.print_list(View { columns, id: Some("id"), ..View::default() }, &rows)
}

fn id(text: &str, now: &Now) -> Result<Snowflake, Error> {
    let flag = || "ID|TIME".to_owned();
    match time::cursor(text, now) {
        Ok((id, _)) => Ok(id),
        Err(NotATime::Unknown) => named(text).ok_or_else(|| Error::Value {
            flag: flag(),
            text: text.to_owned(),
            wanted: "an id, a mention, a link or a time (2h, 2026-11-28, '2026-11-28 20:00')".to_owned(),
        }),
        Err(why) => Err(Error::Time { flag: flag(), text: text.to_owned(), why }),
    }
}

/// The id in a mention, or the most specific id in a link.
fn named(text: &str) -> Option<Snowflake> {
    let of = |entity| match target::parse(entity, text) {
        Target::Id(id) => Some(id),
        Target::Link { guild, channel, message, event } => event.or(message).or(channel).or(guild),
        Target::Emoji(emoji) if text.starts_with('<') => emoji.rsplit_once(':')?.1.parse().ok(),
        _ => None,
    };
    [Entity::Any, Entity::Message, Entity::Emoji, Entity::Command].into_iter().find_map(of)
}

fn describe(id: Snowflake, now: &Now) -> serde_json::Value {
    let made = i64::try_from(id.timestamp_ms()).ok();
    let local = (now.zone)().ok().zip(made).and_then(|(zone, made)| time::rfc3339_in(made, &zone));
    json!({
        "id": id.to_string(),
        "time": made.and_then(time::rfc3339),
        "local_time": local,
        "unix_ms": id.timestamp_ms(),
        "worker": id.worker(),
        "process": id.process(),
        "increment": id.increment(),
    })
}
