//! What entries do to a picture, one by one.

use serde_json::json;

use super::*;

fn picture(entries: &[serde_json::Value]) -> Picture {
    let mut picture = Picture::default();
    for entry in entries {
        picture.apply(&serde_json::from_value(entry.clone()).unwrap());
    }
    picture
}

fn part(id: &str, place: u64, text: &str) -> serde_json::Value {
    json!({"part": {"part_id": id, "session_id": "ses_1", "place": place, "body": {"type": "text"},
        "growing": {"field": "content", "text": text}}})
}

fn texts(picture: &Picture) -> Vec<&str> {
    picture.parts.iter().map(|part| part.growing.as_ref().map_or("", |growing| &growing.text)).collect()
}

#[test]
fn parts_are_in_reading_order_and_grow() {
    let mut entries = vec![part("prt_2", 1, "C"), part("prt_1", 1, "B"), part("prt_9", 0, "A")];
    entries.push(json!({"grown": {"part_id": "prt_1", "at": 1, "text": "b"}}));
    entries.push(json!({"grown": {"part_id": "prt_1", "at": 3, "text": "hole"}}));
    entries.push(json!({"grown": {"part_id": "prt_7", "at": 0, "text": "nobody"}}));
    assert_eq!(texts(&picture(&entries)), ["A", "Bb", "C"]);
    entries.push(part("prt_9", 2, "Z"));
    entries.push(json!({"removed": {"part_id": "prt_2"}}));
    assert_eq!(texts(&picture(&entries)), ["Bb", "Z"]);
}

#[test]
fn a_take_over_voids_parts_blockers_and_todos_and_nothing_else() {
    let entries = [
        json!({"began": {"attempt": 1}}),
        part("prt_1", 0, "old"),
        json!({"todos": {"session_id": "ses_1", "todos": []}}),
        json!({"blocked": {"request_id": "per_1", "session_id": "ses_1", "kind": "permission", "request": {}}}),
        json!({"child": {"session_id": "ses_2", "parent_id": "ses_1"}}),
        json!({"step": {"step_id": "prt_3", "session_id": "ses_1", "usage": {"input": 1, "output": 2,
            "reasoning": 0, "cache_read": 0, "cache_write": 0, "cost": 0.1}}}),
        json!({"began": {"attempt": 1}}),
    ];
    let before = picture(&entries);
    assert_eq!(
        (before.parts.len(), before.todos.len(), before.blockers.len()),
        (1, 1, 1),
        "the same attempt"
    );
    let mut after = before;
    after.apply(&Entry::Began { attempt: 2 });
    assert_eq!((after.parts.len(), after.todos.len(), after.blockers.len()), (0, 0, 0));
    assert_eq!((after.attempt, after.children.len(), after.usage.steps), (2, 1, 1));
}

#[test]
fn a_step_is_counted_once_and_costs_add_up() {
    let step = |id: &str, cost: f64| {
        json!({"step": {"step_id": id, "session_id": "ses_1", "usage": {"input": 10, "output": 1, "reasoning": 0,
            "cache_read": 0, "cache_write": 0, "cost": cost}}})
    };
    let usage = picture(&[step("a", 0.1), step("b", 0.2), step("a", 0.1), step("c", -1.0)]).usage;
    assert_eq!((usage.steps, usage.input, usage.output), (3, 30, 3));
    assert_eq!(usage.cost.to_string(), "0.3");
}

#[test]
fn a_request_is_open_until_it_is_answered() {
    let blocked = |id: &str| json!({"blocked": {"request_id": id, "session_id": "ses_1", "kind": "question", "request": {}}});
    let unblocked = json!({"unblocked": {"request_id": "a"}});
    let open = picture(&[blocked("a"), blocked("b"), blocked("a"), unblocked, blocked("c")]).blockers;
    assert_eq!(open.iter().map(|request| request.request_id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
}
