//! Reads the messages of a channel, the oldest first, from Discord or from the cache.

use serde_json::value::RawValue;

use crate::cache::{History, is_fresh};
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Content, Listing, Policy, Wants};
use crate::context::Context;
use crate::error::{Report, Result, exit};
use crate::model::shell;
use crate::rest::Page;

/// How many messages to read from the cache at a time.
const BATCH: u64 = 200;

/// The source of the messages.
pub enum Source<'a> {
    Discord(Box<Listing<'a>>),
    Cache(Stored<'a>),
}

/// Messages in the cache.
pub struct Stored<'a> {
    context: &'a Context,
    channel: u64,
    /// The messages to read have ids between these two, exclusive.
    after: u64,
    before: u64,
    /// How many messages to read.
    left: u64,
}

/// Some messages.
pub enum Batch {
    Page(Page),
    Stored(Vec<Box<RawValue>>),
}

impl Batch {
    pub fn messages(&self) -> Vec<&RawValue> {
        match self {
            Self::Page(page) => page.items(),
            Self::Stored(messages) => messages.iter().map(|message| &**message).collect(),
        }
    }
}

impl<'a> Source<'a> {
    /// Opens the source that the policy prescribes. `bound` is a list of messages in ascending order.
    pub async fn open(context: &'a Context, policy: &Policy<'_>, bound: Bound) -> Result<Self> {
        let is_offline = policy.cache == CacheMode::Offline;
        let stored = match policy.cache {
            CacheMode::Network => None,
            CacheMode::Offline => Stored::find(context, &bound, i64::MAX)?,
            CacheMode::Within(age) => {
                Stored::find(context, &bound, i64::try_from(age.as_millis()).unwrap_or(i64::MAX))?
            }
        };
        match stored {
            Some(stored) => return Ok(Self::Cache(stored)),
            None if is_offline => return Err(not_stored(context, &bound)),
            None => {}
        }
        // The policy is about the cached list of messages, which the history is not.
        let policy = Policy { rights: policy.rights.clone(), cache: CacheMode::Network, ..*policy };
        let wants = Wants { unstored: true, ..Wants::default() };
        match call::execute(&context.app, bound, &policy, wants).await?.content {
            Content::Pages(listing) => Ok(Self::Discord(listing)),
            _ => Err(anyhow::anyhow!("the messages of a channel are a list").into()),
        }
    }

    /// The next messages, or `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Batch>> {
        match self {
            Self::Discord(listing) => Ok(listing.next().await?.map(Batch::Page)),
            Self::Cache(stored) => Ok(stored.next()?.map(Batch::Stored)),
        }
    }
}

impl<'a> Stored<'a> {
    /// The messages that a list asks for, if `cache sync` has stored all of them at most so long ago.
    fn find(context: &'a Context, bound: &Bound, most_ms: i64) -> Result<Option<Self>> {
        let Some(history) = history(context, bound)? else { return Ok(None) };
        let (after, before) = (cursor(bound, "after").unwrap_or(0), cursor(bound, "before").unwrap_or(u64::MAX));
        let span = history.span;
        let is_recent = most_ms == i64::MAX || is_fresh(history.synced_at, context.clock.wall_ms(), most_ms);
        if !is_recent || !span.is_complete && after < span.oldest {
            return Ok(None);
        }
        // A pinned message before the span is stored too.
        Ok(Some(Self {
            context,
            channel: history.channel,
            after: after.max(span.oldest.saturating_sub(1)),
            before: before.min(span.newest + 1),
            left: bound.limit.unwrap_or(u64::MAX),
        }))
    }

    fn next(&mut self) -> Result<Option<Vec<Box<RawValue>>>> {
        let most = usize::try_from(self.left.min(BATCH)).unwrap_or(usize::MAX);
        let Some(cache) = self.context.app.cache() else { return Ok(None) };
        let rows = cache.read_history(self.channel, self.after, self.before, most)?;
        drop(cache);
        self.left -= rows.len() as u64;
        let Some((last, _)) = rows.last() else { return Ok(None) };
        self.after = *last;
        let messages = rows.into_iter().map(|(_, json)| RawValue::from_string(json)).collect::<Result<_, _>>()?;
        Ok(Some(messages))
    }
}

fn history(context: &Context, bound: &Bound) -> Result<Option<History>> {
    let channel = bound.request.plain_segment("channel_id").and_then(|id| id.parse().ok());
    let (Some(channel), Some(cache)) = (channel, context.app.cache()) else { return Ok(None) };
    Ok(cache.history(channel)?)
}

fn cursor(bound: &Bound, name: &str) -> Option<u64> {
    bound.request.query.iter().find(|(n, _)| n == name)?.1.parse().ok()
}

/// The error if the cache does not have all messages.
fn not_stored(context: &Context, bound: &Bound) -> crate::error::Error {
    let is_partial = history(context, bound).is_ok_and(|history| history.is_some());
    let message = match is_partial {
        true => "the cache has only the newest messages of the channel, and --offline prevents a request to Discord",
        false => "the cache does not have the messages of the channel, and --offline prevents a request to Discord",
    };
    let id = bound.request.plain_segment("channel_id").unwrap_or("CHANNEL");
    let channel =
        context.names().channel(id).map_or_else(|| id.to_owned(), |name| shell::word(&format!("#{name}")).into());
    let hint = format!("run `dcord cache sync {channel}` first, or leave out --offline");
    Box::new(Report::new(exit::REFUSED, "refused", message, Some(hint))).into()
}
