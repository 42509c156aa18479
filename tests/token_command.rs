//! The token command of a profile runs at most once in a process, and only if a request requires the token.

use serde_json::json;

use super::support::{Outcome, Recorder, Reply, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// Returns a world whose token command appends a line to `runs` each time, and then prints the given text.
fn world(server: &Recorder, prints: &str) -> World {
    let world = World::at(server).without("DCORD_TOKEN").env("DCORD_PROFILE", "a");
    let url = format!("{}/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}", server.url());
    world.file("url", url);
    let runs = world.path("runs").display().to_string();
    let script = format!("echo run >> {runs}; {prints}");
    world.config(&format!("[profiles.a]\ntoken_command = [\"sh\", \"-c\", \"{script}\"]\n"), 0o600);
    world
}

fn prints_the_token() -> String {
    format!("echo {TOKEN}")
}

fn server() -> Recorder {
    Recorder::answering(|request| match request.path() {
        "/users/@me" => Reply::ok(&json!({"id": "5", "username": "bot"})),
        "/users/@me/guilds" => Reply::ok(&json!([{"id": "7", "name": "Home"}])),
        "/guilds/7/channels" => Reply::ok(&json!([{"id": "1", "name": "general", "type": 0, "guild_id": "7"}])),
        "/guilds/7/threads/active" => Reply::ok(&json!({"threads": [], "members": []})),
        path if path.ends_with("/channels") => Reply::ok(&json!({"id": "9", "type": 1, "recipients": [{"id": "6"}]})),
        path if path.ends_with("/messages") && request.method == "GET" => Reply::ok(&json!([])),
        path if path.starts_with("/guilds/") => Reply::ok(&json!([])),
        _ => Reply::ok(&json!({"id": "2", "channel_id": "1", "guild_id": "7", "name": "n", "type": 0})),
    })
}

fn runs(world: &World) -> usize {
    std::fs::read_to_string(world.path("runs")).map_or(0, |text| text.lines().count())
}

#[track_caller]
fn done(outcome: &Outcome) {
    assert_eq!(outcome.status, Some(0), "{outcome}");
}

#[test]
fn a_token_command_runs_once_in_each_process() {
    let webhook = ["webhook", "send", "file:url", "hi", "--ping", "@ada"];
    let lines: &[&[&str]] = &[
        &["message", "send", "1", "hi"],
        &["message", "send", "#general", "hi", "-o", "url"],
        &["message", "send", "<@6>", "hi"],
        &["message", "list", "1", "--cached=1s"],
        &["message", "list", "#general", "--cached=1s", "--limit", "5"],
        &["user", "get-me", "--cached=1s"],
        &["channel", "delete", "#general", "--yes"],
        &["channel", "delete", "1", "--yes"],
        &["channel", "lock", "1"],
        &["api", "/users/@me"],
        &["cache", "stats"],
        &["guild", "list", "--no-cache"],
        // The server does not find the name. The test only needs the lookup, which requires the token.
        &webhook,
    ];
    for line in lines {
        let server = server();
        let world = world(&server, &prints_the_token());
        let outcome = world.run(*line);
        assert_eq!(runs(&world), 1, "{line:?}\n{outcome}");
        assert!(*line == webhook || outcome.status == Some(0), "{line:?}\n{outcome}");
    }
}

#[test]
fn a_failing_token_command_runs_once_and_is_the_error() {
    for line in [
        &["message", "list", "1", "--cached=1s"][..],
        &["message", "send", "#general", "hi"],
        &["channel", "delete", "1", "--yes"],
        &["channel", "lock", "1"],
        &["listen", "--count", "1"],
    ] {
        let server = server();
        let world = world(&server, "exit 3");
        let outcome = world.run(line);
        assert_eq!((outcome.status, runs(&world)), (Some(4), 1), "{line:?}\n{outcome}");
        assert!(outcome.stderr.contains("the token command \"sh\" failed: exit status: 3"), "{line:?}\n{outcome}");
        assert!(server.take().is_empty(), "{line:?}");
    }
}

#[test]
fn a_token_command_does_not_run_if_no_token_is_required() {
    let hook = ["webhook", "send", "file:url", "hi"];
    for line in [
        &hook[..],
        &["webhook", "send", "file:url", "hi", "--key", "k"],
        &["webhook", "send", "file:url", "hi", "-o", "url"],
        &["webhook", "edit-message", "file:url", "2", "hi"],
        &["webhook", "send", "file:url", "hi", "--dry-run"],
        &["message", "send", "1", "hi", "--dry-run"],
        &["channel", "delete", "1", "--dry-run=curl", "-q"],
        &["gateway", "get"],
        &["limits"],
        &["limits", "clear", "--all"],
        &["consumer", "list"],
        &["cache", "path"],
        &["listen", "--dry-run", "-q"],
        &["endpoints", "timeout"],
        &["snowflake", "175928847299117063"],
    ] {
        for prints in [prints_the_token(), "exit 3".to_owned()] {
            let server = server();
            let world = world(&server, &prints);
            let outcome = world.run(line);
            done(&outcome);
            assert_eq!(runs(&world), 0, "{line:?}\n{outcome}");
            assert_eq!(outcome.stderr, "", "{line:?}");
        }
    }
}

#[test]
fn a_webhook_sends_even_if_the_source_of_the_token_fails() {
    for (name, value) in [("DCORD_TOKEN", "not a token"), ("DCORD_TOKEN_TYPE", "robot")] {
        let server = server();
        let world = World::at(&server).env(name, value);
        let url = format!("{}/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}", server.url());
        world.file("url", url);
        done(&world.run(["webhook", "send", "file:url", "hi"]));
        let refused = world.run(["message", "send", "1", "hi"]);
        assert_ne!(refused.status, Some(0), "{refused}");
    }
    let server = server();
    let world = World::at(&server).without("DCORD_TOKEN");
    world.file("url", format!("{}/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}", server.url()));
    done(&world.run(["--token-file", "missing", "webhook", "send", "file:url", "hi"]));
    assert_eq!(world.run(["--token-file", "missing", "message", "send", "1", "hi"]).status, Some(2));
}

#[test]
fn a_token_file_is_read_once() {
    let server = server();
    let world = World::at(&server).without("DCORD_TOKEN");
    world.secret(TOKEN);
    // A pipe can be read only once: a second read would block.
    let sent = world.shell(&format!(
        "mkfifo token; (echo {TOKEN} > token) & \"$DCORD\" --token-file token message list '#general' --cached=1s"
    ));
    done(&sent);
}
