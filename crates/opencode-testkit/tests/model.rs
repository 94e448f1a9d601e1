//! The scripted model, seen from a provider's client.

mod support;

use std::time::Duration;

use opencode_testkit::model::{AnsweredBy, Model, ModelScript, Op, Outcome};
use serde_json::{Value, json};
use support::{Answer, Http};

const PATH: &str = "/v1/chat/completions";

fn body(stream: bool, messages: &Value) -> Value {
    json!({ "model": "scripted-1", "stream": stream, "messages": messages })
}

fn prompt(text: &str) -> Value {
    json!([{ "role": "user", "content": text }])
}

/// Asks as one session of OpenCode would.
async fn ask(model: &Model, session_id: &str, messages: Value) -> Answer {
    let headers = [("x-session-id", session_id)];
    let body = body(true, &messages);
    let http = Http::new(model.port(), None);
    http.open("POST", PATH, &headers, Some(body)).await
}

async fn ask_script(model: &Model, script: ModelScript) -> Answer {
    ask(model, "ses_1", prompt(&script.to_prompt("go"))).await
}

/// The chunks up to the end mark.
async fn chunks(mut answer: Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200);
    let mut chunks = Vec::new();
    while let Some(data) = answer.next_data().await {
        if data == "[DONE]" {
            return chunks;
        }
        chunks.push(serde_json::from_str(&data).expect("JSON"));
    }
    panic!("no end mark after {chunks:#?}");
}

/// The joined pieces of one field of the deltas, and their number.
fn joined(chunks: &[Value], pointer: &str) -> (String, usize) {
    let pieces: Vec<&str> = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer(pointer)?.as_str())
        .filter(|piece| !piece.is_empty())
        .collect();
    (pieces.concat(), pieces.len())
}

fn finish(chunks: &[Value]) -> Vec<&str> {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str()).collect()
}

#[tokio::test]
async fn text_and_thoughts_come_in_the_asked_pieces() {
    let model = Model::start().await;
    let script = ModelScript::new().step([
        Op::reasoning("Let me think."),
        Op::text("abcdef").with_chars(2),
        Op::text("0123456789").with_pieces(2),
        Op::repeat("x", 3),
    ]);
    let chunks = chunks(ask_script(&model, script).await).await;
    let thought = joined(&chunks, "/choices/0/delta/reasoning_content");
    assert_eq!(thought, ("Let me think.".to_owned(), 3));
    let said = joined(&chunks, "/choices/0/delta/content");
    assert_eq!(said, ("abcdef0123456789xxx".to_owned(), 3 + 2 + 3));
    assert_eq!(finish(&chunks), ["stop"]);
    let usage = &chunks.last().expect("chunks")["usage"];
    assert_eq!(usage["completion_tokens"], 3 + 3 + 2 + 3);
}

#[tokio::test]
async fn tool_calls_carry_their_arguments_whole_or_broken() {
    let model = Model::start().await;
    let args = json!({ "command": "ls", "n": [1, 2] });
    let script = ModelScript::new().step([
        Op::tool("bash", args.clone()).with_pieces(4).with_id("call_a"),
        Op::tool_with_raw_args("write", "{\"filePath\":"),
    ]);
    let chunks = chunks(ask_script(&model, script).await).await;
    let mut calls = [String::new(), String::new()];
    let mut names = Vec::new();
    for chunk in &chunks {
        let call = &chunk["choices"][0]["delta"]["tool_calls"][0];
        if let Some(name) = call["function"]["name"].as_str() {
            names.push((name.to_owned(), call["id"].as_str().map(str::to_owned)));
        }
        if let Some(piece) = call["function"]["arguments"].as_str() {
            calls[call["index"].as_u64().expect("an index") as usize].push_str(piece);
        }
    }
    assert_eq!(names[0], ("bash".to_owned(), Some("call_a".to_owned())));
    assert_eq!(names[1].0, "write");
    assert_ne!(names[0].1, names[1].1);
    assert_eq!(serde_json::from_str::<Value>(&calls[0]).expect("JSON"), args);
    assert_eq!(calls[1], "{\"filePath\":");
    assert_eq!(finish(&chunks), ["tool_calls"]);
}

#[tokio::test]
async fn the_step_is_the_number_of_answers_behind_the_script() {
    let model = Model::start().await;
    let script = ModelScript::new().step([Op::text("one")]).step([Op::text("two")]);
    let user = json!({ "role": "user", "content": [
        { "type": "text", "text": "something before" },
        { "type": "text", "text": script.to_prompt("go") },
    ] });
    let assistant = json!({ "role": "assistant", "content": "..." });
    let tool = json!({ "role": "tool", "content": "..." });
    let plain = json!({ "role": "user", "content": "and now?" });
    for (messages, expected) in [
        (json!([user]), "one"),
        (json!([user, assistant, tool]), "two"),
        (json!([user, assistant, tool, assistant]), "(the script has no step 2)"),
        (json!([user, assistant, assistant, plain]), "ok"),
        // A synthetic message in the middle of a turn does not end the script.
        (json!([user, assistant, plain]), "two"),
        (json!([assistant, user]), "one"),
    ] {
        let chunks = chunks(ask(&model, "ses_1", messages.clone()).await).await;
        assert_eq!(joined(&chunks, "/choices/0/delta/content").0, expected, "{messages}");
    }
}

#[tokio::test]
async fn a_broken_script_fails_the_call_with_its_reason() {
    let model = Model::start().await;
    let answer = ask(&model, "ses_1", prompt("go @@script [{\"op\":\"sing\"}]")).await;
    assert_eq!(answer.status, 400);
    let text = answer.text().await.expect("a whole body");
    assert!(text.contains("is not a list of steps") && text.contains("sing"), "{text}");
    assert_eq!(model.requests()[0].answered_by, AnsweredBy::BadScript);
}

#[tokio::test]
async fn queues_go_before_scripts_and_a_session_before_all() {
    let model = Model::start().await;
    model.set_default([Op::text("nothing else")]);
    model.queue(None, ModelScript::new().step([Op::text("anybody's")]));
    model.queue(Some("ses_1"), ModelScript::new().step([Op::status(503).times(1), Op::text("mine")]));
    let title = json!([
        { "role": "system", "content": "You are a title generator." },
        { "role": "user", "content": "hello" },
    ]);
    let mut said = Vec::new();
    for (session_id, messages) in [
        ("ses_1", title),
        ("ses_1", prompt("hello")),
        ("ses_1", prompt("hello")),
        ("ses_2", prompt("hello")),
        ("ses_1", prompt("hello")),
    ] {
        let answer = ask(&model, session_id, messages).await;
        if answer.status == 200 {
            said.push(joined(&chunks(answer).await, "/choices/0/delta/content").0);
        } else {
            said.push(answer.status.to_string());
        }
    }
    assert_eq!(said, ["Scripted title", "503", "mine", "anybody's", "nothing else"]);
}

#[tokio::test]
async fn a_status_fails_the_first_attempts_of_each_session() {
    let model = Model::start().await;
    let script = ModelScript::new().step([
        Op::text("recovered"),
        Op::status(429).times(2).with_header("retry-after", "7").with_body(json!("slow down")),
    ]);
    for session_id in ["ses_1", "ses_2"] {
        let messages = prompt(&script.to_prompt("go"));
        for _attempt in 0..2 {
            let answer = ask(&model, session_id, messages.clone()).await;
            assert_eq!(answer.status, 429);
            assert_eq!(answer.header("retry-after"), Some("7"));
            assert_eq!(answer.text().await.expect("a whole body"), "slow down");
        }
        let chunks = chunks(ask(&model, session_id, messages).await).await;
        assert_eq!(joined(&chunks, "/choices/0/delta/content").0, "recovered");
    }
    let attempts: Vec<u32> = model.requests().iter().map(|request| request.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 1, 2, 3]);
}

#[tokio::test]
async fn a_hold_waits_for_its_release() {
    let model = Model::start().await;
    let script = ModelScript::new().step([Op::text("before"), Op::hold("h"), Op::text("after")]);
    let mut answer = ask_script(&model, script).await;
    answer.next_data().await.expect("the speaker");
    let piece = answer.next_data().await.expect("what was said before the hold");
    assert!(piece.contains("before"), "{piece}");
    let held = model.wait_for_hold("h").await;
    assert_eq!(held.session_id.as_deref(), Some("ses_1"));
    model.release("another");
    model.release("h");
    assert_eq!(joined(&chunks(answer).await, "/choices/0/delta/content").0, "after");
    let ended = model.wait_for_request(
        |request| matches!(&request.outcome, Outcome::Finished { reason } if reason == "stop"),
    );
    assert_eq!(ended.await.number, held.number);
}

#[tokio::test]
async fn a_connection_breaks_off_after_what_was_said() {
    let model = Model::start().await;
    let script = ModelScript::new().step([Op::text("half"), Op::Disconnect, Op::text("never")]);
    let mut answer = ask_script(&model, script).await;
    answer.next_data().await.expect("the speaker");
    let piece = answer.next_data().await.expect("what was said before the break");
    assert!(piece.contains("half"), "{piece}");
    assert!(answer.text().await.is_err(), "that was a clean end");
    model.wait_for_request(|request| request.outcome == Outcome::Disconnected).await;
}

#[tokio::test]
async fn a_caller_that_leaves_is_noticed() {
    let model = Model::start().await;
    let script = ModelScript::new().step([Op::text("and"), Op::Hang]);
    let answer = ask_script(&model, script).await;
    model.wait_for_request(|request| request.outcome == Outcome::Hanging).await;
    drop(answer);
    model.wait_for_request(|request| request.outcome == Outcome::ClientClosed).await;
}

#[tokio::test]
async fn streams_can_be_wrong_in_the_ways_providers_are() {
    let model = Model::start().await;
    let script = ModelScript::new().step([
        Op::raw("data: {\"half\n\n"),
        Op::error(json!({ "message": "overloaded" })),
        Op::NoFinish,
    ]);
    let text = ask_script(&model, script).await.text().await;
    let text = text.expect("a clean end");
    assert!(text.contains("data: {\"half\n\n"), "{text}");
    assert!(text.ends_with("data: {\"error\":{\"message\":\"overloaded\"}}\n\n"), "{text}");

    let script = ModelScript::new()
        .step([Op::finish("length"), Op::usage(json!({ "prompt_tokens": 7, "completion_tokens": 9 }))]);
    let chunks = chunks(ask_script(&model, script).await).await;
    assert_eq!(finish(&chunks), ["length"]);
    assert_eq!(chunks.last().expect("chunks")["usage"]["prompt_tokens"], 7);
}

#[tokio::test]
async fn an_answer_can_be_had_whole() {
    let model = Model::start().await;
    let script = ModelScript::new()
        .step([Op::text("Some words."), Op::tool("bash", json!({ "command": "ls" })).with_pieces(3)]);
    let body = body(false, &prompt(&script.to_prompt("go")));
    let http = Http::new(model.port(), None);
    let (status, answer) = http.json("POST", PATH, Some(body)).await;
    assert_eq!(status, 200);
    let choice = &answer["choices"][0];
    assert_eq!(choice["message"]["content"], "Some words.");
    let call = &choice["message"]["tool_calls"][0]["function"];
    assert_eq!(call["arguments"], "{\"command\":\"ls\"}");
    assert_eq!(choice["finish_reason"], "tool_calls");
}

#[tokio::test]
async fn pauses_are_on_the_clock_of_the_runtime() {
    let model = Model::start().await;
    let script = ModelScript::new().step([
        Op::sleep(Duration::from_secs(3600)),
        Op::repeat("x", 3).with_delay(Duration::from_secs(3600)),
    ]);
    let answer = ask_script(&model, script).await;
    let before = tokio::time::Instant::now();
    tokio::time::pause();
    let chunks = chunks(answer).await;
    assert_eq!(joined(&chunks, "/choices/0/delta/content").1, 3);
    assert!(before.elapsed() >= Duration::from_secs(4 * 3600));
}

#[tokio::test]
async fn what_was_asked_is_remembered() {
    let model = Model::start().await;
    let http = Http::new(model.port(), None);
    let headers = [("x-session-id", "ses_b"), ("x-parent-session-id", "ses_a")];
    let mut body = body(true, &prompt("hello"));
    body["tools"] = json!([{ "type": "function", "function": { "name": "write" } }]);
    let answer = http.open("POST", PATH, &headers, Some(body)).await;
    chunks(answer).await;
    let requests = model.wait_for_requests(1).await;
    let request = &requests[0];
    assert_eq!(request.session_id.as_deref(), Some("ses_b"));
    assert_eq!(request.parent_session_id.as_deref(), Some("ses_a"));
    assert_eq!(request.tools, ["write"]);
    assert_eq!(request.messages, [json!({ "role": "user", "content": "hello" })]);
    assert_eq!(request.answered_by, AnsweredBy::Default);
}

#[tokio::test]
async fn unknown_routes_and_bodies_are_refused() {
    let model = Model::start().await;
    let http = Http::new(model.port(), None);
    let (status, models) = http.json("GET", "/v1/models", None).await;
    assert_eq!((status, &models["data"][0]["id"]), (200, &json!("scripted-1")));
    assert_eq!(http.json("GET", "/v1/other", None).await.0, 404);
    assert_eq!(http.json("POST", PATH, None).await.0, 400);
    assert!(model.requests().is_empty());
}

#[tokio::test]
async fn a_dropped_model_takes_its_connections_along() {
    let model = Model::start().await;
    let mut answer = ask_script(&model, ModelScript::new().step([Op::Hang])).await;
    let port = model.port();
    answer.next_data().await.expect("the speaker");
    drop(model);
    assert!(answer.text().await.is_err(), "that was a clean end");
    let refused = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
    assert!(refused.is_err(), "somebody still listens");
}
