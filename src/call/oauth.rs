//! Gets access tokens from an OAuth2 server, and renews them.

use serde::Deserialize;
use tokio::runtime::Builder;

use crate::catalogue::rows;
use crate::config::grant::{Grant, GrantPlace};
use crate::config::{self, paths};
use crate::error::Result;
use crate::model::{Clock, Secret, Token, TokenType};
use crate::rest::{Body, Client, Request, Text};
use crate::store::{self, Lock};

/// The response of the token endpoint.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    /// Seconds.
    expires_in: Option<u64>,
}

/// The access token of a stored grant. Renews it if it has expired: one process sends the request, and the others wait for its
/// result, because a refresh token can be used only once. `sender` creates a client without a token.
pub fn token(
    place: &GrantPlace,
    clock: &Clock,
    sender: impl FnOnce() -> Result<Client> + Send,
) -> Result<Token, config::Error> {
    let mut grant = place.load()?;
    if grant.is_expired(clock.wall_ms()) {
        let _held = lock().map_err(|error| config::Error::Grant { reason: error.to_string() })?;
        grant = place.load()?;
        if grant.is_expired(clock.wall_ms()) {
            grant = renew(&grant, clock, sender)?;
            place.save(&grant)?;
        }
    }
    Token::parse(grant.access_token.expose(), TokenType::Bearer)
        .map_err(|source| config::Error::Token { origin: format!("the access token in {place}"), source })
}

fn lock() -> Result<Lock> {
    let folder = paths::state_dir()?;
    store::create_folder(&folder)?;
    Ok(Lock::wait(&folder.join("oauth.lock"))?)
}

fn renew(grant: &Grant, clock: &Clock, sender: impl FnOnce() -> Result<Client> + Send) -> Result<Grant, config::Error> {
    let failed = |reason: String| config::Error::Grant { reason };
    let Some(refresh) = &grant.refresh_token else {
        return Err(failed("the old one has expired, and there is no refresh token".to_owned()));
    };
    let fields = vec![
        ("grant_type".to_owned(), Text::Plain("refresh_token".to_owned())),
        ("refresh_token".to_owned(), Text::Hidden(refresh.clone())),
    ];
    // The token is resolved inside calls, where this thread's runtime is busy.
    let renewed = std::thread::scope(|scope| scope.spawn(|| exchange(&sender()?, clock, fields, grant)).join());
    match renewed {
        Ok(Ok(new)) => Ok(Grant { refresh_token: new.refresh_token.or_else(|| Some(refresh.clone())), ..new }),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed("the thread that renews it has failed".to_owned())),
    }
}

/// Sends a request to the token endpoint for the client of this grant.
pub fn exchange(sender: &Client, clock: &Clock, mut fields: Vec<(String, Text)>, client: &Grant) -> Result<Grant> {
    fields.push(("client_id".to_owned(), Text::Plain(client.client_id.clone())));
    fields.extend(client.client_secret.iter().map(|secret| ("client_secret".to_owned(), Text::Hidden(secret.clone()))));
    let mut request = Request::new(rows::EXCHANGE_TOKEN);
    request.body = Body::Form(fields);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let response = runtime.block_on(sender.send(&request))?;
    let tokens: Tokens = serde_json::from_slice(&response.body)?;
    let lifetime = tokens.expires_in.and_then(|seconds| i64::try_from(seconds.saturating_mul(1000)).ok());
    Ok(Grant {
        access_token: Secret::new(tokens.access_token),
        refresh_token: tokens.refresh_token.map(Secret::new),
        expires_ms: lifetime.map(|lifetime| clock.wall_ms().saturating_add(lifetime)),
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.clone(),
    })
}
