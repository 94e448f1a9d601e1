//! What calls of tools say about files on the real server.

use std::time::Duration;

use opencode_orchestrate::exchange::{DropReason, Exchange};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::CreateSession;
use opencode_wire::model::{ModelRef, PermissionAction, PermissionRule};
use serde_json::json;

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
        Exchange::fetch(&session, &message_id).await.unwrap().tool_artifacts(&[])
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
    let files: Vec<_> =
        artifacts.files.iter().map(|file| (file.path.clone(), file.content.as_str())).collect();
    let path = |name: &str| server.directory().join(name).to_str().unwrap().to_owned();
    assert_eq!(files, [(path("b.txt"), "b\n"), (path("c.txt"), "v2")]);
    let [dropped] = &artifacts.dropped[..] else { panic!("{artifacts:?}") };
    assert_eq!((dropped.reason, &dropped.paths[..]), (DropReason::Edited, &["a.txt".to_owned()][..]));

    let calls = vec![Op::tool("apply_patch", json!({ "patchText": PATCH })), write("d.txt", "not offered")];
    let artifacts = Box::pin(run(PATCHING, calls)).await;
    assert!(artifacts.files.is_empty(), "{artifacts:?}");
    let [dropped] = &artifacts.dropped[..] else { panic!("{artifacts:?}") };
    assert_eq!((dropped.reason, dropped.count), (DropReason::Patched, 2));
    assert_eq!(dropped.paths, ["src/new.txt", "src/moved.txt"]);
}
