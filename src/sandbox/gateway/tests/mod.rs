//! Tests of the gateway over real sockets.

mod client;
mod commands;
mod events;
mod faults;
mod resume;

use std::time::Duration;

use serde_json::{Value, json};

use self::client::{ALL_INTENTS, Client, Guilds, ME, Server, TOKEN, guild, unthrottled};
use super::{Dispatch, Settings, intents};

fn message(guild_id: Option<u64>, content: &str) -> Dispatch {
    Dispatch {
        name: "MESSAGE_CREATE".into(),
        guild_id,
        data: json!({
            "id": "1", "content": content, "author": {"id": "1001"}, "mentions": [],
            "embeds": [], "attachments": [], "components": [],
        }),
    }
}

/// An event that every session receives. Tests use it to check that no other event precedes it.
fn user_update() -> Dispatch {
    Dispatch { name: "USER_UPDATE".into(), guild_id: None, data: json!({"id": ME}) }
}

fn identify(extra: Value) -> Value {
    let mut d = json!({"token": TOKEN, "properties": {}, "intents": ALL_INTENTS});
    for (key, value) in extra.as_object().unwrap() {
        d[key] = value.clone();
    }
    d
}

#[tokio::test]
async fn a_client_identifies_after_hello_and_receives_events() {
    for compress in ["", "zlib-stream", "zstd-stream"] {
        let server = Server::new().await;
        let mut client = server.connect(compress).await;
        assert_eq!(client.hello().await, 41_250);
        client.identify(ALL_INTENTS).await;
        let ready = client.event("READY").await;
        assert_eq!(ready["v"], 10);
        assert_eq!(ready["user"]["id"], ME);
        assert_eq!(ready["application"], json!({"id": "43", "flags": 0}));
        assert_eq!(ready["resume_gateway_url"], format!("ws://{}", server.address));
        assert_eq!(ready["guilds"][1], json!({"id": guild(1).to_string(), "unavailable": true}));
        assert!(ready.get("shard").is_none());
        assert_eq!(client.event("GUILD_CREATE").await["id"], guild(0).to_string());
        assert_eq!(client.event("GUILD_CREATE").await["id"], guild(1).to_string());
        server.hub.dispatch(message(Some(guild(1)), &"hello ".repeat(30_000)));
        let got = client.payload().await;
        assert_eq!((&got["t"], &got["s"]), (&json!("MESSAGE_CREATE"), &json!(4)));
        assert_eq!(got["d"]["content"].as_str().unwrap().len(), 180_000);
        client.heartbeat().await;
        assert_eq!(client.binary, if compress.is_empty() { 0 } else { 6 });
        assert_eq!(server.hub.sessions(), 1);
        client.close(1000).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn payload_compression_applies_to_large_payloads() {
    let server = Server::new().await;
    let mut client = server.connect("").await;
    client.hello().await;
    client.send(2, identify(json!({"compress": true}))).await;
    client.event("READY").await;
    client.event("GUILD_CREATE").await;
    client.event("GUILD_CREATE").await;
    client.heartbeat().await;
    assert_eq!(client.binary, 3, "READY and two guilds, not the acknowledgement");
}

#[tokio::test]
async fn an_invalid_payload_closes_the_connection_with_its_code() {
    let text = |op: u64, d: Value| json!({"op": op, "d": d}).to_string();
    let server = Server::new().await;
    for (payload, code) in [
        ("{".to_owned(), 4002),
        (text(1, Value::from("x".repeat(4096))), 4002),
        (text(1, Value::from("x".repeat(100_000))), 4002),
        (text(99, Value::Null), 4001),
        (text(3, json!({"status": "online"})), 4003),
        (text(8, json!({"guild_id": "1", "query": "", "limit": 0})), 4003),
        (text(2, identify(json!({"token": "wrong"}))), 4004),
        (text(2, identify(json!({"intents": null}))), 4013),
        (text(2, identify(json!({"intents": 1 << 30}))), 4013),
        (text(2, identify(json!({"shard": [2, 2]}))), 4010),
        (text(6, json!({"token": "wrong", "session_id": "x", "seq": 1})), 4004),
    ] {
        let mut client = server.connect("").await;
        client.hello().await;
        client.text(payload.clone()).await;
        assert_eq!(client.closed().await, code, "{payload:.200}");
    }
    assert_eq!(server.hub.sessions(), 0);
    let limit = server.hub.session_start_limit();
    assert_eq!((&limit["total"], &limit["remaining"]), (&json!(1000), &json!(1000)));
}

#[tokio::test]
async fn a_wrong_version_closes_with_4012_and_another_encoding_fails_the_handshake() {
    let server = Server::new().await;
    for query in ["encoding=json", "v=6&encoding=json", "v=x"] {
        assert_eq!(server.open(query).await.unwrap().closed().await, 4012, "{query}");
    }
    for query in ["v=10&encoding=etf", "v=10&encoding=json&compress=brotli"] {
        assert!(server.open(query).await.is_err(), "{query}");
    }
    assert_eq!(server.open("v=10").await.unwrap().hello().await, 41_250);
}

#[tokio::test]
async fn a_second_identify_or_resume_closes_with_4005_and_ends_the_session() {
    for op in [2, 6] {
        let server = Server::new().await;
        let (mut client, ready) = server.ready(0).await;
        match op {
            2 => client.identify(0).await,
            _ => client.resume(&ready["session_id"], 1).await,
        }
        assert_eq!(client.closed().await, 4005);
        assert_eq!(server.hub.sessions(), 0);
    }
}

#[tokio::test]
async fn privileged_intents_that_were_not_granted_close_with_4014() {
    let settings = Settings { privileged: intents::GUILD_MEMBERS, ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    for (asked, allowed) in [
        (intents::GUILD_MEMBERS, true),
        (intents::MESSAGE_CONTENT, false),
        (intents::GUILD_PRESENCES | intents::GUILD_MEMBERS, false),
    ] {
        let mut client = server.connect("").await;
        client.hello().await;
        client.identify(asked).await;
        if allowed {
            client.event("READY").await;
        } else {
            assert_eq!(client.closed().await, 4014);
        }
    }
}

#[tokio::test]
async fn more_than_2500_guilds_require_shards() {
    let world = Guilds { guilds: (0..2501).map(guild).collect(), ..Guilds::default() };
    let server = Server::start(world, unthrottled(), &[]).await;
    let mut client = server.connect("").await;
    client.hello().await;
    client.identify(0).await;
    assert_eq!(client.closed().await, 4011);
    let mut client = server.connect("").await;
    client.hello().await;
    client.send(2, identify(json!({"shard": [1, 2], "intents": 0}))).await;
    assert_eq!(client.event("READY").await["guilds"].as_array().unwrap().len(), 1250);
}

#[tokio::test]
async fn identifies_with_the_same_key_within_the_interval_invalidate_the_session() {
    let settings = Settings { max_concurrency: 2, ..Settings::default() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let mut clients = Vec::new();
    for (shard, granted) in [(0, true), (1, true), (2, false), (3, false)] {
        let mut client = server.connect("").await;
        client.hello().await;
        client.send(2, identify(json!({"shard": [shard, 4], "intents": 0}))).await;
        if granted {
            assert_eq!(client.event("READY").await["shard"], json!([shard, 4]));
        } else {
            assert_eq!(client.op(9).await, false);
        }
        clients.push(client);
    }
    assert_eq!(server.hub.session_start_limit()["remaining"], 996);
}

#[tokio::test]
async fn an_identify_beyond_the_daily_limit_closes_with_4004() {
    let settings = Settings { session_start_total: 1, ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let (mut first, _) = server.ready(0).await;
    let mut second = server.connect("").await;
    second.hello().await;
    second.identify(0).await;
    assert_eq!(second.closed().await, 4004);
    first.heartbeat().await;
    let limit = server.hub.session_start_limit();
    assert_eq!((&limit["remaining"], &limit["max_concurrency"]), (&json!(0), &json!(1)));
    assert!(limit["reset_after"].as_u64().unwrap() > 86_000_000);
}

#[tokio::test]
async fn the_121st_send_in_a_minute_closes_with_4008() {
    let server = Server::new().await;
    let mut client = server.connect("").await;
    client.hello().await;
    for _ in 0..120 {
        client.heartbeat().await;
    }
    client.send(1, Value::Null).await;
    assert_eq!(client.closed().await, 4008);
}

#[tokio::test]
async fn a_client_that_misses_its_heartbeats_is_timed_out() {
    let settings = Settings { heartbeat_interval: Duration::from_millis(50), ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let (mut client, _) = server.ready(0).await;
    for _ in 0..200 {
        client.heartbeat().await;
    }
    assert_eq!(server.hub.sessions(), 1);
    assert_eq!(client.closed().await, 4009);
    assert_eq!(server.hub.sessions(), 0);
}

#[tokio::test]
async fn stopping_the_sandbox_closes_connections_with_1001() {
    let server = Server::new().await;
    let (mut client, _) = server.ready(0).await;
    let (stopped, code) = tokio::join!(server.stop(), async {
        let code = client.closed().await;
        drop(client);
        code
    });
    assert_eq!((stopped, code), ((), 1001));
}
