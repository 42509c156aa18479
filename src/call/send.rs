//! Sends a request whose response is one document.

use bytes::Bytes;
use serde_json::Value;

use super::answer::{Answer, Document, Source};
use super::keeper::Keeper;
use super::sent::{Begun, Key, Sent};
use super::{App, audit, object_name};
use crate::catalogue::{Endpoint, Param};
use crate::error::{FailedRequest, NoSuchObject, Partly, Result};
use crate::rest::{Body, Client, Gate, Request};

/// Sends a request of a command whose response is one document. With a key, sends it at most once.
pub async fn one(
    app: &App,
    client: &Client,
    command: &str,
    endpoint: &'static Endpoint,
    request: &Request,
    key: Option<Key<'_>>,
    gate: Option<&dyn Gate>,
) -> Result<Answer> {
    let sent = key.map(|key| Sent::open(app, client, endpoint, request, key)).transpose()?;
    let (body, source) = match sent.as_ref().map(Sent::begin).transpose()? {
        None | Some(Begun::Send) => (None, Source::Discord),
        Some(Begun::Sent { message, differs }) => (Some(message.into()), Source::SentBefore { differs }),
        Some(Begun::Skip) => (Some(Bytes::new()), Source::Skipped),
    };
    if let Some(body) = body {
        let document = Document::Body { body, content_type: Some("application/json".to_owned()) };
        return Ok(Answer { document, source, failed: None, hidden_channels: 0 });
    }
    let keeper = Keeper::new(app, endpoint, request);
    let response = audit::send_by(app, client, command, request, gate).await.inspect_err(|_| {
        if let Some(sent) = &sent {
            sent.release(app);
        }
    })?;
    match (&sent, &response) {
        (Some(sent), Ok(response)) => sent.remember(app, &response.body),
        (Some(sent), Err(error)) => sent.fail(app, error),
        (None, _) => {}
    }
    let response = response.map_err(|error| FailedRequest {
        keyed: sent.is_some(),
        missing: object_name::missing(app, endpoint, request, &error).map(|text| Box::new(NoSuchObject(text))),
        ..FailedRequest::new(request, Some(endpoint), error)
    })?;
    keeper.keep(&response.body, false);
    let failed = partly(endpoint, request, &response.body);
    let content_type = response.content_type().map(str::to_owned);
    let document = Document::Body { body: response.body, content_type };
    Ok(Answer { document, source: Source::Discord, failed, hidden_channels: 0 })
}

/// The objects that failed, if a successful response lists any.
pub fn partly(endpoint: &'static Endpoint, request: &Request, body: &[u8]) -> Option<Partly> {
    let (field, param) = endpoint.failed?;
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let failed = answer[field].as_array().map(Vec::as_slice).unwrap_or_default();
    if failed.is_empty() {
        return None;
    }
    let ids = failed.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    // Quotes everything that is not an id, so that no unsafe text reaches the terminal.
    let ids: Vec<_> = ids.map(|id| if id.parse::<u64>().is_ok() { id } else { format!("{id:?}") }).collect();
    let asked = match &request.body {
        Body::Json(body) => body[param].as_array().map_or(0, Vec::len),
        _ => 0,
    };
    let flag = endpoint.param(param).map_or_else(String::new, Param::flag);
    Some(Partly { command: endpoint.words(), total: asked.max(ids.len()), ids, flag })
}
