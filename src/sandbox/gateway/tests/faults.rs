//! Bad days, and a client that gets through them.

use std::collections::BTreeSet;
use std::time::Instant;

use super::client::Got;
use super::*;
use crate::sandbox::gateway::Flood;

#[tokio::test]
async fn a_close_comes_after_its_event() {
    let server = Server::with(&["close=4123,after=2"]).await;
    let (mut client, _) = server.ready(0).await;
    server.hub.dispatch(marker());
    server.hub.dispatch(marker());
    server.hub.dispatch(marker());
    client.event("USER_UPDATE").await;
    client.event("USER_UPDATE").await;
    assert_eq!(client.closed().await, 4123);
    assert_eq!((client.seq, server.hub.sessions()), (Some(3), 1));
}

#[tokio::test]
async fn a_close_that_loses_the_session_loses_it_here_too() {
    for code in [1000, 4003, 4009, 4014] {
        let server = Server::with(&[&format!("close={code}")]).await;
        let (mut client, _) = server.ready(0).await;
        assert_eq!(client.closed().await, code);
        assert_eq!(server.hub.sessions(), 0);
    }
}

#[tokio::test]
async fn a_cut_has_no_close_frame() {
    let server = Server::with(&["cut,after=1"]).await;
    let (mut client, ready) = server.ready(0).await;
    server.hub.dispatch(marker());
    loop {
        match client.next().await {
            Got::Payload(_) => {}
            Got::Broken => break,
            Got::Closed(code) => panic!("closed with {code}"),
        }
    }
    let mut client = server.connect("").await;
    client.hello().await;
    client.resume(&ready["session_id"], 1).await;
    client.event("USER_UPDATE").await;
    client.event("RESUMED").await;
}

#[tokio::test]
async fn op_7_asks_and_events_go_on_until_the_client_goes() {
    let server = Server::with(&["reconnect"]).await;
    let (mut client, _) = server.ready(0).await;
    assert_eq!(client.op(7).await, Value::Null);
    server.hub.dispatch(marker());
    client.event("USER_UPDATE").await;
    client.close(4000).await;
    assert_eq!(server.hub.sessions(), 1);
}

#[tokio::test]
async fn op_9_says_whether_the_session_is_still_there() {
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
async fn a_connection_that_lost_its_acknowledgements_is_silent() {
    let server = Server::with(&["lost-ack"]).await;
    let (mut client, ready) = server.ready(0).await;
    server.hub.dispatch(marker());
    client.send(1, json!(1)).await;
    let silence = client.next_within(Duration::from_millis(30)).await;
    assert!(silence.is_none(), "{silence:?}");
    drop(client);
    let mut client = server.connect("").await;
    client.hello().await;
    client.resume(&ready["session_id"], 1).await;
    client.event("USER_UPDATE").await;
    client.event("RESUMED").await;
    client.beat().await;
}

#[tokio::test]
async fn a_connection_may_get_no_hello() {
    let server = Server::with(&["no-hello"]).await;
    let mut client = server.connect("").await;
    client.send(1, Value::Null).await;
    let silence = client.next_within(Duration::from_millis(30)).await;
    assert!(silence.is_none(), "{silence:?}");
    server.ready(0).await;
}

#[tokio::test]
async fn a_slow_socket_waits_before_its_events() {
    let server = Server::with(&["slow=1ms,times=2", "slow=1h,after=2"]).await;
    let (mut client, _) = server.ready(0).await;
    server.hub.dispatch(marker());
    server.hub.dispatch(marker());
    client.event("USER_UPDATE").await;
    let silence = client.next_within(Duration::from_millis(30)).await;
    assert!(silence.is_none(), "{silence:?}");
}

/// What a correct client saw of a flood.
#[derive(Default)]
struct Seen {
    numbers: BTreeSet<u64>,
    /// Events that came again.
    again: u64,
    connections: u64,
    sessions: u64,
    /// Sequence numbers that were skipped within a session.
    skipped: Vec<(u64, u64)>,
}

/// Follows the protocol through whatever happens until the flood's last message has come.
async fn get_through(server: &Server, compress: &str, last: u64) -> Seen {
    let mut seen = Seen::default();
    let mut session: Option<(Value, u64)> = None;
    loop {
        seen.connections += 1;
        assert!(seen.connections < 1000, "the client gets nowhere: {} events", seen.numbers.len());
        let mut client = server.connect(compress).await;
        let interval = Duration::from_millis(client.hello().await);
        match &session {
            Some((id, seq)) => client.resume(id, *seq).await,
            None => client.identify(EVERYTHING).await,
        }
        let mut beat = Instant::now() + interval;
        let mut alive = true;
        loop {
            if Instant::now() >= beat {
                if !alive {
                    break;
                }
                alive = false;
                beat = Instant::now() + interval;
                client.send(1, json!(session.as_ref().map(|s| s.1))).await;
            }
            let wait = beat.saturating_duration_since(Instant::now());
            let payload = match client.next_within(wait).await {
                None => continue,
                Some(Got::Payload(payload)) => payload,
                Some(Got::Broken) => break,
                Some(Got::Closed(code)) => {
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
                        seen.skipped.push((*last, seq));
                    }
                    *last = seq.max(*last);
                }
                None => {
                    seen.sessions += 1;
                    assert_eq!(payload["t"], "READY");
                    session = Some((payload["d"]["session_id"].clone(), seq));
                }
            }
            if payload["t"] == "MESSAGE_CREATE" {
                let content = payload["d"]["content"].as_str().unwrap();
                let number = content.split(' ').nth(1).unwrap().parse().unwrap();
                seen.again += u64::from(!seen.numbers.insert(number));
                if number == last {
                    client.close(1000).await;
                    return seen;
                }
            }
        }
    }
}

const EVENTS: u64 = 20_000;

async fn bad_day(faults: &[&str], compress: &str) -> Seen {
    let settings = Settings { heartbeat_interval: Duration::from_millis(50), ..quick() };
    let server = Server::start(Guilds::default(), settings, faults).await;
    server.hub.flood(Flood { events: EVENTS, rate: None, size: 1200 });
    let seen = get_through(&server, compress, EVENTS).await;
    assert_eq!(seen.skipped, [], "within a session nothing is skipped");
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_client_gets_every_event_of_a_bad_day() {
    let faults = [
        "close=4000,every=700",
        "reconnect,every=900",
        "invalid-session=resumable,every=1100",
        "cut,every=300",
        "lost-ack,every=5000",
    ];
    for compress in ["", "zlib-stream", "zstd-stream"] {
        let seen = bad_day(&faults, compress).await;
        assert!(seen.numbers.iter().copied().eq(1..=EVENTS), "{} came", seen.numbers.len());
        assert_eq!(seen.sessions, 1);
        assert!(seen.connections > EVENTS / 300, "{} connections", seen.connections);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lost_session_the_flood_goes_on_with_the_next_number() {
    // All strike well before the end: a lost session may take what it had not sent with it.
    let faults = ["invalid-session=lost,every=1000,times=5", "close=4009,every=2500,times=1"];
    let seen = bad_day(&faults, "").await;
    assert_eq!(seen.sessions, 7);
    assert_eq!(seen.again, 0);
    let lost = EVENTS - seen.numbers.len() as u64;
    assert!(lost <= seen.sessions * 1024, "{lost} events lost with {} sessions", seen.sessions);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_at_every_single_event_still_lets_a_client_ahead() {
    for fault in ["cut,every=1", "close=4000,every=1", "reconnect,every=1"] {
        let server = Server::with(&[fault]).await;
        server.hub.flood(Flood { events: 30, rate: None, size: 100 });
        let seen = get_through(&server, "", 30).await;
        assert!(seen.numbers.iter().copied().eq(1..=30), "{fault}");
    }
}
