//! The two requests that a launcher makes: is there anybody, and a bucket please.

use bytes::Bytes;
use http::Request;
use http_body_util::Empty;

use super::error::S3Error;
use crate::machine::http::send;

/// Whether the server has answered, with whatever.
pub(super) async fn answers(authority: &str) -> bool {
    match Request::get("/").body(Empty::<Bytes>::new()) {
        Ok(request) => send(authority, request).await.is_some(),
        Err(_) => false,
    }
}

/// Makes a bucket, without a signature: an endpoint for tests asks for none.
pub(super) async fn put_bucket(url: &str, name: &str) -> Result<(), S3Error> {
    let failed = |reason: String| S3Error::Bucket { name: name.to_owned(), url: url.to_owned(), reason };
    // No TLS here: the endpoint is on this machine, or in a container beside it.
    let address = url.strip_prefix("http://").ok_or_else(|| failed("not an http:// address".to_owned()))?;
    let (host, prefix) =
        address.split_once('/').map_or((address, String::new()), |(host, path)| (host, format!("/{path}")));
    let authority = if has_port(host) { host.to_owned() } else { format!("{host}:80") };
    let request = Request::put(format!("{prefix}/{name}"))
        .header(http::header::CONTENT_LENGTH, 0)
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed(error.to_string()))?;
    let (status, body) = send(&authority, request).await.ok_or_else(|| failed("no answer".to_owned()))?;
    if status.is_success() {
        Ok(())
    } else {
        Err(failed(format!("{status} {}", String::from_utf8_lossy(&body).trim())))
    }
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_name, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}
