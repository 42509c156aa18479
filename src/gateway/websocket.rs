//! A WebSocket client that reads without copying.
//!
//! tungstenite performs the handshake and parses frames; this module does the buffering. Messages are slices of the read
//! buffer. tungstenite's own stream allocates memory for each message, copies it and checks it for valid UTF-8, which was most
//! of the cost of reading at Discord's rates.

use std::io::{self, Cursor};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio_tungstenite::tungstenite;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::client::{Response, generate_key, generate_request};
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::machine::TryParse as _;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

use super::inflate::MAX_PAYLOAD;
use super::shard::Close;
use crate::model::USER_AGENT;

/// The usual size of the read buffer.
const READ_BUFFER: usize = 128 << 10;
/// The maximum length of the response to the handshake, in bytes.
const MAX_RESPONSE_HEAD: usize = 16 << 10;
/// While more bytes than this are unsent, pings are not answered.
const MAX_UNSENT: usize = 64 << 10;
/// The maximum length of the payload of a control frame, in bytes. Source: RFC 6455, 5.5.
const MAX_CONTROL_PAYLOAD: usize = 125;

/// Why the handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    #[error("cannot connect: {}", crate::model::fault::words(.0))]
    Io(#[from] io::Error),
    #[error("the gateway returned status {0}")]
    Status(u16),
    #[error("the gateway did not complete the WebSocket handshake")]
    NotAWebSocket,
}

impl HandshakeError {
    /// Whether the server has no gateway at this URL, so that retrying is useless. An overloaded or unavailable server responds
    /// with 408, 425, 429 or 5xx.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Io(_) => false,
            Self::Status(status) => !matches!(status, 408 | 425 | 429 | 500..),
            Self::NotAWebSocket => true,
        }
    }
}

/// How the peer violated the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolViolation {
    #[error("a frame is malformed")]
    Malformed,
    #[error("a message is larger than {} MiB", MAX_PAYLOAD >> 20)]
    TooLarge,
}

/// A message from the peer.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    Text(&'a [u8]),
    Binary(&'a [u8]),
    /// A close frame, with its code and reason if it has them.
    Close(Option<Close>),
}

pub struct WebSocket<T> {
    io: T,
    /// The read buffer, always fully initialised. `unread` is the part with unprocessed bytes.
    buffer: Vec<u8>,
    unread: Range<usize>,
    /// The length of the frame at the start of `unread`, or 0 if its header is incomplete.
    frame_length: usize,
    /// The fragments received so far of a message in several frames, and the kind of that message.
    fragments: Vec<u8>,
    fragmented_kind: Option<Data>,
    unsent: Vec<u8>,
    /// Whether a lower layer, such as TLS, may still buffer written bytes.
    unflushed: bool,
    /// Since when bytes have been waiting for the peer to read.
    blocked_since: Option<Instant>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> WebSocket<T> {
    /// Performs the handshake. Bytes after the response stay in the buffer, because HELLO may arrive with it.
    pub async fn handshake(mut io: T, url: &str) -> Result<Self, HandshakeError> {
        let not_one = |_| HandshakeError::NotAWebSocket;
        let mut request = url.into_client_request().map_err(not_one)?;
        request.headers_mut().insert(http::header::USER_AGENT, http::HeaderValue::from_static(USER_AGENT));
        let (request, key) = generate_request(request).map_err(not_one)?;
        io.write_all(&request).await?;
        io.flush().await?;
        let mut buffer = vec![0; READ_BUFFER];
        let mut filled = 0;
        let (head, response) = loop {
            let read = io.read(&mut buffer[filled..MAX_RESPONSE_HEAD]).await?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            filled += read;
            if let Some(parsed) = Response::try_parse(&buffer[..filled]).map_err(not_one)? {
                break parsed;
            }
        };
        if response.status() != 101 {
            return Err(HandshakeError::Status(response.status().as_u16()));
        }
        let header = |name: &str| response.headers().get(name).map(http::HeaderValue::as_bytes);
        let upgrades = header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"));
        let accept = derive_accept_key(key.as_bytes());
        if !upgrades || header("sec-websocket-accept") != Some(accept.as_bytes()) {
            return Err(HandshakeError::NotAWebSocket);
        }
        Ok(Self::new(io, buffer, head..filled))
    }

    fn new(io: T, buffer: Vec<u8>, unread: Range<usize>) -> Self {
        Self {
            io,
            buffer,
            unread,
            frame_length: 0,
            fragments: Vec::new(),
            fragmented_kind: None,
            unsent: Vec::new(),
            unflushed: false,
            blocked_since: None,
        }
    }

    /// Reads the available bytes. Returns `false` if the peer has closed the connection.
    pub fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.make_room();
        let mut space = ReadBuf::new(&mut self.buffer[self.unread.end..]);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut space))?;
        let read = space.filled().len();
        self.unread.end += read;
        Poll::Ready(Ok(read > 0))
    }

    fn make_room(&mut self) {
        if self.unread.is_empty() {
            self.unread = 0..0;
            if self.buffer.len() > READ_BUFFER {
                self.buffer = vec![0; READ_BUFFER];
            }
        } else if self.unread.len() <= self.unread.start || self.unread.end == self.buffer.len() {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        // The buffer grows as bytes arrive, so that a header alone cannot make it grow.
        if self.unread.end == self.buffer.len() {
            self.buffer.resize((self.buffer.len() * 2).min(self.frame_length.max(READ_BUFFER)), 0);
        }
    }

    /// The next message in the buffer, or `None` if more bytes must be read first.
    pub fn next_message(&mut self) -> Result<Option<Incoming<'_>>, ProtocolViolation> {
        loop {
            let mut cursor = Cursor::new(&self.buffer[self.unread.clone()]);
            let parsed = FrameHeader::parse(&mut cursor).map_err(|_| ProtocolViolation::Malformed)?;
            let Some((header, length)) = parsed else {
                self.frame_length = 0;
                return Ok(None);
            };
            let length =
                usize::try_from(length).ok().filter(|n| *n <= MAX_PAYLOAD).ok_or(ProtocolViolation::TooLarge)?;
            let head = usize::try_from(cursor.position()).expect("a header has a few bytes");
            self.frame_length = head + length;
            if self.frame_length > self.unread.len() {
                return Ok(None);
            }
            let payload = self.unread.start + head..self.unread.start + self.frame_length;
            self.unread.start = payload.end;
            self.frame_length = 0;
            // Servers must not mask frames, and no extension was negotiated.
            if header.mask.is_some() || header.rsv1 || header.rsv2 || header.rsv3 {
                return Err(ProtocolViolation::Malformed);
            }
            if let OpCode::Control(_) = header.opcode
                && (length > MAX_CONTROL_PAYLOAD || !header.is_final)
            {
                return Err(ProtocolViolation::Malformed);
            }
            match header.opcode {
                OpCode::Data(kind) => {
                    if header.is_final && kind != Data::Continue && self.fragmented_kind.is_none() {
                        return incoming(kind, &self.buffer[payload]).map(Some);
                    }
                    if let Some(kind) = self.append_fragment(kind, payload, header.is_final)? {
                        return incoming(kind, &self.fragments).map(Some);
                    }
                }
                OpCode::Control(Control::Ping) => {
                    if self.unsent.len() < MAX_UNSENT {
                        let body = self.buffer[payload].to_vec();
                        self.queue(Frame::pong(body));
                    }
                }
                OpCode::Control(Control::Pong) => {}
                OpCode::Control(Control::Close) => {
                    let close = self.buffer[payload].split_first_chunk().map(|(code, reason)| Close {
                        code: u16::from_be_bytes(*code),
                        reason: String::from_utf8_lossy(reason).trim().to_owned(),
                    });
                    return Ok(Some(Incoming::Close(close)));
                }
                OpCode::Control(Control::Reserved(_)) => return Err(ProtocolViolation::Malformed),
            }
        }
    }

    /// Appends a frame to a fragmented message. Returns the kind of the message if it is complete.
    fn append_fragment(
        &mut self,
        kind: Data,
        payload: Range<usize>,
        last: bool,
    ) -> Result<Option<Data>, ProtocolViolation> {
        match (kind, self.fragmented_kind) {
            (Data::Continue, Some(_)) => {}
            (Data::Text | Data::Binary, None) => {
                self.fragments = Vec::new();
                self.fragmented_kind = Some(kind);
            }
            _ => return Err(ProtocolViolation::Malformed),
        }
        if self.fragments.len() + payload.len() > MAX_PAYLOAD {
            return Err(ProtocolViolation::TooLarge);
        }
        self.fragments.extend_from_slice(&self.buffer[payload]);
        Ok(if last { self.fragmented_kind.take() } else { None })
    }

    pub fn send_text(&mut self, text: String) {
        self.queue(Frame::message(text, OpCode::Data(Data::Text), true));
    }

    pub fn send_close(&mut self, code: u16) {
        self.queue(Frame::close(Some(CloseFrame { code: CloseCode::from(code), reason: "".into() })));
    }

    fn queue(&mut self, mut frame: Frame) {
        // Masks must be unpredictable, and tungstenite's generator for handshake keys is.
        let random = BASE64_STANDARD.decode(generate_key()).ok().and_then(|key| key.first_chunk().copied());
        frame.header_mut().mask = Some(random.expect("a key is sixteen bytes in base 64"));
        frame.format(&mut self.unsent).expect("a vector takes all that is written");
        self.unflushed = true;
    }

    /// Since when bytes have been waiting for the peer to read.
    pub const fn blocked_since(&self) -> Option<Instant> {
        self.blocked_since
    }

    /// Sends the queued frames.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.poll_unsent(cx);
        match flushed {
            Poll::Ready(_) => self.blocked_since = None,
            Poll::Pending => {
                self.blocked_since.get_or_insert_with(Instant::now);
            }
        }
        flushed
    }

    fn poll_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        while !self.unsent.is_empty() {
            let sent = ready!(Pin::new(&mut self.io).poll_write(cx, &self.unsent))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.drain(..sent);
        }
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}

fn incoming(kind: Data, bytes: &[u8]) -> Result<Incoming<'_>, ProtocolViolation> {
    match kind {
        Data::Text => Ok(Incoming::Text(bytes)),
        Data::Binary => Ok(Incoming::Binary(bytes)),
        Data::Continue | Data::Reserved(_) => Err(ProtocolViolation::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A socket that returns the given bytes, `step` at a time, and records what is sent.
    struct Script {
        bytes: Vec<u8>,
        at: usize,
        step: usize,
        sent: Vec<u8>,
    }

    impl AsyncRead for Script {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            let this = self.get_mut();
            let n = this.step.min(out.remaining()).min(this.bytes.len() - this.at);
            out.put_slice(&this.bytes[this.at..this.at + n]);
            this.at += n;
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Script {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let n = bytes.len().min(3);
            self.get_mut().sent.extend_from_slice(&bytes[..n]);
            Poll::Ready(Ok(n))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn frame(opcode: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
        let header = FrameHeader { is_final, opcode, ..FrameHeader::default() };
        let mut out = Vec::new();
        Frame::from_payload(header, payload.to_vec().into()).format(&mut out).unwrap();
        out
    }

    const TEXT: OpCode = OpCode::Data(Data::Text);
    const BINARY: OpCode = OpCode::Data(Data::Binary);
    const MORE: OpCode = OpCode::Data(Data::Continue);

    fn socket(bytes: Vec<u8>, step: usize) -> WebSocket<Script> {
        WebSocket::new(Script { bytes, at: 0, step, sent: Vec::new() }, vec![0; READ_BUFFER], 0..0)
    }

    /// All messages as texts: `t:…`, `b:…`, `close 4000`, or the violation.
    fn all(socket: &mut WebSocket<Script>) -> Vec<String> {
        let mut got = Vec::new();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        loop {
            match socket.next_message() {
                Ok(Some(Incoming::Text(text))) => got.push(format!("t:{}", String::from_utf8_lossy(text))),
                Ok(Some(Incoming::Binary(bytes))) => got.push(format!("b:{}", String::from_utf8_lossy(bytes))),
                Ok(Some(Incoming::Close(close))) => {
                    let close = close.map(|Close { code, reason }| format!("{code} {reason}"));
                    got.push(format!("close {}", close.unwrap_or_default()));
                }
                Err(violation) => {
                    got.push(violation.to_string());
                    return got;
                }
                Ok(None) => {
                    if let Poll::Ready(Ok(false)) = socket.poll_fill(&mut cx) {
                        return got;
                    }
                }
            }
        }
    }

    #[test]
    fn messages_are_complete_however_their_bytes_are_split() {
        let long = "x".repeat(3 * READ_BUFFER);
        let bytes = [
            frame(TEXT, true, b"one"),
            frame(BINARY, true, long.as_bytes()),
            frame(TEXT, false, b"a"),
            frame(OpCode::Control(Control::Ping), true, b"ping"),
            frame(MORE, false, b"b"),
            frame(MORE, true, b"c"),
            frame(BINARY, true, b""),
            frame(OpCode::Control(Control::Close), true, b"\x0f\xa0 because "),
        ]
        .concat();
        for step in [1, 7, 4096, usize::MAX] {
            let mut socket = socket(bytes.clone(), step);
            let expected =
                ["t:one".to_owned(), format!("b:{long}"), "t:abc".into(), "b:".into(), "close 4000 because".into()];
            assert!(all(&mut socket) == expected, "{step} bytes at a time");
            assert_eq!(socket.buffer.len(), READ_BUFFER, "the buffer has its usual size again");
        }
    }

    #[test]
    fn a_ping_is_answered_and_sent_frames_are_masked() {
        let mut socket = socket(frame(OpCode::Control(Control::Ping), true, b"hi"), usize::MAX);
        assert_eq!(all(&mut socket), [""; 0]);
        socket.send_text("hello".to_owned());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(socket.poll_flush(&mut cx).is_ready());
        let sent = &socket.io.sent;
        assert_eq!((sent[0], sent[1]), (0x8a, 0x82));
        assert_eq!((sent[8], sent[9]), (0x81, 0x85));
        let text: Vec<_> = sent[14..].iter().zip(sent[10..14].iter().cycle()).map(|(b, m)| b ^ m).collect();
        assert_eq!(text, b"hello");
    }

    #[test]
    fn violations_of_the_protocol_are_errors() {
        let mut masked = Frame::message(b"x".to_vec(), TEXT, true);
        masked.header_mut().mask = Some([1, 2, 3, 4]);
        let mut bytes = Vec::new();
        masked.format(&mut bytes).unwrap();
        for (bytes, expected) in [
            (bytes, ProtocolViolation::Malformed),
            (frame(MORE, true, b"x"), ProtocolViolation::Malformed),
            ([frame(TEXT, false, b"x"), frame(TEXT, true, b"y")].concat(), ProtocolViolation::Malformed),
            (vec![0xc1, 0x01, b'x'], ProtocolViolation::Malformed),
            (
                frame(OpCode::Control(Control::Close), true, &[b'x'; MAX_CONTROL_PAYLOAD + 1]),
                ProtocolViolation::Malformed,
            ),
            (frame(OpCode::Control(Control::Ping), false, b"x"), ProtocolViolation::Malformed),
            (vec![0x82, 127, 0, 0, 0, 0, 0x7f, 0, 0, 0], ProtocolViolation::TooLarge),
            (vec![0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], ProtocolViolation::TooLarge),
        ] {
            assert_eq!(all(&mut socket(bytes.clone(), usize::MAX)), [expected.to_string()], "{bytes:x?}");
        }
    }

    #[test]
    fn a_header_alone_allocates_nothing() {
        let header = vec![0x82, 127, 0, 0, 0, 0, 0x03, 0xff, 0, 0];
        let mut socket = socket(header, usize::MAX);
        assert_eq!(all(&mut socket), [""; 0]);
        assert_eq!(socket.buffer.len(), READ_BUFFER);
    }
}
