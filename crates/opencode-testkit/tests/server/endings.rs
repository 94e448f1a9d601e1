//! Turns that end badly, or not where they began.

use opencode_testkit::server::{Script, Server, Tool};
use serde_json::{Value, json};

use crate::client::{Events, labels, post};
use crate::turns::{CLOSING, OPENING, play};

#[tokio::test]
async fn a_provider_error_is_announced_before_it_is_stored() {
    let server = Server::start().await;
    let (session_id, turn) = play(&server, Script::new().provider_error(400, "bad model input")).await;
    let end = [
        "session.error",
        "session.status idle",
        "session.idle",
        "message.updated assistant error completed",
        "session.status idle",
        "session.idle",
    ];
    assert_eq!(labels(&turn), [&OPENING[..], &end].concat());
    assert_eq!(server.messages(&session_id)[1]["info"]["error"]["data"]["statusCode"], 400);

    let (_, turn) = play(&server, Script::new().text("before ").provider_error(400, "broken")).await;
    let mut late = end.to_vec();
    late.insert(3, "part text end");
    assert_eq!(labels(&turn)[13..], late);
}

#[tokio::test]
async fn retries_wait_and_then_go_on() {
    let server = Server::start().await;
    let script = Script::new().retry("Rate limit").retry("Rate limit").text("recovered");
    let (_, turn) = play(&server, script).await;
    let retries =
        ["session.status retry", "session.status busy", "session.status retry", "session.status busy"];
    let text = ["part step-start", "part text", "delta", "part text end"];
    assert_eq!(labels(&turn), [&OPENING[..], &retries, &text, &CLOSING].concat());
    let attempts: Vec<_> =
        turn.iter().filter_map(|event| event["properties"]["status"]["attempt"].as_u64()).collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn a_retry_after_output_orphans_the_old_part() {
    let server = Server::start().await;
    let (session_id, turn) =
        play(&server, Script::new().text("before ").retry("boom").text("before ok")).await;
    let ends = labels(&turn).iter().filter(|label| *label == "part text end").count();
    assert_eq!(ends, 1);
    let message = &server.messages(&session_id)[1];
    let texts: Vec<_> =
        message["parts"].as_array().unwrap().iter().filter_map(|part| part["text"].as_str()).collect();
    assert_eq!(texts, ["", "before ok"]);
}

#[tokio::test]
async fn a_context_overflow_compacts_and_goes_on_with_another_parent() {
    let server = Server::start().await;
    let (session_id, turn) = play(&server, Script::new().overflow("A short summary.").text("ok")).await;
    let compaction = [
        "session.error",
        "message.updated assistant completed",
        "message.updated user",
        "part compaction",
        "session.status busy",
        "message.updated assistant summary",
        "session.status busy",
        "part step-start",
        "part text",
        "delta",
        "delta",
        "delta",
        "part text end",
        "part step-finish",
        "message.updated assistant summary finish",
        "message.updated assistant summary finish completed",
        "message.updated user",
        "part text end",
        "session.compacted",
        "session.status busy",
        "message.updated assistant",
        "session.updated",
        "session.diff",
        "session.status busy",
    ];
    let text = ["part step-start", "part text", "delta", "part text end", "message.updated user summary"];
    assert_eq!(labels(&turn), [&OPENING[..], &compaction, &text, &CLOSING].concat());

    let messages = server.messages(&session_id);
    let parents: Vec<_> = messages.iter().map(|message| &message["info"]["parentID"]).collect();
    let id = |index: usize| &messages[index]["info"]["id"];
    assert_eq!((parents[1], parents[3], parents[5]), (id(0), id(2), id(4)));
    assert_eq!(messages[4]["parts"][0]["synthetic"], true);
}

/// Unlike the first prompt of a session: what is summarised then is the prompt itself.
#[tokio::test]
async fn a_later_prompt_that_overflows_is_repeated_once() {
    let server = Server::start().await;
    let (session_id, _) = play(&server, Script::new().text("Long ago.")).await;
    let mut events = Events::connect(&server).await;
    server.script(Script::new().overflow("Sum.").text("It fits. ").overflow("All.").text("Still."));
    let format = json!({"type": "text"});
    let parts = json!([{"type": "text", "text": "Go "}, {"type": "text", "text": "on."}]);
    let body = json!({"parts": parts, "system": "Be brief.", "format": format, "agent": "plan"});
    post(&server, &format!("/session/{session_id}/prompt_async"), body).await;
    server.wait_for_idle(&session_id).await;

    let turn = labels(&events.so_far(&server).await);
    let summary = turn.iter().position(|label| label == "message.updated assistant summary finish completed");
    let repetition = ["message.updated user", "part text", "part text", "session.compacted"];
    assert_eq!(turn[summary.unwrap() + 1..][..4], repetition);
    let messages = server.messages(&session_id);
    let [_, _, prompt, broken, compaction, summary, repeated, answer, .., went_on, last] = &messages[..]
    else {
        panic!("{messages:#?}")
    };
    assert_eq!(compaction["parts"][0]["overflow"], true);
    let pairs = [(broken, prompt), (summary, compaction), (answer, repeated), (last, went_on)];
    assert!(pairs.iter().all(|(reply, to)| reply["info"]["parentID"] == to["info"]["id"]));
    assert!(repeated["info"]["time"]["created"].as_u64() >= summary["info"]["time"]["completed"].as_u64());
    for name in ["role", "agent", "model", "system", "format"] {
        assert_eq!(repeated["info"][name], prompt["info"][name], "{name}");
    }
    let texts = |message: &Value| -> Vec<Value> {
        let parts = message["parts"].as_array().into_iter().flatten();
        parts.map(|part| json!([part["type"], part["text"], part["synthetic"]])).collect()
    };
    assert_eq!(texts(repeated), texts(prompt));
    assert_ne!(repeated["parts"][0]["id"], prompt["parts"][0]["id"]);
    // Nothing but the summary stands before the repetition, so the second overflow summarises that too.
    assert_eq!(went_on["parts"][0]["synthetic"], true);
    assert_eq!(messages.len(), 12);
}

#[tokio::test]
async fn compaction_between_two_steps() {
    let server = Server::start().await;
    let script = Script::new().tool(Tool::new("read")).compaction("Sum.").text("done");
    let (session_id, _) = play(&server, script).await;
    let messages = server.messages(&session_id);
    assert_eq!(messages[1]["info"]["finish"], "tool-calls");
    assert_eq!(messages[5]["info"]["parentID"], messages[4]["info"]["id"]);
    assert_eq!(server.text(&session_id), "done");
}

#[tokio::test]
async fn summarize_on_request() {
    let server = Server::start().await;
    let (session_id, _) = play(&server, Script::new().text("first")).await;
    let mut events = Events::connect(&server).await;
    let body = json!({"providerID": "test", "modelID": "test-1"});
    assert_eq!(post(&server, &format!("/session/{session_id}/summarize"), body).await.text, "true");
    let labels = labels(&events.so_far(&server).await);
    assert_eq!(
        labels[..4],
        [
            "message.updated user",
            "part compaction",
            "session.status busy",
            "message.updated assistant summary"
        ]
    );
    let end = ["session.compacted", "session.status busy", "session.status idle", "session.idle"];
    assert!(labels.windows(4).any(|window| window == end), "{labels:?}");
}

#[tokio::test]
async fn an_unknown_agent_is_two_errors_and_nothing_else() {
    let server = Server::start().await;
    let (session_id, turn) = play(&server, Script::new().unknown_agent("nobody")).await;
    assert_eq!(labels(&turn), ["session.error", "session.error"]);
    assert!(server.messages(&session_id).is_empty());

    server.script(Script::new().unknown_agent("nobody"));
    let body = json!({"parts": []});
    let answer = post(&server, &format!("/session/{session_id}/message"), body).await;
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn an_unknown_model_errs_again_after_the_idle() {
    let server = Server::start().await;
    let (session_id, turn) = play(&server, Script::new().unknown_model("no/such")).await;
    let end =
        ["session.status busy", "session.error", "session.status idle", "session.idle", "session.error"];
    assert_eq!(labels(&turn), [&OPENING[..4], &end].concat());
    assert_eq!(server.messages(&session_id).len(), 1);

    server.script(Script::new().unknown_model("no/such"));
    let answer = post(&server, &format!("/session/{session_id}/message"), json!({"parts": []})).await;
    assert_eq!(answer.status, 500);
}
