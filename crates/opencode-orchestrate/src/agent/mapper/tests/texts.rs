//! Texts and thoughts: each word is told once.

use super::*;

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
