//! Tool calls, as they advance and end.

use super::*;

#[test]
fn a_call_is_told_as_it_advances() {
    let mut stage = Stage::plain();
    stage.tool("prt_1", "read", &json!({"status": "pending", "input": {}, "raw": ""}));
    stage.tool("prt_1", "read", &json!({"status": "running", "input": {"filePath": "a.rs"}}));
    stage.tool(
        "prt_1",
        "read",
        &json!({"status": "running", "input": {"filePath": "a.rs"}, "metadata": {"x": 1}}),
    );
    let done =
        json!({"status": "completed", "input": {"filePath": "a.rs"}, "output": "fn a() {}", "title": "a.rs"});
    stage.tool("prt_1", "read", &done);
    let calls: Vec<_> = stage
        .told()
        .into_iter()
        .map(|kind| match kind {
            AgentEventKind::ToolCall(call) => (true, *call),
            AgentEventKind::ToolUpdate(call) => (false, *call),
            other => panic!("{other:?}"),
        })
        .collect();
    let [(true, pending), (false, running), (false, done)] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(
        (pending.status, &pending.input, pending.kind),
        (CallStatus::Pending, &Value::Null, ToolKind::Read)
    );
    assert_eq!((running.status, running.title.as_str()), (CallStatus::InProgress, "Read: a.rs"));
    assert_eq!((done.status, done.output.as_deref()), (CallStatus::Completed, Some("fn a() {}")));
    assert_eq!((done.id.as_str(), done.call_id.as_str()), ("prt_1", "call_prt_1"));
}

#[test]
fn a_command_shows_what_it_prints() {
    let mut stage = Stage::plain();
    let state =
        json!({"status": "running", "input": {"command": "make"}, "metadata": {"output": "cc a.c\n"}});
    stage.tool("prt_1", "bash", &state);
    let told = stage.told();
    assert!(matches!(&told[0], AgentEventKind::ToolCall(call) if call.output.as_deref() == Some("cc a.c\n")));
}

#[test]
fn calls_that_are_open_at_the_end_have_failed() {
    let mut stage = Stage::plain();
    stage.tool("prt_1", "bash", &json!({"status": "running", "input": {"command": "sleep 9"}}));
    stage.tool("prt_2", "read", &json!({"status": "completed", "input": {"filePath": "a"}, "output": "b"}));
    stage.apply(
        "message.part.updated",
        &placed(
            ROOT,
            "msg_2",
            json!({"id": "prt_3", "type": "tool", "tool": "ls", "callID": "c",
            "state": {"status": "pending", "input": {}}}),
        ),
    );
    stage.told();
    stage.finish();
    let told = stage.told();
    let [AgentEventKind::ToolUpdate(first), AgentEventKind::ToolCall(second), AgentEventKind::Status(idle)] =
        told.as_slice()
    else {
        panic!("{told:?}")
    };
    for call in [first, second] {
        assert_eq!(call.status, CallStatus::Failed);
        assert_eq!(call.error.as_deref(), Some("the turn ended before the call did"));
    }
    assert_eq!((first.id.as_str(), second.id.as_str()), ("prt_1", "prt_3"));
    assert_eq!(*idle, AgentStatus::Idle);
    stage.finish();
    assert_eq!(stage.told(), [], "nothing is told twice");
}
