//! From a request to a WebSocket.

use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue};
use hyper::upgrade::Upgraded;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::RequestBuilder;
use crate::error::{Error, ErrorKind, Result};

/// Asks for a WebSocket, by RFC 6455.
pub(super) async fn shake(request: RequestBuilder) -> Result<Upgraded> {
    let key = generate_key();
    let offered = HeaderValue::from_str(&key).map_err(|source| {
        Error::new(ErrorKind::InvalidConfig, "the key of the WebSocket cannot be sent").with_source(source)
    })?;
    let request = request
        .header(CONNECTION, HeaderValue::from_static("Upgrade"))
        .header(UPGRADE, HeaderValue::from_static("websocket"))
        .header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
        .header(SEC_WEBSOCKET_KEY, offered);
    request.send_upgrade(|headers| is_accepted(headers, &key)).await
}

/// Whether whoever answered has understood what it was asked for.
fn is_accepted(headers: &HeaderMap, key: &str) -> bool {
    let is_websocket = headers
        .get(UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    is_websocket
        && headers
            .get(SEC_WEBSOCKET_ACCEPT)
            .is_some_and(|value| value.as_bytes() == derive_accept_key(key.as_bytes()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and its answer are those of RFC 6455, section 1.3.
    #[test]
    fn only_the_answer_to_our_own_key_is_accepted() {
        let headers = |upgrade: &'static str, accept: &'static str| {
            HeaderMap::from_iter([
                (UPGRADE, HeaderValue::from_static(upgrade)),
                (SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static(accept)),
            ])
        };
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        assert!(is_accepted(&headers("WebSocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), key));
        assert!(!is_accepted(&headers("h2c", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), key));
        assert!(!is_accepted(&headers("websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOp="), key));
        assert!(!is_accepted(&HeaderMap::new(), key));
    }
}
