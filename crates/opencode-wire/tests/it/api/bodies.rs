//! What is sent, to the letter.

use opencode_testkit::server::Server;
use opencode_wire::api::{CreateSession, OutputFormat, Prompt, PromptPart, RunCommand, Shell, UpdateSession};
use opencode_wire::model::{Json, ModelRef, PermissionAction, PermissionRule, Timestamp};
use serde_json::{Value, json};

use super::session;

fn body(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn t_r04_to_t_r06_a_new_session_is_described_by_what_was_set() {
    assert_eq!(body(&CreateSession::default()), json!({}));
    let empty = CreateSession::from("x").with_permission(Vec::new());
    assert_eq!(body(&empty), json!({"title": "x", "permission": []}));
    let model = ModelRef { variant: Some("high".to_owned()), ..ModelRef::new("openrouter", "vendor/model") };
    let all = CreateSession::from("x".to_owned())
        .with_parent_id("ses_1".parse().unwrap())
        .with_permission(vec![PermissionRule::new("bash", "*", PermissionAction::Deny)])
        .with_agent("build")
        .with_model(model)
        .with_metadata(json!({"ticket": 42}).into())
        .with_workspace_id("wrk_1".parse().unwrap())
        .with_extra("future", json!([1]));
    let expected = json!({
        "title": "x",
        "permission": [{"permission": "bash", "pattern": "*", "action": "deny"}],
        "parentID": "ses_1",
        "agent": "build",
        "model": {"providerID": "openrouter", "id": "vendor/model", "variant": "high"},
        "metadata": {"ticket": 42},
        "workspaceID": "wrk_1",
        "future": [1],
    });
    assert_eq!(body(&all), expected);
    let split = CreateSession::default().with_model("openrouter/vendor/model".parse().unwrap());
    assert_eq!(body(&split), json!({"model": {"providerID": "openrouter", "id": "vendor/model"}}));
}

#[tokio::test]
async fn t_r05_t_r07_one_request_for_each_change() {
    let server = Server::start().await;
    let session = session(&server).await;
    let rules = vec![
        PermissionRule::new("*", "*", PermissionAction::Deny),
        PermissionRule::new("read", "*", PermissionAction::Allow),
    ];
    let changes = UpdateSession::default().with_title("y").with_permission(rules);
    assert_eq!(session.update(&changes).await.unwrap().title, "y");
    assert_eq!(server.requests_to("POST", "/session").len(), 1);
    let sent = server.requests_to("PATCH", "/session/:id");
    assert_eq!(sent.len(), 1);
    let ordered = json!([
        {"permission": "*", "pattern": "*", "action": "deny"},
        {"permission": "read", "pattern": "*", "action": "allow"},
    ]);
    assert_eq!(sent[0].body, json!({"title": "y", "permission": ordered}));
    let archived = UpdateSession::default().with_archived(Timestamp::from_millis(7));
    assert_eq!(body(&archived), json!({"time": {"archived": 7}}));
}

#[tokio::test]
async fn t_r08_t_r09_an_asynchronous_prompt_is_sent_once_and_whole() {
    let server = Server::start().await;
    let session = session(&server).await;
    let schema = json!({"type": "object", "properties": {"a": {"type": "number"}}});
    let prompt = Prompt::from("Explain.")
        .with_agent("plan")
        .with_system("Be brief.")
        .with_message_id("msg_mine".parse().unwrap())
        .with_format(OutputFormat::JsonSchema { schema: schema.clone().into(), retry_count: Some(2) });
    session.send_prompt_async(&prompt).await.unwrap();
    let sent = server.requests_to("POST", "/session/:id/prompt_async");
    assert_eq!(sent.len(), 1);
    let expected = json!({
        "messageID": "msg_mine",
        "parts": [{"type": "text", "text": "Explain."}],
        "agent": "plan",
        "format": {"type": "json_schema", "schema": schema, "retryCount": 2},
        "system": "Be brief.",
    });
    assert_eq!(sent[0].body, expected);
    assert_eq!(sent[0].headers["content-type"], "application/json");
}

#[test]
fn prompts_drop_what_is_unset_and_keep_what_is_false() {
    assert_eq!(body(&Prompt::new()), json!({"parts": []}));
    let model = ModelRef { variant: Some("low".to_owned()), ..ModelRef::new("p", "m") };
    let prompt = Prompt::new()
        .with_model(model)
        .with_no_reply(false)
        .with_tool("bash", false)
        .with_tool("read", true)
        .with_format(OutputFormat::Text)
        .with_extra("future", json!({"a": null}));
    let expected = json!({
        "parts": [],
        "model": {"providerID": "p", "modelID": "m"},
        "noReply": false,
        "tools": {"bash": false, "read": true},
        "format": {"type": "text"},
        "variant": "low",
        "future": {"a": null},
    });
    assert_eq!(body(&prompt), expected);
    assert_eq!(body(&prompt.with_variant("high"))["variant"], "high");
}

#[test]
fn parts_are_of_the_types_that_the_server_takes() {
    let parts = [
        PromptPart::from("hi"),
        PromptPart::file("file:///srv/a.txt", "text/plain"),
        PromptPart::file_bytes("a.png", "image/png", [0xff, 0xfe]),
        PromptPart::agent("explore"),
        PromptPart::subtask("general", "Look around", "Find all TODOs."),
        PromptPart::Other(Json::from(json!({"type": "hologram"}))),
    ];
    let expected = json!([
        {"type": "text", "text": "hi"},
        {"type": "file", "mime": "text/plain", "url": "file:///srv/a.txt"},
        {"type": "file", "mime": "image/png", "filename": "a.png", "url": "data:image/png;base64,//4="},
        {"type": "agent", "name": "explore"},
        {"type": "subtask", "prompt": "Find all TODOs.", "description": "Look around", "agent": "general"},
        {"type": "hologram"},
    ]);
    assert_eq!(body(&parts), expected);
}

#[tokio::test]
async fn the_other_calls_of_a_session() {
    let server = Server::start().await;
    let session = session(&server).await;
    let asked = session.send_prompt(&"hello".into()).await.unwrap().info.parent_id.unwrap();
    let model: ModelRef = "test/test-1".parse().unwrap();
    let last = || server.requests().pop().unwrap();

    session.fork(None).await.unwrap();
    assert_eq!(last().body, json!({}));
    let fork = session.fork(Some(&asked)).await.unwrap();
    assert_ne!(fork.id(), session.id());
    assert_eq!(last().body, json!({"messageID": asked}));
    session.revert(&asked, None).await.unwrap();
    assert_eq!(last().body, json!({"messageID": asked}));
    session.unrevert().await.unwrap();
    session.diff(Some(&asked)).await.unwrap();
    assert_eq!(last().query["messageID"], asked.as_str());
    session.summarize(&model).await.unwrap();
    assert_eq!(last().body, json!({"providerID": "test", "modelID": "test-1"}));
    session.share().await.unwrap();
    session.unshare().await.unwrap();
    assert_eq!(last().method, "DELETE");
    session.run_command(&RunCommand::new("review", "HEAD").with_model(model.clone())).await.unwrap();
    assert_eq!(last().body, json!({"command": "review", "arguments": "HEAD", "model": "test/test-1"}));
    session.shell(&Shell::new("ls", "build").with_model(model.clone())).await.unwrap();
    let named = json!({"providerID": "test", "modelID": "test-1"});
    assert_eq!(last().body, json!({"command": "ls", "agent": "build", "model": named}));
    session.init(&"msg_init".parse().unwrap(), &model).await.unwrap();
    assert_eq!(last().body, json!({"messageID": "msg_init", "providerID": "test", "modelID": "test-1"}));
}
