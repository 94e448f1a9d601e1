//! What transforms hold back, and when it is told.

use super::*;

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
