//! Tests of requests over HTTP and the gateway: paths, tokens, rate limits, faults and files.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::{Options, World};

fn messages(world: &World) -> String {
    format!("/channels/{}/messages", world.sandbox.identity().channel_id)
}

#[tokio::test]
async fn unknown_objects_and_missing_rights_have_discords_status_and_code() {
    let world = World::new().await;
    let identity = world.sandbox.identity();
    let path = messages(&world);
    let bot = identity.token.authorization().to_string();
    let bearer = identity.bearer.authorization().to_string();
    for (method, path, authorization, status, code) in [
        ("GET", "/nowhere", Some(&bot), 404, 0),
        ("PATCH", path.as_str(), Some(&bot), 405, 0),
        ("GET", &path, None, 401, 0),
        ("GET", &path, Some(&"Bot wrong".to_owned()), 401, 0),
        ("GET", &path, Some(&bearer), 403, 20002),
        ("GET", "/channels/1/messages", Some(&bot), 404, 10003),
        ("GET", "/channels/abc/messages", Some(&bot), 400, 50035),
        ("GET", "/guilds/1", Some(&bot), 404, 10004),
        ("GET", &format!("{path}/1"), Some(&bot), 404, 10008),
        ("GET", "/users/1", Some(&bot), 404, 10013),
        ("GET", "/webhooks/1", Some(&bot), 404, 10015),
        ("GET", &format!("{path}?limit=101"), Some(&bot), 400, 50035),
    ] {
        let got = world.send(method, path, authorization.map(String::as_str), None).await;
        let found = got.json()["code"].as_u64().unwrap_or(0);
        assert_eq!((got.status, found), (status, code), "{method} {path}: {}", got.json());
        assert_eq!(got.headers["via"], "1.1 sandbox");
    }
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_json_or_exceeds_a_limit_is_invalid() {
    let world = World::new().await;
    let path = messages(&world);
    let long = world.bot("POST", &path, Some(json!({"content": "x".repeat(2001)}))).await;
    assert_eq!(
        long.json(),
        json!({
            "message": "Invalid Form Body",
            "code": 50035,
            "errors": {"content": {"_errors": [
                {"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be 2000 or fewer in length."}
            ]}},
        })
    );
    let empty = world.bot("POST", &path, Some(json!({}))).await;
    assert_eq!((empty.status, &empty.json()["code"]), (400, &json!(50006)));
    let url = format!("{}{path}", world.sandbox.identity().api_url);
    let token = world.sandbox.identity().token.authorization().to_string();
    let request = world.client.post(url).header("authorization", &token).header("content-type", "application/json");
    let broken = World::execute(request.body("{")).await;
    assert_eq!((broken.status, &broken.json()["code"]), (400, &json!(50109)));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn requests_from_other_sites_pages_are_rejected() {
    let world = World::new().await;
    let identity = world.sandbox.identity();
    let token = identity.token.authorization().to_string();
    let url = format!("{}/gateway", identity.api_url);
    for (name, value, status) in [
        ("host", "localhost:80", 200),
        ("host", "evil.example", 421),
        ("origin", "http://localhost:3000", 200),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
    ] {
        let request = world.client.get(&url).header("authorization", &token).header(name, value);
        let got = World::execute(request).await;
        assert_eq!(got.status, status, "{name}: {value}: {}", got.json());
        assert!(status == 200 || got.json()["message"].as_str().unwrap().contains("only"), "{}", got.json());
    }
    // Attachments, whose URLs are outside of the API, are protected as well.
    let file = identity.api_url.replace("/api/v10", "/attachments/1/1/x");
    let got = World::execute(world.client.get(file).header("host", "evil.example")).await;
    assert_eq!(got.status, 421);
    for (name, value, opens) in [
        ("host", "localhost", true),
        ("host", "evil.example", false),
        ("origin", "http://127.0.0.1:3000", true),
        ("origin", "https://evil.example", false),
    ] {
        let address = identity.gateway_url.trim_start_matches("ws://");
        let url = format!("{}/?v=10", identity.gateway_url);
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let opened = tokio_tungstenite::client_async(request, socket).await;
        assert_eq!(opened.is_ok(), opens, "{name}: {value}");
    }
    world.sandbox.stop().await;
}

#[tokio::test]
async fn rate_limits_are_in_the_headers_and_a_request_beyond_them_gets_429() {
    let world = World::with(Options { limits: vec!["message send=2/60s".to_owned()], ..Options::default() }).await;
    let path = messages(&world);
    let mut buckets = Vec::new();
    for remaining in ["1", "0"] {
        let got = world.bot("POST", &path, Some(json!({"content": "hi"}))).await;
        assert_eq!((got.status, &got.headers["x-ratelimit-limit"]), (200, &"2".parse().unwrap()));
        assert_eq!(got.headers["x-ratelimit-remaining"], remaining);
        buckets.push(got.headers["x-ratelimit-bucket"].clone());
    }
    let got = world.bot("POST", &path, Some(json!({"content": "hi"}))).await;
    assert_eq!(got.status, 429);
    assert_eq!(got.headers["x-ratelimit-scope"], "user");
    assert_eq!(got.headers["x-ratelimit-bucket"], buckets[0]);
    let body = got.json();
    let after = body["retry_after"].as_f64().unwrap();
    assert!(body["global"] == json!(false) && after > 0.0 && after <= 60.0, "{body}");
    // Listing messages has another bucket.
    assert_eq!(world.bot("GET", &path, None).await.status, 200);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn faults_apply_to_the_selected_routes_as_often_as_requested() {
    let faults = [
        "status=503,times=1,route=GET /users/@me",
        "ratelimit=cloudflare,times=1,route=GET /gateway",
        "ratelimit=global,times=1,route=GET /gateway/bot",
        "drop,times=1,route=POST /channels/**",
        "drop-before,times=1,route=PATCH /channels/**",
    ];
    let faults = faults.map(str::to_owned).to_vec();
    let world = World::with(Options { limits: vec!["off".to_owned()], faults, ..Options::default() }).await;
    let first = world.bot("GET", "/users/@me", None).await;
    assert_eq!((first.status, first.json()["code"].as_u64()), (503, Some(0)));
    assert_eq!(world.bot("GET", "/users/@me", None).await.status, 200);
    let cloudflare = world.bot("GET", "/gateway", None).await;
    assert_eq!((cloudflare.status, cloudflare.headers.get("via")), (429, None));
    let global = world.bot("GET", "/gateway/bot", None).await;
    assert_eq!((global.status, &global.headers["x-ratelimit-scope"]), (429, &"global".parse().unwrap()));
    // With `drop`, the request is executed and its response is lost; with `drop-before`, it is not executed.
    let path = messages(&world);
    assert!(world.try_bot("POST", &path, Some(json!({"content": "lost"}))).await.is_none());
    let listed = world.bot("GET", &path, None).await.json();
    assert_eq!(listed[0]["content"], "lost");
    let message = format!("{path}/{}", listed[0]["id"].as_str().unwrap());
    assert!(world.try_bot("PATCH", &message, Some(json!({"content": "found"}))).await.is_none());
    assert_eq!(world.bot("GET", &message, None).await.json()["content"], "lost");
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_file_is_served_at_the_url_of_its_attachment() {
    let world = World::new().await;
    let url = format!("{}{}", world.sandbox.identity().api_url, messages(&world));
    let part = reqwest::multipart::Part::bytes(b"hello".to_vec()).file_name("a b.txt").mime_str("text/plain").unwrap();
    let payload = json!({"content": "see", "attachments": [{"id": 0, "description": "a greeting"}]}).to_string();
    let form = reqwest::multipart::Form::new().text("payload_json", payload).part("files[0]", part);
    let token = world.sandbox.identity().token.authorization().to_string();
    let got = World::execute(world.client.post(url).header("authorization", &token).multipart(form)).await;
    assert_eq!(got.status, 200, "{}", got.json());
    let attachment = &got.json()["attachments"][0];
    assert_eq!(attachment["filename"], "a_b.txt");
    assert_eq!(attachment["description"], "a greeting");
    assert_eq!(attachment["size"], json!(5));
    let file = World::execute(world.client.get(attachment["url"].as_str().unwrap())).await;
    assert_eq!((file.status, file.bytes.as_slice()), (200, b"hello".as_slice()));
    assert_eq!(file.headers["content-type"], "text/plain");
    world.sandbox.stop().await;
}

#[tokio::test]
async fn rest_returns_the_gateways_url_and_identify_limit() {
    let world = World::new().await;
    let url = json!(world.sandbox.identity().gateway_url);
    let got = world.send("GET", "/gateway", None, None).await.json();
    assert_eq!(got, json!({ "url": url }));
    let got = world.bot("GET", "/gateway/bot", None).await.json();
    assert_eq!((&got["url"], &got["shards"]), (&url, &json!(1)));
    assert_eq!(got["session_start_limit"]["remaining"], json!(1000));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn the_sandboxs_own_endpoint_creates_an_interaction() {
    let world = World::new().await;
    let made = world.bot("POST", "/sandbox/interactions", Some(json!({"data": {"name": "hello"}}))).await;
    assert_eq!((made.status, &made.json()["data"]["name"]), (201, &json!("hello")));
    assert_eq!(world.send("POST", "/sandbox/interactions", None, None).await.status, 401);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn every_api_version_in_the_path_is_accepted() {
    let world = World::new().await;
    let base = world.sandbox.identity().api_url.strip_suffix("/v10").unwrap().to_owned();
    for version in ["", "/v9", "/v10"] {
        let got = World::execute(world.client.get(format!("{base}{version}/gateway"))).await;
        assert_eq!(got.status, 200, "{version:?}");
    }
    let root = base.strip_suffix("/api").unwrap();
    assert_eq!(World::execute(world.client.get(format!("{root}/gateway"))).await.status, 404);
    // A path whose first segment merely starts with a v has no version.
    let regions = World::execute(world.client.get(format!("{base}/voice/regions"))).await;
    assert_eq!(regions.status, 401, "{}", regions.json());
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_change_over_rest_sends_its_gateway_event() {
    let world = World::new().await;
    let identity = world.sandbox.identity();
    let address = identity.gateway_url.strip_prefix("ws://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let url = format!("{}/?v=10&encoding=json", identity.gateway_url);
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let mut next = async |name: &str, send: Option<Value>| -> Value {
        if let Some(payload) = send {
            socket.send(Message::text(payload.to_string())).await.unwrap();
        }
        loop {
            let frame = socket.next().await.unwrap().unwrap();
            let payload: Value = serde_json::from_slice(&frame.into_data()).unwrap();
            if payload["t"] == json!(name) || (name.is_empty() && payload["op"] == json!(10)) {
                return payload["d"].clone();
            }
        }
    };
    next("", None).await;
    let identify = json!({"op": 2, "d": {
        "token": identity.token.expose(), "properties": {}, "intents": 0b1000_0010_0000_0001,
    }});
    let ready = next("READY", Some(identify)).await;
    assert_eq!(ready["application"]["id"], json!(identity.application_id.to_string()));
    let guild = next("GUILD_CREATE", None).await;
    assert_eq!((&guild["name"], guild["channels"].as_array().unwrap().len()), (&json!("Sandbox"), 5));
    assert_eq!(guild["members"][0]["user"]["id"], ready["user"]["id"]);
    let sent = world.bot("POST", &messages(&world), Some(json!({"content": "event"}))).await.json();
    let event = next("MESSAGE_CREATE", None).await;
    assert_eq!((&event["id"], &event["content"]), (&sent["id"], &json!("event")));
    world.sandbox.stop().await;
}
