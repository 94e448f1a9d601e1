//! TLS by rustls: which cryptography does it, and whom it trusts.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, ErrorKind, Result};

/// A connector that trusts what the operating system trusts, and the given certificates besides.
pub(super) fn connector(pem: Option<&[u8]>) -> Result<MakeRustlsConnect> {
    let invalid = |message: &str| Error::new(ErrorKind::InvalidConfig, message);
    let roots = match pem {
        None => Vec::new(),
        Some(pem) => CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| invalid("the root certificate cannot be read").with_source(source))?,
    };
    if pem.is_some() && roots.is_empty() {
        return Err(invalid("the root certificate is empty: no PEM block"));
    }
    let provider = provider()?;
    let verifier = if roots.is_empty() {
        Verifier::new(Arc::clone(&provider))
    } else {
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
    };
    let verifier =
        verifier.map_err(|source| invalid("no trusted certificates could be loaded").with_source(source))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| invalid("the cryptography lacks what TLS needs").with_source(source))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(feature = "ring")]
#[expect(clippy::unnecessary_wraps, reason = "without `ring` it can fail")]
fn provider() -> Result<Arc<CryptoProvider>> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

/// Without a provider of our own the program must have installed one.
#[cfg(not(feature = "ring"))]
fn provider() -> Result<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidConfig,
            "TLS needs cryptography: turn on the feature `ring` or install a default rustls provider",
        )
    })
}
