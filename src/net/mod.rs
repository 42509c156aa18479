//! How a connection is opened: which certificates to trust, and through which proxy. REST and the gateway share it.

pub mod dial;
pub mod proxy;
pub mod tls;

pub use dial::ProxyError;
pub use proxy::{BadProxy, Proxies, Proxy};
pub use tls::{Ca, CertificatesError, TlsFault};

use url::Host;

/// Whether a host is this machine. What goes there is never sent through a proxy, and needs no encryption.
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}
