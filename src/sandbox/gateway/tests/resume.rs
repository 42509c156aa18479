//! Sessions that go on, and those that cannot.

use super::*;

/// A session with three events, of which the client has seen the READY alone.
async fn interrupted(server: &Server, code: Option<u16>) -> Value {
    let (client, ready) = server.ready(intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT).await;
    match code {
        Some(code) => client.close(code).await,
        None => drop(client),
    }
    server.hub.dispatch(message(Some(guild(0)), "a"));
    server.hub.dispatch(message(Some(guild(0)), "b"));
    ready["session_id"].clone()
}

async fn reconnect(server: &Server, session: &Value, seq: u64) -> Client {
    let mut client = server.connect("").await;
    client.hello().await;
    client.resume(session, seq).await;
    client
}

#[tokio::test]
async fn what_was_missed_comes_again_and_then_resumed() {
    for code in [None, Some(4000), Some(4900)] {
        let server = Server::plain().await;
        let session = interrupted(&server, code).await;
        let mut client = reconnect(&server, &session, 1).await;
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "a");
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "b");
        client.event("RESUMED").await;
        assert_eq!(client.seq, Some(4));
        server.hub.dispatch(message(Some(guild(0)), "c"));
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "c");
        drop(client);
        let mut client = reconnect(&server, &session, 2).await;
        let names = ["MESSAGE_CREATE", "RESUMED", "MESSAGE_CREATE", "RESUMED"];
        for (name, seq) in names.iter().zip(3..) {
            client.event(name).await;
            assert_eq!(client.seq, Some(seq), "the numbers of a replay are the first ones");
        }
    }
}

#[tokio::test]
async fn a_client_that_says_goodbye_cannot_resume() {
    for code in [1000, 1001] {
        let server = Server::plain().await;
        let session = interrupted(&server, Some(code)).await;
        assert_eq!(server.hub.sessions(), 0);
        let mut client = reconnect(&server, &session, 1).await;
        assert_eq!(client.op(9).await, false);
        client.identify(0).await;
        client.event("READY").await;
    }
}

#[tokio::test]
async fn a_session_that_nobody_has_or_that_is_another_tokens_is_invalid() {
    let server = Server::plain().await;
    let session = interrupted(&server, None).await;
    let mut client = reconnect(&server, &json!("unknown"), 1).await;
    assert_eq!(client.op(9).await, false);
    let other = json!({"token": "sandbox.gateway.other", "session_id": session, "seq": 1});
    client.send(6, other).await;
    assert_eq!(client.op(9).await, false);
    client.resume(&session, 3).await;
    client.event("RESUMED").await;
}

#[tokio::test]
async fn a_number_that_was_never_sent_closes_with_4007_and_ends_the_session() {
    let server = Server::plain().await;
    let session = interrupted(&server, None).await;
    let mut client = reconnect(&server, &session, 4).await;
    assert_eq!(client.closed().await, 4007);
    assert_eq!(server.hub.sessions(), 0);
}

#[tokio::test]
async fn what_is_no_longer_kept_cannot_be_replayed() {
    let settings = Settings { replay_bytes: 10_000, ..quick() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let session = interrupted(&server, None).await;
    for _ in 0..20 {
        server.hub.dispatch(message(Some(guild(0)), &"long ".repeat(200)));
    }
    let mut client = reconnect(&server, &session, 1).await;
    assert_eq!(client.op(9).await, false);
    assert_eq!(server.hub.sessions(), 0);
}

#[tokio::test]
async fn a_session_is_kept_for_its_time_only() {
    let settings = Settings { resume_window: Duration::ZERO, ..quick() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let session = interrupted(&server, Some(4000)).await;
    let mut client = reconnect(&server, &session, 1).await;
    assert_eq!(client.op(9).await, false);
    client.identify(0).await;
    client.event("READY").await;
    assert_eq!(server.hub.sessions(), 1, "the old one is gone");
}

#[tokio::test]
async fn a_resume_takes_the_session_from_a_connection_that_is_still_open() {
    let server = Server::plain().await;
    let (mut old, ready) = server.ready(0).await;
    let mut new = reconnect(&server, &ready["session_id"], 1).await;
    new.event("RESUMED").await;
    assert_eq!(old.closed().await, 4000);
    drop(old);
    server.hub.dispatch(marker());
    new.event("USER_UPDATE").await;
}

#[tokio::test]
async fn payload_compression_goes_on_after_a_resume() {
    let server = Server::plain().await;
    let mut client = server.connect("").await;
    client.hello().await;
    client.send(2, identify(json!({"compress": true}))).await;
    let ready = client.event("READY").await;
    drop(client);
    let mut client = reconnect(&server, &ready["session_id"], 1).await;
    client.event("GUILD_CREATE").await;
    client.event("GUILD_CREATE").await;
    assert_eq!(client.binary, 2);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_and_can_resume() {
    let settings = Settings { stall_limit: Duration::from_millis(200), ..quick() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let (mut client, ready) = server.ready(intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT).await;
    // More than the sockets' buffers take, less than the replay buffer.
    let text = "x".repeat(1 << 20);
    for _ in 0..48 {
        server.hub.dispatch(message(Some(guild(0)), &text));
    }
    // The client beats all the while; it just does not read.
    server.hub.dispatch(marker());
    server.cut_off(&ready["session_id"]).await;
    let mut seen = client.seq.unwrap();
    while let client::Got::Payload(payload) = client.next().await {
        assert_eq!(payload["s"], seen + 1);
        seen += 1;
    }
    assert!(seen < 49, "all {seen} went through");
    // A busy machine may be too slow a reader again: then the next connection goes on.
    'connections: loop {
        let mut client = reconnect(&server, &ready["session_id"], seen).await;
        while let client::Got::Payload(payload) = client.next().await {
            assert_eq!(payload["s"], seen + 1);
            seen += 1;
            if payload["t"] == "RESUMED" {
                break 'connections;
            }
        }
    }
    assert!(seen >= 51, "48 messages, a marker, and RESUMED after them");
}
