//! Broken or malicious gateways: a listener ends with a clear error or reconnects at a limited rate.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::{Bounded, Gateway, Peer, World, bot};

/// Returns a gateway with correct REST answers whose connections are played by the closure.
fn played<F: Future<Output = ()> + Send + 'static>(play: impl Fn(Peer) -> F + Send + Sync + 'static) -> Gateway {
    Gateway::start(|_, url| bot(url).to_string(), play)
}

/// Options for payloads without compression, which a test can write by hand.
const LISTEN: [&str; 5] = ["listen", "--compress", "none", "--intents", "0"];

fn spawn(world: &World, args: &[&str]) -> Bounded {
    let mut command = world.command();
    command.args(LISTEN).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Bounded::spawn(&mut command)
}

#[test]
fn the_close_reason_is_in_the_error_and_in_the_line_without_control_characters() {
    let gateway = played(|mut peer| async move { peer.close(4002, "no \x1b[31mUser-Agent\u{202e}").await });
    let ended = gateway.world().run([&LISTEN[..], &["--meta", "--max-reconnects", "0"]].concat());
    insta::assert_snapshot!(ended.stderr, @r"
    error: gave up on shard 0 after 0 attempts to reconnect: the gateway closed the connection with 4002 (no [31mUser-Agent)
      hint: check the network connection, or allow more attempts with --max-reconnects
    ");
    assert_eq!(ended.status, Some(8));
    let closed: Value = serde_json::from_str(ended.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(closed["t"], "DCORD_CLOSED");
    assert_eq!((&closed["d"]["code"], &closed["d"]["reason"]), (&json!(4002), &json!("no \x1b[31mUser-Agent\u{202e}")));
}

#[test]
fn the_handshake_contains_the_user_agent() {
    let gateway = played(|mut peer| async move { peer.close(4004, "").await });
    assert_eq!(gateway.world().run(LISTEN).status, Some(4));
    let agents = gateway.user_agents();
    assert!(agents.len() == 1 && agents[0].starts_with("DiscordBot (https://"), "{agents:?}");
}

#[test]
fn a_server_that_is_not_a_gateway_is_fatal_and_an_overloaded_one_is_not() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "the gateway returned status 200"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "the gateway returned status 403"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
          sec-websocket-accept: AAAA\r\n\r\n",
            "the gateway did not complete the WebSocket handshake",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "the gateway did not complete the WebSocket handshake"),
    ] {
        let gateway = Gateway::refusing(answer);
        let ended = gateway.world().run(LISTEN);
        assert_eq!((ended.status, gateway.connections()), (Some(8), 1), "{answer}: {ended}");
        assert!(ended.stderr.starts_with("error: cannot connect to the gateway ws://127.0.0.1:"), "{ended}");
        assert!(ended.stderr.contains(expected) && ended.stderr.contains("hint: check --api-url"), "{ended}");
    }
    for answer in ["HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", ""] {
        let gateway = Gateway::refusing(answer);
        let ended = gateway.world().run([&LISTEN[..], &["--max-reconnects", "2"]].concat());
        assert_eq!((ended.status, gateway.connections()), (Some(8), 3), "{answer}: {ended}");
    }
}

#[test]
fn an_invalid_response_about_the_gateway_is_a_server_error() {
    let limit = json!({"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1});
    for (answer, expected) in [
        (json!({"url": "nonsense", "shards": 1, "session_start_limit": limit}), "\"nonsense\" is not a gateway URL"),
        (
            json!({"url": "wss://gateway.evil.example", "shards": 1, "session_start_limit": limit}),
            "is not a Discord URL",
        ),
        (json!({"url": "x".repeat(100_000), "shards": 1, "session_start_limit": limit}), "is not a gateway URL"),
        (json!({"url": "URL", "shards": u32::MAX, "session_start_limit": limit}), "4294967295 shards"),
        (json!({"url": "URL", "shards": -1, "session_start_limit": limit}), "is not valid"),
        (json!({"url": "URL", "shards": 1, "session_start_limit": {"total": 1}}), "is not valid"),
        (json!({"url": "URL", "shards": 1}), "is not valid"),
        (json!([]), "is not valid"),
    ] {
        let text = answer.to_string();
        let gateway =
            Gateway::start(move |_, url| text.replace("URL", url), |mut peer| async move { peer.go_live().await });
        let ended = gateway.world().run([&LISTEN[..], &["--shards", "auto"]].concat());
        assert_eq!((ended.status, gateway.connections()), (Some(8), 0), "{ended}");
        assert!(ended.stderr.contains(expected) && ended.stderr.contains("check --api-url"), "{ended}");
        assert!(ended.stderr.len() < 1000, "{ended}");
    }
}

#[test]
fn absurd_limits_neither_block_a_listener_nor_exhaust_its_memory() {
    for limit in [
        json!({"total": 1000, "remaining": u32::MAX, "reset_after": u64::MAX, "max_concurrency": 0}),
        json!({"total": 0, "remaining": 1, "reset_after": 0, "max_concurrency": u32::MAX}),
        json!({"total": u32::MAX, "remaining": u32::MAX, "reset_after": 1, "max_concurrency": 1}),
    ] {
        let answer = json!({"url": "URL", "shards": 65_536, "session_start_limit": limit}).to_string();
        let play = |mut peer: Peer| async move {
            peer.go_live().await;
            peer.drain().await;
        };
        let gateway = Gateway::start(move |_, url| answer.replace("URL", url), play);
        let ended = gateway.world().run([&LISTEN[..], &["--count", "1", "--jq", ".t"]].concat());
        let expected = if limit["total"] == 0 { None } else { Some("READY\n") };
        match expected {
            Some(line) => assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), line), "{limit}: {ended}"),
            // No IDENTIFY is left, as the answer says.
            None => assert_eq!(ended.status, Some(10), "{limit}: {ended}"),
        }
    }
}

#[test]
fn shards_are_created_when_they_start() {
    let limit = json!({"total": 1_000_000, "remaining": 1_000_000, "reset_after": 0, "max_concurrency": 16});
    let answer = json!({"url": "URL", "shards": 60_000, "session_start_limit": limit}).to_string();
    let play = |mut peer: Peer| async move {
        peer.go_live().await;
        peer.drain().await;
    };
    let gateway = Gateway::start(move |_, url| answer.replace("URL", url), play);
    let world = gateway.world();
    let ended = world.run([&LISTEN[..], &["--shards", "auto", "--count", "16", "--jq", ".shard[1]"]].concat());
    assert_eq!((ended.status, ended.stdout.lines().count()), (Some(0), 16), "{ended}");
    assert!(ended.stdout.lines().all(|line| line == "60000"), "{ended}");
}

#[test]
fn a_heartbeat_interval_below_a_second_is_refused() {
    for interval in [0, 10, 999] {
        let gateway = played(move |mut peer| async move {
            peer.send(json!({"op": 10, "d": {"heartbeat_interval": interval}})).await;
            peer.drain().await;
        });
        let ended = gateway.world().run([&LISTEN[..], &["--max-reconnects", "1"]].concat());
        assert_eq!((ended.status, gateway.connections()), (Some(8), 2), "{ended}");
        let expected =
            format!("the gateway asks for a heartbeat every {interval} ms, but dcord accepts 1000 ms or more");
        assert!(ended.stderr.contains(&expected), "{ended}");
    }
}

#[test]
fn a_server_that_requests_heartbeats_without_reading_gets_few() {
    const ASKED: usize = 20_000;
    let gateway = played(|mut peer| async move {
        peer.go_live().await;
        for _ in 0..ASKED {
            peer.send(json!({"op": 1, "d": null})).await;
        }
        peer.dispatch(2, "ASKED", json!({})).await;
        let mut beats = 0;
        while peer.expect(1).await.is_some() {
            beats += 1;
            if beats == 3 {
                break;
            }
        }
        peer.dispatch(3, "BEATS", json!({})).await;
        let more = peer.expect(1).await;
        peer.dispatch(4, "MORE", json!({"beats": more})).await;
        peer.drain().await;
    });
    let ended = gateway.world().run([&LISTEN[..], &["--count", "3", "--jq", ".t"]].concat());
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), "READY\nASKED\nBEATS\n"), "{ended}");
}

#[test]
fn reconnects_slow_down_if_sessions_break_immediately() {
    let gateway = played(|mut peer| async move {
        peer.go_live().await;
        peer.close(4000, "").await;
    });
    let world = gateway.world();
    let mut listener = spawn(&world, &["--meta", "-v", "--jq", "select(.t == \"DCORD_RECONNECTING\") | .d.wait_ms"]);
    let mut lines = BufReader::new(listener.stdout()).lines();
    let waits: Vec<u64> = (0..5).map(|_| lines.next().unwrap().unwrap().parse().unwrap()).collect();
    assert!(waits.windows(2).all(|pair| pair[0] < pair[1]) && waits[4] >= 4000, "{waits:?}");
    listener.signal(rustix::process::Signal::TERM);
    let mut stderr = String::new();
    listener.stderr().read_to_string(&mut stderr).unwrap();
    assert_eq!(listener.wait(), Some(143));
    // Each disconnect is reported once, with its cause.
    let breaks = stderr.lines().filter(|line| line.contains("4000")).count();
    assert_eq!(breaks, 5, "{stderr}");
    assert!(!stderr.contains("; the gateway closed"), "{stderr}");
}

#[test]
fn invalid_frames_end_the_connection_with_a_reason() {
    for (payload, expected) in [
        ("{nope}", "it is not a gateway payload"),
        (r#"{"op":"0"}"#, "it is not a gateway payload"),
        (r#"{"op":10,"d":{"heartbeat_interval":"x"}}"#, "HELLO: "),
        (r#"{"op":10}"#, "HELLO: "),
    ] {
        let gateway = played(move |mut peer| async move {
            use futures_util::SinkExt as _;
            let _ = peer.socket.send(payload.into()).await;
            peer.drain().await;
        });
        let ended = gateway.world().run([&LISTEN[..], &["--max-reconnects", "1"]].concat());
        assert_eq!((ended.status, gateway.connections()), (Some(8), 2), "{ended}");
        assert!(ended.stderr.contains("the gateway sent a payload that cannot be read: "), "{ended}");
        assert!(ended.stderr.contains(expected), "{ended}");
    }
}

#[test]
fn half_a_surrogate_in_an_event_is_replaced_only_for_a_jq_program() {
    for (args, expected) in [
        (&["--jq", ".d.content"][..], "cut \u{fffd}"),
        (&[], r#"{"shard":[0,1],"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"content":"cut \ud83d"}}"#),
    ] {
        let gateway = played(|mut peer| async move {
            use futures_util::SinkExt as _;
            peer.go_live().await;
            let event = r#"{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"content":"cut \ud83d"}}"#;
            let _ = peer.socket.send(event.into()).await;
            peer.drain().await;
        });
        let world = gateway.world();
        assert_eq!(world.run(["cache", "enable"]).status, Some(0));
        let ended = world.run([&LISTEN[..], &["-e", "MESSAGE_CREATE", "--count", "1"], args].concat());
        assert_eq!((ended.status, ended.stdout.trim_end()), (Some(0), expected), "{ended}");
        assert_eq!(ended.stderr, "");
    }
}
