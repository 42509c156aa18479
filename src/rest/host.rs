//! The API URL, the only place to which requests (and with them the token) may be sent.

use std::fmt;

use url::{Host, Position, Url};

use crate::model::is_loopback;

/// Discord's own API URL.
pub const DISCORD: &str = "https://discord.com/api/v10";

/// Discord's domains. Their subdomains count too.
const DOMAINS: [&str; 2] = ["discord.com", "discordapp.com"];

/// The base URL of the API, without a trailing slash. `http` is allowed only on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl(Url);

/// Why a text is not an API URL, or a URL is not below the API URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("{0:?} is not a URL")]
    NotAUrl(String),
    #[error("{0:?} does not start with https:// or http://")]
    Scheme(String),
    #[error("http://{0} is not allowed: without TLS, the token would be sent unencrypted")]
    PlainHttp(String),
    #[error("an API URL cannot have a user name, password, query or fragment")]
    Extra,
    #[error("{0} is outside the API URL, and dcord sends the token only to the API")]
    Elsewhere(String),
}

impl Default for ApiUrl {
    fn default() -> Self {
        Self::parse(DISCORD).expect("the constant is a URL")
    }
}

impl ApiUrl {
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let mut url = Url::parse(text.trim()).map_err(|_| BadUrl::NotAUrl(text.to_owned()))?;
        let Some(host) = url.host() else { return Err(BadUrl::NotAUrl(text.to_owned())) };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err(BadUrl::PlainHttp(host.to_string())),
            // A user name and a password in the URL must not reach the error.
            other => return Err(BadUrl::Scheme(format!("{other}://{host}"))),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().or(url.fragment()).is_some() {
            return Err(BadUrl::Extra);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL of a path that begins with a slash. The result is on the same host and port and below the base, whatever the
    /// path contains.
    pub fn join(&self, path: &str) -> Result<Url, BadUrl> {
        let elsewhere = || BadUrl::Elsewhere(shown(path));
        if !path.starts_with('/') {
            return Err(elsewhere());
        }
        let base = self.as_str();
        let url = Url::parse(&format!("{base}{path}")).map_err(|_| elsewhere())?;
        // `..` in a path goes up, and only parsing detects all ways to write it.
        if url.origin() != self.0.origin() || !url.as_str().starts_with(&format!("{base}/")) {
            return Err(elsewhere());
        }
        Ok(url)
    }

    /// Parses a path from the user: with or without a leading slash, or as a full URL of this API.
    pub fn relative(&self, text: &str) -> Result<String, BadUrl> {
        let path = match text.split_once("://") {
            Some(_) => {
                let own = text.strip_prefix(self.as_str()).filter(|rest| rest.starts_with('/')).map(str::to_owned);
                own.or_else(|| self.on_discord(text)).ok_or_else(|| BadUrl::Elsewhere(shown(text)))?
            }
            None => format!("/{}", text.trim_start_matches('/')),
        };
        self.join(&path).map(|_| path)
    }

    /// The path and query of a URL of Discord's API on another of its domains, or without the version.
    fn on_discord(&self, text: &str) -> Option<String> {
        let other = Url::parse(text).ok()?;
        let origin = Self(other.clone());
        let is_bare = other.port().is_none() && other.username().is_empty() && other.password().is_none();
        let is_same = is_bare && self.is_discord() && origin.is_discord() && other.scheme() == "https";
        let path = other.path().strip_prefix("/api/").filter(|_| is_same)?;
        let version = self.0.path().strip_prefix("/api/")?;
        let path = match path.split_once('/') {
            Some((first, rest)) if first == version => rest,
            Some((first, _))
                if first.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) =>
            {
                return None;
            }
            _ => path,
        };
        let query = other.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("/{path}{query}"))
    }

    pub const fn url(&self) -> &Url {
        &self.0
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host, with the port unless it is the scheme's default.
    pub fn host(&self) -> &str {
        &self.0[Position::BeforeHost..Position::AfterPort]
    }

    /// The scheme, host and port.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether this is Discord's own API, rather than a compatible server.
    pub fn is_discord(&self) -> bool {
        let Some(Host::Domain(name)) = self.0.host() else { return false };
        DOMAINS.iter().any(|domain| name.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.')))
    }

    pub fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }

    /// Whether connections are unencrypted, which is allowed only on loopback.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A URL for an error message, without its query and without secrets.
fn shown(text: &str) -> String {
    crate::model::redact::redact(text.split(['?', '#']).next().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_url_is_https_or_on_this_machine() {
        for (text, expected) in [
            ("https://discord.com/api/v10", Ok("https://discord.com/api/v10")),
            (" https://discord.com/api/v10// ", Ok("https://discord.com/api/v10")),
            ("https://proxy.example", Ok("https://proxy.example")),
            ("http://127.0.0.1:8080/api/v10/", Ok("http://127.0.0.1:8080/api/v10")),
            ("http://127.8.0.1", Ok("http://127.8.0.1")),
            ("http://[::1]:80/", Ok("http://[::1]")),
            ("http://LOCALHOST:1/", Ok("http://localhost:1")),
            ("http://discord.com/api", Err(BadUrl::PlainHttp("discord.com".into()))),
            ("http://localhost.evil.example", Err(BadUrl::PlainHttp("localhost.evil.example".into()))),
            ("http://127.0.0.1.evil.example", Err(BadUrl::PlainHttp("127.0.0.1.evil.example".into()))),
            ("http://0.0.0.0", Err(BadUrl::PlainHttp("0.0.0.0".into()))),
            ("ftp://127.0.0.1", Err(BadUrl::Scheme("ftp://127.0.0.1".into()))),
            ("https://user:pass@discord.com", Err(BadUrl::Extra)),
            ("https://discord.com/?a", Err(BadUrl::Extra)),
            ("discord.com", Err(BadUrl::NotAUrl("discord.com".into()))),
        ] {
            assert_eq!(ApiUrl::parse(text).as_ref().map(ApiUrl::as_str), expected.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn only_discords_domains_are_discord() {
        for (url, expected) in [
            ("https://discord.com/api/v10", true),
            ("https://canary.discord.com/api", true),
            ("https://discordapp.com/api", true),
            ("https://evil-discord.com/api", false),
            ("https://discord.com.evil.example/api", false),
            ("http://127.0.0.1:1/api", false),
        ] {
            assert_eq!(ApiUrl::parse(url).unwrap().is_discord(), expected, "{url}");
        }
    }

    #[test]
    fn no_path_leaves_the_api_url() {
        let api = ApiUrl::parse("http://127.0.0.1:80/api/v10").unwrap();
        assert_eq!(api.join("/users/@me?x=1").unwrap().as_str(), "http://127.0.0.1/api/v10/users/@me?x=1");
        let bare = ApiUrl::parse("https://proxy.example").unwrap();
        for (api, path) in [
            (&api, "/../../x"),
            (&api, "/%2e%2e/x"),
            (&api, "/.%2E/x"),
            (&api, "/..\\..\\x"),
            (&api, "@evil.example/"),
            (&bare, "@evil.example/"),
            (&bare, ":443@evil.example/"),
            (&bare, ".evil.example/"),
        ] {
            assert!(matches!(api.join(path), Err(BadUrl::Elsewhere(_))), "{path}");
        }
    }

    #[test]
    fn a_path_may_include_the_api_url() {
        let api = ApiUrl::default();
        for text in ["/users/@me", "users/@me", "https://discord.com/api/v10/users/@me"] {
            assert_eq!(api.relative(text).as_deref(), Ok("/users/@me"), "{text}");
        }
        for text in [
            "https://evil.example/api/v10/users/@me",
            "https://discord.com/api/v10.evil/x",
            "http://discord.com/api/v10/x",
        ] {
            assert!(api.relative(text).is_err(), "{text}");
        }
    }
}
