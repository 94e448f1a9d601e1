//! A decider that takes its time: the turn does not wait for it, and it is told when nobody waits any more.

use opencode_testkit::server::{Permission, Script, Server, Tool};
use opencode_wire::api::{PermissionAnswer, SessionHandle};
use opencode_wire::drive::{Decision, Turn};
use opencode_wire::turn::{CancelledBy, Ending};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{in_time, outcome, serve, session};

/// Tells when it is made, and when it is dropped.
struct Witness(UnboundedSender<&'static str>);

impl Witness {
    fn new(told: &UnboundedSender<&'static str>) -> Self {
        told.send("asked").expect("the test listens");
        Self(told.clone())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send("dropped");
    }
}

/// A turn that waits for a decision that never comes, and what its decider tells.
async fn undecided_turn() -> (Server, SessionHandle, Turn, UnboundedReceiver<&'static str>) {
    let tool =
        Tool::new("bash").input(json!({"command": "ls"})).ask(Permission::new("bash", "ls")).output("a.md");
    let server = serve(Script::new().tool(tool).next_step().text("Done.")).await;
    let session = session(&server).await;
    let (sender, told) = unbounded_channel();
    let turn = session
        .prompt("List.")
        .on_blocker(move |_| {
            let witness = Witness::new(&sender);
            async move {
                let _witness = witness;
                std::future::pending::<Decision>().await
            }
        })
        .await
        .expect("a turn");
    (server, session, turn, told)
}

#[tokio::test]
async fn a_cancelled_turn_does_not_wait_for_its_decider() {
    let (_server, _session, turn, mut told) = undecided_turn().await;
    let token = turn.cancel_token();
    let ended = tokio::spawn(outcome(turn));
    assert_eq!(in_time(told.recv()).await, Some("asked"));
    token.cancel();
    let outcome = ended.await.unwrap();
    assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Caller, confirmed: true });
    assert_eq!(in_time(told.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_decider_is_dropped_when_somebody_else_answers() {
    let (server, session, turn, mut told) = undecided_turn().await;
    let ended = tokio::spawn(outcome(turn));
    assert_eq!(in_time(told.recv()).await, Some("asked"));
    let asked = server.wait_for_blocker().await;
    let id = asked["id"].as_str().unwrap().parse().unwrap();
    session.client().permissions().reply(session.id(), &id, PermissionAnswer::once()).await.unwrap();
    assert_eq!(in_time(told.recv()).await, Some("dropped"));
    assert_eq!(ended.await.unwrap().ending, Ending::Completed);
}
