//! A profile's allowed servers: what is about another one is not sent, nor what is about none that is known.

use serde_json::Value;

use super::names::Finder;
use crate::catalogue::{Endpoint, Method};
use crate::context::Context;
use crate::error::{Refused, Result};
use crate::model::Snowflake;
use crate::rest::{Body, Part, Request, Text};

/// What tells the server that a request is about.
#[derive(Debug)]
enum Subject {
    Guild(String),
    Channel(String),
    /// With its token, if the request has one.
    Webhook(String, Option<Text>),
}

/// What a path may name that is in no server. Where it names nothing else, reading it is harmless.
const IN_NO_GUILD: [&str; 5] = ["application_id", "user_id", "sku_id", "pack_id", "subscription_id"];

/// Refuses what the profile does not allow. To know the server of a channel or webhook, Discord may
/// have to be asked.
pub fn check(context: &Context, endpoint: Option<&'static Endpoint>, request: &Request) -> Result<()> {
    let Some(allowed) = context.settings.allowed_guilds()? else { return Ok(()) };
    let command =
        || endpoint.map_or_else(|| format!("{} {}", request.method.name(), request.template), Endpoint::words);
    let unknown = || Refused::NoGuild { command: command() };
    let subjects = subjects(request).ok_or_else(unknown)?;
    if subjects.is_empty() && !(request.method == Method::Get && is_of_no_guild(request)) {
        return Err(unknown().into());
    }
    let mut finder = Finder::new(context);
    for subject in subjects {
        let guild = match subject {
            Subject::Guild(id) => id.parse().ok(),
            Subject::Channel(id) => finder.guild_of(&id)?,
            Subject::Webhook(id, token) => finder.guild_of_webhook(&id, token.as_ref())?,
        };
        let guild = guild.ok_or_else(unknown)?;
        if !allowed.contains(&Snowflake::new(guild)) {
            return Err(Refused::OtherGuild { command: command(), guild }.into());
        }
    }
    Ok(())
}

/// The allowed ones among the servers of a filter: all of them if it names none.
pub fn filter(context: &Context, asked: Vec<Snowflake>) -> Result<Vec<Snowflake>> {
    let Some(allowed) = context.settings.allowed_guilds()? else { return Ok(asked) };
    let command = || "listen".to_owned();
    if let Some(other) = asked.iter().find(|id| !allowed.contains(id)) {
        return Err(Refused::OtherGuild { command: command(), guild: other.get() }.into());
    }
    // An empty filter would let everything through.
    if allowed.is_empty() {
        return Err(Refused::NoGuild { command: command() }.into());
    }
    Ok(if asked.is_empty() { allowed } else { asked })
}

fn is_of_no_guild(request: &Request) -> bool {
    request.segments.iter().all(|segment| IN_NO_GUILD.contains(&segment.name.as_ref()))
}

/// All that a request names; `None` if its body cannot be read.
fn subjects(request: &Request) -> Option<Vec<Subject>> {
    let mut found = Vec::new();
    for segment in &request.segments {
        let Text::Plain(id) = &segment.value else { continue };
        match segment.name.as_ref() {
            "guild_id" => found.push(Subject::Guild(id.clone())),
            "channel_id" => found.push(Subject::Channel(id.clone())),
            "webhook_id" => found.push(Subject::Webhook(id.clone(), request.segment("webhook_token").cloned())),
            _ => {}
        }
    }
    for (name, value) in &request.query {
        add(name, value, &mut found);
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(json) => walk(json, &mut found),
        Body::Raw { bytes, .. } => walk(&serde_json::from_slice(bytes).ok()?, &mut found),
        Body::Form(fields) => fields.iter().for_each(|(name, value)| {
            if let Text::Plain(value) = value {
                add(name, value, &mut found);
            }
        }),
        Body::Multipart(parts) => parts.iter().for_each(|part| {
            if let Part::Json(_, json) = part {
                walk(json, &mut found);
            }
        }),
    }
    Some(found)
}

/// Channels and servers are named by members that end so: `channel_id`, `webhook_channel_id`, `source_guild_id`.
fn add(name: &str, value: &str, found: &mut Vec<Subject>) {
    if name.ends_with("guild_id") {
        found.push(Subject::Guild(value.to_owned()));
    } else if name.ends_with("channel_id") || name == "parent_id" {
        found.push(Subject::Channel(value.to_owned()));
    }
}

fn walk(json: &Value, found: &mut Vec<Subject>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(id) => add(name, id, found),
                    Value::Number(id) => add(name, &id.to_string(), found),
                    inner => walk(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}
