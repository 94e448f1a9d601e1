//! The files that the tools of a turn wrote.

use super::*;

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
    let artifacts =
        exchange.tool_artifacts(&ToolArtifactsOptions::default().with_excluded(["report.html", "data.json"]));
    assert_eq!(files(&artifacts), [("a.txt", "a"), ("report.html.txt", "b")]);
    assert_eq!(artifacts.dropped, []);
    assert_eq!(artifacts.files[1].name(), "report.html.txt");
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
    assert_eq!(written.files[0].origin, FileOrigin::Written);
    assert_eq!(files(&written), [("b/x.md", "other"), ("./a/../a/x.md", "v2"), ("empty.txt", "")]);
}

/// W-51: what was edited afterwards was stored as it was before.
#[test]
fn w51_a_file_that_was_changed_after_it_was_written_is_said_to_be_left_out() {
    let changed = artifacts(vec![write(1, "a.md", "old"), write(2, "b.md", "b"), edit(3, "a.md")]);
    assert_eq!(files(&changed), [("b.md", "b")]);
    let [dropped] = &changed.dropped[..] else { panic!("{changed:?}") };
    assert_eq!(
        (&dropped.reason, dropped.count, &dropped.paths[..]),
        (&DropReason::Edited, 1, &["a.md".to_owned()][..])
    );
    let again = artifacts(vec![edit(1, "a.md"), write(2, "a.md", "new")]);
    assert_eq!((files(&again), &again.dropped[..]), (vec![("a.md", "new")], &[][..]));
}

/// W-51: large files vanished.
#[test]
fn w51_a_file_that_is_too_large_is_said_to_be_left_out() {
    let exchange =
        answered(vec![write(1, "a.txt", "12345"), write(2, "b.txt", "1234"), write(3, "c.txt", "")]);
    let artifacts = exchange.tool_artifacts(&ToolArtifactsOptions::default().with_max_file_bytes(4));
    assert_eq!(files(&artifacts), [("b.txt", "1234"), ("c.txt", "")]);
    assert_eq!(left_out(&artifacts), [(DropReason::TooLarge { limit: 4 }, "a.txt".to_owned())]);
    assert_eq!(artifacts.dropped[0].to_string(), "1 left out (more than 4 bytes): a.txt");
    assert_eq!(files(&all_of(&exchange)).len(), 3);
}

#[test]
fn a_file_may_have_ten_mebibytes_unless_somebody_says_otherwise() {
    let large = "x".repeat(10 << 20);
    let exchange = answered(vec![write(1, "a.txt", &large), write(2, "b.txt", &(large.clone() + "x"))]);
    let artifacts = all_of(&exchange);
    assert_eq!(artifacts.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.txt"]);
    assert_eq!(left_out(&artifacts), [(DropReason::TooLarge { limit: MAX_FILE_BYTES }, "b.txt".to_owned())]);
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
    let artifacts = all_of(&exchange);
    let [dropped] = &artifacts.dropped[..] else { panic!("{artifacts:?}") };
    assert_eq!((dropped.count, &dropped.reason), (7, &DropReason::Patched));
    assert_eq!(dropped.paths, ["1.rs", "2.rs", "3.rs", "4.rs", "5.rs"]);
    assert_eq!((dropped.session_id.as_str(), dropped.message_id.as_str()), (SESSION, "msg_002"));
    assert_eq!(
        dropped.to_string(),
        "7 left out (a patch does not say all that is in a file): 1.rs, 2.rs, 3.rs, 4.rs, 5.rs and 2 more"
    );
    assert_eq!(all_of(&exchange), artifacts);
}

/// W-54: each call of a message told by itself.
#[test]
fn w54_each_message_says_once_what_was_left_out_for_a_reason() {
    let file =
        |name: &str| json!({ "filePath": format!("/p/{name}"), "relativePath": name, "type": "update" });
    let first =
        vec![patch(1, json!([file("a"), file("b")])), edit(2, "d"), patch(3, json!([file("b"), file("c")]))];
    let second = vec![patch(4, json!([file("e")]))];
    let exchange =
        exchange(vec![prompt(1, text("Go.")), step(2, 1, "tool-calls", first), step(3, 1, "stop", second)]);
    let expected = [(DropReason::Patched, "a b c"), (DropReason::Edited, "d"), (DropReason::Patched, "e")];
    assert_eq!(left_out(&all_of(&exchange)), expected.map(|(reason, paths)| (reason, paths.to_owned())));
    assert_eq!(dropped(exchange.reply()), all_of(&exchange).dropped);
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
    let artifacts = all_of(&exchange);
    assert_eq!(files(&artifacts), [("below.txt", "below"), ("a.txt", "below")]);
    assert_eq!(artifacts.files[0].session_id.as_str(), CHILD);
    assert_eq!((exchange.text().as_str(), exchange.usage().steps), ("Done.", 2));
}
