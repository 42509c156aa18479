//! Secrets: their sources, their destinations, and the outputs that must not contain them.
//!
//! `support::World` also searches each run for its tokens.

use serde_json::json;

use super::support::{Recorder, Reply, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};

fn webhook_url() -> String {
    format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}")
}

/// Checks that the webhook received the message without a bot token.
fn webhook_got(server: &Recorder, text: &str) {
    let request = server.one();
    assert_eq!(request.target, format!("/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}?wait=true"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.json()["content"], text);
}

#[test]
fn a_webhook_url_is_read_from_each_source() {
    let server = Recorder::new();
    let world = World::at(&server).without("DCORD_TOKEN").env("HOOK", webhook_url());
    let done = |outcome: super::support::Outcome| assert_eq!(outcome.status, Some(0), "{outcome}");
    done(world.run(["webhook", "send", "env:HOOK", "a"]));
    webhook_got(&server, "a");
    let path = world.file("hook", format!("{}\n", webhook_url()));
    done(world.run(["webhook", "send", &format!("file:{path}"), "b"]));
    webhook_got(&server, "b");
    done(world.run_with(["webhook", "send", "-", "c"], webhook_url()));
    webhook_got(&server, "c");
    for variable in ["DCORD_WEBHOOK_URL", "DISCORD_WEBHOOK_URL"] {
        let world = World::at(&server).env(variable, webhook_url());
        done(world.run(["webhook", "send", "d"]));
        webhook_got(&server, "d");
    }
    let text = format!("[profiles.ci]\nwebhooks.alerts = \"{}\"\n", webhook_url());
    world.config(&text, 0o600);
    done(world.run(["webhook", "send", "alerts", "e", "--profile", "ci"]));
    webhook_got(&server, "e");
    // If a variable names the webhook, `-` is the text.
    let world = World::at(&server).env("DCORD_WEBHOOK_URL", webhook_url());
    done(world.run_with(["webhook", "send", "-"], "f"));
    webhook_got(&server, "f");
}

#[test]
fn a_profile_with_secrets_that_others_can_read_is_refused() {
    let world = World::new();
    let text = format!("[profiles.ci]\nwebhooks.alerts = \"{}\"\n", webhook_url());
    world.config(&text, 0o644);
    insta::assert_snapshot!(world.run(["webhook", "send", "alerts", "e", "--profile", "ci"]), @r"
    exit: 1
    --- stderr
    error: [world]/config/dcord/config.toml contains a secret, but other users can read it
      hint: make it private: chmod 600 [world]/config/dcord/config.toml
    ");
    world.config(&format!("[profiles.ci]\ntoken = \"{TOKEN}\"\n"), 0o640);
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--profile", "ci"]), @r"
    exit: 1
    --- stderr
    error: [world]/config/dcord/config.toml contains a secret, but other users can read it
      hint: make it private: chmod 600 [world]/config/dcord/config.toml
    ");
    // A configuration without secrets may be readable by everyone.
    world.config("[profiles.ci]\nguild = \"5\"\n", 0o644);
    insta::assert_snapshot!(world.run(["member", "get", "1", "--profile", "ci", "--dry-run"]), @r#"
    exit: 0
    --- stdout
    {"method":"GET","url":"http://127.0.0.1:1/guilds/5/members/1","headers":{"Authorization":"Bot [hidden]"}}
    "#);
}

#[test]
fn a_typed_secret_is_refused_and_not_printed() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["webhook", "send", &webhook_url(), "a"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    insta::assert_snapshot!(world.run(["webhook", "delete-message", &webhook_url(), "5", "--yes"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    insta::assert_snapshot!(world.run(["webhook", "send", &format!("{WEBHOOK_ID}/{WEBHOOK_TOKEN}"), "a"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    insta::assert_snapshot!(world.run(["webhook", "send", WEBHOOK_ID, WEBHOOK_TOKEN, "a"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    insta::assert_snapshot!(world.run(["interaction", "respond", "1", WEBHOOK_TOKEN, "--type", "pong"]), @r"
    exit: 2
    --- stderr
    error: INTERACTION-TOKEN is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    insta::assert_snapshot!(world.run(["member", "add", "1", "2", "--access-token", WEBHOOK_TOKEN]), @r"
    exit: 2
    --- stderr
    error: --access-token is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    insta::assert_snapshot!(world.run(["oauth2", "revoke", "--token", WEBHOOK_TOKEN, "--client-id", "5"]), @r"
    exit: 2
    --- stderr
    error: --token is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
    let body = json!({"access_token": WEBHOOK_TOKEN}).to_string();
    insta::assert_snapshot!(world.run(["member", "add", "1", "2", "--body", &body]), @r"
    exit: 2
    --- stderr
    error: access_token in --body is a secret and cannot be an argument: shells record arguments in their history, and ps shows them
      hint: use env:NAME for a variable, file:PATH for a file, or - for standard input
    ");
}

#[test]
fn a_typed_token_does_not_become_a_message_where_a_variable_names_the_webhook() {
    let server = Recorder::new();
    let world = World::at(&server).env("DCORD_WEBHOOK_URL", webhook_url());
    for words in [
        &[webhook_url()][..],
        &[format!("{WEBHOOK_ID}/{WEBHOOK_TOKEN}")],
        &[WEBHOOK_ID.to_owned(), WEBHOOK_TOKEN.to_owned()],
    ] {
        let outcome = world.run(["webhook", "send"].map(str::to_owned).iter().chain(words));
        assert_eq!(outcome.status, Some(2), "{outcome}");
    }
    assert!(server.take().is_empty());
}

#[test]
fn a_typed_interaction_token_does_not_become_a_message() {
    let server = Recorder::new();
    let token = format!("aW50ZXJhY3Rpb246{}", "x".repeat(160));
    let world = World::at(&server).env("DCORD_INTERACTION_TOKEN", WEBHOOK_TOKEN);
    world.secret(&token);
    for words in [
        &["interaction", "respond", "1", &token, "--type", "pong"][..],
        &["interaction", "respond", "1", &token, "hello"],
        &["interaction", "follow-up", &token],
        &["interaction", "follow-up", &token, "hello", "--application-id", "5"],
        &["interaction", "edit-response", &token, "hello"],
        &["interaction", "edit-follow-up", &token, "3", "hello"],
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(2), "{words:?}\n{run}");
        assert!(run.stderr.contains("INTERACTION-TOKEN is a secret and cannot be an argument"), "{run}");
    }
    assert!(server.take().is_empty());
    // Neither a long word nor a hash is a secret.
    for text in ["Donaudampfschifffahrtsgesellschaft", &"0123456789abcdef".repeat(4)] {
        let run = world.run(["interaction", "follow-up", text, "--application-id", "5"]);
        assert_eq!(run.status, Some(0), "{run}");
        assert_eq!(server.one().json()["content"], text);
    }
}

#[test]
fn a_secret_is_not_sent_as_the_text_of_a_message() {
    let server = Recorder::new();
    let world = World::at(&server);
    for words in [
        &["message", "send", "1", TOKEN][..],
        &["message", "send", "1", "--content", &webhook_url()],
        &["message", "edit", "1", "2", &format!("{}?wait=true", webhook_url())],
        &["message", "send", TOKEN, "hello"],
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(2), "{words:?}\n{run}");
    }
    insta::assert_snapshot!(world.run(["message", "send", "1", TOKEN]), @r"
    exit: 2
    --- stderr
    error: CONTENT contains a token or a webhook URL, which anyone who reads the message could use
      hint: to send it anyway, read it from a file or from standard input: --content-file PATH
    ");
    assert!(server.take().is_empty());
    // Text from stdin is intended, and a text may mention a webhook URL.
    let run = world.run_with(["message", "send", "1", "-"], webhook_url());
    assert_eq!(run.status, Some(0), "{run}");
    let run = world.run(["message", "send", "1", "see https://example.com/webhooks/1/deliveries-and-more"]);
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn the_query_of_a_webhook_url_applies_from_each_source_and_to_each_command() {
    const THREAD: &str = "123456789012345678";
    let server = Recorder::new();
    let url = format!("{}?thread_id={THREAD}&with_components=true&wait=false&utm=x", webhook_url());
    let world = World::at(&server).without("DCORD_TOKEN").env("HOOK", &url);
    let path = world.file("hook", format!("{url}\n"));
    let file = format!("file:{path}");
    world.config(&format!("[profiles.ci]\nwebhooks.alerts = \"{url}\"\n"), 0o600);
    let query = |world: &World, words: &[&str], stdin: &str| {
        let run = world.run_with(words, stdin);
        assert_eq!(run.status, Some(0), "{words:?}\n{run}");
        server.one().target.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    };
    let of_send = format!("wait=true&thread_id={THREAD}&with_components=true");
    assert_eq!(query(&world, &["webhook", "send", "env:HOOK", "a"], ""), of_send);
    assert_eq!(query(&world, &["webhook", "send", &file, "a"], ""), of_send);
    assert_eq!(query(&world, &["webhook", "send", "-", "a"], &url), of_send);
    assert_eq!(query(&world, &["webhook", "send", "alerts", "a", "--profile", "ci"], ""), of_send);
    assert_eq!(query(&world, &["webhook", "send", WEBHOOK_ID, "env:HOOK", "a"], ""), of_send);
    // The short form without the rest of the URL has a query too.
    let short = format!("{WEBHOOK_ID}/{WEBHOOK_TOKEN}?thread_id={THREAD}");
    assert_eq!(query(&world, &["webhook", "send", "-", "a"], &short), format!("wait=true&thread_id={THREAD}"));
    let token = format!("{WEBHOOK_TOKEN}?thread_id={THREAD}");
    let of_token = query(&world, &["webhook", "send", WEBHOOK_ID, "-", "a"], &token);
    assert_eq!(of_token, format!("wait=true&thread_id={THREAD}"));

    let world = world.env("DCORD_WEBHOOK_URL", &url);
    let in_thread = format!("thread_id={THREAD}");
    assert_eq!(query(&world, &["webhook", "send", "a"], ""), of_send);
    assert_eq!(query(&world, &["webhook", "get-message", "5"], ""), in_thread);
    assert_eq!(query(&world, &["webhook", "edit-message", "5", "b"], ""), format!("{in_thread}&with_components=true"));
    assert_eq!(query(&world, &["webhook", "delete-message", "5", "--yes"], ""), in_thread);
    assert_eq!(query(&world, &["webhook", "send-slack", "a"], ""), format!("wait=true&{in_thread}"));
    assert_eq!(query(&world, &["webhook", "get-by-token"], ""), "");
    // Flags precede the query.
    let flags = &["webhook", "send", "a", "--thread-id", "9", "--with-components=false", "--wait=true"];
    assert_eq!(query(&world, flags, ""), "wait=true&thread_id=9&with_components=false");
}

#[test]
fn a_malformed_query_of_a_webhook_url_is_an_error_that_names_the_source() {
    let world = World::new().env("HOOK", format!("{}?thread_id=general", webhook_url()));
    insta::assert_snapshot!(world.run(["webhook", "send", "env:HOOK", "a"]), @r#"
    exit: 2
    --- stderr
    error: thread_id in the URL of WEBHOOK (env:HOOK): "general" is not an id
    "#);
    let world = world.env("DCORD_WEBHOOK_URL", format!("{}?with_components=1&thread_id=1", webhook_url()));
    insta::assert_snapshot!(world.run(["webhook", "send", "a"]), @r#"
    exit: 2
    --- stderr
    error: with_components in the URL of WEBHOOK (DCORD_WEBHOOK_URL): "1" is not true or false
    "#);
    // The commands without these parameters ignore them.
    assert_eq!(world.run(["webhook", "get-by-token", "--dry-run"]).status, Some(0));
    insta::assert_snapshot!(world.run(["webhook", "send", "700000000000000008", "env:HOOK", "a"]), @r"
    exit: 2
    --- stderr
    error: 700000000000000008 and the URL of another webhook in env:HOOK cannot be combined
    ");
}

#[test]
fn a_source_without_a_secret_is_an_error() {
    let world = World::new().env("NOT_A_HOOK", "https://example.com/hook");
    insta::assert_snapshot!(world.run(["webhook", "send", "env:UNSET", "a"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK: the variable UNSET is empty or not set
      hint: set it: export UNSET=…; in CI, pass the secret to this step as a variable
    ");
    insta::assert_snapshot!(world.run(["webhook", "send", "file:missing", "a"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK: cannot read missing: there is no such file or folder
    ");
    insta::assert_snapshot!(world.run(["webhook", "send", "env:NOT_A_HOOK", "a"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK (env:NOT_A_HOOK) is not a webhook URL (https://discord.com/api/webhooks/ID/TOKEN)
      hint: copy the URL in Discord: channel settings, Integrations, Webhooks
    ");
    insta::assert_snapshot!(world.run(["webhook", "send"]), @r"
    exit: 2
    --- stderr
    error: WEBHOOK is missing (usage: dcord webhook send [WEBHOOK] [CONTENT] [OPTIONS])
      hint: set DCORD_WEBHOOK_URL to the webhook's URL, or give env:NAME or file:PATH before the text
    ");
    insta::assert_snapshot!(world.run(["webhook", "send", "nameless", "a"]), @r#"
    exit: 2
    --- stderr
    error: "nameless" is not a webhook, and DCORD_WEBHOOK_URL is not set
      hint: set DCORD_WEBHOOK_URL to the webhook's URL, or give env:NAME or file:PATH before the text
    "#);
}

#[test]
fn an_error_about_a_wrong_webhook_argument_shows_the_right_form() {
    let server = Recorder::new();
    let url = webhook_url();
    let world = World::at(&server).env("CI_HOOK", &url).env("QUOTED", format!("\"{url}\""));
    for (words, hint) in [
        (&["webhook", "send", &url, "a"][..], "hint: use env:CI_HOOK, so that dcord reads the variable CI_HOOK itself"),
        (&["webhook", "send", &format!("env:{url}"), "a"], "hint: use env:CI_HOOK, so that"),
        (&["webhook", "send", "CI_HOOK", "a"], "hint: use env:CI_HOOK to read the variable CI_HOOK"),
        (&["webhook", "send", "$CI_HOOK", "a"], "hint: use env:CI_HOOK to read the variable CI_HOOK"),
        (&["webhook", "send", "", "a"], "error: WEBHOOK is empty"),
        (&["webhook", "send"], "hint: the variable CI_HOOK contains a webhook's URL: use env:CI_HOOK"),
        (&["message", "send", &url, "a"], "dcord webhook send env:CI_HOOK TEXT"),
        (&["message", "send", TOKEN, "a"], "hint: set DCORD_TOKEN to the token"),
        (&["webhook", "send", "env:QUOTED", "a"], "hint: remove the quotation marks from the URL"),
    ] {
        let run = world.run(words);
        assert_eq!(run.status, Some(2), "{words:?}\n{run}");
        assert!(run.stderr.contains(hint), "{words:?}\n{run}");
    }
    assert!(server.take().is_empty());
}

#[test]
fn the_token_of_a_webhook_is_sent_only_to_its_own_server() {
    let server = Recorder::new();
    let elsewhere = format!("https://chat.example.org/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
    let mut world = World::at(&server);
    let mut send = |url: &str| {
        world.set("DCORD_WEBHOOK_URL", url);
        world.run(["webhook", "send", "a"])
    };
    let run = send(&elsewhere);
    assert_eq!(run.status, Some(2), "{run}");
    assert!(
        run.to_string().contains("is a webhook of chat.example.org, but dcord sends requests to [server]"),
        "{run}"
    );
    assert!(run.stderr.contains("hint: set DCORD_API_URL=https://chat.example.org/api\n"), "{run}");
    // A local server issues its own webhooks, under any name of this machine.
    let own = format!("{}/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}", server.url());
    for url in [own.replace("127.0.0.1", "localhost"), own] {
        let run = send(&url);
        assert_eq!(run.status, Some(0), "{run}");
    }
    assert_eq!(server.take().len(), 2);
}

#[test]
fn tokens_are_sent_and_never_shown() {
    let echo = |request: &super::support::Recorded| {
        // The server repeats its request, as debugging proxies do.
        let said = format!("{:?} {} {}", request.headers, request.target, String::from_utf8_lossy(&request.body));
        Reply::json(
            400,
            &json!({"code": 50_035, "message": said, "errors": {"token": {"_errors": [{"code": "BAD", "message": said}]}}}),
        )
    };
    let server = Recorder::answering(echo);
    let world = World::at(&server).env("HOOK", webhook_url()).env("ACCESS", "aCcEsS-0123456789");
    world.secret("aCcEsS-0123456789");
    let log = world.file("log/dcord.log", "");
    for words in [
        &["channel", "get", "1"][..],
        &["webhook", "send", "env:HOOK", "a"],
        &["member", "add", "1", "2", "--access-token", "env:ACCESS"],
        &["oauth2", "revoke", "--token", "env:ACCESS", "--client-id", "5"],
    ] {
        for errors in ["text", "json"] {
            let mut command = world.command();
            command.args(words).args(["-vv", "--log-file", &log]).env("DCORD_ERRORS", errors);
            let outcome = world.finish(command, None);
            assert_eq!(outcome.status, Some(9), "{outcome}");
        }
    }
    assert!(std::fs::read_to_string(&log).unwrap().lines().count() >= 8, "the log tells of each request");
    // Without a server, the errors of the HTTP client contain the URL.
    let world = World::new().env("HOOK", webhook_url());
    let outcome = world.run(["webhook", "send", "env:HOOK", "a", "--retries", "0", "-vv"]);
    assert_eq!(outcome.status, Some(8), "{outcome}");
}

#[test]
fn plain_http_is_allowed_only_to_this_machine() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--api-url", "http://discord.example/api"]), @r"
    exit: 2
    --- stderr
    error: http://discord.example is not allowed: without TLS, the token would be sent unencrypted
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    ");
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--api-url", "http://127.0.0.1.example/api"]), @r"
    exit: 2
    --- stderr
    error: http://127.0.0.1.example is not allowed: without TLS, the token would be sent unencrypted
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    ");
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--api-url", "http://user:pass@127.0.0.1/"]), @r"
    exit: 2
    --- stderr
    error: an API URL cannot have a user name, password, query or fragment
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    ");
    insta::assert_snapshot!(world.run(["channel", "get", "1", "--api-url", "ftp://127.0.0.1/"]), @r#"
    exit: 2
    --- stderr
    error: "ftp://127.0.0.1" does not start with https:// or http://
      hint: --api-url and DCORD_API_URL take an https:// URL, or http:// on this machine
    "#);
}

#[test]
fn a_redirect_does_not_forward_the_token() {
    let elsewhere = Recorder::new();
    let there = format!("{}/channels/1", elsewhere.url());
    let server = Recorder::scripted([Reply::json(302, &json!({})).header("Location", &there)]);
    insta::assert_snapshot!(World::at(&server).run(["channel", "get", "1"]), @r"
    exit: 8
    --- stderr
    error: [server] returned 302 Found, a redirect to 127.0.0.1
      hint: dcord does not follow redirects, which could send the token elsewhere; check --api-url and DCORD_API_URL
    ");
    assert_eq!(server.take().len(), 1);
    assert!(elsewhere.take().is_empty());
}

#[test]
fn requests_to_this_machine_bypass_the_proxy() {
    let proxy = Recorder::new();
    let server = Recorder::new();
    let mut world = World::at(&server);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        world.set(name, proxy.url());
    }
    assert_eq!(world.run(["channel", "get", "1"]).status, Some(0));
    assert_eq!(server.take().len(), 1);
    assert!(proxy.take().is_empty());
}

#[test]
fn the_sources_of_a_token_have_a_fixed_order() {
    let server = Recorder::new();
    let mut world = World::at(&server).env("TOKEN_OF_MINE", TOKEN);
    let sent = |world: &World, words: &[&str]| {
        let outcome = world.run([&["channel", "get", "1"], words].concat());
        assert_eq!(outcome.status, Some(0), "{outcome}");
        assert_eq!(server.one().header("authorization"), Some(format!("Bot {TOKEN}").as_str()));
    };
    let path = world.file("token", format!("{TOKEN}\n"));
    world.set("DCORD_TOKEN", "not-this-one");
    sent(&world, &["--token-file", &path]);
    world.config(&format!("[profiles.a]\ntoken = \"{TOKEN}\"\n"), 0o600);
    sent(&world, &["--profile", "a"]);
    world.config("[profiles.a]\ntoken_env = \"TOKEN_OF_MINE\"\n", 0o644);
    sent(&world, &["--profile", "a"]);
    world.config(&format!("[profiles.a]\ntoken_file = \"{path}\"\n"), 0o644);
    sent(&world, &["--profile", "a"]);
    world.config(&format!("[profiles.a]\ntoken_command = [\"cat\", \"{path}\"]\n"), 0o644);
    sent(&world, &["--profile", "a"]);
    // The prefixes that people write before a token are removed.
    world.set("DCORD_TOKEN", format!("Bot {TOKEN}"));
    sent(&world, &[]);
    let mut world = world.without("DCORD_TOKEN");
    world.set("DISCORD_BOT_TOKEN", TOKEN);
    sent(&world, &[]);
    world.set("DISCORD_BOT_TOKEN", "not-this-one");
    world.set("DISCORD_TOKEN", TOKEN);
    sent(&world, &[]);
}
