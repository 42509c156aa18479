//! Where a token may go: identify and resume carry it, so a gateway's URL is checked before any
//! connection, the one that READY gives for resuming too.

use url::{Host, Url};

use super::inflate::Compression;
use crate::model::is_loopback;

/// Discord's own domains; their subdomains count.
const DISCORD: [&str; 2] = ["discord.gg", "discord.com"];

/// Version of the gateway's protocol.
const VERSION: &str = "10";

/// The URL is none that a token may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("{:?} is not a URL of a gateway", shown(.0))]
    NotAUrl(String),
    #[error("{:?} is not encrypted: ws:// is for this machine only", shown(.0))]
    NotEncrypted(String),
    #[error("{:?} is not Discord's: a token goes to discord.gg, discord.com and the API URL's host only", shown(.0))]
    NotDiscords(String),
}

/// The beginning of a URL: a server may send one of any length.
fn shown(url: &str) -> String {
    const SHOWN: usize = 100;
    url.chars().take(SHOWN).collect()
}

/// The hosts that are trusted with the token.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    api: Option<Host<String>>,
}

impl Hosts {
    /// Discord's, and the host of the API URL if one is configured.
    pub fn new(api_url: Option<&Url>) -> Self {
        Self { api: api_url.and_then(Url::host).map(|host| host.to_owned()) }
    }

    /// The URL to connect to, with the protocol's query.
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
        // A name in the URL would go to the server as well, and reads like the host.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::NotAUrl(text.to_owned()));
        }
        if !self.is_apis(&host) && !is_discords(&host) {
            return Err(BadUrl::NotDiscords(text.to_owned()));
        }
        if url.scheme() == "ws" && !is_loopback(&host) {
            return Err(BadUrl::NotEncrypted(text.to_owned()));
        }
        Ok(url)
    }

    /// Whether it is the API's host. This machine goes by several names, which are one host.
    fn is_apis(&self, host: &Host<String>) -> bool {
        self.api.as_ref().is_some_and(|api| api == host || is_loopback(api) && is_loopback(host))
    }
}

fn is_discords(host: &Host<String>) -> bool {
    let Host::Domain(domain) = host else { return false };
    let is_in = |parent: &str| domain.strip_suffix(parent).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
    DISCORD.into_iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(api: Option<&str>, url: &str) -> &'static str {
        let api = api.map(|api| Url::parse(api).unwrap());
        match Hosts::new(api.as_ref()).gateway_url(url, Compression::None) {
            Ok(_) => "ok",
            Err(BadUrl::NotAUrl(_)) => "no url",
            Err(BadUrl::NotEncrypted(_)) => "not encrypted",
            Err(BadUrl::NotDiscords(_)) => "not discord's",
        }
    }

    #[test]
    fn a_token_goes_to_discord_and_the_api_host_only() {
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
    fn the_query_is_the_protocols_own_whatever_the_url_had() {
        let hosts = Hosts::default();
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
