//! A client whose every request is a point before it and one after it, and whose every event is one.

use std::sync::Arc;

use http::{Method, Request, Response};
use opencode_wire::client::{BoxError, HttpService, RequestBody, ResponseBody};
use tower::util::{BoxCloneSyncService, ServiceExt as _};
use tower_layer::Layer;

use super::points::{Numbering, Points};
use super::stream;

/// Passes `request.METHOD path#number.before` before anything is sent, and `.after` when the head of the answer is
/// there and nobody has seen it. What the server tells on an event stream is passed event by event.
pub(super) fn layer(points: Arc<Points>) -> impl Layer<HttpService, Service = HttpService> + Send + Sync {
    tower_layer::layer_fn(move |inner: HttpService| {
        let points = Arc::clone(&points);
        BoxCloneSyncService::new(tower::service_fn(move |request| {
            send(inner.clone(), request, Arc::clone(&points))
        }))
    })
}

async fn send(
    inner: HttpService,
    request: Request<RequestBody>,
    points: Arc<Points>,
) -> Result<Response<ResponseBody>, BoxError> {
    let path = path_of(request.uri().path());
    let is_stream = request.method() == Method::GET && path.ends_with("/event");
    let name = format!("request.{} {path}", request.method());
    let answer = points.around(&name, Numbering::Every, inner.oneshot(request)).await?;
    let is_live = is_stream && answer.status().is_success();
    Ok(if is_live { answer.map(|body| stream::watch(body, points)) } else { answer })
}

/// A path with `:id` for each id.
fn path_of(path: &str) -> String {
    let is_id = |segment: &&str| segment.split_once('_').is_some_and(|(kind, _)| kind.len() == 3);
    let segments = path.split('/').map(|segment| if is_id(&segment) { ":id" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn ids_are_left_out_of_points() {
    assert_eq!(path_of("/session/ses_1/message/msg_2"), "/session/:id/message/:id");
    assert_eq!(path_of("/session/ses_1/prompt_async"), "/session/:id/prompt_async");
}
