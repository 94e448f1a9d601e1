//! TLS by rustls: which cryptography does it, and whom it trusts.

use std::sync::Arc;

use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use super::connect::tcp;
use crate::error::{Error, ErrorKind};

/// A connector that trusts what the operating system trusts, and the given certificates besides.
pub(super) fn connector(roots: Vec<CertificateDer<'static>>) -> Result<HttpsConnector<HttpConnector>, Error> {
    let provider = provider()?;
    let verifier = if roots.is_empty() {
        Verifier::new(Arc::clone(&provider))
    } else {
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
    };
    let verifier = verifier.map_err(|source| {
        Error::new(ErrorKind::InvalidConfig, "no trusted certificates could be loaded").with_source(source)
    })?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| {
            Error::new(ErrorKind::InvalidConfig, "the cryptography lacks what TLS needs").with_source(source)
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(HttpsConnector::from((tcp(), config)))
}

/// Reads certificates in PEM form.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates =
        CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(|source| {
            Error::new(ErrorKind::InvalidConfig, "the root certificate cannot be read").with_source(source)
        })?;
    if certificates.is_empty() {
        return Err(Error::new(ErrorKind::InvalidConfig, "the root certificate is empty: no PEM block"));
    }
    Ok(certificates)
}

#[cfg(feature = "ring")]
#[expect(clippy::unnecessary_wraps, reason = "without `ring` it can fail")]
fn provider() -> Result<Arc<CryptoProvider>, Error> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

/// Without a provider of our own the program must have installed one.
#[cfg(not(feature = "ring"))]
fn provider() -> Result<Arc<CryptoProvider>, Error> {
    CryptoProvider::get_default().cloned().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidConfig,
            "https needs cryptography: turn on the feature `ring` or install a default rustls provider",
        )
    })
}
