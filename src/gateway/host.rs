//! Checks gateway URLs. IDENTIFY and RESUME contain the token, so each URL is checked before a connection, including the
//! `resume_gateway_url` from READY.

use url::{Host, Url};

use super::inflate::Compression;
use crate::model::is_loopback;

/// Discord's own domains. Their subdomains are trusted too.
const DISCORD_DOMAINS: [&str; 2] = ["discord.gg", "discord.com"];

/// The version of the gateway protocol.
const VERSION: &str = "10";

/// The token may not be sent to this URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("{:?} is not a gateway URL", shown(.0))]
    NotAUrl(String),
    #[error("{:?} is not encrypted; dcord uses ws:// only on this machine", shown(.0))]
    NotEncrypted(String),
    #[error("{:?} is not a Discord URL; dcord sends the token only to discord.gg, discord.com and the host of the API URL", shown(.0))]
    NotDiscords(String),
}

/// The beginning of a URL. A server can send a URL of any length, so it is shortened for errors.
fn shown(url: &str) -> String {
    const SHOWN: usize = 100;
    url.chars().take(SHOWN).collect()
}

/// The hosts to which the token may be sent.
#[derive(Clone, Debug, Default)]
pub struct TrustedHosts {
    api: Option<Host<String>>,
}

impl TrustedHosts {
    /// Discord's hosts, and the host of the API URL if one is configured.
    pub fn new(api_url: Option<&Url>) -> Self {
        Self { api: api_url.and_then(Url::host).map(|host| host.to_owned()) }
    }

    /// Checks a URL, and sets the query parameters of the protocol.
    pub fn gateway_url(&self, url: &str, compression: Compression) -> Result<Url, BadUrl> {
        let mut url = self.check(url)?;
        url.set_fragment(None);
        url.query_pairs_mut()
            .clear()
            .append_pair("v", VERSION)
            .append_pair("encoding", "json")
            .extend_pairs(compression.query().map(|c| ("compress", c)));
        Ok(url)
    }

    fn check(&self, text: &str) -> Result<Url, BadUrl> {
        let url = Url::parse(text).map_err(|_| BadUrl::NotAUrl(text.to_owned()))?;
        let host = match (url.scheme(), url.host()) {
            ("ws" | "wss", Some(host)) => host.to_owned(),
            _ => return Err(BadUrl::NotAUrl(text.to_owned())),
        };
        // A user name would be sent to the server, and people could mistake it for the host.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::NotAUrl(text.to_owned()));
        }
        if !self.is_api_host(&host) && !is_discord_host(&host) {
            return Err(BadUrl::NotDiscords(text.to_owned()));
        }
        if url.scheme() == "ws" && !is_loopback(&host) {
            return Err(BadUrl::NotEncrypted(text.to_owned()));
        }
        Ok(url)
    }

    /// Whether this is the host of the API URL. All loopback names count as the same host.
    fn is_api_host(&self, host: &Host<String>) -> bool {
        self.api.as_ref().is_some_and(|api| api == host || is_loopback(api) && is_loopback(host))
    }
}

fn is_discord_host(host: &Host<String>) -> bool {
    let Host::Domain(domain) = host else { return false };
    let is_in = |parent: &str| domain.strip_suffix(parent).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
    DISCORD_DOMAINS.into_iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(api: Option<&str>, url: &str) -> &'static str {
        let api = api.map(|api| Url::parse(api).unwrap());
        match TrustedHosts::new(api.as_ref()).gateway_url(url, Compression::None) {
            Ok(_) => "ok",
            Err(BadUrl::NotAUrl(_)) => "no url",
            Err(BadUrl::NotEncrypted(_)) => "not encrypted",
            Err(BadUrl::NotDiscords(_)) => "not discord's",
        }
    }

    #[test]
    fn only_discord_and_the_host_of_the_api_url_are_trusted() {
        let local = Some("http://127.0.0.1:9000/api/v10");
        let proxy = Some("https://proxy.example/api");
        for (api, url, expected) in [
            (None, "wss://gateway.discord.gg", "ok"),
            (None, "wss://gateway-us-east1-b.discord.gg:443/", "ok"),
            (None, "wss://discord.com", "ok"),
            (None, "WSS://Gateway.Discord.GG", "ok"),
            (None, "wss://evil-discord.gg", "not discord's"),
            (None, "wss://discord.gg.evil.example", "not discord's"),
            (None, "wss://evil.example/discord.gg", "not discord's"),
            (None, "wss://127.0.0.1", "not discord's"),
            (None, "ws://gateway.discord.gg", "not encrypted"),
            (None, "wss://user@gateway.discord.gg", "no url"),
            (None, "https://discord.com", "no url"),
            (None, "gateway.discord.gg", "no url"),
            (local, "ws://127.0.0.1:40123/gateway", "ok"),
            (local, "ws://localhost:40123", "ok"),
            (local, "ws://10.0.0.1:40123", "not discord's"),
            (local, "wss://gateway.discord.gg", "ok"),
            (proxy, "wss://proxy.example/gateway", "ok"),
            (proxy, "ws://proxy.example/gateway", "not encrypted"),
            (proxy, "wss://sub.proxy.example", "not discord's"),
            (Some("http://localhost:1"), "ws://localhost:2", "ok"),
            (Some("http://[::1]:1"), "ws://[::1]:2", "ok"),
        ] {
            assert_eq!(verdict(api, url), expected, "{url} with {api:?}");
        }
    }

    #[test]
    fn the_query_of_the_url_is_replaced() {
        let hosts = TrustedHosts::default();
        for (compression, expected) in [
            (Compression::Zstd, "wss://g.discord.gg/?v=10&encoding=json&compress=zstd-stream"),
            (Compression::Zlib, "wss://g.discord.gg/?v=10&encoding=json&compress=zlib-stream"),
            (Compression::Payload, "wss://g.discord.gg/?v=10&encoding=json"),
            (Compression::None, "wss://g.discord.gg/?v=10&encoding=json"),
        ] {
            let url = hosts.gateway_url("wss://g.discord.gg?v=6&x=y#z", compression).unwrap();
            assert_eq!(url.as_str(), expected);
        }
    }
}
