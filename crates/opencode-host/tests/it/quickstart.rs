//! What the README shows, against the scripted server: with nothing but the prelude.

use opencode_host::prelude::*;
use opencode_testkit::server::{Permission, Script, Server, Tool};
use serde_json::json;

#[tokio::test]
async fn the_text_of_a_turn_can_be_printed_as_it_grows() {
    let server = Server::start_with(Script::new().text("A monad is a burrito.")).await;
    let client = Client::new(server.url()).unwrap();
    let session = client.sessions().create("Monads").await.unwrap();

    let mut turn =
        session.prompt("Explain monads in two sentences.").on_blocker(policy::reject_all).await.unwrap();
    let mut printed = String::new();
    while let Some(change) = turn.next().await {
        if let ChangeKind::Text { delta, .. } = change.kind {
            printed.push_str(&delta);
        }
    }
    let reply = turn.outcome().await.into_reply().unwrap();
    assert_eq!(printed, "A monad is a burrito.");
    assert_eq!(reply.text(), printed);
    assert_eq!(reply.usage().steps, 1);
}

/// Runs a turn whose agent asks for one permission, under the README's rule.
async fn ask_for(permission: &str) -> (Server, Outcome) {
    let ask = Permission::new(permission, "src/lib.rs");
    let tool = Tool::new("edit").input(json!({"filePath": "src/lib.rs"})).ask(ask).output("done");
    let server = Server::start_with(Script::new().tool(tool).next_step().text("Sorted.")).await;
    let client = Client::new(server.url()).expect("an address");
    let session = client.sessions().create("Tidy up").await.expect("a session");
    let turn = session
        .prompt("Sort the imports in src/lib.rs.")
        .on_blocker(|blocker| async move {
            match blocker {
                Blocker::Permission(request) if request.permission == "edit" => Decision::AllowOnce,
                _ => Decision::reject_because("Only edits are allowed."),
            }
        })
        .await
        .expect("a turn");
    let outcome = turn.outcome().await;
    (server, outcome)
}

#[tokio::test]
async fn an_edit_is_allowed_and_its_file_is_told() {
    let (_server, outcome) = ask_for("edit").await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Sorted.");
    assert_eq!(outcome.reply.files(), ["src/lib.rs"]);
}

#[tokio::test]
async fn anything_else_is_refused_with_the_reason_and_the_model_goes_on() {
    let (server, outcome) = ask_for("bash").await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Sorted.");
    assert!(outcome.reply.files().is_empty());
    let replies = server.requests_to("POST", "/permission/:id/reply");
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].body["message"], "Only edits are allowed.");
}
