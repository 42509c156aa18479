//! A request that a call needs besides its own.

use super::App;
use super::keeper::Keeper;
use crate::catalogue::Endpoint;
use crate::error::Result;
use crate::rest::{Request, Response};

/// Sends a request and keeps the response in the cache; `complete` if that is a whole list.
pub async fn exchange(app: &App, endpoint: &'static Endpoint, request: &Request, complete: bool) -> Result<Response> {
    let keeper = Keeper::new(app, endpoint, request);
    let response = app.client(endpoint.auth)?.send(request).await?;
    keeper.keep(&response.body, complete);
    Ok(response)
}
