//! The id of the token's application.

use super::policy::Policy;
use super::{App, audit};
use crate::catalogue::{Auth, Endpoint, rows};
use crate::error::Result;
use crate::model::TokenType;
use crate::rest::{self, Client, Request, Text};

/// Sets the application's id in a request.
pub async fn fill(
    app: &App,
    client: &Client,
    policy: &Policy<'_>,
    endpoint: &'static Endpoint,
    request: &mut Request,
) -> Result<()> {
    let wanted = endpoint.all_params().find(|p| p.is_application());
    let Some(param) = wanted.filter(|p| request.segment(p.name).is_none()) else { return Ok(()) };
    let id = id_by(app, client, policy).await?;
    request.set_segment(param.name, Text::Plain(id));
    Ok(())
}

/// The application's id.
pub async fn id(app: &App, policy: &Policy<'_>) -> Result<String> {
    app.authenticate(Auth::Any);
    id_by(app, app.client(Auth::Any)?, policy).await
}

/// The application's id, from the cache or from Discord. It never changes.
async fn id_by(app: &App, client: &Client, policy: &Policy<'_>) -> Result<String> {
    if let Some(id) = app.with_cache(|cache| cache.application()).flatten() {
        return Ok(id);
    }
    // Only a bot's token may request the application itself.
    let row = match client.token_type() {
        Some(TokenType::Bearer) => rows::GET_AUTHORIZATION,
        _ => rows::GET_APPLICATION,
    };
    policy.rights.admit_step(row)?;
    let response = audit::send_by(app, client, &row.words(), &Request::new(row), None).await??;
    let id = rest::text(&response.body, row.id.unwrap_or("id"))?;
    app.with_cache(|cache| cache.set_application(&id));
    Ok(id)
}
