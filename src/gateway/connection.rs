//! A connection: a socket and its inflater. They are dropped together, so that no unread bytes, partial message or compression
//! window can reach the next connection.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use url::Url;

use super::inflate::{Compression, Inflater};
use super::payload::Payload;
use super::shard::Close;
use super::websocket::{HandshakeError, Incoming, WebSocket};
use crate::net::dial::{self, Transport};
use crate::net::{BadProxy, Proxies, ProxyError, TlsFault};

/// The time limit for opening a connection, from the DNS look-up to the WebSocket handshake.
const OPEN_WITHIN: Duration = Duration::from_secs(15);
/// The time limit for sending a close frame.
const CLOSE_WITHIN: Duration = Duration::from_millis(250);
/// How long dcord waits for the peer's close frame after the last connection.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// How long the peer may accept no data before the connection counts as dead.
const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// The maximum number of messages to read before timers are checked again.
const MESSAGES_PER_POLL: usize = 2048;

pub struct Connection {
    socket: WebSocket<Box<dyn Transport>>,
    inflater: Inflater,
    /// Whether a heartbeat is queued but not sent yet. Another heartbeat is then dropped, because it would add nothing.
    heartbeat_unsent: bool,
}

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot connect: {}", crate::model::fault::words(.0))]
    Io(#[from] io::Error),
    #[error("cannot establish a TLS connection to {host}: {fault}")]
    Tls { host: String, fault: TlsFault },
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error(transparent)]
    BadProxy(#[from] BadProxy),
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error("the connection did not open within {} seconds", OPEN_WITHIN.as_secs())]
    TimedOut,
}

impl OpenError {
    /// Whether retrying is useless without a change of the configuration: the server has no gateway at this URL, its
    /// certificate is invalid, or a proxy refuses to connect to it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Handshake(error) => error.is_refusal(),
            Self::Proxy(error) => error.is_permanent(),
            Self::Tls { .. } | Self::BadProxy(_) => true,
            Self::Io(_) | Self::TimedOut => false,
        }
    }

    /// How to fix the error, if that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tls { fault, .. } => Some(fault.hint().to_owned()),
            Self::Proxy(error) => Some(error.hint()),
            Self::BadProxy(_) | Self::Handshake(_) | Self::Io(_) | Self::TimedOut => None,
        }
    }
}

/// Why reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadEnd {
    /// The callback stopped, or [`MESSAGES_PER_POLL`] is reached. There may be more to read.
    Yielded,
    /// The peer sent something invalid. The text is the reason.
    Unreadable(String),
    /// The connection ended, with the peer's close frame if it sent one.
    Ended(Option<Close>),
}

impl Connection {
    /// Opens a connection. The caller has checked that the token may be sent to the URL.
    pub async fn open(
        url: &Url,
        tls: &Arc<rustls::ClientConfig>,
        proxies: &Proxies,
        compression: Compression,
    ) -> Result<Self, OpenError> {
        let opening = async {
            let transport = transport(url, tls, proxies).await?;
            let socket = WebSocket::handshake(transport, url.as_str()).await?;
            Ok(Self { socket, inflater: Inflater::new(compression)?, heartbeat_unsent: false })
        };
        tokio::time::timeout(OPEN_WITHIN, opening).await.unwrap_or(Err(OpenError::TimedOut))
    }

    /// Queues a payload and sends as much as possible without waiting. [`Self::poll_payloads`] sends the rest and reports
    /// errors.
    pub fn send(&mut self, payload: Payload) {
        let is_beat = payload.is_heartbeat();
        if !(is_beat && self.heartbeat_unsent) {
            self.socket.send_text(payload.into_text());
            self.heartbeat_unsent |= is_beat;
        }
        // `poll_payloads` sends the rest with a real waker.
        let _ = self.poll_flush(&mut Context::from_waker(Waker::noop()));
    }

    /// When to call [`Self::is_stuck`]. `None` if nothing is waiting to be sent.
    pub fn write_deadline(&self) -> Option<Instant> {
        self.socket.blocked_since().map(|since| since + WRITE_WITHIN)
    }

    /// Whether the peer has accepted no data for too long.
    pub fn is_stuck(&mut self, now: Instant) -> bool {
        self.write_deadline().is_some_and(|deadline| deadline <= now)
            // While reading is paused, only this call retries the write.
            && self.poll_flush(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.socket.poll_flush(cx);
        self.heartbeat_unsent &= flushed.is_pending();
        flushed
    }

    /// Passes each available payload to `take`, until `take` returns `Break`. `Pending` means that the next read would wait.
    pub fn poll_payloads(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Poll<ReadEnd> {
        for _ in 0..MESSAGES_PER_POLL {
            let flow = match self.socket.next_message() {
                Ok(Some(Incoming::Binary(bytes))) => match self.inflater.message(bytes) {
                    Ok(Some(payload)) => take(payload),
                    Ok(None) => ControlFlow::Continue(()),
                    Err(error) => return Poll::Ready(ReadEnd::unreadable(&error)),
                },
                Ok(Some(Incoming::Text(text))) => take(text),
                Ok(Some(Incoming::Close(close))) => return Poll::Ready(ReadEnd::Ended(close)),
                Ok(None) => {
                    // Writes pongs and the rest of `send` before waiting for more to read.
                    if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
                        return Poll::Ready(ReadEnd::lost(&error));
                    }
                    match ready!(self.socket.poll_fill(cx)) {
                        Ok(true) => ControlFlow::Continue(()),
                        Ok(false) => return Poll::Ready(ReadEnd::Ended(None)),
                        Err(error) => return Poll::Ready(ReadEnd::lost(&error)),
                    }
                }
                Err(violation) => return Poll::Ready(ReadEnd::unreadable(&violation)),
            };
            if flow.is_break() {
                break;
            }
        }
        Poll::Ready(ReadEnd::Yielded)
    }

    /// Sends a close frame and drops the connection without waiting for a response, which a dead peer does not send.
    pub async fn close(mut self, code: u16) {
        self.send_close_frame(code).await;
    }

    /// Sends a close frame, and reads for a short time until the peer closes too. Dropping a socket with unread bytes resets
    /// the TCP connection, which could lose the close frame.
    pub async fn close_in_order(mut self, code: u16) {
        self.send_close_frame(code).await;
        let gone = std::future::poll_fn(|cx| {
            loop {
                match self.socket.next_message() {
                    Ok(Some(Incoming::Close(_))) | Err(_) => return Poll::Ready(()),
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        if !matches!(ready!(self.socket.poll_fill(cx)), Ok(true)) {
                            return Poll::Ready(());
                        }
                    }
                }
            }
        });
        if tokio::time::timeout(ANSWER_WITHIN, gone).await.is_err() {
            tracing::debug!("the gateway did not send a close frame in time");
        }
    }

    async fn send_close_frame(&mut self, code: u16) {
        self.socket.send_close(code);
        let flushed = std::future::poll_fn(|cx| self.socket.poll_flush(cx));
        match tokio::time::timeout(CLOSE_WITHIN, flushed).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "cannot send the close frame"),
            Err(_) => tracing::debug!("sending the close frame timed out"),
        }
    }
}

impl ReadEnd {
    fn unreadable(error: &dyn std::error::Error) -> Self {
        Self::Unreadable(error.to_string())
    }

    fn lost(error: &io::Error) -> Self {
        tracing::debug!(%error, "the connection was lost");
        Self::Ended(None)
    }
}

async fn transport(
    url: &Url,
    tls: &Arc<rustls::ClientConfig>,
    proxies: &Proxies,
) -> Result<Box<dyn Transport>, OpenError> {
    if url.scheme() == "ws" {
        return Ok(Box::new(dial::direct(url).await?));
    }
    let stream: Box<dyn Transport> = match proxies.find(url)? {
        Some(proxy) => dial::through(&proxy, url, tls).await?,
        None => Box::new(dial::direct(url).await?),
    };
    let host = url.host().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the URL has no host"))?;
    let failed = |error: io::Error| match TlsFault::find(&error) {
        Some(fault) => OpenError::Tls { host: host.to_string(), fault },
        None => OpenError::Io(error),
    };
    Ok(Box::new(dial::encrypt(Arc::clone(tls), &host, stream).await.map_err(failed)?))
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;
    use crate::gateway::payload;

    #[tokio::test]
    async fn for_a_peer_that_reads_nothing_one_heartbeat_is_queued_and_the_write_has_a_deadline() {
        // Room for the response to the handshake and a few heartbeats.
        let (near, far) = tokio::io::duplex(1024);
        let accepting = tokio::spawn(tokio_tungstenite::accept_async(far));
        let transport: Box<dyn Transport> = Box::new(near);
        let socket = WebSocket::handshake(transport, "ws://localhost/").await.unwrap();
        let inflater = Inflater::new(Compression::None).unwrap();
        let mut connection = Connection { socket, inflater, heartbeat_unsent: false };
        let mut peer = accepting.await.unwrap().unwrap();

        for seq in 0..10_000 {
            connection.send(payload::heartbeat(Some(seq)));
        }
        assert!(connection.heartbeat_unsent);
        let deadline = connection.write_deadline().unwrap();
        assert!(!connection.is_stuck(deadline - Duration::from_millis(1)));
        assert!(connection.is_stuck(deadline));

        // The peer receives the heartbeats that fit into the pipe, and the one in the queue.
        let mut beats = 0;
        while connection.write_deadline().is_some() || beats == 0 {
            peer.next().await.unwrap().unwrap();
            beats += 1;
            connection.is_stuck(deadline);
        }
        assert!(beats < 100, "{beats}");
        assert!(!connection.heartbeat_unsent);
        connection.send(payload::heartbeat(None));
        assert_eq!(connection.write_deadline(), None);
    }
}
