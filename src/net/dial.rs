//! Connects to a host, directly or through a proxy.

use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;
use url::{Host, Url};

use super::proxy::{Protocol, Proxy, authority};
use super::tls::TlsFault;

/// The time limit for connecting through a proxy, including the proxy's own connection to the host.
const WITHIN: Duration = Duration::from_secs(10);

/// The maximum length of the response to a CONNECT request, in bytes.
const MOST_HEAD: usize = 16 << 10;

/// A byte stream in both directions.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// Why a connection through a proxy failed.
#[derive(Debug, thiserror::Error)]
#[error("{fault}")]
pub struct ProxyError {
    /// The variable that names the proxy.
    pub variable: &'static str,
    pub fault: ProxyFault,
}

#[derive(Debug, thiserror::Error)]
pub enum ProxyFault {
    #[error("cannot connect to the proxy {proxy}: {}", crate::model::fault::words(.source))]
    Connect { proxy: String, source: io::Error },
    #[error("cannot establish a TLS connection to the proxy {proxy}: {fault}")]
    Tls { proxy: String, fault: TlsFault },
    #[error("the proxy {proxy} {} (407)", if *.given { "rejects the credentials in its URL" } else { "requires credentials" })]
    Credentials { proxy: String, given: bool },
    #[error("the proxy {proxy} cannot connect to {to}: it returned {status}")]
    Refused { proxy: String, to: String, status: u16 },
    #[error("the proxy {proxy} closed the connection instead of connecting to {to}")]
    Closed { proxy: String, to: String },
    #[error("the proxy {proxy} did not respond with HTTP")]
    NotHttp { proxy: String },
    #[error("the proxy {proxy} cannot connect to {to}: {cause}")]
    Socks { proxy: String, to: String, cause: String },
    #[error("the proxy {proxy} did not connect to {to} within {} seconds", WITHIN.as_secs())]
    TimedOut { proxy: String, to: String },
}

impl ProxyError {
    /// Whether a retry fails as well until the settings are changed.
    pub const fn is_permanent(&self) -> bool {
        match &self.fault {
            ProxyFault::Tls { .. } | ProxyFault::Credentials { .. } | ProxyFault::NotHttp { .. } => true,
            ProxyFault::Refused { status, .. } => *status < 500,
            ProxyFault::Connect { .. }
            | ProxyFault::Closed { .. }
            | ProxyFault::Socks { .. }
            | ProxyFault::TimedOut { .. } => false,
        }
    }

    /// How to fix the error, for people.
    pub fn hint(&self) -> String {
        let variable = self.variable;
        match &self.fault {
            ProxyFault::Credentials { .. } => {
                format!("put percent-encoded credentials into {variable}: http://USER:PASSWORD@HOST:PORT")
            }
            ProxyFault::Tls { fault, .. } => fault.hint().to_owned(),
            _ => format!("check {variable}; NO_PROXY lists the hosts that need no proxy"),
        }
    }
}

/// Connects to the host and port of a URL, without a proxy.
pub async fn direct(url: &Url) -> io::Result<TcpStream> {
    let missing = || io::Error::new(io::ErrorKind::InvalidInput, "the URL has no host");
    let port = url.port_or_known_default().ok_or_else(missing)?;
    connect(&url.host().ok_or_else(missing)?.to_owned(), port).await
}

async fn connect(host: &Host<String>, port: u16) -> io::Result<TcpStream> {
    let stream = match host {
        Host::Domain(name) => TcpStream::connect((name.as_str(), port)).await?,
        Host::Ipv4(ip) => TcpStream::connect((*ip, port)).await?,
        Host::Ipv6(ip) => TcpStream::connect((*ip, port)).await?,
    };
    // Without this, Nagle's algorithm would delay heartbeats and commands, which are small.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Starts TLS on a connection to a host, whose certificate must be for its name.
pub async fn encrypt<S: AsRef<str>, T: Transport>(
    tls: Arc<ClientConfig>,
    host: &Host<S>,
    stream: T,
) -> io::Result<TlsStream<T>> {
    let name = match host {
        Host::Domain(name) => ServerName::try_from(name.as_ref().to_owned()).map_err(io::Error::other)?,
        Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::V4(*ip)),
        Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::V6(*ip)),
    };
    TlsConnector::from(tls).connect(name, stream).await
}

/// Connects to the host and port of a URL through a proxy.
pub async fn through(proxy: &Proxy, url: &Url, tls: &Arc<ClientConfig>) -> Result<Box<dyn Transport>, ProxyError> {
    let opening = async {
        match proxy.protocol {
            Protocol::Http => tunnel(reach(proxy).await?, proxy, url).await,
            Protocol::Https => tunnel(secure(proxy, tls).await?, proxy, url).await,
            Protocol::Socks5 | Protocol::Socks5h => socks(proxy, url).await,
        }
    };
    let timed_out = || ProxyFault::TimedOut { proxy: proxy.address(), to: authority(url) };
    let opened = timeout(WITHIN, opening).await.unwrap_or_else(|_| Err(timed_out()));
    opened.map_err(|fault| ProxyError { variable: proxy.variable, fault })
}

async fn reach(proxy: &Proxy) -> Result<TcpStream, ProxyFault> {
    let failed = |source| ProxyFault::Connect { proxy: proxy.address(), source };
    connect(&proxy.host, proxy.port).await.map_err(failed)
}

/// Starts TLS on the connection to an HTTPS proxy. Its certificate is verified like Discord's.
async fn secure(proxy: &Proxy, tls: &Arc<ClientConfig>) -> Result<impl Transport + use<>, ProxyFault> {
    let failed = |source: io::Error| match TlsFault::find(&source) {
        Some(fault) => ProxyFault::Tls { proxy: proxy.address(), fault },
        None => ProxyFault::Connect { proxy: proxy.address(), source },
    };
    let mut config = ClientConfig::clone(tls);
    config.alpn_protocols.clear();
    let stream = reach(proxy).await?;
    encrypt(Arc::new(config), &proxy.host, stream).await.map_err(failed)
}

/// Asks a proxy for a tunnel (RFC 9110, 9.3.6). The proxy learns the host and nothing else about the request.
async fn tunnel<T>(mut stream: T, proxy: &Proxy, url: &Url) -> Result<Box<dyn Transport>, ProxyFault>
where
    T: Transport + 'static,
{
    let to = authority(url);
    let mut head = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some((user, password)) = proxy.credentials() {
        let encoded = BASE64_STANDARD.encode(format!("{user}:{}", password.expose()));
        head.push_str(&format!("Proxy-Authorization: Basic {encoded}\r\n"));
    }
    head.push_str("\r\n");
    let closed = || ProxyFault::Closed { proxy: proxy.address(), to: to.clone() };
    stream.write_all(head.as_bytes()).await.map_err(|_| closed())?;
    stream.flush().await.map_err(|_| closed())?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        // Read byte by byte, because the bytes after the head belong to the tunnel.
        let byte = stream.read_u8().await.map_err(|_| if answer.is_empty() { closed() } else { not_http(proxy) })?;
        answer.push(byte);
        if answer.len() > MOST_HEAD || !b"HTTP/1.".starts_with(&answer[..answer.len().min(7)]) {
            return Err(not_http(proxy));
        }
    }
    let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    match status {
        Some(200..=299) => Ok(Box::new(stream)),
        Some(407) => Err(ProxyFault::Credentials { proxy: proxy.address(), given: proxy.credentials().is_some() }),
        Some(status) => Err(ProxyFault::Refused { proxy: proxy.address(), to, status }),
        None => Err(not_http(proxy)),
    }
}

fn not_http(proxy: &Proxy) -> ProxyFault {
    ProxyFault::NotHttp { proxy: proxy.address() }
}

async fn socks(proxy: &Proxy, url: &Url) -> Result<Box<dyn Transport>, ProxyFault> {
    let failed = |cause: String| ProxyFault::Socks { proxy: proxy.address(), to: authority(url), cause };
    let mut to = authority(url);
    if let (Protocol::Socks5, Some(Host::Domain(_))) = (proxy.protocol, url.host()) {
        let found = lookup_host(&to).await.map_err(|e| failed(e.to_string()))?.next();
        to = found.ok_or_else(|| failed("the host has no address".to_owned()))?.to_string();
    }
    let mut socks = SocksV5::new(http::Uri::default(), OpenConnection(Some(reach(proxy).await?)));
    if let Some((user, password)) = proxy.credentials() {
        socks = socks.with_auth(user.to_owned(), password.expose().to_owned());
    }
    // `SocksV5` takes only the host and port from this URL.
    let destination = format!("https://{to}/").parse().map_err(|_| failed("the host is not valid".to_owned()))?;
    let stream = socks.call(destination).await.map_err(|e| failed(e.to_string()))?;
    Ok(Box::new(stream.into_inner()))
}

/// A connector for `SocksV5` that returns a connection that is already open.
struct OpenConnection(Option<TcpStream>);

impl Service<http::Uri> for OpenConnection {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        ready(self.0.take().map(TokioIo::new).ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::model::Secret;
    use crate::net::{Proxies, tls};

    fn through_nothing(protocol: &str, port: u16) -> (Proxy, Url) {
        let given = Some(("HTTPS_PROXY", Secret::new(format!("{protocol}://127.0.0.1:{port}"))));
        let url = Url::parse("wss://gateway.discord.gg/?v=10").unwrap();
        let proxy = Proxies { given, except: String::new() }.find(&url).unwrap().unwrap();
        (proxy, url)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_proxy_times_out_with_a_temporary_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for protocol in ["http", "https", "socks5h"] {
            let (proxy, url) = through_nothing(protocol, listener.local_addr().unwrap().port());
            let error = through(&proxy, &url, &Arc::new(tls::none())).await.map(|_| ()).unwrap_err();
            let expected =
                format!("the proxy {} did not connect to gateway.discord.gg:443 within 10 seconds", proxy.address());
            assert_eq!((error.to_string(), error.is_permanent()), (expected, false), "{protocol}");
        }
    }
}
