//! Rows 17 to 24: what a reply is made of.

use opencode_testkit::server::{Script, Tool, Usage};
use opencode_wire::drive::Decision;
use opencode_wire::reply::ChangeKind;
use serde_json::json;

use super::{assert_completed, delta, end, held, stored, update};
use crate::support::{in_time, outcome, run, serve, session, until};

#[tokio::test]
async fn row_17_the_prompt_was_part_of_the_answer() {
    let server = serve(Script::new().text("Answer.")).await;
    let mut turn = session(&server).await.prompt("My prompt.").await.unwrap();
    while let Some(change) = in_time(turn.next()).await {
        if let ChangeKind::Text { delta, .. } = change.kind {
            assert_eq!(&*delta, "Answer.");
        }
    }
    assert_completed(&turn.outcome().await, "Answer.");
}

#[tokio::test]
async fn row_18_a_question_lost_its_id_when_its_tool_was_updated() {
    let server = serve(Script::new().question(json!([])).next_step().text("On.")).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    let asked = until(&mut turn, |change| matches!(change.kind, ChangeKind::Blocked(_))).await;
    let ChangeKind::Blocked(blocker) = asked.kind else { unreachable!() };
    let mut part = stored(&server, &session, "tool");
    for input in [json!({"questions": []}), json!({"questions": [], "more": true})] {
        part["state"]["input"] = input;
        update(&server, &session, &part);
        until(&mut turn, |change| matches!(change.kind, ChangeKind::Tool { .. })).await;
    }
    let tool = turn.reply().tools().next().unwrap().tool().unwrap();
    assert_eq!(blocker.call_id(), Some(&tool.call_id), "the request says which call waits");
    turn.answer(&blocker, Decision::Answer(Vec::new())).await.unwrap();
    assert_completed(&outcome(turn).await, "On.");
}

#[tokio::test]
async fn row_19_a_text_delta_for_a_tool_crashed() {
    let script = Script::new().text("Text.").tool(Tool::new("bash")).hold("gate").next_step().text("More.");
    let (server, session, turn) = held(script).await;
    delta(&server, &session, &stored(&server, &session, "tool"), "not a text");
    assert_completed(&end(&server, turn).await, "Text.\n\nMore.");
}

#[tokio::test]
async fn row_20_a_step_that_was_told_twice_was_paid_twice() {
    let script = Script::new().duplicate_next(1000).text("One ").more("two.").usage(Usage::new(10, 2, 0.5));
    let outcome = run(&serve(script).await).await;
    assert_completed(&outcome, "One two.");
    assert_eq!((outcome.reply.usage().steps, outcome.reply.usage().cost), (1, 0.5));
}

#[tokio::test]
async fn row_21_a_delta_after_the_whole_text_was_appended() {
    let script = Script::new().text("abc").tool(Tool::new("bash")).hold("gate").next_step().text("d");
    let (server, session, turn) = held(script).await;
    delta(&server, &session, &stored(&server, &session, "text"), "c");
    assert_completed(&end(&server, turn).await, "abc\n\nd");
}

#[tokio::test]
async fn row_22_a_todo_list_was_there_twice() {
    let todos = json!([{"content": "Look", "status": "in_progress", "priority": "high"}]);
    let script = Script::new().hold("gate").todos(todos.clone()).next_step().text("Listed.");
    let (server, session, turn) = held(script).await;
    server.emit_for(
        session.id().as_str(),
        "todo.updated",
        json!({"sessionID": session.id().as_str(), "todos": todos}),
    );
    let outcome = end(&server, turn).await;
    assert_completed(&outcome, "Listed.");
    assert_eq!(outcome.reply.todos().len(), 1);
    assert_eq!(outcome.reply.tools().count(), 1);
}

/// The first content won. What a file holds is its writer's last word: each call keeps its own content.
#[tokio::test]
async fn row_23_a_file_that_was_written_twice() {
    let write = |content: &str| Tool::new("write").input(json!({"filePath": "/a.md", "content": content}));
    let outcome = run(&serve(Script::new().tool(write("v1")).tool(write("v2"))).await).await;
    assert_eq!(outcome.reply.files(), ["/a.md"]);
    let last = outcome.reply.tools().last().unwrap().tool().unwrap();
    assert!(last.state.input.as_ref().unwrap().as_str().contains("v2"));
}

#[tokio::test]
async fn row_24_a_delta_after_a_recovery_crashed() {
    let (server, session, turn) = held(Script::new().text("Half ").hold("gate").more("and half.")).await;
    server.drop_streams();
    let following = tokio::spawn(outcome(turn));
    server.wait_for_requests("GET", "/session/:id/message", 1).await;
    delta(&server, &session, &stored(&server, &session, "text"), "and ");
    server.release("gate");
    assert_completed(&in_time(following).await.unwrap(), "Half and half.");
}
