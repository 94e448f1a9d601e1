//! What is tried again, and what never is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use opencode_testkit::server::{Fault, Server};
use opencode_wire::api::Prompt;
use opencode_wire::client::{BoxError, HttpService, RequestBody, ResponseBody, RetryPolicy};
use opencode_wire::{Client, ErrorKind};
use tokio::time::Instant;

use super::raw::pausing_until;

/// A client whose answers are scripted without any socket, so that only its own waiting takes time.
fn scripted(answers: &[(u16, Option<&'static str>)], policy: RetryPolicy) -> Client {
    let answers: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(answers.iter().copied().collect()));
    let layer = tower_layer::layer_fn(move |_inner: HttpService| {
        let answers = Arc::clone(&answers);
        tower::service_fn(move |_request: Request<RequestBody>| {
            let (status, retry_after) = answers.lock().unwrap().pop_front().unwrap();
            let mut response = Response::builder().status(status);
            if let Some(retry_after) = retry_after {
                response = response.header("retry-after", retry_after);
            }
            let body = ResponseBody::new(Full::new(Bytes::from_static(br#"{"healthy":true,"version":"1"}"#)));
            std::future::ready(Ok::<_, BoxError>(response.body(body).unwrap()))
        })
    });
    Client::builder().layer(layer).retry(policy).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_retried_on_tokios_clock() {
    let policy = RetryPolicy::default().with_jitter(false);
    let client = scripted(&[(503, None), (502, None), (200, None)], policy);
    let started = Instant::now();
    client.health().await.unwrap();
    // The timer rounds up to whole milliseconds.
    assert_eq!(started.elapsed().as_millis() / 10, 60, "200 and 400");
}

#[tokio::test(start_paused = true)]
async fn the_server_may_ask_for_a_longer_wait() {
    let client = scripted(&[(429, Some("7")), (503, Some("11")), (200, None)], RetryPolicy::default());
    let started = Instant::now();
    client.health().await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 18);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_left_to_the_caller() {
    let client = scripted(&[(503, Some("3600")), (200, None)], RetryPolicy::default());
    let started = Instant::now();
    let error = client.health().await.unwrap_err();
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn tries_run_out() {
    let client = scripted(&[(503, None), (503, None), (503, None), (200, None)], RetryPolicy::default());
    assert_eq!(client.health().await.unwrap_err().status(), Some(503));
}

#[tokio::test]
async fn w67_only_reads_are_repeated_and_only_by_the_policy() {
    let server = Server::start().await;
    let session_id = server.create_session("x");
    let quick = RetryPolicy::default().with_delays(Duration::ZERO, Duration::ZERO);
    let calls = [
        ("GET", quick, 3),
        ("GET", RetryPolicy::never(), 1),
        ("POST", quick, 1),
        ("PATCH", quick, 1),
        ("DELETE", quick, 1),
    ];
    for (method, policy, expected) in calls {
        server.clear_faults();
        server.fault(Fault::on("*", "/session/:id").hang_up().always());
        let before = server.requests().len();
        let client = Client::builder().base_url(server.url()).retry(policy).build().unwrap();
        // A used connection is what tempts a pool to repeat a request.
        client.health().await.unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = client.request(method.clone(), "/session/:session_id", &[&session_id]);
        let error = request.send_empty().await.unwrap_err();
        assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Connect, true), "{method}");
        assert_eq!(server.requests().len() - before, 1 + expected, "{method}");
    }
}

#[tokio::test]
async fn g01_a_prompt_is_posted_once_whatever_answers() {
    let server = Server::start().await;
    let session_id = server.create_session("x");
    let route = "/session/:id/prompt_async";
    let client = Client::new(server.url()).unwrap();
    let session = client.session(session_id.parse().unwrap());
    let faults = [
        Fault::on("POST", route).hang_up(),
        Fault::on("POST", route).hang_up_after(),
        Fault::on("POST", route).status(503).retry_after(0),
        Fault::on("POST", route).status(502),
        Fault::on("POST", route).status(429),
        Fault::on("POST", route).html(),
    ];
    for (index, fault) in faults.into_iter().enumerate() {
        server.fault(fault);
        let error = session.send_prompt_async(&Prompt::from("once")).await.unwrap_err();
        assert_eq!(server.requests_to("POST", route).len(), index + 1, "{error}");
    }
}

#[tokio::test]
async fn a_read_survives_a_restart_of_the_server() {
    let server = Server::start().await;
    let quick = RetryPolicy::default().with_delays(Duration::ZERO, Duration::ZERO);
    let client = Client::builder().base_url(server.url()).retry(quick).build().unwrap();
    for _ in 0..5 {
        client.health().await.unwrap();
        // The pooled connection breaks; whether the client has noticed or not, the next read goes through.
        server.restart().await;
    }
    client.health().await.unwrap();
}

#[tokio::test]
async fn a_write_on_a_connection_that_has_closed_is_known_to_be_unsent() {
    let server = Server::start().await;
    let client = Client::new(server.url()).unwrap();
    client.health().await.unwrap();
    server.restart().await;
    // Whether the client has noticed is the scheduler's choice.
    if let Err(error) = client.sessions().create("x").await {
        assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Connect, false));
        insta::assert_snapshot!(error, @"POST /session: the connection had closed before the request was sent");
        assert!(error.is_retryable());
        assert!(server.requests_to("POST", "/session").is_empty());
        client.sessions().create("x").await.unwrap();
    }
    assert_eq!(server.requests_to("POST", "/session").len(), 1);
}

#[tokio::test]
async fn t_r13_a_prompt_that_gets_no_answer_is_a_timeout_and_was_sent_once() {
    let server = Server::start().await;
    server.fault(Fault::on("POST", "/session/:id/prompt_async").hold("for ever"));
    let limit = Some(Duration::from_secs(7));
    let client = Client::builder().base_url(server.url()).response_timeout(limit).build().unwrap();
    let session = client.sessions().create("x").await.unwrap();
    let call = tokio::spawn(async move { session.send_prompt_async(&Prompt::from("once")).await });
    let error = pausing_until(server.wait_for_hold("for ever"), call).await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Timeout, true));
    assert!(error.to_string().ends_with("/prompt_async: no answer within 7s"), "{error}");
    assert_eq!(server.requests_to("POST", "/session/:id/prompt_async").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_fails_is_not_mistaken_for_the_network() {
    let layer = tower_layer::layer_fn(|_inner: HttpService| {
        tower::service_fn(|_request: Request<RequestBody>| {
            std::future::ready(Err::<Response<ResponseBody>, BoxError>("no budget".into()))
        })
    });
    let client = Client::builder().layer(layer).retry(RetryPolicy::never()).build().unwrap();
    let error = client.sessions().create("x").await.unwrap_err();
    insta::assert_snapshot!(crate::errors::chain(&error), @r"
    POST /session: a layer around the connection failed
      caused by: no budget
    ");
    assert!(error.is_ambiguous(), "it may have passed the request on");
}

#[tokio::test]
async fn a_limit_is_not_doubled_by_trying_again() {
    let server = Server::start().await;
    server.fault(Fault::on("GET", "/global/health").hold("for ever").always());
    let client = Client::new(server.url()).unwrap();
    let started = Instant::now();
    let call = tokio::spawn(async move { client.health().await });
    let error = pausing_until(server.wait_for_hold("for ever"), call).await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Timeout, true));
    insta::assert_snapshot!(error, @"GET /global/health: no answer within 120s");
    assert!(started.elapsed() < Duration::from_secs(150), "{:?}", started.elapsed());
    assert_eq!(server.requests().len(), 1);
}
