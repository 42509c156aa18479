//! Injected faults, and a client that recovers from them.

use std::collections::BTreeSet;
use std::time::Instant;

use super::client::Received;
use super::*;
use crate::sandbox::gateway::Flood;

#[tokio::test]
async fn an_injected_close_follows_the_event_that_it_counts() {
    let server = Server::with(&["close=4123,after=2"]).await;
    let (mut client, _) = server.ready(0).await;
    server.hub.dispatch(user_update());
    server.hub.dispatch(user_update());
    server.hub.dispatch(user_update());
    client.event("USER_UPDATE").await;
    client.event("USER_UPDATE").await;
    assert_eq!(client.closed().await, 4123);
    assert_eq!((client.seq, server.hub.sessions()), (Some(3), 1));
}

#[tokio::test]
async fn an_injected_close_code_that_ends_sessions_ends_the_session() {
    for code in [1000, 4003, 4009, 4014] {
        let server = Server::with(&[&format!("close={code}")]).await;
        let (mut client, _) = server.ready(0).await;
        assert_eq!(client.closed().await, code);
        assert_eq!(server.hub.sessions(), 0);
    }
}

#[tokio::test]
async fn a_cut_connection_gets_no_close_frame() {
    let server = Server::with(&["cut,after=1"]).await;
    let (mut client, ready) = server.ready(0).await;
    server.hub.dispatch(user_update());
    loop {
        match client.next().await {
            Received::Payload(_) => {}
            Received::Broken => break,
            Received::Closed(code) => panic!("closed with {code}"),
        }
    }
    let mut client = server.connect("").await;
    client.hello().await;
    client.resume(&ready["session_id"], 1).await;
    client.event("USER_UPDATE").await;
    client.event("RESUMED").await;
}

#[tokio::test]
async fn events_continue_after_op_7_until_the_client_disconnects() {
    let server = Server::with(&["reconnect"]).await;
    let (mut client, _) = server.ready(0).await;
    assert_eq!(client.op(7).await, Value::Null);
    server.hub.dispatch(user_update());
    client.event("USER_UPDATE").await;
    client.close(4000).await;
    assert_eq!(server.hub.sessions(), 1);
}

#[tokio::test]
async fn op_9_says_whether_the_session_can_be_resumed() {
    for (kind, resumable) in [("resumable", true), ("lost", false)] {
        let server = Server::with(&[&format!("invalid-session={kind}")]).await;
        let (mut client, ready) = server.ready(0).await;
        assert_eq!(client.op(9).await, resumable);
        assert_eq!(server.hub.sessions(), usize::from(resumable));
        client.resume(&ready["session_id"], 1).await;
        if resumable {
            client.event("RESUMED").await;
        } else {
            assert_eq!(client.op(9).await, false);
        }
    }
}

#[tokio::test]
async fn the_fault_lost_ack_stops_acknowledgements_and_events() {
    let server = Server::with(&["lost-ack"]).await;
    let (mut client, ready) = server.ready(0).await;
    server.hub.dispatch(user_update());
    client.send(1, json!(1)).await;
    let silence = client.next_within(Duration::from_millis(30)).await;
    assert!(silence.is_none(), "{silence:?}");
    drop(client);
    let mut client = server.connect("").await;
    client.hello().await;
    client.resume(&ready["session_id"], 1).await;
    client.event("USER_UPDATE").await;
    client.event("RESUMED").await;
    client.heartbeat().await;
}

#[tokio::test]
async fn the_fault_no_hello_sends_nothing_on_one_connection() {
    let server = Server::with(&["no-hello"]).await;
    let mut client = server.connect("").await;
    client.send(1, Value::Null).await;
    let silence = client.next_within(Duration::from_millis(30)).await;
    assert!(silence.is_none(), "{silence:?}");
    server.ready(0).await;
}

#[tokio::test]
async fn the_fault_slow_delays_each_event() {
    let server = Server::with(&["slow=1ms,times=2", "slow=1h,after=2"]).await;
    let (mut client, _) = server.ready(0).await;
    server.hub.dispatch(user_update());
    server.hub.dispatch(user_update());
    client.event("USER_UPDATE").await;
    let silence = client.next_within(Duration::from_millis(30)).await;
    assert!(silence.is_none(), "{silence:?}");
}

/// What a client received of a flood.
#[derive(Default)]
struct FloodReport {
    numbers: BTreeSet<u64>,
    /// How many messages arrived more than once.
    repeated: u64,
    connections: u64,
    sessions: u64,
    /// The gaps within a session: the sequence numbers before and after each.
    gaps: Vec<(u64, u64)>,
}

/// Receives a flood up to its last message, reconnecting as the protocol says.
async fn receive_flood(server: &Server, compress: &str, last: u64) -> FloodReport {
    let mut report = FloodReport::default();
    let mut session: Option<(Value, u64)> = None;
    loop {
        report.connections += 1;
        assert!(report.connections < 1000, "the client makes no progress: {} events", report.numbers.len());
        let mut client = server.connect(compress).await;
        let interval = Duration::from_millis(client.hello().await);
        match &session {
            Some((id, seq)) => client.resume(id, *seq).await,
            None => client.identify(ALL_INTENTS).await,
        }
        let mut next_heartbeat = Instant::now() + interval;
        let mut alive = true;
        loop {
            if Instant::now() >= next_heartbeat {
                if !alive {
                    break;
                }
                alive = false;
                next_heartbeat = Instant::now() + interval;
                client.send(1, json!(session.as_ref().map(|s| s.1))).await;
            }
            let wait = next_heartbeat.saturating_duration_since(Instant::now());
            let payload = match client.next_within(wait).await {
                None => continue,
                Some(Received::Payload(payload)) => payload,
                Some(Received::Broken) => break,
                Some(Received::Closed(code)) => {
                    if matches!(code, 4003 | 4005 | 4007 | 4009 | 1000 | 1001) {
                        session = None;
                    }
                    break;
                }
            };
            alive = true;
            match payload["op"].as_u64() {
                Some(7) => break,
                Some(9) => {
                    if payload["d"] == false {
                        session = None;
                    }
                    break;
                }
                Some(0) => {}
                _ => continue,
            }
            let seq = payload["s"].as_u64().unwrap();
            match &mut session {
                Some((_, last)) => {
                    if seq > *last + 1 {
                        report.gaps.push((*last, seq));
                    }
                    *last = seq.max(*last);
                }
                None => {
                    report.sessions += 1;
                    assert_eq!(payload["t"], "READY");
                    session = Some((payload["d"]["session_id"].clone(), seq));
                }
            }
            if payload["t"] == "MESSAGE_CREATE" {
                let content = payload["d"]["content"].as_str().unwrap();
                let number = content.split(' ').nth(1).unwrap().parse().unwrap();
                report.repeated += u64::from(!report.numbers.insert(number));
                if number == last {
                    client.close(1000).await;
                    return report;
                }
            }
        }
    }
}

const EVENTS: u64 = 20_000;

async fn flood_with_faults(faults: &[&str], compress: &str) -> FloodReport {
    let settings = Settings { heartbeat_interval: Duration::from_millis(50), ..unthrottled() };
    let server = Server::start(Guilds::default(), settings, faults).await;
    server.hub.flood(Flood { events: EVENTS, rate: None, size: 1200 });
    let report = receive_flood(&server, compress, EVENTS).await;
    assert_eq!(report.gaps, [], "a session has no gaps");
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_client_receives_every_event_despite_faults() {
    let faults = [
        "close=4000,every=700",
        "reconnect,every=900",
        "invalid-session=resumable,every=1100",
        "cut,every=300",
        "lost-ack,every=5000",
    ];
    for compress in ["", "zlib-stream", "zstd-stream"] {
        let report = flood_with_faults(&faults, compress).await;
        assert!(report.numbers.iter().copied().eq(1..=EVENTS), "{} received", report.numbers.len());
        assert_eq!(report.sessions, 1);
        assert!(report.connections > EVENTS / 300, "{} connections", report.connections);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lost_session_the_flood_continues_with_the_next_number() {
    // All faults apply well before the last message, because a session that ends may lose messages that it
    // has not sent.
    let faults = ["invalid-session=lost,every=1000,times=5", "close=4009,every=2500,times=1"];
    let report = flood_with_faults(&faults, "").await;
    assert_eq!(report.sessions, 7);
    assert_eq!(report.repeated, 0);
    let lost = EVENTS - report.numbers.len() as u64;
    assert!(lost <= report.sessions * 1024, "{lost} events lost with {} sessions", report.sessions);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_makes_progress_even_with_a_fault_at_every_event() {
    for fault in ["cut,every=1", "close=4000,every=1", "reconnect,every=1"] {
        let server = Server::with(&[fault]).await;
        server.hub.flood(Flood { events: 30, rate: None, size: 100 });
        let report = receive_flood(&server, "", 30).await;
        assert!(report.numbers.iter().copied().eq(1..=30), "{fault}");
    }
}
