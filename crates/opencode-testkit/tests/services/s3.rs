//! The S3 endpoint: buckets, what is in them, and its end.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use opencode_testkit::s3::{S3, S3Error};
use tokio::net::TcpStream;

/// Nobody is let in without a signature, and nobody looks whether it is right.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=any/20250101/us-east-1/s3/aws4_request, \
                      SignedHeaders=host, Signature=none";

/// One request to `url`, which is `http://HOST:PORT/PATH`.
async fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &'static str) -> (u16, String) {
    let (host, path) = url.strip_prefix("http://").and_then(|url| url.split_once('/')).expect("a path");
    let socket = TcpStream::connect(host).await.expect("the endpoint accepts");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.expect("a handshake");
    let _connection = tokio::spawn(connection);
    let mut request = http::Request::builder().method(method).uri(format!("/{path}")).header("host", host);
    request = request.header("authorization", SIGNED);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body))).expect("a request");
    let answer = sender.send_request(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a whole body").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn a_bucket_keeps_what_is_put_into_it() {
    let Some(s3) = S3::start_or_skip().await else {
        return;
    };
    let bucket = s3.fresh_bucket().await.expect("a bucket");
    s3.create_bucket(&bucket).await.expect("the same once more");
    let other = s3.fresh_bucket().await.expect("another bucket");
    let key = format!("{}/{bucket}/notes/one", s3.url());
    assert_eq!(ask("PUT", &key, &[], "first").await.0, 200);
    assert_eq!(ask("GET", &key, &[], "").await, (200, "first".to_owned()));
    assert_eq!(ask("GET", &key.replace(&bucket, &other), &[], "").await.0, 404);
}

/// Servers that only seem to know conditions are the reason why this one was chosen.
#[tokio::test]
async fn a_key_that_must_be_new_is_written_once() {
    let Some(s3) = S3::start_or_skip().await else {
        return;
    };
    let bucket = s3.fresh_bucket().await.expect("a bucket");
    let key = format!("{}/{bucket}/one", s3.url());
    let must_be_new = [("if-none-match", "*")];
    assert_eq!(ask("PUT", &key, &must_be_new, "first").await.0, 200);
    assert_eq!(ask("PUT", &key, &must_be_new, "second").await.0, 412);
    assert_eq!(ask("GET", &key, &[], "").await.1, "first");
}

#[tokio::test]
async fn a_dropped_endpoint_of_ones_own_is_gone() {
    let s3 = match S3::start_own().await {
        Err(error) if error.is_unavailable() => return,
        started => started.expect("an endpoint"),
    };
    let host = s3.url().strip_prefix("http://").expect("an address").to_owned();
    let bad = s3.create_bucket("../other").await;
    assert!(matches!(bad, Err(S3Error::BadName { .. })), "{bad:?}");
    assert!(TcpStream::connect(&host).await.is_ok());
    drop(s3);
    assert!(TcpStream::connect(&host).await.is_err());
}
