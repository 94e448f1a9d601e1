//! Turns that are stopped in each phase, on the real server.

use opencode_orchestrate::turn::TurnHandle;
use opencode_store::turn::EndKind;
use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::drive::CancellationToken;
use serde_json::json;

use super::rig::{Rig, kind};

/// How it is known that a script has come to its middle.
enum Sign {
    Hold(&'static str),
    Asked,
}

/// Scripts that are in the middle of something until they are stopped.
fn endless() -> Vec<(&'static str, ModelScript, Sign)> {
    let half = ModelScript::new().step([Op::text("Half of "), Op::hold("half"), Op::text("it.")]);
    let command = || Op::tool("bash", json!({ "command": "sleep 600", "description": "Waits" }));
    let delegated = json!({
        "description": "A small task",
        "prompt": ModelScript::new().step([command()]).to_prompt("Please do this."),
        "subagent_type": "general",
    });
    vec![
        ("the model is silent", ModelScript::new().step([Op::hold("silent")]), Sign::Hold("silent")),
        ("the model speaks", half, Sign::Hold("half")),
        ("a person is asked", ModelScript::new().step([command()]), Sign::Asked),
        ("a sub-agent asks", ModelScript::new().step([Op::tool("task", delegated)]), Sign::Asked),
    ]
}

/// G13: whatever it is at, a turn that is cancelled ends as cancelled, and the server has stopped.
#[tokio::test]
async fn g13_a_turn_is_cancelled_in_each_phase() {
    let Some(rig) = Rig::start().await else { return };
    for (phase, script, sign) in endless() {
        let id = rig.admit(script).await;
        let running = rig.begin().await;
        match sign {
            Sign::Hold(name) => drop(rig.model.wait_for_hold(name).await),
            Sign::Asked => drop(rig.asked(id).await),
        }
        TurnHandle::new(rig.store.clone(), id).cancel().await.unwrap();
        let finished = Rig::end(running).await;
        assert_eq!(kind(&finished), EndKind::Cancelled, "{phase}");
        let detail = finished.turn.end.unwrap().detail.unwrap().to_value();
        assert_eq!(detail["confirmed"], true, "{phase}");
        let busy = rig.client().sessions().status().await.unwrap();
        assert!(busy.is_empty(), "{phase}: {busy:?}");
    }
    let next = rig.carry(rig.turn(&ModelScript::new().step([Op::text("Well.")]))).await;
    assert_eq!(next.text(), "Well.", "the session is as good as before");
}

/// G13: one that waits, and one that was claimed and has not begun, end at once, and the server hears nothing of it.
#[tokio::test]
async fn g13_a_turn_that_has_not_begun_is_cancelled_without_the_server() {
    let Some(rig) = Rig::start().await else { return };
    let id = rig.admit(ModelScript::new().step([Op::text("Never said.")])).await;
    TurnHandle::new(rig.store.clone(), id).cancel().await.unwrap();
    assert_eq!(rig.outcome(id).await.status(), EndKind::Cancelled);
    let token = CancellationToken::new();
    token.cancel();
    let turn = rig.turn(&ModelScript::new().step([Op::text("Never said.")]));
    assert_eq!(turn.run(token).await.unwrap().status(), EndKind::Cancelled);
    assert_eq!(rig.model.requests().len(), 0);
}
