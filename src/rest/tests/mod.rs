//! Tests what the client sends, and how it handles responses.

mod recorder;

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;

use self::recorder::{Reply, TOKEN, reply, world, world_with};
use super::*;
use crate::catalogue::{Auth, Method, find};
use crate::limit::WaitReason;
use crate::model::{Secret, Token, TokenType, USER_AGENT};

/// A request to an endpoint, with these values for its placeholders.
fn request(noun: &str, verb: &str, values: &[&str]) -> Request {
    let mut request = Request::new(find(noun, verb).unwrap());
    let names = request.template.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'));
    request.segments = names
        .zip(values)
        .map(|(name, value)| Segment { name: name.to_owned().into(), value: Text::Plain((*value).to_owned()) })
        .collect();
    request
}

fn get() -> Request {
    request("message", "get", &["1", "2"])
}

fn post() -> Request {
    let mut request = request("message", "send", &["1"]);
    request.body = Body::Json(json!({"content": "hi"}));
    request
}

#[tokio::test(start_paused = true)]
async fn a_get_is_sent_with_its_path_query_and_headers() {
    let mut world = world(vec![reply(200, r#"{"id":"2"}"#).with("x-test", "yes")]).await;
    let mut request = request("message", "get", &["1", "a/b #️⃣"]);
    request.query = vec![("with".into(), "a b&c".into()), ("id".into(), "1".into()), ("id".into(), "2".into())];
    let answer = world.client.send(&request).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &br#"{"id":"2"}"#[..]));
    assert_eq!(answer.headers["x-test"], "yes");
    let sent = world.server.next().await;
    assert_eq!(
        sent.line,
        "GET /api/v10/channels/1/messages/a%2Fb%20%23%EF%B8%8F%E2%83%A3?with=a%20b%26c&id=1&id=2 HTTP/1.1"
    );
    assert_eq!(sent.header("authorization"), Some("Bot a-token-of-a-bot"));
    assert_eq!(sent.header("user-agent"), Some(USER_AGENT));
    assert!(USER_AGENT.starts_with("DiscordBot (https://"));
    assert_eq!((sent.header("content-type"), sent.header("x-audit-log-reason")), (None, None));
    assert!(sent.body.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_post_contains_its_json() {
    let mut world = world(vec![reply(200, "{}")]).await;
    world.client.send(&post()).await.unwrap();
    let sent = world.server.next().await;
    assert_eq!(sent.line, "POST /api/v10/channels/1/messages HTTP/1.1");
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.text(), r#"{"content":"hi"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_row_without_authentication_is_sent_without_the_token() {
    let mut world = world(vec![reply(200, "{}"), reply(200, "{}")]).await;
    let mut request = get();
    request.auth = Auth::None;
    world.client.send(&request).await.unwrap();
    assert_eq!(world.server.next().await.header("authorization"), None);

    let without = world_with(vec![], |settings| settings.token = None).await;
    assert!(matches!(without.client.send(&get()).await, Err(Error::NoToken)));
}

#[tokio::test(start_paused = true)]
async fn a_reason_for_the_audit_log_is_percent_encoded() {
    let mut world = world(vec![reply(204, "")]).await;
    let mut request = request("message", "delete", &["1", "2"]);
    request.reason = Some("spam: ně,\r\nX-Evil: 1".into());
    world.client.send(&request).await.unwrap();
    let sent = world.server.next().await;
    assert_eq!(sent.header("x-audit-log-reason"), Some("spam%3A%20n%C4%9B%2C%0D%0AX-Evil%3A%201"));
    request.reason = Some("ě".repeat(513));
    assert!(matches!(world.client.send(&request).await, Err(Error::LongReason(513))));
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_body_sends_a_content_length_of_zero() {
    let mut world = world(vec![reply(204, ""), reply(204, ""), reply(204, "")]).await;
    for method in [Method::Post, Method::Put, Method::Patch] {
        let mut request = post();
        (request.method, request.body) = (method, Body::Empty);
        world.client.send(&request).await.unwrap();
        let sent = world.server.next().await;
        assert_eq!(sent.header("content-length"), Some("0"), "{method:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_and_raw_bytes_are_sent_unchanged() {
    let mut world = world(vec![reply(200, ""), reply(200, "")]).await;
    let mut request = post();
    request.body = Body::Form(vec![
        ("grant_type".into(), Text::Plain("a b&c".into())),
        ("client_secret".into(), Text::Hidden(Secret::new("se/cret"))),
    ]);
    world.client.send(&request).await.unwrap();
    let sent = world.server.next().await;
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(sent.text(), "grant_type=a+b%26c&client_secret=se%2Fcret");

    request.body = Body::Raw { content_type: "text/csv".into(), bytes: "1\n2\n".into() };
    world.client.send(&request).await.unwrap();
    let sent = world.server.next().await;
    assert_eq!((sent.header("content-type"), sent.text().as_str()), (Some("text/csv"), "1\n2\n"));
}

#[tokio::test(start_paused = true)]
async fn files_are_sent_as_parts_and_again_in_a_retry() {
    let mut world = world(vec![reply(503, ""), reply(200, "{}")]).await;
    let mut request = post();
    request.repeatable = true;
    request.body = Body::Multipart(vec![
        Part::Json("payload_json", json!({"content": "hi"})),
        file("files[0]", "příliš žlutý.png", "image/png"),
        file("files[1]", "b.unknown", "application/octet-stream"),
        Part::Text("description".into(), Text::Plain("a text".into())),
    ]);
    world.client.send(&request).await.unwrap();
    for _ in 0..2 {
        let sent = world.server.next().await;
        let kind = sent.header("content-type").unwrap();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = [
            "--B\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n\
             {\"content\":\"hi\"}\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"příliš žlutý.png\"\r\n\
             Content-Type: image/png\r\n\r\nbytes\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"files[1]\"; filename=\"b.unknown\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nbytes\r\n",
            "--B\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\na text\r\n--B--\r\n",
        ];
        assert_eq!(sent.text().replace(boundary, "B"), expected.concat());
    }
}

fn file(name: &str, filename: &str, content_type: &str) -> Part {
    Part::File(FilePart {
        name: name.into(),
        filename: filename.into(),
        content_type: content_type.into(),
        source: "-".into(),
        bytes: "bytes".into(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_file_whose_name_would_break_its_header_is_not_sent() {
    let mut world = world(vec![reply(200, "{}")]).await;
    for name in ["a\r\nX: y", "a\"b", "a\\b"] {
        let mut request = post();
        request.body = Body::Multipart(vec![file("file", name, "text/plain")]);
        let error = world.client.send(&request).await.unwrap_err();
        assert!(matches!(error, Error::FileName(_)), "{error}");
        assert!(world.server.rest().is_empty());
    }
    // The refused request returned its slot to the limiter.
    world.client.send(&get()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_is_dead_only_if_its_check_fails_with_401_too() {
    for (kind, auth, who, dead) in [
        (TokenType::Bot, Auth::Bot, Some(("/users/@me", 401)), true),
        (TokenType::Bot, Auth::Any, Some(("/users/@me", 401)), true),
        (TokenType::Bearer, Auth::Bearer, Some(("/oauth2/@me", 401)), true),
        // The 401 has another reason, or the check of the token fails.
        (TokenType::Bot, Auth::Bot, Some(("/users/@me", 200)), false),
        (TokenType::Bot, Auth::Bot, Some(("/users/@me", 403)), false),
        (TokenType::Bot, Auth::Bot, Some(("/users/@me", 500)), false),
        // The endpoint does not accept this type of token.
        (TokenType::Bot, Auth::Bearer, None, false),
        (TokenType::Bearer, Auth::Bot, None, false),
        // No token was sent.
        (TokenType::Bot, Auth::None, None, false),
    ] {
        let mut script = vec![reply(401, "")];
        script.extend(who.map(|(_, status)| reply(status, "{}")));
        script.push(reply(200, "{}"));
        let change = |settings: &mut Settings| settings.token = Some(Token::parse(TOKEN, kind).unwrap());
        let mut world = world_with(script, change).await;
        let mut request = get();
        request.auth = auth;
        let refused = world.client.send(&request).await.unwrap_err();
        assert_eq!(refused.to_string(), "Unauthorized (401)");
        let sent: Vec<_> = world.server.rest().into_iter().skip(1).map(|r| r.line).collect();
        let asked: Vec<_> = who.iter().map(|(path, _)| format!("GET /api/v10{path} HTTP/1.1")).collect();
        assert_eq!(sent, asked, "{kind:?} {auth:?}");
        let next = world.client.send(&get()).await;
        assert_eq!(matches!(next, Err(Error::DeadToken { .. })), dead, "{kind:?} {auth:?} {who:?}");
        assert_eq!(world.server.rest().is_empty(), dead);
    }
}

#[tokio::test(start_paused = true)]
async fn only_repeatable_requests_are_retried_after_a_failure() {
    for (status, repeatable, sent, error) in [
        (500, true, 4, "Internal Server Error (500)"),
        (502, true, 4, "Bad Gateway (502)"),
        (500, false, 1, "Internal Server Error (500)"),
        (400, true, 1, "Bad Request (400)"),
        (403, true, 1, "Forbidden (403)"),
        (404, true, 1, "Not Found (404)"),
        (302, true, 1, "[host] returned 302 Found, a redirect to 127.0.0.1"),
    ] {
        let script = (0..9).map(|_| reply(status, "").with("location", "http://127.0.0.1:1/")).collect();
        let mut world = world(script).await;
        let mut request = post();
        request.repeatable = repeatable;
        let failed = world.client.send(&request).await.unwrap_err();
        let host = world.server.url["http://".len()..].trim_end_matches("/api/v10");
        assert_eq!(failed.to_string().replace(host, "[host]"), error);
        let arrived = world.server.rest();
        let (asked, own): (Vec<_>, Vec<_>) =
            arrived.iter().partition(|r| r.line.starts_with("GET /api/v10/users/@me "));
        assert_eq!(own.len(), sent, "{status}, repeatable: {repeatable}");
        // After a 401, the client checks the token with a request that every valid token may send.
        assert_eq!(asked.len(), usize::from(status == 401), "{status}");
        assert_eq!(world.clock.reports(), vec![format!("retry: {error}"); sent - 1]);
    }
    let mut world = world(vec![reply(500, ""), reply(503, ""), reply(200, "done")]).await;
    assert_eq!(&world.client.send(&get()).await.unwrap().body[..], b"done");
    assert_eq!(world.server.rest().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_leaves_the_outcome_of_an_unrepeatable_request_unknown() {
    let mut world = world(vec![Reply::Cut, reply(200, "done"), Reply::Cut]).await;
    assert_eq!(&world.client.send(&get()).await.unwrap().body[..], b"done");
    assert_eq!(world.server.rest().len(), 2);
    let error = world.client.send(&post()).await.unwrap_err();
    assert!(matches!(error, Error::Cut { .. }), "{error}");
    assert!(error.may_be_done(), "{error}");
    assert_eq!(world.server.rest().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_body_times_out() {
    let mut world = world_with(vec![Reply::HalfAResponse], |settings| settings.retries = 0).await;
    let request = get();
    let (error, ()) = tokio::join!(world.client.send(&request), async {
        world.server.next().await;
        tokio::time::advance(Duration::from_secs(31)).await;
    });
    assert!(matches!(error, Err(Error::Timeout { .. })), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_times_out() {
    let mut world = world(vec![Reply::Silence, Reply::Silence, reply(200, "done")]).await;
    let host = world.server.url["http://".len()..].trim_end_matches("/api/v10").to_owned();
    let (request, pass) = (post(), Duration::from_secs(31));
    let (error, ()) = tokio::join!(world.client.send(&request), async {
        world.server.next().await;
        tokio::time::advance(pass).await;
    });
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(error.to_string(), format!("{host} did not respond within 30.0 s"));

    let request = request_to(&["5", "6"]);
    let (answer, ()) = tokio::join!(world.client.send(&request), async {
        world.server.next().await;
        tokio::time::advance(pass).await;
    });
    assert_eq!(&answer.unwrap().body[..], b"done");
    assert_eq!(world.clock.reports(), [format!("retry: {host} did not respond within 30.0 s")]);
}

/// A GET with its own bucket.
fn request_to(values: &[&str]) -> Request {
    request("message", "get", values)
}

#[tokio::test(start_paused = true)]
async fn a_failed_connection_is_retried_even_for_an_unrepeatable_request() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = world_with(vec![], |settings| {
        settings.api_url = ApiUrl::parse(&format!("http://{free}")).unwrap();
        settings.retries = 2;
    })
    .await;
    let error = world.client.send(&post()).await.unwrap_err();
    assert!(matches!(&error, Error::Connect { host, .. } if *host == free.to_string()), "{error}");
    assert_eq!(world.clock.reports().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_tls_is_not_retried() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let accepted = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        socket
    });
    let world = world_with(vec![], |settings| settings.api_url = ApiUrl::parse(&url).unwrap()).await;
    let error = world.client.send(&get()).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    assert_eq!(world.clock.reports(), [""; 0]);
    accepted.await.unwrap();
}

fn limited(retry_after: f64, scope: &str, remaining: u32) -> Reply {
    let body = json!({"message": "slow", "retry_after": retry_after, "global": scope == "global"});
    let reply = reply(429, &body.to_string()).with("via", "1.1 google").with("x-ratelimit-scope", scope);
    if scope == "global" {
        return reply;
    }
    reply
        .with("x-ratelimit-limit", "5")
        .with("x-ratelimit-remaining", &remaining.to_string())
        .with("x-ratelimit-reset-after", &retry_after.to_string())
        .with("x-ratelimit-bucket", "b")
}

#[tokio::test(start_paused = true)]
async fn a_429_leads_to_the_wait_it_requires_and_is_not_a_failure() {
    let no_retries = |settings: &mut Settings| settings.retries = 0;
    for (scope, remaining, why) in [
        ("user", 0, "Limit(Bucket)"),
        ("shared", 0, "Limit(Bucket)"),
        ("user", 4, "Limit(Hidden)"),
        ("shared", 4, "Limit(Hidden)"),
        ("global", 0, "Limit(Global)"),
    ] {
        let script = vec![limited(2.5, scope, remaining), limited(1.2, scope, remaining), reply(200, "done")];
        let mut world = world_with(script, no_retries).await;
        assert_eq!(&world.client.send(&post()).await.unwrap().body[..], b"done", "{scope}");
        assert_eq!(world.clock.reports(), [format!("wait Some(2.5s) for {why}"), format!("wait Some(1.2s) for {why}")]);
        assert_eq!(world.server.rest().len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_max_wait_fails_at_once_with_the_remaining_time() {
    let world = world(vec![limited(200.0, "user", 0), limited(200.0, "user", 0)]).await;
    let error = world.client.send(&post()).await.unwrap_err();
    let Error::RateLimited { retry_after, why, .. } = error else { panic!("{error}") };
    assert_eq!((retry_after.as_secs_f64().round(), why), (200.0, WaitReason::Bucket));
    assert_eq!(world.clock.reports().len(), 1, "200 s of 300 s were waited for");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_always_sends_429_is_given_up() {
    let mut world = world((0..99).map(|_| limited(0.5, "user", 0)).collect()).await;
    let error = world.client.send(&post()).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error}");
    assert_eq!(world.server.rest().len(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_block_by_cloudflare_is_reported_and_stops_the_next_request_too() {
    let script = vec![reply(429, "<html>error code: 1015</html>").with("retry-after", "400"), reply(200, "")];
    let mut world = world(script).await;
    for _ in 0..2 {
        let error = world.client.send(&get()).await.unwrap_err();
        assert!(
            matches!(error, Error::Blocked { retry_after } if retry_after.as_secs_f64().round() == 400.0),
            "{error}"
        );
    }
    assert_eq!(world.server.rest().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_search_without_an_index_is_retried_within_max_wait() {
    let not_ready = |after: f64| {
        reply(202, &json!({"message": "Index not yet available", "code": 110000, "retry_after": after}).to_string())
    };
    let search = || request("message", "search", &["1"]);
    let mut world = world(vec![not_ready(2.0), not_ready(0.0), reply(200, "done"), not_ready(900.0)]).await;
    assert_eq!(&world.client.send(&search()).await.unwrap().body[..], b"done");
    assert_eq!(world.clock.reports(), ["wait Some(2s) for SearchIndex", "wait Some(1s) for SearchIndex"]);
    let error = world.client.send(&search()).await.unwrap_err();
    assert!(matches!(error, Error::IndexNotReady { retry_after } if retry_after.as_secs() == 900), "{error}");
    assert_eq!(world.server.rest().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_read_with_status_202_is_an_invalid_response() {
    for body in ["{}", r#"{"messages":[]}"#, r#"{"message":"soon","code":0,"retry_after":1}"#, ""] {
        let mut world = world(vec![reply(202, body)]).await;
        let error = world.client.send(&request("message", "search", &["1"])).await.unwrap_err();
        assert!(matches!(error, Error::InvalidAnswer { status, .. } if status == 202), "{body}: {error}");
        assert_eq!(world.server.rest().len(), 1);
    }
    // A request that changes something may be accepted for later processing.
    let mut world = world(vec![reply(202, "{}")]).await;
    assert_eq!(world.client.send(&post()).await.unwrap().status, 202);
    assert_eq!(world.server.rest().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_of_one_bucket_go_one_at_a_time_until_its_size_is_known() {
    let quota = |remaining: &str| {
        reply(200, "{}")
            .with("x-ratelimit-limit", "3")
            .with("x-ratelimit-remaining", remaining)
            .with("x-ratelimit-reset-after", "5.0")
            .with("x-ratelimit-bucket", "b")
    };
    let mut world = world(["2", "1", "0", "2", "1"].map(quota).into()).await;
    let request = post();
    let sends = (0..5).map(|_| world.client.send(&request));
    for result in futures_util::future::join_all(sends).await {
        result.unwrap();
    }
    assert_eq!(world.server.rest().len(), 5);
    let reports = world.clock.reports();
    assert_eq!(reports[..4], ["wait None for Limit(Bucket)"; 4]);
    // The first response allows two more requests, and the clock jumps while they are in flight.
    assert_eq!(reports[4..6], ["wait Some(5s) for Limit(Bucket)"; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_too_large_is_an_error() {
    let mut world = world(vec![reply(200, &"x".repeat(2000))]).await;
    world.client.most_body = 1000;
    assert!(matches!(world.client.send(&get()).await, Err(Error::BodyTooLarge { most: 1000 })));
    let huge = format!(r#"{{"message":"{}"}}"#, "x".repeat(3 << 20));
    let world = self::world(vec![reply(400, &huge)]).await;
    let Err(Error::Api(error)) = world.client.send(&get()).await else { panic!() };
    assert!(error.message.chars().count() <= 301, "{}", error.message.len());
}

#[tokio::test(start_paused = true)]
async fn discords_errors_have_their_code_and_fields() {
    let body = json!({"code": 50035, "message": "Invalid Form Body",
        "errors": {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer."}]}}});
    let world = world(vec![reply(400, &body.to_string())]).await;
    let Err(Error::Api(error)) = world.client.send(&post()).await else { panic!() };
    assert_eq!((error.status.as_u16(), error.code), (400, Some(50035)));
    assert_eq!((error.fields[0].path.as_str(), error.fields[0].code.as_str()), ("content", "BASE_TYPE_MAX_LENGTH"));
}

#[tokio::test(start_paused = true)]
async fn no_segment_changes_the_path() {
    let mut world = world(vec![reply(200, "")]).await;
    for value in ["..", ".", ""] {
        let error = world.client.send(&request("message", "get", &["1", value])).await.unwrap_err();
        assert!(matches!(error, Error::Segment { .. }), "{error}");
    }
    assert!(world.server.rest().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_error_or_log_contains_a_secret() {
    let mut request = post();
    request.segments[0].value = Text::Hidden(Secret::new("a-webhook-token"));
    for reply in [Reply::Cut, reply(404, "no a-webhook-token here"), reply(404, &format!(r#"{{"message":"{TOKEN}"}}"#))]
    {
        let world = world(vec![reply]).await;
        let error = world.client.send(&request).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("a-webhook-token") && !shown.contains(TOKEN), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_are_fetched_one_by_one() {
    let page = |ids: &[u32]| {
        reply(200, &json!(ids.iter().map(|i| json!({"id": i.to_string()})).collect::<Vec<_>>()).to_string())
    };
    let ids: Vec<u32> = (101..=200).rev().collect();
    let mut world = world(vec![page(&ids), page(&[100, 99])]).await;
    let row = find("message", "list").unwrap();
    let mut list = request("message", "list", &["1"]);
    list.query = vec![("before".into(), "201".into())];
    let mut pages = Pages::new(list, row.paging, row.items, Plan { all: true, ..Plan::default() });
    let mut items = 0;
    while let Some(page) = pages.next(&world.client).await.unwrap() {
        items += page.items().len();
    }
    assert_eq!((items, pages.more()), (102, false));
    let lines: Vec<_> = world.server.rest().into_iter().map(|r| r.line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/v10/channels/1/messages?before=201&limit=100 HTTP/1.1",
            "GET /api/v10/channels/1/messages?before=101&limit=100 HTTP/1.1"
        ]
    );
}
