//! Faults that other clients had with tool calls, todo lists and requests, each as a test that it does not come back.

use opencode_wire::reply::Snapshot;
use serde_json::json;

use super::telling::{PROMPT, ROOT, begun, done_info, short_of, text_part, told, tool_part};

/// An answer that was given while nobody listened: the lists of open requests tell.
#[test]
fn w08_requests_are_compared_with_the_server() {
    let mut reply = begun();
    told(&mut reply, &[ROOT.question("que_1", "msg_2", "call_x"), ROOT.permission("per_1")]);
    let nothing_known = Snapshot { since: reply.seq(), ..Snapshot::default() };
    assert_eq!(short_of(reply.resync(&nothing_known)), [""; 0], "a list that was not fetched says nothing");

    let asked_before = Snapshot { permissions: Some(Vec::new()), ..Snapshot::default() };
    assert_eq!(
        short_of(reply.resync(&asked_before)),
        [""; 0],
        "a list that is older than the request says nothing"
    );

    let other = serde_json::from_value(ROOT.permission_request("per_2")).unwrap();
    let snapshot = Snapshot {
        since: reply.seq(),
        permissions: Some(vec![other]),
        questions: Some(Vec::new()),
        ..Snapshot::default()
    };
    assert_eq!(short_of(reply.resync(&snapshot)), ["asked per_2", "closed que_1", "closed per_1"]);
    assert!(reply.is_blocked());
    told(&mut reply, &[ROOT.permission_replied("per_2", "reject")]);
    assert!(!reply.is_blocked());
    assert_eq!(
        short_of(reply.resync(&snapshot)),
        [""; 0],
        "an old list does not open an answered request again"
    );
}

/// Which request belongs to which call is kept outside of the call's input, where no update can erase it.
#[test]
fn w15_updates_of_a_call_do_not_erase_its_question() {
    let mut reply = begun();
    let input = |header: &str| json!({"input": {"questions": [{"header": header}]}});
    told(&mut reply, &[ROOT.question("que_1", "msg_2", "call_prt_1")]);
    for header in ["one", "two", "three"] {
        told(&mut reply, &[ROOT.tool("msg_2", "prt_1", "question", "running", &input(header))]);
        let part = reply.canonical_parts().remove(0);
        assert_eq!(part["request_id"], "que_1");
        assert_eq!(part["input"]["questions"][0]["header"], header);
    }
    assert_eq!(reply.blockers().next().unwrap().call_id().unwrap().as_str(), "call_prt_1");
}

/// Parts are found by their ids after a comparison too: a late delta cannot land in another part, or crash.
#[test]
fn w18_w27_parts_are_compared_by_id() {
    let mut reply = begun();
    told(
        &mut reply,
        &[
            ROOT.text("msg_2", "prt_2", "", false),
            ROOT.delta("msg_2", "prt_2", "b"),
            ROOT.tool("msg_2", "prt_9", "ghost", "running", &json!({})),
        ],
    );
    // The server has a part in front, and does not have the last one.
    let parts =
        [tool_part("prt_1", "bash", "completed", &json!({"output": "x"})), text_part("prt_2", "b", false)];
    let info = super::telling::info("ses_1", "msg_2", "assistant", Some(PROMPT), &json!({}));
    let exchange = ROOT.exchange(vec![ROOT.stored(&info, &parts)]);
    assert_eq!(short_of(reply.settle(&exchange)), ["prt_1 bash completed", "prt_9 removed"]);
    assert_eq!(told(&mut reply, &[ROOT.delta("msg_2", "prt_2", "c")]), ["prt_2 + \"c\""]);
    let ids: Vec<_> = reply.parts().iter().map(|part| part.part.id.to_string()).collect();
    assert_eq!(ids, ["prt_1", "prt_2"]);
    assert_eq!(reply.text(), "bc");
}

/// A reply that was read back is the reply that was heard: one model, with its ids.
#[test]
fn w19_stored_and_streamed_calls_are_the_same() {
    let part =
        tool_part("prt_1", "bash", "completed", &json!({"output": "x", "title": "ls", "input": {"a": 1}}));
    let (mut heard, mut read) = (begun(), begun());
    told(
        &mut heard,
        &[ROOT.tool("msg_2", "prt_1", "bash", "pending", &json!({})), ROOT.part("msg_2", &part)],
    );
    let exchange = ROOT.exchange(vec![ROOT.stored(&done_info("ses_1", "msg_2", PROMPT, "stop"), &[part])]);
    read.rebase(&exchange);
    assert_eq!(heard.canonical_parts(), read.canonical_parts());
    assert_eq!(heard.canonical_parts()[0]["callID"], "call_prt_1");
    assert_eq!(short_of(heard.rebase(&exchange)), [""; 0], "nothing is told again");
}

/// Todos that are told before the call that writes them are one card, not two; no list is no card.
#[test]
fn w26_one_todo_list() {
    let list = json!([{"content": "a", "status": "in-progress", "priority": "high"}]);
    let mut reply = begun();
    told(&mut reply, &[ROOT.todos(&list)]);
    let alone = reply.canonical_parts();
    assert_eq!(alone[0]["metadata"]["source"], "todo.updated");
    assert_eq!(alone[0]["input"]["todos"][0]["status"], "in_progress");
    told(
        &mut reply,
        &[ROOT.tool("msg_2", "prt_1", "todowrite", "completed", &json!({"input": {"todos": list}}))],
    );
    let parts = reply.canonical_parts();
    assert_eq!(parts.len(), 1);
    assert_eq!(
        (&parts[0]["id"], &parts[0]["input"]["todos"]),
        (&json!("prt_1"), &alone[0]["input"]["todos"])
    );

    let mut empty = begun();
    told(&mut empty, &[ROOT.todos(&json!([]))]);
    assert_eq!(empty.canonical_parts(), [json!(null); 0]);
}

/// A late `running` neither turns a call back nor takes its output away; what a snapshot leaves out stays.
#[test]
fn w28_calls_only_advance() {
    let mut reply = begun();
    let input = json!({"command": "ls"});
    told(
        &mut reply,
        &[
            ROOT.tool(
                "msg_2",
                "prt_1",
                "bash",
                "running",
                &json!({"input": input, "title": "list", "metadata": {"a": 1}}),
            ),
            ROOT.tool("msg_2", "prt_1", "bash", "completed", &json!({"output": "x"})),
            ROOT.tool("msg_2", "prt_1", "bash", "running", &json!({"input": {"command": "rm"}})),
        ],
    );
    let part = reply.canonical_parts().remove(0);
    assert_eq!((&part["status"], &part["output"]), (&json!("completed"), &json!("x")));
    assert_eq!(
        (&part["input"], &part["title"], &part["metadata"]),
        (&input, &json!("list"), &json!({"a": 1}))
    );
}

/// A call that the server renames because it cannot carry it out keeps the name that the model used.
#[test]
fn n18_a_renamed_call_keeps_its_name() {
    let renamed = json!({"input": {"tool": "moon", "error": "no such tool"}, "error": "no such tool"});
    let mut reply = begun();
    told(
        &mut reply,
        &[
            ROOT.tool("msg_2", "prt_1", "sun", "running", &json!({"input": {"x": 1}})),
            ROOT.tool("msg_2", "prt_1", "invalid", "error", &json!({"error": "who knows"})),
            ROOT.tool("msg_2", "prt_2", "invalid", "error", &renamed),
            ROOT.tool("msg_2", "prt_3", "invalid", "error", &json!({"error": "who knows"})),
        ],
    );
    let parts = reply.canonical_parts();
    let names: Vec<_> = parts.iter().filter_map(|part| part["tool"].as_str()).collect();
    assert_eq!(names, ["sun", "moon", "invalid"]);
}

/// A question may be asked before or after its call is told to run.
#[test]
fn n20_questions_and_their_calls_race() {
    let call = ROOT.tool("msg_2", "prt_1", "question", "running", &json!({"input": {"questions": [{}]}}));
    let question = ROOT.question("que_1", "msg_2", "call_prt_1");
    for events in [[call.clone(), question.clone()], [question, call]] {
        let mut reply = begun();
        told(&mut reply, &events);
        assert_eq!(reply.canonical_parts()[0]["request_id"], "que_1");
    }
}
