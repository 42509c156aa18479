//! `dcord listen`: prints events as they happen, one line each.

mod args;
mod auto;
mod readable;
mod sink;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use clap::ArgMatches;
use tokio::sync::{mpsc, watch as channel};

pub use self::args::args;
use self::readable::{Learned, Welcome};
use self::watch::Notices;
use super::signals::Signals;
use super::{ask, dry_run, endpoint};
use crate::call::app::scopes;
use crate::call::bind::input::Input;
use crate::call::bind::names::Names;
use crate::call::{self, CacheMode, Planned, Policy, Question, admission};
use crate::catalogue::rows;
use crate::cli;
use crate::config::paths;
use crate::context::Context;
use crate::error::{Error, EventsFailed, Exit, Refused, Result, TooFew};
use crate::gateway::{self, End, Filter, GatewayBot, IdentifyQueue, Options, ShardRange, Shards, intents};
use crate::model::{TokenType, intent};
use crate::output::stdout;
use crate::rest::{self, Request};
use crate::store::Consumer;
use crate::stream::{self, DeadLetter, Delivery, Durable, InMemory, Lines, Outcome, Pipeline, SessionStore};

/// One in this many of the day's IDENTIFY calls is reserved for other processes and for crashes, because Discord
/// resets the token of a bot that uses up its limit.
const RESERVED_IDENTIFIES: u32 = 20;

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let mut names = Names::default();
    let mut asked = args::asked(matches, &mut Input::default(), &mut names)?;
    let ask = |question: &Question| ask::ask(context, question);
    let policy = endpoint::policy(context, None, &ask)?;
    if policy.cache == CacheMode::Offline && !policy.dry_run {
        return Err(cli::Error::Conflict { first: "listen".to_owned(), second: "--offline".to_owned() }.into());
    }
    if !policy.dry_run {
        context.block_on(call::look_up(&context.app, &mut names, &policy, false, false))??;
    }
    let channels = asked.channels.ids("--channel", &names)?;
    let users = asked.users.ids("--user", &names)?;
    let guilds = asked.guilds.ids("--guild", &names)?;
    policy.rights.admit_names(&[call::LISTEN], || "listen".to_owned())?;
    let (guilds, channels) = context.block_on(admission::filter(&context.app, &policy, guilds, channels))??;
    let style = sink::event_style(context);
    let learned = style.map(|_| Arc::<Learned>::default());
    let sink = sink::sink(context, style.zip(learned.as_ref()))?;
    if learned.is_some() && asked.auto && asked.consumer.is_none() {
        // This intent provides the names of servers, channels and roles. A consumer's session must not lose any of
        // its intents.
        asked.intents.optional |= intent::GUILDS;
    }
    let row = rows::GET_GATEWAY_BOT;
    let request = Request::new(row);
    if policy.dry_run {
        dry_run::print(context, &Planned { request, row: None, plan: None })?;
        context.console.note(planned(&asked));
        return Ok(());
    }
    let token = context.app.token()?.clone();
    if token.kind != TokenType::Bot {
        let refused =
            Refused::TokenType { command: "listen".to_owned(), needs: "a bot token", given: "a user's access token" };
        return Err(refused.into());
    }
    let dead_letter = asked.dead_letter.as_deref().map(DeadLetter::open).transpose()?;
    let api_url = context.app.api_url()?;
    let scope = scopes(&api_url, Some(&token)).token;
    // Takes the consumer before any request, because another process may hold it.
    let durable = match asked.consumer {
        Some(name) => {
            let sync = sink::sync(dead_letter.as_ref())?;
            Some(Arc::new(consumer(context, Consumer { scope: scope.clone(), name }, sync)?))
        }
        None => None,
    };
    let found = gateway_bot(context, &policy, &request, &scope)?;

    let range = match asked.shards {
        Shards::Auto => found.recommended()?,
        Shards::These(range) => range,
    };
    let intents = auto::intents(context, &policy, &scope, &asked.intents, durable.as_deref(), range.total);
    let limit = found.session_start_limit;
    let budget = limit.budget(limit.total / RESERVED_IDENTIFIES);
    let identifies = identifies(durable.as_deref(), range, intents)?;
    if identifies > 0 {
        budget.check(identifies).map_err(gateway::Error::from)?;
    }

    let ledger = Arc::clone(context.app.ledger());
    let queue = Arc::new(IdentifyQueue::new(ledger, scope.clone(), limit.max_concurrency, Some(budget)));
    let mut options = Options::new(token, found.url, range, intents, queue);
    options.api_url = Some(api_url.url().clone());
    options.tls = Arc::new(context.settings.ca.config(&["http/1.1"]).map_err(rest::Error::from)?);
    options.proxies = context.settings.proxies.clone();
    options.recommended_shards = Some(found.shards);
    options.compression = asked.compression;
    options.large_threshold = asked.large_threshold;
    options.presence = asked.presence;
    options.filter = match asked.threads {
        true => {
            // In a new session with the intent GUILDS, READY is followed by the servers with their active threads.
            // Other sessions do not receive them, and neither do resumed ones.
            let gets_threads = identifies == range.len() && intents & intent::GUILDS != 0;
            let known = if gets_threads { Vec::new() } else { auto::threads(context, &policy, &channels, &guilds) };
            Filter::new(asked.events, guilds, channels, users).with_threads(known)
        }
        false => Filter::new(asked.events, guilds, channels, users),
    };
    options.clock = context.clock.clone();
    options.duration = asked.duration;
    options.max_reconnects = asked.max_reconnects;
    options.reconnect_timeout = asked.reconnect_timeout;
    let advice = if asked.auto {
        "enable it at https://discord.com/developers/applications under Bot, Privileged Gateway Intents"
    } else {
        "add it to --intents"
    };
    let is_watched = context.console.options().terminal;
    let presence = options.presence.as_ref().map(args::presence_in_words);
    let welcome = is_watched.then(|| Welcome::new(range, intents, presence, learned.clone()));
    options.notices = Arc::new(Notices::new(Arc::clone(&context.console), advice, welcome));
    let cache = watch::tap(context, intents)?;
    options.tap = match learned {
        Some(learned) => Some(Arc::new(readable::Tap { learned, cache })),
        None => cache,
    };
    if let Some(properties) = asked.properties {
        options.properties = properties;
    }

    if let Some(durable) = &durable {
        if let Some(kept) = durable.other_shards(range.total) {
            let total = range.total;
            context.console.warn(format_args!(
                "the stored sessions have {kept} shards, but this listener has {total}: it opens new sessions, and the events since the last run are missing"
            ));
        }
        let lacking = intents::names(durable.lacking(intents)).collect::<Vec<_>>().join(", ");
        if !lacking.is_empty() {
            context.console.warn(format_args!(
                "the stored session lacks the intent {lacking}: dcord opens a new session, and the events since the last run are missing"
            ));
        }
        options.keep_sessions = true;
        // No other process writes to this consumer's output now.
        if stdout::end_incomplete_line()? {
            context
                .console
                .note("the output file ends in an incomplete line of an earlier run; dcord starts a new line");
        }
    }

    if asked.count == Some(0) {
        return Ok(());
    }
    let store: Arc<dyn SessionStore> = match &durable {
        Some(durable) => Arc::clone(durable) as _,
        None => Arc::new(InMemory::default()),
    };
    let listener = Listener {
        count: asked.count,
        meta: asked.meta,
        dead_letter: asked.dead_letter,
        pipeline: Pipeline::start(sink, sink::failures(&context.console, dead_letter), store)?,
    };
    let runtime = context.app.runtime(threads(range.len()))?;
    let result = runtime.block_on(async {
        let mut signals = Signals::new()?;
        let result = listener.run(context, options, &mut signals).await;
        if let Err(Error::Gateway(gateway::Error::DisallowedIntents { .. })) = &result {
            // The application's flags have changed. If this fails, their record expires within the hour.
            let _ = gateway::clear_answers(context.app.ledger(), &scope);
        }
        if let Err(Error::Gateway(gateway::Error::AuthenticationFailed)) = result {
            tokio::select! {
                () = confirm_dead(context, &policy, &scope) => {}
                ending = signals.next() => return Err(Exit(ending.status()).into()),
            }
        }
        result
    });
    drop(runtime);
    // A DNS lookup that is still running must not delay the exit.
    context.app.end_runtime();
    // The error that ended the stream is more important than an error from storing its sessions.
    let closed = durable.map_or(Ok(()), |durable| durable.close());
    result.and(closed.map_err(Into::into))
}

/// The connection that a listener would open, for a dry run.
fn planned(asked: &args::Asked) -> String {
    let shards = match asked.shards {
        Shards::Auto => "as many shards as Discord recommends".to_owned(),
        Shards::These(range) if range.len() == 1 => "1 shard".to_owned(),
        Shards::These(range) => format!("{} shards", range.len()),
    };
    let mut text = format!("dcord then connects {shards} with the intents {}", readable::summary(asked.intents.needed));
    let optional = asked.intents.optional & !asked.intents.needed;
    if optional != 0 {
        text += &format!(", and with those of {} that the app may use", readable::summary(optional));
    }
    if let Some(presence) = &asked.presence {
        text += &format!("; the bot's status is {}", args::presence_in_words(presence));
    }
    text
}

/// Opens a consumer, which only one process can hold.
fn consumer(context: &Context, consumer: Consumer, sync: stream::Sync) -> Result<Durable> {
    let state = Arc::new(context.app.state()?);
    Ok(Durable::open(&paths::state_dir()?, state, consumer, context.clock.clone(), sync)?)
}

/// How many shards must IDENTIFY. The others resume their sessions, which has no daily limit.
fn identifies(durable: Option<&Durable>, range: ShardRange, intents: u64) -> Result<u32> {
    let mut count = 0;
    for shard in range.first..range.end {
        let kept = durable.map_or(Ok(None), |durable| durable.load(shard)).map_err(gateway::Error::Store)?;
        count += u32::from(kept.is_none_or(|session| session.mismatch(range.total, intents).is_some()));
    }
    Ok(count)
}

/// The number of the runtime's threads. A shard can use one thread, so many shards use all processors.
fn threads(shards: u32) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.min(shards as usize)
}

/// A stream that is ready to start.
struct Listener {
    count: Option<u64>,
    meta: bool,
    dead_letter: Option<PathBuf>,
    pipeline: Pipeline,
}

impl Listener {
    /// Prints events until the stream ends, and delivers all that were received.
    async fn run(self, context: &Context, options: Options, signals: &mut Signals) -> Result<()> {
        let (stop, stopped) = channel::channel(false);
        let (hurry, signalled) = channel::channel(false);
        // `listen` sends no gateway commands.
        let (_, commands) = mpsc::channel(1);
        let duration = options.duration;
        let lines = Lines::new(self.pipeline.clone(), self.meta, self.count, context.clock.clone());
        let mut streaming = std::pin::pin!(async {
            let ended = gateway::listen(options, Arc::new(lines.clone()), commands, stopped).await;
            (self.pipeline.finish(signalled).await, ended)
        });
        let mut reader_gone = std::pin::pin!(sink::reader_gone());
        let (mut signal, mut is_read) = (None, true);
        let (delivery, ended) = loop {
            tokio::select! {
                both = &mut streaming => break both,
                ending = signals.next(), if signal.is_none() => {
                    signal = Some(ending);
                    hurry.send_replace(true);
                }
                () = &mut reader_gone, if is_read => is_read = false,
            }
            stop.send_replace(true);
        };
        let Delivery { outcome, failed } = delivery?;
        let failed = (failed > 0).then_some(EventsFailed { failed, dead_letter: self.dead_letter });
        if outcome == Outcome::Stalled {
            context.console.warn("the last events were not written, because the reader of stdout had stopped reading");
        }
        let error = match (ended, signal, self.count, duration) {
            (Err(error), ..) => error.into(),
            (Ok(_), Some(ending), ..) => Exit(ending.status()).into(),
            (Ok(End::Duration), None, Some(count), Some(length)) if lines.missing() > 0 => {
                TooFew { events: count - lines.missing(), count, length }.into()
            }
            (Ok(_), None, ..) => return failed.map_or(Ok(()), |failed| Err(failed.into())),
        };
        if let Some(failed) = failed {
            context.console.warn(failed);
        }
        Err(error)
    }
}

/// Uses REST to check a token that the gateway refused. If REST refuses the token too, the client marks it as dead,
/// and dcord forgets the gateway's URL for it.
async fn confirm_dead(context: &Context, policy: &Policy<'_>, scope: &str) {
    let who = Request::new(rows::GET_ME);
    let asked = call::exchange(&context.app, policy, rows::GET_ME, &who, false);
    if let Ok(Err(Error::Request(failed))) = tokio::time::timeout(context.settings.request_timeout, asked).await
        && failed.source.status() == Some(http::StatusCode::UNAUTHORIZED)
    {
        // If this fails, the record expires in a few seconds.
        let _ = gateway::clear_answers(context.app.ledger(), scope);
    }
}

/// The response to `GET /gateway/bot`, which may be a few seconds old and from another process.
fn gateway_bot(context: &Context, policy: &Policy<'_>, request: &Request, scope: &str) -> Result<GatewayBot> {
    // The record only saves a request, so a failure to read or write it changes nothing.
    let ledger = context.app.ledger();
    if let Ok(Some(known)) = gateway::load_gateway_bot(ledger, scope) {
        return Ok(known);
    }
    let row = rows::GET_GATEWAY_BOT;
    let answer = context.block_on(call::exchange(&context.app, policy, row, request, false))??;
    let found = GatewayBot::parse(&answer.body)?;
    let _ = gateway::save_gateway_bot(ledger, scope, &found);
    Ok(found)
}
