//! A server on loopback that records its requests and replies according to a script, and a clock that moves only when the
//! client reports a wait.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::limit::Limiter;
use crate::model::{Token, TokenType};
use crate::rest::{ApiUrl, Client, Error, Notices, Settings, WaitReport, Waiting};

/// The server's reaction to a request.
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Closes the connection.
    Cut,
    /// Sends nothing, and keeps the connection open.
    Silence,
    /// Sends one byte of a response of two bytes, and keeps the connection open.
    HalfAResponse,
}

pub fn reply(status: u16, body: &str) -> Reply {
    Reply::Answer { status, headers: Vec::new(), body: body.into() }
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `POST /channels/1/messages HTTP/1.1`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Recorded {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

pub struct Recorder {
    pub url: String,
    arrivals: mpsc::UnboundedReceiver<Recorded>,
}

impl Recorder {
    pub async fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/v10", listener.local_addr().unwrap());
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let script = Arc::new(Mutex::new(script.into_iter()));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&script), arrived.clone()));
            }
        });
        Self { url, arrivals }
    }

    /// The next request that arrives.
    pub async fn next(&mut self) -> Recorded {
        self.arrivals.recv().await.unwrap()
    }

    /// All requests that have arrived and were not taken yet.
    pub fn rest(&mut self) -> Vec<Recorded> {
        std::iter::from_fn(|| self.arrivals.try_recv().ok()).collect()
    }
}

async fn serve(
    mut socket: TcpStream,
    script: Arc<Mutex<std::vec::IntoIter<Reply>>>,
    arrived: mpsc::UnboundedSender<Recorded>,
) {
    let mut buffer = Vec::new();
    while let Some(recorded) = read(&mut socket, &mut buffer).await {
        arrived.send(recorded).unwrap();
        let reply = script.lock().unwrap().next().unwrap_or_else(|| reply(599, "the script is over"));
        match reply {
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.extend([name, ": ", &value, "\r\n"]);
                }
                head.push_str("\r\n");
                socket.write_all(head.as_bytes()).await.unwrap();
                // The client may close the connection before the end of a long body.
                let _ = socket.write_all(&body).await;
            }
            Reply::Cut => return,
            Reply::Silence => std::future::pending().await,
            Reply::HalfAResponse => {
                socket.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\n{").await.unwrap();
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Reads a request. Returns `None` if the client has closed the connection.
async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Recorded> {
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(buffer[..head].to_vec()).unwrap();
    buffer.drain(..head + 4);
    let mut lines = text.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> =
        lines.map(|l| l.split_once(": ").unwrap()).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let mut recorded = Recorded { line, headers, body: Vec::new() };
    assert_eq!(recorded.header("transfer-encoding"), None, "lengths are known");
    let length: usize = recorded.header("content-length").map_or(0, |l| l.parse().unwrap());
    while buffer.len() < length {
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    recorded.body = buffer.drain(..length).collect();
    Some(recorded)
}

/// Records the client's waits, and advances the clock by each of them at once.
#[derive(Default)]
pub struct Clock {
    reports: Mutex<Vec<String>>,
}

impl Clock {
    pub fn reports(&self) -> Vec<String> {
        std::mem::take(&mut self.reports.lock().unwrap())
    }

    fn pass(&self, what: String, length: Option<Duration>) {
        self.reports.lock().unwrap().push(what);
        if let Some(length) = length {
            // Slightly longer, because timers have a resolution of a millisecond.
            tokio::spawn(tokio::time::advance(length + Duration::from_millis(2)));
        }
    }
}

impl Notices for Clock {
    fn waiting(&self, length: Option<Duration>, why: Waiting) -> WaitReport {
        self.pass(format!("wait {:?} for {why:?}", length.map(round)), length);
        Box::new(())
    }

    fn retrying(&self, after: Duration, cause: &Error) {
        self.pass(format!("retry: {cause}"), Some(after));
    }
}

/// Rounds to tenths of a second, because the system's clock advances while the test's clock is paused.
fn round(length: Duration) -> Duration {
    Duration::from_millis((u64::try_from(length.as_millis()).unwrap() + 50) / 100 * 100)
}

/// A server, a client, and a paused clock.
pub struct World {
    pub server: Recorder,
    pub client: Client,
    pub clock: Arc<Clock>,
    _stopped: std::sync::mpsc::Sender<()>,
}

pub const TOKEN: &str = "a-token-of-a-bot";

/// The test must start with a paused clock.
pub async fn world(script: Vec<Reply>) -> World {
    world_with(script, |_| {}).await
}

pub async fn world_with(script: Vec<Reply>, change: impl FnOnce(&mut Settings)) -> World {
    // While a blocking task runs, a paused clock does not advance by itself. Otherwise, it would jump to the next time-out
    // whenever all tasks wait for a socket.
    let (stopped, until) = std::sync::mpsc::channel();
    tokio::task::spawn_blocking(move || until.recv());
    let server = Recorder::start(script).await;
    let clock = Arc::<Clock>::default();
    let mut settings = Settings {
        api_url: ApiUrl::parse(&server.url).unwrap(),
        token: Some(Token::parse(TOKEN, TokenType::Bot).unwrap()),
        notices: Arc::<Clock>::clone(&clock),
        ..Settings::default()
    };
    change(&mut settings);
    let client = Client::new(settings, Arc::new(Limiter::of_tokio())).unwrap();
    World { server, client, clock, _stopped: stopped }
}
