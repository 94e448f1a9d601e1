//! Turns that go well, event by event. The orders are those of recorded turns of a real server.

use opencode_testkit::server::{Script, Server, Subagent, Tool};
use serde_json::{Value, json};

use crate::client::{Events, create, get, labels, prompt};

/// What every first assistant message of a turn begins with.
pub(crate) const OPENING: [&str; 10] = [
    "session.updated",
    "message.updated user",
    "part text",
    "session.updated",
    "session.status busy",
    "message.updated assistant",
    "session.updated",
    "session.diff",
    "message.updated user summary",
    "session.status busy",
];

/// What follows the final part of a last assistant message.
pub(crate) const CLOSING: [&str; 9] = [
    "part step-finish",
    "message.updated assistant finish",
    "message.updated assistant finish completed",
    "session.status busy",
    "session.status idle",
    "session.idle",
    "session.updated",
    "session.diff",
    "message.updated user summary",
];

/// What stands between two assistant messages.
const STEP: [&str; 8] = [
    "part step-finish",
    "message.updated assistant finish",
    "message.updated assistant finish completed",
    "session.status busy",
    "message.updated assistant",
    "session.updated",
    "session.diff",
    "session.status busy",
];

/// Plays one script in a new session and returns the events of the turn, without the session's creation.
pub(crate) async fn play(server: &Server, script: Script) -> (String, Vec<Value>) {
    server.script(script);
    let mut events = Events::connect(server).await;
    let session_id = create(server).await;
    assert_eq!(events.next().await["type"], "session.created");
    prompt(server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    let turn = events.so_far(server).await;
    (session_id, turn)
}

#[tokio::test]
async fn a_plain_turn_has_the_order_of_a_real_one() {
    let server = Server::start().await;
    let script = Script::new().text_chunks(["Hello ", "from t", "he fak", "e mode", "l."]);
    let (session_id, turn) = play(&server, script).await;
    let text = ["part step-start", "part text", "delta", "delta", "delta", "delta", "delta", "part text end"];
    assert_eq!(labels(&turn), [&OPENING[..], &text, &CLOSING].concat());

    let messages = get(&server, &format!("/session/{session_id}/message")).await.json();
    assert_eq!(messages[1]["info"]["parentID"], messages[0]["info"]["id"]);
    assert_eq!(messages[1]["parts"][1]["text"], "Hello from the fake model.");
    assert_eq!(messages[1]["parts"][2]["reason"], "stop");
    assert!(turn.iter().all(|event| event["properties"]["sessionID"] == session_id.as_str()));
}

#[tokio::test]
async fn the_second_turn_of_a_session_does_not_announce_its_model_again() {
    let server = Server::start().await;
    let (session_id, _) = play(&server, Script::new()).await;
    let mut events = Events::connect(&server).await;
    prompt(&server, &session_id).await;
    let turn = events.until("session.idle", 1).await;
    assert_eq!(labels(&turn)[..4], OPENING[1..5]);
}

#[tokio::test]
async fn reasoning_closes_before_the_text_begins() {
    let server = Server::start().await;
    let script = Script::new().reasoning("I should think.").text("42.");
    let (_, turn) = play(&server, script).await;
    let parts = [
        "part step-start",
        "part reasoning",
        "delta",
        "delta",
        "delta",
        "part reasoning end",
        "part text",
        "delta",
        "part text end",
    ];
    assert_eq!(labels(&turn), [&OPENING[..], &parts, &CLOSING].concat());
}

#[tokio::test]
async fn a_tool_call_and_a_second_step() {
    let server = Server::start().await;
    let write = Tool::new("write")
        .input(json!({"filePath": "hello.txt", "content": "hello\n"}))
        .call_id("call_1")
        .title("hello.txt")
        .edits("hello.txt")
        .output("Wrote file successfully.");
    let (session_id, turn) =
        play(&server, Script::new().text("I will.").tool(write).next_step().text("Done.")).await;
    let first = [
        "part step-start",
        "part text",
        "delta",
        "delta",
        "part tool pending",
        "part tool running",
        "part text end",
        "file.edited",
        "file.watcher.updated",
        "part tool completed",
    ];
    let mut step = STEP.to_vec();
    step.insert(2, "part patch");
    let second = ["part step-start", "part text", "delta", "part text end", "message.updated user summary"];
    assert_eq!(labels(&turn), [&OPENING[..], &first, &step, &second, &CLOSING].concat());

    let messages = server.messages(&session_id);
    let tool = &messages[1]["parts"][2];
    assert_eq!(tool["callID"], "call_1");
    assert_eq!(tool["state"]["output"], "Wrote file successfully.");
    assert_eq!(messages[1]["info"]["finish"], "tool-calls");
    assert_eq!(messages[2]["info"]["parentID"], messages[0]["info"]["id"]);
    let user_id = messages[0]["info"]["id"].as_str().unwrap();
    let diff = get(&server, &format!("/session/{session_id}/diff?messageID={user_id}")).await.json();
    assert_eq!(diff[0]["file"], "hello.txt");
}

#[tokio::test]
async fn a_failing_tool_a_renamed_tool_and_progress() {
    let server = Server::start().await;
    let script = Script::new()
        .tool(Tool::new("bash").progress("one\n").progress("one\ntwo\n").error("exit 3"))
        .tool(Tool::new("no_such_tool").becomes("invalid"));
    let (_, turn) = play(&server, script).await;
    let states: Vec<_> = turn
        .iter()
        .map(|event| &event["properties"]["part"])
        .filter(|part| part["type"] == "tool")
        .map(|part| {
            format!("{} {}", part["tool"].as_str().unwrap(), part["state"]["status"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        states,
        [
            "bash pending",
            "bash running",
            "bash running",
            "bash running",
            "bash error",
            "no_such_tool pending",
            "invalid running",
            "invalid completed",
        ]
    );
}

#[tokio::test]
async fn todos_are_announced_and_kept() {
    let server = Server::start().await;
    let todos = json!([{"content": "first", "status": "in_progress", "priority": "high"}]);
    let (session_id, turn) = play(&server, Script::new().todos(todos.clone())).await;
    let labels = labels(&turn);
    let tool = ["part tool pending", "todo.updated", "part tool running", "part tool completed"];
    assert_eq!(labels[11..15], tool);
    assert_eq!(get(&server, &format!("/session/{session_id}/todo")).await.json(), todos);
}

#[tokio::test]
async fn a_subagent_works_in_a_child_session() {
    let server = Server::start().await;
    let child = Script::new().text("child working").tool(Tool::new("read")).next_step().text("child result");
    let script = Script::new()
        .text("delegating")
        .subagent(Subagent::new("Look things up", child))
        .next_step()
        .text("Parent finished.");
    let (session_id, turn) = play(&server, script).await;
    let children = get(&server, &format!("/session/{session_id}/children")).await.json();
    let child_id = children[0]["id"].as_str().unwrap();
    assert_eq!(children[0]["parentID"], session_id.as_str());

    let begin = ["part step-start", "part text", "delta", "part tool pending", "session.created"];
    let running = ["part tool running", "part tool running", "part text end"];
    let child_first = [
        "part step-start",
        "part text",
        "delta",
        "delta",
        "part tool pending",
        "part tool running",
        "part text end",
        "part tool completed",
    ];
    let text =
        ["part step-start", "part text", "delta", "delta", "part text end", "message.updated user summary"];
    let child_end = &CLOSING[..6];
    let completed = ["part tool completed", "session.updated", "session.diff"];
    // Both the child's and the parent's summaries come late.
    let parent_text = [&text[..], &["message.updated user summary"]].concat();
    let expected = [
        &OPENING[..],
        &begin,
        &running,
        &OPENING,
        &child_first,
        &STEP,
        &text,
        child_end,
        &completed,
        &STEP,
        &parent_text,
        &CLOSING,
    ];
    assert_eq!(labels(&turn), expected.concat());

    let task = &server.messages(&session_id)[1]["parts"][2];
    assert_eq!(task["state"]["metadata"]["sessionId"], child_id);
    assert!(task["state"]["output"].as_str().unwrap().contains("child result"));
}
