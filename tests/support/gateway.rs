//! A gateway that a test plays itself, correctly or not, with the REST answers that lead to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::World;

/// A gateway that ends when it is dropped.
pub struct Gateway {
    address: String,
    seen: Arc<Seen>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Seen {
    sockets: AtomicUsize,
    user_agents: Mutex<Vec<String>>,
}

/// One connection to the gateway.
pub struct Peer {
    pub socket: WebSocketStream<TcpStream>,
    pub url: String,
}

/// Returns the default answer to `GET /gateway/bot`.
pub fn bot(url: &str) -> Value {
    json!({
        "url": url,
        "shards": 1,
        "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16},
    })
}

impl Gateway {
    /// Starts a gateway. `answer` returns the body of a GET response from the path and the gateway's URL, and
    /// `play` plays a connection.
    pub fn start<F: Future<Output = ()> + Send + 'static>(
        answer: impl Fn(&str, &str) -> String + Send + Sync + 'static,
        play: impl Fn(Peer) -> F + Send + Sync + 'static,
    ) -> Self {
        let play = Arc::new(play);
        Self::start_raw(answer, move |stream, seen, url| {
            let play = Arc::clone(&play);
            Box::pin(async move {
                if let Some(peer) = shake_hands(stream, &seen, url).await {
                    play(peer).await;
                }
            })
        })
    }

    /// Starts a server that answers the handshake with these bytes.
    pub fn refusing(answer: &'static str) -> Self {
        Self::start_raw(
            |_, url| bot(url).to_string(),
            move |mut stream, seen, _| {
                seen.sockets.fetch_add(1, Ordering::AcqRel);
                Box::pin(async move {
                    read_head(&mut stream).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                })
            },
        )
    }

    fn start_raw(
        answer: impl Fn(&str, &str) -> String + Send + Sync + 'static,
        upgrade: impl Fn(TcpStream, Arc<Seen>, String) -> Playing + Send + Sync + 'static,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::<Seen>::default();
        let (own, url) = (Arc::clone(&seen), format!("ws://{address}/socket"));
        let (answer, upgrade) = (Arc::new(answer), Arc::new(upgrade));
        runtime.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, url) = (Arc::clone(&own), url.clone());
                let (answer, upgrade) = (Arc::clone(&answer), Arc::clone(&upgrade));
                tokio::spawn(async move {
                    if is_upgrade(&stream).await {
                        return upgrade(stream, seen, url).await;
                    }
                    let head = read_head(&mut stream).await;
                    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches("/api/v10");
                    let body = answer(path, &url);
                    let length = body.len();
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                    let _ =
                        stream.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes()).await;
                });
            }
        });
        Self { address, seen, _runtime: runtime }
    }

    /// Returns a world that uses this gateway as Discord.
    pub fn world(&self) -> World {
        World::new().env("DCORD_API_URL", format!("http://{}/api/v10", self.address))
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.seen.sockets.load(Ordering::Acquire)
    }

    pub fn user_agents(&self) -> Vec<String> {
        self.seen.user_agents.lock().unwrap().clone()
    }
}

type Playing = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn shake_hands(stream: TcpStream, seen: &Seen, url: String) -> Option<Peer> {
    seen.sockets.fetch_add(1, Ordering::AcqRel);
    #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
    let look = |request: &Request, response: Response| {
        let agent = request.headers().get("user-agent").map(|agent| agent.to_str().unwrap().to_owned());
        seen.user_agents.lock().unwrap().extend(agent);
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, look).await.ok()?;
    Some(Peer { socket, url })
}

async fn is_upgrade(stream: &TcpStream) -> bool {
    let mut bytes = [0; 4096];
    loop {
        let length = stream.peek(&mut bytes).await.unwrap_or(0);
        let head = String::from_utf8_lossy(&bytes[..length]).to_lowercase();
        if length == 0 || head.contains("\r\n\r\n") {
            return head.contains("upgrade: websocket");
        }
        tokio::task::yield_now().await;
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

impl Peer {
    pub async fn send(&mut self, payload: Value) {
        // An error means that the client is gone, which the test notices elsewhere.
        let _ = self.socket.send(Message::text(payload.to_string())).await;
    }

    pub async fn dispatch(&mut self, seq: u64, name: &str, d: Value) {
        self.send(json!({"t": name, "s": seq, "op": 0, "d": d})).await;
    }

    pub async fn hello(&mut self) {
        self.send(json!({"op": 10, "d": {"heartbeat_interval": 41_250}})).await;
    }

    /// Returns the next payload with that op and acknowledges heartbeats in between. `None` if the connection has
    /// ended.
    pub async fn expect(&mut self, op: u64) -> Option<Value> {
        loop {
            let message = self.socket.next().await?.ok()?;
            let Ok(payload) = serde_json::from_str::<Value>(message.to_text().ok()?) else { continue };
            if payload["op"] == op {
                return Some(payload["d"].clone());
            }
            if payload["op"] == 1 {
                self.send(json!({"op": 11})).await;
            }
        }
    }

    /// Plays a session from HELLO to READY, or to RESUMED if the client resumes.
    pub async fn go_live(&mut self) {
        self.hello().await;
        loop {
            let Some(Ok(message)) = self.socket.next().await else { return };
            let Ok(payload) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default()) else { continue };
            match payload["op"].as_u64() {
                Some(2) => {
                    let ready = json!({"session_id": "session", "resume_gateway_url": self.url});
                    return self.dispatch(1, "READY", ready).await;
                }
                Some(6) => return self.dispatch(payload["d"]["seq"].as_u64().unwrap() + 1, "RESUMED", json!({})).await,
                Some(1) => self.send(json!({"op": 11})).await,
                _ => {}
            }
        }
    }

    pub async fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        let _ = self.socket.send(Message::Close(Some(frame))).await;
        self.drain().await;
    }

    /// Reads until the client is gone.
    pub async fn drain(&mut self) {
        while let Some(Ok(_)) = self.socket.next().await {}
    }
}
