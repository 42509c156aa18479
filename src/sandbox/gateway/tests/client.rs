//! A minimal gateway, world and client for the tests.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::super::{Flood, Hub, Settings, World, intents};
use crate::sandbox::fault::Faults;

/// How long to wait before a test fails. It only ends a test that hangs.
const TIMEOUT: Duration = Duration::from_secs(20);

pub const TOKEN: &str = "sandbox.gateway.test";
pub const ME: &str = "42";
pub const ALL_INTENTS: u64 = intents::ALL;

/// A world of guilds, each with the bot, `member_count` other members and two channels.
pub struct Guilds {
    pub guilds: Vec<u64>,
    pub member_count: u64,
}

impl Default for Guilds {
    fn default() -> Self {
        Self { guilds: vec![guild(0), guild(1)], member_count: 3 }
    }
}

/// The id of a guild that is on shard `n` if there are more than `n` shards.
pub const fn guild(n: u64) -> u64 {
    n << 22 | 7
}

impl World for Guilds {
    fn accepts(&self, token: &str) -> bool {
        token == TOKEN || token == "sandbox.gateway.other"
    }
    fn me(&self) -> Value {
        json!({"id": ME, "username": "me", "bot": true})
    }
    fn application(&self) -> Value {
        json!({"id": "43", "flags": 0, "name": "app"})
    }
    fn guilds(&self) -> Vec<u64> {
        self.guilds.clone()
    }
    fn guild_create(&self, guild: u64, _: u16) -> Value {
        json!({
            "id": guild.to_string(), "members": self.members(guild), "presences": [{}],
            "voice_states": [],
            "channels": [{"id": "100", "type": 0}, {"id": "101", "type": 2}],
        })
    }
    fn members(&self, _: u64) -> Vec<Value> {
        let me = json!({"user": self.me()});
        let others = (1..=self.member_count)
            .map(|n| json!({"user": {"id": (1000 + n).to_string(), "username": format!("p{n}")}}));
        std::iter::once(me).chain(others).collect()
    }
    fn sounds(&self, guild: u64) -> Vec<Value> {
        vec![json!({"sound_id": "5", "guild_id": guild.to_string()})]
    }
}

pub struct Server {
    pub hub: Hub,
    pub address: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(world: Guilds, settings: Settings, faults: &[&str]) -> Self {
        let faults: Vec<_> = faults.iter().map(|&fault| fault.to_owned()).collect();
        let hub = Hub::new(Arc::new(world), settings, Faults::parse(&faults).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(hub.clone().serve(listener, async {
            let _ = stopped.await;
        }));
        Self { hub, address, stop: Some(stop), task }
    }

    pub async fn new() -> Self {
        Self::start(Guilds::default(), unthrottled(), &[]).await
    }

    pub async fn with(faults: &[&str]) -> Self {
        Self::start(Guilds::default(), unthrottled(), faults).await
    }

    pub async fn flooding(faults: &[&str], events: u64) -> Self {
        let server = Self::with(faults).await;
        server.hub.flood(Flood { events, rate: None, size: 1200 });
        server
    }

    pub async fn connect(&self, compress: &str) -> Client {
        let compress = if compress.is_empty() { "" } else { &format!("&compress={compress}") };
        self.open(&format!("v=10&encoding=json{compress}")).await.unwrap()
    }

    pub async fn open(&self, query: &str) -> Result<Client, Error> {
        let inflater = if query.contains("zlib-stream") {
            Inflater::Zlib(flate2::Decompress::new(true))
        } else if query.contains("zstd-stream") {
            Inflater::Zstd(Decoder::new().unwrap())
        } else {
            Inflater::None
        };
        let socket = TcpStream::connect(&self.address).await.unwrap();
        let url = format!("ws://{}/?{query}", self.address);
        let config = WebSocketConfig::default();
        let connect = tokio_tungstenite::client_async_with_config(url, socket, Some(config));
        let (socket, _) = connect.await?;
        Ok(Client { socket, inflater, seq: None, binary: 0 })
    }

    /// A client that has received READY and its guilds, and the `d` of READY.
    pub async fn ready(&self, intents: u64) -> (Client, Value) {
        let mut client = self.connect("").await;
        client.hello().await;
        client.identify(intents).await;
        let ready = client.event("READY").await;
        if intents & intents::GUILDS != 0 {
            for _ in ready["guilds"].as_array().unwrap() {
                client.event("GUILD_CREATE").await;
            }
        }
        (client, ready)
    }

    /// Waits until the session has no connection.
    pub async fn wait_until_detached(&self, session: &Value) {
        let session = self.hub.lock().sessions[session.as_str().unwrap()].clone();
        with_timeout(async {
            while !session.idle(Instant::now(), Duration::ZERO) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    pub async fn stop(mut self) {
        drop(self.stop.take());
        with_timeout(self.task).await.unwrap();
    }
}

/// Settings without an interval between IDENTIFY calls.
pub fn unthrottled() -> Settings {
    Settings { identify_interval: Duration::ZERO, ..Settings::default() }
}

pub async fn with_timeout<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, future).await.expect("the future completes in time")
}

enum Inflater {
    None,
    Zlib(flate2::Decompress),
    Zstd(Decoder<'static>),
}

/// What a client receives.
#[derive(Debug)]
pub enum Received {
    Payload(Value),
    /// A close frame with this code.
    Closed(u16),
    /// The connection was reset, or ended without a close frame.
    Broken,
}

pub struct Client {
    socket: WebSocketStream<TcpStream>,
    inflater: Inflater,
    /// The last sequence number received.
    pub seq: Option<u64>,
    /// How many payloads arrived as binary messages.
    pub binary: usize,
}

impl Client {
    pub async fn next(&mut self) -> Received {
        loop {
            let text = match with_timeout(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Message::Binary(bytes))) => {
                    self.binary += 1;
                    inflate(&mut self.inflater, &bytes)
                }
                Some(Ok(Message::Close(frame))) => {
                    return frame.map_or(Received::Broken, |frame| Received::Closed(frame.code.into()));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Received::Broken,
            };
            let value: Value = serde_json::from_slice(&text).unwrap();
            self.seq = value["s"].as_u64().or(self.seq);
            return Received::Payload(value);
        }
    }

    /// The next message, or `None` if none arrives within `limit`.
    pub async fn next_within(&mut self, limit: Duration) -> Option<Received> {
        tokio::time::timeout(limit, self.next()).await.ok()
    }

    pub async fn payload(&mut self) -> Value {
        match self.next().await {
            Received::Payload(value) => value,
            other => panic!("{other:?}"),
        }
    }

    pub async fn hello(&mut self) -> u64 {
        let hello = self.payload().await;
        assert_eq!(hello["op"], 10, "{hello}");
        hello["d"]["heartbeat_interval"].as_u64().unwrap()
    }

    /// The `d` of the next payload, which must be this event.
    pub async fn event(&mut self, name: &str) -> Value {
        let mut payload = self.payload().await;
        assert_eq!(payload["t"], name, "{payload}");
        assert_eq!(payload["op"], 0);
        payload["d"].take()
    }

    /// The `d` of the next payload, which must have this op.
    pub async fn op(&mut self, op: u64) -> Value {
        let mut payload = self.payload().await;
        assert_eq!(payload["op"], op, "{payload}");
        payload["d"].take()
    }

    pub async fn closed(&mut self) -> u16 {
        match self.next().await {
            Received::Closed(code) => code,
            other => panic!("{other:?}"),
        }
    }

    pub async fn send(&mut self, op: u64, d: Value) {
        self.text(json!({"op": op, "d": d}).to_string()).await;
    }

    pub async fn text(&mut self, text: String) {
        // The connection may already be closed; the next read reports that.
        let _ = with_timeout(self.socket.send(Message::text(text))).await;
    }

    pub async fn identify(&mut self, intents: u64) {
        self.send(2, json!({"token": TOKEN, "properties": {}, "intents": intents})).await;
    }

    pub async fn resume(&mut self, session: &Value, seq: u64) {
        self.send(6, json!({"token": TOKEN, "session_id": session, "seq": seq})).await;
    }

    /// Sends a heartbeat and waits for its acknowledgement. By then the server has processed
    /// everything sent before.
    pub async fn heartbeat(&mut self) {
        self.send(1, json!(self.seq)).await;
        self.op(11).await;
    }

    pub async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        let _ = with_timeout(self.socket.close(Some(frame))).await;
        while let Some(Ok(_)) = with_timeout(self.socket.next()).await {}
    }
}

fn inflate(inflater: &mut Inflater, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match inflater {
        Inflater::None => {
            flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut out).unwrap();
        }
        Inflater::Zlib(stream) => {
            assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]));
            let mut scratch = vec![0; 64 * 1024];
            let start = stream.total_in();
            loop {
                let written = stream.total_out();
                let rest = &bytes[(stream.total_in() - start) as usize..];
                stream.decompress(rest, &mut scratch, flate2::FlushDecompress::Sync).unwrap();
                let written = (stream.total_out() - written) as usize;
                out.extend_from_slice(&scratch[..written]);
                if written < scratch.len() {
                    break;
                }
            }
        }
        Inflater::Zstd(stream) => {
            let mut scratch = vec![0; 64 * 1024];
            let mut input = InBuffer::around(bytes);
            loop {
                let mut output = OutBuffer::around(&mut scratch[..]);
                stream.run(&mut input, &mut output).unwrap();
                let written = output.pos();
                out.extend_from_slice(output.as_slice());
                if input.pos == bytes.len() && written < 64 * 1024 {
                    break;
                }
            }
        }
    }
    out
}
