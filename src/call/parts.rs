//! Content that is too long for one message, sent as several.

use std::collections::VecDeque;

use super::answer::Answer;
use super::bind::{Bound, key_of_part};
use super::{App, send};
use crate::catalogue::Endpoint;
use crate::error::{PartsLeft, Result};
use crate::model::items;
use crate::rest::{Client, Request};

/// Several messages, each of which is sent once the one before it has arrived, so that they stand in order.
pub struct Parts<'a> {
    app: &'a App,
    client: &'a Client,
    endpoint: &'static Endpoint,
    left: VecDeque<Request>,
    key: Option<String>,
    sent: usize,
}

/// Begins a post in a forum, and says to which post further messages go.
const THREAD_NAME: &str = "thread_name";
const THREAD_ID: &str = "thread_id";

impl<'a> Parts<'a> {
    pub fn new(app: &'a App, client: &'a Client, bound: Bound) -> Self {
        let Bound { endpoint, request, parts, key, .. } = bound;
        let left = std::iter::once(request).chain(parts).collect();
        Self { app, client, endpoint, left, key, sent: 0 }
    }

    /// Sends the next message; `None` after the last. After an error no more are sent.
    pub async fn next(&mut self) -> Result<Option<Answer>> {
        let Some(request) = self.left.pop_front() else { return Ok(None) };
        let key = self.key.as_deref().map(|key| key_of_part(key, self.sent));
        let answer = match send::one(self.app, self.client, self.endpoint, &request, key.as_deref()).await {
            Ok(answer) => answer,
            // Where nothing was sent, it failed like a message of one part.
            Err(error) if self.sent == 0 => return Err(error),
            Err(error) => {
                let total = self.sent + 1 + self.left.len();
                self.left.clear();
                return Err(
                    PartsLeft { sent: self.sent, total, keyed: self.key.is_some(), source: Box::new(error) }.into()
                );
            }
        };
        self.sent += 1;
        if request.body.json().is_some_and(|body| body.get(THREAD_NAME).is_some_and(|name| !name.is_null())) {
            self.follow(&answer);
        }
        Ok(Some(answer))
    }

    /// Sends what is left to the post that the first message has begun.
    fn follow(&mut self, answer: &Answer) {
        let Some(post) = answer.document.object().and_then(|object| items::text(object, "channel_id")) else { return };
        for request in &mut self.left {
            request.query.push((THREAD_ID.to_owned(), post.clone()));
        }
    }
}
