//! The id of the token's application.

use super::policy::Policy;
use super::{App, audit};
use crate::catalogue::{Endpoint, rows};
use crate::error::Result;
use crate::model::TokenType;
use crate::rest::{self, Client, Request, Text};

/// Sets the application's id in a request. Discord returns it to the token's owner, and it never changes.
pub async fn fill(
    app: &App,
    client: &Client,
    policy: &Policy<'_>,
    endpoint: &'static Endpoint,
    request: &mut Request,
) -> Result<()> {
    let wanted = endpoint.all_params().find(|p| p.is_application());
    let Some(param) = wanted.filter(|p| request.segment(p.name).is_none()) else { return Ok(()) };
    if let Some(id) = app.with_cache(|cache| cache.application()).flatten() {
        request.set_segment(param.name, Text::Plain(id));
        return Ok(());
    }
    // Only a bot's token may request the application itself.
    let row = match client.token_type() {
        Some(TokenType::Bearer) => rows::GET_AUTHORIZATION,
        _ => rows::GET_APPLICATION,
    };
    policy.rights.admit_step(row)?;
    let response = audit::send_by(app, client, &row.words(), &Request::new(row)).await??;
    let id = rest::text(&response.body, row.id.unwrap_or("id"))?;
    app.with_cache(|cache| cache.set_application(&id));
    request.set_segment(param.name, Text::Plain(id));
    Ok(())
}
