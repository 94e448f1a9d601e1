//! TLS to the database.

use insta::assert_snapshot;
use opencode_store::postgres::{PostgresOptions, PostgresStore};
use opencode_store::{Result, Store};
use opencode_testkit::postgres::Postgres;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::steps::admission;
use crate::told::told;

/// A server whose certificate is for `localhost`, and the certificate of who has signed it.
async fn server(hba: &str) -> Option<(Postgres, String)> {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let server = Postgres::builder()
        .setting("ssl", "on")
        .setting("ssl_cert_file", "server.crt")
        .setting("ssl_key_file", "server.key")
        .data_file("server.crt", certificate.pem())
        .data_file("server.key", key.serialize_pem())
        .data_file("pg_hba.conf", hba)
        .start_or_skip()
        .await?;
    Some((server, root.pem()))
}

async fn open(url: &str, root: Option<&str>) -> Result<Store> {
    let mut options = PostgresOptions::default();
    if let Some(root) = root {
        options = options.with_root_certificates(root);
    }
    let store = PostgresStore::open(url, options).await?;
    Ok(Store::from_backend(std::sync::Arc::new(store)))
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_roots_and_the_host() {
    let Some((server, root)) = server("hostssl all all 127.0.0.1/32 trust\n").await else { return };
    let url = |host: &str, mode: &str| {
        format!("postgres://opencode@{host}:{}/postgres?sslmode={mode}", server.port())
    };
    for mode in ["require", "prefer"] {
        let store = open(&url("localhost", mode), Some(&root)).await.unwrap();
        store.migrate().await.unwrap();
        store.turns().admit(&admission("one")).await.unwrap();
    }
    let error = open(&url("localhost", "require"), None).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        InvalidConfig: the certificate of the database is not trusted for this host: give its root certificate, and the name that is in it; or `sslmode=disable` where nobody listens in
        because error performing TLS handshake
        because invalid peer certificate: UnknownIssuer
        ");
    let error = open(&url("127.0.0.1", "require"), Some(&root)).await.unwrap_err();
    assert_snapshot!(told(&error), @r#"
        InvalidConfig: the certificate of the database is not trusted for this host: give its root certificate, and the name that is in it; or `sslmode=disable` where nobody listens in
        because error performing TLS handshake
        because invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("localhost")
        "#);
    let error = open(&url("127.0.0.1", "disable"), Some(&root)).await.unwrap_err();
    assert_snapshot!(told(&error), @r#"
        InvalidConfig: the database does not let this user in: is the name right, and does `pg_hba.conf` allow it from here, with or without TLS?
        because db error
        because FATAL: no pg_hba.conf entry for host "127.0.0.1", user "opencode", database "postgres", no encryption
        "#);
    for (pem, what) in [("", "empty"), ("no certificate", "no PEM block")] {
        let error = open(&url("localhost", "require"), Some(pem)).await.unwrap_err();
        assert_eq!(error.kind(), opencode_store::ErrorKind::InvalidConfig, "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_used_unless_tls_is_required() {
    let Some(server) = Postgres::builder().start_or_skip().await else { return };
    open(server.url(), None).await.unwrap();
    let error = open(&format!("{}?sslmode=require", server.url()), None).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        InvalidConfig: the server has no TLS, which `sslmode=require` asks for
        because error performing TLS handshake
        because server does not support TLS
        ");
}
