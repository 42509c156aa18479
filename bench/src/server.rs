//! The local server: it answers each sent message, and its gateway sends prepared events as fast as the socket accepts
//! them, or at a rate.
//!
//! It uses little CPU, with a blocking thread per connection, so that the figures measure the client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

use crate::events::{Members, Mode, Stream, streams};

/// The largest request body that the server accepts.
const MOST_BODY: usize = 1 << 20;

const MESSAGE: &str = r#"{"type":0,"content":"hello","mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"timestamp":"2026-08-01T12:00:00.000000+00:00","edited_timestamp":null,"flags":0,"components":[],"id":"1186400000000000001","channel_id":"1186301234567890001","author":{"id":"1186300000000000009","username":"bench","avatar":null,"discriminator":"0000","public_flags":0,"flags":0,"bot":true,"global_name":null},"pinned":false,"mention_everyone":false,"tts":false}"#;

pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    streams: Vec<(Mode, Stream)>,
    pace: Option<Pace>,
    /// The body of the last POST.
    body: Mutex<Vec<u8>>,
}

/// Events at a rate, with the time at which each was written to the socket.
struct Pace {
    a_second: u32,
    began: Instant,
    /// Nanoseconds since `began`, by the index of the event in the stream.
    sent: Vec<AtomicU64>,
}

impl Server {
    /// A server whose gateway sends this number of events, at a rate or as fast as possible.
    pub fn start(events: usize, modes: &[Mode], members: Members, a_second: Option<u32>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let pace = a_second.map(|a_second| Pace {
            a_second,
            began: Instant::now(),
            sent: (0..events).map(|_| AtomicU64::new(0)).collect(),
        });
        let streams = streams(events, &format!("ws://{address}/{events}"), modes, members)?;
        let shared = Arc::new(Shared { address, streams, pace, body: Mutex::default() });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                // A client that disconnects early does not affect the others.
                thread::spawn(move || shared.serve(socket).ok());
            }
        });
        Ok(Self { address, shared })
    }

    pub fn last_body(&self) -> Vec<u8> {
        self.shared.body().clone()
    }

    /// When the event with this index was sent, and the current time: nanoseconds of one clock.
    pub fn sent_and_now(&self, event: usize) -> Result<(u64, u64)> {
        let pace = self.shared.pace.as_ref().context("the server has no pace")?;
        let now = nanos(pace.began.elapsed());
        let sent = pace.sent.get(event).context("more events came than were sent")?.load(Ordering::Acquire);
        Ok((sent, now))
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Shared {
    fn body(&self) -> MutexGuard<'_, Vec<u8>> {
        self.body.lock().expect("no holder of this lock panics")
    }

    fn serve(&self, socket: TcpStream) -> Result<()> {
        socket.set_nodelay(true)?;
        let mut out = socket.try_clone()?;
        let mut requests = BufReader::new(socket);
        while let Some(request) = Request::read(&mut requests)? {
            if let Some(key) = request.upgrade {
                let accept = derive_accept_key(key.as_bytes());
                write!(
                    out,
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n"
                )?;
                return self.listen(out, &request.target);
            }
            let answer = if request.target.ends_with("/gateway/bot") {
                let prefix = request.target.split("/api/").next().unwrap_or_default();
                format!(
                    r#"{{"url":"ws://{}{prefix}","shards":1,"session_start_limit":{{"total":1000,"remaining":1000,"reset_after":0,"max_concurrency":16}}}}"#,
                    self.address
                )
            } else {
                self.body().clone_from(&request.body);
                MESSAGE.to_owned()
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 x-ratelimit-bucket: 80c17d2f203122d936070c88c8d10f33\r\nx-ratelimit-limit: 5\r\n\
                 x-ratelimit-remaining: 4\r\nx-ratelimit-reset: 1785585600.000\r\n\
                 x-ratelimit-reset-after: 1.000\r\n\r\n{answer}",
                answer.len()
            );
            out.write_all(answer.as_bytes())?;
        }
        Ok(())
    }

    /// Serves the gateway. The first segment of the path is the number of events.
    fn listen(&self, socket: TcpStream, target: &str) -> Result<()> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mode = Mode::of_query(query);
        let (_, stream) = self.streams.iter().find(|(m, _)| *m == mode).context("no stream of this mode")?;
        let events: usize = path.trim_matches('/').parse()?;
        let [hello, ready, ..] = stream.ends[..] else { return Ok(()) };
        let end = *stream.ends.get(events + 1).context("so many events are not prepared")?;

        let mut socket = WebSocket::from_raw_socket(socket, Role::Server, None);
        socket.get_mut().write_all(&stream.bytes[..hello])?;
        while !matches!(socket.read()?, Message::Text(text) if text.contains(r#""op":2"#)) {}
        match &self.pace {
            None => socket.get_mut().write_all(&stream.bytes[hello..end])?,
            Some(pace) => {
                socket.get_mut().write_all(&stream.bytes[hello..ready])?;
                pace.send(socket.get_mut(), stream, ready)?;
            }
        }
        // The client closes the connection after the last event; reading until the end completes the close.
        while socket.read().is_ok() {}
        Ok(())
    }
}

impl Pace {
    fn send(&self, socket: &mut TcpStream, stream: &Stream, ready: usize) -> Result<()> {
        let began = Instant::now();
        let mut from = ready;
        for (event, end) in (0_u32..).zip(&stream.ends[2..]) {
            let due = began + Duration::from_secs(1) * event / self.a_second;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.sent[event as usize].store(nanos(self.began.elapsed()), Ordering::Release);
            socket.write_all(&stream.bytes[from..*end])?;
            from = *end;
        }
        Ok(())
    }
}

struct Request {
    target: String,
    upgrade: Option<String>,
    body: Vec<u8>,
}

impl Request {
    /// Reads the next request of a connection. Returns `None` when the client has disconnected.
    fn read(from: &mut BufReader<TcpStream>) -> Result<Option<Self>> {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let target = line.split(' ').nth(1).context("not a request")?.to_owned();
        let (mut upgrade, mut length) = (None, 0);
        loop {
            line.clear();
            from.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            if name.eq_ignore_ascii_case("sec-websocket-key") {
                upgrade = Some(value.trim().to_owned());
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        ensure!(length <= MOST_BODY, "the body is too large");
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        Ok(Some(Self { target, upgrade, body }))
    }
}
