//! `--key`: sends a message once per key. A repeated run prints the first message again.

use super::App;
use super::app::scopes;
use crate::catalogue::{Auth, Endpoint};
use crate::error::{Refused, Result};
use crate::model::{Clock, time};
use crate::rest::{self, Client};
use crate::store::{KeyState, StateFile};

/// The record of the message that was sent with a key, which lasts longer than Discord's nonces.
///
/// For endpoints without nonces, a retry could send a second message. The key is therefore reserved on disk before the request.
/// If the process dies before it has the response, the outcome is unknown, and later runs refuse to send.
pub struct Sent<'a> {
    state: StateFile,
    scope: String,
    key: &'a str,
    has_nonce: bool,
    clock: Clock,
}

impl<'a> Sent<'a> {
    pub fn open(app: &App, client: &Client, endpoint: &Endpoint, key: &'a str) -> Result<Self> {
        let settings = client.settings();
        // The key of a webhook's message does not depend on whether there is a bot token.
        let token = settings.token.as_ref().filter(|_| endpoint.auth != Auth::None);
        let scope = scopes(&settings.api_url, token).token;
        Ok(Self { state: app.state()?, scope, key, has_nonce: endpoint.nonce, clock: app.clock.clone() })
    }

    /// Returns the message that was sent earlier, or else reserves the key.
    pub fn begin(&self) -> Result<Option<String>> {
        if self.has_nonce {
            return Ok(self.state.sent(&self.scope, self.key)?);
        }
        match self.state.reserve_key(&self.scope, self.key, self.clock.wall_ms())? {
            KeyState::New => Ok(None),
            KeyState::Sent(message) => Ok(Some(message)),
            KeyState::Unknown { since_ms } => {
                let since = time::rfc3339(since_ms).unwrap_or_default();
                Err(Refused::UnknownEnd { since }.into())
            }
        }
    }

    /// Releases the key after a failed request, if the request was certainly not executed.
    pub fn fail(&self, app: &App, error: &rest::Error) {
        if self.has_nonce || error.may_be_done() {
            return;
        }
        if let Err(error) = self.state.release_key(&self.scope, self.key) {
            app.notices.warn(format_args!(
                "{error}; the key stays reserved, so dcord will refuse to send another message with it"
            ));
        }
    }

    /// Stores the sent message under the key. A failure is only a warning, because the message was sent.
    pub fn remember(&self, app: &App, body: &[u8]) {
        let message = String::from_utf8_lossy(body);
        if let Err(error) = self.state.record_sent(&self.scope, self.key, &message, self.clock.wall_ms()) {
            let then = if self.has_nonce {
                "after some minutes, a repeated run would send the message again"
            } else {
                "a repeated run cannot print the message"
            };
            app.notices.warn(format_args!("{error}; the message is sent, but its key was not stored: {then}"));
        }
    }
}
