//! The steps of a call, in their order.

use serde_json::Value;

use super::bind::{self, Bound, Input};
use super::keeper::Keeper;
use super::outcome::{Answer, Content, Document, Listing, Outcome, Planned, Source};
use super::policy::{Confirm, Policy, Question};
use super::sent::Sent;
use super::subject::{self, Action};
use super::{App, Intent, application, cached, hidden, lookup, overwrite, rights, server};
use crate::catalogue::{Auth, Endpoint, Method, Param};
use crate::config::env;
use crate::error::{Partly, Refused, Result};
use crate::model::TokenType;
use crate::rest::{Body, Client, Request};

/// Calls an endpoint.
pub async fn call<'a>(app: &'a App, intent: Intent, policy: &Policy<'_>) -> Result<Outcome<'a>> {
    let wants_server = intent.wants_server;
    let bound = bind(app, intent, policy).await?;
    execute(app, bound, policy, wants_server).await
}

/// Reads the values of an intent, and looks up the names among them. What is wrong without the names is an error before
/// anything is asked.
///
/// Only values that are fully trusted name files or standard input, and to read these blocks the thread: such a call
/// belongs to a process that does nothing else meanwhile.
pub async fn bind(app: &App, intent: Intent, policy: &Policy<'_>) -> Result<Bound> {
    let endpoint = intent.endpoint;
    let mut input = Input::new(policy.trust, app.settings.request_timeout);
    let mut draft = bind::draft(endpoint, intent.values, &app.settings, &mut input, env::now(&app.clock))?;
    if !draft.names.is_empty() {
        draft.clone().complete()?;
        // What is composed has to read what it changes.
        let leave = policy.dry_run && !endpoint.composed;
        lookup::names(app, &mut draft.names, policy, endpoint.method != Method::Get, leave).await?;
    }
    let bound = draft.complete()?;
    bound.warnings.iter().for_each(|warning| app.notices.warn(format_args!("{warning}")));
    Ok(bound)
}

/// Sends a bound request, as far as the policy lets it.
pub async fn execute<'a>(
    app: &'a App,
    mut bound: Bound,
    policy: &Policy<'_>,
    wants_server: bool,
) -> Result<Outcome<'a>> {
    let endpoint = bound.endpoint;
    if policy.dry_run {
        let plan = endpoint.list.then(|| bound.plan());
        let planned = Planned { request: bound.request, row: Some(endpoint), plan };
        let content = Content::Planned(Box::new(planned));
        return Ok(Outcome { content, server: None });
    }
    app.authenticate(endpoint.auth);
    rights::check(app, policy, Some(endpoint), &bound.request).await?;
    let server = match wants_server {
        true => server::of(app, policy, endpoint, &bound.request).await?,
        false => None,
    };
    if let Some((as_of_ms, document)) = cached::answer(app, policy, &bound)? {
        let hidden_channels = hidden::channels(app, endpoint, &bound.request);
        let answer = Answer { document, source: Source::Cache { as_of_ms }, failed: None, hidden_channels };
        return Ok(Outcome { content: Content::Answer(answer), server });
    }
    refuse_or_ask(app, policy, endpoint, &bound.request).await?;
    if endpoint.replaces {
        overwrite::confirm_replacing(app, policy, endpoint, &bound.request).await?;
    }
    let client = app.client(endpoint.auth)?;
    admit(client, endpoint)?;
    application::fill(app, client, endpoint, &mut bound.request).await?;
    if endpoint.list {
        let plan = bound.plan();
        let listing = Listing::new(app, client, bound.request, endpoint, plan);
        return Ok(Outcome { content: Content::Pages(Box::new(listing)), server });
    }
    Ok(Outcome { content: Content::Answer(send(app, client, bound).await?), server })
}

/// Sends a request whose answer is one document.
async fn send(app: &App, client: &Client, bound: Bound) -> Result<Answer> {
    let Bound { endpoint, request, key, .. } = bound;
    let sent = key.as_deref().map(|key| Sent::open(app, client, endpoint, key)).transpose()?;
    if let Some(message) = sent.as_ref().map(Sent::begin).transpose()?.flatten() {
        let document = Document::Body { body: message.into(), content_type: Some("application/json".to_owned()) };
        return Ok(Answer { document, source: Source::SentBefore, failed: None, hidden_channels: 0 });
    }
    let keeper = Keeper::new(app, endpoint, &request);
    let response = client.send(&request).await;
    match (&sent, &response) {
        (Some(sent), Ok(response)) => sent.remember(app, &response.body),
        (Some(sent), Err(error)) => sent.fail(app, error),
        (None, _) => {}
    }
    let response = response?;
    keeper.keep(&response.body, false);
    let failed = partly(endpoint, &request, &response.body);
    let content_type = response.content_type().map(str::to_owned);
    let document = Document::Body { body: response.body, content_type };
    Ok(Answer { document, source: Source::Discord, failed, hidden_channels: 0 })
}

/// What failed, where the answer lists it though its status says success.
pub fn partly(endpoint: &'static Endpoint, request: &Request, body: &[u8]) -> Option<Partly> {
    let (field, param) = endpoint.failed?;
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let failed = answer[field].as_array().map(Vec::as_slice).unwrap_or_default();
    if failed.is_empty() {
        return None;
    }
    let ids = failed.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    // No text of another shape reaches the terminal.
    let ids: Vec<_> = ids.map(|id| if id.parse::<u64>().is_ok() { id } else { format!("{id:?}") }).collect();
    let asked = match &request.body {
        Body::Json(body) => body[param].as_array().map_or(0, Vec::len),
        _ => 0,
    };
    let flag = endpoint.param(param).map_or_else(String::new, Param::flag);
    Some(Partly { command: endpoint.words(), total: asked.max(ids.len()), ids, flag })
}

/// Keeps a read-only profile to reading, and asks before what cannot be undone.
pub async fn refuse_or_ask(
    app: &App,
    policy: &Policy<'_>,
    endpoint: &'static Endpoint,
    request: &Request,
) -> Result<()> {
    if policy.rights.read_only && endpoint.method != Method::Get {
        return Err(Refused::ReadOnly { method: endpoint.method.name() }.into());
    }
    if endpoint.destructive && !matches!(policy.confirm, Confirm::Granted) {
        let Action { words, typed } = subject::describe(app, policy, endpoint, request).await;
        policy.confirm.ask(Question::Destroy { words, typed })?;
    }
    Ok(())
}

/// Holds the token's type against what the endpoint admits, before anything is sent.
pub fn admit(client: &Client, endpoint: &'static Endpoint) -> Result<(), Refused> {
    let Some(kind) = client.token_type() else { return Ok(()) };
    let needs = match (endpoint.auth, kind) {
        (Auth::Bot, TokenType::Bearer) => "a bot's token",
        (Auth::Bearer, TokenType::Bot) => "a user's access token",
        _ => return Ok(()),
    };
    let given = if kind == TokenType::Bot { "a bot's" } else { "a user's" };
    Err(Refused::TokenType { command: endpoint.words(), needs, given })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server runs many calls as tasks: this does not compile if a call cannot be one.
    #[expect(dead_code, reason = "it is compiled, and never called")]
    fn a_call_can_move_between_threads(app: &App, intent: Intent, policy: &Policy<'_>) {
        fn is_sent<T: Send>(_: T) {}
        is_sent(call(app, intent, policy));
    }
}
