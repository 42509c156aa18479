//! Checks a request against the rules of the profile before it is sent.

use super::bind::Bound;
use super::mentioned::mentioned;
use super::policy::Policy;
use super::rights::Action;
use super::{App, lookup};
use crate::catalogue::{Auth, Endpoint, Method, Subject};
use crate::error::{Refused, Result};
use crate::model::Snowflake;
use crate::rest::Request;

/// Checks a bound request, for the command that the user runs.
pub async fn check(app: &App, policy: &Policy<'_>, bound: &Bound) -> Result<()> {
    check_request(app, policy, Some(bound.command), Some(bound.endpoint), &bound.request).await
}

/// Returns an error for a request that the profile does not allow. Finding the server of a channel or webhook may require a
/// request to Discord.
pub async fn check_request(
    app: &App,
    policy: &Policy<'_>,
    command: Option<&'static Endpoint>,
    endpoint: Option<&'static Endpoint>,
    request: &Request,
) -> Result<()> {
    let rights = &policy.rights;
    let action = Action { command, endpoint, method: request.method, template: &request.template };
    rights.admit(&action)?;
    if !rights.limits_places() {
        return Ok(());
    }
    // The look-ups use the cache of the token.
    app.authenticate(request.auth);
    let words = || action.words();
    let Some(mentioned) = mentioned(endpoint, request) else {
        rights.admit_guild(None, words)?;
        return Ok(rights.admit_no_channel(words)?);
    };
    let is_outside = || endpoint.map_or(request.segments.is_empty(), Endpoint::is_outside_guilds);
    if mentioned.is_empty() && request.method == Method::Get && is_outside() {
        return Ok(());
    }
    if mentioned.is_empty() {
        rights.admit_guild(None, words)?;
    }
    // A channel in the body or the query does not make a request one about this channel: it may edit the whole server.
    let in_path = |subject| endpoint.is_some_and(|endpoint| endpoint.path_subject(subject).is_some());
    if !in_path(Subject::Channel) && !in_path(Subject::Webhook) {
        rights.admit_no_channel(words)?;
    }
    for (subject, id) in mentioned {
        let guild = match subject {
            Subject::Guild => id.parse().ok(),
            Subject::Channel => lookup::guild_of_channel(app, policy, &id).await?,
            Subject::Webhook => {
                let token = request.segment("webhook_token");
                if rights.allowed_channels.is_some() {
                    match lookup::channel_of_webhook(app, policy, &id, token).await? {
                        Some(channel) => admit_channel(app, policy, &channel).await?,
                        None => rights.admit_no_channel(words)?,
                    }
                }
                lookup::guild_of_webhook(app, policy, &id, token).await?
            }
        };
        rights.admit_guild(guild, words)?;
        if subject == Subject::Channel {
            admit_channel(app, policy, &id).await?;
        }
    }
    Ok(())
}

/// Returns an error unless the profile allows the channel, the channel that it is a thread of, or its category.
async fn admit_channel(app: &App, policy: &Policy<'_>, id: &str) -> Result<()> {
    /// A thread is in a channel, which is in a category.
    const LEVELS: usize = 3;
    let mut level = Some(id.to_owned());
    for _ in 0..LEVELS {
        let Some(channel) = &level else { break };
        if policy.rights.allows_channel(channel) {
            return Ok(());
        }
        level = lookup::parent_of_channel(app, policy, channel).await?;
    }
    Err(policy.rights.other_channel(id).into())
}

/// The filters of a listener, restricted to the servers and channels that the profile allows. An empty filter becomes all of
/// them.
pub async fn filter(
    app: &App,
    policy: &Policy<'_>,
    guilds: Vec<Snowflake>,
    channels: Vec<Snowflake>,
) -> Result<(Vec<Snowflake>, Vec<Snowflake>)> {
    let rights = &policy.rights;
    if rights.limits_places() && !channels.is_empty() {
        app.authenticate(Auth::Bot);
    }
    let command = || "listen".to_owned();
    for guild in &guilds {
        rights.admit_guild(Some(guild.get()), command)?;
    }
    for channel in &channels {
        admit_channel(app, policy, &channel.to_string()).await?;
    }
    let guilds = restricted(guilds, &rights.allowed_guilds, || rights.admit_guild(None, command))?;
    let channels = restricted(channels, &rights.allowed_channels, || rights.admit_no_channel(command))?;
    Ok((guilds, channels))
}

/// The ids asked for, or else all that are allowed. An empty filter would match all events, so an empty list of allowed ids is
/// an error.
fn restricted(
    asked: Vec<Snowflake>,
    allowed: &Option<Vec<Snowflake>>,
    refuse: impl Fn() -> Result<(), Refused>,
) -> Result<Vec<Snowflake>, Refused> {
    match allowed {
        Some(allowed) if allowed.is_empty() => refuse().map(|()| asked),
        Some(allowed) if asked.is_empty() => Ok(allowed.clone()),
        _ => Ok(asked),
    }
}
