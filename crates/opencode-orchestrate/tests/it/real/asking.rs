//! What agents ask of people, on the real server.

use opencode_orchestrate::blocker::{Answer, BlockerPolicy, answer};
use opencode_orchestrate::rules::Rules;
use opencode_store::blocker::{Answered, BlockerKind, BlockerState};
use opencode_store::turn::EndKind;
use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::drive::CancellationToken;
use serde_json::json;

use super::rig::{Rig, kind};

fn question() -> ModelScript {
    let option = |label: &str| json!({ "label": label, "description": "a colour" });
    let questions = json!([{
        "question": "Which colour?", "header": "Colour", "options": [option("Red"), option("Blue")],
    }]);
    ModelScript::new()
        .step([Op::tool("question", json!({ "questions": questions }))])
        .step([Op::text("I see.")])
}

/// The process that was asked dies; another one answers; a third one delivers the answer.
#[tokio::test]
async fn a_question_is_answered_from_elsewhere_after_its_worker_died() {
    let Some(rig) = Rig::start().await else { return };
    let id = rig.admit(question()).await;
    let dies = rig.begin().await;
    let asked = rig.asked(id).await;
    assert_eq!(asked.request.kind, BlockerKind::Question);
    rig.kill(dies).await;
    let elsewhere = rig.elsewhere().await;
    let wrong = answer(&elsewhere, id, &asked.request.request_id, &Answer::Once, "ann").await.unwrap_err();
    assert_eq!(wrong.kind(), opencode_store::ErrorKind::InvalidInput);
    let said = Answer::labels(["Blue"]);
    let answered = answer(&elsewhere, id, &asked.request.request_id, &said, "ann").await.unwrap();
    assert!(matches!(answered, Answered::Accepted(_)), "{answered:?}");
    let finished = rig.run().await;
    assert_eq!((kind(&finished), rig.text(&finished).await.as_str()), (EndKind::Completed, "I see."));
    let told = serde_json::to_string(&rig.model.requests().last().unwrap().messages).unwrap();
    assert!(told.contains("Blue"), "the model reads the answer: {told}");
    let became = rig.store.blockers().blockers(id).await.unwrap();
    assert_eq!(became.iter().map(|request| request.state).collect::<Vec<_>>(), [BlockerState::Delivered]);
    assert_eq!(rig.model.requests().len(), 2, "nothing was prompted twice");
}

/// G09, W-04: a sub-agent asks, and the turn's own person is found.
#[tokio::test]
async fn g09_the_permission_of_a_sub_agent_waits_in_the_store() {
    let Some(rig) = Rig::start().await else { return };
    let inner = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" }))])
        .step([Op::text("Said.")]);
    let task = json!({
        "description": "A small task",
        "prompt": inner.to_prompt("Please do this."),
        "subagent_type": "general",
    });
    let script = ModelScript::new().step([Op::tool("task", task)]).step([Op::text("The sub-agent is done.")]);
    let rules = Rules::deny_all().allow("*").ask("bash");
    let turn = rig.turn(&script).permissions(rules).blockers(BlockerPolicy::ask());
    let id = turn.clone().idempotency_key("once").enqueue().await.unwrap().id();
    let running = tokio::spawn(turn.idempotency_key("once").run(CancellationToken::new()));
    let asked = rig.asked(id).await;
    let root = rig.store.sessions().session(&crate::support::subject()).await.unwrap().unwrap().upstream_id;
    assert_ne!(Some(asked.request.session_id.clone()), root, "it is the sub-agent that asks");
    answer(&rig.store, id, &asked.request.request_id, &Answer::Once, "ann").await.unwrap();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "The sub-agent is done."));
    assert_eq!(outcome.usage.steps, 4, "those of the sub-agent are counted");
}
