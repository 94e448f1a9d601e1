//! Tools that really run.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::model::ToolStatus;
use opencode_wire::reply::{Change, ChangeKind, ReplyPart};
use opencode_wire::turn::{Ending, Outcome};
use serde_json::json;

use super::rig::{self, Rig};

/// The tools that were called, with how far they came.
fn calls(outcome: &Outcome) -> Vec<(&str, &ToolStatus)> {
    outcome
        .reply
        .tools()
        .filter_map(ReplyPart::tool)
        .map(|tool| (tool.tool.as_str(), &tool.state.status))
        .collect()
}

fn statuses(changes: &[Change]) -> Vec<&ToolStatus> {
    changes
        .iter()
        .filter_map(|change| match &change.kind {
            ChangeKind::Tool { status, .. } => Some(status),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn several_steps_write_read_and_run() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("steps");
    let session = client.sessions().create(rig::trusted()).await.unwrap();
    let file = rig.server.directory().join("steps/note.txt");
    let path = file.to_str().unwrap();
    let script = ModelScript::new()
        .step([Op::text("First."), Op::tool("write", json!({ "filePath": path, "content": "x\ny\n" }))])
        .step([Op::tool("read", json!({ "filePath": path }))])
        .step([Op::tool("bash", json!({ "command": "cat note.txt; pwd", "description": "Shows it" }))])
        .step([Op::text("Last.")]);
    let outcome = rig::run(&session, script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "First.\n\nLast.");
    assert_eq!(outcome.reply.messages().len(), 4);
    let done = &ToolStatus::Completed;
    assert_eq!(calls(&outcome), [("write", done), ("read", done), ("bash", done)]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "x\ny\n");
    assert_eq!(outcome.reply.files(), [path]);
    let bash = outcome.reply.tools().last().and_then(ReplyPart::tool).unwrap();
    let output = bash.state.output.as_deref().unwrap_or_default();
    assert!(output.starts_with("x\ny\n") && output.contains("/steps"), "{output}");
}

#[tokio::test]
async fn a_call_is_told_as_it_advances_and_never_goes_back() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" })).with_pieces(5)])
        .step([Op::text("Done.")]);
    let (changes, outcome) = rig::drain(rig::start(&rig.trusted_session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    let told = statuses(&changes);
    assert_eq!(told.first(), Some(&&ToolStatus::Pending), "{told:?}");
    assert_eq!(told.last(), Some(&&ToolStatus::Completed), "{told:?}");
    let rank = |status: &ToolStatus| match status {
        ToolStatus::Pending => 0,
        ToolStatus::Running => 1,
        _ => 2,
    };
    assert!(told.windows(2).all(|pair| rank(pair[0]) <= rank(pair[1])), "{told:?}");
}

#[tokio::test]
async fn a_turn_of_tools_alone_completes_without_text() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "true", "description": "Nothing" }))])
        .step([]);
    let outcome = rig.run(script).await;
    assert_eq!(outcome.ending, Ending::CompletedWithoutText, "{}", rig::shown(&outcome));
    assert_eq!(calls(&outcome), [("bash", &ToolStatus::Completed)]);
}

/// The server hands the model a part of it and keeps the rest in a file; the events carry what the command says while
/// it runs.
#[tokio::test]
async fn an_output_of_two_megabytes_costs_nothing_but_its_middle() {
    let Some(rig) = Rig::shared().await else { return };
    let command = "head -c 2000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo the-end";
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": command, "description": "Says much" }))])
        .step([Op::text("Enough.")]);
    let outcome = rig.run(script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Enough.");
    let bash = outcome.reply.tools().next().and_then(ReplyPart::tool).unwrap();
    let output = bash.state.output.as_deref().unwrap_or_default();
    // How much of it the server keeps, if any, varies; that it cut something off is always said.
    assert!(output.contains("truncated") && output.len() < 2_000_000, "{} bytes", output.len());
}

#[tokio::test]
async fn a_tool_that_fails_does_not_fail_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new()
        .step([Op::tool("read", json!({ "filePath": "not-there.txt" }))])
        .step([Op::text("It is not there.")]);
    let outcome = rig.run(script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "It is not there.");
    assert_eq!(calls(&outcome), [("read", &ToolStatus::Error)]);
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_told_to_the_model() {
    let Some(rig) = Rig::shared().await else { return };
    let script =
        ModelScript::new().step([Op::tool("write", json!({ "wrong": true }))]).step([Op::text("I see.")]);
    let outcome = rig.run(script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(
        calls(&outcome).last().map(|call| call.1),
        Some(&ToolStatus::Error),
        "{}",
        rig::shown(&outcome)
    );
}

/// The server renames a call of a tool that does not exist to `invalid`; people want to read what the model called.
#[tokio::test]
async fn t16_a_tool_that_does_not_exist_keeps_its_name() {
    let Some(rig) = Rig::shared().await else { return };
    let script =
        ModelScript::new().step([Op::tool("teleport", json!({ "to": "Mars" }))]).step([Op::text("No way.")]);
    let (changes, outcome) = rig::drain(rig::start(&rig.session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "No way.");
    assert_eq!(calls(&outcome).iter().map(|call| call.0).collect::<Vec<_>>(), ["teleport"]);
    assert!(!statuses(&changes).is_empty(), "{}", rig::shown(&changes));
}

#[tokio::test]
async fn todos_are_told_and_kept() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let todos = json!([
        // Old servers want an id for each.
        { "id": "1", "content": "Look", "status": "completed", "priority": "high" },
        { "id": "2", "content": "Leap", "status": "in_progress", "priority": "low" },
    ]);
    let script = ModelScript::new()
        .step([Op::tool("todowrite", json!({ "todos": todos }))])
        .step([Op::text("Planned.")]);
    let (changes, outcome) = rig::drain(rig::start(&session, script).await).await;
    let told =
        changes.iter().any(|change| matches!(&change.kind, ChangeKind::Todos(todos) if todos.len() == 2));
    assert!(told, "{}", rig::shown(&changes));
    let contents: Vec<_> = outcome.reply.todos().iter().map(|todo| todo.content.as_str()).collect();
    assert_eq!(contents, ["Look", "Leap"]);
    let kept = session.todo().await.unwrap();
    let statuses = |todos: &[opencode_wire::model::Todo]| -> Vec<_> {
        todos.iter().map(|todo| (todo.content.clone(), todo.status.clone())).collect()
    };
    assert_eq!(statuses(&kept), statuses(outcome.reply.todos()));
}
