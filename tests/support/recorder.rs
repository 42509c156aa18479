//! A small HTTP/1.1 server on loopback that records every request and answers as scripted.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use super::world::{TOKEN, without_nonce};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    /// The path and query, percent-encoded.
    pub target: String,
    /// The headers with lowercase names, in the order of arrival.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Recorded {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// Returns the decoded pairs of the query, in the order of arrival.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} came twice");
        first
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Returns the parts of a multipart body.
    pub fn parts(&self) -> Vec<Part> {
        let kind = self.header("content-type").expect("a multipart body has a type");
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("it is multipart");
        let delimiter = format!("--{boundary}");
        let mut parts = Vec::new();
        let mut rest = self.body.strip_prefix(delimiter.as_bytes()).expect("the body begins with its boundary");
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let end = memchr::memmem::find(part, format!("\r\n{delimiter}").as_bytes()).expect("a part ends");
            parts.push(Part::read(&part[..end]));
            rest = &part[end + 2 + delimiter.len()..];
        }
        assert!(rest.starts_with(b"--"), "the last boundary closes the body");
        parts
    }
}

/// Formats the request for a snapshot: its line, the headers about the sender, and its body.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.target)?;
        for name in ["authorization", "x-audit-log-reason", "content-type"] {
            if let Some(value) = self.header(name) {
                let value = value.replace(TOKEN, "[token]");
                writeln!(f, "{name}: {}", value.split("; boundary=").next().unwrap_or_default())?;
            }
        }
        if !self.body.is_empty() {
            writeln!(f, "{}", without_nonce(&String::from_utf8_lossy(&self.body)))?;
        }
        Ok(())
    }
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub bytes: Vec<u8>,
}

impl Part {
    fn read(part: &[u8]) -> Self {
        let split = memchr::memmem::find(part, b"\r\n\r\n").expect("a part has headers");
        let (head, bytes) = (std::str::from_utf8(&part[..split]).unwrap(), &part[split + 4..]);
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (n, value) = line.split_once(": ")?;
                n.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let disposition = header("content-disposition").expect("a part has a disposition");
        let quoted = |name: &str| {
            let (_, rest) = disposition.split_once(&format!("; {name}=\""))?;
            Some(rest.split('"').next().unwrap().to_owned())
        };
        Self {
            name: quoted("name").expect("a part has a name"),
            filename: quoted("filename"),
            content_type: header("content-type"),
            bytes: bytes.to_vec(),
        }
    }
}

/// A scripted answer.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// The connection is closed without a response.
    Hang,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub fn empty() -> Self {
        Self::Answer { status: 204, headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Script = dyn Fn(&Recorded) -> Reply + Send + Sync;

/// The server. It ends when it is dropped.
pub struct Recorder {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Recorded>>>,
    ended: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Starts a server that answers every request with `{"id":"9"}`.
    pub fn new() -> Self {
        Self::answering(|_| Reply::ok(&serde_json::json!({"id": "9"})))
    }

    /// Starts a server that gives these answers in sequence and then repeats the last one.
    pub fn scripted(replies: impl Into<Vec<Reply>>) -> Self {
        let replies = replies.into();
        let next = Mutex::new(0);
        Self::answering(move |_| {
            let mut next = next.lock().unwrap();
            let reply = replies[(*next).min(replies.len() - 1)].clone();
            *next += 1;
            reply
        })
    }

    /// Starts a server that answers with the result of the closure.
    pub fn answering(script: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let script: Arc<Script> = Arc::new(script);
        let accepting = {
            let (requests, ended) = (Arc::clone(&requests), Arc::clone(&ended));
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if ended.load(Ordering::SeqCst) {
                        return;
                    }
                    let (requests, script) = (Arc::clone(&requests), Arc::clone(&script));
                    // The thread ends when its client closes the connection.
                    std::thread::spawn(move || serve(stream.unwrap(), &requests, &*script));
                }
            })
        };
        Self { address, requests, ended, accepting: Some(accepting) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Returns all requests so far and forgets them.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }

    /// Formats all requests so far for a snapshot, and forgets them.
    pub fn shown(&self) -> String {
        self.take().iter().map(ToString::to_string).collect()
    }

    /// Formats the method, path and query of all requests so far for a snapshot, and forgets them.
    pub fn lines(&self) -> String {
        self.take().iter().map(|r| format!("{} {}\n", r.method, r.target)).collect()
    }

    /// Returns the only request, and fails if there was another number.
    pub fn one(&self) -> Recorded {
        let mut requests = self.take();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.pop().unwrap()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // This connection unblocks the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// Serves one connection until the client closes it.
fn serve(stream: TcpStream, requests: &Mutex<Vec<Recorded>>, script: &Script) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        let reply = script(&request);
        // The request is recorded before the response, so all requests are recorded when the client has exited.
        requests.lock().unwrap().push(request);
        let Reply::Answer { status, headers, body } = reply else { return };
        let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if status != 204 {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let sent = writer.write_all(&[head.as_bytes(), &body].concat());
        if sent.is_err() {
            return;
        }
    }
}

/// Reads the next request, or returns `None` if the client has closed the connection.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Recorded> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else if let Some(length) = header("content-length") {
        body = vec![0; length.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
    }
    Some(Recorded { method, target, headers, body })
}
