//! What belongs to a turn, what is seen of it, and which files it left.

use opencode_wire::model::StoredMessage;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const SESSION: &str = "ses_1";
const CHILD: &str = "ses_2";

/// A message of a session; its number is its place in time.
#[expect(clippy::needless_pass_by_value, reason = "it is written where it is passed")]
fn message(session: &str, number: u32, info: Value, parts: Vec<Value>) -> StoredMessage {
    let id = format!("msg_{number:03}");
    let mut all =
        json!({ "id": id, "sessionID": session, "time": { "created": number, "completed": number + 1 } });
    all.as_object_mut().unwrap().extend(info.as_object().unwrap().clone());
    let parts: Vec<Value> = (0..)
        .zip(parts)
        .map(|(at, mut part): (u32, Value)| {
            let place =
                json!({ "id": format!("prt_{number:03}_{at:02}"), "sessionID": session, "messageID": id });
            part.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
            part
        })
        .collect();
    serde_json::from_value(json!({ "info": all, "parts": parts })).unwrap()
}

/// A message in a person's name.
fn prompt(number: u32, part: Value) -> StoredMessage {
    message(SESSION, number, json!({ "role": "user", "time": { "created": number } }), vec![part])
}

/// A step that answers a message.
fn step(number: u32, parent: u32, finish: &str, parts: Vec<Value>) -> StoredMessage {
    let info = json!({ "role": "assistant", "parentID": format!("msg_{parent:03}"), "finish": finish });
    message(SESSION, number, info, parts)
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text, "time": { "start": 1, "end": 2 } })
}

fn synthetic(text: &str) -> Value {
    json!({ "type": "text", "text": text, "synthetic": true })
}

fn used(cost: f64, input: u64, output: u64, reasoning: u64) -> Value {
    let cache = json!({ "read": 0, "write": 0 });
    let tokens = json!({ "input": input, "output": output, "reasoning": reasoning, "cache": cache });
    json!({ "type": "step-finish", "reason": "stop", "cost": cost, "tokens": tokens })
}

fn call(tool: &str, ended: u32, input: &Value, metadata: &Value) -> Value {
    let state = json!({
        "status": "completed", "input": input, "output": "", "title": "", "metadata": metadata,
        "time": { "start": ended, "end": ended },
    });
    json!({ "type": "tool", "tool": tool, "callID": "call_1", "state": state })
}

fn write(ended: u32, path: &str, content: &str) -> Value {
    call("write", ended, &json!({ "filePath": path, "content": content }), &json!({}))
}

fn edit(ended: u32, path: &str) -> Value {
    call("edit", ended, &json!({ "filePath": path, "oldString": "a", "newString": "b" }), &json!({}))
}

#[expect(clippy::needless_pass_by_value, reason = "it is written where it is passed")]
fn patch(ended: u32, files: Value) -> Value {
    call("apply_patch", ended, &json!({ "patchText": "*** Begin Patch" }), &json!({ "files": files }))
}

/// The turn of message 1.
fn exchange(messages: Vec<StoredMessage>) -> Exchange {
    Exchange::new(SESSION.parse().unwrap(), "msg_001".parse().unwrap(), messages)
}

/// What one answer with these calls left.
fn artifacts(calls: Vec<Value>) -> ToolArtifacts {
    exchange(vec![prompt(1, text("Go.")), step(2, 1, "stop", calls)]).tool_artifacts(&[])
}

/// Paths and contents.
fn files(artifacts: &ToolArtifacts) -> Vec<(&str, &str)> {
    artifacts.files.iter().map(|file| (file.path.as_str(), file.content.as_str())).collect()
}

/// A turn of two steps, with a compaction and what goes on after it between them, and the turns around it.
fn compacted() -> Vec<StoredMessage> {
    let summary = json!({ "role": "assistant", "parentID": "msg_003", "summary": true, "finish": "stop" });
    vec![
        message(
            SESSION,
            0,
            json!({ "role": "assistant", "parentID": "msg_000a", "finish": "stop" }),
            vec![text("An older answer."), used(9.0, 9, 9, 9)],
        ),
        prompt(1, text("Go.")),
        step(2, 1, "tool-calls", vec![text("Before."), write(2, "a.txt", "one"), used(0.12, 100, 10, 5)]),
        prompt(3, json!({ "type": "compaction", "auto": true })),
        message(SESSION, 4, summary, vec![text("What was said."), used(0.1, 50, 5, 0)]),
        prompt(5, synthetic("Continue.")),
        step(6, 5, "stop", vec![text("After."), used(0.24, 200, 20, 7)]),
        prompt(7, text("Go.")),
        step(8, 7, "stop", vec![text("A later answer."), write(8, "a.txt", "later"), used(7.0, 7, 7, 7)]),
    ]
}

#[test]
fn t_e01_an_exchange_of_no_messages_has_no_artifacts() {
    let exchange = exchange(Vec::new());
    assert_eq!(exchange.tool_artifacts(&[]), ToolArtifacts::default());
    assert_eq!((exchange.text().as_str(), exchange.usage(), exchange.finish()), ("", Usage::default(), None));
    assert!(!exchange.reply().is_accepted() && exchange.error().is_none() && exchange.structured().is_none());
}

#[test]
fn t_e02_an_exchange_without_an_answer_has_no_artifacts() {
    let foreign = step(3, 2, "stop", vec![text("Not ours."), write(3, "a.txt", "not ours")]);
    let exchange = exchange(vec![prompt(1, text("Go.")), prompt(2, text("And you?")), foreign]);
    assert_eq!(exchange.tool_artifacts(&[]), ToolArtifacts::default());
    assert_eq!(exchange.text(), "");
}

#[test]
fn t_e03_what_somebody_else_takes_care_of_is_left_out() {
    let patched = json!([{ "filePath": "/p/data.json", "relativePath": "data.json", "type": "add" }]);
    let calls = vec![
        write(1, "a.txt", "a"),
        write(2, "sub/report.html", "posing"),
        write(3, "report.html.txt", "b"),
        patch(4, patched),
    ];
    let exchange = exchange(vec![prompt(1, text("Go.")), step(2, 1, "stop", calls)]);
    let artifacts = exchange.tool_artifacts(&["report.html", "data.json"]);
    assert_eq!(files(&artifacts), [("a.txt", "a"), ("report.html.txt", "b")]);
    assert_eq!(artifacts.dropped, []);
    assert_eq!(artifacts.files[1].name(), "report.html.txt");
}

/// W-11: only what came after the last message in a person's name was taken for the answer.
#[test]
fn w11_a_compaction_is_inside_the_turn() {
    let exchange = exchange(compacted());
    assert_eq!(exchange.text(), "Before.\n\nAfter.");
    assert_eq!(files(&exchange.tool_artifacts(&[])), [("a.txt", "one")]);
    assert_eq!(exchange.finish(), Some("stop"));
}

/// W-12: the turn was found by the text of its prompt, which plugins rewrite and people repeat.
#[test]
fn w12_a_turn_is_found_by_its_id_whatever_the_prompt_says() {
    let mut messages = compacted();
    messages[1] = prompt(1, text("Rewritten by a plugin."));
    assert_eq!(exchange(messages).text(), "Before.\n\nAfter.");
    // A history that was shortened: nothing is left in front of the prompt.
    assert_eq!(exchange(compacted().split_off(1)).text(), "Before.\n\nAfter.");
    let later = Exchange::new(SESSION.parse().unwrap(), "msg_007".parse().unwrap(), compacted());
    assert_eq!(later.text(), "A later answer.");
}

/// W-13: only the last step was counted, and reasoning never.
#[test]
fn w13_usage_is_that_of_all_steps() {
    let usage = exchange(compacted()).usage();
    assert_eq!((usage.steps, usage.input, usage.output, usage.reasoning), (3, 350, 35, 12));
    assert!((usage.cost - 0.46).abs() < 1e-9, "{}", usage.cost);
}

/// W-14: a step that was told twice was counted twice.
#[test]
fn w14_a_step_counts_once() {
    let once = exchange(compacted()).usage();
    let mut twice = compacted();
    twice.extend(compacted());
    assert_eq!(exchange(twice).usage(), once);
}

/// W-51: the first write won, and files of one name in two folders became one.
#[test]
fn w51_the_last_write_to_a_path_counts() {
    let written = artifacts(vec![
        write(1, "a/x.md", "v1"),
        write(2, "b/x.md", "other"),
        write(3, "./a/../a/x.md", "v2"),
        write(4, "empty.txt", ""),
    ]);
    assert_eq!(files(&written), [("b/x.md", "other"), ("./a/../a/x.md", "v2"), ("empty.txt", "")]);
}

/// W-51: what was edited afterwards was stored as it was before.
#[test]
fn w51_a_file_that_was_changed_after_it_was_written_is_said_to_be_left_out() {
    let changed = artifacts(vec![write(1, "a.md", "old"), write(2, "b.md", "b"), edit(3, "a.md")]);
    assert_eq!(files(&changed), [("b.md", "b")]);
    let [dropped] = &changed.dropped[..] else { panic!("{changed:?}") };
    assert_eq!(
        (dropped.reason, dropped.count, &dropped.paths[..]),
        (DropReason::Edited, 1, &["a.md".to_owned()][..])
    );
    let again = artifacts(vec![edit(1, "a.md"), write(2, "a.md", "new")]);
    assert_eq!((files(&again), &again.dropped[..]), (vec![("a.md", "new")], &[][..]));
}

/// W-51: large files vanished. How much is too much is for whoever stores them.
#[test]
fn w51_a_large_file_is_there() {
    let large = "x".repeat(11 << 20);
    assert_eq!(artifacts(vec![write(1, "a.txt", &large)]).files[0].content.len(), large.len());
}

#[test]
fn calls_that_ended_later_count_more_than_calls_that_stand_later() {
    let side_by_side = vec![write(9, "a.txt", "ended last"), write(3, "a.txt", "stands last")];
    assert_eq!(files(&artifacts(side_by_side)), [("a.txt", "ended last")]);
}

/// W-54: what patches changed was never collected, and told again whenever somebody asked.
#[test]
fn w54_what_a_patch_changed_is_said_to_be_left_out_and_asking_twice_is_asking_once() {
    let file = |number: u32, kind: &str| json!({ "filePath": format!("/p/{number}.rs"), "relativePath": format!("{number}.rs"), "type": kind });
    let many: Vec<_> =
        (1..=7).map(|number| file(number, if number % 2 == 0 { "add" } else { "update" })).collect();
    let calls = vec![
        patch(1, json!([file(1, "update"), file(8, "delete")])),
        patch(2, json!(many)),
        patch(3, json!([file(9, "delete")])),
        call("apply_patch", 4, &json!({}), &json!({})),
    ];
    let exchange = exchange(vec![prompt(1, text("Go.")), step(2, 1, "stop", calls)]);
    let artifacts = exchange.tool_artifacts(&[]);
    let [dropped] = &artifacts.dropped[..] else { panic!("{artifacts:?}") };
    assert_eq!((dropped.count, dropped.reason), (7, DropReason::Patched));
    assert_eq!(dropped.paths, ["1.rs", "2.rs", "3.rs", "4.rs", "5.rs"]);
    assert_eq!((dropped.session_id.as_str(), dropped.message_id.as_str()), (SESSION, "msg_002"));
    assert_eq!(dropped.to_string(), "7 of apply_patch left out: 1.rs, 2.rs, 3.rs, 4.rs, 5.rs and 2 more");
    assert_eq!(exchange.tool_artifacts(&[]), artifacts);
}

#[test]
fn w54_each_call_says_what_it_left_out() {
    let file =
        |name: &str| json!({ "filePath": format!("/p/{name}"), "relativePath": name, "type": "update" });
    let calls =
        vec![patch(1, json!([file("a"), file("b")])), patch(2, json!([file("b"), file("c")])), edit(3, "d")];
    let dropped: Vec<_> = artifacts(calls)
        .dropped
        .into_iter()
        .map(|dropped| (dropped.reason, dropped.paths.join(" ")))
        .collect();
    let expected = [(DropReason::Patched, "a"), (DropReason::Patched, "b c"), (DropReason::Edited, "d")];
    assert_eq!(dropped, expected.map(|(reason, paths)| (reason, paths.to_owned())));
}

#[test]
fn w54_a_file_that_a_patch_deleted_or_moved_is_not_there_any_more() {
    let moved = json!({ "filePath": "/p/b", "relativePath": "c", "movePath": "/p/c", "type": "move" });
    let deleted = json!({ "filePath": "/p/a", "relativePath": "a", "type": "delete" });
    let told = |path: &str| json!({ "filepath": format!("/p/{path}") });
    let write =
        |ended, path: &str| call("write", ended, &json!({ "filePath": path, "content": "x" }), &told(path));
    let artifacts =
        artifacts(vec![write(1, "a"), write(2, "b"), write(3, "d"), patch(4, json!([deleted, moved]))]);
    assert_eq!(files(&artifacts), [("/p/d", "x")]);
    assert_eq!(artifacts.dropped.iter().map(|dropped| &dropped.paths[..]).collect::<Vec<_>>(), [["c"]]);
}

/// W-61: what was rebuilt was the last step alone.
#[test]
fn w61_earlier_steps_are_there() {
    let exchange = exchange(vec![
        prompt(1, text("Go.")),
        step(
            2,
            1,
            "tool-calls",
            vec![json!({ "type": "reasoning", "text": "Hm.", "time": { "end": 1 } }), text("One.")],
        ),
        step(3, 1, "tool-calls", vec![text("Two.")]),
        step(4, 1, "length", vec![text("Three.")]),
    ]);
    assert_eq!((exchange.text().as_str(), exchange.reasoning().as_str()), ("One.\n\nTwo.\n\nThree.", "Hm."));
    assert_eq!((exchange.messages().len(), exchange.finish()), (3, Some("length")));
}

#[test]
fn the_last_step_says_how_the_turn_failed() {
    let failed = json!({ "name": "APIError", "data": { "message": "overloaded", "statusCode": 529, "isRetryable": true } });
    let info = json!({ "role": "assistant", "parentID": "msg_001", "error": failed });
    let first = step(2, 1, "tool-calls", vec![text("One.")]);
    let exchange = exchange(vec![prompt(1, text("Go.")), first, message(SESSION, 3, info, Vec::new())]);
    let error = exchange.error().unwrap();
    assert_eq!((error.name.as_str(), error.data.message.as_str()), ("APIError", "overloaded"));
    assert_eq!(exchange.text(), "One.", "what was said before is there");
}

#[test]
fn structured_output_is_there() {
    let info =
        json!({ "role": "assistant", "parentID": "msg_001", "finish": "stop", "structured": { "n": 1 } });
    let exchange = exchange(vec![prompt(1, text("Go.")), message(SESSION, 2, info, Vec::new())]);
    assert_eq!(exchange.structured().unwrap().to_value(), json!({ "n": 1 }));
}

/// N-18: a call of a tool that does not exist is completed, under the name that the model called.
#[test]
fn n18_calls_that_were_not_carried_out_wrote_nothing() {
    let refused = json!({ "status": "error", "input": { "filePath": "a", "content": "x" }, "error": "no" });
    let running = json!({ "status": "running", "input": { "filePath": "b", "content": "x" } });
    let tool = |state: &Value| json!({ "type": "tool", "tool": "write", "callID": "call_1", "state": state });
    let none = artifacts(vec![
        tool(&refused),
        tool(&running),
        call("invalid", 1, &json!({ "tool": "write", "error": "unavailable" }), &json!({})),
        call("write", 1, &json!({ "filePath": " ", "content": "x" }), &json!({})),
        call("write", 1, &json!([1, 2]), &json!("x")),
        call("edit", 1, &json!({}), &json!(null)),
        call("apply_patch", 1, &json!({}), &json!({ "files": ["x", { "type": "add" }, null] })),
        call("read", 1, &json!({ "filePath": "c", "content": "x" }), &json!({})),
    ]);
    assert_eq!(none, ToolArtifacts::default());
}

/// G09: a sub-agent's files and usage are the turn's, and its words are not.
#[test]
fn g09_what_a_sub_agent_wrote_belongs_to_the_turn() {
    let task = call("task", 5, &json!({}), &json!({ "sessionId": CHILD }));
    let child = json!({ "role": "assistant", "parentID": "msg_003", "finish": "stop" });
    let child_said = vec![
        text("From below."),
        write(4, "below.txt", "below"),
        write(4, "a.txt", "below"),
        used(0.5, 1, 1, 1),
    ];
    let exchange = exchange(vec![
        message(CHILD, 4, child, child_said),
        prompt(1, text("Go.")),
        step(2, 1, "tool-calls", vec![write(3, "a.txt", "above"), task, used(0.25, 1, 1, 1)]),
        message(
            "ses_3",
            5,
            json!({ "role": "assistant", "parentID": "msg_003" }),
            vec![write(4, "c.txt", "strange")],
        ),
        step(6, 1, "stop", vec![text("Done.")]),
    ]);
    let artifacts = exchange.tool_artifacts(&[]);
    assert_eq!(files(&artifacts), [("below.txt", "below"), ("a.txt", "below")]);
    assert_eq!(artifacts.files[0].session_id.as_str(), CHILD);
    assert_eq!((exchange.text().as_str(), exchange.usage().steps), ("Done.", 2));
}

#[derive(Debug, Clone)]
enum Doing {
    Write(u8, u8),
    Edit(u8),
    Patch(Vec<(u8, bool)>),
}

fn doings() -> impl Strategy<Value = Vec<Doing>> {
    let one = prop_oneof![
        (0..4u8, any::<u8>()).prop_map(|(path, content)| Doing::Write(path, content)),
        (0..4u8).prop_map(Doing::Edit),
        prop::collection::vec((0..4u8, any::<bool>()), 0..4).prop_map(Doing::Patch),
    ];
    prop::collection::vec(one, 0..10)
}

proptest! {
    /// Where a message stands in a list says nothing.
    #[test]
    fn the_order_of_messages_changes_nothing(order in Just(compacted()).prop_shuffle()) {
        let (told, expected) = (exchange(order), exchange(compacted()));
        prop_assert_eq!(told.text(), expected.text());
        prop_assert_eq!(told.usage(), expected.usage());
        prop_assert_eq!(told.tool_artifacts(&[]), expected.tool_artifacts(&[]));
    }

    /// Every file is there with what is in it, or is said to be left out, or is gone: as a file system would have it.
    #[test]
    fn no_file_is_left_out_unsaid(doings in doings()) {
        let mut disk = std::collections::BTreeMap::new();
        let mut calls = Vec::new();
        for (at, doing) in (1u32..).zip(&doings) {
            match doing {
                Doing::Write(path, content) => {
                    disk.insert(*path, Some(content.to_string()));
                    calls.push(write(at, &path.to_string(), &content.to_string()));
                }
                Doing::Edit(path) => {
                    disk.insert(*path, None);
                    calls.push(edit(at, &path.to_string()));
                }
                Doing::Patch(all) => {
                    let mut told = Vec::new();
                    for (path, is_deleted) in all {
                        if *is_deleted { disk.remove(path); } else { disk.insert(*path, None); }
                        let kind = if *is_deleted { "delete" } else { "update" };
                        told.push(json!({ "filePath": path.to_string(), "relativePath": path.to_string(), "type": kind }));
                    }
                    calls.push(patch(at, json!(told)));
                }
            }
        }
        let artifacts = artifacts(calls);
        let mut told: Vec<_> =
            files(&artifacts).into_iter().map(|(path, content)| (path.to_owned(), Some(content.to_owned()))).collect();
        for dropped in &artifacts.dropped {
            prop_assert_eq!(dropped.count, dropped.paths.len());
            told.extend(dropped.paths.iter().map(|path| (path.clone(), None)));
        }
        told.sort();
        let expected: Vec<_> = disk.into_iter().map(|(path, content)| (path.to_string(), content)).collect();
        prop_assert_eq!(told, expected);
    }
}
