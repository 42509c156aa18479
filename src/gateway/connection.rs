//! One connection: socket and inflater. It is dropped whole, so that nothing of it — old bytes, a
//! half-read message, a window — can reach the next.

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

/// How long a connection may take to open: name, TCP, TLS and WebSocket together.
const OPEN_WITHIN: Duration = Duration::from_secs(15);
/// How long a goodbye may take to be sent.
const CLOSE_WITHIN: Duration = Duration::from_millis(250);
/// How long the other side may take to answer the last goodbye.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// How long the other side may take nothing of what is sent to it. Discord's own side is that patient.
const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// Messages taken before timers get their turn.
const MESSAGES_A_TURN: usize = 2048;

pub struct Connection {
    socket: WebSocket<Box<dyn Transport>>,
    inflater: Inflater,
    /// A heartbeat waits for the other side to read. A second one would say nothing more.
    beat_unsent: bool,
}

/// Cause a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot connect: {0}")]
    Io(#[from] io::Error),
    #[error("no secure connection to {host}: {fault}")]
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
    /// Whether trying again is of no use until somebody changes something: a server answered that has no
    /// gateway at this URL, or cannot prove who it is, or a proxy refuses to connect to it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Handshake(error) => error.is_refusal(),
            Self::Proxy(error) => error.is_permanent(),
            Self::Tls { .. } | Self::BadProxy(_) => true,
            Self::Io(_) | Self::TimedOut => false,
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tls { fault, .. } => Some(fault.hint().to_owned()),
            Self::Proxy(error) => Some(error.hint()),
            Self::BadProxy(_) | Self::Handshake(_) | Self::Io(_) | Self::TimedOut => None,
        }
    }
}

/// Cause reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// The caller wanted to stop, or it is others' turn; more may be there.
    Turn,
    /// Something came that cannot be read, for that reason.
    Unreadable(String),
    /// The connection is gone, with the other side's code and reason if it gave one.
    Ended(Option<Close>),
}

impl Connection {
    /// Opens a connection to a URL that was checked to be one for the token.
    pub async fn open(
        url: &Url,
        tls: &Arc<rustls::ClientConfig>,
        proxies: &Proxies,
        compression: Compression,
    ) -> Result<Self, OpenError> {
        let opening = async {
            let transport = transport(url, tls, proxies).await?;
            let socket = WebSocket::handshake(transport, url.as_str()).await?;
            Ok(Self { socket, inflater: Inflater::new(compression)?, beat_unsent: false })
        };
        tokio::time::timeout(OPEN_WITHIN, opening).await.unwrap_or(Err(OpenError::TimedOut))
    }

    /// Queues a payload; it is sent as far as that goes without waiting, the rest while reading.
    /// A connection that fails here says so when it is read.
    pub fn send(&mut self, payload: Payload) {
        let is_beat = payload.is_heartbeat();
        if !(is_beat && self.beat_unsent) {
            self.socket.send_text(payload.into_text());
            self.beat_unsent |= is_beat;
        }
        // What this leaves unfinished is polled again, with a real waker, by `poll_payloads`.
        let _ = self.poll_flush(&mut Context::from_waker(Waker::noop()));
    }

    /// When [`Self::is_stuck`] should be asked: only while something waits to be sent.
    pub fn write_deadline(&self) -> Option<Instant> {
        self.socket.blocked_since().map(|since| since + WRITE_WITHIN)
    }

    /// Whether the other side has taken nothing for too long.
    pub fn is_stuck(&mut self, now: Instant) -> bool {
        self.write_deadline().is_some_and(|deadline| deadline <= now)
            // While the socket is not read, nothing else tries again.
            && self.poll_flush(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.socket.poll_flush(cx);
        self.beat_unsent &= flushed.is_pending();
        flushed
    }

    /// Gives each payload that is there to `take`, until it breaks off. Pending means that the
    /// next read would wait.
    pub fn poll_payloads(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Poll<Read> {
        for _ in 0..MESSAGES_A_TURN {
            let flow = match self.socket.next_message() {
                Ok(Some(Incoming::Binary(bytes))) => match self.inflater.message(bytes) {
                    Ok(Some(payload)) => take(payload),
                    Ok(None) => ControlFlow::Continue(()),
                    Err(error) => return Poll::Ready(Read::unreadable(&error)),
                },
                Ok(Some(Incoming::Text(text))) => take(text),
                Ok(Some(Incoming::Close(close))) => return Poll::Ready(Read::Ended(close)),
                Ok(None) => {
                    // Pongs and what `send` left go out before a wait, and wake it up.
                    if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
                        return Poll::Ready(Read::cut(&error));
                    }
                    match ready!(self.socket.poll_fill(cx)) {
                        Ok(true) => ControlFlow::Continue(()),
                        Ok(false) => return Poll::Ready(Read::Ended(None)),
                        Err(error) => return Poll::Ready(Read::cut(&error)),
                    }
                }
                Err(violation) => return Poll::Ready(Read::unreadable(&violation)),
            };
            if flow.is_break() {
                break;
            }
        }
        Poll::Ready(Read::Turn)
    }

    /// Says goodbye and drops the connection, without waiting for an answer: a dead peer has none.
    pub async fn close(mut self, code: u16) {
        self.say_goodbye(code).await;
    }

    /// Says goodbye and reads on until the other side has gone too, for a short time. Dropping a
    /// socket with unread bytes resets it, and the goodbye could be lost on the way.
    pub async fn close_in_order(mut self, code: u16) {
        self.say_goodbye(code).await;
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
            tracing::debug!("the gateway did not answer the close");
        }
    }

    async fn say_goodbye(&mut self, code: u16) {
        self.socket.send_close(code);
        let flushed = std::future::poll_fn(|cx| self.socket.poll_flush(cx));
        match tokio::time::timeout(CLOSE_WITHIN, flushed).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "cannot say goodbye"),
            Err(_) => tracing::debug!("the goodbye does not go out"),
        }
    }
}

impl Read {
    fn unreadable(error: &dyn std::error::Error) -> Self {
        Self::Unreadable(error.to_string())
    }

    fn cut(error: &io::Error) -> Self {
        tracing::debug!(%error, "the connection is cut");
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
    async fn for_a_peer_that_reads_nothing_one_beat_waits_and_the_write_has_a_deadline() {
        // Room for the handshake's answer and some beats.
        let (near, far) = tokio::io::duplex(1024);
        let accepting = tokio::spawn(tokio_tungstenite::accept_async(far));
        let transport: Box<dyn Transport> = Box::new(near);
        let socket = WebSocket::handshake(transport, "ws://localhost/").await.unwrap();
        let inflater = Inflater::new(Compression::None).unwrap();
        let mut connection = Connection { socket, inflater, beat_unsent: false };
        let mut peer = accepting.await.unwrap().unwrap();

        for seq in 0..10_000 {
            connection.send(payload::heartbeat(Some(seq)));
        }
        assert!(connection.beat_unsent);
        let deadline = connection.write_deadline().unwrap();
        assert!(!connection.is_stuck(deadline - Duration::from_millis(1)));
        assert!(connection.is_stuck(deadline));

        // What was let through is what fits into the pipe, and one more.
        let mut beats = 0;
        while connection.write_deadline().is_some() || beats == 0 {
            peer.next().await.unwrap().unwrap();
            beats += 1;
            connection.is_stuck(deadline);
        }
        assert!(beats < 100, "{beats}");
        assert!(!connection.beat_unsent);
        connection.send(payload::heartbeat(None));
        assert_eq!(connection.write_deadline(), None);
    }
}
