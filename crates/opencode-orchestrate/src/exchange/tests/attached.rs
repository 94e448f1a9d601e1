//! Files that calls have returned.

use super::*;

const PICTURE: &str = "data:image/png;base64,iVBORw0KGgo=";

fn file(mime: &str, name: &str, url: &str) -> Value {
    let name = if name.is_empty() { Value::Null } else { name.into() };
    let ids = json!({ "id": "prt_9", "sessionID": SESSION, "messageID": "msg_002" });
    let mut file = json!({ "type": "file", "mime": mime, "filename": name, "url": url });
    file.as_object_mut().unwrap().extend(ids.as_object().unwrap().clone());
    file
}

fn returning(tool: &str, ended: u32, attachments: Value) -> Value {
    let mut call = call(tool, ended, &json!({}), &json!({}));
    call["state"]["attachments"] = attachments;
    call
}

fn told(artifacts: &ToolArtifacts) -> Vec<(&str, &[u8], FileOrigin)> {
    artifacts.files.iter().map(|file| (file.path.as_str(), &file.content[..], file.origin)).collect()
}

#[test]
fn what_calls_return_is_there_with_its_name() {
    let pictures = json!([
        file("image/png", "shots/../../page.png", PICTURE),
        file("text/plain", "C:\\notes\\a.txt", "data:,hi%20there"),
    ]);
    let later = json!([file("image/png", "page.png", "data:image/png;base64,AAAA")]);
    let calls = vec![
        returning("browser_shot", 2, later),
        returning("browser_shot", 1, pictures),
        write(3, "page.png", "x"),
    ];
    let artifacts = artifacts(calls);
    let attached = FileOrigin::Attached;
    assert_eq!(
        told(&artifacts),
        [
            ("page.png", &b"x"[..], FileOrigin::Written),
            ("page.png", b"\x89PNG\r\n\x1a\n", attached),
            ("a.txt", b"hi there", attached),
            ("page.png", &[0, 0, 0], attached),
        ]
    );
    assert_eq!((artifacts.files[1].name(), artifacts.files[1].message_id.as_str()), ("page.png", "msg_002"));
    assert_eq!(artifacts.dropped, []);
}

#[test]
fn what_has_no_name_gets_one_by_its_number_and_its_kind() {
    let kinds = [
        ("image/png", "", "attachment-1.png"),
        ("image/jpeg", " ", "attachment-2.jpg"),
        ("IMAGE/SVG+XML; charset=utf-8", "..", "attachment-3.svg"),
        ("image/gif", "own.gif", "own.gif"),
        ("image/webp", "a/..", "attachment-4.webp"),
        ("application/pdf", "/", "attachment-5.bin"),
        ("", ".", "attachment-6.bin"),
    ];
    let all: Vec<_> = kinds.iter().map(|(mime, name, _)| file(mime, name, "data:,x")).collect();
    let artifacts = artifacts(vec![returning("a", 1, json!(all[..3])), returning("b", 2, json!(all[3..]))]);
    let names: Vec<_> = artifacts.files.iter().map(ToolFile::name).collect();
    assert_eq!(names, kinds.map(|(_, _, name)| name));
}

/// A picture that the agent reads comes with the call of `read`, for the model to see.
#[test]
fn what_the_agent_has_looked_at_is_no_product() {
    let read = returning("read", 1, json!([file("image/png", "", PICTURE)]));
    let shot = returning("shot", 2, json!([file("image/png", "", PICTURE)]));
    assert_eq!(artifacts(vec![read.clone()]), ToolArtifacts::default());
    assert_eq!(artifacts(vec![read, shot]).files[0].path, "attachment-1.png", "it has no number either");
}

#[test]
fn g22_what_a_call_returned_and_nobody_has_is_said_to_be_left_out() {
    let all = json!([
        file("image/png", "a.png", "https://example.org/a.png?token=secret"),
        file("image/png", "b.png", "data:image/png;base64,!"),
        file("image/png", "", "file:///tmp/c.png"),
        file("text/plain", "d.txt", "data:,12345"),
        file("text/plain", "e.txt", "data:,1234"),
        file("image/png", "mine.png", PICTURE),
    ]);
    let options = ToolArtifactsOptions::default().with_max_file_bytes(4).with_excluded(["mine.png"]);
    let artifacts = answered(vec![returning("shot", 1, all)]).tool_artifacts(&options);
    assert_eq!(files(&artifacts), [("e.txt", "1234")]);
    let expected = [
        (DropReason::NotInline, "a.png attachment-1.png"),
        (DropReason::Undecodable, "b.png"),
        (DropReason::TooLarge { limit: 4 }, "d.txt"),
    ];
    assert_eq!(left_out(&artifacts), expected.map(|(reason, paths)| (reason, paths.to_owned())));
    let said: Vec<_> = artifacts.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(said[0], "2 left out (the bytes are elsewhere): a.png, attachment-1.png");
    assert_eq!(said[1], "1 left out (the bytes cannot be decoded): b.png");
}

#[test]
fn calls_that_failed_and_parts_that_are_no_files_return_nothing() {
    let mut failed = returning("shot", 1, json!([file("image/png", "", PICTURE)]));
    failed["state"]["status"] = "error".into();
    let mut odd = file("image/png", "", PICTURE);
    odd["type"] = "text".into();
    assert_eq!(artifacts(vec![failed, returning("shot", 2, json!([odd]))]), ToolArtifacts::default());
}
