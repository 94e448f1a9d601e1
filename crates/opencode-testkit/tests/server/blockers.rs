//! Permission requests and questions.

use opencode_testkit::server::{Permission, Script, Server, Subagent, Tool};
use serde_json::{Value, json};

use crate::client::{Events, create, get, labels, post, prompt};

fn bash() -> Tool {
    let ask = Permission::new("bash", "echo one").always("echo *").metadata(json!({"command": "echo one"}));
    Tool::new("bash").input(json!({"command": "echo one"})).ask(ask).output("one\n")
}

fn script() -> Script {
    Script::new().tool(bash()).next_step().text("Ran it.")
}

/// Prompts a new session and waits until it asks.
async fn ask(server: &Server, script: Script) -> (String, Value) {
    server.script(script);
    let session_id = create(server).await;
    prompt(server, &session_id).await;
    (session_id, server.wait_for_blocker().await)
}

fn id(request: &Value) -> &str {
    request["id"].as_str().unwrap()
}

async fn reply(server: &Server, request: &Value, body: Value) -> u16 {
    post(server, &format!("/permission/{}/reply", id(request)), body).await.status
}

#[tokio::test]
async fn once_runs_the_tool() {
    let server = Server::start().await;
    let mut events = Events::connect(&server).await;
    let (session_id, request) = ask(&server, script()).await;
    assert_eq!(request["patterns"], json!(["echo one"]));
    assert_eq!(get(&server, "/permission").await.json(), json!([request]));
    assert_eq!(get(&server, "/session/status").await.json()[&session_id]["type"], "busy");

    let asked = labels(&events.so_far(&server).await);
    assert_eq!(asked[asked.len() - 3..], ["part tool pending", "permission.asked", "part tool running"]);

    assert_eq!(reply(&server, &request, json!({"reply": "once"})).await, 200);
    server.wait_for_idle(&session_id).await;
    let rest = events.so_far(&server).await;
    assert_eq!(labels(&rest)[..2], ["permission.replied", "part tool completed"]);
    assert_eq!(rest[0]["properties"]["requestID"], request["id"]);
    assert_eq!(server.text(&session_id), "Ran it.");

    let again = post(&server, &format!("/permission/{}/reply", id(&request)), json!({"reply": "once"})).await;
    assert_eq!(again.status, 404);
    assert_eq!(again.json()["_tag"], "PermissionNotFoundError");
}

#[tokio::test]
async fn reject_ends_the_turn_and_reject_with_a_message_does_not() {
    let server = Server::start().await;
    let mut events = Events::connect(&server).await;
    let (session_id, request) = ask(&server, script()).await;
    events.so_far(&server).await;
    reply(&server, &request, json!({"reply": "reject"})).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(
        labels(&events.so_far(&server).await),
        [
            "permission.replied",
            "part tool error",
            "part step-finish",
            "message.updated assistant finish",
            "message.updated assistant finish completed",
            "session.status idle",
            "session.idle",
            "session.updated",
            "session.diff",
            "message.updated user summary",
        ]
    );
    assert_eq!(server.messages(&session_id).len(), 2);

    let (session_id, request) = ask(&server, script()).await;
    reply(&server, &request, json!({"reply": "reject", "message": "please do not"})).await;
    server.wait_for_idle(&session_id).await;
    let messages = server.messages(&session_id);
    let error = messages[1]["parts"][1]["state"]["error"].as_str().unwrap();
    assert!(error.ends_with("with the following feedback: please do not"), "{error}");
    assert_eq!(server.text(&session_id), "Ran it.");
}

#[tokio::test]
async fn always_frees_other_sessions_and_later_calls() {
    let server = Server::start().await;
    let (first, request) = ask(&server, script()).await;
    server.script(script());
    let second = create(&server).await;
    prompt(&server, &second).await;
    while server.blockers().len() < 2 {
        tokio::task::yield_now().await;
    }
    reply(&server, &request, json!({"reply": "always"})).await;
    server.wait_for_idle(&first).await;
    server.wait_for_idle(&second).await;
    assert_eq!(server.text(&second), "Ran it.");

    server.script(script());
    prompt(&server, &first).await;
    server.wait_for_idle(&first).await;
    assert_eq!(server.messages(&first).len(), 6, "nobody was asked");

    server.restart().await;
    let (_, request) = ask(&server, script()).await;
    assert_eq!(request["permission"], "bash", "a restart forgets it");
}

#[tokio::test]
async fn rules_of_the_session_decide_without_asking() {
    let server = Server::start().await;
    for (action, status) in [("allow", "completed"), ("deny", "error")] {
        server.script(script());
        let body = json!({"permission": [{"permission": "bash", "pattern": "*", "action": action}]});
        let session_id = post(&server, "/session", body).await.json()["id"].as_str().unwrap().to_owned();
        prompt(&server, &session_id).await;
        server.wait_for_idle(&session_id).await;
        assert_eq!(server.messages(&session_id)[1]["parts"][1]["state"]["status"], status);
    }
}

#[tokio::test]
async fn the_old_route_and_wrong_replies() {
    let server = Server::start().await;
    let (session_id, request) = ask(&server, script()).await;
    let path = format!("/permission/{}/reply", id(&request));
    assert_eq!(post(&server, &path, json!({"reply": "maybe"})).await.status, 400);
    assert_eq!(post(&server, "/permission/zzz/reply", json!({"reply": "once"})).await.status, 400);
    let old = format!("/session/{session_id}/permissions/{}", id(&request));
    assert_eq!(post(&server, &old, json!({"response": "once"})).await.status, 200);
    server.wait_for_idle(&session_id).await;
}

#[tokio::test]
async fn a_child_asks_under_its_own_id() {
    let server = Server::start().await;
    let script = Script::new().subagent(Subagent::new("Look", script()));
    let (session_id, request) = ask(&server, script).await;
    let child_id = request["sessionID"].as_str().unwrap();
    assert_ne!(child_id, session_id);
    assert_eq!(server.session(child_id).unwrap()["parentID"], session_id.as_str());
    reply(&server, &request, json!({"reply": "once"})).await;
    server.wait_for_idle(&session_id).await;
    let output = &server.messages(&session_id)[1]["parts"][1]["state"]["output"];
    assert!(output.as_str().unwrap().contains("Ran it."));
}

fn questions() -> Value {
    json!([
        {"question": "Which colour?", "header": "Colour", "options": [{"label": "Red", "description": ""}]},
        {"question": "Which sizes?", "header": "Sizes", "options": [], "multiple": true},
    ])
}

#[tokio::test]
async fn questions_are_answered() {
    let server = Server::start().await;
    let mut events = Events::connect(&server).await;
    let script = Script::new().question(questions()).next_step().text("Thanks.");
    let (session_id, request) = ask(&server, script).await;
    assert_eq!(get(&server, "/question").await.json(), json!([request]));
    let asked = labels(&events.so_far(&server).await);
    assert_eq!(asked[asked.len() - 3..], ["part tool pending", "question.asked", "part tool running"]);

    let path = format!("/question/{}/reply", id(&request));
    let answers = json!({"answers": [["Blue"], ["S", "L"]]});
    assert_eq!(post(&server, &path, answers.clone()).await.status, 200);
    server.wait_for_idle(&session_id).await;
    let state = &server.messages(&session_id)[1]["parts"][1]["state"];
    assert_eq!(
        state["output"],
        "User has answered your questions: \"Which colour?\"=\"Blue\", \"Which sizes?\"=\"S, L\". You can now \
         continue with the user's answers in mind."
    );
    assert_eq!(state["title"], "Asked 2 questions");
    assert_eq!(server.text(&session_id), "Thanks.");
    assert_eq!(post(&server, &path, answers).await.json()["_tag"], "QuestionNotFoundError");
}

#[tokio::test]
async fn a_rejected_question_ends_the_turn() {
    let server = Server::start().await;
    let (session_id, request) =
        ask(&server, Script::new().question(questions()).next_step().text("no")).await;
    let mut events = Events::connect(&server).await;
    let path = format!("/question/{}/reject", id(&request));
    assert_eq!(post(&server, &path, json!({})).await.status, 200);
    server.wait_for_idle(&session_id).await;
    assert_eq!(labels(&events.so_far(&server).await)[..2], ["question.rejected", "part tool error"]);
    assert_eq!(server.messages(&session_id).len(), 2);
}
