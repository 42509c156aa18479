//! Unexpected responses: partial failures, responses by Cloudflare or a proxy, and malicious ones.

use serde_json::json;

use super::support::{Recorder, Reply, World};

#[test]
fn a_partly_failed_bulk_ban_exits_3_and_prints_a_retry_for_the_failed_users() {
    let answer = json!({"banned_users": ["4"], "failed_users": ["5", 6]});
    let server = Recorder::scripted([Reply::ok(&answer)]);
    let world = World::at(&server);
    let ids = ["--user-ids", "4", "--user-ids", "5", "--user-ids", "6"];
    insta::assert_snapshot!(world.run([&["ban", "bulk-add", "1", "--yes"], &ids[..]].concat()), @r#"
    exit: 3
    --- stdout
    {"banned_users":["4"],"failed_users":["5",6]}
    --- stderr
    error: ban bulk-add failed for 2 of 3: 5, 6
      hint: the others succeeded; to try the failed ones again, use --user-ids 5,6
    "#);
    // The same request through `dcord api`.
    let body = world.file("ids.json", r#"{"user_ids": ["4", "5", "6"]}"#);
    let outcome = world.run(["api", "POST", "/guilds/1/bulk-ban", "--input", &body]);
    assert_eq!(outcome.status, Some(3), "{outcome}");
    assert!(outcome.stderr.contains("failed for 2 of"), "{outcome}");
}

#[test]
fn a_partial_failure_is_one_json_error_with_every_output_format() {
    let server = Recorder::scripted([Reply::ok(&json!({"banned_users": [], "failed_users": ["5", "\u{1b}[2J"]}))]);
    let world = World::at(&server).env("DCORD_ERRORS", "json");
    let outcome = world.run(["ban", "bulk-add", "1", "--user-ids", "5", "--yes", "--jq", ".banned_users"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), "[]\n"), "{outcome}");
    let error: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(error["kind"], "partial");
    assert!(!outcome.stderr.contains('\u{1b}'), "{outcome}");
}

#[test]
fn a_bulk_ban_without_failures_exits_0() {
    for answer in [json!({"banned_users": ["5"], "failed_users": []}), json!({"banned_users": ["5"]})] {
        let server = Recorder::scripted([Reply::ok(&answer)]);
        let outcome = World::at(&server).run(["ban", "bulk-add", "1", "--user-ids", "5", "--yes"]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome}");
    }
}

fn unknown(code: i64, message: &str) -> Reply {
    Reply::json(404, &json!({"code": code, "message": message}))
}

#[test]
fn a_retried_delete_succeeds_if_the_object_is_already_gone() {
    for lost in [Reply::Hang, Reply::json(502, &json!({"message": "502: Bad Gateway", "code": 0}))] {
        for (words, gone) in [
            (&["message", "delete", "1", "2"][..], unknown(10_008, "Unknown Message")),
            (&["channel", "delete", "1"], unknown(10_003, "Unknown Channel")),
            (&["role", "delete", "1", "2"], unknown(10_011, "Unknown Role")),
            (&["ban", "remove", "1", "2"], unknown(10_026, "Unknown Ban")),
            (&["channel", "delete-permission", "1", "2"], unknown(10_009, "Unknown Overwrite")),
            (&["api", "DELETE", "/channels/1/messages/2"], unknown(10_008, "Unknown Message")),
        ] {
            let server = Recorder::scripted([lost.clone(), gone]);
            let outcome = World::at(&server).run([words, &["--yes", "-q"]].concat());
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{words:?} {lost:?}\n{outcome}");
            assert_eq!(server.take().len(), 2, "{words:?}");
        }
    }
}

#[test]
fn a_404_on_the_first_attempt_or_about_another_object_is_an_error() {
    let lost = || Reply::json(502, &json!({"message": "502: Bad Gateway", "code": 0}));
    for script in [
        vec![unknown(10_008, "Unknown Message")],
        vec![Reply::json(429, &json!({"message": "slow", "retry_after": 0.1})), unknown(10_008, "Unknown Message")],
        // The channel does not exist, so the first attempt cannot have deleted the message.
        vec![lost(), unknown(10_003, "Unknown Channel")],
    ] {
        let server = Recorder::scripted(script.clone());
        let outcome = World::at(&server).run(["message", "delete", "1", "2", "--yes", "-q"]);
        assert_eq!(outcome.status, Some(6), "{script:?}\n{outcome}");
    }
    // A 404 is an error for a creation and for a read.
    let server = Recorder::scripted([lost(), unknown(10_003, "Unknown Channel")]);
    assert_eq!(World::at(&server).run(["channel", "get", "1", "-q"]).status, Some(6));
}

#[test]
fn a_message_deleted_by_an_attempt_without_response_is_removed_from_the_cache() {
    let message = json!({"id": "2", "channel_id": "1", "content": "hi", "author": {"id": "3", "username": "a"}});
    let lost = Reply::json(502, &json!({"message": "502: Bad Gateway", "code": 0}));
    let server = Recorder::scripted([Reply::ok(&message), lost, unknown(10_008, "Unknown Message")]);
    let world = World::at(&server);
    assert_eq!(world.run(["message", "get", "1", "2"]).status, Some(0));
    assert_eq!(world.run(["message", "get", "1", "2", "--offline"]).status, Some(0));
    assert_eq!(world.run(["message", "delete", "1", "2", "--yes", "-q"]).status, Some(0));
    assert_eq!(world.run(["message", "get", "1", "2", "--offline"]).status, Some(10));
}

#[test]
fn a_refusal_by_cloudflare_is_reported_as_such() {
    let server = Recorder::scripted([Reply::new(403, "text/plain", "error code: 1010")]);
    insta::assert_snapshot!(World::at(&server).run(["user", "get-me"]), @r"
    exit: 8
    --- stderr
    error: Cloudflare refused the request to [server] (403 Forbidden, error 1010): it does not accept this client's signature
      hint: Cloudflare may block this IP address, as it often does for VPNs and cloud providers; also check that no proxy changes the User-Agent header
    ");
    assert_eq!(server.take().len(), 1);
    let html = |body: &str| Reply::new(403, "text/html; charset=UTF-8", format!("<!DOCTYPE html>{body}"));
    for (reply, expected) in [
        (Reply::new(403, "text/plain", "error code: 1020"), "error 1020): one of its firewall rules"),
        (Reply::new(403, "text/plain", "error code: 1006\n"), "error 1006): it has banned this IP address"),
        (html("Cloudflare <span>Error</span> <span>1009</span>"), "error 1009): it does not serve"),
        (html("<title>Just a moment...</title>Cloudflare"), "(403 Forbidden)\n"),
        (Reply::json(403, &json!({"code": 40333, "message": "internal network error"})), "(403 Forbidden)\n"),
    ] {
        let server = Recorder::scripted([reply.clone()]);
        let outcome = World::at(&server).run(["message", "send", "1", "a"]);
        assert_eq!(outcome.status, Some(8), "{reply:?}\n{outcome}");
        assert!(
            outcome.stderr.starts_with("error: Cloudflare refused the request to ")
                && outcome.stderr.contains(expected),
            "{outcome}"
        );
    }
}

#[test]
fn refusals_by_cloudflare_do_not_count_as_invalid_requests() {
    let server = Recorder::scripted([
        Reply::new(403, "text/plain", "error code: 1010"),
        Reply::json(403, &json!({"code": 50001, "message": "Missing Access"})),
    ]);
    let world = World::at(&server);
    let count = || world.run(["limits", "--jq", r#"select(.kind == "invalid") | .remaining"#]).stdout;
    assert_eq!(world.run(["channel", "get", "1"]).status, Some(8));
    assert_eq!(count(), "");
    assert_eq!(world.run(["channel", "get", "1"]).status, Some(5));
    assert_eq!(count(), "4999\n");
}

#[test]
fn a_rate_limit_by_cloudflare_is_stored_with_any_status() {
    let server = Recorder::scripted([Reply::new(403, "text/plain", "error code: 1015").header("Retry-After", "900")]);
    let world = World::at(&server);
    for _ in 0..2 {
        let outcome = world.run(["channel", "get", "1"]);
        assert_eq!(outcome.status, Some(7), "{outcome}");
        assert!(outcome.stderr.starts_with("error: Cloudflare blocks this IP address for another "), "{outcome}");
    }
    assert_eq!(server.take().len(), 1, "the second is not sent");
}

#[test]
fn a_refusal_with_an_html_body_is_not_attributed_to_discord() {
    for status in [401, 403] {
        let server = Recorder::scripted([Reply::new(status, "text/html", "<html>Blocked by your company</html>")]);
        let world = World::at(&server);
        // The second request is sent too: the token is not recorded as dead.
        for _ in 0..2 {
            let outcome = world.run(["channel", "get", "1"]);
            assert_eq!(outcome.status, Some(8), "{outcome}");
            assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains("a web page"), "{outcome}");
            assert_eq!(server.take().len(), 1);
        }
    }
}

#[test]
fn a_redirect_is_an_error_that_names_the_target_host() {
    let reply = Reply::new(302, "text/plain", "").header("Location", "https://evil.example/api?token=secret");
    let server = Recorder::scripted([reply]);
    let world = World::at(&server);
    world.secret("token=secret");
    insta::assert_snapshot!(world.run(["channel", "get", "1"]), @r"
    exit: 8
    --- stderr
    error: [server] returned 302 Found, a redirect to evil.example
      hint: dcord does not follow redirects, which could send the token elsewhere; check --api-url and DCORD_API_URL
    ");
    assert_eq!(server.take().len(), 1);
    for (location, shown) in [("/elsewhere", "a redirect to 127.0.0.1\n"), ("http://[", "302 Found\n"), ("", "")] {
        let server = Recorder::scripted([Reply::new(302, "text/plain", "").header("Location", location)]);
        let outcome = World::at(&server).run(["channel", "get", "1"]);
        assert!(outcome.status == Some(8) && outcome.stderr.contains(shown), "{location}\n{outcome}");
    }
}

#[test]
fn a_successful_response_that_is_not_json_is_invalid() {
    let server = Recorder::scripted([Reply::new(200, "text/plain", "hello")]);
    insta::assert_snapshot!(World::at(&server).run(["channel", "get", "1"]), @r"
    exit: 8
    --- stderr
    error: [server] returned 200 OK with text/plain instead of JSON
      hint: check --api-url and DCORD_API_URL; -v shows the request
    ");
    let json = |body: &str| Reply::new(200, "application/json", body);
    for (reply, found) in [
        (json(""), "with an empty body"),
        (json("{\"id\":\"1\"}").header("Content-Encoding", "gzip"), "with a body encoded as gzip"),
        (json("{\"id\":"), "not JSON"),
        (json("\u{0}\u{1}"), "not JSON"),
        (Reply::new(200, "image/png", "\u{89}PNG"), "with image/png"),
    ] {
        for words in [&["channel", "get", "1"][..], &["message", "list", "1"]] {
            let server = Recorder::scripted([reply.clone()]);
            let outcome = World::at(&server).run(words);
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(8), ""), "{words:?} {reply:?}\n{outcome}");
            assert!(words[1] == "list" || outcome.stderr.contains(found), "{reply:?}\n{outcome}");
        }
    }
}

#[test]
fn a_response_without_a_field_that_the_command_needs_is_invalid() {
    for body in [json!({}), json!([]), json!({"id": null})] {
        let server = Recorder::scripted([Reply::ok(&body)]);
        let outcome = World::at(&server).run(["command", "list"]);
        assert_eq!(outcome.status, Some(8), "{body}\n{outcome}");
        assert!(outcome.stderr.starts_with("error: the response has no field \"id\""), "{outcome}");
    }
}

#[test]
fn an_invalid_response_to_a_change_says_that_the_change_may_have_been_made() {
    for (words, doubt) in [
        (&["channel", "create", "1", "general"][..], true),
        (&["message", "send", "1", "a"], false),
        (&["channel", "get", "1"], false),
    ] {
        let server = Recorder::scripted([Reply::new(200, "text/plain", "hello")]);
        let outcome = World::at(&server).run(words);
        assert_eq!(outcome.status, Some(8), "{outcome}");
        assert_eq!(outcome.stderr.contains("may have carried out the request"), doubt, "{outcome}");
    }
}

#[test]
fn an_image_or_an_empty_body_is_a_valid_response_where_the_endpoint_returns_one() {
    let server = Recorder::scripted([Reply::new(200, "image/png", "PNG")]);
    let outcome = World::at(&server).run(["widget", "get-image", "1"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "PNG"), "{outcome}");
    let server = Recorder::scripted([Reply::new(200, "text/csv", "user_id\n5\n")]);
    let outcome = World::at(&server).run(["invite", "get-targets", "abc"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "user_id\n5\n"), "{outcome}");
    let server = Recorder::scripted([Reply::new(200, "text/plain", "")]);
    assert_eq!(World::at(&server).run(["message", "crosspost", "1", "2"]).status, Some(0));
    let server = Recorder::scripted([Reply::new(200, "text/plain", r#"{"id":"9"}"#)]);
    let outcome = World::at(&server).run(["channel", "get", "1"]);
    assert_eq!(outcome.status, Some(0), "JSON under another name is JSON\n{outcome}");
    let server = Recorder::scripted([Reply::new(200, "text/plain", "pong")]);
    let outcome = World::at(&server).run(["api", "/anything"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "pong"), "{outcome}");
}

#[test]
fn an_error_of_another_server_names_its_host() {
    let failed = Reply::json(500, &json!({"message": "500: Internal Server Error", "code": 0}));
    let unauthorized = Reply::json(401, &json!({"message": "401: Unauthorized", "code": 0}));
    for (reply, status) in [(failed, 8), (unauthorized, 4)] {
        let server = Recorder::scripted([reply]);
        let outcome = World::at(&server).run(["channel", "get", "1", "--retries", "0"]);
        assert_eq!(outcome.status, Some(status), "{outcome}");
        assert!(!outcome.stderr.contains("Discord"), "{outcome}");
        assert!(outcome.stderr.contains(&server.address()), "{outcome}");
    }
}
