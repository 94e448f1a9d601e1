//! `https://` against a rustls server with a certificate of our own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use opencode_wire::client::RetryPolicy;
use opencode_wire::{Client, ErrorKind};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::raw::pausing_until;
use crate::errors::chain;

const CA: &[u8] = include_bytes!("../../fixtures/tls/ca.pem");
const OTHER_CA: &[u8] = include_bytes!("../../fixtures/tls/other-ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../fixtures/tls/server.pem");
const KEY: &[u8] = include_bytes!("../../fixtures/tls/server.key");

/// Serves one connection with one answer.
fn serve_once() -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        let mut request = Vec::new();
        let mut piece = [0; 1024];
        while !request.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut piece) {
                Ok(length) if length > 0 => request.extend_from_slice(&piece[..length]),
                // The client did not like the certificate.
                _ => return,
            }
        }
        let body = r#"{"healthy":true,"version":"1.18.33"}"#;
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
    address
}

fn client(address: SocketAddr, root: &[u8]) -> Client {
    let builder = Client::builder().base_url(format!("https://localhost:{}", address.port()));
    builder.root_certificate_pem(root).retry(RetryPolicy::never()).build().unwrap()
}

// The verifiers of Apple and Microsoft have rules of their own about certificates that live this long.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_of_ones_own_is_trusted_once_it_is_named() {
    assert!(client(serve_once(), CA).health().await.unwrap().healthy);
}

#[tokio::test]
async fn other_certificates_are_not_trusted() {
    let address = serve_once();
    let error = client(address, OTHER_CA).health().await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Connect, false));
    let message = error.to_string().replace(&address.port().to_string(), "PORT");
    insta::assert_snapshot!(message, @"GET /global/health: cannot agree on TLS with https://localhost:PORT");
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_a_timeout_and_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = client(listener.local_addr().unwrap(), CA);
    let call = tokio::spawn(async move { client.health().await });
    let mut silent = None;
    let accepted = async { silent = Some(listener.accept().await.unwrap()) };
    let error = pausing_until(accepted, call).await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Timeout, false));
    assert!(chain(&error).contains("no connection within 10s"), "{}", chain(&error));
    drop(silent);
}

#[test]
fn certificates_that_are_none_are_named() {
    let failure = |pem: &str| Client::builder().root_certificate_pem(pem).build().unwrap_err().to_string();
    insta::assert_snapshot!(failure("hello"), @"the root certificate is empty: no PEM block");
    insta::assert_snapshot!(
        failure("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"),
        @"the root certificate cannot be read"
    );
}
