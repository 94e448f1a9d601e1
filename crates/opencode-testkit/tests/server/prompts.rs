//! Prompts and what their turns leave behind.

use opencode_testkit::server::{Script, Server, Tool, Usage};
use serde_json::json;

use crate::client::{Events, create, get, labels, post, prompt};
use crate::turns::play;

#[tokio::test]
async fn a_prompt_while_busy_is_answered_after_the_first_and_only_the_newest() {
    let server = Server::start().await;
    server.script(Script::new().text("A").hold("a"));
    server.script(Script::new().text("B"));
    server.script(Script::new().text("C"));
    let mut events = Events::connect(&server).await;
    let session_id = create(&server).await;
    prompt(&server, &session_id).await;
    server.wait_for_hold("a").await;
    prompt(&server, &session_id).await;
    let body = json!({"parts": [{"type": "text", "text": "third"}]});
    let path = format!("/session/{session_id}/message");
    let (answer, ()) = tokio::join!(post(&server, &path, body), async {
        server.wait_for_request("POST", "/session/:id/message").await;
        // The request is recorded before it is applied; the prompt shows in the messages.
        while server.messages(&session_id).len() < 4 {
            tokio::task::yield_now().await;
        }
        server.release("a");
    });
    assert_eq!(answer.json()["parts"][1]["text"], "C");
    server.wait_for_idle(&session_id).await;
    let labels = labels(&events.so_far(&server).await);
    assert_eq!(labels.iter().filter(|label| *label == "session.idle").count(), 1);
    let messages = server.messages(&session_id);
    assert_eq!(messages.len(), 5);
    assert_eq!(messages[4]["info"]["parentID"], messages[3]["info"]["id"]);
}

#[tokio::test]
async fn usage_and_finish_reach_the_step_the_message_and_the_session() {
    let server = Server::start().await;
    let usage = Usage::new(7, 3, 0.5).with_reasoning(2).with_cache(1, 4);
    let (session_id, _) = play(&server, Script::new().text("cut").finish("length").usage(usage)).await;
    let message = &server.messages(&session_id)[1];
    let tokens =
        json!({"total": 17, "input": 7, "output": 3, "reasoning": 2, "cache": {"read": 1, "write": 4}});
    assert_eq!(message["info"]["finish"], "length");
    assert_eq!(message["info"]["tokens"], tokens);
    assert_eq!(message["parts"][2]["tokens"], tokens);
    let session = server.session(&session_id).unwrap();
    assert_eq!(session["cost"], 0.5);
    assert_eq!(session["tokens"]["cache"]["write"], 4);
}

#[tokio::test]
async fn structured_output_ends_without_busy_and_poisons_the_message_list() {
    let server = Server::start().await;
    server.script(Script::new().structured(json!({"a": 1})));
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    let body = json!({
        "format": {"type": "json_schema", "schema": {}},
        "parts": [{"type": "text", "text": "go"}],
    });
    let answer = post(&server, &format!("/session/{session_id}/message"), body).await.json();
    assert_eq!(answer["info"]["structured"], json!({"a": 1}));
    let labels = labels(&events.so_far(&server).await);
    let end = ["session.status idle", "session.idle", "session.updated", "session.diff"];
    assert_eq!(labels[labels.len() - 4..], end);
    assert_eq!(labels[labels.len() - 5], labels[labels.len() - 6], "the message is announced twice");

    let all = get(&server, &format!("/session/{session_id}/message")).await;
    assert_eq!((all.status, all.json()["data"]["kind"].as_str()), (400, Some("Body")));
    let last = get(&server, &format!("/session/{session_id}/message?limit=1")).await;
    assert_eq!(last.status, 200);
}

#[tokio::test]
async fn two_runs_of_one_test_see_the_same_bytes() {
    let run = || async {
        let server = Server::start().await;
        play(&server, Script::new().text("same").tool(Tool::new("read"))).await
    };
    assert_eq!(run().await, run().await);
}
