//! What each sequence of events tells those who watch a reply: one table, one row for each way in which servers talk.

use opencode_wire::event::Event;
use serde_json::{Value, json};

use super::telling::{ROOT, begun, event, told};

/// A sequence of events, told to a reply whose first step `msg_2` has begun.
struct Row {
    /// What the server does.
    about: &'static str,
    events: Vec<Event>,
    /// The changes in short notation.
    changes: &'static [&'static str],
}

fn row(about: &'static str, events: Vec<Event>, changes: &'static [&'static str]) -> Row {
    Row { about, events, changes }
}

fn text(text: &str, is_final: bool) -> Event {
    ROOT.text("msg_2", "prt_1", text, is_final)
}

fn delta(delta: &str) -> Event {
    ROOT.delta("msg_2", "prt_1", delta)
}

fn tool(tool: &str, status: &str, rest: &Value) -> Event {
    ROOT.tool("msg_2", "prt_1", tool, status, rest)
}

/// Texts: they are appended to until they are told whole.
fn texts() -> Vec<Row> {
    vec![
        row(
            "two deltas, then the whole: no copy of it is told again",
            vec![delta("a"), delta("b"), text("ab", true)],
            &["prt_1 + \"a\"", "prt_1 + \"b\"", "prt_1 whole"],
        ),
        row(
            "the whole only: told as growth, so that no watcher needs a second path",
            vec![text("ab", true)],
            &["prt_1 + \"ab\"", "prt_1 whole"],
        ),
        row(
            "the whole twice: once is enough",
            vec![text("ab", true), text("ab", true)],
            &["prt_1 + \"ab\"", "prt_1 whole"],
        ),
        row(
            "an empty reasoning part decides what its deltas are, although they say `text`",
            vec![ROOT.reasoning("msg_2", "prt_1", "", false), delta("a")],
            &["prt_1 ~ \"a\""],
        ),
        row(
            "a delta before its part is taken for text until the part is told",
            vec![delta("a"), ROOT.reasoning("msg_2", "prt_1", "ab", true)],
            &["prt_1 + \"a\"", "prt_1 replaced", "prt_1 whole"],
        ),
        row(
            "a delta, then the part as it was when it began",
            vec![delta("a"), text("", false)],
            &["prt_1 + \"a\""],
        ),
        row(
            "a delta after the whole: it is contained in it",
            vec![delta("a"), text("abc", true), delta("c")],
            &["prt_1 + \"a\"", "prt_1 + \"bc\"", "prt_1 whole"],
        ),
        row(
            "a whole that is shorter than what was told: servers trim",
            vec![delta("ab "), text("ab", true)],
            &["prt_1 + \"ab \"", "prt_1 replaced", "prt_1 whole"],
        ),
        row(
            "a delta of a field that nobody knows",
            vec![text("", false), ROOT.delta_of("msg_2", "prt_1", "sound", "la")],
            &[],
        ),
        row(
            "a delta and a part without an id: kept as unknown events, because there is nothing to append to",
            vec![
                event("message.part.delta", &json!({"sessionID": "ses_1", "field": "text", "delta": "a"})),
                event(
                    "message.part.updated",
                    &json!({"sessionID": "ses_1", "part": {"type": "tool", "tool": "bash", "sessionID": "ses_1"}}),
                ),
            ],
            &[],
        ),
    ]
}

/// Tool calls: their status only rises.
fn tools() -> Vec<Row> {
    let input = json!({"input": {"command": "ls"}});
    vec![
        row(
            "a call: one change for each thing that changed",
            vec![
                tool("bash", "pending", &json!({})),
                tool("bash", "running", &input),
                tool("bash", "running", &input),
                tool("bash", "completed", &json!({"input": {"command": "ls"}, "output": "x"})),
            ],
            &["prt_1 bash pending", "prt_1 bash running", "prt_1 bash completed"],
        ),
        row(
            "a late `running` after `completed`: it is older, and says nothing",
            vec![tool("bash", "completed", &json!({"output": "x"})), tool("bash", "running", &input)],
            &["prt_1 bash completed"],
        ),
        row(
            "a text delta for a call",
            vec![tool("bash", "running", &input), delta("a")],
            &["prt_1 bash running"],
        ),
        row(
            "a call that cannot be carried out keeps the name that the model used",
            vec![
                tool("moon", "pending", &json!({})),
                tool("invalid", "completed", &json!({"input": {"tool": "moon", "error": "none"}})),
            ],
            &["prt_1 moon pending", "prt_1 moon completed"],
        ),
        row(
            "such a call whose beginning was missed",
            vec![tool("invalid", "completed", &json!({"input": {"tool": "moon", "error": "none"}}))],
            &["prt_1 moon completed"],
        ),
        row("a step's end twice: counted once", vec![step(0.5), step(0.5)], &["step msg_2 ends: stop 10/3"]),
    ]
}

fn step(cost: f64) -> Event {
    ROOT.part("msg_2", &super::telling::step_part("prt_9", cost, 10, 3))
}

/// Todo lists: one for each session, told when it is another.
fn todos() -> Vec<Row> {
    let list = |status: &str| json!([{"content": "a", "status": status}]);
    vec![
        row(
            "a list twice: the second time nothing changed",
            vec![ROOT.todos(&list("pending")), ROOT.todos(&list("pending"))],
            &["1 todos"],
        ),
        row(
            "a list that advances",
            vec![ROOT.todos(&list("pending")), ROOT.todos(&list("completed"))],
            &["1 todos", "1 todos"],
        ),
        row(
            "no list: not an empty card",
            vec![ROOT.todos(&Value::Null), ROOT.todos(&json!([]))],
            &["0 todos"],
        ),
        row("a list that is none: kept as an unknown event", vec![ROOT.todos(&json!({"a": 1}))], &[]),
        row(
            "a call that writes the list, and the event that says so too",
            vec![
                tool("todowrite", "completed", &json!({"input": {"todos": list("pending")}})),
                ROOT.todos(&list("pending")),
            ],
            &["prt_1 todowrite completed", "1 todos"],
        ),
    ]
}

/// Requests to people: open once, closed once, in any order with the call that waits.
fn blockers() -> Vec<Row> {
    let question = || ROOT.question("que_1", "msg_2", "call_prt_1");
    let running = || tool("question", "running", &json!({"input": {"questions": []}}));
    vec![
        row(
            "the call, the question, the answer",
            vec![running(), question(), ROOT.question_replied("que_1", "a")],
            &["prt_1 question running", "asked que_1", "answered que_1 [[\"a\"]]"],
        ),
        row(
            "the question, then the call",
            vec![question(), running()],
            &["asked que_1", "prt_1 question running"],
        ),
        row("the question twice", vec![question(), question()], &["asked que_1"]),
        row(
            "the question again after its answer: it is not opened again",
            vec![question(), ROOT.question_rejected("que_1"), question()],
            &["asked que_1", "answered que_1 rejected"],
        ),
        row(
            "an answer to a question that nobody heard, then the question: it is answered already",
            vec![ROOT.question_replied("que_1", "a"), question()],
            &[],
        ),
        row(
            "a permission request and its answer",
            vec![ROOT.permission("per_1"), ROOT.permission_replied("per_1", "once")],
            &["asked per_1", "answered per_1 once"],
        ),
        row(
            "a permission request without an id: kept as an unknown event",
            vec![event("permission.asked", &json!({"sessionID": "ses_1", "permission": "bash"}))],
            &[],
        ),
    ]
}

/// What a session does, and what fails.
fn statuses() -> Vec<Row> {
    let retry = json!({"type": "retry", "attempt": 2, "message": "no", "next": 9});
    vec![
        row(
            "a retry, then busy, then an error, then an error that says nothing",
            vec![
                ROOT.status(&retry),
                ROOT.busy(),
                ROOT.busy(),
                ROOT.error("APIError", "no"),
                event("session.error", &json!({"sessionID": "ses_1"})),
            ],
            &["retrying 2", "busy", "failed: APIError: no"],
        ),
        row("both spellings of idle: one change", vec![ROOT.idle_status(), ROOT.idle()], &["idle"]),
        row(
            "a retry after partial output: what the failed try said is taken back",
            vec![text("", false), delta("half"), ROOT.status(&retry)],
            &["prt_1 + \"half\"", "prt_1 abandoned", "retrying 2"],
        ),
        row(
            "a text that was taken back, and is told whole after all",
            vec![delta("half"), ROOT.status(&retry), text("half", true)],
            &["prt_1 + \"half\"", "prt_1 abandoned", "retrying 2", "prt_1 replaced", "prt_1 whole"],
        ),
        row("the session is deleted", vec![ROOT.deleted(), ROOT.deleted()], &["deleted"]),
    ]
}

#[test]
fn every_row() {
    for row in [texts(), tools(), todos(), blockers(), statuses()].into_iter().flatten() {
        assert_eq!(told(&mut begun(), &row.events), row.changes, "{}", row.about);
    }
}

/// The rows hold for a message that is told after its parts: what was kept is told as one.
#[test]
fn parts_before_their_message_are_told_with_it() {
    let mut reply = super::telling::reply();
    reply.apply(&ROOT.user("msg_1"));
    let early = [delta("a"), tool("bash", "pending", &json!({})), text("ab", true)];
    let early: Vec<Event> =
        early.into_iter().chain([ROOT.tool("msg_2", "prt_2", "ls", "running", &json!({}))]).collect();
    assert_eq!(told(&mut reply, &early[..1]), [""; 0]);
    assert_eq!(told(&mut reply, &early[2..]), [""; 0]);
    let changes = told(&mut reply, &[ROOT.assistant("msg_2", "msg_1")]);
    assert_eq!(changes, ["step msg_2", "prt_1 + \"ab\"", "prt_1 whole", "prt_2 ls running"]);
}
