//! Turns that are fetched from a server after they have ended, on the scripted server.

use opencode_orchestrate::exchange::{Exchange, ToolArtifactsOptions};
use opencode_testkit::server::{Script, Server, Subagent, Tool, Usage};
use opencode_wire::Client;
use opencode_wire::api::SessionHandle;
use opencode_wire::ids::MessageId;
use serde_json::json;

async fn session(server: &Server) -> SessionHandle {
    Client::new(server.url()).unwrap().sessions().create("a test").await.unwrap()
}

/// Runs a turn to its end and gives its prompt's id.
async fn run(server: &Server, session: &SessionHandle, script: Script) -> MessageId {
    server.script(script);
    let turn = session.prompt("Go.").await.unwrap();
    let message_id = turn.message_id().clone();
    assert!(turn.outcome().await.ending.is_completed());
    message_id
}

fn write(path: &str, content: &str) -> Tool {
    Tool::new("write").input(json!({ "filePath": path, "content": content }))
}

#[tokio::test]
async fn a_turn_is_fetched_with_its_sub_agents_and_without_other_turns() {
    let server = Server::start().await;
    let session = session(&server).await;
    run(&server, &session, Script::new().text("Before.").tool(write("a.txt", "before"))).await;
    let child = Script::new().text("Below.").tool(write("below.txt", "below")).usage(Usage::new(10, 1, 0.5));
    let script = Script::new()
        .tool(write("a.txt", "v1"))
        .usage(Usage::new(20, 2, 0.25))
        .next_step()
        .subagent(Subagent::new("Dig", child))
        .next_step()
        .tool(write("a.txt", "v2"))
        .next_step()
        .text("Done.");
    let message_id = run(&server, &session, script).await;
    run(&server, &session, Script::new().text("After.").tool(write("a.txt", "after"))).await;

    let exchange = Exchange::fetch(&session, &message_id).await.unwrap();
    assert_eq!(exchange.text(), "Done.");
    let artifacts = exchange.tool_artifacts(&ToolArtifactsOptions::default());
    let files: Vec<_> = artifacts.files.iter().map(|file| (file.name(), &file.content[..])).collect();
    assert_eq!(files, [("below.txt", &b"below"[..]), ("a.txt", b"v2")]);
    assert_eq!(exchange.reply().sessions().len(), 2);
    assert!(exchange.usage().cost >= 0.75, "{}", exchange.usage());
}

/// W-40: the whole history was fetched for every turn.
#[tokio::test]
async fn w40_a_turn_is_fetched_without_what_was_said_before() {
    let server = Server::start().await;
    let session = session(&server).await;
    for number in 0..60 {
        run(&server, &session, Script::new().text(format!("Answer {number}."))).await;
    }
    let message_id = run(&server, &session, Script::new().text("The last.")).await;
    let before = server.requests().len();
    assert_eq!(Exchange::fetch(&session, &message_id).await.unwrap().text(), "The last.");
    let requests = server.requests().split_off(before);
    let pages = requests.iter().filter(|request| request.path.ends_with("/message"));
    let limits: Vec<_> = pages.map(|request| request.query.get("limit").map(String::as_str)).collect();
    assert_eq!(limits, [Some("50")], "one page, and no more than a page");
}

#[tokio::test]
async fn a_prompt_that_is_not_there_is_told_and_a_session_that_is_not_there_is_an_error() {
    let server = Server::start().await;
    let session = session(&server).await;
    run(&server, &session, Script::new().text("Of somebody else.")).await;
    let exchange = Exchange::fetch(&session, &session.mint_message_id()).await.unwrap();
    assert!(!exchange.reply().is_accepted());
    assert_eq!((exchange.text().as_str(), exchange.messages().len()), ("", 0));
    let strange = session.client().session("ses_strange".parse().unwrap());
    assert!(Exchange::fetch(&strange, &session.mint_message_id()).await.unwrap_err().is_not_found());
}
