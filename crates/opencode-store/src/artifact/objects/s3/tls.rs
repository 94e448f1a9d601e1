//! TLS by rustls and ring, and the certificates that the operating system trusts.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use crate::error::{Error, ErrorKind, Result};

/// How TLS is spoken. `roots` are certificates in PEM form that are trusted besides.
pub(super) fn config(roots: &[Vec<u8>]) -> Result<ClientConfig> {
    let roots = roots.iter().map(|pem| certificates(pem)).collect::<Result<Vec<_>>>()?.concat();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
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
    Ok(config)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let certificates =
        CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(|source| {
            Error::new(ErrorKind::InvalidConfig, "the root certificate cannot be read").with_source(source)
        })?;
    if certificates.is_empty() {
        return Err(Error::new(ErrorKind::InvalidConfig, "the root certificate is empty: no PEM block"));
    }
    Ok(certificates)
}
