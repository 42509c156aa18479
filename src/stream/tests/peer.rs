//! A small gateway that a test controls.

use std::io::Write;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::gateway::inflate::tests::{ZlibStream, zlib_document};

/// The time-out of a test that hangs.
pub const HANG: Duration = Duration::from_secs(30);

pub struct Gateway {
    pub listener: TcpListener,
    pub url: String,
}

impl Gateway {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/gateway", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// Accepts the next connection, without sending HELLO.
    pub async fn accept(&self) -> Peer {
        let (stream, _) = within(self.listener.accept()).await.unwrap();
        let mut query = String::new();
        #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
        let look = |request: &Request, response: Response| {
            query = request.uri().query().unwrap_or_default().to_owned();
            Ok(response)
        };
        let socket = within(tokio_tungstenite::accept_hdr_async(stream, look)).await.unwrap();
        let coder = if query.contains("zstd-stream") {
            Coder::Zstd(zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap())
        } else if query.contains("zlib-stream") {
            Coder::Zlib(ZlibStream::new())
        } else {
            Coder::None
        };
        Peer { socket, coder, query }
    }

    /// Accepts the next connection and sends HELLO.
    pub async fn greet(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.send(json!({"op": 10, "d": {"heartbeat_interval": 45_000}})).await;
        peer
    }

    /// Accepts the next connection and proceeds to READY. Returns the `d` of its IDENTIFY.
    pub async fn ready(&self) -> (Peer, Value) {
        let mut peer = self.greet().await;
        let identify = peer.expect(2).await;
        let ready = json!({"session_id": "session", "resume_gateway_url": self.url});
        peer.dispatch(1, "READY", ready).await;
        (peer, identify)
    }
}

pub enum Coder {
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Zlib(ZlibStream),
    /// Each payload is a separate document.
    Documents,
    None,
}

pub struct Peer {
    pub socket: WebSocketStream<TcpStream>,
    pub coder: Coder,
    pub query: String,
}

impl Peer {
    pub async fn send(&mut self, payload: Value) {
        self.send_text(payload.to_string()).await;
    }

    pub async fn send_text(&mut self, text: String) {
        let message = match &mut self.coder {
            Coder::None => Message::text(text),
            Coder::Zstd(encoder) => {
                encoder.write_all(text.as_bytes()).unwrap();
                encoder.flush().unwrap();
                Message::binary(std::mem::take(encoder.get_mut()))
            }
            Coder::Zlib(stream) => Message::binary(stream.message(text.as_bytes())),
            Coder::Documents => Message::binary(zlib_document(text.as_bytes())),
        };
        // The client may have closed the connection already. The test checks what matters elsewhere.
        let _ = self.socket.send(message).await;
    }

    pub async fn dispatch(&mut self, seq: u64, name: &str, d: Value) {
        self.send(json!({"t": name, "s": seq, "op": 0, "d": d})).await;
    }

    /// The `d` of the next payload, which must have this op. Heartbeats in between are acknowledged.
    pub async fn expect(&mut self, op: u64) -> Value {
        loop {
            match within(self.socket.next()).await.expect("it is connected").unwrap() {
                Message::Text(text) => {
                    let payload: Value = serde_json::from_str(&text).unwrap();
                    if op != 1 && payload["op"] == 1 {
                        self.send(json!({"op": 11})).await;
                        continue;
                    }
                    assert_eq!(payload["op"], op, "{payload}");
                    return payload["d"].clone();
                }
                other => assert!(other.is_ping(), "{other:?}"),
            }
        }
    }

    /// Waits for the client to close, and returns its code.
    pub async fn expect_close(&mut self) -> u16 {
        loop {
            match within(self.socket.next()).await.expect("a close comes before the end").unwrap() {
                Message::Close(frame) => return frame.unwrap().code.into(),
                Message::Text(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.send(Message::Close(Some(frame))).await.unwrap();
    }
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, future).await.expect("the test does not hang")
}
