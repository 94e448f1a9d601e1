//! Turns that are stopped: by us, by others, at every moment.

use std::time::Duration;

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::model::ToolStatus;
use opencode_wire::reply::{ChangeKind, ReplyPart};
use opencode_wire::turn::{CancelledBy, Deadlines, Ending, Limit};
use serde_json::json;

use super::rig::{self, Rig};

const CANCELLED: Ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };

const fn is_text(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::Text { .. })
}

fn endless() -> ModelScript {
    ModelScript::new().step([Op::text("The beginning. "), Op::Hang])
}

#[tokio::test]
async fn a_turn_stopped_in_the_middle_of_its_text_keeps_what_was_said() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut turn = rig::start(&session, endless()).await;
    rig::until(&mut turn, is_text).await;
    turn.cancel();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, CANCELLED);
    assert_eq!(outcome.reply.text().trim(), "The beginning.");
    let next = rig::run(&session, ModelScript::new().step([Op::text("Again.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Again."));
}

/// An abort in the middle of a command leaves the call completed and the message with an error.
#[tokio::test]
async fn t08_a_turn_stopped_in_the_middle_of_a_command_ends_it() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.trusted_session().await;
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "echo begun; sleep 600", "description": "Sleeps" }))])
        .step([Op::text("Never.")]);
    let mut turn = rig::start(&session, script).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Tool { status: ToolStatus::Running, .. })).await;
    turn.cancel();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, CANCELLED);
    let bash = outcome.reply.tools().next().and_then(ReplyPart::tool).unwrap();
    assert!(bash.state.status.is_terminal(), "{bash:?}");
}

#[tokio::test]
async fn t12_a_turn_stopped_while_a_person_is_asked_asks_no_more() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let run = json!({ "command": "true", "description": "Nothing" });
    let script = ModelScript::new().step([Op::tool("bash", run)]).step([Op::text("Never.")]);
    let mut turn = rig::start(&session, script).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Blocked(_))).await;
    turn.cancel();
    let (changes, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, CANCELLED);
    assert!(!outcome.reply.is_blocked());
    let closed = changes.iter().any(|change| matches!(change.kind, ChangeKind::Unblocked { .. }));
    assert!(closed, "{}", rig::shown(&changes));
    let next = rig::run(&session, ModelScript::new().step([Op::text("Again.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Again."));
}

#[tokio::test]
async fn t02_a_turn_stopped_before_its_first_word_ends() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut turn = rig::start(&session, ModelScript::new().step([Op::Hang])).await;
    turn.cancel();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, CANCELLED, "{}", rig::shown(&outcome));
    assert_eq!(outcome.reply.text(), "");
    assert!(!session.client().sessions().status().await.unwrap().contains_key(session.id()));
}

/// An abort while the server waits to try again leaves a message with neither an error nor a reason.
#[tokio::test]
async fn t08_a_turn_stopped_between_two_tries_ends() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut turn = rig::start(&session, ModelScript::new().step([Op::status(503)])).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Retrying(_))).await;
    turn.cancel();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, CANCELLED, "{}", rig::shown(&outcome));
    assert_eq!(rig.requests_of(&session).len(), 1);
}

#[tokio::test]
async fn t08_a_turn_that_somebody_else_stopped_says_so() {
    let Some(rig) = Rig::shared().await else { return };
    for script in [endless(), ModelScript::new().step([Op::text("Half. "), Op::status(503)])] {
        let session = rig.session().await;
        let mut turn = rig::start(&session, script).await;
        rig::until(&mut turn, |kind| is_text(kind) || matches!(kind, ChangeKind::Retrying(_))).await;
        rig.client().session(session.id().clone()).abort().await.unwrap();
        let outcome = rig::outcome(turn).await;
        let expected = Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true };
        assert_eq!(outcome.ending, expected, "{}", rig::shown(&outcome));
    }
}

/// The server tells an aborted session idle twice, and the second time may come after the next prompt: an idle is
/// never taken for an end.
#[tokio::test]
async fn t02_a_prompt_right_after_a_stop_is_answered() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    for round in 0..5 {
        let mut turn = rig::start(&session, endless()).await;
        rig::until(&mut turn, is_text).await;
        session.abort().await.unwrap();
        // Not even the end of the stopped turn is awaited.
        let word = format!("Word {round}.");
        let next = rig::run(&session, ModelScript::new().step([Op::text(&word)])).await;
        assert_eq!((next.ending, next.reply.text()), (Ending::Completed, word));
        let stopped = rig::outcome(turn).await;
        let expected = Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true };
        assert_eq!(stopped.ending, expected, "{}", rig::shown(&stopped));
    }
}

/// An abort of a session that does nothing tells an idle for nothing.
#[tokio::test]
async fn t02_an_abort_of_an_idle_session_ends_nothing() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let script = ModelScript::new().step([Op::text("Slow "), Op::hold("t02-idle"), Op::text("word.")]);
    session.abort().await.unwrap();
    let turn = rig::start(&session, script).await;
    rig.model.wait_for_hold("t02-idle").await;
    rig.model.release("t02-idle");
    let outcome = rig::outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Slow word."));
    session.abort().await.unwrap();
    session.abort().await.unwrap();
}

#[tokio::test]
async fn g11_a_limit_stops_the_turn_and_keeps_what_was_said() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut deadlines = Deadlines::default();
    deadlines.progress = Some(Duration::from_millis(700));
    let turn = session.prompt(rig::prompt(&session, &endless())).deadlines(deadlines).await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Limit { limit: Limit::Progress, confirmed: true });
    assert_eq!(outcome.reply.text().trim(), "The beginning.");
    assert!(!session.client().sessions().status().await.unwrap().contains_key(session.id()));
}
