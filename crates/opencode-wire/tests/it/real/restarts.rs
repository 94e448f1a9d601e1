//! Servers that die in the middle and come back. Each of these tests has a server of its own.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::{Ending, Loss};
use serde_json::json;

use super::rig::{self, Rig};

/// A killed server leaves a message that never completes, an empty text and an empty list of working sessions; no
/// event tells it. What was heard before is all that is left of the text.
#[tokio::test]
async fn t10_a_turn_on_a_server_that_was_killed_is_abandoned_and_the_next_one_works() {
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    let session = rig.session().await;
    let mut turn =
        rig::start(&session, ModelScript::new().step([Op::text("The beginning. "), Op::Hang])).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Text { .. })).await;
    let message_id = turn.message_id().clone();
    rig.server.kill().await;
    rig.server.restart().await.unwrap();
    let (changes, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::Abandoned), "{}", rig::shown(&changes));
    assert!(outcome.ending.is_retryable());
    assert_eq!(outcome.reply.text().trim(), "The beginning.");
    assert!(changes.iter().any(|change| change.kind == ChangeKind::Gap), "{}", rig::shown(&changes));

    let again = rig::outcome(session.attach(message_id).await.unwrap()).await;
    assert_eq!(again.ending, Ending::Lost(Loss::Abandoned));
    let next = rig::run(&session, ModelScript::new().step([Op::text("Again.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Again."));
}

/// A tool call that ran when the server died is told as running for ever, and does not keep the turn from ending.
#[tokio::test]
async fn t10_a_command_on_a_server_that_was_killed_does_not_hang_the_turn() {
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    let session = rig.trusted_session().await;
    let run = json!({ "command": "echo begun; sleep 600", "description": "Sleeps" });
    let mut turn = rig::start(&session, ModelScript::new().step([Op::tool("bash", run)])).await;
    let is_running = |kind: &ChangeKind| match kind {
        ChangeKind::Tool { status, .. } => *status == opencode_wire::model::ToolStatus::Running,
        _ => false,
    };
    rig::until(&mut turn, is_running).await;
    rig.server.kill().await;
    rig.server.restart().await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::Abandoned), "{}", rig::shown(&outcome));
    assert_eq!(outcome.reply.tools().count(), 1);
}

/// What nobody answered before the server died is asked no more, and an `always` is forgotten.
#[tokio::test]
async fn t10_a_request_on_a_server_that_was_killed_is_asked_no_more() {
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    let session = rig.session().await;
    let run = json!({ "command": "true", "description": "Nothing" });
    let script = ModelScript::new().step([Op::tool("bash", run)]).step([Op::text("Never.")]);
    let mut turn = rig::start(&session, script.clone()).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Blocked(_))).await;
    rig.server.restart().await.unwrap();
    let (changes, outcome) = rig::drain(turn).await;
    assert!(!outcome.reply.is_blocked());
    let unblocked =
        changes.iter().any(|change| matches!(change.kind, ChangeKind::Unblocked { answer: None, .. }));
    assert!(unblocked, "{}", rig::shown(&changes));
    assert!(!outcome.ending.is_completed(), "{}", outcome.ending);
    let mut again = rig::start(&session, script).await;
    rig::until(&mut again, |kind| matches!(kind, ChangeKind::Blocked(_))).await;
}

/// The turn had ended before the server did: it is read back whole.
#[tokio::test]
async fn a_finished_turn_outlives_its_server() {
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    let session = rig.session().await;
    let outcome = rig::run(&session, ModelScript::new().step([Op::text("All of it.")])).await;
    assert_eq!(outcome.ending, Ending::Completed);
    rig.server.restart().await.unwrap();
    let message_id = outcome.reply.message_id().clone();
    let again =
        rig::outcome(rig.client().session(session.id().clone()).attach(message_id).await.unwrap()).await;
    assert_eq!((again.ending, again.reply.text().as_str()), (Ending::Completed, "All of it."));
    assert_eq!(again.reply.usage(), outcome.reply.usage());
}
