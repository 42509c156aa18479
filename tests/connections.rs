//! TLS, HTTP/2 and proxies, for requests and for the gateway.

use std::net::SocketAddr;

use serde_json::json;

use super::support::{Certificate, Manner, Network, Recorder, Reply, Sandbox, Server, TOKEN, World};

/// Returns a world that uses `server` as Discord and trusts the certificates of the network.
fn world(network: &Network, server: &Server) -> World {
    let url = format!("https://localhost:{}", server.port());
    let world = World::new().named(&format!("localhost:{}", server.port()), "[server]").env("DCORD_API_URL", url);
    let file = world.file("authority.pem", network.pem());
    world.env("SSL_CERT_FILE", file)
}

fn address(recorder: &Recorder) -> SocketAddr {
    recorder.address().parse().unwrap()
}

#[test]
fn a_request_uses_http_2_if_the_server_supports_it() {
    let network = Network::new();
    let certificate = Certificate { protocols: &["h2", "http/1.1"], ..Certificate::default() };
    let server = network.http2(&certificate, |_| r#"{"id":"9"}"#.to_owned());
    let outcome = world(&network, &server).run(["channel", "get", "1"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "{\"id\":\"9\"}\n"), "{outcome}");
    let port = server.port();
    assert_eq!(server.seen(), [format!("HTTP/2.0 GET https://localhost:{port}/channels/1 Bot {TOKEN}")]);
}

#[test]
fn the_pages_of_a_list_share_one_http_2_connection() {
    let network = Network::new();
    let server = network.http2(&Certificate { protocols: &["h2"], ..Certificate::default() }, |target| {
        let ids = if target.contains("before=") { 1..=3 } else { 101..=200 };
        json!(ids.rev().map(|id| json!({"id": id.to_string()})).collect::<Vec<_>>()).to_string()
    });
    let outcome = world(&network, &server).run(["message", "list", "1", "--all", "-o", "id"]);
    assert_eq!((outcome.status, outcome.stdout.lines().count()), (Some(0), 103), "{outcome}");
    assert_eq!((server.seen().len(), server.connections()), (2, 1));
}

#[test]
fn a_request_works_over_http_1_with_tls_1_2_and_1_3() {
    let network = Network::new();
    static VERSIONS: [&[&rustls::SupportedProtocolVersion]; 2] =
        [&[&rustls::version::TLS12], &[&rustls::version::TLS13]];
    for versions in VERSIONS {
        let backend = Recorder::new();
        let server = network.secure(&Certificate { versions, ..Certificate::default() }, address(&backend));
        let outcome = world(&network, &server).run(["channel", "get", "1"]);
        assert_eq!(outcome.status, Some(0), "{outcome}");
        assert_eq!(backend.one().header("authorization"), Some(format!("Bot {TOKEN}").as_str()));
    }
}

#[test]
fn an_invalid_certificate_is_an_error_that_names_the_fault() {
    let network = Network::new();
    let backend = Recorder::new();
    for (certificate, expected, hint) in [
        (Certificate { until: 2021, ..Certificate::default() }, "its certificate has expired", "clock"),
        (Certificate { from: 2199, ..Certificate::default() }, "its certificate is not valid yet", "clock"),
        (
            Certificate { names: &["a.test", "b.test"], ..Certificate::default() },
            "its certificate is for a different name: a.test, b.test",
            "--api-url",
        ),
    ] {
        let server = network.secure(&certificate, address(&backend));
        let world = world(&network, &server);
        let outcome = world.run(["channel", "get", "1"]);
        assert_eq!(outcome.status, Some(8), "{outcome}");
        let shown = outcome.to_string();
        assert!(
            shown.contains(&format!("error: cannot establish a TLS connection to [server]: {expected}\n")),
            "{shown}"
        );
        assert!(shown.contains(hint), "{shown}");
        assert_eq!(server.connections(), 1, "it is not tried again\n{shown}");
    }
    assert!(backend.take().is_empty());
}

#[test]
fn a_certificate_from_an_unknown_authority_has_a_hint_how_to_trust_it() {
    let network = Network::new();
    let backend = Recorder::new();
    let server = network.secure(&Certificate::default(), address(&backend));
    let world = world(&network, &server);
    // A flag precedes the environment.
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--ca", "builtin"]), @r"
    exit: 8
    --- stderr
    error: cannot establish a TLS connection to [server]: its certificate is not trusted: the authority that issued it is unknown
      hint: if a proxy inspects TLS connections, trust its certificate with --ca native or SSL_CERT_FILE=FILE
    ");
    assert_eq!(server.connections(), 1);
    for ca in ["builtin", "native"] {
        assert_eq!(world.run(["channel", "get", "1", "--ca", ca]).status, Some(8), "{ca}");
    }
    assert_eq!(world.run(["channel", "get", "1"]).status, Some(0));
    let world = world.env("DCORD_ERRORS", "json").without("SSL_CERT_FILE");
    assert!(world.run(["channel", "get", "1"]).stderr.contains(r#""kind":"tls""#));
}

#[test]
fn the_ca_flag_precedes_the_environment_and_that_precedes_the_profile() {
    let network = Network::new();
    let backend = Recorder::new();
    let server = network.secure(&Certificate::default(), address(&backend));
    let mut world = world(&network, &server).env("DCORD_PROFILE", "p");
    let get = |world: &World, words: &[&str]| world.run([&["channel", "get", "1"], words].concat()).status;
    world.config("[profiles.p]\nca = \"builtin\"\n", 0o600);
    assert_eq!(get(&world, &[]), Some(0), "the environment goes before the profile");
    assert_eq!(get(&world, &["--ca", "builtin"]), Some(8));
    // A folder of certificates works alone and together with a file.
    let folder = world.path("certificates");
    world.file("certificates/one.pem", network.pem());
    let other = world.file("other.pem", super::support::Authority::new().pem());
    world.set("SSL_CERT_FILE", &other);
    assert_eq!(get(&world, &[]), Some(8));
    world.set("SSL_CERT_DIR", &folder);
    assert_eq!(get(&world, &[]), Some(0));
    let world = world.without("SSL_CERT_FILE");
    assert_eq!(get(&world, &[]), Some(0));
    let world = world.without("SSL_CERT_DIR");
    assert_eq!(get(&world, &[]), Some(8), "the profile goes before the default, which is the same here");
    world.config("[profiles.p]\nca = \"some\"\n", 0o600);
    assert_eq!(get(&world, &[]), Some(2));
}

#[test]
fn an_error_names_the_file_without_certificates() {
    let network = Network::new();
    let server = network.secure(&Certificate::default(), address(&Recorder::new()));
    let mut world = world(&network, &server);
    world.set("SSL_CERT_FILE", world.path("missing.pem"));
    insta::assert_snapshot!(world.run(["channel", "get", "1"]), @r"
    exit: 1
    --- stderr
    error: cannot read certificates from [world]/missing.pem: there is no such file or folder
    ");
    let empty = world.file("empty.pem", "nothing");
    world.set("SSL_CERT_FILE", &empty);
    insta::assert_snapshot!(world.run(["listen", "-e", "READY"]), @r"
    exit: 1
    --- stderr
    error: cannot read certificates from [world]/empty.pem: it has no certificate
    ");
    assert_eq!(server.connections(), 0);
}

/// Discord at the name `discord.test`, which only a proxy can resolve: REST on port 443, and the gateway of a
/// sandbox on port 8443.
struct Discord {
    network: Network,
    sandbox: Sandbox,
    rest: Recorder,
}

impl Discord {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(args: &[&str]) -> Self {
        let sandbox = Sandbox::serve(args);
        let rest = Recorder::answering(|request| match request.path() {
            "/gateway/bot" => Reply::ok(&json!({
                "url": "wss://discord.test:8443",
                "shards": 1,
                "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 1000, "max_concurrency": 1},
            })),
            _ => Reply::ok(&json!({"id": "9"})),
        });
        let mut network = Network::new();
        let server = network.secure(&Certificate::default(), address(&rest));
        network.name("discord.test:443", server.address);
        let gateway = sandbox.value("gateway_url").trim_start_matches("ws://").trim_end_matches('/');
        let gateway = network.secure(&Certificate::default(), gateway.parse().unwrap());
        network.name("discord.test:8443", gateway.address);
        Self { network, sandbox, rest }
    }

    /// Returns a world that reaches Discord through this proxy.
    fn through(&self, proxy: &Server, url: &str) -> World {
        let address = proxy.address.to_string();
        let world = World::new()
            .named(&address, "[proxy]")
            .env("DCORD_API_URL", "https://discord.test")
            .env("DCORD_TOKEN", self.sandbox.value("token"))
            .env("HTTPS_PROXY", url.replace("PROXY", &address));
        let file = world.file("authority.pem", self.network.pem());
        world.env("SSL_CERT_FILE", file)
    }
}

const LISTEN: [&str; 6] = ["listen", "-e", "READY", "--count", "1", "--jq=.t"];

#[test]
fn requests_and_the_gateway_go_through_a_proxy_that_sees_only_host_names() {
    let discord = Discord::new();
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: None });
    let world = discord.through(&proxy, "http://PROXY");
    assert_eq!(world.run(["channel", "get", "1"]).status, Some(0));
    assert_eq!(discord.rest.one().path(), "/channels/1");
    let outcome = world.run(LISTEN);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "READY\n"), "{outcome}");
    let seen = proxy.seen();
    assert!(seen.iter().all(|head| !head.contains(discord.sandbox.value("token"))), "{seen:?}");
    let lines: Vec<_> = seen.iter().map(|head| head.lines().next().unwrap()).collect();
    assert_eq!(lines[0], "CONNECT discord.test:443 HTTP/1.1");
    assert_eq!(lines.last(), Some(&"CONNECT discord.test:8443 HTTP/1.1"));
}

#[test]
fn a_proxys_credentials_are_decoded_sent_to_it_and_never_shown() {
    let discord = Discord::new();
    // `us@er:p:ss/w`
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: Some("Basic dXNAZXI6cDpzcy93") });
    let world = discord.through(&proxy, "http://us%40er:p%3Ass%2Fw@PROXY");
    for secret in ["p%3Ass%2Fw", "p:ss/w", "dXNAZXI6cDpzcy93"] {
        world.secret(secret);
    }
    assert_eq!(world.run(["channel", "get", "1", "-vv"]).status, Some(0));
    let outcome = world.run(LISTEN);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "READY\n"), "{outcome}");

    let wrong = discord.through(&proxy, "http://us%40er:wrong-password@PROXY");
    wrong.secret("wrong-password");
    proxy.connections();
    insta::assert_snapshot!(wrong.run(["channel", "get", "1"]), @r"
    exit: 8
    --- stderr
    error: the proxy [proxy] rejects the credentials in its URL (407)
      hint: put percent-encoded credentials into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT
    ");
    assert!(proxy.connections() <= 2, "it is not tried again");
    insta::assert_snapshot!(discord.through(&proxy, "http://PROXY").run(["listen", "-e", "READY"]), @r"
    exit: 8
    --- stderr
    error: the proxy [proxy] requires credentials (407)
      hint: put percent-encoded credentials into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT
    ");
}

#[test]
fn a_proxy_may_be_behind_tls_or_speak_socks() {
    let discord = Discord::new();
    let plain = discord.network.proxy(Manner::Tunnel { credentials: None });
    let secure = discord.network.secure_proxy(&Certificate::default(), &plain);
    let socks = discord.network.proxy(Manner::Socks { credentials: None });
    let guarded = discord.network.proxy(Manner::Socks { credentials: Some(("user", "pa:ss")) });
    let https = format!("https://localhost:{}", secure.port());
    for (proxy, url) in
        [(&plain, https.as_str()), (&socks, "socks5h://PROXY"), (&guarded, "socks5h://user:pa%3Ass@PROXY")]
    {
        let world = discord.through(proxy, url);
        let outcome = world.run(["channel", "get", "1"]);
        assert_eq!(outcome.status, Some(0), "{url}\n{outcome}");
        let outcome = world.run(LISTEN);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "READY\n"), "{url}\n{outcome}");
        assert!(proxy.seen().iter().any(|seen| seen.contains("discord.test:8443")), "{url}");
    }
    let refused =
        discord.through(&guarded, "socks5h://user:wrong@PROXY").run(["channel", "get", "1", "--retries", "0"]);
    assert_eq!(refused.status, Some(8), "{refused}");
    assert!(refused.to_string().contains("error: the proxy [proxy] cannot connect to discord.test:443"), "{refused}");
}

#[test]
fn errors_from_a_proxy_name_the_proxy() {
    let discord = Discord::new();
    for (answer, expected) in [
        (&b"HTTP/1.1 502 Bad Gateway\r\n\r\n"[..], "cannot connect to discord.test:443: it returned 502"),
        (
            b"HTTP/1.0 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!",
            "cannot connect to discord.test:443: it returned 403",
        ),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "did not respond with HTTP"),
        (b"HTTP/1.1 many\r\n\r\n", "did not respond with HTTP"),
        (b"", "closed the connection instead of connecting to discord.test:443"),
    ] {
        let proxy = discord.network.proxy(Manner::Answer(answer));
        let world = discord.through(&proxy, "http://PROXY");
        let outcome = world.run(["channel", "get", "1", "--retries", "0"]);
        assert_eq!(outcome.status, Some(8), "{outcome}");
        let shown = outcome.to_string();
        assert!(shown.contains(&format!("error: the proxy [proxy] {expected}\n  hint: ")), "{shown}");
        assert!(shown.contains("HTTPS_PROXY") && !shown.contains("Discord"), "{shown}");
    }
    // The address of a proxy that does not exist.
    let gone = discord.network.proxy(Manner::Answer(b""));
    let world = discord.through(&gone, "http://127.0.0.1:1");
    let outcome = world.run(["channel", "get", "1", "--retries", "0"]);
    assert!(outcome.stderr.starts_with("error: cannot connect to the proxy 127.0.0.1:1: "), "{outcome}");
    assert_eq!(outcome.status, Some(8), "{outcome}");
}

#[test]
fn certificates_are_verified_through_a_proxy_too() {
    let mut discord = Discord::new();
    let expired = Certificate { until: 2021, ..Certificate::default() };
    let server = discord.network.secure(&expired, address(&discord.rest));
    discord.network.name("discord.test:443", server.address);
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: None });
    let outcome = discord.through(&proxy, "http://PROXY").run(["channel", "get", "1"]);
    assert_eq!(outcome.status, Some(8), "{outcome}");
    assert!(
        outcome.stderr.contains("cannot establish a TLS connection to discord.test: its certificate has expired"),
        "{outcome}"
    );
    let secure = discord.network.secure_proxy(&expired, &proxy);
    let url = format!("https://localhost:{}", secure.port());
    let outcome = discord.through(&proxy, &url).run(["channel", "get", "1"]);
    assert!(
        outcome.stderr.contains(&format!("to the proxy localhost:{}: its certificate has expired", secure.port())),
        "{outcome}"
    );
}

#[test]
fn a_reconnect_goes_through_the_proxy_too() {
    let discord = Discord::with(&["--fault=reconnect,times=1"]);
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: None });
    let world = discord.through(&proxy, "http://PROXY");
    let outcome =
        world.run(["listen", "--meta", "-e", "READY,RESUMED", "--jq=.t", "--duration", "20s", "--count", "2"]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let opened = proxy.seen().iter().filter(|head| head.starts_with("CONNECT discord.test:8443 ")).count();
    assert!(opened >= 2, "{opened}\n{outcome}");
}

#[test]
fn proxy_variables_have_the_same_meaning_as_for_curl() {
    let discord = Discord::new();
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: None });
    // Nothing listens at this address, and it requires no name lookup.
    let mut world = discord.through(&proxy, "http://PROXY").env("DCORD_API_URL", "https://0.0.0.0:1");
    let get = |world: &World| world.run(["channel", "get", "1", "--retries", "0"]);
    for except in ["0.0.0.0", "0.0.0.0/8", "*", "0.0.0.0:1", "x, 0.0.0.0"] {
        world.set("NO_PROXY", except);
        let outcome = get(&world);
        assert!(outcome.stderr.starts_with("error: cannot connect to 0.0.0.0:1: "), "{except}\n{outcome}");
        assert_eq!(proxy.connections(), 0, "{except}");
    }
    for except in ["0.0.0.0:2", "10.0.0.0/8", "example.com"] {
        world.set("NO_PROXY", except);
        let outcome = get(&world);
        assert!(outcome.stderr.starts_with("error: the proxy "), "{except}\n{outcome}");
    }
    for name in ["https_proxy", "ALL_PROXY", "all_proxy"] {
        let world = discord.through(&proxy, "").without("HTTPS_PROXY").env(name, proxy.address.to_string());
        assert_eq!(get(&world).status, Some(0), "{name}");
        let direct = world.env("no_proxy", "0.0.0.0").env("DCORD_API_URL", "https://0.0.0.0:1");
        assert!(get(&direct).stderr.starts_with("error: cannot connect to 0.0.0.0:1: "), "{name}");
    }
    let world = discord.through(&proxy, "http://127.0.0.1:1").env("ALL_PROXY", proxy.address.to_string());
    assert_eq!(get(&world).status, Some(8), "the first that is set holds");
}

#[test]
fn an_invalid_proxy_variable_is_a_usage_error_that_hides_its_value() {
    let discord = Discord::new();
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: None });
    let world = discord.through(&proxy, "ftp://user:hunter2hunter2@PROXY");
    world.secret("hunter2hunter2");
    for words in [&["channel", "get", "1"][..], &["listen", "-e", "READY"]] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.run(words), @r"
            exit: 2
            --- stderr
            error: HTTPS_PROXY is not a proxy URL: the scheme must be http, https, socks5 or socks5h
            ");
        }
    }
    assert_eq!(proxy.connections(), 0);
    // An invalid proxy has no effect on connections to this machine.
    assert_eq!(discord.sandbox.world().env("HTTPS_PROXY", "ftp://x").run(["user", "get-me"]).status, Some(0));
}

#[test]
fn the_gateway_uses_tls_without_a_proxy_too() {
    let network = Network::new();
    let sandbox = Sandbox::serve(&[]);
    let gateway = sandbox.value("gateway_url").trim_start_matches("ws://").trim_end_matches('/').parse().unwrap();
    let gateway = network.secure(&Certificate::default(), gateway);
    let port = gateway.port();
    let rest = Recorder::answering(move |_| {
        Reply::ok(&json!({
            "id": "9",
            "url": format!("wss://localhost:{port}"),
            "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 1000, "max_concurrency": 1},
        }))
    });
    let server = network.secure(&Certificate::default(), address(&rest));
    let world = world(&network, &server).env("DCORD_TOKEN", sandbox.value("token"));
    let outcome = world.run(LISTEN);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "READY\n"), "{outcome}");
}

#[test]
fn an_invalid_gateway_certificate_ends_a_listener_that_was_never_connected() {
    let network = Network::new();
    let backend = Recorder::new();
    let expired = Certificate { until: 2021, ..Certificate::default() };
    let gateway = network.secure(&expired, address(&backend));
    let port = gateway.port();
    let rest = Recorder::answering(move |_| {
        Reply::ok(&json!({
            "id": "9",
            "url": format!("wss://localhost:{port}"),
            "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 1000, "max_concurrency": 1},
        }))
    });
    let server = network.secure(&Certificate::default(), address(&rest));
    let world = world(&network, &server).named(&format!("localhost:{port}"), "[gateway]");
    insta::assert_snapshot!(world.run(LISTEN), @r"
    exit: 8
    --- stderr
    error: cannot connect to the gateway wss://[gateway]: cannot establish a TLS connection to localhost: its certificate has expired
      hint: check this machine's clock
    ");
    assert_eq!(gateway.connections(), 1, "it is not tried again");
    assert!(backend.take().is_empty());
}

#[test]
fn a_proxy_that_refuses_the_gateway_ends_the_listener_with_its_response() {
    let mut discord = Discord::new();
    discord.network.forget("discord.test:8443");
    let proxy = discord.network.proxy(Manner::Tunnel { credentials: None });
    let world = discord.through(&proxy, "http://PROXY");
    insta::assert_snapshot!(world.run(LISTEN), @r"
    exit: 8
    --- stderr
    error: cannot connect to the gateway wss://discord.test:8443: the proxy [proxy] cannot connect to discord.test:8443: it returned 403
      hint: check HTTPS_PROXY; NO_PROXY lists the hosts that need no proxy
    ");
}
