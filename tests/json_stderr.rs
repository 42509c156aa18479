//! `--errors json` makes every line of stderr a JSON object.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Gateway, Recorder, Reply, World, bot};

/// Runs a command and returns the lines of stderr as objects. Any other line fails the test.
fn lines(world: &World, args: &[&str]) -> Vec<Value> {
    let outcome = world.run(args);
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{args:?}: {e} in {line}\n{outcome}"));
    let lines: Vec<Value> = outcome.stderr.lines().map(parse).collect();
    assert!(!lines.is_empty(), "{args:?} writes nothing to stderr: {outcome}");
    for line in &lines {
        let names: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let order: &[_] = match line["level"].as_str().unwrap() {
            "error" => &["level", "kind", "message", "status", "code", "fields", "hint", "retry_after"],
            "warning" | "note" | "debug" => &["level", "kind", "message", "retry_after"],
            level => panic!("{args:?}: {level}"),
        };
        let mut rest = order.iter();
        assert!(names.iter().all(|name| rest.any(|known| known == name)), "{args:?}: {line}");
        assert!(line["message"].is_string(), "{line}");
    }
    lines
}

#[test]
fn every_line_of_stderr_is_a_json_object() {
    let refusal = || Reply::json(404, &json!({"message": "Unknown Channel", "code": 10_003}));
    let server = Recorder::answering(move |request| match request.path() {
        "/channels/1" => refusal(),
        "/channels/2" => Reply::new(503, "text/plain", "busy"),
        _ => Reply::ok(&json!([{"id": "3"}])),
    });
    let world = World::at(&server).env("DCORD_ERRORS", "json");
    let mut seen = BTreeSet::new();
    for args in [
        &["message"][..],
        &["message", "sned"],
        &["message", "send", "--no-such-flag"],
        &["guild", "create"],
        &["message", "send", "1"],
        &["message", "send", "1", "a", "-o", "nothing"],
        &["channel", "get", "1"],
        &["channel", "get", "1", "-vv"],
        &["channel", "get", "2", "--retries", "1"],
        &["message", "list", "4", "--page-size", "1"],
        &["message", "list", "4", "--before", "9", "--after", "3", "--dry-run"],
        &["channel", "delete", "1"],
        &["channel", "delete", "1", "-q"],
        &["channel", "get", "4", "--log-file", "/dev/full", "-v"],
        &["channel", "get", "4", "--jq", "]"],
        &["user", "get-me", "--token-file", "missing"],
        &["sandbox", "run", "missing"],
    ] {
        for line in lines(&world, args) {
            seen.insert(format!("{} {}", line["level"].as_str().unwrap(), line["kind"].as_str().unwrap_or("-")));
        }
    }
    let expected = [
        "debug -",
        "error not-found",
        "error refused",
        "error server",
        "error usage",
        "note -",
        "note retry",
        "warning -",
    ];
    assert_eq!(Vec::from_iter(seen), expected);
}

#[test]
fn every_line_of_a_listener_is_a_json_object() {
    let gateway = Gateway::start(
        |_, url| bot(url).to_string(),
        |mut peer| async move {
            peer.go_live().await;
            peer.dispatch(2, "MESSAGE_CREATE", json!({"content": "no JSON"})).await;
            peer.drain().await;
        },
    );
    let world = gateway.world().env("DCORD_ERRORS", "json");
    let program = ".d.content | fromjson";
    let lines = lines(&world, &["listen", "--intents", "guilds", "-vv", "--jq", program, "--count", "1"]);
    let of = |level: &str| lines.iter().filter(|line| line["level"] == level).count();
    assert!(of("debug") > 0 && of("error") > 0, "{lines:?}");
}

#[test]
fn with_json_errors_there_is_no_question_and_a_missing_verb_is_one_json_line() {
    let world = World::new().env("DCORD_ERRORS", "json");
    let refused = world.run(["channel", "delete", "1"]);
    assert_eq!(refused.status, Some(10), "{refused}");
    let incomplete = world.run(["message"]);
    assert_eq!((incomplete.status, incomplete.stderr.lines().count()), (Some(2), 1), "{incomplete}");
    let help = world.run(["--help"]);
    assert_eq!((help.status, help.stderr.as_str()), (Some(0), ""), "{help}");
}
