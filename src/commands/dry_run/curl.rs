//! `--dry-run=curl` prints the request as a curl command that can be pasted into a POSIX shell.

use serde_json::Value;

use super::shown::{hide, query, shown};
use crate::catalogue::{Auth, Endpoint, Param};
use crate::config::Settings;
use crate::model::Secret;
use crate::output::clean;
use crate::rest::{Body, FilePart, Part, Request, Text};

/// Marks the beginning and the end of a shell expansion until the words are quoted. The character is from the private
/// use area, so it does not occur in normal text.
const MARK: char = '\u{f8ff}';

/// The curl command, and the names of the variables that contain its secrets.
pub struct Command {
    pub text: String,
    pub variables: Vec<String>,
}

/// The environment variables that contain secrets.
pub struct Variables {
    /// The name of the token's variable.
    pub token: &'static str,
    pub webhook: Option<(&'static str, Secret)>,
    pub interaction: Option<(&'static str, Secret)>,
}

/// Builds the command for a request to this API URL. With `shielded`, the command contains no characters that control
/// a terminal.
pub fn command(
    from: &Variables,
    base: &str,
    row: Option<&'static Endpoint>,
    mut request: Request,
    shielded: bool,
) -> Command {
    let mut variables = Vec::new();
    let mut expansions = Vec::new();
    for param in row.into_iter().flat_map(Endpoint::all_params).filter(|param| param.secret) {
        let (variable, expansion) = from.source(param, &request);
        let mark = format!("{MARK}{expansion}{MARK}");
        if hide(param.name, &mark, &mut request) {
            variables.push(variable);
        }
        expansions.push((format!("{{{}}}", param.name), mark));
    }
    let path = request.shown_path();
    let path = expansions.iter().fold(path, |path, (placeholder, mark)| path.replace(placeholder, mark));
    let url = format!("{base}{path}{}", query(&request));
    if request.auth != Auth::None {
        variables.push(from.token.to_owned());
    }
    Command { text: words(&request, &url, from.token, Quote { shielded }).join(" "), variables }
}

impl Variables {
    pub fn of(settings: &Settings) -> Self {
        let (webhook, interaction) = (settings.default_webhook(), settings.interaction_token());
        Self { token: settings.token_variable(), webhook, interaction }
    }

    /// The variable from which the command reads a secret, and its shell expansion. This is the variable from which
    /// dcord read the secret, or otherwise one with the name of the parameter.
    fn source(&self, param: &Param, request: &Request) -> (String, String) {
        let sent = match request.segment(param.name) {
            Some(Text::Hidden(secret)) => Some(secret.expose()),
            _ => None,
        };
        // The URL ends with the token, unless it has a query.
        if let Some((name, url)) = &self.webhook
            && url.expose().rsplit('/').next() == sent
        {
            return ((*name).to_owned(), format!("${{{name}##*/}}"));
        }
        if let Some((name, token)) = &self.interaction
            && Some(token.expose()) == sent
        {
            return ((*name).to_owned(), format!("${name}"));
        }
        let name = param.name.to_uppercase();
        let expansion = format!("${name}");
        (name, expansion)
    }
}

/// Quotes words for a shell. An expansion goes into double quotes, and the text around it is quoted separately.
#[derive(Clone, Copy)]
struct Quote {
    shielded: bool,
}

impl Quote {
    fn word(self, word: &str) -> String {
        let parts = word.split(MARK).enumerate().filter(|(at, part)| *at == 0 || !part.is_empty());
        let quoted = parts.map(|(at, part)| match at % 2 {
            0 => clean::shell_word(part, self.shielded),
            _ => format!("\"{part}\""),
        });
        quoted.collect()
    }

    /// JSON can escape control characters itself, so it does not need `$'…'`, which older POSIX shells do not
    /// support.
    fn json(self, json: &Value) -> String {
        let json = json.to_string();
        if self.shielded { clean::escape(&json).into_owned() } else { json }
    }
}

/// The words of the command.
fn words(request: &Request, url: &str, token: &str, quote: Quote) -> Vec<String> {
    let mut words = vec!["curl".to_owned()];
    // Otherwise, curl would treat [] and {} in a URL as patterns.
    words.push("--globoff".to_owned());
    if request.method.name() != "GET" {
        words.extend(["-X".to_owned(), request.method.name().to_owned()]);
    }
    words.push(quote.word(url));
    if request.auth != Auth::None {
        let word = if request.auth == Auth::Bearer { "Bearer" } else { "Bot" };
        words.extend(["-H".to_owned(), format!("\"Authorization: {word} ${token}\"")]);
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
                    // curl treats a semicolon as a separator unless the value is in double quotes.
                    Part::Json(name, json) => {
                        let json = quote.json(json).replace('\\', r"\\").replace('"', "\\\"");
                        ("-F", format!("{name}=\"{json}\";type=application/json"))
                    }
                    Part::Text(name, text) => {
                        ("--form-string", format!("{name}={}", shown(text).as_str().unwrap_or("")))
                    }
                    Part::File(file) => {
                        // curl treats a backslash in double quotes as an escape character.
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
    words
}
