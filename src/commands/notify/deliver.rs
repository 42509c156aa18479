//! Posts the message of a notification, or edits the message of an earlier notification.

use serde_json::{Map, Value, json};

use super::args::Options;
use crate::call::bind::{Error, Field, IfUnsure, Overflow, Trust, Values, set_nonce};
use crate::call::{self, Answer, Content, Intent, Planned, Policy, Source, Wants};
use crate::catalogue::{Endpoint, Place, rows};
use crate::config::{self, SecretSource, env};
use crate::context::Context;
use crate::error::{self, Peer, Report, Result, exit};
use crate::model::{items, time};

/// The parameter of the thread to which a webhook posts.
const THREAD: &str = "thread_id";

/// The destination of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `None` for the webhook from the environment.
    Webhook(Option<String>),
    Channel(String),
}

/// The destination's secret is not set.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSecret(String);

/// The contents of a message.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    pub body: Map<String, Value>,
    pub files: Vec<(&'static str, String)>,
    /// The mentions to ping, as values of `--ping`.
    pub pings: Vec<String>,
    /// The text of a separate message that pings them. It follows an edit, because an edit pings nobody.
    pub call: String,
}

/// A message that dcord has posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub channel: String,
    pub message: String,
}

/// The outcome of a notification.
pub enum Outcome {
    Done {
        answers: Vec<Answer>,
        /// The server for links.
        server: Option<String>,
    },
    /// The requests of a dry run.
    Planned(Vec<Planned>),
}

impl Destination {
    /// The destination in the options, or else in the environment and the profile.
    pub fn of(context: &Context, options: &Options) -> Result<Result<Self, NoSecret>> {
        let settings = &context.settings;
        if let Some(word) = &options.webhook {
            return Ok(match SecretSource::parse(word) {
                Some(SecretSource::Env(name)) if env::named(&name).is_none() => {
                    Err(NoSecret(format!("the variable {name} is empty or not set")))
                }
                Some(SecretSource::Env(_) | SecretSource::File(_)) => Ok(Self::Webhook(Some(word.clone()))),
                None if settings.webhook(word).is_some() => Ok(Self::Webhook(Some(word.clone()))),
                Some(SecretSource::Stdin) | None => {
                    let (flag, text) = ("--webhook".to_owned(), word.clone());
                    return Err(if word.contains("/webhooks/") {
                        Error::LiteralSecret { what: flag, variable: env::holding(word) }.into()
                    } else {
                        let wanted = "a webhook of the profile, env:NAME or file:PATH".to_owned();
                        Error::Value { flag, text, wanted }.into()
                    });
                }
            });
        }
        let mut profile = settings.webhooks().keys();
        Ok(match (&options.channel, settings.default_webhook(), (profile.next(), profile.next())) {
            (Some(channel), ..) => Self::with_token(context, channel),
            (None, Some(_), _) => Ok(Self::Webhook(None)),
            (None, None, (Some(only), None)) => Ok(Self::Webhook(Some(only.clone()))),
            (None, None, (first, _)) => match &settings.channel {
                Some(channel) => Self::with_token(context, channel),
                None if first.is_some() => Err(NoSecret("the profile has several webhooks".to_owned())),
                None => Err(NoSecret("DCORD_WEBHOOK_URL is empty or not set".to_owned())),
            },
        })
    }

    fn with_token(context: &Context, channel: &str) -> Result<Self, NoSecret> {
        match context.app.token() {
            Err(error @ (config::Error::NoToken | config::Error::Unset { .. })) => Err(NoSecret(error.to_string())),
            _ => Ok(Self::Channel(channel.to_owned())),
        }
    }

    /// The row of the command that posts.
    pub fn row(&self) -> &'static Endpoint {
        match self {
            Self::Webhook(_) => rows::EXECUTE_WEBHOOK,
            Self::Channel(_) => rows::CREATE_MESSAGE,
        }
    }

    fn edits(&self) -> &'static Endpoint {
        match self {
            Self::Webhook(_) => rows::UPDATE_WEBHOOK_MESSAGE,
            Self::Channel(_) => rows::UPDATE_MESSAGE,
        }
    }
}

impl NoSecret {
    /// Ends the command with a note if the notification is optional, and otherwise with an error.
    pub fn end(self, context: &Context, is_optional: bool) -> Result<()> {
        let Self(reason) = self;
        if is_optional {
            context.console.note(format_args!("{reason}, so dcord posts no notification (--optional)"));
            return Ok(());
        }
        let hint = "set DCORD_WEBHOOK_URL to the URL of a webhook, name one with --webhook, or use --channel with \
                    DCORD_TOKEN\nCI systems hide secrets from pull requests of forks; with --optional, dcord then posts \
                    nothing and exits with 0";
        let message = format!("there is nowhere to post the notification: {reason}");
        Err(Box::new(Report::new(exit::NO_TOKEN, "no-token", message, Some(hint.to_owned()))).into())
    }
}

/// Posts notifications to one destination.
pub struct Courier<'a> {
    pub context: &'a Context,
    pub policy: &'a Policy<'a>,
    pub destination: &'a Destination,
    pub options: &'a Options,
    pub wants: Wants,
}

impl Courier<'_> {
    /// Posts a message, or edits the message with the same key or the earlier one. Gives up after the time limit.
    pub async fn deliver(&self, contents: &Contents, earlier: Option<&Posted>) -> Result<Outcome> {
        let settings = &self.context.settings;
        // The limit allows one attempt after the longest wait.
        let limit = settings.max_wait + settings.request_timeout;
        tokio::time::timeout(limit, self.deliver_in_time(contents, earlier)).await.unwrap_or_else(|_| {
            let message = format!("Discord has not accepted the message within {}", time::in_words(limit));
            let hint = "a larger --max-wait allows more time".to_owned();
            Err(Box::new(Report::new(exit::NETWORK, "timeout", message, Some(hint))).into())
        })
    }

    async fn deliver_in_time(&self, contents: &Contents, earlier: Option<&Posted>) -> Result<Outcome> {
        let app = &self.context.app;
        let key = self.options.key.as_deref().filter(|_| !self.policy.dry_run);
        // Only one process at a time may use a key. Otherwise, two processes could post two messages, or none.
        let _lock = match key {
            Some(key) => Some(call::lock_key(app, key).await?),
            None => None,
        };
        let mut key_of_earlier = None;
        let earlier = match earlier {
            Some(earlier) => earlier.clone(),
            None => {
                let bound = call::bind(app, self.send(contents), self.policy).await?;
                key_of_earlier = bound.key.clone();
                let outcome = call::execute(app, bound, self.policy, self.wants).await?;
                match sent_before(&outcome.content) {
                    Some(earlier) => earlier,
                    None => return finish(outcome).await,
                }
            }
        };
        let edited = call::call(app, self.edit(contents, &earlier), self.policy).await;
        let outcome = match edited {
            Err(error) if is_gone(&error) => {
                if let Some(key) = key_of_earlier {
                    call::forget_key(app, self.destination.row(), &key)?;
                }
                return self.send_again(contents, &earlier).await;
            }
            edited => finish(edited?).await?,
        };
        if !contents.call.is_empty() && !self.policy.dry_run {
            let body = Map::from_iter([("content".to_owned(), Value::from(contents.call.as_str()))]);
            let call = Contents { body, pings: contents.pings.clone(), ..Contents::default() };
            let mut values = self.values(self.destination.row(), &call);
            values.fields = self.thread(self.destination.row(), Some(&earlier)).into_iter().collect();
            values.targets = self.targets(None);
            let intent = Intent::new(self.destination.row(), values);
            finish(call::call(app, intent, self.policy).await?).await?;
        }
        Ok(outcome)
    }

    /// Posts a new message instead of one that somebody has deleted.
    async fn send_again(&self, contents: &Contents, deleted: &Posted) -> Result<Outcome> {
        let app = &self.context.app;
        let mut bound = call::bind(app, self.send(contents), self.policy).await?;
        if let Some(key) = bound.key.clone().filter(|_| bound.endpoint.nonce) {
            // Uses another nonce, because Discord still knows that of the deleted message.
            set_nonce(&mut bound.request, &format!("{key} after {}", deleted.message));
        }
        finish(call::execute(app, bound, self.policy, self.wants).await?).await
    }

    fn send(&self, contents: &Contents) -> Intent {
        let row = self.destination.row();
        let mut values = self.values(row, contents);
        values.fields.extend(self.thread(row, None));
        values.targets = self.targets(None);
        values.overflow = match self.options.overflow {
            Overflow::Split => Overflow::Split,
            // The message is already truncated.
            _ => Overflow::Error,
        };
        values.key = self.options.key.clone();
        if values.key.is_some() {
            // A duplicate message does less harm than a missing report of a failure.
            values.if_unsure = IfUnsure::Send;
        }
        let mut body = contents.body.clone();
        if let Destination::Webhook(_) = self.destination {
            let Options { username, avatar_url, thread_name, .. } = self.options;
            let of_webhook = [("username", username), ("avatar_url", avatar_url), ("thread_name", thread_name)];
            for (name, value) in of_webhook {
                if let Some(value) = value {
                    body.insert(name.to_owned(), Value::from(value.as_str()));
                }
            }
        }
        values.body = Some(Value::Object(body).to_string());
        Intent { wants: self.wants, ..Intent::new(row, values) }
    }

    fn edit(&self, contents: &Contents, earlier: &Posted) -> Intent {
        let row = self.destination.edits();
        let mut values = self.values(row, contents);
        values.fields.extend(self.thread(row, Some(earlier)));
        values.targets = self.targets(Some(earlier));
        // Replaces everything else in the earlier message, including its files. An edit pings nobody.
        let mut body = Map::from_iter([
            ("content".to_owned(), json!("")),
            ("embeds".to_owned(), json!([])),
            ("attachments".to_owned(), json!([])),
        ]);
        let is_kept = |name: &str| body_fields(row).any(|known| known == name);
        body.extend(contents.body.iter().filter(|(name, _)| is_kept(name)).map(|(n, v)| (n.clone(), v.clone())));
        if !contents.call.is_empty() {
            body.insert("content".to_owned(), json!(""));
        }
        values.body = Some(Value::Object(body).to_string());
        values.ping = pings(&Contents { pings: Vec::new(), ..contents.clone() });
        Intent { wants: self.wants, ..Intent::new(row, values) }
    }

    /// The targets before the text: the webhook or the channel, and the message to edit.
    fn targets(&self, message: Option<&Posted>) -> Vec<String> {
        let place = match (self.destination, message) {
            (Destination::Webhook(word), _) => word.clone(),
            (Destination::Channel(_), Some(posted)) => Some(posted.channel.clone()),
            (Destination::Channel(channel), None) => {
                Some(self.options.thread.clone().unwrap_or_else(|| channel.clone()))
            }
        };
        place.into_iter().chain(message.map(|posted| posted.message.clone())).collect()
    }

    /// The thread of a webhook's message. With `--thread-name`, it is the post that the earlier message started.
    fn thread(&self, row: &'static Endpoint, earlier: Option<&Posted>) -> Option<Field> {
        let Options { thread, thread_name, .. } = self.options;
        let of_post = || thread_name.as_ref().and(earlier).map(|posted| posted.channel.clone());
        let thread = thread.clone().or_else(of_post);
        field(row, THREAD, "--thread", thread.into_iter().collect())
    }

    /// The values that a new message and an edit share.
    fn values(&self, row: &'static Endpoint, contents: &Contents) -> Values {
        let options = self.options;
        let image = options.image.clone().into_iter().collect();
        let given = [("file", "--file", options.files.clone()), ("embed.image", "--image", image)];
        let fields = given.into_iter().filter_map(|(name, flag, texts)| field(row, name, flag, texts)).collect();
        Values {
            fields,
            secret_name: options.webhook.as_ref().map(|_| "--webhook"),
            body: Some(Value::Object(contents.body.clone()).to_string()),
            made_files: contents.files.clone(),
            ping: pings(contents),
            optional_pings: Some("--mention"),
            ..Values::default()
        }
    }
}

/// The values of an option, unless it is not set or the row does not have the parameter.
fn field(row: &'static Endpoint, name: &str, flag: &str, texts: Vec<String>) -> Option<Field> {
    let param = row.param(name).filter(|_| !texts.is_empty())?;
    let order = (0..texts.len()).collect();
    Some(Field { param, flag: flag.to_owned(), texts, order, in_files: false, trust: Trust::Full })
}

/// The values of `--ping`. A template may set the mentions that ping.
fn pings(contents: &Contents) -> Vec<String> {
    match &contents.pings[..] {
        [] if contents.body.contains_key("allowed_mentions") => Vec::new(),
        [] => vec!["none".to_owned()],
        pings => pings.to_vec(),
    }
}

fn body_fields(row: &'static Endpoint) -> impl Iterator<Item = &'static str> {
    row.all_params().filter(|param| param.place == Place::Body).map(|param| param.name)
}

/// Reads an outcome completely.
async fn finish(outcome: call::Outcome<'_>) -> Result<Outcome> {
    let server = outcome.server;
    let mut answers = Vec::new();
    match outcome.content {
        Content::Planned(planned) => return Ok(Outcome::Planned(planned)),
        Content::Answer(answer) => answers.push(answer),
        Content::Parts(mut parts) => {
            while let Some(answer) = parts.next().await? {
                answers.push(answer);
            }
        }
        Content::Pages(_) | Content::Nothing => {}
    }
    Ok(Outcome::Done { answers, server })
}

/// The message that an earlier run posted with the key.
fn sent_before(content: &Content<'_>) -> Option<Posted> {
    match content {
        Content::Answer(answer) if matches!(answer.source, Source::SentBefore { .. }) => Posted::of(answer),
        _ => None,
    }
}

impl Posted {
    pub fn of(answer: &Answer) -> Option<Self> {
        let object = answer.document.object()?;
        Some(Self { channel: items::text(object, "channel_id")?, message: items::text(object, "id")? })
    }
}

/// Whether Discord's error says that the message does not exist. Source: Discord's reference, "JSON Error Codes".
fn is_gone(error: &error::Error) -> bool {
    const UNKNOWN_MESSAGE: i64 = 10008;
    error::report(error, &Peer::Discord).is_some_and(|report| report.code == Some(UNKNOWN_MESSAGE))
}

/// The prefix of the warning about a failed notification.
pub const NOT_DELIVERED: &str = "not delivered";

/// Ends the command after a failed notification. A problem that the user can fix on this machine is always an error.
/// A failure of Discord or the network is an error only with `--fail`, so that a notification cannot make its job
/// fail.
pub fn end(context: &Context, error: error::Error, fails: bool) -> Result<()> {
    let peer = context.app.api_url().map_or(Peer::Discord, |url| Peer::of(&url));
    let Some(report) = error::report(&error, &peer) else { return Err(error) };
    let is_local = [exit::USAGE, exit::NO_TOKEN, exit::INVALID, exit::REFUSED].contains(&report.exit);
    if fails || is_local && report.status.is_none() {
        return Err(error);
    }
    report.show_as_warning(NOT_DELIVERED, &context.console);
    Ok(())
}
