//! Turns that are to stop.

use opencode_store::turn::{EndKind, StopReason};
use opencode_testkit::server::Script;

use super::rig::{Rig, end};

/// G13: whoever asks, from any process, the turn ends as cancelled with what was said until then.
#[tokio::test]
async fn g13_a_request_to_stop_ends_a_running_turn_as_cancelled() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    let running = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    let session = rig.store.sessions().session(&crate::support::subject()).await.unwrap().unwrap();
    let filter = opencode_store::turn::TurnFilter::Open;
    let turn = rig.store.turns().turns(session.id, filter, None, 1).await.unwrap().remove(0);
    rig.store.turns().request_stop(turn.id, StopReason::Cancelled).await.unwrap();
    let finished = running.await.unwrap().unwrap();
    assert_eq!(end(&finished).kind, EndKind::Cancelled);
    assert_eq!(rig.text(&finished).await.trim(), "Half of");
    let upstream_id = session.upstream_id.unwrap();
    rig.server.assert_requests("POST", &format!("/session/{upstream_id}/abort"), 1);
}

#[tokio::test]
async fn g13_a_turn_that_is_stopped_before_it_began_posts_nothing() {
    let rig = Rig::start().await;
    rig.admit("Explain monads.").await;
    let claim = rig.claim().await.unwrap();
    rig.store.turns().request_stop(claim.turn.id, StopReason::Cancelled).await.unwrap();
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Cancelled);
    assert_eq!(rig.server.requests().len(), 0);
}
