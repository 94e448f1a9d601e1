//! Turns that are carried to their ends on the real server, from a SQLite file.

use opencode_orchestrate::rules::Rules;
use opencode_store::reply::UsageOf;
use opencode_store::turn::{EndKind, StopReason};
use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::api::{OutputFormat, Prompt};
use serde_json::json;

use super::rig::{Rig, kind};

#[tokio::test]
async fn g01_a_turn_is_carried_on_by_another_worker_and_the_next_one_follows() {
    let Some(rig) = Rig::start().await else { return };
    rig.admit(ModelScript::new().step([Op::text("Half of "), Op::hold("half"), Op::text("it.")])).await;
    rig.admit(ModelScript::new().step([Op::text("The next.")])).await;
    let died = rig.begin().await;
    rig.model.wait_for_hold("half").await;
    rig.kill(died).await;
    rig.model.release("half");
    let finished = rig.run().await;
    assert_eq!((kind(&finished), rig.text(&finished).await.as_str()), (EndKind::Completed, "Half of it."));
    assert_eq!(finished.turn.attempt, 2);
    assert_eq!(rig.model.requests().len(), 1, "it was prompted once");
    assert_eq!(rig.store.replies().usage(&UsageOf::Turn(finished.turn.id)).await.unwrap().steps, 1);

    let next = rig.run().await;
    assert_eq!((kind(&next), rig.text(&next).await.as_str()), (EndKind::Completed, "The next."));
    assert_eq!(next.turn.session, finished.turn.session);
}

#[tokio::test]
async fn g13_a_turn_is_stopped_by_a_row_in_the_store() {
    let Some(rig) = Rig::start().await else { return };
    let half = ModelScript::new().step([Op::text("Half of "), Op::hold("never"), Op::text("it.")]);
    let id = rig.admit(half).await;
    let running = rig.begin().await;
    rig.model.wait_for_hold("never").await;
    rig.store.turns().request_stop(id, StopReason::Cancelled).await.unwrap();
    assert_eq!(kind(&Rig::end(running).await), EndKind::Cancelled);
}

/// W-49: an answer that is made of tool calls is an answer.
#[tokio::test]
async fn w49_a_turn_of_tool_calls_alone_completes() {
    let Some(rig) = Rig::start().await else { return };
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" }))])
        .step([Op::usage(json!({ "prompt_tokens": 10, "completion_tokens": 0, "total_tokens": 10 }))]);
    let outcome = rig.carry(rig.turn(&script).permissions(Rules::deny_all().allow("bash"))).await;
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::CompletedWithoutText, ""));
    let tools: Vec<_> = outcome.canonical_parts().filter(|part| part["type"] == "tool").collect();
    assert_eq!((&tools[0]["tool"], &tools[0]["status"]), (&json!("bash"), &json!("completed")));
    assert_eq!(outcome.usage.steps, 2, "steps are counted, and not the last one alone");
}

#[tokio::test]
async fn a_structured_answer_is_kept() {
    let Some(rig) = Rig::start().await else { return };
    let schema = json!({ "type": "object", "properties": { "colour": { "type": "string" } } });
    let script = ModelScript::new().step([Op::tool("StructuredOutput", json!({ "colour": "blue" }))]);
    let prompt = Prompt::from(script.to_prompt("Which colour?"));
    // Whatever the agent may not do, it may answer.
    let turn = rig.turn_of(prompt).permissions(Rules::deny_all()).format(OutputFormat::json_schema(schema));
    let outcome = rig.carry(turn).await;
    assert_eq!(outcome.status(), EndKind::CompletedWithoutText);
    assert_eq!(outcome.structured(), Some(json!({ "colour": "blue" })));
}

/// W-11: what the server inserts while it makes room does not end the turn, and does not cut it.
#[tokio::test]
async fn w11_a_turn_goes_on_over_a_compaction() {
    let Some(rig) = Rig::start().await else { return };
    let before = rig.carry(rig.turn(&ModelScript::new().step([Op::text("Long ago.")]))).await;
    let session = before.turn.session;
    let upstream =
        rig.store.sessions().session(&crate::support::subject()).await.unwrap().unwrap().upstream_id;
    let used = json!({ "prompt_tokens": 99_000, "completion_tokens": 500, "total_tokens": 99_500 });
    let calls = ModelScript::new()
        .step([
            Op::text("Looking."),
            Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" })),
            Op::usage(used),
        ])
        .step([Op::text("Found.")]);
    rig.model.queue(upstream.as_ref().map(|id| id.as_str()), calls);
    let outcome =
        rig.carry(rig.turn_of("Look for it.".into()).permissions(Rules::deny_all().allow("bash"))).await;
    assert_eq!((outcome.status(), outcome.turn.session), (EndKind::Completed, session));
    assert_eq!(outcome.text(), "Looking.\n\nFound.");
}
