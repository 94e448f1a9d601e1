//! Faults that other clients had when they put a reply together, each as a test that it does not come back.

use std::sync::Arc;

use opencode_wire::event::{Event, EventKind};
use opencode_wire::model::PartKind;
use opencode_wire::reply::{ChangeKind, Snapshot};
use serde_json::json;

use super::telling::{
    PROMPT, ROOT, Told, begun, done_info, event, reply, short_of, step_part, text_part, told, tool_part,
};

/// The server echoes the prompt like any other message: before its role is known, and after.
#[test]
fn w01_the_prompt_is_no_part_of_the_answer() {
    let echo = [ROOT.user(PROMPT), ROOT.text(PROMPT, "prt_0", "my prompt", false)];
    let answer = [ROOT.assistant("msg_2", PROMPT), ROOT.text("msg_2", "prt_1", "the answer", true)];
    for events in [[&echo[0], &echo[1]], [&echo[1], &echo[0]]] {
        let mut reply = reply();
        events.into_iter().chain(&answer).for_each(|event| drop(reply.apply(event)));
        assert_eq!(reply.text(), "the answer");
        assert_eq!(reply.canonical_parts().len(), 1);
        assert_eq!(reply.part(&"prt_0".parse().unwrap()), None);
    }
}

/// What a broken connection swallowed is filled in from what the server has stored, and told as changes.
#[test]
fn w02_a_gap_is_filled() {
    let mut reply = begun();
    told(&mut reply, &[ROOT.text("msg_2", "prt_1", "", false), ROOT.delta("msg_2", "prt_1", "one ")]);
    assert_eq!(short_of(reply.mark_gap()), ["gap"]);
    assert!(reply.part(&"prt_1".parse().unwrap()).unwrap().incomplete);
    let messages = vec![
        ROOT.stored(
            &done_info("ses_1", "msg_2", PROMPT, "tool-calls"),
            &[
                text_part("prt_1", "one two", true),
                tool_part("prt_2", "bash", "completed", &json!({"output": "x"})),
            ],
        ),
        ROOT.stored(&done_info("ses_1", "msg_3", PROMPT, "stop"), &[text_part("prt_3", "three", true)]),
    ];
    let snapshot = Snapshot { exchanges: vec![ROOT.exchange(messages)], ..Snapshot::default() };
    assert_eq!(
        short_of(reply.resync(&snapshot)),
        [
            "prt_1 + \"two\"",
            "prt_1 whole",
            "prt_2 bash completed",
            "step msg_3",
            "prt_3 + \"three\"",
            "prt_3 whole"
        ]
    );
    assert!(!reply.part(&"prt_1".parse().unwrap()).unwrap().incomplete);
    assert_eq!(short_of(reply.resync(&snapshot)), [""; 0], "the same snapshot again changes nothing");
}

/// Messages that are fetched in the middle of a text show it as it began: what is known is kept.
#[test]
fn w02_a_text_that_grows_is_not_emptied_by_a_snapshot() {
    let mut reply = begun();
    told(&mut reply, &[ROOT.text("msg_2", "prt_1", "", false), ROOT.delta("msg_2", "prt_1", "one ")]);
    let info = super::telling::info("ses_1", "msg_2", "assistant", Some(PROMPT), &json!({}));
    let exchange = ROOT.exchange(vec![ROOT.stored(&info, &[text_part("prt_1", "", false)])]);
    assert_eq!(short_of(reply.rebase(&exchange)), [""; 0]);
    told(&mut reply, &[ROOT.delta("msg_2", "prt_1", "two")]);
    assert_eq!(reply.text(), "one two");
}

/// A compaction and the message that makes the model go on are inside of the turn; the summary is not its text.
#[test]
fn w11_a_compaction_does_not_cut_the_turn() {
    let mut reply = begun();
    let summary = json!({"summary": true});
    told(
        &mut reply,
        &[
            ROOT.text("msg_2", "prt_1", "before", true),
            ROOT.done("msg_2", PROMPT, "tool-calls"),
            ROOT.user("msg_3"),
            ROOT.part("msg_3", &json!({"id": "prt_2", "type": "compaction", "auto": true})),
            ROOT.message(&super::telling::info("ses_1", "msg_4", "assistant", Some("msg_3"), &summary)),
            ROOT.text("msg_4", "prt_3", "the summary", true),
            ROOT.user("msg_5"),
            ROOT.part(
                "msg_5",
                &json!({"id": "prt_4", "type": "text", "text": "Continue", "synthetic": true}),
            ),
            ROOT.assistant("msg_6", "msg_5"),
            ROOT.text("msg_6", "prt_5", "after", true),
        ],
    );
    assert_eq!(reply.text(), "before\n\nafter");
    assert_eq!(reply.messages().len(), 3);
    assert_eq!(reply.last_message().unwrap().id.as_str(), "msg_6");
}

/// Usage is the sum over the steps, each counted once, however often it is told.
#[test]
fn w13_w14_usage_is_summed_by_step() {
    let mut reply = begun();
    for _ in 0..2 {
        told(
            &mut reply,
            &[
                ROOT.part("msg_2", &step_part("prt_1", 0.5, 10, 3)),
                ROOT.assistant("msg_3", PROMPT),
                ROOT.part("msg_3", &step_part("prt_2", 0.25, 20, 7)),
            ],
        );
    }
    let usage = reply.usage();
    assert_eq!((usage.steps, usage.input, usage.output), (2, 30, 10));
    assert!((usage.cost - 0.75).abs() < f64::EPSILON);
}

/// The server tells the user's message again in the middle of the answer: it replaces nothing.
#[test]
fn w16_messages_are_kept_one_by_one() {
    let mut reply = begun();
    told(
        &mut reply,
        &[ROOT.done("msg_2", PROMPT, "stop"), ROOT.user(PROMPT), ROOT.assistant("msg_2", PROMPT)],
    );
    let last = reply.last_message().unwrap();
    assert_eq!((last.id.as_str(), last.finish.as_deref()), ("msg_2", Some("stop")));
}

/// What has no id cannot be found again: it is kept as an unknown event, and makes no part.
#[test]
fn w17_what_has_no_id_makes_no_part() {
    let mut reply = begun();
    let delta =
        event("message.part.delta", &json!({"sessionID": "ses_1", "messageID": "msg_2", "delta": "a"}));
    let mut call = tool_part("prt_1", "bash", "running", &json!({}));
    call.as_object_mut().unwrap().remove("id");
    let call = ROOT.part("msg_2", &call);
    for event in [delta, call] {
        assert!(matches!(event.kind, EventKind::Unknown(_)), "{event:?}");
        assert!(reply.apply(&event).is_empty());
    }
    assert_eq!(reply.parts().len(), 0);
}

/// Nothing that the server says about an answer is dropped: every kind of part is kept with every field.
#[test]
fn w21_nothing_is_lost() {
    let parts = [
        json!({"id": "prt_1", "type": "file", "mime": "image/png", "url": "data:,x", "filename": "a.png"}),
        json!({"id": "prt_2", "type": "patch", "hash": "h", "files": ["/a"]}),
        json!({"id": "prt_3", "type": "retry", "attempt": 1, "error": {"name": "APIError", "data": {"message": "m"}}}),
        json!({"id": "prt_4", "type": "agent", "name": "plan"}),
        json!({"id": "prt_5", "type": "hologram", "shape": [1, 2]}),
        tool_part("prt_6", "bash", "completed", &json!({"attachments": [], "novelty": 7, "output": "x"})),
    ];
    let mut reply = begun();
    parts.iter().for_each(|part| drop(reply.apply(&ROOT.part("msg_2", part))));
    assert_eq!(reply.parts().len(), parts.len());
    for (known, told) in reply.parts().iter().zip(&parts) {
        let written = serde_json::to_value(&known.part).unwrap();
        for (key, value) in told.as_object().unwrap() {
            assert_eq!(&written[key], value, "{key} of {told}");
        }
    }
    assert!(matches!(reply.parts()[4].part.kind, PartKind::Unknown(_)));
    assert_eq!(reply.files(), ["/a"]);
}

/// A delta for a call does nothing, and one that comes after the whole text is contained in it.
#[test]
fn w25_deltas_are_appended_only_where_text_grows() {
    let mut reply = begun();
    told(
        &mut reply,
        &[
            ROOT.tool("msg_2", "prt_1", "bash", "running", &json!({})),
            ROOT.delta("msg_2", "prt_1", "boom"),
            ROOT.delta("msg_2", "prt_2", "a"),
            ROOT.text("msg_2", "prt_2", "abc", true),
            ROOT.delta("msg_2", "prt_2", "c"),
        ],
    );
    assert_eq!((reply.text().as_str(), reply.tools().count()), ("abc", 1));
}

/// A provider loses the last deltas: the whole text repairs it, and only what was missing is told.
#[test]
fn n19_the_whole_text_repairs_a_lost_tail() {
    let mut reply = begun();
    let changes = told(
        &mut reply,
        &[ROOT.delta("msg_2", "prt_1", "tail dr"), ROOT.text("msg_2", "prt_1", "tail drop", true)],
    );
    assert_eq!(changes, ["prt_1 + \"tail dr\"", "prt_1 + \"op\"", "prt_1 whole"]);
}

/// Valid JSON of any other shape costs its frame and nothing else.
#[test]
fn w32_wrong_shapes_are_passed_over() {
    let mut reply = begun();
    for frame in [
        "null",
        "[]",
        "\"x\"",
        "7",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"message.part.delta","properties":"x"}"#,
        r#"{"type":"message.updated","properties":{"sessionID":"ses_1","info":[]}}"#,
        r#"{"type":"message.part.updated","properties":{"sessionID":"ses_1","part":null}}"#,
        r#"{"type":"session.error","properties":{"sessionID":"ses_1","error":"text"}}"#,
        r#"{"type":"session.status","properties":{"sessionID":"ses_1","status":[]}}"#,
        r#"{"type":"todo.updated","properties":{"sessionID":"ses_1","todos":7}}"#,
        r#"{"type":"question.asked","properties":{"sessionID":"ses_1","id":null}}"#,
    ] {
        reply.apply(&Event::decode(frame.as_bytes()).expect("JSON of any shape is an event"));
    }
    assert_eq!(told(&mut reply, &[ROOT.text("msg_2", "prt_1", "ok", true)]).len(), 2);
    assert_eq!(reply.text(), "ok");
}

/// A delta costs what it is long, not what the text has become: what is told is the delta itself, not a copy. With a
/// copy of the text for each of them this test would move twenty terabytes.
#[test]
fn w59_a_delta_is_never_copied() {
    let mut reply = begun();
    let event = ROOT.delta("msg_2", "prt_1", &"x".repeat(100));
    let EventKind::PartDelta(sent) = &event.kind else { panic!("a delta") };
    for count in 1..=200_000_u64 {
        let change = reply.apply(&event).into_iter().next().unwrap();
        let ChangeKind::Text { delta, .. } = &change.kind else { panic!("{change:?}") };
        assert!(Arc::ptr_eq(delta, &sent.delta));
        assert_eq!(Arc::strong_count(delta), 2, "the change, the event, and nobody else, at delta {count}");
        drop(change);
    }
    assert_eq!(reply.text().len(), 20_000_000);
}

/// Parts are named by their ids: what is removed or replaced is said, and no other part is meant from then on.
#[test]
fn w68_parts_are_named_by_id() {
    let mut reply = begun();
    told(&mut reply, &[ROOT.text("msg_2", "prt_1", "a", true), ROOT.text("msg_2", "prt_2", "b", true)]);
    let removed = event(
        "message.part.removed",
        &json!({"sessionID": "ses_1", "messageID": "msg_2", "partID": "prt_1"}),
    );
    assert_eq!(told(&mut reply, &[removed]), ["prt_1 removed"]);
    assert_eq!(
        told(&mut reply, &[ROOT.text("msg_2", "prt_2", "c", true)]),
        ["prt_2 replaced", "prt_2 whole"]
    );
    assert_eq!(
        told(&mut reply, &[Told("ses_9").text("msg_2", "prt_2", "d", true)]),
        [""; 0],
        "another session"
    );
    assert_eq!(reply.text(), "c");
}
