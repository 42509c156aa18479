//! Checks that a request comes from a program on this machine and not from another site's web page.
//!
//! A web page can reach loopback from the browser: through a host name of its own that resolves to
//! 127.0.0.1 (DNS rebinding), or through a WebSocket, to which the same-origin policy does not apply.
//! The browser reveals both in the headers `Host` and `Origin`.

use http::header::{HOST, HeaderMap, ORIGIN};
use http::uri::Authority;
use http::{Request, StatusCode};
use url::{Host, Url};

use crate::model::is_loopback;

/// Why a request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OriginError {
    #[error("the Host header must be localhost, 127.0.0.1 or [::1]: the sandbox serves only programs on this machine")]
    Host,
    #[error("the Origin header names another site: the sandbox serves only programs on this machine")]
    Origin,
}

impl OriginError {
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin => StatusCode::FORBIDDEN,
        }
    }
}

/// Rejects a request whose `Host` or `Origin` header does not name this machine.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), OriginError> {
    let target = request.uri().authority().map(Authority::as_str);
    let hosts = request.headers().get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let mut hosts = target.into_iter().chain(hosts).peekable();
    if hosts.peek().is_none() || !hosts.all(is_this_machine) {
        return Err(OriginError::Host);
    }
    if has_foreign_origin(request.headers()) { Err(OriginError::Origin) } else { Ok(()) }
}

fn has_foreign_origin(headers: &HeaderMap) -> bool {
    headers.get_all(ORIGIN).iter().any(|origin| {
        let url = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
        !url.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.host().is_some_and(|host| is_loopback(&host))
        })
    })
}

/// Whether `HOST` or `HOST:PORT` names this machine.
fn is_this_machine(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    !authority.as_str().contains('@') && Host::parse(authority.host()).is_ok_and(|host| is_loopback(&host))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checked(uri: &str, headers: &[(&str, &str)]) -> Result<(), OriginError> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap())
    }

    #[test]
    fn only_a_host_header_that_names_this_machine_is_accepted() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.8.9.10", "[::1]", "[::1]:443"] {
            assert_eq!(checked("/api", &[("host", host)]), Ok(()), "{host}");
            let origin = format!("http://{host}");
            assert_eq!(checked("/api", &[("host", host), ("origin", &origin)]), Ok(()), "{origin}");
        }
        for host in [
            "",
            ":80",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil@127.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::ffff:127.0.0.1]",
            "128.0.0.1",
            "a b",
        ] {
            assert_eq!(checked("/api", &[("host", host)]), Err(OriginError::Host), "{host}");
            let both = [("host", "127.0.0.1"), ("host", host)];
            assert_eq!(checked("/api", &both), Err(OriginError::Host), "{host}");
        }
        assert_eq!(checked("/api", &[]), Err(OriginError::Host));
        assert_eq!(checked("http://evil.example/api", &[("host", "127.0.0.1")]), Err(OriginError::Host));
    }

    #[test]
    fn a_request_from_another_sites_page_is_rejected() {
        for origin in ["null", "", "https://evil.example", "http://localhost.evil.example", "file://", "ws://127.0.0.1"]
        {
            assert_eq!(
                checked("/", &[("host", "127.0.0.1"), ("origin", origin)]),
                Err(OriginError::Origin),
                "{origin}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_check_panic(host in "[ -~]{0,24}", origin in "[ -~]{0,24}") {
            let _ = checked("/", &[("host", host.as_str()), ("origin", origin.as_str())]);
        }
    }
}
