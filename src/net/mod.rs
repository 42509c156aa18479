//! Opens connections for REST and the gateway: certificates, TLS and proxies.

pub mod dial;
pub mod proxy;
pub mod tls;

pub use dial::ProxyError;
pub use proxy::{BadProxy, Proxies, Proxy};
pub use tls::{Ca, CertificatesError, TlsFault};
