//! OAuth2 authorizations: the codes of `/oauth2/authorize`, and the refresh tokens.
//!
//! The owner of the sandbox allows each authorization at once. Sources: Discord's reference, "OAuth2", RFC 7636 and RFC 9207.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use url::Url;

use crate::model::is_loopback;

/// What was allowed, and not redeemed yet.
struct Allowed {
    client_id: String,
    redirect_uri: String,
    challenge: Option<String>,
    scope: String,
}

#[derive(Default)]
pub(super) struct Authorizations {
    codes: HashMap<String, Allowed>,
    refresh_tokens: HashSet<String>,
}

impl Authorizations {
    /// Allows an authorization. Returns the URL to which the browser is redirected, or why the request is invalid.
    pub fn allow(
        &mut self,
        query: &[(String, String)],
        application: &str,
        issuer: &str,
        code: String,
    ) -> Result<Url, &'static str> {
        let value = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        if value("response_type") != Some("code") {
            return Err("response_type must be code");
        }
        if value("client_id") != Some(application) {
            return Err("client_id is not the sandbox's application");
        }
        let redirect_uri = value("redirect_uri").unwrap_or_default();
        let mut url = Url::parse(redirect_uri).map_err(|_| "redirect_uri is not a URL")?;
        // The sandbox sends no browser to another machine.
        if !url.host().is_some_and(|host| is_loopback(&host.to_owned())) {
            return Err("redirect_uri must be on this machine");
        }
        let challenge = value("code_challenge").map(str::to_owned);
        if challenge.is_some() && value("code_challenge_method") != Some("S256") {
            return Err("code_challenge_method must be S256");
        }
        url.query_pairs_mut()
            .append_pair("code", &code)
            .extend_pairs(value("state").map(|state| ("state", state)))
            .append_pair("iss", issuer);
        let allowed = Allowed {
            client_id: application.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            challenge,
            scope: value("scope").unwrap_or_default().to_owned(),
        };
        self.codes.insert(code, allowed);
        Ok(url)
    }

    /// Redeems a code, which works once. Returns the scopes.
    pub fn redeem(
        &mut self,
        code: &str,
        client_id: Option<&str>,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Option<String> {
        let allowed = self.codes.remove(code)?;
        let challenge = verifier.map(|verifier| URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())));
        let fits = allowed.challenge == challenge
            && Some(allowed.redirect_uri.as_str()) == redirect_uri
            && Some(allowed.client_id.as_str()) == client_id;
        fits.then_some(allowed.scope)
    }

    /// Stores a refresh token.
    pub fn add(&mut self, refresh_token: String) {
        self.refresh_tokens.insert(refresh_token);
    }

    /// Takes a refresh token, which works once. Returns whether it is known.
    pub fn take(&mut self, refresh_token: &str) -> bool {
        self.refresh_tokens.remove(refresh_token)
    }
}
