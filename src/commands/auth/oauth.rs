//! `dcord auth login --oauth`: the authorization code grant with PKCE, whose redirect goes to this machine.
//!
//! Sources: RFC 7636 (PKCE), RFC 8252 (apps on a machine of the user), RFC 9207 (`iss`), and Discord's reference, "OAuth2".

use std::io;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Arg, ArgAction, ArgMatches, Command};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

use crate::cli::{Error, globals};
use crate::config::grant::Grant;
use crate::config::{self, SecretSource, env, secret};
use crate::context::Context;
use crate::error::{Report, Result, exit};
use crate::model::{Secret, Snowflake, fault};
use crate::rest::Text;

const OAUTH: &str = "oauth";
const CLIENT_ID: &str = "client-id";
const CLIENT_SECRET: &str = "client-secret";
const SCOPE: &str = "scope";
const PORT: &str = "port";
const BROWSER: &str = "browser";

/// How long the person has to allow the authorization in the browser.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long a connection has to send its request.
const READ_WITHIN: Duration = Duration::from_secs(10);
/// A request with a longer head is not the redirect.
const LONGEST_HEAD: usize = 16 * 1024;
/// The default port of the redirect URL, which must be the same at each login, because the app lists the URL.
const DEFAULT_PORT: u16 = 8765;
/// The path of the redirect URL.
const CALLBACK: &str = "/callback";

pub fn args(command: Command) -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        globals::requires(Arg::new(name).long(name).value_name(value).help(help), OAUTH)
    };
    let oauth = Arg::new(OAUTH)
        .long(OAUTH)
        .action(ArgAction::SetTrue)
        .conflicts_with("with-token")
        .help("Get a user's access token: prints a link, and waits for the user to allow it");
    let browser = Arg::new(BROWSER).long(BROWSER).action(ArgAction::SetTrue).help("Also open the link in a browser");
    command
        .arg(globals::requires(oauth, CLIENT_ID))
        .arg(option(CLIENT_ID, "ID", "Client id of the app (--oauth)"))
        .arg(option(
            CLIENT_SECRET,
            "SECRET",
            "Client secret, unless the app is a public client: env:NAME, file:PATH or -",
        ))
        .arg(option(SCOPE, "SCOPES", "OAuth2 scopes, separated by spaces [default: identify]"))
        .arg(
            option(PORT, "PORT", "Port of the redirect URL http://127.0.0.1:PORT/callback [default: 8765]")
                .value_parser(globals::whole::<u16>(0, u16::MAX.into())),
        )
        .arg(globals::requires(browser, OAUTH))
}

/// Whether the login is one by OAuth2.
pub fn is_asked(matches: &ArgMatches) -> bool {
    matches.get_flag(OAUTH)
}

/// Lets the user allow the authorization, and exchanges its code for tokens.
pub fn authorize(context: &Context, matches: &ArgMatches) -> Result<Grant> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    if let Some(id) = text(CLIENT_ID).filter(|id| id.parse::<Snowflake>().is_err()) {
        let wanted = "the id of an app; copy it in the developer portal, under OAuth2".to_owned();
        return Err(Error::Value { flag: "--client-id".to_owned(), text: id, wanted }.into());
    }
    let client = Grant {
        access_token: Secret::new(""),
        refresh_token: None,
        expires_ms: None,
        client_id: text(CLIENT_ID).unwrap_or_default(),
        client_secret: text(CLIENT_SECRET).map(|source| client_secret(&source)).transpose()?,
    };
    let verifier = Secret::new(random());
    // The state is printed with the link. It protects this login, and is worthless afterwards.
    let state = random();
    let issuer = issuer(context)?;
    let port = matches.get_one::<u16>(PORT).copied().unwrap_or(DEFAULT_PORT);
    let (code, redirect) = context.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| cannot_listen(port, &error))?;
        let redirect = format!("http://127.0.0.1:{}{CALLBACK}", listener.local_addr()?.port());
        let mut url = issuer.join("/oauth2/authorize").map_err(|error| failed(error.to_string()))?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.client_id)
            .append_pair("scope", &text(SCOPE).unwrap_or_else(|| "identify".to_owned()))
            .append_pair("redirect_uri", &redirect)
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        announce(context, &url, &redirect, matches.get_flag(BROWSER));
        let waited = timeout(PATIENCE, redirected(&listener, &state, &issuer)).await;
        let code = waited.map_err(|_| failed("nobody allowed it within 5 minutes".to_owned()))??;
        Ok::<_, crate::error::Error>((code, redirect))
    })??;
    let plain = |name: &str, value: &str| (name.to_owned(), Text::Plain(value.to_owned()));
    let fields = vec![
        plain("grant_type", "authorization_code"),
        ("code".to_owned(), Text::Hidden(code)),
        plain("redirect_uri", &redirect),
        ("code_verifier".to_owned(), Text::Hidden(verifier)),
    ];
    context.app.exchange_grant(fields, &client)
}

/// The error for a port at which dcord cannot wait for the browser.
fn cannot_listen(port: u16, error: &io::Error) -> crate::error::Error {
    let message = format!("--port: cannot use the port {port} of this machine: {}", fault::words(error));
    let other = if port == DEFAULT_PORT { DEFAULT_PORT + 1 } else { DEFAULT_PORT };
    let hint = format!("use another port, such as --port {other}, and add its redirect URL to the app");
    Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into()
}

fn client_secret(source: &str) -> Result<Secret> {
    let what = "--client-secret";
    let literal = || Error::LiteralSecret { what: what.to_owned(), variable: env::holding(source) };
    let source = SecretSource::parse(source).ok_or_else(literal)?;
    Ok(source.fetch(what)?.map_or_else(secret::from_stdin, Ok)?)
}

/// The issuer: the host of the API.
fn issuer(context: &Context) -> Result<Url> {
    let api = context.app.api_url()?;
    Ok(Url::parse(&api.origin()).map_err(|error| failed(error.to_string()))?)
}

/// Shows the link on stderr, because the result of the login goes to stdout.
fn announce(context: &Context, url: &Url, redirect: &str, opens: bool) {
    let console = &context.console;
    console.note(format_args!(
        "add this redirect URL to the app, if it is not there yet (developer portal, OAuth2, Redirects): {redirect}"
    ));
    console.note(format_args!("open this link and allow the app: {url}"));
    if opens {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let mut browser = Process::new(program);
        browser.arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Err(error) = browser.spawn() {
            console.warn(format_args!("cannot run {program}: {error}"));
        }
    }
}

/// Waits for the browser to be redirected here, and returns the code of the authorization. Other requests, such as one for an
/// icon, get a 404.
async fn redirected(listener: &TcpListener, state: &str, issuer: &Url) -> Result<Secret> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        let Ok(Some(target)) = timeout(READ_WITHIN, target(&mut stream)).await else { continue };
        let Some(query) = target.strip_prefix(CALLBACK).and_then(|rest| rest.strip_prefix('?')) else {
            answer(&mut stream, "404 Not Found", "Not found.").await;
            continue;
        };
        let result = code(query, state, issuer);
        let (status, text) = match &result {
            Ok(_) => ("200 OK", "dcord is signed in. You can close this window."),
            Err(_) => ("400 Bad Request", "dcord could not sign in. Its message on the terminal says why."),
        };
        answer(&mut stream, status, text).await;
        return Ok(result?);
    }
}

/// The code in the query of the redirect, if the redirect belongs to this authorization and to this server.
fn code(query: &str, state: &str, issuer: &Url) -> Result<Secret, config::Error> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if value("state") != Some(state) {
        return Err(failed("the redirect does not belong to this login (its state is another one)".to_owned()));
    }
    let is_issuer = |iss: &str| Url::parse(iss).is_ok_and(|iss| iss.origin() == issuer.origin());
    match value("iss") {
        Some(iss) if is_issuer(iss) => {}
        Some(iss) => return Err(failed(format!("the redirect comes from another server, {iss:?}"))),
        None => return Err(failed("the redirect does not name the server that it comes from (iss)".to_owned())),
    }
    match (value("code"), value("error")) {
        (Some(code), None) => Ok(Secret::new(code)),
        (_, Some("access_denied")) => Err(failed("the user did not allow it".to_owned())),
        (_, error) => Err(failed(format!("the server answered {:?}", error.unwrap_or("nothing")))),
    }
}

/// The target of a GET request.
async fn target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&buffer[..count]);
        if head.len() > LONGEST_HEAD {
            return None;
        }
    }
    let head = std::str::from_utf8(&head).ok()?;
    Some(head.strip_prefix("GET ")?.split(' ').next()?.to_owned())
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    // The browser may be gone, which changes nothing.
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// 32 random bytes in characters of URLs.
fn random() -> String {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

fn failed(reason: String) -> config::Error {
    config::Error::Grant { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_from_a_redirect_of_this_login_and_this_server_alone() {
        let (state, issuer) = ("a-state-of-this-login", Url::parse("https://discord.com").unwrap());
        let iss = "iss=https%3A%2F%2Fdiscord.com";
        let code = |query: &str| code(query, state, &issuer).map(|code| code.expose().to_owned());
        assert_eq!(code(&format!("code=c&state=a-state-of-this-login&{iss}")).unwrap(), "c");
        for query in [
            format!("code=c&{iss}"),
            format!("code=c&state=another&{iss}"),
            "code=c&state=a-state-of-this-login".to_owned(),
            "code=c&state=a-state-of-this-login&iss=https%3A%2F%2Fexample.com".to_owned(),
            format!("error=access_denied&state=a-state-of-this-login&{iss}"),
            format!("state=a-state-of-this-login&{iss}"),
        ] {
            assert!(code(&query).is_err(), "{query}");
        }
    }
}
