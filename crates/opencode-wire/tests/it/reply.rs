//! What belongs to a reply and what does not: prompts of other people, sub-agents, tries that failed.

use opencode_wire::reply::Snapshot;
use serde_json::{Value, json};

use super::telling::{PROMPT, ROOT, Told, begun, info, reply, short_of, step_part, text_part, told, with_id};

const CHILD: Told = Told("ses_2");

fn person(message: &str, part: &str) -> [opencode_wire::event::Event; 2] {
    [ROOT.user(message), ROOT.part(message, &json!({"id": part, "type": "text", "text": "more"}))]
}

fn server_wrote(message: &str, part: &str) -> [opencode_wire::event::Event; 2] {
    [
        ROOT.user(message),
        ROOT.part(message, &json!({"id": part, "type": "text", "text": "more", "synthetic": true})),
    ]
}

fn task(status: &str, metadata: &Value) -> opencode_wire::event::Event {
    ROOT.tool("msg_2", "prt_1", "task", status, &json!({"metadata": metadata}))
}

#[test]
fn a_newer_prompt_and_its_answer_are_outside() {
    let mut reply = begun();
    told(&mut reply, &[ROOT.text("msg_2", "prt_1", "mine", true)]);
    told(&mut reply, &person("msg_3", "prt_2"));
    told(&mut reply, &person("msg_4", "prt_3"));
    told(&mut reply, &[ROOT.assistant("msg_5", "msg_4"), ROOT.text("msg_5", "prt_4", "theirs", true)]);
    assert_eq!(reply.text(), "mine");
    assert_eq!(reply.newer_prompt().unwrap().as_str(), "msg_3", "the one that comes next");
}

#[test]
fn an_older_turn_is_outside_and_is_waited_for() {
    let mut reply = reply();
    // Only the end of the turn before is heard: what it answers is unknown.
    assert!(!reply.is_waiting_in_line());
    told(&mut reply, &[ROOT.delta("msg_0", "prt_0", "old")]);
    assert!(reply.is_waiting_in_line(), "a message from before the prompt grows");
    told(&mut reply, &[ROOT.assistant("msg_0", "msg_00"), ROOT.text("msg_0", "prt_0", "older", true)]);
    assert!(reply.is_waiting_in_line());
    told(&mut reply, &[ROOT.done("msg_0", "msg_00", "stop")]);
    assert!(!reply.is_waiting_in_line());
    assert_eq!((reply.text().as_str(), reply.parts().len()), ("", 0));
}

/// A shell command or a summary that a person asks for after the turn is not part of it, although the server writes the
/// message in that person's name as it does in the middle of a turn.
#[test]
fn what_the_server_writes_after_the_turn_is_outside() {
    for finish in ["stop", "tool-calls"] {
        let mut reply = begun();
        told(&mut reply, &[ROOT.text("msg_2", "prt_1", "mine", true), ROOT.done("msg_2", PROMPT, finish)]);
        told(&mut reply, &server_wrote("msg_3", "prt_2"));
        told(&mut reply, &[ROOT.assistant("msg_4", "msg_3"), ROOT.text("msg_4", "prt_3", "more", true)]);
        let expected = if finish == "stop" { "mine" } else { "mine\n\nmore" };
        assert_eq!(reply.text(), expected, "after {finish}");
    }
}

/// A compaction that the server decides on is inside, even right after a step that said all it had to say.
#[test]
fn a_summary_belongs_to_the_turn_if_the_server_wants_it() {
    for auto in [true, false] {
        let mut reply = begun();
        told(&mut reply, &[ROOT.done("msg_2", PROMPT, "stop"), ROOT.user("msg_3")]);
        told(&mut reply, &[ROOT.part("msg_3", &json!({"id": "prt_1", "type": "compaction", "auto": auto}))]);
        told(&mut reply, &server_wrote("msg_5", "prt_4"));
        told(&mut reply, &[ROOT.assistant("msg_6", "msg_5"), ROOT.text("msg_6", "prt_5", "on", true)]);
        assert_eq!(reply.text(), if auto { "on" } else { "" }, "auto: {auto}");
    }
}

#[test]
fn g09_a_sub_agent_belongs_to_the_turn() {
    let mut reply = begun();
    let changes = told(
        &mut reply,
        &[
            task("running", &json!({})),
            ROOT.child_created("ses_2"),
            CHILD.user("msg_3"),
            CHILD.assistant("msg_4", "msg_3"),
            CHILD.text("msg_4", "prt_2", "hello", true),
            CHILD.permission("per_1"),
            CHILD.part("msg_4", &step_part("prt_3", 0.5, 10, 3)),
            CHILD.idle(),
            task("completed", &json!({"sessionId": "ses_2"})),
        ],
    );
    assert_eq!(
        changes,
        [
            "prt_1 task running",
            "started by ses_1",
            "step msg_4",
            "prt_2 + \"hello\"",
            "prt_2 whole",
            "asked per_1",
            "step msg_4 ends: stop 10/3",
            "idle",
            "prt_1 task completed"
        ]
    );
    assert_eq!(
        (reply.text().as_str(), reply.usage().input),
        ("", 10),
        "its text is not the answer, its usage counts"
    );
    assert_eq!(reply.parts_of(&"ses_2".parse().unwrap()).len(), 2);
    assert_eq!(reply.blockers().next().unwrap().session_id().as_str(), "ses_2");
}

/// A session is also a child for other reasons. Only one that a call of the turn made is followed; if the call is heard
/// of late, its own words tell.
#[test]
fn a_child_counts_if_the_turn_made_it() {
    let mut reply = begun();
    assert_eq!(told(&mut reply, &[ROOT.child_created("ses_2"), CHILD.permission("per_1")]), [""; 0]);
    let named = task("running", &json!({"sessionId": "ses_2"}));
    assert_eq!(told(&mut reply, &[named]), ["prt_1 task running", "started by ses_1"]);
    let grandchild =
        CHILD.tool("msg_4", "prt_4", "task", "running", &json!({"metadata": {"sessionId": "ses_3"}}));
    told(&mut reply, &[CHILD.assistant("msg_4", "msg_3"), grandchild]);
    let tree: Vec<_> = reply.sessions().iter().map(|session| session.id.as_str()).collect();
    assert_eq!(tree, ["ses_1", "ses_2", "ses_3"]);
}

/// A try that failed half-way is taken back, and the one that follows is the answer.
#[test]
fn a_failed_try_does_not_double_the_text() {
    let mut reply = begun();
    told(
        &mut reply,
        &[
            ROOT.text("msg_2", "prt_1", "", false),
            ROOT.delta("msg_2", "prt_1", "half"),
            ROOT.status(&json!({"type": "retry", "attempt": 1, "message": "overloaded"})),
            ROOT.busy(),
            ROOT.text("msg_2", "prt_2", "", false),
            ROOT.delta("msg_2", "prt_2", "half and whole"),
        ],
    );
    assert_eq!(reply.text(), "half and whole");
}

/// Servers up to 1.2 store nothing of the text that was being said when the turn was stopped.
#[test]
fn a_text_that_the_server_forgot_when_it_was_stopped_stays() {
    let mut reply = begun();
    told(&mut reply, &[ROOT.text("msg_2", "prt_1", "", false), ROOT.delta("msg_2", "prt_1", "half")]);
    let stored = |error: &str| {
        let more = json!({"time": {"created": 1, "completed": 2}, "error": {"name": error, "data": {"message": "no"}}});
        let blank = text_part("prt_1", "", false);
        ROOT.exchange(vec![ROOT.stored(&info("ses_1", "msg_2", "assistant", Some(PROMPT), &more), &[blank])])
    };
    reply.settle(&stored("MessageAbortedError"));
    assert_eq!(reply.text(), "half");
    reply.settle(&stored("UnknownError"));
    assert_eq!(reply.text(), "", "a try that failed is taken back");
}

/// A list of statuses that was asked for before the second try began does not take that try back.
#[test]
fn an_old_status_does_not_abandon_a_new_try() {
    let retry = json!({"type": "retry", "attempt": 1, "message": "overloaded"});
    let mut reply = begun();
    told(&mut reply, &[ROOT.status(&retry)]);
    let statuses = [("ses_1".parse().unwrap(), serde_json::from_value(retry).unwrap())].into();
    let snapshot = Snapshot { since: reply.seq(), statuses: Some(statuses), ..Snapshot::default() };
    told(&mut reply, &[ROOT.busy(), ROOT.delta("msg_2", "prt_1", "again")]);
    assert_eq!(short_of(reply.resync(&snapshot)), [""; 0]);
    assert_eq!(reply.text(), "again");
}

/// A stretch was missed, and with it of which type a part is: its text stays when the type is told.
#[test]
fn a_guessed_type_is_corrected_without_loss() {
    let mut reply = begun();
    reply.mark_gap();
    told(&mut reply, &[ROOT.delta("msg_2", "prt_1", "so far")]);
    let mut part = text_part("prt_1", "", false);
    part["type"] = json!("reasoning");
    let stored = ROOT.stored(&info("ses_1", "msg_2", "assistant", Some(PROMPT), &json!({})), &[part]);
    assert_eq!(short_of(reply.rebase(&ROOT.exchange(vec![stored]))), ["prt_1 replaced"]);
    assert_eq!((reply.text().as_str(), reply.reasoning().as_str()), ("", "so far"));
    assert!(reply.part(&"prt_1".parse().unwrap()).unwrap().incomplete, "its beginning is still unknown");
}

#[test]
fn g08_events_are_taken_once() {
    let mut reply = begun();
    let list = |content: &str| ROOT.todos(&json!([{"content": content, "status": "pending"}]));
    let events = [
        with_id("evt_1", ROOT.delta("msg_2", "prt_1", "a")),
        with_id("evt_2", list("old")),
        with_id("evt_3", list("new")),
        with_id("evt_4", ROOT.error("APIError", "no")),
    ];
    assert_eq!(told(&mut reply, &events).len(), 4);
    assert_eq!(told(&mut reply, &events), [""; 0]);
    assert_eq!((reply.text().as_str(), reply.todos()[0].content.as_str()), ("a", "new"));
    assert_eq!(reply.errors().count(), 1);
}

/// The event that tells the list was missed: the call that wrote it has it too, and older calls keep their own.
#[test]
fn a_todo_list_is_read_from_its_call() {
    let call = |part, content: &str| {
        let input = json!({"input": {"todos": [{"content": content, "status": "pending"}]}});
        ROOT.tool("msg_2", part, "todowrite", "completed", &input)
    };
    let mut reply = begun();
    told(&mut reply, &[call("prt_1", "one"), call("prt_2", "two"), call("prt_1", "one")]);
    assert_eq!(reply.todos()[0].content, "two");
    let shown: Vec<_> =
        reply.canonical_parts().iter().map(|part| part["input"]["todos"][0]["content"].clone()).collect();
    assert_eq!(shown, ["one", "two"]);
}

#[test]
fn t19_a_request_blocks_until_it_is_answered() {
    let mut reply = begun();
    let blocked: Vec<_> = [
        ROOT.question("que_1", "msg_2", "call_x"),
        ROOT.question_replied("que_1", "a"),
        ROOT.permission("per_1"),
        ROOT.permission_replied("per_1", "once"),
        ROOT.idle(),
    ]
    .iter()
    .map(|event| {
        reply.apply(event);
        reply.is_blocked()
    })
    .collect();
    assert_eq!(blocked, [true, false, true, false, false]);
}

/// A whole agent's turn: a todo list, a skill, a sub-agent, and a text that is told twice.
#[test]
fn t23_tools_stand_in_order_and_text_stands_once() {
    let mut reply = begun();
    let todos = json!([{"content": "a", "status": "in-progress"}]);
    told(
        &mut reply,
        &[
            ROOT.tool("msg_2", "prt_1", "todowrite", "completed", &json!({"input": {"todos": todos}})),
            ROOT.todos(&todos),
            ROOT.tool("msg_2", "prt_2", "skill", "completed", &json!({"output": "x"})),
            ROOT.tool("msg_2", "prt_3", "task", "completed", &json!({"metadata": {"sessionId": "ses_2"}})),
            ROOT.assistant("msg_3", PROMPT),
            ROOT.text("msg_3", "prt_4", "done", true),
            ROOT.text("msg_3", "prt_4", "done", true),
        ],
    );
    assert_eq!(reply.text(), "done");
    let parts = reply.canonical_parts();
    let tools: Vec<_> = parts.iter().filter_map(|part| part["tool"].as_str()).collect();
    assert_eq!(tools, ["todowrite", "skill", "task"]);
    assert_eq!(parts[0]["input"]["todos"][0]["status"], "in_progress");
    assert_eq!(parts[2]["metadata"]["sessionId"], "ses_2");
}

#[test]
fn t37_texts_are_joined_by_a_blank_line() {
    let mut reply = begun();
    told(
        &mut reply,
        &[
            ROOT.text("msg_2", "prt_1", "one", true),
            ROOT.tool("msg_2", "prt_2", "bash", "completed", &json!({"output": "x"})),
            ROOT.text("msg_2", "prt_3", "", true),
            ROOT.text("msg_2", "prt_4", "two", true),
        ],
    );
    assert_eq!((reply.text().as_str(), reply.tools().count()), ("one\n\ntwo", 1));
}
