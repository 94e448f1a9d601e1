//! What calls of tools say about files on the real server.

use std::time::Duration;

use http::StatusCode;
use opencode_orchestrate::exchange::{DropReason, Exchange, FileOrigin, ToolArtifactsOptions};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::CreateSession;
use opencode_wire::model::{ModelRef, PermissionAction, PermissionRule};
use opencode_wire::reply::ReplyPart;
use serde_json::{Value, json};

/// A turn that takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// The server offers `apply_patch` to models of this name, and `write` and `edit` to others.
const PATCHING: &str = "gpt-5-scripted";

const PATCH: &str = "*** Begin Patch
*** Add File: src/new.txt
+hello
*** Update File: b.txt
*** Move to: src/moved.txt
@@
-b
+c
*** Delete File: c.txt
*** End Patch";

#[tokio::test]
async fn w54_written_files_are_there_and_patched_ones_are_said_to_be_left_out() {
    let model = Model::start().await;
    let patching =
        json!({ PATCHING: { "tool_call": true, "limit": { "context": 100_000, "output": 8_000 } } });
    let config = json!({ "provider": { "scripted": { "models": patching } } });
    let builder = RealServer::builder().git(true).model_url(model.url()).config(&config);
    let Some(server) = builder.start_or_skip().await else { return };
    let password = server.password().expect("servers of tests have a password");
    let client = Client::builder().base_url(server.url()).password(password).build().unwrap();
    let rules = vec![PermissionRule::new("edit", "*", PermissionAction::Allow)];
    let session = CreateSession::from("a test").with_permission(rules);
    let session = client.sessions().create(session).await.unwrap();
    let run = async |model: &str, calls: Vec<Op>| {
        let script = calls.into_iter().fold(ModelScript::new(), |script, call| script.step([call]));
        let prompt = script.step([Op::text("Done.")]).to_prompt("Please go.");
        let turn = session.prompt(prompt).model(ModelRef::new("scripted", model)).await.unwrap();
        let message_id = turn.message_id().clone();
        let outcome = tokio::time::timeout(HANGS_AFTER, turn.outcome()).await.expect("the turn hangs");
        assert!(outcome.ending.is_completed(), "{}", outcome.ending);
        let exchange = Exchange::fetch(&session, &message_id).await.unwrap();
        exchange.tool_artifacts(&ToolArtifactsOptions::default())
    };
    let write = |path: &str, content: &str| {
        Op::tool("write", json!({ "filePath": server.directory().join(path), "content": content }))
    };
    let edit = json!({ "filePath": "a.txt", "oldString": "a", "newString": "b" });

    let calls = vec![
        write("a.txt", "a"),
        write("b.txt", "b\n"),
        write("c.txt", "v1"),
        Op::tool("write", json!({ "filePath": "src/../c.txt", "content": "v2" })),
        Op::tool("edit", edit),
    ];
    let artifacts = Box::pin(run("scripted-1", calls)).await;
    let files: Vec<_> = artifacts.files.iter().map(|file| (file.path.clone(), &file.content[..])).collect();
    let path = |name: &str| server.directory().join(name).to_str().unwrap().to_owned();
    assert_eq!(files, [(path("b.txt"), &b"b\n"[..]), (path("c.txt"), b"v2")]);
    let [dropped] = &artifacts.dropped[..] else { panic!("{artifacts:?}") };
    assert_eq!((&dropped.reason, &dropped.paths[..]), (&DropReason::Edited, &["a.txt".to_owned()][..]));

    let calls = vec![Op::tool("apply_patch", json!({ "patchText": PATCH })), write("d.txt", "not offered")];
    let artifacts = Box::pin(run(PATCHING, calls)).await;
    assert!(artifacts.files.is_empty(), "{artifacts:?}");
    let [dropped] = &artifacts.dropped[..] else { panic!("{artifacts:?}") };
    assert_eq!((&dropped.reason, dropped.count), (&DropReason::Patched, 2));
    assert_eq!(dropped.paths, ["src/new.txt", "src/moved.txt"]);
}

/// A picture of one point.
const PICTURE: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDAT\
    x\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// The same in base64.
const PICTURE_BASE64: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACklEQVR4nGMAAQAABQABDQottAAAAABJRU5ErkJggg==";

/// Answers as a server of tools does that has one tool, which returns a picture.
async fn camera(request: String) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let request: Value = serde_json::from_str(&request).unwrap_or_default();
    let result = match request["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": request["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "camera", "version": "1" },
        }),
        "tools/list" => json!({ "tools": [{ "name": "shot", "inputSchema": { "type": "object" } }] }),
        "tools/call" => json!({ "content": [
            { "type": "text", "text": "Smile." },
            { "type": "image", "data": PICTURE_BASE64, "mimeType": "image/png" },
        ] }),
        _ => return (StatusCode::ACCEPTED, [("content-type", "application/json")], String::new()),
    };
    let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result });
    (StatusCode::OK, [("content-type", "application/json")], answer.to_string())
}

#[tokio::test]
async fn a_picture_that_a_tool_returns_is_there_and_one_that_was_read_is_not() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/", axum::routing::post(camera));
    let tools = tokio::spawn(async move { axum::serve(listener, router).await });

    let model = Model::start().await;
    let config = json!({ "mcp": { "camera": { "type": "remote", "url": url, "oauth": false } } });
    let builder = RealServer::builder().git(true).model_url(model.url()).config(&config);
    let Some(server) = builder.start_or_skip().await else { return };
    std::fs::write(server.directory().join("read.png"), PICTURE).unwrap();
    let password = server.password().expect("servers of tests have a password");
    let client = Client::builder().base_url(server.url()).password(password).build().unwrap();
    let rules = vec![PermissionRule::new("*", "*", PermissionAction::Allow)];
    let session = CreateSession::from("a test").with_permission(rules);
    let session = client.sessions().create(session).await.unwrap();
    let read = Op::tool("read", json!({ "filePath": server.directory().join("read.png") }));
    let script =
        ModelScript::new().step([read, Op::tool("camera_shot", json!({}))]).step([Op::text("Done.")]);
    let turn = session.prompt(script.to_prompt("Please go.")).await.unwrap();
    let outcome = tokio::time::timeout(HANGS_AFTER, turn.outcome()).await.expect("the turn hangs");
    assert!(outcome.ending.is_completed(), "{}", outcome.ending);

    let returned: Vec<_> = outcome.reply.tools().filter_map(ReplyPart::tool).collect();
    let attached = returned.iter().map(|call| call.state.attachments.as_ref().map_or(0, Vec::len));
    assert_eq!(attached.collect::<Vec<_>>(), [1, 1], "{returned:?}");
    let artifacts = Exchange::from(outcome.reply).tool_artifacts(&ToolArtifactsOptions::default());
    let [picture] = &artifacts.files[..] else { panic!("{artifacts:?}") };
    assert_eq!((picture.name(), picture.origin), ("attachment-1.png", FileOrigin::Attached));
    assert_eq!((&picture.content[..], &artifacts.dropped[..]), (PICTURE, &[][..]));
    tools.abort();
}
