//! `--dry-run`: the request that would be sent, secrets hidden.

use serde_json::{Value, json};

use crate::call::Planned;
use crate::catalogue::{Auth, Endpoint};
use crate::config::settings::DryRun;
use crate::context::Context;
use crate::error::Result;
use crate::model::Secret;
use crate::model::redact::{HIDDEN, redact};
use crate::output::clean;
use crate::rest::{Body, FilePart, Pages, Part, Request, Text};

/// Prints it as an object, or as a command for curl. Of a list it is the request for the first page, as far as pages are
/// walked.
pub fn print(context: &Context, planned: &Planned) -> Result<()> {
    let mut request = planned.request.clone();
    if let (Some(row), Some(plan)) = (planned.row, planned.plan) {
        let pages = Pages::new(request.clone(), row.paging, row.items, plan);
        request = pages.request().unwrap_or(request);
        if let Some(end) = pages.end() {
            context.console.note(format_args!("--before {end} is not part of the request; dcord stops there itself"));
        }
    }
    if let Some(row) = planned.row {
        hide(row, &mut request);
    }
    let url = url(context.app.api_url()?.as_str(), &request);
    match context.settings.flags.dry_run.unwrap_or(DryRun::Request) {
        DryRun::Request => {
            let hidden = redact(&object(&request, &url).to_string()).into_owned();
            context.print_object(&serde_json::from_str(&hidden)?)
        }
        DryRun::Curl => {
            let quote = Quote { terminal: crate::context::stdout_is_terminal() };
            let command = redact(&curl(&request, &url, quote)).into_owned();
            Ok(crate::context::print_text(&command)?)
        }
    }
}

/// Hides the values of the row's secret parameters, wherever the request has them: `dcord api` may put one in another
/// place than the row does. The redactor alone would let short ones through.
fn hide(row: &Endpoint, request: &mut Request) {
    for name in row.all_params().filter(|param| param.secret).map(|param| param.name) {
        let hidden = || HIDDEN.to_owned();
        for segment in request.segments.iter_mut().filter(|segment| segment.name == name) {
            segment.value = Text::Hidden(Secret::new(""));
        }
        for (_, value) in request.query.iter_mut().filter(|(of, _)| of == name) {
            *value = hidden();
        }
        let hide_text = |of: &str, text: &mut Text| {
            if of == name {
                *text = Text::Plain(hidden());
            }
        };
        match &mut request.body {
            Body::Empty => {}
            Body::Json(json) => hide_member(json, name),
            Body::Raw { bytes, .. } => {
                // Where a body that is not JSON has the secret is unknown.
                let mut json = serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(HIDDEN));
                hide_member(&mut json, name);
                *bytes = json.to_string().into();
            }
            Body::Form(fields) => fields.iter_mut().for_each(|(of, text)| hide_text(of, text)),
            Body::Multipart(parts) => parts.iter_mut().for_each(|part| match part {
                Part::Json(_, json) => hide_member(json, name),
                Part::Text(of, text) => hide_text(of, text),
                Part::File(_) => {}
            }),
        }
    }
}

fn hide_member(json: &mut Value, name: &str) {
    match json.get_mut(name) {
        Some(Value::Array(values)) => values.fill(Value::from(HIDDEN)),
        Some(value) if !value.is_null() => *value = Value::from(HIDDEN),
        _ => {}
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
    let mut url = format!("{base}{}", request.shown_path());
    for (i, (name, value)) in request.query.iter().enumerate() {
        url.push(if i == 0 { '?' } else { '&' });
        url.push_str(&url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish());
    }
    url
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

fn shown(text: &Text) -> Value {
    match text {
        Text::Plain(text) => Value::from(text.as_str()),
        Text::Hidden(_) => Value::from(HIDDEN),
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

/// How words are quoted for a shell. On a terminal no word may steer it, and each still means the same.
#[derive(Clone, Copy)]
struct Quote {
    terminal: bool,
}

impl Quote {
    fn word(self, word: &str) -> String {
        clean::shell_word(word, self.terminal)
    }

    /// JSON has escapes of its own, which need no quotes beyond those of POSIX's older shells.
    fn json(self, json: &Value) -> String {
        let json = json.to_string();
        if self.terminal { clean::escape(&json).into_owned() } else { json }
    }
}

/// The request as a command that a POSIX shell can run. The token stands as a variable in it.
fn curl(request: &Request, url: &str, quote: Quote) -> String {
    let mut words = vec!["curl".to_owned()];
    // curl reads [] and {} in URLs as patterns.
    words.push("--globoff".to_owned());
    if request.method.name() != "GET" {
        words.extend(["-X".to_owned(), request.method.name().to_owned()]);
    }
    words.push(quote.word(url));
    if request.auth != Auth::None {
        let word = if request.auth == Auth::Bearer { "Bearer" } else { "Bot" };
        words.extend(["-H".to_owned(), format!("\"Authorization: {word} $DCORD_TOKEN\"")]);
    }
    if let Some(reason) = &request.reason {
        let encoded = crate::rest::encode_reason(reason);
        words.extend(["-H".to_owned(), quote.word(&format!("X-Audit-Log-Reason: {encoded}"))]);
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(json) => {
            words.extend(["-H".to_owned(), quote.word("Content-Type: application/json")]);
            words.extend(["--data-raw".to_owned(), quote.word(&quote.json(json))]);
        }
        Body::Form(fields) => {
            for (name, text) in fields {
                let value = shown(text);
                words.extend([
                    "--data-urlencode".to_owned(),
                    quote.word(&format!("{name}={}", value.as_str().unwrap_or(""))),
                ]);
            }
        }
        Body::Multipart(parts) => {
            for part in parts {
                let (flag, value) = match part {
                    // In double quotes, curl takes a semicolon for itself.
                    Part::Json(name, json) => {
                        let json = quote.json(json).replace('\\', r"\\").replace('"', "\\\"");
                        ("-F", format!("{name}=\"{json}\";type=application/json"))
                    }
                    Part::Text(name, text) => {
                        ("--form-string", format!("{name}={}", shown(text).as_str().unwrap_or("")))
                    }
                    Part::File(file) => {
                        // Within double quotes, curl reads a backslash as an escape.
                        let source = file.source.replace('\\', r"\\").replace('"', "\\\"");
                        let FilePart { name, filename, content_type, .. } = file;
                        ("-F", format!("{name}=@\"{source}\";filename=\"{filename}\";type={content_type}"))
                    }
                };
                words.extend([flag.to_owned(), quote.word(&value)]);
            }
        }
        Body::Raw { content_type, bytes } => {
            words.extend(["-H".to_owned(), quote.word(&format!("Content-Type: {content_type}"))]);
            words.extend(["--data-raw".to_owned(), quote.word(&String::from_utf8_lossy(bytes))]);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{self, Method};

    /// Too short for the redactor.
    const SECRET: &str = "Zq";

    /// The request with the secret under a name: where its row has it, and where a person may put it besides.
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
    fn no_row_shows_a_secret_wherever_the_request_has_it() {
        let mut rows = 0;
        for (noun, row) in catalogue::endpoints() {
            for param in row.all_params().filter(|param| param.secret) {
                rows += 1;
                for (at, mut request) in requests(row, param.name).into_iter().enumerate() {
                    hide(row, &mut request);
                    let url = url("https://discord.com/api/v10", &request);
                    let shown = [object(&request, &url).to_string(), curl(&request, &url, Quote { terminal: false })];
                    let at = format!("{} {}: {} in request {at}: {shown:?}", noun.name, row.verb, param.name);
                    assert!(shown.iter().all(|text| !text.contains(SECRET)), "{at}");
                }
            }
        }
        assert!(rows > 25, "{rows} secret parameters");
    }

    #[test]
    fn no_part_of_a_command_for_curl_steers_the_terminal() {
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
            let shielded = curl(&request, text, Quote { terminal: true });
            assert_eq!(clean::text(&shielded), shielded);
            assert!(curl(&request, text, Quote { terminal: false }).contains('\u{202e}'), "a pipe gets it as it is");
        }
    }
}
