//! What is told of a turn, event by event.

use opencode_wire::event::Event;
use opencode_wire::reply::{Change, ChangeKind, Reply};
use serde_json::{Value, json};

use super::EventMapper;
use crate::agent::transform::{TextTransform, Transforms};
use crate::agent::{AgentEvent, AgentEventKind, AgentStatus, CallStatus, Origin, RequestKind, ToolKind};

const ROOT: &str = "ses_1";
const CHILD: &str = "ses_2";

/// A turn that is told of, and what became of it.
struct Stage {
    reply: Reply,
    mapper: EventMapper,
    events: Vec<AgentEvent>,
}

impl Stage {
    /// A turn whose prompt, `msg_1`, is stored, and whose first step, `msg_2`, has begun.
    fn begun(transforms: Transforms) -> Self {
        let mut stage = Self {
            reply: Reply::new(ROOT.parse().unwrap(), "msg_1".parse().unwrap()),
            mapper: EventMapper::new(transforms),
            events: Vec::new(),
        };
        stage.message(ROOT, "msg_1", "user", &json!({}));
        stage.answer(ROOT, "msg_2");
        stage.events.clear();
        stage
    }

    fn plain() -> Self {
        Self::begun(Transforms::new())
    }

    fn apply(&mut self, kind: &str, properties: &Value) -> Vec<Change> {
        let frame = json!({"type": kind, "properties": properties}).to_string();
        self.reply.apply(&Event::decode(frame.as_bytes()).unwrap()).into_iter().collect()
    }

    fn map(&mut self, changes: &[Change]) {
        for change in changes {
            self.events.extend(self.mapper.map(change, &self.reply));
        }
    }

    fn tell(&mut self, kind: &str, properties: &Value) {
        let changes = self.apply(kind, properties);
        self.map(&changes);
    }

    fn message(&mut self, session: &str, id: &str, role: &str, more: &Value) {
        let mut info = json!({"id": id, "sessionID": session, "role": role, "time": {"created": 1}});
        for (key, value) in more.as_object().unwrap() {
            info[key] = value.clone();
        }
        self.tell("message.updated", &json!({"sessionID": session, "info": info}));
    }

    fn answer(&mut self, session: &str, id: &str) {
        self.message(session, id, "assistant", &json!({"parentID": "msg_1"}));
    }

    fn part(&mut self, session: &str, message: &str, part: Value) {
        let properties = placed(session, message, part);
        self.tell("message.part.updated", &properties);
    }

    fn delta(&mut self, session: &str, message: &str, part: &str, delta: &str) {
        self.tell("message.part.delta", &grown(session, message, part, delta));
    }

    fn tool(&mut self, id: &str, tool: &str, state: &Value) {
        let call = format!("call_{id}");
        self.part(
            ROOT,
            "msg_2",
            json!({"id": id, "type": "tool", "tool": tool, "callID": call, "state": state}),
        );
    }

    fn finish(&mut self) {
        self.events.extend(self.mapper.finish(&self.reply));
    }

    /// What was told since this was asked last.
    fn told(&mut self) -> Vec<AgentEventKind> {
        self.events.drain(..).map(|event| event.kind).collect()
    }

    /// What one origin's texts say, as somebody sees them who knows nothing but the events.
    fn text_of(&self, origin: &Origin) -> String {
        let mut texts: Vec<(String, String)> = Vec::new();
        for event in self.events.iter().filter(|event| event.origin == *origin) {
            match &event.kind {
                AgentEventKind::Text { part, delta } => {
                    match texts.iter_mut().find(|(known, _)| known == part) {
                        Some((_, text)) => text.push_str(delta),
                        None => texts.push((part.clone(), delta.clone())),
                    }
                }
                AgentEventKind::TextReplaced { part, text } => {
                    let known = texts.iter_mut().find(|(known, _)| known == part);
                    known.expect("only what was told is replaced").1.clone_from(text);
                }
                AgentEventKind::PartRemoved { part } => texts.retain(|(known, _)| known != part),
                _ => {}
            }
        }
        texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n\n")
    }

    fn text(&self) -> String {
        self.text_of(&Origin::Prompted)
    }
}

fn placed(session: &str, message: &str, mut part: Value) -> Value {
    part["sessionID"] = json!(session);
    part["messageID"] = json!(message);
    json!({"sessionID": session, "part": part})
}

fn grown(session: &str, message: &str, part: &str, delta: &str) -> Value {
    json!({"sessionID": session, "messageID": message, "partID": part, "field": "text", "delta": delta})
}

fn text(id: &str, text: &str, is_final: bool) -> Value {
    let time = if is_final { json!({"start": 1, "end": 2}) } else { json!({"start": 1}) };
    json!({"id": id, "type": "text", "text": text, "time": time})
}

fn step(id: &str, cost: &Value, input: &Value) -> Value {
    json!({"id": id, "type": "step-finish", "reason": "stop", "cost": cost,
        "tokens": {"input": input, "output": 2, "reasoning": 0, "cache": {"read": 0, "write": 0}}})
}

fn said(part: &str, delta: &str) -> AgentEventKind {
    AgentEventKind::Text { part: part.to_owned(), delta: delta.to_owned() }
}

/// Holds everything back until the text ends, then says it in capitals.
#[derive(Default)]
struct Shout(String);

impl TextTransform for Shout {
    fn push(&mut self, delta: &str, _out: &mut String) {
        self.0.push_str(&delta.to_uppercase());
    }

    fn flush(&mut self, out: &mut String) {
        out.push_str(&std::mem::take(&mut self.0));
    }
}

fn shouted() -> Transforms {
    Transforms::new().with_text(|| Box::<Shout>::default())
}

#[test]
fn b14_deltas_and_then_the_whole_text_are_told_once() {
    let mut stage = Stage::plain();
    stage.part(ROOT, "msg_2", text("prt_1", "", false));
    for delta in ["Hel", "lo", ", you"] {
        stage.delta(ROOT, "msg_2", "prt_1", delta);
    }
    for _ in 0..2 {
        stage.part(ROOT, "msg_2", text("prt_1", "Hello, you", true));
    }
    stage.delta(ROOT, "msg_2", "prt_1", ", you");
    stage.finish();
    stage.finish();
    assert_eq!(stage.text(), "Hello, you");
    let said: Vec<_> =
        stage.told().into_iter().filter(|kind| matches!(kind, AgentEventKind::Text { .. })).collect();
    assert_eq!(said.len(), 3);
}

#[test]
fn b14_a_whole_text_without_deltas_is_told() {
    let mut stage = Stage::plain();
    stage.part(ROOT, "msg_2", text("prt_1", "Hello", true));
    assert_eq!(stage.told(), [said("prt_1", "Hello")]);
}

#[test]
fn b14_what_the_reply_has_told_early_is_not_told_again() {
    let mut stage = Stage::plain();
    stage.part(ROOT, "msg_2", text("prt_1", "ab", false));
    let mut late = stage.apply("message.part.delta", &grown(ROOT, "msg_2", "prt_1", "c"));
    late.extend(stage.apply("message.part.updated", &placed(ROOT, "msg_2", text("prt_1", "xy", false))));
    late.extend(stage.apply("message.part.delta", &grown(ROOT, "msg_2", "prt_1", "z")));
    late.extend(stage.apply("message.part.delta", &grown(ROOT, "msg_2", "prt_2", "new")));
    late.extend(stage.apply("message.part.delta", &grown(ROOT, "msg_2", "prt_2", " text")));
    assert_eq!(late.len(), 5);
    stage.map(&late);
    assert_eq!(stage.text(), "xyz\n\nnew text");
}

#[test]
fn a_change_that_was_missed_is_made_up_for() {
    let mut stage = Stage::plain();
    stage.part(ROOT, "msg_2", text("prt_1", "a", false));
    stage.apply("message.part.delta", &grown(ROOT, "msg_2", "prt_1", "b"));
    stage.delta(ROOT, "msg_2", "prt_1", "c");
    assert_eq!(stage.text(), "ac");
    stage.part(ROOT, "msg_2", text("prt_1", "abc", true));
    assert_eq!(stage.text(), "abc");
    stage.apply("message.part.updated", &placed(ROOT, "msg_2", text("prt_2", "more", true)));
    stage.finish();
    assert_eq!(stage.text(), "abc\n\nmore");
}

#[test]
fn a_delta_before_its_part_is_told_and_a_thought_is_no_text() {
    let mut stage = Stage::plain();
    stage.delta(ROOT, "msg_2", "prt_1", "Hm");
    assert_eq!(stage.told(), [said("prt_1", "Hm")]);
    stage.part(
        ROOT,
        "msg_2",
        json!({"id": "prt_1", "type": "reasoning", "text": "Hm", "time": {"start": 1}}),
    );
    let (part, delta) = ("prt_1".to_owned(), "Hm".to_owned());
    assert_eq!(
        stage.told(),
        [AgentEventKind::PartRemoved { part: part.clone() }, AgentEventKind::Reasoning { part, delta }]
    );
}

#[test]
fn a_corrected_text_replaces_what_was_told_and_grows_on() {
    let mut stage = Stage::plain();
    stage.delta(ROOT, "msg_2", "prt_1", "abc");
    stage.part(ROOT, "msg_2", text("prt_1", "xyz", false));
    stage.delta(ROOT, "msg_2", "prt_1", "!");
    let replaced = AgentEventKind::TextReplaced { part: "prt_1".to_owned(), text: "xyz".to_owned() };
    assert_eq!(stage.told(), [said("prt_1", "abc"), replaced, said("prt_1", "!")]);
}

#[test]
fn a_failed_try_is_taken_back_while_it_is_tried_again() {
    let mut stage = Stage::plain();
    stage.delta(ROOT, "msg_2", "prt_1", "half");
    stage.told();
    let retry = json!({"type": "retry", "attempt": 2, "message": "overloaded", "next": 99});
    stage.tell("session.status", &json!({"sessionID": ROOT, "status": retry}));
    stage.tell("session.status", &json!({"sessionID": ROOT, "status": {"type": "busy"}}));
    stage.delta(ROOT, "msg_2", "prt_2", "whole");
    let retrying = AgentStatus::Retrying { message: "overloaded".to_owned(), attempt: 2, next: Some(99) };
    assert_eq!(
        stage.told(),
        [
            AgentEventKind::PartRemoved { part: "prt_1".to_owned() },
            AgentEventKind::Status(retrying),
            AgentEventKind::Status(AgentStatus::Working),
            said("prt_2", "whole"),
        ]
    );
}

#[test]
fn a_text_that_nobody_shall_see_is_not_told() {
    let mut stage = Stage::plain();
    stage.delta(ROOT, "msg_2", "prt_1", "secret");
    let mut part = text("prt_1", "secret", true);
    part["ignored"] = json!(true);
    stage.part(ROOT, "msg_2", part);
    assert_eq!(
        stage.told(),
        [said("prt_1", "secret"), AgentEventKind::PartRemoved { part: "prt_1".to_owned() }]
    );
    stage.finish();
    assert_eq!(stage.text(), "");
}

#[test]
fn what_is_held_back_is_told_when_the_part_ends() {
    let mut stage = Stage::begun(shouted());
    stage.delta(ROOT, "msg_2", "prt_1", "hel");
    stage.delta(ROOT, "msg_2", "prt_1", "lo");
    assert_eq!(stage.told(), []);
    stage.part(ROOT, "msg_2", text("prt_1", "hello", true));
    assert_eq!(stage.told(), [said("prt_1", "HELLO")]);
    stage.finish();
    assert_eq!(stage.text(), "");
}

#[test]
fn what_is_held_back_is_told_at_the_end_of_the_turn() {
    let mut stage = Stage::begun(shouted());
    stage.delta(ROOT, "msg_2", "prt_1", "hello");
    stage.finish();
    assert_eq!(stage.text(), "HELLO");
}

#[test]
fn what_is_held_back_of_a_text_that_has_ended_is_told_before_the_next_call() {
    let mut stage = Stage::begun(shouted());
    stage.delta(ROOT, "msg_2", "prt_1", "one");
    stage.delta(ROOT, "msg_2", "prt_2", "two");
    stage.apply("message.part.updated", &placed(ROOT, "msg_2", text("prt_1", "one", true)));
    stage.tool("prt_3", "bash", &json!({"status": "running", "input": {"command": "ls"}}));
    let told = stage.told();
    assert_eq!(told[0], said("prt_1", "ONE"));
    assert!(matches!(told[1], AgentEventKind::ToolCall(_)));
    assert_eq!(told.len(), 2, "the other text may still grow");
}

#[test]
fn a_corrected_text_is_transformed_anew() {
    let mut stage = Stage::begun(shouted());
    stage.part(ROOT, "msg_2", text("prt_1", "abc", true));
    stage.delta(ROOT, "msg_2", "prt_2", "abc");
    stage.part(ROOT, "msg_2", text("prt_2", "xyz", false));
    stage.part(ROOT, "msg_2", text("prt_1", "uvw", true));
    let replaced = AgentEventKind::TextReplaced { part: "prt_1".to_owned(), text: "UVW".to_owned() };
    assert_eq!(stage.told(), [said("prt_1", "ABC"), replaced]);
    stage.finish();
    assert_eq!(stage.told()[0], said("prt_2", "XYZ"));
}

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

#[test]
fn b15_each_step_is_told_once_however_it_ends() {
    let mut stage = Stage::plain();
    for _ in 0..2 {
        stage.part(ROOT, "msg_2", step("prt_1", &json!(0.5), &json!(10)));
    }
    // The turn was aborted, and the server stored the next step all the same.
    stage.apply("message.part.updated", &placed(ROOT, "msg_2", step("prt_2", &json!(0.25), &json!(7))));
    stage.finish();
    stage.finish();
    let told: Vec<_> = stage
        .told()
        .into_iter()
        .filter_map(|kind| match kind {
            AgentEventKind::StepUsage { step, usage } => Some((step, usage.input, usage.output)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [("prt_1".to_owned(), 10, 2), ("prt_2".to_owned(), 7, 2)]);
    assert_eq!(stage.reply.usage().input, 17);
}

#[test]
fn b15_a_step_that_used_nothing_is_not_told_and_nonsense_is_nothing() {
    let mut stage = Stage::plain();
    let mut nothing = step("prt_1", &json!(-3.5), &json!(-4));
    nothing["tokens"]["output"] = json!(0);
    stage.part(ROOT, "msg_2", nothing);
    stage.part(ROOT, "msg_2", json!({"id": "prt_2", "type": "step-finish", "reason": "stop"}));
    assert_eq!(stage.told(), []);
    stage.part(ROOT, "msg_2", step("prt_3", &json!(-1), &json!(2.6)));
    let told = stage.told();
    let [AgentEventKind::StepUsage { usage, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((usage.input, usage.output, usage.cost.to_bits()), (3, 2, 0));
}

#[test]
fn b20_late_deltas_of_an_aborted_turn_are_not_told() {
    let mut stage = Stage::plain();
    stage.delta(ROOT, "msg_2", "prt_1", "mine");
    // What the turn before has not finished saying: its message is older than the prompt, or answers another one.
    stage.message(ROOT, "msg_0", "assistant", &json!({"parentID": "msg_00"}));
    stage.delta(ROOT, "msg_0", "prt_0", "late");
    stage.part(ROOT, "msg_0", text("prt_0", "late words", true));
    stage.message(ROOT, "msg_3", "assistant", &json!({"parentID": "msg_0"}));
    stage.delta(ROOT, "msg_3", "prt_9", "later");
    stage.finish();
    assert_eq!(stage.text(), "mine");
}

#[test]
fn sub_agents_are_told_apart() {
    let mut stage = Stage::plain();
    stage.tool("prt_1", "task", &json!({"status": "pending", "input": {}}));
    let info = json!({"id": CHILD, "parentID": ROOT, "title": "Look up (@general subagent)",
        "time": {"created": 1, "updated": 1}});
    stage.told();
    stage.tell("session.created", &json!({"sessionID": CHILD, "info": info}));
    let sub_agent = Origin::SubAgent(CHILD.to_owned());
    let started = AgentEventKind::SubAgentStarted {
        parent: Origin::Prompted,
        agent: Some("general".to_owned()),
        title: "Look up".to_owned(),
        call: Some("prt_1".to_owned()),
    };
    assert_eq!(stage.events, [AgentEvent::new(sub_agent.clone(), started)]);
    stage.answer(CHILD, "msg_4");
    stage.delta(CHILD, "msg_4", "prt_4", "child");
    stage.delta(ROOT, "msg_2", "prt_5", "parent");
    stage.tell("session.status", &json!({"sessionID": CHILD, "status": {"type": "idle"}}));
    assert_eq!((stage.text(), stage.text_of(&sub_agent)), ("parent".to_owned(), "child".to_owned()));
    let last = stage.events.last().unwrap();
    assert_eq!(*last, AgentEvent::new(sub_agent, AgentEventKind::Status(AgentStatus::Idle)));
}

#[test]
fn whoever_waits_for_a_person_is_blocked() {
    let mut stage = Stage::plain();
    let asked = json!({"id": "per_1", "sessionID": ROOT, "permission": "bash", "patterns": ["ls", "ls *"],
        "always": [], "tool": {"messageID": "msg_2", "callID": "call_1"}});
    stage.tell("permission.asked", &asked);
    let told = stage.told();
    let [AgentEventKind::Asked(request), AgentEventKind::Status(AgentStatus::Blocked)] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((request.id.as_str(), request.kind), ("per_1", RequestKind::Permission));
    assert_eq!((request.what.as_str(), request.call_id.as_deref()), ("bash: ls, ls *", Some("call_1")));
    assert_eq!(request.detail["patterns"], json!(["ls", "ls *"]));
    stage.tell("permission.replied", &json!({"sessionID": ROOT, "requestID": "per_1", "reply": "once"}));
    let answered = AgentEventKind::Answered { request: "per_1".to_owned() };
    assert_eq!(stage.told(), [answered, AgentEventKind::Status(AgentStatus::Working)]);
    let questions = json!([{"question": "Which?", "header": "Pick", "options": []}]);
    stage.tell("question.asked", &json!({"id": "que_1", "sessionID": ROOT, "questions": questions}));
    stage.told();
    stage.finish();
    let answered = AgentEventKind::Answered { request: "que_1".to_owned() };
    assert_eq!(stage.told(), [answered, AgentEventKind::Status(AgentStatus::Idle)]);
}

#[test]
fn only_the_end_of_the_turn_makes_the_prompted_agent_idle() {
    let mut stage = Stage::plain();
    stage.tell("session.idle", &json!({"sessionID": ROOT}));
    assert_eq!(stage.told(), []);
    stage.finish();
    assert_eq!(stage.told(), [AgentEventKind::Status(AgentStatus::Idle)]);
}

#[test]
fn failures_and_gaps_are_told() {
    let mut stage = Stage::plain();
    let error = json!({"name": "APIError", "data": {"message": "no credit"}});
    stage.tell("session.error", &json!({"sessionID": ROOT, "error": error}));
    let gap = Change::new(99, ROOT.parse().unwrap(), ChangeKind::Gap);
    stage.map(&[gap]);
    let failed = AgentEventKind::Failed { name: "APIError".to_owned(), message: "no credit".to_owned() };
    assert_eq!(stage.told(), [failed, AgentEventKind::Gap]);
}

#[test]
fn a_megabyte_in_single_bytes_is_told() {
    let mut stage = Stage::plain();
    let properties = grown(ROOT, "msg_2", "prt_1", "x");
    let frame = json!({"type": "message.part.delta", "properties": properties}).to_string();
    let event = Event::decode(frame.as_bytes()).unwrap();
    let mut length = 0;
    for _ in 0..1_000_000 {
        for change in stage.reply.apply(&event) {
            for event in stage.mapper.map(&change, &stage.reply) {
                length += usize::from(event.kind == said("prt_1", "x"));
            }
        }
    }
    assert_eq!(length, 1_000_000);
}
