//! Every command of the catalogue: bind, ask, send, print.

use std::io::IsTerminal as _;

use anyhow::Result;
use clap::ArgMatches;

use super::dry_run;
use crate::catalogue::{Auth, Endpoint, Method};
use crate::cli::bind::{self, APPLICATION, Bound};
use crate::cli::help::words;
use crate::cli::input::Input;
use crate::cli::typed::{self, Typed};
use crate::context::{Context, view};
use crate::error::Refused;
use crate::model::{TokenType, items, time};
use crate::rest::{Client, Page, Pages, Plan, Request, Text};

/// Runs the command of an endpoint. `raw` are the process's arguments as they came.
pub fn run(context: &Context, endpoint: &'static Endpoint, matches: &ArgMatches, raw: &[String]) -> Result<()> {
    typed::bare_booleans(endpoint, raw)?;
    let typed = Typed::new(endpoint, matches);
    let mut bound = bind::bind(endpoint, &typed, &context.settings, &mut Input::default(), time::now_ms())?;
    // A format that means nothing here is said before anything is sent.
    let printer = context.printer(view(endpoint))?;
    if let Some(how) = context.settings.flags.dry_run {
        plan(&bound).first(&mut bound.request);
        return dry_run::print(context, &bound.request, how);
    }
    allow(context, endpoint)?;
    let client = context.client(endpoint.auth != Auth::None)?;
    admit(client, endpoint)?;
    context.block_on(execute(context, client, bound, printer))?
}

async fn execute(
    context: &Context,
    client: &Client,
    mut bound: Bound,
    mut printer: crate::output::Printer<crate::output::Stdout>,
) -> Result<()> {
    look_up_application(client, &mut bound.request).await?;
    let endpoint = bound.endpoint;
    if endpoint.paging.is_some() && (bound.all || bound.limit.is_some()) {
        let mut pages = Pages::new(bound.request.clone(), plan(&bound));
        while let Some(page) = pages.next(client).await? {
            printer.page(&page.items()?)?;
        }
        printer.finish()?;
        return Ok(());
    }
    let response = client.send(&bound.request).await?;
    match bound.limit {
        // A list without pages is cut here.
        Some(limit) => {
            let found = items::items(&response.body, endpoint.items).map_err(crate::output::Error::NotJson)?;
            let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
            printer.page(&found[..found.len().min(wanted)])?;
        }
        None => {
            printer.answer(&response.body, response.content_type())?;
            if let Some(paging) = endpoint.paging
                && Page::has_more(&response.body, &bound.request, paging, endpoint.items)
            {
                context.talk.note("there may be more: --all prints everything, --limit N so many");
            }
        }
    }
    printer.finish()?;
    if response.body.is_empty() && context.talk.manner().terminal {
        context.talk.note(format_args!("done: {}", words(endpoint)));
    }
    Ok(())
}

/// How the answer's pages are walked.
fn plan(bound: &Bound) -> Plan {
    Plan { paging: bound.endpoint.paging, items: bound.endpoint.items, limit: bound.limit, all: bound.all }
}

/// Asks before what cannot be undone, and keeps a read-only profile to reading.
fn allow(context: &Context, endpoint: &'static Endpoint) -> Result<()> {
    if context.settings.read_only && endpoint.method != Method::Get {
        return Err(Refused::ReadOnly { method: endpoint.method.name() }.into());
    }
    if endpoint.destructive && !context.settings.flags.yes {
        confirm(context, &words(endpoint))?;
    }
    Ok(())
}

/// Asks on the terminal. Where nobody can answer, the answer is no.
pub fn confirm(context: &Context, command: &str) -> Result<(), Refused> {
    let command = command.to_owned();
    if !std::io::stdin().is_terminal() || !context.talk.manner().terminal {
        return Err(Refused::Unconfirmed { command });
    }
    context.talk.ask(format_args!("{command} cannot be undone. Go on? [y/N] "));
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Refused::Declined { command }),
    }
}

/// Holds the token's type against what the endpoint admits, before anything is sent.
fn admit(client: &Client, endpoint: &'static Endpoint) -> Result<(), Refused> {
    let Some(kind) = client.token_type() else { return Ok(()) };
    let needs = match (endpoint.auth, kind) {
        (Auth::Bot, TokenType::Bearer) => "a bot's token",
        (Auth::Bearer, TokenType::Bot) => "a user's access token",
        _ => return Ok(()),
    };
    let given = if kind == TokenType::Bot { "a bot's" } else { "a user's" };
    Err(Refused::TokenType { command: words(endpoint), needs, given })
}

/// Fills in the application's id, which Discord tells the token's owner.
async fn look_up_application(client: &Client, request: &mut Request) -> Result<()> {
    if !request.missing().any(|name| name == APPLICATION) {
        return Ok(());
    }
    let me = Request::raw(Method::Get, "/applications/@me");
    let response = client.send(&me).await?;
    let body: &serde_json::value::RawValue = serde_json::from_slice(&response.body)?;
    let id = items::text(body, "id").ok_or_else(|| anyhow::anyhow!("Discord's answer about the application has no id"))?;
    request.set_segment(APPLICATION, Text::Plain(id));
    Ok(())
}
