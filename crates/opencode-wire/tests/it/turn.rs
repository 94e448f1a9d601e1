//! Whole turns against the scripted server.

use std::time::Duration;

use opencode_testkit::server::{Permission, Script, Server, StreamStyle, Subagent, Tool};
use opencode_wire::Client;
use opencode_wire::api::SessionHandle;
use opencode_wire::drive::{Decision, Turn, policy};
use opencode_wire::reply::{Blocker, ChangeKind};
use opencode_wire::turn::{CancelledBy, Ending, Outcome};
use serde_json::json;

pub(crate) async fn session(server: &Server) -> SessionHandle {
    let client = Client::new(server.url()).unwrap();
    client.sessions().create("a test").await.unwrap()
}

async fn run(server: &Server, prompt: &str) -> Outcome {
    session(server).await.prompt(prompt).await.unwrap().outcome().await
}

#[tokio::test]
async fn a_plain_turn_streams_its_text_and_completes() {
    let server =
        Server::start_with(Script::new().reasoning("Hm. ").text_chunks(["Hello", ", ", "world"])).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Say hello.").await.unwrap();
    let mut streamed = String::new();
    while let Some(change) = turn.next().await {
        if let ChangeKind::Text { delta, .. } = change.kind {
            streamed.push_str(&delta);
        }
    }
    let outcome = turn.outcome().await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(streamed, "Hello, world");
    assert_eq!(outcome.reply.text(), "Hello, world");
    assert_eq!(server.requests_to("POST", "/session/:id/prompt_async").len(), 1);
}
