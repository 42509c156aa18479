//! Servers behind TLS and proxies in front of them, on loopback, in the process of the test.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// The certificate and protocols of a server.
pub struct Certificate {
    pub names: &'static [&'static str],
    /// The certificate is valid from the first day of this year.
    pub from: i32,
    pub until: i32,
    pub versions: &'static [&'static SupportedProtocolVersion],
    pub protocols: &'static [&'static str],
}

impl Default for Certificate {
    fn default() -> Self {
        Self {
            names: &["localhost", "discord.test", "proxy.test"],
            from: 2020,
            until: 2200,
            versions: rustls::ALL_VERSIONS,
            protocols: &["http/1.1"],
        }
    }
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    fn issue(&self, certificate: &Certificate) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = certificate.names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(certificate.from, 1, 1);
        params.not_after = date_time_ymd(certificate.until, 1, 1);
        let issued = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(certificate.versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.der().clone()], key)
            .unwrap();
        config.alpn_protocols = certificate.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

/// Requests or connections, shared with the task that serves them.
pub type Seen = Arc<Mutex<Vec<String>>>;

/// How a proxy behaves.
#[derive(Clone)]
pub enum Manner {
    /// Opens tunnels to known names and answers 403 for others. Requires the credentials, if there are any.
    Tunnel { credentials: Option<&'static str> },
    /// Speaks SOCKS 5. Requires the credentials, if there are any.
    Socks { credentials: Option<(&'static str, &'static str)> },
    /// Answers with these bytes and closes the connection.
    Answer(&'static [u8]),
}

/// The servers of one test. They end when it is dropped.
pub struct Network {
    runtime: tokio::runtime::Runtime,
    authority: Authority,
    /// The addresses of names for proxies, such as `discord.test:443`.
    names: HashMap<String, SocketAddr>,
}

/// A server or proxy of a network.
pub struct Server {
    pub address: SocketAddr,
    /// The requests to a proxy, or those over HTTP/2.
    pub seen: Seen,
    /// One entry for each connection.
    pub connections: Seen,
}

impl Server {
    pub fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    pub fn connections(&self) -> usize {
        std::mem::take(&mut *self.connections.lock().unwrap()).len()
    }

    pub const fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Network {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, authority: Authority::new(), names: HashMap::new() }
    }

    /// Makes proxies that are created later refuse a name.
    pub fn forget(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// Returns the certificate to trust.
    pub fn pem(&self) -> String {
        self.authority.pem()
    }

    /// Makes proxies that are created later connect a name and port to an address.
    pub fn name(&mut self, name: &str, address: SocketAddr) {
        self.names.insert(name.to_owned(), address);
    }

    /// Starts a server behind TLS, in front of one that speaks plain HTTP/1.1.
    pub fn secure(&self, certificate: &Certificate, backend: SocketAddr) -> Server {
        let acceptor = TlsAcceptor::from(self.authority.issue(certificate));
        self.serve(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await.ok()?;
                let head = head(&mut stream).await?;
                // The backend expects its own name as the host.
                let lines = head.split("\r\n").map(|line| match line.split_once(':') {
                    Some((name, _)) if name.eq_ignore_ascii_case("host") => format!("{name}: {backend}"),
                    _ => line.to_owned(),
                });
                let head = lines.collect::<Vec<_>>().join("\r\n");
                let mut backend = TcpStream::connect(backend).await.ok()?;
                backend.write_all(head.as_bytes()).await.ok()?;
                copy_bidirectional(&mut stream, &mut backend).await.ok()
            }
        })
    }

    /// Starts a server that speaks HTTP/2 and answers with the result of the closure for the path and query.
    pub fn http2(&self, certificate: &Certificate, answer: impl Fn(&str) -> String + Clone + Send + 'static) -> Server {
        let acceptor = TlsAcceptor::from(self.authority.issue(certificate));
        self.serve(move |stream, seen| {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            async move {
                let stream = acceptor.accept(stream).await.ok()?;
                let mut connection = h2::server::handshake(stream).await.ok()?;
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let token = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
                    seen.lock().unwrap().push(format!(
                        "{:?} {} {} {}",
                        request.version(),
                        request.method(),
                        request.uri(),
                        token.unwrap_or_default()
                    ));
                    let response = http::Response::builder().header("content-type", "application/json").body(());
                    let mut body = respond.send_response(response.unwrap(), false).ok()?;
                    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
                    body.send_data(answer(target).into(), true).ok()?;
                }
                Some((0, 0))
            }
        })
    }

    /// Starts a proxy that knows the names registered so far.
    pub fn proxy(&self, manner: Manner) -> Server {
        let names = Arc::new(self.names.clone());
        self.serve(move |mut stream, seen| {
            let (names, manner) = (Arc::clone(&names), manner.clone());
            async move {
                let to = match manner {
                    Manner::Answer(bytes) => {
                        let head = head(&mut stream).await?;
                        seen.lock().unwrap().push(head);
                        stream.write_all(bytes).await.ok()?;
                        return None;
                    }
                    Manner::Tunnel { credentials } => {
                        let head = head(&mut stream).await?;
                        seen.lock().unwrap().push(head.clone());
                        let given = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: "));
                        let given =
                            given.or_else(|| head.lines().find_map(|line| line.strip_prefix("proxy-authorization: ")));
                        if credentials.is_some() && given != credentials {
                            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
                            stream.write_all(refusal).await.ok()?;
                            return None;
                        }
                        let name = head.strip_prefix("CONNECT ")?.split(' ').next()?;
                        let Some(to) = names.get(name) else {
                            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await.ok()?;
                            return None;
                        };
                        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
                        *to
                    }
                    Manner::Socks { credentials } => {
                        let name = socks(&mut stream, credentials).await?;
                        seen.lock().unwrap().push(name.clone());
                        let to = names.get(&name);
                        // Succeeded, or host unreachable (RFC 1928, section 6).
                        stream.write_all(&[5, if to.is_some() { 0 } else { 4 }, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
                        *to?
                    }
                };
                let mut to = TcpStream::connect(to).await.ok()?;
                copy_bidirectional(&mut stream, &mut to).await.ok()
            }
        })
    }

    /// Starts a proxy that is itself behind TLS.
    pub fn secure_proxy(&self, certificate: &Certificate, proxy: &Server) -> Server {
        let (acceptor, proxy) = (TlsAcceptor::from(self.authority.issue(certificate)), proxy.address);
        self.serve(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await.ok()?;
                copy_bidirectional(&mut stream, &mut TcpStream::connect(proxy).await.ok()?).await.ok()
            }
        })
    }

    fn serve<F>(&self, each: impl Fn(TcpStream, Seen) -> F + Send + 'static) -> Server
    where
        F: Future<Output = Option<(u64, u64)>> + Send + 'static,
    {
        let (seen, connections) = (Seen::default(), Seen::default());
        let listener = self.runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            seen: Arc::clone(&seen),
            connections: Arc::clone(&connections),
        };
        self.runtime.spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                connections.lock().unwrap().push(from.to_string());
                tokio::spawn(each(stream, Arc::clone(&seen)));
            }
        });
        server
    }
}

/// Reads the head of a request up to and including the empty line.
async fn head<T: AsyncRead + Unpin>(stream: &mut T) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// Plays the server side of SOCKS 5 and returns the requested name (RFC 1928 and 1929).
async fn socks<T>(stream: &mut T, credentials: Option<(&str, &str)>) -> Option<String>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    async fn text<T: AsyncRead + Unpin>(stream: &mut T) -> Option<String> {
        let mut bytes = vec![0; stream.read_u8().await.ok()?.into()];
        stream.read_exact(&mut bytes).await.ok()?;
        String::from_utf8(bytes).ok()
    }
    let _version = stream.read_u8().await.ok()?;
    let _methods = text(stream).await?;
    stream.write_all(&[5, if credentials.is_some() { 2 } else { 0 }]).await.ok()?;
    if let Some((user, password)) = credentials {
        let _version = stream.read_u8().await.ok()?;
        let given = (text(stream).await?, text(stream).await?);
        let good = given == (user.to_owned(), password.to_owned());
        stream.write_all(&[1, u8::from(!good)]).await.ok()?;
        if !good {
            return None;
        }
    }
    let mut request = [0; 4];
    stream.read_exact(&mut request).await.ok()?;
    let host = match request[3] {
        1 => Ipv4Addr::from(stream.read_u32().await.ok()?).to_string(),
        _ => text(stream).await?,
    };
    Some(format!("{host}:{}", stream.read_u16().await.ok()?))
}
