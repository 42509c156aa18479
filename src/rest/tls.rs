//! Whom to believe that they are Discord.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::error::Error;

/// Where the certificates of the authorities come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ca {
    /// Mozilla's list, compiled in.
    #[default]
    WebPki,
    /// The operating system's.
    Native,
    /// A file of certificates in PEM.
    File(PathBuf),
}

impl Ca {
    /// The configuration for connections that offer these protocols, best first: `h2`, `http/1.1`.
    pub fn config(&self, protocols: &[&str]) -> Result<ClientConfig, Error> {
        Ok(config(self.roots()?, protocols))
    }

    fn roots(&self) -> Result<RootCertStore, Error> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::WebPki => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Self::Native => {
                let found = rustls_native_certs::load_native_certs();
                let (added, _) = roots.add_parsable_certificates(found.certs);
                if added == 0 {
                    let cause = found.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string);
                    return Err(Error::NoSystemCertificates { cause });
                }
            }
            Self::File(path) => {
                let failed = |cause: String| Error::Certificates { path: path.clone(), cause };
                let found = CertificateDer::pem_file_iter(path).map_err(|e| failed(e.to_string()))?;
                let found = found.collect::<Result<Vec<_>, _>>().map_err(|e| failed(e.to_string()))?;
                // A bundle may have old certificates that cannot be parsed: one that can is enough.
                if roots.add_parsable_certificates(found).0 == 0 {
                    return Err(failed("it has no certificate".to_owned()));
                }
            }
        }
        Ok(roots)
    }
}

/// A configuration for a client that never makes a secure connection: it believes nobody.
pub(super) fn none() -> ClientConfig {
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
