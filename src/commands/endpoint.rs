//! Every command of the catalogue: bind, ask, send, print.

use clap::ArgMatches;
use serde_json::Value;

use super::sent::Sent;
use super::{allowed, ask, dry_run, kept, links, names, overwrite, subject};
use crate::call::bind::Bound;
use crate::catalogue::{Auth, Endpoint, Method, Param};
use crate::cli::typed;
use crate::context::{Context, view};
use crate::error::{Partly, Refused, Result};
use crate::model::{TokenType, items};
use crate::output::{Printer, Stdout};
use crate::rest::{self, Body, Client, Pages, Plan, Request};

/// Reads what was typed after a command.
pub fn bind(context: &Context, endpoint: &'static Endpoint, matches: &ArgMatches, raw: &[String]) -> Result<Bound> {
    typed::bare_booleans(endpoint, raw)?;
    let bound = names::bind(context, endpoint, &typed::values(endpoint, matches))?;
    bound.warnings.iter().for_each(|warning| context.talk.warn(warning));
    Ok(bound)
}

/// Runs the command of an endpoint.
pub fn run(context: &Context, bound: Bound) -> Result<()> {
    let endpoint = bound.endpoint;
    // A format that means nothing here is said before anything is sent.
    let mut printer = context.printer(view(endpoint))?;
    if let Some(how) = context.settings.flags.dry_run {
        return dry_run::print(context, Some(endpoint), endpoint.list.then(|| plan(&bound)), &bound.request, how);
    }
    context.app.authenticate(endpoint.auth);
    allowed::check(context, Some(endpoint), &bound.request)?;
    if printer.prints_links() {
        printer.set_server(links::server(context, endpoint, &bound.request)?);
    }
    if let Some(answer) = kept::answer(context, &bound)? {
        answer.print(&mut printer)?;
        printer.finish()?;
        kept::remark_hidden(context, endpoint, &bound.request);
        return Ok(());
    }
    allow(context, endpoint, &bound.request)?;
    if endpoint.replaces {
        overwrite::confirm_replacing(context, &bound.request)?;
    }
    let client = context.app.client(endpoint.auth)?;
    admit(client, endpoint)?;
    context.block_on(execute(context, client, bound, printer))?
}

async fn execute(context: &Context, client: &Client, mut bound: Bound, mut printer: Printer<Stdout>) -> Result<()> {
    let endpoint = bound.endpoint;
    names::look_up_application(context, client, endpoint, &mut bound.request).await?;
    if endpoint.list {
        let plan = plan(&bound);
        let more = print_pages(context, client, bound.request.clone(), endpoint, plan, &mut printer).await?;
        kept::remark_hidden(context, endpoint, &bound.request);
        remark(context, endpoint, &printer);
        if more && bound.limit.is_none() {
            context.talk.note("there may be more: --all prints everything, --limit N so many");
        }
        return Ok(());
    }
    let sent = bound.key.as_deref().map(|key| Sent::open(context, client, endpoint, key)).transpose()?;
    if let Some(message) = sent.as_ref().map(Sent::begin).transpose()?.flatten() {
        context.talk.note("this key's message was sent before; nothing is sent");
        printer.answer(message.as_bytes(), Some("application/json"))?;
        return Ok(printer.finish()?);
    }
    let keeper = kept::Keeper::new(context, endpoint, &bound.request);
    let response = client.send(&bound.request).await;
    match (&sent, &response) {
        (Some(sent), Ok(response)) => sent.remember(context, &response.body),
        (Some(sent), Err(error)) => sent.fail(context, error),
        (None, _) => {}
    }
    let response = response?;
    printer.answer(&response.body, response.content_type())?;
    printer.finish()?;
    keeper.keep(&response.body, false);
    remark(context, endpoint, &printer);
    if response.body.is_empty() && context.talk.manner().terminal {
        context.talk.note(format_args!("done: {}", endpoint.words()));
    }
    Ok(partly(endpoint, &bound.request, &response.body)?)
}

/// The error that an answer is which lists what failed, though its status says success.
pub fn partly(endpoint: &'static Endpoint, request: &Request, body: &[u8]) -> Result<(), Partly> {
    let Some((field, param)) = endpoint.failed else { return Ok(()) };
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let failed = answer[field].as_array().map(Vec::as_slice).unwrap_or_default();
    if failed.is_empty() {
        return Ok(());
    }
    let ids = failed.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    // No text of another shape reaches the terminal.
    let ids: Vec<_> = ids.map(|id| if id.parse::<u64>().is_ok() { id } else { format!("{id:?}") }).collect();
    let asked = match &request.body {
        Body::Json(body) => body[param].as_array().map_or(0, Vec::len),
        _ => 0,
    };
    let flag = endpoint.param(param).map_or_else(String::new, Param::flag);
    Err(Partly { command: endpoint.words(), total: asked.max(ids.len()), ids, flag })
}

/// How much of a list was asked for.
fn plan(bound: &Bound) -> Plan {
    Plan { limit: bound.limit, all: bound.all, period: bound.period }
}

/// Tells a person what an output that says little means.
fn remark(context: &Context, endpoint: &'static Endpoint, printer: &Printer<Stdout>) {
    /// More names are no help.
    const MOST: usize = 24;
    if !context.talk.manner().terminal {
        return;
    }
    if endpoint.list && printer.is_empty() {
        context.talk.note(format_args!("{}: the list is empty", endpoint.words()));
    }
    if let Some((unseen, known)) = printer.unseen_fields() {
        let more = if known.len() > MOST { ", …" } else { "" };
        let known = known.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
        context.talk.warn(format_args!("nothing has a field {}; there are {known}{more}", unseen.join(", ")));
    }
}

/// Prints a list page by page, and says whether it goes on beyond what was printed, as far as Discord
/// serves it.
pub async fn print_pages(
    context: &Context,
    client: &Client,
    request: Request,
    endpoint: &'static Endpoint,
    plan: Plan,
    printer: &mut Printer<Stdout>,
) -> Result<bool> {
    let keeper = kept::Keeper::new(context, endpoint, &request);
    let whole = plan.limit.is_none() && keeper.is_from_the_start();
    let mut listed = false;
    let mut last = None;
    let mut pages = Pages::new(request, endpoint.paging, endpoint.items, plan);
    let one_page = !plan.all && plan.limit.is_none();
    loop {
        let next = pages.next(client).await;
        // Where Discord leads astray, nothing goes on.
        if next.as_ref().is_err_and(|error| !matches!(error, rest::Error::Pages { .. }))
            && !printer.is_empty()
            && let Some((cursor, value)) = pages.place()
        {
            let printed = printer.seen();
            context.talk.note(format_args!("{printed} items were printed; --{cursor} {value} goes on behind them"));
        }
        let Some(page) = next? else { break };
        // One page is printed as the document that it is.
        if one_page && page.is_as_sent() {
            printer.answer(page.body(), page.response.content_type())?;
        } else {
            printer.page(&page.items())?;
        }
        listed = whole && !pages.more();
        keeper.keep(page.body(), listed);
        last = page.items().last().and_then(|item| items::text(item, "id")).or(last);
    }
    printer.finish()?;
    if pages.is_cut_off() {
        let narrower = ["max_id", "min_id"].iter().filter_map(|name| endpoint.param(name));
        let flags = narrower.map(|p| format!("--{}", p.flag())).collect::<Vec<_>>().join(" or ");
        let last = last.map(|id| format!(" (the last one printed is {id})")).unwrap_or_default();
        context.talk.note(format_args!(
            "there are more results, but Discord's search serves the first 10,000 only: narrow it with {flags} to \
             see the others{last}"
        ));
        return Ok(false);
    }
    // The last page was full, so that only its successor's absence told that it was the last.
    if whole && !listed && !pages.more() {
        keeper.keep_end();
    }
    Ok(pages.more())
}

/// Asks before what cannot be undone, and keeps a read-only profile to reading.
pub fn allow(context: &Context, endpoint: &'static Endpoint, request: &Request) -> Result<()> {
    if context.settings.read_only && endpoint.method != Method::Get {
        return Err(Refused::ReadOnly { method: endpoint.method.name() }.into());
    }
    if endpoint.destructive && !context.settings.flags.yes {
        confirm(context, &subject::describe(context, endpoint, request))?;
    }
    Ok(())
}

/// Asks before what cannot be undone. Where nobody can answer, the answer is no.
pub fn confirm(context: &Context, command: &str) -> Result<(), Refused> {
    let question = format_args!("{command} cannot be undone. Go on?");
    ask::confirm(context, question, command, |command| Refused::Unconfirmed { command })
}

/// Holds the token's type against what the endpoint admits, before anything is sent.
pub fn admit(client: &Client, endpoint: &'static Endpoint) -> Result<(), Refused> {
    let Some(kind) = client.token_type() else { return Ok(()) };
    let needs = match (endpoint.auth, kind) {
        (Auth::Bot, TokenType::Bearer) => "a bot's token",
        (Auth::Bearer, TokenType::Bot) => "a user's access token",
        _ => return Ok(()),
    };
    let given = if kind == TokenType::Bot { "a bot's" } else { "a user's" };
    Err(Refused::TokenType { command: endpoint.words(), needs, given })
}
