//! Rate limits, retries, and waits that are too long. All waits in these tests are very short.

use serde_json::json;

use super::support::{Outcome, Recorder, Reply, World};

/// A 429 by Discord, with the header of its proxy.
fn limited(scope: &str, retry_after: f64) -> Reply {
    let global = scope == "global";
    let reply = Reply::json(
        429,
        &json!({"message": "You are being rate limited.", "retry_after": retry_after, "global": global}),
    )
    .header("Via", "1.1 google")
    .header("Retry-After", &retry_after.ceil().to_string())
    .header("X-RateLimit-Scope", scope);
    if global {
        return reply.header("X-RateLimit-Global", "true");
    }
    reply
        .header("X-RateLimit-Bucket", "abcd1234")
        .header("X-RateLimit-Limit", "5")
        .header("X-RateLimit-Remaining", "0")
        .header("X-RateLimit-Reset-After", &retry_after.to_string())
}

fn done() -> Reply {
    Reply::ok(&json!({"id": "9"}))
}

#[test]
fn a_rate_limited_request_is_retried_after_the_wait() {
    for scope in ["user", "shared", "global"] {
        let server = Recorder::scripted([limited(scope, 0.02), done()]);
        let outcome = World::at(&server).run(["message", "send", "1", "a"]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "{\"id\":\"9\"}\n"), "{scope}: {outcome}");
        let requests = server.take();
        assert_eq!(requests.len(), 2, "{scope}");
        // The retry sends the same message with the same nonce.
        assert_eq!(requests[0].json(), requests[1].json(), "{scope}");
    }
}

/// Replaces the remaining time of a wait in the outcome, which varies.
fn without_time(outcome: &Outcome) -> String {
    let text = outcome.to_string();
    let (before, after) = text.split_once(" another ").unwrap_or_else(|| panic!("no wait in: {text}"));
    let (_, after) = after.split_once('\n').unwrap();
    format!("{before} another [time]\n{after}")
}

#[test]
fn a_wait_longer_than_max_wait_fails_at_once() {
    let server = Recorder::scripted([limited("user", 600.5)]);
    insta::assert_snapshot!(without_time(&World::at(&server).run(["message", "send", "1", "a"])), @r"
    exit: 7
    --- stderr
    error: the rate limit of this endpoint lasts another [time]
      hint: allow a longer wait with --max-wait, or try again later
    ");
    assert_eq!(server.take().len(), 1);

    let server = Recorder::scripted([limited("shared", 30.0)]);
    insta::assert_snapshot!(without_time(&World::at(&server).run(["message", "send", "1", "a", "--max-wait", "10s"])), @r"
    exit: 7
    --- stderr
    error: the rate limit of this endpoint lasts another [time]
      hint: allow a longer wait with --max-wait, or try again later
    ");

    let server = Recorder::scripted([limited("global", 30.0)]);
    insta::assert_snapshot!(without_time(&World::at(&server).run(["message", "send", "1", "a", "--max-wait", "10s"])), @r"
    exit: 7
    --- stderr
    error: the global rate limit lasts another [time]
      hint: allow a longer wait with --max-wait, or try again later
    ");
}

#[test]
fn json_errors_have_the_wait_as_a_number() {
    let server = Recorder::scripted([limited("user", 600.5)]);
    let outcome = World::at(&server).env("DCORD_ERRORS", "json").run(["message", "send", "1", "a"]);
    let error: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(error["kind"], "rate-limited");
    let retry_after = error["retry_after"].as_f64().unwrap();
    assert!((590.0..=600.5).contains(&retry_after), "{outcome}");
}

#[test]
fn a_block_by_cloudflare_stops_all_requests_of_the_machine() {
    // A response without a Via header and without JSON does not come from Discord's API.
    let server =
        Recorder::scripted(
            [Reply::new(429, "text/html", "<html>error code: 1015</html>").header("Retry-After", "900")],
        );
    insta::assert_snapshot!(without_time(&World::at(&server).run(["message", "send", "1", "a"])), @r"
    exit: 7
    --- stderr
    error: Cloudflare blocks this IP address for another [time]
      hint: allow a longer wait with --max-wait, or try again later
    ");
    assert_eq!(server.take().len(), 1);

    let server = Recorder::scripted([Reply::new(429, "text/plain", "error code: 1015")]);
    insta::assert_snapshot!(without_time(&World::at(&server).run(["message", "send", "1", "a", "--max-wait", "5s"])), @r"
    exit: 7
    --- stderr
    error: Cloudflare blocks this IP address for another [time]
      hint: allow a longer wait with --max-wait, or try again later
    ");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn a_server_error_is_retried_if_the_request_is_repeatable() {
    let failed = || Reply::json(502, &json!({"message": "502: Bad Gateway", "code": 0}));
    // A read is repeatable, and a nonce prevents a duplicate message.
    for words in [
        &["channel", "get", "1"][..],
        &["message", "send", "1", "a"],
        &["channel", "set-permission", "1", "2", "--type", "role", "--yes"],
    ] {
        let server = Recorder::scripted([failed(), done()]);
        let outcome = World::at(&server).run(words);
        assert_eq!(outcome.status, Some(0), "{outcome}");
        assert_eq!(server.take().len(), 2, "{words:?}");
    }
    let server = Recorder::scripted([failed(), done()]);
    insta::assert_snapshot!(World::at(&server).run(["channel", "create", "1", "general"]), @r"
    exit: 8
    --- stderr
    error: Bad Gateway (502)
      hint: [server] may have carried out the request; check whether it did before you run the command again
    ");
    assert_eq!(server.take().len(), 1);
    // A nonce that Discord does not enforce does not make a request repeatable.
    let server = Recorder::scripted([failed(), done()]);
    insta::assert_snapshot!(World::at(&server).run(["message", "send", "1", "a", "--nonce", "5"]), @r"
    exit: 8
    --- stderr
    error: Bad Gateway (502)
      hint: [server] may have carried out the request; check whether it did before you run the command again
    ");
    assert_eq!(server.take().len(), 1);
}

#[test]
fn the_number_of_retries_is_limited() {
    let server = Recorder::scripted([Reply::json(500, &json!({"message": "500: Internal Server Error", "code": 0}))]);
    insta::assert_snapshot!(World::at(&server).run(["channel", "get", "1", "--retries", "1", "-q"]), @r"
    exit: 8
    --- stderr
    error: Internal Server Error (500)
      hint: [server] has a problem; try again later
    ");
    assert_eq!(server.take().len(), 2);
}

#[test]
fn a_search_is_retried_until_its_index_is_ready() {
    let not_ready = |after: f64| {
        Reply::json(
            202,
            &json!({"message": "Index not yet available. Try again later", "code": 110_000, "documents_indexed": 0, "retry_after": after}),
        )
    };
    let found = Reply::ok(&json!({"total_results": 1, "messages": [[{"id": "5", "content": "found"}]]}));
    let server = Recorder::scripted([not_ready(0.0), found]);
    insta::assert_snapshot!(World::at(&server).run(["message", "search", "1", "--content", "found"]), @r#"
    exit: 0
    --- stdout
    {"id":"5","content":"found"}
    --- stderr
    waiting 1.0 s for the search index of this server to be built
    "#);
    assert_eq!(server.take().len(), 2);

    let server = Recorder::scripted([not_ready(600.0)]);
    insta::assert_snapshot!(World::at(&server).run(["message", "search", "1", "--content", "found"]), @r"
    exit: 7
    --- stderr
    error: Discord has not built the search index of this server yet; it will be ready in 10 min 0 s
      hint: allow a longer wait with --max-wait, or try again later
    ");
    assert_eq!(server.take().len(), 1);
}
