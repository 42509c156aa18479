//! The whole path over loopback: `listen` against a small gateway that each test plays itself.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::inflate::tests::{ZlibStream, zlib_document};
use super::*;
use crate::model::{Token, TokenType};

/// No test takes this long unless it hangs.
const HANG: Duration = Duration::from_secs(30);

struct Gateway {
    listener: TcpListener,
    url: String,
}

impl Gateway {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/gateway", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// The next connection, before its HELLO.
    async fn accept(&self) -> Peer {
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

    /// The next connection, greeted.
    async fn greet(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.send(json!({"op": 10, "d": {"heartbeat_interval": 45_000}})).await;
        peer
    }

    /// The next connection, as far as READY; gives the `d` of its identify.
    async fn ready(&self) -> (Peer, Value) {
        let mut peer = self.greet().await;
        let identify = peer.expect(2).await;
        let ready = json!({"session_id": "session", "resume_gateway_url": self.url});
        peer.dispatch(1, "READY", ready).await;
        (peer, identify)
    }
}

enum Coder {
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Zlib(ZlibStream),
    /// Each payload a document of its own.
    Documents,
    None,
}

struct Peer {
    socket: WebSocketStream<TcpStream>,
    coder: Coder,
    query: String,
}

impl Peer {
    async fn send(&mut self, payload: Value) {
        self.send_text(payload.to_string()).await;
    }

    async fn send_text(&mut self, text: String) {
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
        // The other side may be gone by now; what the test is about shows elsewhere.
        let _ = self.socket.send(message).await;
    }

    async fn dispatch(&mut self, seq: u64, name: &str, d: Value) {
        self.send(json!({"t": name, "s": seq, "op": 0, "d": d})).await;
    }

    /// The `d` of the next payload, which must have that op.
    async fn expect(&mut self, op: u64) -> Value {
        loop {
            match within(self.socket.next()).await.expect("it is connected").unwrap() {
                Message::Text(text) => {
                    let payload: Value = serde_json::from_str(&text).unwrap();
                    assert_eq!(payload["op"], op, "{payload}");
                    return payload["d"].clone();
                }
                other => assert!(other.is_ping(), "{other:?}"),
            }
        }
    }

    /// The code with which the other side closes.
    async fn expect_close(&mut self) -> u16 {
        loop {
            match within(self.socket.next()).await.expect("a close comes before the end").unwrap() {
                Message::Close(frame) => return frame.unwrap().code.into(),
                Message::Text(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.send(Message::Close(Some(frame))).await.unwrap();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, future).await.expect("the test does not hang")
}

/// Lines as they come out.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The names of the events, dcord's own among them.
    fn names(&self) -> Vec<String> {
        let name = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["t"].as_str().unwrap().to_owned()
        };
        self.text().lines().map(name).collect()
    }
}

struct Listening {
    out: Out,
    stop: watch::Sender<bool>,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<Result<Summary, Error>>,
}

impl Listening {
    fn start(options: Options) -> Self {
        let out = Out::default();
        Self::start_into(options, out.clone(), Box::new(out))
    }

    fn start_into(options: Options, out: Out, sink: Box<dyn LineSink>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (commands, receiver) = mpsc::channel(8);
        let task = tokio::spawn(listen(options, sink, receiver, stopped));
        Self { out, stop, commands, task }
    }

    async fn end(self) -> (Result<Summary, Error>, Out) {
        (within(self.task).await.unwrap(), self.out)
    }
}

fn options(gateway: &Gateway) -> Options {
    let token = Token::parse("secret-token-of-a-bot", TokenType::Bot).unwrap();
    let api = url::Url::parse("http://127.0.0.1:1/api").unwrap();
    Options {
        api_url: Some(api),
        queue: Arc::new(LocalQueue::new(16, None)),
        ..Options::new(token, gateway.url.clone(), ShardRange::all(1), 513)
    }
}

#[tokio::test]
async fn events_come_out_as_lines_with_each_compression() {
    for compression in
        [Compression::Zstd, Compression::Zlib, Compression::Payload, Compression::None]
    {
        let gateway = Gateway::start().await;
        let options = Options { compression, count: Some(3), ..options(&gateway) };
        let listening = Listening::start(options);

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

        let (summary, out) = listening.end().await;
        assert_eq!(summary.unwrap(), Summary { events: 3, end: End::Count }, "{compression:?}");
        assert_eq!(out.names(), ["READY", "MESSAGE_CREATE", "SOMETHING_NEW"]);
        assert_eq!(
            out.text().lines().nth(1).unwrap(),
            format!(r#"{{"shard":[0,1],"t":"MESSAGE_CREATE","s":2,"op":0,"d":{data}}}"#)
        );
    }
}
