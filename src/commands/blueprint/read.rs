//! Reads a server from Discord.

use serde_json::Value;

use super::section::SECTIONS;
use super::server::{Object, Server};
use crate::call::{self, App, Policy};
use crate::catalogue::{Endpoint, rows};
use crate::error::{self, Error, Result};
use crate::model::items;
use crate::rest::{Request, Text};

/// Reads a server, the objects of these sections, and those that they refer to.
///
/// `optional` are sections that are left out if the bot may not read them. Returns them, too.
pub async fn server(
    app: &App,
    policy: &Policy<'_>,
    guild: &str,
    sections: &[usize],
    optional: &[usize],
) -> Result<(Server, Vec<usize>)> {
    let about = one(app, policy, rows::GET_GUILD, guild, None).await?;
    let (mut all, mut left_out) = (Vec::new(), Vec::new());
    for at in 0..SECTIONS.len() {
        let is_needed = sections.iter().any(|section| *section == at || SECTIONS[*section].refers_to.contains(&at));
        all.push(match is_needed {
            false => Vec::new(),
            true => match objects(app, policy, at, &about).await {
                Err(error) if optional.contains(&at) && status(&error) == Some(403) => {
                    left_out.push(at);
                    Vec::new()
                }
                found => found?,
            },
        });
    }
    Ok((Server::new(about, all), left_out))
}

/// The HTTP status of a failed request.
fn status(error: &Error) -> Option<u16> {
    error::report(error, &error::Peer::Discord)?.status
}

/// The objects of a section.
pub async fn objects(app: &App, policy: &Policy<'_>, section: usize, guild: &Value) -> Result<Vec<Object>> {
    let row = SECTIONS[section].list;
    let id = guild["id"].as_str().unwrap_or_default();
    let mut found = match SECTIONS[section].is_single {
        true => match one(app, policy, row, id, None).await {
            Ok(object) => vec![object.as_object().cloned().unwrap_or_default()],
            // Only a community has a welcome screen.
            Err(error) if status(&error) == Some(404) => vec![Object::new()],
            Err(error) => return Err(error),
        },
        false => list(app, policy, row, id).await?,
    };
    found.iter_mut().for_each(|object| (SECTIONS[section].adapt)(object, guild));
    Ok(found)
}

/// The objects of a list of the server.
async fn list(app: &App, policy: &Policy<'_>, row: &'static Endpoint, guild: &str) -> Result<Vec<Object>> {
    let mut request = Request::new(row);
    request.set_segment("guild_id", Text::Plain(guild.to_owned()));
    let response = call::exchange(app, policy, row, &request, true).await?;
    let found = items::items(&response.body, row.items).unwrap_or_default();
    Ok(found.into_iter().map(|item| serde_json::from_str(item.get())).collect::<Result<_, _>>()?)
}

/// A single object of the server.
async fn one(app: &App, policy: &Policy<'_>, row: &'static Endpoint, guild: &str, user: Option<&str>) -> Result<Value> {
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
