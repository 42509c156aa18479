//! Under which names `limits.db` keeps the limits of a token, of an API without a token, and of a host.

use super::key::{Pool, digest};

/// The scopes of one process's requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// The token's, at one API.
    pub token: String,
    /// That of requests without a token, at the same API.
    pub(super) address: String,
    /// The API's host, which counts invalid requests and blocks IP addresses.
    pub(super) host: String,
}

impl Scopes {
    /// `authorization` is the header's value, of which the scope holds a hash alone.
    pub fn new(api_url: &str, host: &str, authorization: Option<&str>) -> Self {
        let address = format!("{api_url} -");
        Self {
            token: authorization.map_or_else(|| address.clone(), |a| format!("{api_url} {}", digest(a))),
            address,
            host: host.to_owned(),
        }
    }

    pub(super) fn of(&self, pool: Pool) -> &str {
        match pool {
            Pool::Token => &self.token,
            // Without a token Discord does not know the sender, so all senders share these limits.
            Pool::Address | Pool::Exempt => &self.address,
        }
    }
}
