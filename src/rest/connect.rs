//! Creates the HTTP clients: TLS, proxies, and no redirects.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::error::{Error, clean};
use crate::model::fault;
use crate::net::{Ca, Proxies, Proxy, tls};

/// The time limit for connecting.
const CONNECT: Duration = Duration::from_secs(10);

/// The proxy for requests, and the TLS configuration for connecting to it.
pub type Route = (Proxy, Arc<rustls::ClientConfig>);

/// A client for requests to the host of this URL, and the proxy that it uses.
pub fn client(url: &Url, ca: &Ca, proxies: &Proxies) -> Result<(reqwest::Client, Option<Route>), Error> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT);
    let mut proxy = None;
    builder = if url.scheme() == "http" {
        builder.http1_only().tls_backend_preconfigured(tls::none())
    } else {
        let config = ca.config(&["h2", "http/1.1"])?;
        if let Some(found) = proxies.find(url)? {
            builder = builder.proxy(to_reqwest(&found)?);
            proxy = Some((found, Arc::new(config.clone())));
        }
        builder.tls_backend_preconfigured(config)
    };
    let http = builder.build().map_err(|e| Error::Setup(root_cause(e)))?;
    Ok((http, proxy))
}

/// Converts a proxy to the HTTP client's type.
fn to_reqwest(proxy: &Proxy) -> Result<reqwest::Proxy, Error> {
    let built = reqwest::Proxy::all(proxy.url()).map_err(|e| Error::Setup(root_cause(e)))?;
    Ok(match proxy.credentials() {
        Some((user, password)) => built.basic_auth(user, password.expose()),
        None => built,
    })
}

/// The innermost cause, which is the most specific; the outer ones say "error sending request".
pub fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        innermost = fault::words_of(cause);
        source = cause.source();
    }
    clean(&innermost)
}
