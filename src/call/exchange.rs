//! The additional requests that a call needs.

use super::App;
use super::keeper::Keeper;
use crate::catalogue::Endpoint;
use crate::error::{FailedRequest, Result};
use crate::rest::{Request, Response};

/// Sends a request and stores the response in the cache. `complete` means that the response is a complete list.
pub async fn exchange(app: &App, endpoint: &'static Endpoint, request: &Request, complete: bool) -> Result<Response> {
    let keeper = Keeper::new(app, endpoint, request);
    let response = app.client(endpoint.auth)?.send(request).await;
    let response = response.map_err(|error| FailedRequest::new(request, Some(endpoint), error))?;
    keeper.keep(&response.body, complete);
    Ok(response)
}
