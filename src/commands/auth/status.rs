//! `dcord auth status` shows the source, the owner and the rights of the token.

use serde_json::{Map, Value};

use super::profiles::rules;
use crate::call::{self, App, Policy, Question, Reply};
use crate::catalogue::rows;
use crate::commands::endpoint;
use crate::context::Context;
use crate::error::Result;
use crate::gateway::intents;
use crate::model::TokenType;
use crate::rest::Request;

pub fn status(context: &Context) -> Result<()> {
    let settings = &context.settings;
    let sources = settings.token_sources();
    let names: Vec<String> = sources.iter().map(ToString::to_string).collect();
    let mut status = Map::new();
    if let Some(profile) = settings.profile_name() {
        status.insert("profile".to_owned(), profile.into());
    }
    status.insert("token".to_owned(), names.first().cloned().into());
    if names.len() > 1 {
        status.insert("unused".to_owned(), context.list_of_texts(&names[1..]));
    }
    let rules = rules(settings.profile());
    if !rules.is_empty() {
        status.insert("rules".to_owned(), context.list_of_texts(&rules));
    }
    let result = match context.app.token() {
        Ok(token) => {
            status.insert("type".to_owned(), token.kind.word().to_lowercase().into());
            let owner =
                if settings.flags.offline { Ok(cached(context)) } else { owner(context, &context.app, token.kind) };
            owner.map(|owner| status.extend(owner))
        }
        Err(error) => Err(error.into()),
    };
    if !names.is_empty() || status.contains_key("rules") {
        context.print_object(&Value::Object(status))?;
    }
    result
}

/// The owner of the token, from the cache.
fn cached(context: &Context) -> Map<String, Value> {
    let id = context.app.with_cache(|cache| cache.own_user_id()).flatten();
    let name = id.as_ref().and_then(|id| context.names().user(id));
    let mut owner = Map::new();
    owner.insert("user".to_owned(), name.into());
    owner.insert("user_id".to_owned(), id.into());
    owner
}

/// Requests the owner of an app's token: the user, the application, and the token's rights.
pub fn owner(context: &Context, app: &App, kind: TokenType) -> Result<Map<String, Value>> {
    let unasked = |_: &Question| Reply::Unanswered;
    let policy = endpoint::policy(context, None, &unasked)?;
    let mut owner = Map::new();
    let me = read(app, &policy, rows::GET_ME)?;
    owner.insert("user".to_owned(), me["username"].clone());
    owner.insert("user_id".to_owned(), me["id"].clone());
    match kind {
        TokenType::Bot => {
            let application = read(app, &policy, rows::GET_APPLICATION)?;
            owner.insert("application".to_owned(), application["name"].clone());
            owner.insert("application_id".to_owned(), application["id"].clone());
            let flags = application["flags"].as_u64().unwrap_or_default();
            owner.insert(
                "privileged_intents".to_owned(),
                context.list_of_texts(&intents::privileged_names(intents::granted(flags))),
            );
        }
        TokenType::Bearer => {
            let authorization = read(app, &policy, rows::GET_AUTHORIZATION)?;
            owner.insert("application".to_owned(), authorization["application"]["name"].clone());
            owner.insert("application_id".to_owned(), authorization["application"]["id"].clone());
            let scopes = authorization["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
            owner.insert("scopes".to_owned(), context.list_of_texts(&scopes.collect::<Vec<_>>()));
            owner.insert("expires".to_owned(), authorization["expires"].clone());
        }
    }
    Ok(owner)
}

fn read(app: &App, policy: &Policy<'_>, row: &'static crate::catalogue::Endpoint) -> Result<Value> {
    let request = Request::new(row);
    let response = app.block_on(call::exchange(app, policy, row, &request, false))??;
    Ok(serde_json::from_slice(&response.body)?)
}
