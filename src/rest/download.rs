//! Downloads the files of messages, without a token.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_RANGE, RANGE, USER_AGENT};
use tokio::time::timeout;
use url::{Host, Url};

use super::client::Settings;
use super::connect::{self, root_cause};
use super::error::Error;
use crate::model;

/// The hosts of Discord's file servers. Source: Discord's reference, "Signed Attachment CDN URLs".
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// Why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("its URL is not on one of Discord's file servers, but on {0:?}")]
    Host(String),
    #[error("{host} returned {status}")]
    Status { host: String, status: StatusCode },
    #[error("{host} did not respond within {}", model::time::in_words(*.after))]
    Timeout { host: String, after: Duration },
    #[error("lost the connection to {host}: {cause}")]
    Connection { host: String, cause: String },
    #[error(transparent)]
    Setup(#[from] Error),
}

impl DownloadError {
    /// Whether another attempt may succeed.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Connection { .. } => true,
            Self::Status { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Host(_) | Self::Setup(_) => false,
        }
    }
}

/// Downloads files from Discord's file servers, and from the host of a configured API that is not Discord's.
pub struct Downloads {
    settings: Settings,
    discord: OnceLock<reqwest::Client>,
    own: OnceLock<reqwest::Client>,
}

/// A file that is being downloaded.
pub struct Download {
    host: String,
    response: reqwest::Response,
    timeout: Duration,
    /// The position of the first byte in the file.
    pub start: u64,
}

impl Downloads {
    pub const fn new(settings: Settings) -> Self {
        Self { settings, discord: OnceLock::new(), own: OnceLock::new() }
    }

    /// How often to repeat a failed attempt.
    pub const fn retries(&self) -> u32 {
        self.settings.retries
    }

    /// Requests a file from a position on. The server may send the whole file nevertheless.
    pub async fn open(&self, url: &str, from: u64) -> Result<Download, DownloadError> {
        let (url, http) = self.client(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = http.get(url).header(USER_AGENT, model::USER_AGENT);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let limit = self.settings.timeout;
        let response = match timeout(limit, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(DownloadError::Connection { host, cause: root_cause(error) }),
            Err(_) => return Err(DownloadError::Timeout { host, after: limit }),
        };
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if first_byte(&response) == Some(from) => from,
            status => return Err(DownloadError::Status { host, status }),
        };
        Ok(Download { host, response, timeout: limit, start })
    }

    /// The client for a URL. A file may come only from these hosts, because the URL is part of a message.
    fn client(&self, text: &str) -> Result<(Url, &reqwest::Client), DownloadError> {
        let elsewhere = |host: &str| DownloadError::Host(host.to_owned());
        let url = Url::parse(text).map_err(|_| elsewhere("an invalid URL"))?;
        let api = &self.settings.api_url;
        let is_discords = url.scheme() == "https"
            && url.port().is_none()
            && matches!(url.host(), Some(Host::Domain(name)) if HOSTS.contains(&name));
        let cell = match () {
            () if is_discords => &self.discord,
            () if !api.is_discord() && url.origin() == api.url().origin() => &self.own,
            () => return Err(elsewhere(url.host_str().unwrap_or_default())),
        };
        let client = match cell.get() {
            Some(client) => client,
            None => {
                let (client, _) = connect::client(&url, &self.settings.ca, &self.settings.proxies)?;
                cell.get_or_init(|| client)
            }
        };
        Ok((url, client))
    }
}

impl Download {
    /// The next bytes of the file, or `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, DownloadError> {
        match timeout(self.timeout, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|e| DownloadError::Connection { host: self.host.clone(), cause: root_cause(e) }),
            Err(_) => Err(DownloadError::Timeout { host: self.host.clone(), after: self.timeout }),
        }
    }
}

/// The position of the first byte of a partial response: `bytes 100-199/200`.
fn first_byte(response: &reqwest::Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::ApiUrl;

    #[test]
    fn files_come_only_from_discords_file_servers_and_the_configured_api() {
        let allows = |api: &str, url: &str| {
            let settings = Settings { api_url: ApiUrl::parse(api).unwrap(), ..Settings::default() };
            match Downloads::new(settings).client(url) {
                Ok(_) => true,
                Err(DownloadError::Host(_)) => false,
                Err(error) => panic!("{error}"),
            }
        };
        const DISCORD: &str = "https://discord.com/api/v10";
        const LOCAL: &str = "http://127.0.0.1:9/api/v10";
        for (api, url, allowed) in [
            (DISCORD, "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1", true),
            (DISCORD, "https://media.discordapp.net/attachments/1/2/a.png", true),
            (DISCORD, "http://cdn.discordapp.com/attachments/1/2/a.png", false),
            (DISCORD, "https://cdn.discordapp.com:8443/a", false),
            (DISCORD, "https://cdn.discordapp.com.evil.example/a", false),
            (DISCORD, "https://evil.example/cdn.discordapp.com", false),
            (DISCORD, "https://user@evil.example/a", false),
            (DISCORD, "https://discord.com/a", false),
            (DISCORD, "http://127.0.0.1:9/a", false),
            (DISCORD, "file:///etc/passwd", false),
            (LOCAL, "http://127.0.0.1:9/attachments/1/2/a", true),
            (LOCAL, "http://127.0.0.1:10/attachments/1/2/a", false),
            (LOCAL, "http://169.254.169.254/latest", false),
            (LOCAL, "https://cdn.discordapp.com/a", true),
            (LOCAL, "not a URL", false),
        ] {
            assert_eq!(allows(api, url), allowed, "{api} {url}");
        }
    }
}
