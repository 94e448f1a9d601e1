//! Calls as the V2 runtime says them, recorded on its server.

use super::*;

fn v2_call(tool: &str, ended: u32, input: &Value, structured: &Value, content: &Value) -> Value {
    let mut call = call(tool, ended, input, &Value::Null);
    let state = call["state"].as_object_mut().unwrap();
    state.retain(|name, _| matches!(name.as_str(), "status" | "input" | "time"));
    state.insert("structured".to_owned(), structured.clone());
    state.insert("content".to_owned(), content.clone());
    call
}

fn v2_write(ended: u32, path: &str, content: &str) -> Value {
    let structured =
        json!({ "operation": "write", "target": format!("/p/{path}"), "resource": path, "existed": false });
    let said = json!([{ "type": "text", "text": "Created file successfully" }]);
    v2_call("write", ended, &json!({ "path": path, "content": content }), &structured, &said)
}

fn v2_edit(ended: u32, path: &str) -> Value {
    let structured = json!({
        "files": [{ "file": path, "patch": "Index", "additions": 1, "deletions": 1, "status": "modified" }],
        "replacements": 1,
    });
    let input = json!({ "path": path, "oldString": "a", "newString": "b" });
    v2_call("edit", ended, &input, &structured, &json!([]))
}

#[test]
fn a_write_says_where_the_file_is() {
    let exchange = answered(vec![v2_write(1, "sub/a.txt", "hi\n")]);
    assert_eq!(files(&all_of(&exchange)), [("/p/sub/a.txt", "hi\n")]);
    assert_eq!(changes::changed_files(exchange.reply())[0].shown, "sub/a.txt");
}

/// Only some calls say where the session's directory is, and the others are about the same files.
#[test]
fn w51_an_edit_that_names_a_file_below_the_directory_is_about_the_one_that_was_written() {
    let changed = artifacts(vec![v2_edit(1, "b.txt"), v2_write(2, "a.txt", "a"), v2_edit(3, "a.txt")]);
    assert_eq!(files(&changed), []);
    assert_eq!(left_out(&changed), [(DropReason::Edited, "b.txt a.txt".to_owned())]);
    let again =
        artifacts(vec![v2_edit(1, "sub/a.txt"), v2_edit(2, "b.txt"), v2_write(3, "sub/a.txt", "new")]);
    assert_eq!(files(&again), [("/p/sub/a.txt", "new")]);
    assert_eq!(left_out(&again), [(DropReason::Edited, "b.txt".to_owned())]);
}

#[test]
fn w54_a_patch_says_what_it_applied_to() {
    let structured = json!({
        "applied": [
            { "type": "add", "resource": "sub/n.txt", "target": "/p/sub/n.txt" },
            { "type": "update", "resource": "a.txt", "target": "/p/a.txt" },
            { "type": "delete", "resource": "b.txt", "target": "/p/b.txt" },
        ],
        "files": [{ "file": "sub/n.txt", "status": "added" }, { "file": "a.txt", "status": "modified" }],
    });
    let patch =
        v2_call("apply_patch", 3, &json!({ "patchText": "*** Begin Patch" }), &structured, &json!([]));
    let exchange = answered(vec![v2_write(1, "a.txt", "a"), v2_edit(2, "b.txt"), patch]);
    assert_eq!(left_out(&all_of(&exchange)), [(DropReason::Patched, "sub/n.txt a.txt".to_owned())]);
    let changed = changes::changed_files(exchange.reply());
    let paths: Vec<_> = changed.iter().map(|file| (file.path.as_str(), file.origin)).collect();
    assert_eq!(paths, [("/p/sub/n.txt", FileOrigin::Patched), ("/p/a.txt", FileOrigin::Patched)]);
}

/// Later servers call the tool `patch`, and say of files only where they are below the directory.
#[test]
fn w54_a_patch_by_its_later_name_is_one_too() {
    let files = json!({ "files": [
        { "file": "n.txt", "patch": "Index", "additions": 1, "deletions": 0, "status": "added" },
        { "file": "a.txt", "patch": "Index", "additions": 0, "deletions": 1, "status": "deleted" },
        { "file": 3, "status": "added" },
    ] });
    let patch = v2_call("patch", 2, &json!({}), &files, &json!([]));
    let artifacts = artifacts(vec![v2_write(1, "a.txt", "a"), patch]);
    assert_eq!(artifacts.files, []);
    assert_eq!(left_out(&artifacts), [(DropReason::Patched, "n.txt".to_owned())]);
}

#[test]
fn files_are_among_what_the_model_was_given() {
    let content = json!([
        { "type": "text", "text": "Here.", "uri": "data:,no" },
        { "type": "file", "uri": "data:image/png;base64,AAAA", "mime": "image/png", "name": "out/a.png" },
        { "type": "file", "uri": "data:image/jpeg;base64,AAAA", "mime": "image/jpeg" },
        { "type": "file", "uri": "https://example.org/b.png", "mime": "image/png", "name": "b.png" },
        { "type": "file", "mime": "image/png" },
        "odd",
    ]);
    let shot = v2_call("shot", 1, &json!({}), &json!({}), &content);
    let read = v2_call("read", 2, &json!({ "path": "a.png" }), &json!({ "content": "AAAA" }), &content);
    let artifacts = artifacts(vec![shot, read]);
    let names: Vec<_> = artifacts.files.iter().map(ToolFile::name).collect();
    assert_eq!(names, ["a.png", "attachment-1.jpg"]);
    assert_eq!(left_out(&artifacts), [(DropReason::NotInline, "b.png".to_owned())]);
}
