//! `dcord api` sends any request, such as one to an endpoint that has no command yet.

use bytes::Bytes;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Number, Value};

use super::dry_run;
use crate::call::bind::choice;
use crate::call::bind::input::Input;
use crate::call::{self, CacheMode, Listing, Planned, Question, Reply, admission};
use crate::catalogue::{self, Method};
use crate::cli::Error;
use crate::context::Context;
use crate::error::{FailedRequest, Refused, Result};
use crate::model::{Secret, text};
use crate::output::View;
use crate::rest::{Body, Plan, Request, Text};

const USAGE: &str = "api [METHOD] PATH [OPTIONS]";
const METHOD: &str = "method";
const PATH: &str = "path";
const FIELDS: &str = "field";
const TYPED: &str = "typed-field";
const BODY_SOURCES: &str =
    "a body comes from fields, -f KEY=VALUE, or from a file or standard input: --input FILE, --input -";

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord api [METHOD] PATH [OPTIONS]")
        .after_help(
            "Examples:\n  dcord api /users/@me\n  dcord api POST /channels/222222222222222222/messages -f \
             content=hello\n  dcord api '/guilds/111111111111111111/bans?limit=1000' --all --jq .user.id\n\nThe \
             default METHOD is GET, or POST if you give a field or --input.",
        )
        .arg(
            Arg::new(METHOD)
                .value_name("METHOD")
                .help("GET, POST, PUT, PATCH or DELETE [default: GET, or POST with a body]"),
        )
        .arg(Arg::new(PATH).num_args(0..).value_name("PATH").help("Path below the API's URL, such as /users/@me"))
        .arg(
            Arg::new(FIELDS)
                .short('f')
                .long("raw-field")
                .value_name("KEY=VALUE")
                .action(ArgAction::Append)
                .help("Add a string to the JSON body, or to the query of a GET"),
        )
        .arg(
            Arg::new(TYPED)
                .short('F')
                .long("field")
                .value_name("KEY=VALUE")
                .action(ArgAction::Append)
                .help("Add true, false, null, a number or JSON as that type; @FILE reads a file"),
        )
        .arg(
            Arg::new("input")
                .long("input")
                .value_name("PATH")
                .help("Read the body from a file, or - for standard input"),
        )
        .arg(Arg::new("reason").long("reason").value_name("TEXT").help("Reason for the server's audit log"))
        .arg(
            Arg::new("include")
                .short('i')
                .long("include")
                .action(ArgAction::SetTrue)
                .help("Print the status and headers of the response first"),
        )
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("Fetch all pages of a list"))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let request = request(context, matches, &mut Input::default())?;
    let all = matches.get_flag("all");
    let row = row_of(&request);
    let view = row.map_or_else(View::default, crate::context::view);
    let mut printer = context.printer(view)?;
    let plan = Plan { all: true, ..Plan::default() };
    let paging = row.and_then(|row| row.paging);
    if all && paging.is_none() {
        return Err(Error::Conflict {
            first: "--all".to_owned(),
            second: format!("{}, which has no pages", request.template),
        }
        .into());
    }
    let unasked = |_: &Question| Reply::Unanswered;
    let policy = super::endpoint::policy(context, None, &unasked)?;
    if policy.dry_run {
        context.block_on(admission::check_request(&context.app, &policy, None, row, &request))??;
        return dry_run::print(context, &Planned { request, row, plan: all.then_some(plan) });
    }
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: "api".to_owned() }.into());
    }
    context.block_on(async {
        let app = &context.app;
        app.authenticate(request.auth);
        admission::check_request(app, &policy, None, row, &request).await?;
        if let (Some(row), true) = (row, all) {
            let mut listing = Listing::new(app, request, row, plan, true)?;
            super::endpoint::print_pages(context, &mut listing, &mut printer).await?;
            context.warn_of_unseen_fields(&printer);
            return Ok(());
        }
        let response = call::send(app, "api", &request).await?;
        let response = response.map_err(|error| FailedRequest::new(&request, row, error))?;
        if matches.get_flag("include") {
            let mut head = format!("HTTP {}\n", response.status);
            for (name, value) in &response.headers {
                head.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
            }
            // An empty line ends the head, as in HTTP.
            head.push('\n');
            crate::context::print_text(&head)?;
        }
        printer.answer(&response.body, response.content_type())?;
        context.finish(&mut printer)?;
        let failed = row.and_then(|row| call::partly(row, &request, &response.body));
        failed.map_or(Ok(()), |failed| Err(failed.into()))
    })?
}

fn request(context: &Context, matches: &ArgMatches, input: &mut Input) -> Result<Request> {
    // Without a method, the path is the first word.
    let words: Vec<&String> = [METHOD, PATH].iter().flat_map(|id| matches.get_many(id).into_iter().flatten()).collect();
    let fields = fields(matches, input)?;
    let given: Option<&String> = matches.get_one("input");
    if let [word] = words[..]
        && let Ok(method) = parse_method(word)
    {
        let hint = Some(format!("a path follows the method: dcord api {} /users/@me", method.name()).into());
        return Err(Error::Missing { what: "PATH".to_owned(), usage: USAGE.to_owned(), hint }.into());
    }
    let (method, path) = match words[..] {
        [path] => (if given.is_some() || !fields.is_empty() { Method::Post } else { Method::Get }, path),
        [method, path] if !is_path(method) => (parse_method(method)?, path),
        [] => return Err(Error::Missing { what: "PATH".to_owned(), usage: USAGE.to_owned(), hint: None }.into()),
        [first, second, ..] => {
            let extra = if is_path(first) { second } else { words[2] };
            let hint = match parse_method(extra) {
                Ok(method) => format!("the method comes before the path: dcord api {} {first}", method.name()),
                Err(_) => BODY_SOURCES.to_owned(),
            };
            return Err(Error::TooMany { word: extra.clone(), usage: USAGE.to_owned(), hint: Some(hint) }.into());
        }
    };
    let path = context.app.api_url()?.relative(path)?;
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let mut request = from_path(method, path);
    request.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    request.reason = matches.get_one::<String>("reason").cloned();
    match given {
        Some(_) if !fields.is_empty() => {
            return Err(Error::Conflict { first: "--input".to_owned(), second: "a field (-f, -F)".to_owned() }.into());
        }
        Some(path) => {
            let bytes = input.bytes("--input", path)?;
            let json = Bytes::copy_from_slice(text::bytes_without_mark(&bytes));
            request.body = Body::Raw { content_type: "application/json".to_owned(), bytes: json };
        }
        None if method == Method::Get => {
            for (name, value) in fields {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                request.query.push((name, text));
            }
        }
        None if !fields.is_empty() => request.body = Body::Json(Value::Object(fields)),
        None => {}
    }
    Ok(request)
}

/// Whether a word is a path or a URL, and not a method.
fn is_path(word: &str) -> bool {
    word.contains('/')
}

fn parse_method(word: &str) -> Result<Method, Error> {
    [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete]
        .into_iter()
        .find(|m| m.name().eq_ignore_ascii_case(word))
        .ok_or_else(|| choice::unknown_name(vec!["GET", "POST", "PUT", "PATCH", "DELETE"], "METHOD", word))
}

fn fields(matches: &ArgMatches, input: &mut Input) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    let mut add = |flag: &str, pair: &str, value: &mut dyn FnMut(&str) -> Result<Value, Error>| {
        let (key, text) = pair.split_once('=').ok_or_else(|| Error::Value {
            flag: flag.to_owned(),
            text: pair.to_owned(),
            wanted: "KEY=VALUE".to_owned(),
        })?;
        fields.insert(key.to_owned(), value(text)?);
        Ok(())
    };
    for pair in matches.get_many::<String>(FIELDS).into_iter().flatten() {
        add("-f", pair, &mut |text| Ok(Value::from(text)))?;
    }
    for pair in matches.get_many::<String>(TYPED).into_iter().flatten() {
        add("-F", pair, &mut |text| typed(&input.text_or_file("-F", text)?))?;
    }
    Ok(fields)
}

/// The value of a field from the command line: JSON if the text is valid JSON, otherwise a string.
fn typed(text: &str) -> Result<Value, Error> {
    // An id stays a string, because converting it to a number could lose its last digits.
    let is_id = text.len() >= 17 && text.bytes().all(|b| b.is_ascii_digit());
    if is_id {
        return Ok(Value::from(text));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Ok(value),
        Err(_) if text.starts_with(['{', '[']) => serde_json::from_str::<Number>(text)
            .map(Value::Number)
            .map_err(|source| Error::Json { flag: "-F".to_owned(), source, topic: None }),
        Err(_) => Ok(Value::from(text)),
    }
}

/// The row of the catalogue that has this path.
fn row_of(request: &Request) -> Option<&'static catalogue::Endpoint> {
    catalogue::endpoints().map(|(_, row)| row).find(|row| row.method == request.method && row.path == request.template)
}

/// A request for a path from the command line. If the catalogue has the path, its row determines which parts are
/// secret and whether a token is sent. Otherwise, ids become placeholders, so that the limiter can distinguish the
/// resources.
fn from_path(method: Method, path: &str) -> Request {
    let parts: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    // Literal path segments take precedence over placeholders: `@me` in /users/@me is not an id.
    let row = catalogue::endpoints()
        .map(|(_, row)| row)
        .filter(|row| row.method == method && fits(row.path, &parts))
        .min_by_key(|row| row.path.matches('{').count());
    if let Some(row) = row {
        let mut request = Request::new(row);
        for (step, part) in row.path.trim_matches('/').split('/').zip(&parts) {
            let Some(name) = step.strip_prefix('{').and_then(|s| s.strip_suffix('}')) else { continue };
            let secret = row.param(name).is_some_and(|p| p.secret);
            let value = if secret { Text::Hidden(Secret::new(part.as_str())) } else { Text::Plain(part.clone()) };
            request.set_segment(name.to_owned(), value);
        }
        return request;
    }
    let mut template = String::new();
    let mut segments = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        template.push('/');
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_@.".contains(&b));
        if plain && part.parse::<u64>().is_err() && part.len() < 40 {
            template.push_str(part);
            continue;
        }
        let name = match i.checked_sub(1).map(|before| parts[before].as_str()) {
            Some("channels") => "channel_id".to_owned(),
            Some("guilds") => "guild_id".to_owned(),
            Some("webhooks") => "webhook_id".to_owned(),
            _ => format!("part_{i}"),
        };
        template.extend(["{", &name, "}"]);
        let value = if part.len() >= 40 { Text::Hidden(Secret::new(part.as_str())) } else { Text::Plain(part.clone()) };
        segments.push((name, value));
    }
    let mut request = Request::raw(method, template);
    for (name, value) in segments {
        request.set_segment(name, value);
    }
    request
}

fn fits(template: &str, parts: &[String]) -> bool {
    let steps: Vec<_> = template.trim_matches('/').split('/').collect();
    steps.len() == parts.len() && steps.iter().zip(parts).all(|(step, part)| step.starts_with('{') || step == part)
}
