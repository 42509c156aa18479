//! `dcord consumer` lists and removes the stored positions of `listen --consumer`.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};

use super::{ask, endpoint};
use crate::call::Question;
use crate::call::app::scopes;
use crate::cli::Error;
use crate::config::paths;
use crate::context::Context;
use crate::error::{Refused, Result};
use crate::gateway::intents;
use crate::model::time;
use crate::output::View;
use crate::store::{Consumer, StoredSession};
use crate::stream::{self, ConsumerError};

pub fn args(command: Command) -> Command {
    let name = || Arg::new("name").value_name("NAME").help("Name of the consumer");
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading("Commands")
        .subcommand_value_name("COMMAND")
        .override_usage("dcord consumer COMMAND [NAME]")
        .after_help(
            "The first `dcord listen --consumer NAME` creates the consumer. The next process with that name resumes\n\
             the sessions and first prints the events since then. If the shard count has changed, or if --intents\n\
             or -e needs intents that a session does not have, dcord opens new sessions and prints a DCORD_GAP line\n\
             with the time since which events are missing. Intents that only --intents auto adds do\n\
             not cause a new session.",
        )
        .subcommand(Command::new("list").about("List consumers").override_usage("dcord consumer list"))
        .subcommand(
            Command::new("show")
                .about("Show the session of each shard of a consumer")
                .override_usage("dcord consumer show NAME")
                .arg(name()),
        )
        .subcommand(
            Command::new("forget")
                .about("Remove a consumer; its next listener starts with new sessions")
                .override_usage("dcord consumer forget NAME")
                .arg(name()),
        )
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let state = context.app.state()?;
    let all = state.consumers()?;
    match matches.subcommand() {
        Some(("show", inner)) => {
            let found = named(&all, name(inner, "show")?)?;
            let rows: Vec<Value> = found.iter().map(|(consumer, kept)| session(consumer, kept)).collect();
            let columns = &["shard", "shards", "seq", "changed"];
            context.print_list(View { columns, id: Some("session"), ..View::default() }, &rows)
        }
        Some(("forget", inner)) => {
            let found = named(&all, name(inner, "forget")?)?;
            let ask = |question: &Question| ask::ask(context, question);
            let policy = endpoint::policy(context, None, &ask)?;
            let words = format!("forget the position of consumer {}", name(inner, "forget")?);
            policy.confirm.ask(Question::Destroy { words, typed: None })?;
            let folder = paths::state_dir()?;
            for (consumer, kept) in found {
                // Fails if the consumer is in use, because the running process would store its position again.
                let _held = stream::hold(&folder, consumer)?;
                state.forget(consumer, Some(kept.shard))?;
            }
            Ok(())
        }
        _ => list(context, &all),
    }
}

fn list(context: &Context, all: &[(Consumer, StoredSession)]) -> Result<()> {
    let folder = paths::state_dir()?;
    let mut consumers: BTreeMap<&Consumer, Vec<&StoredSession>> = BTreeMap::new();
    for (consumer, kept) in all {
        consumers.entry(consumer).or_default().push(kept);
    }
    let bot = bot(context);
    let mut rows = Vec::with_capacity(consumers.len());
    for (consumer, sessions) in consumers {
        let listening = matches!(stream::hold(&folder, consumer), Err(ConsumerError::Held(_)));
        rows.push(json!({
            "name": consumer.name,
            "shards": sessions.len(),
            "listening": listening,
            "changed": sessions.iter().map(|kept| kept.changed_ms).max().and_then(time::rfc3339),
            "bot": bot.as_ref().filter(|(scope, _)| *scope == consumer.scope).map(|(_, name)| name),
            "scope": consumer.scope,
        }));
    }
    if rows.is_empty() && context.console.options().terminal {
        context.console.note("no consumers; `dcord listen --consumer NAME` creates one");
    }
    let columns = &["name", "shards", "listening", "changed", "bot"];
    context.print_list(View { columns, id: Some("name"), ..View::default() }, &rows)
}

/// The scope of the token's consumers, and the name or id of its bot. Other scopes belong to other tokens, and the
/// names of their bots are unknown.
fn bot(context: &Context) -> Option<(String, String)> {
    let scope = scopes(&context.app.api_url().ok()?, context.app.known_token()).token;
    let id = context.app.with_cache(|cache| cache.application()).flatten()?;
    let name = context.names().user(&id).unwrap_or(id);
    Some((scope, name))
}

fn session(consumer: &Consumer, kept: &StoredSession) -> Value {
    json!({
        "name": consumer.name,
        "shard": kept.shard,
        "shards": kept.shards,
        "seq": kept.seq,
        "intents": kept.intents.map(|set| intents::names(set).collect::<Vec<_>>()),
        "changed": time::rfc3339(kept.changed_ms),
        "session": kept.session,
        "resume_url": kept.resume_url,
        "scope": consumer.scope,
    })
}

fn name<'a>(matches: &'a ArgMatches, verb: &str) -> Result<&'a str, Error> {
    matches.get_one::<String>("name").map(String::as_str).ok_or_else(|| Error::Missing {
        what: "NAME".to_owned(),
        usage: format!("consumer {verb} NAME"),
        hint: Some("`dcord consumer list` shows the names".into()),
    })
}

/// The sessions of a consumer, for all tokens.
fn named<'a>(all: &'a [(Consumer, StoredSession)], name: &str) -> Result<Vec<&'a (Consumer, StoredSession)>, Refused> {
    let found: Vec<_> = all.iter().filter(|(consumer, _)| consumer.name == name).collect();
    if found.is_empty() { Err(Refused::NoConsumer { name: name.to_owned() }) } else { Ok(found) }
}
