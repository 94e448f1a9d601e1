//! The sockets of a model.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::body::{fed, never};
use super::choose::choose;
use super::encode::Encoder;
use super::op::Op;
use super::play::{Player, Sink};
use super::record::Outcome;
use super::request::ChatRequest;
use super::state::Shared;

type Answer = Response<BoxBody<Bytes, io::Error>>;

/// Serves until dropped; every connection is a task of the set and ends with it.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else {
                    // Out of file descriptors, most likely: a moment later some may be free.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let _without_it_small_chunks_are_only_late = socket.set_nodelay(true);
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| {
                    let shared = Arc::clone(&shared);
                    async move { Ok::<_, Infallible>(answer(shared, request).await) }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                // A connection that breaks is what scripts are for.
                connections.spawn(async move { drop(connection.await) });
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/v1/models") => {
            let list = json!({ "object": "list", "data": [
                { "id": "scripted-1", "object": "model", "owned_by": "opencode-testkit" },
            ] });
            json_answer(StatusCode::OK, &list)
        }
        (&Method::POST, "/v1/chat/completions") => {
            let Ok(body) = body.collect().await else {
                return error(StatusCode::BAD_REQUEST, "the request broke off");
            };
            match ChatRequest::parse(&head.headers, &body.to_bytes()) {
                Ok(chat) => complete(shared, chat).await,
                Err(cause) => error(StatusCode::BAD_REQUEST, &cause.to_string()),
            }
        }
        (_, path) => error(StatusCode::NOT_FOUND, &format!("no such route: {path}")),
    }
}

async fn complete(shared: Arc<Shared>, request: ChatRequest) -> Answer {
    let (ops, number, attempt) = shared.change(|state| {
        let choice = choose(state, &request);
        let (number, attempt) = state.record(&request, &choice);
        (choice.ops, number, attempt)
    });
    if let Some(failure) = failure(&ops, attempt) {
        shared.set_outcome(number, Outcome::Status { code: failure.status().as_u16() });
        return failure;
    }
    let encoder = Encoder::new(number, &request.model);
    if !request.stream {
        let player = Player::new(&shared, number, encoder, Sink::Whole);
        return match player.play(ops).await {
            Some(whole) => json_answer(StatusCode::OK, &whole),
            None => broken_off(),
        };
    }
    let (sender, body) = fed();
    // Not tied to the connection's task: it ends by itself when the body is dropped.
    tokio::spawn(async move { Player::new(&shared, number, encoder, Sink::Stream(sender)).play(ops).await });
    let mut answer = Response::new(body.boxed());
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    answer
}

/// The HTTP error that a step answers this attempt with, if it does.
fn failure(ops: &[Op], attempt: u32) -> Option<Answer> {
    ops.iter().find_map(|op| match op {
        Op::Status { code, body, headers, times } if times.is_none_or(|times| attempt <= times) => {
            Some(status_answer(*code, body, headers))
        }
        _ => None,
    })
}

fn status_answer(code: u16, body: &Value, headers: &BTreeMap<String, String>) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = match body {
        Value::Null => error(status, &format!("scripted status {code}")),
        Value::String(text) => full(status, "text/plain", text.clone()),
        body => json_answer(status, body),
    };
    for (name, value) in headers {
        let name = header::HeaderName::try_from(name.as_str());
        let value = header::HeaderValue::try_from(value.as_str());
        // A header that HTTP cannot carry is left out rather than failing the caller's turn in a
        // way the script did not say.
        if let (Ok(name), Ok(value)) = (name, value) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// A connection that ends instead of an answer: a body that fails before its first byte.
fn broken_off() -> Answer {
    let (sender, body) = fed();
    let _room_is_left = sender.try_send(super::body::Part::Break);
    Response::new(body.boxed())
}

fn error(status: StatusCode, message: &str) -> Answer {
    let body = json!({ "error": { "message": message, "type": "scripted" } });
    json_answer(status, &body)
}

fn json_answer(status: StatusCode, body: &Value) -> Answer {
    full(status, "application/json", body.to_string())
}

fn full(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)).map_err(never).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    answer
}
