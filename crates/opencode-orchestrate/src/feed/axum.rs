//! Answers of the web framework axum.

use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use http::StatusCode;
use http::request::Parts;
use opencode_store::ErrorKind;

use super::Follow;
use super::sse::{Sse, cursor};

/// Where a browser wants to go on: the header `Last-Event-ID`, which it sends when it connects again, or else
/// `last_event_id` in the query, for a page that kept its cursor. What is no cursor is taken for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastEventId(pub Option<u64>);

impl LastEventId {
    fn of(parts: &Parts) -> Option<u64> {
        if let Some(header) = parts.headers.get("last-event-id") {
            return header.to_str().ok().and_then(cursor);
        }
        let fields = parts.uri.query()?.split('&');
        fields.filter_map(|field| field.strip_prefix("last_event_id=")).find_map(cursor)
    }
}

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(Self::of(parts)))
    }
}

/// Answers a browser with the items of a turn, as they come.
///
/// Status 404 says that there is no such turn, and 500 that it cannot be followed. Who may follow which turn is the
/// host's business, and has to be decided before.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use axum::extract::{Path, State};
/// use axum::response::Response;
/// use axum::routing::get;
/// use opencode_orchestrate::feed::axum::{LastEventId, respond};
/// use opencode_orchestrate::feed::UiFeed;
/// use opencode_store::turn::TurnId;
///
/// async fn events(State(feed): State<UiFeed>, Path(turn): Path<i64>, last: LastEventId) -> Response {
///     respond(feed.follow(TurnId::new(turn), last.0)).await
/// }
///
/// # fn example(feed: UiFeed) -> Router {
/// Router::new().route("/turns/{turn}/events", get(events)).with_state(feed)
/// # }
/// ```
///
/// # Cancel safety
///
/// Dropping the future, or the answer, ends the reader.
pub async fn respond(follow: Follow) -> Response {
    let headers = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        // nginx would collect the answer otherwise.
        ("x-accel-buffering", "no"),
    ];
    match Sse::open(follow).await {
        Ok(sse) => (headers, Body::from_stream(sse.into_stream().map(Ok::<_, Infallible>))).into_response(),
        Err(error) if error.kind() == ErrorKind::NotFound => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor_of(uri: &str, header: Option<&[u8]>) -> Option<u64> {
        let mut request = http::Request::get(uri).body(()).unwrap();
        if let Some(header) = header {
            request.headers_mut().insert("last-event-id", http::HeaderValue::from_bytes(header).unwrap());
        }
        LastEventId::of(&request.into_parts().0)
    }

    #[test]
    fn the_header_goes_before_the_query_and_nonsense_is_none() {
        assert_eq!(cursor_of("/turns/1/events", Some(b"17")), Some(17));
        assert_eq!(cursor_of("/turns/1/events?a=b&last_event_id=4", None), Some(4));
        assert_eq!(cursor_of("/turns/1/events?last_event_id=4", Some(b"17")), Some(17));
        assert_eq!(cursor_of("/turns/1/events?last_event_id=4", Some(b"\xff")), None);
        assert_eq!(cursor_of("/turns/1/events?last_event_id=%34&last_event_id", None), None);
        assert_eq!(cursor_of("/turns/1/events", None), None);
    }
}
