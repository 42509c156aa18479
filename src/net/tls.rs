//! TLS: which certificates to trust, and why a handshake failed.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};

/// The source of the trusted root certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ca {
    /// Mozilla's list, compiled in.
    #[default]
    BuiltIn,
    /// The certificates of the operating system.
    Native,
    /// Files of certificates in PEM: one, or all in some folders, or both.
    Files { file: Option<PathBuf>, folders: Vec<PathBuf> },
}

/// The error if no root certificate could be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CertificatesError {
    #[error("cannot read certificates from {}: {cause}", .path.display())]
    Unreadable { path: PathBuf, cause: String },
    #[error("the system has no certificates: {cause}")]
    NoneInSystem { cause: String },
}

impl Ca {
    /// The client configuration for connections with these ALPN protocols, in order of preference: `h2`, `http/1.1`.
    pub fn config(&self, protocols: &[&str]) -> Result<ClientConfig, CertificatesError> {
        Ok(config(self.roots()?, protocols))
    }

    fn roots(&self) -> Result<RootCertStore, CertificatesError> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::BuiltIn => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Self::Native => {
                let found = system();
                let (added, _) = roots.add_parsable_certificates(found.certs);
                if added == 0 {
                    let cause = found.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string);
                    return Err(CertificatesError::NoneInSystem { cause });
                }
            }
            Self::Files { file, folders } => {
                if let Some(path) = file {
                    let unreadable = |e: rustls::pki_types::pem::Error| CertificatesError::Unreadable {
                        path: path.clone(),
                        cause: pem_error(e),
                    };
                    let found = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
                    let found = found.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
                    add(&mut roots, found, path)?;
                }
                for folder in folders {
                    let found = rustls_native_certs::load_certs_from_paths(None, Some(folder));
                    // A folder may contain other files, as long as it contains certificates.
                    if let (true, Some(error)) = (found.certs.is_empty(), found.errors.first()) {
                        let cause = error.to_string();
                        return Err(CertificatesError::Unreadable { path: folder.clone(), cause });
                    }
                    add(&mut roots, found.certs, folder)?;
                }
            }
        }
        Ok(roots)
    }
}

/// Adds the certificates of a bundle. Old ones may not be parseable; one valid certificate is enough.
fn add(roots: &mut RootCertStore, found: Vec<CertificateDer<'static>>, path: &Path) -> Result<(), CertificatesError> {
    if roots.add_parsable_certificates(found).0 == 0 {
        let cause = "it has no certificate".to_owned();
        return Err(CertificatesError::Unreadable { path: path.to_owned(), cause });
    }
    Ok(())
}

fn pem_error(error: rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => crate::model::fault::words(&error),
        other => other.to_string(),
    }
}

/// The certificates of the system. `load_native_certs` prefers SSL_CERT_FILE and SSL_CERT_DIR, but `--ca native`
/// overrides variables.
#[cfg(all(unix, not(target_os = "macos")))]
fn system() -> rustls_native_certs::CertificateResult {
    let mut all = rustls_native_certs::CertificateResult::default();
    for folder in openssl_probe::candidate_cert_dirs() {
        let found = rustls_native_certs::load_certs_from_paths(None, Some(folder));
        all.certs.extend(found.certs);
        all.errors.extend(found.errors);
    }
    if all.certs.is_empty() { rustls_native_certs::load_native_certs() } else { all }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system() -> rustls_native_certs::CertificateResult {
    rustls_native_certs::load_native_certs()
}

/// A configuration without trusted certificates, for a client that never uses TLS.
pub fn none() -> ClientConfig {
    config(RootCertStore::empty(), &[])
}

fn config(roots: RootCertStore, protocols: &[&str]) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    config
}

/// Why a TLS handshake failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate's authority is unknown.
    Untrusted,
    Expired,
    NotYetValid,
    /// The certificate is for these names.
    OtherName(Vec<String>),
    /// The peer does not speak TLS, as on the port of a plain HTTP server.
    NotTls,
    /// Any other error, in the words of rustls.
    Other(String),
}

/// The maximum number of names in an error.
const MOST_NAMES: usize = 3;

/// The maximum number of characters of a name in an error.
const LONGEST_NAME: usize = 100;

impl TlsFault {
    /// The TLS failure behind an error, if there is one. It may be deep in the chain of sources.
    pub fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Self::of(error));
        }
        // `source` of an I/O error skips the error that it wraps.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.and_then(|inner| Self::find(inner)).or_else(|| error.source().and_then(Self::find))
    }

    fn of(error: &rustls::Error) -> Self {
        use CertificateError as C;
        let fault = match error {
            rustls::Error::InvalidCertificate(fault) => fault,
            rustls::Error::InvalidMessage(_) => return Self::NotTls,
            _ => return Self::Other(error.to_string()),
        };
        match fault {
            C::UnknownIssuer => Self::Untrusted,
            C::Expired | C::ExpiredContext { .. } => Self::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => Self::NotYetValid,
            C::NotValidForName => Self::OtherName(Vec::new()),
            C::NotValidForNameContext { presented, .. } => {
                Self::OtherName(presented.iter().take(MOST_NAMES).map(|name| plain(name)).collect())
            }
            _ => Self::Other(error.to_string()),
        }
    }

    /// How to fix the error, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Untrusted | Self::Other(_) => {
                "if a proxy inspects TLS connections, trust its certificate with --ca native or SSL_CERT_FILE=FILE"
            }
            Self::Expired | Self::NotYetValid => "check this machine's clock",
            Self::NotTls => "check the port, and whether the server uses http instead of https",
            Self::OtherName(_) => "check --api-url; the cause may also be a sign-in page of the network",
        }
    }
}

/// The name in a certificate, which rustls formats as `DnsName("discord.com")`. Control characters are removed.
fn plain(name: &str) -> String {
    let quoted = name.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"'));
    quoted.map_or(name, |(name, _)| name).chars().filter(char::is_ascii_graphic).take(LONGEST_NAME).collect()
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untrusted => f.write_str("its certificate is not trusted: the authority that issued it is unknown"),
            Self::Expired => f.write_str("its certificate has expired"),
            Self::NotYetValid => f.write_str("its certificate is not valid yet"),
            Self::OtherName(names) if names.is_empty() => f.write_str("its certificate is for a different name"),
            Self::OtherName(names) => write!(f, "its certificate is for a different name: {}", names.join(", ")),
            Self::NotTls => f.write_str("the server does not speak TLS"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(file: Option<PathBuf>, folders: Vec<PathBuf>) -> Result<ClientConfig, CertificatesError> {
        Ca::Files { file, folders }.config(&["h2"])
    }

    #[test]
    fn an_error_names_the_path_without_certificates() {
        let folder = tempfile::tempdir().unwrap();
        let (missing, empty) = (folder.path().join("missing.pem"), folder.path().join("empty.pem"));
        std::fs::write(&empty, "no certificate").unwrap();
        let damaged = folder.path().join("damaged.pem");
        std::fs::write(&damaged, "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n").unwrap();
        for path in [&missing, &empty, &damaged] {
            let error = files(Some(path.clone()), Vec::new()).unwrap_err();
            assert!(matches!(&error, CertificatesError::Unreadable { path: named, .. } if named == path), "{error}");
        }
        for path in [missing, folder.path().to_owned()] {
            let error = files(None, vec![path.clone()]).unwrap_err();
            assert!(matches!(&error, CertificatesError::Unreadable { path: named, .. } if *named == path), "{error}");
        }
    }

    #[test]
    fn alpn_protocols_are_offered_in_order() {
        assert_eq!(Ca::BuiltIn.config(&["h2", "http/1.1"]).unwrap().alpn_protocols, [&b"h2"[..], b"http/1.1"]);
    }

    #[test]
    fn a_tls_fault_is_found_in_nested_errors() {
        let deep = |fault| {
            let error = rustls::Error::InvalidCertificate(fault);
            TlsFault::find(&std::io::Error::other(std::io::Error::other(error)))
        };
        assert_eq!(deep(CertificateError::UnknownIssuer), Some(TlsFault::Untrusted));
        assert_eq!(deep(CertificateError::Expired), Some(TlsFault::Expired));
        assert_eq!(deep(CertificateError::NotValidYet), Some(TlsFault::NotYetValid));
        let message = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert_eq!(TlsFault::find(&std::io::Error::other(message)), Some(TlsFault::NotTls));
        let fault = deep(CertificateError::NotValidForNameContext {
            expected: rustls::pki_types::ServerName::try_from("discord.com").unwrap(),
            presented: vec!["DnsName(\"a.example\u{1b}[2J\")".to_owned(); 9],
        });
        let names = vec!["a.example[2J".to_owned(); MOST_NAMES];
        assert_eq!(fault, Some(TlsFault::OtherName(names)));
        assert_eq!(TlsFault::find(&std::io::Error::other("refused")), None);
    }
}
