//! Selects the proxy of a connection, from the same variables as curl.

use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use url::{Host, Position, Url};

use crate::model::{Secret, is_loopback};

/// The proxy settings of the environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The variable and its value; `None` means the settings of the system, on platforms that have them.
    pub given: Option<(&'static str, Secret)>,
    /// `NO_PROXY`: hosts, domains, IP addresses and networks to reach directly; each may have a port.
    pub except: String,
}

/// A proxy to connect through.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The variable that names it, for hints.
    pub variable: &'static str,
    pub protocol: Protocol,
    pub host: Host<String>,
    pub port: u16,
    pub(super) credentials: Option<(String, Secret)>,
}

/// The protocol of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Https,
    /// This machine resolves host names.
    Socks5,
    /// The proxy resolves host names.
    Socks5h,
}

/// A value that is not a proxy URL. The error does not show it, because it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not a proxy URL: {why}")]
pub struct BadProxy {
    pub variable: &'static str,
    why: &'static str,
}

/// The name of the system's settings in errors.
const SYSTEM: &str = "the system's proxy setting";

impl Proxies {
    /// The proxy for connections to the host of this URL, of `https` or `wss`; `None` if they are direct.
    pub fn find(&self, url: &Url) -> Result<Option<Proxy>, BadProxy> {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return Ok(None) };
        if is_loopback(&host) {
            return Ok(None);
        }
        let destination = format!("https://{host}/");
        let Ok(destination) = destination.parse() else { return Ok(None) };
        let Some((variable, value)) = &self.given else {
            // The matcher also reads the variables, but none of them is set.
            return match Matcher::from_system().intercept(&destination) {
                Some(found) => Proxy::parse(SYSTEM, &found.uri().to_string()).map(Some),
                None => Ok(None),
            };
        };
        let proxy = Proxy::parse(variable, value.expose())?;
        // The matcher supports hosts and networks, but no ports.
        let except = self.except.split(',').map(str::trim).filter_map(|entry| without_port(entry, port));
        let except: Vec<&str> = except.collect();
        // A star includes IP addresses, but the matcher compares those only with networks.
        if except.contains(&"*") {
            return Ok(None);
        }
        let matcher = Matcher::builder().https("http://proxy").no(except.join(",")).build();
        Ok(matcher.intercept(&destination).map(|_| proxy))
    }
}

/// An entry of `NO_PROXY` without its port; `None` if the entry is for another port.
fn without_port(entry: &str, port: u16) -> Option<&str> {
    let Some((host, only)) = entry.rsplit_once(':') else { return Some(entry) };
    // An IPv6 address contains colons; with a port, it is in brackets.
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match (only.parse::<u16>(), bracketed) {
        (Ok(only), Some(address)) => (only == port).then_some(address),
        (Ok(only), None) if !host.contains(':') => (only == port).then_some(host),
        _ => Some(entry.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(entry)),
    }
}

impl Proxy {
    fn parse(variable: &'static str, value: &str) -> Result<Self, BadProxy> {
        let bad = |why| BadProxy { variable, why };
        // As in curl, a host and port without a scheme mean an HTTP proxy.
        let value = value.trim();
        let text = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let url = Url::parse(&text).map_err(|_| bad("write it as http://HOST:PORT"))?;
        let (protocol, port) = match url.scheme() {
            "http" => (Protocol::Http, 80),
            "https" => (Protocol::Https, 443),
            "socks5" => (Protocol::Socks5, 1080),
            "socks5h" => (Protocol::Socks5h, 1080),
            _ => return Err(bad("the scheme must be http, https, socks5 or socks5h")),
        };
        // `url` does not normalize the host of a scheme that it does not know, such as socks5.
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => {
                Host::parse(name).map_err(|_| bad("its host is not valid"))?
            }
            Some(Host::Ipv4(ip)) => Host::Ipv4(ip),
            Some(Host::Ipv6(ip)) => Host::Ipv6(ip),
            _ => return Err(bad("it has no host")),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(bad("it has a path, query or fragment; percent-encode / ? and # in a password"));
        }
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let named = !url.username().is_empty() || url.password().is_some();
        let credentials =
            named.then(|| (decode(url.username()), Secret::new(decode(url.password().unwrap_or_default()))));
        Ok(Self { variable, protocol, host, port: url.port().unwrap_or(port), credentials })
    }

    /// The host and port, joined by a colon.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The URL without credentials.
    pub fn url(&self) -> Url {
        let scheme = match self.protocol {
            Protocol::Http => "http",
            Protocol::Https => "https",
            Protocol::Socks5 => "socks5",
            Protocol::Socks5h => "socks5h",
        };
        Url::parse(&format!("{scheme}://{}", self.address())).expect("the host and port come from a URL")
    }

    /// The user and password.
    pub fn credentials(&self) -> Option<(&str, &Secret)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }
}

/// The host and port of a URL in the form of a CONNECT request.
pub fn authority(url: &Url) -> String {
    let host = &url[Position::BeforeHost..Position::AfterHost];
    format!("{host}:{}", url.port_or_known_default().unwrap_or(443))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(proxy: &str, except: &str, url: &str) -> Result<String, &'static str> {
        let proxies = Proxies { given: Some(("HTTPS_PROXY", Secret::new(proxy))), except: except.to_owned() };
        match proxies.find(&Url::parse(url).unwrap()) {
            Ok(Some(proxy)) => Ok(proxy.url().to_string()),
            Ok(None) => Ok("direct".to_owned()),
            Err(BadProxy { why, .. }) => Err(why),
        }
    }

    #[test]
    fn a_proxy_url_is_parsed() {
        for (value, expected) in [
            ("http://proxy.example:3128", "http://proxy.example:3128/"),
            (" proxy.example:3128 ", "http://proxy.example:3128/"),
            ("http://proxy.example", "http://proxy.example/"),
            ("HTTPS://Proxy.Example", "https://proxy.example/"),
            ("http://user:pass@proxy.example:1/", "http://proxy.example:1/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("socks5://proxy.example", "socks5://proxy.example:1080"),
            ("socks5h://u:p@proxy.example:9", "socks5h://proxy.example:9"),
        ] {
            assert_eq!(found(value, "", "https://discord.com").as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn an_invalid_proxy_is_an_error_that_hides_the_value() {
        for value in
            ["http://", "://x", "ftp://proxy.example", "socks4://proxy.example", "http://a b", "http://p:99999"]
        {
            assert!(found(value, "", "https://discord.com").is_err(), "{value}");
        }
        for value in ["http://user:pa/ss@proxy.example", "http://proxy.example/path", "http://proxy.example?x#y"] {
            assert!(found(value, "", "https://discord.com").is_err(), "{value}");
        }
        let proxies = Proxies { given: Some(("ALL_PROXY", Secret::new("ftp://user:hunter2@x"))), ..Proxies::default() };
        let error = proxies.find(&Url::parse("https://discord.com").unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("ALL_PROXY is not a proxy URL") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn credentials_are_percent_decoded_and_hidden() {
        let proxy = Proxy::parse("HTTPS_PROXY", "http://us%40er:p%3Ass%2Fw%20@proxy.example").unwrap();
        let (user, password) = proxy.credentials().unwrap();
        assert_eq!((user, password.expose()), ("us@er", "p:ss/w "));
        assert!(!format!("{proxy:?}").contains("p:ss"));
        assert!(Proxy::parse("HTTPS_PROXY", "http://proxy.example").unwrap().credentials().is_none());
        let only_user = Proxy::parse("HTTPS_PROXY", "http://user@proxy.example").unwrap();
        assert_eq!(only_user.credentials().map(|(user, password)| (user, password.expose())), Some(("user", "")));
    }

    #[test]
    fn no_proxy_matches_hosts_domains_networks_and_ports() {
        for (except, url, direct) in [
            ("discord.com", "https://discord.com", true),
            ("DISCORD.com", "https://discord.com", true),
            ("discord.com", "https://canary.discord.com", true),
            (".discord.com", "https://canary.discord.com", true),
            ("discord.com", "https://evil-discord.com", false),
            ("a.example, discord.com ,b.example", "wss://discord.com", true),
            ("discord.com:443", "https://discord.com", true),
            ("discord.com:443", "wss://discord.com", true),
            ("discord.com:8443", "https://discord.com", false),
            ("discord.com:8443", "https://discord.com:8443", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("fd00::/8", "https://[fd00::1]", true),
            ("fd00::1", "https://[fd00::1]", true),
            ("[fd00::1]:443", "https://[fd00::1]", true),
            ("[fd00::1]:80", "https://[fd00::1]", false),
            ("[fd00::1]", "https://[fd00::1]", true),
            ("*", "https://discord.com", true),
            ("*", "https://10.1.2.3", true),
            ("x, *", "wss://[fd00::1]", true),
            ("", "https://discord.com", false),
            (",,", "https://discord.com", false),
        ] {
            let expected = if direct { "direct" } else { "http://proxy.example/" };
            assert_eq!(found("http://proxy.example", except, url).as_deref(), Ok(expected), "{except} {url}");
        }
    }

    #[test]
    fn connections_to_this_machine_bypass_the_proxy() {
        for url in ["https://localhost", "wss://LOCALHOST:1", "https://127.0.0.1:1", "https://127.9.9.9", "wss://[::1]"]
        {
            assert_eq!(found("http://proxy.example", "", url).as_deref(), Ok("direct"), "{url}");
            // An invalid proxy URL does not matter there either.
            assert_eq!(found("ftp://x", "", url).as_deref(), Ok("direct"), "{url}");
        }
    }
}
