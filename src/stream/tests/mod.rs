//! Runs the gateway client and the pipeline over loopback, against a small gateway that each test controls.

mod listening;
mod peer;

use std::io;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use self::listening::{Listening, Out, Setup};
use self::peer::{Coder, Gateway, HANG, within};
use super::*;
use crate::gateway::{
    self, Budget, Command, Compression, End, EventGlob, Filter, IdentifyQueue, Options, Session, ShardRange,
    StoreError, intents,
};
use crate::model::{Clock, Token, TokenType};
use crate::output;
use crate::store::Ledger;

fn options(gateway: &Gateway) -> Options {
    let token = Token::parse("secret-token-of-a-bot", TokenType::Bot).unwrap();
    let api = url::Url::parse("http://127.0.0.1:1/api").unwrap();
    Options { api_url: Some(api), ..Options::new(token, gateway.url.clone(), ShardRange::all(1), 513, queue(None)) }
}

fn queue(budget: Option<Budget>) -> Arc<IdentifyQueue> {
    let ledger = Arc::new(Ledger::in_memory(Clock::system()));
    Arc::new(IdentifyQueue::new(ledger, "scope".to_owned(), 16, budget))
}

#[tokio::test]
async fn events_come_out_as_lines_with_each_compression() {
    for compression in [Compression::Zstd, Compression::Zlib, Compression::Payload, Compression::None] {
        let gateway = Gateway::start().await;
        let options = Options { compression, ..options(&gateway) };
        let listening = Listening::start(Setup { count: Some(3), ..options.into() });

        let (mut peer, identify) = gateway.ready().await;
        let parameter = compression.query().map_or(String::new(), |c| format!("&compress={c}"));
        assert_eq!(peer.query, format!("v=10&encoding=json{parameter}"));
        assert_eq!(identify["token"], "secret-token-of-a-bot");
        assert_eq!(identify["intents"], 513);
        assert_eq!(identify["compress"], json!((compression == Compression::Payload).then_some(true)));
        if compression == Compression::Payload {
            peer.coder = Coder::Documents;
        }
        let data = r#"{"content":"žluť \n \"x\"", "big":12345678901234567890.10}"#;
        peer.send_text(format!(r#"{{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{data}}}"#)).await;
        peer.dispatch(3, "SOMETHING_NEW", json!(["x".repeat(200_000)])).await;
        assert_eq!(peer.expect_close().await, 1000);

        let (ended, out) = listening.end().await;
        assert_eq!(ended.gateway.unwrap(), End::Enough, "{compression:?}");
        assert_eq!(out.names(), ["READY", "MESSAGE_CREATE", "SOMETHING_NEW"]);
        assert_eq!(
            out.text().lines().nth(1).unwrap(),
            format!(r#"{{"shard":[0,1],"t":"MESSAGE_CREATE","s":2,"op":0,"d":{data}}}"#)
        );
    }
}

/// Sequence numbers of the events named `N`, in order.
fn numbers(out: &Out) -> Vec<u64> {
    let lines = out.text();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["t"] == "N").map(|line| line["s"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_cut_connection_is_resumed_with_a_new_inflater() {
    for compression in [Compression::Zstd, Compression::Zlib] {
        let gateway = Gateway::start().await;
        let options = Options { compression, ..options(&gateway) };
        let listening = Listening::start(Setup { meta: true, count: Some(5), ..options.into() });

        let (mut peer, _) = gateway.ready().await;
        peer.dispatch(2, "N", json!({})).await;
        peer.close(4000).await;
        drop(peer);
        let mut peer = gateway.greet().await;
        let resume = peer.expect(6).await;
        assert_eq!(resume["session_id"], "session");
        assert_eq!(resume["seq"], 2);
        peer.dispatch(3, "N", json!({})).await;
        peer.dispatch(4, "RESUMED", json!({})).await;
        peer.dispatch(5, "N", json!({})).await;
        assert_eq!(peer.expect_close().await, 1000);

        let (ended, out) = listening.end().await;
        assert_eq!(ended.gateway.unwrap(), End::Enough);
        assert_eq!(numbers(&out), [2, 3, 5]);
        let names = out.names();
        let at = |name: &str| names.iter().position(|n| n == name).unwrap();
        assert!(at("READY") < at("DCORD_CONNECTED"));
        assert!(at("DCORD_CLOSED") < at("DCORD_RECONNECTING"));
        assert!(at("RESUMED") < at("DCORD_RESUMED"));
    }
}

#[tokio::test]
async fn a_lost_session_is_a_gap_and_a_new_identify() {
    let gateway = Gateway::start().await;
    let listening = Listening::start(Setup { meta: true, ..options(&gateway).into() });
    let (mut peer, _) = gateway.ready().await;
    peer.close(4009).await;
    let (mut peer, _) = gateway.ready().await;
    peer.dispatch(2, "N", json!({})).await;
    listening.stop.send(true).unwrap();
    assert_eq!(peer.expect_close().await, 1000);
    let (ended, out) = listening.end().await;
    assert_eq!(ended.gateway.unwrap(), End::Stopped);
    assert_eq!(out.names().iter().filter(|name| *name == "DCORD_GAP").count(), 1);
}

/// Records how much was written when a session is stored or removed.
#[derive(Default)]
struct Watching {
    out: Out,
    fails: bool,
    seen: Mutex<Vec<(&'static str, Vec<String>)>>,
}

impl Watching {
    fn note(&self, what: &'static str) -> Result<(), StoreError> {
        self.seen.lock().unwrap().push((what, self.out.names()));
        if self.fails { Err("the disk is full".into()) } else { Ok(()) }
    }
}

impl SessionStore for Watching {
    fn load(&self, _: u32) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    fn save(&self, _: u32, _: &Session) -> Result<(), StoreError> {
        self.note("save")
    }

    fn forget(&self, _: u32) -> Result<(), StoreError> {
        self.note("forget")
    }
}

/// A process may be killed between any two of these steps.
#[tokio::test]
async fn a_gap_is_written_before_its_session_is_removed_and_ready_after_its_session_is_stored() {
    let gateway = Gateway::start().await;
    let store = Arc::new(Watching::default());
    let options = Options { keep_sessions: true, ..options(&gateway) };
    let setup = Setup { meta: true, store: store.clone(), ..options.into() };
    let listening = Listening::start_into(setup, store.out.clone(), Box::new(store.out.clone()));
    let (mut peer, _) = gateway.ready().await;
    peer.close(4009).await;
    let (mut peer, _) = gateway.ready().await;
    let connected = |names: Vec<String>| names.iter().filter(|name| *name == "DCORD_CONNECTED").count();
    within(async {
        while connected(store.out.names()) < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    listening.stop.send(true).unwrap();
    assert_eq!(peer.expect_close().await, 4000);
    let (ended, _) = listening.end().await;
    assert_eq!(ended.gateway.unwrap(), End::Stopped);
    let seen = store.seen.lock().unwrap();
    let seen: Vec<_> = seen.iter().map(|(what, names)| (*what, names.iter().map(String::as_str))).collect();
    let written = |n: usize, name: &str| seen[n].1.clone().filter(|found| *found == name).count();
    assert_eq!(seen.iter().map(|(what, _)| *what).take(3).collect::<Vec<_>>(), ["save", "forget", "save"]);
    assert_eq!((written(0, "READY"), written(1, "READY"), written(2, "READY")), (0, 1, 1));
    assert_eq!((written(0, "DCORD_GAP"), written(1, "DCORD_GAP"), written(2, "DCORD_GAP")), (0, 1, 1));
}

#[tokio::test]
async fn a_session_that_cannot_be_stored_ends_listening() {
    let gateway = Gateway::start().await;
    let store = Arc::new(Watching { fails: true, ..Watching::default() });
    let listening = Listening::start(Setup { store, ..options(&gateway).into() });
    let _peer = gateway.ready().await;
    assert!(matches!(listening.end().await.0.delivery, Err(Error::Store(_))));
}

#[tokio::test]
async fn a_damaged_stream_is_resumed() {
    let gateway = Gateway::start().await;
    let listening = Listening::start(options(&gateway));
    let (mut peer, _) = gateway.ready().await;
    peer.socket.send(Message::binary(vec![0xa5; 100])).await.unwrap();
    assert_eq!(peer.expect_close().await, 4000);
    let mut peer = gateway.greet().await;
    peer.expect(6).await;
    // Neither JSON nor compressed.
    peer.socket.send(Message::text("nonsense")).await.unwrap();
    assert_eq!(peer.expect_close().await, 4000);
    listening.stop.send(true).unwrap();
    assert!(listening.end().await.0.gateway.is_ok());
}

#[tokio::test]
async fn a_session_never_goes_to_a_host_that_is_not_trusted() {
    let gateway = Gateway::start().await;
    let listening = Listening::start(options(&gateway));
    let mut peer = gateway.greet().await;
    peer.expect(2).await;
    let ready = json!({"session_id": "s", "resume_gateway_url": "wss://gateway.evil.example"});
    peer.dispatch(1, "READY", ready).await;
    peer.close(4000).await;
    // The shard begins a new session at the first URL.
    let mut peer = gateway.greet().await;
    peer.expect(2).await;
    listening.stop.send(true).unwrap();
    assert!(listening.end().await.0.gateway.is_ok());

    let mut elsewhere = options(&gateway);
    elsewhere.url = "wss://gateway.evil.example".into();
    let (ended, _) = Listening::start(elsewhere).end().await;
    assert!(matches!(ended.gateway, Err(gateway::Error::Url(_))));
}

#[tokio::test]
async fn a_fatal_close_stops_every_shard_and_names_the_cause() {
    let gateway = Gateway::start().await;
    let options = Options {
        shards: ShardRange::all(2),
        intents: intents::all(),
        recommended_shards: Some(2),
        ..options(&gateway)
    };
    let listening = Listening::start(options);
    let (mut first, _) = gateway.ready().await;
    let (mut second, _) = gateway.ready().await;
    first.close(4014).await;
    assert_eq!(second.expect_close().await, 1000);
    let error = listening.end().await.0.gateway.unwrap_err();
    assert_eq!(error.privileged_intents(), ["GUILD_MEMBERS", "GUILD_PRESENCES", "MESSAGE_CONTENT"]);
    let text = error.to_string();
    assert!(text.contains("GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT"), "{text}");
}

#[tokio::test]
async fn several_shards_share_one_output_and_one_count() {
    let gateway = Gateway::start().await;
    let shards = ShardRange { first: 1, end: 4, total: 8 };
    let options = Options { shards, ..options(&gateway) };
    let listening = Listening::start(Setup { count: Some(3 + 30), ..options.into() });
    let mut peers = Vec::new();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (peer, identify) = gateway.ready().await;
        seen.push(identify["shard"].clone());
        peers.push(peer);
    }
    seen.sort_by_key(ToString::to_string);
    assert_eq!(seen, [json!([1, 8]), json!([2, 8]), json!([3, 8])]);
    for peer in &mut peers {
        for seq in 2..30 {
            peer.dispatch(seq, "N", json!({"padding": "x".repeat(500)})).await;
        }
    }
    let (ended, out) = listening.end().await;
    assert_eq!(ended.gateway.unwrap(), End::Enough);
    assert_eq!(out.names().len(), 33);
}

#[tokio::test]
async fn only_events_that_pass_the_filters_are_written() {
    let gateway = Gateway::start().await;
    let events = vec![EventGlob::parse("N").unwrap()];
    let filter = Filter::new(events, [], [crate::model::Snowflake::new(7)], []);
    let options = Options { filter, ..options(&gateway) };
    let listening = Listening::start(Setup { count: Some(1), ..options.into() });
    let (mut peer, _) = gateway.ready().await;
    peer.dispatch(2, "N", json!({"channel_id": "8"})).await;
    peer.dispatch(3, "OTHER", json!({"channel_id": "7"})).await;
    peer.dispatch(4, "N", json!({"channel_id": "7"})).await;
    let (_, out) = listening.end().await;
    assert_eq!(numbers(&out), [4]);
}

#[tokio::test]
async fn commands_reach_the_shard_of_their_guild() {
    let gateway = Gateway::start().await;
    let listening = Listening::start(Options { shards: ShardRange::all(2), ..options(&gateway) });
    let (mut a, identify) = gateway.ready().await;
    let (mut b, _) = gateway.ready().await;
    if identify["shard"][0] == 1 {
        std::mem::swap(&mut a, &mut b);
    }
    let send = |text: &str| listening.commands.send(Command::parse(text).unwrap());
    send(r#"{"op":8,"d":{"guild_id":"4194304","query":"","limit":0}}"#).await.unwrap();
    assert_eq!(b.expect(8).await["guild_id"], "4194304");
    send(r#"{"op":3,"d":{"status":"idle"}}"#).await.unwrap();
    assert_eq!(a.expect(3).await["status"], "idle");
    assert_eq!(b.expect(3).await["status"], "idle");
    listening.stop.send(true).unwrap();
    assert!(listening.end().await.0.gateway.is_ok());
}

/// Fails each write.
struct Broken(io::ErrorKind);

impl Sink for Broken {
    fn deliver(&mut self, _: &Batch, _: &mut Failures) -> Result<(), Undelivered> {
        Err(Undelivered { delivered: 0, cause: io::Error::from(self.0).into() })
    }
}

#[tokio::test]
async fn a_closed_pipe_ends_quietly_and_a_full_disk_is_an_error() {
    for kind in [io::ErrorKind::BrokenPipe, io::ErrorKind::StorageFull] {
        let gateway = Gateway::start().await;
        let sink = Box::new(Broken(kind));
        let listening = Listening::start_into(options(&gateway), Out::default(), sink);
        let (mut peer, _) = gateway.ready().await;
        assert_eq!(peer.expect_close().await, 1000);
        let ended = listening.end().await.0;
        assert_eq!(ended.gateway.unwrap(), End::OutletEnded);
        match ended.delivery {
            Ok(delivery) => assert_eq!((kind, delivery.outcome), (io::ErrorKind::BrokenPipe, Outcome::ReaderGone)),
            Err(Error::Output(output::Error::Full)) => assert_eq!(kind, io::ErrorKind::StorageFull),
            Err(other) => panic!("{other}"),
        }
    }
}

/// Writes nothing until its gate is opened.
struct Gated {
    gate: std::sync::mpsc::Receiver<()>,
    open: bool,
    out: Out,
}

impl Sink for Gated {
    fn deliver(&mut self, batch: &Batch, failures: &mut Failures) -> Result<(), Undelivered> {
        if !self.open {
            self.gate.recv().unwrap();
            self.open = true;
        }
        self.out.deliver(batch, failures)
    }
}

#[tokio::test]
async fn heartbeats_continue_while_the_reader_is_slow_and_no_event_is_lost() {
    const EVENTS: u64 = 400;
    let gateway = Gateway::start().await;
    let out = Out::default();
    let (open, gate) = std::sync::mpsc::channel();
    let sink = Box::new(Gated { gate, open: false, out: out.clone() });
    let options = Options { compression: Compression::None, ..options(&gateway) };
    let listening = Listening::start_into(Setup { count: Some(1 + EVENTS), ..options.into() }, out, sink);

    let mut peer = gateway.accept().await;
    peer.send(json!({"op": 10, "d": {"heartbeat_interval": 1000}})).await;
    loop {
        let next = within(peer.socket.next()).await.unwrap().unwrap();
        if next.to_text().unwrap().contains("\"op\":2") {
            break;
        }
    }
    let ready = json!({"session_id": "session", "resume_gateway_url": gateway.url});
    peer.dispatch(1, "READY", ready).await;
    let (mut send, mut receive) = peer.socket.split();
    // Far more than fits into the queue and the sockets.
    let flood = tokio::spawn(async move {
        for seq in 2..2 + EVENTS {
            let payload = json!({"t": "N", "s": seq, "op": 0, "d": {"padding": "x".repeat(100_000)}});
            send.send(Message::text(payload.to_string())).await.unwrap();
        }
        send
    });
    // No heartbeat is acknowledged, but the connection must stay open.
    for _ in 0..3 {
        let beat = within(receive.next()).await.expect("the connection lives").unwrap();
        assert!(beat.to_text().unwrap().contains("\"op\":1"), "{beat}");
    }
    assert!(!flood.is_finished(), "the slow reader blocks the sender");
    open.send(()).unwrap();
    let _send = within(flood).await.unwrap();
    let (ended, out) = listening.end().await;
    assert_eq!(ended.gateway.unwrap(), End::Enough);
    assert_eq!(numbers(&out), (2..2 + EVENTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_identify_limit_is_never_exceeded() {
    let gateway = Gateway::start().await;
    let budget = Budget { total: 1000, remaining: 11, resets_in: HANG, reserve: 10 };
    let listening = Listening::start(Options { queue: queue(Some(budget)), ..options(&gateway) });
    let (mut peer, _) = gateway.ready().await;
    peer.close(4009).await;
    let _greeted = gateway.greet().await;
    assert!(matches!(listening.end().await.0.gateway, Err(gateway::Error::Budget(_))));
}

#[tokio::test]
async fn a_stored_session_is_resumed_by_the_next_listener() {
    let gateway = Gateway::start().await;
    let store = Arc::new(InMemory::default());
    let kept = || {
        let options = Options { keep_sessions: true, ..options(&gateway) };
        Setup { store: store.clone(), ..options.into() }
    };
    let listening = Listening::start(kept());
    let (mut peer, _) = gateway.ready().await;
    peer.dispatch(2, "N", json!({})).await;
    while numbers(&listening.out).is_empty() {
        tokio::task::yield_now().await;
    }
    listening.stop.send(true).unwrap();
    assert_eq!(peer.expect_close().await, 4000);
    assert!(listening.end().await.0.gateway.is_ok());

    let listening = Listening::start(kept());
    let mut peer = gateway.greet().await;
    assert_eq!(peer.expect(6).await["seq"], 2);
    listening.stop.send(true).unwrap();
    assert!(listening.end().await.0.gateway.is_ok());
}
