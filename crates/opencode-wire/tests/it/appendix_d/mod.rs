//! What an earlier client was seen to lose, crash on or mix up, row by row, and what this one makes of it.
//!
//! The old results are in the names and comments. Rows about plain requests are with the tests of the client, rows
//! about speed are tested by their structure.

mod parts;
mod scale;
mod streams;

use opencode_testkit::server::{Script, Server};
use opencode_wire::api::SessionHandle;
use opencode_wire::drive::Turn;
use opencode_wire::turn::{Ending, Outcome};
use serde_json::{Value, json};

use super::support::{outcome, serve, session};

/// A turn that stands still in the middle of its script.
async fn held(script: Script) -> (Server, SessionHandle, Turn) {
    let server = serve(script).await;
    let session = session(&server).await;
    let turn = session.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    (server, session, turn)
}

/// Lets it go on, and follows it to its end.
async fn end(server: &Server, turn: Turn) -> Outcome {
    server.release("gate");
    outcome(turn).await
}

fn assert_completed(outcome: &Outcome, text: &str) {
    assert_eq!((&outcome.ending, outcome.reply.text().as_str()), (&Ending::Completed, text));
}

/// A stored part of the last message.
fn stored(server: &Server, session: &SessionHandle, kind: &str) -> Value {
    let messages = server.messages(session.id().as_str());
    let parts = messages.last().unwrap()["parts"].as_array().unwrap().clone();
    parts.into_iter().find(|part| part["type"] == kind).unwrap()
}

fn update(server: &Server, session: &SessionHandle, part: &Value) {
    let properties = json!({"sessionID": session.id().as_str(), "part": part, "time": 1});
    server.emit_for(session.id().as_str(), "message.part.updated", properties);
}

fn delta(server: &Server, session: &SessionHandle, part: &Value, text: &str) {
    let properties = json!({
        "sessionID": session.id().as_str(), "messageID": part["messageID"], "partID": part["id"],
        "field": "text", "delta": text,
    });
    server.emit_for(session.id().as_str(), "message.part.delta", properties);
}
