//! Checks whether the gateway can be reached.

use std::sync::Arc;

use url::Url;

use super::connection::Connection;
use super::error::Unreachable;
use super::host::TrustedHosts;
use super::{Compression, Error};
use crate::net::Proxies;

/// The close code of a connection that will not be resumed (RFC 6455, 7.4.1).
const NORMAL: u16 = 1000;

/// Opens a connection and closes it again, without an IDENTIFY.
pub async fn reach(
    url: &str,
    api_url: Option<&Url>,
    tls: &Arc<rustls::ClientConfig>,
    proxies: &Proxies,
) -> Result<(), Error> {
    let url = TrustedHosts::new(api_url).gateway_url(url, Compression::None)?;
    match Connection::open(&url, tls, proxies, Compression::None).await {
        Ok(connection) => {
            connection.close(NORMAL).await;
            Ok(())
        }
        Err(error) => {
            let why = Unreachable { why: error.to_string(), refused: error.is_refusal(), hint: error.hint() };
            Err(Error::NoGateway { url: url.to_string(), why })
        }
    }
}
