//! How a connection is opened: which certificates to trust, and through which proxy. REST and the gateway share it.

pub mod dial;
pub mod proxy;
pub mod tls;

pub use dial::ProxyError;
pub use proxy::{BadProxy, Proxies, Proxy};
pub use tls::{Ca, CertificatesError, TlsFault};
