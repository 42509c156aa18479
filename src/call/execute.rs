//! The steps of a call, in order.

use super::action::Action;
use super::answer::{Answer, Source};
use super::bind::{self, Bound, Input, Names, Values};
use super::outcome::{Content, Listing, Outcome, Planned};
use super::parts::Parts;
use super::policy::{CacheMode, Confirm, Policy, Question};
use super::sent::Key;
use super::{
    App, Intent, Wants, admission, application, cached, container, hidden, lookup, overwrite, preview, send, server,
};
use crate::cache::CachedRow;
use crate::catalogue::{Auth, Endpoint};
use crate::config::env;
use crate::error::{Refused, Result};
use crate::model::{Kind, TokenType, items};
use crate::resolve;

/// Calls an endpoint.
pub async fn call<'a>(app: &'a App, intent: Intent, policy: &Policy<'_>) -> Result<Outcome<'a>> {
    let Intent { wants, rewrite, .. } = intent;
    let mut bound = bind(app, intent, policy).await?;
    if let Some(rewrite) = rewrite {
        rewrite(&mut bound);
    }
    execute(app, bound, policy, wants).await
}

/// Reads the values of an intent, and looks up the names among them. Errors that do not depend on the names are reported before
/// any request is sent.
///
/// Fully trusted values may name files or standard input, and reading these blocks the thread. Only a process that does nothing
/// else may make such a call.
pub async fn bind(app: &App, intent: Intent, policy: &Policy<'_>) -> Result<Bound> {
    let mut input = Input::new(policy.trust, app.settings.request_timeout);
    let bound = bind_with(app, intent.endpoint, intent.values, policy, &mut input, Names::default()).await?;
    bound.warnings.iter().for_each(|warning| app.notices.warn(format_args!("{warning}")));
    bound.note.iter().for_each(|note| app.notices.note(format_args!("{note}")));
    Ok(bound)
}

/// The same, with inputs and names that earlier calls have read and looked up. Leaves it to the caller to print the warnings.
pub async fn bind_with(
    app: &App,
    endpoint: &'static Endpoint,
    values: Values,
    policy: &Policy<'_>,
    input: &mut Input,
    names: Names,
) -> Result<Bound> {
    let mut draft = bind::draft(endpoint, values, &app.settings, input, names, env::now(&app.clock))
        .map_err(|error| with_servers(app, error))?;
    if !draft.names.is_empty() || draft.deciding_channel().is_some() {
        draft.clone().complete()?;
    }
    if !draft.names.is_empty() {
        // A composed command must read the object that it changes.
        let leave = policy.dry_run && !endpoint.composed;
        lookup::names(app, &mut draft.names, policy, endpoint.needs_whole_names(), leave).await?;
    }
    if let Some((id, is_given)) = draft.deciding_channel()
        && let Some(kind) = channel_type(app, policy, &id, !is_given).await?
    {
        draft.set_by_channel(kind)?;
    }
    Ok(draft.complete()?)
}

/// An error about a missing server, with the names of the servers in the cache.
fn with_servers(app: &App, mut error: bind::Error) -> bind::Error {
    if let bind::Error::NoServer { servers, .. } = &mut error {
        let rows = app.with_cache(|cache| cache.rows(Kind::Guild, None, bind::error::MOST_SERVERS)).unwrap_or_default();
        let name = |row: &CachedRow| items::text(serde_json::from_str(&row.json).ok()?, "name");
        servers.extend(rows.iter().filter_map(name));
    }
    error
}

/// The type of a channel, from the cache or, if it is needed, from Discord. `None` in a dry run that cannot ask Discord.
async fn channel_type(app: &App, policy: &Policy<'_>, id: &str, is_needed: bool) -> Result<Option<i64>> {
    let known = match overwrite::cached_channel(app, id, resolve::FRESH_MS) {
        Some(known) => known,
        None if !is_needed || policy.cache == CacheMode::Offline => return Ok(None),
        None => {
            app.authenticate(Auth::Any);
            match overwrite::channel(app, policy, id).await {
                Err(_) if policy.dry_run => return Ok(None),
                read => read?,
            }
        }
    };
    Ok(known["type"].as_i64())
}

/// Sends a bound request, if the policy allows it.
pub async fn execute<'a>(app: &'a App, mut bound: Bound, policy: &Policy<'_>, wants: Wants) -> Result<Outcome<'a>> {
    let endpoint = bound.endpoint;
    admission::check(app, policy, &bound).await?;
    if let Some(why) = &bound.nothing_to_do {
        app.notices.note(format_args!("{why}"));
        return Ok(Outcome { content: Content::Nothing, server: None, container: None, report: None });
    }
    if policy.dry_run {
        note_count(app, policy, &bound).await;
        let plan = endpoint.list.then(|| bound.plan());
        let requests = std::iter::once(bound.request).chain(bound.parts);
        let content = Content::Planned(
            requests.map(|request| Planned { request, row: Some(endpoint), plan: plan.clone() }).collect(),
        );
        return Ok(Outcome { content, server: None, container: None, report: None });
    }
    app.authenticate(endpoint.auth);
    let server = server::of(app, policy, endpoint, &bound.request, wants.server).await?;
    let container = if wants.words && endpoint.list { container::of(app, &bound) } else { None };
    if let Some((as_of_ms, document)) = cached::answer(app, policy, &bound)? {
        let hidden_channels = hidden::channels(app, endpoint, &bound.request);
        let answer = Answer { document, source: Source::Cache { as_of_ms }, failed: None, hidden_channels };
        return Ok(Outcome { content: Content::Answer(answer), server, container, report: None });
    }
    let report = confirm(app, policy, &bound, wants.words).await?;
    if endpoint.replaces {
        overwrite::confirm_replacing(app, policy, endpoint, &bound.request).await?;
    }
    admit(app, endpoint)?;
    let client = app.client(endpoint.auth)?;
    for request in std::iter::once(&mut bound.request).chain(&mut bound.parts) {
        application::fill(app, client, policy, endpoint, request).await?;
    }
    let content = if !bound.parts.is_empty() {
        Content::Parts(Box::new(Parts::new(app, client, bound)))
    } else if endpoint.list {
        let plan = bound.plan();
        Content::Pages(Box::new(Listing::new(app, bound.request, endpoint, plan, !wants.unstored)?))
    } else {
        let key = bound.key.as_deref().map(|key| Key { key, if_unsure: bound.if_unsure });
        Content::Answer(
            send::one(app, client, &bound.command.words(), endpoint, &bound.request, key, policy.gate).await?,
        )
    };
    Ok(Outcome { content, server, container, report })
}

/// In a dry run, says how many objects the call would affect, if Discord can be asked.
async fn note_count(app: &App, policy: &Policy<'_>, bound: &Bound) {
    if bound.endpoint.counted.is_none() || policy.cache == CacheMode::Offline || app.token().is_err() {
        return;
    }
    match preview::count(app, policy, bound).await {
        Ok(Some(count)) => {
            let would = Action::of(app, bound).with_count(count).question(app);
            app.notices.note(format_args!("this command would {would}; nothing was changed"));
        }
        Ok(None) => {}
        Err(error) => {
            app.notices.warn(format_args!("Discord did not say how many objects this command affects: {error}"));
        }
    }
}

/// Asks before an action that cannot be undone. With `words`, returns the sentence that says what the call did. Its names are
/// read before the request, because a deletion removes them from the cache.
pub async fn confirm(app: &App, policy: &Policy<'_>, bound: &Bound, words: bool) -> Result<Option<String>> {
    let endpoint = bound.endpoint;
    let words = words && !endpoint.action.is_empty();
    if !endpoint.destructive || matches!(policy.confirm, Confirm::Granted) {
        return Ok(words.then(|| Action::of(app, bound).report(app)));
    }
    let action = Action::to_confirm(app, policy, bound).await;
    policy.confirm.ask(Question::Destroy { words: action.question(app), typed: action.typed() })?;
    Ok(words.then(|| action.report(app)))
}

/// Checks that the endpoint accepts the type of the token, before anything is sent.
pub fn admit(app: &App, endpoint: &'static Endpoint) -> Result<()> {
    let Some(kind) = app.client(endpoint.auth)?.token_type() else { return Ok(()) };
    let needs = match (endpoint.auth, kind) {
        (Auth::Bot, TokenType::Bearer) => "a bot token",
        (Auth::Bearer, TokenType::Bot) => "a user's access token",
        _ => return Ok(()),
    };
    let given = if kind == TokenType::Bot { "a bot token" } else { "a user's access token" };
    Err(Refused::TokenType { command: endpoint.words(), needs, given }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server runs many calls as tasks. This does not compile if a call cannot be moved between threads.
    #[expect(dead_code, reason = "it is compiled, and never called")]
    fn a_call_can_move_between_threads(app: &App, intent: Intent, policy: &Policy<'_>) {
        fn is_sent<T: Send>(_: T) {}
        is_sent(call(app, intent, policy));
    }
}
