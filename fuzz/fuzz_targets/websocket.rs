//! Frames of a WebSocket: the reader never panics, and reads the same messages however the bytes are split.

#![no_main]

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use dcord::gateway::websocket::{Incoming, WebSocket};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A server that answers the handshake and then sends these bytes in chunks of this size.
struct Server<'a> {
    head: Vec<u8>,
    bytes: &'a [u8],
    step: usize,
}

impl AsyncRead for Server<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.head.is_empty() {
            let head = std::mem::take(&mut self.head);
            space.put_slice(&head);
            return Poll::Ready(Ok(()));
        }
        let length = self.step.min(space.remaining()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(length);
        space.put_slice(now);
        self.bytes = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server<'_> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(key) = String::from_utf8_lossy(bytes).lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
        }) {
            let accept = derive_accept_key(key.as_bytes());
            self.head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
                 sec-websocket-accept: {accept}\r\n\r\n"
            )
            .into_bytes();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Describes everything that is read, until the end or the first violation.
fn read(bytes: &[u8], step: usize) -> Vec<String> {
    let mut cx = Context::from_waker(Waker::noop());
    let server = Server { head: Vec::new(), bytes, step };
    let mut opening = pin!(WebSocket::handshake(server, "ws://127.0.0.1/"));
    let Poll::Ready(Ok(mut socket)) = opening.as_mut().poll(&mut cx) else { panic!("the handshake is valid") };
    let mut seen = Vec::new();
    loop {
        match socket.next_message() {
            Ok(Some(Incoming::Close(close))) => {
                seen.push(format!("{close:?}"));
                return seen;
            }
            Ok(Some(message)) => seen.push(format!("{message:?}")),
            Ok(None) => {
                // Sends the pongs immediately.
                assert!(matches!(socket.poll_flush(&mut cx), Poll::Ready(Ok(()))));
                match socket.poll_fill(&mut cx) {
                    Poll::Ready(Ok(true)) => {}
                    _ => return seen,
                }
            }
            Err(violation) => {
                seen.push(violation.to_string());
                return seen;
            }
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&step, bytes)) = input.split_first() else { return };
    assert_eq!(read(bytes, usize::MAX), read(bytes, usize::from(step).max(1)));
});
