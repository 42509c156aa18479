//! Sends content that is too long for one message as several messages.

use std::collections::VecDeque;

use super::answer::{Answer, Source};
use super::bind::{Bound, IfUnsure, key_of_part};
use super::sent::Key;
use super::{App, send};
use crate::catalogue::Endpoint;
use crate::error::{Error, PartsLeft, Refused, Result};
use crate::model::items;
use crate::rest::{Client, Request};

/// Several messages. Each is sent after the previous one has arrived, so that they appear in order.
pub struct Parts<'a> {
    app: &'a App,
    client: &'a Client,
    command: &'static Endpoint,
    endpoint: &'static Endpoint,
    left: VecDeque<Request>,
    key: Option<String>,
    if_unsure: IfUnsure,
    sent: usize,
}

/// The parameters that create a post in a forum, and that select the post for further messages.
const THREAD_NAME: &str = "thread_name";
const THREAD_ID: &str = "thread_id";

impl<'a> Parts<'a> {
    pub fn new(app: &'a App, client: &'a Client, bound: Bound) -> Self {
        let Bound { command, endpoint, request, parts, key, if_unsure, .. } = bound;
        let left = std::iter::once(request).chain(parts).collect();
        Self { app, client, command, endpoint, left, key, if_unsure, sent: 0 }
    }

    /// Sends the next message. Returns `None` after the last. Sends no more messages after an error.
    pub async fn next(&mut self) -> Result<Option<Answer>> {
        let Some(request) = self.left.pop_front() else { return Ok(None) };
        let key = self.key.as_deref().map(|key| key_of_part(key, self.sent));
        let key = key.as_deref().map(|key| Key { key, if_unsure: self.if_unsure });
        let answer =
            match send::one(self.app, self.client, &self.command.words(), self.endpoint, &request, key, None).await {
                Ok(answer) => answer,
                Err(error) => return Err(self.end(error)),
            };
        if request.body.json().is_some_and(|body| body.get(THREAD_NAME).is_some_and(|name| !name.is_null())) {
            self.follow(&answer)?;
        }
        self.sent += 1;
        Ok(Some(answer))
    }

    /// Gives up the remaining messages. If none was sent, the error is the same as for a single message.
    fn end(&mut self, error: Error) -> Error {
        let total = self.sent + 1 + self.left.len();
        self.left.clear();
        if self.sent == 0 {
            return error;
        }
        PartsLeft { sent: self.sent, total, keyed: self.key.is_some(), source: Box::new(error) }.into()
    }

    /// Directs the remaining messages to the post that the first message created.
    fn follow(&mut self, answer: &Answer) -> Result<()> {
        if answer.source == Source::Skipped {
            return Err(self.end(Refused::UnknownPost.into()));
        }
        if let Some(post) = answer.document.object().and_then(|object| items::text(object, "channel_id")) {
            for request in &mut self.left {
                request.query.push((THREAD_ID.to_owned(), post.clone()));
            }
        }
        Ok(())
    }
}
