//! Turns whose worker died.

use std::sync::Arc;

use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::ErrorKind;
use opencode_store::session::{SessionConfig, Sessions};
use opencode_store::turn::{EndKind, TurnState};
use opencode_testkit::server::Script;
use opencode_wire::Client;

use super::rig::{Rig, end};
use crate::support::subject;

#[tokio::test]
async fn g01_w60_a_turn_whose_worker_died_is_followed_on_and_not_prompted_again() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    rig.die_at("half").await;
    rig.lapse();
    rig.server.release("half");
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Completed);
    assert_eq!(rig.text(&finished).await, "Half of it.");
    assert_eq!(finished.turn.attempt, 2);
    rig.server.assert_prompts(1);
}

/// The answer was whole before anybody took over.
#[tokio::test]
async fn g01_a_turn_that_ended_while_nobody_looked_is_stored() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("All ").hold("half").more("of it."));
    rig.admit("Explain monads.").await;
    rig.die_at("half").await;
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    rig.server.release("half");
    rig.server.wait_for_idle(session.upstream_id.unwrap().as_str()).await;
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "All of it."));
    rig.server.assert_prompts(1);
}

/// Its worker died between the note and the request: the server is asked, does not have the prompt, and gets it once.
#[tokio::test]
async fn g01_a_prompt_that_was_about_to_be_posted_is_looked_for_and_then_posted() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Here."));
    rig.admit("Explain monads.").await;
    let claim = rig.claim().await.unwrap();
    let upstream = ClientUpstream::new(Client::new(rig.server.url()).unwrap());
    let sessions = Sessions::new(rig.store.sessions(), Arc::new(upstream));
    sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap();
    rig.store.turns().advance(&claim.lease, TurnState::Prompting).await.unwrap();
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "Here."));
    rig.server.assert_prompts(1);
}

/// Nobody can know whether a prompt was posted to a session that is gone, so it is not posted again.
#[tokio::test]
async fn g01_a_prompt_that_may_have_been_posted_to_a_session_that_is_gone_is_lost() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    rig.die_at("half").await;
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    rig.server.delete_session(session.upstream_id.unwrap().as_str());
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Lost);
    rig.server.assert_prompts(1);
}

/// Whoever has lost a turn lets go of it, and stops nothing.
#[tokio::test]
async fn a_worker_whose_turn_was_taken_lets_go_of_it() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    let slow = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    rig.lapse();
    let other = rig.begin().await;
    rig.server.wait_for_streams(2).await;
    rig.server.release("half");
    let finished = other.await.unwrap().unwrap();
    assert_eq!(
        (end(&finished).kind, rig.text(&finished).await.as_str()),
        (EndKind::Completed, "Half of it.")
    );
    assert_eq!(slow.await.unwrap().unwrap_err().kind(), ErrorKind::LeaseLost);
    rig.server.assert_prompts(1);
}
