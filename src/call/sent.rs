//! `--key`: sends a message once per key. A repeated run prints the first message again.

use std::time::Duration;

use super::App;
use super::app::scopes;
use super::bind::{IfUnsure, hashed};
use crate::catalogue::{Auth, Endpoint};
use crate::config::env;
use crate::error::{Refused, Result};
use crate::model::Clock;
use crate::rest::{self, Client, Request};
use crate::store::{self, KeyState, Lock, SentMessage, StateFile};

/// The key of a message, and what to do if an earlier run may have sent the message.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub key: &'a str,
    pub if_unsure: IfUnsure,
}

/// The record of a key, checked before a message is sent with it.
pub enum Begun {
    Send,
    /// An earlier run sent this message. `differs` means that it has a different text.
    Sent {
        message: String,
        differs: bool,
    },
    /// An earlier run may have sent the message, and the user wants to skip it.
    Skip,
}

/// The record of the message that was sent with a key, which lasts longer than Discord's nonces.
///
/// For endpoints without nonces, a retry could send a second message. The key is therefore reserved on disk before the request.
/// The reservation ends in one of three ways. An answer of success stores the message. An error that shows that Discord has not
/// carried out the request, such as a refused connection or a 400, releases the key. After anything else (a 5xx, a lost answer,
/// the death of the process) the outcome is unknown, and later runs refuse to send until the user says whether the message is
/// there.
pub struct Sent<'a> {
    state: StateFile,
    scope: String,
    key: Key<'a>,
    digest: String,
    has_nonce: bool,
    clock: Clock,
}

/// The scope of the keys for an endpoint's messages. The scope for webhooks does not depend on the bot token.
fn scope_of(client: &Client, endpoint: &Endpoint) -> String {
    let settings = client.settings();
    let token = settings.token.as_ref().filter(|_| endpoint.auth != Auth::None);
    scopes(&settings.api_url, token).token
}

/// Forgets the message that was sent with a key, because it no longer exists. `key` is that of a bound request.
pub fn forget_key(app: &App, endpoint: &'static Endpoint, key: &str) -> Result<()> {
    let scope = scope_of(app.client(endpoint.auth)?, endpoint);
    Ok(app.state()?.forget_sent(&scope, key)?)
}

/// Waits until no other process works with this key. Dropping the lock lets the next process continue.
pub async fn lock_key(app: &App, key: &str) -> Result<Lock> {
    /// Locks that several keys share, so that they do not become one file for each key of a year.
    const LOCKS: u128 = 32;
    /// Much shorter than a request.
    const POLL_INTERVAL: Duration = Duration::from_millis(20);
    let path = app.state()?.path().with_file_name(format!("key-{}.lock", hashed(key) % LOCKS));
    loop {
        match Lock::take(&path)? {
            Some(lock) => return Ok(lock),
            None => tokio::time::sleep(POLL_INTERVAL).await,
        }
    }
}

impl<'a> Sent<'a> {
    pub fn open(app: &App, client: &Client, endpoint: &Endpoint, request: &Request, key: Key<'a>) -> Result<Self> {
        let scope = scope_of(client, endpoint);
        let state = app.state()?;
        if state.is_new() && env::is_ci() {
            let folder = state.path().with_file_name("").display().to_string();
            app.notices.note(format_args!(
                "dcord found no keys of earlier runs; to send each key only once, keep the folder {folder} \
                 (DCORD_STATE_DIR) between jobs"
            ));
        }
        let content = request.body.json().and_then(|body| body.get("content")).and_then(|content| content.as_str());
        let digest = format!("{:032x}", hashed(content.unwrap_or_default()));
        Ok(Self { state, scope, key, digest, has_nonce: endpoint.nonce, clock: app.clock.clone() })
    }

    /// Reserves the key, unless an earlier run has used it.
    pub fn begin(&self) -> Result<Begun> {
        let Key { key, if_unsure } = self.key;
        if self.has_nonce {
            return Ok(self.state.sent(&self.scope, key)?.map_or(Begun::Send, |sent| self.sent_before(sent)));
        }
        let now = self.clock.wall_ms();
        match (self.state.reserve_key(&self.scope, key, now)?, if_unsure) {
            (KeyState::New, _) => Ok(Begun::Send),
            (KeyState::Sent(sent), _) => Ok(self.sent_before(sent)),
            (KeyState::Unknown { .. }, IfUnsure::Send) => {
                self.state.reserve_key_again(&self.scope, key, now)?;
                Ok(Begun::Send)
            }
            (KeyState::Unknown { .. }, IfUnsure::Skip) => Ok(Begun::Skip),
            (KeyState::Unknown { since_ms, failure }, IfUnsure::Error) => {
                let since = env::now(&self.clock).shown(since_ms);
                Err(Refused::UnknownOutcome { since, failure }.into())
            }
        }
    }

    fn sent_before(&self, sent: SentMessage) -> Begun {
        let differs = sent.digest.is_some_and(|digest| digest != self.digest);
        Begun::Sent { message: sent.message, differs }
    }

    /// After a failed request, releases the key if Discord has certainly not carried out the request, and records the failure
    /// otherwise.
    pub fn fail(&self, app: &App, error: &rest::Error) {
        if !error.may_be_done() {
            return self.release(app);
        }
        if !self.has_nonce {
            self.warn(app, self.state.record_failure(&self.scope, self.key.key, &error.to_string()));
        }
    }

    /// Releases the key of a request that Discord has certainly not carried out.
    pub fn release(&self, app: &App) {
        if !self.has_nonce {
            self.warn(app, self.state.release_key(&self.scope, self.key.key));
        }
    }

    fn warn(&self, app: &App, result: Result<(), store::Error>) {
        if let Err(error) = result {
            app.notices.warn(format_args!(
                "{error}; the key stays reserved, so dcord will refuse to send another message with it"
            ));
        }
    }

    /// Stores the sent message under the key. A failure is only a warning, because the message was sent.
    pub fn remember(&self, app: &App, body: &[u8]) {
        let sent =
            SentMessage { message: String::from_utf8_lossy(body).into_owned(), digest: Some(self.digest.clone()) };
        if let Err(error) = self.state.record_sent(&self.scope, self.key.key, &sent, self.clock.wall_ms()) {
            let then = if self.has_nonce {
                "after some minutes, a repeated run would send the message again"
            } else {
                "a repeated run cannot print the message"
            };
            app.notices.warn(format_args!("{error}; the message was sent, but its key was not stored: {then}"));
        }
    }
}
