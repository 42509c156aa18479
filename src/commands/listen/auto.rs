//! What a listener requests without an option: the privileged intents that the app has enabled, and the active threads
//! of a channel.

use serde::Deserialize;

use crate::call::{self, Policy};
use crate::catalogue::{Endpoint, rows};
use crate::context::Context;
use crate::error::Result;
use crate::gateway;
use crate::gateway::intents::{self, RequestedIntents};
use crate::model::Snowflake;
use crate::rest::{Request, Text};
use crate::stream::Durable;

/// The fields of an application that this module uses.
#[derive(Deserialize)]
struct Application {
    #[serde(default)]
    flags: u64,
}

/// The intents to request.
///
/// A consumer resumes its session even if an optional intent has since been enabled for the app, because a new
/// session would lose the events in between.
pub fn intents(
    context: &Context,
    policy: &Policy<'_>,
    scope: &str,
    wanted: &RequestedIntents,
    durable: Option<&Durable>,
    shards: u32,
) -> u64 {
    let RequestedIntents { needed, mut optional } = *wanted;
    if optional & intents::PRIVILEGED != 0 {
        optional &= !intents::PRIVILEGED | intents::granted(flags(context, policy, scope));
    }
    if let Some(durable) = durable.filter(|d| d.other_shards(shards).is_none() && d.lacking(needed) == 0) {
        let lacking = durable.lacking(optional);
        optional &= !lacking;
        let names = intents::names(lacking).collect::<Vec<_>>().join(", ");
        if !names.is_empty() {
            context.console.note(format_args!(
                "the consumer resumes a session without {names}; for a session with it, run `dcord consumer forget` first"
            ));
        }
    }
    needed | optional
}

/// The application's flags, at most an hour old; 0 if they cannot be read.
fn flags(context: &Context, policy: &Policy<'_>, scope: &str) -> u64 {
    // The record only saves a request, so a failure to read or write it changes nothing.
    if let Ok(Some(flags)) = gateway::load_application_flags(context.app.ledger(), scope) {
        return flags;
    }
    let asked = ask::<Application>(context, policy, rows::GET_APPLICATION, None);
    match asked {
        Ok(Application { flags }) => {
            let _ = gateway::save_application_flags(context.app.ledger(), scope, flags);
            flags
        }
        Err(error) => {
            context.console.warn(format_args!(
                "cannot read which privileged intents the app has enabled ({error:#}); dcord listens without them"
            ));
            0
        }
    }
}

#[derive(Deserialize)]
struct Channel {
    guild_id: Option<String>,
}

#[derive(Deserialize)]
struct Active {
    threads: Vec<Thread>,
}

#[derive(Deserialize)]
struct Thread {
    id: String,
    parent_id: Option<String>,
}

/// The active threads of channels, which a resumed session does not receive again. `guilds` are the channels' servers, if
/// they are known.
pub fn threads(context: &Context, policy: &Policy<'_>, channels: &[Snowflake], guilds: &[Snowflake]) -> Vec<Snowflake> {
    let mut servers = guilds.to_vec();
    let mut threads = Vec::new();
    let mut failure = None;
    if servers.is_empty() {
        for channel in channels {
            match ask::<Channel>(context, policy, rows::GET_CHANNEL, Some(("channel_id", *channel))) {
                Ok(Channel { guild_id }) => servers.extend(guild_id.and_then(|id| id.parse::<Snowflake>().ok())),
                Err(error) => failure = Some(error),
            }
        }
        servers.sort_unstable();
        servers.dedup();
    }
    for server in servers {
        match ask::<Active>(context, policy, rows::LIST_ACTIVE_THREADS, Some(("guild_id", server))) {
            Ok(Active { threads: active }) => {
                let id = |text: &str| text.parse::<Snowflake>().ok();
                let is_wanted =
                    |t: &&Thread| t.parent_id.as_deref().and_then(id).is_some_and(|p| channels.contains(&p));
                threads.extend(active.iter().filter(is_wanted).filter_map(|thread| id(&thread.id)));
            }
            Err(error) => failure = Some(error),
        }
    }
    if let Some(error) = failure {
        context.console.warn(format_args!(
            "cannot list the existing threads of the channels ({error:#}); their events may be missing"
        ));
    }
    threads
}

fn ask<T: for<'de> Deserialize<'de>>(
    context: &Context,
    policy: &Policy<'_>,
    row: &'static Endpoint,
    of: Option<(&'static str, Snowflake)>,
) -> Result<T> {
    let mut request = Request::new(row);
    if let Some((name, id)) = of {
        request.set_segment(name, Text::Plain(id.to_string()));
    }
    let answer = context.block_on(call::exchange(&context.app, policy, row, &request, false))??;
    Ok(serde_json::from_slice(&answer.body)?)
}
