//! `dcord auth login --oauth`: a user allows an app, and dcord keeps and renews the access token.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use serde_json::Value;
use url::Url;

use super::support::{Sandbox, World};

/// The access token of the sandbox's owner.
const ACCESS_TOKEN: &str = "sandbox-access-token-of-the-owner";

/// A sandbox, a world without a token, and the id of the app.
fn world() -> (Sandbox, World, String) {
    let sandbox = Sandbox::serve(&[]);
    let app = sandbox.world().run(["application", "get", "-o", "id"]).stdout.trim().to_owned();
    let world = sandbox.world().without("DCORD_TOKEN");
    world.secret(ACCESS_TOKEN);
    (sandbox, world, app)
}

/// A login that waits for the browser, and its link.
fn begin(world: &World, app: &str) -> (Child, Url) {
    let mut command = world.command();
    command.args(["auth", "login", "--oauth", "--client-id", app, "--scope", "identify guilds", "--port", "0"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("/oauth2/authorize"))).unwrap().unwrap();
    let at = line.find("http://").unwrap();
    // Its other lines are read, so that it can write them.
    std::thread::spawn(move || lines.for_each(drop));
    (child, Url::parse(line[at..].trim()).unwrap())
}

/// What a server answers to a browser.
fn get(url: &Url) -> String {
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
    let target = &url[url::Position::BeforePath..];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The URL to which the browser is redirected.
fn redirect(url: &Url) -> Url {
    let answer = get(url);
    let location =
        answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{answer}"));
    Url::parse(location).unwrap()
}

/// How the login ends.
fn end(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn sign_in(world: &World, app: &str) -> Value {
    let (child, link) = begin(world, app);
    let answer = get(&redirect(&link));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("dcord is signed in"), "{answer}");
    let (status, stdout) = end(child);
    assert_eq!(status, Some(0), "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn a_user_allows_the_app_in_the_browser_and_dcord_stores_the_tokens_privately() {
    let (_sandbox, world, app) = world();
    let result = sign_in(&world, &app);
    assert_eq!((&result["stored"], &result["user"]), (&"file".into(), &"owner".into()), "{result}");
    let file = world.path("config/dcord/tokens/default.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let config = fs::read_to_string(world.path("config/dcord/config.toml")).unwrap();
    assert!(config.contains("token_oauth = ") && !config.contains(ACCESS_TOKEN), "{config}");
    let me = world.run(["oauth2", "get-me", "--jq", ".user.username"]);
    assert_eq!((me.status, me.stdout.as_str()), (Some(0), "owner\n"), "{me}");
    assert_eq!(world.run(["auth", "status", "--jq", ".type"]).stdout, "bearer\n");
    assert_eq!(world.run(["auth", "logout"]).status, Some(0));
    assert!(!file.exists());
}

#[test]
fn a_redirect_that_is_not_of_this_login_ends_it() {
    let (_sandbox, world, app) = world();
    for change in [("state", "another"), ("iss", "https://example.com")] {
        let (child, link) = begin(&world, &app);
        let mut forged = redirect(&link);
        let pairs: Vec<(String, String)> = forged.query_pairs().into_owned().collect();
        let changed = pairs.iter().map(|(name, value)| (name, if name == change.0 { change.1 } else { value }));
        forged.query_pairs_mut().clear().extend_pairs(changed);
        let mut other = forged.clone();
        other.set_path("/favicon.ico");
        assert!(get(&other).starts_with("HTTP/1.1 404"), "another path does not end the login");
        assert!(get(&forged).starts_with("HTTP/1.1 400"));
        assert_eq!(end(child).0, Some(4), "{change:?}");
    }
    assert!(!world.path("config/dcord").exists());
}

#[test]
fn an_expired_token_is_renewed_once_by_whichever_process_comes_first() {
    let (_sandbox, world, app) = world();
    sign_in(&world, &app);
    let file = world.path("config/dcord/tokens/default.json");
    let read = || -> Value { serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap() };
    let mut grant = read();
    grant["expires_ms"] = 0.into();
    fs::write(&file, grant.to_string()).unwrap();
    // A refresh token works once: a second renewal with it would fail.
    let run = world.shell(
        "for i in 1 2 3 4 5; do \"$DCORD\" oauth2 get-me --jq .user.username || echo failed; done & \
         for i in 1 2 3 4 5; do \"$DCORD\" oauth2 get-me --jq .user.username || echo failed; done; wait",
    );
    assert_eq!(run.stdout, "owner\n".repeat(10), "{run}");
    let renewed = read();
    assert!(renewed["expires_ms"].as_i64() > Some(0) && renewed["refresh_token"] != grant["refresh_token"]);
    grant["refresh_token"] = "used-up".into();
    fs::write(&file, grant.to_string()).unwrap();
    let run = world.run(["oauth2", "get-me"]);
    assert_eq!(run.status, Some(4), "{run}");
    assert!(run.stderr.contains("dcord auth login --oauth"), "{run}");
}

#[test]
fn a_port_in_use_and_a_wrong_client_id_are_errors_that_name_their_option() {
    let (_sandbox, world, app) = world();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = world.run(["auth", "login", "--oauth", "--client-id", &app, "--port", &port]);
    assert_eq!(run.status, Some(2), "{run}");
    let expected = format!("error: --port: cannot use the port {port} of this machine: ");
    assert!(run.stderr.starts_with(&expected) && run.stderr.contains("--port 8765"), "{run}");
    let run = world.run(["auth", "login", "--oauth", "--client-id", "x"]);
    assert!(
        run.status == Some(2) && run.stderr.starts_with("error: --client-id: \"x\" is not the id of an app"),
        "{run}"
    );
}
