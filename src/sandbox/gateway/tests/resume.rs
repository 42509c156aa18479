//! Sessions that can be resumed, and those that cannot.

use super::*;

/// The id of a disconnected session with three events, of which the client has received only READY.
async fn disconnected_session(server: &Server, code: Option<u16>) -> Value {
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
async fn a_resume_replays_missed_events_and_then_sends_resumed() {
    for code in [None, Some(4000), Some(4900)] {
        let server = Server::new().await;
        let session = disconnected_session(&server, code).await;
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
            assert_eq!(client.seq, Some(seq), "replayed events keep their sequence numbers");
        }
    }
}

#[tokio::test]
async fn a_session_cannot_be_resumed_after_the_client_closes_with_1000_or_1001() {
    for code in [1000, 1001] {
        let server = Server::new().await;
        let session = disconnected_session(&server, Some(code)).await;
        assert_eq!(server.hub.sessions(), 0);
        let mut client = reconnect(&server, &session, 1).await;
        assert_eq!(client.op(9).await, false);
        client.identify(0).await;
        client.event("READY").await;
    }
}

#[tokio::test]
async fn an_unknown_session_and_one_of_another_token_are_invalid() {
    let server = Server::new().await;
    let session = disconnected_session(&server, None).await;
    let mut client = reconnect(&server, &json!("unknown"), 1).await;
    assert_eq!(client.op(9).await, false);
    let other = json!({"token": "sandbox.gateway.other", "session_id": session, "seq": 1});
    client.send(6, other).await;
    assert_eq!(client.op(9).await, false);
    client.resume(&session, 3).await;
    client.event("RESUMED").await;
}

#[tokio::test]
async fn a_sequence_number_that_was_never_sent_closes_with_4007_and_ends_the_session() {
    let server = Server::new().await;
    let session = disconnected_session(&server, None).await;
    let mut client = reconnect(&server, &session, 4).await;
    assert_eq!(client.closed().await, 4007);
    assert_eq!(server.hub.sessions(), 0);
}

#[tokio::test]
async fn a_session_whose_missed_events_were_removed_cannot_be_resumed() {
    let settings = Settings { replay_bytes: 10_000, ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let session = disconnected_session(&server, None).await;
    for _ in 0..20 {
        server.hub.dispatch(message(Some(guild(0)), &"long ".repeat(200)));
    }
    let mut client = reconnect(&server, &session, 1).await;
    assert_eq!(client.op(9).await, false);
    assert_eq!(server.hub.sessions(), 0);
}

#[tokio::test]
async fn a_session_cannot_be_resumed_after_the_resume_window() {
    let settings = Settings { resume_window: Duration::ZERO, ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let session = disconnected_session(&server, Some(4000)).await;
    let mut client = reconnect(&server, &session, 1).await;
    assert_eq!(client.op(9).await, false);
    client.identify(0).await;
    client.event("READY").await;
    assert_eq!(server.hub.sessions(), 1, "the old session was removed");
}

#[tokio::test]
async fn a_resume_closes_the_connection_that_the_session_was_attached_to() {
    let server = Server::new().await;
    let (mut old, ready) = server.ready(0).await;
    let mut new = reconnect(&server, &ready["session_id"], 1).await;
    new.event("RESUMED").await;
    assert_eq!(old.closed().await, 4000);
    drop(old);
    server.hub.dispatch(user_update());
    new.event("USER_UPDATE").await;
}

#[tokio::test]
async fn payload_compression_continues_after_a_resume() {
    let server = Server::new().await;
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
    let settings = Settings { stall_limit: Duration::from_millis(200), ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, &[]).await;
    let (mut client, ready) = server.ready(intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT).await;
    // More than the sockets' buffers hold, and less than the replay buffer.
    let text = "x".repeat(1 << 20);
    for _ in 0..48 {
        server.hub.dispatch(message(Some(guild(0)), &text));
    }
    // The heartbeat interval has not passed; the client only does not read.
    server.hub.dispatch(user_update());
    server.wait_until_detached(&ready["session_id"]).await;
    let mut seen = client.seq.unwrap();
    while let client::Received::Payload(payload) = client.next().await {
        assert_eq!(payload["s"], seen + 1);
        seen += 1;
    }
    assert!(seen < 49, "the client received all {seen} events");
    // On a busy machine, the client may again read too slowly. The next connection then continues.
    'connections: loop {
        let mut client = reconnect(&server, &ready["session_id"], seen).await;
        while let client::Received::Payload(payload) = client.next().await {
            assert_eq!(payload["s"], seen + 1);
            seen += 1;
            if payload["t"] == "RESUMED" {
                break 'connections;
            }
        }
    }
    assert!(seen >= 51, "48 messages, a marker, and RESUMED after them");
}
