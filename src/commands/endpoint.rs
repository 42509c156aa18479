//! Runs the commands of the catalogue: makes a call from the command line, and prints its outcome.

use clap::ArgMatches;

use super::signals::{Ending, Signals};
use super::{ask, chat, dry_run};
use crate::cache::{Cache, Kind};
use crate::call::bind::draft::WAIT;
use crate::call::bind::{Bound, Field, Trust, Values};
use crate::call::{
    self, Answer, CacheMode, Confirm, Content, Document, FindServer, Intent, Listing, Policy, Question, Reply, Rewrite,
    Rights, Source, Wants,
};
use crate::catalogue::{Auth, Endpoint, Method, Place, Subject, rows};
use crate::cli::{Error, typed};
use crate::context::{Context, view};
use crate::error::{self, Exit, Result};
use crate::model::{Entity, items, shell, time};
use crate::output::{Format, Printer, Stdout, stdout};
use crate::{resolve, rest};

/// The values on the command line.
pub fn values(endpoint: &'static Endpoint, matches: &ArgMatches, raw: &[String]) -> Result<Values> {
    typed::bare_booleans(endpoint, raw)?;
    Ok(typed::values(endpoint, matches, raw))
}

/// The policy of the command line: how a call reads the cache, asks for confirmation, and so on.
pub fn policy<'a>(
    context: &Context,
    cached: Option<&str>,
    ask: &'a (dyn Fn(&Question) -> Reply + Sync),
) -> Result<Policy<'a>> {
    let flags = &context.settings.flags;
    let age = cached.map(|text| {
        let wanted = "a span such as 30s or 5m".to_owned();
        let bad = || Error::Value { flag: "--cached".to_owned(), text: text.to_owned(), wanted };
        time::duration(text).ok_or_else(bad)
    });
    let cache = match age.transpose()? {
        _ if flags.offline => CacheMode::Offline,
        Some(age) => CacheMode::Within(age),
        None => CacheMode::Network,
    };
    Ok(Policy {
        rights: Rights::of(&context.settings)?,
        cache,
        confirm: match flags.yes {
            true => Confirm::Granted,
            false if ask::can_ask(context) => Confirm::Ask(ask),
            false => Confirm::Refuse,
        },
        trust: Trust::Full,
        dry_run: flags.dry_run.is_some(),
        gate: None,
    })
}

/// Binds a command that is composed of several requests, and runs it.
pub fn compose(
    context: &Context,
    endpoint: &'static Endpoint,
    values: Values,
    run: impl FnOnce(&Context, &Policy<'_>, Bound) -> Result<()>,
) -> Result<()> {
    let ask = |question: &Question| ask::ask(context, question);
    context.check_output()?;
    let policy = policy(context, values.cached.as_deref(), &ask)?;
    let bound = context.block_on(call::bind(&context.app, Intent::new(endpoint, values), &policy))??;
    run(context, &policy, bound)
}

/// The printer for an endpoint's responses, and what it needs in addition to them. An output format that the command
/// does not support is an error before anything is sent.
pub fn printer(context: &Context, endpoint: &'static Endpoint) -> Result<(Printer<Stdout>, Wants)> {
    let mut printer = context.printer(view(endpoint))?;
    let server = if context.settings.flags.dry_run.is_some() {
        FindServer::No
    } else if printer.prints_links() {
        FindServer::Asked
    } else if printer.is_for_people() && (endpoint.method != Method::Get || shows_roles(endpoint)) {
        FindServer::Cached
    } else {
        FindServer::No
    };
    if printer.uses_reader() {
        printer.set_reader(Box::new(context.reader(endpoint)));
    }
    Ok((printer, Wants { server, words: context.console.options().terminal, ..Wants::default() }))
}

/// Runs the command of an endpoint. `rewrite` is for a command that is another form of an endpoint.
pub fn run(context: &Context, endpoint: &'static Endpoint, values: Values, rewrite: Option<Rewrite>) -> Result<()> {
    refuse_without_answer(context, &values)?;
    let (mut printer, wants) = printer(context, endpoint)?;
    let ask = |question: &Question| ask::ask(context, question);
    let policy = policy(context, values.cached.as_deref(), &ask)?;
    if let Some(prose) = chat::of(context, endpoint, &values)? {
        printer.set_prose(prose);
    }
    let is_limited = values.limit.is_some();
    let is_filtered = values.fields.iter().any(|field| matches!(field.param.place, Place::Filter(_)));
    let typed_server = values.guild.clone().or_else(|| values.targets.first().cloned());
    let intent = Intent { wants, rewrite, ..Intent::new(endpoint, values) };
    let ended: Result<()> = context.block_on(async {
        let outcome = call::call(&context.app, intent, &policy)
            .await
            .map_err(|e| id_for_name(endpoint, text_for_server(endpoint, bans_for_user(typed_server.as_deref(), e))))?;
        let container = outcome.container.as_deref();
        if printer.is_for_people() && shows_roles(endpoint) {
            learn_roles(context, &policy, outcome.server.as_deref(), &printer).await;
        }
        if outcome.server.is_some() {
            printer.set_server(outcome.server);
        }
        match outcome.content {
            Content::Planned(planned) => planned.iter().try_for_each(|planned| dry_run::print(context, planned)),
            Content::Nothing => Ok(()),
            Content::Parts(mut parts) => {
                let mut before = None;
                while let Some(answer) = parts.next().await? {
                    remark_before(context, answer.source, &mut before, &printer);
                    print(context, endpoint, answer, outcome.report.as_deref(), &mut printer)?;
                }
                remark(context, endpoint, container, is_filtered, &printer);
                Ok(())
            }
            Content::Answer(answer) => {
                remark_before(context, answer.source, &mut None, &printer);
                let printed = print(context, endpoint, answer, outcome.report.as_deref(), &mut printer);
                remark(context, endpoint, container, is_filtered, &printer);
                printed
            }
            Content::Pages(mut listing) => {
                print_pages(context, &mut listing, &mut printer).await?;
                remark_hidden(context, listing.hidden_channels());
                remark(context, endpoint, container, is_filtered, &printer);
                if listing.more() && !listing.is_cut_off() && !is_limited {
                    context.console.note("there may be more; use --all for all items or --limit N for the first N");
                }
                Ok(())
            }
        }
    })?;
    ended.map_err(|error| by_webhook(context, endpoint, error))
}

/// Returns an error if the output needs a part of the response that Discord does not send.
fn refuse_without_answer(context: &Context, values: &Values) -> Result<(), Error> {
    let is_unanswered = |field: &Field| {
        field.param.name == WAIT && field.texts.last().is_some_and(|text| text.eq_ignore_ascii_case("false"))
    };
    let flags = &context.settings.flags;
    if flags.dry_run.is_some() || !values.fields.iter().any(is_unanswered) {
        return Ok(());
    }
    let output = flags.output.as_ref().filter(|format| *format != Format::None.name()).map(|name| format!("-o {name}"));
    let fields = flags.fields.is_some().then(|| "--fields".to_owned());
    let jq = flags.jq.is_some().then(|| "--jq".to_owned());
    output.or(fields).or(jq).map_or(Ok(()), |flag| Err(Error::NoAnswer { flag }))
}

/// If a webhook or an interaction needs no bot token but the look-up of a name does, suggests using the id.
fn id_for_name(endpoint: &'static Endpoint, error: error::Error) -> error::Error {
    if endpoint.auth != Auth::None || error::report(&error, &error::Peer::Discord).is_none_or(|r| r.kind != "no-token")
    {
        return error;
    }
    let mut hint = "this command needs no token, but looking up a name does: give the id of the role, user or channel \
                    instead, or set DCORD_TOKEN"
        .to_owned();
    if endpoint.mentions().is_some() {
        hint += "\nto ping a role by its id: 'Build failed <@&ROLE_ID>' --ping ROLE_ID";
    }
    with_hint(error, hint)
}

/// The error with its hint replaced.
fn with_hint(error: error::Error, hint: String) -> error::Error {
    match error::report(&error, &error::Peer::Discord) {
        Some(report) => Box::new(error::Report { hint: Some(hint), ..report }).into(),
        None => error,
    }
}

/// If the bot token is missing, suggests sending the message through the webhook in the environment.
fn by_webhook(context: &Context, endpoint: &'static Endpoint, error: error::Error) -> error::Error {
    let is_send = endpoint == rows::SEND_MESSAGE;
    let variable = context.settings.default_webhook().map(|(name, _)| name).filter(|_| is_send);
    let Some(variable) = variable.filter(|_| context.app.known_token().is_none()) else { return error };
    match error::report(&error, &error::Peer::Discord) {
        Some(mut report) if ["no-token", "usage"].contains(&report.kind) => {
            let hint =
                format!("to post through the webhook of {variable}, which needs no token: dcord webhook send TEXT");
            report.hint = Some(report.hint.map_or_else(|| hint.clone(), |other| format!("{hint}\n{other}")));
            Box::new(report).into()
        }
        _ => error,
    }
}

/// Whether the command lists members, which contain only the ids of their roles.
fn shows_roles(endpoint: &Endpoint) -> bool {
    endpoint.list && endpoint.columns.contains(&"roles") && endpoint.path_subject(Subject::Guild).is_some()
}

/// Teaches the printer the names of a server's roles. This sends a request only if the cache contains no roles of the
/// server. If the request fails, the table shows the number of roles instead.
async fn learn_roles(context: &Context, policy: &Policy<'_>, guild: Option<&str>, printer: &Printer<Stdout>) {
    let Some(guild) = guild.filter(|_| !policy.dry_run && policy.cache != CacheMode::Offline) else { return };
    let is_cached = |cache: &mut Cache| Ok(!cache.rows(Kind::Role, guild.parse().ok(), 1)?.is_empty());
    if context.app.with_cache(is_cached) == Some(true) {
        return;
    }
    let values = Values { targets: vec![guild.to_owned()], ..Values::default() };
    let Ok(outcome) = call::call(&context.app, Intent::new(rows::LIST_ROLES, values), policy).await else {
        return;
    };
    if let Content::Pages(mut listing) = outcome.content
        && let Ok(Some(page)) = listing.next().await
    {
        printer.learn(&[&br#"{"roles":"#[..], page.body(), b"}"].concat());
    }
}

/// If the text to search for was given as the server, suggests how to search for it.
fn text_for_server(endpoint: &'static Endpoint, error: error::Error) -> error::Error {
    let error::Error::Resolve(resolve::Error::NoMatch { entity: Entity::Guild, name, .. }) = &error else {
        return error;
    };
    if !endpoint.verb.starts_with("search") || !endpoint.all_params().any(|param| param.flag() == "content") {
        return error;
    }
    let hint = format!("to search for {name:?}, use --content {}", shell::word(name));
    with_hint(error, hint)
}

/// Prints the response of a call.
pub fn print(
    context: &Context,
    endpoint: &'static Endpoint,
    answer: Answer,
    report: Option<&str>,
    printer: &mut Printer<Stdout>,
) -> Result<()> {
    printer.set_sent_before(matches!(answer.source, Source::SentBefore { .. }));
    match &answer.document {
        Document::Body { body, content_type } => printer.answer(body, content_type.as_deref())?,
        Document::Items(items) => {
            let raw: Vec<_> = items.iter().filter_map(|item| serde_json::from_str(item).ok()).collect();
            printer.page(&raw)?;
        }
    }
    printer.finish()?;
    remark_hidden(context, answer.hidden_channels);
    if answer.source == Source::Discord && answer.document.is_empty() && context.console.options().terminal {
        match report {
            Some(report) => context.console.note(report),
            None => context.console.note(format_args!("{} succeeded; Discord's response is empty", endpoint.words())),
        }
    }
    answer.failed.map_or(Ok(()), |failed| Err(failed.into()))
}

/// If a user is not banned, names the command that lists the banned users.
fn bans_for_user(server: Option<&str>, error: error::Error) -> error::Error {
    let error::Error::Resolve(resolve::Error::NoMatch { entity: Entity::Ban, .. }) = &error else { return error };
    let server = server.map_or("SERVER".into(), shell::word);
    let hint = format!("`dcord ban list {server}` shows who is banned; for a user without a known name, use the id");
    with_hint(error, hint)
}

/// Reports that an earlier run sent the message, or may have sent it. For a message in several parts, reports it
/// once.
fn remark_before(context: &Context, source: Source, reported: &mut Option<Source>, printer: &Printer<Stdout>) {
    if *reported == Some(source) {
        return;
    }
    let console = &context.console;
    match source {
        Source::SentBefore { differs: true } => {
            console.warn(
                "an earlier run used this key for a message with different text, so dcord does not send this \
                          text",
            );
        }
        // The output line already says so.
        Source::SentBefore { differs: false } if printer.is_for_people() => {}
        Source::SentBefore { differs: false } => {
            console.note("an earlier run with this key sent this message, so dcord does not send it again");
        }
        Source::Skipped => console.note("dcord skips a message that an earlier run may have sent (--if-unsure skip)"),
        Source::Discord | Source::Cache { .. } => return,
    }
    *reported = Some(source);
}

/// Reports how many channels are missing from a list because the bot cannot view them.
fn remark_hidden(context: &Context, count: u64) {
    match count {
        0 => {}
        1 => context.console.note("1 more channel is hidden from the bot"),
        count => context.console.note(format_args!("{count} more channels are hidden from the bot")),
    }
}

/// Explains an output with little content: tells the user that a list is empty, and warns about a field that no item
/// has.
fn remark(
    context: &Context,
    endpoint: &'static Endpoint,
    container: Option<&str>,
    is_filtered: bool,
    printer: &Printer<Stdout>,
) {
    if endpoint.list && printer.is_empty() && context.console.options().terminal {
        let matching = if is_filtered { "matching " } else { "" };
        let others = match &*endpoint.words() {
            "thread list-archived" => {
                "; `dcord thread list-private-archived` lists the private ones, and `dcord thread list` the active ones"
            }
            _ => "",
        };
        let place = container.map(|place| format!(" {place}")).unwrap_or_default();
        context.console.note(format_args!("no {matching}{}{place}{others}", plural(endpoint)));
    }
    context.warn_of_unseen_fields(printer);
}

/// The plural of the listed objects: `channels`, `audit log entries`.
fn plural(endpoint: &'static Endpoint) -> String {
    let words = endpoint.words();
    let (noun, verb) = words.split_once(' ').unwrap_or((&words, ""));
    match (noun, verb.strip_prefix("list-")) {
        (
            _,
            Some(of @ ("users" | "members" | "messages" | "voters" | "connections" | "regions" | "keys" | "packs")),
        ) => of.to_owned(),
        ("thread", Some("archived")) => "archived public threads".to_owned(),
        ("thread", Some("private-archived")) => "archived private threads".to_owned(),
        ("thread", Some("joined-archived")) => "archived private threads that the bot is in".to_owned(),
        ("audit-log", _) => "audit log entries".to_owned(),
        ("identity", _) => "identities".to_owned(),
        ("soundboard", _) => "sounds".to_owned(),
        ("sku", _) => "SKUs".to_owned(),
        (noun, _) => format!("{}s", noun.replace('-', " ")),
    }
}

/// Prints a list page by page.
pub async fn print_pages(context: &Context, listing: &mut Listing<'_>, printer: &mut Printer<Stdout>) -> Result<()> {
    let mut last = None;
    let mut pages = 0;
    // Progress is shown from the second page on, because the first page usually arrives quickly.
    let mut shown = None;
    let mut signals = match listing.is_one_page() || !stdout::is_file_or_terminal() {
        true => None,
        false => Some(Signals::new()?),
    };
    loop {
        let next = tokio::select! {
            next = listing.next() => next,
            ending = interruption(&mut signals) => {
                drop(shown);
                printer.end_prose()?;
                printer.finish()?;
                note_continuation(context, listing, printer);
                return Err(Exit(ending.status()).into());
            }
        };
        if next.is_err() {
            printer.end_prose()?;
        }
        // If Discord's pages do not advance, there is no cursor with which to continue.
        let goes_on = |error: &error::Error| !matches!(error, error::Error::Rest(rest::Error::Pages { .. }));
        if next.as_ref().is_err_and(goes_on) {
            note_continuation(context, listing, printer);
        }
        let Some(page) = next? else { break };
        // A single page is printed unchanged, as Discord sent it.
        if listing.is_one_page() && page.is_unchanged() {
            printer.answer(page.body(), page.response.content_type())?;
        } else {
            printer.learn(page.body());
            printer.page(&page.items())?;
        }
        pages += 1;
        let goes_on = listing.more() && listing.limit().is_none_or(|limit| printer.seen() < limit);
        if !listing.is_one_page() && goes_on {
            let text = format!("{} items so far; fetching page {}", printer.seen(), pages + 1);
            let shown = shown.get_or_insert_with(|| context.console.progress().show(&text, listing.limit()));
            shown.set(&text, printer.seen());
        }
        last = page.items().last().and_then(|item| items::text(item, "id")).or(last);
    }
    drop(shown);
    printer.finish()?;
    if listing.is_cut_off() {
        let endpoint = listing.endpoint();
        let narrower = ["max_id", "min_id"].iter().filter_map(|name| endpoint.param(name));
        let flags = narrower.map(|p| format!("--{}", p.flag())).collect::<Vec<_>>().join(" or ");
        let last = last.map(|id| format!(" (the last id printed is {id})")).unwrap_or_default();
        context.console.note(format_args!(
            "Discord's search returns only the first 10,000 results; to see the others, narrow the search with \
             {flags}{last}"
        ));
    }
    Ok(())
}

/// Waits for the signal that interrupts a list. Never returns if the list is not interrupted by dcord but by the
/// signal's default action.
async fn interruption(signals: &mut Option<Signals>) -> Ending {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

/// Tells the user how to continue the list after the printed items.
fn note_continuation(context: &Context, listing: &Listing<'_>, printer: &Printer<Stdout>) {
    if !printer.is_empty()
        && let Some((cursor, value)) = listing.place()
    {
        let printed = printer.seen();
        context
            .console
            .note(format_args!("{printed} items were printed; to continue after them, use --{cursor} {value}"));
    }
}
