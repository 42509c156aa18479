//! Reads a server from Discord.

use serde_json::Value;

use super::section::{CHANNELS, ROLES, SECTIONS};
use super::server::{Object, Server};
use crate::call::{self, App, Policy};
use crate::catalogue::{Endpoint, rows};
use crate::error::Result;
use crate::model::items;
use crate::rest::{Request, Text};

/// Reads a server, and the objects of these sections. Roles and channels are always read, because the others refer to them.
pub async fn server(app: &App, policy: &Policy<'_>, guild: &str, sections: &[usize]) -> Result<Server> {
    let about = one(app, policy, rows::GET_GUILD, guild, None).await?;
    let mut objects = Vec::new();
    for (at, section) in SECTIONS.iter().enumerate() {
        objects.push(match sections.contains(&at) || [ROLES, CHANNELS].contains(&at) {
            true => list(app, policy, section.list, guild).await?,
            false => Vec::new(),
        });
    }
    Ok(Server::new(about, objects))
}

/// The objects of a list of the server.
pub async fn list(app: &App, policy: &Policy<'_>, row: &'static Endpoint, guild: &str) -> Result<Vec<Object>> {
    let mut request = Request::new(row);
    request.set_segment("guild_id", Text::Plain(guild.to_owned()));
    let response = call::exchange(app, policy, row, &request, true).await?;
    let found = items::items(&response.body, row.items).unwrap_or_default();
    Ok(found.into_iter().map(|item| serde_json::from_str(item.get())).collect::<Result<_, _>>()?)
}

/// A single object of the server.
pub async fn one(
    app: &App,
    policy: &Policy<'_>,
    row: &'static Endpoint,
    guild: &str,
    user: Option<&str>,
) -> Result<Value> {
    let mut request = Request::new(row);
    request.set_segment("guild_id", Text::Plain(guild.to_owned()));
    if let Some(user) = user {
        request.set_segment("user_id", Text::Plain(user.to_owned()));
    }
    let response = call::exchange(app, policy, row, &request, false).await?;
    Ok(serde_json::from_slice(&response.body)?)
}

/// The roles of the bot itself.
pub async fn own_roles(app: &App, policy: &Policy<'_>, guild: &str) -> Result<(String, Vec<Value>)> {
    let row = rows::GET_ME;
    let response = call::exchange(app, policy, row, &Request::new(row), false).await?;
    let me: Value = serde_json::from_slice(&response.body)?;
    let id = me["id"].as_str().unwrap_or_default();
    let member = one(app, policy, rows::GET_MEMBER, guild, Some(id)).await?;
    Ok((id.to_owned(), member["roles"].as_array().cloned().unwrap_or_default()))
}
