//! `--dry-run` prints the request instead of sending it, with secrets hidden.

mod curl;
mod shown;

use serde_json::{Value, json};

use self::curl::Variables;
use self::shown::{hide, query, shown};
use crate::call::Planned;
use crate::catalogue::{Auth, Endpoint};
use crate::config::env;
use crate::config::settings::DryRun;
use crate::context::Context;
use crate::error::Result;
use crate::model::redact::{HIDDEN, redact};
use crate::rest::{Body, Pages, Part, Request};

/// Prints a request as an object, or as a curl command. For a list that is read page by page, prints the request for
/// the first page.
pub fn print(context: &Context, planned: &Planned) -> Result<()> {
    let mut request = planned.request.clone();
    if let (Some(row), Some(plan)) = (planned.row, &planned.plan) {
        let pages = Pages::new(request.clone(), row.paging, row.items, plan.clone());
        request = pages.request().unwrap_or(request);
        if let Some(end) = pages.end() {
            context.console.note(format_args!("--before {end} is not part of the request; dcord stops there itself"));
        }
    }
    let base = context.app.api_url()?;
    match context.settings.flags.dry_run.unwrap_or(DryRun::Request) {
        DryRun::Request => {
            for param in planned.row.into_iter().flat_map(Endpoint::all_params).filter(|param| param.secret) {
                hide(param.name, HIDDEN, &mut request);
            }
            let hidden = redact(&object(&request, &url(base.as_str(), &request)).to_string()).into_owned();
            context.print_request(&serde_json::from_str(&hidden)?)
        }
        DryRun::Curl => {
            let shielded = crate::context::stdout_is_terminal();
            let command =
                curl::command(&Variables::of(&context.settings), base.as_str(), planned.row, request, shielded);
            crate::context::print_text(&redact(&command.text))?;
            let unset: Vec<_> = command.variables.iter().filter(|name| env::named(name).is_none()).collect();
            if let [first, others @ ..] = &unset[..] {
                let names = others.iter().fold((*first).clone(), |names, name| format!("{names} and {name}"));
                context
                    .console
                    .note(format_args!("export {names} first: the curl command reads secrets from the environment"));
            }
            Ok(())
        }
    }
}

fn object(request: &Request, url: &str) -> Value {
    let mut object = json!({"method": request.method.name(), "url": url, "headers": headers(request)});
    if let Some(body) = body(&request.body) {
        object["body"] = body;
    }
    object
}

fn url(base: &str, request: &Request) -> String {
    format!("{base}{}{}", request.shown_path(), query(request))
}

fn headers(request: &Request) -> Value {
    let mut headers = json!({});
    if request.auth != Auth::None {
        let word = if request.auth == Auth::Bearer { "Bearer" } else { "Bot" };
        headers["Authorization"] = Value::from(format!("{word} {HIDDEN}"));
    }
    if let Some(reason) = &request.reason {
        headers["X-Audit-Log-Reason"] = Value::from(crate::rest::encode_reason(reason));
    }
    if let Some(kind) = content_type(&request.body) {
        headers["Content-Type"] = Value::from(kind);
    }
    headers
}

fn content_type(body: &Body) -> Option<&str> {
    match body {
        Body::Empty => None,
        Body::Json(_) => Some("application/json"),
        Body::Form(_) => Some("application/x-www-form-urlencoded"),
        Body::Multipart(_) => Some("multipart/form-data"),
        Body::Raw { content_type, .. } => Some(content_type),
    }
}

fn body(body: &Body) -> Option<Value> {
    Some(match body {
        Body::Empty => return None,
        Body::Json(json) => json.clone(),
        Body::Form(fields) => fields.iter().map(|(name, text)| (name.clone(), shown(text))).collect(),
        Body::Multipart(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Json(name, json) => ((*name).to_owned(), json.clone()),
                Part::Text(name, text) => (name.clone(), shown(text)),
                Part::File(file) => {
                    let source = if file.source == "-" { "standard input" } else { &file.source };
                    let shown = json!({
                        "filename": file.filename,
                        "content_type": file.content_type,
                        "size": file.bytes.len(),
                        "source": source,
                    });
                    (file.name.clone(), shown)
                }
            })
            .collect(),
        Body::Raw { bytes, .. } => Value::from(String::from_utf8_lossy(bytes)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{self, Method};
    use crate::model::Secret;
    use crate::output::clean;
    use crate::rest::{FilePart, Text};

    /// The redactor ignores secrets this short.
    const SECRET: &str = "Zq";

    const API: &str = "https://discord.com/api/v10";

    fn curl_of(row: Option<&'static Endpoint>, request: Request, shielded: bool) -> String {
        let webhook = Some(("DCORD_WEBHOOK_URL", Secret::new("https://discord.com/api/webhooks/1/another")));
        let variables = Variables { token: "DCORD_TOKEN", webhook, interaction: None };
        curl::command(&variables, API, row, request, shielded).text
    }

    /// Requests that contain the secret under a name: where the row has the parameter, and where a user may put it
    /// with `dcord api`.
    fn requests(row: &'static Endpoint, name: &'static str) -> Vec<Request> {
        let text = || Text::Plain(SECRET.to_owned());
        let json = json!({name: SECRET});
        let with = |body| Request { body, ..Request::new(row) };
        let mut in_path = Request::new(row);
        if row.path.contains(&format!("{{{name}}}")) {
            in_path.set_segment(name, text());
        }
        let query = vec![(name.to_owned(), SECRET.to_owned())];
        let raw = |bytes: String| Body::Raw { content_type: "application/json".to_owned(), bytes: bytes.into() };
        let parts = vec![Part::Json("payload_json", json.clone()), Part::Text(name.to_owned(), text())];
        vec![
            in_path,
            Request { query, ..Request::new(row) },
            with(Body::Json(json.clone())),
            with(Body::Json(json!({name: [SECRET, SECRET]}))),
            with(Body::Form(vec![(name.to_owned(), text())])),
            with(Body::Multipart(parts)),
            with(raw(json.to_string())),
            with(raw(format!("{name}={SECRET}"))),
        ]
    }

    #[test]
    fn a_dry_run_hides_the_secrets_of_every_row() {
        let mut rows = 0;
        for (noun, row) in catalogue::endpoints() {
            for param in row.all_params().filter(|param| param.secret) {
                rows += 1;
                for (at, mut request) in requests(row, param.name).into_iter().enumerate() {
                    let command = curl_of(Some(row), request.clone(), false);
                    hide(param.name, HIDDEN, &mut request);
                    let shown = [object(&request, &url(API, &request)).to_string(), command];
                    let at = format!("{} {}: {} in request {at}: {shown:?}", noun.name, row.verb, param.name);
                    assert!(shown.iter().all(|text| !text.contains(SECRET)), "{at}");
                }
            }
        }
        assert!(rows > 25, "{rows} secret parameters");
    }

    #[test]
    fn a_curl_command_contains_no_control_characters() {
        let text = "it's\u{1b}[2J\u{9b}2J\u{202e}\r";
        let [name, filename, content_type, source] = [text; 4].map(str::to_owned);
        let file = FilePart { name, filename, content_type, source, bytes: text.into() };
        let plain = |text: &str| Text::Plain(text.to_owned());
        let json = json!({text: [text]});
        let parts =
            vec![Part::Json("payload_json", json.clone()), Part::Text(text.to_owned(), plain(text)), Part::File(file)];
        for body in [
            Body::Json(json),
            Body::Form(vec![(text.to_owned(), plain(text))]),
            Body::Multipart(parts),
            Body::Raw { content_type: text.to_owned(), bytes: text.into() },
        ] {
            let request = Request { body, reason: Some(text.to_owned()), ..Request::raw(Method::Post, "/x") };
            let shielded = curl_of(None, request.clone(), true);
            assert_eq!(clean::text(&shielded), shielded);
            assert!(curl_of(None, request, false).contains('\u{202e}'), "a pipe gets it as it is");
        }
    }
}
