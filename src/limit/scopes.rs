//! The names of scopes in `limits.db`. A scope is a token, all requests without a token, or a host.

use super::key::{Pool, digest};

/// The scopes to which one process's requests belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// The scope of requests with the token, to one API URL.
    pub token: String,
    /// The scope of requests without a token, to the same API URL.
    pub(super) address: String,
    /// The scope of the API's host, for the count of invalid requests and for blocks of the IP address.
    pub(super) host: String,
}

impl Scopes {
    /// `authorization` is the header's value. The scope contains only its hash.
    pub fn new(api_url: &str, host: &str, authorization: Option<&str>) -> Self {
        let address = format!("{api_url} -");
        Self {
            token: authorization.map_or_else(|| address.clone(), |a| format!("{api_url} {}", digest(a))),
            address,
            host: host.to_owned(),
        }
    }

    /// Whose limits are in a scope, in words.
    pub fn words(&self, scope: &str) -> String {
        let own_url = self.address.trim_end_matches(" -");
        match scope.split_once(' ') {
            None if scope == self.host => "this IP address".to_owned(),
            None => format!("this IP address, at {scope}"),
            Some((url, hash)) => {
                let whose = match hash {
                    "-" => "no token",
                    _ if scope == self.token => "this token",
                    _ => "another token",
                };
                if url == own_url { whose.to_owned() } else { format!("{whose}, at {url}") }
            }
        }
    }

    pub(super) fn of(&self, pool: Pool) -> &str {
        match pool {
            Pool::Token => &self.token,
            // Without a token, Discord cannot distinguish senders, so all processes share these limits.
            Pool::Address | Pool::Exempt => &self.address,
        }
    }
}
