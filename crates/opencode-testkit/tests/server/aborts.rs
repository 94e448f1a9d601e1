//! Aborts, at every point of a turn.

use opencode_testkit::server::{Permission, Script, Server, Subagent, Tool};
use serde_json::json;

use crate::client::{Events, create, delete, get, labels, post, prompt};

/// Prompts a new session and waits at a gate of its script.
async fn hold(server: &Server, script: Script, gate: &str) -> (String, Events) {
    server.script(script);
    let mut events = Events::connect(server).await;
    let session_id = create(server).await;
    prompt(server, &session_id).await;
    server.wait_for_hold(gate).await;
    events.so_far(server).await;
    (session_id, events)
}

async fn abort(server: &Server, session_id: &str) {
    let answer = post(server, &format!("/session/{session_id}/abort"), json!({})).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "true"));
}

const ABORTED: [&str; 7] = [
    "session.error",
    "session.status idle",
    "session.idle",
    "part text end",
    "message.updated assistant error completed",
    "session.status idle",
    "session.idle",
];

#[tokio::test]
async fn an_abort_in_a_text_says_idle_twice() {
    let server = Server::start().await;
    let (session_id, mut events) = hold(&server, Script::new().text("tick tick ").hold("mid"), "mid").await;
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(labels(&events.so_far(&server).await), ABORTED);
    let message = &server.messages(&session_id)[1];
    assert_eq!(message["info"]["error"]["name"], "MessageAbortedError");
    assert_eq!(message["parts"][1]["text"], "tick tick ");

    abort(&server, &session_id).await;
    assert_eq!(labels(&events.so_far(&server).await), ["session.status idle", "session.idle"]);
    assert_eq!(post(&server, "/session/ses_unknown/abort", json!({})).await.text, "true");
}

#[tokio::test]
async fn an_abort_can_be_held_between_its_idles_while_a_prompt_arrives() {
    let server = Server::start().await;
    let script = Script::new().text("old ").hold("mid").hold_abort("second idle");
    let (session_id, mut events) = hold(&server, script, "mid").await;
    abort(&server, &session_id).await;
    server.wait_for_hold("second idle").await;
    assert_eq!(labels(&events.so_far(&server).await), ABORTED[..3]);
    assert_eq!(server.status(&session_id), None);

    server.script(Script::new().text("new"));
    prompt(&server, &session_id).await;
    server.release("second idle");
    let rest = labels(&events.until("session.idle", 2).await);
    assert_eq!(rest[3..7], ABORTED[3..]);
    assert_eq!(rest[7], "session.status busy");
    server.wait_for_idle(&session_id).await;
    assert_eq!(server.text(&session_id), "new");
}

#[tokio::test]
async fn an_abort_before_the_first_output_says_idle_once() {
    let server = Server::start().await;
    let (session_id, mut events) = hold(&server, Script::new().hold("start").text("never"), "start").await;
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(labels(&events.so_far(&server).await), ABORTED[4..]);
}

#[tokio::test]
async fn an_aborted_command_counts_as_completed() {
    let server = Server::start().await;
    let tool = Tool::new("bash").input(json!({"command": "sleep 30"})).progress("start\n").hold("running");
    let (session_id, mut events) = hold(&server, Script::new().tool(tool), "running").await;
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    let mut expected = ABORTED;
    expected[3] = "part tool completed";
    assert_eq!(labels(&events.so_far(&server).await), expected);
    let state = &server.messages(&session_id)[1]["parts"][1]["state"];
    assert!(state["output"].as_str().unwrap().starts_with("start\n\n\n<shell_metadata>\nUser aborted"));
}

#[tokio::test]
async fn an_abort_leaves_a_permission_request_open() {
    let server = Server::start().await;
    let tool = Tool::new("bash").ask(Permission::new("bash", "rm"));
    server.script(Script::new().tool(tool));
    let session_id = create(&server).await;
    prompt(&server, &session_id).await;
    let request = server.wait_for_blocker().await;
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(get(&server, "/permission").await.json(), json!([request]));
    let path = format!("/permission/{}/reply", request["id"].as_str().unwrap());
    assert_eq!(post(&server, &path, json!({"reply": "once"})).await.status, 200);
    assert_eq!(server.messages(&session_id)[1]["parts"][1]["state"]["error"], "Tool execution aborted");
}

#[tokio::test]
async fn an_abort_reaches_the_child() {
    let server = Server::start().await;
    let script = Script::new().subagent(Subagent::new("Look", Script::new().text("x").hold("child")));
    let (session_id, _) = hold(&server, script, "child").await;
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    let child_id = get(&server, &format!("/session/{session_id}/children")).await.json()[0]["id"].clone();
    let child = server.messages(child_id.as_str().unwrap());
    assert_eq!(child[1]["info"]["error"]["name"], "MessageAbortedError");
    assert_eq!(server.messages(&session_id)[1]["parts"][1]["state"]["status"], "error");
    assert_eq!(server.status(&session_id), None);
}

#[tokio::test]
async fn an_abort_in_a_retry_wait_leaves_no_error() {
    let server = Server::start().await;
    let script = Script::new().text("before ").retry("boom").hold("wait");
    let (session_id, mut events) = hold(&server, script, "wait").await;
    assert_eq!(server.status(&session_id).unwrap()["type"], "retry");
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    let end = ["part text end", "message.updated assistant completed", "session.status idle", "session.idle"];
    assert_eq!(labels(&events.so_far(&server).await), end);
}

#[tokio::test]
async fn a_deleted_busy_session_goes_on_until_it_wants_to_store_something() {
    let server = Server::start().await;
    let script = Script::new().text("a ").hold("mid").more("b ");
    let (session_id, mut events) = hold(&server, script, "mid").await;
    assert_eq!(delete(&server, &format!("/session/{session_id}")).await.text, "true");
    assert_eq!(get(&server, &format!("/session/{session_id}")).await.status, 404);
    server.release("mid");
    let seen = events.until("session.status", 1).await;
    assert_eq!(labels(&seen), ["session.deleted", "delta", "session.status retry"]);
    assert!(get(&server, "/session/status").await.json()[&session_id]["message"].is_string());
    abort(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(labels(&events.so_far(&server).await), ["session.status idle", "session.idle"]);
}
