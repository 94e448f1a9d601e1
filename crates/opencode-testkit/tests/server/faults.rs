//! Disturbed requests, and what is recorded of them.

use std::time::Duration;

use opencode_testkit::server::{Fault, Script, Server};
use serde_json::json;

use crate::client::{create, get, post, prompt, request, try_send};

const PROMPT: &str = "/session/:id/prompt_async";

fn body() -> serde_json::Value {
    json!({"parts": [{"type": "text", "text": "go"}]})
}

#[tokio::test]
async fn a_route_can_be_refused_for_a_while() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let path = format!("/session/{session_id}/prompt_async");
    server.fault(Fault::on("POST", PROMPT).status(503).retry_after(2).times(2));
    for _ in 0..2 {
        let refused = post(&server, &path, body()).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
    }
    assert!(server.messages(&session_id).is_empty());
    assert_eq!(post(&server, &path, body()).await.status, 204);

    server.fault(Fault::on("*", "/event").answer(500, "<h1>Oops</h1>").after(0));
    let oops = get(&server, "/event").await;
    assert_eq!((oops.status, oops.header("content-type")), (500, "text/html"));
    server.fault(Fault::on("GET", "/session").status(401).always());
    assert_eq!(get(&server, "/session").await.status, 401);
    assert_eq!(get(&server, "/session").await.status, 401);
    server.clear_faults();
    assert_eq!(get(&server, "/session").await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_leaves_open_whether_the_prompt_was_applied() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let path = format!("/session/{session_id}/prompt_async");
    let send = || try_send(&server, request("POST", &path, Some(&body())));
    server.fault(Fault::on("POST", PROMPT).hang_up());
    send().await.unwrap_err();
    assert!(server.messages(&session_id).is_empty());
    server.fault(Fault::on("POST", PROMPT).hang_up_after());
    send().await.unwrap_err();
    server.wait_for_idle(&session_id).await;
    assert_eq!(server.messages(&session_id).len(), 2);
    assert_eq!(server.requests_to("POST", PROMPT).len(), 2);
}

#[tokio::test]
async fn answers_can_be_replaced() {
    let server = Server::start().await;
    server.fault(Fault::on("POST", "/session").html());
    assert_eq!(post(&server, "/session", json!({})).await.header("content-type"), "text/html");
    server.fault(Fault::on("POST", "/session").invalid_json());
    let broken = post(&server, "/session", json!({})).await;
    assert!(serde_json::from_str::<serde_json::Value>(&broken.text).is_err());
    server.fault(Fault::on("GET", "/session").oversized(100_000));
    let padded = get(&server, "/session").await;
    assert_eq!(padded.text.len(), 100_000);
    assert_eq!(padded.json().as_array().unwrap().len(), 2, "both sessions were created");
}

#[tokio::test]
async fn an_answer_can_be_withheld_with_or_without_its_effect() {
    let server = Server::start().await;
    server.fault(Fault::on("POST", "/session").hold("after"));
    let (answer, ()) = tokio::join!(post(&server, "/session", json!({})), async {
        server.wait_for_hold("after").await;
        assert_eq!(get(&server, "/session").await.json().as_array().unwrap().len(), 1);
        server.release("after");
    });
    assert_eq!(answer.status, 200);
    server.fault(Fault::on("POST", "/session").hold_before("before"));
    let (answer, ()) = tokio::join!(post(&server, "/session", json!({})), async {
        server.wait_for_hold("before").await;
        assert_eq!(get(&server, "/session").await.json().as_array().unwrap().len(), 1);
        server.release("before");
    });
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn delays_run_on_tokios_clock() {
    let server = Server::start().await;
    server.fault(Fault::on("GET", "/session").delay(Duration::from_secs(3600)));
    server.script(Script::new().delay(Duration::from_secs(3600)).text("late"));
    let session_id = create(&server).await;
    tokio::time::pause();
    assert_eq!(get(&server, "/session").await.status, 200);
    prompt(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(server.text(&session_id), "late");
}

#[tokio::test]
async fn requests_are_recorded() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let mut sent =
        request("POST", &format!("/session/{session_id}/prompt_async?directory=%2Fsrv"), Some(&body()));
    sent.headers_mut().insert("authorization", "Basic abc".parse().unwrap());
    try_send(&server, sent).await.unwrap();
    let recorded = server.wait_for_request("POST", PROMPT).await;
    assert_eq!(recorded.path, format!("/session/{session_id}/prompt_async"));
    assert_eq!(recorded.query["directory"], "/srv");
    assert_eq!(recorded.headers["authorization"], "<redacted>");
    assert_eq!(recorded.body, body());
    assert_eq!(server.requests().len(), 2);
    assert_eq!(server.connections(), 2);
}
