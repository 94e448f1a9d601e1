//! Several who follow one turn, and those who let go of it.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

const fn is_text(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::Text { .. })
}

/// Deltas are not stored: who comes in the middle of a part knows its text only when it is whole.
#[tokio::test]
async fn t09_who_attaches_to_a_running_turn_has_it_whole_in_the_end() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.trusted_session().await;
    let script = ModelScript::new()
        .step([Op::text("Step one."), Op::tool("bash", json!({ "command": "echo hi", "description": "Hi" }))])
        .step([Op::text("Before "), Op::hold("t09-attach"), Op::text("and after.")]);
    let mut first = rig::start(&session, script).await;
    let is_second =
        |kind: &ChangeKind| matches!(kind, ChangeKind::Text { delta, .. } if delta.starts_with("Before"));
    rig::until(&mut first, is_second).await;
    let elsewhere = rig.client().session(session.id().clone());
    let mut second = elsewhere.attach(first.message_id().clone()).await.unwrap();
    let met = rig::until(&mut second, is_text).await;
    assert!(met.iter().any(|change| change.kind == ChangeKind::Accepted), "{}", rig::shown(&met));
    rig.model.release("t09-attach");
    let (first, second) = (rig::outcome(first).await, rig::outcome(second).await);
    assert_eq!([&first.ending, &second.ending], [&Ending::Completed; 2]);
    assert_eq!(first.reply.text(), "Step one.\n\nBefore and after.");
    assert_eq!(second.reply.text(), first.reply.text());
    assert_eq!(second.reply.usage(), first.reply.usage());
}

#[tokio::test]
async fn who_attaches_to_a_finished_turn_reads_it_back() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let first = rig::run(&session, ModelScript::new().step([Op::reasoning("Hm."), Op::text("All.")])).await;
    let newer = rig::run(&session, ModelScript::new().step([Op::text("Newer.")])).await;
    assert_eq!([&first.ending, &newer.ending], [&Ending::Completed; 2]);
    let elsewhere = rig.client().session(session.id().clone());
    let again = rig::outcome(elsewhere.attach(first.reply.message_id().clone()).await.unwrap()).await;
    assert_eq!(again.ending, Ending::Completed);
    assert_eq!((again.reply.text().as_str(), again.reply.reasoning().as_str()), ("All.", "Hm."));
}

#[tokio::test]
async fn g13_a_turn_that_is_let_go_of_goes_on() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let script =
        |name: &str| ModelScript::new().step([Op::text("Begun "), Op::hold(name), Op::text("and done.")]);
    for (name, by_drop) in [("g13-drop", true), ("g13-detach", false)] {
        let mut turn = rig::start(&session, script(name)).await;
        rig::until(&mut turn, is_text).await;
        let message_id = turn.message_id().clone();
        if by_drop {
            drop(turn);
        } else {
            assert_eq!(turn.detach(), (session.id().clone(), message_id.clone()));
        }
        let working = session.client().sessions().status().await.unwrap();
        assert!(working.contains_key(session.id()), "it was stopped");
        rig.model.release(name);
        let outcome = rig::outcome(session.attach(message_id).await.unwrap()).await;
        assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Begun and done."));
    }
}
