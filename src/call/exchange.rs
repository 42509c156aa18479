//! The additional requests that a command needs.

use super::keeper::Keeper;
use super::policy::Policy;
use super::{App, audit, object_name};
use crate::catalogue::Endpoint;
use crate::error::{FailedRequest, NoSuchObject, Result};
use crate::rest::{Request, Response};

/// Sends a request and stores the response in the cache. `complete` means that the response is a complete list.
pub async fn exchange(
    app: &App,
    policy: &Policy<'_>,
    endpoint: &'static Endpoint,
    request: &Request,
    complete: bool,
) -> Result<Response> {
    policy.rights.admit_step(endpoint)?;
    let keeper = Keeper::new(app, endpoint, request);
    let response = audit::send(app, &endpoint.words(), request).await?;
    let response = response.map_err(|error| FailedRequest {
        missing: object_name::missing(app, endpoint, request, &error).map(|text| Box::new(NoSuchObject(text))),
        ..FailedRequest::new(request, Some(endpoint), error)
    })?;
    keeper.keep(&response.body, complete);
    Ok(response)
}
